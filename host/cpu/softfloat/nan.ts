/**
 * Operands that are no numbers (Intel SDM vol. 1, 4.8.3.5, table 4-7). A signalling NaN or an unsupported encoding is
 * an invalid operand; the result is a quiet NaN made of one of the operands.
 */
import { INVALID, raise, type Environment } from './environment.ts';
import {
  DEFAULT_NAN,
  INFINITE,
  QUIET_BIT,
  QUIET_NAN,
  SIGNALLING_NAN,
  UNSUPPORTED,
  type Unpacked,
} from './unpacked.ts';

function quieted(a: Unpacked): Unpacked {
  return a.kind === QUIET_NAN ? a : { ...a, kind: QUIET_NAN, significand: a.significand | QUIET_BIT };
}

/** The result of an operation with one operand that is a NaN or unsupported. */
export function propagateOne(env: Environment, a: Unpacked): Unpacked | undefined {
  if (a.kind !== QUIET_NAN && raise(env, INVALID)) return undefined;
  return a.kind === UNSUPPORTED ? DEFAULT_NAN : quieted(a);
}

/** The result of an operation with two operands of which at least one is a NaN or unsupported. */
export function propagate(env: Environment, a: Unpacked, b: Unpacked): Unpacked | undefined {
  const isInvalid = a.kind >= SIGNALLING_NAN || b.kind >= SIGNALLING_NAN;
  if (isInvalid && raise(env, INVALID)) return undefined;
  if (a.kind === UNSUPPORTED || b.kind === UNSUPPORTED) return DEFAULT_NAN;
  if (a.kind <= INFINITE) return quieted(b);
  if (b.kind <= INFINITE || !env.prefersLargerNan) return quieted(a);
  if (a.kind !== b.kind) return a.kind === QUIET_NAN ? a : b;
  if (a.significand !== b.significand) return quieted(a.significand > b.significand ? a : b);
  return quieted(a.sign <= b.sign ? a : b);
}

/** The result of an operation that is invalid for operands that are numbers. */
export function invalid(env: Environment): Unpacked | undefined {
  return raise(env, INVALID) ? undefined : DEFAULT_NAN;
}
