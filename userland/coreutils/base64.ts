/** base64(1) and base32(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { fail } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { close, open } from '../libc/unistd.ts';
import type { Main } from '../libc/start.ts';
import { reason } from './lib/errors.ts';
import { chunks } from './lib/io.ts';
import { quote, quotef } from './lib/quote.ts';

interface Encoding {
  readonly name: string;
  readonly alphabet: string;
  readonly bits: 5 | 6;
  /** Bytes and characters of one group. */
  readonly group: number;
  readonly characters: number;
}

const BASE64: Encoding = {
  name: 'base64',
  alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  bits: 6,
  group: 3,
  characters: 4,
};
const BASE32: Encoding = {
  name: 'base32',
  alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  bits: 5,
  group: 5,
  characters: 8,
};

/** Encodes whole groups, as character codes; the last group may be short and is padded. */
export function encode(
  bytes: Uint8Array,
  { alphabet, bits, characters, group }: Encoding,
): Uint8Array<ArrayBuffer> {
  const codes = Uint8Array.from(alphabet, c => c.charCodeAt(0));
  const out = new Uint8Array(Math.ceil(bytes.length / group) * characters).fill(61);
  const mask = (1 << bits) - 1;
  let n = 0;
  let word = 0;
  let held = 0;
  for (let i = 0; i < bytes.length; i++) {
    word = ((word << 8) | bytes[i]!) & 0xffff;
    held += 8;
    while (held >= bits) {
      held -= bits;
      out[n++] = codes[(word >> held) & mask]!;
    }
  }
  if (held > 0) out[n] = codes[(word << (bits - held)) & mask]!;
  return out;
}

function encodeStream(fd: number, encoding: Encoding, wrap: number): void {
  let rest = new Uint8Array(0);
  let column = 0;
  const put = (text: Uint8Array) => {
    if (wrap === 0) return stdout.write(text);
    for (let at = 0; at < text.length;) {
      const n = Math.min(wrap - column, text.length - at);
      stdout.write(text.subarray(at, at + n));
      at += n;
      column += n;
      if (column === wrap) {
        stdout.write('\n');
        column = 0;
      }
    }
  };
  for (const chunk of chunks(fd)) {
    const all = new Uint8Array(rest.length + chunk.length);
    all.set(rest);
    all.set(chunk, rest.length);
    const whole = all.length - (all.length % encoding.group);
    put(encode(all.subarray(0, whole), encoding));
    rest = all.slice(whole);
  }
  put(encode(rest, encoding));
  if (wrap > 0 && column > 0) stdout.write('\n');
}

/** Answers false when the input is not in the alphabet or ends in the middle. */
function decodeStream(fd: number, encoding: Encoding, ignoresGarbage: boolean): boolean {
  const values = new Map([...encoding.alphabet].map((c, i) => [c.charCodeAt(0), i]));
  let word = 0;
  let held = 0;
  let position = 0; // characters in the current group
  let padding = 0;
  for (const chunk of chunks(fd)) {
    const out = new Uint8Array(chunk.length);
    let n = 0;
    for (let i = 0; i < chunk.length; i++) {
      const c = chunk[i]!;
      if (c === 10) continue;
      const value = values.get(c);
      if (value === undefined || padding > 0) {
        if (c === 61 && position > 1) {
          padding++;
          if (++position === encoding.characters) position = padding = word = held = 0;
          continue;
        }
        if (ignoresGarbage && value === undefined) continue;
        stdout.write(out.subarray(0, n));
        return false;
      }
      word = ((word << encoding.bits) | value) & 0xffff;
      held += encoding.bits;
      if (++position === encoding.characters) position = 0;
      if (held >= 8) {
        held -= 8;
        out[n++] = (word >> held) & 255;
      }
      if (position === 0) held = 0;
    }
    stdout.write(out.subarray(0, n));
  }
  return position === 0;
}

function program(encoding: Encoding): Main {
  return argv => {
    const found = parse(argv, {
      short: 'diw:',
      long: { decode: 'd', 'ignore-garbage': 'i', wrap: 'w' },
      usage: `Usage: ${encoding.name} [OPTION]... [FILE]
Encode or decode FILE, or standard input, to standard output.

  -d, --decode          decode data
  -i, --ignore-garbage  when decoding, ignore non-alphabet characters
  -w, --wrap=COLS       wrap encoded lines after COLS character (default 76). Use 0 to disable line wrapping
`,
    });
    const wrapText = found.value('w') ?? '76';
    if (!/^\d+$/.test(wrapText)) return fail(1, `invalid wrap size: ${quote(wrapText)}`);
    const [name = '-', extra] = found.operands;
    if (extra !== undefined) return usageError(argv[0]!, `extra operand ${quote(extra)}`);
    let fd = 0;
    try {
      if (name !== '-') fd = open(name, 0);
      if (!found.has('d')) encodeStream(fd, encoding, Number(wrapText));
      else if (!decodeStream(fd, encoding, found.has('i'))) return fail(1, 'invalid input');
      if (fd > 0) close(fd);
    } catch (error) {
      return fail(1, fd === 0 ? `${quotef(name)}: ${reason(error)}` : `read error: ${reason(error)}`);
    }
    return 0;
  };
}

export const base64 = program(BASE64);
export const base32 = program(BASE32);
