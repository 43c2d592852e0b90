/** shuf(1): GNU coreutils 9.1. Randomness is the kernel's. */
import { quote, quotef } from '../coreutils/lib/quote.ts';
import { SYS_getrandom } from '../../kernel/abi/syscall-numbers.ts';
import { O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../libc/fcntl.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { alloc, type Buffer } from '../libc/memory.ts';
import { syscall, SysError } from '../libc/native.ts';
import { LineReader, stdout, Writer } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';
import { open, readFull } from '../libc/unistd.ts';

const USAGE = `Usage: shuf [OPTION]... [FILE]
  or:  shuf -e [OPTION]... [ARG]...
  or:  shuf -i LO-HI [OPTION]...
Write a random permutation of the input lines to standard output.

With no FILE, or when FILE is -, read standard input.

  -e, --echo                treat each ARG as an input line
  -i, --input-range=LO-HI   treat each number LO through HI as an input line
  -n, --head-count=COUNT    output at most COUNT lines
  -o, --output=FILE         write result to FILE instead of standard output
      --random-source=FILE  get random bytes from FILE
  -r, --repeat              output lines can be repeated
  -z, --zero-terminated     line delimiter is NUL, not newline
      --help        display this help and exit
      --version     output version information and exit
`;

/** Random integers below a limit, 32 bits at a time. */
class Randomness {
  private readonly source: number | undefined;
  private readonly buffer: Buffer = alloc(4096);
  private used = 4096;

  constructor(source: number | undefined) {
    this.source = source;
  }
  private word(): number {
    if (this.used + 4 > this.buffer.length) {
      if (this.source === undefined) syscall(SYS_getrandom, this.buffer.address, this.buffer.length, 0);
      else if (readFull(this.source, this.buffer.bytes) < 4) fail(1, 'random source: end of file');
      this.used = 0;
    }
    const { bytes } = this.buffer;
    const at = this.used;
    this.used += 4;
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }
  below(limit: number): number {
    const range = 2 ** 32;
    // Values that would make the first ones likelier are thrown away.
    const fair = range - (range % limit);
    for (;;) {
      const value = this.word();
      if (value < fair) return value % limit;
    }
  }
}

function openOrFail(name: string, flags: number): number {
  try {
    return open(name, flags);
  } catch (error) {
    if (error instanceof SysError) return fail(1, `${quotef(name)}: ${error.message}`);
    throw error;
  }
}

export function shuf(argv: string[]): number {
  const found = parse(argv, {
    short: 'ei:n:o:rz',
    long: {
      echo: 'e',
      'input-range': 'i',
      'head-count': 'n',
      output: 'o',
      'random-source': 'source:',
      repeat: 'r',
      'zero-terminated': 'z',
    },
    usage: USAGE,
  });
  const end = found.has('z') ? '\0' : '\n';
  const range = found.value('i');
  const { operands } = found;
  if (found.has('e') && range !== undefined) return usageError('shuf', 'cannot combine -e and -i options');
  const extra = range !== undefined ? operands[0] : found.has('e') ? undefined : operands[1];
  if (extra !== undefined) return usageError('shuf', `extra operand ${quote(extra)}`);
  let limit = Infinity;
  for (const text of found.values('n')) {
    if (!/^[0-9]+$/.test(text)) fail(1, `invalid line count: ${quote(text)}`);
    limit = Math.min(limit, Number(text));
  }
  let count: number;
  let item: (index: number) => string;
  if (range !== undefined) {
    const match = /^([0-9]+)-([0-9]+)$/.exec(range);
    if (!match || Number(match[1]) > Number(match[2]) + 1)
      return fail(1, `invalid input range: ${quote(range)}`);
    const low = Number(match[1]);
    count = Number(match[2]) - low + 1;
    item = index => String(low + index);
  } else {
    const lines = found.has('e') ? operands : linesOf(operands[0] ?? '-', end);
    count = lines.length;
    item = index => lines[index]!;
  }
  const source = found.value('source');
  const random = new Randomness(source === undefined ? undefined : openOrFail(source, O_RDONLY));
  const output = found.value('o');
  const out =
    output === undefined ? stdout : new Writer(openOrFail(output, O_WRONLY | O_CREAT | O_TRUNC), 'full');
  if (found.has('r')) {
    if (count === 0 && limit > 0) return fail(1, 'no lines to repeat');
    for (let i = 0; i < limit; i++) out.write(item(random.below(count)) + end);
  } else {
    // The part of a Fisher-Yates shuffle that is asked for; a sparse map stands for the array.
    const moved = new Map<number, number>();
    for (let i = 0; i < Math.min(count, limit); i++) {
      const j = i + random.below(count - i);
      out.write(item(moved.get(j) ?? j) + end);
      moved.set(j, moved.get(i) ?? i);
      moved.delete(i);
    }
  }
  if (out !== stdout) out.flush();
  return 0;
}

function linesOf(name: string, end: string): string[] {
  const reader = new LineReader(name === '-' ? 0 : openOrFail(name, O_RDONLY), { delimiter: end });
  const lines: string[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) lines.push(line);
  return lines;
}
