/**
 * Elementary functions on fixed-point numbers: bigints that stand for value × 2^bits. Callers choose `bits` so that
 * errors of some units lie far below the place to which the result is rounded.
 */

/** Fractional bits of the constants below. */
const CONSTANT_BITS = 480;
const PI =
  0x3_243f_6a88_85a3_08d3_1319_8a2e_0370_7344_a409_3822_299f_31d0_082e_fa98_ec4e_6c89_4528_21e6_38d0_1377_be54_66cf_34e9_0c6c_c0ac_29b7_c97c_50dd_3f84_d5b5n;
const LN_2 =
  0xb172_17f7_d1cf_79ab_c9e3_b398_03f2_f6af_40f3_4326_7298_b62d_8a0d_175b_8baa_fa2b_e7b8_7620_6deb_ac98_5595_52fb_4afa_1b10_ed2e_ae35_c138_2144_2757_3b29n;
const LOG2_E =
  0x1_7154_7652_b82f_e177_7d0f_fda0_d23a_7d11_d6ae_f551_bad2_b4b1_164a_2cd9_a342_648f_bc38_87ee_aa2e_d9ac_49b2_5eeb_82d7_c167_d521_73cc_1895_213f_897f_5e06n;

export function pi(bits: number): bigint {
  return PI >> BigInt(CONSTANT_BITS - bits);
}

export function ln2(bits: number): bigint {
  return LN_2 >> BigInt(CONSTANT_BITS - bits);
}

/** How many bits a positive number has. */
export function bitLength(value: bigint): number {
  const digits = value.toString(16);
  return 4 * digits.length - (Math.clz32(Number.parseInt(digits[0]!, 16)) - 28);
}

/** e^t − 1 for |t| < 1. */
export function exponentialMinusOne(t: bigint, bits: number): bigint {
  const isNegative = t < 0n;
  const magnitude = isNegative ? -t : t;
  const shift = BigInt(bits);
  let term = magnitude;
  let sum = t;
  for (let k = 2n; term !== 0n; k++) {
    term = ((term * magnitude) >> shift) / k;
    sum += isNegative && (k & 1n) === 1n ? -term : term;
  }
  return sum;
}

/** log2 of `value` × 2^−scale (value positive and no power of two), as an integer and a fraction in [−½, ½]. */
export function logarithm2(
  value: bigint,
  scale: number,
  bits: number,
): { integer: number; fraction: bigint } {
  const length = bitLength(value);
  // To the nearer power of two (on the scale of logarithms), so that the quotient is below 0.172.
  const isUpper = value * value > 1n << BigInt(2 * length - 1);
  const power = 1n << BigInt(isUpper ? length : length - 1);
  const quotient = ((value - power) << BigInt(bits)) / (value + power);
  const natural = 2n * inverseTangent(quotient, bits, 1n);
  const fraction = (natural * (LOG2_E >> BigInt(CONSTANT_BITS - bits))) >> BigInt(bits);
  return { integer: (isUpper ? length : length - 1) - scale, fraction };
}

/** Σ sign^k × z^(2k + 1) / (2k + 1): artanh z (sign 1) or arctan z (sign −1), for small z. */
function inverseTangent(z: bigint, bits: number, sign: 1n | -1n): bigint {
  const isNegative = z < 0n;
  const magnitude = isNegative ? -z : z;
  const shift = BigInt(bits);
  const square = (magnitude * magnitude) >> shift;
  let power = magnitude;
  let sum = magnitude;
  let factor: bigint = sign;
  for (let k = 3n; power !== 0n; k += 2n) {
    power = (power * square) >> shift;
    sum += (factor * power) / k;
    factor *= sign;
  }
  return isNegative ? -sum : sum;
}

/** arctan (k / 8) by Euler's series, which converges at least by half a term. */
function arctangentOfEighths(k: number, bits: number): bigint {
  const square = BigInt(k * k);
  const divisor = 64n + square;
  let term = (BigInt(8 * k) << BigInt(bits)) / divisor;
  let sum = term;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * 2n * n * square) / ((2n * n + 1n) * divisor);
    sum += term;
  }
  return sum;
}

/** By k; made with all bits when first asked for. */
const EIGHTHS: (bigint | undefined)[] = [];

/** arctan q for q in [0, 1]. */
export function arctangent(q: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const k = Number((q + (1n << (shift - 4n))) >> (shift - 3n));
  if (k === 0) return inverseTangent(q, bits, -1n);
  const table = (EIGHTHS[k] ??= arctangentOfEighths(k, CONSTANT_BITS));
  const eighths = BigInt(k);
  const rest = ((8n * q - (eighths << shift)) << shift) / ((8n << shift) + eighths * q);
  return (table >> BigInt(CONSTANT_BITS - bits)) + inverseTangent(rest, bits, -1n);
}

/** sin t for |t| < 1, t positive. */
export function sine(t: bigint, bits: number): bigint {
  return alternating(t, t, 2n, bits);
}

/** cos t */
export function cosine(t: bigint, bits: number): bigint {
  return alternating(t, 1n << BigInt(bits), 1n, bits);
}

/** first − first × t² / (k (k + 1)) + … */
function alternating(t: bigint, first: bigint, k: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const square = (t * t) >> shift;
  let term = first;
  let sum = first;
  let isAdded = false;
  while (term !== 0n) {
    term = ((term * square) >> shift) / (k * (k + 1n));
    sum += isAdded ? term : -term;
    isAdded = !isAdded;
    k += 2n;
  }
  return sum;
}
