/**
 * Single lanes of SSE's floating-point instructions, with everything that MXCSR asks for: rounding modes, flags,
 * flush-to-zero, denormals-are-zero. 32-bit lanes are numbers, 64-bit ones bigints, both as encoded.
 *
 * An instruction computes all its lanes with one LaneResults; only if `isTrapped` is false then may it write them.
 */
import { add, divide, multiply, squareRoot, subtract, type Result } from './arithmetic.ts';
import { EQUAL, GREATER, LESS, QUIET, SIGNALLING, UNORDERED, compare, type Relation } from './compare.ts';
import { fromInteger, toFormat, toIntegral, toSignedInteger } from './convert.ts';
import {
  ALL_EXCEPTIONS,
  DENORMAL,
  DIVIDE_BY_ZERO,
  Environment,
  INEXACT,
  INVALID,
  TRUNCATE,
} from './environment.ts';
import { FLOAT32, FLOAT64, type Format } from './format.ts';
import { pack32, pack64, unpack32, unpack64 } from './pack.ts';
import { ZERO, zero, type Unpacked } from './unpacked.ts';

export const MXCSR_DAZ = 0x40;
const MXCSR_MASKS_SHIFT = 7;
const MXCSR_ROUNDING_SHIFT = 13;
export const MXCSR_FZ = 0x8000;
/** Bits of MXCSR that may be set; others are #GP. */
export const MXCSR_VALID = 0xffff;
/** What an operation finds before it computes. */
const EARLY_EXCEPTIONS = INVALID | DENORMAL | DIVIDE_BY_ZERO;

export const SSE_ADD = 0;
export const SSE_MULTIPLY = 1;
export const SSE_SUBTRACT = 2;
export const SSE_DIVIDE = 3;
export const SSE_MINIMUM = 4;
export const SSE_MAXIMUM = 5;
export const SSE_SQUARE_ROOT = 6;

/** The environment of an instruction, and the flags of its lanes. */
export class SseEnvironment extends Environment {
  private laneFlags = 0;

  override prefersLargerNan = false;

  begin(mxcsr: number): this {
    this.rounding = (mxcsr >> MXCSR_ROUNDING_SHIFT) & 3;
    this.masks = (mxcsr >> MXCSR_MASKS_SHIFT) & ALL_EXCEPTIONS;
    this.flushesToZero = (mxcsr & MXCSR_FZ) !== 0;
    this.takesDenormalsAsZero = (mxcsr & MXCSR_DAZ) !== 0;
    this.flags = 0;
    this.laneFlags = 0;
    return this;
  }

  /** Between two lanes of a packed instruction. */
  endLane(): void {
    this.laneFlags |= this.flags;
    this.flags = 0;
  }

  /** All lanes' flags, to be added to MXCSR. A trap that is found before computing hides what comes after it. */
  get exceptions(): number {
    const flags = this.flags | this.laneFlags;
    return (flags & EARLY_EXCEPTIONS & ~this.masks) === 0 ? flags : flags & EARLY_EXCEPTIONS;
  }

  /** #XM: no destination is written. */
  get isTrapped(): boolean {
    return ((this.flags | this.laneFlags) & ~this.masks) !== 0;
  }
}

function operand(env: Environment, a: Unpacked): Unpacked {
  return a.isDenormal && env.takesDenormalsAsZero ? zero(a.sign) : a;
}

export function operand32(env: Environment, bits: number): Unpacked {
  return operand(env, unpack32(bits));
}

export function operand64(env: Environment, bits: bigint): Unpacked {
  return operand(env, unpack64(bits));
}

function arithmetic(env: Environment, operation: number, format: Format, a: Unpacked, b: Unpacked): Result {
  switch (operation) {
    case SSE_ADD:
      return add(env, format, a, b);
    case SSE_MULTIPLY:
      return multiply(env, format, a, b);
    case SSE_SUBTRACT:
      return subtract(env, format, a, b);
    case SSE_DIVIDE:
      return divide(env, format, a, b);
    case SSE_SQUARE_ROOT:
      return squareRoot(env, format, b);
    default:
      throw new Error(`SSE operation ${operation}`);
  }
}

/** minss, maxss: true if the first operand is it; the second one also if either is a NaN or both are zero. */
function isFirstExtreme(env: Environment, operation: number, a: Unpacked, b: Unpacked): boolean {
  return compare(env, a, b, SIGNALLING) === (operation === SSE_MINIMUM ? LESS : GREATER);
}

/** a OP b, or the root of b. After a trap the result means nothing. */
export function sse32(env: Environment, operation: number, a: number, b: number): number {
  const first = operand32(env, a);
  const second = operand32(env, b);
  if (operation === SSE_MINIMUM || operation === SSE_MAXIMUM) {
    // The operand as it is, not quieted; a denormal that is taken for zero becomes it.
    if (isFirstExtreme(env, operation, first, second)) return first.kind === ZERO ? pack32(first) : a;
    return second.kind === ZERO ? pack32(second) : b;
  }
  const result = arithmetic(env, operation, FLOAT32, first, second);
  return result === undefined ? 0 : pack32(result);
}

export function sse64(env: Environment, operation: number, a: bigint, b: bigint): bigint {
  const first = operand64(env, a);
  const second = operand64(env, b);
  if (operation === SSE_MINIMUM || operation === SSE_MAXIMUM) {
    if (isFirstExtreme(env, operation, first, second)) return first.kind === ZERO ? pack64(first) : a;
    return second.kind === ZERO ? pack64(second) : b;
  }
  const result = arithmetic(env, operation, FLOAT64, first, second);
  return result === undefined ? 0n : pack64(result);
}

/** Flags of ucomiss (`invalidFrom` QUIET) and comiss (SIGNALLING) as ZF (0x40), PF (4) and CF (1). */
export function compareFlags(env: Environment, a: Unpacked, b: Unpacked, invalidFrom: number): number {
  switch (compare(env, a, b, invalidFrom)) {
    case EQUAL:
      return 0x40;
    case LESS:
      return 0x01;
    case GREATER:
      return 0;
    default:
      return 0x45;
  }
}

/** Of each of AVX's 32 predicates, of which SSE has the first 8: for which relations it is true, as bits. */
const LESS_BIT = 1;
const EQUAL_BIT = 2;
const GREATER_BIT = 4;
const UNORDERED_BIT = 8;
const PREDICATES = [
  EQUAL_BIT,
  LESS_BIT,
  LESS_BIT | EQUAL_BIT,
  UNORDERED_BIT,
  LESS_BIT | GREATER_BIT | UNORDERED_BIT,
  EQUAL_BIT | GREATER_BIT | UNORDERED_BIT,
  GREATER_BIT | UNORDERED_BIT,
  LESS_BIT | EQUAL_BIT | GREATER_BIT,
  EQUAL_BIT | UNORDERED_BIT,
  LESS_BIT | UNORDERED_BIT,
  LESS_BIT | EQUAL_BIT | UNORDERED_BIT,
  0,
  LESS_BIT | GREATER_BIT,
  EQUAL_BIT | GREATER_BIT,
  GREATER_BIT,
  LESS_BIT | EQUAL_BIT | GREATER_BIT | UNORDERED_BIT,
];
/** Bit i: predicate i of the first sixteen takes a quiet NaN for invalid; of the second sixteen it is the other way. */
const SIGNALLING_PREDICATES = 0b0110_0110_0110_0110;

/** cmpss and relatives: whether the predicate holds. */
export function holds(env: Environment, predicate: number, a: Unpacked, b: Unpacked): boolean {
  const isSignalling = ((SIGNALLING_PREDICATES >> (predicate & 15)) & 1) !== predicate >> 4;
  const relation: Relation = compare(env, a, b, isSignalling ? SIGNALLING : QUIET) ?? UNORDERED;
  return ((PREDICATES[predicate & 15]! >> (relation + 1)) & 1) !== 0;
}

/** roundss and relatives: `control` is the instruction's immediate byte. */
export function roundToIntegral(env: Environment, a: Unpacked, control: number): Result {
  const flags = env.flags;
  const result = toIntegral(env, a, (control & 4) === 0 ? control & 3 : env.rounding);
  if ((control & 8) !== 0) env.flags = flags | (env.flags & ~INEXACT);
  return result;
}

/** cvtss2si, cvttsd2si …: what does not fit is the smallest integer. */
export function toInteger(env: Environment, a: Unpacked, bits: 32 | 64, isTruncating: boolean): bigint {
  const rounding = isTruncating ? TRUNCATE : env.rounding;
  return toSignedInteger(env, a, bits, rounding) ?? -1n << BigInt(bits - 1);
}

export function integerTo32(env: Environment, value: bigint): number {
  return pack32(fromInteger(env, FLOAT32, value));
}

export function integerTo64(env: Environment, value: bigint): bigint {
  return pack64(fromInteger(env, FLOAT64, value));
}

/** cvtss2sd */
export function widen(env: Environment, bits: number): bigint {
  const result = toFormat(env, FLOAT64, operand32(env, bits));
  return result === undefined ? 0n : pack64(result);
}

/** cvtsd2ss */
export function narrow(env: Environment, bits: bigint): number {
  const result = toFormat(env, FLOAT32, operand64(env, bits));
  return result === undefined ? 0 : pack32(result);
}
