/**
 * Sets of characters, as bracket expressions and class escapes name them. The ASCII part is worked out at once; the
 * rest of a class such as [:alpha:] only when a text that is not ASCII is met, because the tables are big.
 */
import type { Range } from './utf8.ts';

export type ClassName =
  | 'alpha'
  | 'digit'
  | 'alnum'
  | 'upper'
  | 'lower'
  | 'space'
  | 'blank'
  | 'punct'
  | 'print'
  | 'graph'
  | 'cntrl'
  | 'xdigit'
  | 'word';

const ASCII: Record<ClassName, Range[]> = {
  alpha: [
    [65, 90],
    [97, 122],
  ],
  digit: [[48, 57]],
  alnum: [
    [48, 57],
    [65, 90],
    [97, 122],
  ],
  upper: [[65, 90]],
  lower: [[97, 122]],
  space: [
    [9, 13],
    [32, 32],
  ],
  blank: [
    [9, 9],
    [32, 32],
  ],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  print: [[32, 126]],
  graph: [[33, 126]],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  xdigit: [
    [48, 57],
    [65, 70],
    [97, 102],
  ],
  word: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
};

/** How glibc's C.UTF-8 classifies what is not ASCII, in terms of Unicode properties. */
const UNICODE: Partial<Record<ClassName, RegExp>> = {
  alpha: /[\p{Alphabetic}\p{Nd}]/u,
  alnum: /[\p{Alphabetic}\p{Nd}]/u,
  word: /[\p{Alphabetic}\p{Nd}]/u,
  upper: /[\p{Lu}\p{Lt}]/u,
  lower: /[\p{Ll}\p{Lt}]/u,
  space: /[\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]/u,
  blank: /[\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]/u,
  cntrl: /[\x80-\x9f\u2028\u2029]/u,
  punct:
    /[^\p{Alphabetic}\p{Nd}\p{C}\p{Zl}\p{Zp}\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]|\p{Cf}|\p{Co}/u,
  print: /[^\p{Cc}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u,
  graph: /[^\p{Cc}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]/u,
};

const tables = new Map<RegExp, Range[]>();

function unicodeRanges(property: RegExp): Range[] {
  const known = tables.get(property);
  if (known) return known;
  const ranges: Range[] = [];
  let start = -1;
  for (let code = 0x80; code <= 0x110000; code++) {
    // The planes 4–13 are unassigned; skipping them makes this four times quicker.
    if (code === 0x40000) code = 0xe0000;
    const isIn =
      code < 0x110000 && (code < 0xd800 || code > 0xdfff) && property.test(String.fromCodePoint(code));
    if (isIn && start < 0) start = code;
    else if (!isIn && start >= 0) {
      ranges.push([start, code - 1]);
      start = -1;
    }
  }
  tables.set(property, ranges);
  return ranges;
}

export function isClassName(name: string): name is ClassName {
  return Object.hasOwn(ASCII, name);
}

/** Is this character in the class? For tools that look at single characters. */
export function isInClass(code: number, name: ClassName): boolean {
  if (code < 0x80) return ASCII[name].some(([from, to]) => code >= from && code <= to);
  return code < 0x110000 && (UNICODE[name]?.test(String.fromCodePoint(code)) ?? false);
}

/** Sorted, disjoint, joined where they touch. */
export function normalize(ranges: readonly Range[]): Range[] {
  const sorted = ranges.toSorted((a, b) => a[0] - b[0]);
  const out: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = out.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}

export function complement(ranges: readonly Range[], max: number): Range[] {
  const out: Range[] = [];
  let next = 0;
  for (const [from, to] of normalize(ranges)) {
    if (from > max) break;
    if (from > next) out.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= max) out.push([next, max]);
  return out;
}

export function clip(ranges: readonly Range[], min: number, max: number): Range[] {
  return ranges.filter(r => r[0] <= max && r[1] >= min).map(r => [Math.max(r[0], min), Math.min(r[1], max)]);
}

/** The other case of a character, or the character. */
export function otherCase(code: number): number {
  if (code < 0x80) {
    if (code >= 65 && code <= 90) return code + 32;
    if (code >= 97 && code <= 122) return code - 32;
    return code;
  }
  if (code >= 0x110000) return code;
  const char = String.fromCodePoint(code);
  const upper = char.toUpperCase();
  const other = upper !== char ? upper : char.toLowerCase();
  const back = other.codePointAt(0)!;
  return other.length === String.fromCodePoint(back).length ? back : code;
}

function foldCase(ranges: readonly Range[]): Range[] {
  const out = [...ranges];
  for (const [from, to] of ranges) {
    // Beyond this the range is a script without case or nearly everything.
    for (let code = from; code <= Math.min(to, from + 4096); code++) {
      const other = otherCase(code);
      if (other !== code) out.push([other, other]);
    }
  }
  return out;
}

/** Ranges and classes, perhaps negated. */
export class CharSet {
  readonly ranges: Range[] = [];
  readonly classes: ClassName[] = [];
  /** Complements of classes inside the set: [\S], [\W]. */
  readonly negatedClasses: ClassName[] = [];
  isNegated = false;
  isFolded = false;

  static of(...ranges: Range[]): CharSet {
    const set = new CharSet();
    set.ranges.push(...ranges);
    return set;
  }
  static ofClass(name: ClassName, isNegated: boolean): CharSet {
    const set = new CharSet();
    set.classes.push(name);
    set.isNegated = isNegated;
    return set;
  }

  /** Does it matter whether texts are UTF-8 or bytes? */
  get isAsciiOnly(): boolean {
    return (
      !this.isNegated &&
      this.negatedClasses.length === 0 &&
      this.ranges.every(r => r[1] < 0x80) &&
      this.classes.every(name => !UNICODE[name])
    );
  }

  /** Its members up to `max`: 0x7f for ASCII, 0xff for single bytes, 0x10ffff for Unicode. */
  members(max: number): Range[] {
    const list: Range[] = [...this.ranges];
    for (const name of this.classes) {
      list.push(...ASCII[name]);
      if (max > 0xff && UNICODE[name]) list.push(...unicodeRanges(UNICODE[name]));
    }
    for (const name of this.negatedClasses) {
      const inside = [...ASCII[name], ...(max > 0xff && UNICODE[name] ? unicodeRanges(UNICODE[name]) : [])];
      list.push(...complement(inside, max));
    }
    const folded = this.isFolded ? foldCase(list) : list;
    return this.isNegated ? complement(folded, max) : clip(normalize(folded), 0, max);
  }
}
