/** The lines of -ls. */
import * as fs from '../libc/stat.ts';
import { localtime, strftime } from '../libc/time.ts';
import { groupName, userName } from '../coreutils/lib/owner.ts';
import type { Entry } from './entry.ts';
import { linkTarget } from './names.ts';

const HALF_YEAR = 31_556_952 / 2;
/** Columns grow with what they have shown. */
const widths = { ino: 9, blocks: 6, links: 3, user: 8, group: 8, size: 8 };

function padded(column: keyof typeof widths, text: string): string {
  widths[column] = Math.max(widths[column], text.length);
  return column === 'user' || column === 'group'
    ? text.padEnd(widths[column])
    : text.padStart(widths[column]);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', ' ': ' ', '"': '"', '\\': '\\',
}; // prettier-ignore

/** Blanks, quotes and unprintable bytes with backslashes. */
export function escapedName(name: string): string {
  // eslint-disable-next-line no-control-regex
  return name.replace(/[\0- "\\\x7f-\xff]/g, char => {
    const escape = ESCAPES[char];
    return `\\${escape ?? char.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}

export function listLine(entry: Entry, status: fs.FileStatus, now: number): string {
  const { mode, rdev, mtime } = status;
  const isDevice = fs.S_ISCHR(mode) || fs.S_ISBLK(mode);
  const major = ((rdev >>> 8) & 0xfff) | 0;
  const minor = (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);
  const sizeText = isDevice
    ? `${String(major).padStart(3)}, ${String(minor).padStart(3)}`
    : String(status.size);
  const isRecent = mtime.sec > now - HALF_YEAR && mtime.sec <= now + 3600;
  const time = strftime(isRecent ? '%b %e %H:%M' : '%b %e  %Y', localtime(mtime.sec));
  const columns = [
    padded('ino', String(status.ino)),
    padded('blocks', String(Math.ceil(status.blocks / 2))),
    fs.modeString(mode),
    padded('links', String(status.nlink)),
    padded('user', userName(status.uid)),
    padded('group', groupName(status.gid)),
    padded('size', sizeText),
    time,
    escapedName(entry.path),
  ];
  const target = linkTarget(entry);
  return `${columns.join(' ')}${target === undefined ? '' : ` -> ${escapedName(target)}`}\n`;
}
