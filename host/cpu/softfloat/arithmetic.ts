/**
 * Addition, subtraction, multiplication, division and square root, exact and then rounded once. The result is
 * undefined if an exception that is not masked forbids it.
 */
import { DENORMAL, DIVIDE_BY_ZERO, DOWN, raise, type Environment } from './environment.ts';
import type { Format } from './format.ts';
import { invalid, propagate, propagateOne } from './nan.ts';
import { restOf, round, type Rest } from './round.ts';
import {
  INFINITE,
  INTEGER_BIT,
  ZERO,
  infinity,
  leadingZeros64,
  negated,
  zero,
  type Sign,
  type Unpacked,
} from './unpacked.ts';

export type Result = Unpacked | undefined;

const BIT_64 = 1n << 64n;
const BIT_66 = 1n << 66n;
const BIT_67 = 1n << 67n;
const BIT_127 = 1n << 127n;

/** Notes denormal operands; true if they are not allowed. */
function isDenormalTrapped(env: Environment, a: Unpacked, b: Unpacked): boolean {
  return (a.isDenormal || b.isDenormal) && raise(env, DENORMAL);
}

export function add(env: Environment, format: Format, a: Unpacked, b: Unpacked): Result {
  if (a.kind > INFINITE || b.kind > INFINITE) return propagate(env, a, b);
  if (a.kind === INFINITE && b.kind === INFINITE && a.sign !== b.sign) return invalid(env);
  if (isDenormalTrapped(env, a, b)) return undefined;
  if (a.kind === INFINITE || b.kind === INFINITE) return a.kind === INFINITE ? a : b;
  if (a.kind === ZERO && b.kind === ZERO) return a.sign === b.sign ? a : exactZero(env);
  if (b.kind === ZERO) return round(env, format, a.sign, a.exponent, a.significand, 0);
  if (a.kind === ZERO) return round(env, format, b.sign, b.exponent, b.significand, 0);
  return a.sign === b.sign ? addMagnitudes(env, format, a, b) : subtractMagnitudes(env, format, a, b);
}

/** a − b. A NaN keeps its sign. */
export function subtract(env: Environment, format: Format, a: Unpacked, b: Unpacked): Result {
  return add(env, format, a, b.kind > INFINITE ? b : negated(b));
}

/** What x − x is. */
function exactZero(env: Environment): Unpacked {
  return zero(env.rounding === DOWN ? 1 : 0);
}

/** The smaller operand with three more bits, of which the last is set if bits were lost. */
function aligned(significand: bigint, distance: number): bigint {
  if (distance > 66) return 1n;
  const wide = significand << 3n;
  const shifted = wide >> BigInt(distance);
  return distance > 3 && BigInt.asUintN(distance, wide) !== 0n ? shifted | 1n : shifted;
}

const REST_OF_3_BITS: readonly Rest[] = [0, 1, 1, 1, 2, 3, 3, 3];

function addMagnitudes(env: Environment, format: Format, a: Unpacked, b: Unpacked): Unpacked {
  const [large, small] = a.exponent >= b.exponent ? [a, b] : [b, a];
  let sum = (large.significand << 3n) + aligned(small.significand, large.exponent - small.exponent);
  let exponent = large.exponent;
  if (sum >= BIT_67) {
    exponent++;
    sum = (sum >> 1n) | (sum & 1n);
  }
  return round(env, format, a.sign, exponent, sum >> 3n, REST_OF_3_BITS[Number(sum & 7n)]!);
}

function subtractMagnitudes(env: Environment, format: Format, a: Unpacked, b: Unpacked): Unpacked {
  const distance = a.exponent - b.exponent;
  if (distance === 0) {
    if (a.significand === b.significand) return exactZero(env);
    const isLess = a.significand < b.significand;
    const difference = isLess ? b.significand - a.significand : a.significand - b.significand;
    const shift = leadingZeros64(difference);
    return round(env, format, isLess ? b.sign : a.sign, a.exponent - shift, difference << BigInt(shift), 0);
  }
  const [large, small] = distance > 0 ? [a, b] : [b, a];
  let difference = (large.significand << 3n) - aligned(small.significand, Math.abs(distance));
  let exponent = large.exponent;
  if (difference < BIT_66) {
    // Only where the distance is 1 is it more than one place, and then the difference is exact.
    const shift = leadingZeros64(difference >> 3n);
    difference <<= BigInt(shift);
    exponent -= shift;
  }
  return round(env, format, large.sign, exponent, difference >> 3n, REST_OF_3_BITS[Number(difference & 7n)]!);
}

export function multiply(env: Environment, format: Format, a: Unpacked, b: Unpacked): Result {
  if (a.kind > INFINITE || b.kind > INFINITE) return propagate(env, a, b);
  const sign: Sign = a.sign === b.sign ? 0 : 1;
  if (a.kind === INFINITE || b.kind === INFINITE) {
    if (a.kind === ZERO || b.kind === ZERO) return invalid(env);
    return isDenormalTrapped(env, a, b) ? undefined : infinity(sign);
  }
  if (isDenormalTrapped(env, a, b)) return undefined;
  if (a.kind === ZERO || b.kind === ZERO) return zero(sign);
  const product = a.significand * b.significand;
  const exponent = a.exponent + b.exponent;
  const significand = product >> 64n;
  if (product >= BIT_127) {
    const rest = restOf(BigInt.asUintN(64, product), INTEGER_BIT, 0);
    return round(env, format, sign, exponent + 1, significand, rest);
  }
  const rest = restOf(BigInt.asUintN(63, product), 1n << 62n, 0);
  return round(env, format, sign, exponent, product >> 63n, rest);
}

export function divide(env: Environment, format: Format, a: Unpacked, b: Unpacked): Result {
  if (a.kind > INFINITE || b.kind > INFINITE) return propagate(env, a, b);
  const sign: Sign = a.sign === b.sign ? 0 : 1;
  if (a.kind === INFINITE) {
    if (b.kind === INFINITE) return invalid(env);
    return isDenormalTrapped(env, a, b) ? undefined : infinity(sign);
  }
  if (b.kind === ZERO) {
    if (a.kind === ZERO) return invalid(env);
    return raise(env, DIVIDE_BY_ZERO) ? undefined : infinity(sign);
  }
  if (isDenormalTrapped(env, a, b)) return undefined;
  if (a.kind === ZERO || b.kind === INFINITE) return zero(sign);
  const isLess = a.significand < b.significand;
  const dividend = a.significand << (isLess ? 64n : 63n);
  const quotient = dividend / b.significand;
  const remainder = dividend - quotient * b.significand;
  const rest = remainder === 0n ? 0 : restOf(remainder << 1n, b.significand, 0);
  return round(env, format, sign, a.exponent - b.exponent - (isLess ? 1 : 0), quotient, rest);
}

export function squareRoot(env: Environment, format: Format, a: Unpacked): Result {
  if (a.kind > INFINITE) return propagateOne(env, a);
  if (a.kind === ZERO) return a;
  if (a.sign === 1) return invalid(env);
  if (a.isDenormal && raise(env, DENORMAL)) return undefined;
  if (a.kind === INFINITE) return a;
  const isOdd = (a.exponent & 1) !== 0;
  const square = a.significand << (isOdd ? 64n : 63n);
  const root = integerRoot(square);
  // A root is never half way between two numbers of 64 bits: it would have 65 and its square 129.
  const remainder = square - root * root;
  const rest: Rest = remainder === 0n ? 0 : remainder > root ? 3 : 1;
  return round(env, format, 0, (a.exponent - (isOdd ? 1 : 0)) / 2, root, rest);
}

/** The largest integer whose square is not above one of 127 or 128 bits. */
function integerRoot(square: bigint): bigint {
  // The double is exact to 52 bits, so that one step of Newton's method leaves an error of at most 1.
  const guess = BigInt(Math.sqrt(Number(square)));
  let root = (guess + square / guess) >> 1n;
  if (root >= BIT_64) root = BIT_64 - 1n;
  while (root * root > square) root--;
  while ((root + 1n) * (root + 1n) <= square) root++;
  return root;
}
