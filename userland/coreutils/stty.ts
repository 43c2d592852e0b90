/** stty(1): the modes of the terminal on standard input. */
import { parse, usageError } from '../libc/getopt.ts';
import { fail } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import * as tio from '../libc/termios.ts';
import { dup2, open } from '../libc/unistd.ts';
import { O_NONBLOCK, O_RDONLY } from '../../kernel/abi/fcntl.ts';
import { quietly, reason } from './lib/errors.ts';
import { quote, quotef } from './lib/quote.ts';

const usage = `Usage: stty [-F DEVICE | --file=DEVICE] [SETTING]...
  or:  stty [-F DEVICE | --file=DEVICE] [-a|--all]
  or:  stty [-F DEVICE | --file=DEVICE] [-g|--save]
Print or change terminal characteristics.

  -a, --all          print all current settings in human-readable form
  -g, --save         print all current settings in a stty-readable form
  -F, --file=DEVICE  open and use the specified DEVICE instead of stdin
`;

type Word = 'cflag' | 'iflag' | 'oflag' | 'lflag';

interface Mode {
  readonly name: string;
  readonly word: Word;
  readonly bits: number;
  /** The field that `bits` is a value of; absent: a flag of its own. */
  readonly mask?: number;
  /** What `stty sane` does; also what plain stty does not mention. */
  readonly sane?: 'on' | 'off';
}

const flag = (word: Word, name: string, bits: number, sane?: 'on' | 'off'): Mode => ({
  name,
  word,
  bits,
  ...(sane && { sane }),
});
const value = (word: Word, name: string, bits: number, mask: number, sane?: 'on'): Mode => ({
  name, word, bits, mask, ...(sane && { sane }),
}); // prettier-ignore

/** In the order in which stty -a shows them. */
const MODES: readonly Mode[] = [
  flag('cflag', 'parenb', tio.PARENB),
  flag('cflag', 'parodd', tio.PARODD),
  flag('cflag', 'cmspar', 0o10000000000),
  value('cflag', 'cs5', tio.CS5, tio.CSIZE),
  value('cflag', 'cs6', tio.CS6, tio.CSIZE),
  value('cflag', 'cs7', tio.CS7, tio.CSIZE),
  value('cflag', 'cs8', tio.CS8, tio.CSIZE),
  flag('cflag', 'hupcl', tio.HUPCL),
  flag('cflag', 'cstopb', tio.CSTOPB),
  flag('cflag', 'cread', tio.CREAD, 'on'),
  flag('cflag', 'clocal', tio.CLOCAL),
  flag('cflag', 'crtscts', tio.CRTSCTS),
  flag('iflag', 'ignbrk', tio.IGNBRK, 'off'),
  flag('iflag', 'brkint', tio.BRKINT, 'on'),
  flag('iflag', 'ignpar', tio.IGNPAR),
  flag('iflag', 'parmrk', tio.PARMRK),
  flag('iflag', 'inpck', tio.INPCK),
  flag('iflag', 'istrip', tio.ISTRIP),
  flag('iflag', 'inlcr', tio.INLCR, 'off'),
  flag('iflag', 'igncr', tio.IGNCR, 'off'),
  flag('iflag', 'icrnl', tio.ICRNL, 'on'),
  flag('iflag', 'ixon', tio.IXON),
  flag('iflag', 'ixoff', tio.IXOFF, 'off'),
  flag('iflag', 'iuclc', tio.IUCLC, 'off'),
  flag('iflag', 'ixany', tio.IXANY, 'off'),
  flag('iflag', 'imaxbel', tio.IMAXBEL, 'on'),
  flag('iflag', 'iutf8', tio.IUTF8, 'off'),
  flag('oflag', 'opost', tio.OPOST, 'on'),
  flag('oflag', 'olcuc', tio.OLCUC, 'off'),
  flag('oflag', 'ocrnl', tio.OCRNL, 'off'),
  flag('oflag', 'onlcr', tio.ONLCR, 'on'),
  flag('oflag', 'onocr', tio.ONOCR, 'off'),
  flag('oflag', 'onlret', tio.ONLRET, 'off'),
  flag('oflag', 'ofill', tio.OFILL, 'off'),
  flag('oflag', 'ofdel', tio.OFDEL, 'off'),
  value('oflag', 'nl1', 0o400, 0o400),
  value('oflag', 'nl0', 0, 0o400, 'on'),
  value('oflag', 'cr3', 0o3000, 0o3000),
  value('oflag', 'cr2', 0o2000, 0o3000),
  value('oflag', 'cr1', 0o1000, 0o3000),
  value('oflag', 'cr0', 0, 0o3000, 'on'),
  value('oflag', 'tab3', tio.XTABS, tio.TABDLY),
  value('oflag', 'tab2', 0o10000, tio.TABDLY),
  value('oflag', 'tab1', 0o4000, tio.TABDLY),
  value('oflag', 'tab0', 0, tio.TABDLY, 'on'),
  value('oflag', 'bs1', 0o20000, 0o20000),
  value('oflag', 'bs0', 0, 0o20000, 'on'),
  value('oflag', 'vt1', 0o40000, 0o40000),
  value('oflag', 'vt0', 0, 0o40000, 'on'),
  value('oflag', 'ff1', 0o100000, 0o100000),
  value('oflag', 'ff0', 0, 0o100000, 'on'),
  flag('lflag', 'isig', tio.ISIG, 'on'),
  flag('lflag', 'icanon', tio.ICANON, 'on'),
  flag('lflag', 'iexten', tio.IEXTEN, 'on'),
  flag('lflag', 'echo', tio.ECHO, 'on'),
  flag('lflag', 'echoe', tio.ECHOE, 'on'),
  flag('lflag', 'echok', tio.ECHOK, 'on'),
  flag('lflag', 'echonl', tio.ECHONL, 'off'),
  flag('lflag', 'noflsh', tio.NOFLSH, 'off'),
  flag('lflag', 'xcase', tio.XCASE, 'off'),
  flag('lflag', 'tostop', tio.TOSTOP, 'off'),
  flag('lflag', 'echoprt', tio.ECHOPRT, 'off'),
  flag('lflag', 'echoctl', tio.ECHOCTL, 'on'),
  flag('lflag', 'echoke', tio.ECHOKE, 'on'),
  flag('lflag', 'flusho', 0o10000, 'off'),
  flag('lflag', 'extproc', 0o200000, 'off'),
];
const ALIASES: Readonly<Record<string, string>> = {
  hup: 'hupcl', tandem: 'ixoff', crterase: 'echoe', crtkill: 'echoke', ctlecho: 'echoctl', prterase: 'echoprt', tabs: 'tab0',
}; // prettier-ignore

const CHARACTERS: readonly (readonly [string, number, number])[] = [
  ['intr', tio.VINTR, 3], ['quit', tio.VQUIT, 28], ['erase', tio.VERASE, 127], ['kill', tio.VKILL, 21],
  ['eof', tio.VEOF, 4], ['eol', tio.VEOL, 0], ['eol2', tio.VEOL2, 0], ['swtch', tio.VSWTC, 0], ['start', tio.VSTART, 17],
  ['stop', tio.VSTOP, 19], ['susp', tio.VSUSP, 26], ['rprnt', tio.VREPRINT, 18], ['werase', tio.VWERASE, 23],
  ['lnext', tio.VLNEXT, 22], ['discard', tio.VDISCARD, 15],
]; // prettier-ignore

const SPEEDS: readonly (readonly [number, number])[] = [
  [0, 0], [1, 50], [2, 75], [3, 110], [4, 134], [5, 150], [6, 200], [7, 300], [8, 600], [9, 1200], [10, 1800], [11, 2400],
  [12, 4800], [13, 9600], [14, 19200], [15, 38400], [0o10001, 57600], [0o10002, 115200], [0o10003, 230400],
  [0o10004, 460800], [0o10005, 500000], [0o10006, 576000], [0o10007, 921600], [0o10010, 1000000],
]; // prettier-ignore

function isOn(modes: tio.Termios, mode: Mode): boolean {
  return mode.mask === undefined
    ? (modes[mode.word] & mode.bits) !== 0
    : (modes[mode.word] & mode.mask) === mode.bits;
}

function set(modes: tio.Termios, mode: Mode, on: boolean): void {
  if (mode.mask !== undefined) modes[mode.word] = (modes[mode.word] & ~mode.mask) | mode.bits;
  else if (on) modes[mode.word] |= mode.bits;
  else modes[mode.word] &= ~mode.bits;
  modes[mode.word] >>>= 0;
}

function showCharacter(code: number): string {
  if (code === 0) return '<undef>';
  if (code === 127) return '^?';
  if (code > 127) return `M-${code === 128 ? '^@' : showCharacter(code - 128)}`;
  return code < 32 ? `^${String.fromCharCode(code + 64)}` : String.fromCharCode(code);
}

function parseCharacter(text: string): number | undefined {
  if (text === '^-' || text === 'undef') return 0;
  if (text.length === 1) return text.charCodeAt(0);
  if (text === '^?') return 127;
  if (/^\^./.test(text) && text.length === 2) return text.charCodeAt(1) & 31;
  const code =
    /^0x[0-9a-f]+$/i.test(text) || /^\d+$/.test(text)
      ? Number(/^0\d/.test(text) ? `0o${text.slice(1)}` : text)
      : NaN;
  return code >= 0 && code < 256 ? code : undefined;
}

function speedOf(modes: tio.Termios): number {
  return SPEEDS.find(([bits]) => bits === (modes.cflag & tio.CBAUD))?.[1] ?? 0;
}

/** Lines of words, broken before the terminal's edge. */
class Lines {
  readonly #width: number;
  #column = 0;
  constructor(width: number) {
    this.#width = width;
  }
  add(text: string): void {
    if (this.#column > 0 && this.#column + text.length + 1 >= this.#width) this.end();
    stdout.write((this.#column > 0 ? ' ' : '') + text);
    this.#column += text.length + (this.#column > 0 ? 1 : 0);
  }
  end(): void {
    if (this.#column > 0) stdout.write('\n');
    this.#column = 0;
  }
}

function showAll(modes: tio.Termios, size: { rows: number; columns: number }): void {
  const lines = new Lines(size.columns || 80);
  lines.add(`speed ${speedOf(modes)} baud;`);
  lines.add(`rows ${size.rows}; columns ${size.columns};`);
  lines.add(`line = ${modes.line};`);
  lines.end();
  for (const [name, index] of CHARACTERS) lines.add(`${name} = ${showCharacter(modes.cc[index]!)};`);
  lines.add(`min = ${modes.cc[tio.VMIN]}; time = ${modes.cc[tio.VTIME]};`);
  let word: Word | '' = '';
  for (const mode of MODES) {
    if (mode.word !== word) lines.end();
    word = mode.word;
    if (mode.mask === undefined) lines.add((isOn(modes, mode) ? '' : '-') + mode.name);
    else if (isOn(modes, mode)) lines.add(mode.name);
  }
  lines.end();
}

/** Only what differs from sane. */
function showChanged(modes: tio.Termios, size: { columns: number }): void {
  const lines = new Lines(size.columns || 80);
  lines.add(`speed ${speedOf(modes)} baud;`);
  lines.add(`line = ${modes.line};`);
  lines.end();
  for (const [name, index, sane] of CHARACTERS) {
    if (modes.cc[index] !== sane) lines.add(`${name} = ${showCharacter(modes.cc[index]!)};`);
  }
  if ((modes.lflag & tio.ICANON) === 0)
    lines.add(`min = ${modes.cc[tio.VMIN]}; time = ${modes.cc[tio.VTIME]};`);
  lines.end();
  let word: Word | '' = '';
  for (const mode of MODES) {
    if (mode.word !== word) lines.end();
    word = mode.word;
    const on = isOn(modes, mode);
    if (mode.sane === 'on' && !on && mode.mask === undefined) lines.add(`-${mode.name}`);
    else if (mode.sane === 'off' && on) lines.add(mode.name);
    else if (mode.mask !== undefined && on && mode.sane === undefined && mode.word === 'oflag')
      lines.add(mode.name);
  }
  lines.end();
}

function save(modes: tio.Termios): string {
  // The C library's struct has room for more control characters than the kernel's.
  const characters = Array.from({ length: 32 }, (_, i) => modes.cc[i] ?? 0);
  const words = [modes.iflag, modes.oflag, modes.cflag, modes.lflag, ...characters];
  return words.map(word => (word >>> 0).toString(16)).join(':');
}

function restore(modes: tio.Termios, text: string): boolean {
  const words = text.split(':');
  if (words.length < 5 || !words.every(word => /^[0-9a-f]+$/i.test(word))) return false;
  const [iflag, oflag, cflag, lflag, ...cc] = words.map(word => parseInt(word, 16));
  Object.assign(modes, { iflag, oflag, cflag, lflag });
  cc.slice(0, modes.cc.length).forEach((code, i) => (modes.cc[i] = code));
  return true;
}

function sane(modes: tio.Termios): void {
  for (const mode of MODES) if (mode.sane !== undefined) set(modes, mode, mode.sane === 'on');
  set(
    modes,
    MODES.find(mode => mode.name === 'ixon')!,
    true,
  );
  for (const [, index, code] of CHARACTERS) modes.cc[index] = code;
  modes.cc[tio.VMIN] = 1;
  modes.cc[tio.VTIME] = 0;
}

/** Settings that stand for several. */
function combination(modes: tio.Termios, name: string, on: boolean): boolean {
  const apply = (words: string) => {
    for (const word of words.split(' ')) {
      const bare = word.replace(/^-/, '');
      set(
        modes,
        MODES.find(mode => mode.name === bare)!,
        !word.startsWith('-'),
      );
    }
    return true;
  };
  switch (on ? name : `-${name}`) {
    case 'sane':
      sane(modes);
      return true;
    case 'raw':
    case '-cooked':
      modes.cc[tio.VMIN] = 1;
      modes.cc[tio.VTIME] = 0;
      modes.iflag = 0;
      return apply('-opost -isig -icanon -xcase');
    case '-raw':
    case 'cooked':
      modes.cc[tio.VEOF] ||= 4;
      return apply('brkint ignpar istrip icrnl ixon opost isig icanon -istrip -ignpar');
    case 'cbreak':
      return apply('-icanon');
    case '-cbreak':
      return apply('icanon');
    case 'nl':
      return apply('-icrnl -onlcr');
    case '-nl':
      return apply('icrnl -inlcr -igncr onlcr -ocrnl -onlret');
    case 'ek':
      modes.cc[tio.VERASE] = 127;
      modes.cc[tio.VKILL] = 21;
      return true;
    case 'crt':
      return apply('echoe echoctl echoke');
    case 'dec':
      modes.cc[tio.VINTR] = 3;
      modes.cc[tio.VERASE] = 127;
      modes.cc[tio.VKILL] = 21;
      return apply('echoe echoctl echoke -ixany');
    case 'evenp':
    case 'parity':
      return apply('parenb -parodd cs7');
    case 'oddp':
      return apply('parenb parodd cs7');
    case '-evenp':
    case '-parity':
    case '-oddp':
      return apply('-parenb cs8');
    case 'pass8':
    case '-litout':
      return apply('-parenb -istrip cs8');
    case '-tabs':
      return apply('tab3');
    default:
      return false;
  }
}

export function main(argv: string[]): number {
  // -echo and the like are settings, not options.
  const isOption = (word: string) => /^-(?:[agF]|-.*)$|^-F./.test(word);
  const settings = argv
    .slice(1)
    .filter((word, i, all) => !isOption(word) && all[i - 1] !== '-F' && all[i - 1] !== '--file');
  const found = parse([argv[0]!, ...argv.slice(1).filter(word => !settings.includes(word))], {
    short: 'aF:g',
    long: { all: 'a', file: 'F', save: 'g' },
    usage,
  });
  const device = found.value('F');
  const shown = device === undefined ? "'standard input'" : quotef(device);
  if (device !== undefined) {
    try {
      dup2(open(device, O_RDONLY | O_NONBLOCK), 0);
    } catch (error) {
      return fail(1, `${shown}: ${reason(error)}`);
    }
  }
  if (found.has('a') && found.has('g'))
    return fail(1, 'the options for verbose and stty-readable output styles are\nmutually exclusive');
  if (found.has('a', 'g') && settings.length > 0)
    return fail(1, 'when specifying an output style, modes may not be set');
  let modes: tio.Termios;
  try {
    modes = tio.tcgetattr(0);
  } catch (error) {
    return fail(1, `${shown}: ${reason(error)}`);
  }
  const size = () => quietly(() => tio.winsize(0)) ?? { rows: 0, columns: 0 };
  if (settings.length === 0) {
    if (found.has('g')) stdout.write(save(modes) + '\n');
    else if (found.has('a')) showAll(modes, size());
    else showChanged(modes, size());
    return 0;
  }
  let isChanged = false;
  for (let i = 0; i < settings.length; i++) {
    const word = settings[i]!;
    const on = !word.startsWith('-');
    const name = ALIASES[word.replace(/^-/, '')] ?? word.replace(/^-/, '');
    const number = (): number => {
      const text = settings[++i];
      if (text === undefined) return usageError(argv[0]!, `missing argument to ${quote(word)}`);
      return /^\d+$/.test(text) ? Number(text) : fail(1, `invalid integer argument: ${quote(text)}`);
    };
    const character = CHARACTERS.find(([key]) => key === name);
    const mode = MODES.find(item => item.name === name);
    if (word === 'size') {
      const { rows, columns } = size();
      stdout.write(`${rows} ${columns}\n`);
    } else if (word === 'speed') stdout.write(`${speedOf(modes)}\n`);
    else if (word === 'rows') tio.setWinsize(0, number(), size().columns);
    else if (word === 'cols' || word === 'columns') tio.setWinsize(0, size().rows, number());
    else if (word === 'ispeed' || word === 'ospeed' || /^\d+$/.test(word)) {
      const baud = /^\d+$/.test(word) ? Number(word) : number();
      const bits = SPEEDS.find(([, speed]) => speed === baud)?.[0];
      if (bits === undefined) return usageError(argv[0]!, `invalid argument ${quote(word)}`);
      modes.cflag = ((modes.cflag & ~tio.CBAUD) | bits) >>> 0;
      isChanged = true;
    } else {
      isChanged = true;
      if (on && (word === 'min' || word === 'time'))
        modes.cc[word === 'min' ? tio.VMIN : tio.VTIME] = number();
      else if (on && word === 'line') modes.line = number();
      else if (on && character) {
        const text = settings[++i];
        if (text === undefined) return usageError(argv[0]!, `missing argument to ${quote(word)}`);
        modes.cc[character[1]] =
          parseCharacter(text) ?? usageError(argv[0]!, `invalid integer argument: ${quote(text)}`);
      } else if (mode && (on || mode.mask === undefined)) set(modes, mode, on);
      else if (!combination(modes, name, on) && !restore(modes, word)) {
        return usageError(argv[0]!, `invalid argument ${quote(word)}`);
      }
    }
  }
  if (isChanged) tio.tcsetattr(0, 'drain', modes);
  return 0;
}
