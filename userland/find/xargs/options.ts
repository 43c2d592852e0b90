/** The command line of xargs. */
import { O_CLOEXEC, O_RDONLY } from '../../libc/fcntl.ts';
import { parse } from '../../libc/getopt.ts';
import { SysError } from '../../libc/native.ts';
import { environment, fail, warn } from '../../libc/stdlib.ts';
import { stderr } from '../../libc/stdio.ts';
import { exit, open } from '../../libc/unistd.ts';
import { quote } from '../../coreutils/lib/quote.ts';
import { USAGE } from './usage.ts';

export interface XargsOptions {
  readonly command: readonly string[];
  readonly input: number;
  /** -a: the command keeps standard input. */
  readonly hasInputFile: boolean;
  readonly delimiter: string | undefined;
  readonly endMark: string | undefined;
  readonly maxArgs: number | undefined;
  readonly maxLines: number | undefined;
  readonly replace: string | undefined;
  readonly maxChars: number;
  readonly maxProcesses: number;
  readonly slotVariable: string | undefined;
  readonly exitsIfTooLong: boolean;
  readonly runsIfEmpty: boolean;
  readonly isVerbose: boolean;
  readonly asks: boolean;
  readonly opensTerminal: boolean;
}

/** What Linux takes as arguments and environment of a program, less what POSIX wants kept free. */
const ARG_MAX = 2_097_152 - 2048;
const DEFAULT_CHARS = 131_072;

function number(text: string, option: string, least: number, most = Infinity): number {
  const failed = (message: string): never => {
    warn(message);
    stderr.write("Try 'xargs --help' for more information.\n");
    return exit(1);
  };
  if (!/^[+-]?\d+$/.test(text)) return failed(`invalid number "${text}" for -${option} option`);
  const value = Number(text);
  if (value < least) {
    const message = `value ${text} for -${option} option should be >= ${least}`;
    if (option !== 's') return failed(message);
    warn(message);
    return least;
  }
  if (value > most) {
    warn(`value ${text} for -${option} option should be <= ${most}`);
    return most;
  }
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\',
}; // prettier-ignore

function delimiterOf(text: string): string {
  if (text.length === 1) return text;
  if (text[0] !== '\\') {
    return fail(
      1,
      `Invalid input delimiter specification ${text}: the delimiter must be either a single character or an escape sequence starting with \\.`,
    );
  }
  const hex = /^\\x([0-9a-fA-F]*)(.*)$/s.exec(text);
  const octal = /^\\([0-7]+)(.*)$/s.exec(text);
  const found = hex ?? octal;
  if (!found)
    return ESCAPES[text[1]!] ?? fail(1, `Invalid escape sequence ${text} in input delimiter specification.`);
  const code = found[1] === '' ? 0 : parseInt(found[1]!, hex ? 16 : 8);
  if (code > 255) {
    return fail(
      1,
      `Invalid escape sequence ${text} in input delimiter specification; character values must not exceed ${hex ? 'ff' : '377'}.`,
    );
  }
  if (found[2] !== '') {
    return fail(
      1,
      `Invalid escape sequence ${text} in input delimiter specification; trailing characters ${found[2]} not recognised.`,
    );
  }
  return String.fromCharCode(code);
}

function showLimits(environmentBytes: number, maxChars: number): void {
  stderr.write(
    `Your environment variables take up ${environmentBytes} bytes
POSIX upper limit on argument length (this system): ${ARG_MAX - environmentBytes}
POSIX smallest allowable upper limit on argument length (all systems): 4096
Maximum length of command we could actually use: ${ARG_MAX - 2 * environmentBytes}
Size of command buffer we are actually using: ${maxChars}
Maximum parallelism (--max-procs must be no greater): 2147483647
`,
  );
}

export function readOptions(argv: string[]): XargsOptions {
  const { options, operands } = parse(argv, {
    short: '+0a:E:e::i::I:l::L:n:prs:txP:d:o',
    long: {
      null: '0',
      'arg-file': 'a',
      delimiter: 'd',
      eof: 'e',
      replace: 'i',
      'max-lines': 'l',
      'max-args': 'n',
      interactive: 'p',
      'no-run-if-empty': 'r',
      'max-chars': 's',
      verbose: 't',
      'show-limits': 'limits',
      exit: 'x',
      'max-procs': 'P',
      'process-slot-var': 'slot:',
      'open-tty': 'o',
    },
    usage: USAGE,
  });
  const environmentBytes = environment().reduce((sum, entry) => sum + entry.length + 1, 0);
  let input: number | undefined;
  let inputName: string | undefined;
  let delimiter: string | undefined;
  let endMark: string | undefined;
  let maxArgs: number | undefined;
  let maxLines: number | undefined;
  let replace: string | undefined;
  let maxChars = DEFAULT_CHARS;
  let maxProcesses = 1;
  let exitsIfTooLong = false;
  let slotVariable: string | undefined;
  const flags = new Set<string>();
  const exclusive = (old: string, now: string) =>
    warn(`warning: options ${old} and ${now} are mutually exclusive, ignoring previous ${old} value`);
  const forget = (now: string, keep: 'args' | 'lines' | 'replace') => {
    if (maxArgs !== undefined && keep !== 'args') {
      exclusive('--max-args', now);
      maxArgs = undefined;
    }
    if (maxLines !== undefined && keep !== 'lines') {
      exclusive('--max-lines', now);
      maxLines = undefined;
    }
    if (replace !== undefined && keep !== 'replace') {
      exclusive('--replace', now);
      replace = undefined;
    }
  };
  for (const { key, value } of options) {
    const text = value ?? '';
    if (key === '0') delimiter = '\0';
    else if (key === 'd') delimiter = delimiterOf(text);
    else if (key === 'a') inputName = text;
    else if (key === 'E' || key === 'e') endMark = text === '' ? undefined : text;
    else if (key === 'i' || key === 'I') {
      forget('--replace/-I/-i', 'replace');
      replace = text || '{}';
      exitsIfTooLong = true;
    } else if (key === 'l' || key === 'L') {
      forget(key === 'L' ? '-L' : '--max-lines/-l', 'lines');
      maxLines = value === undefined ? 1 : number(text, key, 1);
      exitsIfTooLong = key === 'l' || exitsIfTooLong;
    } else if (key === 'n') {
      const count = number(text, 'n', 1);
      // POSIX: -n 1 agrees with -I.
      if (count === 1 && replace !== undefined) continue;
      forget('--max-args/-n', 'args');
      maxArgs = count;
    } else if (key === 's') maxChars = number(text, 's', 1, ARG_MAX - environmentBytes);
    else if (key === 'P') maxProcesses = number(text, 'P', 0);
    else if (key === 'slot') {
      if (text.includes('='))
        fail(1, `option --process-slot-var may not be set to a value which includes \`='`);
      slotVariable = text;
    } else if (key === 'x') exitsIfTooLong = true;
    else flags.add(key);
  }
  if (endMark !== undefined && delimiter !== undefined) {
    warn('warning: the -E option has no effect if -0 or -d is used.\n');
  }
  if (inputName !== undefined && inputName !== '-') {
    try {
      input = open(inputName, O_RDONLY | O_CLOEXEC);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return fail(1, `Cannot open input file ${quote(inputName)}: ${error.message}`);
    }
  }
  if (flags.has('limits')) showLimits(environmentBytes, maxChars);
  return {
    command: operands.length > 0 ? operands : ['echo'],
    input: input ?? 0,
    hasInputFile: input !== undefined,
    delimiter,
    endMark,
    maxArgs,
    maxLines,
    replace,
    maxChars,
    maxProcesses: maxProcesses === 0 ? Infinity : maxProcesses,
    slotVariable,
    exitsIfTooLong,
    runsIfEmpty: !flags.has('r'),
    isVerbose: flags.has('t') || flags.has('p'),
    asks: flags.has('p'),
    opensTerminal: flags.has('o'),
  };
}
