/**
 * How long a native program has slept on words of its own (NativeThread.waitWord): it writes that into its trap record,
 * and the kernel reads it at any time, since a program that waits uses no processor.
 *
 *   WAITING     counts beginnings and ends: odd while it sleeps
 *   WAIT_BEGAN  when it began to sleep, good while WAITING is odd
 *   WAITED      nanoseconds that it slept before; two places, good is number (WAITING >> 1) & 1
 *
 * Times are float64 in two words each, on a clock that is the same in all threads. What a reader takes is of one moment
 * if WAITING is the same before and after: the writer changes WAIT_BEGAN only while WAITING is even, and WAITED only in
 * the place that WAITING does not name yet. So the reader tries again only when a sleep began or ended meanwhile, and a
 * writer that is ended half-way holds nobody up.
 */
import { WAITED, WAITING, WAIT_BEGAN } from '../kernel/abi/trap.ts';

const scratch = new Float64Array(1);
const halves = new Int32Array(scratch.buffer);

function store(records: Int32Array, at: number, value: number): void {
  scratch[0] = value;
  Atomics.store(records, at, halves[0]!);
  Atomics.store(records, at + 1, halves[1]!);
}
function load(records: Int32Array, at: number): number {
  halves[0] = Atomics.load(records, at);
  halves[1] = Atomics.load(records, at + 1);
  return scratch[0]!;
}
function waitedAt(base: number, count: number): number {
  return base + WAITED + (count & 2);
}

/** The thread of the record that begins at word `base` is going to sleep. */
export function beginWait(records: Int32Array, base: number, nowNs: number): void {
  store(records, base + WAIT_BEGAN, nowNs);
  Atomics.add(records, base + WAITING, 1);
}

/** It woke up. */
export function endWait(records: Int32Array, base: number, nowNs: number): void {
  const count = Atomics.load(records, base + WAITING);
  const sleptNs = Math.max(0, nowNs - load(records, base + WAIT_BEGAN));
  store(records, waitedAt(base, count + 1), load(records, waitedAt(base, count)) + sleptNs);
  Atomics.add(records, base + WAITING, 1);
}

export function isWaiting(records: Int32Array, base: number): boolean {
  return (Atomics.load(records, base + WAITING) & 1) === 1;
}

/** Nanoseconds that it slept until now since its program began. */
export function waitedNs(records: Int32Array, base: number, nowNs: number): number {
  for (;;) {
    const count = Atomics.load(records, base + WAITING);
    const waited = load(records, waitedAt(base, count));
    const began = load(records, base + WAIT_BEGAN);
    if (Atomics.load(records, base + WAITING) !== count) continue;
    return (count & 1) === 0 ? waited : waited + Math.max(0, nowNs - began);
  }
}
