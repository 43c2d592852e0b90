/** vi: the program. Options, the terminal, and the loop of commands. */
import { parse } from '../../libc/getopt.ts';
import { SysError } from '../../libc/native.ts';
import { env } from '../../libc/stdlib.ts';
import { stderr } from '../../libc/stdio.ts';
import { isatty } from '../../libc/unistd.ts';
import { Screen } from '../terminal/screen.ts';
import { HungUp, Terminal } from '../terminal/terminal.ts';
import { Editor } from './editor.ts';
import { openFile, startAt } from './ex-files.ts';
import { tryExCommand } from './ex.ts';
import { GuestSystem } from './guest-system.ts';
import { normalCommand } from './normal.ts';
import { EditorError } from './search.ts';
import { View } from './view.ts';

const USAGE = `Usage: vi [-R] [-c COMMAND] [+[COMMAND]] [FILE]...
Edit FILEs.

  -c COMMAND   run an ex command after the first file is opened
  -R           open files read-only
  +N           begin at line N (+ alone: the last line)
  +/PATTERN    begin at the first line that matches
`;

interface Start {
  commands: string[];
  files: string[];
  isViewing: boolean;
}

/** +command is no option that getopt knows. */
function readArguments(argv: string[]): Start {
  const plain: string[] = [];
  const commands: string[] = [];
  let isBehindDashes = false;
  for (const [i, word] of argv.entries()) {
    if (word === '--') isBehindDashes = true;
    if (i > 0 && word.startsWith('+') && !isBehindDashes && argv[i - 1] !== '-c')
      commands.push(word.slice(1));
    else plain.push(word);
  }
  const found = parse(plain, { short: 'c:Rnse', long: {}, usage: USAGE });
  return {
    commands: [...commands, ...found.values('c')],
    files: found.operands,
    isViewing: found.has('R') || /(^|\/)view$/.test(argv[0] ?? ''),
  };
}

export function vi(argv: string[]): number {
  const start = readArguments(argv);
  if (!isatty(0) || !isatty(1)) {
    stderr.write(`vi: Standard ${isatty(0) ? 'output' : 'input'} is not a terminal\n`);
    return 1;
  }
  const terminal = new Terminal({ inputFd: 0, outputFd: 1, screen: 'alternate' });
  const editor = new Editor(new GuestSystem(terminal), () => terminal.readKey());
  const size = terminal.size();
  const view = new View(editor, size.rows, size.columns);
  const screen = new Screen(size.rows, size.columns);
  const draw = (): void => {
    showOutput(editor, terminal, screen);
    const { rows, cursor } = view.picture();
    terminal.write(screen.draw(rows, cursor, rows.length - 1));
  };
  terminal.beforeWait = draw;
  terminal.onResize = () => {
    const { rows, columns } = terminal.size();
    view.resize(rows, columns);
    screen.resize(rows, columns);
  };
  editor.redraw = () => screen.forget();
  editor.suspend = () => terminal.suspend();
  terminal.enter();
  try {
    begin(editor, start);
    while (!editor.isQuitting) normalCommand(editor);
  } catch (error) {
    if (!(error instanceof HungUp)) throw error;
    editor.exitStatus = 1;
  } finally {
    if (terminal.isActive) {
      const { rows } = terminal.size();
      terminal.write(`\x1b[${rows};1H\x1b[K`);
    }
    terminal.leave();
  }
  return editor.exitStatus;
}

function begin(editor: Editor, { commands, files, isViewing }: Start): void {
  editor.isViewing = isViewing;
  editor.arguments = files;
  const settings = env.get('EXINIT');
  if (settings !== undefined) tryExCommand(editor, settings);
  if (files.length > 0) openFile(editor, files[0]!);
  for (const command of commands) {
    try {
      startAt(editor, command);
    } catch (error) {
      if (!(error instanceof EditorError || error instanceof SysError)) throw error;
      editor.complain(error.message);
    }
    editor.clampCursor();
    editor.buffer.undoHistory.close();
    if (editor.isQuitting) return;
  }
}

/** Output of more than a row is printed below the text, and waits for a key. */
function showOutput(editor: Editor, terminal: Terminal, screen: Screen): void {
  if (editor.output.length === 0) return;
  const lines = editor.output.splice(0);
  if (lines.length === 1 && lines[0]!.length < screen.columns && editor.message === '') {
    editor.tell(lines[0]!);
    return;
  }
  terminal.write(`\x1b[${screen.rows};1H\x1b[m\x1b[K`);
  const page = screen.rows - 1;
  let shown = 0;
  for (const line of lines) {
    terminal.write(
      `\r\n${line.replace(/[\0-\x08\x0a-\x1f\x7f]/g, char => `^${String.fromCharCode(char.charCodeAt(0) ^ 64)}`)}`,
    );
    if (++shown % page !== 0 || shown === lines.length) continue;
    terminal.write('\r\n-- More --');
    const key = terminal.readRawKey();
    terminal.write('\r\x1b[K\x1b[A');
    if (key === 'q' || key === '\x1b' || key === '\x03') break;
  }
  terminal.write('\r\nPress ENTER or type command to continue');
  const key = terminal.readRawKey();
  if (key !== '\r' && key !== ' ' && key !== '\n')
    terminal.unread(key.startsWith('<') && key.length > 1 ? '' : key);
  screen.forget();
}
