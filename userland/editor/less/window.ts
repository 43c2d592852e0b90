/** The window of less over its lines: where it begins, moving by rows, which lines a filter (&) leaves. Pure. */
import type { Regex } from '../../libc/regex.ts';
import { matchesIn } from '../vi/search.ts';
import type { Row } from '../terminal/cells.ts';
import { lineRows, plainText } from './line-cells.ts';
import type { LessSettings } from './settings.ts';

export interface Place {
  readonly line: number;
  readonly row: number;
}

export class Window {
  readonly settings: LessSettings;
  lines: readonly string[] = [];
  /** Rows for text, and columns. */
  rows = 23;
  columns = 80;
  shift = 0;
  top: Place = { line: 0, row: 0 };
  search: Regex | undefined;
  filter: { regex: Regex; isInverse: boolean } | undefined;
  /** Makes sure that this many lines are there, if there are. */
  need: (lines: number) => void = () => {};

  constructor(settings: LessSettings) {
    this.settings = settings;
  }

  isShown(line: number): boolean {
    const text = this.lines[line]!;
    if (this.settings.squeezes && text === '' && line > 0 && this.lines[line - 1] === '') return false;
    if (!this.filter) return true;
    return this.filter.regex.test(plainText(text)) !== this.filter.isInverse;
  }

  /** The next line that is shown at or behind one; undefined at the end. */
  nextLine(from: number): number | undefined {
    for (let line = from; ; line++) {
      if (line >= this.lines.length) this.need(line + this.rows + 1);
      if (line >= this.lines.length) return undefined;
      if (this.isShown(line)) return line;
    }
  }

  previousLine(from: number): number | undefined {
    for (let line = Math.min(from, this.lines.length - 1); line >= 0; line--)
      if (this.isShown(line)) return line;
    return undefined;
  }

  rowsOf(line: number): Row[] {
    const text = this.lines[line]!;
    const { settings } = this;
    return lineRows(text, {
      columns: this.columns,
      isChopped: settings.isChopped,
      shift: this.shift,
      hasColours: settings.hasColours,
      number: settings.hasNumbers ? line + 1 : undefined,
      matches: this.search && this.search.test(text) ? matchesIn(this.search, text) : [],
    });
  }

  /** The rows of the window, and the place behind the last. */
  picture(): { rows: Row[]; lastLine: number; isAtEnd: boolean } {
    const rows: Row[] = [];
    let lastLine = this.top.line;
    let skip = this.top.row;
    let line = this.nextLine(this.top.line);
    while (line !== undefined && rows.length < this.rows) {
      const all = this.rowsOf(line);
      for (let i = skip; i < all.length && rows.length < this.rows; i++) rows.push(all[i]!);
      lastLine = line;
      if (rows.length === this.rows && skip + this.rows < all.length && line === this.top.line)
        return { rows, lastLine, isAtEnd: false };
      skip = 0;
      line = this.nextLine(line + 1);
    }
    const isCut = line === undefined && !this.fits();
    return { rows, lastLine, isAtEnd: line === undefined && !isCut };
  }

  /** Whether everything from the top on is in the window. */
  private fits(): boolean {
    return !this.step(this.top, this.rows);
  }

  /** The place some rows further down (or up, negative); undefined if that is behind the end. */
  private step(from: Place, rows: number): Place | undefined {
    let line: number | undefined = this.nextLine(from.line);
    let row = from.row + rows;
    while (line !== undefined) {
      const height = this.rowsOf(line).length;
      if (row < height) return { line, row };
      row -= height;
      line = this.nextLine(line + 1);
    }
    return undefined;
  }

  /** Moves down; the last row of the text stays at the bottom. False if nothing moved. */
  forward(rows: number): boolean {
    const before = this.top;
    const bottom = this.lastTop(rows);
    const wanted = this.step(this.top, rows);
    this.top = wanted && (!bottom || compare(wanted, bottom) <= 0) ? wanted : (bottom ?? before);
    if (compare(this.top, before) < 0) this.top = before;
    return compare(this.top, before) !== 0;
  }

  /** The lowest place for the top, if the end is near enough to matter. */
  private lastTop(rows: number): Place | undefined {
    if (this.step(this.top, rows + this.rows - 1)) return undefined;
    const last = this.previousLine(this.lines.length - 1);
    if (last === undefined) return undefined;
    return this.above({ line: last, row: this.rowsOf(last).length - 1 }, this.rows - 1);
  }

  /** Some rows above a place; the start if there are not as many. */
  private above(from: Place, rows: number): Place {
    let { line } = from;
    let row = from.row - rows;
    while (row < 0) {
      const previous = this.previousLine(line - 1);
      if (previous === undefined) return { line, row: 0 };
      line = previous;
      row += this.rowsOf(line).length;
    }
    return { line, row };
  }

  backward(rows: number): boolean {
    const before = this.top;
    this.top = this.above(this.top, rows);
    return compare(this.top, before) !== 0;
  }

  /** Puts a line at the top. */
  toLine(line: number): void {
    this.need(line + this.rows + 1);
    const shown = this.nextLine(Math.max(0, Math.min(line, this.lines.length - 1)));
    this.top = { line: shown ?? 0, row: 0 };
  }

  toEnd(): void {
    this.need(Infinity);
    const last = this.previousLine(this.lines.length - 1);
    if (last === undefined) return;
    this.top = this.above({ line: last, row: this.rowsOf(last).length - 1 }, this.rows - 1);
  }

  /** The line of the next match behind (before) a line; undefined for none. */
  find(regex: Regex, from: number, direction: 1 | -1): number | undefined {
    for (let line = from; line >= 0; line += direction) {
      if (line >= this.lines.length) this.need(line + 1000);
      if (line >= this.lines.length) return undefined;
      if (this.isShown(line) && regex.test(plainText(this.lines[line]!))) return line;
    }
    return undefined;
  }
}

function compare(a: Place, b: Place): number {
  return a.line - b.line || a.row - b.row;
}
