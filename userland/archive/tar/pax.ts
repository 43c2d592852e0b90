/** Extended header records of pax: «length key=value\n». IEEE Std 1003.1, pax, «pax Extended Header». */
import type { Timespec } from '../../../kernel/time/timespec.ts';
import type { Entry } from './entry.ts';

export type Attributes = Map<string, string>;

/** Adds the records of a header to `into`; false if they are malformed. An empty value takes a record away. */
export function parseRecords(text: string, into: Attributes): boolean {
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(' ', at);
    const digits = text.slice(at, space);
    if (space < 0 || !/^[0-9]+$/.test(digits)) return false;
    const end = at + Number(digits);
    const equals = text.indexOf('=', space);
    if (end > text.length || equals < 0 || equals >= end || text[end - 1] !== '\n') return false;
    const key = text.slice(space + 1, equals);
    // Sparse maps of the 0.0 kind repeat their keys.
    const value = text.slice(equals + 1, end - 1);
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
      const list = into.get('GNU.sparse.map');
      into.set('GNU.sparse.map', list === undefined ? value : `${list},${value}`);
    } else into.set(key, value);
    at = end;
  }
  return true;
}

/** One record; its length counts its own digits. */
export function formatRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

export function formatTime({ sec, nsec }: Timespec): string {
  if (nsec === 0) return String(sec);
  const isNegative = sec < 0;
  const whole = isNegative ? -(sec + 1) : sec;
  const fraction = String(isNegative ? 1e9 - nsec : nsec)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${isNegative ? '-' : ''}${whole}.${fraction}`;
}

function parseTime(text: string): Timespec | undefined {
  const found = /^(-?)([0-9]+)(?:\.([0-9]*))?$/.exec(text);
  if (!found) return undefined;
  const nsec = Number((found[3] ?? '').slice(0, 9).padEnd(9, '0'));
  const sec = Number(found[2]);
  if (found[1] === '') return { sec, nsec };
  return nsec === 0 ? { sec: -sec, nsec } : { sec: -sec - 1, nsec: 1e9 - nsec };
}

const IGNORED = /^(?:comment|charset|hdrcharset|SCHILY\.|RHT\.security|GNU\.)/;

/** Puts attributes over what the header says. Gives the keys that mean nothing to tar. */
export function applyAttributes(entry: Entry, attributes: Attributes): string[] {
  const unknown: string[] = [];
  for (const [key, value] of attributes) {
    const number = Number(value);
    const time = key.endsWith('time') ? parseTime(value) : undefined;
    switch (key) {
      case 'path':
        entry.name = value;
        break;
      case 'linkpath':
        entry.linkName = value;
        break;
      case 'size':
        entry.size = entry.storedSize = number;
        break;
      case 'uid':
        entry.uid = number;
        break;
      case 'gid':
        entry.gid = number;
        break;
      case 'uname':
        entry.userName = value;
        break;
      case 'gname':
        entry.groupName = value;
        break;
      case 'mtime':
        if (time) entry.mtime = time;
        break;
      case 'atime':
        if (time) entry.atime = time;
        break;
      case 'ctime':
        if (time) entry.ctime = time;
        break;
      default:
        if (!IGNORED.test(key)) unknown.push(key);
    }
  }
  return unknown;
}
