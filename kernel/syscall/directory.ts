/**
 * Directories of a process and in general: getdents64(2), getcwd(2), chdir(2), chroot(2), mkdir(2), rmdir(2).
 */
import { EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR, EPERM, ERANGE } from '../abi/errno.ts';
import { toBytes } from '../abi/byte-string.ts';
import { Dirent, Dirent64 } from '../abi/dirent.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { fail } from '../errors.ts';
import { makeDirectory } from '../fs/create.ts';
import { DirectoryFile } from '../fs/directory-file.ts';
import { requireReadable } from '../fs/file.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW, PATH_MAX } from '../fs/path-walk.ts';
import type { Path } from '../fs/path.ts';
import { workingDirectoryName } from '../fs/pathname.ts';
import { MAY_EXEC, requirePermission } from '../fs/permission.ts';
import { removeDirectory } from '../fs/remove.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { CAP_SYS_CHROOT } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { atName, readPath } from './at-path.ts';
import { full, type Row } from './table.ts';
import { directoryWasRead } from './transfer.ts';

/** Records of one getdents call are gathered in kernel memory; more than this is not worth a longer buffer. */
const MAX_RECORDS = 1 << 20;

/** getdents64(2) */
function sysGetdents64(task: Task, args: Args): number {
  return getdents(task, args, (records, at, entry) => {
    const reclen = (Dirent64.size + entry.name.length + 1 + 7) & ~7;
    if (at + reclen > records.length) return 0;
    Dirent64.encodeInto(records, at, { ino: entry.ino, off: entry.next, reclen, type: entry.type });
    putName(records, at + Dirent64.size, entry.name, at + reclen);
    return reclen;
  });
}

/** getdents(2): the type is in the record's last byte. */
function sysGetdents(task: Task, args: Args): number {
  return getdents(task, args, (records, at, entry) => {
    const reclen = (Dirent.size + entry.name.length + 2 + 7) & ~7;
    if (at + reclen > records.length) return 0;
    Dirent.encodeInto(records, at, { ino: entry.ino, off: entry.next, reclen });
    putName(records, at + Dirent.size, entry.name, at + reclen);
    records[at + reclen - 1] = entry.type;
    return reclen;
  });
}

function putName(records: Uint8Array, at: number, name: string, end: number): void {
  records.set(toBytes(name), at);
  records.fill(0, at + name.length, end);
}

interface Entry {
  readonly name: string;
  readonly ino: number;
  readonly type: number;
  readonly next: number;
}
/** Writes a record; its length, or 0 if there is no room. */
type PutEntry = (records: Uint8Array, at: number, entry: Entry) => number;

function getdents(task: Task, args: Args, put: PutEntry): number {
  const file = task.file(args.fd(0));
  if (!(file instanceof DirectoryFile)) return fail(ENOTDIR, 'getdents of something that is no directory');
  requireReadable(file);
  const records = new Uint8Array(Math.min(args.u32(2), MAX_RECORDS));
  let used = 0;
  let position = file.position;
  let isCut = false;
  for (const entry of file.entries()) {
    const length = put(records, used, entry);
    if (length === 0) {
      isCut = true;
      break;
    }
    used += length;
    position = entry.next;
  }
  directoryWasRead(file);
  if (used === 0 && isCut) fail(EINVAL, 'getdents: buffer too small for one entry');
  if (args.ptr(1) === 0 && used > 0) fail(EFAULT, 'getdents: no buffer');
  task.memory.copyOut(args.ptr(1), records.subarray(0, used));
  file.position = position;
  return used;
}

/** getcwd(2): the length with the NUL. */
function sysGetcwd(task: Task, args: Args): number {
  const { cwd, root } = task.fs;
  const name = workingDirectoryName(cwd, root);
  if (name === undefined) return fail(ENOENT, 'working directory was removed');
  const length = name.length + 1;
  if (length > PATH_MAX || length > args.len(1)) fail(ERANGE, 'getcwd: buffer too small');
  task.memory.copyOut(args.ptr(0), toBytes(`${name}\0`));
  return length;
}

function directoryAt(task: Task, at: number): Path {
  const { vfs } = task.kernel;
  return vfs.walk(task, AT_FDCWD, readPath(task, at), LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
}

/** chdir(2) */
function sysChdir(task: Task, args: Args): number {
  const path = directoryAt(task, args.ptr(0));
  requirePermission(path.dentry.inode!, MAY_EXEC, task.credentials);
  task.fs.setCwd(path);
  return 0;
}

/** fchdir(2); an O_PATH descriptor will do. */
function sysFchdir(task: Task, args: Args): number {
  const file = task.files.get(args.fd(0)) ?? fail(EBADF, 'no such descriptor');
  const inode = file.inode;
  if ((inode.mode & S_IFMT) !== S_IFDIR) fail(ENOTDIR, 'fchdir to something that is no directory');
  requirePermission(inode, MAY_EXEC, task.credentials);
  task.fs.setCwd(file.path);
  return 0;
}

/** chroot(2) */
function sysChroot(task: Task, args: Args): number {
  const path = directoryAt(task, args.ptr(0));
  requirePermission(path.dentry.inode!, MAY_EXEC, task.credentials);
  if (!task.capable(CAP_SYS_CHROOT)) fail(EPERM, 'chroot');
  task.fs.setRoot(path);
  return 0;
}

/** mkdir(2) */
function sysMkdir(task: Task, args: Args): number {
  return mkdir(task, AT_FDCWD, args.ptr(0), args.u32(1));
}

/** mkdirat(2) */
function sysMkdirat(task: Task, args: Args): number {
  return mkdir(task, args.fd(0), args.ptr(1), args.u32(2));
}

function mkdir(task: Task, dirfd: number, at: number, mode: number): number {
  const path = atName(task, dirfd, at);
  makeDirectory(path.context, path.at, path.name, mode);
  return 0;
}

/** rmdir(2) */
function sysRmdir(task: Task, args: Args): number {
  const { context, at, name } = atName(task, AT_FDCWD, args.ptr(0));
  removeDirectory(context, at, name);
  return 0;
}

export const directoryTable: Row[] = [
  [78, full('getdents', 'fd buf len', sysGetdents)],
  [79, full('getcwd', 'buf len', sysGetcwd)],
  [80, full('chdir', 'path', sysChdir)],
  [81, full('fchdir', 'fd', sysFchdir)],
  [83, full('mkdir', 'path octal', sysMkdir)],
  [84, full('rmdir', 'path', sysRmdir)],
  [161, full('chroot', 'path', sysChroot)],
  [217, full('getdents64', 'fd buf len', sysGetdents64)],
  [258, full('mkdirat', 'dirfd path octal', sysMkdirat)],
];
