/** p and P: registers back into the text. */
import type { Editor } from './editor.ts';
import { lineReport } from './editor.ts';
import { EditorError } from './search.ts';
import type { Register } from './registers.ts';
import { lastColumn, nextColumn, previousColumn } from './text.ts';

/** The contents of a register; the read-only ones are made here. */
export function readRegister(editor: Editor, name: string | undefined): Register {
  const special =
    name === '%'
      ? editor.fileName
      : name === ':'
        ? editor.lastCommand
        : name === '/'
          ? editor.lastSearch?.pattern
          : undefined;
  if (special !== undefined) return { kind: 'characters', pieces: [special] };
  const register = editor.registers.get(name);
  if (!register) throw new EditorError(`E353: Nothing in register ${name ?? '"'}`);
  return register;
}

export function putRegister(
  editor: Editor,
  name: string | undefined,
  count: number,
  where: 'before' | 'after',
): void {
  const register = readRegister(editor, name);
  if (register.kind === 'lines')
    putLines(editor, register.pieces, editor.cursor.line + (where === 'after' ? 1 : 0), count);
  else putCharacters(editor, register.pieces, count, where);
}

/** Puts lines so that the first is line number `line`. */
export function putLines(editor: Editor, lines: readonly string[], line: number, count: number): void {
  const all: string[] = [];
  for (let i = 0; i < count; i++) all.push(...lines);
  editor.buffer.splice(line, 0, all);
  editor.moveToLine(line);
  lineReport(editor, all.length);
}

function putCharacters(
  editor: Editor,
  pieces: readonly string[],
  count: number,
  where: 'before' | 'after',
): void {
  const { line } = editor.cursor;
  const column = where === 'after' ? nextColumn(editor.text, editor.cursor.column) : editor.cursor.column;
  let all = pieces;
  for (let i = 1; i < count; i++) all = [...all.slice(0, -1), all.at(-1)! + pieces[0]!, ...pieces.slice(1)];
  const at = { line, column };
  const end = editor.buffer.replace(at, at, all);
  if (all.length > 1)
    editor.cursor = { line, column: Math.min(column, lastColumn(editor.buffer.line(line))) };
  else editor.cursor = { line, column: previousColumn(editor.text, end.column) };
}
