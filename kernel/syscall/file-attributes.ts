/**
 * Changing what is known about a file: chmod(2), chown(2), utimensat(2) and their families, truncate(2), umask(2).
 */
import { EFBIG, EINVAL } from '../abi/errno.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { RLIMIT_FSIZE } from '../abi/resource.ts';
import { SIGXFSZ } from '../abi/signal.ts';
import { S_IFMT, S_IFREG, UTIME_NOW, UTIME_OMIT } from '../abi/stat.ts';
import { viewOf, readI64 } from '../abi/layout.ts';
import { fail } from '../errors.ts';
import { changeMode, changeOwner, changeSize, changeTimes, truncatePath } from '../fs/attributes.ts';
import { walkContextOf } from '../fs/fs-context.ts';
import type { Path } from '../fs/path.ts';
import { signalSelf } from '../task/signal-send.ts';
import type { Task } from '../task/task.ts';
import type { Timespec } from '../time/timespec.ts';
import type { Args } from './args.ts';
import { atPath, pathAt } from './at-path.ts';
import { full, type Row } from './table.ts';

/** chmod(2) */
function sysChmod(task: Task, args: Args): number {
  return chmod(task, pathAt(task, args.ptr(0)), args.u32(1));
}

/** fchmod(2) */
function sysFchmod(task: Task, args: Args): number {
  return chmod(task, task.file(args.fd(0)).path, args.u32(1));
}

/** fchmodat(2) */
function sysFchmodat(task: Task, args: Args): number {
  return chmod(task, atPath(task, args.fd(0), args.ptr(1), 0), args.u32(2));
}

/** fchmodat2(2) */
function sysFchmodat2(task: Task, args: Args): number {
  return chmod(task, atPath(task, args.fd(0), args.ptr(1), args.u32(3)), args.u32(2));
}

function chmod(task: Task, path: Path, mode: number): number {
  changeMode(walkContextOf(task), path, mode);
  return 0;
}

/** chown(2) */
function sysChown(task: Task, args: Args): number {
  return chown(task, pathAt(task, args.ptr(0)), args.u32(1), args.u32(2));
}

/** lchown(2) */
function sysLchown(task: Task, args: Args): number {
  return chown(task, pathAt(task, args.ptr(0), 'stay'), args.u32(1), args.u32(2));
}

/** fchown(2) */
function sysFchown(task: Task, args: Args): number {
  return chown(task, task.file(args.fd(0)).path, args.u32(1), args.u32(2));
}

/** fchownat(2) */
function sysFchownat(task: Task, args: Args): number {
  return chown(task, atPath(task, args.fd(0), args.ptr(1), args.u32(4)), args.u32(2), args.u32(3));
}

function chown(task: Task, path: Path, uid: number, gid: number): number {
  const id = (value: number): number => (value === 0xffffffff ? -1 : value);
  changeOwner(walkContextOf(task), path, id(uid), id(gid));
  return 0;
}

const NOW: Timespec = { sec: 0, nsec: UTIME_NOW };

/** utime(2): whole seconds. */
function sysUtime(task: Task, args: Args): number {
  let times: [Timespec, Timespec] = [NOW, NOW];
  if (args.ptr(1) !== 0) {
    const view = viewOf(task.memory.copyIn(args.ptr(1), 16));
    times = [
      { sec: readI64(view, 0), nsec: 0 },
      { sec: readI64(view, 8), nsec: 0 },
    ];
  }
  return utimes(task, pathAt(task, args.ptr(0)), times);
}

/** utimes(2): microseconds. */
function sysUtimes(task: Task, args: Args): number {
  return futimesat(task, AT_FDCWD, args.ptr(0), args.ptr(1));
}

/** futimesat(2) */
function sysFutimesat(task: Task, args: Args): number {
  return futimesat(task, args.fd(0), args.ptr(1), args.ptr(2));
}

function futimesat(task: Task, dirfd: number, at: number, timesAt: number): number {
  let times: [Timespec, Timespec] = [NOW, NOW];
  if (timesAt !== 0) {
    const view = viewOf(task.memory.copyIn(timesAt, 32));
    const read = (offset: number): Timespec => {
      const usec = readI64(view, offset + 8);
      if (usec < 0 || usec >= 1_000_000) fail(EINVAL, 'utimes: microseconds');
      return { sec: readI64(view, offset), nsec: usec * 1000 };
    };
    times = [read(0), read(16)];
  }
  const path = at === 0 && dirfd !== AT_FDCWD ? task.file(dirfd).path : atPath(task, dirfd, at, 0);
  return utimes(task, path, times);
}

/** utimensat(2) */
function sysUtimensat(task: Task, args: Args): number {
  const [dirfd, at, timesAt, flags] = [args.fd(0), args.ptr(1), args.ptr(2), args.u32(3)];
  let times: [Timespec, Timespec] = [NOW, NOW];
  if (timesAt !== 0) {
    const view = viewOf(task.memory.copyIn(timesAt, 32));
    const read = (offset: number): Timespec => ({
      sec: readI64(view, offset),
      nsec: readI64(view, offset + 8),
    });
    const atime = read(0);
    const mtime = read(16);
    if (atime.nsec === UTIME_OMIT && mtime.nsec === UTIME_OMIT) return 0;
    times = [atime, mtime];
  }
  if (at === 0 && dirfd !== AT_FDCWD) {
    if (flags !== 0) fail(EINVAL, 'utimensat: flags without a path');
    return utimes(task, task.file(dirfd).path, times);
  }
  return utimes(task, atPath(task, dirfd, at, flags), times);
}

function utimes(task: Task, path: Path, [atime, mtime]: [Timespec, Timespec]): number {
  for (const { nsec } of [atime, mtime]) {
    const isSpecial = nsec === UTIME_NOW || nsec === UTIME_OMIT;
    if (!isSpecial && (nsec < 0 || nsec >= 1_000_000_000)) fail(EINVAL, 'utimensat: nanoseconds');
  }
  changeTimes(walkContextOf(task), path, atime, mtime);
  return 0;
}

/** truncate(2) */
function sysTruncate(task: Task, args: Args): number {
  const size = args.i64(1);
  if (size < 0) fail(EINVAL, 'truncate: negative size');
  const path = pathAt(task, args.ptr(0));
  requireWithinLimit(task, path.dentry.inode!.size, size);
  truncatePath(walkContextOf(task), path, size);
  return 0;
}

/** ftruncate(2) */
function sysFtruncate(task: Task, args: Args): number {
  const size = args.i64(1);
  if (size < 0) fail(EINVAL, 'ftruncate: negative size');
  const file = task.file(args.fd(0));
  const { inode, path } = file;
  if ((inode.mode & S_IFMT) !== S_IFREG || !file.isWritable) fail(EINVAL, 'ftruncate: not open for writing');
  requireWithinLimit(task, inode.size, size);
  changeSize(walkContextOf(task), path, size);
  return 0;
}

/** A file does not grow past RLIMIT_FSIZE. */
export function requireWithinLimit(task: Task, oldSize: number, size: number): void {
  if (size <= oldSize || size <= task.limit(RLIMIT_FSIZE)) return;
  signalSelf(task, SIGXFSZ);
  fail(EFBIG, 'RLIMIT_FSIZE');
}

/** umask(2) */
function sysUmask(task: Task, args: Args): number {
  const { fs } = task;
  const old = fs.umask;
  fs.umask = args.u32(0) & 0o777;
  return old;
}

export const fileAttributesTable: Row[] = [
  [76, full('truncate', 'path len', sysTruncate)],
  [77, full('ftruncate', 'fd len', sysFtruncate)],
  [90, full('chmod', 'path octal', sysChmod)],
  [91, full('fchmod', 'fd octal', sysFchmod)],
  [92, full('chown', 'path uid uid', sysChown)],
  [93, full('fchown', 'fd uid uid', sysFchown)],
  [94, full('lchown', 'path uid uid', sysLchown)],
  [95, full('umask', 'octal', sysUmask)],
  [132, full('utime', 'path ptr', sysUtime)],
  [235, full('utimes', 'path ptr', sysUtimes)],
  [260, full('fchownat', 'dirfd path uid uid hex', sysFchownat)],
  [261, full('futimesat', 'dirfd path ptr', sysFutimesat)],
  [268, full('fchmodat', 'dirfd path octal', sysFchmodat)],
  [280, full('utimensat', 'dirfd path ptr hex', sysUtimensat)],
  [452, full('fchmodat2', 'dirfd path octal hex', sysFchmodat2)],
];
