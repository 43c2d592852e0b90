/**
 * Bracket expressions: [abc], [^a-z], [[:alpha:]], [[=a=]], [[.-.]]. POSIX 9.3.5. A backslash is an ordinary member,
 * except in awk, and except that sed turns \n, \t and their like into the character they mean first.
 */
import { CharSet, isClassName } from './charset.ts';
import { RegexError, type Syntax } from './ast.ts';
import { charLength, codeAt } from './utf8.ts';

const UNMATCHED = 'Unmatched [, [^, [:, [., or [=';
const SED_ESCAPES: Record<string, number> = { n: 10, t: 9, f: 12, v: 11, a: 7, r: 13 };
const AWK_ESCAPES: Record<string, number> = { ...SED_ESCAPES, b: 8 };

function hexEscape(pattern: string, at: number): { code: number; end: number } | undefined {
  const match = /^[0-9a-fA-F]{1,2}/.exec(pattern.slice(at, at + 2));
  return match ? { code: parseInt(match[0], 16), end: at + match[0].length } : undefined;
}

/** Parses from behind the opening bracket; `end` is behind the closing one. */
export function parseBracket(pattern: string, start: number, syntax: Syntax): { set: CharSet; end: number } {
  const set = new CharSet();
  set.isFolded = syntax.isCaseless ?? false;
  let at = start;
  if (pattern[at] === '^') {
    set.isNegated = true;
    at++;
  }
  const first = at;

  const readNamed = (mark: string): string => {
    const close = pattern.indexOf(`${mark}]`, at + 2);
    if (close < 0) throw new RegexError(UNMATCHED);
    const name = pattern.slice(at + 2, close);
    at = close + 2;
    return name;
  };
  /** One end of a range, or a member. */
  const readMember = (): number => {
    if (pattern[at] === '[' && (pattern[at + 1] === '.' || pattern[at + 1] === '=')) {
      const name = readNamed(pattern[at + 1]!);
      const length = syntax.isUtf8 ? charLength(name, 0) : 1;
      if (name.length !== length) throw new RegexError('Invalid collation character');
      return syntax.isUtf8 ? codeAt(name, 0) : name.charCodeAt(0);
    }
    if (pattern[at] === '\\' && at + 1 < pattern.length) {
      const next = pattern[at + 1]!;
      if (syntax.dialect === 'awk') {
        const octal = /^[0-7]{1,3}/.exec(pattern.slice(at + 1, at + 4));
        if (octal) {
          at += 1 + octal[0].length;
          return parseInt(octal[0], 8) & 255;
        }
        at += 2;
        return AWK_ESCAPES[next] ?? next.charCodeAt(0);
      }
      if (syntax.dialect === 'sed') {
        const code = SED_ESCAPES[next];
        if (code !== undefined) {
          at += 2;
          return code;
        }
        const hex = next === 'x' ? hexEscape(pattern, at + 2) : undefined;
        if (hex) {
          at = hex.end;
          return hex.code;
        }
      }
    }
    const code = syntax.isUtf8 ? codeAt(pattern, at) : pattern.charCodeAt(at);
    at += syntax.isUtf8 ? charLength(pattern, at) : 1;
    return code;
  };

  for (;;) {
    if (at >= pattern.length) throw new RegexError(UNMATCHED);
    if (pattern[at] === ']' && at > first) {
      at++;
      break;
    }
    if (pattern[at] === '[' && pattern[at + 1] === ':' && pattern.includes(':]', at + 2)) {
      const name = readNamed(':');
      if (!isClassName(name) || name === 'word') throw new RegexError('Invalid character class name');
      set.classes.push(syntax.isCaseless && (name === 'upper' || name === 'lower') ? 'alpha' : name);
      continue;
    }
    const from = readMember();
    if (pattern[at] === '-' && pattern[at + 1] !== ']' && at + 1 < pattern.length) {
      at++;
      const to = readMember();
      if (to < from) throw new RegexError('Invalid range end');
      set.ranges.push([from, to]);
    } else {
      set.ranges.push([from, from]);
    }
  }
  // [:space:] where [[:space:]] was meant.
  if (
    (syntax.dialect === 'grep' || syntax.dialect === 'sed') &&
    /^\[:[^\]]*:\]$/.test(pattern.slice(start - 1, at))
  ) {
    throw new RegexError('character class syntax is [[:space:]], not [:space:]');
  }
  return { set, end: at };
}
