/** The mount table: /proc/self/mountinfo, proc(5). */
import { O_RDONLY } from '../../../kernel/abi/fcntl.ts';
import { lstat, stat, S_ISDIR } from '../../libc/stat.ts';
import { readText } from '../../libc/stdio.ts';
import { close, open } from '../../libc/unistd.ts';
import { dirname } from './path.ts';
import { realPath } from './realpath.ts';

export interface MountEntry {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  /** As in /proc/mounts: `rw,relatime,size=…`. */
  readonly options: string;
  /** Device number (makedev). */
  readonly device: number;
  /** The directory of the file system that is mounted; `/` unless it is a bind mount. */
  readonly root: string;
}

/** Blanks and the like are octal escapes in the table. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

export function readFile(path: string): string {
  const fd = open(path, O_RDONLY);
  try {
    return readText(fd);
  } finally {
    close(fd);
  }
}

export function parseMountinfo(text: string): MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of text.split('\n')) {
    const found = /^\d+ \d+ (\d+):(\d+) (\S+) (\S+) (\S+)(?: [^ ]+)*? - (\S+) (\S*) ?(\S*)$/.exec(line);
    if (!found) continue;
    const [, major, minor, root, target, own, type, source, shared] = found;
    // Per-mount options come first, then those of the file system that are not the same.
    const rest = shared!.split(',').filter(option => option !== 'rw' && option !== 'ro' && option !== '');
    entries.push({
      source: unescapeOctal(source!),
      target: unescapeOctal(target!),
      type: type!,
      options: [own!, ...rest].join(','),
      device: (Number(minor) & 0xff) | (Number(major) << 8) | ((Number(minor) & 0xfff00) << 12),
      root: unescapeOctal(root!),
    });
  }
  return entries;
}

export function mountTable(): MountEntry[] {
  return parseMountinfo(readFile('/proc/self/mountinfo'));
}

/** The directory on which the file system of a file is mounted. */
export function mountPointOf(path: string): string {
  let at = realPath(path, 'existing');
  const { dev } = stat(at);
  if (!S_ISDIR(lstat(at).mode)) at = dirname(at);
  while (at !== '/' && stat(dirname(at)).dev === dev) at = dirname(at);
  return at;
}
