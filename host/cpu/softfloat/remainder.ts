/** Partial remainder, scaling and taking apart: fprem, fprem1, fscale, fxtract. */
import type { Result } from './arithmetic.ts';
import {
  DENORMAL,
  DIVIDE_BY_ZERO,
  INEXACT,
  OVERFLOW,
  UNDERFLOW,
  raise,
  type Environment,
} from './environment.ts';
import { FLOAT80 } from './format.ts';
import { invalid, propagate, propagateOne } from './nan.ts';
import { round } from './round.ts';
import {
  FINITE,
  INFINITE,
  ZERO,
  infinity,
  leadingZeros64,
  unpacked,
  withSign,
  zero,
  type Sign,
  type Unpacked,
} from './unpacked.ts';

export interface Remainder {
  readonly result: Result;
  /** The quotient's lowest three bits; undefined if there is none, or the reduction is not complete. */
  readonly quotient: number | undefined;
  /** False: the exponents were too far apart, and the instruction is to be executed again (C2). */
  readonly isComplete: boolean;
}

function complete(result: Result, quotient?: number): Remainder {
  return { result, quotient, isComplete: true };
}

/** a − b × quotient; the quotient is rounded to nearest (IEEE 754, fprem1) or truncated (fprem). */
export function remainder(env: Environment, a: Unpacked, b: Unpacked, isToNearest: boolean): Remainder {
  if (a.kind > INFINITE || b.kind > INFINITE) return complete(propagate(env, a, b));
  if (a.kind === INFINITE || b.kind === ZERO) return complete(invalid(env));
  if ((a.isDenormal || b.isDenormal) && raise(env, DENORMAL)) return complete(undefined);
  if (a.kind === ZERO) return complete(a, 0);
  if (b.kind === INFINITE) return complete(round(env, FLOAT80, a.sign, a.exponent, a.significand, 0), 0);
  const distance = a.exponent - b.exponent;
  if (distance >= 64)
    return { result: reducePartly(env, a, b, distance), quotient: undefined, isComplete: false };
  if (distance < -1 || (distance < 0 && !isToNearest)) {
    return complete(round(env, FLOAT80, a.sign, a.exponent, a.significand, 0), 0);
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const dividend = a.significand << BigInt(a.exponent - exponent);
  const divisor = b.significand << BigInt(b.exponent - exponent);
  let quotient = dividend / divisor;
  let rest = dividend - quotient * divisor;
  let sign = a.sign;
  if (isToNearest) {
    const twice = rest << 1n;
    if (twice > divisor || (twice === divisor && (quotient & 1n) === 1n)) {
      quotient++;
      rest = divisor - rest;
      sign = sign === 0 ? 1 : 0;
    }
  }
  const result = rest === 0n ? zero(a.sign) : exactly(env, sign, exponent, rest);
  return { result, quotient: Number(quotient & 7n), isComplete: true };
}

/** Takes between 32 and 63 bits of the distance off. */
function reducePartly(env: Environment, a: Unpacked, b: Unpacked, distance: number): Unpacked {
  const bits = (distance & 31) | 32;
  const rest = (a.significand << BigInt(bits)) % b.significand;
  return rest === 0n ? zero(a.sign) : exactly(env, a.sign, b.exponent + distance - bits, rest);
}

/** A remainder of up to 65 bits, of which 64 count, as a number. */
function exactly(env: Environment, sign: Sign, exponent: number, value: bigint): Unpacked {
  if (value >> 64n !== 0n) return round(env, FLOAT80, sign, exponent + 1, value >> 1n, 0);
  const shift = leadingZeros64(value);
  return round(env, FLOAT80, sign, exponent - shift, value << BigInt(shift), 0);
}

/** Above this every number over- or underflows. */
const LARGEST_SCALE = 0x10000;

/** a × 2^b, b truncated to an integer. */
export function scale(env: Environment, a: Unpacked, b: Unpacked): Result {
  if (a.kind > INFINITE || b.kind > INFINITE) return propagate(env, a, b);
  if (b.kind === INFINITE) {
    if (a.kind === (b.sign === 0 ? ZERO : INFINITE)) return invalid(env);
    if (a.isDenormal && raise(env, DENORMAL)) return undefined;
    return b.sign === 0 ? infinity(a.sign) : zero(a.sign);
  }
  if ((a.isDenormal || b.isDenormal) && raise(env, DENORMAL)) return undefined;
  if (a.kind !== FINITE) return a;
  const exponent = a.exponent + scaleOf(b);
  // So far away that not even a wrapped exponent holds it.
  if ((env.masks & OVERFLOW) === 0 && exponent > FLOAT80.maxExponent + FLOAT80.wrap) {
    env.flags |= OVERFLOW | INEXACT;
    env.isRoundedUp = true;
    return infinity(a.sign);
  }
  if ((env.masks & UNDERFLOW) === 0 && exponent < FLOAT80.minExponent - FLOAT80.wrap) {
    env.flags |= UNDERFLOW | INEXACT;
    env.isRoundedUp = false;
    return zero(a.sign);
  }
  return round(env, FLOAT80, a.sign, exponent, a.significand, 0);
}

function scaleOf(b: Unpacked): number {
  if (b.kind === ZERO || b.exponent < 0) return 0;
  const magnitude =
    b.exponent >= 17
      ? LARGEST_SCALE
      : Math.min(LARGEST_SCALE, Number(b.significand >> BigInt(63 - b.exponent)));
  return b.sign === 0 ? magnitude : -magnitude;
}

export interface Extracted {
  readonly exponent: Unpacked;
  readonly significand: Unpacked;
}

/** The exponent as a number, and the number with exponent 0. */
export function extract(env: Environment, a: Unpacked): Extracted | undefined {
  if (a.kind > INFINITE) {
    const nan = propagateOne(env, a);
    return nan && { exponent: nan, significand: nan };
  }
  if (a.kind === INFINITE) return { exponent: infinity(0), significand: a };
  if (a.kind === ZERO) {
    return raise(env, DIVIDE_BY_ZERO) ? undefined : { exponent: infinity(1), significand: a };
  }
  if (a.isDenormal && raise(env, DENORMAL)) return undefined;
  return { exponent: smallInteger(a.exponent), significand: unpacked(FINITE, a.sign, 0, a.significand) };
}

/** An integer below 2^32 in magnitude. */
export function smallInteger(value: number): Unpacked {
  if (value === 0) return zero(0);
  const magnitude = Math.abs(value);
  const exponent = 31 - Math.clz32(magnitude);
  const positive = unpacked(FINITE, 0, exponent, BigInt(magnitude) << BigInt(63 - exponent));
  return withSign(positive, value < 0 ? 1 : 0);
}
