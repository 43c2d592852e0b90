/**
 * Opening: from a name and flags to a File. Linux counterpart: path_openat in fs/namei.c, do_dentry_open in fs/open.c;
 * open(2), openat2(2). Checks are in Linux's order.
 */
import { EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENXIO, EPERM, ESTALE, ETXTBSY } from '../abi/errno.ts';
import {
  O_ACCMODE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_TMPFILE,
  O_TMPFILE_BIT,
  O_TRUNC,
} from '../abi/fcntl.ts';
import { MS_NODEV, MS_NOEXEC } from '../abi/mount.ts';
import { IN_CREATE, IN_OPEN } from '../abi/inotify.ts';
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISVTX,
} from '../abi/stat.ts';
import { Errno, fail } from '../errors.ts';
import { changeSize } from './attributes.ts';
import { openFifo } from './fifo.ts';
import { File, type OpenContext } from './file.ts';
import type { WalkContext } from './fs-context.ts';
import type { Inode } from './inode.ts';
import { notifyEntry, notifyFile } from './inotify.ts';
import {
  LOOKUP_DIRECTORY,
  LOOKUP_FOLLOW,
  lookupPath,
  Walker,
  requireName,
  startOf,
  type At,
} from './path-walk.ts';
import { Dentry, type Path } from './path.ts';
import {
  isOwnerOrCapable,
  MAY_EXEC,
  MAY_READ,
  MAY_WRITE,
  modeForNew,
  requirePermission,
  requireWritableMount,
} from './permission.ts';

/** What open wants: O_* flags, the mode of a new file, RESOLVE_*. */
export interface OpenRequest {
  readonly flags: number;
  readonly mode: number;
  readonly resolve: number;
}

/** A file that only names a place: O_PATH. */
class PathFile extends File {}

const O_PATH_FLAGS = O_PATH | O_DIRECTORY | O_NOFOLLOW;
/** They matter at the open only; F_GETFL does not show them. */
const CREATION_FLAGS = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC;

/** open(2) for any context. The file has one reference, which is the caller's. */
export function openPath(context: WalkContext, at: At, name: string, request: OpenRequest): File {
  return retryIfStale(() => openOnce(context, at, name, request));
}

/**
 * hostfs may remember a name for a while under which the host has put another file meanwhile. It finds out when it
 * opens the file, and forgets the name; so the second walk sees the new one. Linux: retry_estale.
 */
function retryIfStale(open: () => File): File {
  try {
    return open();
  } catch (error) {
    if (error instanceof Errno && error.errno === ESTALE) return open();
    throw error;
  }
}

function openOnce(context: WalkContext, at: At, name: string, request: OpenRequest): File {
  let { flags } = request;
  requireOpenFlags(flags);
  if (isUnnamed(flags)) return openUnnamed(context, at, name, request);
  if ((flags & O_PATH) !== 0) flags &= O_PATH_FLAGS;
  let lookup = (flags & O_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0;
  if ((flags & O_DIRECTORY) !== 0) lookup |= LOOKUP_DIRECTORY;
  if ((flags & O_PATH) !== 0) {
    return registered(context, new PathFile(lookupPath(context, at, name, lookup, request.resolve), flags));
  }
  if ((flags & O_CREAT) === 0) {
    const path = lookupPath(context, at, name, lookup, request.resolve);
    return openFound(context, path, flags);
  }
  if ((flags & O_EXCL) !== 0) lookup &= ~LOOKUP_FOLLOW;
  return openOrCreate(context, at, name, { ...request, flags }, lookup);
}

/** EINVAL for flags that exclude each other; open(2) checks them before it looks at the name. */
export function requireOpenFlags(flags: number): void {
  if ((flags & (O_DIRECTORY | O_CREAT)) === (O_DIRECTORY | O_CREAT)) fail(EINVAL, 'O_CREAT with O_DIRECTORY');
  if (!isUnnamed(flags)) return;
  if ((flags & O_TMPFILE) !== O_TMPFILE) fail(EINVAL, 'O_TMPFILE without O_DIRECTORY');
  if ((flags & O_ACCMODE) === 0) fail(EINVAL, 'O_TMPFILE without write access');
}

function isUnnamed(flags: number): boolean {
  return (flags & O_TMPFILE_BIT) !== 0 && (flags & O_PATH) === 0;
}

/** Opens a place that was found by other means (a magic link, a directory entry): permission checks included. */
function openFound(context: WalkContext, path: Path, flags: number): File {
  const inode = path.dentry.inode!;
  const type = inode.mode & S_IFMT;
  const isTruncating = (flags & O_TRUNC) !== 0 && type === S_IFREG;
  inode.refresh();
  if (isTruncating) requireWritableMount(path.mount);
  requireMayOpen(context, path, flags);
  const file = makeFile(context, path, flags);
  if (isTruncating) {
    try {
      changeSize(context, path, 0);
    } catch (error) {
      context.kernel.vfs.put(file);
      throw error;
    }
  }
  return file;
}

function openOrCreate(
  context: WalkContext,
  at: At,
  name: string,
  request: OpenRequest,
  lookup: number,
): File {
  requireName(name);
  const walker = new Walker(context, startOf(context, at, name, request.resolve), lookup, request.resolve);
  walker.walkToParent(name);
  for (;;) {
    if (walker.lastKind !== 'name') {
      walker.walkLast();
      if ((request.flags & O_EXCL) !== 0) fail(EEXIST, 'O_EXCL');
      return fail(EISDIR, 'O_CREAT of a directory');
    }
    if (walker.hasTrailingSlash) fail(EISDIR, 'O_CREAT with a trailing slash');
    const directory = walker.dentry.inode!;
    const child = walker.lookupLast();
    if (child.inode === undefined) {
      const dentry = createFile(context, walker.path, walker.last, request.mode);
      return makeFile(context, { mount: walker.mount, dentry }, request.flags);
    }
    const target = walker.stepInto(child, (lookup & LOOKUP_FOLLOW) !== 0 ? 'follow' : 'stay');
    if (target !== undefined) {
      walker.walkToParent(target);
      continue;
    }
    if ((request.flags & O_EXCL) !== 0) fail(EEXIST, 'O_EXCL');
    if ((walker.dentry.inode!.mode & S_IFMT) === S_IFDIR) fail(EISDIR, 'O_CREAT of a directory');
    requireNotPlanted(context, directory, walker.dentry.inode!);
    return openFound(context, walker.path, request.flags);
  }
}

/**
 * O_CREAT in a sticky directory that all may write to does not open devices, sockets and links that somebody else put
 * there; for regular files and FIFOs it does (fs.protected_regular and fs.protected_fifos are 0).
 */
function requireNotPlanted({ credentials }: WalkContext, directory: Inode, inode: Inode): void {
  const type = inode.mode & S_IFMT;
  if ((directory.mode & S_ISVTX) === 0 || type === S_IFREG || type === S_IFIFO) return;
  if (inode.uid === directory.uid || inode.uid === credentials.fsuid) return;
  if ((directory.mode & 0o002) !== 0)
    fail(EACCES, 'O_CREAT of a file of somebody else in a sticky directory');
}

/** Makes a regular file in a directory: the permission checks of O_CREAT, the umask, the new dentry. */
function createFile(context: WalkContext, directory: Path, name: string, mode: number): Dentry {
  const inode = directory.dentry.inode!;
  inode.refuseNewNames();
  requireWritableMount(directory.mount);
  requirePermission(inode, MAY_WRITE | MAY_EXEC, context.credentials);
  const wanted = modeForNew(inode, S_IFREG | (mode & 0o7777 & ~context.umask), context.credentials);
  const made = inode.create(name, wanted, context.credentials);
  const dentry = context.kernel.vfs.dentries.add(directory.dentry, name, made);
  notifyEntry(inode, IN_CREATE, name, made);
  return dentry;
}

/** O_TMPFILE: a regular file without a name, in the file system of a directory. */
function openUnnamed(context: WalkContext, at: At, name: string, request: OpenRequest): File {
  const { flags, mode, resolve } = request;
  const lookup = LOOKUP_DIRECTORY | ((flags & O_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0);
  const directory = lookupPath(context, at, name, lookup, resolve);
  const parent = directory.dentry.inode!;
  requireWritableMount(directory.mount);
  requirePermission(parent, MAY_WRITE | MAY_EXEC, context.credentials);
  const wanted = modeForNew(parent, S_IFREG | (mode & 0o7777 & ~context.umask), context.credentials);
  const inode = parent.createUnnamed(wanted, context.credentials);
  inode.isLinkable = (flags & O_EXCL) === 0;
  const dentry = new Dentry(`#${inode.ino}`, directory.dentry, inode, parent.superBlock);
  dentry.isUnlinked = true;
  return makeFile(context, { mount: directory.mount, dentry }, flags & ~O_TRUNC);
}

/** The checks on an existing file: may_open in Linux. */
function requireMayOpen(context: WalkContext, path: Path, flags: number): void {
  const inode = path.dentry.inode!;
  let mask = ACCESS[flags & O_ACCMODE]!;
  if ((flags & O_TRUNC) !== 0) mask |= MAY_WRITE;
  switch (inode.mode & S_IFMT) {
    case S_IFLNK:
      return fail(ELOOP, 'O_NOFOLLOW of a symbolic link');
    case S_IFDIR:
      if ((mask & MAY_WRITE) !== 0) fail(EISDIR, 'directory opened for writing');
      break;
    case S_IFBLK:
    case S_IFCHR:
      if ((path.mount.flags & MS_NODEV) !== 0) fail(EACCES, 'mount has nodev');
  }
  requirePermission(inode, mask, context.credentials);
  if ((flags & O_NOATIME) !== 0 && !isOwnerOrCapable(inode, context.credentials)) fail(EPERM, 'O_NOATIME');
}

const ACCESS = [MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE];

/** The description itself, without permission checks: do_dentry_open. */
function makeFile(context: WalkContext, path: Path, flags: number, isQuiet = false): File {
  const inode = path.dentry.inode!;
  const type = inode.mode & S_IFMT;
  const isForWriting = ((flags + 1) & 2) !== 0; // access mode 3 is for ioctl only
  if (isForWriting && (type === S_IFREG || type === S_IFDIR)) {
    requireWritableMount(path.mount);
    if (inode.executing > 0) fail(ETXTBSY, 'file is being executed');
  }
  const { kernel, task, credentials } = context;
  const isTruncating = (flags & O_TRUNC) !== 0;
  const kept = flags & ~(O_TRUNC | O_CREAT | O_EXCL);
  const open: OpenContext = { kernel, task, credentials, path, flags: kept, isTruncating };
  let file: File;
  switch (type) {
    case S_IFCHR:
    case S_IFBLK:
      file = kernel.devices.open(open);
      break;
    case S_IFIFO:
      if ((flags & O_ACCMODE) === O_ACCMODE) fail(EINVAL, 'FIFO opened with access mode 3');
      file = openFifo(inode, open);
      break;
    case S_IFSOCK:
      return fail(ENXIO, 'a socket cannot be opened');
    default:
      file = inode.open(open);
  }
  file.flags &= ~CREATION_FLAGS;
  registered(context, file);
  file.isQuiet = isQuiet;
  notifyFile(file, IN_OPEN);
  return file;
}

/** open_by_handle_at(2): no names were walked, but the file's own mode counts. */
export function openByHandle(context: WalkContext, path: Path, flags: number): File {
  return openFound(context, path, flags);
}

/** Opens the file of an event, for whoever watches: without checks, and without further events. */
export function openQuietly(context: WalkContext, path: Path, flags: number): File {
  return makeFile(context, path, flags, true);
}

function registered(context: WalkContext, file: File): File {
  file.credentials ??= context.credentials;
  return file;
}

/**
 * Opens a file to be executed: a regular file with an x bit, on a mount without noexec, that nobody writes to. The
 * caller counts `inode.executing` for as long as it runs.
 */
export function openExecutable(
  context: WalkContext,
  at: At,
  name: string,
  lookup: number = LOOKUP_FOLLOW,
): File {
  return retryIfStale(() => openExecutableOnce(context, at, name, lookup));
}

function openExecutableOnce(context: WalkContext, at: At, name: string, lookup: number): File {
  const path = lookupPath(context, at, name, lookup);
  const inode = path.dentry.inode!;
  inode.refresh();
  const type = inode.mode & S_IFMT;
  if (type === S_IFLNK) fail(ELOOP, 'exec of a symbolic link with AT_SYMLINK_NOFOLLOW');
  if (type !== S_IFREG) fail(EACCES, 'only regular files are executed');
  if ((path.mount.flags & MS_NOEXEC) !== 0) fail(EACCES, 'mount has noexec');
  requirePermission(inode, MAY_EXEC, context.credentials);
  if (inode.writers > 0) fail(ETXTBSY, 'file is open for writing');
  const { kernel, task, credentials } = context;
  const file = inode.open({ kernel, task, credentials, path, flags: 0 });
  return registered(context, file);
}
