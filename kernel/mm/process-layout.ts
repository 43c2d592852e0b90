/**
 * Where the parts of a process lie: in its first 4 GiB. Linux counterparts: arch_pick_mmap_layout, randomize_stack_top,
 * ELF_ET_DYN_BASE, arch_randomize_brk.
 *
 *   ffff0000  NATIVE_TASK_SIZE
 *             the main stack begins in the upper 16 MiB and may grow through the rest of these 256 MiB
 *   efff0000  programs' interpreters, shared libraries, the vDSO: image-places.ts
 *   d0000000  mmap: from a base in the upper 16 MiB downwards
 *             …
 *             the heap of brk(2): upwards from a place within 32 MiB after the program
 *   05555000  position-independent programs, in the 256 MiB from here on
 *   00400000  other programs are linked to begin here
 *
 * The middle, nearly 3 GiB, is one gap at first: that is what a heap of Java, the arenas of Go, the code range of V8
 * are reserved in. A stack or an image for which its area is too small goes on, or is put, wherever there is room.
 *
 * Linux: keeps a gap of RLIMIT_STACK (at least 128 MiB) below the stack, and mmap begins there; here the gap is the
 * same for all, so that images find the same addresses in all processes.
 */
import { NATIVE_TASK_SIZE, TASK_SIZE } from './memory-map.ts';
import { PAGE_SIZE } from './physical-memory.ts';

const STACK_AREA = 256 << 20;
export const IMAGES_END = NATIVE_TASK_SIZE - STACK_AREA;
export const IMAGES_START = 0xd0000000;
/** ELF_ET_DYN_BASE */
export const PROGRAM_BASE = 0x05555000;
/** Where mmap begins upwards with ADDR_COMPAT_LAYOUT: TASK_UNMAPPED_BASE. */
export const MMAP_LEGACY_BASE = 0x55555000;

const STACK_RANDOM_PAGES = (16 << 20) / PAGE_SIZE;
const MMAP_RANDOM_PAGES = (16 << 20) / PAGE_SIZE;
const PROGRAM_RANDOM_PAGES = (256 << 20) / PAGE_SIZE;
const BRK_RANDOM_PAGES = (32 << 20) / PAGE_SIZE;

/** Unpredictable integers: at least 0, less than `below`. */
export type RandomSource = (below: number) => number;

/** For processes whose addresses are always the same: ADDR_NO_RANDOMIZE, kernel.randomize_va_space = 0. */
export const notRandom: RandomSource = () => 0;

export function chooseStackTop(random: RandomSource): number {
  return NATIVE_TASK_SIZE - random(STACK_RANDOM_PAGES) * PAGE_SIZE;
}

export function chooseMmapBase(random: RandomSource): number {
  return IMAGES_START - random(MMAP_RANDOM_PAGES) * PAGE_SIZE;
}

/** The lowest address of a position-independent program; `alignment` is a power of two, at least a page. */
export function chooseProgramBase(random: RandomSource, alignment: number): number {
  const base = PROGRAM_BASE + random(PROGRAM_RANDOM_PAGES) * PAGE_SIZE;
  return Math.max(alignment, base - (base % alignment));
}

/** Where the heap begins, given the end of the program's data. */
export function chooseBrk(end: number, random: RandomSource): number {
  const start = end + random(BRK_RANDOM_PAGES) * PAGE_SIZE;
  return start < TASK_SIZE ? start : end;
}
