/**
 * Removing and moving names: unlink(2), rmdir(2), rename(2). Linux counterpart: may_delete, vfs_unlink, vfs_rmdir,
 * do_renameat2 in fs/namei.c. Checks are in Linux's order.
 */
import { EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EXDEV } from '../abi/errno.ts';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '../abi/fcntl.ts';
import { IN_ATTRIB, IN_DELETE, IN_ISDIR, IN_MOVE_SELF, IN_MOVED_FROM, IN_MOVED_TO } from '../abi/inotify.ts';
import { S_IFCHR } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import type { WalkContext } from './fs-context.ts';
import type { Inode } from './inode.ts';
import { notify, notifyEntry } from './inotify.ts';
import { lookupParent, type At } from './path-walk.ts';
import { isBelow, type Dentry } from './path.ts';
import {
  MAY_EXEC,
  MAY_WRITE,
  requireNotSticky,
  requirePermission,
  requireWritableMount,
} from './permission.ts';

/** May the caller take this name away, as a directory or as something else? */
function requireMayDelete(
  context: WalkContext,
  directory: Inode,
  victim: Inode,
  kind: 'directory' | 'other',
): void {
  const { credentials } = context;
  requirePermission(directory, MAY_WRITE | MAY_EXEC, credentials);
  victim.refresh();
  requireNotSticky(directory, victim, credentials);
  if (kind === 'directory' && !victim.isDirectory) fail(ENOTDIR, 'not a directory');
  if (kind === 'other' && victim.isDirectory) fail(EISDIR, 'is a directory');
  if (directory.isDead) fail(ENOENT, 'directory was removed');
}

function requireNotMounted(dentry: Dentry): void {
  if (dentry.mounts.length > 0) fail(EBUSY, 'something is mounted there');
}

export function unlink(context: WalkContext, at: At, name: string): void {
  const walker = lookupParent(context, at, name);
  if (walker.lastKind !== 'name') fail(EISDIR, 'unlink of a directory');
  requireWritableMount(walker.mount);
  const dentry = walker.lookupLast();
  const { inode } = dentry;
  if (inode === undefined) return fail(ENOENT, 'no such name');
  if (walker.hasTrailingSlash) fail(inode.isDirectory ? EISDIR : ENOTDIR, 'trailing slash');
  const directory = walker.dentry.inode!;
  requireMayDelete(context, directory, inode, 'other');
  requireNotMounted(dentry);
  directory.unlink(walker.last, inode);
  const { vfs } = context.kernel;
  vfs.dentries.remove(dentry);
  notify(inode, IN_ATTRIB);
  vfs.evictIfUnused(inode);
  notifyEntry(directory, IN_DELETE, walker.last, inode);
}

export function removeDirectory(context: WalkContext, at: At, name: string): void {
  const walker = lookupParent(context, at, name);
  if (walker.lastKind === 'dotdot') fail(ENOTEMPTY, 'rmdir of «..»');
  if (walker.lastKind === 'dot') fail(EINVAL, 'rmdir of «.»');
  if (walker.lastKind === 'root') fail(EBUSY, 'rmdir of the root');
  requireWritableMount(walker.mount);
  const dentry = walker.lookupLast();
  const { inode } = dentry;
  if (inode === undefined) return fail(ENOENT, 'no such name');
  const directory = walker.dentry.inode!;
  requireMayDelete(context, directory, inode, 'directory');
  requireNotMounted(dentry);
  directory.rmdir(walker.last, inode);
  inode.isDead = true;
  const { vfs } = context.kernel;
  vfs.dentries.remove(dentry);
  vfs.evictIfUnused(inode);
  notifyEntry(directory, IN_DELETE, walker.last, inode);
}

export interface RenameRequest {
  /** Where the names begin: a place, or a directory descriptor of the task. */
  readonly from: At;
  readonly name: string;
  readonly to: At;
  readonly newName: string;
  /** RENAME_* */
  readonly flags: number;
}

export function rename(context: WalkContext, request: RenameRequest): void {
  const { flags } = request;
  const { dentries } = context.kernel.vfs;
  const isExchange = (flags & RENAME_EXCHANGE) !== 0;
  const isNoReplace = (flags & RENAME_NOREPLACE) !== 0;
  const from = lookupParent(context, request.from, request.name);
  const to = lookupParent(context, request.to, request.newName);
  if (from.mount !== to.mount) fail(EXDEV, 'rename across mounts');
  if (from.lastKind !== 'name') fail(EBUSY, 'rename of «.», «..» or the root');
  if (to.lastKind !== 'name') fail(isNoReplace ? EEXIST : EBUSY, 'rename to «.», «..» or the root');
  requireWritableMount(from.mount);
  const source = from.lookupLast();
  const moved = source.inode;
  if (moved === undefined) return fail(ENOENT, 'no such name');
  const target = to.lookupLast();
  const replaced = target.inode;
  if (isNoReplace && replaced !== undefined) fail(EEXIST, 'RENAME_NOREPLACE');
  if (isExchange) {
    if (replaced === undefined) return fail(ENOENT, 'RENAME_EXCHANGE with nothing');
    if (!replaced.isDirectory && to.hasTrailingSlash) fail(ENOTDIR, 'trailing slash');
  }
  if (!moved.isDirectory) {
    if (from.hasTrailingSlash) fail(ENOTDIR, 'trailing slash');
    if (!isExchange && to.hasTrailingSlash) fail(ENOTDIR, 'trailing slash');
  }
  if (source !== from.dentry && isBelow(to.dentry, source)) fail(EINVAL, 'directory into itself');
  if (replaced !== undefined && isBelow(from.dentry, target)) {
    fail(isExchange ? EINVAL : ENOTEMPTY, 'target is above the source');
  }
  if (moved === replaced) return;

  const oldDirectory = from.dentry.inode!;
  const newDirectory = to.dentry.inode!;
  const kind = moved.isDirectory ? 'directory' : 'other';
  requireMayDelete(context, oldDirectory, moved, kind);
  if (replaced === undefined) {
    if (newDirectory.isDead) fail(ENOENT, 'directory was removed');
    requirePermission(newDirectory, MAY_WRITE | MAY_EXEC, context.credentials);
  } else {
    const other = replaced.isDirectory ? 'directory' : 'other';
    requireMayDelete(context, newDirectory, replaced, isExchange ? other : kind);
  }
  // A directory that gets another parent has its «..» changed, which is a write to it.
  if (oldDirectory !== newDirectory) {
    if (kind === 'directory') requirePermission(moved, MAY_WRITE, context.credentials);
    if (isExchange && replaced!.isDirectory) requirePermission(replaced!, MAY_WRITE, context.credentials);
  }
  requireNotMounted(source);
  requireNotMounted(target);

  const leavesWhiteout = (flags & RENAME_WHITEOUT) !== 0;
  if (leavesWhiteout && oldDirectory.superBlock.typeName !== 'tmpfs') fail(EINVAL, 'RENAME_WHITEOUT');
  const how = isExchange ? 'exchange' : isNoReplace ? 'noreplace' : 'replace';
  oldDirectory.rename(from.last, moved, newDirectory, to.last, replaced, how);
  if (isExchange) dentries.exchange(source, target);
  else dentries.move(source, to.dentry, to.last);
  if (leavesWhiteout) {
    const whiteout = oldDirectory.mknod(from.last, S_IFCHR, 0, context.credentials);
    dentries.add(from.dentry, from.last, whiteout);
  }

  const cookie = context.kernel.vfs.watches.nextCookie++;
  notifyEntry(oldDirectory, IN_MOVED_FROM, from.last, moved, cookie);
  notifyEntry(newDirectory, IN_MOVED_TO, to.last, moved, cookie);
  if (!isExchange && replaced !== undefined)
    notify(replaced, replaced.isDirectory ? IN_ATTRIB | IN_ISDIR : IN_ATTRIB);
  notify(moved, IN_MOVE_SELF);
  if (isExchange) {
    const second = context.kernel.vfs.watches.nextCookie++;
    notifyEntry(newDirectory, IN_MOVED_FROM, to.last, replaced!, second);
    notifyEntry(oldDirectory, IN_MOVED_TO, from.last, replaced!, second);
    notify(replaced!, IN_MOVE_SELF);
  } else if (replaced !== undefined) {
    if (replaced.isDirectory) replaced.isDead = true;
    context.kernel.vfs.evictIfUnused(replaced);
  }
}
