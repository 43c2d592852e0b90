/**
 * Between encodings and unpacked numbers. Unpacking raises nothing: what a kind of operand means is the operation's
 * matter. Packing is exact: the number was rounded to the format before (round.ts). 32-bit encodings are numbers,
 * 64-bit ones bigints, 80-bit ones two parts.
 */
import { FLOAT32, FLOAT64, FLOAT80 } from './format.ts';
import {
  FINITE,
  INFINITE,
  INTEGER_BIT,
  QUIET_BIT,
  QUIET_NAN,
  SIGNALLING_NAN,
  UNSUPPORTED,
  ZERO,
  infinity,
  leadingZeros64,
  unpacked,
  zero,
  type Sign,
  type Unpacked,
} from './unpacked.ts';

function denormal(sign: Sign, exponent: number, significand: bigint): Unpacked {
  const shift = leadingZeros64(significand);
  return {
    kind: FINITE,
    sign,
    exponent: exponent - shift,
    significand: significand << BigInt(shift),
    isDenormal: true,
  };
}

function nan(sign: Sign, significand: bigint): Unpacked {
  return unpacked((significand & QUIET_BIT) !== 0n ? QUIET_NAN : SIGNALLING_NAN, sign, 0, significand);
}

/** `signExponent` is the upper 16 bits. */
export function unpack80(signExponent: number, significand: bigint): Unpacked {
  const sign: Sign = (signExponent & 0x8000) === 0 ? 0 : 1;
  const exponent = signExponent & 0x7fff;
  if (significand >= INTEGER_BIT) {
    if (exponent === 0x7fff) return significand === INTEGER_BIT ? infinity(sign) : nan(sign, significand);
    if (exponent !== 0) {
      return { kind: FINITE, sign, exponent: exponent - 16383, significand, isDenormal: false };
    }
    // A pseudo-denormal: the integer bit is set although the exponent is 0; it counts as exponent 1.
    return { kind: FINITE, sign, exponent: -16382, significand, isDenormal: true };
  }
  if (exponent !== 0) return unpacked(UNSUPPORTED, sign, 0, significand);
  return significand === 0n ? zero(sign) : denormal(sign, -16382, significand);
}

export function unpack64(bits: bigint): Unpacked {
  const high = Number(bits >> 32n);
  const sign: Sign = high >>> 31 === 0 ? 0 : 1;
  const exponent = (high >>> 20) & 0x7ff;
  const significand = BigInt.asUintN(64, bits << 11n);
  if (exponent === 0) {
    const fraction = significand & ~INTEGER_BIT;
    return fraction === 0n ? zero(sign) : denormal(sign, -1022, fraction);
  }
  if (exponent === 0x7ff) {
    const fraction = significand | INTEGER_BIT;
    return fraction === INTEGER_BIT ? infinity(sign) : nan(sign, fraction);
  }
  return {
    kind: FINITE,
    sign,
    exponent: exponent - 1023,
    significand: significand | INTEGER_BIT,
    isDenormal: false,
  };
}

export function unpack32(bits: number): Unpacked {
  const sign: Sign = bits >>> 31 === 0 ? 0 : 1;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7f_ffff;
  if (exponent === 0 && fraction === 0) return zero(sign);
  const significand = BigInt(fraction) << 40n;
  if (exponent === 0) return denormal(sign, FLOAT32.minExponent, significand);
  if (exponent === 0xff) return fraction === 0 ? infinity(sign) : nan(sign, significand | INTEGER_BIT);
  return unpacked(FINITE, sign, exponent - FLOAT32.maxExponent, significand | INTEGER_BIT);
}

/** The upper 16 bits of the 80-bit encoding; its lower 64 are significand80. */
export function signExponent80(a: Unpacked): number {
  const sign = a.sign === 0 ? 0 : 0x8000;
  if (a.kind === FINITE)
    return a.significand < INTEGER_BIT ? sign : sign | (a.exponent + FLOAT80.maxExponent);
  return a.kind === ZERO ? sign : sign | 0x7fff;
}

export function significand80(a: Unpacked): bigint {
  return a.kind === INFINITE ? INTEGER_BIT : a.significand;
}

export function pack64(a: Unpacked): bigint {
  const sign = a.sign === 0 ? 0n : INTEGER_BIT;
  switch (a.kind) {
    case ZERO:
      return sign;
    case FINITE: {
      const isDenormal = a.significand < INTEGER_BIT;
      // The integer bit, at bit 52, adds the last 1 to the exponent.
      const exponent = isDenormal ? 0 : a.exponent + FLOAT64.maxExponent - 1;
      return sign | ((BigInt(exponent) << 52n) + (a.significand >> 11n));
    }
    case INFINITE:
      return sign | 0x7ff0_0000_0000_0000n;
    default:
      return sign | 0x7ff0_0000_0000_0000n | (a.significand >> 11n);
  }
}

export function pack32(a: Unpacked): number {
  const sign = a.sign === 0 ? 0 : 2 ** 31;
  if (a.kind === ZERO) return sign;
  if (a.kind === INFINITE) return sign + 0x7f80_0000;
  const fraction = Number(a.significand >> 40n) & 0x7f_ffff;
  if (a.kind !== FINITE) return sign + 0x7f80_0000 + fraction;
  const exponent = a.significand < INTEGER_BIT ? 0 : a.exponent + FLOAT32.maxExponent;
  return sign + exponent * 2 ** 23 + fraction;
}
