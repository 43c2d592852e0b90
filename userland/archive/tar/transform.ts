/** --transform: expressions of sed, `s/pattern/replacement/flags`, applied to names. */
import { isUtf8Locale } from '../../libc/fnmatch.ts';
import { type Match, Regex, RegexError } from '../../libc/regex.ts';
import type { NameKind } from './names.ts';
import { fatal } from './report.ts';

type Piece = string | number;

export interface Transform {
  readonly kinds: ReadonlySet<NameKind>;
  apply(name: string): string;
}

/** Reads up to the delimiter; a backslash keeps the next character from being one. */
function until(text: string, from: number, delimiter: string): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === delimiter) return i;
  }
  return fatal('Invalid transform expression');
}

function parseReplacement(text: string, delimiter: string): Piece[] {
  const pieces: Piece[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '&') pieces.push(0);
    else if (c !== '\\') pieces.push(c);
    else {
      const next = text[++i] ?? '\\';
      if (/[0-9]/.test(next)) pieces.push(Number(next));
      else if (/[LUElu]/.test(next)) pieces.push(`\\${next}`);
      else pieces.push(next === 'n' && delimiter !== 'n' ? '\n' : next);
    }
  }
  return pieces;
}

const lower = (text: string): string => text.replace(/[A-Z]/g, c => c.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]/g, c => c.toUpperCase());

/** Puts a replacement together; \L \U \E \l \u change case as in GNU sed. */
function expand(pieces: readonly Piece[], match: Match): string {
  let out = '';
  let lasting = (text: string): string => text;
  let next: ((text: string) => string) | undefined;
  for (const piece of pieces) {
    if (piece === '\\L') lasting = lower;
    else if (piece === '\\U') lasting = upper;
    else if (piece === '\\E') lasting = text => text;
    else if (piece === '\\l') next = lower;
    else if (piece === '\\u') next = upper;
    else {
      let text = lasting(typeof piece === 'number' ? (match.groups[piece] ?? '') : piece);
      if (next && text !== '') {
        text = next(text[0]!) + text.slice(1);
        next = undefined;
      }
      out += text;
    }
  }
  return out;
}

const KINDS: Readonly<Record<string, NameKind>> = { r: 'regular', s: 'symlink', h: 'hardlink' };

function parseOne(text: string, from: number, scope: string): { transform: Transform; end: number } {
  if (text[from] !== 's' || from + 1 >= text.length) fatal('Invalid transform expression');
  const delimiter = text[from + 1]!;
  const middle = until(text, from + 2, delimiter);
  const last = until(text, middle + 1, delimiter);
  let end = last + 1;
  while (end < text.length && text[end] !== ';') end++;
  const flags = scope + text.slice(last + 1, end);
  const kinds = new Set<NameKind>(['regular', 'symlink', 'hardlink']);
  for (const flag of flags.match(/[rRsShH]/g) ?? []) {
    if (/[RSH]/.test(flag)) kinds.delete(KINDS[flag.toLowerCase()]!);
    else kinds.add(KINDS[flag]!);
  }
  if (!/^[gix0-9rRsShH]*$/.test(flags)) fatal('Invalid transform expression: Unknown flag');
  const isGlobal = flags.includes('g');
  const first = Number(/[0-9]+/.exec(flags)?.[0] ?? 1);
  const pieces = parseReplacement(text.slice(middle + 1, last), delimiter);
  let regex: Regex;
  try {
    const source = text.slice(from + 2, middle).replaceAll(`\\${delimiter}`, delimiter);
    const isUtf8 = isUtf8Locale();
    regex = new Regex(source, { isExtended: flags.includes('x'), isCaseless: flags.includes('i'), isUtf8, hasGnuEscapes: true }); // prettier-ignore
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return fatal(`Invalid transform expression: ${error.message}`);
  }
  const apply = (name: string): string => {
    let out = '';
    let at = 0;
    for (let count = 1; at <= name.length; count++) {
      const match = regex.exec(name, at);
      if (!match) break;
      out += name.slice(at, match.start);
      const isTaken = count === first || (isGlobal && count > first);
      out += isTaken ? expand(pieces, match) : name.slice(match.start, match.end);
      at = match.end;
      if (match.end === match.start) out += name[at++] ?? '';
      if (isTaken && !isGlobal) break;
    }
    return out + name.slice(at);
  };
  return { transform: { kinds, apply }, end: end + 1 };
}

/** All expressions of one option, which semicolons separate; `flags=rSh` says to what those behind it apply. */
export function parseTransforms(text: string): Transform[] {
  const transforms: Transform[] = [];
  let scope = '';
  for (let at = 0; at < text.length;) {
    const flags = /^flags=([rRsShH]*)(?:;|$)/.exec(text.slice(at));
    if (flags) {
      scope = /^[rsh]/.test(flags[1]!) ? `RSH${flags[1]!}` : flags[1]!;
      at += flags[0].length;
      continue;
    }
    const { transform, end } = parseOne(text, at, scope);
    transforms.push(transform);
    at = end;
  }
  return transforms;
}
