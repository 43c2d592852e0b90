/**
 * The memory in which a new program begins: its layout, its image, its initial stack. Linux counterpart:
 * setup_new_exec, setup_arg_pages, create_elf_tables.
 */
import type { AddressSpace } from '../mm/address-space.ts';
import type { RandomSource } from '../mm/process-layout.ts';
import type { Image } from './binary-format.ts';
import type { ExecCredentials } from './exec-credentials.ts';
import type { InitialStack } from './initial-stack.ts';
import type { ProgramStart, Task } from './task.ts';
import * as aux from '../abi/auxv.ts';
import { MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, PROT_EXEC, PROT_READ } from '../abi/mman.ts';
import {
  ADDR_COMPAT_LAYOUT,
  ADDR_NO_RANDOMIZE,
  CLEARED_BY_GAIN,
  MMAP_PAGE_ZERO,
  READ_IMPLIES_EXEC,
} from '../abi/personality.ts';
import { RLIMIT_STACK } from '../abi/resource.ts';
import { MINSIGSTKSZ } from '../abi/signal.ts';
import { USER_HZ } from '../abi/time.ts';
import { viewOf } from '../abi/layout.ts';
import { Errno } from '../errors.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { nativeLayout, notRandom, translatedLayout } from '../mm/process-layout.ts';
import { VM_EXEC } from '../mm/vma.ts';
import { loadProgram, type LoadedProgram } from './elf-program.ts';
import { buildInitialStack, stackRoom } from './initial-stack.ts';

/** AT_RANDOM. */
const RANDOM_BYTES = 16;
/** Places that are drawn: stack, first image and program, each in two draws; mmap base, heap, gap. */
const MOST_DRAWS = 9;
/** Mapped of a new stack beyond what is on it; the rest comes by faults. */
const STACK_SLACK = 128 << 10;
/** The initial stack begins within so many bytes below the strings. */
const STACK_GAP = 8192;
/** Where brk(2) begins in a native program. */
const NATIVE_HEAP = 0x0100_0000;
/** AT_HWCAP2: programs may use rdfsbase and its kin, which is the kernel's to permit. */
const HWCAP2_FSGSBASE = 2;
/** What rseq(2) offers: offsetofend(struct rseq, mm_cid) and the alignment of struct rseq. */
const RSEQ_FEATURE_SIZE = 28;
const RSEQ_ALIGN = 32;

/** What a program is to find in its memory. */
export interface NewProgram {
  readonly image: Image;
  readonly envp: readonly string[];
  readonly fileName: string;
  readonly change: ExecCredentials;
}

export interface NewMemory {
  readonly stack: InitialStack;
  readonly start: ProgramStart;
}

/** personality(2) of the task when it has executed the program. */
export function personalityOfExec(task: Task, { isGaining }: ExecCredentials): number {
  return task.personality & ~(isGaining ? CLEARED_BY_GAIN : READ_IMPLIES_EXEC);
}

/** Fills a new address space. An Errno leaves it partly filled. */
export function fillMemory(task: Task, mm: AddressSpace, program: NewProgram): NewMemory {
  const { memory } = task.kernel;
  const { image, envp, change } = program;
  const personality = personalityOfExec(task, change);
  mm.isNative = image.kind === 'native';
  mm.isRandomized = (personality & ADDR_NO_RANDOMIZE) === 0 && memory.randomizeVaSpace !== 0;
  // One call for all, because it costs more than what it gives.
  const drawn = new Uint8Array(RANDOM_BYTES + MOST_DRAWS * 4);
  task.kernel.machine.random(drawn);
  const random = mm.isRandomized ? sourceOf(drawn.subarray(RANDOM_BYTES)) : notRandom;
  if (mm.isRandomized && !mm.isNative) memory.images.begin(random);
  const layout = mm.isNative
    ? nativeLayout(random)
    : translatedLayout(random, memory.images.base, task.limit(RLIMIT_STACK));
  const top = layout.stackTop;
  mm.end = layout.end;
  mm.mmapBase = layout.mmapBase;
  if ((personality & ADDR_COMPAT_LAYOUT) !== 0) mm.legacyBase = layout.legacyBase;
  // The stack comes first: a program with fixed addresses must not be given its place.
  const room = stackRoom(image.argv, envp) + STACK_GAP;
  const isExecutable = image.kind === 'elf' && image.program.isStackExecutable;
  const size = Math.min(room + STACK_SLACK, Math.max(task.limit(RLIMIT_STACK), room));
  mm.mapStack(top, size, isExecutable ? VM_EXEC : 0);
  let loaded: LoadedProgram | undefined;
  if (image.kind === 'elf') {
    loaded = loadProgram(task, mm, image.file, image.program, random);
  } else {
    mm.startBrk = NATIVE_HEAP;
    mm.currentBrk = NATIVE_HEAP;
  }
  if ((personality & MMAP_PAGE_ZERO) !== 0) mapPageZero(mm);
  const stack = buildInitialStack(top, {
    argv: image.argv,
    envp,
    fileName: program.fileName,
    random: drawn.subarray(0, RANDOM_BYTES),
    gap: random(STACK_GAP),
    auxv: auxiliaryVector(task, change, loaded?.auxv),
  });
  mm.copyOut(stack.stackPointer, stack.bytes);
  mm.startStack = stack.stackPointer;
  mm.argStart = stack.argStart;
  mm.argEnd = stack.argEnd;
  mm.envStart = stack.envStart;
  mm.envEnd = stack.envEnd;
  const { stackPointer } = stack;
  const start: ProgramStart =
    image.kind === 'native'
      ? { kind: 'native', program: image.program, stackPointer }
      : { kind: 'translated', entry: loaded!.entry, stackPointer };
  return { stack, start };
}

/** In Linux's order. `image`: what the loader knows; native programs have none of it. */
function auxiliaryVector(
  { kernel }: Task,
  { credentials, isSecure }: ExecCredentials,
  image: ReadonlyMap<number, number> | undefined,
): [number, number][] {
  const ofImage = (key: number): [number, number] => [key, image?.get(key) ?? 0];
  return [
    ...(image === undefined ? [] : [ofImage(aux.AT_SYSINFO_EHDR)]),
    [aux.AT_MINSIGSTKSZ, MINSIGSTKSZ],
    // CPUID leaf 1, EDX.
    [aux.AT_HWCAP, (kernel.machine.processor?.cpuid(1, 0)[3] ?? 0) >>> 0],
    [aux.AT_PAGESZ, PAGE_SIZE],
    [aux.AT_CLKTCK, USER_HZ],
    ofImage(aux.AT_PHDR),
    ofImage(aux.AT_PHENT),
    ofImage(aux.AT_PHNUM),
    ofImage(aux.AT_BASE),
    [aux.AT_FLAGS, 0],
    ofImage(aux.AT_ENTRY),
    [aux.AT_UID, credentials.uid],
    [aux.AT_EUID, credentials.euid],
    [aux.AT_GID, credentials.gid],
    [aux.AT_EGID, credentials.egid],
    [aux.AT_SECURE, isSecure ? 1 : 0],
    [aux.AT_RANDOM, 0],
    [aux.AT_HWCAP2, image === undefined ? 0 : HWCAP2_FSGSBASE],
    [aux.AT_EXECFN, 0],
    [aux.AT_PLATFORM, 0],
    [aux.AT_RSEQ_FEATURE_SIZE, RSEQ_FEATURE_SIZE],
    [aux.AT_RSEQ_ALIGN, RSEQ_ALIGN],
  ];
}

/** MMAP_PAGE_ZERO: System V programs read address 0. Without the right to map it, nothing happens, as on Linux. */
function mapPageZero(mm: AddressSpace): void {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  try {
    mm.mmap({ at: 0, length: PAGE_SIZE, prot: PROT_READ | PROT_EXEC, flags });
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
  }
}

/**
 * Numbers from `bytes`, four bytes for each. All that is drawn is of a power of two of places, so the remainder is as
 * even as the bits.
 */
function sourceOf(bytes: Uint8Array): RandomSource {
  const view = viewOf(bytes);
  let at = 0;
  return below => {
    const word = view.getUint32(at, true);
    at += 4;
    return word % below;
  };
}
