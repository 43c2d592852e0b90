/**
 * Interval timers of a process: setitimer(2), alarm(2). Linux counterpart: kernel/time/itimer.c. ITIMER_REAL runs on
 * the monotonic clock; ITIMER_VIRTUAL and ITIMER_PROF run on the CPU time of the process, and are looked at when CPU
 * time is accounted.
 */
import type { ThreadGroup } from '../task/thread-group.ts';
import type { Timer as TimerType, TimerOwner } from './timer-queue.ts';
import { SIGALRM, SIGPROF, SIGVTALRM } from '../abi/signal.ts';
import { ITIMER_PROF, ITIMER_REAL, ITIMER_VIRTUAL } from '../abi/time.ts';
import { groupCpuNs } from '../task/group-usage.ts';
import { sendSignal } from '../task/signal-send.ts';
import { Timer } from './timer-queue.ts';

/** Nanoseconds; value 0: not armed. */
export interface ItimerSetting {
  readonly valueNs: number;
  readonly intervalNs: number;
}

/** A timer on CPU time. */
interface CpuTimer {
  /** CPU nanoseconds at which it expires; Infinity: not armed. */
  expiryNs: number;
  intervalNs: number;
}

export class Itimers implements TimerOwner {
  readonly group: ThreadGroup;
  readonly #real: TimerType = new Timer(this);
  #realIntervalNs = 0;
  readonly #virtual: CpuTimer = { expiryNs: Infinity, intervalNs: 0 };
  readonly #prof: CpuTimer = { expiryNs: Infinity, intervalNs: 0 };

  constructor(group: ThreadGroup) {
    this.group = group;
  }

  get(which: number): ItimerSetting {
    if (which === ITIMER_REAL) {
      if (!this.#real.isSet) return { valueNs: 0, intervalNs: this.#realIntervalNs };
      const left = this.#real.deadlineNs - this.group.leader.kernel.time.monotonicNs();
      // A timer that is due but not yet expired still counts as armed.
      return { valueNs: Math.max(left, 1000), intervalNs: this.#realIntervalNs };
    }
    const timer = which === ITIMER_VIRTUAL ? this.#virtual : this.#prof;
    if (timer.expiryNs === Infinity) return { valueNs: 0, intervalNs: timer.intervalNs };
    return { valueNs: Math.max(timer.expiryNs - this.#cpu(which), 1000), intervalNs: timer.intervalNs };
  }

  /** Arms or disarms; answers the setting before. */
  set(which: number, setting: ItimerSetting): ItimerSetting {
    const before = this.get(which);
    const { valueNs, intervalNs } = setting;
    if (which === ITIMER_REAL) {
      const { timers, time } = this.group.leader.kernel;
      this.#realIntervalNs = intervalNs;
      timers.set(this.#real, valueNs === 0 ? Infinity : time.monotonicNs() + valueNs);
    } else {
      const timer = which === ITIMER_VIRTUAL ? this.#virtual : this.#prof;
      timer.intervalNs = intervalNs;
      timer.expiryNs = valueNs === 0 ? Infinity : this.#cpu(which) + valueNs;
    }
    return before;
  }

  timerExpired(timer: TimerType): void {
    const { kernel } = this.group.leader;
    sendSignal(this.group, SIGALRM);
    if (this.#realIntervalNs === 0) return;
    const late = Math.max(0, kernel.time.monotonicNs() - timer.deadlineNs);
    const periods = Math.floor(late / this.#realIntervalNs) + 1;
    kernel.timers.set(timer, timer.deadlineNs + periods * this.#realIntervalNs);
  }

  /** CPU time has passed. */
  checkCpu(): void {
    this.#check(ITIMER_VIRTUAL, this.#virtual, SIGVTALRM);
    this.#check(ITIMER_PROF, this.#prof, SIGPROF);
  }

  cancelAll(): void {
    this.group.leader.kernel.timers.cancel(this.#real);
    this.#virtual.expiryNs = Infinity;
    this.#prof.expiryNs = Infinity;
  }

  #check(which: number, timer: CpuTimer, signo: number): void {
    if (timer.expiryNs === Infinity) return;
    const used = this.#cpu(which);
    if (used < timer.expiryNs) return;
    sendSignal(this.group, signo);
    if (timer.intervalNs === 0) timer.expiryNs = Infinity;
    else {
      const periods = Math.floor((used - timer.expiryNs) / timer.intervalNs) + 1;
      timer.expiryNs += periods * timer.intervalNs;
    }
  }

  #cpu(which: number): number {
    const { userNs, systemNs } = groupCpuNs(this.group);
    return which === ITIMER_VIRTUAL ? userNs : userNs + systemNs;
  }
}
