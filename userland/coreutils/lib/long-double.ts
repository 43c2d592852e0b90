/**
 * Floating point as C's long double on x86-64: 64 bits of mantissa. printf(1) and seq(1) compute and print with it,
 * so their digits differ from a double's: `printf %.20f 0.1`. Values are exact: mantissa × 2^exponent.
 */

export interface Real {
  readonly kind: 'finite' | 'inf' | 'nan';
  readonly isNegative: boolean;
  readonly mantissa: bigint;
  readonly exponent: number;
}

const BITS = 64;

function bitLength(n: bigint): number {
  return n === 0n ? 0 : n.toString(16).length * 4 - Math.clz32(parseInt(n.toString(16)[0]!, 16)) + 28;
}

/** Rounds to 64 bits, half to even. `isSticky`: something more than zero follows the mantissa. */
function rounded(isNegative: boolean, mantissa: bigint, exponent: number, isSticky = false): Real {
  const extra = bitLength(mantissa) - BITS;
  if (extra <= 0) return { kind: 'finite', isNegative, mantissa, exponent };
  const shift = BigInt(extra);
  let kept = mantissa >> shift;
  const rest = mantissa - (kept << shift);
  const half = 1n << (shift - 1n);
  if (rest > half || (rest === half && (isSticky || (kept & 1n) === 1n))) kept += 1n;
  const real: Real = { kind: 'finite', isNegative, mantissa: kept, exponent: exponent + extra };
  // 1.19e4932 is the largest.
  return bitLength(kept) + real.exponent > 16384
    ? { kind: 'inf', isNegative, mantissa: 0n, exponent: 0 }
    : real;
}

const NUMBER =
  /^\s*([+-]?)(?:(inf(?:inity)?)|(nan)|0x([0-9a-f]*\.?[0-9a-f]*)(?:p([+-]?\d+))?|(\d*\.?\d*)(?:e([+-]?\d+))?)/i;

/** strtold(3): the number at the beginning of a text and how many characters it has; 0: none. */
export function parseReal(text: string): { value: Real; length: number } {
  const found = NUMBER.exec(text);
  const zero: Real = { kind: 'finite', isNegative: false, mantissa: 0n, exponent: 0 };
  if (!found) return { value: zero, length: 0 };
  const [whole, sign, inf, nan, hex, binaryExponent, decimal, decimalExponent] = found;
  const isNegative = sign === '-';
  if (inf) return { value: { ...zero, kind: 'inf', isNegative }, length: whole.length };
  if (nan) return { value: { ...zero, kind: 'nan', isNegative }, length: whole.length };
  if (hex !== undefined && /[0-9a-f]/i.test(hex)) {
    const [integer = '', fraction = ''] = hex.split('.');
    const exponent = Number(binaryExponent ?? 0) - fraction.length * 4;
    return { value: rounded(isNegative, BigInt(`0x${integer}${fraction}`), exponent), length: whole.length };
  }
  if (hex !== undefined) return { value: { ...zero, isNegative }, length: whole.toLowerCase().indexOf('x') };
  if (!/\d/.test(decimal!)) return { value: zero, length: 0 };
  const [integer = '', fraction = ''] = decimal!.split('.');
  const power = Math.max(-20000, Math.min(20000, Number(decimalExponent ?? 0))) - fraction.length;
  return { value: fromDecimal(isNegative, BigInt(integer + fraction), power), length: whole.length };
}

function fromDecimal(isNegative: boolean, digits: bigint, power: number): Real {
  if (digits === 0n) return { kind: 'finite', isNegative, mantissa: 0n, exponent: 0 };
  if (power >= 0) return rounded(isNegative, digits * 10n ** BigInt(power), 0);
  const divisor = 10n ** BigInt(-power);
  const shift = Math.max(0, BITS + 2 - (bitLength(digits) - bitLength(divisor)));
  const scaled = digits << BigInt(shift);
  return rounded(isNegative, scaled / divisor, -shift, scaled % divisor !== 0n);
}

export function fromInteger(n: bigint): Real {
  return rounded(n < 0n, n < 0n ? -n : n, 0);
}

function signed(real: Real): bigint {
  return real.isNegative ? -real.mantissa : real.mantissa;
}

export function add(a: Real, b: Real): Real {
  if (a.kind !== 'finite') return a;
  if (b.kind !== 'finite') return b;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (signed(a) << BigInt(a.exponent - exponent)) + (signed(b) << BigInt(b.exponent - exponent));
  return rounded(sum < 0n, sum < 0n ? -sum : sum, exponent);
}

export function multiply(a: Real, b: Real): Real {
  if (a.kind !== 'finite' || b.kind !== 'finite') return { ...a, kind: a.kind === 'nan' ? 'nan' : 'inf' };
  return rounded(a.isNegative !== b.isNegative, a.mantissa * b.mantissa, a.exponent + b.exponent);
}

/** < 0, 0, > 0. */
export function compare(a: Real, b: Real): number {
  const infinity = (real: Real) => (real.kind === 'inf' ? (real.isNegative ? -1 : 1) : 0);
  if (infinity(a) !== infinity(b)) return infinity(a) - infinity(b);
  const exponent = Math.min(a.exponent, b.exponent);
  const left = signed(a) << BigInt(a.exponent - exponent);
  const right = signed(b) << BigInt(b.exponent - exponent);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The exact value as digits × 10^-scale. */
function decimalOf(real: Real): { digits: bigint; scale: number } {
  if (real.exponent >= 0) return { digits: real.mantissa << BigInt(real.exponent), scale: 0 };
  return { digits: real.mantissa * 5n ** BigInt(-real.exponent), scale: -real.exponent };
}

/** digits / 10^drop, half to even. */
function dropDigits(digits: bigint, drop: number): bigint {
  if (drop <= 0) return digits * 10n ** BigInt(-drop);
  const divisor = 10n ** BigInt(drop);
  const kept = digits / divisor;
  const twice = (digits - kept * divisor) * 2n;
  return twice > divisor || (twice === divisor && (kept & 1n) === 1n) ? kept + 1n : kept;
}

function fixed(real: Real, precision: number, keepsPoint: boolean): string {
  const { digits, scale } = decimalOf(real);
  const text = dropDigits(digits, scale - precision)
    .toString()
    .padStart(precision + 1, '0');
  const point = text.length - precision;
  return precision > 0 || keepsPoint ? `${text.slice(0, point)}.${text.slice(point)}` : text;
}

/** Digits and exponent of d.ddd × 10^exponent with `precision` digits after the point. */
function scientificParts(real: Real, precision: number): { digits: string; exponent: number } {
  const { digits, scale } = decimalOf(real);
  if (digits === 0n) return { digits: '0'.repeat(precision + 1), exponent: 0 };
  const length = digits.toString().length;
  let text = dropDigits(digits, length - precision - 1).toString();
  let exponent = length - 1 - scale;
  if (text.length > precision + 1) {
    text = text.slice(0, precision + 1);
    exponent++;
  }
  return { digits: text, exponent };
}

function scientificText(digits: string, exponent: number, keepsPoint: boolean): string {
  const fraction = digits.slice(1);
  const point = fraction !== '' || keepsPoint ? '.' : '';
  return `${digits[0]}${point}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function general(real: Real, precision: number, keepsZeros: boolean): string {
  const significant = precision === 0 ? 1 : precision;
  const { digits, exponent } = scientificParts(real, significant - 1);
  if (exponent < -4 || exponent >= significant) {
    const cut = keepsZeros ? digits : digits.replace(/(?<=.)0+$/, '');
    return scientificText(cut, exponent, keepsZeros);
  }
  const text = fixed(real, significant - 1 - exponent, keepsZeros);
  return keepsZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, '');
}

function hexadecimal(real: Real, precision: number | undefined, keepsPoint: boolean): string {
  if (real.mantissa === 0n) return `0x0${precision ? '.' + '0'.repeat(precision) : keepsPoint ? '.' : ''}p+0`;
  const shift = BITS - bitLength(real.mantissa);
  let digits = (real.mantissa << BigInt(shift)).toString(16);
  let exponent = real.exponent - shift + 60;
  if (precision === undefined) digits = digits.replace(/(?<=.)0+$/, '');
  else if (precision < 15) {
    const drop = BigInt((15 - precision) * 4);
    const all = BigInt(`0x${digits}`);
    const kept = all >> drop;
    const rest = all - (kept << drop);
    const half = 1n << (drop - 1n);
    const up = rest > half || (rest === half && (kept & 1n) === 1n) ? kept + 1n : kept;
    digits = up.toString(16);
    if (digits.length > precision + 1) {
      digits = '1' + digits.slice(2);
      exponent += 4;
    }
  } else digits = digits.padEnd(precision + 1, '0');
  const fraction = digits.slice(1);
  return `0x${digits[0]}${fraction !== '' || keepsPoint ? '.' : ''}${fraction}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}

/** The digits of a conversion a, e, f or g, without sign and padding. `isAlternate` is the # flag. */
export function formatReal(
  real: Real,
  conversion: string,
  precision: number | undefined,
  isAlternate: boolean,
): string {
  if (real.kind !== 'finite') return real.kind;
  switch (conversion.toLowerCase()) {
    case 'a':
      return hexadecimal(real, precision, isAlternate);
    case 'e': {
      const { digits, exponent } = scientificParts(real, precision ?? 6);
      return scientificText(digits, exponent, isAlternate);
    }
    case 'f':
      return fixed(real, precision ?? 6, isAlternate);
    default:
      return general(real, precision ?? 6, isAlternate);
  }
}
