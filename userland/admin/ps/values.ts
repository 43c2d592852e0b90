/** What the columns of ps show: texts of times, states and names, as procps-ng words them. */
import { toText } from '../../../kernel/abi/byte-string.ts';
import { groupById, userById } from '../../libc/pwd.ts';
import { localtime, strftime } from '../../libc/time.ts';
import { HERTZ, type Process } from '../lib/process.ts';
import { ttyName } from '../lib/tty-name.ts';

/** What values depend on beside the process. */
export interface Moment {
  readonly nowSec: number;
  readonly bootSec: number;
  readonly uptimeSec: number;
  readonly totalKib: number;
  /** S: the time of waited-for children counts. */
  readonly isCumulative: boolean;
  /** c: names instead of command lines; e: the environment after them. */
  readonly commands: 'args' | 'comm' | 'args-and-environment';
}

const pad = (n: number): string => String(n).padStart(2, '0');

export function ticksOf(p: Process, { isCumulative }: Moment): number {
  return p.ticks + (isCumulative ? p.childrenTicks : 0);
}
export function secondsOf(p: Process, moment: Moment): number {
  return Math.floor(ticksOf(p, moment) / HERTZ);
}
/** `[DD-]HH:MM:SS` */
export function cpuTime(seconds: number): string {
  const days = Math.floor(seconds / 86400);
  const rest = `${pad(Math.floor(seconds / 3600) % 24)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return days > 0 ? `${days}-${rest}` : rest;
}
/** `M:SS` */
export function bsdTime(seconds: number): string {
  return `${String(Math.floor(seconds / 60)).padStart(3)}:${pad(seconds % 60)}`;
}
/** `[[DD-]HH:]MM:SS` */
export function elapsedTime(seconds: number): string {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const rest = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  if (days > 0) return `${days}-${pad(hours)}:${rest}`;
  return hours > 0 ? `${pad(hours)}:${rest}` : rest;
}

export function elapsedSeconds(p: Process, { uptimeSec }: Moment): number {
  return Math.max(0, Math.floor(uptimeSec - p.startTicks / HERTZ));
}
export function startSeconds(p: Process, { bootSec }: Moment): number {
  return bootSec + Math.floor(p.startTicks / HERTZ);
}

/** Share of a processor over the process's life, in tenths of a percent. */
export function cpuTenths(p: Process, moment: Moment): number {
  const lived = moment.uptimeSec - p.startTicks / HERTZ;
  const seconds = Math.floor(lived);
  return seconds > 0 ? Math.floor((ticksOf(p, moment) * 1000) / HERTZ / seconds) : 0;
}
export function tenths(value: number): string {
  return value > 999 ? String(Math.floor(value / 10)) : `${Math.floor(value / 10)}.${value % 10}`;
}

/** STIME: the hour today, the day in this year, else the year. */
export function startShort(p: Process, moment: Moment): string {
  const start = localtime(startSeconds(p, moment));
  const now = localtime(moment.nowSec);
  if (start.year !== now.year) return strftime('%Y', start);
  return strftime(start.yday === now.yday ? '%H:%M' : '%b%d', start);
}
export function startClock(p: Process, moment: Moment): string {
  const at = startSeconds(p, moment);
  return strftime(moment.nowSec - at > 86400 ? '  %b %d' : '%H:%M:%S', localtime(at));
}
export function startLong(p: Process, moment: Moment): string {
  return strftime('%a %b %e %H:%M:%S %Y', localtime(startSeconds(p, moment)));
}
export function startBsd(p: Process, moment: Moment): string {
  const at = startSeconds(p, moment);
  return strftime(moment.nowSec - at > 86400 ? '%b %e' : ' %H:%M', localtime(at));
}

/** STAT: state, priority, locked pages, leader of a session, threads, foreground. */
export function stateWord(p: Process): string {
  return (
    p.state +
    (p.nice < 0 ? '<' : p.nice > 0 ? 'N' : '') +
    (p.kib('VmLck') > 0 ? 'L' : '') +
    (p.session === p.tgid ? 's' : '') +
    (p.threads > 1 ? 'l' : '') +
    (p.tpgid === p.pgrp && p.pgrp !== 0 ? '+' : '')
  );
}

export function terminal(p: Process, none = '?'): string {
  return ttyName(p.tty) ?? none;
}

/** A name, cut with a plus if it is too long. */
function fit(name: string, width: number): string {
  return name.length > width ? `${name.slice(0, Math.max(0, width - 1))}+` : name;
}
export function userName(uid: number, width: number): string {
  return fit(userById(uid)?.name ?? String(uid), width);
}
export function groupName(gid: number, width: number): string {
  return fit(groupById(gid)?.name ?? String(gid), width);
}

/** Bytes that would disturb a terminal show as question marks; characters of UTF-8 stay. */
export function printable(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  const isText = !toText(text).includes('\ufffd');
  // oxlint-disable-next-line no-control-regex
  return isText ? text.replace(/[\0-\x1f\x7f]/g, '?') : text.replace(/[^ -~]/g, '?');
}

export function shortCommand(p: Process): string {
  return printable(p.comm) + (p.state === 'Z' ? ' <defunct>' : '');
}
export function fullCommand(p: Process, moment: Moment): string {
  if (moment.commands === 'comm') return shortCommand(p);
  const words = p.arguments;
  if (p.state === 'Z') return `[${printable(p.comm)}] <defunct>`;
  if (words.length === 0) return `[${printable(p.comm)}]`;
  return printable(words.join(' '));
}

const CLASSES = ['TS', 'FF', 'RR', 'B', 'ISO', 'IDL', 'DLN'];
export function schedulingClass(p: Process): string {
  return CLASSES[p.policy] ?? '?';
}
export function niceness(p: Process): string {
  return p.policy === 0 || p.policy === 3 ? String(p.nice) : '-';
}
