/** Pieces of the texts of proc: sizes, padding, escapes, bit masks. */
import { RLIM_NLIMITS } from '../../abi/resource.ts';

export const PAGE_KIB = 4;

/** A line of meminfo, status and smaps: name, and kB right-aligned in `width`. */
export function kib(name: string, kibibytes: number, width = 8): string {
  return `${name}${String(Math.floor(kibibytes)).padStart(width)} kB\n`;
}

export function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** seq_escape, mangle_path: the characters of `special` as octal escapes. */
export function escapeOctal(text: string, special: string): string {
  let result = '';
  for (const c of text) {
    result += special.includes(c) ? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}` : c;
  }
  return result;
}

/** A list of CPUs or nodes 0…count-1: `0`, `0-3`. */
export function rangeList(count: number): string {
  return count === 1 ? '0' : `0-${count - 1}`;
}

/** A bit mask of CPUs 0…count-1 in hex. */
export function rangeMask(count: number): string {
  return ((1n << BigInt(count)) - 1n).toString(16);
}

/** A limit in the kernel's words: all ones for RLIM_INFINITY. */
export function limitWord(value: number): string {
  return Number.isFinite(value) ? String(value) : '18446744073709551615';
}

/** Rows of /proc/PID/limits by RLIMIT_*: name and unit. */
export const LIMIT_NAMES: readonly (readonly [string, string])[] = [
  ['Max cpu time', 'seconds'],
  ['Max file size', 'bytes'],
  ['Max data size', 'bytes'],
  ['Max stack size', 'bytes'],
  ['Max core file size', 'bytes'],
  ['Max resident set', 'bytes'],
  ['Max processes', 'processes'],
  ['Max open files', 'files'],
  ['Max locked memory', 'bytes'],
  ['Max address space', 'bytes'],
  ['Max file locks', 'locks'],
  ['Max pending signals', 'signals'],
  ['Max msgqueue size', 'bytes'],
  ['Max nice priority', ''],
  ['Max realtime priority', ''],
  ['Max realtime timeout', 'us'],
];
if (LIMIT_NAMES.length !== RLIM_NLIMITS) throw new Error('a resource limit has no name in /proc/PID/limits');
