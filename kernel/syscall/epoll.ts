/**
 * epoll_create(2), epoll_ctl(2), epoll_wait(2) and their variants.
 */
import { EBADF, EFAULT, EINTR, EINVAL, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/epoll.ts';
import { fail } from '../errors.ts';
import { EpollFile } from '../fs/epoll.ts';
import { File } from '../fs/file.ts';
import { CAP_WAKE_ALARM } from '../task/credentials.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { installNew } from './install-pair.ts';
import { isExpired, readTemporaryMask, readTimeout, setDeadline } from './poll-timeout.ts';
import { full, type Row } from './table.ts';

const NS_PER_MS = 1e6;

/** epoll_create(2): the size is a hint of old, but must be positive. */
function sysEpollCreate(task: Task, args: Args): number {
  if (args.i32(0) <= 0) fail(EINVAL, 'epoll_create: size');
  return installNew(task, new EpollFile(task.kernel), false);
}

/** epoll_create1(2) */
function sysEpollCreate1(task: Task, args: Args): number {
  const flags = args.u32(0);
  if ((flags & ~abi.EPOLL_CLOEXEC) !== 0) fail(EINVAL, 'epoll_create1: unknown flag bits');
  return installNew(task, new EpollFile(task.kernel), (flags & abi.EPOLL_CLOEXEC) !== 0);
}

/** epoll_ctl(2) */
function sysEpollCtl(task: Task, args: Args): number {
  const operation = args.i32(1);
  const fd = args.fd(2);
  const isDelete = operation === abi.EPOLL_CTL_DEL;
  const size = abi.EpollEvent.size;
  const event = isDelete ? undefined : abi.EpollEvent.decode(task.memory.copyIn(args.ptr(3), size));
  const epoll = task.file(args.fd(0));
  const file = task.files.get(fd) ?? fail(EBADF, 'epoll_ctl: no such descriptor');
  // Files without a poll of their own (regular files, directories) are always ready: nothing to watch.
  if (file.poll === File.prototype.poll) fail(EPERM, 'epoll_ctl: the file cannot be watched');
  if (file === epoll || !(epoll instanceof EpollFile)) return fail(EINVAL, 'epoll_ctl: no epoll descriptor');
  if (event === undefined) {
    epoll.remove(file, fd);
    return 0;
  }
  const mayWakeUp = task.capable(CAP_WAKE_ALARM);
  const events = mayWakeUp ? event.events : event.events & ~abi.EPOLLWAKEUP;
  if (operation === abi.EPOLL_CTL_ADD) epoll.add(file, fd, events, event.data);
  else if (operation === abi.EPOLL_CTL_MOD) epoll.modify(file, fd, events, event.data);
  else fail(EINVAL, 'epoll_ctl: operation');
  return 0;
}

/** epoll_wait(2) */
function sysEpollWait(task: Task, args: Args): number {
  return wait(task, args, timeoutOf(args));
}

/** epoll_pwait(2) */
function sysEpollPwait(task: Task, args: Args): number {
  if (task.call.attempt === 0) readTemporaryMask(task, args.ptr(4), args.len(5));
  return wait(task, args, timeoutOf(args));
}

/** epoll_pwait2(2) */
function sysEpollPwait2(task: Task, args: Args): number {
  let timeoutNs = Infinity;
  if (task.call.attempt === 0) {
    timeoutNs = readTimeout(task, args.ptr(3));
    readTemporaryMask(task, args.ptr(4), args.len(5));
  }
  return wait(task, args, timeoutNs);
}

function timeoutOf(args: Args): number {
  const timeoutMs = args.i32(3);
  return timeoutMs < 0 ? Infinity : timeoutMs * NS_PER_MS;
}

function wait(task: Task, args: Args, timeoutNs: number): number {
  const max = args.i32(2);
  if (max <= 0 || max > abi.EP_MAX_EVENTS) fail(EINVAL, 'epoll_wait: maxevents');
  const epoll = task.file(args.fd(0));
  if (!(epoll instanceof EpollFile)) return fail(EINVAL, 'epoll_wait: no epoll descriptor');
  setDeadline(task, timeoutNs);
  const at = args.ptr(1);
  if (at === 0) fail(EFAULT, 'epoll_wait: no buffer');
  const size = abi.EpollEvent.size;
  const count = epoll.collect(max, (event, index) => {
    task.memory.copyOut(at + index * size, abi.EpollEvent.encode(event));
  });
  if (count > 0 || isExpired(task)) return count;
  return sleepOn(task, epoll.readQueue, { deadlineNs: task.call.deadlineNs, restart: EINTR });
}

export const epollTable: Row[] = [
  [213, full('epoll_create', 'int', sysEpollCreate)],
  [232, full('epoll_wait', 'fd ptr int int', sysEpollWait)],
  [233, full('epoll_ctl', 'fd int fd ptr', sysEpollCtl)],
  [281, full('epoll_pwait', 'fd ptr int int sigset_ptr len', sysEpollPwait)],
  [291, full('epoll_create1', 'openflags', sysEpollCreate1)],
  [441, full('epoll_pwait2', 'fd ptr int timespec_ptr sigset_ptr len', sysEpollPwait2)],
];
