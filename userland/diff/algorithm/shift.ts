/**
 * A run of changed lines can often be moved: `}` added behind a function or before it is the same. As GNU diff does,
 * runs are merged where they can be, moved down as far as they go, and put beside a run of the other file if one is
 * near.
 */

/** Marks of one file: 1 for a changed line. One more element before the first and behind the last stays 0. */
export class Marks {
  readonly bytes: Uint8Array;
  constructor(lines: number) {
    this.bytes = new Uint8Array(lines + 2);
  }
  has(line: number): boolean {
    return this.bytes[line + 1] === 1;
  }
  set(line: number, value: 0 | 1): void {
    this.bytes[line + 1] = value;
  }
}

export function shiftRuns(own: Marks, other: Marks, classes: Int32Array): void {
  const end = classes.length;
  let i = 0;
  // The line of the other file that goes with i.
  let j = 0;
  for (;;) {
    for (; i < end && !own.has(i); i++) while (other.has(j++));
    if (i === end) return;
    let start = i;
    while (own.has(++i));
    while (other.has(j)) j++;
    let beside: number;
    let length: number;
    do {
      length = i - start;
      // Up, merging with runs above.
      while (start > 0 && classes[start - 1] === classes[i - 1]) {
        own.set(--start, 1);
        own.set(--i, 0);
        while (own.has(start - 1)) start--;
        while (other.has(--j));
      }
      beside = other.has(j - 1) ? i : end;
      // Down, merging with runs below.
      while (i !== end && classes[start] === classes[i]) {
        own.set(start++, 0);
        own.set(i++, 1);
        while (own.has(i)) i++;
        while (other.has(++j)) beside = i;
      }
    } while (length !== i - start);
    // Back to where a run of the other file is.
    while (beside < i) {
      own.set(--start, 1);
      own.set(--i, 0);
      while (other.has(--j));
    }
  }
}
