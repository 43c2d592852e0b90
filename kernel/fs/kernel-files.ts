/**
 * Whole-file operations for kernel code and the embedder's API (guest.fs): what a shell does with cat, ls and rm, in one
 * call, with the rights of any context. Names are byte strings.
 *
 * Nothing here waits: a file that would block is EAGAIN.
 */
import { EAGAIN, EEXIST, EFBIG, EINVAL, EIO, ENOENT, ENOTDIR } from '../abi/errno.ts';
import {
  AT_FDCWD,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
} from '../abi/fcntl.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { Errno, fail, WOULD_BLOCK } from '../errors.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import type { Timespec } from '../time/timespec.ts';
import { changeMode, changeOwner, truncatePath } from './attributes.ts';
import { makeDirectory, makeLink, makeSymlink } from './create.ts';
import { DirectoryFile } from './directory-file.ts';
import type { WalkContext } from './fs-context.ts';
import { LOOKUP_FOLLOW } from './path-walk.ts';
import { removeDirectory, rename, unlink } from './remove.ts';

const CHUNK = 65536;

/** Plain facts about a file: the fields of struct stat. */
export interface FileStatus {
  readonly device: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blocks: number;
  readonly atime: Timespec;
  readonly mtime: Timespec;
  readonly ctime: Timespec;
  readonly btime: Timespec;
}

/** No file is read beyond this, whatever size a guest gave it. */
const MAX_READ = 2 ** 31 - 1;

/** All bytes of a file, also of one that does not know its size (proc); EFBIG if they are too many. */
export function readFile(context: WalkContext, name: string): Uint8Array<ArrayBuffer> {
  const { vfs } = context.kernel;
  const file = vfs.open(context, AT_FDCWD, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    if (file.inode.size >= MAX_READ) fail(EFBIG, 'file is too large to be read as a whole');
    let bytes = new Uint8Array(Math.max(CHUNK, file.inode.size + 1));
    let used = 0;
    for (;;) {
      if (used === bytes.length) {
        if (used >= MAX_READ) fail(EFBIG, 'file has no end');
        const larger = new Uint8Array(Math.min(bytes.length * 2, MAX_READ));
        larger.set(bytes);
        bytes = larger;
      }
      const count = file.read(IoBuffer.of(bytes.subarray(used)), used);
      if (count === WOULD_BLOCK && used === 0) fail(EAGAIN, 'file has no bytes now');
      if (count <= 0) return bytes.slice(0, used);
      used += count;
    }
  } finally {
    vfs.put(file);
  }
}

/** Replaces (or appends to) the content of a file, which is made if it is not there. */
export function writeFile(
  context: WalkContext,
  name: string,
  bytes: Uint8Array,
  how: { mode?: number; isAppending?: boolean } = {},
): void {
  const { vfs } = context.kernel;
  const flags = O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | (how.isAppending === true ? O_APPEND : O_TRUNC);
  const file = vfs.open(context, AT_FDCWD, name, flags, how.mode ?? 0o666);
  try {
    const start = how.isAppending === true ? file.inode.size : 0;
    for (let done = 0; done < bytes.length;) {
      const count = file.write(IoBuffer.of(bytes.subarray(done)), start + done);
      if (count === WOULD_BLOCK) fail(EAGAIN, 'file takes no bytes now');
      if (count === 0) fail(EIO, 'file takes no bytes');
      done += count;
    }
  } finally {
    vfs.put(file);
  }
}

/** Names and types (DT_*) in a directory, without «.» and «..». */
export function readDirectory(
  context: WalkContext,
  name: string,
): { name: string; type: number; ino: number }[] {
  const { vfs } = context.kernel;
  const file = vfs.open(context, AT_FDCWD, name, O_RDONLY | O_DIRECTORY);
  try {
    if (!(file instanceof DirectoryFile)) return fail(ENOTDIR, 'not a directory');
    const found: { name: string; type: number; ino: number }[] = [];
    for (const entry of file.entries()) {
      if (entry.name !== '.' && entry.name !== '..') {
        found.push({ name: entry.name, type: entry.type, ino: entry.ino });
      }
    }
    return found;
  } finally {
    vfs.put(file);
  }
}

export function status(context: WalkContext, name: string, links: 'follow' | 'stay' = 'follow'): FileStatus {
  const path = context.kernel.vfs.walk(context, AT_FDCWD, name, links === 'follow' ? LOOKUP_FOLLOW : 0);
  const inode = path.dentry.inode!;
  inode.refresh();
  const { ino, mode, nlink, uid, gid, rdev, size, blocks, atime, mtime, ctime, btime } = inode;
  const { device } = inode.superBlock;
  return { device, ino, mode, nlink, uid, gid, rdev, size, blocks, atime, mtime, ctime, btime };
}

export function exists(context: WalkContext, name: string): boolean {
  try {
    context.kernel.vfs.walk(context, AT_FDCWD, name);
    return true;
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
}

/** Makes a directory; with `isRecursive` its parents too, and one that is there already is all right. */
export function mkdir(
  context: WalkContext,
  name: string,
  how: { mode?: number; isRecursive?: boolean } = {},
): void {
  const mode = how.mode ?? 0o777;
  if (how.isRecursive !== true) {
    makeDirectory(context, AT_FDCWD, name, mode);
    return;
  }
  for (let at = name.indexOf('/', 1); at > 0; at = name.indexOf('/', at + 1))
    makeIfMissing(context, name.slice(0, at), mode);
  makeIfMissing(context, name, mode);
}

function makeIfMissing(context: WalkContext, name: string, mode: number): void {
  try {
    makeDirectory(context, AT_FDCWD, name, mode);
  } catch (error) {
    if (!(error instanceof Errno) || error.errno !== EEXIST) throw error;
    if ((status(context, name).mode & S_IFMT) !== S_IFDIR) throw error;
  }
}

/** Removes a file; with `isRecursive` a directory and all that is in it; with `isForced` nothing is all right. */
export function remove(
  context: WalkContext,
  name: string,
  how: { isRecursive?: boolean; isForced?: boolean } = {},
): void {
  try {
    const isTree = how.isRecursive === true && (status(context, name, 'stay').mode & S_IFMT) === S_IFDIR;
    if (!isTree) return unlink(context, AT_FDCWD, name);
  } catch (error) {
    if (how.isForced === true && error instanceof Errno && error.errno === ENOENT) return;
    throw error;
  }
  for (const entry of readDirectory(context, name)) {
    remove(context, `${name.replace(/\/+$/, '')}/${entry.name}`, how);
  }
  removeDirectory(context, AT_FDCWD, name);
}

export function move(context: WalkContext, name: string, newName: string): void {
  rename(context, { from: AT_FDCWD, name, to: AT_FDCWD, newName, flags: 0 });
}

export function symlink(context: WalkContext, target: string, name: string): void {
  makeSymlink(context, AT_FDCWD, name, target);
}

export function link(context: WalkContext, name: string, newName: string): void {
  const source = context.kernel.vfs.walk(context, AT_FDCWD, name, 0);
  makeLink(context, source, AT_FDCWD, newName);
}

export function readLink(context: WalkContext, name: string): string {
  const { vfs } = context.kernel;
  const inode = vfs.walk(context, AT_FDCWD, name, 0).dentry.inode!;
  const magic = inode.followMagic();
  return magic === undefined ? inode.readlink() : vfs.pathname(magic, context.root);
}

export function chmod(context: WalkContext, name: string, mode: number): void {
  changeMode(context, context.kernel.vfs.walk(context, AT_FDCWD, name), mode);
}

export function chown(context: WalkContext, name: string, uid: number, gid: number): void {
  changeOwner(context, context.kernel.vfs.walk(context, AT_FDCWD, name), uid, gid);
}

export function truncate(context: WalkContext, name: string, size: number): void {
  if (size < 0) fail(EINVAL, 'negative size');
  truncatePath(context, context.kernel.vfs.walk(context, AT_FDCWD, name), size);
}
