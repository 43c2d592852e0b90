/** q records keys into a register, @ plays one. */
import type { Editor } from './editor.ts';
import { Beep, keysOfText } from './keys.ts';
import { readRegister } from './put.ts';
import { EditorError } from './search.ts';

export function recordMacro(editor: Editor): void {
  const { keys } = editor;
  if (keys.macro) {
    const recorded = keys.macro.slice(0, -1);
    keys.macro = undefined;
    editor.registers.set(editor.macroRegister, { kind: 'characters', pieces: [recorded.join('')] });
    editor.tell('');
    return;
  }
  const name = keys.read();
  if (!/^[a-z0-9"]$/.test(name)) throw new Beep();
  editor.macroRegister = name;
  keys.macro = [];
}

export function runMacro(editor: Editor, count: number | undefined): void {
  let name = editor.keys.read();
  if (name === '@') {
    if (editor.lastMacro === undefined) throw new EditorError('E748: No previously used register');
    name = editor.lastMacro;
  }
  editor.lastMacro = name;
  const register = readRegister(editor, name);
  let text = register.pieces.join('\r');
  if (register.kind === 'lines' || name === ':') text += '\r';
  if (name === ':') text = `:${text}`;
  const once = keysOfMacro(text);
  for (let i = 0; i < (count ?? 1); i++) editor.keys.push(once);
}

/** Named keys were recorded by their names. */
function keysOfMacro(text: string): string[] {
  return text
    .split(/(<(?:Up|Down|Left|Right|Home|End|PageUp|PageDown|Insert|Delete)>)/)
    .flatMap(part => (/^<[A-Z][A-Za-z]+>$/.test(part) ? [part] : keysOfText(part)));
}
