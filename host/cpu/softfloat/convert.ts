/** Conversions between formats, to and from integers, and rounding to integral values. */
import { DENORMAL, INEXACT, INVALID, raise, type Environment } from './environment.ts';
import type { Format } from './format.ts';
import { propagateOne } from './nan.ts';
import type { Result } from './arithmetic.ts';
import { restOf, round, roundsUp, type Rest } from './round.ts';
import { FINITE, INFINITE, ZERO, leadingZeros64, unpacked, zero, type Unpacked } from './unpacked.ts';

const BIT_64 = 1n << 64n;

/** To another format: cvtss2sd, cvtsd2ss, fst m32. */
export function toFormat(env: Environment, format: Format, a: Unpacked): Result {
  if (a.kind > INFINITE) return propagateOne(env, a);
  if (a.isDenormal && raise(env, DENORMAL)) return undefined;
  return a.kind === FINITE ? round(env, format, a.sign, a.exponent, a.significand, 0) : a;
}

/** An integer of up to 64 bits, signed or not, rounded to the format. */
export function fromInteger(env: Environment, format: Format, value: bigint): Unpacked {
  if (value === 0n) return zero(0);
  const magnitude = value < 0n ? -value : value;
  const shift = leadingZeros64(magnitude);
  return round(env, format, value < 0n ? 1 : 0, 63 - shift, magnitude << BigInt(shift), 0);
}

interface Integral {
  readonly magnitude: bigint;
  readonly rest: Rest;
}

/** A finite number's magnitude cut to an integer; the exponent is below 64. */
function cut(a: Unpacked): Integral {
  const shift = 63 - a.exponent;
  if (shift > 64) return { magnitude: 0n, rest: 1 };
  if (shift === 0) return { magnitude: a.significand, rest: 0 };
  const rest = restOf(BigInt.asUintN(shift, a.significand), 1n << BigInt(shift - 1), 0);
  return { magnitude: a.significand >> BigInt(shift), rest };
}

/**
 * A signed integer of so many bits, rounded as `rounding` says. Undefined if the number is none or does not fit: then
 * INVALID is raised and nothing else, and the destination gets the "integer indefinite", masked or not as the
 * instruction will have it.
 */
export function toSignedInteger(
  env: Environment,
  a: Unpacked,
  bits: number,
  rounding: number,
): bigint | undefined {
  const limit = 1n << BigInt(bits - 1);
  const magnitude = roundedMagnitude(env, a, rounding, a.sign === 0 ? limit - 1n : limit);
  return magnitude === undefined || a.sign === 0 ? magnitude : -magnitude;
}

/** The number as an integer, rounded, if its magnitude is not above `limit` (which is below 2^64). */
export function roundedMagnitude(
  env: Environment,
  a: Unpacked,
  rounding: number,
  limit: bigint,
): bigint | undefined {
  env.isRoundedUp = false;
  if (a.kind === ZERO) return 0n;
  if (a.kind === FINITE && a.exponent < 64) {
    const { magnitude, rest } = cut(a);
    const isUp = roundsUp(rounding, a.sign, rest, (magnitude & 1n) === 1n);
    const rounded = isUp ? magnitude + 1n : magnitude;
    if (rounded <= limit) {
      if (rest !== 0) env.flags |= INEXACT;
      env.isRoundedUp = isUp;
      return rounded;
    }
  }
  env.flags |= INVALID;
  return undefined;
}

/** To an integral value in the same format: roundsd; frndint, which looks for denormals first. */
export function toIntegral(env: Environment, a: Unpacked, rounding: number): Result {
  if (a.kind > INFINITE) return propagateOne(env, a);
  env.isRoundedUp = false;
  if (a.kind !== FINITE || a.exponent >= 63) return a;
  const { magnitude, rest } = cut(a);
  if (rest === 0) return a;
  env.flags |= INEXACT;
  env.isRoundedUp = roundsUp(rounding, a.sign, rest, (magnitude & 1n) === 1n);
  const rounded = env.isRoundedUp ? magnitude + 1n : magnitude;
  if (rounded === 0n) return zero(a.sign);
  if (rounded === BIT_64) return unpacked(FINITE, a.sign, 64, 1n << 63n);
  const shift = leadingZeros64(rounded);
  return unpacked(FINITE, a.sign, 63 - shift, rounded << BigInt(shift));
}
