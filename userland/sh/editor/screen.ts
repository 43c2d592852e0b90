/**
 * Draws a prompt and the line under edit, over as many rows of the terminal as it takes. Pure: gives what to write. Only
 * what has changed is written again, and on the prompt's row the cursor moves relative to where it is: the prompt may
 * follow the unfinished line of a program. A full row is followed by an explicit new line, since a terminal leaves its
 * cursor in the last column until the next character.
 */
import { characters } from '../../libc/fnmatch.ts';
import { characterWidth, shownCharacter } from './text-width.ts';

interface Position {
  readonly row: number;
  readonly column: number;
}

const START: Position = { row: 0, column: 0 };

export class Screen {
  columns: number;
  private readonly isUtf8: boolean;
  private prompt: string | undefined;
  /** What stands on the terminal: characters, where each begins, and where the cursor is. */
  private shown: readonly string[] = [];
  private positions: Position[] = [START];
  private cursor = START;

  constructor(columns: number, isUtf8: boolean) {
    this.columns = columns;
    this.isUtf8 = isUtf8;
  }

  /** Forgets what is on the terminal: the next drawing begins where the cursor is, at the start of a row. */
  reset(): void {
    this.prompt = undefined;
    this.cursor = START;
  }

  /** The window has another width: everything is drawn again. */
  resize(columns: number): string {
    const output = this.toStart();
    this.columns = columns;
    this.prompt = undefined;
    return output;
  }

  /** What to write to bring the terminal up to date. `cursor` counts characters of the line. */
  draw(prompt: string, chars: readonly string[], cursor: number): string {
    let output = '';
    if (prompt !== this.prompt) {
      output += this.prompt === undefined ? '' : this.toStart();
      output += this.drawPrompt(prompt);
    }
    let same = 0;
    while (same < chars.length && same < this.shown.length && chars[same] === this.shown[same]) same++;
    const oldEnd = this.positions.at(-1)!;
    if (same < chars.length || same < this.shown.length) {
      output += this.moveTo(this.positions[same]!);
      this.positions.length = same + 1;
      for (let i = same; i < chars.length; i++) output += this.put(chars[i]!);
      const end = this.positions.at(-1)!;
      if (end.row < oldEnd.row || (end.row === oldEnd.row && end.column < oldEnd.column)) output += '\x1b[J';
    }
    this.shown = [...chars];
    return output + this.moveTo(this.positions[cursor]!);
  }

  private drawPrompt(prompt: string): string {
    let output = '';
    this.cursor = START;
    for (const piece of prompt.split(ESCAPE_SEQUENCE)) {
      if (piece.startsWith('\x1b')) {
        output += piece;
        continue;
      }
      for (const char of characters(piece, this.isUtf8)) {
        if (char === '\r') {
          output += '\r';
          this.cursor = { row: this.cursor.row, column: 0 };
        } else if (char !== '\x07') output += this.advance(char, char);
      }
    }
    this.prompt = prompt;
    this.shown = [];
    this.positions = [this.cursor];
    return output;
  }

  /** Writes a character of the line and notes where the next one begins. */
  private put(char: string): string {
    const output = this.advance(char, shownCharacter(char));
    this.positions.push(this.cursor);
    return output;
  }

  private advance(char: string, shown: string): string {
    const { row, column } = this.cursor;
    if (char === '\n') {
      this.cursor = { row: row + 1, column: 0 };
      return '\x1b[K\r\n';
    }
    const width = characterWidth(char);
    if (column + width > this.columns) {
      // A wide character does not fit the last column.
      this.cursor = { row: row + 1, column: width };
      return `\r\n${shown}`;
    }
    if (column + width === this.columns) {
      this.cursor = { row: row + 1, column: 0 };
      return `${shown}\r\n`;
    }
    this.cursor = { row, column: column + width };
    return shown;
  }

  private moveTo(target: Position): string {
    const { row, column } = this.cursor;
    this.cursor = target;
    if (row === target.row) return horizontal(target.column - column);
    const vertical = target.row < row ? `\x1b[${row - target.row}A` : `\x1b[${target.row - row}B`;
    return `${vertical}\r${horizontal(target.column)}`;
  }

  /** Back to where the prompt begins, with everything after it gone. */
  private toStart(): string {
    return `${this.moveTo(START)}\x1b[J`;
  }
}

function horizontal(by: number): string {
  if (by === 0) return '';
  if (by < 0) return by >= -4 ? '\b'.repeat(-by) : `\x1b[${-by}D`;
  return `\x1b[${by}C`;
}

// eslint-disable-next-line no-control-regex
const ESCAPE_SEQUENCE = /(\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))/;
