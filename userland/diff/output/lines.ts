/** What all formats share: where lines go, and what a line looks like. */
import type { Change } from '../algorithm/changes.ts';
import type { TextFile } from '../text-file.ts';
import { expandTabs } from '../text-file.ts';

/** A file with its name and what the header says about it. */
export interface Side {
  readonly file: TextFile;
  /** `name<tab>time`, or the label. */
  readonly header: string;
}

export interface Output {
  readonly write: (text: string) => void;
  readonly sides: readonly [Side, Side];
  readonly changes: readonly Change[];
  readonly style: Style;
}

export interface Style {
  readonly context: number;
  /** -t */
  readonly expandsTabs: boolean;
  /** -T: a tab before the line keeps its own tabs in place. */
  readonly initialTab: boolean;
  readonly tabSize: number;
  /** --suppress-blank-empty */
  readonly omitsBlank: boolean;
  /** -p, -F: what a line must match to be shown in a hunk's header. */
  readonly functionLine: ((line: string) => boolean) | undefined;
  /** -y */
  readonly width: number;
  readonly leftColumn: boolean;
  readonly suppressesCommon: boolean;
  readonly paint: (kind: Paint, text: string) => string;
}

export type Paint = 'header' | 'delete' | 'add' | 'range';

export const NO_NEWLINE = '\\ No newline at end of file\n';

/** Line `index` of a file behind a mark, with its newline or the remark that it has none. */
export function markedLine(output: Output, side: 0 | 1, index: number, mark: string): string {
  const { style } = output;
  const { lines, missesNewline } = output.sides[side].file;
  const raw = lines[index]!;
  const line = style.expandsTabs ? expandTabs(raw, style.tabSize) : raw;
  let start = style.initialTab ? `${mark.trimEnd()}\t` : mark;
  if (line === '' && style.omitsBlank) start = start.trimEnd();
  const end = missesNewline && index === lines.length - 1 ? `\n${NO_NEWLINE}` : '\n';
  return start + line + end;
}

/** The last line before `line` that looks like the head of a function. */
export class FunctionFinder {
  readonly #lines: readonly string[];
  readonly #matches: ((line: string) => boolean) | undefined;
  #searched = 0;
  #found: string | undefined;

  constructor(lines: readonly string[], matches: ((line: string) => boolean) | undefined) {
    this.#lines = lines;
    this.#matches = matches;
  }

  /** ` text`, cut to 40 characters, or nothing. Lines must be asked for in ascending order. */
  before(line: number): string {
    if (!this.#matches) return '';
    for (let i = line - 1; i >= this.#searched; i--) {
      if (this.#matches(this.#lines[i]!)) {
        this.#found = this.#lines[i]!;
        break;
      }
    }
    this.#searched = line;
    if (this.#found === undefined) return '';
    return ` ${this.#found
      .replace(/^[ \t\v\f\r]+/, '')
      .slice(0, 40)
      .replace(/[ \t\v\f\r]+$/, '')}`;
  }
}
