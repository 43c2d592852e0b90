/** od(1): dump files in octal and other formats. */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { close, lseek, open, read } from '../libc/unistd.ts';
import { fstat, S_ISREG } from '../libc/stat.ts';
import { viewOf } from '../../kernel/abi/layout.ts';
import { reason } from './lib/errors.ts';
import { ioBuffer } from './lib/io.ts';
import { shortestFloat } from './lib/shortest-float.ts';
import { parseSize } from './lib/sizes.ts';
import { quote, quotef } from './lib/quote.ts';

const usage = `Usage: od [OPTION]... [FILE]...
Write an unambiguous representation, octal bytes by default, of FILE to standard output.

  -A, --address-radix=RADIX   output format for file offsets; RADIX is one of [doxn]
      --endian={big|little}   swap input bytes according the specified order
  -j, --skip-bytes=BYTES      skip BYTES input bytes first
  -N, --read-bytes=BYTES      limit dump to BYTES input bytes
  -S BYTES, --strings[=BYTES]  output strings of at least BYTES (3) graphic chars
  -t, --format=TYPE           select output format or formats: a c d[SIZE] f[SIZE] o[SIZE] u[SIZE] x[SIZE], z for text
  -v, --output-duplicates     do not use * to mark line suppression
  -w[BYTES], --width[=BYTES]  output BYTES bytes per output line; 32 is implied when BYTES is not specified

  -a -b -c -d -f -i -l -o -s -x   same as -t a, o1, c, u2, fF, dI, dL, o2, d2, x2
`;

interface Format {
  readonly kind: string;
  readonly size: number;
  /** Characters of one value without blanks. */
  readonly width: number;
  readonly hasText: boolean;
}

const SHORT: Readonly<Record<string, string>> = {
  a: 'a',
  b: 'o1',
  c: 'c',
  d: 'u2',
  f: 'fF',
  i: 'dI',
  l: 'dL',
  o: 'o2',
  s: 'd2',
  x: 'x2',
};
const NAMES = [
  'nul', 'soh', 'stx', 'etx', 'eot', 'enq', 'ack', 'bel', 'bs', 'ht', 'nl', 'vt', 'ff', 'cr', 'so', 'si', 'dle', 'dc1',
  'dc2', 'dc3', 'dc4', 'nak', 'syn', 'etb', 'can', 'em', 'sub', 'esc', 'fs', 'gs', 'rs', 'us', 'sp',
]; // prettier-ignore
const ESCAPES: Readonly<Record<number, string>> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
};
const WIDTHS: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  o: { 1: 3, 2: 6, 4: 11, 8: 22 },
  x: { 1: 2, 2: 4, 4: 8, 8: 16 },
  u: { 1: 3, 2: 5, 4: 10, 8: 20 },
  d: { 1: 4, 2: 6, 4: 11, 8: 20 },
  f: { 4: 15, 8: 24 },
};

/** Reads -t: several formats can follow each other. */
function parseFormats(text: string): Format[] {
  const formats: Format[] = [];
  let rest = text;
  while (rest !== '') {
    const found = /^(?:([ac])|([doux])(\d+|[CSIL])?|(f)(\d+|[FDL])?)(z?)/.exec(rest);
    if (!found) return fail(1, `invalid character '${rest[0]}' in type string ${quote(text)}`);
    const [whole, named, integer, integerSize, float, floatSize, z] = found;
    const sizes: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8, F: 4, D: 8 };
    const kind = (named ?? integer ?? float)!;
    const sizeText = integerSize ?? floatSize;
    let size = named ? 1 : integer ? 4 : 8;
    if (sizeText !== undefined) size = float && sizeText === 'L' ? 16 : (sizes[sizeText] ?? Number(sizeText));
    const width = named ? 3 : WIDTHS[kind]![size];
    if (width === undefined) {
      const what = float ? 'floating point' : 'integral';
      return fail(
        1,
        `invalid type string ${quote(text)};\nthis system doesn't provide a ${size}-byte ${what} type`,
      );
    }
    formats.push({ kind, size, width, hasText: z === 'z' });
    rest = rest.slice(whole.length);
  }
  return formats;
}

function showCharacter(kind: string, c: number): string {
  if (kind === 'a') {
    const seven = c & 127;
    return seven === 127 ? 'del' : (NAMES[seven] ?? String.fromCharCode(seven));
  }
  return ESCAPES[c] ?? (c >= 32 && c < 127 ? String.fromCharCode(c) : c.toString(8).padStart(3, '0'));
}

function showValue(format: Format, view: DataView, at: number, isLittle: boolean): string {
  const { kind, size } = format;
  if (kind === 'a' || kind === 'c') return showCharacter(kind, view.getUint8(at));
  if (kind === 'f') {
    return size === 4
      ? shortestFloat(view.getFloat32(at, isLittle), 4)
      : shortestFloat(view.getFloat64(at, isLittle), 8);
  }
  if (kind === 'd') {
    const value =
      size === 8
        ? view.getBigInt64(at, isLittle)
        : size === 4
          ? view.getInt32(at, isLittle)
          : size === 2
            ? view.getInt16(at, isLittle)
            : view.getInt8(at);
    return value.toString();
  }
  const value =
    size === 8
      ? view.getBigUint64(at, isLittle)
      : size === 4
        ? view.getUint32(at, isLittle)
        : size === 2
          ? view.getUint16(at, isLittle)
          : view.getUint8(at);
  const radix = kind === 'o' ? 8 : kind === 'x' ? 16 : 10;
  const text = value.toString(radix);
  return kind === 'u' ? text : text.padStart(format.width, '0');
}

/** One input after the other, as one stream. */
class Input {
  readonly #names: string[];
  #fd = -1;
  status = 0;
  /** False: none of the files could be opened. */
  wasOpened = false;
  constructor(names: readonly string[]) {
    this.#names = names.length > 0 ? names.slice() : ['-'];
  }
  #next(): boolean {
    while (this.#names.length > 0) {
      const name = this.#names.shift()!;
      try {
        this.#fd = name === '-' ? 0 : open(name, 0);
        this.wasOpened = true;
        return true;
      } catch (error) {
        warn(`${quotef(name)}: ${reason(error)}`);
        this.status = 1;
      }
    }
    return false;
  }
  #end(): void {
    if (this.#fd > 0) close(this.#fd);
    this.#fd = -1;
  }
  /** Fills `bytes` as far as there is input. */
  read(bytes: Uint8Array): number {
    let done = 0;
    while (done < bytes.length) {
      if (this.#fd < 0 && !this.#next()) break;
      try {
        const n = read(this.#fd, bytes.subarray(done));
        done += n;
        if (n === 0) this.#end();
      } catch (error) {
        warn(`read error: ${reason(error)}`);
        this.status = 1;
        this.#end();
      }
    }
    return done;
  }
  skip(count: number): void {
    let left = count;
    while (left > 0) {
      if (this.#fd < 0 && !this.#next()) fail(1, 'cannot skip past end of combined input');
      const own = fstat(this.#fd);
      if (S_ISREG(own.mode) && own.size > 0) {
        if (left < own.size) {
          lseek(this.#fd, left, 1);
          return;
        }
        left -= own.size;
        this.#end();
        continue;
      }
      const n = read(this.#fd, ioBuffer().bytes.subarray(0, Math.min(left, ioBuffer().length)));
      if (n === 0) this.#end();
      left -= n;
    }
  }
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'A:aBbcDdeFfHhIij:LlN:OoS:st:vw::Xx',
    long: {
      'address-radix': 'A', endian: 'endian:', 'skip-bytes': 'j', 'read-bytes': 'N', strings: 'strings::', format: 't',
      'output-duplicates': 'v', width: 'w', traditional: 'traditional',
    }, // prettier-ignore
    usage,
  });
  const formats: Format[] = [];
  for (const { key, value } of found.options) {
    if (SHORT[key] !== undefined) formats.push(...parseFormats(SHORT[key]));
    if (key === 't') formats.push(...parseFormats(value!));
  }
  if (formats.length === 0) formats.push(...parseFormats('oS'));
  const radixLetter = found.value('A') ?? 'o';
  if (!/^[doxn]/.test(radixLetter)) {
    return fail(1, `invalid output address radix '${radixLetter[0]}'; it must be one character from [doxn]`);
  }
  const size = (key: string): number => {
    const text = found.value(key)!;
    const n =
      /^0x[0-9a-f]+$/i.test(text) || /^0[0-7]*$/.test(text)
        ? Number(text.replace(/^0(?=[0-7])/, '0o'))
        : parseSize(text);
    return n === undefined || Number.isNaN(n) ? fail(1, `invalid -${key} argument ${quote(text)}`) : n;
  };
  const input = new Input(found.operands);
  const skip = found.has('j') ? size('j') : 0;
  if (skip > 0) input.skip(skip);
  const limit = found.has('N') ? size('N') : Infinity;
  const address = (at: number): string => {
    if (radixLetter[0] === 'n') return '';
    const [radix, width] = radixLetter[0] === 'd' ? [10, 7] : radixLetter[0] === 'x' ? [16, 6] : [8, 7];
    return at.toString(radix).padStart(width, '0');
  };
  if (found.has('S', 'strings')) {
    const text = found.value('S', 'strings');
    return dumpStrings(input, address, skip, limit, text === undefined ? 3 : Number(text));
  }
  const unit = Math.max(...formats.map(format => format.size));
  let width = 16;
  if (found.has('w')) {
    width = found.value('w') === undefined ? 32 : Number(found.value('w'));
    if (!(width > 0) || width % unit !== 0) {
      warn(`warning: invalid width ${width}; using ${unit} instead`);
      width = unit;
    }
  } else if (16 % unit !== 0) width = unit;
  const isLittle = found.value('endian') !== 'big';
  if (found.operands.length > 0 && found.has('traditional'))
    return usageError(argv[0]!, 'no traditional form');
  dump(input, formats, { address, width, skip, limit, isLittle, showsAll: found.has('v') });
  return input.status;
}

interface Layout {
  readonly address: (at: number) => string;
  readonly width: number;
  readonly skip: number;
  readonly limit: number;
  readonly isLittle: boolean;
  readonly showsAll: boolean;
}

function dump(input: Input, formats: readonly Format[], layout: Layout): void {
  const { width, address, isLittle } = layout;
  // Values of all formats line up: each byte gets as many columns as the widest format needs.
  const lineWidth = Math.max(...formats.map(format => (format.width + 1) * (width / format.size)));
  const bytes = ioBuffer().bytes.subarray(0, Math.floor(65536 / width) * width);
  let at = layout.skip;
  let previous: Uint8Array | undefined;
  let isRepeating = false;
  let left = layout.limit;
  for (;;) {
    const n = left === 0 ? 0 : input.read(bytes.subarray(0, Math.min(bytes.length, left)));
    left -= n;
    for (let start = 0; start < n; start += width) {
      const count = Math.min(width, n - start);
      const line = bytes.slice(start, start + count);
      const isSame = previous !== undefined && count === width && line.every((c, i) => c === previous![i]);
      if (isSame && !layout.showsAll) {
        if (!isRepeating) stdout.write('*\n');
        isRepeating = true;
      } else {
        isRepeating = false;
        const padded = new Uint8Array(width);
        padded.set(line);
        formats.forEach((format, i) => {
          const prefix = i === 0 ? address(at) : ' '.repeat(address(at).length);
          stdout.write(prefix + showLine(format, padded, count, width, lineWidth, isLittle) + '\n');
        });
      }
      previous = line;
      at += count;
    }
    if (n < bytes.length) break;
  }
  if (address(at) !== '' && input.wasOpened) stdout.write(address(at) + '\n');
}

function showLine(
  format: Format,
  line: Uint8Array,
  count: number,
  width: number,
  lineWidth: number,
  isLittle: boolean,
): string {
  const fields = width / format.size;
  const shown = Math.ceil(count / format.size);
  const view = viewOf(line);
  const spare = lineWidth - (format.width + 1) * fields;
  let out = '';
  // Blanks are spread as od does: what is left over goes in front of the fields, evenly from the right.
  let remaining = spare;
  for (let field = 0; field < fields; field++) {
    const next = Math.floor((spare * (fields - 1 - field)) / fields);
    if (field < shown) {
      out += showValue(format, view, field * format.size, isLittle).padStart(
        remaining - next + format.width + 1,
      );
    } else if (format.hasText) out += ' '.repeat(remaining - next + format.width + 1);
    remaining = next;
  }
  if (format.hasText) {
    const text = Array.from(line.subarray(0, count), c =>
      c >= 32 && c < 127 ? String.fromCharCode(c) : '.',
    ).join('');
    out += `  >${text}<`;
  }
  return out;
}

function dumpStrings(
  input: Input,
  address: (at: number) => string,
  skip: number,
  limit: number,
  least: number,
): number {
  const byte = ioBuffer().bytes;
  let text = '';
  let start = skip;
  let at = skip;
  let left = limit;
  for (;;) {
    const n = left <= 0 ? 0 : input.read(byte.subarray(0, Math.min(byte.length, left)));
    if (n === 0) return input.status;
    left -= n;
    for (const c of byte.subarray(0, n)) {
      if (c >= 32 && c < 127) {
        if (text === '') start = at;
        text += String.fromCharCode(c);
      } else {
        if (c === 0 && text.length >= least)
          stdout.write(`${address(start)}${address(start) === '' ? '' : ' '}${text}\n`);
        text = '';
      }
      at++;
    }
  }
}
