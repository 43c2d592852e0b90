/**
 * eventfd(2), timerfd_create(2), signalfd(2) and their companions.
 */
import { EINVAL, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/eventfd.ts';
import { SIGSET_SIZE } from '../abi/signal.ts';
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  ItimerspecLayout,
} from '../abi/time.ts';
import { Errno, fail } from '../errors.ts';
import { EventFile } from '../fs/eventfd.ts';
import { SignalFile } from '../fs/signalfd.ts';
import { TimerFile } from '../fs/timerfd.ts';
import { CAP_WAKE_ALARM } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { installNew } from './install-pair.ts';
import { full, type Row } from './table.ts';

const CLOCKS = [CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM];

/** eventfd(2) of old */
function sysEventfd(task: Task, args: Args): number {
  return eventfd(task, args.u32(0), 0);
}

/** eventfd2: eventfd(2) */
function sysEventfd2(task: Task, args: Args): number {
  return eventfd(task, args.u32(0), args.u32(1));
}

function eventfd(task: Task, count: number, flags: number): number {
  const known = abi.EFD_SEMAPHORE | abi.EFD_CLOEXEC | abi.EFD_NONBLOCK;
  if ((flags & ~known) !== 0) fail(EINVAL, 'eventfd: unknown flag bits');
  const isSemaphore = (flags & abi.EFD_SEMAPHORE) !== 0;
  const file = new EventFile(task.kernel, count, flags & abi.EFD_NONBLOCK, isSemaphore);
  return installNew(task, file, (flags & abi.EFD_CLOEXEC) !== 0);
}

/** timerfd_create(2) */
function sysTimerfdCreate(task: Task, args: Args): number {
  const clock = args.i32(0);
  const flags = args.u32(1);
  if ((flags & ~(abi.TFD_CLOEXEC | abi.TFD_NONBLOCK)) !== 0)
    fail(EINVAL, 'timerfd_create: unknown flag bits');
  if (!CLOCKS.includes(clock)) fail(EINVAL, 'timerfd_create: clock');
  const isAlarm = clock === CLOCK_REALTIME_ALARM || clock === CLOCK_BOOTTIME_ALARM;
  if (isAlarm && !task.capable(CAP_WAKE_ALARM)) fail(EPERM, 'timerfd_create: alarm clock');
  const file = new TimerFile(task.kernel, clock, flags & abi.TFD_NONBLOCK);
  return installNew(task, file, (flags & abi.TFD_CLOEXEC) !== 0);
}

/** timerfd_settime(2) */
function sysTimerfdSettime(task: Task, args: Args): number {
  const flags = args.u32(1);
  const setting = ItimerspecLayout.decode(task.memory.copyIn(args.ptr(2), ItimerspecLayout.size));
  const { intervalSec, intervalNsec, valueSec, valueNsec } = setting;
  const isValid =
    (flags & ~(abi.TFD_TIMER_ABSTIME | abi.TFD_TIMER_CANCEL_ON_SET)) === 0 &&
    isTime(intervalSec, intervalNsec) &&
    isTime(valueSec, valueNsec);
  if (!isValid) fail(EINVAL, 'timerfd_settime: flags or times');
  const file = timerFile(task, args.fd(0));
  const old = file.get();
  let error: Errno | undefined;
  try {
    const value = { sec: valueSec, nsec: valueNsec };
    file.set({ value, intervalNs: intervalSec * 1e9 + intervalNsec }, flags);
  } catch (caught) {
    // The timer is set all the same.
    if (!(caught instanceof Errno)) throw caught;
    error = caught;
  }
  if (args.ptr(3) !== 0) task.memory.copyOut(args.ptr(3), encodeSetting(old));
  if (error !== undefined) throw error;
  return 0;
}

/** timerfd_gettime(2) */
function sysTimerfdGettime(task: Task, args: Args): number {
  task.memory.copyOut(args.ptr(1), encodeSetting(timerFile(task, args.fd(0)).get()));
  return 0;
}

function timerFile(task: Task, fd: number): TimerFile {
  const file = task.file(fd);
  return file instanceof TimerFile ? file : fail(EINVAL, 'no timerfd');
}

function isTime(sec: number, nsec: number): boolean {
  return sec >= 0 && nsec >= 0 && nsec < 1e9;
}

function encodeSetting(setting: { valueNs: number; intervalNs: number }): Uint8Array<ArrayBuffer> {
  const { valueNs, intervalNs } = setting;
  return ItimerspecLayout.encode({
    valueSec: Math.floor(valueNs / 1e9),
    valueNsec: valueNs % 1e9,
    intervalSec: Math.floor(intervalNs / 1e9),
    intervalNsec: intervalNs % 1e9,
  });
}

/** signalfd(2) of old */
function sysSignalfd(task: Task, args: Args): number {
  return signalfd(task, args, 0);
}

/** signalfd4: signalfd(2) */
function sysSignalfd4(task: Task, args: Args): number {
  return signalfd(task, args, args.u32(3));
}

function signalfd(task: Task, args: Args, flags: number): number {
  if ((flags & ~(abi.SFD_CLOEXEC | abi.SFD_NONBLOCK)) !== 0) fail(EINVAL, 'signalfd: unknown flag bits');
  if (args.len(2) !== SIGSET_SIZE) fail(EINVAL, 'signalfd: sizemask');
  const mask = task.memory.readB64(args.ptr(1));
  const fd = args.fd(0);
  if (fd === -1) {
    const file = new SignalFile(task.kernel, mask, flags & abi.SFD_NONBLOCK);
    return installNew(task, file, (flags & abi.SFD_CLOEXEC) !== 0);
  }
  const file = task.file(fd);
  if (!(file instanceof SignalFile)) return fail(EINVAL, 'signalfd: no signalfd');
  file.mask = mask;
  return fd;
}

export const eventfdTable: Row[] = [
  [282, full('signalfd', 'fd sigset_ptr len', sysSignalfd)],
  [283, full('timerfd_create', 'int openflags', sysTimerfdCreate)],
  [284, full('eventfd', 'uint', sysEventfd)],
  [286, full('timerfd_settime', 'fd int ptr ptr', sysTimerfdSettime)],
  [287, full('timerfd_gettime', 'fd ptr', sysTimerfdGettime)],
  [289, full('signalfd4', 'fd sigset_ptr len openflags', sysSignalfd4)],
  [290, full('eventfd2', 'uint openflags', sysEventfd2)],
];
