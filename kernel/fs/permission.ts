/**
 * Permission: who may do what with an inode. Linux counterpart: generic_permission and its callers in fs/namei.c and
 * fs/attr.c; path_resolution(7), capabilities(7). File access uses the fsuid, fsgid and groups of the credentials.
 */
import {
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  isCapable,
  isInGroup,
  type Credentials,
} from '../task/credentials.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_ISVTX, S_IXGRP } from '../abi/stat.ts';
import { EACCES, EPERM, EROFS } from '../abi/errno.ts';
import { MS_RDONLY } from '../abi/mount.ts';
import { fail } from '../errors.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './path.ts';

export const MAY_EXEC = 1;
export const MAY_WRITE = 2;
export const MAY_READ = 4;

type Owned = { readonly mode: number; readonly uid: number; readonly gid: number };

/** The rule of the mode bits and capabilities, without read-only file systems. */
export function modePermits(inode: Owned, mask: number, credentials: Credentials): boolean {
  const { mode } = inode;
  let granted = mode & 7;
  if (credentials.fsuid === inode.uid) granted = (mode >> 6) & 7;
  else if (isInGroup(credentials, inode.gid)) granted = (mode >> 3) & 7;
  if ((mask & ~granted) === 0) return true;
  if ((mode & S_IFMT) === S_IFDIR) {
    if ((mask & MAY_WRITE) === 0 && isCapable(credentials, CAP_DAC_READ_SEARCH)) return true;
    return isCapable(credentials, CAP_DAC_OVERRIDE);
  }
  if (mask === MAY_READ && isCapable(credentials, CAP_DAC_READ_SEARCH)) return true;
  // Nobody executes a file without any x bit, not even root.
  if ((mask & MAY_EXEC) !== 0 && (mode & 0o111) === 0) return false;
  return isCapable(credentials, CAP_DAC_OVERRIDE);
}

/** EROFS for writing to what lies on a read-only super block, EACCES if the inode's owner does not permit it. */
export function requirePermission(inode: Inode, mask: number, credentials: Credentials): void {
  if ((mask & MAY_WRITE) !== 0 && inode.superBlock.isReadOnly) {
    const type = inode.mode & S_IFMT;
    if (type === S_IFREG || type === S_IFDIR || type === S_IFLNK) fail(EROFS, 'read-only file system');
  }
  if (!inode.permits(mask, credentials)) fail(EACCES, 'mode bits');
}

export function isMountReadOnly(mount: Mount): boolean {
  return (mount.flags & MS_RDONLY) !== 0 || mount.superBlock.isReadOnly;
}

/** EROFS if nothing can be changed through the mount. */
export function requireWritableMount(mount: Mount): void {
  if (isMountReadOnly(mount)) fail(EROFS, 'read-only mount');
}

export function isOwnerOrCapable(inode: Owned, credentials: Credentials): boolean {
  return credentials.fsuid === inode.uid || isCapable(credentials, CAP_FOWNER);
}

/** EPERM unless the caller owns the file or has CAP_FOWNER. */
export function requireOwner(inode: Owned, credentials: Credentials): void {
  if (!isOwnerOrCapable(inode, credentials)) fail(EPERM, 'not the owner');
}

/** In a sticky directory only the owners of the file or the directory remove a name: EPERM. */
export function requireNotSticky(directory: Owned, victim: Owned, credentials: Credentials): void {
  if ((directory.mode & S_ISVTX) === 0) return;
  if (credentials.fsuid === victim.uid || credentials.fsuid === directory.uid) return;
  if (!isCapable(credentials, CAP_FOWNER)) fail(EPERM, 'sticky directory');
}

/** The mode with the set-id bits that a write by somebody else takes away (file_remove_privs). */
export function modeAfterWrite({ mode, gid }: Owned, credentials: Credentials): number {
  if ((mode & (S_ISUID | S_ISGID)) === 0 || (mode & S_IFMT) !== S_IFREG) return mode;
  if (isCapable(credentials, CAP_FSETID)) return mode;
  // A set-group-ID bit without an x bit means mandatory locking, which members of the group may keep.
  const isKept = (mode & S_IXGRP) === 0 && isInGroup(credentials, gid);
  return mode & ~(isKept ? S_ISUID : S_ISUID | S_ISGID);
}

/** Owner, group and mode of a new inode: inode_init_owner; the set-group-ID bit of a directory is inherited. */
export function ownershipInside(directory: Owned, mode: number, credentials: Credentials): Owned {
  const uid = credentials.fsuid;
  if ((directory.mode & S_ISGID) === 0) return { mode, uid, gid: credentials.fsgid };
  const inherited = (mode & S_IFMT) === S_IFDIR ? mode | S_ISGID : mode;
  return { mode: inherited, uid, gid: directory.gid };
}

/** Strips S_ISGID of a new executable in a set-group-ID directory whose group is not the caller's. */
export function modeForNew(directory: Owned, mode: number, credentials: Credentials): number {
  if ((mode & (S_ISGID | S_IXGRP)) !== (S_ISGID | S_IXGRP)) return mode;
  if ((mode & S_IFMT) === S_IFDIR || (directory.mode & S_ISGID) === 0) return mode;
  if (isInGroup(credentials, directory.gid) || isCapable(credentials, CAP_FSETID)) return mode;
  return mode & ~S_ISGID;
}
