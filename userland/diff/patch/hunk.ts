/** A hunk, whatever format it was written in: lines kept, taken away, and put in. */

export interface HunkLine {
  readonly mark: ' ' | '-' | '+';
  /** With its newline, if it has one. */
  readonly text: string;
}

export interface Hunk {
  /** First lines (from 1) in the old and the new file, as the patch says. */
  readonly oldFirst: number;
  readonly newFirst: number;
  readonly lines: readonly HunkLine[];
}

export function oldLines(hunk: Hunk): string[] {
  return hunk.lines.filter(line => line.mark !== '+').map(line => line.text);
}
export function newLines(hunk: Hunk): string[] {
  return hunk.lines.filter(line => line.mark !== '-').map(line => line.text);
}

/** Unchanged lines at the beginning and at the end. */
export function contextOf(hunk: Hunk): { prefix: number; suffix: number } {
  const isChange = (line: HunkLine) => line.mark !== ' ';
  const first = hunk.lines.findIndex(isChange);
  if (first < 0) return { prefix: hunk.lines.length, suffix: hunk.lines.length };
  return { prefix: first, suffix: hunk.lines.length - 1 - hunk.lines.findLastIndex(isChange) };
}

/** Runs of changes with the lines taken away first. */
function sorted(lines: readonly HunkLine[]): HunkLine[] {
  const out: HunkLine[] = [];
  let added: HunkLine[] = [];
  for (const line of lines) {
    if (line.mark === '+') added.push(line);
    else {
      if (line.mark === ' ') {
        out.push(...added);
        added = [];
      }
      out.push(line);
    }
  }
  return [...out, ...added];
}

/** The hunk that undoes this one. */
export function reversed(hunk: Hunk): Hunk {
  const swap = { ' ': ' ', '-': '+', '+': '-' } as const;
  return {
    oldFirst: hunk.newFirst,
    newFirst: hunk.oldFirst,
    lines: sorted(hunk.lines.map(({ mark, text }) => ({ mark: swap[mark], text }))),
  };
}
