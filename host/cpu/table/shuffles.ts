/**
 * Shuffles whose lanes an immediate chooses, for xmm and MMX registers. Translated code knows the immediate, and the
 * lanes are part of a WebAssembly instruction; the interpreter computes a vector of byte numbers for `swizzle`.
 */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import { bitsOf, byteNumbers, bytesVector, lanesVector, pick } from './vector.ts';

const TWO_BITS = [0, 1, 2, 3];

/** Bytes of a's four 32-bit lanes that the immediate's pairs of bits name. */
function control32(e: Emitter, imm: Node): Node {
  const spread = e.op('i32x4.mul', e.op('i32x4.splat', imm), lanesVector(e, [64, 16, 4, 1]));
  const lanes = e.op('v128.and', e.op('i32x4.shr_u', spread, e.i32(6)), lanesVector(e, [3, 3, 3, 3]));
  const bytes = e.op('i32x4.mul', lanes, e.op('i32x4.splat', e.i32(0x0404_0404)));
  return e.op('i32x4.add', bytes, e.op('i32x4.splat', e.i32(0x0302_0100)));
}

/** pshufd */
export function shuffle32(e: Emitter, a: Node, imm: Node): Node {
  if (imm.kind === 'constant')
    return pick(
      e,
      4,
      TWO_BITS.map(lane => (imm.immediate >> (2 * lane)) & 3),
      a,
    );
  return e.op('i8x16.swizzle', a, control32(e, imm));
}

/** shufps */
export function shuffleTwo32(e: Emitter, a: Node, b: Node, imm: Node): Node {
  if (imm.kind === 'constant')
    return pick(
      e,
      4,
      TWO_BITS.map(lane => ((imm.immediate >> (2 * lane)) & 3) + (lane < 2 ? 0 : 4)),
      a,
      b,
    );
  const control = e.let(control32(e, imm));
  return pick(e, 4, [0, 1, 6, 7], e.op('i8x16.swizzle', a, control), e.op('i8x16.swizzle', b, control));
}

/** shufpd */
export function shuffleTwo64(e: Emitter, a: Node, b: Node, imm: Node): Node {
  if (imm.kind === 'constant') return pick(e, 8, [imm.immediate & 1, 2 + ((imm.immediate >> 1) & 1)], a, b);
  const low = e.select(bitsOf(e, imm, 0, 1), pick(e, 8, [1, 1], a), a);
  const high = e.select(bitsOf(e, imm, 1, 1), b, pick(e, 8, [0, 0], b));
  return pick(e, 8, [0, 3], low, high);
}

/** pshuflw and pshufhw (`from` 0 and 4), and in the low half pshufw. */
export function shuffle16(e: Emitter, a: Node, imm: Node, from: 0 | 4): Node {
  const to = from === 0 ? 4 : 0;
  const others = TWO_BITS.map(lane => lane + to);
  if (imm.kind === 'constant') {
    const lanes = TWO_BITS.map(lane => from + ((imm.immediate >> (2 * lane)) & 3));
    return pick(e, 2, from === 0 ? [...lanes, ...others] : [...others, ...lanes], a);
  }
  const placed = (lanes: readonly number[], rest: readonly number[]): readonly number[] =>
    from === 0 ? [...lanes, ...rest] : [...rest, ...lanes];
  const zeros = [0, 0, 0, 0];
  const spread = e.op('i16x8.mul', e.op('i16x8.splat', imm), lanesVector(e, placed([64, 16, 4, 1], zeros)));
  const chosen = e.op('i16x8.shr_u', spread, e.i32(6));
  const lanes = e.op(
    'i16x8.add',
    e.op('v128.and', chosen, e.op('i16x8.splat', e.i32(3))),
    lanesVector(e, placed([from, from, from, from], others)),
  );
  const bytes = e.op('i16x8.mul', lanes, e.op('i16x8.splat', e.i32(0x0202)));
  return e.op('i8x16.swizzle', a, e.op('i16x8.add', bytes, e.op('i16x8.splat', e.i32(0x0100))));
}

/** All bytes moved down by so many (psrldq); zeros come in from above. */
export function bytesDown(e: Emitter, a: Node, count: Node): Node {
  if (count.kind === 'constant') {
    const numbers = Array.from({ length: 16 }, (_, i) => i + count.immediate);
    return e.op('i8x16.swizzle', a, bytesVector(e, numbers.map(outside)));
  }
  return e.op(
    'i8x16.swizzle',
    a,
    e.op('i8x16.add', byteNumbers(e), e.op('i8x16.splat', atMost(e, count, 16))),
  );
}

/** All bytes moved up (pslldq). */
export function bytesUp(e: Emitter, a: Node, count: Node): Node {
  if (count.kind === 'constant') {
    const numbers = Array.from({ length: 16 }, (_, i) => i - count.immediate);
    return e.op('i8x16.swizzle', a, bytesVector(e, numbers.map(outside)));
  }
  return e.op(
    'i8x16.swizzle',
    a,
    e.op('i8x16.sub', byteNumbers(e), e.op('i8x16.splat', atMost(e, count, 16))),
  );
}

/** Sixteen bytes of a:b (b below), from byte `count` on (palignr). */
export function align(e: Emitter, a: Node, b: Node, count: Node): Node {
  if (count.kind === 'constant') {
    if (count.immediate >= 16) return bytesDown(e, a, e.i32(count.immediate - 16));
    const bytes = Array.from({ length: 16 }, (_, i) => i + count.immediate);
    return e.shuffle(bytes, b, a);
  }
  const numbers = e.let(e.op('i8x16.add', byteNumbers(e), e.op('i8x16.splat', atMost(e, count, 32))));
  const fromA = e.op('i8x16.sub', numbers, e.op('i8x16.splat', e.i32(16)));
  return e.op('v128.or', e.op('i8x16.swizzle', b, numbers), e.op('i8x16.swizzle', a, fromA));
}

/** A byte number as swizzle wants it: with bit 7 set where it is none, which costs V8 the least. */
function outside(number: number): number {
  return number >= 0 && number < 16 ? number : 0x80;
}

function atMost(e: Emitter, count: Node, limit: number): Node {
  return e.select(e.ltU(count, e.i32(limit)), count, e.i32(limit));
}
