/**
 * Dentry, Mount and Path: names. A dentry is a name in a directory and its inode (undefined: known to be absent); a
 * mount puts a super block's tree (or a part of it, for a bind mount) on a dentry of another mount; a path is a place:
 * a dentry seen through a mount. Linux counterparts: struct dentry, struct mount, struct path.
 */
import type { Inode } from './inode.ts';
import type { SuperBlock } from './super-block.ts';

export class Dentry {
  name: string;
  parent: Dentry; // itself at the root of a file system
  inode: Inode | undefined;
  readonly superBlock: SuperBlock;
  /** The names in it that are cached. */
  readonly children: Map<string, Dentry>;
  /** Mounts whose mount point this dentry is. Owned by the VFS. */
  mounts: readonly Mount[] = NO_MOUNTS;
  /** The name was removed; open files and working directories may still hold the dentry. */
  isUnlinked = false;
  /** Paths that are kept (see holdPath); the dentry cache does not forget a dentry that is held. */
  references = 0;
  /** Used since the dentry cache last looked: see dentry-cache.ts. */
  isRecent = true;

  constructor(name: string, parent: Dentry | undefined, inode: Inode | undefined, superBlock: SuperBlock) {
    this.name = name;
    this.parent = parent ?? this;
    this.inode = inode;
    this.superBlock = superBlock;
    this.children = inode?.isDirectory === true ? new Map() : NO_CHILDREN;
  }
}

/** There are many dentries, and most have neither. */
const NO_CHILDREN = new Map<string, Dentry>();
const NO_MOUNTS: readonly Mount[] = [];

export class Mount {
  readonly id: number;
  readonly superBlock: SuperBlock;
  /** What of the super block's tree is seen: its root, or a subtree for a bind mount. */
  readonly root: Dentry;
  /** Where it is mounted; undefined for the root mount and for one that is detached. */
  at: Path | undefined;
  /** MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_RELATIME … */
  flags: number;
  /** Open files and working directories that hold it (holdPath): umount(2) is EBUSY while there are any. */
  references = 0;
  /** Open files that may write: a remount to read-only is EBUSY while there are any. */
  writers = 0;
  /** umount2(MNT_EXPIRE) saw it once and nobody used it since. */
  isExpiring = false;
  /** Out of the tree (umount2 with MNT_DETACH): it ends when the last reference goes. */
  isDetached = false;

  constructor(id: number, root: Dentry, at: Path | undefined, flags: number) {
    this.id = id;
    this.root = root;
    this.superBlock = root.superBlock;
    this.at = at;
    this.flags = flags;
  }
}

export interface Path {
  readonly mount: Mount;
  readonly dentry: Dentry;
}

export function isSamePath(a: Path, b: Path): boolean {
  return a.dentry === b.dentry && a.mount === b.mount;
}

/**
 * Keeps a path beyond the current call: its mount cannot go, its inode keeps its content even without a name. Let go
 * with `kernel.vfs.releasePath`. Files and FsContexts do it for their own paths.
 */
export function holdPath(path: Path): Path {
  path.mount.references++;
  path.mount.isExpiring = false;
  path.dentry.references++;
  if (path.dentry.inode) path.dentry.inode.references++;
  return path;
}

/** Whether `dentry` lies in the tree of `root` (the same file system). */
export function isBelow(dentry: Dentry, root: Dentry): boolean {
  let at = dentry;
  while (at !== root) {
    if (at.parent === at) return false;
    at = at.parent;
  }
  return true;
}

/** The mount that covers this dentry as seen through `mount`. */
export function mountedOn(mount: Mount, dentry: Dentry): Mount | undefined {
  for (const upper of dentry.mounts) if (upper.at!.mount === mount) return upper;
  return undefined;
}
