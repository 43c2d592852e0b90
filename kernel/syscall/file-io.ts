/**
 * Reading and writing: read(2), write(2), readv(2), pread(2), preadv2(2) and their counterparts, lseek(2).
 */
import { EINVAL, EOPNOTSUPP, ESPIPE } from '../abi/errno.ts';
import {
  RWF_APPEND,
  RWF_DSYNC,
  RWF_HIPRI,
  RWF_NOAPPEND,
  RWF_NOWAIT,
  RWF_SYNC,
  SEEK_HOLE,
} from '../abi/fcntl.ts';
import { S_IFMT } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { requireReadable, requireWritable, type File } from '../fs/file.ts';
import { MAX_RW_COUNT } from '../mm/address-space.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { full, type Row } from './table.ts';
import { readFor, skip, writeFor, type TransferOptions, type Where } from './transfer.ts';

/** read(2) */
function sysRead(task: Task, args: Args): number {
  const file = task.file(args.fd(0));
  requireReadable(file);
  return read(task, file, args, 'position');
}

/** pread64(2) */
function sysPread64(task: Task, args: Args): number {
  const offset = args.i64(3);
  if (offset < 0) fail(EINVAL, 'pread64: negative offset');
  const file = positioned(task, args.fd(0));
  requireReadable(file);
  return read(task, file, args, offset);
}

function read(task: Task, file: File, args: Args, where: Where): number {
  const limit = file.readLimit(where === 'position' ? file.position : where);
  const length = Math.min(args.len(2), MAX_RW_COUNT, limit);
  return readFor(task, file, task.memory.buffer(args.ptr(1), length, 'write'), where);
}

/** write(2) */
function sysWrite(task: Task, args: Args): number {
  const file = task.file(args.fd(0));
  requireWritable(file);
  return write(task, file, args, 'position');
}

/** pwrite64(2) */
function sysPwrite64(task: Task, args: Args): number {
  const offset = args.i64(3);
  if (offset < 0) fail(EINVAL, 'pwrite64: negative offset');
  const file = positioned(task, args.fd(0));
  requireWritable(file);
  return write(task, file, args, offset);
}

function write(task: Task, file: File, args: Args, where: Where): number {
  const { progress } = task.call;
  const length = Math.min(args.len(2), MAX_RW_COUNT);
  return writeFor(task, file, task.memory.buffer(args.ptr(1) + progress, length - progress, 'read'), where);
}

/** readv(2) */
function sysReadv(task: Task, args: Args): number {
  const file = task.file(args.fd(0));
  requireReadable(file);
  return readFor(task, file, task.memory.iovec(args.ptr(1), args.len(2), 'write'), 'position');
}

/** writev(2) */
function sysWritev(task: Task, args: Args): number {
  const file = task.file(args.fd(0));
  requireWritable(file);
  return writev(task, file, args, 'position', undefined);
}

/** preadv(2) */
function sysPreadv(task: Task, args: Args): number {
  return preadv(task, args, offsetOf(args), 0);
}

/** preadv2(2) */
function sysPreadv2(task: Task, args: Args): number {
  return preadv(task, args, offsetOrPosition(args), args.u32(5));
}

function preadv(task: Task, args: Args, where: Where, flags: number): number {
  const file = where === 'position' ? task.file(args.fd(0)) : positioned(task, args.fd(0));
  requireReadable(file);
  if ((flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT)) !== 0) fail(EOPNOTSUPP, 'preadv2: flags');
  const buffer = task.memory.iovec(args.ptr(1), args.len(2), 'write');
  return readFor(task, file, buffer, where, { isNonblocking: (flags & RWF_NOWAIT) !== 0 });
}

/** pwritev(2) */
function sysPwritev(task: Task, args: Args): number {
  return pwritev(task, args, offsetOf(args), 0);
}

/** pwritev2(2) */
function sysPwritev2(task: Task, args: Args): number {
  return pwritev(task, args, offsetOrPosition(args), args.u32(5));
}

function pwritev(task: Task, args: Args, where: Where, flags: number): number {
  const file = where === 'position' ? task.file(args.fd(0)) : positioned(task, args.fd(0));
  requireWritable(file);
  const known = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND | RWF_NOAPPEND;
  if ((flags & ~known) !== 0) fail(EOPNOTSUPP, 'pwritev2: flags');
  return writev(task, file, args, where, {
    isNonblocking: (flags & RWF_NOWAIT) !== 0,
    isAppending: (flags & RWF_APPEND) !== 0,
    isSynchronous: (flags & (RWF_DSYNC | RWF_SYNC)) !== 0,
    isNotAppending: (flags & RWF_NOAPPEND) !== 0,
  });
}

function writev(
  task: Task,
  file: File,
  args: Args,
  where: Where,
  options: TransferOptions | undefined,
): number {
  const buffer = skip(task.memory.iovec(args.ptr(1), args.len(2), 'read'), task.call.progress);
  return writeFor(task, file, buffer, where, options);
}

/** The offset of preadv and pwritev. Its second register is not used on 64-bit machines. */
function offsetOf(args: Args): number {
  const offset = args.i64(3);
  return offset < 0 ? fail(EINVAL, 'negative offset') : offset;
}

/** The same for their second versions, where -1 means the file's position. */
function offsetOrPosition(args: Args): Where {
  return args.i64(3) === -1 ? 'position' : offsetOf(args);
}

/** A file that has positions. */
function positioned(task: Task, fd: number): File {
  const file = task.file(fd);
  if (!file.isSeekable) fail(ESPIPE, 'file has no positions');
  return file;
}

/** lseek(2) */
function sysLseek(task: Task, args: Args): number {
  const file = task.file(args.fd(0));
  const whence = args.u32(2);
  if (whence > SEEK_HOLE) fail(EINVAL, 'lseek: whence');
  if (!file.isSeekable) {
    // The files of anon_inodefs ignore lseek(2); pipes and sockets refuse it.
    if ((file.inode.mode & S_IFMT) === 0) return file.position;
    fail(ESPIPE, 'file has no positions');
  }
  file.inode.refresh();
  file.position = file.seek(args.i64(1), whence);
  return file.position;
}

export const fileIoTable: Row[] = [
  [0, full('read', 'fd buf len', sysRead)],
  [1, full('write', 'fd buf len', sysWrite)],
  [8, full('lseek', 'fd off whence', sysLseek)],
  [17, full('pread64', 'fd buf len off', sysPread64)],
  [18, full('pwrite64', 'fd buf len off', sysPwrite64)],
  [19, full('readv', 'fd ptr int', sysReadv)],
  [20, full('writev', 'fd ptr int', sysWritev)],
  [295, full('preadv', 'fd ptr int off', sysPreadv)],
  [296, full('pwritev', 'fd ptr int off', sysPwritev)],
  [327, full('preadv2', 'fd ptr int off off hex', sysPreadv2)],
  [328, full('pwritev2', 'fd ptr int off off hex', sysPwritev2)],
];
