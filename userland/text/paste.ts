/** paste(1): GNU coreutils 9.1. */
import { quotef } from '../coreutils/lib/quote.ts';
import { O_RDONLY } from '../libc/fcntl.ts';
import { parse } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { open } from '../libc/unistd.ts';

const USAGE = `Usage: paste [OPTION]... [FILE]...
Write lines consisting of the sequentially corresponding lines from
each FILE, separated by TABs, to standard output.

With no FILE, or when FILE is -, read standard input.

  -d, --delimiters=LIST   reuse characters from LIST instead of TABs
  -s, --serial            paste one file at a time instead of in parallel
  -z, --zero-terminated    line delimiter is NUL, not newline
      --help        display this help and exit
      --version     output version information and exit
`;

const ESCAPES: Record<string, string> = {
  '0': '',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** The delimiters of -d; '' stands for none. */
function delimitersOf(list: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < list.length; i++) {
    if (list[i] !== '\\') out.push(list[i]!);
    else {
      i++;
      if (i >= list.length) fail(1, `delimiter list ends with an unescaped backslash: ${list}`);
      out.push(ESCAPES[list[i]!] ?? list[i]!);
    }
  }
  return out.length === 0 ? [''] : out;
}

export function paste(argv: string[]): number {
  const found = parse(argv, {
    short: 'd:sz',
    long: { delimiters: 'd', serial: 's', 'zero-terminated': 'z' },
    usage: USAGE,
  });
  const delimiters = delimitersOf(found.value('d') ?? '\t');
  const end = found.has('z') ? '\0' : '\n';
  const names = found.operands.length > 0 ? found.operands : ['-'];
  let stdin: LineReader | undefined;
  const openReader = (name: string): LineReader => {
    if (name === '-') return (stdin ??= new LineReader(0, { delimiter: end }));
    return new LineReader(open(name, O_RDONLY), { delimiter: end });
  };
  let status = 0;
  if (found.has('s')) {
    for (const name of names) {
      try {
        serial(openReader(name), delimiters, end);
      } catch (error) {
        if (!(error instanceof SysError) || error.code === 'EPIPE') throw error;
        warn(`${quotef(name)}: ${error.message}`);
        status = 1;
      }
    }
    return status;
  }
  const readers: (LineReader | undefined)[] = names.map(name => {
    try {
      return openReader(name);
    } catch (error) {
      if (error instanceof SysError) return fail(1, `${quotef(name)}: ${error.message}`);
      throw error;
    }
  });
  for (;;) {
    let isAnyOpen = false;
    const fields = readers.map((reader, i) => {
      let line: string | undefined;
      try {
        line = reader?.next();
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        warn(`${quotef(names[i]!)}: ${error.message}`);
        status = 1;
      }
      if (line === undefined) readers[i] = undefined;
      else isAnyOpen = true;
      return line ?? '';
    });
    if (!isAnyOpen) return status;
    let out = fields[0]!;
    for (let i = 1; i < fields.length; i++) out += delimiters[(i - 1) % delimiters.length]! + fields[i]!;
    stdout.write(out + end);
  }
}

function serial(reader: LineReader, delimiters: readonly string[], end: string): void {
  let count = 0;
  try {
    for (let line = reader.next(); line !== undefined; line = reader.next()) {
      stdout.write(count === 0 ? line : delimiters[(count - 1) % delimiters.length]! + line);
      count++;
    }
  } finally {
    stdout.write(end);
  }
}
