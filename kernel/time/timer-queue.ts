/**
 * TimerQueue: everything in the kernel that happens at a time. Linux counterpart: kernel/time/hrtimer.c. A binary heap
 * of Timers by deadline on the monotonic clock; equal deadlines expire in the order in which they were set.
 *
 * Use contract: an object that waits owns its Timer for its whole life, sets it with `set`, and takes it back with
 * `cancel`; when the time comes the queue removes the timer and calls `owner.timerExpired(timer)`. The core loop calls
 * `advance(nowNs)` after every sleep and sleeps until `nextDeadlineNs`.
 */

export interface TimerOwner {
  /** The deadline is reached; the timer is out of the queue and may be set again. */
  timerExpired(timer: Timer): void;
  /** CLOCK_REALTIME jumped while the timer was set: absolute deadlines are worked out again. */
  clockWasSet?(timer: Timer): void;
}

export class Timer {
  readonly owner: TimerOwner;
  /** Monotonic nanoseconds; valid while it is set. */
  deadlineNs = Infinity;
  /** Index in the heap, -1 while it is not set. Owned by the queue. */
  position = -1;
  /** Tells equal deadlines apart. Owned by the queue. */
  sequence = 0;

  constructor(owner: TimerOwner) {
    this.owner = owner;
  }
  get isSet(): boolean {
    return this.position >= 0;
  }
}

export class TimerQueue {
  readonly #heap: Timer[] = [];
  #sequence = 0;

  /** The nearest deadline; Infinity if no timer is set. */
  get nextDeadlineNs(): number {
    return this.#heap[0]?.deadlineNs ?? Infinity;
  }
  get size(): number {
    return this.#heap.length;
  }

  /** Sets (or moves) a timer. Infinity cancels it. */
  set(timer: Timer, deadlineNs: number): void {
    if (timer.position >= 0) this.cancel(timer);
    if (deadlineNs === Infinity) return;
    timer.deadlineNs = deadlineNs;
    timer.sequence = this.#sequence++;
    timer.position = this.#heap.length;
    this.#heap.push(timer);
    this.#up(timer.position);
  }

  cancel(timer: Timer): void {
    const at = timer.position;
    if (at < 0) return;
    timer.position = -1;
    const last = this.#heap.pop()!;
    if (last === timer) return;
    this.#put(last, at);
    this.#up(at);
    this.#down(last.position);
  }

  /** Expires all timers whose deadline is at or before `nowNs`. An owner may set timers; due ones expire as well. */
  advance(nowNs: number): void {
    // Bounded: an owner that sets its timer into the past again and again must not hold the loop for ever.
    const before = this.#sequence;
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.deadlineNs > nowNs || first.sequence - before > 10_000) return;
      this.cancel(first);
      first.owner.timerExpired(first);
    }
  }

  /** Tells the owners of all timers that CLOCK_REALTIME was set. */
  clockWasSet(): void {
    for (const timer of [...this.#heap]) if (timer.isSet) timer.owner.clockWasSet?.(timer);
  }

  #put(timer: Timer, at: number): void {
    this.#heap[at] = timer;
    timer.position = at;
  }

  #up(at: number): void {
    const timer = this.#heap[at]!;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, this.#heap[parent]!)) break;
      this.#put(this.#heap[parent]!, at);
      at = parent;
    }
    this.#put(timer, at);
  }

  #down(at: number): void {
    const timer = this.#heap[at]!;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      if (!isBefore(this.#heap[child]!, timer)) break;
      this.#put(this.#heap[child]!, at);
      at = child;
    }
    this.#put(timer, at);
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.deadlineNs < b.deadlineNs || (a.deadlineNs === b.deadlineNs && a.sequence < b.sequence);
}
