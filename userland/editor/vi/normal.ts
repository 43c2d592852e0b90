/**
 * Normal mode: one command from its count to its end. A command that changes the text is remembered as the keys it
 * read, for the dot; its changes are one step of undo.
 */
import { SysError } from '../../libc/native.ts';
import { changeNumber, replaceCharacters, toggleCase } from './edits.ts';
import type { Editor } from './editor.ts';
import { promptForCommand, runExCommand } from './ex.ts';
import { insertText } from './insert.ts';
import { Beep, ESCAPE, type Key, OutOfKeys } from './keys.ts';
import { recordMacro, runMacro } from './macros.ts';
import { motions, moveBy } from './motions.ts';
import { isLinesOnly, joinLines, operators, rangeOfLines, rangeOfMotion } from './operators.ts';
import { putRegister } from './put.ts';
import { isRegisterName } from './registers.ts';
import { scrollCommand, scrollCommands } from './scrolling.ts';
import { EditorError } from './search.ts';
import { indentOf, nextColumn } from './text.ts';
import { textObject } from './text-objects.ts';
import { selectAgain, selectSpan, visualMode } from './visual.ts';

/** Reads and runs one command. */
export function normalCommand(editor: Editor): void {
  editor.buffer.cursorBefore = editor.cursor;
  editor.isChange = false;
  editor.keepsWanted = false;
  editor.keys.startRecording();
  const prefix = { register: undefined as string | undefined, count: undefined as number | undefined };
  try {
    const key = readPrefix(editor, prefix);
    execute(editor, key, prefix.count, prefix.register);
    if (editor.isChange)
      editor.repeat = {
        count: prefix.count,
        register: nextRegister(prefix.register),
        keys: [...editor.keys.recorded],
      };
  } catch (error) {
    failed(editor, error);
  } finally {
    editor.keys.stopRecording();
    editor.mode = 'normal';
    editor.visual = undefined;
    editor.clampCursor();
    if (!editor.isNested) editor.buffer.undoHistory.close();
    if (!editor.keepsWanted) editor.noteWanted();
  }
}

function failed(editor: Editor, error: unknown): void {
  if (error instanceof OutOfKeys) throw error;
  if (error instanceof EditorError || error instanceof SysError) editor.complain(error.message);
  // A count that makes more text than there can be.
  else if (error instanceof RangeError) editor.complain('E342: Out of memory!');
  else if (!(error instanceof Beep)) throw error;
  editor.keys.discard();
}

/** "1p and the dot: the next repeat takes "2. */
function nextRegister(name: string | undefined): string | undefined {
  return name !== undefined && /^[1-8]$/.test(name) ? String(Number(name) + 1) : name;
}

/** Count and register in front of a command; neither is part of what is repeated. */
function readPrefix(
  editor: Editor,
  prefix: { register: string | undefined; count: number | undefined },
): Key {
  for (;;) {
    const { key, count } = readCount(editor);
    if (count !== undefined) prefix.count = (prefix.count ?? 1) * count;
    if (key !== '"') return key;
    editor.keys.forgetLast();
    prefix.register = editor.keys.read();
    editor.keys.forgetLast();
    if (!isRegisterName(prefix.register)) throw new Beep();
  }
}

const MAX_COUNT = 99_999_999;

/** Digits, taken out of the recording, and the key behind them. */
export function readCount(editor: Editor): { key: Key; count: number | undefined } {
  let digits = '';
  for (;;) {
    const key = editor.keys.read();
    if (!/^[0-9]$/.test(key) || (key === '0' && digits === ''))
      return { key, count: digits === '' ? undefined : Math.min(Number(digits), MAX_COUNT) };
    digits += key;
    editor.keys.forgetLast();
  }
}

function execute(editor: Editor, key: Key, count: number | undefined, register: string | undefined): void {
  if (key in operators) {
    operate(editor, key, count, register);
    return;
  }
  if (key === 'g') {
    afterG(editor, count, register);
    return;
  }
  const command = commands[key];
  if (command) {
    command(editor, count, register);
    return;
  }
  const motion = motions[key];
  if (!motion) throw new Beep();
  moveBy(editor, motion(editor, count, ''));
}

/** An operator: reads a motion, a text object, or itself again for whole lines. */
function operate(
  editor: Editor,
  operator: string,
  before: number | undefined,
  register: string | undefined,
): void {
  const { key, count: behind } = readCount(editor);
  const count = behind === undefined ? before : (before ?? 1) * behind;
  const run = operators[operator]!;
  const context = { register, isFar: false, times: 1 };
  editor.isChange = operator !== 'y' && operator !== '!';
  if (key === operator.at(-1) || (operator.length > 1 && key === 'g')) {
    if (key === 'g' && editor.keys.read() !== operator.at(-1)) throw new Beep();
    const range = rangeOfLines(editor, count ?? 1);
    run(editor, range, context);
    return;
  }
  if (key === 'i' || key === 'a') {
    const object = textObject(editor.buffer, editor.cursor, key, editor.keys.read(), count ?? 1);
    if (!object) throw new Beep();
    // c of whole lines within braces keeps one line, as ever.
    run(editor, object, context);
    return;
  }
  const name = key === 'v' || key === 'V' ? editor.keys.read() : key;
  const motion = motions[name];
  if (!motion) throw new Beep();
  const wanted = editor.wantedDisplay;
  const found = motion(editor, count, operator);
  if (found.isJump) editor.rememberJump();
  editor.wantedDisplay = wanted;
  const kind =
    key === 'V'
      ? 'lines'
      : key === 'v'
        ? found.kind === 'exclusive'
          ? 'inclusive'
          : 'exclusive'
        : found.kind;
  const range = rangeOfMotion(editor, { ...found, kind });
  if (
    range.kind === 'characters' &&
    range.from.line === range.to.line &&
    range.from.column === range.to.column
  ) {
    if (operator === 'd' || operator === 'y') throw new Beep();
  }
  const taken = isLinesOnly(operator) ? { ...range, kind: 'lines' as const } : range;
  run(editor, taken, { ...context, isFar: found.isFar === true });
}

type Command = (editor: Editor, count: number | undefined, register: string | undefined) => void;

/** A change that ends in insert mode. */
function inserting(prepare: (editor: Editor) => void): Command {
  return (editor, count) => {
    editor.isChange = true;
    prepare(editor);
    insertText(editor, count ?? 1);
  };
}

function openLine(where: 'above' | 'below'): Command {
  return inserting(editor => {
    const line = editor.cursor.line + (where === 'below' ? 1 : 0);
    const indent = editor.settings.autoindent ? indentOf(editor.text) : '';
    editor.buffer.splice(line, 0, [indent]);
    editor.cursor = { line, column: indent.length };
    editor.freshIndent = indent === '' ? undefined : { line, text: indent };
  });
}

/** A command that is an operator with a motion: x is dl. */
function shorthand(operator: string, motionKey: string): Command {
  return (editor, count, register) => {
    const found = motions[motionKey]!(editor, count, operator);
    editor.isChange = operator !== 'y';
    operators[operator]!(editor, rangeOfMotion(editor, found), { register, isFar: false, times: 1 });
  };
}

function overLines(operator: string): Command {
  return (editor, count, register) => {
    editor.isChange = operator !== 'y';
    operators[operator]!(editor, rangeOfLines(editor, count ?? 1), { register, isFar: false, times: 1 });
  };
}

const toEnd = (operator: string): Command => {
  const run = shorthand(operator, '$');
  return (editor, count, register) => run(editor, count, register);
};

const substituteCharacters: Command = (editor, count, register) => {
  if (editor.text !== '') {
    shorthand('c', 'l')(editor, count, register);
    return;
  }
  editor.isChange = true;
  insertText(editor, 1);
};

function undo(editor: Editor, count: number, direction: 'undo' | 'redo'): void {
  const before = editor.buffer.lineCount;
  let cursor;
  for (let i = 0; i < count; i++) {
    const to = direction === 'undo' ? editor.buffer.undo() : editor.buffer.redo();
    if (!to) {
      editor.tell(direction === 'undo' ? 'Already at oldest change' : 'Already at newest change');
      break;
    }
    cursor = to;
  }
  if (!cursor) return;
  editor.cursor = cursor;
  const change = editor.buffer.lineCount - before;
  if (change === 1 || change === -1) editor.tell(change > 0 ? '1 more line' : '1 line less');
  else if (change !== 0) editor.tell(change > 0 ? `${change} more lines` : `${-change} fewer lines`);
  else editor.tell('1 change');
}

function undoLine(editor: Editor): void {
  const before = editor.buffer.undoHistory.lineBefore;
  if (!before || before.line >= editor.buffer.lineCount) throw new Beep();
  const now = editor.buffer.line(before.line);
  editor.buffer.setLine(before.line, before.text);
  editor.buffer.undoHistory.lineBefore = { line: before.line, text: now };
  editor.moveTo(before.line, 0);
}

function repeatLast(editor: Editor, count: number | undefined): void {
  const { repeat } = editor;
  if (!repeat) throw new Beep();
  const used = count ?? repeat.count;
  editor.keys.isolated(repeat.keys, () => {
    execute(editor, readCount(editor).key, used, repeat.register);
  });
  editor.isChange = false;
  editor.repeat = { ...repeat, count: used, register: nextRegister(repeat.register) };
}

function join(editor: Editor, count: number | undefined, blanksAre: 'made one' | 'kept'): void {
  const { line } = editor.cursor;
  if (line === editor.buffer.lineCount - 1) throw new Beep();
  editor.isChange = true;
  const column = joinLines(editor, line, Math.max(2, count ?? 2), blanksAre);
  editor.cursor = { line, column };
}

function afterG(editor: Editor, count: number | undefined, register: string | undefined): void {
  const key = editor.keys.read();
  switch (key) {
    case 'u':
    case 'U':
    case '~':
      operate(editor, `g${key}`, count, register);
      return;
    case 'J':
      join(editor, count, 'kept');
      return;
    case 'v':
      selectAgain(editor);
      visualMode(editor);
      return;
    case 'i':
      inserting(() => {
        const at = editor.buffer.marks.get('^');
        if (at) editor.moveTo(at.line, at.column);
      })(editor, count, register);
      return;
    case '&':
      editor.isChange = true;
      runExCommand(editor, '%s//~/&');
      return;
    default: {
      // A motion: it reads the key itself.
      editor.keys.push([key]);
      editor.keys.forgetLast();
      moveBy(editor, motions['g']!(editor, count, ''));
    }
  }
}

const visual =
  (kind: 'v' | 'V'): Command =>
  editor => {
    editor.visual = { anchor: editor.cursor, kind };
    visualMode(editor);
  };

const commands: Readonly<Record<Key, Command>> = {
  ...scrollCommands,
  z: scrollCommand,
  i: inserting(() => {}),
  '<Insert>': inserting(() => {}),
  I: inserting(editor => editor.moveTo(editor.cursor.line, Math.max(0, editor.text.search(/[^ \t]|$/)))),
  a: inserting(editor => {
    editor.cursor = { line: editor.cursor.line, column: nextColumn(editor.text, editor.cursor.column) };
  }),
  A: inserting(editor => {
    editor.cursor = { line: editor.cursor.line, column: editor.text.length };
  }),
  o: openLine('below'),
  O: openLine('above'),
  R: (editor, count) => {
    editor.isChange = true;
    insertText(editor, count ?? 1, 'replace');
  },
  x: shorthand('d', 'l'),
  '<Delete>': shorthand('d', 'l'),
  X: shorthand('d', 'h'),
  D: toEnd('d'),
  C: toEnd('c'),
  Y: overLines('y'),
  S: overLines('c'),
  s: substituteCharacters,
  r: (editor, count) => {
    replaceCharacters(editor, count ?? 1);
    editor.isChange = true;
  },
  '~': (editor, count) => {
    toggleCase(editor, count ?? 1);
    editor.isChange = true;
  },
  J: (editor, count) => join(editor, count, 'made one'),
  p: (editor, count, register) => {
    editor.isChange = true;
    putRegister(editor, register, count ?? 1, 'after');
  },
  P: (editor, count, register) => {
    editor.isChange = true;
    putRegister(editor, register, count ?? 1, 'before');
  },
  u: (editor, count) => undo(editor, count ?? 1, 'undo'),
  '\x12': (editor, count) => undo(editor, count ?? 1, 'redo'),
  U: undoLine,
  '.': repeatLast,
  '\x01': (editor, count) => changeNumber(editor, count ?? 1),
  '\x18': (editor, count) => changeNumber(editor, -(count ?? 1)),
  m: editor => {
    const name = editor.keys.read();
    if (!/^[a-zA-Z'`]$/.test(name)) throw new Beep();
    editor.setMark(name);
    editor.keepsWanted = true;
  },
  '&': editor => {
    editor.isChange = true;
    runExCommand(editor, 's');
  },
  v: visual('v'),
  V: visual('V'),
  '\x00span': editor => {
    selectSpan(editor);
    visualMode(editor);
  },
  q: recordMacro,
  '@': runMacro,
  ':': (editor, count) =>
    promptForCommand(editor, count === undefined ? '' : count === 1 ? '.' : `.,.+${count - 1}`),
  Z: editor => {
    const key = editor.keys.read();
    if (key === 'Z') runExCommand(editor, 'x');
    else if (key === 'Q') runExCommand(editor, 'q!');
    else throw new Beep();
  },
  '\x07': editor => runExCommand(editor, 'file'),
  '\x0c': editor => editor.redraw(),
  '\x1a': editor => editor.suspend(),
  '\x1e': editor => runExCommand(editor, 'e #'),
  '\x03': editor => editor.tell('Type  :q!  and press <Enter> to abandon all changes and exit vi'),
  [ESCAPE]: editor => {
    editor.isHighlighted = false;
    throw new Beep();
  },
};
