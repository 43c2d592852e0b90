/**
 * Making sure and making room: sync(2), fsync(2), sync_file_range(2), fallocate(2), posix_fadvise(2), readahead(2).
 */
import { EBADF, EFBIG, EINVAL, EISDIR, ENODEV, EOPNOTSUPP, ESPIPE, ETXTBSY } from '../abi/errno.ts';
import {
  FALLOC_FL_COLLAPSE_RANGE,
  FALLOC_FL_INSERT_RANGE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FALLOC_FL_UNSHARE_RANGE,
  FALLOC_FL_ZERO_RANGE,
  POSIX_FADV_DONTNEED,
  POSIX_FADV_NOREUSE,
  POSIX_FADV_WILLNEED,
  SYNC_FILE_RANGE_ALL,
} from '../abi/fcntl.ts';
import { IN_MODIFY } from '../abi/inotify.ts';
import { S_IFBLK, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { Errno, fail } from '../errors.ts';
import { requireReadable, type File } from '../fs/file.ts';
import { notifyDentry } from '../fs/inotify.ts';
import { dropSetId } from '../fs/attributes.ts';
import { MAX_FILE_SIZE } from '../fs/seek.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { requireWithinLimit } from './file-attributes.ts';
import { full, type Row } from './table.ts';

/** sync(2) */
function sysSync(task: Task): number {
  task.kernel.vfs.sync();
  return 0;
}

/** syncfs(2) */
function sysSyncfs(task: Task, args: Args): number {
  task.file(args.fd(0)).path.mount.superBlock.sync();
  return 0;
}

/** fsync(2) */
function sysFsync(task: Task, args: Args): number {
  task.file(args.fd(0)).fsync('all');
  return 0;
}

/** fdatasync(2) */
function sysFdatasync(task: Task, args: Args): number {
  task.file(args.fd(0)).fsync('data');
  return 0;
}

/** sync_file_range(2). Linux: writes the range; here the whole file is written. */
function sysSyncFileRange(task: Task, args: Args): number {
  const [offset, length, flags] = [args.i64(1), args.i64(2), args.u32(3)];
  const file = task.file(args.fd(0));
  if ((flags & ~SYNC_FILE_RANGE_ALL) !== 0 || offset < 0 || length < 0) fail(EINVAL, 'sync_file_range');
  const type = file.inode.mode & S_IFMT;
  if (![S_IFREG, S_IFBLK, S_IFDIR, S_IFLNK].includes(type)) fail(ESPIPE, 'sync_file_range');
  if (flags !== 0) file.fsync('data');
  return 0;
}

/** Pages that are read ahead at most. */
const MOST_READ_AHEAD = 512;

function readAhead({ inode }: File, offset: number, length: number): void {
  const from = Math.floor(offset / PAGE_SIZE);
  const wanted = length === 0 ? Infinity : Math.ceil((offset + length) / PAGE_SIZE);
  try {
    inode.pages?.readAhead(from, Math.min(wanted, from + MOST_READ_AHEAD));
  } catch (error) {
    // Only advice: whoever reads will see the error.
    if (!(error instanceof Errno)) throw error;
  }
}

/** readahead(2) */
function sysReadahead(task: Task, args: Args): number {
  const file = task.file(args.fd(0));
  requireReadable(file);
  const type = file.inode.mode & S_IFMT;
  if (type !== S_IFREG && type !== S_IFBLK) fail(EINVAL, 'readahead: not a regular file');
  readAhead(file, args.len(1), args.len(2));
  return 0;
}

/** posix_fadvise(2), fadvise64. Linux: advice about the order of reads changes how far it reads ahead. */
function sysFadvise64(task: Task, args: Args): number {
  const file = task.file(args.fd(0));
  if ((file.inode.mode & S_IFMT) === S_IFIFO) fail(ESPIPE, 'fadvise of a pipe');
  if (args.u32(3) > POSIX_FADV_NOREUSE || args.i64(2) < 0) fail(EINVAL, 'fadvise');
  const [offset, length] = [args.i64(1), args.i64(2)];
  if (offset < 0) return 0;
  if (args.u32(3) === POSIX_FADV_WILLNEED) readAhead(file, offset, length);
  if (args.u32(3) === POSIX_FADV_DONTNEED) {
    const end = length === 0 ? Infinity : Math.floor((offset + length) / PAGE_SIZE);
    file.inode.pages?.flush(offset, end * PAGE_SIZE);
    file.inode.pages?.forget(Math.ceil(offset / PAGE_SIZE), end);
  }
  return 0;
}

const KNOWN_MODES =
  FALLOC_FL_KEEP_SIZE |
  FALLOC_FL_PUNCH_HOLE |
  FALLOC_FL_COLLAPSE_RANGE |
  FALLOC_FL_ZERO_RANGE |
  FALLOC_FL_INSERT_RANGE |
  FALLOC_FL_UNSHARE_RANGE;

/** fallocate(2) */
function sysFallocate(task: Task, args: Args): number {
  const [mode, offset, length] = [args.u32(1), args.i64(2), args.i64(3)];
  const file = task.file(args.fd(0));
  if (offset < 0 || length <= 0) fail(EINVAL, 'fallocate: range');
  if ((mode & ~KNOWN_MODES) !== 0) fail(EOPNOTSUPP, 'fallocate: mode');
  const isPunching = (mode & FALLOC_FL_PUNCH_HOLE) !== 0;
  if (isPunching && (mode & FALLOC_FL_ZERO_RANGE) !== 0) fail(EOPNOTSUPP, 'fallocate: mode');
  if (isPunching && (mode & FALLOC_FL_KEEP_SIZE) === 0) fail(EOPNOTSUPP, 'fallocate: FALLOC_FL_PUNCH_HOLE');
  if (!file.isWritable) fail(EBADF, 'fallocate: not open for writing');
  const { inode } = file;
  if (inode.executing > 0) fail(ETXTBSY, 'file is being executed');
  const type = inode.mode & S_IFMT;
  if (type === S_IFIFO) fail(ESPIPE, 'fallocate of a pipe');
  if (type === S_IFDIR) fail(EISDIR, 'fallocate of a directory');
  if (type !== S_IFREG && type !== S_IFBLK) fail(ENODEV, 'fallocate of a special file');
  if (offset + length > MAX_FILE_SIZE) fail(EFBIG, 'fallocate: range past the largest file');
  if ((mode & FALLOC_FL_KEEP_SIZE) === 0) requireWithinLimit(task, inode.size, offset + length);
  file.allocate(mode, offset, length);
  dropSetId(file.path.dentry, task.credentials);
  notifyDentry(file.path.dentry, IN_MODIFY);
  return 0;
}

export const syncTable: Row[] = [
  [74, full('fsync', 'fd', sysFsync)],
  [75, full('fdatasync', 'fd', sysFdatasync)],
  [162, full('sync', '', sysSync)],
  [187, full('readahead', 'fd off len', sysReadahead)],
  [221, full('fadvise64', 'fd off len int', sysFadvise64)],
  [277, full('sync_file_range', 'fd off len hex', sysSyncFileRange)],
  [285, full('fallocate', 'fd hex off len', sysFallocate)],
  [306, full('syncfs', 'fd', sysSyncfs)],
];
