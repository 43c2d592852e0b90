/**
 * HostDirectoryInode: names in a host directory. Each operation is one host call on one component; see host-tree.ts
 * for why that is a jail.
 */
import type { HostSockets } from '../../../host/machine.ts';
import type { File, OpenContext } from '../file.ts';
import type { Inode, DirectoryEntry } from '../inode.ts';
import { DirectoryFile } from '../directory-file.ts';
import type { Credentials } from '../../task/credentials.ts';
import type { HostPath, HostStats } from './host-call.ts';
import type { HostSuperBlock } from './host-super-block.ts';
import { HostInode } from './host-inode.ts';
import { HostFileInode } from './host-file-inode.ts';
import { HostSocketInode } from './host-socket-inode.ts';
import { HostNames } from './host-names.ts';
import { HostListing } from './host-listing.ts';
import { errnoOfHost, rethrow } from './host-call.ts';
import { nameFromHost } from './host-name.ts';
import { EACCES, EEXIST, EINVAL, EIO, ENOENT, EPERM, ESTALE, EXDEV } from '../../abi/errno.ts';
import { S_IFMT, S_IFREG, S_IFSOCK } from '../../abi/stat.ts';
import { fail } from '../../errors.ts';

/** Says of no name that it is not there. */
const EVERY_NAME: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true });

export class HostDirectoryInode extends HostInode {
  /** Cookies of getdents(2); made when first read. */
  #listing: HostListing | undefined;
  /** What lookups found, for mounts with `cache=`. */
  #names: HostNames | undefined;

  override lookup(name: string): HostInode | undefined {
    if (this.superBlock.cacheNs === 0) return this.#ask(name);
    this.refresh();
    const names = (this.#names ??= new HostNames());
    const known = names.get(name, this);
    if (known !== undefined) return known === 'absent' ? undefined : known;
    if (names.wantsAll(this)) {
      names.setAll(this.#readNames());
      if (names.get(name, this) === 'absent') return undefined;
    }
    const inode = this.#ask(name);
    names.set(name, inode ?? 'absent');
    return inode;
  }

  #readNames(): ReadonlySet<string> {
    const { fs, tree } = this.superBlock;
    try {
      const found = fs.readdirSync(tree.self(this), { encoding: tree.encoding as 'buffer' });
      return new Set(found.map(nameFromHost));
    } catch (error) {
      // A directory may be searched and not read.
      if (errnoOfHost(error) === EACCES) return EVERY_NAME;
      return rethrow(error);
    }
  }

  #ask(name: string): HostInode | undefined {
    const stats = this.superBlock.lstat(this, name);
    return stats === undefined ? undefined : this.superBlock.inodeFor(stats, this, name);
  }

  override outdate(): void {
    this.#names = undefined;
    super.outdate();
  }

  override open(context: OpenContext): File {
    return new DirectoryFile(context.path, context.flags);
  }

  override iterate(cookie: number): Iterable<DirectoryEntry> {
    this.#listing ??= new HostListing(this);
    return this.#listing.from(cookie);
  }

  // Linux: O_TMPFILE too. Node has no linkat(2) that would give such a file a name later, so programs are to make
  // named temporary files, as they do on file systems without it.

  override create(name: string, mode: number, credentials: Credentials): Inode {
    const { superBlock } = this;
    superBlock.requireWritable();
    const { flags } = superBlock;
    const hostMode = superBlock.hostMode(mode, false);
    const path = superBlock.tree.place(this, name);
    const descriptor = superBlock.openHost(path, flags.O_CREAT | flags.O_EXCL | flags.O_RDWR, hostMode);
    return this.#adopt(descriptor, name, hostMode, credentials);
  }

  override mkdir(name: string, mode: number, credentials: Credentials): Inode {
    const { fs, tree, superBlock } = this.#changing();
    const hostMode = superBlock.hostMode(mode, true);
    const inode = this.#made(name, () => fs.mkdirSync(tree.place(this, name), { mode: hostMode }));
    superBlock.giveTo(inode, this, credentials);
    // The host's umask and set-group-ID bit had their say.
    const wanted = hostMode | (inode.mode & 0o2000);
    if ((inode.mode & 0o7777) !== wanted) inode.setattr({ mode: wanted });
    return inode;
  }

  /** Linux: makes FIFOs and devices too; Node's fs cannot. Sockets: where the mount has them. */
  override mknod(name: string, mode: number, _rdev: number, credentials: Credentials): Inode {
    if ((mode & S_IFMT) === S_IFSOCK && this.superBlock.sockets !== undefined)
      return this.#makeSocket(this.superBlock.sockets, name, mode, credentials);
    if ((mode & S_IFMT) !== S_IFREG && (mode & S_IFMT) !== 0) fail(EPERM, 'special file on hostfs');
    const inode = this.create(name, mode, credentials);
    this.superBlock.dropCreated();
    return inode;
  }

  /**
   * Makes a bound socket. It gets its name by link(2): so the name is not longer than a socket's address may be, nothing
   * is replaced, and the file stays when the socket is closed (Node removes the name by which it was bound).
   */
  #makeSocket(sockets: HostSockets, name: string, mode: number, credentials: Credentials): Inode {
    const { fs, tree, superBlock } = this.#changing();
    const first = `.lodger-${superBlock.randomName()}`;
    let bound: number | undefined;
    try {
      this.#call(() => {
        bound = sockets.bind(tree.place(this, first) as string); // the name is ASCII, so this is text
        try {
          fs.linkSync(...tree.places(this, first, this, name));
        } finally {
          fs.unlinkSync(tree.place(this, first));
        }
      });
      const inode = this.lookup(name);
      if (!(inode instanceof HostSocketInode)) fail(EEXIST, 'the host replaced it');
      const hostMode = superBlock.hostMode(mode, false);
      if ((inode.mode & 0o7777) !== hostMode) inode.setattr({ mode: hostMode });
      superBlock.giveTo(inode, this, credentials);
      inode.keepBound(bound!);
      return inode;
    } catch (error) {
      if (bound !== undefined) sockets.release(bound);
      throw error;
    }
  }

  override symlink(name: string, target: string, credentials: Credentials): Inode {
    const { fs, tree } = this.#changing();
    const inode = this.#made(name, () => fs.symlinkSync(tree.linkTarget(target), tree.place(this, name)));
    this.superBlock.giveTo(inode, this, credentials);
    return inode;
  }

  override link(name: string, target: Inode): void {
    const { fs, tree } = this.#changing();
    if (!(target instanceof HostInode) || target.superBlock !== this.superBlock)
      fail(EXDEV, 'another file system');
    if (target.parent === undefined) fail(ENOENT, 'file has lost its name');
    const { parent } = target;
    this.#call(() => fs.linkSync(...tree.places(parent, target.name, this, name)));
    const stats = this.superBlock.lstat(this, name);
    if (stats?.ino === target.hostIno && stats.dev === target.hostDev) target.apply(stats);
    else {
      // The host put another file at the old name meanwhile: that one is not to be linked.
      if (stats !== undefined) this.#call(() => fs.unlinkSync(tree.place(this, name)));
      fail(ESTALE, 'another file was there');
    }
  }

  override unlink(name: string, target: Inode): void {
    const { fs, tree } = this.#changing();
    this.#call(() => fs.unlinkSync(tree.place(this, name)));
    (target as HostInode).lostName(this, name);
  }

  override rmdir(name: string, target: Inode): void {
    const { fs, tree, superBlock } = this.#changing();
    this.#call(() => fs.rmdirSync(tree.place(this, name)));
    (target as HostInode).lostName(this, name);
    target.nlink = 0;
    superBlock.tree.forget(target as HostDirectoryInode);
  }

  override rename(
    name: string,
    target: Inode,
    newDirectory: Inode,
    newName: string,
    replaced: Inode | undefined,
    how: 'exchange' | 'replace' | 'noreplace',
  ): void {
    const { fs, tree } = this.#changing();
    if (how === 'exchange') fail(EINVAL, 'host cannot exchange names');
    if (!(newDirectory instanceof HostDirectoryInode)) fail(EXDEV, 'another file system');
    const moved = target as HostInode;
    this.#call(() => {
      const [from, to] = tree.places(this, name, newDirectory, newName);
      if (how === 'noreplace') this.#moveWithoutReplacing(moved, from, to);
      else {
        if (replaced !== undefined && !tree.renameReplaces) {
          if (moved.isDirectory) fs.rmdirSync(to);
          else fs.unlinkSync(to);
        }
        fs.renameSync(from, to);
      }
    });
    moved.parent = newDirectory;
    moved.name = newName;
    moved.outdate();
    newDirectory.outdate();
    if (replaced instanceof HostInode && replaced !== moved) {
      replaced.lostName(newDirectory, newName);
      if (replaced instanceof HostDirectoryInode) tree.forget(replaced);
    }
  }

  override truncate(): void {
    fail(EINVAL, 'truncate of a directory');
  }

  override evict(): void {
    this.#listing = undefined;
    this.#names = undefined;
    super.evict();
  }

  protected override statNow(): HostStats | undefined {
    try {
      return this.superBlock.tree.statSelf(this);
    } catch (error) {
      return rethrow(error);
    }
  }

  /** RENAME_NOREPLACE of calls that cannot replace: link and unlink for a file, an empty directory to rename over. */
  #moveWithoutReplacing(moved: HostInode, from: HostPath, to: HostPath): void {
    const { fs } = this.superBlock;
    if (moved.isDirectory) {
      fs.mkdirSync(to);
      try {
        fs.renameSync(from, to);
      } catch (error) {
        fs.rmdirSync(to);
        throw error;
      }
    } else {
      fs.linkSync(from, to);
      fs.unlinkSync(from);
    }
  }

  /** The inode of a file that was just made through `descriptor`, which the open(2) to come takes over. */
  #adopt(descriptor: number, name: string, hostMode: number, credentials: Credentials): Inode {
    const { superBlock } = this;
    this.outdate();
    try {
      const { fs } = superBlock;
      let stats: HostStats = fs.fstatSync(descriptor, { bigint: true });
      if ((Number(stats.mode) & 0o7777) !== hostMode) {
        fs.fchmodSync(descriptor, hostMode); // the host's umask
        stats = fs.fstatSync(descriptor, { bigint: true });
      }
      const inode = superBlock.inodeFor(stats, this, name);
      if (!(inode instanceof HostFileInode)) fail(EIO, 'a created file is no regular file');
      superBlock.keepCreated(inode, descriptor);
      superBlock.giveTo(inode, this, credentials);
      return inode;
    } catch (error) {
      if (!superBlock.isCreated(descriptor)) superBlock.closeHost(descriptor);
      return rethrow(error);
    }
  }

  #made(name: string, make: () => void): HostInode {
    this.#call(make);
    return this.lookup(name) ?? fail(EEXIST, 'the host removed it again');
  }

  #changing(): Pick<HostSuperBlock, 'fs' | 'tree'> & { superBlock: HostSuperBlock } {
    const { superBlock } = this;
    superBlock.requireWritable();
    return { fs: superBlock.fs, tree: superBlock.tree, superBlock };
  }

  #call(action: () => void): void {
    try {
      action();
    } catch (error) {
      rethrow(error);
    } finally {
      this.outdate();
    }
  }
}
