/**
 * Extended attributes: which names exist and who may read and write them. xattr(7), fs/xattr.c.
 */
import { EEXIST, EINVAL, ENODATA, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import { IN_ATTRIB } from '../abi/inotify.ts';
import { S_IFDIR, S_IFMT, S_IFREG, S_ISVTX } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { CAP_SETFCAP, CAP_SYS_ADMIN, isCapable, type Credentials } from '../task/credentials.ts';
import type { WalkContext } from './fs-context.ts';
import type { Inode } from './inode.ts';
import { notifyDentry } from './inotify.ts';
import type { Path } from './path.ts';
import {
  isOwnerOrCapable,
  MAY_READ,
  MAY_WRITE,
  requirePermission,
  requireWritableMount,
} from './permission.ts';

export const XATTR_CREATE = 1;
export const XATTR_REPLACE = 2;
export const XATTR_NAME_MAX = 255;
export const XATTR_SIZE_MAX = 65536;

/** The rules of the name's namespace: xattr_permission. */
function requireXattrPermission(inode: Inode, name: string, mask: number, credentials: Credentials): void {
  const isWriting = (mask & MAY_WRITE) !== 0;
  if (name.startsWith('security.')) {
    if ((inode.mode & S_IFMT) === 0) fail(EOPNOTSUPP, 'attributes of an anonymous inode');
    const needed = name === 'security.capability' ? CAP_SETFCAP : CAP_SYS_ADMIN;
    if (isWriting && !isCapable(credentials, needed)) fail(EPERM, 'security attribute');
    return;
  }
  if (name.startsWith('trusted.')) {
    if (!isCapable(credentials, CAP_SYS_ADMIN)) fail(isWriting ? EPERM : ENODATA, 'trusted attribute');
    return;
  }
  if (!name.startsWith('user.')) {
    if (!name.startsWith('system.')) requirePermission(inode, mask, credentials);
    fail(EOPNOTSUPP, 'unknown attribute namespace');
  }
  const type = inode.mode & S_IFMT;
  if (type !== S_IFREG && type !== S_IFDIR)
    fail(isWriting ? EPERM : ENODATA, 'user attribute of a special file');
  if (
    type === S_IFDIR &&
    (inode.mode & S_ISVTX) !== 0 &&
    isWriting &&
    !isOwnerOrCapable(inode, credentials)
  ) {
    fail(EPERM, 'user attribute of a sticky directory');
  }
  requirePermission(inode, mask, credentials);
}

/** EINVAL for a namespace without a name. */
function requireSuffix(name: string): void {
  if (name.endsWith('.') && name.indexOf('.') === name.length - 1) fail(EINVAL, 'attribute without a name');
}

export function setXattr(
  { credentials }: WalkContext,
  path: Path,
  name: string,
  value: Uint8Array,
  flags: number,
): void {
  const inode = path.dentry.inode!;
  requireWritableMount(path.mount);
  requireXattrPermission(inode, name, MAY_WRITE, credentials);
  requireSuffix(name);
  if (flags !== 0) {
    const exists = inode.getXattr(name) !== undefined;
    if ((flags & XATTR_CREATE) !== 0 && exists) fail(EEXIST, 'XATTR_CREATE');
    if ((flags & XATTR_REPLACE) !== 0 && !exists) fail(ENODATA, 'XATTR_REPLACE');
  }
  inode.setXattr(name, value);
  notifyDentry(path.dentry, IN_ATTRIB);
}

export function getXattr({ credentials }: WalkContext, path: Path, name: string): Uint8Array {
  const inode = path.dentry.inode!;
  requireXattrPermission(inode, name, MAY_READ, credentials);
  requireSuffix(name);
  return inode.getXattr(name) ?? fail(ENODATA, 'no such attribute');
}

/** The names that the caller may see. */
export function listXattrs({ credentials }: WalkContext, path: Path): string[] {
  const names = path.dentry.inode!.listXattrs();
  return isCapable(credentials, CAP_SYS_ADMIN) ? names : names.filter(name => !name.startsWith('trusted.'));
}

export function removeXattr({ credentials }: WalkContext, path: Path, name: string): void {
  const inode = path.dentry.inode!;
  requireWritableMount(path.mount);
  requireXattrPermission(inode, name, MAY_WRITE, credentials);
  requireSuffix(name);
  if (!inode.removeXattr(name)) fail(ENODATA, 'no such attribute');
  notifyDentry(path.dentry, IN_ATTRIB);
}
