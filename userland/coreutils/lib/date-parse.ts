/**
 * Dates as people write them, for `date -d` and `touch -d`: the common forms of GNU's getdate. `@123.5`, ISO dates
 * with and without time and zone, `15:04`, month names, `today`, `yesterday`, `+2 days`, `3 weeks ago`,
 * `next monday`, `last year`. Pure: the present is an argument.
 */
import type { Timespec } from '../../../kernel/time/timespec.ts';
import { breakDown, instantIn, timegm } from '../../libc/time.ts';
import { type Zone, UTC } from '../../libc/time-zone.ts';
import { DAYS, MONTHS } from '../../libc/strftime.ts';

interface Relative {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

interface State {
  date: { year: number; month: number; day: number } | undefined;
  time: { hour: number; minute: number; second: number; nsec: number } | undefined;
  /** Offset of a zone that was written, in seconds east. */
  offset: number | undefined;
  weekday: { day: number; ordinal: number } | undefined;
  epoch: Timespec | undefined;
  relative: Relative;
}

const UNITS: Readonly<Record<string, readonly [keyof Relative, number]>> = {
  year: ['year', 1],
  month: ['month', 1],
  fortnight: ['day', 14],
  week: ['day', 7],
  day: ['day', 1],
  hour: ['hour', 1],
  minute: ['minute', 1],
  min: ['minute', 1],
  second: ['second', 1],
  sec: ['second', 1],
};
const ORDINALS: Readonly<Record<string, number>> = {
  last: -1,
  this: 0,
  next: 1,
  first: 1,
  third: 3,
  fourth: 4,
  fifth: 5,
};
const ZONES: Readonly<Record<string, number>> = {
  utc: 0, gmt: 0, ut: 0, z: 0, wet: 0, west: 3600, bst: 3600, cet: 3600, cest: 7200, eet: 7200, eest: 10800, msk: 10800,
  est: -18000, edt: -14400, cst: -21600, cdt: -18000, mst: -25200, mdt: -21600, pst: -28800, pdt: -25200, jst: 32400,
}; // prettier-ignore

function nameIndex(names: readonly string[], word: string): number {
  if (word.length < 3) return -1;
  return names.findIndex(
    name =>
      name.toLowerCase() === word ||
      name.toLowerCase().slice(0, 3) ===
        word.replace(/^(tue|wedn|thur?|sept).*$/, short => short.slice(0, 3)),
  );
}

function fullYear(text: string): number {
  const n = Number(text);
  return text.length > 2 ? n : n < 69 ? n + 2000 : n + 1900;
}

type Rule = readonly [RegExp, (state: State, match: RegExpExecArray) => boolean | void];

function setDate(state: State, year: number, month: number, day: number): boolean {
  if (state.date || month < 0 || month > 11 || day < 1 || day > 31) return false;
  state.date = { year, month, day };
  return true;
}

function nanoseconds(fraction: string | undefined): number {
  return Number((fraction ?? '').slice(0, 9).padEnd(9, '0'));
}

function zoneOffset(sign: string, hours: string, minutes: string | undefined): number {
  const [h, m] =
    minutes !== undefined
      ? [Number(hours), Number(minutes)]
      : hours.length > 2
        ? [Number(hours.slice(0, -2)), Number(hours.slice(-2))]
        : [Number(hours), 0];
  return (sign === '-' ? -1 : 1) * (h * 3600 + m * 60);
}

/** Tried in order at each position; each consumes what it matched. */
const RULES: readonly Rule[] = [
  [/^[\s,]+/, () => true],
  [/^\([^)]*\)/, () => true],
  [
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:T(?=\d))?/i,
    (state, [, y, m, d]) => setDate(state, Number(y), Number(m) - 1, Number(d)),
  ],
  [
    /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}|\d{2}))?(?!\d)/,
    (state, [, m, d, y]) => setDate(state, y === undefined ? NaN : fullYear(y), Number(m) - 1, Number(d)),
  ],
  [
    /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(?:([ap])\.?m\.?)?(?:\s*([+-])(\d{1,4})(?::(\d{2}))?(?![\d-]|\s*[a-z]))?/i,
    (state, [, h, m, s, fraction, half, sign, zh, zm]) => {
      if (state.time) return false;
      let hour = Number(h);
      if (half !== undefined) {
        if (hour < 1 || hour > 12) return false;
        hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
      }
      if (hour > 24 || Number(m) > 59 || Number(s ?? 0) > 60) return false;
      state.time = { hour, minute: Number(m), second: Number(s ?? 0), nsec: nanoseconds(fraction) };
      if (sign !== undefined) state.offset = zoneOffset(sign, zh!, zm);
      return true;
    },
  ],
  [
    /^(\d{1,2})\s*([ap])\.?m\.?\b/i,
    (state, [, h, half]) => {
      const hour = Number(h);
      if (state.time || hour < 1 || hour > 12) return false;
      state.time = {
        hour: (hour % 12) + (half!.toLowerCase() === 'p' ? 12 : 0),
        minute: 0,
        second: 0,
        nsec: 0,
      };
      return true;
    },
  ],
  [
    /^(\d{1,2})[\s-]*([a-z]{3,9})\.?(?:[\s,-]+(\d{4})(?!:)|-(\d{2})(?![\d:]))?(?![a-z])/i,
    (state, [, d, name, y, y2]) => {
      const month = nameIndex(MONTHS, name!.toLowerCase());
      if (month < 0) return false;
      return setDate(state, (y ?? y2) === undefined ? NaN : fullYear((y ?? y2)!), month, Number(d));
    },
  ],
  [
    /^([a-z]{3,9})\.?[\s-]+(\d{1,2})(?![\d:])(?:(?:st|nd|rd|th)\b)?(?:[,\s-]+(\d{4})(?![\d:]))?/i,
    (state, [, name, d, y]) => {
      const month = nameIndex(MONTHS, name!.toLowerCase());
      if (month < 0) return false;
      return setDate(state, y === undefined ? NaN : Number(y), month, Number(d));
    },
  ],
  [
    /^([+-]?)\s*(\d+)\s*([a-z]+?)s?(\s+ago)?\b/i,
    (state, [, sign, n, name, ago]) => {
      const unit = UNITS[name!.toLowerCase()];
      if (!unit) return false;
      const factor = (sign === '-' ? -1 : 1) * (ago !== undefined ? -1 : 1);
      state.relative[unit[0]] += factor * Number(n) * unit[1];
      return true;
    },
  ],
  [
    /^([a-z]+)\s+([a-z]+?)s?(\s+ago)?(?![a-z])/i,
    (state, [, ordinalName, name, ago]) => {
      const ordinal = ORDINALS[ordinalName!.toLowerCase()];
      if (ordinal === undefined) return false;
      const unit = UNITS[name!.toLowerCase()];
      if (unit) {
        state.relative[unit[0]] += ordinal * unit[1] * (ago !== undefined ? -1 : 1);
        return true;
      }
      const day = nameIndex(DAYS, name!.toLowerCase());
      if (day < 0) return false;
      state.weekday = { day, ordinal };
      return true;
    },
  ],
  [
    /^([a-z]+)\.?/i,
    (state, [, word]) => {
      const name = word!.toLowerCase();
      const shift = { now: 0, today: 0, yesterday: -1, tomorrow: 1 }[name];
      if (shift !== undefined) {
        state.relative.day += shift;
        return true;
      }
      const unit = UNITS[name.replace(/s$/, '')];
      if (unit) {
        state.relative[unit[0]] += unit[1];
        return true;
      }
      if (name === 'ago') {
        for (const key of Object.keys(state.relative) as (keyof Relative)[]) state.relative[key] *= -1;
        return true;
      }
      const offset = ZONES[name];
      if (offset !== undefined) {
        state.offset = offset;
        return true;
      }
      const day = nameIndex(DAYS, name);
      if (day < 0 || state.weekday) return false;
      state.weekday = { day, ordinal: 0 };
      return true;
    },
  ],
  [
    /^([+-])(\d{1,2}):?(\d{2})?(?!\d)/,
    (state, [, sign, h, m]) => {
      if (!state.time || (state.offset === undefined && !state.time)) return false;
      state.offset = zoneOffset(sign!, h!, m ?? '00');
      return true;
    },
  ],
  [
    /^(\d{8})(?:T?(\d{2})(\d{2})(\d{2})?(?!\d)|(?!\d)T?)/i,
    (state, [, date, h, m, s]) => {
      const ok = setDate(
        state,
        Number(date!.slice(0, 4)),
        Number(date!.slice(4, 6)) - 1,
        Number(date!.slice(6)),
      );
      if (ok && h !== undefined)
        state.time = { hour: Number(h), minute: Number(m), second: Number(s ?? 0), nsec: 0 };
      return ok;
    },
  ],
  [
    /^(\d{1,2})(\d{2})(?!\d)/,
    (state, [, h, m]) => {
      if (state.time) {
        if (!state.date || !Number.isNaN(state.date.year)) return false;
        state.date.year = Number(h! + m!);
        return true;
      }
      if (Number(h) > 24 || Number(m) > 59) return false;
      state.time = { hour: Number(h), minute: Number(m), second: 0, nsec: 0 };
      return true;
    },
  ],
  [
    /^(\d{4})(?!\d)/,
    (state, [, y]) => {
      if (!state.date || !Number.isNaN(state.date.year)) return false;
      state.date.year = Number(y);
      return true;
    },
  ],
  [
    /^(\d{1,2})(?!\d)/,
    (state, [, h]) => {
      if (state.time || Number(h) > 24) return false;
      state.time = { hour: Number(h), minute: 0, second: 0, nsec: 0 };
      return true;
    },
  ],
];

/** Reads a date; undefined: not understood. */
export function parseDate(text: string, now: Timespec, localZone: Zone): Timespec | undefined {
  const epoch = /^\s*@(-?)(\d+)(?:[.,](\d+))?\s*$/.exec(text);
  if (epoch) {
    const nsec = nanoseconds(epoch[3]);
    if (epoch[1] !== '-') return { sec: Number(epoch[2]), nsec };
    return nsec === 0
      ? { sec: 0 - Number(epoch[2]), nsec: 0 }
      : { sec: -Number(epoch[2]) - 1, nsec: 1e9 - nsec };
  }
  if (text.trim() === '')
    return {
      sec: instantIn({ ...breakDown(now.sec, localZone), hour: 0, min: 0, sec: 0 }, localZone),
      nsec: 0,
    };
  const zoned = /^\s*TZ="([^"]*)"\s*(.*)$/s.exec(text);
  if (zoned) return undefined;
  const relative: Relative = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  const state: State = {
    date: undefined, time: undefined, offset: undefined, weekday: undefined, epoch: undefined, relative,
  }; // prettier-ignore
  for (let rest = text; rest !== '';) {
    const before = rest;
    for (const [pattern, act] of RULES) {
      const match = pattern.exec(rest);
      if (match && match[0] !== '' && act(state, match) !== false) {
        rest = rest.slice(match[0].length);
        break;
      }
    }
    if (rest === before) return undefined;
  }
  return resolve(state, now, localZone);
}

function resolve(state: State, now: Timespec, localZone: Zone): Timespec | undefined {
  const { date, time, weekday, relative, offset } = state;
  const zone: Zone = offset === undefined ? localZone : () => ({ offset, isDst: false, name: '' });
  const today = breakDown(now.sec, zone);
  const year = date && !Number.isNaN(date.year) ? date.year : today.year;
  const month = date?.month ?? today.mon;
  let day = date?.day ?? today.mday;
  if (
    date &&
    breakDown(timegm({ year, mon: month, mday: day, hour: 0, min: 0, sec: 0 }), UTC).mon !== month
  ) {
    return undefined; // 31 April
  }
  // A date or weekday without a time means midnight; a relative time keeps the present one.
  const clock = time ?? (date || weekday ? { hour: 0, minute: 0, second: 0, nsec: 0 } : undefined);
  if (weekday && !date) {
    const forward = (weekday.day - today.wday + 7) % 7;
    // «next monday» on a Monday is in seven days; «last monday» on a Wednesday two days ago.
    const weeks = weekday.ordinal - (weekday.ordinal > 0 && today.wday !== weekday.day ? 1 : 0);
    day += forward + weeks * 7;
  }
  const civil = {
    year: year + relative.year,
    mon: month + relative.month,
    mday: day + relative.day,
    hour: clock?.hour ?? today.hour,
    min: clock?.minute ?? today.min,
    sec: clock?.second ?? today.sec,
  };
  // A time that the clock change skips is no time; what is reached by counting days may be.
  const stated = { ...civil, year, mon: month, mday: date?.day ?? today.mday };
  if (clock && breakDown(instantIn(stated, zone), zone).hour !== stated.hour % 24) return undefined;
  const sec = instantIn(civil, zone) + relative.hour * 3600 + relative.minute * 60 + relative.second;
  return { sec, nsec: clock?.nsec ?? now.nsec };
}
