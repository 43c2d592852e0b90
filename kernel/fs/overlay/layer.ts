/**
 * Layer: one of the directory trees that an overlay is made of, and how files in it are marked. Linux counterpart:
 * struct ovl_layer; the attributes are those of Documentation/filesystems/overlayfs.rst, so that the upper directory of
 * a Linux overlay means the same here.
 */
import { EOPNOTSUPP } from '../../abi/errno.ts';
import { fromBytes, toBytes } from '../../abi/byte-string.ts';
import { S_IFCHR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { Errno } from '../../errors.ts';
import type { Inode } from '../inode.ts';
import { Dentry, type Path } from '../path.ts';

export const PREFIX = 'trusted.overlay.';
/** On a directory: «y», nothing of the layers below shows in it. */
export const OPAQUE = `${PREFIX}opaque`;
/** On a directory: the name, or the path from the root, under which it continues in the layers below. */
export const REDIRECT = `${PREFIX}redirect`;
/** On a copied-up file: the inode number that it had. Linux: a file handle. */
export const ORIGIN = `${PREFIX}origin`;
/** On an empty regular file: it stands for a whiteout where no device node can be made. */
export const WHITEOUT = `${PREFIX}whiteout`;

/** How an attribute with such a name, set by a program, is kept: an overlay may be a layer of another one. */
export const ESCAPED = `${PREFIX}overlay.`;

/** An attribute of the overlay itself, which nobody sees. */
export function isOwn(name: string): boolean {
  return name.startsWith(PREFIX) && !name.startsWith(ESCAPED);
}

/** Under which name a layer keeps what a program calls `name`. */
export function escapedName(name: string): string {
  return name.startsWith(PREFIX) ? ESCAPED + name.slice(PREFIX.length) : name;
}

/** Inode numbers of the file systems are this far apart where the overlay shows them. */
const INO_DISTANCE = 2 ** 46;
const INO_RANGE = 2 ** 52;

export class Layer {
  /** The top of the tree. Its mount is the overlay's own: the tree lives as long as the overlay. */
  readonly path: Path;
  /** Number of its file system among those of the overlay; 0: inode numbers are shown as they are. */
  readonly fileSystem: number;
  readonly hasXattrs: boolean;

  constructor(path: Path, fileSystem: number) {
    this.path = path;
    this.fileSystem = fileSystem;
    this.hasXattrs = canKeepXattrs(this.root);
  }

  get root(): Inode {
    return this.path.dentry.inode!;
  }

  /** The inode number that the overlay shows for one of this layer's. */
  shownIno(ino: number): number {
    return this.fileSystem === 0 ? ino : (ino + this.fileSystem * INO_DISTANCE) % INO_RANGE;
  }

  /** A place to open a file of the layer by; nobody else sees it. */
  pathOf(inode: Inode, name: string): Path {
    return { mount: this.path.mount, dentry: new Dentry(name, undefined, inode, inode.superBlock) };
  }

  attribute(inode: Inode, name: string): string | undefined {
    if (!this.hasXattrs) return undefined;
    const value = inode.getXattr(name);
    return value && fromBytes(value);
  }

  setAttribute(inode: Inode, name: string, value: string): void {
    inode.setXattr(name, toBytes(value));
  }

  isOpaque(directory: Inode): boolean {
    return this.attribute(directory, OPAQUE) === 'y';
  }

  /** Whether the name of this inode says that there is no such name. */
  isWhiteout(inode: Inode): boolean {
    const type = inode.mode & S_IFMT;
    if (type === S_IFCHR) return inode.rdev === 0;
    return type === S_IFREG && this.hasXattrs && inode.size === 0 && inode.getXattr(WHITEOUT) !== undefined;
  }
}

/** A file of a layer that is not the upper one. */
export interface LowerFile {
  readonly layer: Layer;
  readonly inode: Inode;
}

function canKeepXattrs(root: Inode): boolean {
  try {
    root.getXattr(OPAQUE);
    return true;
  } catch (error) {
    if (error instanceof Errno && error.errno === EOPNOTSUPP) return false;
    throw error;
  }
}
