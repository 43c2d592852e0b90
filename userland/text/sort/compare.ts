/** How sort compares two keys, by ordering option. Each function gives a number below, above or equal to 0. */
import { versionCompare } from './version.ts';

export type Compare = (a: string, b: string) => number;

export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A number as sort -n sees it. */
interface Decimal {
  readonly isNegative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

function decimal(text: string): Decimal {
  const match = /^[ \t\n]*(-?)0*([0-9]*)(?:\.([0-9]*))?/.exec(text)!;
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  return { isNegative: match[1] === '-' && (match[2] !== '' || fraction !== ''), whole: match[2]!, fraction };
}

/** -n on texts of any length. */
export function compareNumeric(a: string, b: string): number {
  const x = decimal(a);
  const y = decimal(b);
  if (x.isNegative !== y.isNegative) return x.isNegative ? -1 : 1;
  const sign = x.isNegative ? -1 : 1;
  if (x.whole.length !== y.whole.length) return sign * (x.whole.length - y.whole.length);
  return sign * (compareBytes(x.whole, y.whole) || compareBytes(x.fraction, y.fraction));
}

/** The value for -n as a double: exact order for all numbers that doubles tell apart. */
export function numericPrefix(text: string): number {
  let at = 0;
  let code = text.charCodeAt(0);
  while (code === 32 || code === 9 || code === 10) code = text.charCodeAt(++at);
  const isNegative = code === 45;
  if (isNegative) code = text.charCodeAt(++at);
  let value = 0;
  let digits = 0;
  const start = at;
  while (code >= 48 && code <= 57) {
    value = value * 10 + code - 48;
    digits++;
    code = text.charCodeAt(++at);
  }
  if (code === 46 || digits > 15) {
    const match = /^[0-9]*(?:\.[0-9]*)?/.exec(text.slice(start))!;
    value = match[0] === '.' ? 0 : Number(match[0]);
  }
  return isNegative ? -value : value;
}

const UNITS = 'KMGTPEZYRQ';

function unitOrder(text: string): number {
  const match = /^[ \t\n]*(-?)([0-9]*)(?:\.([0-9]*))?([a-zA-Z]?)/.exec(text)!;
  const hasValue = /[1-9]/.test(match[2]! + (match[3] ?? ''));
  if (!hasValue) return 0;
  const order = match[4] === 'k' ? 1 : UNITS.indexOf(match[4] || '-') + 1;
  return match[1] === '-' ? -order : order;
}

function compareHuman(a: string, b: string): number {
  return unitOrder(a) - unitOrder(b) || compareNumeric(a, b);
}

const FLOAT =
  /^[ \t\n\v\f\r]*([-+]?(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][-+]?[0-9]+)?|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|inf(?:inity)?|nan))/i;

function generalValue(text: string): { readonly class: 0 | 1 | 2; readonly value: number } {
  const match = FLOAT.exec(text);
  if (!match) return { class: 0, value: 0 };
  const word = match[1]!.toLowerCase();
  if (word.includes('nan')) return { class: 1, value: 0 };
  if (word.includes('inf')) return { class: 2, value: word.startsWith('-') ? -Infinity : Infinity };
  if (word.includes('x')) return { class: 2, value: hexFloat(word) };
  return { class: 2, value: Number(word) };
}

function hexFloat(word: string): number {
  const [, sign, whole, fraction = '', power = '0'] =
    /^([-+]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([-+]?[0-9]+))?$/.exec(word)!;
  const value = parseInt(`${whole}${fraction}` || '0', 16) * 2 ** (Number(power) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}

/** -g: what is no number comes first, then NaN, then numbers. */
function compareGeneral(a: string, b: string): number {
  const x = generalValue(a);
  const y = generalValue(b);
  if (x.class !== y.class) return x.class - y.class;
  return x.value < y.value ? -1 : x.value > y.value ? 1 : 0;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function month(text: string): number {
  return MONTHS.indexOf(/^[ \t\n]*([a-zA-Z]{3})/.exec(text)?.[1]?.toUpperCase() ?? '') + 1;
}

/** A mixing hash, salted for each run: equal keys stay together. */
export function randomCompare(salt: number): Compare {
  const hash = (text: string): number => {
    let h = salt | 0;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h ^= h >>> 15;
    h = Math.imul(h, 0x2c1b3c6d);
    h ^= h >>> 12;
    return h >>> 0;
  };
  return (a, b) => hash(a) - hash(b) || compareBytes(a, b);
}

/** Rewrites a key for -d, -i, -f. */
export function transformFor(options: string): ((text: string) => string) | undefined {
  const isDictionary = options.includes('d');
  const isPrinting = options.includes('i');
  const isFolded = options.includes('f');
  if (!isDictionary && !isPrinting && !isFolded) return undefined;
  return text => {
    let out = text;
    if (isDictionary) out = out.replaceAll(/[^ \ta-zA-Z0-9]+/g, '');
    else if (isPrinting) out = out.replaceAll(/[^ -~]+/g, '');
    return isFolded ? out.replaceAll(/[a-z]+/g, small => small.toUpperCase()) : out;
  };
}

export function compareFor(options: string, salt: number): Compare {
  if (options.includes('n')) return compareNumeric;
  if (options.includes('h')) return compareHuman;
  if (options.includes('g')) return compareGeneral;
  if (options.includes('M')) return (a, b) => month(a) - month(b);
  if (options.includes('V')) return versionCompare;
  if (options.includes('R')) return randomCompare(salt);
  return compareBytes;
}
