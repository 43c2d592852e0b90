/**
 * The board: the small shared memory by which the threads of one guest signal one another. It is none of that guest's
 * RAM; it cannot reach it. (The board of a guest in a guest lies in the memory of the outer one.) Word offsets:
 *
 *   PENDING   interrupt lines raised and not yet taken
 *   SLEEPING  1 while the kernel thread sleeps on PENDING
 *   TOP       contexts from here on never had a thread
 *   TRAPPED   bitmap of contexts that trapped
 *   PORTS     bitmap of ports that changed on the outside
 *   RECORDS   trap records (kernel/abi/trap.ts)
 *
 * No wake-up is lost: the sleeper sets SLEEPING, then looks at PENDING, then waits for PENDING to leave 0; the raiser
 * sets PENDING, then looks at SLEEPING. One of the two sees the other's store (both are sequentially consistent).
 */
import { CONTEXT_WORDS } from '../kernel/abi/trap.ts';

export const PENDING = 0;
export const SLEEPING = 1;
export const TOP = 2;
export const TRAPPED = 16;
export const PORTS = 48;
export const RECORDS = 128;

export const MAX_CONTEXTS = 1024;
export const MAX_PORTS = 1024;

/** What a board with so many contexts takes; its memory begins with all words 0. */
export function boardBytes(contexts = MAX_CONTEXTS): number {
  return (RECORDS + contexts * CONTEXT_WORDS) * 4;
}

export function createBoard(): SharedArrayBuffer {
  return new SharedArrayBuffer(boardBytes());
}

/** Raises interrupt lines and wakes the kernel thread if it sleeps. */
export function raise(board: Int32Array, lines: number): void {
  Atomics.or(board, PENDING, lines);
  if (Atomics.load(board, SLEEPING) === 1) Atomics.notify(board, PENDING);
}

export function setBit(board: Int32Array, bitmap: number, index: number): void {
  Atomics.or(board, bitmap + (index >>> 5), 1 << (index & 31));
}

/** Takes the set bits of a bitmap of `words` words and hands each index to `each`. */
export function takeBits(
  board: Int32Array,
  bitmap: number,
  words: number,
  each: (index: number) => void,
): void {
  for (let w = 0; w < words; w++) {
    if (Atomics.load(board, bitmap + w) === 0) continue;
    let bits = Atomics.exchange(board, bitmap + w, 0);
    while (bits !== 0) {
      const bit = 31 - Math.clz32(bits & -bits);
      bits &= bits - 1;
      each(w * 32 + bit);
    }
  }
}
