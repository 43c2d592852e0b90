/**
 * From file to file inside the kernel: sendfile(2), copy_file_range(2). Bytes go through a buffer of kernel memory; what
 * the target did not take is read again later, so nothing is lost.
 */
import { EAGAIN, EBADF, EINVAL, EISDIR, EOVERFLOW, ESPIPE, EXDEV } from '../abi/errno.ts';
import { POLLIN, POLLOUT } from '../abi/poll.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { Errno, fail, WOULD_BLOCK } from '../errors.ts';
import { requireReadable, requireWritable, type File } from '../fs/file.ts';
import { MAX_RW_COUNT } from '../mm/address-space.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { full, type Row } from './table.ts';
import { readOnce, writeOnce, type Where } from './transfer.ts';

const CHUNK = 65536;

interface Copy {
  readonly from: File;
  readonly to: File;
  /** Offset in `from`; it is advanced. */
  at: number;
  /** In `to`: its position, or an offset that is advanced. */
  where: Where;
}

/** Copies up to `count` bytes. How many, and whether the copy stopped because a file would block. */
function copy(task: Task, way: Copy, count: number): { done: number; blockedOn: File | undefined } {
  const { from, to } = way;
  const chunk = new Uint8Array(Math.min(CHUNK, count));
  let done = 0;
  try {
    while (done < count) {
      const wanted = chunk.subarray(0, Math.min(chunk.length, count - done));
      const got = readOnce(from, IoBuffer.of(wanted), way.at);
      if (got === WOULD_BLOCK) return { done, blockedOn: from };
      if (got === 0) break;
      const put = writeOnce(task, to, IoBuffer.of(wanted.subarray(0, got)), way.where);
      if (put === WOULD_BLOCK) return { done, blockedOn: to };
      done += put;
      way.at += put;
      if (way.where !== 'position') way.where += put;
      if (put === 0) break;
    }
  } catch (error) {
    if (!(error instanceof Errno) || done === 0) throw error;
  }
  return { done, blockedOn: undefined };
}

/** sendfile(2) */
function sysSendfile(task: Task, args: Args): number {
  const { memory, call } = task;
  const offsetAt = args.ptr(2);
  const from = task.file(args.fd(1));
  requireReadable(from);
  if (offsetAt !== 0 && !from.isSeekable) fail(ESPIPE, 'sendfile: source has no positions');
  const at = offsetAt === 0 ? from.position : memory.readI64(offsetAt);
  if (at < 0) fail(EINVAL, 'sendfile: negative offset');
  if (args.i64(3) < 0) fail(EINVAL, 'sendfile: negative count');
  const to = task.file(args.fd(0));
  requireWritable(to);
  const isDirectory = (from.inode.mode & S_IFMT) === S_IFDIR;
  if (!from.isSeekable || isDirectory) fail(EINVAL, 'sendfile: source has no positions');
  if (to.isAppending) fail(EINVAL, 'sendfile: target is O_APPEND');
  const way: Copy = { from, to, at, where: 'position' };
  const count = Math.min(args.len(3), MAX_RW_COUNT) - call.progress;
  let result: { done: number; blockedOn: File | undefined };
  try {
    result = copy(task, way, count);
  } catch (error) {
    if (error instanceof Errno && call.progress > 0) return call.progress;
    throw error;
  }
  // The offset is kept up to date, so that an attempt after a sleep goes on where this one stopped.
  if (offsetAt === 0) from.position = way.at;
  else memory.writeU64(offsetAt, way.at);
  call.progress += result.done;
  if (result.blockedOn === undefined) return call.progress;
  if (result.blockedOn.isNonblocking) return call.progress > 0 ? call.progress : fail(EAGAIN, 'sendfile');
  return sleepOn(task, result.blockedOn.waitQueues(result.blockedOn === to ? POLLOUT : POLLIN));
}

/** copy_file_range(2) */
function sysCopyFileRange(task: Task, args: Args): number {
  const { memory } = task;
  const from = task.file(args.fd(0));
  const to = task.file(args.fd(2));
  const [fromAt, toAt] = [args.ptr(1), args.ptr(3)];
  const source = fromAt === 0 ? from.position : memory.readI64(fromAt);
  const target = toAt === 0 ? to.position : memory.readI64(toAt);
  if (args.u32(5) !== 0) fail(EINVAL, 'copy_file_range: flags');
  const types = [from.inode.mode & S_IFMT, to.inode.mode & S_IFMT];
  if (types.includes(S_IFDIR)) fail(EISDIR, 'copy_file_range of a directory');
  if (types.some(type => type !== S_IFREG)) fail(EINVAL, 'copy_file_range: not regular files');
  requireReadable(from);
  requireWritable(to);
  if (to.isAppending) fail(EBADF, 'copy_file_range: target is O_APPEND');
  if (from.inode.superBlock !== to.inode.superBlock) fail(EXDEV, 'copy_file_range across file systems');
  for (const at of [source, target]) {
    // Linux adds as unsigned numbers and sees the sum wrap around.
    if (at < 0) fail(-at <= args.len(4) ? EOVERFLOW : EINVAL, 'copy_file_range: negative offset');
  }
  from.inode.refresh();
  const count = Math.min(args.len(4), MAX_RW_COUNT, Math.max(0, from.inode.size - source));
  if (from.inode === to.inode && source < target + count && target < source + count) {
    fail(EINVAL, 'copy_file_range: ranges overlap');
  }
  if (count === 0) return 0;
  const way: Copy = { from, to, at: source, where: target };
  const { done } = copy(task, way, count);
  if (fromAt === 0) from.position = source + done;
  else memory.writeU64(fromAt, source + done);
  if (toAt === 0) to.position = target + done;
  else memory.writeU64(toAt, target + done);
  return done;
}

export const sendfileTable: Row[] = [
  [40, full('sendfile', 'fd fd ptr len', sysSendfile)],
  [326, full('copy_file_range', 'fd ptr fd ptr len hex', sysCopyFileRange)],
];
