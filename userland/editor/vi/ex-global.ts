/** :g and :v – a command on every line that matches; :normal – keys on every line. */
import type { Editor } from './editor.ts';
import { lineReport } from './editor.ts';
import { type ExEntry, linesOf } from './ex-commands.ts';
import type { ExCommand } from './ex-parser.ts';
import { runExCommand } from './ex.ts';
import { ESCAPE, OutOfKeys, keysOfText } from './keys.ts';
import { normalCommand } from './normal.ts';
import { EditorError, compile, splitPattern } from './search.ts';

function global(editor: Editor, command: ExCommand, isInverse: boolean): void {
  if (editor.isInGlobal) throw new EditorError('E147: Cannot do :global recursive with a range');
  const { buffer } = editor;
  const from = Math.max(0, command.from ?? 0);
  const to = command.to ?? buffer.lineCount - 1;
  const delimiter = command.argument[0];
  if (delimiter === undefined || /[a-zA-Z0-9\\"|]/.test(delimiter))
    throw new EditorError('E148: Regular expression missing from :global');
  const { pattern, rest } = splitPattern(command.argument.slice(1), delimiter);
  const used = pattern === '' ? editor.lastSearch?.pattern : pattern;
  if (used === undefined) throw new EditorError('E35: No previous regular expression');
  editor.lastSearch = { pattern: used, isForward: true, offset: '' };
  const regex = compile(editor, used);
  // Marks follow the lines through what the commands do to the text.
  const before = buffer.lineCount;
  const lines: number[] = [];
  for (let line = from; line <= to; line++) if (regex.test(buffer.line(line)) !== isInverse) lines.push(line);
  if (lines.length === 0) throw new EditorError(`E486: Pattern not found: ${used}`);
  editor.isInGlobal = true;
  const { cursorBefore } = buffer;
  try {
    runOnLines(editor, lines, rest === '' ? 'p' : rest);
  } finally {
    editor.isInGlobal = false;
    buffer.cursorBefore = cursorBefore;
  }
  lineReport(editor, buffer.lineCount - before);
}

function runOnLines(editor: Editor, lines: readonly number[], command: string): void {
  const { buffer } = editor;
  buffer.tracked = [...lines];
  try {
    for (;;) {
      const line = buffer.tracked.shift();
      if (line === undefined) return;
      if (line < 0) continue;
      editor.moveTo(line, 0);
      runExCommand(editor, command);
    }
  } finally {
    buffer.tracked = [];
  }
}

function normal(editor: Editor, command: ExCommand): void {
  const { from, to } = linesOf(editor, command);
  const run = (): void => runKeys(editor, command.argument);
  if (command.addressCount === 0) {
    run();
    return;
  }
  const { buffer } = editor;
  const wasTracked = buffer.tracked;
  buffer.tracked = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  try {
    for (let line = buffer.tracked.shift(); line !== undefined; line = buffer.tracked.shift()) {
      if (line < 0) continue;
      editor.moveTo(line, 0);
      run();
    }
  } finally {
    buffer.tracked = wasTracked;
  }
}

/** Commands that are not finished are finished by escape. */
function runKeys(editor: Editor, text: string): void {
  const end = '\x00end';
  editor.keys.isolated([...keysOfText(text), ESCAPE, ESCAPE, end], () => {
    for (;;) {
      if (!editor.keys.isReplaying) return;
      const next = editor.keys.peek();
      if (next === end) return;
      try {
        editor.isNested = true;
        normalCommand(editor);
      } catch (error) {
        if (!(error instanceof OutOfKeys)) throw error;
      } finally {
        editor.isNested = false;
      }
    }
  });
  editor.keys.startRecording();
}

const entry = (name: string, shortest: number, run: ExEntry['run']): ExEntry => ({
  name,
  shortest,
  range: 'lines',
  run,
});

export const globalCommands: readonly ExEntry[] = [
  entry('global', 1, (editor, command) => global(editor, command, command.isForced)),
  entry('vglobal', 1, (editor, command) => global(editor, command, true)),
  entry('normal', 4, normal),
];
