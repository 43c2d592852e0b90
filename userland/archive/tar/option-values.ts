/** Arguments of tar's options: dates, owners, formats, lists of names. */
import { parseDate } from '../../coreutils/lib/date-parse.ts';
import { quote as localeQuote } from '../../coreutils/lib/quote.ts';
import { SysError } from '../../libc/native.ts';
import { groupById, groupByName, userById, userByName } from '../../libc/pwd.ts';
import { stat } from '../../libc/stat.ts';
import { LineReader } from '../../libc/stdio.ts';
import { CLOCK_REALTIME, clockGettime, localZone } from '../../libc/time.ts';
import { close, exit, open } from '../../libc/unistd.ts';
import type { Timespec } from '../../../kernel/time/timespec.ts';
import type { Format } from './header.ts';
import { FAILURE, fatal, warn } from './report.ts';

/** The lines of a file, for -T and -X; «-» is standard input. */
export function linesOf(file: string, delimiter: string): string[] {
  try {
    const fd = file === '-' ? 0 : open(file, 0);
    const lines: string[] = [];
    const reader = new LineReader(fd, { delimiter });
    for (let line = reader.next(); line !== undefined; line = reader.next())
      if (line !== '') lines.push(line);
    if (fd !== 0) close(fd);
    return lines;
  } catch (thrown) {
    if (!(thrown instanceof SysError)) throw thrown;
    return fatal(`${file}: Cannot stat: ${thrown.message}`);
  }
}

/** A date, or the time of a file whose path begins with / or a dot. */
export function dateOf(text: string): Timespec {
  if (text.startsWith('/') || text.startsWith('.')) {
    try {
      return stat(text).mtime;
    } catch (thrown) {
      if (!(thrown instanceof SysError)) throw thrown;
      return fatal(`${text}: Cannot stat: ${thrown.message}`);
    }
  }
  const date = parseDate(text, clockGettime(CLOCK_REALTIME), localZone());
  return date ?? fatal(`Invalid date format ${localeQuote(text)}`);
}

interface Names {
  readonly idOf: (name: string) => number | undefined;
  readonly nameOf: (id: number) => string | undefined;
}
export const USERS: Names = { idOf: name => userByName(name)?.uid, nameOf: uid => userById(uid)?.name };
export const GROUPS: Names = { idOf: name => groupByName(name)?.gid, nameOf: gid => groupById(gid)?.name };

/** `name`, `name:id`, `+id` or a number. */
export function ownerOf(text: string, { idOf, nameOf }: Names): { name: string; id: number } {
  const number = (digits: string): number => {
    if (!/^\+?[0-9]+$/.test(digits)) fatal(`Invalid owner or group ID: ${localeQuote(digits)}`);
    return Number(digits);
  };
  const colon = text.indexOf(':');
  if (colon < 0) {
    const known = idOf(text);
    if (known !== undefined) return { name: text, id: known };
  }
  const id = number(text.slice(colon + 1));
  return { name: colon > 0 ? text.slice(0, colon) : (nameOf(id) ?? ''), id };
}

export const FORMATS: Readonly<Record<string, Format>> = {
  gnu: 'gnu',
  oldgnu: 'gnu',
  pax: 'posix',
  posix: 'posix',
  ustar: 'ustar',
  v7: 'v7',
};

/** One of several words, which may be cut short. */
export function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.filter(word => word.startsWith(value));
  if (allowed.includes(value as T)) return value as T;
  if (found.length === 1) return found[0]!;
  const list = allowed.map(word => `  - ${localeQuote(word)}`).join('\n');
  const problem = found.length > 1 ? 'ambiguous' : 'invalid';
  warn(`${problem} argument ${localeQuote(value)} for ${localeQuote(option)}\nValid arguments are:\n${list}`);
  return exit(FAILURE);
}
