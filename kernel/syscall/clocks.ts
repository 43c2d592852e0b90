/**
 * Clocks and sleeping: clock_gettime(2), clock_settime(2), clock_getres(2), clock_nanosleep(2), nanosleep(2),
 * gettimeofday(2), settimeofday(2), time(2), adjtimex(2).
 */
import type { Task } from '../task/task.ts';
import type { Clock } from '../time/clocks.ts';
import type { Timespec } from '../time/timespec.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { EINVAL, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/time.ts';
import { ERESTARTNOHAND, ERESTART_RESTARTBLOCK, SLEEP, fail } from '../errors.ts';
import { chargeCurrent } from '../task/accounting.ts';
import { CAP_SYS_TIME } from '../task/credentials.ts';
import { sleepOn } from '../task/sleep.ts';
import { COARSE_NS, clockOf, cpuNs, isValidTimespec, nsOf, readClock, timespecOf } from '../time/clocks.ts';
import { full, partial } from './table.ts';
import { deadlineAfter, readTimespec, readTimeval, writeTimespec } from './time-arguments.ts';

const NSEC_PER_USEC = 1000;

/** clock_gettime(2) */
function sysClockGettime(task: Task, args: Args): number {
  const clock = clockOf(task, args.i32(0));
  if (clock.kind === 'process' || clock.kind === 'thread') chargeCurrent(task);
  const now = readClock(task, clock);
  writeTimespec(task, args.ptr(1), now);
  return 0;
}

/** clock_getres(2) */
function sysClockGetres(task: Task, args: Args): number {
  const id = args.i32(0);
  clockOf(task, id);
  const isCoarse = id === abi.CLOCK_REALTIME_COARSE || id === abi.CLOCK_MONOTONIC_COARSE;
  if (args.ptr(1) !== 0) writeTimespec(task, args.ptr(1), { sec: 0, nsec: isCoarse ? COARSE_NS : 1 });
  return 0;
}

function setRealtime(task: Task, time: Timespec): number {
  if (!task.capable(CAP_SYS_TIME)) fail(EPERM, 'setting the clock');
  task.kernel.time.setRealtime(time);
  task.kernel.timers.clockWasSet();
  return 0;
}

/** clock_settime(2) */
function sysClockSettime(task: Task, args: Args): number {
  const id = args.i32(0);
  if (id !== abi.CLOCK_REALTIME) {
    clockOf(task, id);
    fail(
      id < 0 || id === abi.CLOCK_PROCESS_CPUTIME_ID || id === abi.CLOCK_THREAD_CPUTIME_ID ? EPERM : EINVAL,
      'clock',
    );
  }
  return setRealtime(task, readTimespec(task, args.ptr(1)));
}

/** gettimeofday(2) */
function sysGettimeofday(task: Task, args: Args): number {
  const { sec, nsec } = task.kernel.time.now();
  const usec = Math.floor(nsec / NSEC_PER_USEC);
  if (args.ptr(0) !== 0) task.memory.copyOut(args.ptr(0), abi.TimevalLayout.encode({ sec, usec }));
  if (args.ptr(1) !== 0) task.memory.copyOut(args.ptr(1), abi.TimezoneLayout.encode({}));
  return 0;
}

/** settimeofday(2). Linux: the time zone is accepted and forgotten. */
function sysSettimeofday(task: Task, args: Args): number {
  const at = args.ptr(0);
  const time = at === 0 ? undefined : readTimeval(task, at);
  if (args.ptr(1) !== 0) {
    const { minutesWest } = abi.TimezoneLayout.decode(task.memory.copyIn(args.ptr(1), 8));
    if (minutesWest > 15 * 60 || minutesWest < -15 * 60) fail(EINVAL, 'settimeofday: time zone');
  }
  if (!task.capable(CAP_SYS_TIME)) fail(EPERM, 'settimeofday');
  return time === undefined ? 0 : setRealtime(task, { sec: time.sec, nsec: time.usec * NSEC_PER_USEC });
}

/** time(2) */
function sysTime(task: Task, args: Args): number {
  const { sec } = task.kernel.time.now();
  if (args.ptr(0) !== 0) task.memory.writeU64(args.ptr(0), sec);
  return sec;
}

/** nanosleep(2) */
function sysNanosleep(task: Task, args: Args): number {
  const clock: Clock = { kind: 'monotonic' };
  if (task.call.attempt > 0) return goOnSleeping(task, args.ptr(1));
  const request = readTimespec(task, args.ptr(0));
  return beginSleep(task, clock, request, 'relative', args.ptr(1));
}

/** clock_nanosleep(2) */
function sysClockNanosleep(task: Task, args: Args): number {
  const id = args.i32(0);
  const mode = (args.i32(1) & abi.TIMER_ABSTIME) !== 0 ? 'absolute' : 'relative';
  const remainAt = mode === 'absolute' ? 0 : args.ptr(3);
  if (task.call.attempt > 0 && mode === 'relative') return goOnSleeping(task, remainAt);
  const clock = clockOf(task, id);
  if (id === abi.CLOCK_THREAD_CPUTIME_ID) fail(EINVAL, 'sleep on the own CPU time');
  if (
    id === abi.CLOCK_MONOTONIC_RAW ||
    id === abi.CLOCK_REALTIME_COARSE ||
    id === abi.CLOCK_MONOTONIC_COARSE
  ) {
    fail(EOPNOTSUPP, 'clock without timers');
  }
  const request = readTimespec(task, args.ptr(2));
  return beginSleep(task, clock, request, mode, remainAt);
}

function beginSleep(
  task: Task,
  clock: Clock,
  request: Timespec,
  mode: 'absolute' | 'relative',
  remainAt: number,
): number {
  const { time } = task.kernel;
  const { call } = task;
  if (clock.kind === 'process' || clock.kind === 'thread') return sleepOnCpuTime(task, clock, request, mode);
  if (mode === 'relative') {
    call.deadlineNs = deadlineAfter(task, nsOf(request));
    return goOnSleeping(task, remainAt);
  }
  // An absolute time is worked out again in each attempt: CLOCK_REALTIME may have been set.
  const deadlineNs = clock.kind === 'realtime' ? time.monotonicAt(request) : nsOf(request);
  if (time.monotonicNs() >= deadlineNs) return 0;
  return sleepOn(task, [], { deadlineNs, restart: ERESTARTNOHAND });
}

/** Sleeps until call.deadlineNs. An interrupted sleep says how much is left, and can go on with just that. */
function goOnSleeping(task: Task, remainAt: number): number {
  const { deadlineNs } = task.call;
  const leftNs = deadlineNs - task.kernel.time.monotonicNs();
  if (leftNs <= 0) return 0;
  const result = sleepOn(task, [], { deadlineNs, restart: ERESTART_RESTARTBLOCK });
  if (result !== SLEEP && remainAt !== 0)
    writeTimespec(task, remainAt, timespecOf(Math.min(leftNs, 2 ** 53)));
  return result;
}

/** Linux: precise to the next accounting; here a sleep on another process's CPU time looks again every 10 ms. */
function sleepOnCpuTime(
  task: Task,
  clock: Extract<Clock, { task: Task }>,
  request: Timespec,
  mode: 'absolute' | 'relative',
): number {
  const { call } = task;
  call.data ??= { untilNs: mode === 'absolute' ? nsOf(request) : cpuNs(clock) + nsOf(request) };
  const leftNs = (call.data['untilNs'] as number) - cpuNs(clock);
  if (leftNs <= 0) return 0;
  const deadlineNs = task.kernel.time.monotonicNs() + Math.max(leftNs, 10e6);
  return sleepOn(task, [], { deadlineNs, restart: ERESTARTNOHAND });
}

/** adjtimex(2), clock_adjtime(2): reads; steps the clock with ADJ_SETOFFSET. There is nothing to slew. */
function adjust(task: Task, at: number): number {
  const request = abi.TimexLayout.decode(task.memory.copyIn(at, abi.TimexLayout.size));
  const { modes } = request;
  const isReading = modes === 0 || modes === abi.ADJ_OFFSET_SS_READ;
  if (!isReading && !task.capable(CAP_SYS_TIME)) fail(EPERM, 'adjtimex');
  const { time } = task.kernel;
  if ((modes & abi.ADJ_SETOFFSET) !== 0 && modes !== abi.ADJ_OFFSET_SS_READ) {
    const fraction = (modes & abi.ADJ_NANO) !== 0 ? request.usec : request.usec * NSEC_PER_USEC;
    if (fraction < 0 || fraction >= 1e9) fail(EINVAL, 'adjtimex: fraction');
    const now = time.now();
    const carry = now.nsec + fraction >= 1e9 ? 1 : 0;
    const next = { sec: now.sec + request.sec + carry, nsec: now.nsec + fraction - carry * 1e9 };
    if (!isValidTimespec(next)) fail(EINVAL, 'adjtimex: before 1970');
    setRealtime(task, next);
  }
  const now = time.now();
  const reply = {
    modes,
    status: abi.STA_UNSYNC,
    maxerror: 16_000_000,
    esterror: 16_000_000,
    constant: 2,
    precision: 1,
    tolerance: 32_768_000,
    tick: 10_000,
    sec: now.sec,
    usec: Math.floor(now.nsec / NSEC_PER_USEC),
  };
  task.memory.copyOut(at, abi.TimexLayout.encode(reply));
  return abi.TIME_ERROR;
}

function sysAdjtimex(task: Task, args: Args): number {
  return adjust(task, args.ptr(0));
}
function sysClockAdjtime(task: Task, args: Args): number {
  const clock = clockOf(task, args.i32(0));
  if (clock.kind !== 'realtime') fail(EOPNOTSUPP, 'clock_adjtime: this clock is not adjusted');
  return adjust(task, args.ptr(1));
}

export const clocksTable: Row[] = [
  [35, full('nanosleep', 'timespec_ptr ptr', sysNanosleep)],
  [96, full('gettimeofday', 'ptr ptr', sysGettimeofday)],
  [159, partial('adjtimex', 'ptr', sysAdjtimex, 'steps the clock only')],
  [164, partial('settimeofday', 'ptr ptr', sysSettimeofday, 'no time zone')],
  [201, full('time', 'ptr', sysTime)],
  [227, full('clock_settime', 'clockid timespec_ptr', sysClockSettime)],
  [228, full('clock_gettime', 'clockid ptr', sysClockGettime)],
  [229, full('clock_getres', 'clockid ptr', sysClockGetres)],
  [230, full('clock_nanosleep', 'clockid int timespec_ptr ptr', sysClockNanosleep)],
  [305, partial('clock_adjtime', 'clockid ptr', sysClockAdjtime, 'steps the clock only')],
];
