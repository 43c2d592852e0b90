/**
 * Attention: how the kernel is heard by a native program that does not trap just now. It sets ATTENTION of the trap
 * record, at which a program looks that computes for long, and rings its doorbell, if it has one: a word of this
 * kernel's memory on which the program sleeps (a kernel inside this one sleeps so). After a fatal signal a program has
 * some time to come; then its thread is ended.
 *
 * Why a sleeper is not missed: ATTENTION is set first and the doorbell's word changed then. The sleeper does it the
 * other way round: it reads the word, looks at ATTENTION, and sleeps only while the word is as it was. If it saw no
 * ATTENTION, the word changes after it was read: it does not fall asleep, or the notification wakes it up.
 */
import type { ContextIndex, NativeProcessors } from '../../host/machine.ts';
import { ATTENTION, CONTEXT_WORDS, DOORBELL, DOORBELL_BITS, STATE, STATE_RUNNING } from '../abi/trap.ts';

/** How long a computing program may take to reach its next trap after a fatal signal, before its thread is ended. */
const GRACE_NS = 5e6;

export class Attention {
  readonly #processors: NativeProcessors;
  readonly #records: Int32Array;
  readonly #memory: Int32Array;
  /** Contexts to be terminated at a time unless they trap before. */
  readonly #grace = new Map<ContextIndex, number>();

  /** `memory`: the words of the kernel's window. */
  constructor(processors: NativeProcessors, memory: Int32Array) {
    this.#processors = processors;
    this.#records = processors.records;
    this.#memory = memory;
  }

  /** Asks a program to trap. */
  call(context: ContextIndex): void {
    const base = context * CONTEXT_WORDS;
    Atomics.store(this.#records, base + ATTENTION, 1);
    const doorbell = Atomics.load(this.#records, base + DOORBELL);
    if (doorbell <= 0 || doorbell >= this.#memory.length) return;
    Atomics.or(this.#memory, doorbell, this.#records[base + DOORBELL_BITS]!);
    Atomics.notify(this.#memory, doorbell);
  }

  /** Ends the program's thread unless it traps soon. */
  beginGrace(context: ContextIndex, nowNs: number): void {
    if (!this.#grace.has(context)) this.#grace.set(context, nowNs + GRACE_NS);
  }

  /** It has trapped, or it is gone. */
  endGrace(context: ContextIndex): void {
    if (this.#grace.size > 0) this.#grace.delete(context);
  }

  /** When `expire` wants to run. */
  get nextDeadlineNs(): number {
    let next = Infinity;
    for (const deadline of this.#grace.values()) next = Math.min(next, deadline);
    return next;
  }

  /** Ends threads whose grace is over. */
  expire(nowNs: number): void {
    for (const [context, deadline] of this.#grace) {
      if (deadline > nowNs) continue;
      this.#grace.delete(context);
      const state = Atomics.load(this.#records, context * CONTEXT_WORDS + STATE);
      if (state === STATE_RUNNING) this.#processors.terminate(context);
    }
  }
}
