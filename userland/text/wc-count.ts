/** Counts lines, words, characters, bytes and the longest line of a stream of chunks. */
import { codeAt, encodeCode } from '../libc/regex/utf8.ts';
import { displayWidth } from './lib/width.ts';

export interface Counts {
  lines: number;
  words: number;
  chars: number;
  bytes: number;
  longest: number;
}

/** What a byte is to a word. */
const SPACE = 0;
const VISIBLE = 1;
/** Neither ends nor begins one. */
const NEUTRAL = 2;

function classes(isUtf8: boolean): Uint8Array {
  const table = new Uint8Array(256).fill(NEUTRAL);
  table.fill(VISIBLE, 0x21, 0x7f);
  for (const byte of [9, 10, 11, 12, 13, 32]) table[byte] = SPACE;
  if (isUtf8) table.fill(VISIBLE, 0xc2, 0xf5);
  return table;
}

/** Lead bytes of white space beyond ASCII. */
const RARE_LEADS = new Set([0xc2, 0xe1, 0xe2, 0xe3]);

export class Counter {
  private readonly fields: ReadonlySet<keyof Counts>;
  private readonly isUtf8: boolean;
  private readonly table: Uint8Array;
  private readonly counts: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 };
  private isInWord = false;
  private column = 0;
  private pending: Uint8Array | undefined;

  constructor(fields: readonly (keyof Counts)[], isUtf8: boolean) {
    this.fields = new Set(fields);
    this.isUtf8 = isUtf8;
    this.table = classes(isUtf8);
  }

  add(chunk: Uint8Array): void {
    const { counts, fields } = this;
    counts.bytes += chunk.length;
    if (fields.has('longest')) this.addWidths(chunk);
    if (fields.has('words')) this.addWords(chunk);
    else if (fields.has('lines')) {
      let lines = 0;
      for (let i = 0; i < chunk.length; i++) if (chunk[i] === 10) lines++;
      counts.lines += lines;
    }
    if (!fields.has('chars')) return;
    if (!this.isUtf8) counts.chars += chunk.length;
    else {
      let chars = 0;
      // Continuation bytes are no characters. Linux: a stray one counts neither there nor here.
      for (let i = 0; i < chunk.length; i++) if ((chunk[i]! & 0xc0) !== 0x80 && chunk[i]! < 0xf8) chars++;
      counts.chars += chars;
    }
  }

  finish(): Counts {
    if (this.pending) {
      const rest = this.pending;
      this.pending = undefined;
      this.measure(String.fromCharCode(...rest));
    }
    if (this.isInWord) this.counts.words++;
    this.isInWord = false;
    this.counts.longest = Math.max(this.counts.longest, this.column);
    return this.counts;
  }

  private addWords(chunk: Uint8Array): void {
    const { table, isUtf8 } = this;
    let { isInWord } = this;
    let words = 0;
    let lines = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      const kind = table[byte]!;
      if (kind === VISIBLE) {
        if (byte >= 0xc2 && isUtf8 && RARE_LEADS.has(byte) && isSpaceAt(chunk, i)) {
          if (isInWord) words++;
          isInWord = false;
        } else isInWord = true;
      } else if (kind === SPACE) {
        if (isInWord) {
          words++;
          isInWord = false;
        }
        if (byte === 10) lines++;
      }
    }
    this.isInWord = isInWord;
    this.counts.words += words;
    this.counts.lines += lines;
  }

  private addWidths(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.pending) {
      bytes = new Uint8Array(this.pending.length + chunk.length);
      bytes.set(this.pending);
      bytes.set(chunk, this.pending.length);
      this.pending = undefined;
    }
    // A character may go on in the next chunk.
    let end = bytes.length;
    for (let back = 1; this.isUtf8 && back <= 3 && back <= bytes.length; back++) {
      const byte = bytes[bytes.length - back]!;
      if ((byte & 0xc0) === 0x80) continue;
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
      if (length > back) end = bytes.length - back;
      break;
    }
    if (end < bytes.length) this.pending = bytes.slice(end);
    for (let at = 0; at < end; at += 8192)
      this.measure(String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 8192))));
  }

  private measure(text: string): void {
    const { counts } = this;
    for (let i = 0; i < text.length;) {
      const code = this.isUtf8 ? codeAt(text, i) : text.charCodeAt(i);
      i += code < 0x80 || !this.isUtf8 ? 1 : encodeCode(code).length;
      if (code === 9) this.column += 8 - (this.column % 8);
      else if (code === 10 || code === 13 || code === 12) {
        counts.longest = Math.max(counts.longest, this.column);
        this.column = 0;
      } else this.column += displayWidth(code);
    }
  }
}

/** White space of several bytes: the spaces of U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+00A0. */
function isSpaceAt(bytes: Uint8Array, at: number): boolean {
  const b = bytes[at]!;
  const c = bytes[at + 1];
  const d = bytes[at + 2]!;
  if (b === 0xc2) return c === 0xa0;
  if (b === 0xe1) return c === 0x9a && d === 0x80;
  if (b === 0xe3) return c === 0x80 && d === 0x80;
  return (
    (c === 0x80 && ((d >= 0x80 && d <= 0x8a) || d === 0xa8 || d === 0xa9 || d === 0xaf)) ||
    (c === 0x81 && (d === 0x9f || d === 0xa0))
  );
}
