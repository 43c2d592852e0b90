/** Visual mode: a selection that motions change and a command ends. */
import { replaceSelection } from './visual-edits.ts';
import type { Editor } from './editor.ts';
import { promptForCommand } from './ex.ts';
import { Beep, ESCAPE, type Key } from './keys.ts';
import { motions, moveBy } from './motions.ts';
import { joinLines, operators } from './operators.ts';
import { readCount } from './normal.ts';
import { putRegister, readRegister } from './put.ts';
import { isRegisterName } from './registers.ts';
import { scrollCommand, scrollCommands } from './scrolling.ts';
import { EditorError } from './search.ts';
import { type TextRange, textObject } from './text-objects.ts';
import { comparePositions, nextColumn, previousColumn } from './text.ts';

/** The selection, its last character included, as a range. */
export function selectedRange(editor: Editor): TextRange {
  const { buffer, cursor } = editor;
  const { anchor, kind } = editor.visual!;
  const [from, last] = comparePositions(anchor, cursor) <= 0 ? [anchor, cursor] : [cursor, anchor];
  const text = buffer.line(last.line);
  if (kind === 'V')
    return {
      from: { line: from.line, column: 0 },
      to: { line: last.line, column: text.length },
      kind: 'lines',
    };
  // A selection that goes beyond the last character takes the line's end.
  if (last.column >= text.length && last.line < buffer.lineCount - 1)
    return { from, to: { line: last.line + 1, column: 0 }, kind: 'characters' };
  return { from, to: { line: last.line, column: nextColumn(text, last.column) }, kind: 'characters' };
}

/** gv */
export function selectAgain(editor: Editor): void {
  const last = editor.lastVisual;
  if (!last) throw new Beep();
  editor.visual = { anchor: last.from, kind: last.kind };
  editor.cursor = last.to;
}

/** The dot after a visual command: as much text again. Reads how much from the replayed keys. */
export function selectSpan(editor: Editor): void {
  const [kind, lines, columns] = editor.keys.read().split(',');
  const { cursor, buffer } = editor;
  editor.visual = { anchor: cursor, kind: kind === 'V' ? 'V' : 'v' };
  const line = Math.min(buffer.lineCount - 1, cursor.line + Number(lines));
  const text = buffer.line(line);
  let column = Number(lines) > 0 ? 0 : cursor.column;
  for (let i = 0; i < Number(columns); i++) column = nextColumn(text, column);
  editor.cursor = { line, column: column >= text.length ? previousColumn(text, text.length) : column };
}

/** How much is selected, for the dot. */
function spanKeys(editor: Editor, range: TextRange): Key[] {
  const { from, to } = range;
  const text = editor.buffer.line(to.line);
  let columns = 0;
  const end = previousColumn(text, to.column);
  for (let at = from.line === to.line ? from.column : 0; at < end; at = nextColumn(text, at)) columns++;
  return ['\x00span', `${editor.visual!.kind},${to.line - from.line},${columns}`];
}

/** Reads commands until one ends the selection. */
export function visualMode(editor: Editor): void {
  editor.mode = 'visual';
  editor.message = '';
  let register: string | undefined;
  for (;;) {
    editor.clampCursor();
    if (!editor.keepsWanted) editor.noteWanted();
    editor.keepsWanted = false;
    const { key, count } = readCount(editor);
    if (key === '"') {
      register = editor.keys.read();
      if (!isRegisterName(register)) throw new Beep();
      continue;
    }
    try {
      if (visualCommand(editor, key, count, register) === 'end') return;
    } catch (error) {
      if (editor.mode !== 'visual') throw error;
      // A motion that failed leaves the selection as it is.
      if (error instanceof EditorError) editor.complain(error.message);
      else if (!(error instanceof Beep)) throw error;
    }
  }
}

function end(editor: Editor): void {
  const range = selectedRange(editor);
  const last =
    comparePositions(editor.visual!.anchor, editor.cursor) <= 0 ? editor.cursor : editor.visual!.anchor;
  editor.lastVisual = { from: range.from, to: last, kind: editor.visual!.kind };
}

const LINEWISE: Readonly<Record<string, string>> = { X: 'd', D: 'd', Y: 'y', C: 'c', S: 'c', R: 'c' };
const OPERATORS: Readonly<Record<string, string>> = {
  d: 'd',
  x: 'd',
  '<Delete>': 'd',
  '\x7f': 'd',
  c: 'c',
  s: 'c',
  y: 'y',
  '>': '>',
  '<': '<',
  '!': '!',
  '~': 'g~',
  u: 'gu',
  U: 'gU',
};

function visualCommand(
  editor: Editor,
  key: Key,
  count: number | undefined,
  register: string | undefined,
): 'end' | 'go on' {
  const visual = editor.visual!;
  switch (key) {
    case ESCAPE:
    case '\x03':
      end(editor);
      return 'end';
    case 'v':
    case 'V':
      if (visual.kind === key) {
        end(editor);
        return 'end';
      }
      visual.kind = key;
      return 'go on';
    case 'o':
    case 'O':
      [editor.cursor, visual.anchor] = [visual.anchor, editor.cursor];
      return 'go on';
    case 'i':
    case 'a':
      extend(editor, key, editor.keys.read(), count ?? 1);
      return 'go on';
    case ':':
      end(editor);
      editor.mode = 'normal';
      editor.visual = undefined;
      promptForCommand(editor, "'<,'>");
      return 'end';
    case 'z':
      scrollCommand(editor, count);
      return 'go on';
    default:
  }
  const scroll = scrollCommands[key];
  if (scroll) {
    scroll(editor, count);
    return 'go on';
  }
  if (LINEWISE[key] !== undefined) visual.kind = 'V';
  const operator = LINEWISE[key] ?? OPERATORS[key];
  if (operator !== undefined || 'rpPJ'.includes(key)) {
    operate(editor, operator ?? key, key, count, register);
    return 'end';
  }
  const motion = motions[key];
  if (!motion) throw new Beep();
  if (key === 'g') return afterG(editor, count);
  moveBy(editor, motion(editor, count, ''));
  return 'go on';
}

function afterG(editor: Editor, count: number | undefined): 'end' | 'go on' {
  const key = editor.keys.read();
  if (key === 'u' || key === 'U' || key === '~' || key === 'J') {
    operate(editor, `g${key}`, `g${key}`, count, undefined);
    return 'end';
  }
  editor.keys.push([key]);
  moveBy(editor, motions['g']!(editor, count, ''));
  return 'go on';
}

/** Runs what ends the selection; the dot does it to as much text again. */
function operate(
  editor: Editor,
  operator: string,
  key: Key,
  count: number | undefined,
  register: string | undefined,
): void {
  const range = selectedRange(editor);
  const span = spanKeys(editor, range);
  end(editor);
  const isLinesOnly = operator === '>' || operator === '<' || operator === '!';
  const taken: TextRange = isLinesOnly ? { ...range, kind: 'lines' } : range;
  editor.isChange = operator !== 'y' && operator !== '!';
  editor.keys.startRecording();
  const done = (): void => {
    editor.visual = undefined;
    editor.mode = 'normal';
  };
  if (operator === 'r') {
    replaceSelection(editor, range);
    done();
  } else if (operator === 'p' || operator === 'P') {
    done();
    putOver(editor, range, register, count ?? 1);
  } else if (operator === 'J' || operator === 'gJ') {
    done();
    const lines = Math.max(2, range.to.line - range.from.line + 1);
    const column = joinLines(editor, range.from.line, lines, operator === 'J' ? 'made one' : 'kept');
    editor.cursor = { line: range.from.line, column };
  } else {
    const run = operators[operator]!;
    if (operator !== 'y') done();
    else editor.cursor = range.from;
    if (operator === 'g~' || operator === 'gu' || operator === 'gU') editor.cursor = range.from;
    run(editor, taken, { register, isFar: false, times: count ?? 1 });
  }
  const behind = [...editor.keys.recorded];
  editor.keys.startRecording();
  editor.keys.note([
    ...span,
    ...Array.from(key.length === 2 && key.startsWith('g') ? key : [key]),
    ...behind,
  ]);
}

/** p over a selection: what was there goes into the unnamed register. */
function putOver(editor: Editor, range: TextRange, name: string | undefined, count: number): void {
  const register = readRegister(editor, name);
  const { buffer } = editor;
  const isAtEnd = range.kind === 'lines' && range.to.line === buffer.lineCount - 1;
  operators['d']!(editor, range, { register: undefined, isFar: false, times: 1 });
  const deleted = editor.registers.get(undefined);
  editor.registers.set('\x00put', register);
  if (range.kind === 'lines') {
    const wasAll = isAtEnd && range.from.line === 0;
    const pieces = Array.from({ length: count }, () => register.pieces).flat();
    if (wasAll) buffer.splice(0, 1, pieces);
    else buffer.splice(range.from.line, 0, pieces);
    editor.moveToLine(range.from.line);
  } else if (register.kind === 'lines') {
    buffer.replace(range.from, range.from, [
      '',
      ...Array.from({ length: count }, () => register.pieces).flat(),
      '',
    ]);
    editor.moveToLine(range.from.line + 1);
  } else {
    editor.cursor = range.from;
    editor.mode = 'visual';
    putRegister(editor, '\x00put', count, 'before');
    editor.mode = 'normal';
  }
  if (deleted) editor.registers.yank('"', deleted);
}

/** iw, a( and so on: the selection becomes the object, or grows by it. */
function extend(editor: Editor, extent: 'i' | 'a', key: string, count: number): void {
  const visual = editor.visual!;
  const isFresh = comparePositions(visual.anchor, editor.cursor) === 0;
  const isWord = key === 'w' || key === 'W';
  let at = editor.cursor;
  if (!isFresh && isWord) {
    const next = nextColumn(editor.text, at.column);
    if (next >= editor.text.length) throw new Beep();
    at = { line: at.line, column: next };
  }
  const object = textObject(editor.buffer, at, extent, key, count);
  if (!object) throw new Beep();
  if (isFresh || !isWord) visual.anchor = object.from;
  if (object.kind === 'lines') visual.kind = 'V';
  editor.cursor = {
    line: object.to.line,
    column: previousColumn(editor.buffer.line(object.to.line), object.to.column),
  };
}
