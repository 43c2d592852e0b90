/** less and more: the programs. */
import { O_RDWR } from '../../libc/fcntl.ts';
import { parse } from '../../libc/getopt.ts';
import { alloc } from '../../libc/memory.ts';
import { SysError } from '../../libc/native.ts';
import { getenv, programName, warn } from '../../libc/stdlib.ts';
import { READ_BYTES, stderr, stdout } from '../../libc/stdio.ts';
import { isatty, open, read } from '../../libc/unistd.ts';
import { HungUp, Terminal } from '../terminal/terminal.ts';
import { Pager } from './pager.ts';
import { type LessSettings, defaultLessSettings, toggleLessOption } from './settings.ts';
import { type LineSource, openSource } from './source.ts';

const LESS_USAGE = `Usage: less [OPTION]... [+COMMAND] [FILE]...
Show FILEs (or standard input) page by page.

  -E  quit at the end            -F  quit if it fits one screen
  -i  ignore case in searches    -N  line numbers
  -R  show colours               -S  cut long lines
  -s  squeeze empty lines        -X  leave the text on the screen
`;
const MORE_USAGE = `Usage: more [-e] [-s] [-n LINES] [+N] [+/PATTERN] [FILE]...
Show FILEs (or standard input) page by page.
`;

/** `+command` words are no options. */
function split(argv: string[]): { plain: string[]; commands: string[] } {
  const plain: string[] = [];
  const commands: string[] = [];
  for (const [i, word] of argv.entries()) {
    if (i > 0 && word.startsWith('+')) commands.push(word.slice(1));
    else plain.push(word);
  }
  return { plain, commands };
}

/** Copies files to a standard output that is no terminal. */
function copy(names: readonly string[]): number {
  const buffer = alloc(READ_BYTES);
  let status = 0;
  for (const name of names) {
    const source = openSource(name);
    if (typeof source === 'string') {
      warn(source);
      status = 1;
      continue;
    }
    for (let count = read(source.fd, buffer.bytes); count > 0; count = read(source.fd, buffer.bytes))
      stdout.write(buffer.bytes.subarray(0, count));
    stdout.flush();
  }
  return status;
}

/** Keys come from the terminal, wherever the text comes from. */
function openKeys(): number | undefined {
  try {
    return open('/dev/tty', O_RDWR);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return isatty(2) ? 2 : undefined;
  }
}

function page(settings: LessSettings, names: string[], commands: readonly string[]): number {
  const files = names.length === 0 ? ['-'] : names;
  if (names.length === 0 && isatty(0)) {
    stderr.write(`Missing filename ("${programName} --help" for help)\n`);
    return 1;
  }
  if (!isatty(1)) return copy(files);
  const keyFd = openKeys();
  if (keyFd === undefined) return copy(files);
  let index = 0;
  let source: LineSource | undefined;
  for (; index < files.length && !source; index++) {
    const opened = openSource(files[index]!);
    if (typeof opened === 'string') stderr.write(`${opened}\n`);
    else source = opened;
  }
  if (!source) return 1;
  const screen = settings.noInit || settings.isMore ? 'normal' : 'alternate';
  const terminal = new Terminal({ inputFd: keyFd, outputFd: 1, screen });
  const pager = new Pager(settings, terminal, keyFd, files, index - 1, source);
  if ((settings.quitIfOneScreen || settings.isMore) && files.length === 1 && pager.fitsOneScreen()) {
    stdout.write(source.lines.length === 0 ? '' : `${source.lines.join('\n')}\n`);
    return 0;
  }
  terminal.enter();
  try {
    pager.run(commands);
  } catch (error) {
    if (!(error instanceof HungUp)) throw error;
  } finally {
    if (terminal.isActive) terminal.write(`\x1b[${terminal.size().rows};1H\x1b[m\x1b[K`);
    terminal.leave();
  }
  return 0;
}

export function less(argv: string[]): number {
  const settings = defaultLessSettings();
  const letters = 'SNnRrFEeXsiIMmqQfgGwaBcCdJKLuUVWhx:z:j:b:P:p:';
  const ofEnvironment = (getenv('LESS') ?? '').split(/\s+/).filter(word => word !== '');
  for (const word of ofEnvironment)
    for (const letter of word.replace(/^-+/, '')) toggleLessOption(settings, letter);
  const { plain, commands } = split(argv);
  const found = parse(plain, {
    short: letters,
    long: {
      'chop-long-lines': 'S',
      'LINE-NUMBERS': 'N',
      'RAW-CONTROL-CHARS': 'R',
      'quit-if-one-screen': 'F',
      'QUIT-AT-EOF': 'E',
      'ignore-case': 'i',
      'no-init': 'X',
      'squeeze-blank-lines': 's',
    },
    usage: LESS_USAGE,
  });
  for (const { key, value } of found.options) {
    if (key === 'p' && value !== undefined) commands.push(`/${value}`);
    else if (!/^[hxzjbPp]$/.test(key)) apply(settings, key);
  }
  return page(settings, found.operands, commands);
}

/** An option of the command line turns on, also if $LESS did so before. */
function apply(settings: LessSettings, letter: string): void {
  const usual = defaultLessSettings();
  toggleLessOption(usual, letter);
  const fresh = defaultLessSettings();
  for (const name of Object.keys(fresh) as (keyof LessSettings)[])
    if (usual[name] !== fresh[name]) Object.assign(settings, { [name]: usual[name] });
}

export function more(argv: string[]): number {
  const settings = defaultLessSettings();
  settings.isMore = true;
  settings.quitAtEnd = 'first';
  settings.hasColours = true;
  const { plain, commands } = split(argv);
  const found = parse(plain, { short: 'dlefpcsun:', long: {}, usage: MORE_USAGE });
  settings.squeezes = found.has('s');
  return page(settings, found.operands, commands);
}
