/** setxattr(2), getxattr(2), listxattr(2), removexattr(2), each by path, by link, by descriptor, and from a directory. */
import { E2BIG, EINVAL, ENAMETOOLONG, ERANGE } from '../abi/errno.ts';
import { toBytes } from '../abi/byte-string.ts';
import { layout } from '../abi/layout.ts';
import { Errno, fail } from '../errors.ts';
import { walkContextOf } from '../fs/fs-context.ts';
import type { Path } from '../fs/path.ts';
import {
  getXattr,
  listXattrs,
  removeXattr,
  setXattr,
  XATTR_CREATE,
  XATTR_NAME_MAX,
  XATTR_REPLACE,
  XATTR_SIZE_MAX,
} from '../fs/xattr.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { atPath, pathAt } from './at-path.ts';
import { full, type Handler, type Row } from './table.ts';

/** How the first argument names the file. */
type Resolve = (task: Task, args: Args) => Path;
const byPath: Resolve = (task, args) => pathAt(task, args.ptr(0));
const byLink: Resolve = (task, args) => pathAt(task, args.ptr(0), 'stay');
const byFile: Resolve = (task, args) => task.file(args.fd(0)).path;

/** ERANGE for a name that is empty or longer than 255 bytes. */
function readName(task: Task, at: number): string {
  let name = '';
  try {
    name = task.memory.readString(at, XATTR_NAME_MAX + 1);
  } catch (error) {
    if (!(error instanceof Errno) || error.errno !== ENAMETOOLONG) throw error;
  }
  return name === '' ? fail(ERANGE, 'xattr: name') : name;
}

const set =
  (resolve: Resolve): Handler =>
  (task, args) => {
    const flags = args.u32(4);
    if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0) fail(EINVAL, 'setxattr: flags');
    const name = readName(task, args.ptr(1));
    if (args.len(3) > XATTR_SIZE_MAX) fail(E2BIG, 'setxattr: value too long');
    const value = task.memory.copyIn(args.ptr(2), args.len(3));
    setXattr(walkContextOf(task), resolve(task, args), name, value, flags);
    return 0;
  };

const get =
  (resolve: Resolve): Handler =>
  (task, args) => {
    const name = readName(task, args.ptr(1));
    return putBytes(task, args, 2, getXattr(walkContextOf(task), resolve(task, args), name));
  };

const list =
  (resolve: Resolve): Handler =>
  (task, args) => {
    const names = listXattrs(walkContextOf(task), resolve(task, args));
    return putBytes(task, args, 1, toBytes(names.map(name => `${name}\0`).join('')));
  };

const remove =
  (resolve: Resolve): Handler =>
  (task, args) => {
    const name = readName(task, args.ptr(1));
    removeXattr(walkContextOf(task), resolve(task, args), name);
    return 0;
  };

/** Copies out to the buffer in argument n; a size of 0 only asks for the length. */
function putBytes(task: Task, args: Args, n: number, bytes: Uint8Array): number {
  const size = args.len(n + 1);
  if (size === 0) return bytes.length;
  if (bytes.length > size) fail(ERANGE, 'xattr: buffer too small');
  task.memory.copyOut(args.ptr(n), bytes);
  return bytes.length;
}

/** struct xattr_args */
const XattrArgs = layout('xattr_args', 16, { value: [0, 'u64'], size: [8, 'u32'], flags: [12, 'u32'] });

/** The file of the calls with a directory: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. */
function at(task: Task, args: Args): Path {
  return atPath(task, args.fd(0), args.ptr(1), args.u32(2));
}

/** As the calls without a directory: value, size and flags come in a struct. */
function readArgs(task: Task, args: Args): ReturnType<typeof XattrArgs.decode> {
  const size = args.len(5);
  if (size < XattrArgs.size) fail(EINVAL, 'xattr: size of the arguments');
  if (size > PAGE_SIZE) fail(E2BIG, 'xattr: size of the arguments');
  const bytes = task.memory.copyIn(args.ptr(4), size);
  if (bytes.subarray(XattrArgs.size).some(byte => byte !== 0)) fail(E2BIG, 'xattr: unknown arguments');
  return XattrArgs.decode(bytes);
}

/** setxattrat(2) */
function sysSetxattrat(task: Task, args: Args): number {
  const { value, size, flags } = readArgs(task, args);
  if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0) fail(EINVAL, 'setxattrat: flags');
  const path = at(task, args);
  const name = readName(task, args.ptr(3));
  if (size > XATTR_SIZE_MAX) fail(E2BIG, 'setxattrat: value too long');
  setXattr(walkContextOf(task), path, name, task.memory.copyIn(value, size), flags);
  return 0;
}

/** getxattrat(2) */
function sysGetxattrat(task: Task, args: Args): number {
  const { value, size, flags } = readArgs(task, args);
  if (flags !== 0) fail(EINVAL, 'getxattrat: flags');
  const path = at(task, args);
  const bytes = getXattr(walkContextOf(task), path, readName(task, args.ptr(3)));
  if (size === 0) return bytes.length;
  if (bytes.length > size) fail(ERANGE, 'xattr: buffer too small');
  task.memory.copyOut(value, bytes);
  return bytes.length;
}

/** listxattrat(2) */
function sysListxattrat(task: Task, args: Args): number {
  const names = listXattrs(walkContextOf(task), at(task, args));
  return putBytes(task, args, 3, toBytes(names.map(name => `${name}\0`).join('')));
}

/** removexattrat(2) */
function sysRemovexattrat(task: Task, args: Args): number {
  const path = at(task, args);
  removeXattr(walkContextOf(task), path, readName(task, args.ptr(3)));
  return 0;
}

export const xattrTable: Row[] = [
  [463, full('setxattrat', 'dirfd path hex str ptr len', sysSetxattrat)],
  [464, full('getxattrat', 'dirfd path hex str ptr len', sysGetxattrat)],
  [465, full('listxattrat', 'dirfd path hex ptr len', sysListxattrat)],
  [466, full('removexattrat', 'dirfd path hex str', sysRemovexattrat)],
  [188, full('setxattr', 'path str ptr len hex', set(byPath))],
  [189, full('lsetxattr', 'path str ptr len hex', set(byLink))],
  [190, full('fsetxattr', 'fd str ptr len hex', set(byFile))],
  [191, full('getxattr', 'path str ptr len', get(byPath))],
  [192, full('lgetxattr', 'path str ptr len', get(byLink))],
  [193, full('fgetxattr', 'fd str ptr len', get(byFile))],
  [194, full('listxattr', 'path ptr len', list(byPath))],
  [195, full('llistxattr', 'path ptr len', list(byLink))],
  [196, full('flistxattr', 'fd ptr len', list(byFile))],
  [197, full('removexattr', 'path str', remove(byPath))],
  [198, full('lremovexattr', 'path str', remove(byLink))],
  [199, full('fremovexattr', 'fd str', remove(byFile))],
];
