/** clear, reset, tput and mesg: small tools of the terminal. The capabilities are those of xterm and linux alike. */
import { parse } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { fstat, chmod } from '../libc/stat.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { env, fail, warn } from '../libc/stdlib.ts';
import * as tty from '../libc/termios.ts';
import { isatty, ttyname, write } from '../libc/unistd.ts';
import { screenSize } from './lib/screen.ts';
import { unlessFailed } from './lib/files.ts';

const CLEAR_ALL = '\x1b[H\x1b[2J\x1b[3J';

export function clear(argv: string[]): number {
  const found = parse(argv, { short: 'T:Vx' });
  stdout.write(found.has('x') ? '\x1b[H\x1b[2J' : CLEAR_ALL);
  return 0;
}

/** The terminal as it was before some program left it in disorder. */
export function reset(): number {
  const fd = [2, 1, 0].find(isatty);
  if (fd !== undefined) {
    const now = tty.tcgetattr(fd);
    const cc = now.cc.slice();
    for (const [index, value] of [[tty.VINTR, 3], [tty.VQUIT, 28], [tty.VERASE, 127], [tty.VKILL, 21], [tty.VEOF, 4], [tty.VSTART, 17], [tty.VSTOP, 19], [tty.VSUSP, 26], [tty.VMIN, 1], [tty.VTIME, 0]] as const) cc[index] = value; // prettier-ignore
    tty.tcsetattr(fd, 'drain', {
      ...now,
      iflag:
        (now.iflag | tty.BRKINT | tty.ICRNL | tty.IXON) & ~(tty.IGNBRK | tty.INLCR | tty.IGNCR | tty.ISTRIP),
      oflag: now.oflag | tty.OPOST | tty.ONLCR,
      lflag: now.lflag | tty.ISIG | tty.ICANON | tty.IEXTEN | tty.ECHO | tty.ECHOE | tty.ECHOK,
      cc,
    });
  }
  stdout.write(`\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>\r`);
  return 0;
}

const STRINGS: Readonly<Record<string, string>> = {
  clear: CLEAR_ALL, ed: '\x1b[J', el: '\x1b[K', el1: '\x1b[1K', home: '\x1b[H', bold: '\x1b[1m', dim: '\x1b[2m',
  sitm: '\x1b[3m', ritm: '\x1b[23m', smul: '\x1b[4m', rmul: '\x1b[24m', blink: '\x1b[5m', rev: '\x1b[7m',
  smso: '\x1b[7m', rmso: '\x1b[27m', invis: '\x1b[8m', sgr0: '\x1b(B\x1b[m', op: '\x1b[39;49m', bel: '\x07', cr: '\r',
  civis: '\x1b[?25l', cnorm: '\x1b[?12l\x1b[?25h', cvvis: '\x1b[?12;25h', smcup: '\x1b[?1049h\x1b[22;0;0t', rmcup: '\x1b[?1049l\x1b[23;0;0t',
  sc: '\x1b7', rc: '\x1b8', cuu1: '\x1b[A', cud1: '\n', cuf1: '\x1b[C', cub1: '\b', il1: '\x1b[L', dl1: '\x1b[M',
  dch1: '\x1b[P', ind: '\n', ri: '\x1bM', ht: '\t', kcuu1: '\x1bOA', kcud1: '\x1bOB', kcuf1: '\x1bOC', kcub1: '\x1bOD',
  init: '\x1b[!p\x1b[?3;4l\x1b[4l\x1b>', reset: '\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>',
}; // prettier-ignore

const color = (base: number, bright: number, wide: number) => (n: number) =>
  n < 8 ? `\x1b[${base + n}m` : n < 16 ? `\x1b[${bright + n - 8}m` : `\x1b[${wide};5;${n}m`;
/** Capabilities with parameters. */
const FUNCTIONS: Readonly<Record<string, (a: number, b: number) => string>> = {
  cup: (row, column) => `\x1b[${row + 1};${column + 1}H`,
  setaf: color(30, 90, 38),
  setab: color(40, 100, 48),
  cuu: n => `\x1b[${n}A`,
  cud: n => `\x1b[${n}B`,
  cuf: n => `\x1b[${n}C`,
  cub: n => `\x1b[${n}D`,
  hpa: n => `\x1b[${n + 1}G`,
  vpa: n => `\x1b[${n + 1}d`,
  csr: (top, bottom) => `\x1b[${top + 1};${bottom + 1}r`,
  ech: n => `\x1b[${n}X`,
  dch: n => `\x1b[${n}P`,
  ich: n => `\x1b[${n}@`,
  il: n => `\x1b[${n}L`,
  dl: n => `\x1b[${n}M`,
};
const FLAGS = new Set(['am', 'bce', 'km', 'mc5i', 'mir', 'msgr', 'npc', 'xenl']);

const tputUsage = `Usage: tput [options] [command]

Options:
  -S <<       read commands from standard input
  -T TERM     use this instead of $TERM
  -V          print curses-version
  -x          do not try to clear scrollback

Commands:
  clear       clear the screen
  init        initialize the terminal
  reset       reinitialize the terminal
  capname     unlike clear/init/reset, print value for capability "capname"
`;

export function tput(argv: string[]): number {
  const found = parse(argv, { short: '+ST:Vx', failure: 2 });
  const [name, ...values] = found.operands;
  if (name === undefined) {
    stderr.write(tputUsage);
    return 2;
  }
  const term = found.value('T') ?? env.get('TERM') ?? '';
  if (term === '') return fail(2, 'No value for $TERM and no -T specified');
  const [a = 0, b = 0] = values.map(Number);
  const size = screenSize();
  if (name === 'cols') stdout.write(`${size.columns}\n`);
  else if (name === 'lines') stdout.write(`${size.rows}\n`);
  else if (name === 'colors') stdout.write(`${/256/.test(term) ? 256 : 8}\n`);
  else if (name === 'it') stdout.write('8\n');
  else if (name === 'longname') stdout.write(`${term} terminal emulator`);
  else if (Object.hasOwn(FUNCTIONS, name)) stdout.write(FUNCTIONS[name]!(a, b));
  else if (Object.hasOwn(STRINGS, name))
    stdout.write(name === 'clear' && found.has('x') ? '\x1b[H\x1b[2J' : STRINGS[name]!);
  else if (FLAGS.has(name)) return 0;
  else return fail(4, `unknown terminfo capability '${name}'`);
  return 0;
}

/** mesg: whether others may write to this terminal. */
export function mesg(argv: string[]): number {
  const found = parse(argv, {
    short: 'vVh',
    long: { verbose: 'v' },
    usage: '\nUsage:\n mesg [options] [y | n]\n\nControl write access of other users to your terminal.\n',
  });
  const fd = [0, 1, 2].find(isatty);
  if (fd === undefined) return 2;
  const path = unlessFailed(() => ttyname(fd));
  if (path === undefined) return fail(2, 'ttyname failed');
  const { mode } = fstat(fd);
  const [word] = found.operands;
  if (word === undefined) {
    stdout.write((mode & 0o020) !== 0 ? 'is y\n' : 'is n\n');
    return (mode & 0o020) !== 0 ? 0 : 1;
  }
  if (!/^[yn]/.test(word)) return fail(2, `invalid argument: ${word}`);
  const isOpen = word.startsWith('y');
  try {
    chmod(path, isOpen ? mode | 0o020 : mode & ~0o022);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    warn(`change ${path} mode failed: ${error.message}`);
    return 2;
  }
  if (found.has('v')) write(1, `write access to your terminal is ${isOpen ? 'allowed' : 'denied'}\n`);
  return isOpen ? 0 : 1;
}
