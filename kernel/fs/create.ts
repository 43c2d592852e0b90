/**
 * Making names: mkdir(2), mknod(2), symlink(2), link(2). Linux counterpart: filename_create and vfs_* in fs/namei.c.
 */
import { EEXIST, EINVAL, ENOENT, EPERM, EXDEV } from '../abi/errno.ts';
import { IN_ATTRIB, IN_CREATE } from '../abi/inotify.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK, S_ISVTX } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { CAP_MKNOD, isCapable } from '../task/credentials.ts';
import type { WalkContext } from './fs-context.ts';
import type { Inode } from './inode.ts';
import { notify, notifyEntry } from './inotify.ts';
import { lookupParent, type At } from './path-walk.ts';
import type { Path } from './path.ts';
import { MAY_EXEC, MAY_WRITE, modeForNew, requirePermission, requireWritableMount } from './permission.ts';

interface NewName {
  /** The directory in which the name is to be. */
  readonly parent: Path;
  readonly name: string;
}

/** Resolves a name that must not exist yet; `kind` says whether a trailing slash is all right. */
function newName(context: WalkContext, at: At, name: string, kind: 'directory' | 'other'): NewName {
  const walker = lookupParent(context, at, name);
  if (walker.lastKind !== 'name') fail(EEXIST, 'name is a directory that exists');
  const dentry = walker.lookupLast();
  if (dentry.inode !== undefined) fail(EEXIST, 'name exists');
  walker.path.dentry.inode!.refuseNewNames();
  if (walker.hasTrailingSlash && kind === 'other')
    fail(ENOENT, 'trailing slash after a name that is no directory');
  requireWritableMount(walker.mount);
  return { parent: walker.path, name: walker.last };
}

/** May the caller make an entry in this directory? */
function requireMayCreate(context: WalkContext, directory: Inode): void {
  if (directory.isDead) fail(ENOENT, 'directory was removed');
  requirePermission(directory, MAY_WRITE | MAY_EXEC, context.credentials);
}

function register(context: WalkContext, { parent, name }: NewName, inode: Inode): Path {
  const dentry = context.kernel.vfs.dentries.add(parent.dentry, name, inode);
  notifyEntry(parent.dentry.inode!, IN_CREATE, name, inode);
  return { mount: parent.mount, dentry };
}

export function makeDirectory(context: WalkContext, at: At, name: string, mode: number): Path {
  const place = newName(context, at, name, 'directory');
  const directory = place.parent.dentry.inode!;
  requireMayCreate(context, directory);
  const wanted = S_IFDIR | (mode & (0o777 | S_ISVTX) & ~context.umask);
  return register(context, place, directory.mkdir(place.name, wanted, context.credentials));
}

/** mknod(2): regular files, FIFOs, sockets and devices. The path is of the new node. */
export function makeNode(context: WalkContext, at: At, name: string, mode: number, device: number): Path {
  const { credentials } = context;
  const type = (mode & S_IFMT) === 0 ? S_IFREG : mode & S_IFMT;
  if (type === S_IFDIR) fail(EPERM, 'mknod of a directory');
  if (![S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK].includes(type)) fail(EINVAL, 'mknod: unknown type');
  const place = newName(context, at, name, 'other');
  const directory = place.parent.dentry.inode!;
  requireMayCreate(context, directory);
  const isDevice = type === S_IFCHR || type === S_IFBLK;
  if (isDevice && !isCapable(credentials, CAP_MKNOD)) fail(EPERM, 'mknod of a device');
  const wanted = modeForNew(directory, type | (mode & 0o7777 & ~context.umask), credentials);
  const inode =
    type === S_IFREG
      ? directory.create(place.name, wanted, credentials)
      : directory.mknod(place.name, wanted, isDevice ? device : 0, credentials);
  return register(context, place, inode);
}

export function makeSymlink(context: WalkContext, at: At, name: string, target: string): Path {
  if (target === '') fail(ENOENT, 'symlink: empty target');
  const place = newName(context, at, name, 'other');
  const directory = place.parent.dentry.inode!;
  requireMayCreate(context, directory);
  return register(context, place, directory.symlink(place.name, target, context.credentials));
}

/** link(2): a further name for what `source` is. */
export function makeLink(context: WalkContext, source: Path, at: At, name: string): Path {
  const place = newName(context, at, name, 'other');
  if (source.mount !== place.parent.mount) fail(EXDEV, 'link across mounts');
  const target = source.dentry.inode!;
  const directory = place.parent.dentry.inode!;
  requireMayCreate(context, directory);
  if (target.superBlock !== directory.superBlock) fail(EXDEV, 'link across file systems');
  if ((target.mode & S_IFMT) === S_IFDIR) fail(EPERM, 'link to a directory');
  if (target.nlink === 0 && !target.isLinkable) fail(ENOENT, 'file has no name any more');
  directory.link(place.name, target);
  target.isLinkable = false;
  const dentry = context.kernel.vfs.dentries.add(place.parent.dentry, place.name, target);
  notify(target, IN_ATTRIB);
  notifyEntry(directory, IN_CREATE, place.name, target);
  return { mount: place.parent.mount, dentry };
}
