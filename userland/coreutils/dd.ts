/** dd(1): copy in blocks, converting. */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stderr } from '../libc/stdio.ts';
import { fstat, S_ISREG } from '../libc/stat.ts';
import { signal, SIGUSR1 } from '../libc/signal.ts';
import { monotonicSeconds } from '../libc/time.ts';
import { alloc, free } from '../libc/memory.ts';
import { close, dup2, fdatasync, fsync, ftruncate, lseek, open, read, writeAll } from '../libc/unistd.ts';
import * as fcntl from '../../kernel/abi/fcntl.ts';
import { isError, quietly, reason } from './lib/errors.ts';
import { formatReal, parseReal } from './lib/long-double.ts';
import { parseSize, showSize } from './lib/sizes.ts';
import { quote, quoteaf, quotef } from './lib/quote.ts';

const usage = `Usage: dd [OPERAND]...
Copy a file, converting and formatting according to the operands.

  bs=BYTES        read and write up to BYTES bytes at a time (default: 512); overrides ibs and obs
  cbs=BYTES       convert BYTES bytes at a time
  conv=CONVS      block unblock lcase ucase sparse swab sync excl nocreat notrunc noerror fdatasync fsync
  count=N         copy only N input blocks
  ibs=BYTES       read up to BYTES bytes at a time (default: 512)
  if=FILE         read from FILE instead of stdin
  iflag=FLAGS     append direct directory dsync sync fullblock nonblock noatime nocache noctty nofollow count_bytes skip_bytes
  obs=BYTES       write BYTES bytes at a time (default: 512)
  of=FILE         write to FILE instead of stdout
  oflag=FLAGS     as iflag, and seek_bytes
  seek=N          (or oseek=N) skip N obs-sized output blocks
  skip=N          (or iseek=N) skip N ibs-sized input blocks
  status=LEVEL    none noxfer progress
`;

const CONVERSIONS = [
  'block', 'unblock', 'lcase', 'ucase', 'sparse', 'swab', 'sync', 'excl', 'nocreat', 'notrunc', 'noerror', 'fdatasync', 'fsync',
]; // prettier-ignore
const OPEN_FLAGS: Readonly<Record<string, number>> = {
  append: fcntl.O_APPEND, direct: fcntl.O_DIRECT, directory: fcntl.O_DIRECTORY, dsync: fcntl.O_DSYNC, sync: fcntl.O_SYNC,
  nonblock: fcntl.O_NONBLOCK, noatime: fcntl.O_NOATIME, noctty: fcntl.O_NOCTTY, nofollow: fcntl.O_NOFOLLOW, nocache: 0,
  binary: 0, text: 0, fullblock: 0, count_bytes: 0, skip_bytes: 0, seek_bytes: 0,
}; // prettier-ignore

interface Settings {
  ibs: number;
  obs: number;
  cbs: number;
  isCopying: boolean; // bs= was given: each read is one write
  input: string | undefined;
  output: string | undefined;
  count: number;
  skip: number;
  seek: number;
  readonly conversions: Set<string>;
  readonly inputFlags: Set<string>;
  readonly outputFlags: Set<string>;
  status: string;
}

/** Sizes as products: 2x512, 1kB. */
function parseProduct(text: string): number | undefined {
  let total = 1;
  for (const part of text.split('x')) {
    const n = parseSize(
      part.replace(/B$/, match => (/\d$/.test(part.slice(0, -1)) ? '' : match)),
      'bcwkKMGTPEZY',
    );
    if (n === undefined || Number.isNaN(n)) return undefined;
    total *= n;
  }
  return total;
}

function readSettings(argv: string[]): Settings {
  const { operands } = parse(argv, { short: '+', usage });
  const settings: Settings = {
    ibs: 512, obs: 512, cbs: 0, isCopying: false, input: undefined, output: undefined, count: Infinity, skip: 0, seek: 0,
    conversions: new Set(), inputFlags: new Set(), outputFlags: new Set(), status: '',
  }; // prettier-ignore
  let blockSize = 0;
  const words = (text: string, known: readonly string[], what: string): string[] => {
    const list = text.split(',');
    const wrong = list.find(word => !known.includes(word));
    return wrong === undefined ? list : usageError(argv[0]!, `invalid ${what}: ${quote(wrong)}`);
  };
  for (const operand of operands) {
    const equals = operand.indexOf('=');
    const [name, value] = [operand.slice(0, equals), operand.slice(equals + 1)];
    if (equals < 0) return usageError(argv[0]!, `unrecognized operand ${quote(operand)}`);
    const number = (least: number) => {
      const n = parseProduct(value);
      return n === undefined || n < least ? fail(1, `invalid number: ${quote(value)}`) : n;
    };
    // A count that ends in B counts bytes.
    const isBytes = /\dB$/.test(value);
    switch (name) {
      case 'if':
        settings.input = value;
        break;
      case 'of':
        settings.output = value;
        break;
      case 'bs':
        blockSize = number(1);
        break;
      case 'ibs':
        settings.ibs = number(1);
        break;
      case 'obs':
        settings.obs = number(1);
        break;
      case 'cbs':
        settings.cbs = number(1);
        break;
      case 'count':
        settings.count = number(0);
        if (isBytes) settings.inputFlags.add('count_bytes');
        break;
      case 'skip':
      case 'iseek':
        settings.skip = number(0);
        if (isBytes) settings.inputFlags.add('skip_bytes');
        break;
      case 'seek':
      case 'oseek':
        settings.seek = number(0);
        if (isBytes) settings.outputFlags.add('seek_bytes');
        break;
      case 'conv':
        words(value, CONVERSIONS, 'conversion').forEach(word => settings.conversions.add(word));
        break;
      case 'iflag':
        words(value, Object.keys(OPEN_FLAGS), 'input flag').forEach(word => settings.inputFlags.add(word));
        break;
      case 'oflag':
        words(value, Object.keys(OPEN_FLAGS), 'output flag').forEach(word => settings.outputFlags.add(word));
        break;
      case 'status':
        settings.status = words(value, ['none', 'noxfer', 'progress'], 'status level')[0]!;
        break;
      default:
        return usageError(argv[0]!, `unrecognized operand ${quote(operand)}`);
    }
  }
  if (blockSize > 0) settings.ibs = settings.obs = blockSize;
  const { conversions } = settings;
  settings.isCopying = blockSize > 0 && !['block', 'unblock'].some(name => conversions.has(name));
  const both = (a: string, b: string) => {
    if (conversions.has(a) && conversions.has(b)) fail(1, `cannot combine ${a} and ${b}`);
  };
  both('block', 'unblock');
  both('lcase', 'ucase');
  both('excl', 'nocreat');
  return settings;
}

/** Rewrites input: case, swapped bytes, fixed-length records. */
class Converter {
  readonly #table: Uint8Array | undefined;
  readonly #isSwapped: boolean;
  readonly #records: 'block' | 'unblock' | undefined;
  readonly #cbs: number;
  #odd: number | undefined;
  #column = 0;
  #spaces = 0;
  truncated = 0;

  constructor(settings: Settings) {
    const { conversions, cbs } = settings;
    const change = conversions.has('ucase') ? -32 : conversions.has('lcase') ? 32 : 0;
    const first = conversions.has('ucase') ? 97 : 65;
    if (change !== 0)
      this.#table = Uint8Array.from({ length: 256 }, (_, c) =>
        c >= first && c < first + 26 ? c + change : c,
      );
    this.#isSwapped = conversions.has('swab');
    this.#cbs = cbs;
    if (cbs > 0)
      this.#records = conversions.has('block') ? 'block' : conversions.has('unblock') ? 'unblock' : undefined;
  }
  get isNeeded(): boolean {
    return this.#table !== undefined || this.#isSwapped || this.#records !== undefined;
  }
  convert(input: Uint8Array): Uint8Array {
    let bytes = input;
    const table = this.#table;
    if (table) bytes = Uint8Array.from(bytes, c => table[c]!);
    if (this.#isSwapped) bytes = this.#swap(bytes);
    if (this.#records === 'block') return this.#block(bytes);
    return this.#records === 'unblock' ? this.#unblock(bytes) : bytes;
  }
  #swap(bytes: Uint8Array): Uint8Array {
    const whole = this.#odd === undefined ? Array.from(bytes) : [this.#odd, ...bytes];
    this.#odd = whole.length % 2 === 1 ? whole.pop() : undefined;
    for (let i = 0; i < whole.length; i += 2) [whole[i], whole[i + 1]] = [whole[i + 1]!, whole[i]!];
    return Uint8Array.from(whole);
  }
  #block(bytes: Uint8Array): Uint8Array {
    const out: number[] = [];
    for (const c of bytes) {
      if (c === 10) {
        for (; this.#column < this.#cbs; this.#column++) out.push(32);
        this.#column = 0;
      } else {
        if (this.#column < this.#cbs) out.push(c);
        else if (this.#column === this.#cbs) this.truncated++;
        this.#column++;
      }
    }
    return Uint8Array.from(out);
  }
  #unblock(bytes: Uint8Array): Uint8Array {
    const out: number[] = [];
    for (const c of bytes) {
      if (this.#column === this.#cbs) {
        out.push(10);
        this.#column = this.#spaces = 0;
      }
      this.#column++;
      if (c === 32) this.#spaces++;
      else {
        for (; this.#spaces > 0; this.#spaces--) out.push(32);
        out.push(c);
      }
    }
    return Uint8Array.from(out);
  }
  end(): Uint8Array {
    const out: number[] = this.#odd === undefined ? [] : [this.#odd];
    if (this.#records === 'block' && this.#column > 0)
      for (; this.#column < this.#cbs; this.#column++) out.push(32);
    if (this.#records === 'unblock' && this.#column > 0) out.push(10);
    return Uint8Array.from(out);
  }
}

class Copy {
  readonly settings: Settings;
  readonly #converter: Converter;
  readonly #start = monotonicSeconds();
  /** Full and partial blocks. */
  #in = [0, 0];
  #out = [0, 0];
  #bytes = 0;
  #pending: Uint8Array | undefined;
  #pendingUsed = 0;
  /** Zeros that conv=sparse left out at the end. */
  #endsWithHole = false;
  #lastReport = 0;
  status = 0;

  constructor(settings: Settings) {
    this.settings = settings;
    this.#converter = new Converter(settings);
  }

  report(): void {
    const { status } = this.settings;
    if (status === 'none') return;
    if (this.#lastReport > 0) stderr.write('\n');
    this.#lastReport = 0;
    stderr.write(`${this.#in[0]}+${this.#in[1]} records in\n${this.#out[0]}+${this.#out[1]} records out\n`);
    const { truncated } = this.#converter;
    if (truncated > 0) stderr.write(`${truncated} truncated record${truncated === 1 ? '' : 's'}\n`);
    if (status !== 'noxfer') stderr.write(this.#transfer() + '\n');
  }

  #transfer(isProgress = false): string {
    const n = this.#bytes;
    const seconds = monotonicSeconds() - this.#start;
    const show = (bytes: number, human: 1000 | 1024) => {
      const text = showSize(bytes, { human, block: 1, suffix: '' }, 'nearest');
      const [, number, letter] = /^([\d.]+)(.*)$/.exec(text)!;
      return `${number} ${letter}${letter !== '' && human === 1024 ? 'i' : ''}B`;
    };
    const both = n < 1000 ? '' : n < 1024 ? ` (${show(n, 1000)})` : ` (${show(n, 1000)}, ${show(n, 1024)})`;
    const rate = n === 0 ? '0.0 kB/s' : seconds > 0 ? `${show(n / seconds, 1000)}/s` : 'Infinity B/s';
    const time = isProgress
      ? `${Math.floor(seconds)} s`
      : `${formatReal(parseReal(String(seconds)).value, 'g', undefined, false)} s`;
    return `${n} byte${n === 1 ? '' : 's'}${both} copied, ${time}, ${rate}`;
  }

  #progress(): void {
    const now = monotonicSeconds();
    if (this.settings.status !== 'progress' || now - Math.max(this.#start, this.#lastReport) < 1) return;
    this.#lastReport = now;
    stderr.write(`\r${this.#transfer(true)}`);
    stderr.flush();
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#endsWithHole = false;
    if (this.settings.conversions.has('sparse') && bytes.every(c => c === 0)) {
      const moved = quietly(() => lseek(1, bytes.length, fcntl.SEEK_CUR));
      if (moved !== undefined) this.#endsWithHole = true;
    }
    if (!this.#endsWithHole) {
      try {
        writeAll(1, bytes);
      } catch (error) {
        const name = this.settings.output === undefined ? 'standard output' : this.settings.output;
        warn(`error writing ${quoteaf(name)}: ${reason(error)}`);
        this.report();
        throw new Abort();
      }
    }
    this.#bytes += bytes.length;
    this.#out[bytes.length === this.settings.obs ? 0 : 1]!++;
  }

  /** Collects output into blocks of obs. */
  #collect(bytes: Uint8Array): void {
    const { obs } = this.settings;
    this.#pending ??= alloc(obs).bytes;
    for (let at = 0; at < bytes.length;) {
      const n = Math.min(obs - this.#pendingUsed, bytes.length - at);
      this.#pending.set(bytes.subarray(at, at + n), this.#pendingUsed);
      this.#pendingUsed += n;
      at += n;
      if (this.#pendingUsed === obs) {
        this.#write(this.#pending);
        this.#pendingUsed = 0;
      }
    }
  }

  skipInput(): void {
    const { skip, ibs, inputFlags } = this.settings;
    let bytes = inputFlags.has('skip_bytes') ? skip : skip * ibs;
    if (bytes === 0) return;
    const own = fstat(0);
    const at = quietly(() => lseek(0, 0, fcntl.SEEK_CUR));
    if (at !== undefined) {
      if (S_ISREG(own.mode) && at + bytes > own.size) {
        warn(`${quotef(this.settings.input ?? 'standard input')}: cannot skip to specified offset`);
        bytes = Math.max(0, own.size - at);
      }
      lseek(0, bytes, fcntl.SEEK_CUR);
      return;
    }
    const buffer = alloc(Math.min(bytes, 1 << 16));
    while (bytes > 0) {
      const n = read(0, buffer.bytes.subarray(0, Math.min(buffer.length, bytes)));
      if (n === 0) break;
      bytes -= n;
    }
    free(buffer);
  }

  run(): void {
    const { ibs, isCopying, inputFlags, conversions } = this.settings;
    const isByteCount = inputFlags.has('count_bytes');
    const buffer = alloc(ibs);
    let left = isByteCount ? this.settings.count : Infinity;
    for (let blocks = 0; left > 0 && (isByteCount || blocks < this.settings.count); blocks++) {
      this.#progress();
      let n: number;
      try {
        n = this.#readBlock(buffer.bytes.subarray(0, Math.min(ibs, left)));
      } catch (error) {
        if (isError(error, 'EINTR')) {
          blocks--;
          continue;
        }
        warn(`error reading ${quoteaf(this.settings.input ?? 'standard input')}: ${reason(error)}`);
        this.status = 1;
        if (!conversions.has('noerror')) break;
        this.report();
        quietly(() => lseek(0, ibs, fcntl.SEEK_CUR));
        n = 0;
        if (!conversions.has('sync')) continue;
        buffer.bytes.fill(0);
      }
      if (n === 0 && !(conversions.has('noerror') && this.status !== 0)) break;
      left -= n;
      this.#in[n === ibs ? 0 : 1]!++;
      if (n < ibs && conversions.has('sync')) {
        buffer.bytes.fill(conversions.has('block') || conversions.has('unblock') ? 32 : 0, n);
        n = ibs;
      }
      const bytes = buffer.bytes.subarray(0, n);
      const converted = this.#converter.isNeeded ? this.#converter.convert(bytes) : bytes;
      if (isCopying) this.#write(converted);
      else this.#collect(converted);
    }
    const rest = this.#converter.end();
    if (rest.length > 0) {
      if (isCopying) this.#write(rest);
      else this.#collect(rest);
    }
    if (this.#pending && this.#pendingUsed > 0) this.#write(this.#pending.subarray(0, this.#pendingUsed));
    if (this.#endsWithHole) ftruncate(1, lseek(1, 0, fcntl.SEEK_CUR));
    if (conversions.has('fdatasync')) quietly(() => fdatasync(1));
    if (conversions.has('fsync')) quietly(() => fsync(1));
  }

  #readBlock(bytes: Uint8Array): number {
    if (!this.settings.inputFlags.has('fullblock')) return read(0, bytes);
    let done = 0;
    while (done < bytes.length) {
      const n = read(0, bytes.subarray(done));
      if (n === 0) break;
      done += n;
    }
    return done;
  }
}

class Abort {}

function openFlags(names: ReadonlySet<string>): number {
  let flags = 0;
  for (const name of names) flags |= OPEN_FLAGS[name]!;
  return flags;
}

export function main(argv: string[]): number {
  const settings = readSettings(argv);
  const { input, output, conversions } = settings;
  if (input !== undefined) {
    try {
      const fd = open(input, fcntl.O_RDONLY | openFlags(settings.inputFlags));
      dup2(fd, 0);
      close(fd);
    } catch (error) {
      return fail(1, `failed to open ${quoteaf(input)}: ${reason(error)}`);
    }
  }
  const seekBytes = settings.outputFlags.has('seek_bytes') ? settings.seek : settings.seek * settings.obs;
  if (output !== undefined) {
    let flags = fcntl.O_WRONLY | openFlags(settings.outputFlags);
    if (!conversions.has('nocreat')) flags |= fcntl.O_CREAT;
    if (conversions.has('excl')) flags |= fcntl.O_EXCL;
    if (seekBytes === 0 && !conversions.has('notrunc')) flags |= fcntl.O_TRUNC;
    try {
      const fd = open(output, flags, 0o666);
      dup2(fd, 1);
      close(fd);
    } catch (error) {
      return fail(1, `failed to open ${quoteaf(output)}: ${reason(error)}`);
    }
    if (seekBytes > 0 && !conversions.has('notrunc')) {
      try {
        ftruncate(1, seekBytes);
      } catch (error) {
        if (S_ISREG(fstat(1).mode)) {
          return fail(
            1,
            `failed to truncate to ${seekBytes} bytes in output file ${quoteaf(output)}: ${reason(error)}`,
          );
        }
      }
    }
  }
  const copy = new Copy(settings);
  signal(SIGUSR1, () => copy.report(), { restart: true });
  try {
    if (seekBytes > 0) {
      try {
        lseek(1, seekBytes, fcntl.SEEK_CUR);
      } catch (error) {
        warn(`${quotef(output ?? 'standard output')}: cannot seek: ${reason(error)}`);
        copy.report();
        return 1;
      }
    }
    copy.skipInput();
    copy.run();
  } catch (error) {
    if (error instanceof Abort) return 1;
    throw error;
  }
  copy.report();
  return copy.status;
}
