/**
 * The x87's exponential and logarithms: computed to more than 128 bits and then rounded once, so that they are
 * correctly rounded but for chances of 2^−60. CPUs promise an error below one unit in the last place.
 *
 * Operands outside the range that an instruction is defined for are computed as the mathematics has it.
 */
import type { Result } from './arithmetic.ts';
import { DENORMAL, DIVIDE_BY_ZERO, INEXACT, UNDERFLOW, raise, type Environment } from './environment.ts';
import { bitLength, exponentialMinusOne, ln2, logarithm2 } from './fixed-point.ts';
import { FLOAT80 } from './format.ts';
import { invalid, propagate, propagateOne } from './nan.ts';
import { restOf, round } from './round.ts';
import {
  FINITE,
  INFINITE,
  INTEGER_BIT,
  ONE,
  ZERO,
  infinity,
  withSign,
  zero,
  type Sign,
  type Unpacked,
} from './unpacked.ts';

/** Bits that a result is computed to, at least. */
export const WORKING_BITS = 140;
/** Below this power of two the linear term of a series is as good as the whole. */
export const TINY_EXPONENT = -140;

/** Rounds magnitude × 2^−scale. An inexact magnitude is never taken for a half-way case. */
export function roundBig(
  env: Environment,
  sign: Sign,
  magnitude: bigint,
  scale: number,
  isExact: boolean,
): Unpacked {
  const length = bitLength(magnitude);
  if (length <= 64) {
    const significand = magnitude << BigInt(64 - length);
    return round(env, FLOAT80, sign, length - 1 - scale, significand, isExact ? 0 : 1);
  }
  const drop = length - 64;
  const low = BigInt.asUintN(drop, isExact ? magnitude : magnitude | 1n);
  const rest = restOf(low, 1n << BigInt(drop - 1), 0);
  return round(env, FLOAT80, sign, length - 1 - scale, magnitude >> BigInt(drop), rest);
}

export function isPowerOfTwo(value: bigint): boolean {
  return (value & (value - 1n)) === 0n;
}

/** f2xm1: 2^a − 1 for |a| ≤ 1. */
export function powerMinusOne(env: Environment, a: Unpacked): Result {
  if (a.kind > INFINITE) return propagateOne(env, a);
  if (a.kind === INFINITE) return a.sign === 0 ? a : withSign(ONE, 1);
  if (a.kind === ZERO) return a;
  if (a.isDenormal && raise(env, DENORMAL)) return undefined;
  if (a.exponent >= 0) return wholePower(env, a);
  if (a.exponent < TINY_EXPONENT) {
    return roundBig(env, a.sign, a.significand * ln2(WORKING_BITS), WORKING_BITS + 63 - a.exponent, false);
  }
  const bits = WORKING_BITS - a.exponent;
  const t = (a.significand * ln2(bits)) >> BigInt(63 - a.exponent);
  const result = exponentialMinusOne(a.sign === 0 ? t : -t, bits);
  return roundBig(env, a.sign, a.sign === 0 ? result : -result, bits, false);
}

/** 2^1 − 1 and 2^−1 − 1. What lies beyond is undefined; CPUs leave the operand. All are reported as inexact. */
function wholePower(env: Environment, a: Unpacked): Unpacked {
  env.flags |= INEXACT;
  if (a.exponent > 0 || a.significand !== INTEGER_BIT || a.sign === 0) return a;
  return { ...a, exponent: -1 };
}

/** fyl2x: y × log2 a. */
export function timesLogarithm(env: Environment, y: Unpacked, a: Unpacked): Result {
  if (a.kind > INFINITE || y.kind > INFINITE) return propagate(env, y, a);
  if (a.sign === 1 && a.kind !== ZERO) return invalid(env);
  if (a.kind === ZERO) {
    if (y.kind === ZERO) return invalid(env);
    const sign: Sign = y.sign === 0 ? 1 : 0;
    if (y.kind === INFINITE) return infinity(sign);
    return raise(env, DIVIDE_BY_ZERO) ? undefined : infinity(sign);
  }
  if (a.kind === INFINITE && y.kind === ZERO) return invalid(env);
  const isOne = a.kind === FINITE && a.exponent === 0 && a.significand === INTEGER_BIT;
  if (isOne && y.kind === INFINITE) return invalid(env);
  if ((a.isDenormal || y.isDenormal) && raise(env, DENORMAL)) return undefined;
  const isBelowOne = a.kind === FINITE && a.exponent < 0;
  const sign: Sign = (y.sign === 1) !== isBelowOne ? 1 : 0;
  if (a.kind === INFINITE || y.kind === INFINITE) return infinity(sign);
  if (isOne || y.kind === ZERO) return zero(sign);
  return timesLogarithmOf(env, y, a.significand, 63 - a.exponent, 2 * WORKING_BITS);
}

/** y × log2 (value × 2^−scale), not of 1. */
function timesLogarithmOf(
  env: Environment,
  y: Unpacked,
  value: bigint,
  scale: number,
  bits: number,
): Unpacked {
  const isExact = isPowerOfTwo(value);
  let logarithm: bigint;
  if (isExact) {
    logarithm = BigInt(bitLength(value) - 1 - scale) << BigInt(bits);
  } else {
    const { integer, fraction } = logarithm2(value, scale, bits);
    logarithm = (BigInt(integer) << BigInt(bits)) + fraction;
  }
  const isNegative = logarithm < 0n;
  const sign: Sign = (y.sign === 1) !== isNegative ? 1 : 0;
  const product = (isNegative ? -logarithm : logarithm) * y.significand;
  // CPUs report an exact result as inexact too.
  env.flags |= INEXACT;
  const result = roundBig(env, sign, product, bits + 63 - y.exponent, isExact);
  if (result.kind <= FINITE && result.significand < INTEGER_BIT) env.flags |= UNDERFLOW;
  return result;
}

/** fyl2xp1: y × log2 (a + 1), for small a. */
export function timesLogarithmPlusOne(env: Environment, y: Unpacked, a: Unpacked): Result {
  if (a.kind > INFINITE || y.kind > INFINITE) return propagate(env, y, a);
  if (a.kind === INFINITE && (a.sign === 1 || y.kind === ZERO)) return invalid(env);
  if (a.kind === ZERO && y.kind === INFINITE) return invalid(env);
  if ((a.isDenormal || y.isDenormal) && raise(env, DENORMAL)) return undefined;
  const sign: Sign = a.sign === y.sign ? 0 : 1;
  if (a.kind === INFINITE || y.kind === INFINITE) return infinity(sign);
  if (a.kind === ZERO || y.kind === ZERO) return zero(sign);
  if (a.exponent < TINY_EXPONENT) {
    // log2 (1 + a) is a × log2 e here, that is a divided by ln 2.
    const product = a.significand * y.significand;
    const quotient = (product << BigInt(2 * WORKING_BITS)) / ln2(WORKING_BITS);
    return roundBig(env, sign, quotient, WORKING_BITS + 126 - a.exponent - y.exponent, false);
  }
  if (a.sign === 1 && a.exponent >= 0) {
    // There is no such logarithm: undefined; CPUs give the operand.
    env.flags |= INEXACT;
    return a;
  }
  const scale = Math.max(0, 63 - a.exponent);
  const magnitude = a.significand << BigInt(Math.max(0, a.exponent - 63));
  const value = (1n << BigInt(scale)) + (a.sign === 0 ? magnitude : -magnitude);
  return timesLogarithmOf(env, y, value, scale, WORKING_BITS + Math.max(0, -a.exponent));
}
