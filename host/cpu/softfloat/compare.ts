/** Comparison of two numbers of any format, and what x86's instructions make of it. */
import { DENORMAL, INVALID, raise, type Environment } from './environment.ts';
import { FINITE, INFINITE, SIGNALLING_NAN, ZERO, type Unpacked } from './unpacked.ts';

export const LESS = -1;
export const EQUAL = 0;
export const GREATER = 1;
export const UNORDERED = 2;
export type Relation = -1 | 0 | 1 | 2;

/** Which NaNs are invalid operands: of ucomi only signalling ones, of comi all. */
export const QUIET = SIGNALLING_NAN;
export const SIGNALLING = INFINITE + 1;

/** `invalidFrom` is QUIET or SIGNALLING. Undefined if an exception is not masked. */
export function compare(
  env: Environment,
  a: Unpacked,
  b: Unpacked,
  invalidFrom: number,
): Relation | undefined {
  if (a.kind > INFINITE || b.kind > INFINITE) {
    return (a.kind >= invalidFrom || b.kind >= invalidFrom) && raise(env, INVALID) ? undefined : UNORDERED;
  }
  if ((a.isDenormal || b.isDenormal) && raise(env, DENORMAL)) return undefined;
  return relation(a, b);
}

/** Without exceptions. */
export function relation(a: Unpacked, b: Unpacked): Relation {
  if (a.kind > INFINITE || b.kind > INFINITE) return UNORDERED;
  if (a.kind === ZERO && b.kind === ZERO) return EQUAL;
  if (a.kind === ZERO) return b.sign === 0 ? LESS : GREATER;
  if (b.kind === ZERO || a.sign !== b.sign) return a.sign === 0 ? GREATER : LESS;
  return a.sign === 0 ? relationOfMagnitudes(a, b) : relationOfMagnitudes(b, a);
}

function relationOfMagnitudes(a: Unpacked, b: Unpacked): Relation {
  if (a.kind !== b.kind) return a.kind === FINITE ? LESS : GREATER;
  if (a.kind === INFINITE) return EQUAL;
  if (a.exponent !== b.exponent) return a.exponent < b.exponent ? LESS : GREATER;
  if (a.significand === b.significand) return EQUAL;
  return a.significand < b.significand ? LESS : GREATER;
}
