/**
 * Backslash escapes of echo and printf: `\n`, `\033`, `\x1b`, `\u2713`. The dialects differ in octal digits (a printf
 * format takes `\nnn`, echo -e and %b take `\0nnn` too), in `\u` (not in echo) and in what is an error (not in echo).
 */
import { fromText } from '../../../kernel/abi/byte-string.ts';

export type Dialect = 'echo' | 'format' | '%b';

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

export interface Expanded {
  readonly text: string;
  /** `\c` was met: output ends here. */
  readonly isStopped: boolean;
}

/** An escape whose digits are missing or wrong. */
export class EscapeError extends Error {}

/** One escape at the backslash at `at`: what it stands for and its length; `text` undefined is `\c`. */
export function escapeAt(
  source: string,
  at: number,
  dialect: Dialect,
): { text: string | undefined; length: number } {
  const c = source[at + 1];
  if (c === undefined) return { text: '\\', length: 1 };
  const simple = SIMPLE[c];
  if (simple !== undefined) return { text: simple, length: 2 };
  if (c === 'c') return { text: undefined, length: 2 };
  if (c === '"' && dialect === 'format') return { text: '"', length: 2 };
  if (c === 'x') {
    const digits = /^[0-9a-fA-F]{1,2}/.exec(source.slice(at + 2, at + 4))?.[0];
    if (digits) return { text: String.fromCharCode(parseInt(digits, 16)), length: 2 + digits.length };
    if (dialect !== 'echo') throw new EscapeError('missing hexadecimal number in escape');
    return { text: '\\x', length: 2 };
  }
  if (/[0-7]/.test(c)) {
    const hasZero = c === '0' && dialect !== 'format';
    const from = at + (hasZero ? 2 : 1);
    const digits = /^[0-7]{0,3}/.exec(source.slice(from, from + 3))![0];
    return { text: String.fromCharCode(parseInt(digits || '0', 8) & 255), length: from - at + digits.length };
  }
  if ((c === 'u' || c === 'U') && dialect !== 'echo') {
    const count = c === 'u' ? 4 : 8;
    const digits = source.slice(at + 2, at + 2 + count);
    if (!new RegExp(`^[0-9a-fA-F]{${count}}$`).test(digits)) {
      throw new EscapeError('missing hexadecimal number in escape');
    }
    const code = parseInt(digits, 16);
    const isTaken = code < 0xa0 && ![0x24, 0x40, 0x60].includes(code);
    if (isTaken || (code >= 0xd800 && code <= 0xdfff)) {
      throw new EscapeError(`invalid universal character name \\${c}${digits}`);
    }
    return { text: code > 0x10ffff ? '' : fromText(String.fromCodePoint(code)), length: 2 + count };
  }
  return { text: '\\' + c, length: 2 };
}

export function expandEscapes(source: string, dialect: Dialect): Expanded {
  let text = '';
  for (let at = 0; at < source.length;) {
    const slash = source.indexOf('\\', at);
    if (slash < 0) return { text: text + source.slice(at), isStopped: false };
    text += source.slice(at, slash);
    const escape = escapeAt(source, slash, dialect);
    if (escape.text === undefined) return { text, isStopped: true };
    text += escape.text;
    at = slash + escape.length;
  }
  return { text, isStopped: false };
}
