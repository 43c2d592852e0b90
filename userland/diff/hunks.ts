/** Changes in groups with the unchanged lines around them, and what a group does to each file. */
import type { Change } from './algorithm/changes.ts';

/** Lines from 0; `last` is inclusive, and before `first` if there are none. */
export interface Extent {
  readonly first0: number;
  readonly last0: number;
  readonly first1: number;
  readonly last1: number;
  readonly deletes: boolean;
  readonly inserts: boolean;
}

/** What a group of changes spans; undefined if nothing in it is of interest. */
export function extentOf(changes: readonly Change[]): Extent | undefined {
  if (changes.every(change => change.isIgnored)) return undefined;
  const first = changes[0]!;
  const last = changes.at(-1)!;
  return {
    first0: first.line0,
    first1: first.line1,
    last0: last.line0 + last.deleted - 1,
    last1: last.line1 + last.inserted - 1,
    deletes: changes.some(change => change.deleted > 0),
    inserts: changes.some(change => change.inserted > 0),
  };
}

/** Changes whose surroundings touch belong to one hunk; one of no interest must be nearer. */
export function groupChanges(changes: readonly Change[], context: number): Change[][] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const before = groups.at(-1)?.at(-1);
    const limit = change.isIgnored ? context : 2 * context + 1;
    if (before && change.line0 - (before.line0 + before.deleted) < limit) groups.at(-1)!.push(change);
    else groups.push([change]);
  }
  return groups;
}
