/** split(1): a file in pieces. */
import { parse, usageError } from '../libc/getopt.ts';
import { env, fail } from '../libc/stdlib.ts';
import { stdout, Writer } from '../libc/stdio.ts';
import { close, open, pipe2, read } from '../libc/unistd.ts';
import { spawn, waitpid } from '../libc/process.ts';
import { fstat, S_ISREG } from '../libc/stat.ts';
import { O_CLOEXEC, O_CREAT, O_TRUNC, O_WRONLY } from '../../kernel/abi/fcntl.ts';
import { reason } from './lib/errors.ts';
import { chunks, ioBuffer } from './lib/io.ts';
import { parseSize } from './lib/sizes.ts';
import { quote, quoteaf, quotef } from './lib/quote.ts';

const usage = `Usage: split [OPTION]... [FILE [PREFIX]]
Output pieces of FILE to PREFIXaa, PREFIXab, ...; default size is 1000 lines, and default PREFIX is 'x'.

  -a, --suffix-length=N   generate suffixes of length N (default 2)
      --additional-suffix=SUFFIX  append an additional SUFFIX to file names
  -b, --bytes=SIZE        put SIZE bytes per output file
  -C, --line-bytes=SIZE   put at most SIZE bytes of records per output file
  -d                      use numeric suffixes starting at 0, not alphabetic
      --numeric-suffixes[=FROM]  same as -d, but allow setting the start value
  -x, --hex-suffixes[=FROM]  hexadecimal suffixes
  -e, --elide-empty-files  do not generate empty output files with '-n'
      --filter=COMMAND    write to shell COMMAND; file name is $FILE
  -l, --lines=NUMBER      put NUMBER lines/records per output file
  -n, --number=CHUNKS     generate CHUNKS output files: N, K/N, l/N, l/K/N, r/N, r/K/N
  -t, --separator=SEP     use SEP instead of newline as the record separator
      --verbose           print a diagnostic just before each output file is opened
`;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const HEX = '0123456789abcdef';

/** Names of output files: xaa, xab …; alphabetic ones grow when they run out: xyz → xzaaa. */
class Names {
  readonly #prefix: string;
  readonly #end: string;
  readonly #digits: string;
  readonly #isFixed: boolean;
  #length: number;
  #fixedPart = '';
  #next: number;

  constructor(prefix: string, end: string, digits: string, length: number | undefined, start: number) {
    this.#prefix = prefix;
    this.#end = end;
    this.#digits = digits;
    this.#isFixed = length !== undefined || start > 0;
    this.#length = length ?? 2;
    this.#next = start;
  }
  next(): string {
    const base = this.#digits.length;
    const limit = base ** this.#length;
    // The last first letter is kept for longer names.
    const usable = this.#isFixed ? limit : limit - limit / base;
    if (this.#next >= usable) {
      if (this.#isFixed) return fail(1, 'output file suffixes exhausted');
      this.#fixedPart += this.#digits.at(-1)!;
      this.#length++;
      this.#next = 0;
    }
    let suffix = '';
    for (let n = this.#next, i = 0; i < this.#length; i++, n = Math.floor(n / base))
      suffix = this.#digits[n % base]! + suffix;
    this.#next++;
    return this.#prefix + this.#fixedPart + suffix + this.#end;
  }
}

class Output {
  readonly #names: Names;
  readonly #filter: string | undefined;
  readonly #isVerbose: boolean;
  #writer: Writer | undefined;
  #pid = 0;

  constructor(names: Names, filter: string | undefined, isVerbose: boolean) {
    this.#names = names;
    this.#filter = filter;
    this.#isVerbose = isVerbose;
  }
  open(): void {
    this.close();
    const name = this.#names.next();
    if (this.#filter !== undefined) {
      if (this.#isVerbose) stdout.write(`executing with FILE=${quotef(name)}\n`);
      const [output, input] = pipe2(O_CLOEXEC);
      env.set('FILE', name);
      this.#pid = spawn(env.get('SHELL') ?? '/bin/sh', ['sh', '-c', this.#filter], { fds: [[0, output]] });
      close(output);
      this.#writer = new Writer(input);
      return;
    }
    if (this.#isVerbose) stdout.write(`creating file ${quoteaf(name)}\n`);
    try {
      this.#writer = new Writer(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0o666));
    } catch (error) {
      fail(1, `${quotef(name)}: ${reason(error)}`);
    }
  }
  get isOpen(): boolean {
    return this.#writer !== undefined;
  }
  write(bytes: Uint8Array): void {
    this.#writer!.write(bytes);
  }
  close(): void {
    if (!this.#writer) return;
    this.#writer.flush();
    close(this.#writer.fd);
    this.#writer = undefined;
    if (this.#pid > 0) waitpid(this.#pid, 0);
    this.#pid = 0;
  }
}

function byBytes(output: Output, size: number): void {
  let left = 0;
  for (const chunk of chunks(0)) {
    for (let at = 0; at < chunk.length;) {
      if (left === 0) {
        output.open();
        left = size;
      }
      const n = Math.min(left, chunk.length - at);
      output.write(chunk.subarray(at, at + n));
      at += n;
      left -= n;
    }
  }
}

function byLines(output: Output, count: number, separator: number): void {
  let left = 0;
  for (const chunk of chunks(0)) {
    for (let at = 0; at < chunk.length;) {
      if (left === 0) {
        output.open();
        left = count;
      }
      let end = at;
      while (left > 0 && end < chunk.length) {
        const found = chunk.indexOf(separator, end);
        if (found < 0) {
          end = chunk.length;
          break;
        }
        end = found + 1;
        left--;
      }
      output.write(chunk.subarray(at, end));
      at = end;
    }
  }
}

/** -C: whole lines as long as they fit; a longer line is cut. */
function byLineBytes(output: Output, size: number, separator: number): void {
  let used = size;
  let held: number[] = [];
  const put = (bytes: Uint8Array) => {
    if (used + bytes.length > size && used > 0) {
      output.open();
      used = 0;
    }
    output.write(bytes);
    used += bytes.length;
  };
  for (const chunk of chunks(0)) {
    for (const byte of chunk) {
      held.push(byte);
      if (byte === separator || held.length === size) {
        put(Uint8Array.from(held));
        if (byte !== separator) used = size;
        held = [];
      }
    }
  }
  if (held.length > 0) put(Uint8Array.from(held));
}

interface Chunks {
  readonly kind: 'bytes' | 'lines' | 'round-robin';
  readonly only: number | undefined;
  readonly count: number;
}

function parseChunks(text: string): Chunks | undefined {
  const found = /^([lr]\/)?(?:(\d+)\/)?(\d+)$/.exec(text);
  if (!found) return undefined;
  const kind = found[1] === 'l/' ? 'lines' : found[1] === 'r/' ? 'round-robin' : 'bytes';
  return { kind, only: found[2] === undefined ? undefined : Number(found[2]), count: Number(found[3]) };
}

function readWhole(): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const { bytes } = ioBuffer();
  for (let n = read(0, bytes); n > 0; n = read(0, bytes)) {
    pieces.push(bytes.slice(0, n));
    length += n;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** -n: the size must be known, so input is read as a whole (round robin of lines too, for simplicity of -n r/K/N). */
function byChunks(
  output: Output,
  { kind, only, count }: Chunks,
  separator: number,
  elidesEmpty: boolean,
): void {
  const all = readWhole();
  const pieces: Uint8Array[][] = Array.from({ length: count }, () => []);
  if (kind === 'round-robin') {
    for (let at = 0, i = 0; at < all.length; i++) {
      const found = all.indexOf(separator, at);
      const end = found < 0 ? all.length : found + 1;
      pieces[i % count]!.push(all.subarray(at, end));
      at = end;
    }
  } else {
    const base = Math.max(1, Math.floor(all.length / count));
    let start = 0;
    for (let i = 0; i < count; i++) {
      const boundary = i === count - 1 ? all.length : Math.min(all.length, base * (i + 1));
      let end = Math.max(boundary, start);
      if (kind === 'lines' && end > start && end < all.length && all[end - 1] !== separator) {
        const found = all.indexOf(separator, end - 1);
        end = found < 0 ? all.length : found + 1;
      }
      pieces[i]!.push(all.subarray(start, end));
      start = end;
    }
  }
  pieces.forEach((parts, i) => {
    if (only !== undefined) {
      if (i === only - 1) for (const part of parts) stdout.write(part);
      return;
    }
    if (elidesEmpty && parts.every(part => part.length === 0)) return;
    output.open();
    for (const part of parts) output.write(part);
  });
}

export function main(argv: string[]): number {
  // The old form: split -100.
  const words = argv.map((word, i) => (i > 0 && /^-\d+$/.test(word) ? `-l${word.slice(1)}` : word));
  const found = parse(words, {
    short: 'a:b:C:del:n:t:ux',
    long: {
      'suffix-length': 'a', 'additional-suffix': 'additional:', bytes: 'b', 'line-bytes': 'C', 'elide-empty-files': 'e',
      filter: 'filter:', lines: 'l', number: 'n', 'numeric-suffixes': 'numeric::', 'hex-suffixes': 'hex::', separator: 't',
      unbuffered: 'u', verbose: 'verbose',
    }, // prettier-ignore
    usage,
  });
  const ways = found.options.filter(({ key }) => ['b', 'C', 'l', 'n'].includes(key));
  if (ways.length > 1) return usageError(argv[0]!, 'cannot split in more than one way');
  const way = ways[0] ?? { key: 'l', value: '1000' };
  const [file = '-', prefix = 'x', extra] = found.operands;
  if (extra !== undefined) return usageError(argv[0]!, `extra operand ${quote(extra)}`);
  const digits = found.has('x', 'hex') ? HEX : found.has('d', 'numeric') ? '0123456789' : LETTERS;
  const startText = found.value('numeric', 'hex');
  const start = startText === undefined ? 0 : parseInt(startText, digits === HEX ? 16 : 10);
  if (Number.isNaN(start)) return usageError(argv[0]!, `invalid start value: ${quote(startText!)}`);
  const lengthText = found.value('a');
  if (lengthText !== undefined && !/^\d+$/.test(lengthText))
    return fail(1, `invalid suffix length: ${quote(lengthText)}`);
  const separatorText = found.value('t');
  const separator =
    separatorText === undefined ? 10 : separatorText === '\\0' ? 0 : separatorText.charCodeAt(0);
  if (separatorText !== undefined && separatorText !== '\\0' && separatorText.length !== 1) {
    return fail(
      1,
      separatorText === '' ? 'empty record separator' : `multi-character separator ${quote(separatorText)}`,
    );
  }
  const additional = found.value('additional') ?? '';
  if (additional.includes('/'))
    return usageError(argv[0]!, `invalid suffix ${quote(additional)}, contains directory separator`);
  const number = (what: string): number => {
    const n = parseSize(way.value ?? '', 'bKkmMGTPEZY');
    return n === undefined || Number.isNaN(n) || n <= 0
      ? fail(1, `invalid number of ${what}: ${quote(way.value ?? '')}`)
      : n;
  };
  const size = way.key === 'n' ? 0 : number(way.key === 'l' ? 'lines' : 'bytes');
  const plan = way.key === 'n' ? parseChunks(way.value!) : undefined;
  if (way.key === 'n') {
    if (!plan || plan.count === 0) return fail(1, `invalid number of chunks: ${quote(way.value!)}`);
    if (plan.only !== undefined && (plan.only < 1 || plan.only > plan.count)) {
      return fail(1, `invalid chunk number: ${quote(String(plan.only))}`);
    }
  }
  try {
    if (file !== '-') {
      close(0);
      open(file, 0);
    }
  } catch (error) {
    return fail(1, `cannot open ${quoteaf(file)} for reading: ${reason(error)}`);
  }
  if (
    plan &&
    plan.kind !== 'round-robin' &&
    !S_ISREG(fstat(0).mode) &&
    plan.only === undefined &&
    file !== '-'
  ) {
    return fail(1, `${quotef(file)}: cannot determine file size`);
  }
  let length = lengthText === undefined || lengthText === '0' ? undefined : Number(lengthText);
  if (plan) length ??= Math.max(2, Math.ceil(Math.log(start + plan.count) / Math.log(digits.length) - 1e-9));
  const output = new Output(
    new Names(prefix, additional, digits, length, start),
    found.value('filter'),
    found.has('verbose'),
  );
  if (plan) byChunks(output, plan, separator, found.has('e'));
  else if (way.key === 'b') byBytes(output, size);
  else if (way.key === 'C') byLineBytes(output, size, separator);
  else byLines(output, size, separator);
  output.close();
  return 0;
}
