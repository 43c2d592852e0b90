/** head(1): GNU coreutils 9.1. */
import { quote, quoteaf } from '../coreutils/lib/quote.ts';
import { parseSize } from '../coreutils/lib/sizes.ts';
import { O_RDONLY } from '../libc/fcntl.ts';
import { parse } from '../libc/getopt.ts';
import { alloc } from '../libc/memory.ts';
import { SysError } from '../libc/native.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { close, lseek, open, read, SEEK_CUR } from '../libc/unistd.ts';

const USAGE = `Usage: head [OPTION]... [FILE]...
Print the first 10 lines of each FILE to standard output.
With more than one FILE, precede each with a header giving the file name.

With no FILE, or when FILE is -, read standard input.

  -c, --bytes=[-]NUM       print the first NUM bytes of each file;
                             with the leading '-', print all but the last
                             NUM bytes of each file
  -n, --lines=[-]NUM       print the first NUM lines instead of the first 10;
                             with the leading '-', print all but the last
                             NUM lines of each file
  -q, --quiet, --silent    never print headers giving file names
  -v, --verbose            always print headers giving file names
  -z, --zero-terminated    line delimiter is NUL, not newline
      --help        display this help and exit
      --version     output version information and exit
`;

const BUFFER = 65536;

interface Amount {
  readonly unit: 'lines' | 'bytes';
  readonly count: number;
  /** All but the last `count`. */
  readonly isFromEnd: boolean;
}

/** Rewrites head's old form, -5 or -5cqv, to options. */
function modernise(argv: readonly string[]): string[] {
  const old = /^-([0-9]+)([bkm]?)([clqvz]*)$/.exec(argv[1] ?? '');
  if (!old) return [...argv];
  const unit = old[2] !== '' || old[3]!.includes('c') ? '-c' : '-n';
  const flags = old[3]!.replaceAll(/[cl]/g, '');
  return [argv[0]!, unit, old[1]! + old[2]!, ...(flags === '' ? [] : [`-${flags}`]), ...argv.slice(2)];
}

export function head(args: string[]): number {
  const found = parse(modernise(args), {
    short: 'c:n:qvz',
    long: { bytes: 'c', lines: 'n', quiet: 'q', silent: 'q', verbose: 'v', 'zero-terminated': 'z' },
    usage: USAGE,
  });
  const key = found.last('c', 'n') ?? 'n';
  const text = found.value('c', 'n') ?? '10';
  const size = /^-?[0-9]/.test(text) ? parseSize(text.replace(/^-/, '')) : undefined;
  if (size === undefined || Number.isNaN(size)) {
    return fail(1, `invalid number of ${key === 'c' ? 'bytes' : 'lines'}: ${quote(text)}`);
  }
  const amount: Amount = {
    unit: key === 'c' ? 'bytes' : 'lines',
    count: size,
    isFromEnd: text.startsWith('-'),
  };
  const delimiter = found.has('z') ? 0 : 10;
  const names = found.operands.length > 0 ? found.operands : ['-'];
  const hasHeaders = found.last('q', 'v') === 'v' || (names.length > 1 && !found.has('q'));
  let status = 0;
  let isFirst = true;
  for (const name of names) {
    const shown = name === '-' ? 'standard input' : name;
    let fd = 0;
    try {
      if (name !== '-') fd = open(name, O_RDONLY);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      warn(`cannot open ${quoteaf(name)} for reading: ${error.message}`);
      status = 1;
      continue;
    }
    if (hasHeaders) stdout.write(`${isFirst ? '' : '\n'}==> ${shown} <==\n`);
    isFirst = false;
    try {
      show(fd, amount, delimiter);
    } catch (error) {
      if (!(error instanceof SysError) || error.code === 'EPIPE') throw error;
      warn(`error reading ${quoteaf(shown)}: ${error.message}`);
      status = 1;
    }
    if (fd !== 0) close(fd);
  }
  return status;
}

function show(fd: number, amount: Amount, delimiter: number): void {
  if (amount.isFromEnd && amount.count > 0) {
    if (amount.unit === 'bytes') allButLastBytes(fd, amount.count);
    else allButLastLines(fd, amount.count, delimiter);
    return;
  }
  let rest = amount.isFromEnd ? Infinity : amount.count;
  if (rest === 0) return;
  const { bytes } = alloc(BUFFER);
  for (;;) {
    const isBytes = amount.unit === 'bytes';
    const wanted = isBytes ? Math.min(rest, BUFFER) : BUFFER;
    const count = read(fd, bytes.subarray(0, wanted));
    if (count === 0) return;
    let end = count;
    if (isBytes) rest -= count;
    else if (rest !== Infinity) {
      end = 0;
      while (rest > 0 && end < count) {
        const at = bytes.indexOf(delimiter, end);
        if (at < 0 || at >= count) {
          end = count;
          break;
        }
        end = at + 1;
        rest--;
      }
    }
    stdout.write(bytes.subarray(0, end));
    if (rest > 0) continue;
    // What follows belongs to whoever reads this file next.
    if (end < count) seekBack(fd, count - end);
    return;
  }
}

function seekBack(fd: number, count: number): void {
  try {
    lseek(fd, -count, SEEK_CUR);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

function allButLastBytes(fd: number, count: number): void {
  const { bytes } = alloc(BUFFER);
  const held: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const n = read(fd, bytes);
    if (n === 0) return;
    held.push(bytes.slice(0, n));
    total += n;
    while (held.length > 0 && total - held[0]!.length >= count) {
      total -= held[0]!.length;
      stdout.write(held.shift()!);
    }
    const spare = total - count;
    if (spare > 0) {
      stdout.write(held[0]!.subarray(0, spare));
      held[0] = held[0]!.subarray(spare);
      total = count;
    }
  }
}

function allButLastLines(fd: number, count: number, delimiter: number): void {
  const end = String.fromCharCode(delimiter);
  const reader = new LineReader(fd, { delimiter: end });
  const held: string[] = [];
  let oldest = 0;
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    const text = reader.hadDelimiter ? line + end : line;
    if (held.length < count) held.push(text);
    else {
      stdout.write(held[oldest]!);
      held[oldest] = text;
      oldest = (oldest + 1) % count;
    }
  }
}
