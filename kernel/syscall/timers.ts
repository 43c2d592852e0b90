/**
 * Timers: alarm(2), getitimer(2), setitimer(2), timer_create(2), timer_settime(2), timer_gettime(2),
 * timer_getoverrun(2), timer_delete(2).
 */
import type { Task } from '../task/task.ts';
import type { ItimerSetting } from '../time/itimers.ts';
import type { PosixTimer, TimerEvent } from '../time/posix-timers.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { EAGAIN, EINVAL, EOPNOTSUPP } from '../abi/errno.ts';
import { RLIMIT_SIGPENDING } from '../abi/resource.ts';
import * as signal from '../abi/signal.ts';
import * as abi from '../abi/time.ts';
import { fail } from '../errors.ts';
import { clockOf, isValidTimespec, nsOf, timespecOf } from '../time/clocks.ts';
import { Itimers } from '../time/itimers.ts';
import { PosixTimers } from '../time/posix-timers.ts';
import { full } from './table.ts';

/** alarm(2): whole seconds; what was left is rounded up, so that an armed alarm is never 0. */
function sysAlarm(task: Task, args: Args): number {
  const old = itimers(task).set(abi.ITIMER_REAL, { valueNs: args.u32(0) * 1e9, intervalNs: 0 });
  if (old.valueNs === 0) return 0;
  const whole = Math.floor(old.valueNs / 1e9);
  const rest = old.valueNs - whole * 1e9;
  return whole === 0 || rest >= 500e6 ? whole + 1 : whole;
}

function itimers(task: Task): Itimers {
  const { group } = task;
  group.itimers ??= new Itimers(group);
  return group.itimers;
}

function encodeItimer({ valueNs, intervalNs }: ItimerSetting): Uint8Array<ArrayBuffer> {
  return abi.ItimervalLayout.encode({
    intervalSec: Math.floor(intervalNs / 1e9),
    intervalUsec: Math.floor((intervalNs % 1e9) / 1000),
    valueSec: Math.floor(valueNs / 1e9),
    valueUsec: Math.floor((valueNs % 1e9) / 1000),
  });
}

function requireWhich(which: number): void {
  if (which < abi.ITIMER_REAL || which > abi.ITIMER_PROF) fail(EINVAL, 'no such interval timer');
}

/** getitimer(2) */
function sysGetitimer(task: Task, args: Args): number {
  requireWhich(args.i32(0));
  task.memory.copyOut(args.ptr(1), encodeItimer(itimers(task).get(args.i32(0))));
  return 0;
}

/** setitimer(2): a null pointer disarms, which Linux still allows. */
function sysSetitimer(task: Task, args: Args): number {
  const which = args.i32(0);
  const newAt = args.ptr(1);
  const oldAt = args.ptr(2);
  const setting = newAt === 0 ? { valueNs: 0, intervalNs: 0 } : readItimer(task, newAt);
  requireWhich(which);
  const old = itimers(task).set(which, setting);
  if (oldAt !== 0) task.memory.copyOut(oldAt, encodeItimer(old));
  return 0;
}

function readItimer(task: Task, at: number): ItimerSetting {
  const v = abi.ItimervalLayout.decode(task.memory.copyIn(at, abi.ItimervalLayout.size));
  const isValid = (sec: number, usec: number): boolean => sec >= 0 && usec >= 0 && usec < 1e6;
  if (!isValid(v.valueSec, v.valueUsec) || !isValid(v.intervalSec, v.intervalUsec))
    fail(EINVAL, 'setitimer: value');
  return {
    valueNs: Math.min(v.valueSec * 1e9 + v.valueUsec * 1000, 2 ** 53),
    intervalNs: Math.min(v.intervalSec * 1e9 + v.intervalUsec * 1000, 2 ** 53),
  };
}

/** timer_create(2) */
function sysTimerCreate(task: Task, args: Args): number {
  const eventAt = args.ptr(1);
  const idAt = args.ptr(2);
  const { group } = task;
  const clockId = args.i32(0);
  const clock = clockOf(task, clockId);
  if (clockId === abi.CLOCK_MONOTONIC_RAW) fail(EOPNOTSUPP, 'clock without timers');
  if (clockId === abi.CLOCK_REALTIME_COARSE || clockId === abi.CLOCK_MONOTONIC_COARSE) {
    fail(EOPNOTSUPP, 'clock without timers');
  }
  const timers = (group.posixTimers ??= new PosixTimers(group));
  if (timers.timers.size >= task.limit(RLIMIT_SIGPENDING)) fail(EAGAIN, 'timer_create: RLIMIT_SIGPENDING');
  const given = eventAt === 0 ? undefined : readEvent(task, eventAt);
  const timer = timers.create(
    clock,
    id =>
      given ?? { notify: signal.SIGEV_SIGNAL, signo: signal.SIGALRM, value: BigInt(id), thread: undefined },
  );
  try {
    task.memory.writeI32(idAt, timer.id);
  } catch (error) {
    timers.delete(timer);
    throw error;
  }
  return 0;
}

function readEvent(task: Task, at: number): TimerEvent {
  const { notify, signo, value, tid } = signal.SigeventLayout.decode(
    task.memory.copyIn(at, signal.SigeventLayout.size),
  );
  let thread: Task | undefined;
  switch (notify) {
    case signal.SIGEV_SIGNAL | signal.SIGEV_THREAD_ID:
      thread = task.kernel.tasks.task(tid);
      if (thread === undefined || thread.group !== task.group) fail(EINVAL, 'timer_create: no such thread');
      break;
    case signal.SIGEV_SIGNAL:
    case signal.SIGEV_THREAD:
      break;
    case signal.SIGEV_NONE:
      return { notify, signo, value, thread };
    default:
      fail(EINVAL, 'timer_create: sigev_notify');
  }
  if (signo < 1 || signo > signal.NSIG) fail(EINVAL, 'timer_create: signal');
  return { notify, signo, value, thread };
}

function find(task: Task, id: number): PosixTimer {
  return task.group.posixTimers?.timers.get(id) ?? fail(EINVAL, 'no such timer');
}

function encodeSetting(timer: PosixTimer): Uint8Array<ArrayBuffer> {
  const interval = timespecOf(timer.intervalNs);
  const value = timespecOf(timer.leftNs);
  return abi.ItimerspecLayout.encode({
    intervalSec: interval.sec,
    intervalNsec: interval.nsec,
    valueSec: value.sec,
    valueNsec: value.nsec,
  });
}

/** timer_settime(2) */
function sysTimerSettime(task: Task, args: Args): number {
  const newAt = args.ptr(2);
  const oldAt = args.ptr(3);
  if (newAt === 0) fail(EINVAL, 'timer_settime: no value');
  const v = abi.ItimerspecLayout.decode(task.memory.copyIn(newAt, abi.ItimerspecLayout.size));
  const value = { sec: v.valueSec, nsec: v.valueNsec };
  const interval = { sec: v.intervalSec, nsec: v.intervalNsec };
  if (!isValidTimespec(value) || !isValidTimespec(interval)) fail(EINVAL, 'timer_settime: value');
  const timer = find(task, args.i32(0));
  const old = encodeSetting(timer);
  timer.set(value, nsOf(interval), (args.i32(1) & abi.TIMER_ABSTIME) !== 0 ? 'absolute' : 'relative');
  if (oldAt !== 0) task.memory.copyOut(oldAt, old);
  return 0;
}

/** timer_gettime(2) */
function sysTimerGettime(task: Task, args: Args): number {
  const timer = find(task, args.i32(0));
  task.memory.copyOut(args.ptr(1), encodeSetting(timer));
  return 0;
}

/** timer_getoverrun(2) */
function sysTimerGetoverrun(task: Task, args: Args): number {
  return find(task, args.i32(0)).overrun;
}

/** timer_delete(2) */
function sysTimerDelete(task: Task, args: Args): number {
  const timer = find(task, args.i32(0));
  task.group.posixTimers!.delete(timer);
  return 0;
}

export const timersTable: Row[] = [
  [36, full('getitimer', 'int ptr', sysGetitimer)],
  [37, full('alarm', 'uint', sysAlarm)],
  [38, full('setitimer', 'int ptr ptr', sysSetitimer)],
  [222, full('timer_create', 'clockid ptr ptr', sysTimerCreate)],
  [223, full('timer_settime', 'int int ptr ptr', sysTimerSettime)],
  [224, full('timer_gettime', 'int ptr', sysTimerGettime)],
  [225, full('timer_getoverrun', 'int', sysTimerGetoverrun)],
  [226, full('timer_delete', 'int', sysTimerDelete)],
];
