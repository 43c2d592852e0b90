/** read(1p): a line from standard input into variables, without taking a byte more than the line. */
import { EINTR } from '../../../kernel/abi/errno.ts';
import { SysError } from '../../libc/native.ts';
import { POLLIN, poll } from '../../libc/poll.ts';
import { type Termios, ECHO, ICANON, VMIN, VTIME, tcgetattr, tcsetattr } from '../../libc/termios.ts';
import { LineInput } from '../line-input.ts';
import type { Shell } from '../shell.ts';
import { guarded } from '../process.ts';
import { checkName } from '../variables.ts';
import { takeSignals } from '../signals.ts';
import { clockGettime, CLOCK_MONOTONIC } from '../../libc/time.ts';
import { BuiltinError, type Builtin } from './builtin.ts';

interface Options {
  isRaw: boolean;
  prompt: string | undefined;
  delimiter: string;
  count: number;
  timeoutMs: number | undefined;
  isSilent: boolean;
}

export const read: Builtin = {
  run: (shell, args) => {
    const { options, names } = parseOptions(args);
    if (names.length === 0) throw new BuiltinError('arg count');
    for (const name of names) if (!checkName(name)) throw new BuiltinError(`${name}: bad variable name`);
    if (options.prompt !== undefined && isTerminal()) shell.say(options.prompt);
    const settings = terminalSettings(options);
    let line: RawLine;
    if (settings) {
      tcsetattr(0, 'drain', settings.changed);
      line = guarded(
        () => readLine(shell, options),
        () => tcsetattr(0, 'drain', settings.before),
      );
    } else line = readLine(shell, options);
    assignFields(shell, names, line);
    return line.status;
  },
};

function parseOptions(args: readonly string[]): { options: Options; names: readonly string[] } {
  const options: Options = {
    isRaw: false,
    prompt: undefined,
    delimiter: '\n',
    count: Infinity,
    timeoutMs: undefined,
    isSilent: false,
  };
  let i = 1;
  for (; i < args.length && /^-./.test(args[i]!); i++) {
    if (args[i] === '--') {
      i++;
      break;
    }
    const cluster = args[i]!;
    for (let k = 1; k < cluster.length; k++) {
      const letter = cluster[k]!;
      if (letter === 'r') options.isRaw = true;
      else if (letter === 's') options.isSilent = true;
      else if ('ptdn'.includes(letter)) {
        const rest = cluster.slice(k + 1);
        const value = rest === '' ? args[++i] : rest;
        if (value === undefined) throw new BuiltinError(`No arg for -${letter} option`);
        setOption(options, letter, value);
        break;
      } else throw new BuiltinError(`Illegal option -${letter}`);
    }
  }
  return { options, names: args.slice(i) };
}

function setOption(options: Options, letter: string, value: string): void {
  if (letter === 'p') options.prompt = value;
  else if (letter === 'd') options.delimiter = value === '' ? '\0' : value[0]!;
  else if (!/^[0-9]+(\.[0-9]*)?$/.test(value)) throw new BuiltinError(`Illegal number: ${value}`);
  else if (letter === 't') options.timeoutMs = Number(value) * 1000;
  else options.count = Number(value);
}

function isTerminal(): boolean {
  try {
    tcgetattr(0);
    return true;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}

/** -n, -d and -s need another terminal mode while the line is read. */
function terminalSettings({
  isSilent,
  count,
  delimiter,
}: Options): { before: Termios; changed: Termios } | undefined {
  if (!isSilent && count === Infinity && delimiter === '\n') return undefined;
  let before: Termios;
  try {
    before = tcgetattr(0);
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
  const cc = before.cc.slice();
  let { lflag } = before;
  if (isSilent) lflag &= ~ECHO;
  if (count !== Infinity || delimiter !== '\n') {
    lflag &= ~ICANON;
    cc[VMIN] = 1;
    cc[VTIME] = 0;
  }
  return { before, changed: { ...before, lflag, cc } };
}

/** A line with its escapes: `quoted[i]` is '1' where a backslash stood before the character. */
interface RawLine {
  text: string;
  quoted: string;
  status: number;
}

function readLine(shell: Shell, options: Options): RawLine {
  const input = new LineInput(0);
  const line: RawLine = { text: '', quoted: '', status: 0 };
  const now = (): number => {
    const { sec, nsec } = clockGettime(CLOCK_MONOTONIC);
    return sec * 1000 + nsec / 1e6;
  };
  const deadline = options.timeoutMs === undefined ? undefined : now() + options.timeoutMs;
  const isByByte = options.count !== Infinity || deadline !== undefined;
  let isEscaped = false;
  for (;;) {
    let piece: string;
    try {
      if (deadline !== undefined) {
        const [events] = poll([{ fd: 0, events: POLLIN }], Math.max(0, Math.ceil(deadline - now())));
        if (events === 0) return { ...line, status: 142 };
      }
      piece = isByByte ? input.byte() : input.line(options.delimiter);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== EINTR) throw error;
      const signo = shell.traps.pending[0];
      takeSignals(shell);
      if (signo !== undefined) return { ...line, status: 128 + signo };
      continue;
    }
    if (piece === '') return { ...line, status: 1 };
    for (const char of piece) {
      if (isEscaped) {
        isEscaped = false;
        if (char === '\n') continue;
        line.text += char;
        line.quoted += '1';
      } else if (char === '\\' && !options.isRaw) {
        isEscaped = true;
        continue;
      } else if (char === options.delimiter) return line;
      else if (char !== '\0') {
        line.text += char;
        line.quoted += '0';
      }
      if (line.text.length >= options.count) return line;
    }
  }
}

/** Splits a line at IFS into the variables; the last one gets the rest (XCU read). */
export function splitLine(text: string, quoted: string, ifs: string, count: number): string[] {
  const isSeparator = (i: number): boolean => quoted[i] !== '1' && ifs.includes(text[i]!);
  const isBlank = (i: number): boolean => isSeparator(i) && /[ \t\n]/.test(text[i]!);
  const fields: string[] = [];
  let i = 0;
  const skipBlanks = (): void => {
    while (i < text.length && isBlank(i)) i++;
  };
  skipBlanks();
  while (fields.length < count - 1 && i < text.length) {
    const start = i;
    while (i < text.length && !isSeparator(i)) i++;
    fields.push(text.slice(start, i));
    skipBlanks();
    if (i < text.length && isSeparator(i) && !isBlank(i) && (i === 0 || i >= start)) {
      i++;
      skipBlanks();
    }
  }
  let end = text.length;
  while (end > i && isBlank(end - 1)) end--;
  // One closing separator after a last field without others is no part of it.
  if (end > i && isSeparator(end - 1)) {
    let inner = false;
    for (let k = i; k < end - 1; k++) if (isSeparator(k)) inner = true;
    if (!inner) end--;
    else if (onlyOneField(text, i, end, isSeparator, isBlank))
      end = onlyOneField(text, i, end, isSeparator, isBlank)!;
  }
  fields.push(text.slice(i, end));
  return fields;
}

/** When what is left is one field, blanks and one separator: where the field ends. */
function onlyOneField(
  text: string,
  start: number,
  end: number,
  isSeparator: (i: number) => boolean,
  isBlank: (i: number) => boolean,
): number | undefined {
  let i = start;
  while (i < end && !isSeparator(i)) i++;
  const fieldEnd = i;
  while (i < end && isBlank(i)) i++;
  if (i < end && isSeparator(i)) i++;
  while (i < end && isBlank(i)) i++;
  return i === end && text.length > 0 ? fieldEnd : undefined;
}

function assignFields(shell: Shell, names: readonly string[], { text, quoted }: RawLine): void {
  const fields = splitLine(text, quoted, shell.lookup('IFS') ?? ' \t\n', names.length);
  names.forEach((name, i) => shell.assign(name, fields[i] ?? ''));
}
