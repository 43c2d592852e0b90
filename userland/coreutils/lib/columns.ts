/** Laying names out in columns as ls -C and -x do, with GNU's tabs between them. */
import { characterAt } from './quote.ts';
import { toText } from '../../../kernel/abi/byte-string.ts';

const MIN_COLUMN = 3;
const TAB = 8;

// Characters that take two columns or none on a terminal; glibc's wcwidth in its main ranges.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const ZERO = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns that a byte string takes on a terminal. */
export function displayWidth(text: string, isUtf8: boolean): number {
  if (/^[ -~]*$/.test(text) || !isUtf8) return text.length;
  let width = 0;
  for (let i = 0; i < text.length;) {
    const { length, isPrintable } = characterAt(text, i, isUtf8);
    const piece = text.slice(i, i + length);
    i += length;
    if (length === 1) {
      // Control characters take no room; bytes that are no character take one column.
      width += isPrintable || piece.charCodeAt(0) >= 0x80 ? 1 : 0;
      continue;
    }
    const character = toText(piece);
    width += WIDE.test(character) ? 2 : ZERO.test(character) ? 0 : 1;
  }
  return width;
}

export interface Cell {
  /** Made when it is printed: the order of printing matters to colors. */
  readonly text: () => string;
  readonly width: number;
}

export type Direction = 'down' | 'across';

/** The widths of the columns of the layout with the most columns that fits. */
function columnWidths(cells: readonly Cell[], lineWidth: number, direction: Direction): number[] {
  const count = cells.length;
  const most = Math.min(count, lineWidth === 0 ? count : Math.max(1, Math.floor(lineWidth / MIN_COLUMN)));
  for (let columns = most; columns > 1; columns--) {
    const rows = Math.ceil(count / columns);
    const widths: number[] = [];
    let total = 0;
    for (let i = 0; i < count; i++) {
      const column = direction === 'down' ? Math.floor(i / rows) : i % columns;
      const needed = cells[i]!.width + (column === columns - 1 ? 0 : 2);
      const before = widths[column] ?? MIN_COLUMN;
      const after = Math.max(before, needed);
      total += after - (widths[column] === undefined ? 0 : before);
      widths[column] = after;
    }
    total += (columns - widths.length) * MIN_COLUMN;
    if (lineWidth === 0 || total < lineWidth + (lineWidth === 0 ? 1 : 0)) return widths;
  }
  return [Math.max(0, ...cells.map(cell => cell.width)) + 2];
}

/** Blanks and tabs from one column of the screen to another. */
function indent(from: number, to: number, tab: number): string {
  let out = '';
  let at = from;
  while (at < to) {
    if (tab !== 0 && Math.floor(to / tab) > Math.floor((at + 1) / tab)) {
      out += '\t';
      at += tab - (at % tab);
    } else {
      out += ' ';
      at++;
    }
  }
  return out;
}

/** The lines of a table; `lineWidth` 0: no limit. */
export function layOut(cells: readonly Cell[], lineWidth: number, direction: Direction, tab = TAB): string {
  if (cells.length === 0) return '';
  const widths = columnWidths(cells, lineWidth, direction);
  const columns = widths.length;
  const rows = Math.ceil(cells.length / columns);
  let out = '';
  for (let row = 0; row < rows; row++) {
    let at = 0;
    let start = 0;
    for (let column = 0; column < columns; column++) {
      const i = direction === 'down' ? column * rows + row : row * columns + column;
      const cell = cells[i];
      if (!cell) break;
      out += indent(at, start, tab) + cell.text();
      at = start + cell.width;
      start += widths[column]!;
    }
    out += '\n';
  }
  return out;
}
