/**
 * Shell patterns: fnmatch(3), and the prefix and suffix matching that the shell's ${x#pattern} needs. A pattern is
 * compiled to a list of tokens once; `*` never costs more than text × pattern. POSIX XCU 2.14. Texts are byte strings;
 * in a UTF-8 locale `?` and brackets match whole characters.
 */
import { getenv } from './stdlib.ts';

export const FNM_PATHNAME = 1;
export const FNM_NOESCAPE = 2;
export const FNM_PERIOD = 4;
export const FNM_LEADING_DIR = 8;
export const FNM_CASEFOLD = 16;

type Token =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'set'; readonly isNegated: boolean; readonly items: readonly SetItem[] };
type SetItem = { readonly from: number; readonly to: number } | { readonly className: string };
/** Characters of a text: a string when it is all ASCII, else one string for each character. */
type Characters = string | readonly string[];

/** A compiled pattern: reusable, plain data. */
export interface Pattern {
  readonly tokens: readonly Token[];
  readonly flags: number;
  readonly isUtf8: boolean;
}

/** True when the program's environment asks for UTF-8 characters. */
export function isUtf8Locale(): boolean {
  const name = getenv('LC_ALL') || getenv('LC_CTYPE') || getenv('LANG') || '';
  return /utf-?8/i.test(name);
}

/** Splits a byte string into characters; bytes that are no UTF-8 stand for themselves. */
export function characters(text: string, isUtf8: boolean): Characters {
  // eslint-disable-next-line no-control-regex
  if (!isUtf8 || /^[\0-\x7f]*$/.test(text)) return text;
  return text.match(UTF8_CHARACTER) ?? [];
}

const UTF8_CHARACTER =
  // eslint-disable-next-line no-control-regex
  /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[^]/g;

/** The code point of one character of `characters`. */
export function codePoint(char: string): number {
  const first = char.charCodeAt(0);
  if (char.length === 1) return first;
  let code = first & (0x7f >> char.length);
  for (let i = 1; i < char.length; i++) code = (code << 6) | (char.charCodeAt(i) & 0x3f);
  return code;
}

export function compilePattern(pattern: string, flags = 0, isUtf8 = isUtf8Locale()): Pattern {
  const chars = characters(pattern, isUtf8);
  const tokens: Token[] = [];
  for (let i = 0; i < chars.length;) {
    const char = chars[i++]!;
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (char === '?') {
      tokens.push({ kind: 'any' });
    } else if (char === '[') {
      const set = parseSet(chars, i, flags);
      if (set) {
        tokens.push(set.token);
        i = set.next;
      } else tokens.push({ kind: 'char', char });
    } else if (char === '\\' && !(flags & FNM_NOESCAPE) && i < chars.length) {
      tokens.push({ kind: 'char', char: fold(chars[i++]!, flags) });
    } else {
      tokens.push({ kind: 'char', char: fold(char, flags) });
    }
  }
  return { tokens, flags, isUtf8 };
}

/** Parses what follows '['; undefined when the bracket is not closed (then it stands for itself). */
function parseSet(
  chars: Characters,
  start: number,
  flags: number,
): { token: Token; next: number } | undefined {
  let i = start;
  const isNegated = chars[i] === '!' || chars[i] === '^';
  if (isNegated) i++;
  const items: SetItem[] = [];
  for (let isFirst = true; ; isFirst = false) {
    if (i >= chars.length) return undefined;
    let char = chars[i++]!;
    if (char === ']' && !isFirst) return { token: { kind: 'set', isNegated, items }, next: i };
    if (char === '/' && flags & FNM_PATHNAME) return undefined;
    if (char === '[' && (chars[i] === ':' || chars[i] === '.' || chars[i] === '=')) {
      const kind = chars[i]!;
      let end = i + 1;
      while (end + 1 < chars.length && !(chars[end] === kind && chars[end + 1] === ']')) end++;
      if (end + 1 < chars.length) {
        let name = '';
        for (let k = i + 1; k < end; k++) name += chars[k];
        i = end + 2;
        if (kind === ':') {
          items.push({ className: name });
          continue;
        }
        char = name;
      }
    } else if (char === '\\' && !(flags & FNM_NOESCAPE) && i < chars.length) char = chars[i++]!;
    let last = char;
    if (chars[i] === '-' && i + 1 < chars.length && chars[i + 1] !== ']') {
      last = chars[i + 1]!;
      i += 2;
      if (last === '\\' && !(flags & FNM_NOESCAPE) && i < chars.length) last = chars[i++]!;
      else if (last === '[' && chars[i] === '.') {
        const end = i + 2;
        if (chars[end] === '.' && chars[end + 1] === ']') {
          last = chars[i + 1]!;
          i = end + 2;
        }
      }
    }
    if (char.length > 0) items.push({ from: codePoint(fold(char, flags)), to: codePoint(fold(last, flags)) });
  }
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /^\p{Alphabetic}/u,
  digit: /^[0-9]/,
  alnum: /^[\p{Alphabetic}0-9]/u,
  upper: /^\p{Uppercase}/u,
  lower: /^\p{Lowercase}/u,
  space: /^\s/u,
  blank: /^[ \t]/,
  punct: /^[!-/:-@[-`{-~]/,
  // eslint-disable-next-line no-control-regex
  cntrl: /^[\0-\x1f\x7f]/,
  print: /^[ -~\xa0-\u{10ffff}]/u,
  graph: /^[!-~\xa1-\u{10ffff}]/u,
  xdigit: /^[0-9A-Fa-f]/,
};

/** True when `code` belongs to the POSIX character class. */
export function isInClass(className: string, code: number, isUtf8: boolean): boolean {
  if (!isUtf8 && code > 127) return false;
  return CLASSES[className]?.test(String.fromCodePoint(code)) ?? false;
}

function fold(char: string, flags: number): string {
  return flags & FNM_CASEFOLD ? char.toLowerCase() : char;
}

function matchesOne(token: Token, char: string, pattern: Pattern): boolean {
  if (char === '/' && pattern.flags & FNM_PATHNAME) return token.kind === 'char' && token.char === '/';
  if (token.kind === 'any') return true;
  const folded = fold(char, pattern.flags);
  if (token.kind === 'char') return token.char === folded;
  if (token.kind !== 'set') return false;
  const code = codePoint(folded);
  const isIn = token.items.some(item =>
    'className' in item
      ? isInClass(item.className, codePoint(char), pattern.isUtf8) ||
        ((pattern.flags & FNM_CASEFOLD) !== 0 &&
          /^(upper|lower)$/.test(item.className) &&
          /[a-z]/i.test(char))
      : code >= item.from && code <= item.to,
  );
  return isIn !== token.isNegated;
}

/** True when the compiled pattern matches the whole text. */
export function matches(pattern: Pattern, text: string): boolean {
  const { tokens, flags } = pattern;
  const chars = characters(text, pattern.isUtf8);
  // A failure goes back to the last star only: an earlier star cannot do better. (With FNM_PATHNAME the last star of
  // this path component, which is the same one, since '/' matches nothing but '/'.)
  let starToken = -1;
  let starChar = 0;
  let t = 0;
  let i = 0;
  for (;;) {
    if (t === tokens.length) {
      if (i === chars.length) return true;
      if (flags & FNM_LEADING_DIR && chars[i] === '/') return true;
    } else {
      const token = tokens[t]!;
      const isHidden =
        (flags & FNM_PERIOD) !== 0 &&
        chars[i] === '.' &&
        (i === 0 || (chars[i - 1] === '/' && (flags & FNM_PATHNAME) !== 0));
      if (token.kind === 'star') {
        if (isHidden) return false;
        starToken = t++;
        starChar = i;
        continue;
      }
      if (i < chars.length && !(isHidden && token.kind !== 'char') && matchesOne(token, chars[i]!, pattern)) {
        t++;
        i++;
        continue;
      }
    }
    if (starToken < 0 || starChar >= chars.length) return false;
    if (chars[starChar] === '/' && flags & FNM_PATHNAME) return false;
    i = ++starChar;
    t = starToken + 1;
  }
}

let lastPattern = '';
let lastFlags = 0;
let lastUtf8 = false;
let lastCompiled: Pattern | undefined;

/** fnmatch(3): true on a match. Remembers the last pattern, since programs match many names against one. */
export function fnmatch(pattern: string, text: string, flags = 0, isUtf8 = isUtf8Locale()): boolean {
  if (!lastCompiled || pattern !== lastPattern || flags !== lastFlags || isUtf8 !== lastUtf8) {
    lastCompiled = compilePattern(pattern, flags, isUtf8);
    lastPattern = pattern;
    lastFlags = flags;
    lastUtf8 = isUtf8;
  }
  return matches(lastCompiled, text);
}

/** The text with the shortest or longest prefix that matches the pattern removed: ${x#pattern}, ${x##pattern}. */
export function removePrefix(pattern: Pattern, text: string, extent: 'shortest' | 'longest'): string {
  const chars = characters(text, pattern.isUtf8);
  const n = matchLength(pattern, pattern.tokens, chars, i => chars[i]!, extent);
  return n < 0 ? text : joined(chars, n, chars.length);
}

/** The text with the shortest or longest suffix that matches removed: ${x%pattern}, ${x%%pattern}. */
export function removeSuffix(pattern: Pattern, text: string, extent: 'shortest' | 'longest'): string {
  const chars = characters(text, pattern.isUtf8);
  const last = chars.length - 1;
  const n = matchLength(pattern, pattern.tokens.toReversed(), chars, i => chars[last - i]!, extent);
  return n < 0 ? text : joined(chars, 0, chars.length - n);
}

/** The length in bytes of the longest match that begins at byte `start`, or -1: ${x/pattern/text}. */
export function matchAt(pattern: Pattern, text: string, start: number): number {
  const chars = characters(text.slice(start), pattern.isUtf8);
  const n = matchLength(pattern, pattern.tokens, chars, i => chars[i]!, 'longest');
  return n < 0 ? -1 : joined(chars, 0, n).length;
}

function joined(chars: Characters, from: number, to: number): string {
  return typeof chars === 'string' ? chars.slice(from, to) : chars.slice(from, to).join('');
}

/** Runs the tokens as an automaton over the characters; the shortest or longest accepted length, -1 for none. */
function matchLength(
  pattern: Pattern,
  tokens: readonly Token[],
  chars: Characters,
  at: (index: number) => string,
  extent: 'shortest' | 'longest',
): number {
  let best = -1;
  let states: number[] = [];
  const enter = (list: number[], state: number): void => {
    for (let s = state; ; s++) {
      if (list.includes(s)) return;
      list.push(s);
      if (tokens[s]?.kind !== 'star') return;
    }
  };
  enter(states, 0);
  for (let i = 0; ; i++) {
    if (states.includes(tokens.length)) {
      best = i;
      if (extent === 'shortest') return best;
    }
    if (i === chars.length || states.length === 0) return best;
    const next: number[] = [];
    for (const s of states) {
      const token = tokens[s];
      if (!token) continue;
      if (token.kind === 'star') enter(next, s);
      else if (matchesOne(token, at(i), pattern)) enter(next, s + 1);
    }
    states = next;
  }
}

/** The pattern that matches `text` literally. */
export function quotePattern(text: string): string {
  return text.replace(/[\\*?[\]!^-]/g, '\\$&');
}

/** True when the pattern has an unescaped `*`, `?` or a closed bracket, or an escape to be removed. */
export function hasWildcards(pattern: string): boolean {
  return compilePattern(pattern, 0, false).tokens.some(token => token.kind !== 'char');
}
