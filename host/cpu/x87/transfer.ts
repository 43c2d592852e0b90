/** x87 loads, stores, exchanges and constants. */
import { DENORMAL, INEXACT, INVALID, OVERFLOW, TRUNCATE, UNDERFLOW } from '../softfloat/environment.ts';
import { FLOAT32, FLOAT64, FLOAT80 } from '../softfloat/format.ts';
import { DECIMAL_INDEFINITE, readDecimal, toDecimal } from '../softfloat/decimal.ts';
import {
  DEFAULT_NAN,
  FINITE,
  INFINITE,
  QUIET_NAN,
  ZERO,
  withSign,
  type Unpacked,
} from '../softfloat/unpacked.ts';
import { fromInteger, toSignedInteger } from '../softfloat/convert.ts';
import { pack32, pack64, signExponent80, significand80, unpack32, unpack64 } from '../softfloat/pack.ts';
import { propagateOne } from '../softfloat/nan.ts';
import { round, type Rest } from '../softfloat/round.ts';
import { STATUS_C0, STATUS_C2, STATUS_C3, type X87 } from './machine.ts';

// ---- numbers in memory

export function readFloat(memory: DataView, bits: 32 | 64): Unpacked {
  return bits === 32 ? unpack32(memory.getUint32(0, true)) : unpack64(memory.getBigUint64(0, true));
}

/** A signed integer; exact in 64 bits of precision. */
export function readInteger(x: X87, memory: DataView, bits: 16 | 32 | 64): Unpacked {
  const value =
    bits === 16
      ? BigInt(memory.getInt16(0, true))
      : bits === 32
        ? BigInt(memory.getInt32(0, true))
        : memory.getBigInt64(0, true);
  return fromInteger(x.env, FLOAT80, value);
}

// ---- loads

function pushValue(x: X87, value: Unpacked): void {
  if (x.push()) x.set(0, value);
}

export function loadFloat(x: X87, memory: DataView, bits: 32 | 64): void {
  if (!x.isEmpty(7)) {
    x.push();
    return;
  }
  const value = readFloat(memory, bits);
  // A denormal is noted and loaded in any case (as AMD has it); a signalling NaN is quieted.
  if (value.isDenormal) x.env.flags |= DENORMAL;
  const loaded = value.kind > INFINITE ? propagateOne(x.env, value) : value;
  if (loaded !== undefined) pushValue(x, loaded);
}

export function loadExtended(x: X87, memory: DataView): void {
  if (x.push()) x.setBits(0, memory.getUint16(8, true), memory.getBigUint64(0, true));
}

export function loadInteger(x: X87, memory: DataView, bits: 16 | 32 | 64): void {
  pushValue(x, readInteger(x, memory, bits));
}

export function loadDecimal(x: X87, memory: DataView): void {
  const { magnitude, isNegative } = readDecimal(memory);
  pushValue(x, withSign(fromInteger(x.env, FLOAT80, magnitude), isNegative ? 1 : 0));
}

export function loadRegister(x: X87, i: number): void {
  if (x.isEmpty(i)) {
    if (!x.stackFault(0)) return;
    x.top = (x.top + 7) & 7;
    x.setIndefinite(0);
    return;
  }
  const signExponent = x.signExponent(i);
  const significand = x.significand(i);
  if (x.push()) x.setBits(0, signExponent, significand);
}

/** The first 64 bits of the constants of D9 E8 … D9 EE, exponent, and what lies below. */
const CONSTANTS: readonly { exponent: number; significand: bigint; rest: Rest }[] = [
  { exponent: 0, significand: 0x8000_0000_0000_0000n, rest: 0 }, // 1
  { exponent: 1, significand: 0xd49a_784b_cd1b_8afen, rest: 1 }, // log2 10
  { exponent: 0, significand: 0xb8aa_3b29_5c17_f0bbn, rest: 3 }, // log2 e
  { exponent: 1, significand: 0xc90f_daa2_2168_c234n, rest: 3 }, // π
  { exponent: -2, significand: 0x9a20_9a84_fbcf_f798n, rest: 3 }, // log10 2
  { exponent: -1, significand: 0xb172_17f7_d1cf_79abn, rest: 3 }, // ln 2
];
const ZERO_CONSTANT = 6;

export function loadConstant(x: X87, number: number): void {
  if (!x.push()) return;
  if (number === ZERO_CONSTANT) return x.setBits(0, 0, 0n);
  const { exponent, significand, rest } = CONSTANTS[number]!;
  x.set(0, round(x.env, FLOAT80, 0, exponent, significand, rest));
  // Rounded as the control word says, but not reported as inexact.
  x.env.flags = 0;
  x.env.isRoundedUp = false;
}

// ---- stores: true if memory is to be written

/** An exception that forbids writing memory: found before, or a result that does not fit. */
function isStoreForbidden(x: X87): boolean {
  return (x.env.flags & ~x.env.masks & (OVERFLOW | UNDERFLOW)) !== 0;
}

export function storeFloat(x: X87, memory: DataView, bits: 32 | 64, pops: number): boolean {
  let value: Unpacked | undefined = DEFAULT_NAN;
  if (x.isEmpty(0)) {
    if (!x.stackFault(0)) return false;
  } else {
    const a = x.get(0);
    const format = bits === 32 ? FLOAT32 : FLOAT64;
    // A denormal of 80 bits is no denormal operand here: it is far below the destination's range.
    value = a.kind === FINITE ? round(x.env, format, a.sign, a.exponent, a.significand, 0) : a;
    if (a.kind > INFINITE) value = propagateOne(x.env, a);
    if (value === undefined) return false;
    if (isStoreForbidden(x)) {
      x.env.flags &= ~INEXACT;
      x.env.isRoundedUp = false;
      return false;
    }
  }
  if (bits === 32) memory.setUint32(0, pack32(value), true);
  else memory.setBigUint64(0, pack64(value), true);
  x.pop(pops);
  return true;
}

export function storeExtended(x: X87, memory: DataView): boolean {
  if (x.isEmpty(0)) {
    if (!x.stackFault(0)) return false;
    memory.setBigUint64(0, significand80(DEFAULT_NAN), true);
    memory.setUint16(8, signExponent80(DEFAULT_NAN), true);
  } else {
    memory.setBigUint64(0, x.significand(0), true);
    memory.setUint16(8, x.signExponent(0), true);
  }
  x.pop();
  return true;
}

export function storeInteger(
  x: X87,
  memory: DataView,
  bits: 16 | 32 | 64,
  pops: number,
  isTruncating = false,
): boolean {
  let value: bigint | undefined;
  if (x.isEmpty(0)) {
    if (!x.stackFault(0)) return false;
  } else {
    value = toSignedInteger(x.env, x.get(0), bits, isTruncating ? TRUNCATE : x.env.rounding);
    if (value === undefined && (x.env.masks & INVALID) === 0) return false;
  }
  const stored = value ?? -1n << BigInt(bits - 1);
  if (bits === 64) memory.setBigInt64(0, stored, true);
  else if (bits === 32) memory.setInt32(0, Number(stored), true);
  else memory.setInt16(0, Number(stored), true);
  x.pop(pops);
  return true;
}

export function storeDecimal(x: X87, memory: DataView): boolean {
  let bytes: Uint8Array | undefined;
  if (x.isEmpty(0)) {
    if (!x.stackFault(0)) return false;
  } else {
    bytes = toDecimal(x.env, x.get(0));
    if (bytes === undefined && (x.env.masks & INVALID) === 0) return false;
  }
  (bytes ?? DECIMAL_INDEFINITE).forEach((byte, i) => memory.setUint8(i, byte));
  x.pop();
  return true;
}

/** fst and fstp to st(i). */
export function storeRegister(x: X87, i: number, pops: number): void {
  if (x.isEmpty(0)) return x.deliverUnderflow(i, pops);
  x.setBits(i, x.signExponent(0), x.significand(0));
  x.pop(pops);
}

/** The alias D9 D8: "no copy if empty", and no stack fault either. */
export function storeAndPopQuietly(x: X87, i: number): void {
  if (!x.isEmpty(0)) x.setBits(i, x.signExponent(0), x.significand(0));
  x.pop();
}

// ---- within the stack

export function exchange(x: X87, i: number): void {
  if (x.isEmpty(0) || x.isEmpty(i)) {
    if (!x.stackFault(0)) return;
    if (x.isEmpty(0)) x.setIndefinite(0);
    if (x.isEmpty(i)) x.setIndefinite(i);
  }
  const signExponent = x.signExponent(0);
  const significand = x.significand(0);
  x.setBits(0, x.signExponent(i), x.significand(i));
  x.setBits(i, signExponent, significand);
}

/** fcmovcc */
export function moveIf(x: X87, i: number, isMoved: boolean): void {
  if (x.isEmpty(0) || x.isEmpty(i)) return x.deliverUnderflow(0);
  if (isMoved) x.setBits(0, x.signExponent(i), x.significand(i));
}

/** fchs (`flip` 0x8000, `keep` all) and fabs: the sign bit of whatever is there. */
export function changeSign(x: X87, keep: number, flip: number): void {
  if (x.isEmpty(0)) return x.deliverUnderflow(0);
  x.setBits(0, (x.signExponent(0) & keep) ^ flip, x.significand(0));
}

/** fxam: the class of what is in st(0), empty or not; C1 its sign. */
export function examine(x: X87): void {
  x.setConditions(x.isEmpty(0) ? STATUS_C3 | STATUS_C0 : classOf(x.get(0)));
  x.env.isRoundedUp = (x.signExponent(0) & 0x8000) !== 0;
}

function classOf(a: Unpacked): number {
  if (a.kind === ZERO) return STATUS_C3;
  if (a.kind === FINITE) return a.isDenormal ? STATUS_C3 | STATUS_C2 : STATUS_C2;
  if (a.kind === INFINITE) return STATUS_C2 | STATUS_C0;
  return a.kind >= QUIET_NAN && a.significand >= 0x8000_0000_0000_0000n ? STATUS_C0 : 0;
}
