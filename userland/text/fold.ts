/** fold(1): GNU coreutils 9.1, which counts bytes, with tabs, backspaces and returns as a terminal has them. */
import { eachInput } from '../coreutils/lib/io.ts';
import { quote } from '../coreutils/lib/quote.ts';
import { parse } from '../libc/getopt.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';

const USAGE = `Usage: fold [OPTION]... [FILE]...
Wrap input lines in each FILE, writing to standard output.

With no FILE, or when FILE is -, read standard input.

  -b, --bytes         count bytes rather than columns
  -s, --spaces        break at spaces
  -w, --width=WIDTH   use WIDTH columns instead of 80
      --help        display this help and exit
      --version     output version information and exit
`;

export function fold(argv: string[]): number {
  const words = argv.map((word, i) => (i > 0 && /^-[0-9]+$/.test(word) ? `-w${word.slice(1)}` : word));
  const found = parse(words, { short: 'bsw:', long: { bytes: 'b', spaces: 's', width: 'w' }, usage: USAGE });
  const text = found.value('w') ?? '80';
  if (!/^[0-9]+$/.test(text) || Number(text) === 0)
    return fail(1, `invalid number of columns: ${quote(text)}`);
  const width = Number(text);
  const isBytes = found.has('b');
  return eachInput(found.operands, fd => {
    const reader = new LineReader(fd);
    for (let line = reader.next(); line !== undefined; line = reader.next()) {
      stdout.write(foldLine(line, width, isBytes, found.has('s')) + (reader.hadDelimiter ? '\n' : ''));
    }
  });
}

function nextColumn(column: number, char: string, isBytes: boolean): number {
  if (isBytes) return column + 1;
  if (char === '\b') return Math.max(0, column - 1);
  if (char === '\r') return 0;
  return char === '\t' ? column + 8 - (column % 8) : column + 1;
}

export function foldLine(line: string, width: number, isBytes: boolean, isAtSpaces: boolean): string {
  if (line.length <= width && !line.includes('\t')) return line;
  let out = '';
  let start = 0;
  let column = 0;
  for (let i = 0; i < line.length;) {
    const next = nextColumn(column, line[i]!, isBytes);
    if (next <= width || i === start) {
      column = next;
      i++;
      continue;
    }
    let end = i;
    if (isAtSpaces) {
      const space = Math.max(line.lastIndexOf(' ', i - 1), line.lastIndexOf('\t', i - 1));
      if (space >= start) end = space + 1;
    }
    out += `${line.slice(start, end)}\n`;
    start = end;
    column = 0;
    for (let k = start; k < i; k++) column = nextColumn(column, line[k]!, isBytes);
  }
  return out + line.slice(start);
}
