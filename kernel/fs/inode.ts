/**
 * Inode: one file of a file system, under any number of names. Linux counterpart: struct inode with its
 * inode_operations. Every file system subclasses it; what it does not override answers as Linux does for a file
 * system without the operation.
 *
 * The VFS has already checked before it calls: permissions, name length, existence (for create, mkdir, …: the name is
 * absent; for unlink, rmdir: it is present and of the right kind), read-only mounts, sticky bits. The inode does the
 * work and keeps sizes, link counts and times; `kernel.time.now()` is the time.
 */
import type { HostSockets } from '../../host/machine.ts';
import type { Credentials } from '../task/credentials.ts';
import type { Timespec } from '../time/timespec.ts';
import type { PageCache } from '../mm/page-cache.ts';
import type { File, OpenContext } from './file.ts';
import type { SuperBlock } from './super-block.ts';
import type { Leases } from './leases.ts';
import type { FileLocks } from './locks.ts';
import type { Watches } from './inotify.ts';
import type { Path } from './path.ts';
import { fail } from '../errors.ts';
import { modePermits } from './permission.ts';
import { EACCES, EINVAL, ENOTDIR, ENXIO, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { EPOCH } from '../time/timespec.ts';

/** What setattr changes; absent fields stay. Permission has been checked. */
export interface AttributeChange {
  mode?: number; // permission bits only (07777)
  uid?: number;
  gid?: number;
  size?: number;
  atime?: Timespec;
  mtime?: Timespec;
  ctime?: Timespec;
}

/** A name in a directory, as iterate gives it. `type` is S_IFMT >> 12 (DT_*). */
export interface DirectoryEntry {
  readonly name: string;
  readonly ino: number;
  readonly type: number;
  /** Where to go on after this entry: a telldir(3) cookie, > 0, stable while the directory is open. */
  readonly next: number;
}

/** A Unix socket outside of the kernel that has a name in a file system. */
export interface OutsideSocket {
  readonly sockets: HostSockets;
  /** Connects to it: the number of a port. Errors are the guest's. */
  connect(): number;
  /** The number of the bound socket that was made together with this name; for whoever asks first. */
  takeBound(): number | undefined;
}

export abstract class Inode {
  readonly superBlock: SuperBlock;
  readonly ino: number;
  /** File type and permission bits (S_IF*). */
  mode: number;
  uid = 0;
  gid = 0;
  nlink = 1;
  /** Bytes. */
  size = 0;
  /** Device number of a device node (makedev(3)). */
  rdev = 0;
  atime: Timespec = EPOCH;
  mtime: Timespec = EPOCH;
  ctime: Timespec = EPOCH;
  btime: Timespec = EPOCH;
  /** Counts changes of content; caches of derived facts compare it (the identity of a native program). */
  version = 0;
  /** Pages of a regular file's content; the one cache that read, write and mmap share. */
  pages: PageCache | undefined;
  /** flock and fcntl locks; made when first used. */
  locks: FileLocks | undefined;
  /** F_SETLEASE; made when first used. */
  leases: Leases | undefined;
  /** inotify watches; made when first used. */
  watches: Watches | undefined;
  /** Paths to it that are kept (open files, working directories): it is not evicted before they are gone. */
  references = 0;
  /** `evict` was called. */
  isEvicted = false;
  /** A directory that was removed: nothing can be looked up or made in it any more. */
  isDead = false;
  /** Made by O_TMPFILE without O_EXCL: link(2) may give it a name although it has none. */
  isLinkable = false;
  /** Open file descriptions that may write to a regular file: executing it is ETXTBSY. Kept by File. */
  writers = 0;
  /** Processes that execute this file: writing is ETXTBSY. */
  executing = 0;
  /** A Unix-domain socket bound here; owned by net/unix. */
  boundSocket: object | undefined;
  /** The pipe behind a FIFO while it is open; owned by fs/pipe. */
  pipe: object | undefined;

  constructor(superBlock: SuperBlock, ino: number, mode: number) {
    this.superBlock = superBlock;
    this.ino = ino;
    this.mode = mode;
  }

  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR;
  }

  /** 512-byte blocks in use, for stat(2). */
  get blocks(): number {
    return Math.ceil(this.size / 4096) * 8;
  }
  get blockSize(): number {
    return 4096;
  }

  /** Brings mode, size, times … up to date where the truth lies elsewhere (hostfs, proc). Called before they are used. */
  refresh(): void {}

  /** The inode of a name in this directory; undefined if there is none. */
  lookup(_name: string): Inode | undefined {
    return fail(ENOTDIR, 'lookup in something that is no directory');
  }
  /** False: the answer of lookup may change by itself (proc, hostfs), so that dentries of it are looked up again. */
  get isLookupStable(): boolean {
    return true;
  }
  /** Entries from `cookie` (0: the beginning) on, without «.» and «..», which the VFS adds. */
  iterate(_cookie: number): Iterable<DirectoryEntry> {
    return fail(ENOTDIR, 'getdents on something that is no directory');
  }

  /** Fails if the file system has no place for a name that is not there, whoever asks; the errors below come later. */
  refuseNewNames(): void {}
  create(_name: string, _mode: number, _credentials: Credentials): Inode {
    return fail(EACCES, 'file system has no create');
  }
  mkdir(_name: string, _mode: number, _credentials: Credentials): Inode {
    return fail(EPERM, 'file system has no mkdir');
  }
  mknod(_name: string, _mode: number, _rdev: number, _credentials: Credentials): Inode {
    return fail(EPERM, 'file system has no mknod');
  }
  symlink(_name: string, _target: string, _credentials: Credentials): Inode {
    return fail(EPERM, 'file system has no symlink');
  }
  link(_name: string, _target: Inode): void {
    fail(EPERM, 'file system has no link');
  }
  unlink(_name: string, _target: Inode): void {
    fail(EPERM, 'file system has no unlink');
  }
  rmdir(_name: string, _target: Inode): void {
    fail(EPERM, 'file system has no rmdir');
  }
  /**
   * Moves `name` to `newName` in `newDirectory` (same super block); `replaced` is what is there now. 'noreplace': the
   * VFS has seen nothing there; a file system that others change too makes sure.
   */
  rename(
    _name: string,
    _target: Inode,
    _newDirectory: Inode,
    _newName: string,
    _replaced: Inode | undefined,
    _how: 'exchange' | 'replace' | 'noreplace',
  ): void {
    fail(EPERM, 'file system has no rename');
  }
  /** An unnamed regular file (O_TMPFILE). */
  createUnnamed(_mode: number, _credentials: Credentials): Inode {
    return fail(EOPNOTSUPP, 'file system has no O_TMPFILE');
  }

  /** The socket of the machine that this node stands for, where the file system shows those (hostfs). */
  outsideSocket(): OutsideSocket | undefined {
    return undefined;
  }

  /** The target of a symbolic link, as stored. */
  readlink(): string {
    return fail(EINVAL, 'not a symbolic link');
  }
  /** A magic link of proc (`/proc/PID/fd/3`, `exe`, `cwd`): where it leads, without a name. */
  followMagic(): Path | undefined {
    return undefined;
  }

  /** Applies a change that was already permitted; the base class suits file systems whose inodes live in memory. */
  setattr(change: AttributeChange): void {
    if (change.size !== undefined) this.truncate(change.size);
    if (change.mode !== undefined) this.mode = (this.mode & S_IFMT) | (change.mode & 0o7777);
    if (change.uid !== undefined) this.uid = change.uid;
    if (change.gid !== undefined) this.gid = change.gid;
    if (change.atime !== undefined) this.atime = change.atime;
    if (change.mtime !== undefined) this.mtime = change.mtime;
    if (change.ctime !== undefined) this.ctime = change.ctime;
  }
  /** The access time moves because somebody read (relatime was considered). File systems may ignore it. */
  touchAtime(atime: Timespec): void {
    this.atime = atime;
  }
  /** Sets the size of a regular file; new bytes read as zeros. */
  truncate(_size: number): void {
    fail(EINVAL, 'no truncate');
  }

  /**
   * Whether the owner of `credentials` may do all of `mask` (MAY_*); the VFS asks before every operation. Proc
   * overrides it where the rule is not the mode's.
   */
  permits(mask: number, credentials: Credentials): boolean {
    return modePermits(this, mask, credentials);
  }

  /**
   * Makes the file description for an open(2) of this inode: regular files, directories, proc files. Device nodes go
   * to kernel.devices and FIFOs to openFifo without asking the inode. The VFS truncates afterwards (O_TRUNC).
   */
  open(_context: OpenContext): File {
    return fail(ENXIO, 'nothing to open');
  }

  /** Extended attributes; names carry their prefix (`user.x`). undefined / false: not there (ENODATA). */
  getXattr(_name: string): Uint8Array | undefined {
    return fail(EOPNOTSUPP, 'file system has no extended attributes');
  }
  setXattr(_name: string, _value: Uint8Array): void {
    fail(EOPNOTSUPP, 'file system has no extended attributes');
  }
  removeXattr(_name: string): boolean {
    return fail(EOPNOTSUPP, 'file system has no extended attributes');
  }
  listXattrs(): string[] {
    return [];
  }

  /** The last name, open file and mapping are gone: give back what the inode holds. Called by the VFS once. */
  evict(): void {}

  /** Gives a new regular file its content, which nobody will ever change. False: write it instead. */
  adopt(_content: Uint8Array): boolean {
    return false;
  }
}
