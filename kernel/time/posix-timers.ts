/**
 * Timers of a process that it makes itself: timer_create(2), timer_settime(2), timer_getoverrun(2). Linux counterpart:
 * kernel/time/posix-timers.c. Each expiration sends a signal to the process or to one thread; while that signal still
 * waits, further expirations only count (overruns).
 */
import type { SignalInfo } from '../task/signal-queue.ts';
import type { Task } from '../task/task.ts';
import type { ThreadGroup } from '../task/thread-group.ts';
import type { Clock } from './clocks.ts';
import type { TimerOwner } from './timer-queue.ts';
import type { Timespec } from './timespec.ts';
import { SIGEV_NONE, SIGEV_THREAD_ID, SI_TIMER } from '../abi/signal.ts';
import { sendSignal } from '../task/signal-send.ts';
import { cpuNs, nsOf } from './clocks.ts';
import { Timer } from './timer-queue.ts';

/** Linux counterpart: DELAYTIMER_MAX. */
const MAX_OVERRUN = 0x7fffffff;

/** How an expiration is announced. */
export interface TimerEvent {
  /** SIGEV_* */
  readonly notify: number;
  readonly signo: number;
  readonly value: bigint;
  /** SIGEV_THREAD_ID */
  readonly thread: Task | undefined;
}

export class PosixTimer implements TimerOwner {
  readonly id: number;
  readonly group: ThreadGroup;
  readonly clock: Clock;
  readonly event: TimerEvent;
  intervalNs = 0;
  readonly #timer = new Timer(this);
  /** Of a timer on CPU time: when it expires; Infinity: not armed. */
  #cpuExpiryNs = Infinity;
  /** Absolute time on CLOCK_REALTIME, which may be set meanwhile. */
  #realtime: Timespec | undefined;
  #info: SignalInfo | undefined;

  constructor(id: number, group: ThreadGroup, clock: Clock, event: TimerEvent) {
    this.id = id;
    this.group = group;
    this.clock = clock;
    this.event = event;
  }

  /** Expirations that the last signal stands for, besides its own. */
  get overrun(): number {
    return this.#info?.overrun ?? 0;
  }
  get isCpuTimer(): boolean {
    return this.clock.kind === 'process' || this.clock.kind === 'thread';
  }

  /** Nanoseconds to the next expiration; 0: not armed. */
  get leftNs(): number {
    if (this.clock.kind === 'process' || this.clock.kind === 'thread') {
      return this.#cpuExpiryNs === Infinity ? 0 : Math.max(this.#cpuExpiryNs - cpuNs(this.clock), 1);
    }
    if (!this.#timer.isSet) return 0;
    return Math.max(this.#timer.deadlineNs - this.#kernel.time.monotonicNs(), 1);
  }

  /** Arms; value 0 disarms. `mode` says whether `value` is a point of the clock or a span. */
  set(value: Timespec, intervalNs: number, mode: 'absolute' | 'relative'): void {
    const { timers, time } = this.#kernel;
    this.disarm();
    this.intervalNs = intervalNs;
    this.#info = undefined;
    const ns = nsOf(value);
    if (ns === 0) return;
    if (this.clock.kind === 'process' || this.clock.kind === 'thread') {
      this.#cpuExpiryNs = mode === 'absolute' ? ns : cpuNs(this.clock) + ns;
    } else if (mode === 'relative') timers.set(this.#timer, time.monotonicNs() + ns);
    else if (this.clock.kind === 'monotonic') timers.set(this.#timer, ns);
    else {
      this.#realtime = value;
      timers.set(this.#timer, time.monotonicAt(value));
    }
  }

  disarm(): void {
    this.#kernel.timers.cancel(this.#timer);
    this.#cpuExpiryNs = Infinity;
    this.#realtime = undefined;
  }

  timerExpired(): void {
    const deadline = this.#timer.deadlineNs;
    this.#realtime = undefined;
    let periods = 1;
    if (this.intervalNs > 0) {
      periods += Math.floor(Math.max(0, this.#kernel.time.monotonicNs() - deadline) / this.intervalNs);
      this.#kernel.timers.set(this.#timer, deadline + periods * this.intervalNs);
    }
    this.#announce(periods);
  }

  clockWasSet(): void {
    if (this.#realtime === undefined) return;
    this.#kernel.timers.set(this.#timer, this.#kernel.time.monotonicAt(this.#realtime));
  }

  /** CPU time has passed. */
  checkCpu(): void {
    if (this.#cpuExpiryNs === Infinity || (this.clock.kind !== 'process' && this.clock.kind !== 'thread'))
      return;
    const used = cpuNs(this.clock);
    if (used < this.#cpuExpiryNs) return;
    let periods = 1;
    if (this.intervalNs > 0) {
      periods += Math.floor((used - this.#cpuExpiryNs) / this.intervalNs);
      this.#cpuExpiryNs += periods * this.intervalNs;
    } else this.#cpuExpiryNs = Infinity;
    this.#announce(periods);
  }

  get #kernel() {
    return this.group.leader.kernel;
  }

  #announce(periods: number): void {
    const { notify, signo, value, thread } = this.event;
    if (notify === SIGEV_NONE) return;
    const target = notify === SIGEV_THREAD_ID ? thread : this.group;
    if (target === undefined || (target === thread && thread.isDead)) return;
    const queue = target === thread ? thread.pending : this.group.sharedPending;
    if (this.#info !== undefined && queue.queue.includes(this.#info)) {
      this.#info.overrun = Math.min((this.#info.overrun ?? 0) + periods, MAX_OVERRUN);
      return;
    }
    this.#info = {
      signo,
      code: SI_TIMER,
      timerId: this.id,
      overrun: Math.min(periods - 1, MAX_OVERRUN),
      value,
    };
    sendSignal(target, signo, this.#info);
  }
}

/** The timers of one process. */
export class PosixTimers {
  readonly group: ThreadGroup;
  readonly timers = new Map<number, PosixTimer>();
  #nextId = 0;

  constructor(group: ThreadGroup) {
    this.group = group;
  }

  create(clock: Clock, makeEvent: (id: number) => TimerEvent): PosixTimer {
    while (this.timers.has(this.#nextId)) this.#nextId = (this.#nextId + 1) & 0x7fffffff;
    const id = this.#nextId++;
    const timer = new PosixTimer(id, this.group, clock, makeEvent(id));
    this.timers.set(id, timer);
    return timer;
  }

  delete(timer: PosixTimer): void {
    timer.disarm();
    this.timers.delete(timer.id);
  }

  deleteAll(): void {
    for (const timer of this.timers.values()) timer.disarm();
    this.timers.clear();
  }

  checkCpu(): void {
    for (const timer of this.timers.values()) if (timer.isCpuTimer) timer.checkCpu();
  }
}
