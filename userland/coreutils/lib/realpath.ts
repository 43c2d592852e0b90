/** Absolute names without links, `.` and `..`: realpath(3) in its three strictnesses. */
import { ELOOP, ENOENT, ENOTDIR } from '../../../kernel/abi/errno.ts';
import { SysError } from '../../libc/native.ts';
import { AT_SYMLINK_NOFOLLOW, S_ISDIR, S_ISLNK, tryStat, lstat } from '../../libc/stat.ts';
import { getcwd, readlink } from '../../libc/unistd.ts';

/** `existing`: every component must be there (-e); `last-missing`: the last one need not (-f); `missing`: none (-m). */
export type Strictness = 'existing' | 'last-missing' | 'missing';

const MAX_LINKS = 40;

export function realPath(path: string, strictness: Strictness, keepsLinks = false): string {
  if (path === '') throw new SysError(ENOENT);
  let resolved: string[] = [];
  const start = path.startsWith('/') ? path : `${getcwd()}/${path}`;
  let pending = start.split('/').filter(part => part !== '' && part !== '.');
  if (/\/\.*$/.test(path) && strictness !== 'missing' && path !== '/') pending.push('.');
  let links = 0;
  while (pending.length > 0) {
    const [part, ...rest] = pending as [string, ...string[]];
    pending = rest;
    if (part === '..') {
      resolved.pop();
      continue;
    }
    if (part === '.') {
      requireDirectory(resolved, strictness);
      continue;
    }
    const here = '/' + [...resolved, part].join('/');
    const status = tryStat(here, AT_SYMLINK_NOFOLLOW);
    if (!status) {
      const isLast = rest.every(next => next === '.');
      if (strictness === 'existing' || (strictness === 'last-missing' && !isLast)) lstat(here);
      if (strictness === 'last-missing') {
        // Missing is allowed, a parent that is no directory is not.
        const parent = tryStat('/' + resolved.join('/'));
        if (!parent || !S_ISDIR(parent.mode)) lstat(here);
        pending = [];
      }
      resolved.push(part);
      continue;
    }
    if (S_ISLNK(status.mode) && !keepsLinks) {
      if (++links > MAX_LINKS) {
        if (strictness === 'missing') {
          resolved.push(part);
          continue;
        }
        throw new SysError(ELOOP);
      }
      const target = readlink(here);
      if (target.startsWith('/')) resolved = [];
      pending = [...target.split('/').filter(name => name !== '' && name !== '.'), ...rest];
      continue;
    }
    if (!S_ISDIR(status.mode) && !S_ISLNK(status.mode) && rest.length > 0 && strictness !== 'missing')
      throw new SysError(ENOTDIR);
    resolved.push(part);
  }
  return '/' + resolved.join('/');
}

function requireDirectory(parts: readonly string[], strictness: Strictness): void {
  const status = tryStat('/' + parts.join('/'));
  if (status && !S_ISDIR(status.mode)) throw new SysError(ENOTDIR);
  if (!status && strictness === 'existing') throw new SysError(ENOENT);
}

/** How to get from a directory to a file; both absolute and without links. */
export function relativePath(directory: string, path: string): string {
  const from = directory.split('/').filter(Boolean);
  const to = path.split('/').filter(Boolean);
  let common = 0;
  while (common < from.length && common < to.length && from[common] === to[common]) common++;
  return [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/') || '.';
}
