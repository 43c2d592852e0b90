/**
 * Copy-up: a lower file gets a copy in the upper layer, because it is about to change. Its directories come first. The
 * copy is made in the work directory with content, owner, mode, times and attributes, and then put into place, so that
 * a full upper layer leaves nothing half done. Linux counterpart: fs/overlayfs/copy_up.c.
 */
import { EINVAL, ENOSPC, ENXIO, ESTALE } from '../../abi/errno.ts';
import { O_RDONLY, O_WRONLY, SEEK_DATA } from '../../abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { fail } from '../../errors.ts';
import { IoBuffer } from '../../mm/io-buffer.ts';
import { ROOT } from '../../task/credentials.ts';
import type { File } from '../file.ts';
import type { Inode } from '../inode.ts';
import { Dentry, type Path } from '../path.ts';
import { isOwn, ORIGIN, type LowerFile } from './layer.ts';
import type { OverlayInode } from './overlay-inode.ts';
import { isErrno } from './upper-layer.ts';

const CHUNK = 1 << 20;

/** Copies a file and the directories above it; `size`: at most so many bytes of its content. */
export function copyUp(inode: OverlayInode, size: number): Dentry {
  // A loop, because the guest decides how deep its directories are.
  const chain: OverlayInode[] = [];
  for (let at: OverlayInode | undefined = inode; at !== undefined && at.upper === undefined; at = at.parent) {
    chain.push(at);
    if (at.isRemoved) break;
  }
  for (const at of chain.reverse()) {
    at.wasCopiedUp(at.isRemoved ? copyWithoutName(at, size) : copyToName(at, size));
  }
  return inode.upper!;
}

function copyToName(inode: OverlayInode, size: number): Dentry {
  const upper = inode.superBlock.upper!;
  const directory = inode.parent?.upper ?? fail(ESTALE, 'overlay: file has lost its directory');
  if (directory.inode!.isDead || upper.find(directory, inode.name) !== undefined) {
    fail(ESTALE, 'overlay: the upper layer was changed');
  }
  const lower = inode.lowers[0]!;
  lower.inode.refresh();
  const made = upper.prepare((work, name) => makeLike(lower.inode, work, name));
  try {
    copyInto(inode, lower, made, size);
  } catch (error) {
    upper.discard(made);
    throw error;
  }
  const { atime, mtime } = directory.inode!;
  upper.place(made, directory, inode.name);
  // Nobody has changed the directory.
  directory.inode!.setattr({ atime, mtime });
  return made;
}

/** A lower file that is open and whose name was removed. */
function copyWithoutName(inode: OverlayInode, size: number): Dentry {
  const lower = inode.lowers[0]!;
  if ((lower.inode.mode & S_IFMT) !== S_IFREG) fail(ESTALE, 'overlay: the file has no name any more');
  const { layer } = inode.superBlock.upper!;
  const made = inode.superBlock.upper!.unnamed(S_IFREG | 0o600);
  const dentry = new Dentry(inode.name, undefined, made, layer.root.superBlock);
  made.references++; // or the end of the copying would be its end
  try {
    copyInto(inode, lower, dentry, size);
  } catch (error) {
    made.references--;
    inode.superBlock.kernel.vfs.evictIfUnused(made);
    throw error;
  }
  made.references--;
  return dentry;
}

function makeLike(lower: Inode, work: Inode, name: string): Inode {
  const type = lower.mode & S_IFMT;
  if (type === S_IFDIR) return work.mkdir(name, S_IFDIR | 0o700, ROOT);
  if (type === S_IFLNK) return work.symlink(name, lower.readlink(), ROOT);
  if (type === S_IFREG) return work.create(name, S_IFREG | 0o600, ROOT);
  return work.mknod(name, type | 0o600, lower.rdev, ROOT);
}

function copyInto(inode: OverlayInode, { layer, inode: lower }: LowerFile, made: Dentry, size: number): void {
  const { kernel, upper } = inode.superBlock;
  const copy = made.inode!;
  const type = lower.mode & S_IFMT;
  if (type === S_IFREG) {
    const length = Math.min(size, lower.size);
    const to: Path = { mount: upper!.layer.path.mount, dentry: made };
    if (length > 0) copyContent(kernel, lower, layer.pathOf(lower, inode.name), copy, to, length);
  }
  for (const name of lower.listXattrs()) {
    if (isOwn(name)) continue;
    const value = lower.getXattr(name);
    if (value !== undefined) copy.setXattr(name, value);
  }
  const isNumberKept = type !== S_IFDIR && lower.nlink === 1;
  if (isNumberKept) upper!.layer.setAttribute(copy, ORIGIN, String(inode.ino));
  const { mode, uid, gid, atime, mtime } = lower;
  copy.setattr({ ...(type === S_IFLNK ? {} : { mode: mode & 0o7777 }), uid, gid, atime, mtime });
}

function copyContent(
  kernel: OverlayInode['superBlock']['kernel'],
  from: Inode,
  fromPath: Path,
  to: Inode,
  toPath: Path,
  length: number,
): void {
  const context = { kernel, task: undefined, credentials: ROOT };
  const source = from.open({ ...context, path: fromPath, flags: O_RDONLY });
  try {
    const target = to.open({ ...context, path: toPath, flags: O_WRONLY });
    try {
      copyRange(source, target, length);
    } finally {
      kernel.vfs.put(target);
    }
    if (to.size < length) to.truncate(length); // it ends with a hole
  } finally {
    kernel.vfs.put(source);
  }
}

/** Copies what is data; holes stay holes. */
function copyRange(source: File, target: File, length: number): void {
  const chunk = new Uint8Array(Math.min(CHUNK, length));
  for (let at = 0; at < length;) {
    const from = nextData(source, at);
    if (from === undefined || from >= length) return;
    at = from;
    const wanted = Math.min(chunk.length, length - at);
    const count = source.read(IoBuffer.of(chunk.subarray(0, wanted)), at);
    if (count <= 0) return; // the file became shorter
    const written = target.write(IoBuffer.of(chunk.subarray(0, count)), at);
    if (written < count) fail(ENOSPC, 'overlay: the upper layer is full');
    at += count;
  }
}

function nextData(source: File, offset: number): number | undefined {
  try {
    return source.seek(offset, SEEK_DATA);
  } catch (error) {
    if (isErrno(error, ENXIO)) return undefined;
    if (isErrno(error, EINVAL)) return offset; // a file system that does not know its holes
    throw error;
  }
}
