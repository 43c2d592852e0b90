/** Small changes of normal mode: r, ~, Ctrl-A and Ctrl-X. */
import type { Editor } from './editor.ts';
import { Beep, ENTER, ESCAPE } from './keys.ts';
import { mapCharacters, swapped } from './operators.ts';
import { indentOf, lastColumn, nextColumn, previousColumn } from './text.ts';

/** The column behind `count` characters; Beep if the line has fewer. */
function behind(editor: Editor, count: number, isStrict: 'all' | 'what there is'): number {
  const text = editor.text;
  let { column } = editor.cursor;
  for (let i = 0; i < count; i++) {
    if (column >= text.length) {
      if (isStrict === 'all' || i === 0) throw new Beep();
      break;
    }
    column = nextColumn(text, column);
  }
  return column;
}

/** r: other characters for these, or one new line for all of them. */
export function replaceCharacters(editor: Editor, count: number): void {
  let key = editor.keys.read();
  if (key === ESCAPE || key === '\x03') throw new Beep();
  const isLiteral = key === '\x16';
  if (isLiteral) key = editor.keys.read();
  if (key.length > 1 && key.startsWith('<')) throw new Beep();
  const { line, column } = editor.cursor;
  const end = { line, column: behind(editor, count, 'all') };
  if (key === ENTER && !isLiteral) {
    const indent = editor.settings.autoindent ? indentOf(editor.text) : '';
    editor.cursor = editor.buffer.replace(editor.cursor, end, ['', indent]);
    return;
  }
  const done = editor.buffer.replace(editor.cursor, end, [key.repeat(count)]);
  editor.cursor = { line, column: previousColumn(editor.text, done.column) };
  if (editor.cursor.column < column) editor.cursor = { line, column };
}

/** ~: the other case, moving on. */
export function toggleCase(editor: Editor, count: number): void {
  const { line, column } = editor.cursor;
  const end = { line, column: behind(editor, count, 'what there is') };
  const changed = mapCharacters(editor.text.slice(column, end.column), swapped);
  const done = editor.buffer.replace(editor.cursor, end, [changed]);
  editor.cursor = { line, column: Math.min(done.column, lastColumn(editor.text)) };
}

/** Ctrl-A and Ctrl-X: adds to the number at or behind the cursor; decimal or 0x. */
export function changeNumber(editor: Editor, by: number): void {
  const { line, column } = editor.cursor;
  for (const match of editor.text.matchAll(/0[xX][0-9a-fA-F]+|-?[0-9]+/g)) {
    const end = match.index + match[0].length;
    if (end <= column) continue;
    const old = match[0];
    const isHex = /^0x/i.test(old);
    const value = BigInt(old) + BigInt(by);
    const fresh = isHex
      ? old.slice(0, 2) +
        BigInt.asUintN(64, value)
          .toString(16)
          .padStart(old.length - 2, '0')
      : value.toString();
    editor.buffer.setLine(line, editor.text.slice(0, match.index) + fresh + editor.text.slice(end));
    editor.cursor = { line, column: match.index + fresh.length - 1 };
    editor.isChange = true;
    return;
  }
  throw new Beep();
}
