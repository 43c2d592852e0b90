/**
 * What an operation is told besides its operands, and what it tells besides its result: rounding, masks, exception
 * flags. The flags have the places that they have in the x87 status word and in MXCSR.
 *
 * An exception that is masked gives a result by rule. One that is not masked and is found before computing (invalid,
 * denormal operand, divide by zero) gives no result: operations then return undefined. One that is found after
 * rounding gives a result (with its exponent wrapped, in the 80-bit format), and the caller sees it in `flags`.
 */

export const INVALID = 0x01;
export const DENORMAL = 0x02;
export const DIVIDE_BY_ZERO = 0x04;
export const OVERFLOW = 0x08;
export const UNDERFLOW = 0x10;
export const INEXACT = 0x20;
export const ALL_EXCEPTIONS = 0x3f;

export const TO_NEAREST = 0;
export const DOWN = 1;
export const UP = 2;
export const TRUNCATE = 3;

export class Environment {
  /** TO_NEAREST (ties to even), DOWN, UP or TRUNCATE: the encoding of both control words. */
  rounding = TO_NEAREST;
  /** Exceptions that are masked, as bits. */
  masks = ALL_EXCEPTIONS;
  /** Exceptions that operations met; they only ever set bits. */
  flags = 0;
  /** The last rounding made the magnitude larger: C1 of the x87. Set by operations that round. */
  isRoundedUp = false;
  /** x87: of two NaNs the one with the larger significand goes on. SSE: the first. */
  prefersLargerNan = true;
  /** MXCSR.FZ: a tiny result is zero, unless underflow is unmasked. */
  flushesToZero = false;
  /** MXCSR.DAZ: a denormal operand is zero. */
  takesDenormalsAsZero = false;
}

/** Notes an exception; true if it is not masked. */
export function raise(env: Environment, exception: number): boolean {
  env.flags |= exception;
  return (env.masks & exception) === 0;
}
