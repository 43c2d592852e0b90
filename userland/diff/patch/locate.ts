/**
 * Where in the file a hunk fits: at the place that the patch says, moved as the last hunk was, or as near to it as can
 * be. With fuzz some lines at the ends of its context need not match.
 */
import { contextOf, type Hunk, oldLines } from './hunk.ts';

export interface Input {
  readonly lines: readonly string[];
  /** Lines at the beginning that earlier hunks have dealt with. */
  readonly frozen: number;
  /** How far the last hunk was from where it should be. */
  readonly offset: number;
  /** What of a line counts: all, or with -l not the amount of white space. */
  readonly key: (line: string) => string;
}

/** Line (from 1) of the first old line, or 0 if the hunk fits nowhere. */
export function locate(hunk: Hunk, input: Input, fuzz: number): number {
  const pattern = oldLines(hunk).map(input.key);
  const total = input.lines.length;
  const first = pattern.length === 0 ? hunk.oldFirst + 1 : hunk.oldFirst;
  const guess = first + input.offset;
  if (pattern.length === 0) return guess;
  const { prefix, suffix } = contextOf(hunk);
  const context = Math.max(prefix, suffix);
  // Less context at one end means that the hunk is at that end of the file.
  let prefixFuzz = fuzz + prefix - context;
  const suffixFuzz = fuzz + suffix - context;

  const matches = (at: number, skipFirst: number, skipLast: number): boolean => {
    for (let i = skipFirst; i < pattern.length - skipLast; i++) {
      const line = input.lines[at - 1 + i];
      if (line === undefined || input.key(line) !== pattern[i]) return false;
    }
    return true;
  };

  const mostDown = total - (pattern.length - suffixFuzz) + 1 - guess;
  const mostUp = Math.min(guess - (input.frozen + 1), guess - 1);
  if (prefixFuzz < 0 && first <= 1) {
    if (suffixFuzz < 0 && (pattern.length !== total || prefix < input.frozen)) return 0;
    const isPossible = input.frozen <= prefix && 1 - guess <= mostDown;
    return isPossible && matches(1, 0, Math.max(0, suffixFuzz)) ? 1 : 0;
  }
  prefixFuzz = Math.max(0, prefixFuzz);
  if (suffixFuzz < 0) {
    const at = total - pattern.length + 1;
    return guess - at <= mostUp && at > 0 && matches(at, prefixFuzz, 0) ? at : 0;
  }
  const start = mostDown < 0 ? -mostDown : mostUp < 0 ? -mostUp : 0;
  for (let offset = start; offset <= Math.max(mostDown, mostUp); offset++) {
    if (offset <= mostDown && matches(guess + offset, prefixFuzz, suffixFuzz)) return guess + offset;
    if (offset <= mostUp && matches(guess - offset, prefixFuzz, suffixFuzz)) return guess - offset;
  }
  return 0;
}
