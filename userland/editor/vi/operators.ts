/** Operators: what is done to a range of text, whoever chose it (motions, text objects, visual mode, ex commands). */
import { type Editor, lineReport } from './editor.ts';
import { Beep } from './keys.ts';
import { insertText } from './insert.ts';
import type { Motion } from './motions.ts';
import { promptLine } from './prompt.ts';
import { runExCommand } from './ex.ts';
import type { TextRange } from './text-objects.ts';
import { comparePositions, displayColumn, indentOf, lastColumn, nextColumn } from './text.ts';

export interface OperatorContext {
  readonly register: string | undefined;
  readonly isFar: boolean;
  /** > and < in visual mode shift that often. */
  readonly times: number;
}

/** What an operator takes when a motion goes from the cursor. */
export function rangeOfMotion(editor: Editor, motion: Motion): TextRange {
  const { buffer, cursor } = editor;
  const [from, to] = comparePositions(cursor, motion.to) <= 0 ? [cursor, motion.to] : [motion.to, cursor];
  const lines = (last: number): TextRange => ({
    from: { line: from.line, column: 0 },
    to: { line: last, column: buffer.line(last).length },
    kind: 'lines',
  });
  if (motion.kind === 'lines') return lines(to.line);
  if (motion.kind === 'inclusive')
    return {
      from,
      to: { line: to.line, column: nextColumn(buffer.line(to.line), to.column) },
      kind: 'characters',
    };
  if (to.line > from.line && to.column === 0) {
    // An end at the start of a line is the end of the line before; whole lines if it began at the first word.
    if (from.column <= Math.max(0, buffer.line(from.line).search(/[^ \t]|$/))) return lines(to.line - 1);
    return { from, to: { line: to.line - 1, column: buffer.line(to.line - 1).length }, kind: 'characters' };
  }
  return { from, to, kind: 'characters' };
}

/** The range of `count` lines from the cursor: dd, yy and so on. */
export function rangeOfLines(editor: Editor, count: number): TextRange {
  const { buffer, cursor } = editor;
  if (cursor.line + count > buffer.lineCount && count > 1 && cursor.line === buffer.lineCount - 1)
    throw new Beep();
  const last = Math.min(buffer.lineCount - 1, cursor.line + count - 1);
  return {
    from: { line: cursor.line, column: 0 },
    to: { line: last, column: buffer.line(last).length },
    kind: 'lines',
  };
}

type Operator = (editor: Editor, range: TextRange, context: OperatorContext) => void;

function contents(editor: Editor, range: TextRange): string[] {
  return range.kind === 'lines'
    ? editor.buffer.lines.slice(range.from.line, range.to.line + 1)
    : editor.buffer.slice(range.from, range.to);
}

function keep(editor: Editor, range: TextRange, { register, isFar }: OperatorContext): void {
  const isBig = isFar || range.kind === 'lines' || range.from.line !== range.to.line;
  const stored = { kind: range.kind, pieces: contents(editor, range) };
  editor.registers.delete(register, stored, isBig ? 'big' : 'small');
}

const deleteRange: Operator = (editor, range, context) => {
  const { buffer } = editor;
  keep(editor, range, context);
  const before = buffer.lineCount;
  if (range.kind === 'lines') {
    buffer.splice(range.from.line, range.to.line - range.from.line + 1, []);
    editor.moveToLine(range.from.line);
  } else {
    buffer.replace(range.from, range.to, ['']);
    editor.cursor = range.from;
    editor.clampCursor();
  }
  lineReport(editor, buffer.lineCount - before);
};

const change: Operator = (editor, range, context) => {
  const { buffer, settings } = editor;
  keep(editor, range, context);
  if (range.kind === 'lines') {
    const indent = settings.autoindent ? indentOf(buffer.line(range.from.line)) : '';
    buffer.splice(range.from.line, range.to.line - range.from.line + 1, [indent]);
    editor.cursor = { line: range.from.line, column: indent.length };
  } else {
    buffer.replace(range.from, range.to, ['']);
    editor.cursor = range.from;
  }
  insertText(editor, 1);
};

const yank: Operator = (editor, range, { register }) => {
  const pieces = contents(editor, range);
  editor.registers.yank(register, { kind: range.kind, pieces });
  editor.setMark('[', range.from);
  editor.setMark(']', range.to);
  if (range.kind === 'characters') editor.cursor = range.from;
  else if (range.from.line < editor.cursor.line || editor.mode === 'visual')
    editor.cursor = {
      line: range.from.line,
      column: Math.min(editor.cursor.column, lastColumn(editor.buffer.line(range.from.line))),
    };
  if (pieces.length > 2) editor.tell(`${pieces.length} lines yanked`);
};

/** Blanks that fill so many columns. */
export function blanks(editor: Editor, width: number): string {
  const { expandtab, tabstop } = editor.settings;
  if (expandtab) return ' '.repeat(width);
  return '\t'.repeat(Math.floor(width / tabstop)) + ' '.repeat(width % tabstop);
}

/** Shifts lines by shiftwidth, to the right or (negative) to the left. */
export function shiftLines(editor: Editor, from: number, to: number, times: number): void {
  const { buffer, settings } = editor;
  const shifted = buffer.lines.slice(from, to + 1).map(text => {
    const indent = indentOf(text);
    const width = displayColumn(text, indent.length, settings.tabstop) + times * settings.shiftwidth;
    // Empty lines stay empty.
    return text === '' ? text : blanks(editor, Math.max(0, width)) + text.slice(indent.length);
  });
  buffer.splice(from, shifted.length, shifted);
  if (shifted.length > 2)
    editor.tell(
      `${shifted.length} lines ${times > 0 ? '>' : '<'}ed ${Math.abs(times)} time${Math.abs(times) === 1 ? '' : 's'}`,
    );
}

const shift =
  (direction: 1 | -1): Operator =>
  (editor, range, { times }) => {
    const { line } = range.from;
    shiftLines(editor, line, range.to.line, direction * times);
    editor.moveToLine(line);
  };

const filter: Operator = (editor, range) => {
  const { from, to } = range;
  const count = to.line - from.line;
  editor.cursor = { line: from.line, column: 0 };
  const address = count === 0 ? '.' : `.,.+${count}`;
  const command = promptLine(editor, ':', `${address}!`);
  if (command !== undefined) runExCommand(editor, command);
};

function mapCase(editor: Editor, range: TextRange, convert: (char: string) => string): void {
  const changed = contents(editor, range).map(piece => mapCharacters(piece, convert));
  if (range.kind === 'lines') editor.buffer.splice(range.from.line, changed.length, changed);
  else editor.buffer.replace(range.from, range.to, changed);
  editor.cursor =
    range.kind === 'lines'
      ? {
          line: range.from.line,
          column: Math.min(editor.cursor.column, editor.buffer.line(range.from.line).length),
        }
      : range.from;
}

/** Applies a conversion of characters (as ordinary text) to a byte string. */
export function mapCharacters(text: string, convert: (char: string) => string): string {
  let result = '';
  for (let i = 0; i < text.length;) {
    const next = nextColumn(text, i);
    result += convertCharacter(text.slice(i, next), convert);
    i = next;
  }
  return result;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

function convertCharacter(char: string, convert: (char: string) => string): string {
  if (char.length === 1) return char < '\x80' ? convert(char) : char;
  const text = decoder.decode(Uint8Array.from(char, byte => byte.charCodeAt(0)));
  const converted = convert(text);
  return converted === text ? char : String.fromCharCode(...encoder.encode(converted));
}

export const upper = (char: string): string => char.toUpperCase();
export const lower = (char: string): string => char.toLowerCase();
export const swapped = (char: string): string =>
  char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase();

/** Joins `count` lines from `line`; gJ leaves the blanks as they are. Returns the column of the last seam. */
export function joinLines(
  editor: Editor,
  line: number,
  count: number,
  blanksAre: 'made one' | 'kept',
): number {
  const { buffer } = editor;
  const lines = buffer.lines.slice(line, line + count);
  let text = lines[0]!;
  let seam = 0;
  for (const next of lines.slice(1)) {
    if (blanksAre === 'kept') {
      seam = text.length;
      text += next;
      continue;
    }
    const rest = next.replace(/^[ \t]+/, '');
    const needsBlank = rest !== '' && !rest.startsWith(')') && text !== '' && !/[ \t]$/.test(text);
    seam = text.length;
    text += (needsBlank ? ' ' : '') + rest;
  }
  buffer.splice(line, lines.length, [text]);
  return seam;
}

export const operators: Readonly<Record<string, Operator>> = {
  d: deleteRange,
  c: change,
  y: yank,
  '>': shift(1),
  '<': shift(-1),
  '!': filter,
  gu: (editor, range) => mapCase(editor, range, lower),
  gU: (editor, range) => mapCase(editor, range, upper),
  'g~': (editor, range) => mapCase(editor, range, swapped),
};

export function isLinesOnly(operator: string): boolean {
  return operator === '>' || operator === '<' || operator === '!';
}
