/**
 * Clocks by number: clock_gettime(2). The fixed ones, and those of processes and threads, whose numbers hold a pid
 * (negative numbers; clock_getcpuclockid(3)).
 */
import type { Task } from '../task/task.ts';
import type { Timespec } from './timespec.ts';
import { EINVAL } from '../abi/errno.ts';
import * as time from '../abi/time.ts';
import { fail } from '../errors.ts';
import { groupCpuNs, usageOf } from '../task/group-usage.ts';
import { NS_PER_SEC } from './timespec.ts';

/** What a clock number means. */
export type Clock =
  | { readonly kind: 'realtime' | 'monotonic' }
  | { readonly kind: 'process' | 'thread'; readonly task: Task; readonly part: 'all' | 'user' };

/** Resolution of the coarse clocks: a tick of 250 Hz. */
export const COARSE_NS = 4_000_000;

/** Decodes a clock number; EINVAL if there is no such clock. */
export function clockOf(task: Task, id: number): Clock {
  switch (id) {
    case time.CLOCK_REALTIME:
    case time.CLOCK_REALTIME_COARSE:
    case time.CLOCK_REALTIME_ALARM:
    case time.CLOCK_TAI:
      return { kind: 'realtime' };
    case time.CLOCK_MONOTONIC:
    case time.CLOCK_MONOTONIC_RAW:
    case time.CLOCK_MONOTONIC_COARSE:
    case time.CLOCK_BOOTTIME:
    case time.CLOCK_BOOTTIME_ALARM:
      return { kind: 'monotonic' };
    case time.CLOCK_PROCESS_CPUTIME_ID:
      return { kind: 'process', task, part: 'all' };
    case time.CLOCK_THREAD_CPUTIME_ID:
      return { kind: 'thread', task, part: 'all' };
  }
  if (id >= 0) return fail(EINVAL, 'no such clock');
  return cpuClock(task, id);
}

/** ~pid << 3 | 4 for a thread | 0 (user and system), 1 (user), 2 (all): include/linux/posix-timers.h. */
function cpuClock(task: Task, id: number): Clock {
  const which = id & 3;
  if (which === 3) return fail(EINVAL, 'no such clock');
  const pid = ~(id >> 3);
  const isThread = (id & 4) !== 0;
  const target = pid === 0 ? task : task.kernel.tasks.task(pid);
  if (target === undefined || target.isDead) return fail(EINVAL, 'clock of a process that is not there');
  if (isThread) {
    if (target.group !== task.group) fail(EINVAL, "clock of another process's thread");
  } else if (!target.isLeader) fail(EINVAL, 'clock of a thread taken for a process');
  return { kind: isThread ? 'thread' : 'process', task: target, part: which === 1 ? 'user' : 'all' };
}

export function readClock(task: Task, clock: Clock): Timespec {
  const { time: keeper } = task.kernel;
  switch (clock.kind) {
    case 'realtime':
      return keeper.now();
    case 'monotonic':
      return timespecOf(keeper.monotonicNs());
    case 'process':
    case 'thread':
      return timespecOf(cpuNs(clock));
  }
}

/** CPU nanoseconds of a process or thread. */
export function cpuNs(clock: Extract<Clock, { task: Task }>): number {
  const { userNs, systemNs } = clock.kind === 'process' ? groupCpuNs(clock.task.group) : usageOf(clock.task);
  return clock.part === 'user' ? userNs : userNs + systemNs;
}

export function timespecOf(ns: number): Timespec {
  const sec = Math.floor(ns / NS_PER_SEC);
  return { sec, nsec: Math.floor(ns - sec * NS_PER_SEC) };
}

export function nsOf({ sec, nsec }: Timespec): number {
  return sec * NS_PER_SEC + nsec;
}

/** A timespec that a guest gave: 0 ≤ tv_nsec < 10^9 and no negative seconds. */
export function isValidTimespec({ sec, nsec }: Timespec): boolean {
  return sec >= 0 && nsec >= 0 && nsec < NS_PER_SEC;
}
