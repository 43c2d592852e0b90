/**
 * Scalar arithmetic by JavaScript's own, with an exact answer to whether it was inexact: for programs whose results
 * were exact so far, as those that count in floating-point numbers. Translated code cannot tell, and asks each time
 * until MXCSR has the precision flag.
 */
import { SSE_ADD, SSE_DIVIDE, SSE_MULTIPLY, SSE_SQUARE_ROOT, SSE_SUBTRACT } from '../softfloat/sse.ts';

const ALL_MASKS = 0x1f80;
/** Rounding. FZ and DAZ do not matter: neither operands nor results here are tiny. */
const OTHER_ROUNDING = 0x6000;

export function isQuick(mxcsr: number): boolean {
  return (mxcsr & ALL_MASKS) === ALL_MASKS && (mxcsr & OTHER_ROUNDING) === 0;
}

function compute(operation: number, a: number, b: number): number {
  switch (operation) {
    case SSE_ADD:
      return a + b;
    case SSE_SUBTRACT:
      return a - b;
    case SSE_MULTIPLY:
      return a * b;
    case SSE_DIVIDE:
      return a / b;
    case SSE_SQUARE_ROOT:
      return Math.sqrt(b);
    default:
      return Number.NaN;
  }
}

/** Neither rounding nor the error terms below can leave the range of normal numbers. */
function isModerate(value: number, limit: number): boolean {
  const magnitude = Math.abs(value);
  return value === 0 || (magnitude < limit && magnitude > 1 / limit);
}

/** The error of a sum of two doubles (Knuth). */
function errorOfSum(a: number, b: number, sum: number): number {
  const second = sum - a;
  return a - (sum - second) + (b - second);
}

/** The error of a product of two moderate doubles (Dekker). */
function errorOfProduct(a: number, b: number, product: number): number {
  const bigA = 134_217_729 * a;
  const highA = bigA - (bigA - a);
  const lowA = a - highA;
  const bigB = 134_217_729 * b;
  const highB = bigB - (bigB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

function isSum(a: number, b: number, sum: number): boolean {
  return a + b === sum && errorOfSum(a, b, sum) === 0;
}
function isProduct(a: number, b: number, product: number): boolean {
  return a * b === product && errorOfProduct(a, b, product) === 0;
}

/** Whether an answer of quick64 or quick32 is what exact arithmetic gives. */
export function isExact(operation: number, a: number, b: number, result: number): boolean {
  switch (operation) {
    case SSE_ADD:
      return isSum(a, b, result);
    case SSE_SUBTRACT:
      return isSum(a, -b, result);
    case SSE_MULTIPLY:
      return isProduct(a, b, result);
    case SSE_DIVIDE:
      return isProduct(result, b, a);
    default:
      return isProduct(result, result, b);
  }
}

const MODERATE_DOUBLE = 2 ** 480;
const MODERATE_SINGLE = 2 ** 60;

/** a OP b, or the root of b. NaN: do it the long way. */
export function quick64(operation: number, a: number, b: number): number {
  const isUnary = operation === SSE_SQUARE_ROOT;
  if (!isModerate(b, MODERATE_DOUBLE) || !(isUnary || isModerate(a, MODERATE_DOUBLE))) return Number.NaN;
  const answer = compute(operation, a, b);
  return Number.isFinite(answer) ? answer : Number.NaN;
}

export function quick32(operation: number, a: number, b: number): number {
  const isUnary = operation === SSE_SQUARE_ROOT;
  if (!isModerate(b, MODERATE_SINGLE) || !(isUnary || isModerate(a, MODERATE_SINGLE))) return Number.NaN;
  // Rounding to a double first does no harm: it has more than twice the bits.
  const answer = Math.fround(compute(operation, a, b));
  return Number.isFinite(answer) ? answer : Number.NaN;
}
