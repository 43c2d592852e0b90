/**
 * The order of lines, and sorting many of them. Each line gets a number that sorts as its first key does (the key's
 * first six bytes, or its numeric value), so that most comparisons are of two doubles; strings are looked at only
 * where the numbers are equal.
 */
import { type Compare, compareBytes, compareFor, numericPrefix, transformFor } from './compare.ts';
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
  readonly prefix: ((key: string) => number) | undefined;
}

const PREFIX_BYTES = 6;

function textPrefix(text: string): number {
  let value = 0;
  for (let i = 0; i < PREFIX_BYTES; i++) value = value * 257 + (i < text.length ? text.charCodeAt(i) + 1 : 0);
  return value;
}

export class Order {
  readonly options: OrderOptions;
  private readonly steps: readonly Step[];

  constructor(options: OrderOptions) {
    this.options = options;
    this.steps = options.keys.map(key => {
      const cut = extractor(key, options.separator);
      const transform = transformFor(key.options);
      const compare = compareFor(key.options, options.salt);
      return {
        extract: transform ? line => transform(cut(line)) : cut,
        compare,
        sign: key.options.includes('r') ? -1 : 1,
        prefix: key.options.includes('n') ? numericPrefix : compare === compareBytes ? textPrefix : undefined,
      };
    });
  }

  /** By keys alone: 0 if sort -u holds them for the same. */
  compareKeys(a: string, b: string): number {
    if (this.steps.length === 0) return compareBytes(a, b) * (this.options.isReversed ? -1 : 1);
    for (const step of this.steps) {
      const result = step.compare(step.extract(a), step.extract(b));
      if (result !== 0) return result * step.sign;
    }
    return 0;
  }

  compare(a: string, b: string): number {
    const result = this.compareKeys(a, b);
    if (result !== 0 || this.options.isStable || this.options.isUnique || this.steps.length === 0)
      return result;
    return compareBytes(a, b) * (this.options.isReversed ? -1 : 1);
  }

  /** The lines in order; stable. */
  sort(lines: readonly string[]): string[] {
    const { prefixes, keys, sign } = this.prepare(lines);
    const first = this.steps[0];
    const isOnlyKey = this.steps.length <= 1;
    const { isStable, isUnique, isReversed } = this.options;
    const last = isStable || isUnique ? 0 : isReversed ? -1 : 1;
    const slow = (i: number, j: number): number => {
      if (!first) return compareBytes(lines[i]!, lines[j]!) * sign;
      if (!isOnlyKey) return this.compare(lines[i]!, lines[j]!);
      const result = first.compare(keys[i]!, keys[j]!) * sign;
      return result !== 0 || last === 0 ? result : compareBytes(lines[i]!, lines[j]!) * last;
    };
    const compare = prefixes
      ? (i: number, j: number): number => (prefixes[i]! - prefixes[j]!) * sign || slow(i, j)
      : slow;
    const order = mergeSort(lines.length, compare);
    const out = new Array<string>(lines.length);
    for (let i = 0; i < out.length; i++) out[i] = lines[order[i]!]!;
    return out;
  }

  private prepare(lines: readonly string[]): {
    prefixes: Float64Array | undefined;
    keys: readonly string[];
    sign: number;
  } {
    const first = this.steps[0];
    const sign = first ? first.sign : this.options.isReversed ? -1 : 1;
    const keys = first ? lines.map(first.extract) : lines;
    const prefix = first ? first.prefix : textPrefix;
    if (!prefix) return { prefixes: undefined, keys, sign };
    const prefixes = new Float64Array(lines.length);
    for (let i = 0; i < keys.length; i++) prefixes[i] = prefix(keys[i]!);
    return { prefixes, keys, sign };
  }
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
