/** name_to_handle_at(2), open_by_handle_at(2). */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EBADF, EINVAL, EOVERFLOW, EPERM, ESTALE } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { fail } from '../errors.ts';
import { HANDLE_BYTES, HANDLE_TYPE, findByHandle, handleOf } from '../fs/file-handle.ts';
import { openByHandle } from '../fs/open-file.ts';
import { CAP_DAC_READ_SEARCH } from '../task/credentials.ts';
import { atPath } from './at-path.ts';
import { installNew } from './install-pair.ts';
import { full, partial, type Row } from './table.ts';

/** struct file_handle: most bytes of a handle. */
const MAX_HANDLE_SZ = 128;
const AT_HANDLE_FID = 0x200;

/** name_to_handle_at(2) */
function sysNameToHandleAt(task: Task, args: Args): number {
  const flags = args.u32(4);
  const following = (flags & fcntl.AT_SYMLINK_FOLLOW) !== 0 ? 0 : fcntl.AT_SYMLINK_NOFOLLOW;
  const known = fcntl.AT_SYMLINK_FOLLOW | fcntl.AT_EMPTY_PATH | AT_HANDLE_FID;
  if ((flags & ~known) !== 0) fail(EINVAL, 'name_to_handle_at: flags');
  const path = atPath(task, args.fd(0), args.ptr(1), (flags & fcntl.AT_EMPTY_PATH) | following);
  const at = args.ptr(2);
  const room = task.memory.readU32(at);
  if (room > MAX_HANDLE_SZ) fail(EINVAL, 'name_to_handle_at: handle_bytes');
  task.memory.writeI32(args.ptr(3), path.mount.id);
  task.memory.writeU32(at, HANDLE_BYTES);
  if (room < HANDLE_BYTES) fail(EOVERFLOW, 'name_to_handle_at: the handle does not fit');
  task.memory.writeI32(at + 4, HANDLE_TYPE);
  task.memory.copyOut(at + 8, handleOf(path.dentry.inode!));
  return 0;
}

/** open_by_handle_at(2) */
function sysOpenByHandleAt(task: Task, args: Args): number {
  if (!task.capable(CAP_DAC_READ_SEARCH)) fail(EPERM, 'open_by_handle_at');
  const at = args.ptr(1);
  const length = task.memory.readU32(at);
  const type = task.memory.readI32(at + 4);
  if (length === 0 || length > MAX_HANDLE_SZ) fail(EINVAL, 'open_by_handle_at: handle_bytes');
  const handle = task.memory.copyIn(at + 8, length);
  const fd = args.fd(0);
  const { mount } =
    fd === fcntl.AT_FDCWD ? task.fs.cwd : (task.files.get(fd) ?? fail(EBADF, 'mount descriptor')).path;
  if (type !== HANDLE_TYPE || length !== HANDLE_BYTES) fail(ESTALE, 'open_by_handle_at: foreign handle');
  const path = findByHandle(mount, handle) ?? fail(ESTALE, 'open_by_handle_at: no such inode in memory');
  const flags = args.u32(2);
  return installNew(task, openByHandle(task.walkContext(), path, flags), (flags & fcntl.O_CLOEXEC) !== 0);
}

export const fileHandleTable: Row[] = [
  [303, full('name_to_handle_at', 'dirfd path ptr ptr hex', sysNameToHandleAt)],
  [
    304,
    partial(
      'open_by_handle_at',
      'dirfd ptr openflags',
      sysOpenByHandleAt,
      'only inodes that the dentry cache has; others are ESTALE',
    ),
  ],
];
