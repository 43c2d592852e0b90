/** Base64 (RFC 4648) without Buffer, for the end of a control connection that is a guest program. */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES = Uint8Array.from(LETTERS, letter => letter.charCodeAt(0));
const PAD = 0x3d;
const INVALID = 0xff;
const VALUES = new Uint8Array(256).fill(INVALID);
CODES.forEach((code, value) => (VALUES[code] = value));

const latin1 = new TextDecoder('latin1');

export function toBase64(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let to = 0;
  for (let from = 0; from < bytes.length; from += 3) {
    const word = (bytes[from]! << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    out[to++] = CODES[word >>> 18]!;
    out[to++] = CODES[(word >>> 12) & 63]!;
    out[to++] = from + 1 < bytes.length ? CODES[(word >>> 6) & 63]! : PAD;
    out[to++] = from + 2 < bytes.length ? CODES[word & 63]! : PAD;
  }
  return latin1.decode(out);
}

/** undefined if it is no base64. Padding may be missing. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  let length = text.length;
  while (length > 0 && length > text.length - 2 && text.charCodeAt(length - 1) === PAD) length--;
  if (length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let word = 0;
  let to = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 256 ? VALUES[code]! : INVALID;
    if (value === INVALID) return undefined;
    word = (word << 6) | value;
    if (i % 4 === 0) continue;
    // The bits above these eight were given out before.
    bytes[to++] = word >>> (6 - 2 * (i % 4));
  }
  return bytes;
}
