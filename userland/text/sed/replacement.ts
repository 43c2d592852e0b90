/** The right side of sed's s command: & and \1–\9, and GNU's case conversions \U \L \u \l \E. */
import { fromText, toText } from '../../../kernel/abi/byte-string.ts';
import { isAscii, type Match } from '../../libc/regex.ts';

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group'; readonly index: number }
  | { readonly kind: 'case'; readonly letter: string };

export interface Replacement {
  readonly parts: readonly Part[];
  readonly hasCase: boolean;
  /** The whole replacement if it is one plain text. */
  readonly plain: string | undefined;
  readonly maxGroup: number;
}

const ESCAPES: Record<string, string> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** \dNNN \oNNN \xHH \cX at `at` (behind the backslash): the byte and what follows it. */
export function numericEscape(text: string, at: number): { char: string; end: number } | undefined {
  const match = /^(?:d([0-9]{3})|o([0-7]{3})|x([0-9a-fA-F]{1,2}))/.exec(text.slice(at, at + 4));
  if (match) {
    const value = match[1]
      ? parseInt(match[1], 10)
      : match[2]
        ? parseInt(match[2], 8)
        : parseInt(match[3]!, 16);
    return { char: String.fromCharCode(value & 255), end: at + match[0].length };
  }
  if (text[at] === 'c' && at + 1 < text.length) {
    return { char: String.fromCharCode(text[at + 1]!.toUpperCase().charCodeAt(0) ^ 0x40), end: at + 2 };
  }
  return undefined;
}

export function simpleEscape(char: string): string | undefined {
  return ESCAPES[char];
}

export function parseReplacement(text: string): Replacement {
  const parts: Part[] = [];
  let plain = '';
  let hasCase = false;
  let maxGroup = 0;
  const flush = (): void => {
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '&') {
      flush();
      parts.push({ kind: 'group', index: 0 });
      continue;
    }
    if (char !== '\\' || i + 1 >= text.length) {
      plain += char;
      continue;
    }
    const next = text[++i]!;
    if (next >= '0' && next <= '9') {
      flush();
      maxGroup = Math.max(maxGroup, Number(next));
      parts.push({ kind: 'group', index: Number(next) });
    } else if ('ULEul'.includes(next)) {
      flush();
      hasCase = true;
      parts.push({ kind: 'case', letter: next });
    } else {
      const numeric = numericEscape(text, i);
      if (numeric) {
        plain += numeric.char;
        i = numeric.end - 1;
      } else plain += ESCAPES[next] ?? next;
    }
  }
  flush();
  const only =
    parts.length === 0 ? '' : parts.length === 1 && parts[0]!.kind === 'text' ? parts[0]!.text : undefined;
  return { parts, hasCase, plain: only, maxGroup };
}

function convert(text: string, isUpper: boolean): string {
  if (isAscii(text)) return isUpper ? text.toUpperCase() : text.toLowerCase();
  return fromText(isUpper ? toText(text).toUpperCase() : toText(text).toLowerCase());
}

function convertFirst(text: string, isUpper: boolean): string {
  const first = isAscii(text)
    ? text.slice(0, 1)
    : fromText(String.fromCodePoint(toText(text).codePointAt(0)!));
  return convert(first, isUpper) + text.slice(first.length);
}

export function expand(replacement: Replacement, match: Match): string {
  if (replacement.plain !== undefined) return replacement.plain;
  let out = '';
  let mode = 'E';
  let once = '';
  for (const part of replacement.parts) {
    if (part.kind === 'case') {
      if (part.letter === 'u' || part.letter === 'l') once = part.letter;
      else {
        mode = part.letter;
        if (mode === 'E') once = '';
      }
      continue;
    }
    let text = part.kind === 'text' ? part.text : (match.groups[part.index] ?? '');
    if (replacement.hasCase && text !== '') {
      if (mode !== 'E') text = convert(text, mode === 'U');
      if (once !== '') text = convertFirst(text, once === 'u');
      once = '';
    }
    out += text;
  }
  return out;
}
