/**
 * CPU limits and timers of native programs that compute and do not trap: their time is charged so often while there is
 * a limit or a timer to look at. Nobody pays for a tick otherwise. Linux counterpart: the scheduler's tick.
 */
import type { Kernel } from '../kernel.ts';
import type { Task } from './task.ts';
import type { ThreadGroup } from './thread-group.ts';
import { RLIMIT_CPU } from '../abi/resource.ts';
import { Timer, type TimerOwner } from '../time/timer-queue.ts';
import { chargeCpu } from './accounting.ts';

const TICK_NS = 100e6;

export class NativeTick implements TimerOwner {
  readonly #kernel: Kernel;
  readonly #tasks: () => Iterable<Task>;
  readonly #timer: Timer = new Timer(this);

  /** `tasks` gives those whose programs are not in the kernel. */
  constructor(kernel: Kernel, tasks: () => Iterable<Task>) {
    this.#kernel = kernel;
    this.#tasks = tasks;
  }

  /** The task's program goes on. */
  goesOn(task: Task): void {
    if (!this.#timer.isSet && isTimed(task.group)) this.#set();
  }

  timerExpired(): void {
    let isNeeded = false;
    for (const task of [...this.#tasks()]) {
      if (task.isDead || !isTimed(task.group)) continue;
      chargeCpu(task, this.#kernel.natives.takeComputed(task), 0);
      isNeeded = true;
    }
    if (isNeeded) this.#set();
  }

  #set(): void {
    const { timers, time } = this.#kernel;
    timers.set(this.#timer, time.monotonicNs() + TICK_NS);
  }
}

/** Does something hang on the process's CPU time? */
function isTimed({ limits, itimers, posixTimers }: ThreadGroup): boolean {
  return limits[RLIMIT_CPU]!.soft !== Infinity || itimers !== undefined || posixTimers !== undefined;
}
