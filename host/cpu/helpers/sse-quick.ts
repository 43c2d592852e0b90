/**
 * Scalar arithmetic by JavaScript's own, with an exact answer to whether it was inexact: for programs whose results
 * were exact so far, as those that count in floating-point numbers. Translated code cannot tell, and asks each time
 * until MXCSR has the precision flag.
 */
import { SSE_ADD, SSE_DIVIDE, SSE_MULTIPLY, SSE_SQUARE_ROOT, SSE_SUBTRACT } from '../softfloat/sse.ts';
import { INEXACT } from '../softfloat/environment.ts';

const ALL_MASKS = 0x1f80;
/** What differs from nearest, all masked: rounding, FZ, DAZ. */
const OTHER_MODES = 0xe040;

export function isQuick(mxcsr: number): boolean {
  return (mxcsr & ALL_MASKS) === ALL_MASKS && (mxcsr & OTHER_MODES) === 0;
}

const UNKNOWN = -1;

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

function isProduct(a: number, b: number, product: number): boolean {
  return a * b === product && errorOfProduct(a, b, product) === 0;
}

function isExact(operation: number, a: number, b: number, result: number): boolean {
  switch (operation) {
    case SSE_ADD:
      return errorOfSum(a, b, result) === 0;
    case SSE_SUBTRACT:
      return errorOfSum(a, -b, result) === 0;
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

/** The flags to raise, with the result in `a`; negative: do it the long way. */
export function quick64(operation: number, a: DataView, b: DataView): number {
  const x = a.getFloat64(0, true);
  const y = b.getFloat64(0, true);
  const isUnary = operation === SSE_SQUARE_ROOT;
  if (!isModerate(y, MODERATE_DOUBLE) || !(isUnary || isModerate(x, MODERATE_DOUBLE))) return UNKNOWN;
  const result = compute(operation, x, y);
  if (!Number.isFinite(result)) return UNKNOWN;
  a.setFloat64(0, result, true);
  return isExact(operation, x, y, result) ? 0 : INEXACT;
}

export function quick32(operation: number, a: DataView, b: DataView): number {
  const x = a.getFloat32(0, true);
  const y = b.getFloat32(0, true);
  const isUnary = operation === SSE_SQUARE_ROOT;
  if (!isModerate(y, MODERATE_SINGLE) || !(isUnary || isModerate(x, MODERATE_SINGLE))) return UNKNOWN;
  // Rounding to a double first does no harm: it has more than twice the bits.
  const wide = compute(operation, x, y);
  if (!Number.isFinite(wide)) return UNKNOWN;
  const result = Math.fround(wide);
  a.setFloat32(0, result, true);
  return result === wide && isExact(operation, x, y, result) ? 0 : INEXACT;
}
