/** Names in listings and messages, as tar shows them by default: C escapes for what cannot be printed. */
import { characterAt, isUtf8Locale } from '../../coreutils/lib/quote.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};
const PLAIN = /^[ -[\]-~]*$/;

export function quote(name: string): string {
  if (PLAIN.test(name)) return name;
  const isUtf8 = isUtf8Locale();
  let out = '';
  for (let i = 0; i < name.length;) {
    const { length, isPrintable } = characterAt(name, i, isUtf8);
    const piece = name.slice(i, i + length);
    out += ESCAPES[piece] ?? (isPrintable ? piece : `\\${piece.charCodeAt(0).toString(8).padStart(3, '0')}`);
    i += length;
  }
  return out;
}
