/**
 * The x87's state as instructions store it in memory: the environment of fnstenv (28 bytes, or 14 with a 16-bit operand
 * size), with the registers behind it for fnsave, and the 512 bytes of fxsave (Intel SDM vol. 1, 8.1.10 and 10.5).
 */
import { CPU_MXCSR, CPU_XMM } from '../../../kernel/abi/cpu-context.ts';
import { ALL_EXCEPTIONS } from '../softfloat/environment.ts';
import { MXCSR_VALID } from '../softfloat/sse.ts';
import { CONTROL_INITIAL, X87 } from './machine.ts';

export const ENVIRONMENT_BYTES = 28;
export const ENVIRONMENT_16_BYTES = 14;
export const FXSAVE_BYTES = 512;
const REGISTER_BYTES = 10;
export const SAVE_BYTES = ENVIRONMENT_BYTES + 8 * REGISTER_BYTES;
export const SAVE_16_BYTES = ENVIRONMENT_16_BYTES + 8 * REGISTER_BYTES;

const TAG_VALID = 0;
const TAG_ZERO = 1;
const TAG_SPECIAL = 2;
const TAG_EMPTY = 3;
const INTEGER_BIT = 1n << 63n;

function tagOf(x: X87, physical: number): number {
  if (((x.valid >> physical) & 1) === 0) return TAG_EMPTY;
  const i = (physical - x.top) & 7;
  const exponent = x.signExponent(i) & 0x7fff;
  const significand = x.significand(i);
  if (exponent === 0) return significand === 0n ? TAG_ZERO : TAG_SPECIAL;
  return exponent === 0x7fff || significand < INTEGER_BIT ? TAG_SPECIAL : TAG_VALID;
}

function tagWord(x: X87): number {
  let word = 0;
  for (let physical = 0; physical < 8; physical++) word |= tagOf(x, physical) << (2 * physical);
  return word;
}

function setTags(x: X87, word: number): void {
  x.valid = 0;
  for (let physical = 0; physical < 8; physical++) {
    if (((word >> (2 * physical)) & 3) !== TAG_EMPTY) x.valid |= 1 << physical;
  }
}

export function initialize(x: X87): void {
  x.setControl(CONTROL_INITIAL);
  x.setStatus(0);
  x.valid = 0;
  x.clearPointers();
}

/** fnstenv; afterwards all exceptions are masked. */
export function storeEnvironment(x: X87, to: DataView, operandSize: number): void {
  const instruction = x.instructionPointer;
  const segment = x.instructionSegment;
  if (operandSize === 16) {
    const words = [
      x.control,
      x.status,
      tagWord(x),
      Number(instruction & 0xffffn),
      segment,
      Number(x.dataPointer & 0xffffn),
      0,
    ];
    words.forEach((word, i) => to.setUint16(2 * i, word, true));
  } else {
    const unused = 0xffff_0000;
    const words = [
      unused + x.control,
      unused + x.status,
      unused + tagWord(x),
      Number(instruction & 0xffff_ffffn),
      x.opcode * 0x10000 + segment,
      Number(x.dataPointer & 0xffff_ffffn),
      unused,
    ];
    words.forEach((word, i) => to.setUint32(4 * i, word, true));
  }
  x.setControl(x.control | ALL_EXCEPTIONS);
  x.updateError();
}

/** fldenv */
export function loadEnvironment(x: X87, from: DataView, operandSize: number): void {
  const step = operandSize === 16 ? 2 : 4;
  x.setControl(from.getUint16(0, true));
  x.setStatus(from.getUint16(step, true));
  setTags(x, from.getUint16(2 * step, true));
  if (operandSize === 16) {
    x.setPointers(0, BigInt(from.getUint16(6, true)), from.getUint16(8, true));
    x.setDataPointer(BigInt(from.getUint16(10, true)));
  } else {
    x.setPointers(
      from.getUint16(18, true) & 0x7ff,
      BigInt(from.getUint32(12, true)),
      from.getUint16(16, true),
    );
    x.setDataPointer(BigInt(from.getUint32(20, true)));
  }
}

/** fnsave: the environment and the registers from the top; then as fninit. */
export function save(x: X87, to: DataView, operandSize: number): void {
  storeEnvironment(x, to, operandSize);
  const start = operandSize === 16 ? ENVIRONMENT_16_BYTES : ENVIRONMENT_BYTES;
  for (let i = 0; i < 8; i++) {
    to.setBigUint64(start + i * REGISTER_BYTES, x.significand(i), true);
    to.setUint16(start + i * REGISTER_BYTES + 8, x.signExponent(i), true);
  }
  initialize(x);
}

/** frstor */
export function restore(x: X87, from: DataView, operandSize: number): void {
  loadEnvironment(x, from, operandSize);
  const start = operandSize === 16 ? ENVIRONMENT_16_BYTES : ENVIRONMENT_BYTES;
  const { valid } = x;
  for (let i = 0; i < 8; i++) {
    const at = start + i * REGISTER_BYTES;
    x.setBits(i, from.getUint16(at + 8, true), from.getBigUint64(at, true));
  }
  x.valid = valid;
}

// ---- fxsave

const FX_FCW = 0;
const FX_FSW = 2;
const FX_FTW = 4;
const FX_FOP = 6;
const FX_FIP = 8;
const FX_FDP = 16;
const FX_MXCSR = 24;
const FX_MXCSR_MASK = 28;
const FX_ST = 32;
const FX_XMM = 160;

/**
 * fxsave (and fxsave64: `isWide`). Bytes that are not the state's are left as they are in `to`, among them the pointers
 * if no exception is pending, as AMD has it.
 */
export function fxsave(view: DataView, context: number, to: DataView, isWide: boolean): void {
  const x = new X87(view, context);
  to.setUint16(FX_FCW, x.control, true);
  to.setUint16(FX_FSW, x.status, true);
  to.setUint16(FX_FTW, x.valid, true);
  const hasPointers = x.isErrorPending;
  const instruction = hasPointers ? x.instructionPointer : 0n;
  const operand = hasPointers ? x.dataPointer : 0n;
  to.setUint16(FX_FOP, hasPointers ? x.opcode : 0, true);
  if (isWide) {
    to.setBigUint64(FX_FIP, instruction, true);
    to.setBigUint64(FX_FDP, operand, true);
  } else {
    to.setBigUint64(FX_FIP, instruction & 0xffff_ffffn, true);
    to.setBigUint64(FX_FDP, operand & 0xffff_ffffn, true);
    to.setUint16(FX_FIP + 4, hasPointers ? x.instructionSegment : 0, true);
  }
  to.setUint32(FX_MXCSR, view.getUint32(context + CPU_MXCSR, true), true);
  to.setUint32(FX_MXCSR_MASK, MXCSR_VALID, true);
  for (let i = 0; i < 8; i++) {
    to.setBigUint64(FX_ST + 16 * i, x.significand(i), true);
    to.setBigUint64(FX_ST + 16 * i + 8, BigInt(x.signExponent(i)), true);
  }
  for (let i = 0; i < 32; i++) {
    to.setBigUint64(FX_XMM + 8 * i, view.getBigUint64(context + CPU_XMM + 8 * i, true), true);
  }
}

/** fxrstor; false, and nothing changed, if MXCSR has reserved bits. */
export function fxrstor(view: DataView, context: number, from: DataView, isWide: boolean): boolean {
  const mxcsr = from.getUint32(FX_MXCSR, true);
  if ((mxcsr & ~MXCSR_VALID) !== 0) return false;
  const x = new X87(view, context);
  x.setControl(from.getUint16(FX_FCW, true));
  x.setStatus(from.getUint16(FX_FSW, true));
  const mask = isWide ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
  const segment = isWide ? 0 : from.getUint16(FX_FIP + 4, true);
  x.setPointers(from.getUint16(FX_FOP, true) & 0x7ff, from.getBigUint64(FX_FIP, true) & mask, segment);
  x.setDataPointer(from.getBigUint64(FX_FDP, true) & mask);
  for (let i = 0; i < 8; i++) {
    x.setBits(i, from.getUint16(FX_ST + 16 * i + 8, true), from.getBigUint64(FX_ST + 16 * i, true));
  }
  x.valid = from.getUint8(FX_FTW);
  x.commit();
  view.setUint32(context + CPU_MXCSR, mxcsr, true);
  for (let i = 0; i < 32; i++) {
    view.setBigUint64(context + CPU_XMM + 8 * i, from.getBigUint64(FX_XMM + 8 * i, true), true);
  }
  return true;
}
