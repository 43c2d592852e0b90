/**
 * Descriptors: dup(2), dup2(2), dup3(2), fcntl(2). Record locks are in lock.ts.
 */
import { EBADF, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import * as F from '../abi/fcntl.ts';
import { fail } from '../errors.ts';
import { setDirectoryNotify } from '../fs/dnotify.ts';
import type { File } from '../fs/file.ts';
import { setAsync } from '../fs/file-owner.ts';
import { leaseType, setLease } from '../fs/leases.ts';
import { isOwnerOrCapable } from '../fs/permission.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { fcntlLock } from './lock.ts';
import { full, type Row } from './table.ts';

/** What F_SETFL changes; it ignores the rest. */
const SETTABLE_FLAGS = F.O_APPEND | F.O_NONBLOCK | F.O_ASYNC | F.O_DIRECT | F.O_NOATIME;
const LAST_SIGNAL = 64;

/** Any open file of the task, O_PATH ones included. */
function anyFile(task: Task, fd: number): File {
  return task.files.get(fd) ?? fail(EBADF, 'no such descriptor');
}

function duplicate(task: Task, file: File, lowest: number, isCloexec: boolean): number {
  const fd = task.files.install(file, isCloexec, lowest);
  task.kernel.vfs.get(file);
  return fd;
}

/** dup(2) */
function sysDup(task: Task, args: Args): number {
  return duplicate(task, anyFile(task, args.fd(0)), 0, false);
}

/** dup2(2) */
function sysDup2(task: Task, args: Args): number {
  const file = anyFile(task, args.fd(0));
  if (args.fd(0) === args.fd(1)) return args.fd(1);
  return duplicateAt(task, file, args.fd(1), false);
}

/** dup3(2) */
function sysDup3(task: Task, args: Args): number {
  const flags = args.u32(2);
  if ((flags & ~F.O_CLOEXEC) !== 0) fail(EINVAL, 'dup3: flags');
  if (args.fd(0) === args.fd(1)) fail(EINVAL, 'dup3: same descriptor');
  if (args.fd(1) < 0 || args.fd(1) >= task.files.limit) fail(EBADF, 'dup3: descriptor out of range');
  return duplicateAt(task, anyFile(task, args.fd(0)), args.fd(1), flags !== 0);
}

function duplicateAt(task: Task, file: File, fd: number, isCloexec: boolean): number {
  task.kernel.vfs.get(file);
  try {
    task.files.installAt(fd, file, isCloexec, task);
  } catch (error) {
    task.kernel.vfs.put(file);
    throw error;
  }
  return fd;
}

/** fcntl(2) */
function sysFcntl(task: Task, args: Args): number {
  const fd = args.fd(0);
  const command = args.u32(1);
  const file = anyFile(task, fd);
  const isPathOnly = (file.flags & F.O_PATH) !== 0;
  switch (command) {
    case F.F_DUPFD:
    case F.F_DUPFD_CLOEXEC:
      return duplicateFrom(task, file, args.i32(2), command === F.F_DUPFD_CLOEXEC);
    case F.F_GETFD:
      return task.files.isCloexec(fd) ? F.FD_CLOEXEC : 0;
    case F.F_SETFD:
      task.files.setCloexec(fd, (args.u32(2) & F.FD_CLOEXEC) !== 0);
      return 0;
    case F.F_GETFL:
      return file.flags;
    case F.F_DUPFD_QUERY:
      return anyFile(task, args.fd(2)) === file ? 1 : 0;
  }
  if (isPathOnly) fail(EBADF, 'descriptor is O_PATH');
  switch (command) {
    case F.F_SETFL:
      return setStatusFlags(task, file, fd, args.u32(2));
    case F.F_GETLK:
    case F.F_SETLK:
    case F.F_SETLKW:
    case F.F_OFD_GETLK:
    case F.F_OFD_SETLK:
    case F.F_OFD_SETLKW:
      return fcntlLock(task, file, command, args.ptr(2));
    case F.F_SETOWN:
    case F.F_GETOWN:
    case F.F_SETOWN_EX:
    case F.F_GETOWN_EX:
    case F.F_GETOWNER_UIDS:
    case F.F_SETSIG:
    case F.F_GETSIG:
      return owner(task, file, command, args);
    case F.F_GETLEASE:
      return leaseType(file);
    case F.F_SETLEASE:
      setLease(task, file, fd, args.i32(2));
      return 0;
    case F.F_NOTIFY:
      setDirectoryNotify(task, file, fd, args.u32(2));
      return 0;
    default:
      return file.fcntl(task, command, args.u32(2));
  }
}

function duplicateFrom(task: Task, file: File, lowest: number, isCloexec: boolean): number {
  if (lowest < 0 || lowest >= task.files.limit) fail(EINVAL, 'F_DUPFD: descriptor out of range');
  return duplicate(task, file, lowest, isCloexec);
}

function setStatusFlags(task: Task, file: File, fd: number, flags: number): number {
  if ((flags & F.O_NOATIME) !== 0 && (file.flags & F.O_NOATIME) === 0) {
    if (!isOwnerOrCapable(file.inode, task.credentials)) fail(EPERM, 'F_SETFL: O_NOATIME');
  }
  file.flags = (file.flags & ~SETTABLE_FLAGS) | (flags & SETTABLE_FLAGS);
  setAsync(file, fd, (flags & F.O_ASYNC) !== 0);
  return 0;
}

/** Who gets SIGIO; ids are kept as numbers, positive for processes and threads. */
function owner(task: Task, file: File, command: number, args: Args): number {
  const { owner: current } = file;
  switch (command) {
    case F.F_GETOWN:
      return ownerId(file);
    case F.F_SETOWN:
      setOwnerId(task, file, args.i32(2));
      return 0;
    case F.F_GETOWN_EX:
      task.memory.copyOut(args.ptr(2), F.OwnerEx.encode({ type: current.type, pid: current.id }));
      return 0;
    case F.F_SETOWN_EX: {
      const { type, pid } = F.OwnerEx.decode(task.memory.copyIn(args.ptr(2), F.OwnerEx.size));
      if (type < F.F_OWNER_TID || type > F.F_OWNER_PGRP) fail(EINVAL, 'F_SETOWN_EX: type');
      setOwner(task, file, type, pid);
      return 0;
    }
    case F.F_GETOWNER_UIDS:
      return fail(EINVAL, 'F_GETOWNER_UIDS: needs checkpoint/restore');
    case F.F_GETSIG:
      return current.signal;
    default: {
      const signal = args.u32(2);
      if (signal > LAST_SIGNAL) fail(EINVAL, 'F_SETSIG');
      file.owner = { ...current, signal };
      return 0;
    }
  }
}

/** F_GETOWN: negative for a process group. */
export function ownerId({ owner: { type, id } }: File): number {
  return type === F.F_OWNER_PGRP ? -id : id;
}
export function setOwnerId(task: Task, file: File, id: number): void {
  if (id === -0x80000000) fail(EINVAL, 'F_SETOWN');
  setOwner(task, file, id < 0 ? F.F_OWNER_PGRP : F.F_OWNER_PID, Math.abs(id));
}

function setOwner(task: Task, file: File, type: number, id: number): void {
  if (id !== 0 && type !== F.F_OWNER_PGRP && task.kernel.tasks.task(id) === undefined)
    fail(ESRCH, 'no such process');
  file.owner = { ...file.owner, type, id, by: task };
}

export const descriptorTable: Row[] = [
  [32, full('dup', 'fd', sysDup)],
  [33, full('dup2', 'fd fd', sysDup2)],
  [72, full('fcntl', 'fd int hex', sysFcntl)],
  [292, full('dup3', 'fd fd openflags', sysDup3)],
];
