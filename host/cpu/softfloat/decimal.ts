/** Packed decimal integers of 18 digits: fbld and fbstp. */
import type { Environment } from './environment.ts';
import { roundedMagnitude } from './convert.ts';
import type { Unpacked } from './unpacked.ts';

const LARGEST = 10n ** 18n - 1n;
export const DECIMAL_BYTES = 10;

/** The magnitude and the sign of ten bytes. Digits above 9 count as what they are. */
export function readDecimal(from: DataView): { magnitude: bigint; isNegative: boolean } {
  let magnitude = 0n;
  for (let at = 8; at >= 0; at--) {
    const byte = from.getUint8(at);
    magnitude = magnitude * 100n + BigInt((byte >> 4) * 10 + (byte & 15));
  }
  return { magnitude, isNegative: from.getUint8(9) >= 0x80 };
}

/** The number rounded to an integer as ten bytes; undefined (and INVALID noted) if it is too large or none. */
export function toDecimal(env: Environment, a: Unpacked): Uint8Array | undefined {
  const magnitude = roundedMagnitude(env, a, env.rounding, LARGEST);
  if (magnitude === undefined) return undefined;
  const bytes = new Uint8Array(DECIMAL_BYTES);
  const digits = magnitude.toString().padStart(18, '0');
  for (let at = 0; at < 9; at++) bytes[at] = parseInt(digits.slice(16 - 2 * at, 18 - 2 * at), 16);
  bytes[9] = a.sign === 0 ? 0 : 0x80;
  return bytes;
}

/** What is stored for a number that has no decimal representation. */
export const DECIMAL_INDEFINITE: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff];
