/**
 * The threads on which the native programs of a nested guest run: threads of the process that its kernel is. To the
 * outer guest they are threads that compute or sleep; it can stop and end them. What they trap into is the inner kernel's
 * board, so that an inner call costs the same at every depth.
 */
import {
  ATTENTION,
  CONTEXT_WORDS,
  DOORBELL,
  DOORBELL_BITS,
  STARTS,
  STATE,
  STATE_DEAD,
  STATE_IDLE,
  STATE_NONE,
  WAKE,
} from '../../kernel/abi/trap.ts';
import { SYS_getpid } from '../../kernel/abi/syscall-numbers.ts';
import { peek } from '../../userland/libc/memory.ts';
import {
  Exited,
  type NativeThread,
  SysError,
  attach,
  native,
  syscallRaw,
  unwindOnlyIf,
} from '../../userland/libc/native.ts';
import { SIGALRM, signal } from '../../userland/libc/signal.ts';
import { awaitThreadEnd, cloneThread, endThread } from '../../userland/libc/thread.ts';
import { alarm } from '../../userland/libc/unistd.ts';
import { MAX_CONTEXTS, RECORDS, TOP, boardBytes, raise } from '../board.ts';
import { LINE_POOL } from '../machine.ts';
import { runPrograms } from '../program-loop.ts';
import type { PoolRequest } from '../thread-pool.ts';
import type { Mapping } from './window.ts';

/** Threads that stay ready while the guest does nothing. */
const SPARE_THREADS = 2;
/** How long a surplus thread stays at least, and at most when nothing changes: an idle guest is not to be woken often. */
const SURPLUS_SECONDS = 1;
const LONGEST_SURPLUS_SECONDS = 64;

/**
 * What a thread finds at the address with which it begins, in words. TID is cleared when it has ended. Offsets are those
 * of the whole memory.
 */
const TID = 0;
const CONTEXT = 1;
const BOARD_OFFSET = 2;
const BOARD_BYTES = 3;
const WINDOW_OFFSET = 4;
const WINDOW_BYTES = 5;
const START_WORDS = 8;
const START_BYTES = START_WORDS * 4;

/** What a board and what its threads begin with take together. */
export const BOARD_MAPPING_BYTES = boardBytes() + MAX_CONTEXTS * START_BYTES;

/** In the kernel's thread: starts and ends threads as the pool of contexts asks. */
export class ProgramThreads {
  readonly #board: Int32Array;
  readonly #boardMapping: Mapping;
  readonly #window: Mapping;
  /** START_WORDS for each context. */
  readonly #starts: Int32Array;
  readonly #startsAddress: number;
  readonly #log: (text: string) => void;
  #waiting = 0;
  /** STARTS of each context when the surplus was last looked at; undefined: no look is planned. */
  #startsBefore: Int32Array | undefined;
  #surplusSeconds = SURPLUS_SECONDS;

  /** `log` is told what goes wrong. */
  constructor(boardMapping: Mapping, window: Mapping, log: (text: string) => void) {
    const { buffer } = native().memory;
    this.#boardMapping = boardMapping;
    this.#window = window;
    this.#log = log;
    this.#board = new Int32Array(buffer, boardMapping.offset, boardBytes() / 4);
    this.#startsAddress = boardMapping.address + boardBytes();
    this.#starts = new Int32Array(buffer, boardMapping.offset + boardBytes(), MAX_CONTEXTS * START_WORDS);
    signal(SIGALRM, () => this.#shrink(), { restart: true });
  }

  readonly serve = (request: PoolRequest): void => {
    switch (request.kind) {
      case 'want':
        this.#waiting = request.waiting;
        return this.start(this.#waiting - this.#countUpcoming());
      case 'spare':
        return this.start(1 - this.#countUpcoming());
      case 'terminate':
        return this.#end(request.context);
    }
  };

  start(count: number): void {
    for (let context = 0, started = 0; started < count && context < MAX_CONTEXTS; context++) {
      if (this.#isAlive(context) || this.#state(context) !== STATE_NONE) continue;
      if (!this.#startOne(context)) return;
      started++;
    }
    if (count <= 0) return;
    this.#surplusSeconds = SURPLUS_SECONDS;
    this.#planShrink();
  }

  /** False if the outer guest gives no more threads. */
  #startOne(context: number): boolean {
    if (Atomics.load(this.#board, TOP) <= context) Atomics.store(this.#board, TOP, context + 1);
    const at = context * START_WORDS;
    this.#starts[at + CONTEXT] = context;
    this.#starts[at + BOARD_OFFSET] = this.#boardMapping.offset;
    this.#starts[at + BOARD_BYTES] = boardBytes();
    this.#starts[at + WINDOW_OFFSET] = this.#window.offset;
    this.#starts[at + WINDOW_BYTES] = this.#window.length;
    const address = this.#startsAddress + at * 4;
    try {
      cloneThread(address, { tidAddress: address + TID * 4 });
      return true;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#log(`no more threads for programs: ${error.message}`);
      return false;
    }
  }

  /** Ends a thread whatever it does, and waits until it is gone. */
  #end(context: number): void {
    const at = context * START_WORDS + TID;
    const tid = Atomics.load(this.#starts, at);
    if (tid !== 0) {
      endThread(tid);
      awaitThreadEnd(this.#startsAddress + at * 4, tid);
    }
    Atomics.store(this.#board, stateAt(context), STATE_DEAD);
    raise(this.#board, LINE_POOL);
    // It may have been counted on.
    this.start(this.#waiting - this.#countUpcoming());
  }

  #isAlive(context: number): boolean {
    return Atomics.load(this.#starts, context * START_WORDS + TID) !== 0;
  }
  #state(context: number): number {
    return Atomics.load(this.#board, stateAt(context));
  }

  /** Threads that are idle or still starting: a program that waits will get one of them. */
  #countUpcoming(): number {
    let count = 0;
    for (const context of this.#alive()) {
      const state = this.#state(context);
      if (state === STATE_IDLE || state === STATE_NONE) count++;
    }
    return count;
  }
  *#alive(): Generator<number> {
    const top = Atomics.load(this.#board, TOP);
    for (let context = 0; context < top; context++) if (this.#isAlive(context)) yield context;
  }

  /** Plans to end what is idle and in surplus after a while. No alarm is set while there is none. */
  #planShrink(): void {
    if (this.#startsBefore !== undefined) return;
    this.#startsBefore = Int32Array.from({ length: MAX_CONTEXTS }, (_, context) => this.#startsOf(context));
    alarm(this.#surplusSeconds);
  }
  /** Ends the threads that are idle and have run nothing meanwhile, but for the spare ones. */
  #shrink(): void {
    const before = this.#startsBefore;
    this.#startsBefore = undefined;
    let spare = 0;
    let alive = 0;
    for (const context of this.#alive()) {
      alive++;
      if (this.#state(context) !== STATE_IDLE || ++spare <= SPARE_THREADS) continue;
      if (this.#startsOf(context) !== before?.[context]) continue;
      if (Atomics.compareExchange(this.#board, stateAt(context), STATE_IDLE, STATE_DEAD) !== STATE_IDLE)
        continue;
      this.#end(context);
      alive--;
    }
    this.#surplusSeconds = Math.min(this.#surplusSeconds * 2, LONGEST_SURPLUS_SECONDS);
    if (alive > SPARE_THREADS) this.#planShrink();
  }
  #startsOf(context: number): number {
    return this.#board[RECORDS + context * CONTEXT_WORDS + STARTS]!;
  }
}

function stateAt(context: number): number {
  return RECORDS + context * CONTEXT_WORDS + STATE;
}

/** In a thread of its own: runs programs of the nested guest until the outer guest ends it. */
export function runInnerPrograms(thread: NativeThread, argument: number): void {
  attach(thread);
  try {
    const words = new Int32Array(peek(argument, START_BYTES).buffer);
    const unsigned = (word: number): number => words[word]! >>> 0;
    const { buffer } = thread.memory;
    const board = new Int32Array(buffer, unsigned(BOARD_OFFSET), unsigned(BOARD_BYTES) / 4);
    const context = words[CONTEXT]!;
    // The outer kernel wakes it where it sleeps as long as it has no program; see kernel/abi/trap.ts.
    const { records, base } = thread;
    records[base + DOORBELL_BITS] = 1;
    const wakeAt = board.byteOffset / 4 + RECORDS + context * CONTEXT_WORDS + WAKE;
    records[base + DOORBELL] = wakeAt - thread.memory.byteOffset / 4;
    // A program that runs here, or that of a guest in it, is not to see how this thread ends.
    unwindOnlyIf(() => Atomics.load(board, stateAt(context)) === STATE_IDLE);
    const heed = (): void => {
      if (Atomics.load(records, base + ATTENTION) !== 0) syscallRaw(SYS_getpid);
    };
    runPrograms({
      board,
      context,
      memory: new Uint8Array(buffer, unsigned(WINDOW_OFFSET), unsigned(WINDOW_BYTES)),
      engine: thread,
      waitWord: (awaited, index, value, timeoutMs) => {
        thread.waitWord(awaited, index, value, timeoutMs);
        heed();
      },
      outer: { records, attentionAt: base + ATTENTION, heed },
    });
  } catch (error) {
    if (!(error instanceof Exited)) throw error;
  }
}
