/**
 * HostSuperBlock: a host directory mounted in the guest. It knows the inodes that are alive (one for each host file,
 * so that hard links are one file in the guest too), who owns what, and how many host descriptors are in use.
 *
 * Options: `ro`, `rw`; `uid=N`, `gid=N`: who the host user is in the guest; `map=host`, `map=root`: see owner-map.ts;
 * `suid`: let the guest put set-user-ID and set-group-ID bits on host files (otherwise they are dropped, so that a
 * guest leaves no set-user-ID program of the host user behind); `cache=MS`: what the host said of names and attributes
 * is believed for so many milliseconds, instead of for one system call.
 */
import type { HostDirectory, HostFs, HostSockets } from '../../../host/machine.ts';
import type { Kernel } from '../../kernel.ts';
import type { FileSystemStatistics } from '../super-block.ts';
import type { Credentials } from '../../task/credentials.ts';
import type { HostOpenFlags, HostPath, HostStats } from './host-call.ts';
import type { HostTree } from './host-tree.ts';
import { SuperBlock } from '../super-block.ts';
import { EINVAL, ENFILE, EROFS } from '../../abi/errno.ts';
import { HOSTFS_SUPER_MAGIC } from '../../abi/statfs.ts';
import { fail } from '../../errors.ts';
import { errnoOfHost, openFlagsOf, rethrow } from './host-call.ts';
import { openTree } from './host-tree.ts';
import { OwnerMap } from './owner-map.ts';
import { HostInode } from './host-inode.ts';
import { HostDirectoryInode } from './host-directory-inode.ts';
import { HostFileInode } from './host-file-inode.ts';
import { isKernelFileSystem, SealedDirectoryInode } from './sealed-directory-inode.ts';
import { HostSpecialInode, HostSymlinkInode } from './host-other-inodes.ts';
import { HostSocketInode } from './host-socket-inode.ts';

/** Host descriptors of open guest files, at most; ENFILE beyond. */
const MAX_OPEN_FILES = 8192;

/** Inodes that are kept although nobody holds them. */
export const MAX_IDLE_INODES = 16384;

export const S_IFMT = 0o170000n;
export const S_IFDIR = 0o040000n;
export const S_IFREG = 0o100000n;
export const S_IFLNK = 0o120000n;
const S_IFSOCK = 0o140000n;

export interface HostOptions {
  isReadOnly: boolean;
  uid: number;
  gid: number;
  ids: 'mapped' | 'host' | 'root';
  allowsSetId: boolean;
  cacheMs: number;
}

/** A year: as good as for ever, and far from overflow. */
const MAX_CACHE_MS = 366 * 86_400_000;

export function parseOptions(text: string): HostOptions {
  const options: HostOptions = {
    isReadOnly: false,
    uid: 0,
    gid: 0,
    ids: 'mapped',
    allowsSetId: false,
    cacheMs: 0,
  };
  for (const option of text.split(',')) {
    const [name, value] = option.split('=', 2) as [string, string | undefined];
    if (option === '' || option === 'rw' || option === 'nosuid') continue;
    else if (option === 'ro') options.isReadOnly = true;
    else if (option === 'suid') options.allowsSetId = true;
    else if (option === 'map=host') options.ids = 'host';
    else if (option === 'map=root') options.ids = 'root';
    else if (name === 'cache' && /^\d{1,12}$/.test(value ?? ''))
      options.cacheMs = Math.min(Number(value), MAX_CACHE_MS);
    else if ((name === 'uid' || name === 'gid') && /^\d{1,10}$/.test(value ?? '')) {
      if (Number(value) >= 0xffffffff) fail(EINVAL, 'hostfs: uid= or gid= out of range');
      options[name] = Number(value);
    } else fail(EINVAL, 'hostfs: unknown option');
  }
  return options;
}

export class HostSuperBlock extends SuperBlock {
  readonly root: HostDirectoryInode;
  readonly tag: string;
  readonly fs: HostFs;
  readonly flags: HostOpenFlags;
  readonly tree: HostTree;
  /** Sockets in it, if the embedder lets the guest use them. */
  readonly sockets: HostSockets | undefined;
  readonly options: HostOptions;
  readonly users: OwnerMap;
  readonly groups: OwnerMap;
  /** The host process may give files to others. */
  readonly isHostRoot: boolean;
  /** Living inodes by host device and inode number. Owned here; an inode leaves when the VFS evicts it. */
  readonly #inodes = new Map<bigint, HostInode>();
  readonly #rootDev: bigint;
  readonly #rootDevNumber: number;
  /** The host really keeps birth times, so that a number used again for a new file can be told. */
  #hasBirthTimes = false;
  #openFiles = 0;
  /** Number of inodes at which those that nobody holds are forgotten. */
  #inodeLimit = MAX_IDLE_INODES;
  /** The descriptor that made a file, until the open(2) that asked for it takes it. */
  #created: { inode: HostFileInode; descriptor: number } | undefined;
  /** The socket that was bound last. */
  #madeSocket: HostSocketInode | undefined;
  /** How long names and attributes are believed; 0: for the length of one system call. */
  readonly cacheNs: number;
  /** By host device: whether it is a file system of the host's kernel, which is not shown. */
  readonly #isKernels = new Map<bigint, boolean>();
  /** For transfers to scattered guest frames. */
  readonly bounce = new Uint8Array(128 * 1024);

  constructor(kernel: Kernel, tag: string, directory: HostDirectory, options: HostOptions) {
    super(kernel, 'hostfs');
    this.tag = tag;
    this.source = tag;
    this.fs = directory.fs;
    this.flags = openFlagsOf(directory.fs);
    this.sockets = directory.sockets;
    this.options = options;
    this.cacheNs = options.cacheMs * 1e6;
    this.isReadOnly = directory.isReadOnly || options.isReadOnly;
    let stats: HostStats;
    let user: HostStats;
    try {
      this.tree = openTree(directory.fs, directory.path);
      stats = directory.fs.statSync(directory.path, { bigint: true });
      // Who runs this process: the owner of /proc/self; without /proc, who owns the directory is the best guess.
      user = this.tree.isLinux ? directory.fs.statSync('/proc/self', { bigint: true }) : stats;
    } catch (error) {
      rethrow(error);
    }
    this.isHostRoot = user.uid === 0n;
    this.users = ownerMap(Number(user.uid), options.uid, options);
    this.groups = ownerMap(Number(user.gid), options.gid, options);
    this.#rootDev = stats.dev;
    this.#rootDevNumber = Number(stats.dev);
    this.root = new HostDirectoryInode(this, stats, undefined, '');
    this.#inodes.set(this.#key(stats), this.root);
  }

  override statistics(): FileSystemStatistics {
    const fallback = { bsize: 4096, blocks: 0, bavail: 0, files: 0, ffree: 0 };
    let host = fallback;
    try {
      host = this.fs.statfsSync(this.tree.self(this.root)) ?? fallback;
    } catch {
      // Some objects with the fs API have no statfs; the numbers are advice.
    }
    return {
      type: HOSTFS_SUPER_MAGIC,
      blockSize: host.bsize,
      blocks: host.blocks,
      blocksFree: host.bavail,
      files: host.files,
      filesFree: host.ffree,
    };
  }

  override showOptions(): string {
    const { uid, gid, ids, allowsSetId, cacheMs } = this.options;
    const owners = ids === 'mapped' ? '' : `,map=${ids}`;
    const users = ids === 'host' ? '' : `${uid ? `,uid=${uid}` : ''}${gid ? `,gid=${gid}` : ''}`;
    return `${owners}${users}${allowsSetId ? ',suid' : ''}${cacheMs ? `,cache=${cacheMs}` : ''}`;
  }

  override sync(): void {
    for (const inode of this.#inodes.values()) if (inode instanceof HostFileInode) inode.writeBack();
  }

  override shutdown(): void {
    this.sync();
    this.dropCreated();
    this.madeSocket(undefined);
    for (const inode of this.#inodes.values()) inode.evict();
    this.#inodes.clear();
    this.tree.close();
  }

  /** Whether a second mount with these options can share this file system. */
  isLike(options: HostOptions): boolean {
    return JSON.stringify(options) === JSON.stringify(this.options);
  }

  requireWritable(): void {
    if (this.isReadOnly) fail(EROFS, 'hostfs is mounted read-only');
  }

  /** Attributes of a name; undefined: there is none. One host call. */
  lstat(directory: HostInode, name: string): HostStats | undefined {
    try {
      return this.fs.lstatSync(this.tree.place(directory, name), { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      return rethrow(error);
    }
  }

  /** The inode number of a name; undefined: there is none. Numbers as doubles are got sooner, and mostly do. */
  inoOf(directory: HostInode, name: string): number | undefined {
    try {
      const quick = this.fs.lstatSync(this.tree.place(directory, name), { throwIfNoEntry: false });
      if (quick === undefined) return undefined;
      const { dev, ino } = quick;
      if (Number.isSafeInteger(dev) && Number.isSafeInteger(ino)) {
        if (dev === this.#rootDevNumber && ino < 2 ** 52) return ino;
        return this.guestIno(BigInt(dev), BigInt(ino));
      }
    } catch (error) {
      return rethrow(error);
    }
    const stats = this.lstat(directory, name);
    return stats && this.guestIno(stats.dev, stats.ino);
  }

  /** The inode of a file that was just seen at a place. */
  inodeFor(stats: HostStats, parent: HostDirectoryInode, name: string): HostInode {
    const key = this.#key(stats);
    const known = this.#inodes.get(key);
    if (known !== undefined && this.#isSame(known, stats)) {
      if (known !== this.root) {
        known.parent = parent;
        known.name = name;
      }
      known.apply(stats);
      return known;
    }
    const inode = this.#make(stats, parent, name);
    this.#inodes.set(key, inode);
    if (this.#inodes.size > this.#inodeLimit) this.#shrinkInodes(inode);
    return inode;
  }

  forget(inode: HostInode): void {
    inode.isForgotten = true;
    const key = this.#keyOf(inode.hostDev, inode.hostIno);
    if (this.#inodes.get(key) === inode) this.#inodes.delete(key);
    if (inode instanceof HostDirectoryInode) this.tree.forget(inode);
  }

  /** Opens on the host, counted and bounded. `flags` never truncate; the last component is no symbolic link. */
  openHost(path: HostPath, flags: number, mode?: number): number {
    return this.#open(path, flags | this.flags.O_NOFOLLOW, mode);
  }

  /** Opens an open file again, through the magic link that the host has for it. */
  reopenHost(path: HostPath, flags: number): number {
    return this.#open(path, flags, undefined);
  }

  #open(path: HostPath, flags: number, mode: number | undefined): number {
    if (this.#openFiles >= MAX_OPEN_FILES) this.dropCreated();
    if (this.#openFiles >= MAX_OPEN_FILES) fail(ENFILE, 'hostfs: too many open host files');
    let descriptor: number;
    try {
      // A FIFO or device that the host puts there at the last moment must not hang the kernel.
      descriptor = this.fs.openSync(path, flags | this.flags.O_NONBLOCK | this.flags.O_NOCTTY, mode);
    } catch (error) {
      // Short of descriptors: the ones for directories go, so that the next attempt succeeds (`path` may need one).
      if (errnoOfHost(error) === ENFILE) this.tree.shrink();
      rethrow(error);
    }
    this.#openFiles++;
    return descriptor;
  }

  closeHost(descriptor: number): void {
    this.#openFiles--;
    try {
      this.fs.closeSync(descriptor);
    } catch (error) {
      // close(2) reports a failed delayed write, but the descriptor is gone; only a bug may pass.
      if (errnoOfHost(error) === undefined) throw error;
    }
  }

  /** A whole system on a directory of a user who can give files to nobody: its installers chown, in vain. */
  get ignoresOwners(): boolean {
    return this.options.ids === 'root' && !this.isHostRoot;
  }

  get inodeCount(): number {
    return this.#inodes.size;
  }
  get openFiles(): number {
    return this.#openFiles;
  }

  keepCreated(inode: HostFileInode, descriptor: number): void {
    this.dropCreated();
    this.#created = { inode, descriptor };
  }

  takeCreated(inode: HostFileInode): number | undefined {
    if (this.#created?.inode !== inode) return undefined;
    const { descriptor } = this.#created;
    this.#created = undefined;
    return descriptor;
  }

  hasCreated(inode: HostFileInode): boolean {
    return this.#created?.inode === inode;
  }
  isCreated(descriptor: number): boolean {
    return this.#created?.descriptor === descriptor;
  }

  dropCreated(): void {
    if (this.#created !== undefined) this.closeHost(this.#created.descriptor);
    this.#created = undefined;
  }

  /** A socket was bound; the one before it has been taken, or was made by mknod(2) and is only a file. */
  madeSocket(inode: HostSocketInode | undefined): void {
    const before = this.#madeSocket;
    this.#madeSocket = inode;
    const bound = before?.takeBound();
    if (bound !== undefined) this.sockets?.release(bound);
  }

  /** For a file that gets its own name later. */
  randomName(): string {
    const bytes = new Uint8Array(8);
    this.kernel.machine.random(bytes);
    return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  }

  /** The permission bits to put on a host file. */
  hostMode(mode: number, isDirectory: boolean): number {
    return isDirectory || this.options.allowsSetId ? mode & 0o7777 : mode & 0o1777;
  }

  /** Gives a new file to whoever made it, where the host lets us and it is not theirs already. */
  giveTo(inode: HostInode, directory: HostDirectoryInode, credentials: Credentials): void {
    if (!this.isHostRoot) return;
    const gid = (directory.mode & 0o2000) !== 0 ? directory.gid : credentials.fsgid;
    if (inode.uid === credentials.fsuid && inode.gid === gid) return;
    inode.setattr({ uid: credentials.fsuid, gid });
  }

  /** Guest inode number: the host's where it fits, else a hash of device and number with bit 52 set. */
  guestIno(dev: bigint, ino: bigint): number {
    if (dev === this.#rootDev && ino < 1n << 52n) return Number(ino);
    let hash = 0xcbf29ce484222325n;
    for (let word = (dev << 64n) | ino; word !== 0n; word >>= 16n) {
      hash = ((hash ^ (word & 0xffffn)) * 0x100000001b3n) & 0xffffffffffffffffn;
    }
    return Number((hash >> 12n) | (1n << 52n));
  }

  #make(stats: HostStats, parent: HostDirectoryInode, name: string): HostInode {
    const type = stats.mode & S_IFMT;
    if (type === S_IFDIR) {
      if (stats.dev !== parent.hostDev && this.#isOfKernel(stats.dev, parent, name))
        return new SealedDirectoryInode(this, stats, parent, name);
      return new HostDirectoryInode(this, stats, parent, name);
    }
    if (type === S_IFREG) return new HostFileInode(this, stats, parent, name);
    if (type === S_IFLNK) return new HostSymlinkInode(this, stats, parent, name);
    if (type === S_IFSOCK && this.sockets !== undefined)
      return new HostSocketInode(this, this.sockets, stats, parent, name);
    return new HostSpecialInode(this, stats, parent, name);
  }

  /** Whether another file system that is mounted at a name is one of those that are the host kernel's own. */
  #isOfKernel(dev: bigint, parent: HostDirectoryInode, name: string): boolean {
    let isOfKernel = this.#isKernels.get(dev);
    if (isOfKernel === undefined) {
      try {
        isOfKernel = isKernelFileSystem(this.fs.statfsSync(this.tree.place(parent, name)).type);
      } catch {
        isOfKernel = true; // what cannot be asked is not shown
      }
      this.#isKernels.set(dev, isOfKernel);
    }
    return isOfKernel;
  }

  /** False: the host gave the inode number to another file since. */
  #isSame(inode: HostInode, stats: HostStats): boolean {
    if ((BigInt(inode.mode) & S_IFMT) !== (stats.mode & S_IFMT)) return false;
    // Without birth times Node reports the ctime or 0; believe them once one differs from its ctime.
    if (stats.birthtimeNs !== 0n && stats.birthtimeNs < stats.ctimeNs) this.#hasBirthTimes = true;
    return !this.#hasBirthTimes || inode.birthtimeNs === stats.birthtimeNs;
  }

  /**
   * Forgets inodes that nobody holds: the VFS keeps an inode as long as the file has a name, and a host directory may
   * have millions. One that is seen again gets a new inode with the same number.
   */
  #shrinkInodes(newest: HostInode): void {
    const kept = new Set<HostInode>([this.root, newest]);
    for (const inode of this.#inodes.values()) if (inode.isHeld) kept.add(inode);
    // A directory is needed to name what is in it.
    for (const inode of kept) if (inode.parent !== undefined) kept.add(inode.parent);
    for (const inode of this.#inodes.values()) if (!kept.has(inode)) inode.evict();
    this.#inodeLimit = Math.max(MAX_IDLE_INODES, this.#inodes.size * 2);
  }

  #key(stats: HostStats): bigint {
    return this.#keyOf(stats.dev, stats.ino);
  }
  #keyOf(dev: bigint, ino: bigint): bigint {
    return dev === this.#rootDev ? ino : ((dev + 1n) << 64n) | ino;
  }
}

function ownerMap(host: number, guest: number, options: HostOptions): OwnerMap {
  if (options.ids === 'host') return new OwnerMap(0, 0);
  return new OwnerMap(host, guest, options.ids === 'root' ? 'shared' : 'apart');
}
