/**
 * pcmpestri, pcmpestrm, pcmpistri, pcmpistrm: comparisons of two strings of bytes or words (Intel SDM vol. 2B, 4.1).
 * The immediate says what the elements are (bits 0 and 1), how they are compared (2 and 3), how the result is negated
 * (4 and 5) and what comes out of it (6).
 */
import { CPU_XMM, RAX, RCX, RDX } from '../../../kernel/abi/cpu-context.ts';
import type { Helper, HelperState } from '../helper.ts';
import { bytesOf } from './vector-operands.ts';

const CARRY = 0x001;
const ZERO = 0x040;
const SIGN = 0x080;
const OVERFLOW = 0x800;
const ARITHMETIC_FLAGS = 0x8d5;

/** Sixteen bytes or eight words, as numbers. */
function elements(bytes: Uint8Array, format: number): number[] {
  const view = new DataView(bytes.buffer);
  const count = (format & 1) === 0 ? 16 : 8;
  return Array.from({ length: count }, (_, i) => {
    if (count === 16) return (format & 2) === 0 ? view.getUint8(i) : view.getInt8(i);
    return (format & 2) === 0 ? view.getUint16(2 * i, true) : view.getInt16(2 * i, true);
  });
}

function implicitLength(list: readonly number[]): number {
  const end = list.indexOf(0);
  return end < 0 ? list.length : end;
}

/** The magnitude of rax or rdx, cut to the number of elements. */
function explicitLength(state: HelperState, register: number, isWide: boolean, count: number): number {
  const length = BigInt.asIntN(isWide ? 64 : 32, state.gpr(register));
  const magnitude = length < 0n ? -length : length;
  return magnitude > BigInt(count) ? count : Number(magnitude);
}

/** Bit i: what the comparison says of element i of b. */
function compare(mode: number, a: number[], lengthA: number, b: number[], lengthB: number): number {
  const count = a.length;
  let result = 0;
  for (let i = 0; i < count; i++) {
    if (holds(mode, a, lengthA, b, lengthB, i)) result |= 1 << i;
  }
  return result;
}

function holds(
  mode: number,
  a: number[],
  lengthA: number,
  b: number[],
  lengthB: number,
  at: number,
): boolean {
  const isInB = at < lengthB;
  switch (mode) {
    case 0: // equal any
      return isInB && a.slice(0, lengthA).includes(b[at]!);
    case 1: // ranges
      for (let i = 0; isInB && i + 1 < lengthA; i += 2) {
        if (a[i]! <= b[at]! && b[at]! <= a[i + 1]!) return true;
      }
      return false;
    case 2: // equal each
      return at < lengthA === isInB && (!isInB || a[at] === b[at]);
    default: // equal ordered
      for (let i = 0; i < lengthA && at + i < a.length; i++) {
        if (at + i >= lengthB || a[i] !== b[at + i]) return false;
      }
      return true;
  }
}

export const helpCompareStrings: Helper = (state, instruction) => {
  const { operands, operandSize } = instruction;
  const control = operands[2]!.value & 0xff;
  const isImplicit = (instruction.opcode & 2) !== 0;
  const b = elements(bytesOf(state, operands[1]!), control & 3);
  const a = elements(bytesOf(state, operands[0]!), control & 3);
  const count = a.length;
  const isWide = operandSize === 64;
  const lengthA = isImplicit ? implicitLength(a) : explicitLength(state, RAX, isWide, count);
  const lengthB = isImplicit ? implicitLength(b) : explicitLength(state, RDX, isWide, count);
  let result = compare((control >> 2) & 3, a, lengthA, b, lengthB);
  if ((control & 0x10) !== 0) result ^= (control & 0x20) === 0 ? (1 << count) - 1 : (1 << lengthB) - 1;
  const flags =
    (result !== 0 ? CARRY : 0) |
    (lengthB < count ? ZERO : 0) |
    (lengthA < count ? SIGN : 0) |
    ((result & 1) !== 0 ? OVERFLOW : 0);
  state.writeFlags((state.readFlags() & ~ARITHMETIC_FLAGS) | flags);
  if ((instruction.opcode & 1) !== 0) state.setGpr(RCX, BigInt(index(result, count, control)));
  else writeMask(state, result, count, control);
};

/** The number of the lowest or the highest bit; none: the number of elements. */
function index(result: number, count: number, control: number): number {
  if (result === 0) return count;
  return (control & 0x40) === 0 ? 31 - Math.clz32(result & -result) : 31 - Math.clz32(result);
}

function writeMask(state: HelperState, result: number, count: number, control: number): void {
  const mask = state.bytes.subarray(state.context + CPU_XMM, state.context + CPU_XMM + 16);
  mask.fill(0);
  if ((control & 0x40) === 0) {
    mask[0] = result & 0xff;
    mask[1] = result >> 8;
    return;
  }
  const size = 16 / count;
  for (let i = 0; i < 16; i++) mask[i] = ((result >> Math.floor(i / size)) & 1) === 0 ? 0 : 0xff;
}
