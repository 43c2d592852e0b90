/** Finding commands in PATH, and remembering where they were (XCU 2.9.1.4). */
import { EACCES, ENOENT } from '../../kernel/abi/errno.ts';
import { SysError } from '../libc/native.ts';
import { S_ISREG, tryStat } from '../libc/stat.ts';
import { X_OK, access } from '../libc/unistd.ts';
import type { Shell } from './shell.ts';

/** POSIX's `command -p`. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A command's path, or why there is none. */
export type Location = { readonly path: string } | { readonly error: SysError };

/** Finds a command. A name with a slash is a path as it stands. */
export function locate(shell: Shell, name: string, path = shell.variables.get('PATH')): Location {
  if (name.includes('/')) return { path: name };
  const isUsual = path === shell.variables.get('PATH');
  const known = isUsual ? shell.locations.get(name) : undefined;
  if (known !== undefined && isExecutable(known) === true) return { path: known };
  let error = new SysError(ENOENT);
  for (const candidate of candidates(name, path ?? DEFAULT_PATH)) {
    const found = isExecutable(candidate);
    if (found === true) {
      if (isUsual && candidate.startsWith('/')) shell.locations.set(name, candidate);
      return { path: candidate };
    }
    if (found === 'refused') error = new SysError(EACCES);
  }
  return { error };
}

export function candidates(name: string, path: string): string[] {
  return path
    .split(':')
    .map(directory => (directory === '' ? name : `${directory.replace(/\/$/, '')}/${name}`));
}

export function isExecutable(path: string): boolean | 'refused' {
  const status = tryStat(path);
  if (!status || !S_ISREG(status.mode)) return false;
  try {
    access(path, X_OK);
    return true;
  } catch (error) {
    if (error instanceof SysError) return 'refused';
    throw error;
  }
}
