import type { Result } from './arithmetic.ts';
import type { Environment } from './environment.ts';
import type { Unpacked } from './unpacked.ts';

export interface Reduced {
  readonly result: Result;
  readonly isInRange: boolean;
}
export function exponentialMinusOne(env: Environment, a: Unpacked): Result {
  return env ? a : a;
}
export function logarithm(env: Environment, y: Unpacked, a: Unpacked): Result {
  return env && y ? a : a;
}
export function logarithmPlusOne(env: Environment, y: Unpacked, a: Unpacked): Result {
  return env && y ? a : a;
}
export function arctangent(env: Environment, y: Unpacked, a: Unpacked): Result {
  return env && y ? a : a;
}
export function sine(env: Environment, a: Unpacked): Reduced {
  return { result: env ? a : a, isInRange: true };
}
export function cosine(env: Environment, a: Unpacked): Reduced {
  return { result: env ? a : a, isInRange: true };
}
export function tangent(env: Environment, a: Unpacked): Reduced {
  return { result: env ? a : a, isInRange: true };
}
