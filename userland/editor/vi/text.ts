/**
 * Lines as characters. A line is a byte string, a column is the offset of a character's first byte; bytes that are no
 * UTF-8 are characters of their own, so that any file survives. What characters look like on the terminal is here too.
 */
import { charLength, codeAt } from '../../libc/regex/utf8.ts';
import { characterWidth } from '../../sh/editor/text-width.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

export function comparePositions(a: Position, b: Position): number {
  return a.line - b.line || a.column - b.column;
}

/** The column behind the character at `column`. */
export function nextColumn(line: string, column: number): number {
  return column >= line.length ? line.length : column + charLength(line, column);
}

/** The column of the character before `column`; 0 at the start. */
export function previousColumn(line: string, column: number): number {
  for (let back = Math.min(4, column); back > 1; back--) {
    if (charLength(line, column - back) === back) return column - back;
  }
  return Math.max(0, column - 1);
}

/** The column of the last character; 0 in an empty line. */
export function lastColumn(line: string): number {
  return previousColumn(line, line.length);
}

export function characterAt(line: string, column: number): string {
  return line.slice(column, nextColumn(line, column));
}

/** The start of the character that `column` lies in. */
export function characterStart(line: string, column: number): number {
  if (column >= line.length) return line.length;
  for (let back = Math.min(3, column); back > 0; back--) {
    if (charLength(line, column - back) > back) return column - back;
  }
  return column;
}

/** How a character is shown, and how wide; a tab depends on where it begins. */
export function shownCharacter(char: string, at: number, tabstop: number): { text: string; width: number } {
  const code = char.charCodeAt(0);
  if (char === '\t') {
    const width = tabstop - (at % tabstop);
    return { text: ' '.repeat(width), width };
  }
  if (code < 32 || code === 127) return { text: `^${String.fromCharCode(code ^ 64)}`, width: 2 };
  if (code >= 128 && char.length === 1) return { text: `<${code.toString(16)}>`, width: 4 };
  // C1 controls would be taken as commands by the terminal.
  if (code === 0xc2 && char.charCodeAt(1) < 0xa0)
    return { text: `<${char.charCodeAt(1).toString(16)}>`, width: 4 };
  return { text: char, width: code < 128 ? 1 : characterWidth(char) };
}

/** Screen columns before the character at `column`. */
export function displayColumn(line: string, column: number, tabstop: number): number {
  let at = 0;
  for (let i = 0; i < column && i < line.length;) {
    const next = nextColumn(line, i);
    at += shownCharacter(line.slice(i, next), at, tabstop).width;
    i = next;
  }
  return at;
}

/** The character that covers a screen column, or the end of the line. */
export function columnAtDisplay(line: string, display: number, tabstop: number): number {
  let at = 0;
  for (let i = 0; i < line.length;) {
    const next = nextColumn(line, i);
    at += shownCharacter(line.slice(i, next), at, tabstop).width;
    if (at > display) return i;
    i = next;
  }
  return line.length;
}

export type CharacterClass = 'blank' | 'punctuation' | 'word';

/** Of which kind of word a character is part. Beyond ASCII only punctuation and symbols are no letters. */
export function classOf(line: string, column: number, isBig: boolean): CharacterClass {
  const code = line.charCodeAt(column);
  if (Number.isNaN(code) || code === 32 || code === 9) return 'blank';
  if (isBig) return 'word';
  if (code < 128) return isAsciiWord(code) ? 'word' : 'punctuation';
  const point = codeAt(line, column);
  return (point >= 0x2010 && point <= 0x206f) || (point >= 0x3000 && point <= 0x3020) || point < 0xc0
    ? 'punctuation'
    : 'word';
}

function isAsciiWord(code: number): boolean {
  return (
    (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95
  );
}

/** Column of the first character that is no blank; in a blank line its last character. */
export function firstNonBlank(line: string): number {
  const column = line.search(/[^ \t]/);
  return column < 0 ? lastColumn(line) : column;
}

/** The blanks at the start of a line. */
export function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)![0];
}
