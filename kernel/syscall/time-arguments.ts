/** How system calls take and give times: struct timespec, struct timeval, timeouts. */
import type { Timespec } from '../time/timespec.ts';
import type { Task } from '../task/task.ts';
import { EINVAL } from '../abi/errno.ts';
import { TimespecLayout, TimevalLayout } from '../abi/time.ts';
import { fail } from '../errors.ts';
import { isValidTimespec, nsOf } from '../time/clocks.ts';

/** Longer waits than this (about 104 days) are for ever: sums with the clock stay exact. */
const FOR_EVER_NS = 2 ** 53;

/** A valid struct timespec; EINVAL, EFAULT. */
export function readTimespec(task: Task, at: number): Timespec {
  const value = TimespecLayout.decode(task.memory.copyIn(at, 16));
  if (!isValidTimespec(value)) fail(EINVAL, 'timespec out of range');
  return value;
}

export function writeTimespec(task: Task, at: number, value: Timespec): void {
  task.memory.copyOut(at, TimespecLayout.encode(value));
}

/** A relative timeout: the monotonic time at which it is over; NaN for a null pointer (no timeout). */
export function readTimeout(task: Task, at: number): number {
  if (at === 0) return NaN;
  return deadlineAfter(task, nsOf(readTimespec(task, at)));
}

/** The monotonic time in so many nanoseconds. */
export function deadlineAfter(task: Task, ns: number): number {
  return ns >= FOR_EVER_NS ? Infinity : task.kernel.time.monotonicNs() + ns;
}

/** struct timeval → nanoseconds; EINVAL. */
export function readTimeval(task: Task, at: number): { sec: number; usec: number } {
  const { sec, usec } = TimevalLayout.decode(task.memory.copyIn(at, 16));
  if (sec < 0 || usec < 0 || usec >= 1e6) fail(EINVAL, 'timeval out of range');
  return { sec, usec };
}
