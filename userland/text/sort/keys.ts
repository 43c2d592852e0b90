/** Sort keys: parsing -k F[.C][OPTS][,F[.C][OPTS]], and finding a key's text in a line. GNU sort's manual. */
import { quote } from '../../coreutils/lib/quote.ts';

/** The letters of ordering options: b d f g h i M n R r V. */
export interface Key {
  /** Fields and characters from 0. `startField` Infinity... is never used: a key always begins somewhere. */
  readonly startField: number;
  readonly startChar: number;
  /** Field behind the last one; Infinity: the line's end. */
  readonly endField: number;
  /** Characters of the last field that belong to the key; 0: all. */
  readonly endChar: number;
  readonly options: string;
  readonly skipsStartBlanks: boolean;
  readonly skipsEndBlanks: boolean;
}

export class KeyError extends Error {}

const LETTERS = 'bdfghiMnRrV';

export function parseKey(text: string): Key {
  let at = 0;
  const count = (what: string, whole: string): number => {
    const digits = /^[0-9]*/.exec(text.slice(at))![0];
    if (digits === '') throw new KeyError(`${what}: invalid count at start of ${quote(whole)}`);
    at += digits.length;
    return Number(digits);
  };
  const options = (): string => {
    const from = at;
    while (at < text.length && LETTERS.includes(text[at]!)) at++;
    return text.slice(from, at);
  };
  const bad = (why: string): never => {
    throw new KeyError(`${why}: invalid field specification ${quote(text)}`);
  };
  const startField = count('invalid number at field start', text);
  if (startField === 0) bad('field number is zero');
  let startChar = 1;
  if (text[at] === '.') {
    at++;
    startChar = count("invalid number after '.'", text.slice(at));
    if (startChar === 0) bad('character offset is zero');
  }
  const first = options();
  let endField = Infinity;
  let endChar = 0;
  let second = '';
  if (text[at] === ',') {
    at++;
    endField = count("invalid number after ','", text.slice(at));
    if (endField === 0) bad('field number is zero');
    if (text[at] === '.') {
      at++;
      endChar = count("invalid number after '.'", text.slice(at));
    }
    second = options();
  }
  if (at < text.length) bad('stray character in field spec');
  return {
    startField: startField - 1,
    startChar: startChar - 1,
    // With a character the key ends inside this field, else behind it.
    endField: endField === Infinity ? Infinity : endChar === 0 ? endField : endField - 1,
    endChar,
    options: (first + second).replaceAll('b', ''),
    skipsStartBlanks: first.includes('b'),
    skipsEndBlanks: second.includes('b'),
  };
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 10;
}

/** Where field number `field` begins without a separator character: blanks belong to the field behind them. */
function blankField(line: string, field: number, from = 0): number {
  let at = from;
  for (let i = 0; i < field && at < line.length; i++) {
    while (at < line.length && isBlank(line.charCodeAt(at))) at++;
    while (at < line.length && !isBlank(line.charCodeAt(at))) at++;
  }
  return at;
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (at < line.length && isBlank(line.charCodeAt(at))) at++;
  return at;
}

/** Makes the function that cuts a key out of a line. */
export function extractor(key: Key, separator: string | undefined): (line: string) => string {
  const { startField, startChar, endField, endChar } = key;
  const start = (line: string): number => {
    let at = 0;
    if (separator === undefined) at = blankField(line, startField);
    else {
      for (let i = 0; i < startField; i++) {
        const next = line.indexOf(separator, at);
        if (next < 0) return line.length;
        at = next + 1;
      }
    }
    if (key.skipsStartBlanks) at = skipBlanks(line, at);
    return Math.min(at + startChar, line.length);
  };
  const end = (line: string): number => {
    if (endField === Infinity) return line.length;
    let at = 0;
    if (separator === undefined) at = blankField(line, endField);
    else {
      for (let i = 0; i < endField; i++) {
        const next = line.indexOf(separator, at);
        if (next < 0) return line.length;
        // Behind the separator only if the key goes into the next field.
        at = i + 1 < endField || endChar > 0 ? next + 1 : next;
      }
    }
    if (endChar === 0) return at;
    if (key.skipsEndBlanks) at = skipBlanks(line, at);
    return Math.min(at + endChar, line.length);
  };
  return line => {
    const from = start(line);
    const to = end(line);
    return from === 0 && to >= line.length ? line : to <= from ? '' : line.slice(from, to);
  };
}
