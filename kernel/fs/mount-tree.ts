/**
 * The mount tree: which file system is seen where. Linux counterpart: fs/namespace.c; mount(2), umount2(2),
 * pivot_root(2). Linux: has mount namespaces and propagation; here there is one namespace, and nothing propagates.
 *
 * Each (mount, dentry) carries at most one mount, because a further one at the same place goes on top of it. A mount
 * that is in use is not unmounted (EBUSY); a detached one leaves the tree at once and ends when its last user goes.
 */
import { EAGAIN, EBUSY, EINVAL, ELOOP, ENOENT, ENOTDIR } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { MNT_DETACH, MNT_EXPIRE, MS_RDONLY, PER_MOUNT_FLAGS } from '../abi/mount.ts';
import type { Kernel } from '../kernel.ts';
import type { Inode } from './inode.ts';
import { Dentry, isBelow, Mount, mountedOn, type Path } from './path.ts';
import type { SuperBlock } from './super-block.ts';

export class MountTree {
  readonly kernel: Kernel;
  /** All mounts in the tree by id, in the order in which they were made: /proc/mounts. */
  readonly mounts = new Map<number, Mount>();
  nextId = 1;
  /** Counts changes: poll(2) on /proc/mounts. */
  generation = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Makes a mount of a whole super block, in no place yet. */
  create(superBlock: SuperBlock, flags: number): Mount {
    return this.#make(rootDentry(superBlock), flags);
  }

  /** Puts a mount on a place; what is there is covered. Gives the place as it is seen now. */
  attach(mount: Mount, at: Path | undefined): Mount {
    if (at !== undefined) {
      if (at.mount.isDetached) fail(ENOENT, 'mount point is out of the tree');
      if (at.dentry.isUnlinked) fail(ENOENT, 'mount point was removed');
      requireSameKind(mount.root.inode!, at.dentry.inode!);
      let place = at;
      for (let upper = mountedOn(place.mount, place.dentry); upper; upper = mountedOn(upper, upper.root)) {
        place = { mount: upper, dentry: upper.root };
      }
      mount.at = place;
      place.dentry.mounts = [...place.dentry.mounts, mount];
    }
    mount.isDetached = false;
    this.mounts.set(mount.id, mount);
    this.generation++;
    return mount;
  }

  /** A mount of the tree below a place that is nowhere in the tree of mounts; it ends with its last user. */
  clonePrivately(path: Path): Path {
    const mount = this.#make(path.dentry, path.mount.flags & ~MS_RDONLY);
    mount.isDetached = true;
    return { mount, dentry: path.dentry };
  }

  /** mount(2) with MS_BIND: shows the tree of `source` at `at`, with the mounts below it for MS_REC. */
  bind(source: Path, at: Path, extent: 'one' | 'tree'): Mount {
    if (source.mount.isDetached) fail(EINVAL, 'source is out of the tree');
    requireSameKind(source.dentry.inode!, at.dentry.inode!);
    const copy = this.#make(source.dentry, source.mount.flags);
    const below = extent === 'tree' ? this.#below(source) : [];
    this.attach(copy, at);
    const copies = new Map<Mount, Mount>([[source.mount, copy]]);
    for (const mount of below) {
      const child = this.#make(mount.root, mount.flags);
      copies.set(mount, child);
      this.attach(child, { mount: copies.get(mount.at!.mount)!, dentry: mount.at!.dentry });
    }
    return copy;
  }

  /** mount(2) with MS_MOVE. */
  move(source: Path, at: Path): void {
    const { mount } = source;
    if (source.dentry !== mount.root || mount.at === undefined) fail(EINVAL, 'not a mount point');
    if (source.dentry.inode!.isDirectory !== at.dentry.inode!.isDirectory) {
      fail(EINVAL, 'directory and file do not cover each other');
    }
    for (let m: Mount | undefined = at.mount; m !== undefined; m = m.at?.mount) {
      if (m === mount) fail(ELOOP, 'mount moved below itself');
    }
    this.#unhook(mount);
    this.attach(mount, at);
  }

  /** umount2(2); the caller has checked that `path` is the root of a mount. */
  unmount(mount: Mount, flags: number): void {
    if (mount.at === undefined) fail(EINVAL, 'the root mount stays');
    if ((flags & MNT_DETACH) !== 0) {
      for (const below of this.#below({ mount, dentry: mount.root }).reverse()) this.#detach(below);
      this.#detach(mount);
      return;
    }
    if (mount.references > 0 || this.#hasChildren(mount)) fail(EBUSY, 'mount is in use');
    if ((flags & MNT_EXPIRE) !== 0 && !mount.isExpiring) {
      mount.isExpiring = true;
      fail(EAGAIN, 'marked as expired');
    }
    this.#detach(mount);
  }

  /** The per-mount flags of MS_REMOUNT | MS_BIND. */
  setFlags(mount: Mount, flags: number): void {
    if ((flags & MS_RDONLY) !== 0 && mount.writers > 0) fail(EBUSY, 'files are open for writing');
    mount.flags = flags & PER_MOUNT_FLAGS;
    this.generation++;
  }

  /** A super block as a whole becomes read-only or writable: MS_REMOUNT. */
  setReadOnly(superBlock: SuperBlock, isReadOnly: boolean): void {
    if (isReadOnly && !superBlock.isReadOnly) {
      for (const mount of this.mounts.values()) {
        if (mount.superBlock === superBlock && mount.writers > 0) fail(EBUSY, 'files are open for writing');
      }
      superBlock.sync();
    }
    superBlock.isReadOnly = isReadOnly;
    this.generation++;
  }

  /** pivot_root(2): `root` is the caller's root, `newRoot` a mount below it, `putOld` a place below that. */
  pivot(root: Path, newRoot: Path, putOld: Path): void {
    const rootMount = root.mount;
    const newMount = newRoot.mount;
    if (putOld.mount.isDetached) fail(ENOENT, 'place for the old root is out of the tree');
    if (newMount === rootMount || putOld.mount === rootMount)
      fail(EBUSY, 'new root is on the current root mount');
    if (root.dentry !== rootMount.root || newRoot.dentry !== newMount.root) fail(EINVAL, 'not a mount point');
    if (rootMount.at === undefined) fail(EINVAL, 'current root is the initial root file system');
    if (newMount.at === undefined) fail(EINVAL, 'new root is not attached');
    if (!this.isReachable(putOld, newRoot) || !this.isReachable(newRoot, root))
      fail(EINVAL, 'not below the new root');
    const place = rootMount.at;
    this.#unhook(newMount);
    this.#unhook(rootMount);
    this.attach(newMount, place);
    this.attach(rootMount, putOld);
  }

  /** Whether `path` lies in the tree below `root`, mounts included. */
  isReachable(path: Path, root: Path): boolean {
    let { mount, dentry } = path;
    while (mount !== root.mount) {
      if (mount.at === undefined) return false;
      dentry = mount.at.dentry;
      mount = mount.at.mount;
    }
    return isBelow(dentry, root.dentry);
  }

  /** Whether something is mounted on this dentry through any mount. */
  isMountPoint(dentry: Dentry): boolean {
    return dentry.mounts.length > 0;
  }

  /** The last user of a detached mount went. */
  end(mount: Mount): void {
    const { superBlock } = mount;
    if (--superBlock.mountCount > 0) return;
    superBlock.sync();
    this.kernel.vfs.watches.superBlockGone(superBlock);
    this.kernel.vfs.dentries.forget(mount.root);
    superBlock.shutdown();
  }

  #make(root: Dentry, flags: number): Mount {
    root.superBlock.mountCount++;
    return new Mount(this.nextId++, root, undefined, flags & PER_MOUNT_FLAGS);
  }

  #hasChildren(mount: Mount): boolean {
    for (const other of this.mounts.values()) if (other.at?.mount === mount) return true;
    return false;
  }

  /** The mounts below a path, parents before children. */
  #below(path: Path): Mount[] {
    const found: Mount[] = [];
    for (const mount of this.mounts.values()) {
      if (mount === path.mount || mount.at === undefined) continue;
      if (this.isReachable(mount.at, path)) found.push(mount);
    }
    return found.sort((a, b) => depthOf(a) - depthOf(b));
  }

  #unhook(mount: Mount): void {
    const { dentry } = mount.at!;
    dentry.mounts = dentry.mounts.filter(other => other !== mount);
    mount.at = undefined;
  }

  #detach(mount: Mount): void {
    this.#unhook(mount);
    this.mounts.delete(mount.id);
    this.generation++;
    mount.isDetached = true;
    if (mount.references === 0) this.end(mount);
  }
}

function depthOf(mount: Mount): number {
  let depth = 0;
  for (let m: Mount | undefined = mount; m?.at !== undefined; m = m.at.mount) depth++;
  return depth;
}

/** The root dentry of a super block; all its mounts share it. */
export function rootDentry(superBlock: SuperBlock): Dentry {
  superBlock.rootDentry ??= new Dentry('', undefined, superBlock.root, superBlock);
  return superBlock.rootDentry;
}

function requireSameKind(source: Inode, place: Inode): void {
  if (source.isDirectory !== place.isDirectory) fail(ENOTDIR, 'directory and file do not cover each other');
}
