/** Tab stops of expand and unexpand: one size, or a list, the last of which may be /N or +N. */
import { quote } from '../../coreutils/lib/quote.ts';
import { fail } from '../../libc/stdlib.ts';

export class TabStops {
  private readonly stops: readonly number[];
  /** Behind the list: every `size` columns from 0, or from the last stop. */
  private readonly size: number;
  private readonly isRelative: boolean;

  constructor(lists: readonly string[]) {
    const stops: number[] = [];
    let size = 0;
    let isRelative = false;
    for (const part of lists.flatMap(list => list.split(/[, \t]+/))) {
      if (part === '') continue;
      const match = /^([+/]?)([0-9]+)$/.exec(part);
      if (!match)
        fail(1, `tab size contains invalid character(s): ${quote(part.replace(/^[+/]?[0-9]*/, ''))}`);
      const value = Number(match[2]);
      if (match[1] !== '') {
        size = value;
        isRelative = match[1] === '+';
        continue;
      }
      if (value === 0) fail(1, 'tab size cannot be 0');
      if (stops.length > 0 && value <= stops.at(-1)!) fail(1, 'tab sizes must be ascending');
      stops.push(value);
    }
    if (stops.length === 1 && size === 0) {
      size = stops.pop()!;
    }
    if (stops.length === 0 && size === 0) size = 8;
    this.stops = stops;
    this.size = size;
    this.isRelative = isRelative;
  }

  /** The first stop behind a column; undefined: there is none. */
  next(column: number): number | undefined {
    for (const stop of this.stops) if (stop > column) return stop;
    if (this.size === 0) return undefined;
    const base = this.isRelative ? (this.stops.at(-1) ?? 0) : 0;
    return column + this.size - ((column - base) % this.size);
  }
}
