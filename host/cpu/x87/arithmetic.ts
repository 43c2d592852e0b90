/** x87 arithmetic and comparison: what the eight operations of D8, DA, DC and DE do with their operands. */
import { add, divide, multiply, squareRoot, subtract, type Result } from '../softfloat/arithmetic.ts';
import { EQUAL, GREATER, LESS, SIGNALLING, compare, relation, type Relation } from '../softfloat/compare.ts';
import { toIntegral } from '../softfloat/convert.ts';
import { DENORMAL, raise } from '../softfloat/environment.ts';
import { extract, remainder, scale } from '../softfloat/remainder.ts';
import { zero, type Unpacked } from '../softfloat/unpacked.ts';
import { STATUS_C0, STATUS_C1, STATUS_C2, STATUS_C3, STATUS_CONDITIONS, type X87 } from './machine.ts';

/** ModRM.reg of the arithmetic instructions; 2 and 3 are comparisons. */
export const ADD = 0;
export const MULTIPLY = 1;
export const SUBTRACT = 4;
export const SUBTRACT_REVERSED = 5;
export const DIVIDE = 6;

function compute(x: X87, operation: number, a: Unpacked, b: Unpacked): Result {
  switch (operation) {
    case ADD:
      return add(x.env, x.format, a, b);
    case MULTIPLY:
      return multiply(x.env, x.format, a, b);
    case SUBTRACT:
      return subtract(x.env, x.format, a, b);
    case SUBTRACT_REVERSED:
      return subtract(x.env, x.format, b, a);
    case DIVIDE:
      return divide(x.env, x.format, a, b);
    default:
      return divide(x.env, x.format, b, a);
  }
}

/** st(0) op st(i), to st(`destination`). */
export function arithmetic(x: X87, operation: number, i: number, destination: number, pops: number): void {
  if (x.isEmpty(0) || x.isEmpty(i)) return x.deliverUnderflow(destination, pops);
  x.deliver(compute(x, operation, x.get(0), x.get(i)), destination, pops);
}

/** st(0) op a number from memory, to st(0). */
export function arithmeticWith(x: X87, operation: number, b: Unpacked): void {
  if (x.isEmpty(0)) return x.deliverUnderflow(0);
  x.deliver(compute(x, operation, x.get(0), b), 0);
}

function conditionsOf(relation: Relation): number {
  if (relation === GREATER) return 0;
  if (relation === LESS) return STATUS_C0;
  return relation === EQUAL ? STATUS_C3 : STATUS_CONDITIONS;
}

/** The outcome is told also where an exception is not masked; only the pop is then left out (as AMD has it). */
function compareTo(x: X87, b: Unpacked, invalidFrom: number, pops: number): void {
  x.setConditions(conditionsOf(compareAlways(x, x.get(0), b, invalidFrom)));
  if (!x.isTrapping) x.pop(pops);
}

function compareAlways(x: X87, a: Unpacked, b: Unpacked, invalidFrom: number): Relation {
  return compare(x.env, a, b, invalidFrom) ?? relation(a, b);
}

function unorderedByFault(x: X87, pops: number): void {
  x.setConditions(STATUS_CONDITIONS);
  if (x.stackFault(0)) x.pop(pops);
}

/** fcom (`invalidFrom` SIGNALLING) and fucom (QUIET) with st(i). */
export function compareRegisters(x: X87, i: number, invalidFrom: number, pops: number): void {
  if (x.isEmpty(0) || x.isEmpty(i)) return unorderedByFault(x, pops);
  compareTo(x, x.get(i), invalidFrom, pops);
}

/** fcom with a number from memory. */
export function compareWith(x: X87, b: Unpacked, pops: number): void {
  if (x.isEmpty(0)) return unorderedByFault(x, pops);
  compareTo(x, b, SIGNALLING, pops);
}

export const FLAG_CF = 0x01;
export const FLAG_PF = 0x04;
export const FLAG_ZF = 0x40;

/** fcomi and fucomi: ZF, PF and CF. */
export function compareToFlags(x: X87, i: number, invalidFrom: number, pops: number): number {
  if (x.isEmpty(0) || x.isEmpty(i)) {
    if (x.stackFault(0)) x.pop(pops);
    return FLAG_ZF | FLAG_PF | FLAG_CF;
  }
  const relation = compareAlways(x, x.get(0), x.get(i), invalidFrom);
  if (!x.isTrapping) x.pop(pops);
  if (relation === GREATER) return 0;
  if (relation === LESS) return FLAG_CF;
  return relation === EQUAL ? FLAG_ZF : FLAG_ZF | FLAG_PF | FLAG_CF;
}

export function test(x: X87): void {
  compareWith(x, zero(0), 0);
}

export function root(x: X87): void {
  if (x.isEmpty(0)) return x.deliverUnderflow(0);
  x.deliver(squareRoot(x.env, x.format, x.get(0)), 0);
}

export function roundToInteger(x: X87): void {
  if (x.isEmpty(0)) return x.deliverUnderflow(0);
  const a = x.get(0);
  if (a.isDenormal && raise(x.env, DENORMAL)) return;
  x.deliver(toIntegral(x.env, a, x.env.rounding), 0);
}

export function scaleTop(x: X87): void {
  if (x.isEmpty(0) || x.isEmpty(1)) return x.deliverUnderflow(0);
  x.deliver(scale(x.env, x.get(0), x.get(1)), 0);
}

/** fprem and fprem1: the quotient's bits 2, 1, 0 go to C0, C3, C1. */
export function remainderTop(x: X87, isToNearest: boolean): void {
  x.clearC2();
  if (x.isEmpty(0) || x.isEmpty(1)) return x.deliverUnderflow(0);
  const { result, quotient, isComplete } = remainder(x.env, x.get(0), x.get(1), isToNearest);
  if (!isComplete) x.setConditions(STATUS_C2);
  if (quotient !== undefined) {
    x.setConditions(((quotient & 4) !== 0 ? STATUS_C0 : 0) | ((quotient & 2) !== 0 ? STATUS_C3 : 0));
  }
  x.deliver(result, 0);
  x.env.isRoundedUp = quotient !== undefined && (quotient & 1) !== 0;
}

/** fxtract: the exponent replaces the number, the significand is pushed. */
export function extractTop(x: X87): void {
  if (x.isEmpty(0) || !x.isEmpty(7)) {
    if (!x.stackFault(x.isEmpty(0) ? 0 : STATUS_C1)) return;
    x.setIndefinite(0);
    x.top = (x.top + 7) & 7;
    x.setIndefinite(0);
    return;
  }
  const parts = extract(x.env, x.get(0));
  if (parts === undefined) return;
  x.set(0, parts.exponent);
  x.top = (x.top + 7) & 7;
  x.set(0, parts.significand);
}
