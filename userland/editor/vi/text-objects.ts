/** Text objects: what i and a with a letter take after an operator or in visual mode. `to` is not included. */
import { matchingBracket, scanBracket } from './block-motions.ts';
import type { TextBuffer } from './buffer.ts';
import { type Position, classOf, comparePositions, nextColumn, previousColumn } from './text.ts';

export interface TextRange {
  readonly from: Position;
  readonly to: Position;
  readonly kind: 'characters' | 'lines';
}

/** The object around a position; undefined if there is none. */
export function textObject(
  buffer: TextBuffer,
  at: Position,
  extent: 'i' | 'a',
  key: string,
  count: number,
): TextRange | undefined {
  switch (key) {
    case 'w':
    case 'W':
      return wordObject(buffer, at, extent, key === 'W', count);
    case '"':
    case "'":
    case '`':
      return quoted(buffer, at, extent, key);
    case '(':
    case ')':
    case 'b':
      return bracketed(buffer, at, extent, '(', ')', count);
    case '{':
    case '}':
    case 'B':
      return bracketed(buffer, at, extent, '{', '}', count);
    case '[':
    case ']':
      return bracketed(buffer, at, extent, '[', ']', count);
    case '<':
    case '>':
      return bracketed(buffer, at, extent, '<', '>', count);
    case 'p':
      return paragraphObject(buffer, at, extent, count);
    default:
      return undefined;
  }
}

function runEnd(text: string, column: number, isBig: boolean): number {
  const here = classOf(text, column, isBig);
  let at = column;
  while (at < text.length && classOf(text, at, isBig) === here) at = nextColumn(text, at);
  return at;
}

function wordObject(
  buffer: TextBuffer,
  { line, column }: Position,
  extent: 'i' | 'a',
  isBig: boolean,
  count: number,
): TextRange {
  const text = buffer.line(line);
  const here = classOf(text, column, isBig);
  let start = column;
  while (start > 0 && classOf(text, previousColumn(text, start), isBig) === here)
    start = previousColumn(text, start);
  let end = start;
  let hasBlanksBehind = false;
  for (let i = 0; i < count && end < text.length; i++) {
    const isBlank = classOf(text, end, isBig) === 'blank';
    end = runEnd(text, end, isBig);
    if (extent === 'i') continue;
    hasBlanksBehind = !isBlank && end < text.length && classOf(text, end, isBig) === 'blank';
    if (isBlank ? end < text.length : hasBlanksBehind) end = runEnd(text, end, isBig);
  }
  if (extent === 'a' && here !== 'blank' && !hasBlanksBehind) {
    // No blanks behind: those before are taken, unless they are the indent.
    let before = start;
    while (before > 0 && classOf(text, previousColumn(text, before), isBig) === 'blank')
      before = previousColumn(text, before);
    if (before > 0) start = before;
  }
  return { from: { line, column: start }, to: { line, column: end }, kind: 'characters' };
}

function quoted(
  buffer: TextBuffer,
  { line, column }: Position,
  extent: 'i' | 'a',
  quote: string,
): TextRange | undefined {
  const text = buffer.line(line);
  const quotes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) quotes.push(i);
  }
  for (let i = 0; i + 1 < quotes.length; i += 2) {
    const open = quotes[i]!;
    const close = quotes[i + 1]!;
    if (close < column) continue;
    if (extent === 'i')
      return { from: { line, column: open + 1 }, to: { line, column: close }, kind: 'characters' };
    const behind = close + 1 + /^[ \t]*/.exec(text.slice(close + 1))![0].length;
    const before = behind > close + 1 ? open : text.slice(0, open).replace(/[ \t]+$/, '').length;
    return { from: { line, column: before }, to: { line, column: behind }, kind: 'characters' };
  }
  return undefined;
}

function bracketed(
  buffer: TextBuffer,
  at: Position,
  extent: 'i' | 'a',
  open: string,
  close: string,
  count: number,
): TextRange | undefined {
  let from: Position | undefined = at;
  const here = buffer.line(at.line)[at.column];
  if (here === close) from = scanBracket(buffer, at, close, open, false);
  else if (here !== open) from = scanBracket(buffer, at, close, open, false);
  for (let i = 1; i < count && from; i++) from = scanBracket(buffer, from, close, open, false);
  if (!from) return undefined;
  const end = open === '<' ? scanBracket(buffer, from, open, close, true) : matchingBracket(buffer, from);
  if (!end) return undefined;
  if (extent === 'a') return { from, to: { line: end.line, column: end.column + 1 }, kind: 'characters' };
  const start = { line: from.line, column: from.column + 1 };
  const isOpenAtEnd = start.column >= buffer.line(start.line).length;
  const isCloseFirst = /^[ \t]*$/.test(buffer.line(end.line).slice(0, end.column));
  if (isOpenAtEnd && isCloseFirst && end.line > start.line + 1) {
    // The lines between: what a block of a program is.
    return {
      from: { line: start.line + 1, column: 0 },
      to: { line: end.line - 1, column: buffer.line(end.line - 1).length },
      kind: 'lines',
    };
  }
  return comparePositions(start, end) > 0 ? undefined : { from: start, to: end, kind: 'characters' };
}

function paragraphObject(buffer: TextBuffer, at: Position, extent: 'i' | 'a', count: number): TextRange {
  const isBlank = (line: number): boolean => /^[ \t]*$/.test(buffer.line(line));
  const last = buffer.lineCount - 1;
  let first = at.line;
  while (first > 0 && isBlank(first - 1) === isBlank(at.line)) first--;
  let end = first - 1;
  for (let i = 0; i < count * (extent === 'a' ? 2 : 1) && end < last; i++) {
    const kind = isBlank(end + 1);
    while (end < last && isBlank(end + 1) === kind) end++;
  }
  return {
    from: { line: first, column: 0 },
    to: { line: end, column: buffer.line(end).length },
    kind: 'lines',
  };
}
