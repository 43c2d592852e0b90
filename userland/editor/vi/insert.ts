/** Insert and replace mode: from the command that begins it to the escape key. */
import type { Editor } from './editor.ts';
import { ENTER, ESCAPE, type Key, OutOfKeys } from './keys.ts';
import { blanks } from './operators.ts';
import {
  type Position,
  classOf,
  displayColumn,
  firstNonBlank,
  indentOf,
  nextColumn,
  previousColumn,
} from './text.ts';

interface Session {
  /** Backspace stops being free before this place. */
  start: Position;
  /** Replace mode: what stood where was typed over, for backspace; undefined: nothing did. */
  overwritten: (string | undefined)[];
  isReplacing: boolean;
  /** What was typed, for counts and Ctrl-A. */
  typed: Key[];
}

/** Inserts at the cursor until escape; the typed text is there `count` times in the end. */
export function insertText(editor: Editor, count: number, mode: 'insert' | 'replace' = 'insert'): void {
  const session: Session = {
    start: editor.cursor,
    overwritten: [],
    isReplacing: mode === 'replace',
    typed: [],
  };
  editor.mode = mode;
  editor.message = '';
  try {
    typeKeys(editor, session);
    for (let i = 1; i < count; i++)
      editor.keys.isolated([...session.typed, ESCAPE], () => typeKeys(editor, { ...session, typed: [] }));
  } finally {
    editor.mode = 'normal';
  }
  if (session.typed.length > 0) {
    editor.lastInserted = session.typed.join('').replaceAll(ENTER, '\n');
    editor.registers.set('.', { kind: 'characters', pieces: editor.lastInserted.split('\n') });
  }
  editor.setMark('^');
  removeLoneIndent(editor);
  editor.cursor = {
    line: editor.cursor.line,
    column: previousColumn(editor.text, editor.cursor.column),
  };
}

/** A line that got nothing but an automatic indent is left empty. */
function removeLoneIndent(editor: Editor): void {
  const { line } = editor.cursor;
  if (editor.freshIndent === undefined || editor.freshIndent.line !== line) return;
  if (editor.text === editor.freshIndent.text) {
    editor.buffer.setLine(line, '');
    editor.cursor = { line, column: 0 };
  }
  editor.freshIndent = undefined;
}

function typeKeys(editor: Editor, session: Session): void {
  for (;;) {
    let key: Key;
    try {
      key = editor.keys.read();
    } catch (error) {
      if (error instanceof OutOfKeys) return;
      throw error;
    }
    if (key === ESCAPE || key === '\x03') return;
    typeKey(editor, session, key);
  }
}

function typeKey(editor: Editor, session: Session, key: Key): void {
  const { buffer, cursor, settings } = editor;
  switch (key) {
    case ENTER:
    case '\n':
      breakLine(editor, session);
      session.typed.push(ENTER);
      return;
    case '\x08':
    case '\x7f':
      erase(editor, session, previousOf);
      session.typed.pop();
      return;
    case '\x17':
      erase(editor, session, wordBefore);
      return;
    case '\x15':
      erase(editor, session, (text, column) => {
        const first = firstNonBlank(text);
        return column > first ? first : 0;
      });
      return;
    case '\x16': {
      const literal = literalKey(editor);
      put(editor, session, literal);
      session.typed.push('\x16', literal);
      return;
    }
    case '\t':
      if (settings.expandtab) {
        const at = displayColumn(editor.text, cursor.column, settings.tabstop);
        put(editor, session, ' '.repeat(settings.tabstop - (at % settings.tabstop)));
      } else put(editor, session, '\t');
      session.typed.push(key);
      return;
    case '\x12': {
      const register = editor.registers.get(editor.keys.read());
      insertPieces(editor, register ? [...register.pieces, ...(register.kind === 'lines' ? [''] : [])] : []);
      return;
    }
    case '\x01':
      insertPieces(editor, editor.lastInserted.split('\n'));
      return;
    case '\x14':
    case '\x04':
      shiftIndent(editor, key === '\x14' ? 1 : -1);
      return;
    case '\x05':
    case '\x19': {
      const other = buffer.line(cursor.line + (key === '\x05' ? 1 : -1));
      const char = other.slice(cursor.column, nextColumn(other, cursor.column));
      if (char !== '') put(editor, session, char);
      return;
    }
    case '<Delete>':
      if (cursor.column < editor.text.length)
        buffer.replace(cursor, { line: cursor.line, column: nextColumn(editor.text, cursor.column) }, ['']);
      else if (cursor.line < buffer.lineCount - 1)
        buffer.replace(cursor, { line: cursor.line + 1, column: 0 }, ['']);
      return;
    default:
      if (key.startsWith('<') && key.length > 1) {
        moveInInsert(editor, key);
        // What follows is an insertion of its own.
        session.start = editor.cursor;
        session.overwritten = [];
        session.typed = [];
        return;
      }
      put(editor, session, key);
      session.typed.push(key);
  }
}

/** Ctrl-V: the next key as it is, or a character by its number: 065, x41, u00e9. */
function literalKey(editor: Editor): string {
  const key = editor.keys.read();
  if (key === 'u' || key === 'x') {
    let digits = '';
    const wanted = key === 'u' ? 4 : 2;
    while (digits.length < wanted) {
      const next = editor.keys.read();
      if (!/^[0-9a-fA-F]$/.test(next)) {
        editor.keys.push([next]);
        break;
      }
      digits += next;
    }
    if (digits === '') return key;
    return String.fromCharCode(
      ...new TextEncoder().encode(String.fromCodePoint(Number.parseInt(digits, 16))),
    );
  }
  return key.startsWith('<') && key.length > 1 ? '' : key;
}

/** Puts characters at the cursor, over what is there in replace mode. */
function put(editor: Editor, session: Session, text: string): void {
  const { line, column } = editor.cursor;
  const old = editor.text;
  let end = column;
  if (session.isReplacing) {
    end = nextColumn(old, column);
    session.overwritten.push(end > column ? old.slice(column, end) : undefined);
  }
  editor.buffer.setLine(line, old.slice(0, column) + text + old.slice(end));
  editor.cursor = { line, column: column + text.length };
}

function insertPieces(editor: Editor, pieces: readonly string[]): void {
  if (pieces.length > 0) editor.cursor = editor.buffer.replace(editor.cursor, editor.cursor, pieces);
}

function breakLine(editor: Editor, session: Session): void {
  const { buffer, settings } = editor;
  const { line, column } = editor.cursor;
  const text = editor.text;
  const indent = settings.autoindent ? indentOf(text).slice(0, column) : '';
  const before = settings.autoindent && /^[ \t]+$/.test(text.slice(0, column)) ? '' : text.slice(0, column);
  const rest = settings.autoindent ? text.slice(column).replace(/^[ \t]+/, '') : text.slice(column);
  buffer.splice(line, 1, [before, indent + rest]);
  editor.cursor = { line: line + 1, column: indent.length };
  editor.freshIndent = indent === '' ? undefined : { line: line + 1, text: indent };
  session.overwritten = [];
}

const previousOf = (text: string, column: number): number => previousColumn(text, column);

function wordBefore(text: string, column: number): number {
  let at = column;
  while (at > 0 && classOf(text, previousColumn(text, at), false) === 'blank') at = previousColumn(text, at);
  if (at === 0) return 0;
  const kind = classOf(text, previousColumn(text, at), false);
  while (at > 0 && classOf(text, previousColumn(text, at), false) === kind) at = previousColumn(text, at);
  return at;
}

/** Takes back to the left; at the start of a line joins it with the one above. */
function erase(editor: Editor, session: Session, target: (text: string, column: number) => number): void {
  const { buffer, cursor } = editor;
  const { line, column } = cursor;
  if (session.isReplacing) {
    if (column === 0) return;
    const from = previousColumn(editor.text, column);
    if (session.overwritten.length > 0) {
      const old = session.overwritten.pop() ?? '';
      buffer.setLine(line, editor.text.slice(0, from) + old + editor.text.slice(column));
    }
    editor.cursor = { line, column: from };
    return;
  }
  if (column === 0) {
    if (line === 0) return;
    const above = { line: line - 1, column: buffer.line(line - 1).length };
    buffer.replace(above, cursor, ['']);
    editor.cursor = above;
    return;
  }
  const { start } = session;
  let to = target(editor.text, column);
  // Ctrl-W and Ctrl-U stop once at where the insertion began.
  if (start.line === line && start.column < column && to < start.column) to = start.column;
  buffer.replace({ line, column: to }, cursor, ['']);
  editor.cursor = { line, column: to };
}

function shiftIndent(editor: Editor, direction: 1 | -1): void {
  const { settings, buffer } = editor;
  const text = editor.text;
  const indent = indentOf(text);
  const width = displayColumn(text, indent.length, settings.tabstop);
  const unit = settings.shiftwidth;
  const steps = direction > 0 ? Math.floor(width / unit) + 1 : Math.max(0, Math.ceil(width / unit) - 1);
  const fresh = blanks(editor, steps * unit);
  buffer.setLine(editor.cursor.line, fresh + text.slice(indent.length));
  editor.cursor = {
    line: editor.cursor.line,
    column: Math.max(0, editor.cursor.column + fresh.length - indent.length),
  };
  editor.freshIndent = undefined;
}

function moveInInsert(editor: Editor, key: Key): void {
  const { buffer, cursor } = editor;
  const text = editor.text;
  const vertical = (line: number): void => {
    if (line < 0 || line >= buffer.lineCount) return;
    const display = displayColumn(text, cursor.column, editor.settings.tabstop);
    editor.wantedDisplay = display;
    const target = buffer.line(line);
    const isAtEnd = displayColumn(target, target.length, editor.settings.tabstop) <= display;
    editor.cursor = { line, column: isAtEnd ? target.length : editor.columnFor(line) };
  };
  switch (key) {
    case '<Left>':
      editor.cursor = { line: cursor.line, column: previousColumn(text, cursor.column) };
      break;
    case '<Right>':
      editor.cursor = { line: cursor.line, column: nextColumn(text, cursor.column) };
      break;
    case '<Home>':
      editor.cursor = { line: cursor.line, column: 0 };
      break;
    case '<End>':
      editor.cursor = { line: cursor.line, column: text.length };
      break;
    case '<Up>':
      vertical(cursor.line - 1);
      break;
    case '<Down>':
      vertical(cursor.line + 1);
      break;
    case '<PageUp>':
      vertical(Math.max(0, cursor.line - editor.rows + 2));
      break;
    case '<PageDown>':
      vertical(Math.min(buffer.lineCount - 1, cursor.line + editor.rows - 2));
      break;
    default:
  }
}
