/** The table of ex commands. Each folder of them has a file: files, lines, and what remains is here. */
import type { Editor } from './editor.ts';
import { fileCommands } from './ex-files.ts';
import { globalCommands } from './ex-global.ts';
import { lineCommands } from './ex-lines.ts';
import { type ExCommand } from './ex-parser.ts';
import { EditorError, splitPattern } from './search.ts';
import { applySetting, listSettings } from './settings.ts';
import { splitReplacement, substitute, withPrevious } from './substitute.ts';

export interface ExEntry {
  readonly name: string;
  /** Length of the shortest abbreviation. */
  readonly shortest: number;
  readonly range: 'lines' | 'none';
  readonly run: (editor: Editor, command: ExCommand) => void;
}

/** The lines of a command: the cursor's without a range. */
export function linesOf(editor: Editor, command: ExCommand): { from: number; to: number } {
  const from = command.from ?? editor.cursor.line;
  const to = command.to ?? editor.cursor.line;
  if (from < 0) return { from: 0, to: Math.max(0, to) };
  return { from, to };
}

function runSubstitute(editor: Editor, command: ExCommand): void {
  let { from, to } = linesOf(editor, command);
  const argument = command.argument.replace(/^[ \t]+/, '');
  const delimiter = argument[0];
  let tail = argument;
  let what = editor.lastSubstitute;
  if (delimiter !== undefined && !/[a-zA-Z0-9"|& \t]/.test(delimiter) && command.name !== '&') {
    const { pattern, rest, isClosed } = splitPattern(argument.slice(1), delimiter);
    const { replacement, flags } = isClosed
      ? splitReplacement(rest, delimiter)
      : { replacement: '', flags: '' };
    const used = pattern === '' ? editor.lastSearch?.pattern : pattern;
    if (used === undefined) throw new EditorError('E35: No previous regular expression');
    what = { pattern: used, replacement: withPrevious(replacement, what?.replacement ?? ''), flags: '' };
    tail = flags;
  } else if (!what) throw new EditorError('E35: No previous regular expression');
  const match = /^(&?)([cegiInp#]*)[ \t]*([0-9]*)[ \t]*$/.exec(tail);
  if (!match) throw new EditorError(`E488: Trailing characters: ${tail}`);
  const flags = (match[1] === '&' ? (editor.lastSubstitute?.flags ?? '') : '') + match[2]!;
  if (match[3] !== '') {
    from = to;
    to = Math.min(editor.buffer.lineCount - 1, from + Number(match[3]) - 1);
  }
  what = { ...what, flags };
  editor.lastSubstitute = what;
  editor.lastSearch = { pattern: what.pattern, isForward: editor.lastSearch?.isForward ?? true, offset: '' };
  substitute(editor, from, to, what, editor.isInGlobal);
}

function runSet(editor: Editor, command: ExCommand): void {
  const { settings } = editor;
  const wanted = command.argument.split(/[ \t]+/).filter(word => word !== '');
  if (wanted.length === 0) editor.output.push('--- Options ---', ...listSettings(settings, 'changed'));
  for (const word of wanted) {
    if (word === 'all') {
      editor.output.push('--- Options ---', ...listSettings(settings, 'all'));
      continue;
    }
    try {
      const message = applySetting(settings, word);
      if (message !== undefined) editor.tell(message);
    } catch (error) {
      if (error instanceof Error) throw new EditorError(error.message);
      throw error;
    }
  }
}

function showRegisters(editor: Editor): void {
  editor.output.push('Type Name Content');
  for (const [name, { kind, pieces }] of editor.registers.entries()) {
    if (name.startsWith('\x00')) continue;
    const text = pieces.join('^J') + (kind === 'lines' ? '^J' : '');
    editor.output.push(`  ${kind === 'lines' ? 'l' : 'c'}  "${name}   ${text}`);
  }
}

function showMarks(editor: Editor): void {
  editor.output.push('mark line  col file/text');
  for (const [name, { line, column }] of editor.buffer.marks)
    editor.output.push(
      ` ${name}${String(line + 1).padStart(7)}${String(column).padStart(5)} ${editor.buffer.line(line)}`,
    );
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

const otherCommands: readonly ExEntry[] = [
  entry('substitute', 1, runSubstitute, 'lines'),
  entry('&', 1, runSubstitute, 'lines'),
  entry('set', 2, runSet),
  entry('registers', 3, showRegisters),
  entry('display', 2, showRegisters),
  entry('marks', 5, showMarks),
  entry('nohlsearch', 3, editor => {
    editor.isHighlighted = false;
  }),
  entry('undo', 1, editor => {
    const to = editor.buffer.undo();
    if (to) editor.cursor = to;
    else editor.tell('Already at oldest change');
  }),
  entry('redo', 3, editor => {
    const to = editor.buffer.redo();
    if (to) editor.cursor = to;
    else editor.tell('Already at newest change');
  }),
  entry('stop', 2, editor => editor.suspend()),
  entry('suspend', 3, editor => editor.suspend()),
  entry('version', 2, editor => editor.tell('vi of Lodger')),
  entry('help', 1, editor =>
    editor.tell('Type  :q!<Enter>  to quit without saving,  :wq<Enter>  to save and quit'),
  ),
  entry('history', 3, editor => {
    editor.histories[':']!.forEach((line, i) => editor.output.push(`${String(i + 1).padStart(6)}  ${line}`));
  }),
];

/** Joined at first use: commands run commands, so that these files import each other in a circle. */
let joined: readonly ExEntry[] | undefined;

/** All commands, in the order in which abbreviations are looked up. */
export function exCommands(): readonly ExEntry[] {
  return (joined ??= [...lineCommands, ...fileCommands, ...globalCommands, ...otherCommands]);
}
