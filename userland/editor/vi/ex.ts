/** Runs ex command lines: finds the command by its name or an abbreviation, checks the range. */
import { SysError } from '../../libc/native.ts';
import { OutOfKeys } from './keys.ts';
import type { Editor } from './editor.ts';
import { exCommands } from './ex-commands.ts';
import { type ExCommand, parseExCommand } from './ex-parser.ts';
import { promptLine } from './prompt.ts';
import { EditorError } from './search.ts';

/** `:` in normal and visual mode. */
export function promptForCommand(editor: Editor, initial: string): void {
  const command = promptLine(editor, ':', initial);
  if (command === undefined) return;
  runExCommand(editor, command);
  if (command.trim() !== '') editor.lastCommand = command;
}

/** Runs a line of commands; a mistake is an EditorError. */
export function runExCommand(editor: Editor, line: string): void {
  for (let text: string | undefined = line; text !== undefined;) {
    const command = parseExCommand(editor, text);
    runOne(editor, command);
    text = command.rest;
  }
}

/** As runExCommand, with mistakes told in the last row: for -c and files of commands. */
export function tryExCommand(editor: Editor, line: string): void {
  try {
    runExCommand(editor, line);
  } catch (error) {
    if (error instanceof EditorError || error instanceof SysError) editor.complain(error.message);
    else if (!(error instanceof OutOfKeys)) throw error;
  }
  editor.clampCursor();
  editor.buffer.undoHistory.close();
}

function runOne(editor: Editor, command: ExCommand): void {
  checkRange(editor, command);
  if (command.name === '') {
    if (command.to === undefined) return;
    editor.rememberJump();
    editor.moveToLine(command.to);
    return;
  }
  if (command.name === '"') return;
  const found = exCommands().find(
    ({ name, shortest }) => name.startsWith(command.name) && command.name.length >= shortest,
  );
  if (!found) throw new EditorError(`E492: Not an editor command: ${command.name}${command.argument}`);
  if (command.addressCount > 0 && found.range === 'none') throw new EditorError('E481: No range allowed');
  found.run(editor, command);
}

function checkRange(editor: Editor, { from, to }: ExCommand): void {
  if (from === undefined || to === undefined) return;
  if (from < -1 || to < -1 || from >= editor.buffer.lineCount || to >= editor.buffer.lineCount)
    throw new EditorError('E16: Invalid range');
  if (from > to) throw new EditorError('E493: Backwards range given');
}
