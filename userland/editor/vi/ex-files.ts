/** Ex commands on files: w q x e r f n N args rew cd sh. Messages are vim's. */
import { SysError } from '../../libc/native.ts';
import { TextBuffer } from './buffer.ts';
import type { Editor } from './editor.ts';
import { type ExEntry, linesOf } from './ex-commands.ts';
import { expandShell } from './ex-lines.ts';
import type { ExCommand } from './ex-parser.ts';
import { EditorError } from './search.ts';
import { runExCommand } from './ex.ts';

function sizes(text: string, lineCount: number): string {
  return `${lineCount}L, ${text.length}B`;
}

function lineCountOf(text: string): number {
  if (text === '') return 0;
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return text.endsWith('\n') ? count : count + 1;
}

/** Opens a file for editing. A failure leaves an empty text with that name and tells. */
export function openFile(editor: Editor, name: string): void {
  if (editor.fileName !== undefined && editor.fileName !== name) editor.alternateName = editor.fileName;
  editor.fileName = name;
  try {
    const opened = editor.system.readFile(name);
    editor.setText(opened?.text ?? '');
    editor.isNewFile = !opened;
    editor.settings.readonly = editor.isViewing || opened?.isReadOnly === true;
    if (!opened) editor.tell(`"${name}" [New]`);
    else {
      const flags =
        (editor.settings.readonly ? '[readonly] ' : '') + (editor.buffer.hasFinalNewline ? '' : '[noeol] ');
      editor.tell(`"${name}" ${flags}${sizes(opened.text, lineCountOf(opened.text))}`);
    }
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    editor.setText('');
    editor.isNewFile = false;
    const isDirectory = error.code === 'EISDIR';
    editor.complain(isDirectory ? `"${name}" is a directory` : `"${name}" [${error.message}]`);
  }
}

/** File names in arguments: % and # stand for files. */
function expandName(editor: Editor, name: string): string {
  return name.replace(/\\([%# \\])|[%#]/g, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    const used = found === '%' ? editor.fileName : editor.alternateName;
    if (used === undefined)
      throw new EditorError(
        found === '%'
          ? "E499: Empty file name for '%' or '#'"
          : "E194: No alternate file name to substitute for '#'",
      );
    return used;
  });
}

function mustBeSaved(editor: Editor, isForced: boolean): void {
  if (!isForced && editor.buffer.isModified)
    throw new EditorError('E37: No write since last change (add ! to override)');
}

function write(editor: Editor, command: ExCommand): void {
  const { buffer, system } = editor;
  let argument = command.argument;
  const isWhole = command.addressCount === 0;
  const { from, to } = isWhole ? { from: 0, to: buffer.lineCount - 1 } : linesOf(editor, command);
  const text = buffer.text(from, to);
  if (argument.startsWith('!') || (command.isForced && argument.startsWith('!'))) {
    system.runShell(expandShell(editor, argument.slice(1)), text);
    return;
  }
  const isAppending = argument.startsWith('>>');
  if (isAppending) argument = argument.slice(2).trimStart();
  const name = argument === '' ? editor.fileName : expandName(editor, argument.trimEnd());
  if (name === undefined) throw new EditorError('E32: No file name');
  const isOwn = name === editor.fileName;
  if (!command.isForced) {
    if (isOwn && editor.settings.readonly)
      throw new EditorError("E45: 'readonly' option is set (add ! to override)");
    if (isOwn && !isWhole && !isAppending) throw new EditorError('E140: Use ! to write partial buffer');
    if (!isOwn && !isAppending && system.exists(name))
      throw new EditorError('E13: File exists (add ! to override)');
  }
  let isNew: boolean;
  try {
    isNew = !system.exists(name);
    system.writeFile(name, text, isAppending ? 'append' : 'replace');
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.code === 'EISDIR') throw new EditorError(`E17: "${name}" is a directory`);
    throw new EditorError(`"${name}" E212: Can't open file for writing: ${error.message}`);
  }
  if (editor.fileName === undefined) editor.fileName = name;
  else if (!isOwn) editor.alternateName = name;
  if (name === editor.fileName && isWhole && !isAppending) {
    buffer.undoHistory.markSaved();
    editor.isNewFile = false;
    if (command.isForced) editor.settings.readonly = false;
  }
  const flags = (isNew ? '[New] ' : '') + (text !== '' && !text.endsWith('\n') ? '[noeol] ' : '');
  editor.tell(`"${name}" ${flags}${sizes(text, lineCountOf(text))} ${isAppending ? 'appended' : 'written'}`);
}

function quit(editor: Editor, command: ExCommand): void {
  mustBeSaved(editor, command.isForced);
  const left = editor.arguments.length - editor.argumentIndex - 1;
  if (!command.isForced && left > 0 && !editor.hasBeenWarned) {
    editor.hasBeenWarned = true;
    throw new EditorError(`E173: ${left} more file${left === 1 ? '' : 's'} to edit`);
  }
  editor.isQuitting = true;
}

function writeAndQuit(editor: Editor, command: ExCommand): void {
  write(editor, command);
  quit(editor, command);
}

function exit(editor: Editor, command: ExCommand): void {
  if (editor.buffer.isModified || command.argument !== '') write(editor, command);
  quit(editor, command);
}

function edit(editor: Editor, command: ExCommand): void {
  let argument = command.argument;
  const plus = /^\+(\S*)[ \t]*/.exec(argument);
  if (plus) argument = argument.slice(plus[0].length);
  const name = argument === '' ? editor.fileName : expandName(editor, argument.trimEnd());
  if (name === undefined) throw new EditorError('E32: No file name');
  mustBeSaved(editor, command.isForced);
  const { line } = editor.cursor;
  const isAgain = name === editor.fileName;
  openFile(editor, name);
  if (isAgain) editor.moveToLine(line);
  if (plus) startAt(editor, plus[1]!);
}

/** `+N`, `+/pattern`, `+command`; `+` alone is the last line. */
export function startAt(editor: Editor, text: string): void {
  if (text === '') editor.moveToLine(editor.buffer.lineCount - 1);
  else
    runExCommand(
      editor,
      /^[0-9]+$/.test(text) ? String(Math.min(Number(text), editor.buffer.lineCount)) : text,
    );
}

function read(editor: Editor, command: ExCommand): void {
  const { system, buffer } = editor;
  const at = (command.to ?? editor.cursor.line) + 1;
  let text: string;
  let message: string | undefined;
  if (command.argument.startsWith('!') || command.isForced) {
    const shell = command.isForced ? command.argument : command.argument.slice(1);
    const { output, status } = system.filter(expandShell(editor, shell), '');
    text = output;
    if (status !== 0) editor.complain(`shell returned ${status}`);
  } else {
    const name = command.argument === '' ? editor.fileName : expandName(editor, command.argument.trimEnd());
    if (name === undefined) throw new EditorError('E32: No file name');
    let opened;
    try {
      opened = system.readFile(name);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new EditorError(`"${name}" ${error.message}`);
    }
    if (!opened) throw new EditorError(`E484: Can't open file ${name}`);
    text = opened.text;
    const flags = text !== '' && !text.endsWith('\n') ? '[noeol] ' : '';
    message = `"${name}" ${flags}${sizes(text, lineCountOf(text))}`;
  }
  if (text !== '') {
    buffer.splice(at, 0, new TextBuffer(text).lines);
    editor.moveToLine(at);
  }
  if (message !== undefined) editor.tell(message);
}

function file(editor: Editor, command: ExCommand): void {
  const { buffer, cursor } = editor;
  if (command.argument !== '') {
    editor.alternateName = editor.fileName;
    editor.fileName = expandName(editor, command.argument.trimEnd());
    editor.isNewFile = !editor.system.exists(editor.fileName);
  }
  const name = editor.fileName === undefined ? '[No Name]' : `"${editor.fileName}"`;
  const flags =
    (buffer.isModified ? ' [Modified]' : '') +
    (editor.isNewFile ? '[New]' : '') +
    (editor.settings.readonly ? ' [readonly]' : '');
  const count = buffer.lineCount;
  if (buffer.isEmptyFile) editor.tell(`${name}${flags} --No lines in buffer--`);
  else
    editor.tell(
      `${name}${flags} ${count} line${count === 1 ? '' : 's'} --${Math.floor(((cursor.line + 1) * 100) / count)}%--`,
    );
}

/** Goes to a file of the argument list. */
function toArgument(editor: Editor, index: number, isForced: boolean): void {
  if (editor.arguments.length < 2) throw new EditorError('E163: There is only one file to edit');
  if (index < 0) throw new EditorError('E164: Cannot go before first file');
  if (index >= editor.arguments.length) throw new EditorError('E165: Cannot go beyond last file');
  mustBeSaved(editor, isForced);
  editor.argumentIndex = index;
  if (index === editor.arguments.length - 1) editor.hasBeenWarned = true;
  openFile(editor, editor.arguments[index]!);
  editor.message = editor.message.replace(
    /^("[^"]*")/,
    `$1 (file ${index + 1} of ${editor.arguments.length})`,
  );
}

function next(editor: Editor, command: ExCommand): void {
  if (command.argument !== '') {
    mustBeSaved(editor, command.isForced);
    editor.arguments = command.argument.split(/[ \t]+/).map(name => expandName(editor, name));
    editor.argumentIndex = 0;
    openFile(editor, editor.arguments[0]!);
    return;
  }
  toArgument(editor, editor.argumentIndex + 1, command.isForced);
}

function showArguments(editor: Editor): void {
  editor.tell(editor.arguments.map((name, i) => (i === editor.argumentIndex ? `[${name}]` : name)).join(' '));
}

function changeDirectory(editor: Editor, command: ExCommand): void {
  try {
    if (command.argument !== '') editor.system.changeDirectory(command.argument);
    editor.tell(editor.system.currentDirectory());
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new EditorError(`E344: Can't find directory "${command.argument}": ${error.message}`);
  }
}

function source(editor: Editor, command: ExCommand): void {
  const opened = editor.system.readFile(expandName(editor, command.argument.trimEnd()));
  if (!opened) throw new EditorError(`E484: Can't open file ${command.argument}`);
  for (const line of opened.text.split('\n')) if (line !== '') runExCommand(editor, line);
}

const entry = (
  name: string,
  shortest: number,
  run: ExEntry['run'],
  range: ExEntry['range'] = 'none',
): ExEntry => ({
  name,
  shortest,
  range,
  run,
});

export const fileCommands: readonly ExEntry[] = [
  entry('write', 1, write, 'lines'),
  entry('wq', 2, writeAndQuit, 'lines'),
  entry('wqall', 3, writeAndQuit),
  entry('wn', 2, (editor, command) => {
    write(editor, { ...command, argument: '' });
    toArgument(editor, editor.argumentIndex + 1, command.isForced);
  }),
  entry('wnext', 2, (editor, command) => {
    write(editor, { ...command, argument: '' });
    toArgument(editor, editor.argumentIndex + 1, command.isForced);
  }),
  entry('wall', 2, write),
  entry('quit', 1, quit),
  entry('qall', 2, quit),
  entry('cquit', 2, editor => {
    editor.exitStatus = 1;
    editor.isQuitting = true;
  }),
  entry('xit', 1, exit, 'lines'),
  entry('exit', 3, exit, 'lines'),
  entry('xall', 2, exit),
  entry('edit', 1, edit),
  entry('enew', 3, (editor, command) => {
    mustBeSaved(editor, command.isForced);
    editor.alternateName = editor.fileName;
    editor.fileName = undefined;
    editor.setText('');
  }),
  entry('read', 1, read, 'lines'),
  entry('file', 1, file),
  entry('next', 1, next),
  entry('Next', 1, (editor, command) => toArgument(editor, editor.argumentIndex - 1, command.isForced)),
  entry('previous', 4, (editor, command) => toArgument(editor, editor.argumentIndex - 1, command.isForced)),
  entry('rewind', 3, (editor, command) => toArgument(editor, 0, command.isForced)),
  entry('first', 3, (editor, command) => toArgument(editor, 0, command.isForced)),
  entry('last', 3, (editor, command) => toArgument(editor, editor.arguments.length - 1, command.isForced)),
  entry('args', 2, showArguments),
  entry('cd', 2, changeDirectory),
  entry('pwd', 2, changeDirectory),
  entry('shell', 2, editor => editor.system.runShell(undefined)),
  entry('source', 2, source),
];
