/**
 * Clocks and calendar: time.h. Times are Timespec (kernel/time/timespec.ts); a broken-down time is a Tm, which is C's
 * struct tm except that `year` is the full year.
 */
import { type Timespec, EPOCH } from '../../kernel/time/timespec.ts';
import { SYS_clock_getres, SYS_clock_gettime, SYS_clock_settime } from '../../kernel/abi/syscall-numbers.ts';
import { readI64, viewOf, write64 } from '../../kernel/abi/layout.ts';
import { withBuffer } from './memory.ts';
import { syscall } from './native.ts';
import { env } from './stdlib.ts';
import { readAll } from './stdio.ts';
import { close, open } from './unistd.ts';
import { type Zone, daysFromCivil, parsePosixZone, parseTzif, UTC, yearOf } from './time-zone.ts';

export { strftime } from './strftime.ts';
export type { Timespec };

export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const CLOCK_PROCESS_CPUTIME_ID = 2;
export const CLOCK_BOOTTIME = 7;

function clockCall(number: number, clock: number): Timespec {
  return withBuffer(16, buffer => {
    syscall(number, clock, buffer.address);
    const view = viewOf(buffer.bytes);
    return { sec: readI64(view, 0), nsec: readI64(view, 8) };
  });
}
export function clockGettime(clock: number): Timespec {
  return clockCall(SYS_clock_gettime, clock);
}
export function clockGetres(clock: number): Timespec {
  return clockCall(SYS_clock_getres, clock);
}
export function clockSettime(clock: number, time: Timespec): void {
  withBuffer(16, buffer => {
    const view = viewOf(buffer.bytes);
    write64(view, 0, time.sec);
    write64(view, 8, time.nsec);
    syscall(SYS_clock_settime, clock, buffer.address);
  });
}
/** Seconds since the epoch, time(2). */
export function time(): number {
  return clockGettime(CLOCK_REALTIME).sec;
}
/** CLOCK_MONOTONIC as one number of seconds, for measuring. */
export function monotonicSeconds(): number {
  const { sec, nsec } = clockGettime(CLOCK_MONOTONIC);
  return sec + nsec / 1e9;
}

export interface Tm {
  /** 0–60 */
  readonly sec: number;
  readonly min: number;
  readonly hour: number;
  /** 1–31 */
  readonly mday: number;
  /** 0–11 */
  readonly mon: number;
  /** The full year: 2024, not 124. */
  readonly year: number;
  /** 0 is Sunday. */
  readonly wday: number;
  /** 0–365 */
  readonly yday: number;
  readonly isdst: boolean;
  /** Seconds east of Greenwich. */
  readonly gmtoff: number;
  readonly zone: string;
  /** The instant itself. */
  readonly epoch: number;
}

/** The fields that mktime and timegm read; they may be out of range. */
export type CivilTime = Pick<Tm, 'year' | 'mon' | 'mday' | 'hour' | 'min' | 'sec'>;

/** Breaks an instant down in a zone. */
export function breakDown(sec: number, zone: Zone): Tm {
  const { offset, isDst, name } = zone(sec);
  const local = sec + offset;
  const days = Math.floor(local / 86400);
  const rest = local - days * 86400;
  const year = yearOf(local);
  const yday = days - daysFromCivil(year, 0, 1);
  let mon = Math.min(11, Math.floor(yday / 28));
  while (daysFromCivil(year, mon, 1) > days) mon--;
  return {
    sec: rest % 60,
    min: Math.floor(rest / 60) % 60,
    hour: Math.floor(rest / 3600),
    mday: days - daysFromCivil(year, mon, 1) + 1,
    mon,
    year,
    wday: (((days + 4) % 7) + 7) % 7,
    yday,
    isdst: isDst,
    gmtoff: offset,
    zone: name,
    epoch: sec,
  };
}

/** The instant of a civil time that is UTC. */
export function timegm(tm: CivilTime): number {
  return daysFromCivil(tm.year, tm.mon, tm.mday) * 86400 + tm.hour * 3600 + tm.min * 60 + tm.sec;
}

/** The instant of a civil time in a zone. A time that a clock change skips is taken with the offset before it. */
export function instantIn(tm: CivilTime, zone: Zone): number {
  const local = timegm(tm);
  for (const guess of [local - 86400, local + 86400]) {
    const sec = local - zone(guess).offset;
    if (sec + zone(sec).offset === local) return sec;
  }
  return local - zone(local - 86400).offset;
}

let cachedName: string | undefined;
let cachedZone: Zone = UTC;

function readZone(path: string): Zone | undefined {
  try {
    const fd = open(path, 0);
    try {
      return parseTzif(readAll(fd));
    } finally {
      close(fd);
    }
  } catch {
    return undefined;
  }
}

/** The zone of the environment: TZ, else /etc/localtime, else UTC. */
export function localZone(): Zone {
  const name = env.get('TZ');
  const key = name ?? '\0';
  if (key === cachedName) return cachedZone;
  cachedName = key;
  cachedZone = UTC;
  if (name === undefined) cachedZone = readZone('/etc/localtime') ?? UTC;
  else if (name !== '') {
    const bare = name.replace(/^:/, '');
    const path = bare.startsWith('/') ? bare : `/usr/share/zoneinfo/${bare}`;
    cachedZone = (name.startsWith(':') ? undefined : parsePosixZone(name)) ?? readZone(path) ?? UTC;
  }
  return cachedZone;
}

export function gmtime(sec: number): Tm {
  return breakDown(sec, UTC);
}
export function localtime(sec: number): Tm {
  return breakDown(sec, localZone());
}
export function mktime(tm: CivilTime): number {
  return instantIn(tm, localZone());
}

/** Adds two timespecs (or a negative one), normalized. */
export function addTimespec(a: Timespec, b: Timespec): Timespec {
  const nsec = a.nsec + b.nsec;
  const carry = Math.floor(nsec / 1e9);
  return { sec: a.sec + b.sec + carry, nsec: nsec - carry * 1e9 };
}
/** a - b as seconds. */
export function secondsBetween(b: Timespec, a: Timespec = EPOCH): number {
  return b.sec - a.sec + (b.nsec - a.nsec) / 1e9;
}
