/** How many columns of a terminal a character takes: wcwidth(3). */
import { charLength, codeAt } from '../../libc/regex/utf8.ts';

const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;
const UNPRINTABLE = /^[\p{Cc}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]$/u;

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0x303e) ||
    (code >= 0x3041 && code <= 0xa4cf) ||
    (code >= 0xa960 && code <= 0xa97c) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1f64f) ||
    (code >= 0x1f680 && code <= 0x1f6ff) ||
    (code >= 0x1f900 && code <= 0x1f9ff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

/** Columns of a code point; 0 for what takes none or cannot be shown. */
export function displayWidth(code: number): number {
  if (code < 0x300) return (code >= 0x20 && code < 0x7f) || code >= 0xa0 ? 1 : 0;
  if (code >= 0x110000) return 0;
  const char = String.fromCodePoint(code);
  if (COMBINING.test(char) || UNPRINTABLE.test(char)) return 0;
  return isWide(code) ? 2 : 1;
}

/** Columns of a byte string. */
export function textWidth(text: string, isUtf8: boolean): number {
  let width = 0;
  for (let i = 0; i < text.length;) {
    width += displayWidth(isUtf8 ? codeAt(text, i) : text.charCodeAt(i));
    i += isUtf8 ? charLength(text, i) : 1;
  }
  return width;
}
