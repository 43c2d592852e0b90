/** Tests of times: -mtime, -mmin, -newer, -newerXY, -used and the like. */
import { type FileStatus, type Timespec, birthTime } from '../libc/stat.ts';
import * as fs from '../libc/stat.ts';
import { SysError } from '../libc/native.ts';
import { localZone } from '../libc/time.ts';
import { compareTimespec } from '../../kernel/time/timespec.ts';
import { parseDate } from '../coreutils/lib/date-parse.ts';
import { quote } from '../coreutils/lib/quote.ts';
import type { Arguments, Maker, Makers } from './arguments.ts';
import type { Entry } from './entry.ts';
import { type Comparison, parseFraction } from './number.ts';
import { fatal, fileError } from './report.ts';
import { DAY, midnight } from './settings.ts';

type Stamp = 'atime' | 'mtime' | 'ctime';
type AnyStamp = Stamp | 'btime';

/** A time before another one by a number of seconds. */
function earlier(time: Timespec, seconds: number): Timespec {
  const whole = Math.trunc(seconds);
  let nsec = time.nsec - Math.round((seconds - whole) * 1e9);
  let sec = time.sec - whole;
  if (nsec < 0) {
    nsec += 1e9;
    sec--;
  }
  return { sec, nsec };
}

/** Whether a time lies before, after, or in the window of `length` seconds that begins at `from`. */
function inWindow(kind: Comparison['kind'], time: Timespec, from: Timespec, length: number): boolean {
  const order = compareTimespec(time, from);
  if (kind === '+') return order < 0;
  if (kind === '-') return order > 0;
  return order > 0 && time.sec - from.sec + (time.nsec - from.nsec) / 1e9 <= length;
}

function compared(args: Arguments): Comparison {
  const text = args.argument();
  return parseFraction(text) ?? args.invalid(text);
}

function days(stamp: Stamp): Maker {
  return args => {
    const { kind, value } = compared(args);
    let origin = args.settings.dayStart;
    // Less than n days: up to the present, whereas the other two count whole days.
    if (kind === '-') origin = { sec: origin.sec + DAY - 1, nsec: origin.nsec };
    const from = earlier(origin, value * DAY);
    return args.test(3, entry => {
      const status = entry.status();
      return status !== undefined && inWindow(kind, status[stamp], from, DAY);
    });
  };
}

function minutes(stamp: Stamp): Maker {
  return args => {
    const { kind, value } = compared(args);
    const { sec, nsec } = args.settings.dayStart;
    const from = earlier({ sec: sec + DAY, nsec }, value * 60);
    return args.test(3, entry => {
      const status = entry.status();
      return status !== undefined && inWindow(kind, status[stamp], from, 60);
    });
  };
}

/** The status of a file that an argument names. */
export function referenceStatus(args: Arguments, path: string): FileStatus {
  try {
    if (args.settings.follow === 'none') return fs.lstat(path);
    try {
      return fs.stat(path);
    } catch (error) {
      if (error instanceof SysError && error.code === 'ENOENT') return fs.lstat(path);
      throw error;
    }
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fatal(`${quote(path)}: ${error.message}`);
  }
}

function birthOf(entry: Entry): Timespec | undefined {
  try {
    return birthTime(entry.path, entry.isFollowed ? 0 : fs.AT_SYMLINK_NOFOLLOW);
  } catch (error) {
    fileError(entry.path, error);
    return undefined;
  }
}

function newerThan(args: Arguments, stamp: AnyStamp, reference: Timespec) {
  return args.test(3, entry => {
    const time = stamp === 'btime' ? birthOf(entry) : entry.status()?.[stamp];
    return time !== undefined && compareTimespec(time, reference) > 0;
  });
}

function newer(stamp: Stamp): Maker {
  return args => newerThan(args, stamp, referenceStatus(args, args.argument()).mtime);
}

const LETTERS: Readonly<Record<string, AnyStamp>> = { a: 'atime', B: 'btime', c: 'ctime', m: 'mtime' };

/** -newerXY: time X of the file against time Y of another one, or against a date. Undefined if it is none. */
export function newerXY(args: Arguments) {
  const [, x, y] = /^-newer([aBcm])([aBcmt])$/.exec(args.name) ?? [];
  if (!x || !y) return fatal(`invalid predicate \`${args.name}'`);
  const stamp = LETTERS[x]!;
  const text = args.argument();
  if (y !== 't') {
    const status = referenceStatus(args, text);
    const other = LETTERS[y]!;
    const reference = other === 'btime' ? birthTime(text) : status[other];
    if (!reference) return fatal(`Cannot obtain birth time of file ${quote(text)}`);
    return newerThan(args, stamp, reference);
  }
  const date = parseDate(text, args.settings.now, localZone());
  if (!date) return fatal(`I cannot figure out how to interpret ${quote(text)} as a date or time`);
  return newerThan(args, stamp, date);
}

export const timeTests: Makers = {
  atime: days('atime'),
  ctime: days('ctime'),
  mtime: days('mtime'),
  amin: minutes('atime'),
  cmin: minutes('ctime'),
  mmin: minutes('mtime'),
  newer: newer('mtime'),
  anewer: newer('atime'),
  cnewer: newer('ctime'),
  used: args => {
    const text = args.argument();
    const comparison = parseFraction(text) ?? fatal(`Invalid argument ${text} to -used`);
    return args.test(3, entry => {
      const status = entry.status();
      if (!status || compareTimespec(status.atime, status.ctime) < 0) return false;
      const { atime, ctime } = status;
      const age = atime.sec - ctime.sec + (atime.nsec - ctime.nsec) / 1e9;
      const { kind, value } = comparison;
      if (kind === '+') return age > (value + 1) * DAY;
      return kind === '-' ? age < value * DAY : age >= value * DAY && age < (value + 1) * DAY;
    });
  },
  daystart: args => {
    const { settings } = args;
    settings.dayStart = midnight(settings.now);
    return args.always();
  },
};
