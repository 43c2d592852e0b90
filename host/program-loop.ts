/**
 * What a program thread does: runs native programs, one after the other, each until it exits. It owns one trap record.
 * While it has no program it sleeps and costs nothing.
 *
 * A bundle is evaluated anew for each program, and for each thread of a program, so that no module state of one is seen
 * by the next.
 */
import type { NativeThread } from '../userland/libc/native.ts';
import { LINE_POOL, LINE_TRAP } from './machine.ts';
import {
  ATTENTION,
  CONTEXT_WORDS,
  ENTRY_THREAD,
  START_ENTRY,
  START_PROGRAM,
  START_STACK,
  STATE,
  STATE_IDLE,
  STATE_RUNNING,
  STATE_TRAPPED,
  WAKE,
} from '../kernel/abi/trap.ts';
import { RECORDS, TRAPPED, raise, setBit } from './board.ts';
import type { WaitWord } from './interrupts.ts';
import { Spin } from './spin.ts';
import { beginWait, endWait } from './waiting.ts';

/** What the engine gives to a program, whichever kernel serves it. */
export type Engine = Pick<NativeThread, 'isShortOfMemory' | 'decode' | 'encode' | 'host'>;

export interface ProgramThread {
  /** The board of the kernel that serves it, and which context of it this thread is. */
  readonly board: Int32Array;
  readonly context: number;
  /** That kernel's window. */
  readonly memory: Uint8Array<SharedArrayBuffer>;
  readonly engine: Engine;
  /**
   * How it sleeps. In a guest the thread belongs to an outer kernel too: this is where that one may be heard, and to
   * leave the loop for good, it throws.
   */
  readonly waitWord: WaitWord;
  /** In a guest: where the outer kernel says that it has a signal for this thread, and what is to be done then. */
  readonly outer?: { readonly records: Int32Array; readonly attentionAt: number; readonly heed: () => void };
}

type Start = (thread: NativeThread, stackPointerOrArgument: number) => void;

/** Runs programs for ever. What a program throws goes up. */
export function runPrograms({ board, context, memory, engine, waitWord, outer }: ProgramThread): never {
  const base = RECORDS + context * CONTEXT_WORDS;
  const stateAt = base + STATE;
  const wakeAt = base + WAKE;
  const spin = new Spin();

  // Why no wake-up is lost: kernel/abi/trap.ts.
  const sleepUntilRunning = (): void => {
    for (;;) {
      Atomics.store(board, wakeAt, 0);
      if (Atomics.load(board, stateAt) === STATE_RUNNING) return;
      waitWord(board, wakeAt, 0, Infinity);
    }
  };

  const thread: NativeThread = {
    ...engine,
    records: board,
    base,
    memory,
    trap() {
      Atomics.store(board, stateAt, STATE_TRAPPED);
      setBit(board, TRAPPED, context);
      raise(board, LINE_TRAP);
      if (!spin.whileEqual(board, stateAt, STATE_TRAPPED)) sleepUntilRunning();
      if (outer !== undefined && Atomics.load(outer.records, outer.attentionAt) !== 0) outer.heed();
    },
    /**
     * The look at ATTENTION and the sleep: the kernel sets ATTENTION first and rings then, which changes the word. Seen
     * here as 0, it is set after this look, and the word changes later still: the sleep ends, or does not begin.
     */
    waitWord(words, index, value, timeoutMs) {
      beginWait(board, base, engine.host.nowMs() * 1e6);
      try {
        if (Atomics.load(board, base + ATTENTION) === 0) waitWord(words, index, value, timeoutMs);
      } finally {
        endWait(board, base, engine.host.nowMs() * 1e6);
      }
    },
  };

  for (;;) {
    Atomics.store(board, stateAt, STATE_IDLE);
    raise(board, LINE_POOL);
    sleepUntilRunning();
    const module: { exports: Record<string, unknown> } = { exports: {} };
    engine.host.load(board[base + START_PROGRAM]!)(module, undefined, '');
    const entry = board[base + START_ENTRY] === ENTRY_THREAD ? 'startThread' : 'start';
    // It returns when the program is over: it ends every program with exit_group, every thread with exit itself.
    (module.exports[entry] as Start)(thread, board[base + START_STACK]! >>> 0);
  }
}
