/**
 * Draws a prompt and the line under edit, over as many rows of the terminal as it takes. Pure: gives what to write. The
 * terminal's last column is left by writing on (auto margins), so a full row is followed by an explicit new line.
 */
import { characters } from '../../libc/fnmatch.ts';
import { characterWidth, shownCharacter } from './text-width.ts';

export class Screen {
  columns: number;
  private readonly isUtf8: boolean;
  /** Row of the cursor, counted from the prompt's first row. */
  private cursorRow = 0;

  constructor(columns: number, isUtf8: boolean) {
    this.columns = columns;
    this.isUtf8 = isUtf8;
  }

  /** Forgets what is on the terminal: the next drawing begins where the cursor is. */
  reset(): void {
    this.cursorRow = 0;
  }

  /** Redraws everything. `cursor` counts characters of the line. */
  draw(prompt: string, chars: readonly string[], cursor: number): string {
    let output = this.cursorRow > 0 ? `\x1b[${this.cursorRow}A\r` : '\r';
    output += '\x1b[J';
    let row = 0;
    let column = 0;
    const put = (shown: string, width: number): void => {
      if (column + width > this.columns) {
        if (column < this.columns) output += '\r\n';
        row++;
        column = 0;
      }
      output += shown;
      column += width;
      if (column === this.columns) {
        // Leave the pending wrap, so that the cursor is where we count it.
        output += '\r\n';
        row++;
        column = 0;
      }
    };
    const newline = (): void => {
      output += '\r\n';
      row++;
      column = 0;
    };
    for (const piece of prompt.split(ESCAPE_SEQUENCE)) {
      if (piece.startsWith('\x1b')) {
        output += piece;
        continue;
      }
      for (const char of characters(piece, this.isUtf8)) {
        if (char === '\n') newline();
        else if (char === '\r') {
          output += '\r';
          column = 0;
        } else if (char !== '\x07') put(char, characterWidth(char));
      }
    }
    let cursorRow = row;
    let cursorColumn = column;
    chars.forEach((char, i) => {
      if (i === cursor) [cursorRow, cursorColumn] = [row, column];
      if (char === '\n') newline();
      else put(shownCharacter(char), characterWidth(char));
    });
    if (cursor >= chars.length) [cursorRow, cursorColumn] = [row, column];
    if (row > cursorRow) output += `\x1b[${row - cursorRow}A`;
    output += '\r';
    if (cursorColumn > 0) output += `\x1b[${cursorColumn}C`;
    this.cursorRow = cursorRow;
    return output;
  }
}

// eslint-disable-next-line no-control-regex
const ESCAPE_SEQUENCE = /(\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))/;
