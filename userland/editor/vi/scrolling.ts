/** Commands that move the window over the text: Ctrl-F B D U E Y, z. */
import type { Editor } from './editor.ts';
import { Beep, type Key } from './keys.ts';
import { firstNonBlank } from './text.ts';

type Command = (editor: Editor, count: number | undefined) => void;

/** Sets the first line shown. */
function setTop(editor: Editor, line: number): void {
  editor.top = { line: Math.max(0, Math.min(line, editor.buffer.lineCount - 1)), row: 0 };
}

const forward: Command = (editor, count) => {
  const last = editor.buffer.lineCount - 1;
  if (editor.top.line >= last && editor.cursor.line === last) throw new Beep();
  // The last two lines stay in view.
  for (let i = 0; i < (count ?? 1); i++) {
    const next = Math.max(
      editor.top.line + 1,
      i === 0 ? editor.bottomLine - 1 : editor.top.line + editor.rows - 2,
    );
    setTop(editor, next);
  }
  editor.moveToLine(Math.max(editor.cursor.line, editor.top.line));
};

const backward: Command = (editor, count) => {
  if (editor.top.line === 0 && editor.cursor.line === 0) throw new Beep();
  const bottom = Math.max(0, editor.top.line + 1 - ((count ?? 1) - 1) * (editor.rows - 2));
  setTop(editor, bottom - editor.rows + 1);
  editor.moveToLine(Math.min(editor.cursor.line, Math.max(bottom, editor.top.line)));
};

function half(direction: 1 | -1): Command {
  return (editor, count) => {
    if (count !== undefined) editor.scrollAmount = count;
    const amount = (editor.scrollAmount ?? Math.max(1, Math.floor(editor.rows / 2))) * direction;
    const last = editor.buffer.lineCount - 1;
    if (direction > 0 ? editor.cursor.line === last : editor.cursor.line === 0) throw new Beep();
    if (direction < 0 || editor.bottomLine < last) setTop(editor, editor.top.line + amount);
    editor.moveToLine(editor.cursor.line + amount);
  };
}

function byLine(direction: 1 | -1): Command {
  return (editor, count) => {
    const from = editor.top.line;
    setTop(editor, from + direction * (count ?? 1));
    const moved = editor.top.line - from;
    if (moved === 0) throw new Beep();
    const bottom = editor.top.line + (editor.bottomLine - from);
    if (editor.cursor.line < editor.top.line) editor.moveVertically(editor.top.line);
    else if (editor.cursor.line > bottom) editor.moveVertically(bottom);
    else editor.keepsWanted = true;
  };
}

export const scrollCommands: Readonly<Record<Key, Command>> = {
  '\x06': forward,
  '<PageDown>': forward,
  '\x02': backward,
  '<PageUp>': backward,
  '\x04': half(1),
  '\x15': half(-1),
  '\x05': byLine(1),
  '\x19': byLine(-1),
};

/** z and a key: where in the window the cursor's line shall be. */
export function scrollCommand(editor: Editor, count: number | undefined): void {
  const key = editor.keys.read();
  if (count !== undefined) editor.moveTo(count - 1, editor.cursor.column);
  const hints: Readonly<Record<string, Editor['scrollHint']>> = {
    t: 'top',
    '\r': 'top',
    z: 'middle',
    '.': 'middle',
    b: 'bottom',
    '-': 'bottom',
  };
  const hint = hints[key];
  if (!hint) throw new Beep();
  editor.scrollHint = hint;
  if (/[\r.-]/.test(key)) editor.moveTo(editor.cursor.line, firstNonBlank(editor.text));
}
