/**
 * The headers of an ELF file: what is checked before exec changes anything. Linux counterpart: the first half of
 * load_elf_binary and load_elf_phdrs in fs/binfmt_elf.c. The file is hostile: sizes are bounded, reads are copies.
 */
import type { Struct } from '../abi/layout.ts';
import type { File } from '../fs/file.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { EIO, EINVAL, ELIBBAD, ENOEXEC } from '../abi/errno.ts';
import * as elf from '../abi/elf.ts';
import { fail } from '../errors.ts';
import { PATH_MAX } from '../fs/path-walk.ts';
import { IoBuffer } from '../mm/io-buffer.ts';

export type ProgramHeader = Struct<typeof elf.Phdr.fields>;
export type ElfHeader = Struct<typeof elf.Ehdr.fields>;

export interface ElfFile {
  readonly header: ElfHeader;
  readonly programHeaders: readonly ProgramHeader[];
}

/** Names of e_machine that people know. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [3, 'i386 (32 bits)'],
  [8, 'MIPS'],
  [20, 'PowerPC'],
  [21, 'PowerPC, 64 bits'],
  [22, 'S/390'],
  [40, 'ARM (32 bits)'],
  [183, 'ARM, 64 bits'],
  [243, 'RISC-V'],
  [258, 'LoongArch'],
]);
/** The table of program headers takes no more bytes. */
const MAX_PROGRAM_HEADERS = 65536;
/** Offsets of a file end here. */
const MAX_OFFSET = 2 ** 63;

/** The headers of a program that begins with `head`. ENOEXEC if it is none that can run here. */
export function readProgram(file: File, head: Uint8Array): ElfFile {
  const bytes = new Uint8Array(elf.Ehdr.size);
  bytes.set(head.subarray(0, bytes.length)); // a file that ends earlier reads as zeros
  const header = elf.Ehdr.decode(bytes);
  if (header.type !== elf.ET_EXEC && header.type !== elf.ET_DYN)
    fail(ENOEXEC, 'exec: no executable ELF file');
  return { header, programHeaders: readProgramHeaders(file, header, ENOEXEC) };
}

/** The headers of an interpreter (ld.so). ELIBBAD, EIO. */
export function readInterpreter(file: File): ElfFile {
  const bytes = readExactly(file, 0, elf.Ehdr.size);
  if (!isElf(bytes)) fail(ELIBBAD, 'exec: interpreter is no ELF file');
  const header = elf.Ehdr.decode(bytes);
  return { header, programHeaders: readProgramHeaders(file, header, ELIBBAD) };
}

export function isElf(head: Uint8Array): boolean {
  return fromBytes(head.subarray(0, elf.ELF_MAGIC.length)) === elf.ELF_MAGIC;
}

/** The path of PT_INTERP; undefined if there is none. ENOEXEC, EIO. */
export function readInterpreterPath(file: File, { programHeaders }: ElfFile): string | undefined {
  const header = programHeaders.find(({ type }) => type === elf.PT_INTERP);
  if (header === undefined) return undefined;
  if (header.filesz > PATH_MAX || header.filesz < 2) fail(ENOEXEC, 'exec: length of PT_INTERP');
  const path = fromBytes(readExactly(file, header.offset, header.filesz));
  if (!path.endsWith('\0')) fail(ENOEXEC, 'exec: PT_INTERP does not end');
  return path.slice(0, path.indexOf('\0'));
}

/** PT_GNU_STACK: whether code on the stack can be executed. Linux: without one it cannot, for 64-bit programs. */
export function hasExecutableStack({ programHeaders }: ElfFile): boolean {
  const last = programHeaders.findLast(({ type }) => type === elf.PT_GNU_STACK);
  return last !== undefined && (last.flags & elf.PF_X) !== 0;
}

/** Linux: nobody looks at class, byte order or version. */
function readProgramHeaders(file: File, header: ElfHeader, wrong: number): ProgramHeader[] {
  if (header.machine !== elf.EM_X86_64) {
    const machine = MACHINES.get(header.machine) ?? `machine ${header.machine}`;
    fail(wrong, `exec: for ${machine}, not for x86-64`);
  }
  if (header.phentsize !== elf.Phdr.size) fail(wrong, 'exec: size of program headers');
  const length = header.phnum * elf.Phdr.size;
  if (length === 0 || length > MAX_PROGRAM_HEADERS) fail(wrong, 'exec: number of program headers');
  const bytes = read(file, header.phoff, length);
  if (bytes === undefined) return fail(wrong, 'exec: no program headers');
  return Array.from({ length: header.phnum }, (_, i) => elf.Phdr.decode(bytes, i * elf.Phdr.size));
}

/** EIO if the file ends before. */
function readExactly(file: File, offset: number, length: number): Uint8Array {
  if (offset >= MAX_OFFSET) fail(EINVAL, 'exec: offset');
  return read(file, offset, length) ?? fail(EIO, 'exec: file is cut short');
}

function read(file: File, offset: number, length: number): Uint8Array | undefined {
  if (offset + length > file.inode.size) return undefined;
  const bytes = new Uint8Array(length);
  const buffer = IoBuffer.of(bytes);
  while (buffer.remaining > 0) {
    if (file.read(buffer, offset + buffer.transferred) <= 0) return undefined;
  }
  return bytes;
}
