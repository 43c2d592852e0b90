/** Lines of text as rows of the screen: wrapped, with tabs, control characters, line numbers, highlighting. */
import { type Cell, type Row, appendCharacter, appendPlain } from '../terminal/cells.ts';
import type { Settings } from './settings.ts';
import { nextColumn, shownCharacter } from './text.ts';

export interface LineLayout {
  readonly rows: readonly Row[];
  /** Where the character at a column of the line stands. */
  place(column: number): { row: number; column: number };
}

/** Styles of the characters of a line, by column; undefined is plain. */
export type Styling = ((column: number) => string) | undefined;

export function numberWidth(settings: Settings, lineCount: number): number {
  return settings.number ? Math.max(4, String(lineCount).length + 1) : 0;
}

export function layoutLine(
  text: string,
  line: number,
  columns: number,
  gutter: number,
  settings: Settings,
  styling: Styling,
): LineLayout {
  const rows: Row[] = [];
  const starts: number[] = [];
  const places: number[] = [];
  const width = Math.max(1, columns - gutter);
  let row: Row = [];
  const startRow = (): void => {
    row = [];
    if (gutter > 0)
      appendPlain(row, rows.length === 0 ? `${String(line + 1).padStart(gutter - 1)} ` : ' '.repeat(gutter));
    rows.push(row);
  };
  startRow();
  let at = 0;
  for (let i = 0; i < text.length;) {
    const next = nextColumn(text, i);
    const char = text.slice(i, next);
    const shown =
      settings.list && char === '\t' ? { text: '^I', width: 2 } : shownCharacter(char, at, settings.tabstop);
    const style = styling?.(i) ?? '';
    const isWide = shown.text === char && shown.width === 2;
    if (row.length + (isWide ? 2 : 1) > gutter + width && shown.width > 0) startRow();
    starts.push(i);
    places.push((rows.length - 1) * columns + row.length);
    if (shown.text === char) appendCharacter(row, char, shown.width, style);
    else
      for (const piece of shown.text) {
        if (row.length >= gutter + width) startRow();
        appendPlain(row, piece, style);
      }
    at += shown.width;
    i = next;
  }
  if (settings.list) {
    if (row.length >= gutter + width) startRow();
    appendPlain(row, '$');
  }
  // A cursor behind a full row stands in the next one.
  const end = (rows.length - 1) * columns + row.length - (settings.list ? 1 : 0);
  return {
    rows,
    place(column) {
      let found = end;
      if (column < text.length) {
        let low = 0;
        let high = starts.length - 1;
        while (low < high) {
          const middle = (low + high + 1) >> 1;
          if (starts[middle]! <= column) low = middle;
          else high = middle - 1;
        }
        found = places[low]!;
      } else if (row.length >= columns) return { row: rows.length, column: gutter };
      return { row: Math.floor(found / columns), column: found % columns };
    },
  };
}

/** A line as :list shows it. */
export function listed(text: string): string {
  let result = '';
  for (let i = 0; i < text.length;) {
    const next = nextColumn(text, i);
    const char = text.slice(i, next);
    result += char === '\t' ? '^I' : shownCharacter(char, 0, 8).text;
    i = next;
  }
  return result;
}

/** Text as cells, cut at a width. */
export function textRow(text: string, columns: number, style = ''): Row {
  const row: Cell[] = [];
  for (let i = 0; i < text.length;) {
    const next = nextColumn(text, i);
    const { text: shown, width } = shownCharacter(text.slice(i, next), row.length, 8);
    if (row.length + width > columns) break;
    if (shown.length === next - i && shown === text.slice(i, next)) appendCharacter(row, shown, width, style);
    else appendPlain(row, shown, style);
    i = next;
  }
  return row;
}
