/**
 * How GNU tools show file names in messages and listings (gnulib's quotearg): bare or in shell quotes, with
 * unprintable bytes as `$'\n'`, so that what is shown can be pasted into a shell.
 */
import { fromText, toBytes } from '../../../kernel/abi/byte-string.ts';
import { env } from '../../libc/stdlib.ts';

/** Whether text is UTF-8 by LC_ALL, LC_CTYPE, LANG. */
export function isUtf8Locale(): boolean {
  const name = env.get('LC_ALL') || env.get('LC_CTYPE') || env.get('LANG') || 'C';
  return /utf-?8/i.test(name);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': 'a',
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\v': 'v',
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// Assigned, visible characters: what iswprint says in glibc's C.UTF-8.
const PRINTABLE = /^[^\p{Cc}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]$/u;

/** Length in bytes of the UTF-8 character that begins at `at`, and whether it can be shown; length 1 if it is none. */
export function characterAt(
  text: string,
  at: number,
  isUtf8: boolean,
): { length: number; isPrintable: boolean } {
  const first = text.charCodeAt(at);
  if (first < 0x80) return { length: 1, isPrintable: first >= 0x20 && first < 0x7f };
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (!isUtf8 || length === 1) return { length: 1, isPrintable: false };
  try {
    const character = decoder.decode(toBytes(text.slice(at, at + length)));
    return { length, isPrintable: PRINTABLE.test(character) };
  } catch {
    return { length: 1, isPrintable: false };
  }
}

/** Characters that need no quotes wherever they stand. */
const SAFE = /^[%+,\-./0-9:@A-Z\]_a-z]+$/;
const SPECIAL = /[ !"$&()*;<=>[^`|'?\\]/;

function needsQuotes(text: string, isUtf8: boolean): boolean {
  if (text === '' || SPECIAL.test(text) || /^[#~]/.test(text) || text === '{' || text === '}') return true;
  for (let i = 0; i < text.length;) {
    const { length, isPrintable } = characterAt(text, i, isUtf8);
    if (!isPrintable) return true;
    i += length;
  }
  return false;
}

/** Double quotes serve for a text with a single quote if nothing in it is special between them. */
function suitsDoubleQuotes(text: string, isUtf8: boolean): boolean {
  for (let i = 0; i < text.length;) {
    const { length, isPrintable } = characterAt(text, i, isUtf8);
    const c = text[i]!;
    if (!isPrintable) return false;
    if (length === 1 && !/[%+,\-./0-9:@A-Z\]_a-z ']/.test(c) && !(i === 0 && /[#~]/.test(c))) return false;
    i += length;
  }
  return true;
}

/** In quotes always: `cannot access 'x'` (shell-escape-always). */
export function quoteaf(text: string): string {
  const isUtf8 = isUtf8Locale();
  if (text.includes("'") && suitsDoubleQuotes(text, isUtf8)) return `"${text}"`;
  let out = "'";
  let isEscaping = false;
  for (let i = 0; i < text.length;) {
    const { length, isPrintable } = characterAt(text, i, isUtf8);
    const piece = text.slice(i, i + length);
    if (!isPrintable) {
      if (!isEscaping) out += "'$'";
      isEscaping = true;
      out += '\\' + (ESCAPES[piece] ?? piece.charCodeAt(0).toString(8).padStart(3, '0'));
    } else {
      if (isEscaping && piece !== "'") out += "''";
      if (piece === "'") out += isEscaping ? "'\\''" : "'\\''";
      else out += piece;
      isEscaping = false;
    }
    i += length;
  }
  return out + "'";
}

/** In quotes without escapes (shell, shell-always). */
export function quoteShell(text: string, isAlways: boolean): string {
  const isUtf8 = isUtf8Locale();
  if (!isAlways && !needsQuotes(text, isUtf8)) return text;
  if (text.includes("'") && suitsDoubleQuotes(text, isUtf8)) return `"${text}"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** In quotes only if a shell would need them: `cat: x: No such file` (shell-escape). */
export function quotef(text: string): string {
  if (SAFE.test(text)) return text;
  return needsQuotes(text, isUtf8Locale()) ? quoteaf(text) : text;
}

const OPEN = fromText('‘');
const CLOSE = fromText('’');

/** In the locale's quotes: `invalid mode: ‘x’`. */
export function quote(text: string): string {
  const isUtf8 = isUtf8Locale();
  let out = '';
  for (let i = 0; i < text.length;) {
    const { length, isPrintable } = characterAt(text, i, isUtf8);
    const piece = text.slice(i, i + length);
    if (!isPrintable) out += '\\' + (ESCAPES[piece] ?? piece.charCodeAt(0).toString(8).padStart(3, '0'));
    else if (piece === '\\' || (piece === "'" && !isUtf8)) out += '\\' + piece;
    else out += piece;
    i += length;
  }
  return isUtf8 ? OPEN + out + CLOSE : `'${out}'`;
}
