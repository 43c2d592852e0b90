/**
 * File: an open file description. Linux counterpart: struct file with its file_operations. Descriptors of any number
 * of processes share one; `references` counts them, and also whoever else holds it (a mapping, a message with
 * SCM_RIGHTS on its way, a call that sleeps).
 *
 * Use contract: `kernel.vfs.get(file)` before keeping a File beyond the call, `kernel.vfs.put(file)` to let go; the
 * last put calls `release` once. Subclasses override what their kind of file can do; the rest answers as Linux does.
 */
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import type { Task } from '../task/task.ts';
import type { Credentials } from '../task/credentials.ts';
import type { PageCache } from '../mm/page-cache.ts';
import type { Kernel } from '../kernel.ts';
import type { Inode } from './inode.ts';
import { holdPath, type Path } from './path.ts';
import { seekInFile } from './seek.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { fail } from '../errors.ts';
import { EBADF, EINVAL, ENODEV, ENOTTY, EOPNOTSUPP } from '../abi/errno.ts';
import { F_GETPIPE_SZ, F_SETPIPE_SZ, O_APPEND, O_NONBLOCK, O_PATH } from '../abi/fcntl.ts';
import { S_IFMT, S_IFREG } from '../abi/stat.ts';

/** What Inode.open gets to know. */
export interface OpenContext {
  readonly kernel: Kernel;
  readonly task: Task | undefined;
  readonly path: Path;
  /** O_* flags of open(2) without O_CREAT, O_EXCL and O_TRUNC, which the VFS sees to. O_NOCTTY is there. */
  readonly flags: number;
  /** O_TRUNC was asked for: what is in the file now is not wanted. */
  readonly isTruncating?: boolean;
  readonly credentials: Credentials;
}

export interface FileOwner {
  /** F_OWNER_* */
  readonly type: number;
  readonly id: number;
  readonly signal: number;
  readonly by: Task | undefined;
}

export abstract class File {
  readonly path: Path;
  /** Status flags and access mode; F_SETFL changes O_APPEND, O_NONBLOCK, O_ASYNC, O_DIRECT, O_NOATIME. */
  flags: number;
  /** Byte offset of files that can seek. */
  position = 0;
  references = 1;
  /** Who opened it (for SO_PEERCRED-like questions and procfs). */
  credentials: Credentials | undefined;
  /** Watchers of epoll(7); the VFS detaches them when the last reference goes. Owned by fs/epoll. */
  epollItems: Set<{ detach(): void }> | undefined;
  /** F_SETOWN, F_SETSIG; `by`: who set it. */
  owner: FileOwner = { type: 0, id: 0, signal: 0, by: undefined };
  /** What is done with it is no event: it was opened for the reader of one. */
  isQuiet = false;
  /** Sends SIGIO while O_ASYNC is set; owned by file-owner.ts. */
  asyncNotifier: { detach(): void } | undefined;
  /** F_NOTIFY; owned by dnotify.ts. */
  directoryNotifier: { detach(): void } | undefined;

  constructor(path: Path, flags: number) {
    this.path = holdPath(path);
    this.flags = flags;
    if (this.isWritable) {
      path.mount.writers++;
      if ((path.dentry.inode!.mode & S_IFMT) === S_IFREG) path.dentry.inode!.writers++;
    }
  }

  get inode(): Inode {
    return this.path.dentry.inode!;
  }
  /** Access mode 3 (O_ACCMODE) permits neither: only ioctl. */
  get isReadable(): boolean {
    return ((this.flags + 1) & 1) !== 0 && (this.flags & O_PATH) === 0;
  }
  get isWritable(): boolean {
    return ((this.flags + 1) & 2) !== 0 && (this.flags & O_PATH) === 0;
  }
  get isNonblocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }
  get isAppending(): boolean {
    return (this.flags & O_APPEND) !== 0;
  }

  /**
   * open(2) asks before it hands out a new file: WOULD_BLOCK while a FIFO waits for its other end. The call then
   * sleeps on `waitQueues` and asks again; when a signal comes first, it puts the file.
   */
  finishOpen(): number {
    return 0;
  }

  /** True for files with a position (regular files, block devices, directories): lseek and pread work. */
  get isSeekable(): boolean {
    return false;
  }

  /**
   * Reads into `buffer` at byte `offset` (ignored by streams). Returns the number of bytes, 0 at the end, or
   * WOULD_BLOCK. The system call moves `position`. Never sleeps.
   */
  read(_buffer: IoBuffer, _offset: number): number {
    return fail(EINVAL, 'file cannot be read');
  }
  /** Writes; as read. O_APPEND is honoured by the system call (it passes the size as offset). */
  write(_buffer: IoBuffer, _offset: number): number {
    return fail(EINVAL, 'file cannot be written');
  }
  /**
   * The new position for lseek(2), which the system call then sets. Default: the end is the inode's size. Files
   * without a position (isSeekable is false) are ESPIPE before anybody asks.
   */
  seek(offset: number, whence: number): number {
    const { size, pages } = this.inode;
    return seekInFile({ position: this.position, size, pages }, offset, whence);
  }
  /** At most so many bytes a read at this offset can give; a hint that keeps large buffers of small reads untouched. */
  readLimit(_offset: number): number {
    return Infinity;
  }
  /** fcntl(2) commands of one kind of file: F_SETPIPE_SZ, F_ADD_SEALS … */
  fcntl(_task: Task, command: number, _argument: number): number {
    return fail(isPipeCommand(command) ? EBADF : EINVAL, 'fcntl: not for this kind of file');
  }
  /** Space of a regular file: fallocate(2). Flags and range are checked. */
  allocate(_mode: number, _offset: number, _length: number): void {
    fail(EOPNOTSUPP, 'no fallocate');
  }
  /** ioctl(2); the VFS has handled FIOCLEX, FIONCLEX, FIONBIO, FIOASYNC. `argument` is the third argument as a number. */
  ioctl(_task: Task, _request: number, _argument: number): number {
    return fail(ENOTTY, 'no ioctl');
  }

  /** POLL* events that hold now. Files that never block are always readable and writable. */
  poll(): number {
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
  }
  /** Queues that are woken when a poll event among `events` may have become true. Empty: never blocks. */
  waitQueues(_events: number): readonly WaitQueue[] {
    return NO_QUEUES;
  }

  /** The page cache to map; mmap(2) of files without one is ENODEV. */
  mappable(): PageCache {
    return fail(ENODEV, 'file cannot be mapped');
  }
  fsync(_how: 'data' | 'all'): void {
    fail(EINVAL, 'nothing to synchronise');
  }
  /** A descriptor of `task` for this file was closed (POSIX locks of its owner go; the file may live on). */
  flush(_task: Task): void {}
  /** The last reference is gone. */
  release(): void {}
  /** Extra lines of /proc/PID/fdinfo/N. */
  showFdInfo(): string {
    return '';
  }
}

const NO_QUEUES: readonly WaitQueue[] = [];

function isPipeCommand(command: number): boolean {
  return command === F_SETPIPE_SZ || command === F_GETPIPE_SZ;
}

/** The checks that read(2) and write(2) make before they look at the buffer. */
export function requireReadable(file: File): void {
  if (!file.isReadable) fail(EBADF, 'not open for reading');
}
export function requireWritable(file: File): void {
  if (!file.isWritable) fail(EBADF, 'not open for writing');
}
