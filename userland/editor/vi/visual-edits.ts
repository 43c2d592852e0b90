/** r in visual mode: one character for every one selected. */
import type { Editor } from './editor.ts';
import { Beep, ESCAPE, keysOfText } from './keys.ts';
import type { TextRange } from './text-objects.ts';

export function replaceSelection(editor: Editor, range: TextRange): void {
  const key = editor.keys.read();
  if (key === ESCAPE || (key.length > 1 && key.startsWith('<'))) throw new Beep();
  const { buffer } = editor;
  const pieces = buffer.slice(range.from, range.to).map(piece => key.repeat(keysOfText(piece).length));
  buffer.replace(range.from, range.to, pieces);
  editor.cursor = range.from;
}
