/** The interrupt lines of a kernel thread: the pending word of its board, and how it sleeps on that (host/board.ts). */
import type { Interrupts } from './machine.ts';
import { PENDING, SLEEPING } from './board.ts';
import { Spin } from './spin.ts';

/** Sleeps while a word has this value, as Atomics.wait does. May end for no reason. */
export type WaitWord = (words: Int32Array, index: number, value: number, timeoutMs: number) => void;

/** The thread sleeps, and nothing else can want it. */
export const atomicsWait: WaitWord = (words, index, value, timeoutMs) => {
  Atomics.wait(words, index, value, timeoutMs);
};

export class BoardInterrupts implements Interrupts {
  readonly #board: Int32Array;
  readonly #longestMs: number;
  readonly #waitWord: WaitWord;
  readonly #spin = new Spin();

  /** Sleeps for `longestMs` at a time at most. */
  constructor(board: Int32Array, longestMs: number, waitWord = atomicsWait) {
    this.#board = board;
    this.#longestMs = longestMs;
    this.#waitWord = waitWord;
  }

  get isPending(): boolean {
    return Atomics.load(this.#board, PENDING) !== 0;
  }

  take(): number {
    if (Atomics.load(this.#board, PENDING) === 0) return 0;
    return Atomics.exchange(this.#board, PENDING, 0);
  }

  wait(deadlineNs: number, nowNs: number): void {
    const board = this.#board;
    if (this.#spin.whileEqual(board, PENDING, 0)) return;
    const timeoutMs = Math.min((deadlineNs - nowNs) / 1e6, this.#longestMs);
    if (timeoutMs <= 0) return;
    Atomics.store(board, SLEEPING, 1);
    if (Atomics.load(board, PENDING) === 0) this.#waitWord(board, PENDING, 0, timeoutMs);
    Atomics.store(board, SLEEPING, 0);
  }
}
