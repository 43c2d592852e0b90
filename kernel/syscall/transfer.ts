/**
 * Transfers: what read(2), write(2), their vector and positioned forms and sendfile(2) have in common. Linux
 * counterpart: vfs_read, vfs_write, generic_write_checks.
 *
 * A write to a stream goes on until all bytes are taken: `call.progress` counts what went out before a sleep, and the
 * caller has skipped so much of the buffer. Partial results win over late errors.
 */
import { EAGAIN, EFBIG } from '../abi/errno.ts';
import { O_DSYNC, O_NOATIME, O_SYNC } from '../abi/fcntl.ts';
import { IN_ACCESS, IN_MODIFY } from '../abi/inotify.ts';
import { POLLIN, POLLOUT } from '../abi/poll.ts';
import { RLIMIT_FSIZE } from '../abi/resource.ts';
import { SIGXFSZ } from '../abi/signal.ts';
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK } from '../abi/stat.ts';
import { Errno, fail, WOULD_BLOCK } from '../errors.ts';
import type { File } from '../fs/file.ts';
import { notifyFile } from '../fs/inotify.ts';
import { dropSetId } from '../fs/attributes.ts';
import { touchAtime, touchModified } from '../fs/timestamps.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { signalSelf } from '../task/signal-send.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';

/** Where a transfer happens: at the file's position, which moves, or at an offset of its own. */
export type Where = 'position' | number;

/** RWF_* that concern one transfer. */
export interface TransferOptions {
  readonly isNonblocking?: boolean;
  readonly isAppending?: boolean;
  /** RWF_NOAPPEND: O_APPEND does not hold. */
  readonly isNotAppending?: boolean;
  readonly isSynchronous?: boolean;
}
const NO_OPTIONS: TransferOptions = {};

/** One attempt to read; WOULD_BLOCK, or the number of bytes. */
export function readOnce(file: File, buffer: IoBuffer, where: Where): number {
  const offset = where === 'position' ? file.position : where;
  const count = file.read(buffer, offset);
  if (count < 0) return count;
  const { inode, path } = file;
  const type = inode.mode & S_IFMT;
  // A read at the end of the file is a read.
  const isTouched = type === S_IFREG || (type === S_IFIFO && count > 0);
  if (isTouched && (file.flags & O_NOATIME) === 0) touchAtime(inode.superBlock.kernel, path.mount, inode);
  if (count === 0) return 0;
  if (where === 'position' && file.isSeekable) file.position = offset + count;
  notifyFile(file, IN_ACCESS);
  return count;
}

/** Reads for a system call: sleeps, or gives EAGAIN. */
export function readFor(
  task: Task,
  file: File,
  buffer: IoBuffer,
  where: Where,
  options: TransferOptions = NO_OPTIONS,
): number {
  const count = readOnce(file, buffer, where);
  if (count !== WOULD_BLOCK) return count;
  if (file.isNonblocking || options.isNonblocking === true) fail(EAGAIN, 'nothing to read');
  return sleepOn(task, file.waitQueues(POLLIN));
}

/** One attempt to write; WOULD_BLOCK, or the number of bytes, which may be less than there are. */
export function writeOnce(
  task: Task | undefined,
  file: File,
  buffer: IoBuffer,
  where: Where,
  options: TransferOptions = NO_OPTIONS,
): number {
  const { inode, path } = file;
  const isRegular = (inode.mode & S_IFMT) === S_IFREG;
  let offset = where === 'position' ? file.position : where;
  const isAppending = options.isAppending === true || (file.isAppending && options.isNotAppending !== true);
  if (isAppending && file.isSeekable) {
    inode.refresh();
    offset = inode.size;
  }
  if (isRegular && buffer.remaining > 0) {
    if (task !== undefined) {
      const limit = task.limit(RLIMIT_FSIZE);
      if (offset >= limit) {
        signalSelf(task, SIGXFSZ);
        fail(EFBIG, 'RLIMIT_FSIZE');
      }
      if (limit !== Infinity) buffer.truncate(limit - offset);
      dropSetId(path.dentry, task.credentials);
    }
  }
  const count = file.write(buffer, offset);
  if (count < 0) return count;
  if (count > 0) {
    if (where === 'position' && file.isSeekable) file.position = offset + count;
    if ((inode.mode & S_IFMT) === S_IFIFO) touchModified(inode.superBlock.kernel, inode);
    notifyFile(file, IN_MODIFY);
    if (isRegular && (options.isSynchronous === true || (file.flags & (O_DSYNC | O_SYNC)) !== 0))
      file.fsync('data');
  }
  return count;
}

/** Streams take all bytes or sleep; everything else is written to once. */
function isStream(file: File): boolean {
  const type = file.inode.mode & S_IFMT;
  return type === S_IFIFO || type === S_IFSOCK || type === S_IFCHR;
}

/** Writes for a system call. The buffer begins after the `call.progress` bytes that are out already. */
export function writeFor(
  task: Task,
  file: File,
  buffer: IoBuffer,
  where: Where,
  options: TransferOptions = NO_OPTIONS,
): number {
  const { call } = task;
  do {
    let count: number;
    try {
      count = writeOnce(task, file, buffer, where, options);
    } catch (error) {
      if (error instanceof Errno && call.progress > 0) return call.progress;
      throw error;
    }
    if (count === WOULD_BLOCK) {
      if (file.isNonblocking || options.isNonblocking === true) {
        return call.progress > 0 ? call.progress : fail(EAGAIN, 'no room');
      }
      return sleepOn(task, file.waitQueues(POLLOUT));
    }
    call.progress += count;
    if (count === 0) break;
  } while (buffer.remaining > 0 && isStream(file));
  return call.progress;
}

/** Skips what an earlier attempt has transferred. */
export function skip(buffer: IoBuffer, bytes: number): IoBuffer {
  let left = bytes;
  while (left > 0) {
    const range = buffer.next(left);
    if (range.length === 0) break;
    buffer.advance(range.length);
    left -= range.length;
  }
  return buffer;
}

/** Directories count reads too: getdents(2). */
export function directoryWasRead(file: File): void {
  const { inode, path } = file;
  if ((inode.mode & S_IFMT) === S_IFDIR && (file.flags & O_NOATIME) === 0) {
    touchAtime(inode.superBlock.kernel, path.mount, inode);
  }
  notifyFile(file, IN_ACCESS);
}
