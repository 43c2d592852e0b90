/**
 * Which lines take no part in the comparison, as in GNU diff: those that the other file does not have at all, and,
 * among many of these, those that the other file has so often that matching them would only confuse.
 */

const KEEP = 0;
const ABSENT = 1;
/** Frequent in the other file: discarded only in the middle of a run of absent lines. */
const FREQUENT = 2;

/** How often a line must occur to be frequent: grows with the square root of the file. */
function frequencyLimit(lines: number): number {
  let limit = 5;
  for (let n = Math.floor(lines / 64) >> 2; n > 0; n >>= 2) limit *= 2;
  return limit;
}

/** 0 for each line that is compared. `counts`: how often the other file has each class. */
export function markDiscards(classes: Int32Array, counts: Int32Array): Uint8Array {
  const marks = new Uint8Array(classes.length);
  const limit = frequencyLimit(classes.length);
  for (let i = 0; i < classes.length; i++) {
    const matches = counts[classes[i]!]!;
    marks[i] = matches === 0 ? ABSENT : matches > limit ? FREQUENT : KEEP;
  }
  for (let i = 0; i < marks.length; i++) {
    if (marks[i] === FREQUENT) marks[i] = KEEP;
    else if (marks[i] === ABSENT) i = settleRun(marks, i);
  }
  return marks;
}

/** Decides about the frequent lines in the run of marked lines at `start`; gives the last line that is settled. */
function settleRun(marks: Uint8Array, start: number): number {
  let end = start;
  let frequent = 0;
  for (; end < marks.length && marks[end] !== KEEP; end++) if (marks[end] === FREQUENT) frequent++;
  // The run ends with an absent line.
  for (; end > start && marks[end - 1] === FREQUENT; frequent--) marks[--end] = KEEP;
  const length = end - start;
  if (frequent * 4 > length) {
    for (let i = start; i < end; i++) if (marks[i] === FREQUENT) marks[i] = KEEP;
    return start;
  }
  keepLongSubruns(marks, start, length);
  keepNearEnd(marks, length, i => start + i);
  const last = start + length - 1;
  keepNearEnd(marks, length, i => last - i);
  return last;
}

/** Frequent lines that stand together in some number are kept. */
function keepLongSubruns(marks: Uint8Array, start: number, length: number): void {
  let least = 1;
  for (let n = (length >> 2) >> 2; n > 0; n >>= 2) least <<= 1;
  least++;
  let together = 0;
  for (let i = 0; i < length; i++) {
    if (marks[start + i] !== FREQUENT) together = 0;
    else if (++together === least) i -= together;
    else if (together > least) marks[start + i] = KEEP;
  }
}

/** Frequent lines near an end of the run are kept, up to three absent ones in a row or the first behind the eighth. */
function keepNearEnd(marks: Uint8Array, length: number, at: (index: number) => number): void {
  let absent = 0;
  for (let i = 0; i < length; i++) {
    const index = at(i);
    if (i >= 8 && marks[index] === ABSENT) return;
    if (marks[index] === ABSENT) absent++;
    else {
      absent = 0;
      marks[index] = KEEP;
    }
    if (absent === 3) return;
  }
}
