/** date(1): print or set the time. */
import { parse, usageError } from '../libc/getopt.ts';
import {
  breakDown, CLOCK_REALTIME, clockGettime, clockSettime, instantIn, localZone, strftime, type Timespec,
} from '../libc/time.ts'; // prettier-ignore
import { UTC } from '../libc/time-zone.ts';
import { env, fail, warn } from '../libc/stdlib.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { open } from '../libc/unistd.ts';
import { stat } from '../libc/stat.ts';
import { choose } from './lib/choice.ts';
import { parseDate } from './lib/date-parse.ts';
import { reason } from './lib/errors.ts';
import { quote, quotef } from './lib/quote.ts';

const usage = `Usage: date [OPTION]... [+FORMAT]
  or:  date [-u|--utc|--universal] [MMDDhhmm[[CC]YY][.ss]]
Display date and time in the given FORMAT, or set the system date.

  -d, --date=STRING          display time described by STRING, not 'now'
  -f, --file=DATEFILE        like --date; once for each line of DATEFILE
  -I[FMT], --iso-8601[=FMT]  output date/time in ISO 8601 format: date, hours, minutes, seconds or ns
  -R, --rfc-email            output date and time in RFC 5322 format
      --rfc-3339=FMT         output date/time in RFC 3339 format: date, seconds or ns
  -r, --reference=FILE       display the last modification time of FILE
  -s, --set=STRING           set time described by STRING
  -u, --utc, --universal     print or set Coordinated Universal Time (UTC)
`;

const ISO = {
  date: '%Y-%m-%d',
  hours: '%Y-%m-%dT%H%:z',
  minutes: '%Y-%m-%dT%H:%M%:z',
  seconds: '%Y-%m-%dT%H:%M:%S%:z',
  ns: '%Y-%m-%dT%H:%M:%S,%N%:z',
} as const;
const RFC_3339 = {
  date: '%Y-%m-%d',
  seconds: '%Y-%m-%d %H:%M:%S%:z',
  ns: '%Y-%m-%d %H:%M:%S.%N%:z',
} as const;

const rows = (table: Readonly<Record<string, string>>) => Object.keys(table).map(word => [word]);

/** POSIX's MMDDhhmm[[CC]YY][.ss]. */
function posixTime(text: string, now: Timespec): Timespec | undefined {
  const found = /^(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)?(\d\d))?(?:\.(\d\d))?$/.exec(text);
  if (!found) return undefined;
  const [month, day, hour, min, century, yy, sec] = found
    .slice(1)
    .map(part => (part === undefined ? undefined : Number(part)));
  if (month! < 1 || month! > 12 || day! < 1 || day! > 31 || hour! > 23 || min! > 59 || (sec ?? 0) > 60)
    return undefined;
  let year = breakDown(now.sec, localZone()).year;
  if (yy !== undefined) year = century !== undefined ? century * 100 + yy : yy < 69 ? 2000 + yy : 1900 + yy;
  return {
    sec: instantIn({ year, mon: month! - 1, mday: day!, hour: hour!, min: min!, sec: sec ?? 0 }, localZone()),
    nsec: 0,
  };
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'd:f:I::r:Rs:u',
    long: {
      date: 'd', file: 'f', 'iso-8601': 'I', reference: 'r', 'rfc-email': 'R', 'rfc-822': 'R', 'rfc-2822': 'R',
      'rfc-3339': 'rfc-3339:', set: 's', utc: 'u', uct: 'u', universal: 'u', resolution: 'resolution',
    }, // prettier-ignore
    usage,
  });
  if (found.has('u')) env.set('TZ', 'UTC0');
  const sources = found.options.filter(({ key }) => 'dfr'.includes(key) || key === 'resolution');
  if (new Set(sources.map(option => option.key)).size > 1) {
    return usageError(argv[0]!, 'the options to specify dates for printing are mutually exclusive');
  }
  const isSetting = found.has('s');
  if (isSetting && sources.length > 0) {
    return usageError(argv[0]!, 'the options to print and set the time may not be used together');
  }

  let format: string | undefined;
  const setFormat = (text: string) => {
    if (format !== undefined) fail(1, 'multiple output formats specified');
    format = text;
  };
  for (const { key, value } of found.options) {
    if (key === 'I')
      setFormat(ISO[choose(argv[0]!, '--iso-8601', value ?? 'date', rows(ISO)) as keyof typeof ISO]);
    if (key === 'R') setFormat('%a, %d %b %Y %H:%M:%S %z');
    if (key === 'rfc-3339')
      setFormat(RFC_3339[choose(argv[0]!, '--rfc-3339', value!, rows(RFC_3339)) as keyof typeof RFC_3339]);
  }
  const operands = found.operands;
  if (operands.length > 1) return usageError(argv[0]!, `extra operand ${quote(operands[1]!)}`);
  const operand = operands[0];
  if (operand?.startsWith('+')) setFormat(operand.slice(1));
  else if (operand !== undefined && (isSetting || sources.length > 0)) {
    return usageError(
      argv[0]!,
      `the argument ${quote(operand)} lacks a leading '+';\nwhen using an option to specify date(s), any non-option\nargument must be a format string beginning with '+'`,
    );
  }
  const layout = format ?? '%a %b %e %H:%M:%S %Z %Y';
  const show = ({ sec, nsec }: Timespec) => {
    stdout.write(strftime(layout, breakDown(sec, found.has('u') ? UTC : localZone()), nsec) + '\n');
  };

  const now = clockGettime(CLOCK_REALTIME);
  const fromText = (text: string) => parseDate(text, now, localZone());
  if (found.has('f')) return showFile(found.value('f')!, fromText, show);
  if (found.has('resolution')) {
    show({ sec: 0, nsec: 1 });
    return 0;
  }
  const file = found.value('r');
  if (file !== undefined) {
    try {
      show(stat(file).mtime);
      return 0;
    } catch (error) {
      return fail(1, `${quotef(file)}: ${reason(error)}`);
    }
  }
  const toSet = found.value('s') ?? (operand?.startsWith('+') ? undefined : operand);
  const description = found.value('d') ?? toSet;
  if (description === undefined) {
    show(now);
    return 0;
  }
  const time = toSet !== undefined && !isSetting ? posixTime(toSet, now) : fromText(description);
  if (time === undefined) return fail(1, `invalid date ${quote(description)}`);
  let status = 0;
  if (toSet !== undefined) {
    try {
      clockSettime(CLOCK_REALTIME, time);
    } catch (error) {
      warn(`cannot set date: ${reason(error)}`);
      status = 1;
    }
  }
  show(time);
  return status;
}

function showFile(
  name: string,
  parseLine: (text: string) => Timespec | undefined,
  show: (time: Timespec) => void,
): number {
  let status = 0;
  let fd = 0;
  try {
    if (name !== '-') fd = open(name, 0);
  } catch (error) {
    return fail(1, `${quotef(name)}: ${reason(error)}`);
  }
  const reader = new LineReader(fd);
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    const time = parseLine(line);
    if (time) show(time);
    else {
      warn(`invalid date ${quote(line)}`);
      status = 1;
    }
  }
  return status;
}
