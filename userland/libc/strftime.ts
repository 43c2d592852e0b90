/**
 * strftime(3) with the GNU flags (`%-d`, `%_H`, `%^a`, `%010s`), `%N` and `%:z`, for the C locale.
 */
import type { Tm } from './time.ts';

export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** ISO 8601 week number and the year that it belongs to. */
function isoWeek(tm: Tm): { year: number; week: number } {
  const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  // The Thursday of the same week decides.
  const thursday = tm.yday - ((tm.wday + 6) % 7) + 3;
  if (thursday < 0) {
    const year = tm.year - 1;
    return { year, week: Math.floor((thursday + (isLeap(year) ? 366 : 365)) / 7) + 1 };
  }
  const length = isLeap(tm.year) ? 366 : 365;
  if (thursday >= length) return { year: tm.year + 1, week: 1 };
  return { year: tm.year, week: Math.floor(thursday / 7) + 1 };
}

/** `+hhmm` with as many colons as asked: 0 `+hhmm`, 1 `+hh:mm`, 2 `+hh:mm:ss`, 3 as short as it can be. */
export function offsetText(gmtoff: number, colons: number): string {
  const minus = gmtoff < 0;
  const total = Math.abs(gmtoff);
  const two = (n: number) => String(n).padStart(2, '0');
  const h = two(Math.floor(total / 3600));
  const m = two(Math.floor(total / 60) % 60);
  const s = two(total % 60);
  const sign = minus ? '-' : '+';
  if (colons === 0) return `${sign}${h}${m}`;
  if (colons === 1) return `${sign}${h}:${m}`;
  if (colons === 2) return `${sign}${h}:${m}:${s}`;
  return s !== '00' ? `${sign}${h}:${m}:${s}` : m !== '00' ? `${sign}${h}:${m}` : `${sign}${h}`;
}

/** A number with its default padding: width, and the character that fills it. */
interface NumberField {
  readonly value: number;
  readonly width: number;
  readonly pad: '0' | ' ';
}

function numberField(tm: Tm, directive: string): NumberField | undefined {
  const number = (value: number, width: number, pad: '0' | ' ' = '0') => ({ value, width, pad });
  const hour12 = tm.hour % 12 === 0 ? 12 : tm.hour % 12;
  switch (directive) {
    case 'C':
      return number(Math.floor(tm.year / 100), 2);
    case 'd':
      return number(tm.mday, 2);
    case 'e':
      return number(tm.mday, 2, ' ');
    case 'g':
      return number(((isoWeek(tm).year % 100) + 100) % 100, 2);
    case 'G':
      return number(isoWeek(tm).year, 4);
    case 'H':
      return number(tm.hour, 2);
    case 'I':
      return number(hour12, 2);
    case 'j':
      return number(tm.yday + 1, 3);
    case 'k':
      return number(tm.hour, 2, ' ');
    case 'l':
      return number(hour12, 2, ' ');
    case 'm':
      return number(tm.mon + 1, 2);
    case 'M':
      return number(tm.min, 2);
    case 'q':
      return number(Math.floor(tm.mon / 3) + 1, 1);
    case 's':
      return number(tm.epoch, 1);
    case 'S':
      return number(tm.sec, 2);
    case 'u':
      return number(tm.wday === 0 ? 7 : tm.wday, 1);
    case 'U':
      return number(Math.floor((tm.yday + 7 - tm.wday) / 7), 2);
    case 'V':
      return number(isoWeek(tm).week, 2);
    case 'w':
      return number(tm.wday, 1);
    case 'W':
      return number(Math.floor((tm.yday + 7 - ((tm.wday + 6) % 7)) / 7), 2);
    case 'y':
      return number(((tm.year % 100) + 100) % 100, 2);
    case 'Y':
      return number(tm.year, 4);
    default:
      return undefined;
  }
}

function textField(tm: Tm, directive: string): string | undefined {
  switch (directive) {
    case 'a':
      return DAYS[tm.wday]!.slice(0, 3);
    case 'A':
      return DAYS[tm.wday];
    case 'b':
    case 'h':
      return MONTHS[tm.mon]!.slice(0, 3);
    case 'B':
      return MONTHS[tm.mon];
    case 'c':
      return strftime('%a %b %e %H:%M:%S %Y', tm);
    case 'D':
    case 'x':
      return strftime('%m/%d/%y', tm);
    case 'F':
      return strftime('%Y-%m-%d', tm);
    case 'n':
      return '\n';
    case 'p':
      return tm.hour < 12 ? 'AM' : 'PM';
    case 'P':
      return tm.hour < 12 ? 'am' : 'pm';
    case 'r':
      return strftime('%I:%M:%S %p', tm);
    case 'R':
      return strftime('%H:%M', tm);
    case 't':
      return '\t';
    case 'T':
    case 'X':
      return strftime('%H:%M:%S', tm);
    case 'Z':
      return tm.zone;
    case '%':
      return '%';
    default:
      return undefined;
  }
}

/** Formats a broken-down time. `nsec` is what %N shows. */
export function strftime(format: string, tm: Tm, nsec = 0): string {
  return format.replaceAll(
    /%([_\-0^#+]*)(\d*)([EO]?)(:{0,3})([A-Za-z%])/g,
    (whole, flags: string, widthText: string, _modifier: string, colons: string, directive: string) => {
      const width = Number(widthText);
      const padFlag = flags.match(/[_\-0+]/g)?.at(-1);
      if (directive === 'z') return offsetField(tm, colons.length, padFlag, width);
      if (colons !== '') return whole;
      if (directive === 'N') return nanoseconds(nsec, padFlag, width);
      const number = numberField(tm, directive);
      let text: string;
      let pad: string = ' ';
      if (number) {
        const digits = String(Math.abs(number.value));
        const sign =
          number.value < 0 ? '-' : padFlag === '+' && number.width >= 4 && number.value > 9999 ? '+' : '';
        pad = padFlag === '_' ? ' ' : padFlag === '0' || padFlag === '+' ? '0' : number.pad;
        if (padFlag === '-') return sign + digits;
        const room = Math.max(number.width, width) - sign.length;
        return pad === '0'
          ? sign + digits.padStart(room, '0')
          : (sign + digits).padStart(room + sign.length, ' ');
      }
      const found = textField(tm, directive);
      if (found === undefined) return whole;
      text = found;
      if (flags.includes('^')) text = text.toUpperCase();
      else if (flags.includes('#'))
        text = directive === 'Z' || directive === 'p' ? text.toLowerCase() : text.toUpperCase();
      if (padFlag === '0' || padFlag === '+') pad = '0';
      return padFlag === '-' ? text : text.padStart(width, pad);
    },
  );
}

function offsetField(tm: Tm, colons: number, padFlag: string | undefined, width: number): string {
  const text = offsetText(tm.gmtoff, colons);
  if (padFlag === '-' || padFlag === '_') {
    // Without leading zeros: +1:30, +130, +0.
    const bare = text[0] + text.slice(1).replace(/^0(?=\d)/, '');
    return padFlag === '_' ? bare.padStart(Math.max(width, text.length), ' ') : bare;
  }
  return text[0] + text.slice(1).padStart(width - 1, '0');
}

/** %N: nine digits; a width cuts it to that many, «-» drops trailing zeros. */
function nanoseconds(nsec: number, padFlag: string | undefined, width: number): string {
  const digits = String(nsec).padStart(9, '0');
  if (padFlag === '-') return (width > 0 ? digits.slice(0, width) : digits).replace(/0+$/, '') || '0';
  if (width === 0) return padFlag === '_' ? digits.replace(/0+$/, zeros => ' '.repeat(zeros.length)) : digits;
  return width <= 9 ? digits.slice(0, width) : digits.padEnd(width, padFlag === '_' ? ' ' : '0');
}
