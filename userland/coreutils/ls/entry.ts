/** What ls knows of one file, and the orders in which files are listed. */
import { DT_DIR, DT_LNK, DT_UNKNOWN } from '../../../kernel/abi/dirent.ts';
import { compareTimespec, type Timespec } from '../../../kernel/time/timespec.ts';
import { birthTime, type FileStatus, S_IFMT, S_ISDIR, S_ISLNK } from '../../libc/stat.ts';
import { displayWidth } from '../lib/columns.ts';
import { quietly } from '../lib/errors.ts';
import { isUtf8Locale } from '../lib/quote.ts';
import type { LsOptions, Sort } from './options.ts';

export interface LsEntry {
  readonly name: string;
  /** The name with its directory, for system calls. */
  readonly path: string;
  /** undefined: not asked for, or stat failed. */
  readonly status: FileStatus | undefined;
  /** S_IFMT bits, from the status or the directory; 0: unknown. */
  readonly type: number;
  readonly ino: number;
  readonly target: string | undefined;
  /** The status of what a link leads to. */
  readonly targetStatus: FileStatus | undefined;
}

export function typeBits(direntType: number): number {
  return direntType === DT_UNKNOWN ? 0 : (direntType << 12) & S_IFMT;
}

export function isDirectory(entry: LsEntry): boolean {
  return entry.type >> 12 === DT_DIR;
}
export function isLink(entry: LsEntry): boolean {
  return entry.type >> 12 === DT_LNK;
}
/** A directory, or a link that leads to one. */
export function leadsToDirectory(entry: LsEntry): boolean {
  return (
    isDirectory(entry) ||
    (isLink(entry) && entry.targetStatus !== undefined && S_ISDIR(entry.targetStatus.mode))
  );
}

export function timeOf(entry: LsEntry, options: LsOptions): Timespec | undefined {
  const { status } = entry;
  if (!status) return undefined;
  if (options.time === 'birth') return quietly(() => birthTime(entry.path, S_ISLNK(status.mode) ? 0x100 : 0));
  return status[options.time];
}

const bytewise = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The file-name version order of gnulib (filevercmp). */
export function versionCompare(a: string, b: string): number {
  if (a === b) return 0;
  // Empty, «.», «..», then hidden names, then the others.
  const rank = (name: string) =>
    name === '' ? 0 : name === '.' ? 1 : name === '..' ? 2 : name.startsWith('.') ? 3 : 4;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  const [left, right] = a.startsWith('.') ? [a.slice(1), b.slice(1)] : [a, b];
  const stem = (name: string) =>
    name.slice(0, name.length - /(?:\.[A-Za-z~][A-Za-z0-9~]*)*$/.exec(name)![0].length);
  const [leftStem, rightStem] = [stem(left), stem(right)];
  const isSame = leftStem === rightStem;
  const result = isSame ? verrevcmp(left, right) : verrevcmp(leftStem, rightStem);
  return result || bytewise(a, b);
}

/** Letters before everything else, «~» before the end, digits by value: Debian's comparison. */
function verrevcmp(a: string, b: string): number {
  const order = (c: string | undefined) => {
    if (c === undefined) return -1;
    if (/\d/.test(c)) return 0;
    if (/[A-Za-z]/.test(c)) return c.charCodeAt(0);
    return c === '~' ? -2 : c.charCodeAt(0) + 256;
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !/\d/.test(a[i]!)) || (j < b.length && !/\d/.test(b[j]!))) {
      const difference = order(a[i]) - order(b[j]);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const left = /^\d*/.exec(a.slice(i))![0];
    const right = /^\d*/.exec(b.slice(j))![0];
    const [l, r] = [left.replace(/^0+/, ''), right.replace(/^0+/, '')];
    if (l.length !== r.length) return l.length - r.length;
    if (l !== r) return bytewise(l, r);
    i += left.length;
    j += right.length;
  }
  return 0;
}

function comparator(sort: Sort, options: LsOptions): (a: LsEntry, b: LsEntry) => number {
  const byName = (a: LsEntry, b: LsEntry) => bytewise(a.name, b.name);
  switch (sort) {
    case 'size':
      return (a, b) => (b.status?.size ?? 0) - (a.status?.size ?? 0) || byName(a, b);
    case 'time': {
      const times = new Map<LsEntry, Timespec>();
      const time = (entry: LsEntry) => {
        let known = times.get(entry);
        if (!known) times.set(entry, (known = timeOf(entry, options) ?? { sec: 0, nsec: 0 }));
        return known;
      };
      return (a, b) => compareTimespec(time(b), time(a)) || byName(a, b);
    }
    case 'version':
      return (a, b) => versionCompare(a.name, b.name);
    case 'extension': {
      const extension = (name: string) => (name.includes('.') ? name.slice(name.lastIndexOf('.')) : '');
      return (a, b) => bytewise(extension(a.name), extension(b.name)) || byName(a, b);
    }
    case 'width': {
      const isUtf8 = isUtf8Locale();
      return (a, b) => displayWidth(a.name, isUtf8) - displayWidth(b.name, isUtf8) || byName(a, b);
    }
    default:
      return byName;
  }
}

/** Sorts in place as the options ask. */
export function sortEntries(entries: LsEntry[], options: LsOptions): void {
  if (options.sort !== 'none') {
    const compare = comparator(options.sort, options);
    const sign = options.isReversed ? -1 : 1;
    entries.sort((a, b) => {
      if (options.directoriesFirst) {
        const difference = Number(leadsToDirectory(b)) - Number(leadsToDirectory(a));
        if (difference !== 0) return difference;
      }
      return sign * compare(a, b);
    });
  }
}
