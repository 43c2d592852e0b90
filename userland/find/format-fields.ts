/** What each directive of -printf says about a file. */
import * as fs from '../libc/stat.ts';
import { SysError } from '../libc/native.ts';
import { localtime, strftime } from '../libc/time.ts';
import { groupName, userName } from '../coreutils/lib/owner.ts';
import type { Entry } from './entry.ts';
import { fileSystemOf } from './file-system.ts';
import { linkTarget } from './names.ts';
import { fileError } from './report.ts';

export const TIME_DIRECTIVES = 'ABCT';

const TYPE_LETTERS = new Map([
  [fs.S_IFREG, 'f'],
  [fs.S_IFDIR, 'd'],
  [fs.S_IFLNK, 'l'],
  [fs.S_IFCHR, 'c'],
  [fs.S_IFBLK, 'b'],
  [fs.S_IFIFO, 'p'],
  [fs.S_IFSOCK, 's'],
]);

/** Seconds with the ten digits that GNU find gives fractions. */
function withFraction(text: string, nsec: number): string {
  return `${text}.${String(nsec).padStart(9, '0')}0`;
}

/** `Sun Nov 22 16:21:43.6591489520 2026`: ctime(3) with a fraction. */
function ctimeText(time: fs.Timespec): string {
  const tm = localtime(time.sec);
  return `${withFraction(strftime('%a %b %e %T', tm), time.nsec)} ${strftime('%Y', tm)}`;
}

function timeText(time: fs.Timespec, kind: string): string {
  if (kind === '@') return withFraction(String(time.sec), time.nsec);
  if (kind === '%') return '%';
  const tm = localtime(time.sec);
  if (kind === '+') return withFraction(strftime('%F+%T', tm), time.nsec);
  if (/[STX]/.test(kind)) return withFraction(strftime(`%${kind}`, tm), time.nsec);
  return /[A-Za-z]/.test(kind) && !/[fiJKLNoqQvE]/.test(kind) ? strftime(`%${kind}`, tm) : `%${kind}`;
}

function directoryOf(path: string): string {
  const bare = path.replace(/(?!^)\/+$/, '');
  const slash = bare.lastIndexOf('/');
  // GNU find has it so: `c/` is in `c`.
  if (slash < 0 && bare !== path) return bare;
  return slash < 0 ? '.' : bare.slice(0, slash).replace(/(?!^)\/+$/, '');
}

function belowStart(entry: Entry): string {
  const below = entry.path.slice(entry.start.length);
  return below.startsWith('/') ? below.slice(1) : below;
}

function targetType(entry: Entry): string {
  if (entry.type !== fs.S_IFLNK) return TYPE_LETTERS.get(entry.type) ?? 'U';
  try {
    return TYPE_LETTERS.get(fs.fstatat(entry.directory, entry.access, 0).mode & fs.S_IFMT) ?? 'U';
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return 'N';
    if (error.code === 'ELOOP') return 'L';
    fileError(entry.path, error);
    return '?';
  }
}

function sparseness(status: fs.FileStatus): string {
  if (status.size === 0) return status.blocks === 0 ? '1' : '-inf';
  const ratio = (status.blocks * 512) / status.size;
  return String(Number(ratio.toPrecision(6)));
}

/** A number where C's format is one (%d %m), else text; undefined if the file cannot be looked at. */
export function directiveText(entry: Entry, letter: string, kind: string): string | number | undefined {
  switch (letter) {
    case 'p':
      return entry.path;
    case 'f': {
      const { path } = entry;
      const slash = path.replace(/\/+$/, '').lastIndexOf('/');
      return path.replace(/\/+$/, '') === '' ? path.slice(0, 1) : path.slice(slash + 1);
    }
    case 'h':
      return directoryOf(entry.path);
    case 'H':
      return entry.start;
    case 'P':
      return belowStart(entry);
    case 'd':
      return entry.depth;
    case 'y':
      return TYPE_LETTERS.get(entry.type) ?? 'U';
    case 'Y':
      return targetType(entry);
    case 'l':
      return linkTarget(entry) ?? '';
    case 'Z':
      return '';
  }
  const status = entry.status();
  if (!status) return undefined;
  switch (letter) {
    case 'a':
      return ctimeText(status.atime);
    case 'c':
      return ctimeText(status.ctime);
    case 't':
      return ctimeText(status.mtime);
    case 'A':
      return timeText(status.atime, kind);
    case 'C':
      return timeText(status.ctime, kind);
    case 'T':
      return timeText(status.mtime, kind);
    case 'B': {
      const birth = fs.birthTime(entry.path);
      return birth ? timeText(birth, kind) : '';
    }
    case 'b':
      return String(status.blocks);
    case 'k':
      return String(Math.ceil(status.blocks / 2));
    case 'D':
      return String(status.dev);
    case 'F':
      return fileSystemOf(status.dev);
    case 'g':
      return groupName(status.gid);
    case 'G':
      return String(status.gid);
    case 'u':
      return userName(status.uid);
    case 'U':
      return String(status.uid);
    case 'i':
      return String(status.ino);
    case 'm':
      return status.mode & 0o7777;
    case 'M':
      return fs.modeString(status.mode);
    case 'n':
      return String(status.nlink);
    case 's':
      return String(status.size);
    case 'S':
      return sparseness(status);
  }
  return '';
}
