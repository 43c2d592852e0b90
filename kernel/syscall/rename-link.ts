/**
 * Names: unlink(2), rename(2), link(2), symlink(2), readlink(2), mknod(2) and their *at forms.
 */
import { EINVAL, ENOENT } from '../abi/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
} from '../abi/fcntl.ts';
import { toBytes } from '../abi/byte-string.ts';
import { S_IFLNK, S_IFMT } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { makeLink, makeNode, makeSymlink } from '../fs/create.ts';
import { walkContextOf } from '../fs/fs-context.ts';
import { PATH_MAX } from '../fs/path-walk.ts';
import { pathname } from '../fs/pathname.ts';
import { removeDirectory, rename, unlink } from '../fs/remove.ts';
import { touchAtime } from '../fs/timestamps.ts';
import { CAP_DAC_READ_SEARCH } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { atName, lookupAt, readPath } from './at-path.ts';
import { full, type Row } from './table.ts';

/** unlink(2) */
function sysUnlink(task: Task, args: Args): number {
  return unlinkat(task, AT_FDCWD, args.ptr(0), 0);
}

/** unlinkat(2) */
function sysUnlinkat(task: Task, args: Args): number {
  return unlinkat(task, args.fd(0), args.ptr(1), args.u32(2));
}

function unlinkat(task: Task, dirfd: number, at: number, flags: number): number {
  if ((flags & ~AT_REMOVEDIR) !== 0) fail(EINVAL, 'unlinkat: flags');
  const path = atName(task, dirfd, at);
  const remove = (flags & AT_REMOVEDIR) !== 0 ? removeDirectory : unlink;
  remove(path.context, path.at, path.name);
  return 0;
}

/** rename(2) */
function sysRename(task: Task, args: Args): number {
  return renameat(task, [AT_FDCWD, args.ptr(0)], [AT_FDCWD, args.ptr(1)], 0);
}

/** renameat(2) */
function sysRenameat(task: Task, args: Args): number {
  return renameat(task, [args.fd(0), args.ptr(1)], [args.fd(2), args.ptr(3)], 0);
}

/** renameat2(2) */
function sysRenameat2(task: Task, args: Args): number {
  return renameat(task, [args.fd(0), args.ptr(1)], [args.fd(2), args.ptr(3)], args.u32(4));
}

function renameat(task: Task, from: [number, number], to: [number, number], flags: number): number {
  if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) !== 0)
    fail(EINVAL, 'renameat2: flags');
  if ((flags & RENAME_EXCHANGE) !== 0 && flags !== RENAME_EXCHANGE)
    fail(EINVAL, 'renameat2: flags exclude each other');
  const name = readPath(task, from[1]);
  const newName = readPath(task, to[1]);
  rename(walkContextOf(task), { from: from[0], name, to: to[0], newName, flags });
  return 0;
}

/** link(2) */
function sysLink(task: Task, args: Args): number {
  return linkat(task, [AT_FDCWD, args.ptr(0)], [AT_FDCWD, args.ptr(1)], 0);
}

/** linkat(2) */
function sysLinkat(task: Task, args: Args): number {
  return linkat(task, [args.fd(0), args.ptr(1)], [args.fd(2), args.ptr(3)], args.u32(4));
}

function linkat(task: Task, from: [number, number], to: [number, number], flags: number): number {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) fail(EINVAL, 'linkat: flags');
  const isEmptyAllowed = (flags & AT_EMPTY_PATH) !== 0;
  // A descriptor that somebody else opened is no licence to give the file a name.
  if (isEmptyAllowed && from[0] >= 0 && !readPath(task, from[1]).startsWith('/')) {
    const opener = task.files.get(from[0])?.credentials ?? task.credentials;
    if (opener !== task.credentials && !task.capable(CAP_DAC_READ_SEARCH))
      fail(ENOENT, 'linkat: AT_EMPTY_PATH');
  }
  const source = lookupAt(task, ...from, { isFollowing: (flags & AT_SYMLINK_FOLLOW) !== 0, isEmptyAllowed });
  const { context, at, name } = atName(task, ...to);
  makeLink(context, source, at, name);
  return 0;
}

/** symlink(2) */
function sysSymlink(task: Task, args: Args): number {
  return symlinkat(task, args.ptr(0), AT_FDCWD, args.ptr(1));
}

/** symlinkat(2) */
function sysSymlinkat(task: Task, args: Args): number {
  return symlinkat(task, args.ptr(0), args.fd(1), args.ptr(2));
}

function symlinkat(task: Task, targetAt: number, dirfd: number, at: number): number {
  const target = readPath(task, targetAt);
  const link = atName(task, dirfd, at);
  makeSymlink(link.context, link.at, link.name, target);
  return 0;
}

/** readlink(2) */
function sysReadlink(task: Task, args: Args): number {
  return readlinkat(task, AT_FDCWD, args.ptr(0), args.ptr(1), args.i32(2));
}

/** readlinkat(2); an empty name reads the link that an O_PATH | O_NOFOLLOW descriptor names. */
function sysReadlinkat(task: Task, args: Args): number {
  return readlinkat(task, args.fd(0), args.ptr(1), args.ptr(2), args.i32(3));
}

function readlinkat(task: Task, dirfd: number, at: number, buffer: number, size: number): number {
  if (size <= 0) fail(EINVAL, 'readlink: size');
  const isEmpty = dirfd !== AT_FDCWD && task.memory.readString(at, PATH_MAX) === '';
  const path = lookupAt(task, dirfd, at, { isFollowing: false, isEmptyAllowed: isEmpty });
  const inode = path.dentry.inode!;
  if ((inode.mode & S_IFMT) !== S_IFLNK) fail(isEmpty ? ENOENT : EINVAL, 'readlink: not a symbolic link');
  const { kernel } = task;
  touchAtime(kernel, path.mount, inode);
  const magic = inode.followMagic();
  const target = magic === undefined ? inode.readlink() : pathname(magic, task.fs.root);
  const bytes = toBytes(target.length > size ? target.slice(0, size) : target);
  task.memory.copyOut(buffer, bytes);
  return bytes.length;
}

/** mknod(2) */
function sysMknod(task: Task, args: Args): number {
  return mknodat(task, AT_FDCWD, args.ptr(0), args.u32(1), args.u32(2));
}

/** mknodat(2) */
function sysMknodat(task: Task, args: Args): number {
  return mknodat(task, args.fd(0), args.ptr(1), args.u32(2), args.u32(3));
}

function mknodat(task: Task, dirfd: number, at: number, mode: number, device: number): number {
  const node = atName(task, dirfd, at);
  const { dentry } = makeNode(node.context, node.at, node.name, mode, device);
  // A socket that is made here, and not by bind(2), has only a name.
  const outside = dentry.inode!.outsideSocket();
  const bound = outside?.takeBound();
  if (bound !== undefined) outside!.sockets.release(bound);
  return 0;
}

export const renameLinkTable: Row[] = [
  [82, full('rename', 'path path', sysRename)],
  [86, full('link', 'path path', sysLink)],
  [87, full('unlink', 'path', sysUnlink)],
  [88, full('symlink', 'path path', sysSymlink)],
  [89, full('readlink', 'path buf len', sysReadlink)],
  [133, full('mknod', 'path octal hex', sysMknod)],
  [259, full('mknodat', 'dirfd path octal hex', sysMknodat)],
  [263, full('unlinkat', 'dirfd path hex', sysUnlinkat)],
  [264, full('renameat', 'dirfd path dirfd path', sysRenameat)],
  [265, full('linkat', 'dirfd path dirfd path hex', sysLinkat)],
  [266, full('symlinkat', 'path dirfd path', sysSymlinkat)],
  [267, full('readlinkat', 'dirfd path buf len', sysReadlinkat)],
  [316, full('renameat2', 'dirfd path dirfd path hex', sysRenameat2)],
];
