/**
 * Rounding: the one place where results get their precision, and where overflow, underflow and inexact are found.
 *
 * An exact result comes as 64 bits with bit 63 set and what lies below them as two bits, `rest`: 0 nothing, 1 less
 * than half, 2 half, 3 more than half of the last place.
 *
 * x86 finds tininess after rounding: a result is tiny if, rounded to the format's precision with no limit to the
 * exponent, it is below the smallest normal number. A masked underflow is reported only if the result is inexact too.
 */
import {
  DOWN,
  INEXACT,
  OVERFLOW,
  TO_NEAREST,
  UNDERFLOW,
  UP,
  raise,
  type Environment,
} from './environment.ts';
import type { Format } from './format.ts';
import { FINITE, INTEGER_BIT, infinity, unpacked, zero, type Sign, type Unpacked } from './unpacked.ts';

export type Rest = 0 | 1 | 2 | 3;

const ALL_ONES = (1n << 64n) - 1n;

/** Bits that are dropped below a significand's last place, as a Rest. */
export function restOf(low: bigint, half: bigint, rest: Rest): Rest {
  if (low === 0n) return rest === 0 ? 0 : 1;
  if (low < half) return 1;
  return low > half || rest !== 0 ? 3 : 2;
}

export function roundsUp(rounding: number, sign: Sign, rest: Rest, isOdd: boolean): boolean {
  if (rest === 0) return false;
  if (rounding === TO_NEAREST) return rest === 3 || (rest === 2 && isOdd);
  if (rounding === DOWN) return sign === 1;
  return rounding === UP && sign === 0;
}

/** A finite result other than zero, rounded to the format. */
export function round(
  env: Environment,
  format: Format,
  sign: Sign,
  exponent: number,
  significand: bigint,
  rest: Rest,
): Unpacked {
  if (exponent < format.minExponent) return roundTiny(env, format, sign, exponent, significand, rest);
  const drop = 64 - format.precision;
  if (drop !== 0) {
    const low = BigInt.asUintN(drop, significand);
    rest = restOf(low, 1n << BigInt(drop - 1), rest);
    significand -= low;
  }
  env.isRoundedUp = false;
  if (rest !== 0) {
    if (roundsUp(env.rounding, sign, rest, rest === 2 && ((significand >> BigInt(drop)) & 1n) === 1n)) {
      env.isRoundedUp = true;
      significand += 1n << BigInt(drop);
      if (significand > ALL_ONES) {
        significand = INTEGER_BIT;
        exponent++;
      }
    }
    if (exponent <= format.maxExponent) env.flags |= INEXACT;
  }
  if (exponent > format.maxExponent) {
    return overflow(env, format, sign, exponent, significand, rest);
  }
  return { kind: FINITE, sign, exponent, significand, isDenormal: false };
}

function overflow(
  env: Environment,
  format: Format,
  sign: Sign,
  exponent: number,
  significand: bigint,
  rest: Rest,
): Unpacked {
  if (raise(env, OVERFLOW)) {
    if (rest !== 0) env.flags |= INEXACT;
    return unpacked(FINITE, sign, exponent - format.wrap, significand);
  }
  env.flags |= INEXACT;
  env.isRoundedUp = roundsUp(env.rounding, sign, 3, true);
  if (env.isRoundedUp) return infinity(sign);
  const drop = BigInt(64 - format.precision);
  return unpacked(FINITE, sign, format.maxExponent, (ALL_ONES >> drop) << drop);
}

function roundTiny(
  env: Environment,
  format: Format,
  sign: Sign,
  exponent: number,
  significand: bigint,
  rest: Rest,
): Unpacked {
  const isTiny = isTinyAfterRounding(env, format, sign, exponent, significand, rest);
  if (isTiny && (env.masks & UNDERFLOW) === 0) {
    // Inexact is then what does not fit the precision, with no limit to the exponent.
    env.flags |= UNDERFLOW;
    const normal = round(env, format, sign, 0, significand, rest);
    return { ...normal, exponent: normal.exponent + exponent + format.wrap };
  }
  if (isTiny && env.flushesToZero && (env.masks & UNDERFLOW) !== 0) {
    env.flags |= UNDERFLOW | INEXACT;
    return zero(sign);
  }
  const shift = format.minExponent - exponent + (64 - format.precision);
  let rounded = 0n;
  if (shift > 64) {
    rest = 1;
  } else {
    const low = BigInt.asUintN(shift, significand);
    rest = restOf(low, 1n << BigInt(shift - 1), rest);
    rounded = significand >> BigInt(shift);
  }
  env.isRoundedUp = roundsUp(env.rounding, sign, rest, (rounded & 1n) === 1n);
  if (env.isRoundedUp) rounded++;
  if (rest !== 0) env.flags |= isTiny ? UNDERFLOW | INEXACT : INEXACT;
  if (rounded === 0n) return zero(sign);
  return unpacked(FINITE, sign, format.minExponent, rounded << BigInt(64 - format.precision));
}

/** Only a number just below the smallest normal one can be rounded up to it. */
function isTinyAfterRounding(
  env: Environment,
  format: Format,
  sign: Sign,
  exponent: number,
  significand: bigint,
  rest: Rest,
): boolean {
  if (exponent !== format.minExponent - 1) return true;
  const drop = 64 - format.precision;
  if (significand >> BigInt(drop) !== ALL_ONES >> BigInt(drop)) return true;
  if (drop !== 0) rest = restOf(BigInt.asUintN(drop, significand), 1n << BigInt(drop - 1), rest);
  return !roundsUp(env.rounding, sign, rest, true);
}
