/** expand(1) and unexpand(1): GNU coreutils 9.1. Columns are bytes. */
import { eachInput } from '../coreutils/lib/io.ts';
import { parse } from '../libc/getopt.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { TabStops } from './lib/tabs.ts';

const EXPAND_USAGE = `Usage: expand [OPTION]... [FILE]...
Convert tabs in each FILE to spaces, writing to standard output.

With no FILE, or when FILE is -, read standard input.

  -i, --initial    do not convert tabs after non blanks
  -t, --tabs=N     have tabs N characters apart, not 8
  -t, --tabs=LIST  use comma separated list of tab positions.
      --help        display this help and exit
      --version     output version information and exit
`;
const UNEXPAND_USAGE = `Usage: unexpand [OPTION]... [FILE]...
Convert blanks in each FILE to tabs, writing to standard output.

With no FILE, or when FILE is -, read standard input.

  -a, --all        convert all blanks, instead of just initial blanks
      --first-only  convert only leading sequences of blanks (overrides -a)
  -t, --tabs=N     have tabs N characters apart instead of 8 (enables -a)
  -t, --tabs=LIST  use comma separated list of tab positions.
      --help        display this help and exit
      --version     output version information and exit
`;

/** -4 and -4,8 are old forms of -t. */
function modernise(argv: readonly string[]): string[] {
  return argv.map((word, i) => (i > 0 && /^-[0-9][0-9,]*$/.test(word) ? `-t${word.slice(1)}` : word));
}

export function expand(argv: string[]): number {
  const found = parse(modernise(argv), {
    short: 'it:',
    long: { initial: 'i', tabs: 't' },
    usage: EXPAND_USAGE,
  });
  const stops = new TabStops(found.values('t'));
  const isInitial = found.has('i');
  return eachInput(found.operands, fd => {
    const reader = new LineReader(fd);
    for (let line = reader.next(); line !== undefined; line = reader.next()) {
      const text = line.includes('\t') ? expandLine(line, stops, isInitial) : line;
      stdout.write(text + (reader.hadDelimiter ? '\n' : ''));
    }
  });
}

export function expandLine(line: string, stops: TabStops, isInitial: boolean): string {
  let out = '';
  let column = 0;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === '\t') {
      const next = stops.next(column) ?? column + 1;
      out += ' '.repeat(next - column);
      column = next;
      continue;
    }
    out += char;
    column = char === '\b' ? Math.max(0, column - 1) : column + 1;
    if (isInitial && char !== ' ') return out + line.slice(i + 1);
  }
  return out;
}

export function unexpand(argv: string[]): number {
  const found = parse(modernise(argv), {
    short: 'at:',
    long: { all: 'a', 'first-only': 'first', tabs: 't' },
    usage: UNEXPAND_USAGE,
  });
  const stops = new TabStops(found.values('t'));
  const isAll = found.has('a', 't') && !found.has('first');
  return eachInput(found.operands, fd => {
    const reader = new LineReader(fd);
    for (let line = reader.next(); line !== undefined; line = reader.next()) {
      stdout.write(unexpandLine(line, stops, isAll) + (reader.hadDelimiter ? '\n' : ''));
    }
  });
}

export function unexpandLine(line: string, stops: TabStops, isAll: boolean): string {
  let out = '';
  let column = 0;
  /** Blanks that may become a tab. */
  let pending = '';
  /** A single space before a stop becomes a tab only if more blanks follow. */
  let isOneBlankBeforeStop = false;
  let isBlankBefore = true;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    const isBlank = char === ' ' || char === '\t';
    if (isBlank) {
      const next = stops.next(column);
      if (next === undefined) return out + pending + line.slice(i);
      if (char === '\t') {
        column = next;
        if (pending !== '' && isOneBlankBeforeStop) pending = `\t${pending.slice(1)}`;
        pending = isOneBlankBeforeStop ? `${pending.slice(0, 1)}\t` : '\t';
        isOneBlankBeforeStop = false;
        out += pending;
        pending = '';
      } else {
        column++;
        if (!(isBlankBefore && column === next)) {
          if (column === next) isOneBlankBeforeStop = true;
          pending += char;
        } else {
          // The run of blanks reaches a stop.
          pending = isOneBlankBeforeStop ? '\t' : '';
          out += `${pending}\t`;
          pending = '';
          isOneBlankBeforeStop = false;
        }
      }
    } else {
      out += pending + char;
      pending = '';
      isOneBlankBeforeStop = false;
      column = char === '\b' ? Math.max(0, column - 1) : column + 1;
      if (!isAll) return out + line.slice(i + 1);
    }
    isBlankBefore = isBlank;
  }
  return out + pending;
}
