/** column(1): util-linux 2.38: fills a terminal's columns, or with -t makes a table. */
import { eachInput } from '../coreutils/lib/io.ts';
import { isUtf8Locale } from '../libc/fnmatch.ts';
import { parse } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { fail, getenv } from '../libc/stdlib.ts';
import { winsize } from '../libc/termios.ts';
import { textWidth } from './lib/width.ts';

const USAGE = `Usage: column [options] [<file>...]

Columnate lists.

Options:
 -t, --table                      create a table
 -N, --table-columns <names>      comma separated columns names
 -l, --table-columns-limit <num>  maximal number of input columns
 -R, --table-right <columns>      right align text in these columns
 -L, --keep-empty-lines           don't ignore empty lines
 -c, --output-width <width>       width of output in number of characters
 -o, --output-separator <string>  columns separator for table output (default is two spaces)
 -s, --separator <string>         possible table delimiters
 -x, --fillrows                   fill rows before columns
 -n, --table-name <name>          (ignored)
 -h, --help                       display this help
 -V, --version                    display version
`;

export function column(argv: string[]): number {
  const found = parse(argv, {
    short: 'tN:l:R:Lc:o:s:xn:hV',
    long: {
      table: 't',
      'table-columns': 'N',
      'table-columns-limit': 'l',
      'table-right': 'R',
      'keep-empty-lines': 'L',
      'output-width': 'c',
      'output-separator': 'o',
      separator: 's',
      fillrows: 'x',
      'table-name': 'n',
    },
    usage: USAGE,
  });
  const isUtf8 = isUtf8Locale();
  const lines: string[] = [];
  const status = eachInput(found.operands, fd => {
    const reader = new LineReader(fd);
    for (let line = reader.next(); line !== undefined; line = reader.next()) {
      if (/[^ \t]/.test(line) || found.has('L')) lines.push(line);
    }
  });
  if (lines.length === 0) return status;
  if (found.has('t')) {
    const rows = lines.map(line => cells(line, found.value('s'), limitOf(found.value('l'))));
    const names = found.value('N')?.split(',');
    if (names) rows.unshift(names);
    table(rows, found.value('o') ?? '  ', rightColumns(found.value('R'), names), isUtf8);
    return status;
  }
  const width = found.has('c') ? Number(found.value('c')) : terminalWidth();
  if (!(width >= 0)) return fail(1, `invalid columns argument: '${found.value('c')}'`);
  fill(lines, width, found.has('x'), isUtf8);
  return status;
}

function limitOf(text: string | undefined): number {
  return text === undefined ? Infinity : Number(text);
}

function terminalWidth(): number {
  const columns = Number(getenv('COLUMNS'));
  if (columns > 0) return columns;
  try {
    return winsize(1).columns || 80;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return 80;
  }
}

/** Cells of a table's row. Blanks separate greedily; other separators each begin a cell. */
function cells(line: string, separators: string | undefined, limit: number): string[] {
  let parts: string[];
  if (separators === undefined) parts = line.split(/[ \t]+/).filter(cell => cell !== '');
  else {
    const set = separators.replaceAll(/[\]\\^-]/g, '\\$&');
    parts = line.split(new RegExp(`[${set}]`));
  }
  if (parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separators?.[0] ?? ' ')];
}

function rightColumns(text: string | undefined, names: readonly string[] | undefined): ReadonlySet<number> {
  return new Set(
    (text?.split(',') ?? []).map(part =>
      /^[0-9]+$/.test(part) ? Number(part) - 1 : (names?.indexOf(part) ?? -1),
    ),
  );
}

function table(
  rows: readonly string[][],
  separator: string,
  right: ReadonlySet<number>,
  isUtf8: boolean,
): void {
  const count = Math.max(...rows.map(row => row.length));
  const widths = Array.from({ length: count }, (_, i) =>
    Math.max(0, ...rows.map(row => textWidth(row[i] ?? '', isUtf8))),
  );
  for (const row of rows) {
    let out = '';
    for (let i = 0; i < count; i++) {
      const cell = row[i] ?? '';
      const padding = ' '.repeat(widths[i]! - textWidth(cell, isUtf8));
      const isLast = i === count - 1;
      if (right.has(i)) out += padding + cell;
      else out += isLast ? cell : cell + padding;
      if (!isLast) out += separator;
    }
    stdout.write(`${out}\n`);
  }
}

function fill(items: readonly string[], width: number, isByRows: boolean, isUtf8: boolean): void {
  const longest = Math.max(...items.map(item => textWidth(item, isUtf8)));
  const cell = Math.floor((longest + 8) / 8) * 8;
  if (cell >= width || items.length === 0) {
    for (const item of items) stdout.write(`${item}\n`);
    return;
  }
  const columns = Math.max(1, Math.floor(width / cell));
  const rows = Math.ceil(items.length / columns);
  for (let row = 0; row < rows; row++) {
    let out = '';
    let at = 0;
    for (let i = 0; i < columns; i++) {
      const index = isByRows ? row * columns + i : i * rows + row;
      const item = items[index];
      if (item === undefined) break;
      out += item;
      at += textWidth(item, isUtf8);
      const isLast = i === columns - 1 || items[isByRows ? index + 1 : index + rows] === undefined;
      if (isLast) break;
      for (; at < (i + 1) * cell; at = Math.floor(at / 8) * 8 + 8) out += '\t';
    }
    stdout.write(`${out}\n`);
  }
}
