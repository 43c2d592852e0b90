/**
 * Time zones: the TZ variable as POSIX defines it (`CET-1CEST,M3.5.0,M10.5.0/3`) and TZif files, tzfile(5).
 * Pure: bytes and strings in, offsets out.
 */

export interface ZoneOffset {
  /** Seconds east of Greenwich. */
  readonly offset: number;
  readonly isDst: boolean;
  /** Abbreviation. */
  readonly name: string;
}

/** What a zone says about an instant. */
export type Zone = (sec: number) => ZoneOffset;

const DAY = 86400;
export const UTC: Zone = () => ({ offset: 0, isDst: false, name: 'UTC' });

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar; `month` from 0, may be out of range. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = year + Math.floor(month / 12);
  const m = ((month % 12) + 12) % 12;
  // Count years from March, so that the leap day is the last one.
  const shifted = m < 2 ? y - 1 : y;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((m + 10) % 12) + 2) / 5) + day - 1;
  return (
    era * 146097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719468
  );
}

export function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** The year in which an instant (seconds, already shifted to local time) lies. */
export function yearOf(sec: number): number {
  const days = Math.floor(sec / DAY);
  let year = 1970 + Math.floor(days / 365.2425);
  while (daysFromCivil(year, 0, 1) > days) year--;
  while (daysFromCivil(year + 1, 0, 1) <= days) year++;
  return year;
}

/** `[+-]hh[:mm[:ss]]` → seconds. */
function seconds(text: string): number {
  const [h = '0', m = '0', s = '0'] = text.replace(/^[+-]/, '').split(':');
  const total = Number(h) * 3600 + Number(m) * 60 + Number(s);
  return text.startsWith('-') ? -total : total;
}

/** The second (local time) of the year at which a rule of a POSIX TZ takes effect. */
function ruleSecond(rule: string, year: number): number {
  const [date = '', time = '2'] = rule.split('/');
  const jan1 = daysFromCivil(year, 0, 1);
  let day: number;
  const m = /^M(\d+)\.(\d+)\.(\d+)$/.exec(date);
  if (m) {
    const month = Number(m[1]) - 1;
    const first = daysFromCivil(year, month, 1);
    const length = daysFromCivil(year, month + 1, 1) - first;
    // 1970-01-01 was a Thursday.
    let n = (((Number(m[3]) - (first + 4)) % 7) + 7) % 7;
    n += (Number(m[2]) - 1) * 7;
    while (n >= length) n -= 7;
    day = first + n;
  } else if (date.startsWith('J')) {
    const n = Number(date.slice(1));
    day = jan1 + n - 1 + (isLeapYear(year) && n >= 60 ? 1 : 0);
  } else day = jan1 + Number(date);
  return day * DAY + seconds(time);
}

const NAME = String.raw`(<[^>]{3,}>|[A-Za-z]{3,})`;
const OFFSET = String.raw`([+-]?\d{1,3}(?::\d{1,2}(?::\d{1,2})?)?)`;
const POSIX_TZ = new RegExp(`^${NAME}${OFFSET}(?:${NAME}${OFFSET}?(?:,([^,]+),([^,]+))?)?$`);

/** A POSIX TZ string; undefined if it is none. */
export function parsePosixZone(text: string): Zone | undefined {
  const found = POSIX_TZ.exec(text);
  if (!found) return undefined;
  const [, stdName, stdOffset, dstName, dstOffset, start = 'M3.2.0', end = 'M11.1.0'] = found;
  const bare = (name: string) => name.replace(/^<|>$/g, '');
  const standard: ZoneOffset = { offset: 0 - seconds(stdOffset!), isDst: false, name: bare(stdName!) };
  if (dstName === undefined) return () => standard;
  const offset = dstOffset === undefined ? standard.offset + 3600 : 0 - seconds(dstOffset);
  const daylight: ZoneOffset = { offset, isDst: true, name: bare(dstName) };
  return sec => {
    const year = yearOf(sec + standard.offset);
    const from = ruleSecond(start, year) - standard.offset;
    const to = ruleSecond(end, year) - daylight.offset;
    const isDst = from < to ? sec >= from && sec < to : sec >= from || sec < to;
    return isDst ? daylight : standard;
  };
}

/** A TZif file, version 1 to 4; undefined if it is none. */
export function parseTzif(bytes: Uint8Array): Zone | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isHeader = (at: number) => bytes.length >= at + 44 && view.getUint32(at) === 0x545a6966;
  if (!isHeader(0)) return undefined;
  // Header fields: isutcnt isstdcnt leapcnt timecnt typecnt charcnt.
  const count = (header: number, n: number) => view.getUint32(header + 20 + n * 4);
  const bodySize = (header: number, size: number) =>
    count(header, 3) * (size + 1) +
    count(header, 4) * 6 +
    count(header, 5) +
    count(header, 2) * (size + 4) +
    count(header, 1) +
    count(header, 0);
  let at = 0;
  let timeSize = 4;
  if (bytes[4]! >= 0x32) {
    // Version 2 and later: the same again with 64-bit times.
    at = 44 + bodySize(0, 4);
    if (!isHeader(at)) return undefined;
    timeSize = 8;
  }
  const timeCount = count(at, 3);
  const typeCount = count(at, 4);
  const timesAt = at + 44;
  const indexesAt = timesAt + timeCount * timeSize;
  const typesAt = indexesAt + timeCount;
  const namesAt = typesAt + typeCount * 6;
  const end = timesAt + bodySize(at, timeSize);
  if (typeCount === 0 || end > bytes.length) return undefined;
  const latin1 = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  const types = Array.from({ length: typeCount }, (_, i): ZoneOffset => {
    const typeAt = typesAt + i * 6;
    const nameAt = namesAt + bytes[typeAt + 5]!;
    const name = latin1(nameAt, bytes.indexOf(0, nameAt));
    return { offset: view.getInt32(typeAt), isDst: bytes[typeAt + 4] !== 0, name };
  });
  const times = Array.from({ length: timeCount }, (_, i) =>
    timeSize === 8 ? Number(view.getBigInt64(timesAt + i * 8)) : view.getInt32(timesAt + i * 4),
  );
  // After the last transition the footer's POSIX rule holds.
  const footer = timeSize === 8 ? /^\n([^\n]*)\n/.exec(latin1(end, bytes.length))?.[1] : undefined;
  const rule = footer ? parsePosixZone(footer) : undefined;
  const first = types.find(type => !type.isDst) ?? types[0]!;
  return sec => {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle]! <= sec) low = middle + 1;
      else high = middle;
    }
    if (low === times.length && rule) return rule(sec);
    return low === 0 ? first : types[bytes[indexesAt + low - 1]!]!;
  };
}
