/**
 * File locks: the record locks of fcntl(2) (POSIX and open-file-description ones) and flock(2).
 */
import { EAGAIN, EBADF, EINVAL, EOVERFLOW } from '../abi/errno.ts';
import * as F from '../abi/fcntl.ts';
import { fail, SLEEP } from '../errors.ts';
import type { File } from '../fs/file.ts';
import { FileLocks, type FileLock, type LockOwner } from '../fs/locks.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { full, type Row } from './table.ts';

interface Request {
  readonly type: number;
  readonly pid: number;
  readonly start: number;
  readonly end: number;
}

/** fcntl(2) with F_GETLK, F_SETLK, F_SETLKW and their OFD forms. */
export function fcntlLock(task: Task, file: File, command: number, at: number): number {
  const request = readRequest(task, file, at);
  const isOfd = command >= F.F_OFD_GETLK;
  if (isOfd && request.pid !== 0) fail(EINVAL, 'OFD lock: l_pid must be 0');
  const lock: FileLock = {
    kind: isOfd ? 'ofd' : 'posix',
    owner: isOfd ? file : task.files,
    isExclusive: request.type === F.F_WRLCK,
    pid: isOfd ? -1 : task.group.tgid,
    start: request.start,
    end: request.end,
  };
  if (command === F.F_GETLK || command === F.F_OFD_GETLK) return getLock(task, file, lock, request, at);
  const { inode } = file;
  if (request.type === F.F_UNLCK) {
    inode.locks?.clear(lock);
    return 0;
  }
  if (request.type === F.F_RDLCK && !file.isReadable) fail(EBADF, 'read lock on a file not open for reading');
  if (request.type === F.F_WRLCK && !file.isWritable)
    fail(EBADF, 'write lock on a file not open for writing');
  return setLock(task, file, lock, command === F.F_SETLKW || command === F.F_OFD_SETLKW);
}

function setLock(task: Task, file: File, lock: FileLock, isWaiting: boolean): number {
  const { lockWaits } = task.kernel.vfs;
  const locks = (file.inode.locks ??= new FileLocks());
  const conflict = locks.conflict(lock);
  if (conflict === undefined) {
    if (isWaiting) lockWaits.end(waiterOf(task, lock));
    locks.set(lock);
    return 0;
  }
  if (!isWaiting) return fail(EAGAIN, 'locked by somebody else');
  // Only processes can be seen to wait in a circle; the holder of an open file may be anybody.
  if (lock.kind === 'posix' && conflict.kind === 'posix') lockWaits.begin(lock.owner, conflict.owner);
  const result = sleepOn(task, locks.queue);
  if (result !== SLEEP) lockWaits.end(waiterOf(task, lock));
  return result;
}

function waiterOf(task: Task, lock: FileLock): LockOwner {
  return lock.kind === 'posix' ? lock.owner : task;
}

function getLock(task: Task, file: File, lock: FileLock, request: Request, at: number): number {
  const isAboutOwn = request.type === F.F_UNLCK;
  if (isAboutOwn && lock.kind === 'posix') fail(EINVAL, 'F_GETLK of F_UNLCK');
  // F_OFD_GETLK of F_UNLCK asks which lock the open file itself holds there.
  const conflict = isAboutOwn ? file.inode.locks?.own(lock) : file.inode.locks?.conflict(lock);
  if (conflict === undefined) {
    task.memory.copyOut(at, new Uint8Array(new Int16Array([F.F_UNLCK]).buffer));
    return 0;
  }
  const answer = F.Flock.encode({
    type: conflict.isExclusive ? F.F_WRLCK : F.F_RDLCK,
    whence: F.SEEK_SET,
    start: conflict.start,
    len: conflict.end === Infinity ? 0 : conflict.end - conflict.start,
    pid: conflict.pid,
  });
  task.memory.copyOut(at, answer);
  return 0;
}

/** Reads struct flock and turns whence, start and length into a range. A negative length reaches backwards. */
function readRequest(task: Task, file: File, at: number): Request {
  const { type, whence, start: offset, len, pid } = F.Flock.decode(task.memory.copyIn(at, F.Flock.size));
  if (type < F.F_RDLCK || type > F.F_UNLCK) fail(EINVAL, 'flock: type');
  let base: number;
  if (whence === F.SEEK_SET) base = 0;
  else if (whence === F.SEEK_CUR) base = file.position;
  else if (whence === F.SEEK_END) base = file.inode.size;
  else return fail(EINVAL, 'flock: whence');
  let start = base + offset;
  let end = len === 0 ? Infinity : start + len;
  if (len < 0) [start, end] = [end, start];
  if (start < 0) fail(EINVAL, 'flock: range before the beginning');
  if (start >= 2 ** 63) fail(EOVERFLOW, 'flock: range too far');
  if (end >= 2 ** 63) end = Infinity;
  return { type, pid, start, end };
}

/** flock(2) */
function sysFlock(task: Task, args: Args): number {
  const operation = args.u32(1);
  const wanted = operation & ~F.LOCK_NB;
  if ((operation & F.LOCK_MAND) !== 0) return 0; // Linux: obsolete, warns and succeeds
  if (wanted !== F.LOCK_SH && wanted !== F.LOCK_EX && wanted !== F.LOCK_UN) fail(EINVAL, 'flock: operation');
  const file = task.file(args.fd(0));
  const lock: FileLock = {
    kind: 'flock',
    owner: file,
    isExclusive: wanted === F.LOCK_EX,
    pid: task.group.tgid,
    start: 0,
    end: Infinity,
  };
  const { inode } = file;
  if (wanted === F.LOCK_UN) {
    inode.locks?.clear(lock);
    return 0;
  }
  if (!file.isReadable && !file.isWritable) fail(EBADF, 'flock: neither read nor write');
  // Changing the kind of a lock releases the old one first, and may lose it: flock(2).
  const locks = (inode.locks ??= new FileLocks());
  if (
    locks.locks.some(
      held => held.owner === file && held.kind === 'flock' && held.isExclusive !== lock.isExclusive,
    )
  ) {
    locks.clear(lock);
  }
  return setLock(task, file, lock, (operation & F.LOCK_NB) === 0);
}

export const lockTable: Row[] = [[73, full('flock', 'fd int', sysFlock)]];
