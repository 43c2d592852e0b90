/** Motions over more than words: sentences, paragraphs, brackets. */
import type { TextBuffer } from './buffer.ts';
import { type Position, comparePositions, lastColumn, nextColumn } from './text.ts';

/** } and {: the next or previous blank line, or the end of the text. */
export function paragraph(buffer: TextBuffer, from: Position, isForward: boolean): Position {
  const step = isForward ? 1 : -1;
  let { line } = from;
  while (line >= 0 && line < buffer.lineCount && buffer.line(line) === '') line += step;
  while (line >= 0 && line < buffer.lineCount && buffer.line(line) !== '') line += step;
  if (line < 0) return { line: 0, column: 0 };
  if (line >= buffer.lineCount) {
    const last = buffer.lineCount - 1;
    return { line: last, column: buffer.line(last).length };
  }
  return { line, column: 0 };
}

/** All starts of sentences of the paragraph around a line, with the blank line that ends it. */
function sentencesNear(buffer: TextBuffer, line: number): Position[] {
  let first = line;
  while (first > 0 && buffer.line(first - 1) !== '') first--;
  const starts: Position[] = [];
  let isStart = true;
  for (let at = first; at < buffer.lineCount; at++) {
    const text = buffer.line(at);
    if (text === '') {
      if (at === first || buffer.line(at - 1) !== '') starts.push({ line: at, column: 0 });
      isStart = true;
      if (at > line) break;
      continue;
    }
    for (let column = 0; column < text.length;) {
      if (isStart) {
        const rest = text.slice(column).search(/[^ \t]/);
        if (rest < 0) break;
        column += rest;
        starts.push({ line: at, column });
        isStart = false;
      }
      const end = /[.!?][)\]"']*(?=[ \t]|$)/g;
      end.lastIndex = column;
      const match = end.exec(text);
      if (!match) break;
      column = match.index + match[0].length;
      isStart = true;
    }
  }
  return starts;
}

/** ) and (: the next or previous start of a sentence. */
export function sentence(buffer: TextBuffer, from: Position, isForward: boolean): Position {
  if (isForward) {
    for (let line = from.line; line < buffer.lineCount; line++) {
      const next = sentencesNear(buffer, line).find(at => comparePositions(at, from) > 0);
      if (next) return next;
    }
    const last = buffer.lineCount - 1;
    return { line: last, column: buffer.line(last).length };
  }
  for (let { line } = from; line >= 0; line--) {
    const next = sentencesNear(buffer, line).findLast(at => comparePositions(at, from) < 0);
    if (next) return next;
  }
  return { line: 0, column: 0 };
}

const PAIRS = '()[]{}';

/** %: the bracket that belongs to the one at or behind the cursor. */
export function matchingBracket(buffer: TextBuffer, from: Position): Position | undefined {
  const text = buffer.line(from.line);
  for (let { column } = from; column < text.length; column = nextColumn(text, column)) {
    const index = PAIRS.indexOf(text[column]!);
    if (index < 0) continue;
    const other = PAIRS[index ^ 1]!;
    const isForward = index % 2 === 0;
    return scanBracket(buffer, { line: from.line, column }, text[column]!, other, isForward);
  }
  return undefined;
}

/** From a place, the bracket `other` that is not closed by a `same` in between; the place itself is not looked at. */
export function scanBracket(
  buffer: TextBuffer,
  from: Position,
  same: string,
  other: string,
  isForward: boolean,
): Position | undefined {
  let depth = 1;
  let { line } = from;
  let column = from.column;
  for (;;) {
    column += isForward ? 1 : -1;
    while (column < 0 || column >= buffer.line(line).length) {
      line += isForward ? 1 : -1;
      if (line < 0 || line >= buffer.lineCount) return undefined;
      column = isForward ? 0 : buffer.line(line).length - 1;
    }
    const char = buffer.line(line)[column];
    if (char === other) depth--;
    else if (char === same) depth++;
    if (depth === 0) return { line, column };
  }
}

/** The end of the text, on its last character. */
export function endOfText(buffer: TextBuffer): Position {
  const line = buffer.lineCount - 1;
  return { line, column: lastColumn(buffer.line(line)) };
}
