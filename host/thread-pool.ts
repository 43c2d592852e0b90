/**
 * The contexts of a board (kernel/abi/trap.ts), as the kernel thread drives them. The threads behind them are somebody
 * else's: the monitor's on Node, of the outer guest in a guest. Requests tell that one what is wanted.
 */
import type { ContextIndex, NativeProcessors } from './machine.ts';
import {
  CONTEXT_WORDS,
  STATE,
  STATE_DEAD,
  STATE_IDLE,
  STATE_NONE,
  STATE_RUNNING,
  STATE_TRAPPED,
  WAKE,
} from '../kernel/abi/trap.ts';
import { RECORDS, TOP, TRAPPED, takeBits } from './board.ts';
import { isWaiting, waitedNs } from './waiting.ts';

/** From the kernel thread to the owner of the threads. */
export type PoolRequest =
  /** How many programs wait for a thread. */
  | { readonly kind: 'want'; readonly waiting: number }
  /** The last idle thread was taken: the next program should find one. */
  | { readonly kind: 'spare' }
  | { readonly kind: 'terminate'; readonly context: number };

export class ThreadPool implements NativeProcessors {
  readonly records: Int32Array;
  readonly count: number;
  readonly #board: Int32Array;
  readonly #post: (request: PoolRequest) => void;
  readonly #nowNs: () => number;
  /** Threads that are being ended: they may trap until they are dead, and nobody is to answer and use them again. */
  readonly #ending = new Set<number>();
  #wanted = 0;
  /** A thread was taken since `want` was posted: one on which its owner counted for those who still wait. */
  #hasTaken = false;
  /** The last idle thread was taken, and another one asked for. */
  #isSpareWanted = false;

  /** `board` has room for so many contexts as there are; `nowNs` is the clock that the threads wait by. */
  constructor(board: Int32Array, post: (request: PoolRequest) => void, nowNs: () => number) {
    this.#board = board;
    this.#post = post;
    this.#nowNs = nowNs;
    this.records = board.subarray(RECORDS);
    this.count = Math.floor(this.records.length / CONTEXT_WORDS);
  }

  takeIdle(): ContextIndex | undefined {
    const top = Atomics.load(this.#board, TOP);
    let taken: ContextIndex | undefined;
    for (let i = 0; i < top; i++) {
      const at = i * CONTEXT_WORDS + STATE;
      if (Atomics.load(this.records, at) !== STATE_IDLE) continue;
      if (taken !== undefined) {
        this.#isSpareWanted = false;
        this.#hasTaken = true;
        return taken; // and there is another one for the next program
      }
      // The pool may take an idle thread away at the same time: whoever moves it out of IDLE has it.
      if (Atomics.compareExchange(this.records, at, STATE_IDLE, STATE_TRAPPED) === STATE_IDLE)
        taken = i as ContextIndex;
    }
    if (taken !== undefined) this.#hasTaken = true;
    if (taken !== undefined && !this.#isSpareWanted) {
      this.#isSpareWanted = true;
      this.#post({ kind: 'spare' });
    }
    return taken;
  }
  want(waiting: number): void {
    if (waiting === this.#wanted && !(this.#hasTaken && waiting > 0)) return;
    this.#wanted = waiting;
    this.#hasTaken = false;
    this.#post({ kind: 'want', waiting });
  }
  takeTrapped(into: ContextIndex[]): void {
    takeBits(this.#board, TRAPPED, (this.count + 31) >> 5, context => {
      if (context < this.count && !this.#ending.has(context)) into.push(context as ContextIndex);
    });
  }
  resume(context: ContextIndex): void {
    const base = context * CONTEXT_WORDS;
    Atomics.store(this.records, base + STATE, STATE_RUNNING);
    Atomics.store(this.records, base + WAKE, 1);
    Atomics.notify(this.records, base + WAKE);
  }
  terminate(context: ContextIndex): void {
    if (this.#ending.has(context)) return;
    this.#ending.add(context);
    this.#post({ kind: 'terminate', context });
  }
  release(context: ContextIndex): void {
    this.#ending.delete(context);
    Atomics.compareExchange(this.records, context * CONTEXT_WORDS + STATE, STATE_DEAD, STATE_NONE);
  }
  isWaiting(context: ContextIndex): boolean {
    return isWaiting(this.records, context * CONTEXT_WORDS);
  }
  waitedNs(context: ContextIndex): number {
    return waitedNs(this.records, context * CONTEXT_WORDS, this.#nowNs());
  }
}
