/**
 * HostInode: one host file. Its attributes are the host's and may change at any time, so they are read again whenever
 * a system call uses them; within one system call they are read once (`kernel.callCount` tells calls apart), which
 * makes a path cost one lstat for each component. The mount option `cache=` makes them hold longer.
 *
 * The place (`parent`, `name`) is where the file was seen last. A file with several links has several; any will do,
 * because each use of a place compares the file found there with `hostDev` and `hostIno`.
 */
import type { AttributeChange } from '../inode.ts';
import type { Credentials } from '../../task/credentials.ts';
import type { Timespec } from '../../time/timespec.ts';
import type { HostNode } from './host-tree.ts';
import type { HostPath, HostStats } from './host-call.ts';
import type { HostSuperBlock } from './host-super-block.ts';
import type { HostDirectoryInode } from './host-directory-inode.ts';
import { Inode } from '../inode.ts';
import { timespecFromNs } from '../../time/timespec.ts';
import { errnoOfHost, rethrow } from './host-call.ts';
import { ENOENT, ESTALE } from '../../abi/errno.ts';

export abstract class HostInode extends Inode implements HostNode {
  declare readonly superBlock: HostSuperBlock;
  readonly hostDev: bigint;
  readonly hostIno: bigint;
  readonly birthtimeNs: bigint;
  parent: HostDirectoryInode | undefined;
  name: string;
  /** The system call in which the attributes were read; -1: they are known to be out of date. */
  #readInCall = -1;
  /** Until when they are believed: for mounts with `cache=`. */
  #freshUntilNs = 0;
  /** Counts readings of the attributes. */
  readCount = 0;
  /** The super block knows it no more; another inode may stand for the file. */
  isForgotten = false;
  #atimeNs = 0n;
  #mtimeNs = -1n;
  #ctimeNs = -1n;
  #blocks = 0;
  #blockSize = 4096;

  constructor(
    superBlock: HostSuperBlock,
    stats: HostStats,
    parent: HostDirectoryInode | undefined,
    name: string,
  ) {
    super(superBlock, superBlock.guestIno(stats.dev, stats.ino), Number(stats.mode));
    this.hostDev = stats.dev;
    this.hostIno = stats.ino;
    this.birthtimeNs = stats.birthtimeNs;
    this.parent = parent;
    this.name = name;
    this.btime = timespecFromNs(stats.birthtimeNs);
    this.apply(stats);
  }

  override get blocks(): number {
    return this.#blocks;
  }
  override get blockSize(): number {
    return this.#blockSize;
  }
  override get isLookupStable(): boolean {
    return false;
  }

  /** The host keeps the access time. */
  override touchAtime(): void {}

  override permits(mask: number, credentials: Credentials): boolean {
    this.refresh();
    return super.permits(mask, credentials);
  }

  override refresh(): void {
    if (this.isFresh) return;
    const stats = this.statNow();
    if (stats !== undefined) this.apply(stats);
    else {
      this.nlink = 0; // without a name and without a descriptor: what is known of it stays
      this.parent?.outdate();
    }
  }

  /** What is known of it needs no look at the host. */
  protected get isFresh(): boolean {
    const { kernel, cacheNs } = this.superBlock;
    if (this.#readInCall === kernel.callCount) return true;
    return cacheNs > 0 && kernel.time.monotonicNs() < this.#freshUntilNs;
  }

  /** The guest changed the file: the host's answer has changed too. */
  outdate(): void {
    this.#readInCall = -1;
    this.#freshUntilNs = 0;
  }

  /** Takes over attributes that the host just gave. */
  apply(stats: HostStats): void {
    const { superBlock } = this;
    this.mode = Number(stats.mode);
    this.nlink = Number(stats.nlink);
    this.uid = superBlock.users.toGuest(Number(stats.uid));
    this.gid = superBlock.groups.toGuest(Number(stats.gid));
    if (stats.rdev !== undefined) this.rdev = Number(stats.rdev);
    this.#blocks = Number(stats.blocks);
    this.#blockSize = Number(stats.blksize);
    const size = Number(stats.size);
    if (stats.atimeNs !== this.#atimeNs) this.atime = timespecFromNs((this.#atimeNs = stats.atimeNs));
    if (stats.mtimeNs !== this.#mtimeNs || stats.ctimeNs !== this.#ctimeNs || size !== this.size) {
      const isFirst = this.#mtimeNs === -1n;
      const isContentChanged = !isFirst && (stats.mtimeNs !== this.#mtimeNs || size !== this.size);
      this.mtime = timespecFromNs((this.#mtimeNs = stats.mtimeNs));
      this.ctime = timespecFromNs((this.#ctimeNs = stats.ctimeNs));
      this.size = size;
      this.version++;
      if (isContentChanged) this.contentChanged();
    }
    this.readCount++;
    this.#readInCall = superBlock.kernel.callCount;
    const { cacheNs, kernel } = superBlock;
    if (cacheNs > 0) this.#freshUntilNs = kernel.time.monotonicNs() + cacheNs;
  }

  override setattr(change: AttributeChange): void {
    const { superBlock } = this;
    superBlock.requireWritable();
    if (change.size !== undefined) this.truncate(change.size);
    try {
      if ((change.uid !== undefined || change.gid !== undefined) && !superBlock.ignoresOwners) {
        this.hostChown(
          superBlock.users.toHost(change.uid ?? this.uid),
          superBlock.groups.toHost(change.gid ?? this.gid),
        );
      }
      if (change.mode !== undefined) this.hostChmod(superBlock.hostMode(change.mode, this.isDirectory));
      // The host moves the times of a file whose size changes by itself.
      if (change.size === undefined && (change.atime !== undefined || change.mtime !== undefined)) {
        this.hostUtimes(seconds(change.atime ?? this.atime), seconds(change.mtime ?? this.mtime));
      }
    } catch (error) {
      rethrow(error);
    } finally {
      this.outdate();
    }
    this.refresh();
  }

  /** Somebody would miss this very inode: open files, working directories, mounts, watches. */
  get isHeld(): boolean {
    return this.references > 0 || this.watches !== undefined || this.locks !== undefined;
  }

  override evict(): void {
    this.superBlock.forget(this);
  }

  /** The name at which it was seen is gone. */
  lostName(parent: HostDirectoryInode, name: string): void {
    this.nlink = Math.max(0, this.nlink - 1);
    if (this.parent === parent && this.name === name) this.parent = undefined;
    this.outdate();
  }

  /** Attributes as they are now; undefined: there is no way to the file any more. */
  protected statNow(): HostStats | undefined {
    if (this.parent === undefined) return undefined;
    let stats: HostStats | undefined;
    try {
      stats = this.superBlock.lstat(this.parent, this.name);
    } catch (error) {
      const errno = errnoOfHost(error);
      if (errno !== ESTALE && errno !== ENOENT) throw error;
    }
    return stats?.ino === this.hostIno && stats.dev === this.hostDev ? stats : undefined;
  }

  /** Size or modification time are not what they were. */
  protected contentChanged(): void {}

  protected hostChmod(mode: number): void {
    this.withPath(path => this.superBlock.fs.chmodSync(path, mode));
  }
  protected hostChown(uid: number, gid: number): void {
    this.withPath(path => this.superBlock.fs.chownSync(path, uid, gid));
  }
  protected hostUtimes(atimeSec: number, mtimeSec: number): void {
    this.withPath(path => this.superBlock.fs.utimesSync(path, atimeSec, mtimeSec));
  }

  private withPath(action: (path: HostPath) => void): void {
    this.superBlock.tree.withPath(this, action);
  }
}

/**
 * Linux: times are exact to the nanosecond. Node takes seconds as a double and cuts it to microseconds, so the middle
 * of the microsecond is given, which comes out as the microsecond that was meant.
 */
function seconds(time: Timespec): number {
  return time.sec + (Math.floor(time.nsec / 1000) + 0.5) / 1e6;
}
