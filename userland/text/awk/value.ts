/**
 * awk's values: numbers, strings, «numeric strings» (input that may be a number), and undefined for what was never
 * set. Strings are byte strings.
 */

/** Text that came from outside: a number if it looks like one. */
export class StrNum {
  readonly text: string;
  private parsed: number | undefined;
  private looks: boolean | undefined;

  constructor(text: string) {
    this.text = text;
  }
  get number(): number {
    return (this.parsed ??= toNumber(this.text));
  }
  get isNumeric(): boolean {
    return (this.looks ??= NUMERIC.test(this.text));
  }
}

export type Value = number | string | StrNum | undefined;
export type AwkArray = Map<string, Value>;

const NUMERIC =
  /^[ \t\n\r\f\v]*[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|inf(?:inity)?|nan)[ \t\n\r\f\v]*$/i;
const LEADING = /^[ \t\n\r\f\v]*([-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?))/;

/** The number at the start of a text, 0 if there is none. */
export function toNumber(text: string): number {
  // Short plain integers are nearly all there is.
  const { length } = text;
  if (length > 0 && length < 10) {
    let value = 0;
    let i = 0;
    for (; i < length; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (i === length) return value;
  }
  const match = LEADING.exec(text);
  if (match) return Number(match[1]);
  const special = /^[ \t\n\r\f\v]*([-+]?)(inf|nan)/i.exec(text);
  if (!special || !NUMERIC.test(text)) return 0;
  if (special[2]!.toLowerCase() === 'nan') return NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

export function numberOf(value: Value): number {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  return typeof value === 'string' ? toNumber(value) : value.number;
}

export function isTrue(value: Value): boolean {
  if (typeof value === 'number') return value !== 0;
  if (value === undefined) return false;
  if (typeof value === 'string') return value !== '';
  return value.isNumeric ? value.number !== 0 : value.text !== '';
}

/** Is it a number for comparisons? */
function isNumber(value: Value): boolean {
  return typeof value === 'number' || value === undefined || (value instanceof StrNum && value.isNumeric);
}

export function compareValues(a: Value, b: Value, text: (value: Value) => string): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
  if (isNumber(a) && isNumber(b)) {
    const x = numberOf(a);
    const y = numberOf(b);
    return x < y ? -1 : x > y ? 1 : x === y ? 0 : NaN;
  }
  const x = text(a);
  const y = text(b);
  return x < y ? -1 : x > y ? 1 : 0;
}
