/** touch(1). */
import { parse, usageError } from '../libc/getopt.ts';
import {
  AT_SYMLINK_NOFOLLOW,
  futimens,
  lstat,
  stat,
  type Timespec,
  utimensat,
  UTIME_NOW,
  UTIME_OMIT,
} from '../libc/stat.ts';
import { breakDown, CLOCK_REALTIME, clockGettime, instantIn, localZone } from '../libc/time.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { AT_FDCWD, close, open } from '../libc/unistd.ts';
import { O_CREAT, O_NOCTTY, O_NONBLOCK, O_WRONLY } from '../../kernel/abi/fcntl.ts';
import { parseDate } from './lib/date-parse.ts';
import { invalidArgument } from './lib/choice.ts';
import { isError, reason } from './lib/errors.ts';
import { quote, quoteaf } from './lib/quote.ts';

const usage = `Usage: touch [OPTION]... FILE...
Update the access and modification times of each FILE to the current time.
A FILE argument that does not exist is created empty, unless -c or -h is supplied.

  -a                     change only the access time
  -c, --no-create        do not create any files
  -d, --date=STRING      parse STRING and use it instead of current time
  -f                     (ignored)
  -h, --no-dereference   affect each symbolic link instead of any referenced file
  -m                     change only the modification time
  -r, --reference=FILE   use this file's times instead of current time
  -t STAMP               use [[CC]YY]MMDDhhmm[.ss] instead of current time
      --time=WORD        change the specified time: access, atime, use, modify, mtime
`;

/** [[CC]YY]MMDDhhmm[.ss] */
function parseStamp(text: string, now: Timespec): Timespec | undefined {
  const found = /^(?:(\d\d)?(\d\d))?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(text);
  if (!found) return undefined;
  const [century, yy, month, day, hour, min, sec] = found
    .slice(1)
    .map(part => (part === undefined ? undefined : Number(part)));
  const zone = localZone();
  let year = breakDown(now.sec, zone).year;
  if (yy !== undefined) year = century !== undefined ? century * 100 + yy : yy < 69 ? 2000 + yy : 1900 + yy;
  const civil = { year, mon: month! - 1, mday: day!, hour: hour!, min: min!, sec: sec ?? 0 };
  const instant = instantIn(civil, zone);
  const back = breakDown(instant, zone);
  const isReal =
    back.mon === civil.mon && back.mday === civil.mday && back.hour === civil.hour && back.min === civil.min;
  return isReal ? { sec: instant, nsec: 0 } : undefined;
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'acd:fhmr:t:',
    long: { 'no-create': 'c', date: 'd', 'no-dereference': 'h', reference: 'r', time: 'time:' },
    usage,
  });
  let [isAccess, isModification] = [found.has('a'), found.has('m')];
  const word = found.value('time');
  if (word !== undefined) {
    if (['atime', 'access', 'use'].includes(word)) isAccess = true;
    else if (['mtime', 'modify'].includes(word)) isModification = true;
    else
      return invalidArgument(argv[0]!, '--time', word, [
        ['atime', 'access', 'use'],
        ['mtime', 'modify'],
      ]);
  }
  if (!isAccess && !isModification) isAccess = isModification = true;
  const isLink = found.has('h');
  let [atime, mtime] = [UTIME_NOW, UTIME_NOW];
  const now = clockGettime(CLOCK_REALTIME);
  const [reference, date, stamp] = [found.value('r'), found.value('d'), found.value('t')];
  if (stamp !== undefined && (reference !== undefined || date !== undefined)) {
    return usageError(argv[0]!, 'cannot specify times from more than one source');
  }
  if (reference !== undefined) {
    try {
      ({ atime, mtime } = isLink ? lstat(reference) : stat(reference));
    } catch (error) {
      return fail(1, `failed to get attributes of ${quoteaf(reference)}: ${reason(error)}`);
    }
  }
  if (date !== undefined) {
    const at = (base: Timespec) =>
      parseDate(date, base, localZone()) ?? fail(1, `invalid date format ${quote(date)}`);
    [atime, mtime] = reference === undefined ? [at(now), at(now)] : [at(atime), at(mtime)];
  }
  if (stamp !== undefined) {
    atime = mtime = parseStamp(stamp, now) ?? fail(1, `invalid date format ${quote(stamp)}`);
  }
  if (!isAccess) atime = UTIME_OMIT;
  if (!isModification) mtime = UTIME_OMIT;
  if (found.operands.length === 0) return usageError(argv[0]!, 'missing file operand');
  let status = 0;
  for (const name of found.operands) {
    if (!touch(name, atime, mtime, isLink, found.has('c') || isLink)) status = 1;
  }
  return status;
}

function touch(name: string, atime: Timespec, mtime: Timespec, isLink: boolean, isKept: boolean): boolean {
  if (name === '-') {
    try {
      futimens(1, atime, mtime);
      return true;
    } catch (error) {
      warn(`setting times of ${quoteaf(name)}: ${reason(error)}`);
      return false;
    }
  }
  let openError: unknown;
  let fd = -1;
  if (!isKept) {
    try {
      fd = open(name, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, 0o666);
    } catch (error) {
      openError = error;
    }
  }
  try {
    if (fd >= 0) futimens(fd, atime, mtime);
    else utimensat(AT_FDCWD, name, atime, mtime, isLink ? AT_SYMLINK_NOFOLLOW : 0);
    return true;
  } catch (error) {
    if (openError !== undefined && !isError(openError, 'EISDIR')) {
      warn(`cannot touch ${quoteaf(name)}: ${reason(openError)}`);
      return false;
    }
    if (isKept && isError(error, 'ENOENT')) return true;
    warn(`setting times of ${quoteaf(name)}: ${reason(error)}`);
    return false;
  } finally {
    if (fd >= 0) close(fd);
  }
}
