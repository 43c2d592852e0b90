/**
 * splice(2), tee(2), vmsplice(2): bytes between a pipe and something else. Linux: pages are moved; here bytes are
 * copied, and what the calls promise about their content is the same.
 */
import { EAGAIN, EBADF, EINVAL, ESPIPE } from '../abi/errno.ts';
import { POLLIN, POLLOUT } from '../abi/poll.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import { requireReadable, requireWritable, type File } from '../fs/file.ts';
import { PipeFile, type Pipe } from '../fs/pipe.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { full, type Row } from './table.ts';
import { readFor, readOnce, skip, writeFor, writeOnce, type Where } from './transfer.ts';

const SPLICE_F_NONBLOCK = 2;
const SPLICE_F_ALL = 0xf;
/** Most bytes that one splice from a file moves. */
const CHUNK = 1 << 20;

/** splice(2) */
function sysSplice(task: Task, args: Args): number {
  const length = args.len(4);
  const flags = args.u32(5);
  if (length === 0) return 0;
  if ((flags & ~SPLICE_F_ALL) !== 0) fail(EINVAL, 'splice: unknown flag bits');
  const from = task.file(args.fd(0));
  const to = task.file(args.fd(2));
  requireReadable(from);
  requireWritable(to);
  const fromAt = args.ptr(1);
  const toAt = args.ptr(3);
  const isNonblocking = (flags & SPLICE_F_NONBLOCK) !== 0;
  if (from instanceof PipeFile) {
    if (fromAt !== 0) fail(ESPIPE, 'splice: offset of a pipe');
    if (to instanceof PipeFile) {
      if (toAt !== 0) fail(ESPIPE, 'splice: offset of a pipe');
      return between(task, from, to, length, isNonblocking, 'move');
    }
    if (to.isAppending) fail(EINVAL, 'splice: O_APPEND');
    return withOffset(task, to, toAt, where => fromPipe(task, from, to, { where, length, isNonblocking }));
  }
  if (!(to instanceof PipeFile)) return fail(EINVAL, 'splice: no pipe');
  if (toAt !== 0) fail(ESPIPE, 'splice: offset of a pipe');
  return withOffset(task, from, fromAt, where => toPipe(task, from, to, { where, length, isNonblocking }));
}

/** Runs a transfer at the offset that lies at `at`, and moves it; or at the file's position. */
function withOffset(task: Task, file: File, at: number, transfer: (where: Where) => number): number {
  if (at === 0) return transfer('position');
  if (!file.isSeekable) fail(EINVAL, 'splice: offset of a file that cannot seek');
  const offset = task.memory.readI64(at);
  if (offset < 0) fail(EINVAL, 'splice: negative offset');
  const count = transfer(offset);
  if (count > 0) task.memory.writeU64(at, offset + count);
  return count;
}

interface Transfer {
  readonly where: Where;
  readonly length: number;
  readonly isNonblocking: boolean;
}

function fromPipe(task: Task, from: PipeFile, to: File, transfer: Transfer): number {
  const { pipe } = from;
  const { where, isNonblocking } = transfer;
  if (pipe.used === 0) {
    return pipe.writers === 0 ? 0 : wait(task, isNonblocking || from.isNonblocking, [pipe.readQueue]);
  }
  const buffer = new IoBuffer(pipe.peek(Math.min(transfer.length, pipe.used)));
  const count = writeOnce(task, to, buffer, where);
  if (count === WOULD_BLOCK) return wait(task, isNonblocking || to.isNonblocking, to.waitQueues(POLLOUT));
  pipe.consume(count);
  return count;
}

function toPipe(task: Task, from: File, to: PipeFile, transfer: Transfer): number {
  const { pipe } = to;
  const { where, isNonblocking } = transfer;
  to.requireReader();
  if (!pipe.isWritable) return wait(task, isNonblocking || to.isNonblocking, [pipe.writeQueue]);
  const bytes = new Uint8Array(Math.min(transfer.length, pipe.free, CHUNK));
  const count = readOnce(from, IoBuffer.of(bytes), where);
  if (count === WOULD_BLOCK) return wait(task, isNonblocking || from.isNonblocking, from.waitQueues(POLLIN));
  return count === 0 ? 0 : pipe.write(IoBuffer.of(bytes.subarray(0, count)));
}

/** tee(2) */
function sysTee(task: Task, args: Args): number {
  const length = args.len(2);
  const flags = args.u32(3);
  if ((flags & ~SPLICE_F_ALL) !== 0) fail(EINVAL, 'tee: unknown flag bits');
  if (length === 0) return 0;
  const from = task.file(args.fd(0));
  const to = task.file(args.fd(1));
  if (!from.isReadable || !to.isWritable) fail(EBADF, 'tee: access mode');
  if (!(from instanceof PipeFile) || !(to instanceof PipeFile)) return fail(EINVAL, 'tee: no pipe');
  return between(task, from, to, length, (flags & SPLICE_F_NONBLOCK) !== 0, 'copy');
}

function between(
  task: Task,
  from: PipeFile,
  to: PipeFile,
  length: number,
  isNonblocking: boolean,
  how: 'move' | 'copy',
): number {
  const source: Pipe = from.pipe;
  const target: Pipe = to.pipe;
  if (source === target) fail(EINVAL, 'splice: both ends of one pipe');
  if (source.used === 0) {
    return source.writers === 0 ? 0 : wait(task, isNonblocking || from.isNonblocking, [source.readQueue]);
  }
  to.requireReader();
  if (!target.isWritable) return wait(task, isNonblocking || to.isNonblocking, [target.writeQueue]);
  const count = target.write(new IoBuffer(source.peek(Math.min(length, source.used, target.free))));
  if (how === 'move') source.consume(count);
  return count;
}

/** vmsplice(2): into a pipe as writev(2), out of one as readv(2). */
function sysVmsplice(task: Task, args: Args): number {
  const flags = args.u32(3);
  if ((flags & ~SPLICE_F_ALL) !== 0) fail(EINVAL, 'vmsplice: unknown flag bits');
  const file = task.file(args.fd(0));
  if (!(file instanceof PipeFile)) return fail(EBADF, 'vmsplice: no pipe');
  const options = { isNonblocking: (flags & SPLICE_F_NONBLOCK) !== 0 };
  if (!file.isWritable) {
    const into = task.memory.iovec(args.ptr(1), args.len(2), 'write');
    return readFor(task, file, into, 'position', options);
  }
  const data = skip(task.memory.iovec(args.ptr(1), args.len(2), 'read'), task.call.progress);
  return writeFor(task, file, data, 'position', options);
}

function wait(task: Task, isNonblocking: boolean, queues: readonly WaitQueue[]): number {
  if (isNonblocking) fail(EAGAIN, 'splice: would block');
  return sleepOn(task, queues);
}

export const spliceTable: Row[] = [
  [275, full('splice', 'fd ptr fd ptr len hex', sysSplice)],
  [276, full('tee', 'fd fd len hex', sysTee)],
  [278, full('vmsplice', 'fd ptr uint hex', sysVmsplice)],
];
