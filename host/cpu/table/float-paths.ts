/**
 * When WebAssembly's arithmetic is x86's. It rounds to nearest and tells of no exception, so that an instruction
 * takes the fast way only if
 *
 * - MXCSR asks for no more than that (CPU_PLAIN_FLOAT, helpers/mxcsr.ts), and inexact needs no recording any more;
 * - the result shows that no other exception can have been met: it is finite, and not tiny unless that is exact.
 *
 * In all other cases the row's helper does the instruction, exactly (helpers/sse-arithmetic.ts).
 *
 * x86: a denormal operand whose result is an ordinary number sets DE in MXCSR; here it does not, as long as the
 * exception is masked.
 */
import type { Emitter } from '../emitter.ts';
import type { Operand } from './row.ts';
import type { Node } from '../wasm/node.ts';
import { CPU_PLAIN_FLOAT } from '../../../kernel/abi/cpu-context.ts';
import { PLAIN_ALL } from '../helpers/mxcsr.ts';

/** One lane (scalar instructions), or all of a vector. */
export type Shape = 'f32' | 'f64' | 'f32x4' | 'f64x2';

/** The vector that a shape's lanes belong to. */
export function vectorOf(shape: Shape): 'f32x4' | 'f64x2' {
  return shape === 'f32' || shape === 'f32x4' ? 'f32x4' : 'f64x2';
}
export function isScalar(shape: Shape): shape is 'f32' | 'f64' {
  return shape === 'f32' || shape === 'f64';
}

export const MAX_SINGLE = 0x7f7f_ffff;
export const MIN_NORMAL_SINGLE = 0x0080_0000;
const MAX_DOUBLE = 0x7fef_ffff_ffff_ffffn;
const MIN_NORMAL_DOUBLE = 0x0010_0000_0000_0000n;

/** Falls back unless MXCSR lets every ordinary result pass. */
export function requirePlain(e: Emitter): void {
  e.fallbackIf(e.ne(e.field('i32', CPU_PLAIN_FLOAT), e.i32(PLAIN_ALL)));
}

/** Falls back unless MXCSR lets operations pass that do not round: comparisons, minima, exact conversions. */
export function requireExact(e: Emitter): void {
  e.fallbackIf(e.eqz(e.field('i32', CPU_PLAIN_FLOAT)));
}

/** A constant of a shape, from a lane's bits. */
export function floatConstant(e: Emitter, shape: Shape, bits: bigint): Node {
  switch (shape) {
    case 'f32':
      return e.op('f32.reinterpret_i32', e.i32(Number(BigInt.asIntN(32, bits))));
    case 'f64':
      return e.op('f64.reinterpret_i64', e.i64(bits));
    case 'f32x4':
      return e.v128(bits | (bits << 32n), bits | (bits << 32n));
    default:
      return e.v128(bits, bits);
  }
}

/** i32: a comparison holds in all lanes. */
export function inAllLanes(e: Emitter, shape: Shape, mask: Node): Node {
  if (isScalar(shape)) return mask;
  return e.op(shape === 'f32x4' ? 'i32x4.all_true' : 'i64x2.all_true', mask);
}
/** Of results of comparisons. */
export function both(e: Emitter, a: Node, b: Node): Node {
  return e.op(a.type === 'v128' ? 'v128.and' : 'i32.and', a, b);
}
export function either(e: Emitter, a: Node, b: Node): Node {
  return e.op(a.type === 'v128' ? 'v128.or' : 'i32.or', a, b);
}

/** Twice a scalar's bits: its magnitude, in an order of integers. */
function magnitude(e: Emitter, shape: 'f32' | 'f64', value: Node): Node {
  return shape === 'f32'
    ? e.shl(e.op('i32.reinterpret_f32', value), e.i32(1))
    : e.shl(e.op('i64.reinterpret_f64', value), e.i64(1));
}

/** Falls back if a result is infinite or no number. What is left of sums is exact when it is tiny. */
export function requireFinite(e: Emitter, shape: Shape, result: Node): void {
  if (shape === 'f32') {
    e.fallbackIf(e.op('i32.ge_u', magnitude(e, shape, result), e.i32(0xff00_0000)));
  } else if (shape === 'f64') {
    e.fallbackIf(e.op('i64.ge_u', magnitude(e, shape, result), e.i64(0xffe0_0000_0000_0000n)));
  } else {
    e.fallbackIf(e.eqz(inAllLanes(e, shape, finiteLanes(e, shape, e.op(`${shape}.abs`, result)))));
  }
}

function finiteLanes(e: Emitter, shape: Shape, magnitudes: Node): Node {
  const max = vectorOf(shape) === 'f32x4' ? BigInt(MAX_SINGLE) : MAX_DOUBLE;
  return e.op(`${shape}.le`, magnitudes, floatConstant(e, shape, max));
}
/**
 * Above the smallest normal number, which itself may come of rounding a tiny one.
 */
function normalLanes(e: Emitter, shape: Shape, magnitudes: Node): Node {
  const min = vectorOf(shape) === 'f32x4' ? BigInt(MIN_NORMAL_SINGLE) : MIN_NORMAL_DOUBLE;
  return e.op(`${shape}.gt`, magnitudes, floatConstant(e, shape, min));
}

/**
 * Falls back if a result is not an ordinary number. `isZero` tells (of lanes) where a finite result is exactly zero.
 */
export function requireNormal(e: Emitter, shape: Shape, result: Node, isZero: () => Node): void {
  if (isScalar(shape)) {
    const twice = magnitude(e, shape, result);
    const isOdd =
      shape === 'f32'
        ? e.op('i32.ge_u', e.sub(twice, e.i32(0x0100_0001)), e.i32(0xfdff_ffff))
        : e.op('i64.ge_u', e.sub(twice, e.i64(0x0020_0000_0000_0001n)), e.i64(0xffbf_ffff_ffff_ffffn));
    e.if(isOdd, () => {
      const isFinite = finiteLanes(e, shape, e.op(`${shape}.abs`, result));
      e.fallbackIf(e.eqz(both(e, isFinite, isZero())));
    });
    return;
  }
  const magnitudes = e.let(e.op(`${shape}.abs`, result));
  const finite = e.let(finiteLanes(e, shape, magnitudes));
  const normal = e.let(both(e, finite, normalLanes(e, shape, magnitudes)));
  e.if(e.eqz(inAllLanes(e, shape, normal)), () =>
    e.fallbackIf(e.eqz(inAllLanes(e, shape, either(e, normal, both(e, finite, isZero()))))),
  );
}

/** Falls back if one of these is no number. */
export function requireNumbers(e: Emitter, shape: Shape, ...values: readonly Node[]): void {
  if (isScalar(shape)) {
    const tests = values.map(value => e.op(`${shape}.ne`, value, value));
    e.fallbackIf(tests.reduce((a, b) => either(e, a, b)));
    return;
  }
  const tests = values.map(value => e.op(`${shape}.eq`, value, value));
  e.fallbackIf(
    e.eqz(
      inAllLanes(
        e,
        shape,
        tests.reduce((a, b) => both(e, a, b)),
      ),
    ),
  );
}

/** A scalar source: a register's lowest lane, or memory. */
export function scalarSource(e: Emitter, shape: 'f32' | 'f64', operand: Operand): Node {
  const value = e.read(operand);
  if (operand.width === 128) return lowLane(e, shape, value);
  return e.let(e.op(shape === 'f32' ? 'f32.reinterpret_i32' : 'f64.reinterpret_i64', value));
}

export function lowLane(e: Emitter, shape: 'f32' | 'f64', vector: Node): Node {
  return e.let(e.lane(`${vectorOf(shape)}.extract_lane`, 0, vector));
}
export function withLowLane(e: Emitter, shape: 'f32' | 'f64', vector: Node, value: Node): Node {
  return e.lane(`${vectorOf(shape)}.replace_lane`, 0, vector, value);
}

/** The source of a scalar or packed instruction. */
export function source(e: Emitter, shape: Shape, operand: Operand): Node {
  return isScalar(shape) ? scalarSource(e, shape, operand) : e.read(operand);
}
