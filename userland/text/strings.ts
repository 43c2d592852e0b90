/** strings(1): GNU binutils 2.40. Runs of printable characters in any file. */
import { chunks } from '../coreutils/lib/io.ts';
import { O_RDONLY } from '../libc/fcntl.ts';
import { parse } from '../libc/getopt.ts';
import { native, SysError } from '../libc/native.ts';
import { S_ISDIR, stat } from '../libc/stat.ts';
import { stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { close, open } from '../libc/unistd.ts';

const USAGE = `Usage: strings [option(s)] [file(s)]
 Display printable strings in [file(s)] (stdin by default)
 The options are:
  -a - --all                Scan the entire file, not just the data section [default]
  -f --print-file-name      Print the name of the file before each string
  -n <number>               Locate & print any sequence of at least <number>
    --bytes=<number>         displayable characters.  (The default is 4).
  -t --radix={o,d,x}        Print the location of the string in base 8, 10 or 16
  -w --include-all-whitespace Include all whitespace as valid string characters
  -o                        An alias for --radix=o
  -e --encoding={s,S}       Select character size: s = 7-bit, S = 8-bit
  -s --output-separator=<string> String used to separate strings in output.
  -h --help                 Display this information
  -v -V --version           Print the program's version number
`;

interface Settings {
  readonly least: number;
  readonly radix: 8 | 10 | 16 | undefined;
  readonly hasNames: boolean;
  readonly separator: string;
  readonly pattern: RegExp;
}

export function strings(argv: string[]): number {
  const words = argv.map((word, i) => (i > 0 && /^-[0-9]+$/.test(word) ? `-n${word.slice(1)}` : word));
  const found = parse(words, {
    short: 'afn:t:woe:s:hvV',
    long: {
      all: 'a',
      'print-file-name': 'f',
      bytes: 'n',
      radix: 't',
      'include-all-whitespace': 'w',
      encoding: 'e',
      'output-separator': 's',
    },
    usage: USAGE,
  });
  const least = found.value('n') ?? '4';
  if (!/^[0-9]+$/.test(least)) return fail(1, `invalid integer argument ${least}`);
  if (Number(least) < 1) return fail(1, `minimum string length is too small: ${least}`);
  const radix = found.last('o', 't') === 'o' ? 'o' : found.value('t');
  const inside = `${found.has('w') ? '\\t-\\r' : '\\t'} -~${found.value('e') === 'S' ? '\\x80-\\xff' : ''}`;
  const settings: Settings = {
    least: Number(least),
    radix: radix === undefined ? undefined : radix === 'o' ? 8 : radix === 'x' ? 16 : 10,
    hasNames: found.has('f'),
    separator: found.value('s') ?? '\n',
    pattern: new RegExp(`[${inside}]+`, 'g'),
  };
  let status = 0;
  if (found.operands.length === 0) scan(0, '{standard input}', settings);
  for (const name of found.operands) {
    try {
      if (S_ISDIR(stat(name).mode)) {
        warn(`Warning: '${name}' is a directory`);
        status = 1;
        continue;
      }
      const fd = open(name, O_RDONLY);
      scan(fd, name, settings);
      close(fd);
    } catch (error) {
      if (!(error instanceof SysError) || error.code === 'EPIPE') throw error;
      warn(error.code === 'ENOENT' ? `'${name}': No such file` : `${name}: ${error.message}`);
      status = 1;
    }
  }
  return status;
}

function scan(fd: number, name: string, settings: Settings): void {
  let base = 0;
  /** A run that goes on in the next chunk, and where it began. */
  let pendingRun = '';
  let start = 0;
  const show = (text: string, offset: number): void => {
    if (text.length < settings.least) return;
    const place = settings.radix === undefined ? '' : `${offset.toString(settings.radix).padStart(7)} `;
    stdout.write(`${settings.hasNames ? `${name}: ` : ''}${place}${text}${settings.separator}`);
  };
  for (const chunk of chunks(fd)) {
    const text = native().decode(chunk, 0, chunk.length);
    settings.pattern.lastIndex = 0;
    let isContinued = pendingRun !== '';
    for (let match = settings.pattern.exec(text); match; match = settings.pattern.exec(text)) {
      const run = match[0];
      const isAtStart = match.index === 0 && isContinued;
      if (isContinued && !isAtStart) show(pendingRun, start);
      const whole = isAtStart ? pendingRun + run : run;
      const offset = isAtStart ? start : base + match.index;
      isContinued = false;
      pendingRun = '';
      if (match.index + run.length === text.length) {
        pendingRun = whole;
        start = offset;
      } else show(whole, offset);
    }
    if (isContinued) {
      show(pendingRun, start);
      pendingRun = '';
    }
    base += text.length;
  }
  if (pendingRun !== '') show(pendingRun, start);
}
