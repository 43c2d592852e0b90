/** Backups that cp, mv, ln and install make of what they replace: --backup, -S. */
import { env } from '../../libc/stdlib.ts';
import type { Options } from '../../libc/getopt.ts';
import { tryStat, AT_SYMLINK_NOFOLLOW } from '../../libc/stat.ts';
import { readdir } from '../../libc/dirent.ts';
import { choose } from './choice.ts';
import { quietly } from './errors.ts';
import { basename, dirname } from './path.ts';

export interface Backup {
  readonly method: 'none' | 'simple' | 'existing' | 'numbered';
  readonly suffix: string;
}

const METHODS = [
  ['none', 'off'],
  ['simple', 'never'],
  ['existing', 'nil'],
  ['numbered', 't'],
];

/** Reads options with the keys b, `backup` and S. */
export function readBackup(argv0: string, found: Options): Backup {
  const suffix = found.value('S') ?? env.get('SIMPLE_BACKUP_SUFFIX') ?? '~';
  if (!found.has('b', 'backup', 'S')) return { method: 'none', suffix };
  const word = found.value('backup') ?? env.get('VERSION_CONTROL') ?? 'existing';
  return { method: choose(argv0, 'backup type', word, METHODS) as Backup['method'], suffix };
}

function numbers(path: string): number[] {
  const prefix = `${basename(path)}.~`;
  const names = quietly(() => readdir(dirname(path))) ?? [];
  return names
    .map(({ name }) => (name.startsWith(prefix) ? /^([1-9]\d*)~$/.exec(name.slice(prefix.length)) : null))
    .filter(match => match !== null)
    .map(match => Number(match[1]));
}

/** The name that the backup of an existing file gets; undefined: no backup. */
export function backupName(path: string, backup: Backup): string | undefined {
  if (backup.method === 'none' || !tryStat(path, AT_SYMLINK_NOFOLLOW)) return undefined;
  const taken = backup.method === 'simple' ? [] : numbers(path);
  if (backup.method === 'numbered' || taken.length > 0) return `${path}.~${Math.max(0, ...taken) + 1}~`;
  return path + backup.suffix;
}
