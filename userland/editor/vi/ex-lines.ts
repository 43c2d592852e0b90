/** Ex commands on lines: d y pu m t j > < p nu l = k, and the shell's filters. */
import type { Editor } from './editor.ts';
import { lineReport } from './editor.ts';
import { type ExEntry, linesOf } from './ex-commands.ts';
import { AddressReader, type ExCommand } from './ex-parser.ts';
import { joinLines, shiftLines } from './operators.ts';
import { putLines, readRegister } from './put.ts';
import { isRegisterName } from './registers.ts';
import { EditorError } from './search.ts';
import { firstNonBlank } from './text.ts';
import { listed } from './layout.ts';

/** `:d x 3`: register and count behind a command. */
function registerAndCount(
  editor: Editor,
  command: ExCommand,
): { from: number; to: number; register: string | undefined } {
  let { from, to } = linesOf(editor, command);
  const words = command.argument.split(/[ \t]+/).filter(word => word !== '');
  let register: string | undefined;
  if (words.length > 0 && /^[^0-9]$/.test(words[0]!)) {
    register = words.shift()!;
    if (!isRegisterName(register)) throw new EditorError(`E488: Trailing characters: ${register}`);
  }
  if (words.length > 0) {
    if (!/^[1-9][0-9]*$/.test(words[0]!) || words.length > 1)
      throw new EditorError(`E488: Trailing characters: ${words.join(' ')}`);
    from = to;
    to = Math.min(editor.buffer.lineCount - 1, from + Number(words[0]) - 1);
  }
  return { from, to, register };
}

function deleteLines(editor: Editor, command: ExCommand): void {
  const { from, to, register } = registerAndCount(editor, command);
  const { buffer } = editor;
  const pieces = buffer.lines.slice(from, to + 1);
  editor.registers.delete(register, { kind: 'lines', pieces }, 'big');
  const before = buffer.lineCount;
  buffer.splice(from, pieces.length, []);
  editor.moveToLine(from);
  lineReport(editor, buffer.lineCount - before);
}

function yankLines(editor: Editor, command: ExCommand): void {
  const { from, to, register } = registerAndCount(editor, command);
  const pieces = editor.buffer.lines.slice(from, to + 1);
  editor.registers.yank(register, { kind: 'lines', pieces });
  if (pieces.length > 2) editor.tell(`${pieces.length} lines yanked`);
}

/** The target of :m and :t; -1 is above the first line. */
function targetOf(editor: Editor, command: ExCommand): number {
  const reader = new AddressReader(editor, command.argument);
  const target = reader.read(editor.cursor.line);
  if (target === undefined) throw new EditorError('E14: Invalid address');
  if (target < -1 || target >= editor.buffer.lineCount) throw new EditorError('E16: Invalid range');
  return target;
}

function moveLines(editor: Editor, command: ExCommand): void {
  const { from, to } = linesOf(editor, command);
  const target = targetOf(editor, command);
  if (target >= from && target < to) throw new EditorError('E134: Cannot move a range of lines into itself');
  const { buffer } = editor;
  const count = to - from + 1;
  if (target === to || target === from - 1) {
    editor.moveToLine(to);
    return;
  }
  // One splice over all lines that change their place, so that marks outside keep theirs.
  const moved = buffer.lines.slice(from, to + 1);
  if (target > to) {
    buffer.splice(from, target - from + 1, [...buffer.lines.slice(to + 1, target + 1), ...moved]);
    buffer.renumber(line =>
      line < from || line > target ? line : line <= to ? line + target - to : line - count,
    );
    editor.moveToLine(target);
  } else {
    buffer.splice(target + 1, to - target, [...moved, ...buffer.lines.slice(target + 1, from)]);
    buffer.renumber(line =>
      line <= target || line > to ? line : line >= from ? line - (from - target - 1) : line + count,
    );
    editor.moveToLine(target + count);
  }
  if (count > 2) editor.tell(`${count} lines moved`);
}

function copyLines(editor: Editor, command: ExCommand): void {
  const { from, to } = linesOf(editor, command);
  const target = targetOf(editor, command);
  const lines = editor.buffer.lines.slice(from, to + 1);
  editor.buffer.splice(target + 1, 0, lines);
  editor.moveToLine(target + lines.length);
  lineReport(editor, lines.length);
}

function put(editor: Editor, command: ExCommand): void {
  const name = command.argument === '' ? undefined : command.argument[0];
  const register = readRegister(editor, name);
  const line = (command.to ?? editor.cursor.line) + (command.isForced ? 0 : 1);
  putLines(editor, register.pieces, Math.max(0, line), 1);
  editor.moveToLine(Math.max(0, line) + register.pieces.length - 1);
}

function join(editor: Editor, command: ExCommand): void {
  let { from, to } = linesOf(editor, command);
  if (/^[0-9]+$/.test(command.argument)) {
    from = to;
    to = from + Number(command.argument) - 1;
  } else if (command.addressCount < 2) to = from + 1;
  to = Math.min(to, editor.buffer.lineCount - 1);
  if (to === from) return;
  joinLines(editor, from, to - from + 1, command.isForced ? 'kept' : 'made one');
  editor.moveTo(from, firstNonBlank(editor.buffer.line(from)));
}

function shift(editor: Editor, command: ExCommand, direction: 1 | -1): void {
  let { from, to } = linesOf(editor, command);
  const match = /^([<>]*)[ \t]*([0-9]*)$/.exec(command.argument);
  if (!match) throw new EditorError(`E488: Trailing characters: ${command.argument}`);
  if (match[2] !== '') {
    from = to;
    to = Math.min(editor.buffer.lineCount - 1, from + Number(match[2]) - 1);
  }
  shiftLines(editor, from, to, direction * (match[1]!.length + 1));
  editor.moveToLine(to);
}

function print(editor: Editor, command: ExCommand, how: 'plain' | 'numbers' | 'list'): void {
  const { from, to } = linesOf(editor, command);
  const { lines, lineCount } = editor.buffer;
  const width = Math.max(3, String(lineCount).length);
  for (let line = from; line <= to; line++) {
    const text = how === 'list' ? `${listed(lines[line]!)}$` : lines[line]!;
    const isNumbered = how === 'numbers' || editor.settings.number;
    editor.output.push(isNumbered ? `${String(line + 1).padStart(width)} ${text}` : text);
  }
  editor.moveToLine(to);
}

function mark(editor: Editor, command: ExCommand): void {
  const name = command.argument;
  if (!/^[a-zA-Z'`]$/.test(name))
    throw new EditorError('E191: Argument must be a letter or forward/backward quote');
  editor.setMark(name, { line: linesOf(editor, command).to, column: 0 });
}

/** What % # and ! stand for in shell commands; a backslash keeps them. */
export function expandShell(editor: Editor, command: string): string {
  const expanded = command.replace(/\\([%#!])|[%#!]/g, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (found === '!') {
      if (editor.lastShell === undefined) throw new EditorError('E34: No previous command');
      return editor.lastShell;
    }
    const name = found === '%' ? editor.fileName : editor.alternateName;
    if (name === undefined)
      throw new EditorError(
        found === '%' ? "E499: Empty file name for '%' or '#'" : 'E194: No alternate file name',
      );
    return name;
  });
  editor.lastShell = expanded;
  return expanded;
}

function shell(editor: Editor, command: ExCommand): void {
  const text = expandShell(editor, command.argument);
  if (command.addressCount === 0) {
    editor.system.runShell(text);
    return;
  }
  const { from, to } = linesOf(editor, command);
  const { buffer } = editor;
  const input = `${buffer.lines.slice(from, to + 1).join('\n')}\n`;
  const { output, status } = editor.system.filter(text, input);
  const before = buffer.lineCount;
  const lines = output === '' ? [] : output.replace(/\n$/, '').split('\n');
  buffer.splice(from, to - from + 1, lines);
  editor.moveToLine(from);
  if (status !== 0) editor.complain(`shell returned ${status}`);
  else if (to - from + 1 > 2) editor.tell(`${to - from + 1} lines filtered`);
  else lineReport(editor, buffer.lineCount - before);
}

const entry = (name: string, shortest: number, run: ExEntry['run']): ExEntry => ({
  name,
  shortest,
  range: 'lines',
  run,
});

export const lineCommands: readonly ExEntry[] = [
  entry('delete', 1, deleteLines),
  entry('yank', 1, yankLines),
  entry('put', 2, put),
  entry('move', 1, moveLines),
  entry('t', 1, copyLines),
  entry('copy', 2, copyLines),
  entry('join', 1, join),
  entry('>', 1, (editor, command) => shift(editor, command, 1)),
  entry('<', 1, (editor, command) => shift(editor, command, -1)),
  entry('print', 1, (editor, command) => print(editor, command, 'plain')),
  entry('Print', 1, (editor, command) => print(editor, command, 'plain')),
  entry('number', 2, (editor, command) => print(editor, command, 'numbers')),
  entry('#', 1, (editor, command) => print(editor, command, 'numbers')),
  entry('list', 1, (editor, command) => print(editor, command, 'list')),
  entry('=', 1, (editor, command) => editor.tell(String((command.to ?? editor.buffer.lineCount - 1) + 1))),
  entry('k', 1, mark),
  entry('mark', 2, mark),
  entry('!', 1, shell),
];
