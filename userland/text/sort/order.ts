/**
 * The order of lines, and sorting many of them. Each line gets a number that sorts as its first key does (the key's
 * first six bytes, or its numeric value), so that most comparisons are of two doubles; strings are looked at only
 * where the numbers are equal.
 */
import {
  type Compare,
  compareBytes,
  compareFor,
  compareNumeric,
  numericPrefix,
  transformFor,
} from './compare.ts';
import { extractor, type Key } from './keys.ts';

export interface OrderOptions {
  readonly keys: readonly Key[];
  readonly separator: string | undefined;
  readonly isReversed: boolean;
  readonly isStable: boolean;
  readonly isUnique: boolean;
  readonly salt: number;
}

interface Step {
  readonly extract: (line: string) => string;
  readonly compare: Compare;
  readonly sign: number;
  readonly prefix: ((key: string, from?: number) => number) | undefined;
}

const PREFIX_BYTES = 6;

function textPrefix(text: string, from = 0): number {
  let value = 0;
  for (let i = from; i < from + PREFIX_BYTES; i++)
    value = value * 257 + (i < text.length ? text.charCodeAt(i) + 1 : 0);
  return value;
}

/** How many bytes all texts begin with in common: they tell nothing about the order. */
function commonLength(texts: readonly string[]): number {
  const [first = ''] = texts;
  let length = first.length;
  for (let i = 1; i < texts.length && length > 0; i++) {
    const text = texts[i]!;
    if (text.length < length) length = text.length;
    for (let k = 0; k < length; k++) {
      if (text.charCodeAt(k) === first.charCodeAt(k)) continue;
      length = k;
      break;
    }
  }
  return length;
}

/** A line with its keys, for merging: each line is compared several times. */
export interface Entry {
  readonly line: string;
  readonly keys: readonly string[];
  readonly prefixes: readonly number[];
}

/** Keys as short as this and of equal numeric prefix are equal numbers. */
const EXACT_DIGITS = 15;

export class Order {
  readonly options: OrderOptions;
  private readonly steps: readonly Step[];
  /** The order of whole lines where keys do not tell: 0 for none. */
  private readonly lastSign: number;

  constructor(options: OrderOptions) {
    this.options = options;
    const steps = options.keys.map(key => {
      const cut = extractor(key, options.separator);
      const transform = transformFor(key.options);
      const compare = compareFor(key.options, options.salt);
      return {
        extract: transform ? (line: string) => transform(cut(line)) : cut,
        compare: key.options.includes('n') ? compareNumericTies : compare,
        sign: key.options.includes('r') ? -1 : 1,
        prefix: key.options.includes('n') ? numericPrefix : compare === compareBytes ? textPrefix : undefined,
      };
    });
    const lineSign = options.isReversed ? -1 : 1;
    this.lastSign = options.isStable || options.isUnique ? 0 : lineSign;
    // Without keys the line is the key.
    const whole: Step = { extract: line => line, compare: compareBytes, sign: lineSign, prefix: textPrefix };
    this.steps = steps.length > 0 ? steps : [whole];
    if (steps.length === 0) this.lastSign = 0;
  }

  entry(line: string): Entry {
    const keys = this.steps.map(step => step.extract(line));
    return { line, keys, prefixes: this.steps.map((step, n) => (step.prefix ? step.prefix(keys[n]!) : 0)) };
  }

  /** By keys alone: 0 if sort -u holds them for the same. */
  compareKeys(a: string, b: string): number {
    for (const step of this.steps) {
      const x = step.extract(a);
      const y = step.extract(b);
      const result = (step.prefix ? step.prefix(x) - step.prefix(y) : 0) || step.compare(x, y);
      if (result !== 0) return result * step.sign;
    }
    return 0;
  }

  compare(a: string, b: string): number {
    return this.compareKeys(a, b) || (this.lastSign === 0 ? 0 : compareBytes(a, b) * this.lastSign);
  }

  compareEntries(a: Entry, b: Entry): number {
    for (let n = 0; n < this.steps.length; n++) {
      const step = this.steps[n]!;
      const result = a.prefixes[n]! - b.prefixes[n]! || step.compare(a.keys[n]!, b.keys[n]!);
      if (result !== 0) return result * step.sign;
    }
    return this.lastSign === 0 ? 0 : compareBytes(a.line, b.line) * this.lastSign;
  }

  /** The lines in order; stable. */
  sort(lines: readonly string[]): string[] {
    const { lastSign } = this;
    const columns = this.steps.map(({ extract, prefix, compare, sign }) => {
      const keys = lines.map(extract);
      const prefixes = new Float64Array(prefix ? lines.length : 0);
      const from = prefix === textPrefix ? commonLength(keys) : 0;
      if (prefix) for (let i = 0; i < keys.length; i++) prefixes[i] = prefix(keys[i]!, from);
      if (!prefix) return (i: number, j: number): number => compare(keys[i]!, keys[j]!) * sign;
      return (i: number, j: number): number => {
        const difference = prefixes[i]! - prefixes[j]!;
        return (difference === 0 ? compare(keys[i]!, keys[j]!) : difference) * sign;
      };
    });
    const [first] = columns;
    const compare = (i: number, j: number): number => {
      let result = first!(i, j);
      for (let n = 1; result === 0 && n < columns.length; n++) result = columns[n]!(i, j);
      return result === 0 && lastSign !== 0 ? compareBytes(lines[i]!, lines[j]!) * lastSign : result;
    };
    const order = mergeSort(lines.length, compare);
    const out = new Array<string>(lines.length);
    for (let i = 0; i < out.length; i++) out[i] = lines[order[i]!]!;
    return out;
  }
}

/** Numbers whose doubles are equal. */
function compareNumericTies(a: string, b: string): number {
  return a.length <= EXACT_DIGITS && b.length <= EXACT_DIGITS ? 0 : compareNumeric(a, b);
}

const RUN = 12;

/** Indices 0..count-1 in order: insertion sort of short runs, then merges. */
export function mergeSort(count: number, compare: (i: number, j: number) => number): Uint32Array {
  let from = new Uint32Array(count);
  for (let i = 0; i < count; i++) from[i] = i;
  for (let start = 0; start < count; start += RUN) {
    const end = Math.min(start + RUN, count);
    for (let i = start + 1; i < end; i++) {
      const item = from[i]!;
      let j = i - 1;
      while (j >= start && compare(from[j]!, item) > 0) {
        from[j + 1] = from[j]!;
        j--;
      }
      from[j + 1] = item;
    }
  }
  let to = new Uint32Array(count);
  for (let width = RUN; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      if (middle === end || compare(from[middle - 1]!, from[middle]!) <= 0) {
        to.set(from.subarray(start, end), start);
        continue;
      }
      let i = start;
      let j = middle;
      for (let k = start; k < end; k++) {
        to[k] = i < middle && (j >= end || compare(from[i]!, from[j]!) <= 0) ? from[i++]! : from[j++]!;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
