/** From two lists of lines to the list of changes between them. */
import { compareSequences } from './compare.ts';
import { markDiscards } from './discard.ts';
import { Marks, shiftRuns } from './shift.ts';

/** Lines (from 0) that the change replaces: `deleted` ones at line0 of the old file, `inserted` at line1 of the new. */
export interface Change {
  readonly line0: number;
  readonly line1: number;
  readonly deleted: number;
  readonly inserted: number;
  /** -B, -I: the change is of no interest. */
  isIgnored: boolean;
}

export interface ChangeOptions {
  /** -d */
  readonly isMinimal: boolean;
  /** Equal lines at both ends that take part in the comparison nevertheless. */
  readonly horizon: number;
}

/**
 * `texts`: the lines as they are; equal ones at both ends are set aside. `keys`: what is compared, as options say.
 * `canTrimEnd`: whether the last lines are comparable (not if only one of them lacks its newline).
 */
export function findChanges(
  texts: readonly [readonly string[], readonly string[]],
  keys: readonly [readonly string[], readonly string[]],
  canTrimEnd: boolean,
  options: ChangeOptions,
): Change[] {
  const [a, b] = texts;
  const shorter = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < shorter && a[prefix] === b[prefix]) prefix++;
  prefix = Math.max(0, prefix - options.horizon);
  let suffix = 0;
  if (canTrimEnd) {
    while (suffix < shorter - prefix && a[a.length - 1 - suffix] === b[b.length - 1 - suffix]) suffix++;
    suffix = Math.max(0, suffix - options.horizon);
  }
  const numbers = new Map<string, number>();
  const classesOf = (lines: readonly string[]) => {
    const classes = new Int32Array(lines.length - prefix - suffix);
    for (let i = 0; i < classes.length; i++) {
      const key = lines[prefix + i]!;
      let number = numbers.get(key);
      if (number === undefined) numbers.set(key, (number = numbers.size));
      classes[i] = number;
    }
    return classes;
  };
  const classes = [classesOf(keys[0]), classesOf(keys[1])] as const;
  const marks = classes.map(list => new Marks(list.length)) as [Marks, Marks];
  compareLines(classes, marks, numbers.size, options.isMinimal);
  shiftRuns(marks[0], marks[1], classes[0]);
  shiftRuns(marks[1], marks[0], classes[1]);
  return listChanges(marks, classes[0].length, classes[1].length, prefix);
}

function compareLines(
  classes: readonly [Int32Array, Int32Array],
  marks: readonly [Marks, Marks],
  classCount: number,
  isMinimal: boolean,
): void {
  const counts = classes.map(list => {
    const count = new Int32Array(classCount);
    for (const number of list) count[number]!++;
    return count;
  });
  const kept = classes.map((list, file) => {
    const discards = markDiscards(list, counts[1 - file]!);
    const indexes: number[] = [];
    for (let i = 0; i < list.length; i++) {
      if (isMinimal || discards[i] === 0) indexes.push(i);
      else marks[file]!.set(i, 1);
    }
    return { indexes, sequence: Int32Array.from(indexes, i => list[i]!) };
  });
  compareSequences(
    {
      x: kept[0]!.sequence,
      y: kept[1]!.sequence,
      deleted: index => marks[0].set(kept[0]!.indexes[index]!, 1),
      inserted: index => marks[1].set(kept[1]!.indexes[index]!, 1),
    },
    isMinimal,
  );
}

function listChanges(
  marks: readonly [Marks, Marks],
  length0: number,
  length1: number,
  prefix: number,
): Change[] {
  const changes: Change[] = [];
  let i = 0;
  let j = 0;
  while (i < length0 || j < length1) {
    if (marks[0].has(i) || marks[1].has(j)) {
      const line0 = i;
      const line1 = j;
      while (marks[0].has(i)) i++;
      while (marks[1].has(j)) j++;
      changes.push({
        line0: prefix + line0,
        line1: prefix + line1,
        deleted: i - line0,
        inserted: j - line1,
        isIgnored: false,
      });
    }
    i++;
    j++;
  }
  return changes;
}
