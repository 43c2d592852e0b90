/**
 * The sets of tr(1): \NNN and named escapes, ranges a-z, classes [:alpha:], equivalences [=c=], repeats [x*n]. Bytes
 * only, as in GNU tr.
 */
import { quote } from '../coreutils/lib/quote.ts';

export class SetError extends Error {}

const ESCAPES: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };

const CLASSES: Record<string, (c: number) => boolean> = {
  alnum: c => isAlpha(c) || isDigit(c),
  alpha: isAlpha,
  blank: c => c === 9 || c === 32,
  cntrl: c => c < 32 || c === 127,
  digit: isDigit,
  graph: c => c > 32 && c < 127,
  lower: c => c >= 97 && c <= 122,
  print: c => c >= 32 && c < 127,
  punct: c => c > 32 && c < 127 && !isAlpha(c) && !isDigit(c),
  space: c => c === 32 || (c >= 9 && c <= 13),
  upper: c => c >= 65 && c <= 90,
  xdigit: c => isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
};
function isAlpha(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
}
function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

export type Element =
  | { readonly kind: 'bytes'; readonly bytes: readonly number[] }
  | { readonly kind: 'class'; readonly name: string; readonly bytes: readonly number[] }
  /** count 0: as often as the other set needs. */
  | { readonly kind: 'repeat'; readonly byte: number; readonly count: number };

/** Characters with their escapes resolved; an escaped one is no operator. */
interface Char {
  readonly code: number;
  readonly isEscaped: boolean;
}

function unescape(text: string): Char[] {
  const out: Char[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\' || i + 1 >= text.length) {
      out.push({ code: text.charCodeAt(i), isEscaped: false });
      continue;
    }
    const octal = /^[0-3]?[0-7]{1,2}/.exec(text.slice(i + 1, i + 4))?.[0];
    if (octal) {
      out.push({ code: parseInt(octal, 8), isEscaped: true });
      i += octal.length;
    } else {
      const char = text[++i]!;
      out.push({ code: ESCAPES[char] ?? char.charCodeAt(0), isEscaped: true });
    }
  }
  return out;
}

function shown(code: number): string {
  const char = String.fromCharCode(code);
  return code >= 32 && code < 127
    ? char === '\\'
      ? '\\\\'
      : char
    : `\\${code.toString(8).padStart(3, '0')}`;
}

export function parseSet(text: string): Element[] {
  const chars = unescape(text);
  const out: Element[] = [];
  const is = (at: number, char: string): boolean => {
    const c = chars[at];
    return c !== undefined && !c.isEscaped && c.code === char.charCodeAt(0);
  };
  for (let i = 0; i < chars.length;) {
    if (is(i, '[')) {
      const special = parseSpecial(chars, i, is);
      if (special) {
        out.push(special.element);
        i = special.end;
        continue;
      }
    }
    const { code } = chars[i]!;
    if (is(i + 1, '-') && i + 2 < chars.length) {
      const to = chars[i + 2]!.code;
      if (to < code) {
        throw new SetError(
          `range-endpoints of '${shown(code)}-${shown(to)}' are in reverse collating sequence order`,
        );
      }
      out.push({ kind: 'bytes', bytes: Array.from({ length: to - code + 1 }, (_, n) => code + n) });
      i += 3;
    } else {
      out.push({ kind: 'bytes', bytes: [code] });
      i++;
    }
  }
  return out;
}

function parseSpecial(
  chars: readonly Char[],
  at: number,
  is: (at: number, char: string) => boolean,
): { element: Element; end: number } | undefined {
  const text = (from: number, to: number): string =>
    chars
      .slice(from, to)
      .map(c => String.fromCharCode(c.code))
      .join('');
  for (const mark of [':', '=']) {
    if (!is(at + 1, mark)) continue;
    for (let end = at + 2; end < chars.length; end++) {
      if (!is(end, mark) || !is(end + 1, ']') || (mark === '=' && end === at + 2)) continue;
      const name = text(at + 2, end);
      if (mark === ':') {
        if (name === '') throw new SetError("missing character class name '[::]'");
        const test = CLASSES[name];
        if (!test) throw new SetError(`invalid character class ${quote(name)}`);
        const bytes = Array.from({ length: 256 }, (_, c) => c).filter(test);
        return { element: { kind: 'class', name, bytes }, end: end + 2 };
      }
      if (name.length !== 1)
        throw new SetError(`${name}: equivalence class operand must be a single character`);
      return { element: { kind: 'bytes', bytes: [name.charCodeAt(0)] }, end: end + 2 };
    }
  }
  if (at + 2 < chars.length && is(at + 2, '*')) {
    for (let end = at + 3; end < chars.length; end++) {
      if (is(end, ']')) {
        const digits = text(at + 3, end);
        if (!/^[0-9]*$/.test(digits))
          throw new SetError(`invalid repeat count ${quote(digits)} in [c*n] construct`);
        const count = digits === '' ? 0 : parseInt(digits, digits.startsWith('0') ? 8 : 10);
        return { element: { kind: 'repeat', byte: chars[at + 1]!.code, count }, end: end + 1 };
      }
    }
  }
  return undefined;
}

/** All bytes of a set in order; an open repeat fills up to `length`. */
export function expandSet(elements: readonly Element[], length = 0): number[] {
  let fixed = 0;
  for (const element of elements) fixed += element.kind === 'repeat' ? element.count : element.bytes.length;
  const out: number[] = [];
  for (const element of elements) {
    if (element.kind !== 'repeat') out.push(...element.bytes);
    else {
      const count = element.count > 0 ? element.count : Math.max(0, length - fixed);
      for (let i = 0; i < count; i++) out.push(element.byte);
    }
  }
  return out;
}

export function complementSet(bytes: readonly number[]): number[] {
  const inside = new Set(bytes);
  return Array.from({ length: 256 }, (_, c) => c).filter(c => !inside.has(c));
}
