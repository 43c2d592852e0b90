/**
 * SSE's conversions between integers and floats, rounding to integral values, and the approximations of reciprocals.
 * What holds for arithmetic holds here (float-paths.ts); a conversion that is exact needs no look at MXCSR's flags.
 */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Options, Row, Semantics } from './row.ts';
import * as helpers from '../helpers/sse-convert.ts';
import {
  both,
  either,
  floatConstant,
  inAllLanes,
  isScalar,
  lowLane,
  requireExact,
  requireNumbers,
  requirePlain,
  source,
  withLowLane,
  type Shape,
} from './float-paths.ts';
import { row } from './row.ts';
import { SSE41, checkMmx, immediate, lanesVector, lowRows, lowVector, onlyHelper } from './vector.ts';

const TWO_TO_31 = { f32: 0x4f00_0000n, f64: 0x41e0_0000_0000_0000n };
const TWO_TO_63 = { f32: 0x5f00_0000n, f64: 0x43e0_0000_0000_0000n };
/** 2^31 − 1 */
const MAX_INT_DOUBLE = 0x41df_ffff_ffc0_0000n;
/** As doubles: the largest and the smallest normal single. */
const MAX_SINGLE = 0x47ef_ffff_e000_0000n;
const MIN_NORMAL_SINGLE = 0x3810_0000_0000_0000n;

/** cvtsi2ss, cvtsi2sd: only large integers are rounded. */
function fromInteger(shape: 'f32' | 'f64'): Semantics {
  return (e, to, from) => {
    const value = e.read(from);
    const isWide = value.type === 'i64';
    if (isWide || shape === 'f32') {
      const limit = 2 ** (shape === 'f32' ? 24 : 53);
      const shifted = e.add(value, e.constant(isWide ? 64 : 32, limit));
      const isLarge = e.op(`${value.type}.gt_u`, shifted, e.constant(isWide ? 64 : 32, 2 * limit));
      e.if(isLarge, () => requirePlain(e));
    }
    e.write(to, withLowLane(e, shape, e.read(to), e.op(`${shape}.convert_${value.type}_s`, value)));
  };
}

/** cvtss2si …: what is exact needs nothing; else the number must fit, and MXCSR be plain. */
function toInteger(shape: 'f32' | 'f64', isTruncating: boolean): Semantics {
  return (e, to, from) => {
    const value = source(e, shape, from);
    const isWide = to.width === 64;
    const type = isWide ? 'i64' : 'i32';
    const result = e.variable(e.op(`${type}.trunc_sat_${shape}_s`, value));
    const back = e.op(`${shape}.convert_${type}_s`, result);
    let isOdd = e.op(`${shape}.ne`, back, value);
    // The largest integer becomes a larger float, which it may have come from.
    if (isWide || shape === 'f32')
      isOdd = e.or(isOdd, e.eq(result, isWide ? e.i64((1n << 63n) - 1n) : e.i32(0x7fff_ffff)));
    e.if(isOdd, () => {
      requirePlain(e);
      const limit = isWide
        ? TWO_TO_63[shape]
        : shape === 'f64' && !isTruncating
          ? MAX_INT_DOUBLE
          : TWO_TO_31[shape];
      const fits = e.op(`${shape}.lt`, e.op(`${shape}.abs`, value), floatConstant(e, shape, limit));
      e.fallbackIf(e.eqz(fits));
      if (!isTruncating) e.set(result, e.op(`${type}.trunc_sat_${shape}_s`, e.op(`${shape}.nearest`, value)));
    });
    e.write(to, result);
  };
}

/** cvtps2dq, cvtpd2dq and their truncating forms. */
function toIntegers(shape: 'f32x4' | 'f64x2', isTruncating: boolean): Semantics {
  const convert = shape === 'f32x4' ? 'i32x4.trunc_sat_f32x4_s' : 'i32x4.trunc_sat_f64x2_s_zero';
  const limit = shape === 'f32x4' ? TWO_TO_31.f32 : TWO_TO_31.f64;
  return (e, to, from) => {
    const value = e.read(from);
    requirePlain(e);
    const rounded = isTruncating ? value : e.let(e.op(`${shape}.nearest`, value));
    const magnitude = e.op(`${shape}.abs`, isTruncating ? e.op(`${shape}.trunc`, value) : rounded);
    const fits = e.op(`${shape}.lt`, magnitude, floatConstant(e, shape, limit));
    e.fallbackIf(e.eqz(inAllLanes(e, shape, fits)));
    e.write(to, e.op(convert, rounded));
  };
}

const widenScalar: Semantics = (e, to, from) => {
  const value = source(e, 'f32', from);
  requireExact(e);
  requireNumbers(e, 'f32', value);
  e.write(to, withLowLane(e, 'f64', e.read(to), e.op('f64.promote_f32', value)));
};
const widenPair: Semantics = (e, to, from) => {
  const value = lowVector(e, from);
  requireExact(e);
  const result = e.let(e.op('f64x2.promote_low_f32x4', value));
  requireNumbers(e, 'f64x2', result);
  e.write(to, result);
};

/** To a single it must be zero or in the range of normal ones. */
function requireSingleRange(e: Emitter, shape: 'f64' | 'f64x2', value: Node): void {
  requirePlain(e);
  const magnitude = e.let(e.op(`${shape}.abs`, value));
  const isSmall = e.op(`${shape}.le`, magnitude, floatConstant(e, shape, MAX_SINGLE));
  const isNormal = e.op(`${shape}.ge`, magnitude, floatConstant(e, shape, MIN_NORMAL_SINGLE));
  const isZero = e.op(`${shape}.eq`, value, floatConstant(e, shape, 0n));
  e.fallbackIf(e.eqz(inAllLanes(e, shape, both(e, isSmall, either(e, isNormal, isZero)))));
}
const narrowScalar: Semantics = (e, to, from) => {
  const value = source(e, 'f64', from);
  requireSingleRange(e, 'f64', value);
  e.write(to, withLowLane(e, 'f32', e.read(to), e.op('f32.demote_f64', value)));
};
const narrowPair: Semantics = (e, to, from) => {
  const value = e.read(from);
  requireSingleRange(e, 'f64x2', value);
  e.write(to, e.op('f32x4.demote_f64x2_zero', value));
};

/** roundps …: bits 0 and 1 of the immediate, or MXCSR's mode (bit 2); bit 3: inexact is not noted. */
function round(shape: Shape): Semantics {
  return (e, to, from, imm) => {
    const value = source(e, shape, from);
    const control = immediate(e, imm);
    const rounded = e.let(roundBy(e, shape, value, control));
    requireNumbers(e, shape, value);
    e.write(to, isScalar(shape) ? withLowLane(e, shape, e.read(to), rounded) : rounded);
  };
}

function roundBy(e: Emitter, shape: Shape, value: Node, control: Node): Node {
  const [nearest, floor, ceil, trunc] = ['nearest', 'floor', 'ceil', 'trunc'].map(name =>
    e.op(`${shape}.${name}`, value),
  );
  if (control.kind === 'constant') {
    // Only what neither asks for MXCSR's mode nor notes inexact can do without its being plain.
    if ((control.immediate & 12) === 8) requireExact(e);
    else requirePlain(e);
    return (control.immediate & 4) !== 0 ? nearest! : [nearest, floor, ceil, trunc][control.immediate & 3]!;
  }
  requirePlain(e);
  const mode = e.let(e.select(e.and(control, e.i32(4)), e.i32(0), e.and(control, e.i32(3))));
  const isOdd = e.and(mode, e.i32(1));
  return e.select(e.ltU(mode, e.i32(2)), e.select(isOdd, floor!, nearest!), e.select(isOdd, trunc!, ceil!));
}

/**
 * rcpps and rsqrtps: Intel allows an error of 1.5 × 2^−12; here it is the quotient cut to twelve bits. Denormal
 * operands count as zeros, tiny results are zeros; a quiet NaN comes of a NaN, and no exceptions are noted.
 */
function approximate(e: Emitter, value: Node, isRoot: boolean): Node {
  const splat = (bits: number): Node => lanesVector(e, [bits, bits, bits, bits]);
  const exponent = splat(0x7f80_0000);
  const signs = e.let(e.op('v128.and', value, splat(0x8000_0000)));
  const isTiny = e.op('i32x4.eq', e.op('v128.and', value, exponent), splat(0));
  const operand = e.let(e.op('v128.bitselect', signs, value, isTiny));
  // The root of a negative zero is a negative zero.
  const divisor = isRoot ? e.op('f32x4.sqrt', operand) : operand;
  const quotient = e.op('f32x4.div', splat(0x3f80_0000), divisor);
  const isOne = e.op('i32x4.add', quotient, splat(0x800));
  const cut = e.let(e.op('v128.and', isOne, splat(~0xfff)));
  const isZero = e.op('i32x4.eq', e.op('v128.and', cut, exponent), splat(0));
  const result = e.op('v128.bitselect', signs, cut, isZero);
  const isNumber = e.op('f32x4.eq', operand, operand);
  const quiet = e.op('v128.or', operand, splat(0x0040_0000));
  const known = e.op('v128.bitselect', result, quiet, isNumber);
  if (!isRoot) return known;
  const isNegative = e.op('f32x4.lt', operand, splat(0));
  return e.op('v128.bitselect', splat(0xffc0_0000), known, isNegative);
}
function approximations(name: string, opcode: string, isRoot: boolean): readonly Row[] {
  const options: Options = { isNotFuzzed: true };
  return [
    row(
      `${name}ps`,
      `np 0f ${opcode}`,
      'Vx Wx',
      (e, to, from) => e.write(to, approximate(e, e.read(from), isRoot)),
      options,
    ),
    ...lowRows(
      `${name}ss`,
      `f3 0f ${opcode}`,
      'Vx',
      'd',
      (e, to, from) => {
        const result = e.let(approximate(e, lowVector(e, from), isRoot));
        e.write(to, withLowLane(e, 'f32', e.read(to), lowLane(e, 'f32', result)));
      },
      options,
    ),
  ];
}

/** Conversions that MMX registers take part in. */
function mmxConversion(name: string, encoding: string, operands: string): Row {
  const does: Semantics = (e, to, from) => {
    if (to.kind === 'mmx') checkMmx(e);
    onlyHelper(e, to, from);
  };
  return row(name, encoding, operands, does, { helper: helpers.helpMmx(name), isInterpreted: true });
}

export const sseConvertRows: readonly Row[] = [
  row('cvtsi2ss', 'f3 0f 2a', 'Vx Ey', fromInteger('f32'), { helper: helpers.helpFromInteger(true) }),
  row('cvtsi2sd', 'f2 0f 2a', 'Vx Ey', fromInteger('f64'), { helper: helpers.helpFromInteger(false) }),
  ...[true, false].flatMap(isTruncating => [
    ...lowRows(
      isTruncating ? 'cvttss2si' : 'cvtss2si',
      `f3 0f ${isTruncating ? '2c' : '2d'}`,
      'Gy',
      'd',
      toInteger('f32', isTruncating),
      { helper: helpers.helpToInteger(true, isTruncating) },
    ),
    ...lowRows(
      isTruncating ? 'cvttsd2si' : 'cvtsd2si',
      `f2 0f ${isTruncating ? '2c' : '2d'}`,
      'Gy',
      'q',
      toInteger('f64', isTruncating),
      { helper: helpers.helpToInteger(false, isTruncating) },
    ),
  ]),
  mmxConversion('cvtpi2ps', 'np 0f 2a', 'Vx Qq'),
  mmxConversion('cvtpi2pd', '66 0f 2a', 'Vx Qq'),
  mmxConversion('cvttps2pi', 'np 0f 2c', 'Pq Wq'),
  mmxConversion('cvttpd2pi', '66 0f 2c', 'Pq Wx'),
  mmxConversion('cvtps2pi', 'np 0f 2d', 'Pq Wq'),
  mmxConversion('cvtpd2pi', '66 0f 2d', 'Pq Wx'),

  ...lowRows('cvtss2sd', 'f3 0f 5a', 'Vx', 'd', widenScalar, { helper: helpers.helpWiden(1) }),
  ...lowRows('cvtps2pd', 'np 0f 5a', 'Vx', 'q', widenPair, { helper: helpers.helpWiden(2) }),
  ...lowRows('cvtsd2ss', 'f2 0f 5a', 'Vx', 'q', narrowScalar, { helper: helpers.helpNarrow(1) }),
  row('cvtpd2ps', '66 0f 5a', 'Vx Wx', narrowPair, { helper: helpers.helpNarrow(2) }),

  row(
    'cvtdq2ps',
    'np 0f 5b',
    'Vx Wx',
    (e, to, from) => {
      const value = e.read(from);
      requirePlain(e);
      e.write(to, e.op('f32x4.convert_i32x4_s', value));
    },
    { helper: helpers.helpFromIntegers },
  ),
  ...lowRows('cvtdq2pd', 'f3 0f e6', 'Vx', 'q', (e, to, from) =>
    e.write(to, e.op('f64x2.convert_low_i32x4_s', lowVector(e, from))),
  ),
  row('cvtps2dq', '66 0f 5b', 'Vx Wx', toIntegers('f32x4', false), {
    helper: helpers.helpToIntegers('f32x4', false),
  }),
  row('cvttps2dq', 'f3 0f 5b', 'Vx Wx', toIntegers('f32x4', true), {
    helper: helpers.helpToIntegers('f32x4', true),
  }),
  row('cvtpd2dq', 'f2 0f e6', 'Vx Wx', toIntegers('f64x2', false), {
    helper: helpers.helpToIntegers('f64x2', false),
  }),
  row('cvttpd2dq', '66 0f e6', 'Vx Wx', toIntegers('f64x2', true), {
    helper: helpers.helpToIntegers('f64x2', true),
  }),

  row('roundps', '66 0f3a 08', 'Vx Wx Ib', round('f32x4'), { ...SSE41, helper: helpers.helpRound('f32x4') }),
  row('roundpd', '66 0f3a 09', 'Vx Wx Ib', round('f64x2'), { ...SSE41, helper: helpers.helpRound('f64x2') }),
  ...lowRows('roundss', '66 0f3a 0a', 'Vx Ib', 'd', round('f32'), {
    ...SSE41,
    helper: helpers.helpRound('f32'),
  }),
  ...lowRows('roundsd', '66 0f3a 0b', 'Vx Ib', 'q', round('f64'), {
    ...SSE41,
    helper: helpers.helpRound('f64'),
  }),
  ...approximations('rcp', '53', false),
  ...approximations('rsqrt', '52', true),
];
