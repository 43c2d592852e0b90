/**
 * Sleeping and waking. Linux counterpart: set_current_state, schedule, wake_up_process. A handler that cannot go on
 * returns `sleepOn(task, queues)`; nothing of it stays on the JavaScript stack, and after the wake-up the whole
 * handler runs again with the same arguments and with what it keeps in `task.call`.
 *
 * Invariants: a task is in the waiters of exactly the queues of `sleepQueues`, and only while its state is 'sleeping'
 * or 'vfork'; every way out of these states goes through `leaveQueues`.
 */
import type { WaitQueue } from '../sync/wait-queue.ts';
import type { Task, Work } from './task.ts';
import { ERESTARTNOINTR, ERESTARTSYS, SLEEP } from '../errors.ts';
import { Timer } from '../time/timer-queue.ts';
import { isFatalPending } from './signal-state.ts';

export interface SleepOptions {
  /** Wake up at this monotonic time at the latest; NaN or Infinity: never. */
  deadlineNs?: number;
  /** What an interrupted call gives, if nothing was transferred: ERESTARTSYS by default. */
  restart?: number;
  /** Only a fatal signal interrupts. */
  isKillable?: boolean;
}

/** Puts the task to sleep, or says that a signal is pending. The result is the handler's result. */
export function sleepOn(
  task: Task,
  queues: WaitQueue | readonly WaitQueue[],
  options: SleepOptions = NO_OPTIONS,
): number {
  if (options.isKillable === true) {
    if (isFatalPending(task)) return -ERESTARTNOINTR;
  } else if (task.isSignalPending) {
    return task.call.progress > 0 ? task.call.progress : -(options.restart ?? ERESTARTSYS);
  }
  const list = Array.isArray(queues) ? (queues as readonly WaitQueue[]) : [queues as WaitQueue];
  for (const queue of list) queue.add(task);
  task.sleepQueues = list;
  task.isKillableSleep = options.isKillable === true;
  task.state = 'sleeping';
  task.work = 'none';
  const { deadlineNs = NaN } = options;
  if (deadlineNs < Infinity) {
    task.sleepTimer ??= new Timer(task);
    task.kernel.timers.set(task.sleepTimer, deadlineNs);
  }
  task.usage.voluntarySwitches++;
  return SLEEP;
}

const NO_OPTIONS: SleepOptions = {};

/** Ends a sleep: the handler is attempted again. Does nothing to a task that does not sleep. */
export function wakeTask(task: Task): void {
  if (task.state !== 'sleeping' && task.state !== 'vfork') return;
  leaveQueues(task);
  task.call.attempt++;
  makeRunnable(task, 'retry');
}

/** Takes a task off its wait queues and its timer. */
export function leaveQueues(task: Task): void {
  for (const queue of task.sleepQueues) queue.remove(task);
  task.sleepQueues = [];
  task.isKillableSleep = false;
  if (task.sleepTimer !== undefined) task.kernel.timers.cancel(task.sleepTimer);
}

/** Gives the kernel something to do for the task. */
export function makeRunnable(task: Task, work: Work): void {
  task.state = 'running';
  task.work = work;
  task.kernel.scheduler.enqueue(task);
}
