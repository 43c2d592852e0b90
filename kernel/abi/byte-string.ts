/**
 * Byte strings. Linux names are bytes, not text: the kernel keeps file names, paths, arguments and environment
 * strings as JavaScript strings in which each character is one byte (U+0000–U+00FF). They compare, hash and slice as
 * fast as any string, lose nothing, and the kernel never decodes UTF-8.
 */

/** The bytes of a byte string. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The byte string of some bytes. */
export function fromBytes(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  }
  return text;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The byte string (UTF-8) of ordinary text. For constants and for text that comes from the embedder. */
export function fromText(text: string): string {
  // eslint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(text) ? text : fromBytes(encoder.encode(text));
}

/** The ordinary text of a byte string; bytes that are no UTF-8 stay as Latin-1. For logs and messages only. */
export function toText(bytes: string): string {
  try {
    return decoder.decode(toBytes(bytes));
  } catch {
    return bytes;
  }
}
