/** Where words begin and end: w b e ge and their big sisters. An empty line is a word. */
import type { TextBuffer } from './buffer.ts';
import { type Position, classOf, nextColumn, previousColumn } from './text.ts';

/** w: start of the next word; the end of the text if there is none. */
export function nextWord(buffer: TextBuffer, from: Position, isBig: boolean): Position {
  let { line, column } = from;
  let text = buffer.line(line);
  const start = classOf(text, column, isBig);
  while (start !== 'blank' && column < text.length && classOf(text, column, isBig) === start)
    column = nextColumn(text, column);
  for (;;) {
    while (column < text.length && classOf(text, column, isBig) === 'blank')
      column = nextColumn(text, column);
    if (column < text.length) return { line, column };
    if (line === buffer.lineCount - 1) return { line, column: text.length };
    line++;
    column = 0;
    text = buffer.line(line);
    if (text === '') return { line, column: 0 };
  }
}

/** e: last character of this or the next word. `isInPlace`: the word's end may be where we are (cw). */
export function wordEnd(buffer: TextBuffer, from: Position, isBig: boolean, isInPlace: boolean): Position {
  let { line, column } = from;
  let text = buffer.line(line);
  if (!isInPlace) column = nextColumn(text, column);
  for (;;) {
    while (column < text.length && classOf(text, column, isBig) === 'blank')
      column = nextColumn(text, column);
    if (column < text.length) break;
    if (line === buffer.lineCount - 1) return { line, column: previousColumn(text, text.length) };
    line++;
    column = 0;
    text = buffer.line(line);
  }
  const here = classOf(text, column, isBig);
  for (;;) {
    const next = nextColumn(text, column);
    if (next >= text.length || classOf(text, next, isBig) !== here) return { line, column };
    column = next;
  }
}

/** b: start of this or the previous word. */
export function previousWord(buffer: TextBuffer, from: Position, isBig: boolean): Position {
  let { line, column } = from;
  let text = buffer.line(line);
  for (;;) {
    while (column > 0 && classOf(text, previousColumn(text, column), isBig) === 'blank')
      column = previousColumn(text, column);
    if (column > 0) break;
    if (line === 0) return { line: 0, column: 0 };
    line--;
    text = buffer.line(line);
    column = text.length;
    if (text === '') return { line, column: 0 };
  }
  column = previousColumn(text, column);
  const here = classOf(text, column, isBig);
  while (column > 0 && classOf(text, previousColumn(text, column), isBig) === here)
    column = previousColumn(text, column);
  return { line, column };
}

/** ge: end of the previous word. */
export function previousWordEnd(buffer: TextBuffer, from: Position, isBig: boolean): Position {
  let { line, column } = from;
  let text = buffer.line(line);
  const start = classOf(text, column, isBig);
  while (start !== 'blank' && column > 0 && classOf(text, previousColumn(text, column), isBig) === start)
    column = previousColumn(text, column);
  for (;;) {
    while (column > 0) {
      column = previousColumn(text, column);
      if (classOf(text, column, isBig) !== 'blank') return { line, column };
    }
    if (line === 0) return { line: 0, column: 0 };
    line--;
    text = buffer.line(line);
    column = text.length;
    if (text === '') return { line, column: 0 };
  }
}
