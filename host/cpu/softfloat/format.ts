/**
 * The binary floating-point formats of x86 (Intel SDM vol. 1, 4.2 and 8.2). A format says to which precision and range
 * a result is rounded; how it is laid out in bits is pack.ts's matter.
 */

export interface Format {
  readonly name: string;
  readonly exponentBits: number;
  /** Bits of the significand, with the hidden or explicit integer bit. */
  readonly precision: number;
  /** The integer bit stands in the encoding, as only the 80-bit format has it. */
  readonly hasExplicitInteger: boolean;
  /** Exponents of the largest finite and the smallest normal number; their significands lie in [1, 2). */
  readonly maxExponent: number;
  readonly minExponent: number;
  /** What an unmasked overflow takes from the exponent, and an unmasked underflow adds to it. */
  readonly wrap: number;
}

function format(name: string, exponentBits: number, precision: number): Format {
  const maxExponent = 2 ** (exponentBits - 1) - 1;
  return {
    name,
    exponentBits,
    precision,
    hasExplicitInteger: exponentBits === 15,
    maxExponent,
    minExponent: 1 - maxExponent,
    wrap: 3 * 2 ** (exponentBits - 2),
  };
}

export const FLOAT32 = format('float32', 8, 24);
export const FLOAT64 = format('float64', 11, 53);
export const FLOAT80 = format('float80', 15, 64);
/** What the x87's precision control makes of its registers: the range of 80 bits with less precision. */
export const FLOAT80_AS_FLOAT32 = format('float80 rounded to single', 15, 24);
export const FLOAT80_AS_FLOAT64 = format('float80 rounded to double', 15, 53);
