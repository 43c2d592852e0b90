/**
 * fsin, fcos, fptan and fpatan. Arguments are reduced with π of 66 bits, as CPUs have done since the 387: for large
 * arguments the results are those of a slightly different number, everywhere the same one. See transcendental.ts for
 * the accuracy of the rest.
 */
import type { Result } from './arithmetic.ts';
import { DENORMAL, raise, type Environment } from './environment.ts';
import * as fixed from './fixed-point.ts';
import { invalid, propagate, propagateOne } from './nan.ts';
import { TINY_EXPONENT, WORKING_BITS, roundBig } from './transcendental.ts';
import { INFINITE, ONE, ZERO, zero, type Sign, type Unpacked } from './unpacked.ts';

/** π in 66 bits, with 66 fractional ones (the last two are zero). */
const PI_66 = 0x3_243f_6a88_85a3_08d3n;
const PI_66_BITS = 64;
/** |operand| must be below 2^63. */
const LIMIT_EXPONENT = 63;

export interface Reduced {
  readonly result: Result;
  /** False: the operand is too large, and nothing is done but to set C2. */
  readonly isInRange: boolean;
}

const OUT_OF_RANGE: Reduced = { result: undefined, isInRange: false };

function inRange(result: Result): Reduced {
  return { result, isInRange: true };
}

/** An angle in [−π/4, π/4] and how many quarter turns were taken off: magnitude × 2^−bits. */
interface Angle {
  readonly quadrant: number;
  readonly isNegative: boolean;
  readonly magnitude: bigint;
  readonly bits: number;
}

/** The magnitude of `a`, reduced, with enough bits behind it for the series. */
function reduce(a: Unpacked): Angle {
  const shift = a.exponent - 63 + PI_66_BITS + 1;
  if (a.exponent < -1) {
    const bits = WORKING_BITS - a.exponent;
    const magnitude = a.significand << BigInt(bits - 63 + a.exponent);
    return { quadrant: 0, isNegative: false, magnitude, bits };
  }
  // In units of 2^−65, in which a quarter turn is PI_66.
  const value = a.significand << BigInt(shift);
  let quadrant = value / PI_66;
  let rest = value - quadrant * PI_66;
  const isNegative = 2n * rest > PI_66;
  if (isNegative) {
    quadrant++;
    rest = PI_66 - rest;
  }
  const more = WORKING_BITS;
  return {
    quadrant: Number(quadrant & 3n),
    isNegative,
    magnitude: rest << BigInt(more),
    bits: PI_66_BITS + 1 + more,
  };
}

/** What the three functions share: operands that are no numbers, too large, zero or so small that a series is one term. */
function special(env: Environment, a: Unpacked, ofZero: (a: Unpacked) => Unpacked): Reduced | undefined {
  if (a.kind > INFINITE) return inRange(propagateOne(env, a));
  if (a.kind === INFINITE) return inRange(invalid(env));
  if (a.kind === ZERO) return inRange(ofZero(a));
  if (a.isDenormal && raise(env, DENORMAL)) return inRange(undefined);
  return a.exponent >= LIMIT_EXPONENT ? OUT_OF_RANGE : undefined;
}

/** A number whose magnitude is a little smaller (−1) or larger (1) than the operand's. */
function besides(env: Environment, a: Unpacked, direction: 1n | -1n): Unpacked {
  return roundBig(env, a.sign, (a.significand << 80n) + direction, 143 - a.exponent, false);
}

function sineOf({ magnitude, bits }: Angle): bigint {
  return fixed.sine(magnitude, bits);
}

function cosineOf({ magnitude, bits }: Angle): bigint {
  return fixed.cosine(magnitude, bits);
}

export function sine(env: Environment, a: Unpacked): Reduced {
  const early = special(env, a, x => x);
  if (early) return early;
  if (a.exponent < TINY_EXPONENT) return inRange(besides(env, a, -1n));
  return inRange(turned(env, reduce(a), 0, a.sign));
}

export function cosine(env: Environment, a: Unpacked): Reduced {
  const early = special(env, a, () => ONE);
  if (early) return early;
  if (a.exponent < TINY_EXPONENT) return inRange(besides(env, ONE, -1n));
  return inRange(turned(env, reduce(a), 1, 0));
}

/** ± the sine of an angle, `quarters` quarter turns further. */
function turned(env: Environment, angle: Angle, quarters: number, sign: Sign): Unpacked {
  const quadrant = (angle.quadrant + quarters) & 3;
  const isCosine = (quadrant & 1) !== 0;
  const magnitude = isCosine ? cosineOf(angle) : sineOf(angle);
  const isFlipped = quadrant >= 2 !== (!isCosine && angle.isNegative);
  if (magnitude === 0n) return zero(sign);
  return roundBig(env, isFlipped ? (sign === 0 ? 1 : 0) : sign, magnitude, angle.bits, false);
}

export function tangent(env: Environment, a: Unpacked): Reduced {
  const early = special(env, a, x => x);
  if (early) return early;
  if (a.exponent < TINY_EXPONENT) return inRange(besides(env, a, 1n));
  const angle = reduce(a);
  const isTurned = (angle.quadrant & 1) !== 0;
  const sineValue = sineOf(angle);
  const cosineValue = cosineOf(angle);
  // Enough bits for a quotient of a small sine.
  const bits = BigInt(2 * angle.bits);
  const magnitude = isTurned ? (cosineValue << bits) / sineValue : (sineValue << bits) / cosineValue;
  const isFlipped = isTurned !== angle.isNegative;
  return inRange(
    roundBig(env, isFlipped ? (a.sign === 0 ? 1 : 0) : a.sign, magnitude, 2 * angle.bits, false),
  );
}

/** fpatan: the angle of the point (x, y). */
export function arctangent(env: Environment, y: Unpacked, x: Unpacked): Result {
  if (x.kind > INFINITE || y.kind > INFINITE) return propagate(env, y, x);
  if ((x.isDenormal || y.isDenormal) && raise(env, DENORMAL)) return undefined;
  if (y.kind === INFINITE) {
    const eighths = x.kind !== INFINITE ? 4 : x.sign === 0 ? 2 : 6;
    return partOfTurn(env, y.sign, eighths);
  }
  if (y.kind === ZERO || x.kind === INFINITE) return x.sign === 0 ? zero(y.sign) : partOfTurn(env, y.sign, 8);
  if (x.kind === ZERO) return partOfTurn(env, y.sign, 4);
  return angleOf(env, y, x);
}

/** So many eighths of π. */
function partOfTurn(env: Environment, sign: Sign, eighths: number): Unpacked {
  return roundBig(env, sign, fixed.pi(2 * WORKING_BITS) * BigInt(eighths), 2 * WORKING_BITS + 3, false);
}

function angleOf(env: Environment, y: Unpacked, x: Unpacked): Unpacked {
  const distance = y.exponent - x.exponent;
  const isSteep = distance > 0 || (distance === 0 && y.significand > x.significand);
  const small = isSteep ? x : y;
  const large = isSteep ? y : x;
  const gap = Math.abs(distance);
  if (gap > -TINY_EXPONENT) {
    // The arctangent is a little less than its argument.
    if (!isSteep && x.sign === 0) {
      const quotient = (y.significand << (2n * BigInt(WORKING_BITS))) / x.significand;
      return roundBig(env, y.sign, (quotient << 1n) - 1n, 2 * WORKING_BITS + 1 - distance, false);
    }
    return partOfTurn(env, y.sign, isSteep ? 4 : 8);
  }
  const bits = WORKING_BITS + gap;
  const quotient = (small.significand << BigInt(bits)) / (large.significand << BigInt(gap));
  const angle = fixed.arctangent(quotient, bits);
  const halfTurn = fixed.pi(bits);
  const result = isSteep
    ? x.sign === 0
      ? halfTurn / 2n - angle
      : halfTurn / 2n + angle
    : x.sign === 0
      ? angle
      : halfTurn - angle;
  return roundBig(env, y.sign, result, bits, false);
}
