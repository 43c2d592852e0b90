/**
 * The processor time of native programs: from resume to trap, without what the program slept by itself meanwhile
 * (WAITING of the trap record). One that waits for an hour has used none.
 */
import type { ContextIndex, NativeProcessors } from '../../host/machine.ts';
import { CONTEXT_WORDS, WAITED, WAITING, WAIT_BEGAN } from '../abi/trap.ts';

export class ContextTimes {
  readonly #processors: NativeProcessors;
  readonly #records: Int32Array;
  /** When each context last went on. */
  readonly #resumedNs: Float64Array;
  /** WAITING at its last trap, and what it had slept then. */
  readonly #waits: Int32Array;
  readonly #waitedNs: Float64Array;

  constructor(processors: NativeProcessors) {
    this.#processors = processors;
    this.#records = processors.records;
    this.#resumedNs = new Float64Array(processors.count);
    this.#waits = new Int32Array(processors.count);
    this.#waitedNs = new Float64Array(processors.count);
  }

  /** A program begins; its thread is still idle. */
  reset(context: ContextIndex): void {
    const base = context * CONTEXT_WORDS;
    this.#records.fill(0, base + WAIT_BEGAN, base + WAITED + 4);
    Atomics.store(this.#records, base + WAITING, 0);
    this.#waits[context] = 0;
    this.#waitedNs[context] = 0;
  }

  /** It goes on. */
  resumed(context: ContextIndex, nowNs: number): void {
    this.#resumedNs[context] = nowNs;
  }

  /** Nanoseconds that it computed since it went on, or was last asked about. */
  soFar(context: ContextIndex, nowNs: number): number {
    const computedNs = this.trapped(context, nowNs);
    this.#resumedNs[context] = nowNs;
    return computedNs;
  }

  /** It has trapped: nanoseconds that it computed. */
  trapped(context: ContextIndex, nowNs: number): number {
    const elapsedNs = nowNs - this.#resumedNs[context]!;
    const waits = this.#records[context * CONTEXT_WORDS + WAITING]!;
    if (waits === this.#waits[context] && (waits & 1) === 0) return elapsedNs;
    const waitedNs = this.#processors.waitedNs(context);
    const sleptNs = waitedNs - this.#waitedNs[context]!;
    this.#waits[context] = waits;
    // What the program writes may be nonsense.
    if (!(sleptNs >= 0)) return elapsedNs;
    this.#waitedNs[context] = waitedNs;
    return Math.max(0, elapsedNs - sleptNs);
  }
}
