/**
 * What is known about a file, and who may do what: stat(2), statx(2), access(2). Changes are in file-attributes.ts.
 */
import { EACCES, EBADF, EINVAL } from '../abi/errno.ts';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_STATX_SYNC_TYPE,
  AT_SYMLINK_NOFOLLOW,
  R_OK,
  W_OK,
  X_OK,
} from '../abi/fcntl.ts';
import { MS_NOEXEC } from '../abi/mount.ts';
import {
  majorOf,
  minorOf,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  Stat,
  Statx,
  STATX__RESERVED,
  STATX_ATTR_MOUNT_ROOT,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_MNT_ID,
} from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { walkContextOf } from '../fs/fs-context.ts';
import type { Inode } from '../fs/inode.ts';
import { LOOKUP_EMPTY, LOOKUP_FOLLOW, lookupPath } from '../fs/path-walk.ts';
import type { Path } from '../fs/path.ts';
import { requirePermission, requireWritableMount } from '../fs/permission.ts';
import type { Credentials } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { atPath, pathAt, readPath } from './at-path.ts';
import { full, type Row } from './table.ts';

/** struct stat of an inode. */
function encodeStat(inode: Inode): Uint8Array<ArrayBuffer> {
  inode.refresh();
  return Stat.encode({
    dev: inode.superBlock.device,
    ino: inode.ino,
    nlink: inode.nlink,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    rdev: inode.rdev,
    size: inode.size,
    blksize: inode.blockSize,
    blocks: inode.blocks,
    atimeSec: inode.atime.sec,
    atimeNsec: inode.atime.nsec,
    mtimeSec: inode.mtime.sec,
    mtimeNsec: inode.mtime.nsec,
    ctimeSec: inode.ctime.sec,
    ctimeNsec: inode.ctime.nsec,
  });
}

function putStat(task: Task, at: number, path: Path): number {
  task.memory.copyOut(at, encodeStat(path.dentry.inode!));
  return 0;
}

function openedPath(task: Task, fd: number): Path {
  return task.files.get(fd)?.path ?? fail(EBADF, 'no such descriptor');
}

/** stat(2) */
function sysStat(task: Task, args: Args): number {
  return putStat(task, args.ptr(1), pathAt(task, args.ptr(0)));
}

/** lstat(2) */
function sysLstat(task: Task, args: Args): number {
  return putStat(task, args.ptr(1), pathAt(task, args.ptr(0), 'stay'));
}

/** fstat(2) */
function sysFstat(task: Task, args: Args): number {
  return putStat(task, args.ptr(1), openedPath(task, args.fd(0)));
}

/** newfstatat(2) */
function sysNewfstatat(task: Task, args: Args): number {
  return putStat(task, args.ptr(2), metadataPath(task, args.fd(0), args.ptr(1), args.u32(3)));
}

/** A path for stat: the common `fstatat(fd, "", AT_EMPTY_PATH)` needs no walk. */
function metadataPath(task: Task, dirfd: number, at: number, flags: number): Path {
  const known = AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE;
  if (
    (flags & AT_EMPTY_PATH) !== 0 &&
    (flags & ~(known | AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) === 0 &&
    dirfd >= 0
  ) {
    if (at === 0 || task.memory.readU8(at) === 0) return openedPath(task, dirfd);
  }
  // A null pointer is an empty name with AT_EMPTY_PATH, for stat and since Linux 6.11.
  if (at === 0 && (flags & AT_EMPTY_PATH) !== 0 && dirfd === AT_FDCWD) return task.fs.cwd;
  return atPath(task, dirfd, at, flags, known);
}

/** statx(2) */
function sysStatx(task: Task, args: Args): number {
  const flags = args.u32(2);
  const mask = args.u32(3);
  if ((mask & STATX__RESERVED) !== 0) fail(EINVAL, 'statx: reserved mask bit');
  if ((flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) fail(EINVAL, 'statx: sync type');
  const path = metadataPath(task, args.fd(0), args.ptr(1), flags);
  const inode = path.dentry.inode!;
  inode.refresh();
  const { device } = inode.superBlock;
  const isMountRoot = path.dentry === path.mount.root;
  const value = Statx.encode({
    mask: STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID,
    blksize: inode.blockSize,
    attributes: isMountRoot ? STATX_ATTR_MOUNT_ROOT : 0,
    attributesMask: STATX_ATTR_MOUNT_ROOT,
    nlink: inode.nlink,
    uid: inode.uid,
    gid: inode.gid,
    mode: inode.mode,
    ino: inode.ino,
    size: inode.size,
    blocks: inode.blocks,
    atimeSec: inode.atime.sec,
    atimeNsec: inode.atime.nsec,
    btimeSec: inode.btime.sec,
    btimeNsec: inode.btime.nsec,
    ctimeSec: inode.ctime.sec,
    ctimeNsec: inode.ctime.nsec,
    mtimeSec: inode.mtime.sec,
    mtimeNsec: inode.mtime.nsec,
    rdevMajor: majorOf(inode.rdev),
    rdevMinor: minorOf(inode.rdev),
    devMajor: majorOf(device),
    devMinor: minorOf(device),
    mntId: path.mount.id,
  });
  task.memory.copyOut(args.ptr(4), value);
  return 0;
}

/** access(2) */
function sysAccess(task: Task, args: Args): number {
  return access(task, AT_FDCWD, args.ptr(0), args.u32(1), 0);
}

/** faccessat(2); the flags of the library function are faccessat2's. */
function sysFaccessat(task: Task, args: Args): number {
  return access(task, args.fd(0), args.ptr(1), args.u32(2), 0);
}

/** faccessat2(2) */
function sysFaccessat2(task: Task, args: Args): number {
  return access(task, args.fd(0), args.ptr(1), args.u32(2), args.u32(3));
}

/** With the real ids instead of the effective ones, unless AT_EACCESS. */
function access(task: Task, dirfd: number, at: number, mode: number, flags: number): number {
  if ((mode & ~(R_OK | W_OK | X_OK)) !== 0) fail(EINVAL, 'access: mode');
  if ((flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) fail(EINVAL, 'faccessat2: flags');
  const name = readPath(task, at);
  const credentials = (flags & AT_EACCESS) !== 0 ? task.credentials : realCredentials(task.credentials);
  const context = { ...walkContextOf(task), credentials };
  const lookup =
    ((flags & AT_SYMLINK_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0) |
    ((flags & AT_EMPTY_PATH) !== 0 ? LOOKUP_EMPTY : 0);
  const path = lookupPath(context, dirfd, name, lookup);
  const inode = path.dentry.inode!;
  const type = inode.mode & S_IFMT;
  inode.refresh();
  if ((mode & X_OK) !== 0 && type === S_IFREG && (path.mount.flags & MS_NOEXEC) !== 0) fail(EACCES, 'noexec');
  requirePermission(inode, mode, credentials);
  if ((mode & W_OK) !== 0 && (type === S_IFREG || type === S_IFDIR || type === S_IFLNK)) {
    requireWritableMount(path.mount);
  }
  return 0;
}

/** What the real user could do: root's capabilities or none (without SECBIT_NO_SETUID_FIXUP). */
function realCredentials(credentials: Credentials): Credentials {
  const { uid, gid, fsuid, fsgid, permitted } = credentials;
  const effective = uid === 0 ? permitted : 0n;
  if (uid === fsuid && gid === fsgid && effective === credentials.effective) return credentials;
  return { ...credentials, fsuid: uid, fsgid: gid, effective };
}

export const fileMetadataTable: Row[] = [
  [4, full('stat', 'path stat_ptr', sysStat)],
  [5, full('fstat', 'fd stat_ptr', sysFstat)],
  [6, full('lstat', 'path stat_ptr', sysLstat)],
  [21, full('access', 'path int', sysAccess)],
  [262, full('newfstatat', 'dirfd path stat_ptr hex', sysNewfstatat)],
  [269, full('faccessat', 'dirfd path int', sysFaccessat)],
  [332, full('statx', 'dirfd path hex hex ptr', sysStatx)],
  [439, full('faccessat2', 'dirfd path int hex', sysFaccessat2)],
];
