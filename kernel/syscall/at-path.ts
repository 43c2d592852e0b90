/**
 * Path arguments: the pointer to a name and the directory descriptor that every *at call takes. Linux counterpart:
 * getname and set_nameidata. The name is copied before anything else is looked at (EFAULT, ENAMETOOLONG).
 */
import { EINVAL } from '../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../abi/fcntl.ts';
import { fail } from '../errors.ts';
import { walkContextOf, type WalkContext } from '../fs/fs-context.ts';
import { LOOKUP_EMPTY, LOOKUP_FOLLOW, lookupPath, PATH_MAX, type At } from '../fs/path-walk.ts';
import type { Path } from '../fs/path.ts';
import type { Task } from '../task/task.ts';

/** A name and where it begins, for the operations of kernel/fs, which say what is wrong with an empty one. */
export interface AtName {
  readonly context: WalkContext;
  readonly at: At;
  readonly name: string;
}

/** Copies a path name. */
export function readPath(task: Task, at: number): string {
  return task.memory.readString(at, PATH_MAX);
}

/** A name relative to a directory descriptor. */
export function atName(task: Task, dirfd: number, at: number): AtName {
  return { context: walkContextOf(task), at: dirfd, name: readPath(task, at) };
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
  const flags = (how.isFollowing ? LOOKUP_FOLLOW : 0) | (how.isEmptyAllowed ? LOOKUP_EMPTY : 0);
  return lookupPath(walkContextOf(task), dirfd, readPath(task, at), flags);
}

/** Resolves a name from the working directory. */
export function pathAt(task: Task, at: number, links: 'follow' | 'stay' = 'follow'): Path {
  return lookupAt(task, AT_FDCWD, at, { isFollowing: links === 'follow', isEmptyAllowed: false });
}
