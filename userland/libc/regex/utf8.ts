/**
 * UTF-8 for byte strings: reading characters, and turning a range of code points into the byte ranges that encode it.
 * The regular expression engine works on bytes throughout; this is how it gets characters.
 */

/** Set by a byte that is no UTF-8: its code is this plus the byte, so that it equals no character. */
export const INVALID_BASE = 0x110000;

/** Length of the character that begins at `at`: 1 for ASCII and for bytes that are no UTF-8. */
export function charLength(text: string, at: number): number {
  const lead = text.charCodeAt(at);
  if (lead < 0xc2 || lead > 0xf4) return 1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > text.length) return 1;
  const second = text.charCodeAt(at + 1);
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 1;
  for (let i = 2; i < length; i++) if ((text.charCodeAt(at + i) & 0xc0) !== 0x80) return 1;
  return length;
}

/** The code point at `at`, or INVALID_BASE + byte. */
export function codeAt(text: string, at: number): number {
  const lead = text.charCodeAt(at);
  if (lead < 0x80) return lead;
  const length = charLength(text, at);
  if (length === 1) return INVALID_BASE + lead;
  let code = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) code = (code << 6) | (text.charCodeAt(at + i) & 0x3f);
  return code;
}

/** The bytes of a code point (or of an invalid byte's code). */
export function encodeCode(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code >= INVALID_BASE) return String.fromCharCode(code - INVALID_BASE);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  if (code < 0x10000) {
    return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return String.fromCharCode(
    0xf0 | (code >> 18),
    0x80 | ((code >> 12) & 0x3f),
    0x80 | ((code >> 6) & 0x3f),
    0x80 | (code & 0x3f),
  );
}

/** The characters of a byte string, each as its bytes. */
export function characters(text: string): string[] {
  const list: string[] = [];
  for (let i = 0; i < text.length;) {
    const n = charLength(text, i);
    list.push(text.slice(i, i + n));
    i += n;
  }
  return list;
}

/** True when the byte string is valid UTF-8. */
export function isValidUtf8(text: string): boolean {
  // Each stretch of ASCII is skipped by the regular expression, which is much faster than a loop.
  const high = /[\x80-\xff]/g;
  for (;;) {
    const match = high.exec(text);
    if (!match) return true;
    const n = charLength(text, match.index);
    if (n === 1) return false;
    high.lastIndex = match.index + n;
  }
}

export type Range = readonly [from: number, to: number];
/** One encoding shape: a byte range for each byte. */
export type ByteSequence = readonly Range[];

const LIMITS = [0x7f, 0x7ff, 0xffff, 0x10ffff];

/** The byte sequences that encode exactly the code points from..to. Surrogates are left out. */
export function utf8Sequences(from: number, to: number, out: ByteSequence[] = []): ByteSequence[] {
  if (from > to) return out;
  if (from <= 0xdfff && to >= 0xd800) {
    utf8Sequences(from, 0xd7ff, out);
    return utf8Sequences(0xe000, to, out);
  }
  for (const limit of LIMITS) {
    if (from <= limit && to > limit) {
      utf8Sequences(from, limit, out);
      return utf8Sequences(limit + 1, to, out);
    }
  }
  if (to < 0x80) {
    out.push([[from, to]]);
    return out;
  }
  // Split until all trailing bytes either agree or run over their whole range.
  for (let i = 1; i < 4; i++) {
    const mask = (1 << (6 * i)) - 1;
    if ((from & ~mask) !== (to & ~mask)) {
      if ((from & mask) !== 0) {
        utf8Sequences(from, from | mask, out);
        return utf8Sequences((from | mask) + 1, to, out);
      }
      if ((to & mask) !== mask) {
        utf8Sequences(from, (to & ~mask) - 1, out);
        return utf8Sequences(to & ~mask, to, out);
      }
    }
  }
  const low = encodeCode(from);
  const high = encodeCode(to);
  out.push(Array.from(low, (_, i) => [low.charCodeAt(i), high.charCodeAt(i)] as const));
  return out;
}
