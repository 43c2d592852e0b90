/**
 * A number taken out of its format: all operations compute with these. The value of a finite one is
 * (−1)^sign × significand × 2^(exponent − 63).
 */

export const ZERO = 0;
export const FINITE = 1;
export const INFINITE = 2;
export const QUIET_NAN = 3;
export const SIGNALLING_NAN = 4;
/** 80-bit encodings that are no numbers since the 387: unnormals, pseudo-infinities, pseudo-NaNs. */
export const UNSUPPORTED = 5;
export type Kind = 0 | 1 | 2 | 3 | 4 | 5;
export type Sign = 0 | 1;

export interface Unpacked {
  readonly kind: Kind;
  readonly sign: Sign;
  /** Of finite numbers only. */
  readonly exponent: number;
  /**
   * 64 bits. Finite: bit 63 is set, except in results that are denormal, which stand at the format's minExponent. NaN:
   * bit 63 is set, bit 62 makes it quiet, the payload follows; zero otherwise.
   */
  readonly significand: bigint;
  /** An operand that was denormal (or pseudo-denormal) in its format. */
  readonly isDenormal: boolean;
}

export const INTEGER_BIT = 1n << 63n;
export const QUIET_BIT = 1n << 62n;

export function unpacked(kind: Kind, sign: Sign, exponent: number, significand: bigint): Unpacked {
  return { kind, sign, exponent, significand, isDenormal: false };
}

const POSITIVE_ZERO = unpacked(ZERO, 0, 0, 0n);
const NEGATIVE_ZERO = unpacked(ZERO, 1, 0, 0n);
const POSITIVE_INFINITY = unpacked(INFINITE, 0, 0, 0n);
const NEGATIVE_INFINITY = unpacked(INFINITE, 1, 0, 0n);

/** The quiet NaN that an invalid operation gives: "real indefinite". */
export const DEFAULT_NAN = unpacked(QUIET_NAN, 1, 0, INTEGER_BIT | QUIET_BIT);
export const ONE = unpacked(FINITE, 0, 0, INTEGER_BIT);

export function zero(sign: Sign): Unpacked {
  return sign === 0 ? POSITIVE_ZERO : NEGATIVE_ZERO;
}

export function infinity(sign: Sign): Unpacked {
  return sign === 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY;
}

export function isNan(a: Unpacked): boolean {
  return a.kind > INFINITE;
}

/** The same number with this sign. */
export function withSign(a: Unpacked, sign: Sign): Unpacked {
  return a.sign === sign ? a : { ...a, sign };
}

export function negated(a: Unpacked): Unpacked {
  return withSign(a, a.sign === 0 ? 1 : 0);
}

/** How many zero bits stand above the highest one of 64. */
export function leadingZeros64(value: bigint): number {
  const high = Number(value >> 32n);
  return high !== 0 ? Math.clz32(high) : 32 + Math.clz32(Number(value & 0xffff_ffffn));
}
