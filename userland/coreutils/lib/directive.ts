/** One printf directive (`%-08.3f`) and the padding that C gives it. Shared by printf(1), seq(1) and others. */
import { type Real, formatReal } from './long-double.ts';

export interface Directive {
  /** Of «-+ #0'». */
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: string;
}

function pad(directive: Directive, sign: string, body: string, zeros: boolean): string {
  const { flags, width } = directive;
  const length = sign.length + body.length;
  if (length >= width) return sign + body;
  if (flags.includes('-')) return (sign + body).padEnd(width);
  if (zeros) return sign + '0'.repeat(width - length) + body;
  return (sign + body).padStart(width);
}

function signOf(isNegative: boolean, flags: string): string {
  return isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
}

export function formatString(text: string, directive: Directive): string {
  const cut = directive.precision === undefined ? text : text.slice(0, directive.precision);
  return pad(directive, '', cut, false);
}

/** d i o u x X; an unsigned conversion of a negative number is taken modulo 2^64. */
export function formatInteger(value: bigint, directive: Directive): string {
  const { flags, precision, conversion } = directive;
  const isSigned = conversion === 'd' || conversion === 'i';
  const magnitude = isSigned ? (value < 0n ? -value : value) : BigInt.asUintN(64, value);
  const radix = conversion === 'o' ? 8 : conversion === 'x' || conversion === 'X' ? 16 : 10;
  let digits = precision === 0 && magnitude === 0n ? '' : magnitude.toString(radix);
  digits = digits.padStart(precision ?? 0, '0');
  let prefix = isSigned ? signOf(value < 0n, flags) : '';
  if (flags.includes('#')) {
    if (radix === 8 && !digits.startsWith('0')) digits = '0' + digits;
    if (radix === 16 && magnitude !== 0n) prefix = '0x';
  }
  const text = pad(directive, prefix, digits, flags.includes('0') && precision === undefined);
  return conversion === 'X' ? text.toUpperCase() : text;
}

export function formatFloat(value: Real, directive: Directive): string {
  const { flags, precision, conversion } = directive;
  let body = formatReal(value, conversion, precision, flags.includes('#'));
  let sign = signOf(value.isNegative, flags);
  if (body.startsWith('0x')) {
    // Zeros go between the prefix and the digits.
    sign += '0x';
    body = body.slice(2);
  }
  const text = pad(directive, sign, body, flags.includes('0') && value.kind === 'finite');
  return conversion === conversion.toUpperCase() ? text.toUpperCase() : text;
}
