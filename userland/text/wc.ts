/** wc(1): GNU coreutils 9.1. */
import { quotef, quoteaf } from '../coreutils/lib/quote.ts';
import { chunks } from '../coreutils/lib/io.ts';
import { isUtf8Locale } from '../libc/fnmatch.ts';
import { O_RDONLY } from '../libc/fcntl.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { type FileStatus, fstat, S_ISREG, stat } from '../libc/stat.ts';
import { readText, stderr, stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { close, open } from '../libc/unistd.ts';
import { Counter, type Counts } from './wc-count.ts';

const USAGE = `Usage: wc [OPTION]... [FILE]...
  or:  wc [OPTION]... --files0-from=F
Print newline, word, and byte counts for each FILE, and a total line if
more than one FILE is specified.  A word is a non-zero-length sequence of
printable characters delimited by white space.

With no FILE, or when FILE is -, read standard input.

The options below may be used to select which counts are printed, always in
the following order: newline, word, character, byte, maximum line length.
  -c, --bytes            print the byte counts
  -m, --chars            print the character counts
  -l, --lines            print the newline counts
      --files0-from=F    read input from the files specified by
                           NUL-terminated names in file F;
                           If F is - then read names from standard input
  -L, --max-line-length  print the maximum display width
  -w, --words            print the word counts
      --help        display this help and exit
      --version     output version information and exit
`;

const ORDER: readonly (readonly [string, keyof Counts])[] = [
  ['l', 'lines'],
  ['w', 'words'],
  ['m', 'chars'],
  ['c', 'bytes'],
  ['L', 'longest'],
];

function statOf(name: string): FileStatus | undefined {
  try {
    return name === '-' ? fstat(0) : stat(name);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return undefined;
  }
}

export function wc(argv: string[]): number {
  const found = parse(argv, {
    short: 'clLmw',
    long: {
      bytes: 'c',
      chars: 'm',
      lines: 'l',
      'max-line-length': 'L',
      words: 'w',
      'files0-from': 'files0:',
    },
    usage: USAGE,
  });
  const chosen = found.has('c', 'l', 'L', 'm', 'w')
    ? ORDER.filter(([key]) => found.has(key))
    : ORDER.filter(([key]) => 'lwc'.includes(key));
  const fields = chosen.map(([, field]) => field);
  let operands = found.operands;
  const list = found.value('files0');
  if (list !== undefined) {
    if (operands.length > 0) {
      stderr.write(
        `wc: extra operand ${quoteaf(operands[0]!)}\nfile operands cannot be combined with --files0-from\n`,
      );
      return usageError('wc', '', 1);
    }
    operands = namesIn(list);
  }
  const isStdin = operands.length === 0 && list === undefined;
  const names = isStdin ? ['-'] : operands;
  const width = list === undefined ? columnWidth(names, fields.length) : 1;
  const total: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 };
  const show = (counts: Counts, name: string | undefined): void => {
    const numbers = fields.map(field => String(counts[field]).padStart(width)).join(' ');
    stdout.write(
      name === undefined ? `${numbers}\n` : `${numbers} ${name.includes('\n') ? quotef(name) : name}\n`,
    );
  };
  let status = 0;
  for (const name of names) {
    const counter = new Counter(fields, isUtf8Locale());
    let fd = 0;
    try {
      if (name !== '-') fd = open(name, O_RDONLY);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      warn(`${quotef(name)}: ${error.message}`);
      status = 1;
      continue;
    }
    try {
      for (const chunk of chunks(fd)) counter.add(chunk);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      warn(`${quotef(name)}: ${error.message}`);
      status = 1;
    }
    if (fd !== 0) close(fd);
    const counts = counter.finish();
    show(counts, isStdin ? undefined : name);
    for (const field of ['lines', 'words', 'chars', 'bytes'] as const) total[field] += counts[field];
    total.longest = Math.max(total.longest, counts.longest);
  }
  if (names.length > 1) show(total, 'total');
  return status;
}

function namesIn(list: string): string[] {
  try {
    const fd = list === '-' ? 0 : open(list, O_RDONLY);
    const names = readText(fd).split('\0');
    if (names.at(-1) === '') names.pop();
    return names;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fail(1, `cannot open ${quoteaf(list)} for reading: ${error.message}`);
  }
}

/** As wide as the sum of the sizes needs; 7 if something has no size. */
function columnWidth(names: readonly string[], columns: number): number {
  if (names.length === 1 && columns === 1) return 1;
  let width = 1;
  let total = 0;
  for (const name of names) {
    const status = statOf(name);
    if (!status) continue;
    if (S_ISREG(status.mode)) total += status.size;
    else width = 7;
  }
  return Math.max(width, String(total).length);
}
