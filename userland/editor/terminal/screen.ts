/**
 * Draws rows of cells with as little output as it takes: it knows what the terminal shows, scrolls where rows have only
 * moved, and writes the part of a row that differs. ECMA-48 sequences as xterm, the Linux console and tmux know them.
 */
import { type Row, isSameCell, isSameRow } from './cells.ts';

export class Screen {
  rows: number;
  columns: number;
  private shown: Row[] | undefined;
  private style = '';
  private cursor: { row: number; column: number } | undefined;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
  }

  resize(rows: number, columns: number): void {
    this.rows = rows;
    this.columns = columns;
    this.forget();
  }

  /** The terminal shows who knows what: the next drawing clears it. */
  forget(): void {
    this.shown = undefined;
    this.cursor = undefined;
  }

  /** What to write so that the terminal shows these rows with the cursor there. `scrolled`: rows that scroll together. */
  draw(rows: readonly Row[], cursor: { row: number; column: number }, scrolled = rows.length): string {
    let output = '';
    this.style = '';
    if (!this.shown) {
      output += '\x1b[m\x1b[H\x1b[2J';
      this.shown = Array.from({ length: this.rows }, () => []);
      this.cursor = { row: 0, column: 0 };
    }
    output += this.scroll(rows, this.shown, scrolled);
    for (let i = 0; i < this.rows; i++) output += this.drawRow(i, this.shown[i]!, rows[i] ?? []);
    this.shown = Array.from({ length: this.rows }, (_, i) => rows[i] ?? []);
    const body = output === '' ? '' : `\x1b[?25l${output}${this.styled('')}`;
    const move = this.moveTo(cursor.row, Math.min(cursor.column, this.columns - 1));
    return body + move + (body === '' ? '' : '\x1b[?25h');
  }

  /** When most rows have moved by some, lets the terminal move them. */
  private scroll(rows: readonly Row[], shown: Row[], count: number): string {
    const same = (shift: number): number => {
      let n = 0;
      for (let i = 0; i < count; i++) {
        const old = shown[i + shift];
        if (
          i + shift >= 0 &&
          i + shift < count &&
          old &&
          rows[i] &&
          old.length > 0 &&
          isSameRow(old, rows[i]!)
        )
          n++;
      }
      return n;
    };
    let best = 0;
    let bestCount = same(0);
    for (let shift = 1; shift < count; shift++) {
      for (const signed of [shift, -shift]) {
        const n = same(signed);
        if (n > bestCount + 2) [best, bestCount] = [signed, n];
      }
    }
    if (best === 0) return '';
    const blank = (n: number): Row[] => Array.from({ length: n }, () => []);
    if (best > 0) shown.splice(0, count, ...shown.slice(best, count), ...blank(best));
    else shown.splice(0, count, ...blank(-best), ...shown.slice(0, count + best));
    this.cursor = undefined;
    return `\x1b[1;${count}r\x1b[${Math.abs(best)}${best > 0 ? 'S' : 'T'}\x1b[r`;
  }

  private drawRow(index: number, old: Row, row: Row): string {
    if (isSameRow(old, row)) return '';
    let from = 0;
    while (from < old.length && from < row.length && isSameCell(old[from], row[from])) from++;
    // Not from within a wide character, old or new.
    while (from > 0 && (row[from]?.text === '' || old[from]?.text === '')) from--;
    let end = row.length;
    if (old.length === row.length) while (end > from && isSameCell(old[end - 1], row[end - 1])) end--;
    while (end < row.length && row[end]!.text === '') end++;
    let output = this.moveTo(index, from);
    for (let i = from; i < end; i++) {
      const cell = row[i]!;
      if (cell.text !== '') output += this.styled(cell.style) + cell.text;
    }
    this.cursor = end < this.columns ? { row: index, column: end } : undefined;
    if (row.length < old.length && row.length < this.columns) output += `${this.styled('')}\x1b[K`;
    return output;
  }

  private styled(style: string): string {
    if (style === this.style) return '';
    this.style = style;
    return style === '' ? '\x1b[m' : `\x1b[0;${style}m`;
  }

  private moveTo(row: number, column: number): string {
    const at = this.cursor;
    this.cursor = { row, column };
    if (at && at.row === row) {
      if (at.column === column) return '';
      if (column === 0) return '\r';
    }
    return column === 0 && row === 0 ? '\x1b[H' : `\x1b[${row + 1};${column + 1}H`;
  }
}
