/**
 * Path arguments: the pointer to a name and the directory descriptor that every *at call takes. Linux counterpart:
 * getname and set_nameidata. The name is copied before anything else is looked at (EFAULT, ENAMETOOLONG, ENOENT).
 */
import { EINVAL, ENOENT } from '../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../abi/fcntl.ts';
import { fail } from '../errors.ts';
import { walkContextOf, type WalkContext } from '../fs/fs-context.ts';
import { LOOKUP_EMPTY, LOOKUP_FOLLOW, lookupPath, PATH_MAX } from '../fs/path-walk.ts';
import type { Path } from '../fs/path.ts';
import type { Task } from '../task/task.ts';

/** A name and where it begins, for the operations of kernel/fs. */
export interface AtName {
  readonly context: WalkContext;
  readonly start: Path;
  readonly name: string;
}

/** Copies a path name that may not be empty. */
export function readPath(task: Task, at: number): string {
  const name = task.memory.readString(at, PATH_MAX);
  if (name === '') fail(ENOENT, 'empty path');
  return name;
}

/** A name relative to a directory descriptor; ENOENT when empty, EBADF for a bad descriptor that matters. */
export function atName(task: Task, dirfd: number, at: number): AtName {
  const name = readPath(task, at);
  const context = walkContextOf(task);
  return { context, start: task.kernel.vfs.startOf(context, dirfd, name), name };
}

/** Resolves a name with AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH; other flags are EINVAL unless they are in `known`. */
export function atPath(task: Task, dirfd: number, at: number, flags: number, known = 0): Path {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | known)) !== 0) fail(EINVAL, 'unknown AT_* flags');
  return lookupAt(task, dirfd, at, {
    isFollowing: (flags & AT_SYMLINK_NOFOLLOW) === 0,
    isEmptyAllowed: (flags & AT_EMPTY_PATH) !== 0,
  });
}

export function lookupAt(
  task: Task,
  dirfd: number,
  at: number,
  how: { isFollowing: boolean; isEmptyAllowed: boolean },
): Path {
  // A null pointer is an empty name with AT_EMPTY_PATH, since Linux 6.11.
  const name = how.isEmptyAllowed && at === 0 ? '' : task.memory.readString(at, PATH_MAX);
  if (name === '' && !how.isEmptyAllowed) fail(ENOENT, 'empty path');
  const context = walkContextOf(task);
  const start = task.kernel.vfs.startOf(context, dirfd, name);
  const flags = (how.isFollowing ? LOOKUP_FOLLOW : 0) | (how.isEmptyAllowed ? LOOKUP_EMPTY : 0);
  return lookupPath(context, start, name, flags);
}

/** Resolves a name from the working directory. */
export function pathAt(task: Task, at: number, links: 'follow' | 'stay' = 'follow'): Path {
  return lookupAt(task, AT_FDCWD, at, { isFollowing: links === 'follow', isEmptyAllowed: false });
}
