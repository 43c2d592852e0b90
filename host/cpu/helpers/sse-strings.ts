/**
 * pcmpestri, pcmpestrm, pcmpistri, pcmpistrm: comparisons of two strings of bytes or words (Intel SDM vol. 2B, 4.1).
 * The immediate says what the elements are (bits 0 and 1), how they are compared (2 and 3), how the result is negated
 * (4 and 5) and what comes out of it (6).
 */
import { CPU_XMM, RAX, RCX, RDX } from '../../../kernel/abi/cpu-context.ts';
import type { Helper, HelperState } from '../helper.ts';
import { firstOf, secondOf } from './vector-operands.ts';

const CARRY = 0x001;
const ZERO = 0x040;
const SIGN = 0x080;
const OVERFLOW = 0x800;
const ARITHMETIC_FLAGS = 0x8d5;

/** Elements of both operands as numbers; helpers do not nest. */
const FIRST = new Int32Array(16);
const SECOND = new Int32Array(16);

/** Sixteen bytes or eight words, as numbers; returns how many. */
function readElements(into: Int32Array, view: DataView, format: number): number {
  const isSigned = (format & 2) !== 0;
  if ((format & 1) === 0) {
    for (let i = 0; i < 16; i++) into[i] = isSigned ? view.getInt8(i) : view.getUint8(i);
    return 16;
  }
  for (let i = 0; i < 8; i++) into[i] = isSigned ? view.getInt16(2 * i, true) : view.getUint16(2 * i, true);
  return 8;
}

function implicitLength(list: Int32Array, count: number): number {
  for (let i = 0; i < count; i++) if (list[i] === 0) return i;
  return count;
}

/** The magnitude of rax or rdx, cut to the number of elements. */
function explicitLength(state: HelperState, register: number, isWide: boolean, count: number): number {
  const length = BigInt.asIntN(isWide ? 64 : 32, state.gpr(register));
  const magnitude = length < 0n ? -length : length;
  return magnitude > BigInt(count) ? count : Number(magnitude);
}

/** Bit i: element i of b is one of a's. */
function equalAny(lengthA: number, lengthB: number): number {
  let result = 0;
  for (let at = 0; at < lengthB; at++) {
    for (let i = 0; i < lengthA; i++) {
      if (FIRST[i] === SECOND[at]) {
        result |= 1 << at;
        break;
      }
    }
  }
  return result;
}

/** Bit i: element i of b lies in one of the ranges that a consists of. */
function inRanges(lengthA: number, lengthB: number): number {
  let result = 0;
  for (let at = 0; at < lengthB; at++) {
    for (let i = 0; i + 1 < lengthA; i += 2) {
      if (FIRST[i]! <= SECOND[at]! && SECOND[at]! <= FIRST[i + 1]!) result |= 1 << at;
    }
  }
  return result;
}

/** Bit i: the elements are equal, or both strings have ended. */
function equalEach(lengthA: number, lengthB: number, count: number): number {
  let result = 0;
  for (let at = 0; at < count; at++) {
    const isInB = at < lengthB;
    if (at < lengthA === isInB && (!isInB || FIRST[at] === SECOND[at])) result |= 1 << at;
  }
  return result;
}

/** Bit i: a begins in b at element i, as far as b can be seen. */
function equalOrdered(lengthA: number, lengthB: number, count: number): number {
  let result = 0;
  for (let at = 0; at < count; at++) {
    let i = 0;
    while (i < lengthA && at + i < count && at + i < lengthB && FIRST[i] === SECOND[at + i]) i++;
    if (i === lengthA || at + i === count) result |= 1 << at;
  }
  return result;
}

function compare(mode: number, lengthA: number, lengthB: number, count: number): number {
  switch (mode) {
    case 0:
      return equalAny(lengthA, lengthB);
    case 1:
      return inRanges(lengthA, lengthB);
    case 2:
      return equalEach(lengthA, lengthB, count);
    default:
      return equalOrdered(lengthA, lengthB, count);
  }
}

export const helpCompareStrings: Helper = (state, instruction) => {
  const { operands, operandSize } = instruction;
  const control = operands[2]!.value & 0xff;
  const isImplicit = (instruction.opcode & 2) !== 0;
  const count = readElements(SECOND, secondOf(state, operands[1]!), control & 3);
  readElements(FIRST, firstOf(state, operands[0]!), control & 3);
  const isWide = operandSize === 64;
  const lengthA = isImplicit ? implicitLength(FIRST, count) : explicitLength(state, RAX, isWide, count);
  const lengthB = isImplicit ? implicitLength(SECOND, count) : explicitLength(state, RDX, isWide, count);
  let result = compare((control >> 2) & 3, lengthA, lengthB, count);
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
