/** awk's built-in functions of strings and numbers that need no special syntax. */
import { fromText, toText } from '../../../kernel/abi/byte-string.ts';
import { isAscii, type Match, type Regex } from '../../libc/regex.ts';
import { characters, charLength } from '../../libc/regex/utf8.ts';
import { strftime } from '../../libc/strftime.ts';
import { gmtime, localtime, mktime, time } from '../../libc/time.ts';
import type { Runtime } from './runtime.ts';
import { numberOf, type Value } from './value.ts';

export type Builtin = (args: readonly Value[], runtime: Runtime) => Value;

/** Numbers like C's rand() would be 31 bits; two steps of a 32-bit generator give 53. */
class Random {
  private state = 0;
  private seed = 0;
  setSeed(seed: number): number {
    const old = this.seed;
    this.seed = seed;
    this.state = (Math.trunc(seed) ^ 0x2545f491) | 0;
    return old;
  }
  private word(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
  next(): number {
    return ((this.word() >>> 5) * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }
}
const random = new Random();
random.setSeed(0);

function isWide(text: string, runtime: Runtime): boolean {
  return runtime.isUtf8 && !isAscii(text);
}

export function lengthOf(text: string, runtime: Runtime): number {
  return isWide(text, runtime) ? characters(text).length : text.length;
}

/** Characters before a byte offset. */
function countBefore(text: string, offset: number, runtime: Runtime): number {
  return isWide(text, runtime) ? characters(text.slice(0, offset)).length : offset;
}

/** Rounds half to even, as C's rint. */
function round(value: number): number {
  const low = Math.floor(value);
  const part = value - low;
  if (part !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

function substr(text: string, start: number, count: number | undefined, runtime: Runtime): string {
  const from = round(start);
  const end = count === undefined ? Infinity : from + round(count);
  if (Number.isNaN(from) || Number.isNaN(end)) return '';
  const first = Math.max(1, from);
  if (end <= first) return '';
  if (!isWide(text, runtime)) return text.slice(first - 1, end === Infinity ? undefined : end - 1);
  return characters(text)
    .slice(first - 1, end === Infinity ? undefined : end - 1)
    .join('');
}

function changeCase(text: string, isUpper: boolean, runtime: Runtime): string {
  const change = (s: string): string => (isUpper ? s.toUpperCase() : s.toLowerCase());
  if (isAscii(text)) return change(text);
  if (runtime.isUtf8) return fromText(change(toText(text)));
  return text.replaceAll(/[a-zA-Z]+/g, change);
}

const integer = (value: Value): bigint => BigInt(Math.trunc(numberOf(value)));

export const builtins: Record<string, Builtin> = {
  length: ([value], runtime) => lengthOf(runtime.text(value), runtime),
  substr: ([text, start, count], runtime) =>
    substr(runtime.text(text), numberOf(start), count === undefined ? undefined : numberOf(count), runtime),
  index: ([text, part], runtime) => {
    const whole = runtime.text(text);
    const at = whole.indexOf(runtime.text(part));
    return at < 0 ? 0 : countBefore(whole, at, runtime) + 1;
  },
  sprintf: ([format, ...rest], runtime) => runtime.sprintf(runtime.text(format), rest),
  tolower: ([text], runtime) => changeCase(runtime.text(text), false, runtime),
  toupper: ([text], runtime) => changeCase(runtime.text(text), true, runtime),
  sin: ([x]) => Math.sin(numberOf(x)),
  cos: ([x]) => Math.cos(numberOf(x)),
  atan2: ([y, x]) => Math.atan2(numberOf(y), numberOf(x)),
  exp: ([x]) => Math.exp(numberOf(x)),
  log: ([x]) => Math.log(numberOf(x)),
  sqrt: ([x]) => Math.sqrt(numberOf(x)),
  int: ([x]) => Math.trunc(numberOf(x)) + 0,
  rand: () => random.next(),
  srand: args => random.setSeed(args.length > 0 ? numberOf(args[0]) : time()),
  systime: () => time(),
  strftime: ([format, when, isUtc], runtime) => {
    const at = when === undefined ? time() : Math.floor(numberOf(when));
    const text = format === undefined ? '%a %b %e %H:%M:%S %Z %Y' : runtime.text(format);
    return strftime(text, numberOf(isUtc) !== 0 ? gmtime(at) : localtime(at));
  },
  mktime: ([text], runtime) => {
    const parts = runtime.text(text).trim().split(/\s+/).map(Number);
    if (parts.length < 6 || parts.some(Number.isNaN)) return -1;
    const [year, mon, mday, hour, min, sec] = parts as [number, number, number, number, number, number];
    return mktime({ year, mon: mon - 1, mday, hour, min, sec });
  },
  system: ([command], runtime) => runtime.streams.system(runtime.text(command)),
  close: ([name], runtime) => runtime.streams.close(runtime.text(name)),
  fflush: ([name], runtime) =>
    runtime.streams.flush(name === undefined ? undefined : runtime.text(name) || undefined),
  and: ([a, b]) => Number(integer(a) & integer(b)),
  or: ([a, b]) => Number(integer(a) | integer(b)),
  xor: ([a, b]) => Number(integer(a) ^ integer(b)),
  lshift: ([a, b]) => Number(integer(a) << integer(b)),
  rshift: ([a, b]) => Number(integer(a) >> integer(b)),
  compl: ([a]) => Number(~integer(a) & 0x1fffffffffffffn),
};

/** match(): sets RSTART and RLENGTH, and gives the groups to the array of gawk's third argument. */
export function matchIn(text: string, regex: Regex, runtime: Runtime): Match | undefined {
  const match = regex.exec(text);
  if (match) {
    runtime.rstart = countBefore(text, match.start, runtime) + 1;
    runtime.rlength = lengthOf(match.groups[0] ?? '', runtime);
  } else {
    runtime.rstart = 0;
    runtime.rlength = -1;
  }
  return match;
}

type Part = string | number;

/** A replacement's parts: texts, and numbers of groups (only 0 unless `hasGroups`). */
function replacementParts(text: string, hasGroups: boolean): Part[] {
  const parts: Part[] = [];
  let plain = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const next = text[i + 1];
    if (char === '\\' && (next === '&' || next === '\\')) {
      plain += next;
      i++;
    } else if (
      char === '&' ||
      (hasGroups && char === '\\' && next !== undefined && next >= '0' && next <= '9')
    ) {
      parts.push(plain, char === '&' ? 0 : Number(next));
      plain = '';
      if (char === '\\') i++;
    } else plain += char;
  }
  parts.push(plain);
  return parts;
}

/** sub, gsub, gensub: `which` is the match to replace, 0 for all. */
export function replace(
  text: string,
  regex: Regex,
  replacement: string,
  which: number,
  hasGroups: boolean,
): { text: string; count: number } {
  let match = regex.exec(text);
  if (!match) return { text, count: 0 };
  const isPlain = !/[\\&]/.test(replacement);
  const parts = isPlain ? [] : replacementParts(replacement, hasGroups);
  let out = '';
  let copied = 0;
  let count = 0;
  let seen = 0;
  let previousEnd = -1;
  while (match) {
    const { start, end, groups } = match;
    if (start !== end || start !== previousEnd) {
      seen++;
      if (which === 0 || seen === which) {
        count++;
        out += text.slice(copied, start);
        out += isPlain
          ? replacement
          : parts.map(part => (typeof part === 'number' ? (groups[part] ?? '') : part)).join('');
        copied = end;
        if (which !== 0) break;
      }
    }
    previousEnd = end;
    const next = start === end ? end + (end < text.length ? charLength(text, end) : 1) : end;
    if (next > text.length) break;
    match = regex.exec(text, next);
  }
  return { text: out + text.slice(copied), count };
}
