/**
 * Attributes: mode, owner, times and size of a file, with the rules about who may change them and what changes along.
 * Linux counterpart: fs/attr.c, fs/open.c; chmod(2), chown(2), utimensat(2), truncate(2).
 */
import { EFBIG, EINVAL, EISDIR, EOPNOTSUPP, EPERM, ETXTBSY } from '../abi/errno.ts';
import { IN_ACCESS, IN_ATTRIB, IN_MODIFY } from '../abi/inotify.ts';
import {
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_ISGID,
  S_ISUID,
  S_IXGRP,
  UTIME_NOW,
  UTIME_OMIT,
} from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { CAP_CHOWN, CAP_FSETID, isCapable, isInGroup, type Credentials } from '../task/credentials.ts';
import type { Timespec } from '../time/timespec.ts';
import type { WalkContext } from './fs-context.ts';
import type { AttributeChange, Inode } from './inode.ts';
import { notifyDentry } from './inotify.ts';
import type { Dentry, Path } from './path.ts';
import {
  isOwnerOrCapable,
  MAY_WRITE,
  modeAfterWrite,
  requireOwner,
  requirePermission,
  requireWritableMount,
} from './permission.ts';
import { MAX_FILE_SIZE } from './seek.ts';

/** The files of anon_inodefs share one inode that nobody changes. */
function requireChangeable(inode: Inode): void {
  if ((inode.mode & S_IFMT) === 0) fail(EOPNOTSUPP, 'attributes of an anonymous inode');
}

/** chmod(2) on a place. */
export function changeMode(context: WalkContext, path: Path, mode: number): void {
  const inode = path.dentry.inode!;
  const { credentials } = context;
  inode.refresh();
  requireWritableMount(path.mount);
  requireChangeable(inode);
  if ((inode.mode & S_IFMT) === S_IFLNK) fail(EOPNOTSUPP, 'mode of a symbolic link');
  requireOwner(inode, credentials);
  let bits = mode & 0o7777;
  if ((bits & S_ISGID) !== 0 && !isInGroup(credentials, inode.gid) && !isCapable(credentials, CAP_FSETID)) {
    bits &= ~S_ISGID;
  }
  apply(path, { mode: bits, ctime: context.kernel.time.now() });
}

/** chown(2) on a place; -1 leaves an id as it is. */
export function changeOwner(context: WalkContext, path: Path, uid: number, gid: number): void {
  const inode = path.dentry.inode!;
  const { credentials } = context;
  inode.refresh();
  requireWritableMount(path.mount);
  requireChangeable(inode);
  const isOwner = credentials.fsuid === inode.uid;
  const mayChown = isCapable(credentials, CAP_CHOWN);
  if (uid !== -1 && !(isOwner && uid === inode.uid) && !mayChown) fail(EPERM, 'chown: owner');
  if (gid !== -1 && !(isOwner && (gid === inode.gid || isInGroup(credentials, gid))) && !mayChown) {
    fail(EPERM, 'chown: group');
  }
  const change: AttributeChange = { ctime: context.kernel.time.now() };
  if (uid !== -1) change.uid = uid;
  if (gid !== -1) change.gid = gid;
  const kept = modeAfterChown(inode, context);
  if (kept !== (inode.mode & 0o7777)) {
    requireOwner(inode, credentials);
    change.mode = kept;
  }
  if (uid !== -1 || gid !== -1 || change.mode !== undefined) apply(path, change);
  else inode.setattr(change);
}

/** A new owner does not inherit set-id bits; directories keep theirs. */
function modeAfterChown(inode: Inode, { credentials }: WalkContext): number {
  let bits = inode.mode & 0o7777;
  if ((inode.mode & S_IFMT) === S_IFDIR) return bits;
  bits &= ~S_ISUID;
  if ((bits & S_ISGID) === 0) return bits;
  const isKept =
    (bits & S_IXGRP) === 0 && (isInGroup(credentials, inode.gid) || isCapable(credentials, CAP_FSETID));
  return isKept ? bits : bits & ~S_ISGID;
}

/** utimensat(2) on a place. nsec may be UTIME_NOW or UTIME_OMIT. */
export function changeTimes(context: WalkContext, path: Path, atime: Timespec, mtime: Timespec): void {
  const inode = path.dentry.inode!;
  const { credentials, kernel } = context;
  inode.refresh();
  requireWritableMount(path.mount);
  const isTouch = atime.nsec === UTIME_NOW && mtime.nsec === UTIME_NOW;
  if (isTouch && !isOwnerOrCapable(inode, credentials)) requirePermission(inode, MAY_WRITE, credentials);
  requireChangeable(inode);
  if (!isTouch) requireOwner(inode, credentials);
  const now = kernel.time.now();
  const change: AttributeChange = { ctime: now };
  if (atime.nsec !== UTIME_OMIT) change.atime = atime.nsec === UTIME_NOW ? now : atime;
  if (mtime.nsec !== UTIME_OMIT) change.mtime = mtime.nsec === UTIME_NOW ? now : mtime;
  inode.setattr(change);
  const mask =
    change.atime !== undefined && change.mtime !== undefined
      ? IN_ATTRIB
      : (change.atime !== undefined ? IN_ACCESS : 0) | (change.mtime !== undefined ? IN_MODIFY : 0);
  if (mask !== 0) notifyDentry(path.dentry, mask);
}

/** truncate(2) on a place that the caller has not opened. */
export function truncatePath(context: WalkContext, path: Path, size: number): void {
  const inode = path.dentry.inode!;
  inode.refresh();
  const type = inode.mode & S_IFMT;
  if (type === S_IFDIR) fail(EISDIR, 'truncate of a directory');
  if (type !== S_IFREG) fail(EINVAL, 'truncate of something that is no regular file');
  requireWritableMount(path.mount);
  requirePermission(inode, MAY_WRITE, context.credentials);
  if (inode.executing > 0) fail(ETXTBSY, 'file is being executed');
  changeSize(context, path, size);
}

/** Sets the size of a regular file; permission was checked. Set-id bits go as on a write. */
export function changeSize(context: WalkContext, path: Path, size: number): void {
  const inode = path.dentry.inode!;
  if (size > MAX_FILE_SIZE) fail(EFBIG, 'size out of range');
  const now = context.kernel.time.now();
  // Also when the size stays as it is.
  const change: AttributeChange = { size, mtime: now, ctime: now };
  const mode = modeAfterWrite(inode, context.credentials);
  if (mode !== inode.mode) change.mode = mode & 0o7777;
  inode.setattr(change);
  inode.version++;
  notifyDentry(path.dentry, change.mode === undefined ? IN_MODIFY : IN_MODIFY | IN_ATTRIB);
}

function apply(path: Path, change: AttributeChange): void {
  path.dentry.inode!.setattr(change);
  notifyDentry(path.dentry, IN_ATTRIB);
}

/** Takes the set-id bits of a file that somebody writes to. */
export function dropSetId(dentry: Dentry, credentials: Credentials): void {
  const inode = dentry.inode!;
  const mode = modeAfterWrite(inode, credentials);
  if (mode === inode.mode) return;
  inode.setattr({ mode: mode & 0o7777 });
  notifyDentry(dentry, IN_ATTRIB);
}
