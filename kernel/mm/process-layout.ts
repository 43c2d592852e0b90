/**
 * Where the parts of a process lie. Linux counterparts: arch_pick_mmap_layout, randomize_stack_top, ELF_ET_DYN_BASE,
 * arch_randomize_brk.
 *
 *   7fff fffff000  TASK_SIZE
 *   7ffc ffff0000  … to 7fff: the main stack begins in the upper 16 MiB of one of these
 *   7efc efff0000  … to 7ffb: interpreters, shared libraries, the vDSO: image-places.ts; the same for all processes
 *        d0000000  mmap: in the same 4 GiB, from a base in the upper 16 MiB downwards
 *                  …
 *   5555 05555000  … to 5654: position-independent programs, in the 256 MiB from here on, and
 *                  the heap of brk(2): upwards from a place within 32 MiB after the program
 *   0000 00400000  other programs are linked to begin here, and have their heap behind them
 *
 * The lower halves are as if all lay in the same 4 GiB, and do not overlap modulo 2 GiB: pages whose addresses differ by a
 * multiple of that evict each other from the processor's page maps. The upper halves are those that Linux gives; what
 * AddressSanitizer and its kin want for themselves is free. Native programs have the same layout in the lowest 4 GiB.
 *
 * Linux: keeps a gap of RLIMIT_STACK below the stack, and mmap begins there. Here images have the same addresses in all
 * processes, and the stack lies above the 4 GiB of images. Without randomization the addresses are Linux's.
 */
import { NATIVE_TASK_SIZE, STACK_GUARD_PAGES, TASK_SIZE } from './memory-map.ts';
import { PAGE_SIZE } from './physical-memory.ts';

const GIB4 = 2 ** 32;
const PAGES_OF_16_MIB = (16 << 20) / PAGE_SIZE;

/** Upper halves: the first, and how many there are. */
const STACK_UPPER = 0x7ffc;
const STACK_UPPERS = 4;
const IMAGES_UPPER = 0x7efc;
const IMAGES_UPPERS = 256;
const PROGRAM_UPPER = 0x5555;
const PROGRAM_UPPERS = 256;

/** Lower halves. */
const STACK_TOP = 0xffff0000;
export const IMAGES_END = 0xefff0000;
export const IMAGES_START = 0xd0000000;
const PROGRAM_START = 0x05555000;

const PROGRAM_RANDOM_PAGES = (256 << 20) / PAGE_SIZE;
const BRK_RANDOM_PAGES = (32 << 20) / PAGE_SIZE;

/** ELF_ET_DYN_BASE, where programs are that are not placed at random. */
const FIXED_PROGRAM_BASE = 0x5555_5555_4000;
/** The least that is free below a stack that is not placed at random. */
const FIXED_STACK_GAP = 128 << 20;
/** Where mmap begins upwards with ADDR_COMPAT_LAYOUT: TASK_UNMAPPED_BASE. */
const LEGACY_BASE = 0x2aaa_aaaa_b000;
const NATIVE_LEGACY_BASE = 0x55555000;

/** Unpredictable integers: at least 0, less than `below`. */
export type RandomSource = (below: number) => number;

/** For processes whose addresses are always the same: ADDR_NO_RANDOMIZE, kernel.randomize_va_space = 0. */
export const notRandom: RandomSource = () => 0;

/** What is chosen before anything is mapped. */
export interface ProcessLayout {
  /** The end of what can be mapped. */
  readonly end: number;
  readonly stackTop: number;
  /** mmap goes down from here. */
  readonly mmapBase: number;
  /** mmap goes up from here with ADDR_COMPAT_LAYOUT. */
  readonly legacyBase: number;
}

export function nativeLayout(random: RandomSource): ProcessLayout {
  return {
    end: NATIVE_TASK_SIZE,
    stackTop: below(STACK_TOP, random),
    mmapBase: below(IMAGES_START, random),
    legacyBase: NATIVE_LEGACY_BASE,
  };
}

/** For translated programs. `imagesAt`: what `chooseImages` gave; `stackLimit`: RLIMIT_STACK. */
export function translatedLayout(random: RandomSource, imagesAt: number, stackLimit: number): ProcessLayout {
  const common = { end: TASK_SIZE, legacyBase: LEGACY_BASE };
  if (random === notRandom) {
    const wanted = stackLimit + STACK_GUARD_PAGES * PAGE_SIZE;
    const gap = Math.min(Math.max(wanted, FIXED_STACK_GAP), (TASK_SIZE / 6) * 5);
    const mmapBase = Math.ceil((TASK_SIZE - gap) / PAGE_SIZE) * PAGE_SIZE;
    return { ...common, stackTop: TASK_SIZE, mmapBase };
  }
  const stackUpper = STACK_UPPER + random(STACK_UPPERS);
  return {
    ...common,
    stackTop: stackUpper * GIB4 + below(STACK_TOP, random),
    mmapBase: imagesAt + below(IMAGES_START, random),
  };
}

/** The 4 GiB in which images and mmap's areas lie. */
export function chooseImages(random: RandomSource): number {
  return (IMAGES_UPPER + random(IMAGES_UPPERS)) * GIB4;
}

/** The lowest address of a position-independent program; `alignment` is a power of two, at least a page. */
export function chooseProgramBase(random: RandomSource, alignment: number): number {
  let base = FIXED_PROGRAM_BASE;
  if (random !== notRandom) {
    const upper = PROGRAM_UPPER + random(PROGRAM_UPPERS);
    base = upper * GIB4 + PROGRAM_START + random(PROGRAM_RANDOM_PAGES) * PAGE_SIZE;
  }
  return Math.max(alignment, base - (base % alignment));
}

/** Where the heap begins, given the end of the program's data. */
export function chooseBrk(end: number, random: RandomSource): number {
  const start = end + random(BRK_RANDOM_PAGES) * PAGE_SIZE;
  return start < TASK_SIZE ? start : end;
}

/** A page within 16 MiB below `top`. */
function below(top: number, random: RandomSource): number {
  return top - random(PAGES_OF_16_MIB) * PAGE_SIZE;
}
