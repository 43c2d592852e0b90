/** Walking a tree of files by path, depth first; the recursion of chmod -R, chown -R, du and others. */
import {
  AT_SYMLINK_NOFOLLOW,
  type FileStatus,
  lstat,
  S_ISDIR,
  S_ISLNK,
  stat,
  tryStat,
} from '../../libc/stat.ts';
import { type Entry, readdir } from '../../libc/dirent.ts';
import { isError } from './errors.ts';
import { join } from './path.ts';

/** Which symbolic links to directories are followed: none (-P), operands (-H), all (-L). */
export type Follow = 'none' | 'operands' | 'all';

export interface Visit {
  readonly path: string;
  readonly status: FileStatus;
  /** 0: an operand. */
  readonly depth: number;
}

export interface Visitor {
  /** Before a directory's entries, or a file. Answer 'skip' to leave a directory's entries out. */
  before?(visit: Visit): 'skip' | void;
  /** After a directory's entries. */
  after?(visit: Visit): void;
  /** stat or readdir failed. */
  failed(path: string, action: 'stat' | 'readdir', error: unknown): void;
}

/** lstat, or stat when the link is to be followed; a dangling link is itself. */
export function statusOf(path: string, isFollowed: boolean): FileStatus {
  if (!isFollowed) return lstat(path);
  try {
    return stat(path);
  } catch (error) {
    const own = isError(error, 'ENOENT', 'ELOOP') ? tryStat(path, AT_SYMLINK_NOFOLLOW) : undefined;
    if (own && S_ISLNK(own.mode)) return own;
    throw error;
  }
}

export function walkTree(operand: string, follow: Follow, visitor: Visitor): void {
  visit(operand, 0, follow, visitor, []);
}

function visit(
  path: string,
  depth: number,
  follow: Follow,
  visitor: Visitor,
  ancestors: readonly FileStatus[],
): void {
  let status: FileStatus;
  try {
    status = statusOf(path, follow === 'all' || (follow === 'operands' && depth === 0));
  } catch (error) {
    visitor.failed(path, 'stat', error);
    return;
  }
  const here = { path, status, depth };
  if (!S_ISDIR(status.mode)) {
    visitor.before?.(here);
    return;
  }
  // A loop is possible only through links.
  if (follow === 'all' && ancestors.some(a => a.dev === status.dev && a.ino === status.ino)) return;
  if (visitor.before?.(here) === 'skip') return;
  let entries: Entry[] = [];
  try {
    entries = readdir(path);
  } catch (error) {
    visitor.failed(path, 'readdir', error);
  }
  const inside = follow === 'all' ? [...ancestors, status] : ancestors;
  for (const entry of entries) visit(join(path, entry.name), depth + 1, follow, visitor, inside);
  visitor.after?.(here);
}
