/**
 * Opening and closing: open(2), openat2(2), creat(2), close(2), close_range(2).
 */
import { E2BIG, EAGAIN, EINVAL } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { viewOf } from '../abi/layout.ts';
import { POLLIN, POLLOUT } from '../abi/poll.ts';
import { fail, SLEEP, WOULD_BLOCK } from '../errors.ts';
import type { File } from '../fs/file.ts';
import { walkContextOf } from '../fs/fs-context.ts';
import { breakLeases } from '../fs/leases.ts';
import { openPath, requireOpenFlags, type OpenRequest } from '../fs/open-file.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { readPath } from './at-path.ts';
import { full, type Row } from './table.ts';

const RESOLVE_ALL = 0x3f;
const PATH_ONLY_FLAGS = fcntl.O_PATH | fcntl.O_DIRECTORY | fcntl.O_NOFOLLOW | fcntl.O_CLOEXEC;

/** open(2) */
function sysOpen(task: Task, args: Args): number {
  return open(task, fcntl.AT_FDCWD, args.ptr(0), args.u32(1), args.u32(2));
}

/** creat(2) */
function sysCreat(task: Task, args: Args): number {
  const flags = fcntl.O_CREAT | fcntl.O_WRONLY | fcntl.O_TRUNC;
  return open(task, fcntl.AT_FDCWD, args.ptr(0), flags, args.u32(1));
}

/** openat(2) */
function sysOpenat(task: Task, args: Args): number {
  return open(task, args.fd(0), args.ptr(1), args.u32(2), args.u32(3));
}

/** openat2(2) */
function sysOpenat2(task: Task, args: Args): number {
  const how = readHow(task, args.ptr(2), args.len(3));
  return openWith(task, args.fd(0), args.ptr(1), how);
}

/** open(2) ignores what it does not know. */
function open(task: Task, dirfd: number, at: number, flags: number, mode: number): number {
  let known = flags & fcntl.VALID_OPEN_FLAGS;
  if ((known & fcntl.O_PATH) !== 0) known &= PATH_ONLY_FLAGS;
  else known |= fcntl.O_LARGEFILE;
  return openWith(task, dirfd, at, { flags: known, mode: mode & 0o7777, resolve: 0 });
}

/** Reads and checks struct open_how, of which a newer program may have a longer one. */
function readHow(task: Task, at: number, size: number): OpenRequest {
  if (size < fcntl.OpenHow.size) fail(EINVAL, 'openat2: size');
  if (size > 4096) fail(E2BIG, 'openat2: size');
  const bytes = task.memory.copyIn(at, size);
  for (let i = fcntl.OpenHow.size; i < size; i++) if (bytes[i] !== 0) fail(E2BIG, 'openat2: unknown fields');
  const view = viewOf(bytes);
  const { mode, resolve } = fcntl.OpenHow.decode(bytes);
  let flags = view.getInt32(0, true);
  if (view.getUint32(4, true) !== 0 || (flags & ~fcntl.VALID_OPEN_FLAGS) !== 0)
    fail(EINVAL, 'openat2: flags');
  if (resolve > RESOLVE_ALL) fail(EINVAL, 'openat2: resolve');
  const scopes = fcntl.RESOLVE_BENEATH | fcntl.RESOLVE_IN_ROOT;
  if ((resolve & scopes) === scopes) fail(EINVAL, 'openat2: RESOLVE_BENEATH with RESOLVE_IN_ROOT');
  const isMaking = (flags & (fcntl.O_CREAT | fcntl.O_TMPFILE_BIT)) !== 0;
  if (isMaking ? mode > 0o7777 : mode !== 0) fail(EINVAL, 'openat2: mode');
  if ((flags & fcntl.O_PATH) !== 0) {
    if ((flags & ~PATH_ONLY_FLAGS) !== 0) fail(EINVAL, 'openat2: O_PATH with other flags');
  } else {
    flags |= fcntl.O_LARGEFILE;
  }
  if ((resolve & fcntl.RESOLVE_CACHED) !== 0 && (isMaking || (flags & fcntl.O_TRUNC) !== 0)) {
    fail(EAGAIN, 'RESOLVE_CACHED');
  }
  return { flags, mode, resolve };
}

/**
 * Opens and installs. A FIFO may have to wait for its other end, and any file for the holder of a lease: the file, which
 * counts as open already, then stays in `call.data` over the sleep.
 */
function openWith(task: Task, dirfd: number, at: number, request: OpenRequest): number {
  const { call, files, kernel } = task;
  let file = call.data?.['file'] as File | undefined;
  if (file === undefined) {
    requireOpenFlags(request.flags);
    const name = readPath(task, at);
    files.lowestFree(); // EMFILE comes before all errors of the path
    const wanted = { ...request, flags: request.flags & ~fcntl.O_CLOEXEC };
    file = openPath(walkContextOf(task), dirfd, name, wanted);
  }
  if (file.finishOpen() === WOULD_BLOCK) {
    call.data = { file };
    const result = sleepOn(task, file.waitQueues(POLLIN | POLLOUT));
    if (result === SLEEP) return SLEEP;
    call.data = undefined;
    kernel.vfs.put(file);
    return result;
  }
  const broken = breakLeases(file);
  if (broken !== undefined) {
    const isNonblocking = (request.flags & fcntl.O_NONBLOCK) !== 0;
    call.data = { file };
    const result = isNonblocking ? -EAGAIN : sleepOn(task, broken.queue, { deadlineNs: broken.deadlineNs });
    if (result === SLEEP) return SLEEP;
    call.data = undefined;
    kernel.vfs.put(file);
    return result;
  }
  call.data = undefined;
  try {
    return files.install(file, (request.flags & fcntl.O_CLOEXEC) !== 0);
  } catch (error) {
    kernel.vfs.put(file);
    throw error;
  }
}

/** close(2) */
function sysClose(task: Task, args: Args): number {
  task.files.close(task, args.fd(0));
  return 0;
}

/** close_range(2) */
function sysCloseRange(task: Task, args: Args): number {
  const [first, last, flags] = [args.u32(0), args.u32(1), args.u32(2)];
  if ((flags & ~(fcntl.CLOSE_RANGE_UNSHARE | fcntl.CLOSE_RANGE_CLOEXEC)) !== 0)
    fail(EINVAL, 'close_range: flags');
  if (first > last) fail(EINVAL, 'close_range: first > last');
  if ((flags & fcntl.CLOSE_RANGE_UNSHARE) !== 0) unshareFiles(task);
  const { files } = task;
  const end = Math.min(last + 1, files.end);
  // Linux lets the files go on the way out of the call, the last one first.
  for (let fd = end - 1; fd >= first; fd--) {
    if (files.get(fd) === undefined) continue;
    if ((flags & fcntl.CLOSE_RANGE_CLOEXEC) !== 0) files.setCloexec(fd, true);
    else files.close(task, fd);
  }
  return 0;
}

/** Gives the task a descriptor table of its own: unshare(CLONE_FILES). */
export function unshareFiles(task: Task): void {
  const shared = task.files;
  if (shared.references === 1) return;
  task.files = shared.clone();
  shared.put(task);
}

export const openTable: Row[] = [
  [2, full('open', 'path openflags octal', sysOpen)],
  [3, full('close', 'fd', sysClose)],
  [85, full('creat', 'path octal', sysCreat)],
  [257, full('openat', 'dirfd path openflags octal', sysOpenat)],
  [436, full('close_range', 'uint uint hex', sysCloseRange)],
  [437, full('openat2', 'dirfd path ptr len', sysOpenat2)],
];
