/** Encodings of floating-point numbers that are worth trying: edges often, anything sometimes, related pairs. */
import type { Sequence } from './real-cpu.ts';

/** A significand's fraction of so many bits: few bits set, few clear, or any. */
function fraction(random: Sequence, bits: number): bigint {
  const all = (1n << BigInt(bits)) - 1n;
  switch (random.below(8)) {
    case 0:
      return 0n;
    case 1:
      return all;
    case 2:
      return 1n << BigInt(random.below(bits));
    case 3:
      return all ^ (1n << BigInt(random.below(bits)));
    case 4:
      return (all << BigInt(random.below(bits))) & all;
    case 5:
      return all >> BigInt(random.below(bits));
    default:
      return random.bits64() & all;
  }
}

function exponent(random: Sequence, bits: number): number {
  const top = 2 ** bits - 1;
  const bias = 2 ** (bits - 1) - 1;
  switch (random.below(10)) {
    case 0:
      return random.below(3);
    case 1:
      return top - random.below(3);
    case 2:
      return random.below(top + 1);
    case 3:
      return Math.min(top, random.below(80));
    case 4:
      return Math.max(0, top - random.below(80));
    case 5:
      return bias + random.below(4) - 2;
    default:
      return Math.max(0, Math.min(top, bias + random.below(140) - 70));
  }
}

/** A 32- or 64-bit encoding. */
export function anyFloat(random: Sequence, exponentBits: number, fractionBits: number): bigint {
  const sign = BigInt(random.below(2));
  const upper = (sign << BigInt(exponentBits)) | BigInt(exponent(random, exponentBits));
  return (upper << BigInt(fractionBits)) | fraction(random, fractionBits);
}

export function anyFloat32(random: Sequence): number {
  return Number(anyFloat(random, 8, 23));
}

export function anyFloat64(random: Sequence): bigint {
  return anyFloat(random, 11, 52);
}

export interface Float80Bits {
  readonly signExponent: number;
  readonly significand: bigint;
}

/** An 80-bit encoding; one in 32 has the wrong integer bit. */
export function anyFloat80(random: Sequence): Float80Bits {
  const sign = random.below(2) << 15;
  const biased = exponent(random, 15);
  const hasIntegerBit = (biased !== 0) !== (random.below(32) === 0);
  const significand = fraction(random, 63) | (hasIntegerBit ? 1n << 63n : 0n);
  return { signExponent: sign | biased, significand };
}

/** An encoding close to another: the same, its neighbour, its negative, or with a near exponent. */
export function near(random: Sequence, bits: bigint, exponentBits: number, fractionBits: number): bigint {
  const all = (1n << BigInt(exponentBits + fractionBits + 1)) - 1n;
  switch (random.below(5)) {
    case 0:
      return bits;
    case 1:
      return bits ^ (1n << BigInt(exponentBits + fractionBits));
    case 2:
      return (bits + 1n) & all;
    case 3:
      return (bits ^ BigInt(random.below(4))) & all;
    default:
      return bits ^ (BigInt(random.below(8)) << BigInt(fractionBits));
  }
}
