/**
 * Timeouts and signal masks of the calls that wait for events: ppoll, pselect6, epoll_pwait. The deadline is worked
 * out in the first attempt and kept in task.call, so that wake-ups and restarts do not make the wait longer.
 */
import { EINVAL } from '../abi/errno.ts';
import { SIGSET_SIZE } from '../abi/signal.ts';
import { TimespecLayout } from '../abi/time.ts';
import { Errno, fail } from '../errors.ts';
import { setTemporaryMask } from '../task/signals.ts';
import type { Task } from '../task/task.ts';

const NS_PER_SEC = 1e9;

/** Keeps the deadline of this call: `timeoutNs` from the first attempt on; Infinity: none. */
export function setDeadline(task: Task, timeoutNs: number): void {
  if (!Number.isNaN(task.call.deadlineNs)) return;
  task.call.deadlineNs = timeoutNs === Infinity ? Infinity : task.kernel.time.monotonicNs() + timeoutNs;
}

/** The time of this call is over. */
export function isExpired(task: Task): boolean {
  const { deadlineNs } = task.call;
  return deadlineNs !== Infinity && task.kernel.time.monotonicNs() >= deadlineNs;
}

/** What is left of it, 0 or more. */
function remainingNs(task: Task): number {
  return Math.max(0, task.call.deadlineNs - task.kernel.time.monotonicNs());
}

/** A timespec at `at` as nanoseconds; 0: Infinity. EINVAL, EFAULT. */
export function readTimeout(task: Task, at: number): number {
  if (at === 0) return Infinity;
  const { sec, nsec } = TimespecLayout.decode(task.memory.copyIn(at, TimespecLayout.size));
  if (sec < 0 || nsec < 0 || nsec >= NS_PER_SEC) fail(EINVAL, 'timeout');
  return sec * NS_PER_SEC + nsec;
}

/** A mask that holds for this call alone; 0: none. `size` must be that of a sigset_t. */
export function readTemporaryMask(task: Task, at: number, size: number): void {
  if (at === 0) return;
  if (size !== SIGSET_SIZE) fail(EINVAL, 'sigsetsize');
  setTemporaryMask(task, task.memory.readB64(at));
}

/** Writes the remaining time back as ppoll(2) and pselect6 do; a bad address is not an error. */
export function writeRemaining(task: Task, at: number, scale: 1 | 1000): void {
  if (at === 0 || task.call.deadlineNs === Infinity) return;
  const left = remainingNs(task);
  const sec = Math.floor(left / NS_PER_SEC);
  const nsec = Math.floor((left - sec * NS_PER_SEC) / scale);
  try {
    task.memory.copyOut(at, TimespecLayout.encode({ sec, nsec }));
  } catch (error) {
    // The result of the call counts more than an unwritable timeout.
    if (!(error instanceof Errno)) throw error;
  }
}
