/**
 * Motions: from the cursor to somewhere, by one key (and what it reads more). The operators use the same table as plain
 * movement; `kind` says what an operator takes.
 */
import { matchingBracket, paragraph, scanBracket, sentence } from './block-motions.ts';
import type { Editor } from './editor.ts';
import { Beep, ENTER, ESCAPE, type Key } from './keys.ts';
import { promptLine } from './prompt.ts';
import { type SearchResult, EditorError, repeatSearch, searchFor, wordPattern } from './search.ts';
import {
  type Position,
  characterAt,
  columnAtDisplay,
  firstNonBlank,
  lastColumn,
  nextColumn,
  previousColumn,
} from './text.ts';
import { nextWord, previousWord, previousWordEnd, wordEnd } from './word-motions.ts';

export interface Motion {
  readonly to: Position;
  readonly kind: 'exclusive' | 'inclusive' | 'lines';
  /** Up and down: the wanted screen column stays. */
  readonly isVertical?: boolean;
  /** Leaves a mark for ``. */
  readonly isJump?: boolean;
  /** Deletions by it go to register 1, even within a line. */
  readonly isFar?: boolean;
}

/** `operator` is the operator that waits for the motion, '' for plain movement. */
type MotionCommand = (editor: Editor, count: number | undefined, operator: string) => Motion;

function repeated(times: number | undefined, from: Position, step: (at: Position) => Position): Position {
  let at = from;
  for (let i = 0; i < Math.max(1, times ?? 1); i++) {
    const next = step(at);
    if (next.line === at.line && next.column === at.column) {
      if (i === 0) throw new Beep();
      break;
    }
    at = next;
  }
  return at;
}

function vertical(editor: Editor, by: number): Motion {
  const { line } = editor.cursor;
  const last = editor.buffer.lineCount - 1;
  if (by < 0 ? line === 0 : line === last) throw new Beep();
  const to = Math.max(0, Math.min(last, line + by));
  return { to: { line: to, column: editor.columnFor(to) }, kind: 'lines', isVertical: true };
}

function toLine(editor: Editor, line: number, options: Partial<Motion> = {}): Motion {
  const target = Math.max(0, Math.min(line, editor.buffer.lineCount - 1));
  return {
    to: { line: target, column: firstNonBlank(editor.buffer.line(target)) },
    kind: 'lines',
    ...options,
  };
}

function left(editor: Editor, count = 1): Motion {
  const { line, column } = editor.cursor;
  if (column === 0) throw new Beep();
  let to = column;
  for (let i = 0; i < count && to > 0; i++) to = previousColumn(editor.text, to);
  return { to: { line, column: to }, kind: 'exclusive' };
}

function right(editor: Editor, count = 1, operator = ''): Motion {
  const { line, column } = editor.cursor;
  const text = editor.text;
  const limit = operator === '' && editor.mode !== 'visual' ? lastColumn(text) : text.length;
  if (column >= limit) throw new Beep();
  let to = column;
  for (let i = 0; i < count && to < limit; i++) to = nextColumn(text, to);
  return { to: { line, column: to }, kind: 'exclusive' };
}

function space(editor: Editor, count = 1, operator = ''): Motion {
  const { buffer } = editor;
  let { line, column } = editor.cursor;
  for (let i = 0; i < count; i++) {
    const text = buffer.line(line);
    const limit = operator === '' ? lastColumn(text) : text.length;
    if (column < limit) column = nextColumn(text, column);
    else if (line < buffer.lineCount - 1) [line, column] = [line + 1, 0];
    else if (i === 0) throw new Beep();
  }
  return { to: { line, column }, kind: 'exclusive' };
}

function backspace(editor: Editor, count = 1): Motion {
  const { buffer } = editor;
  let { line, column } = editor.cursor;
  for (let i = 0; i < count; i++) {
    if (column > 0) column = previousColumn(buffer.line(line), column);
    else if (line > 0) [line, column] = [line - 1, lastColumn(buffer.line(line - 1))];
    else if (i === 0) throw new Beep();
  }
  return { to: { line, column }, kind: 'exclusive' };
}

function word(isBig: boolean): MotionCommand {
  return (editor, count, operator) => {
    const { buffer, cursor } = editor;
    const text = editor.text;
    if (operator === 'c' && cursor.column < text.length && !/[ \t]/.test(text[cursor.column]!)) {
      let at = wordEnd(buffer, cursor, isBig, true);
      for (let i = 1; i < (count ?? 1); i++) at = wordEnd(buffer, at, isBig, false);
      return { to: at, kind: 'inclusive' };
    }
    if (operator === 'c' && text !== '' && (count ?? 1) === 1) {
      const blanks = /^[ \t]+/.exec(text.slice(cursor.column))?.[0].length ?? 1;
      return { to: { line: cursor.line, column: cursor.column + blanks }, kind: 'exclusive' };
    }
    const to = repeated(count, cursor, at => nextWord(buffer, at, isBig));
    if (operator === '') {
      const last = lastColumn(buffer.line(to.line));
      if (to.line === cursor.line && cursor.column === last && to.column > last) throw new Beep();
      return { to: { line: to.line, column: Math.min(to.column, last) }, kind: 'exclusive' };
    }
    // The last word of a line: up to the end of the line, not into the next one.
    if (to.line > cursor.line && to.column <= Math.max(0, buffer.line(to.line).search(/[^ \t]/))) {
      return { to: { line: to.line - 1, column: buffer.line(to.line - 1).length }, kind: 'exclusive' };
    }
    return { to, kind: 'exclusive' };
  };
}

function findCharacter(key: string): MotionCommand {
  return (editor, count) => {
    const char = editor.keys.read();
    if (char === ESCAPE || (char.length > 1 && char.startsWith('<'))) throw new Beep();
    editor.lastFind = { key, char: char === ENTER ? '\r' : char };
    return findAgain(editor, editor.lastFind, count ?? 1, 'first');
  };
}

function findAgain(
  editor: Editor,
  { key, char }: { key: string; char: string },
  count: number,
  which: 'first' | 'again',
): Motion {
  const { line, column } = editor.cursor;
  const text = editor.text;
  const isForward = key === 'f' || key === 't';
  const isTill = key === 't' || key === 'T';
  let at = column;
  // Repeating t moves on although it stands before the character.
  if (isTill && which === 'again' && count === 1) {
    const neighbour = isForward ? nextColumn(text, at) : previousColumn(text, at);
    if (characterAt(text, neighbour) === char) at = neighbour;
  }
  for (let i = 0; i < count; i++) {
    at = isForward
      ? text.indexOf(char, nextColumn(text, at))
      : at === 0
        ? -1
        : text.lastIndexOf(char, at - 1);
    if (at < 0 || at >= text.length) throw new Beep();
  }
  if (isTill) at = isForward ? previousColumn(text, at) : nextColumn(text, at);
  return { to: { line, column: at }, kind: isForward ? 'inclusive' : 'exclusive' };
}

const OPPOSITE: Readonly<Record<string, string>> = { f: 'F', F: 'f', t: 'T', T: 't' };

function toMark(editor: Editor, isLine: boolean): Motion {
  const key = editor.keys.read();
  const name = key === '`' ? "'" : key;
  let at = editor.buffer.marks.get(name);
  if (name === '<') at = editor.lastVisual?.from;
  if (name === '>') at = editor.lastVisual?.to;
  if (name === "'" && !at) at = { line: 0, column: 0 };
  if (!at) throw new EditorError('E20: Mark not set');
  const options = { isJump: true, isFar: !isLine };
  if (isLine) return toLine(editor, at.line, { isJump: true });
  const column = Math.min(at.column, lastColumn(editor.buffer.line(at.line)));
  return { to: { line: at.line, column }, kind: 'exclusive', ...options };
}

function asMotion({ to, kind }: SearchResult): Motion {
  return { to, kind, isJump: true, isFar: true };
}

function search(isForward: boolean): MotionCommand {
  return (editor, count) => {
    const typed = promptLine(editor, isForward ? '/' : '?');
    if (typed === undefined) throw new Beep();
    return asMotion(searchFor(editor, typed, isForward, count ?? 1));
  };
}

function searchWord(isForward: boolean): MotionCommand {
  return (editor, count) => {
    const pattern = wordPattern(editor, true);
    editor.lastSearch = { pattern, isForward, offset: '' };
    editor.histories['/']!.push(pattern);
    return asMotion(repeatSearch(editor, count ?? 1, 'same'));
  };
}

function percent(editor: Editor, count: number | undefined): Motion {
  if (count !== undefined) {
    if (count > 100) throw new Beep();
    return toLine(editor, Math.floor((count * editor.buffer.lineCount + 99) / 100) - 1, { isJump: true });
  }
  const to = matchingBracket(editor.buffer, editor.cursor);
  if (!to) throw new Beep();
  return { to, kind: 'inclusive', isJump: true, isFar: true };
}

function afterBracket(editor: Editor, key: Key): Motion {
  const pair = key === '[' ? { '(': ')', '{': '}' } : { ')': '(', '}': '{' };
  const other = editor.keys.read();
  const same = (pair as Record<string, string>)[other];
  if (same === undefined) throw new Beep();
  const to = scanBracket(editor.buffer, editor.cursor, same, other, key === ']');
  if (!to) throw new Beep();
  return { to, kind: key === ']' ? 'inclusive' : 'exclusive', isJump: true };
}

function afterG(editor: Editor, count: number | undefined): Motion {
  const key = editor.keys.read();
  const { buffer, cursor } = editor;
  switch (key) {
    case 'g':
      return toLine(editor, (count ?? 1) - 1, { isJump: true });
    case 'e':
    case 'E':
      return {
        to: repeated(count, cursor, at => previousWordEnd(buffer, at, key === 'E')),
        kind: 'inclusive',
      };
    case '_': {
      const line = Math.min(buffer.lineCount - 1, cursor.line + (count ?? 1) - 1);
      const text = buffer.line(line).replace(/[ \t]+$/, '');
      return { to: { line, column: lastColumn(text) }, kind: 'inclusive' };
    }
    case 'j':
      return vertical(editor, count ?? 1);
    case 'k':
      return vertical(editor, -(count ?? 1));
    case '0':
      return { to: { line: cursor.line, column: 0 }, kind: 'exclusive' };
    default:
      throw new Beep();
  }
}

function endOfLine(editor: Editor, count = 1): Motion {
  const line = editor.cursor.line + count - 1;
  if (line >= editor.buffer.lineCount) throw new Beep();
  editor.wantedDisplay = Infinity;
  return { to: { line, column: lastColumn(editor.buffer.line(line)) }, kind: 'inclusive', isVertical: true };
}

const wordEndMotion =
  (isBig: boolean): MotionCommand =>
  ({ buffer, cursor }, count) => ({
    to: repeated(count, cursor, at => wordEnd(buffer, at, isBig, false)),
    kind: 'inclusive',
  });
const wordBack =
  (isBig: boolean): MotionCommand =>
  ({ buffer, cursor }, count) => ({
    to: repeated(count, cursor, at => previousWord(buffer, at, isBig)),
    kind: 'exclusive',
  });
const block =
  (step: typeof paragraph, isForward: boolean): MotionCommand =>
  ({ buffer, cursor }, count, operator) => {
    const to = repeated(count, cursor, at => step(buffer, at, isForward));
    const last = lastColumn(buffer.line(to.line));
    const column = operator === '' ? Math.min(to.column, last) : to.column;
    return { to: { line: to.line, column }, kind: 'exclusive', isJump: true, isFar: true };
  };
const lineStart: MotionCommand = ({ cursor }) => ({
  to: { line: cursor.line, column: 0 },
  kind: 'exclusive',
});
const down: MotionCommand = (editor, count) => vertical(editor, count ?? 1);
const up: MotionCommand = (editor, count) => vertical(editor, -(count ?? 1));
const downToText: MotionCommand = (editor, count) =>
  toLine(editor, (vertical(editor, count ?? 1), editor.cursor.line + (count ?? 1)));

export const motions: Readonly<Record<Key, MotionCommand>> = {
  h: left,
  '<Left>': left,
  l: right,
  '<Right>': right,
  ' ': space,
  '\x08': backspace,
  '\x7f': backspace,
  j: down,
  '<Down>': down,
  '\n': down,
  '\x0e': down,
  k: up,
  '<Up>': up,
  '\x10': up,
  '+': downToText,
  '\r': downToText,
  '-': (editor, count) =>
    toLine(editor, (vertical(editor, -(count ?? 1)), editor.cursor.line - (count ?? 1))),
  _: (editor, count) => toLine(editor, editor.cursor.line + (count ?? 1) - 1),
  '0': lineStart,
  '<Home>': lineStart,
  '^': editor => ({
    to: { line: editor.cursor.line, column: firstNonBlank(editor.text) },
    kind: 'exclusive',
  }),
  $: endOfLine,
  '<End>': endOfLine,
  '|': (editor, count) => ({
    to: {
      line: editor.cursor.line,
      column: Math.min(
        columnAtDisplay(editor.text, (count ?? 1) - 1, editor.settings.tabstop),
        lastColumn(editor.text),
      ),
    },
    kind: 'exclusive',
  }),
  w: word(false),
  W: word(true),
  e: wordEndMotion(false),
  E: wordEndMotion(true),
  b: wordBack(false),
  B: wordBack(true),
  '<WordRight>': word(false),
  '<WordLeft>': wordBack(false),
  G: (editor, count) => toLine(editor, (count ?? editor.buffer.lineCount) - 1, { isJump: true }),
  g: afterG,
  H: (editor, count) =>
    toLine(
      editor,
      Math.min(editor.top.line + (editor.top.row > 0 ? 1 : 0) + (count ?? 1) - 1, editor.bottomLine),
      {
        isJump: true,
      },
    ),
  L: (editor, count) =>
    toLine(editor, Math.max(editor.bottomLine - (count ?? 1) + 1, editor.top.line), { isJump: true }),
  M: editor => toLine(editor, Math.floor((editor.top.line + editor.bottomLine) / 2), { isJump: true }),
  f: findCharacter('f'),
  F: findCharacter('F'),
  t: findCharacter('t'),
  T: findCharacter('T'),
  ';': (editor, count) => {
    if (!editor.lastFind) throw new Beep();
    return findAgain(editor, editor.lastFind, count ?? 1, 'again');
  },
  ',': (editor, count) => {
    if (!editor.lastFind) throw new Beep();
    const { key, char } = editor.lastFind;
    return findAgain(editor, { key: OPPOSITE[key]!, char }, count ?? 1, 'again');
  },
  '%': percent,
  '[': editor => afterBracket(editor, '['),
  ']': editor => afterBracket(editor, ']'),
  '{': block(paragraph, false),
  '}': block(paragraph, true),
  '(': block(sentence, false),
  ')': block(sentence, true),
  '/': search(true),
  '?': search(false),
  n: (editor, count) => asMotion(repeatSearch(editor, count ?? 1, 'same')),
  N: (editor, count) => asMotion(repeatSearch(editor, count ?? 1, 'opposite')),
  '*': searchWord(true),
  '#': searchWord(false),
  "'": editor => toMark(editor, true),
  '`': editor => toMark(editor, false),
};

/** Moves the cursor by a motion: plain movement. */
export function moveBy(editor: Editor, motion: Motion): void {
  if (motion.isJump) editor.rememberJump();
  editor.cursor = motion.to;
  if (motion.isVertical) editor.keepsWanted = true;
}
