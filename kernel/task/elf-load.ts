/**
 * Mapping an ELF file into a new address space: its PT_LOAD segments as private mappings of the file (so that all
 * processes share its frames) and the zeros behind them. Linux counterpart: elf_load, elf_map, load_elf_interp in
 * fs/binfmt_elf.c.
 *
 * Called past the point of no return: whatever fails here is the end of the process, by SIGSEGV.
 */
import type { File } from '../fs/file.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import type { RandomSource } from '../mm/process-layout.ts';
import type { ElfFile, ProgramHeader } from './elf-file.ts';
import { EFAULT, EINVAL, ENOMEM } from '../abi/errno.ts';
import { ET_EXEC, PF_R, PF_W, PF_X, PT_LOAD } from '../abi/elf.ts';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_PRIVATE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from '../abi/mman.ts';
import { Errno, fail } from '../errors.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { pageAlign, placeFor } from '../mm/placement.ts';
import { chooseProgramBase } from '../mm/process-layout.ts';

/** How an image is used: it decides where a position-independent one goes. */
export type ImageRole = 'program' | 'library';

/** Addresses in memory. */
export interface LoadedImage {
  /** What was added to the file's addresses. */
  readonly bias: number;
  readonly entry: number;
  /** The table of program headers; the bias alone if no segment has it. */
  readonly phdr: number;
  readonly startCode: number;
  readonly endCode: number;
  readonly startData: number;
  readonly endData: number;
  /** The end of the last segment's memory. */
  readonly brk: number;
}

/** Offsets of a file end here. What lies past the end of the file is mapped, and SIGBUS. */
const MAX_OFFSET = 2 ** 63;

/** Maps all segments. ENOMEM, EINVAL, EFAULT, EEXIST, or what mmap fails with. */
export function loadElf(
  mm: AddressSpace,
  file: File,
  elf: ElfFile,
  role: ImageRole,
  random: RandomSource,
): LoadedImage {
  const { header } = elf;
  const segments = elf.programHeaders.filter(({ type }) => type === PT_LOAD);
  for (const segment of segments) requireSane(segment);
  const isFixed = header.type === ET_EXEC;
  const bias = isFixed || segments.length === 0 ? 0 : chooseBias(mm, file, segments, role, random);
  let phdr = 0;
  let startCode = Infinity;
  let startData = 0;
  let endCode = 0;
  let endData = 0;
  let brk = 0;
  for (const [i, segment] of segments.entries()) {
    const { vaddr, filesz, memsz, offset, flags } = segment;
    // What is there already is the stack; the program's own later segments may overlap its earlier ones.
    const how = i === 0 && (isFixed || role === 'program') ? MAP_FIXED_NOREPLACE : MAP_FIXED;
    mapSegment(mm, file, segment, bias, how);
    if (offset <= header.phoff && header.phoff < offset + filesz) phdr = header.phoff - offset + vaddr;
    if ((flags & PF_X) !== 0) {
      startCode = Math.min(startCode, vaddr);
      endCode = Math.max(endCode, vaddr + filesz);
    }
    startData = Math.max(startData, vaddr);
    endData = Math.max(endData, vaddr + filesz);
    brk = Math.max(brk, vaddr + memsz);
  }
  const entry = header.entry + bias;
  if (entry < 0 || entry >= TASK_SIZE) fail(EINVAL, 'exec: entry point is not in user memory');
  if (startCode === Infinity) startCode = 0;
  return {
    bias,
    entry,
    phdr: phdr + bias,
    startCode: startCode + bias,
    endCode: endCode + bias,
    startData: startData + bias,
    endData: endData + bias,
    brk: brk + bias,
  };
}

function requireSane({ vaddr, filesz, memsz, offset }: ProgramHeader): void {
  if (filesz > memsz || memsz > TASK_SIZE || vaddr > TASK_SIZE - memsz) {
    fail(vaddr + memsz > TASK_SIZE ? ENOMEM : EINVAL, 'exec: segment beyond the address space');
  }
  if (offset >= MAX_OFFSET) fail(EINVAL, 'exec: offset of a segment');
}

/** Where a position-independent image goes. */
function chooseBias(
  mm: AddressSpace,
  file: File,
  segments: readonly ProgramHeader[],
  role: ImageRole,
  random: RandomSource,
): number {
  const first = segments[0]!;
  let low = Infinity;
  let high = 0;
  for (const { vaddr, memsz } of segments) {
    low = Math.min(low, vaddr - (vaddr % PAGE_SIZE));
    high = Math.max(high, vaddr + memsz);
  }
  const length = pageAlign(high - low);
  if (length === 0) fail(EINVAL, 'exec: all segments are empty');
  const alignment = alignmentOf(segments);
  const start = first.vaddr - (first.vaddr % PAGE_SIZE);
  if (role === 'program') return programBase(mm, file, random, alignment) - start;
  const { images } = mm.memory;
  const wish = mm.isRandomized ? images.library(file.mappable(), length, alignment) : 0;
  // The addresses below the first segment's, if any, are part of the span that is looked for.
  return placeFor(mm, wish, length, MAP_PRIVATE, alignment) - low;
}

function programBase(mm: AddressSpace, file: File, random: RandomSource, alignment: number): number {
  if (mm.isRandomized) return mm.memory.images.program(file.mappable(), random, alignment);
  return chooseProgramBase(random, alignment);
}

/** The largest alignment that a segment asks for; values that are no power of two do not count. */
function alignmentOf(segments: readonly ProgramHeader[]): number {
  let alignment = PAGE_SIZE;
  for (const { align } of segments) {
    if (align > alignment && align <= TASK_SIZE && Number.isInteger(Math.log2(align))) alignment = align;
  }
  return alignment;
}

/** One segment: the file's part, zeros up to the end of its last page, anonymous pages for the rest. */
function mapSegment(
  mm: AddressSpace,
  file: File,
  { vaddr, offset, filesz, memsz, flags }: ProgramHeader,
  bias: number,
  how: number,
): void {
  const at = vaddr + bias;
  const within = vaddr % PAGE_SIZE;
  const prot =
    ((flags & PF_R) !== 0 ? PROT_READ : 0) |
    ((flags & PF_W) !== 0 ? PROT_WRITE : 0) |
    ((flags & PF_X) !== 0 ? PROT_EXEC : 0);
  // Addresses of the file may lead anywhere: a later segment may lie below the first.
  if (at - within < 0 || at + memsz > TASK_SIZE) fail(ENOMEM, 'exec: segment beyond the address space');
  let zeros = at - within;
  if (filesz > 0) {
    if (offset % PAGE_SIZE !== within) fail(EINVAL, 'exec: offset and address of a segment do not agree');
    mm.mmap({
      at: at - within,
      length: pageAlign(filesz + within),
      prot,
      flags: MAP_PRIVATE | how,
      file,
      offset: offset - within,
    });
    if (memsz === filesz) return;
    clearTail(mm, at + filesz, (flags & PF_W) !== 0);
    zeros = pageAlign(at + filesz);
  }
  const end = pageAlign(at + memsz);
  if (end <= zeros) return;
  const access = PROT_READ | PROT_WRITE | (prot & PROT_EXEC);
  const place = filesz > 0 ? MAP_FIXED : how;
  mm.mmap({ at: zeros, length: end - zeros, prot: access, flags: MAP_PRIVATE | MAP_ANONYMOUS | place });
}

/** Zeros from `at` to the end of its page. Linux: a segment that cannot be written keeps what the file has there. */
function clearTail(mm: AddressSpace, at: number, isWritable: boolean): void {
  const length = pageAlign(at) - at;
  if (length === 0) return;
  try {
    mm.clear(at, length);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    if (isWritable) fail(EFAULT, 'exec: end of a segment');
  }
}
