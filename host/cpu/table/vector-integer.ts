/**
 * Integer arithmetic on vectors, for xmm registers (the whole of a v128) and MMX registers (its low half; `mmx` where
 * that is not the same). Tables of these: sse-integer.ts and mmx.ts make the rows.
 */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Binary } from './vector.ts';
import { bytesVector, pick, wasm } from './vector.ts';

export interface VectorOperation {
  readonly name: string;
  /** Map and opcode: 'np' or '66' stands before it. */
  readonly code: string;
  readonly does: Binary;
  /** Of MMX registers, in the low half, if it is something else. a and b are in both halves. */
  readonly mmx?: Binary;
  /** MMX: memory has only 32 bits. */
  readonly isLow?: boolean;
  readonly feature?: string;
}

function all(prefix: string, entries: string): readonly VectorOperation[] {
  return entries
    .trim()
    .split(/\s*;\s*/)
    .map(entry => {
      const [name, code, operation] = entry.split(' ');
      return { name: name!, code: `${prefix} ${code}`, does: wasm(operation!) };
    });
}

/** Instructions that WebAssembly has. */
const DIRECT = all(
  '0f',
  `pcmpgtb 64 i8x16.gt_s; pcmpgtw 65 i16x8.gt_s; pcmpgtd 66 i32x4.gt_s;
  pcmpeqb 74 i8x16.eq; pcmpeqw 75 i16x8.eq; pcmpeqd 76 i32x4.eq;
  paddb fc i8x16.add; paddw fd i16x8.add; paddd fe i32x4.add; paddq d4 i64x2.add;
  psubb f8 i8x16.sub; psubw f9 i16x8.sub; psubd fa i32x4.sub; psubq fb i64x2.sub;
  paddsb ec i8x16.add_sat_s; paddsw ed i16x8.add_sat_s; paddusb dc i8x16.add_sat_u; paddusw dd i16x8.add_sat_u;
  psubsb e8 i8x16.sub_sat_s; psubsw e9 i16x8.sub_sat_s; psubusb d8 i8x16.sub_sat_u; psubusw d9 i16x8.sub_sat_u;
  pminub da i8x16.min_u; pmaxub de i8x16.max_u; pminsw ea i16x8.min_s; pmaxsw ee i16x8.max_s;
  pavgb e0 i8x16.avgr_u; pavgw e3 i16x8.avgr_u;
  pand db v128.and; por eb v128.or; pxor ef v128.xor;
  pmullw d5 i16x8.mul; pmaddwd f5 i32x4.dot_i16x8_s`,
);

/** ~a & b */
export const andNot: Binary = (e, a, b) => e.op('v128.andnot', b, a);

/** The upper halves of products of 16-bit lanes. */
function multiplyHigh(sign: 's' | 'u'): Binary {
  return (e, a, b) => {
    const low = e.op(`i32x4.extmul_low_i16x8_${sign}`, a, b);
    return pick(e, 2, [1, 3, 5, 7, 9, 11, 13, 15], low, e.op(`i32x4.extmul_high_i16x8_${sign}`, a, b));
  };
}

/** Products of the even 32-bit lanes. */
export function multiplyEven(sign: 's' | 'u'): Binary {
  return (e, a, b) =>
    e.op(`i64x2.extmul_low_i32x4_${sign}`, pick(e, 4, [0, 2, 0, 2], a), pick(e, 4, [0, 2, 0, 2], b));
}

/** The differences' magnitudes, summed up in each half. */
const sumOfDifferences: Binary = (e, a, b) => {
  const differences = e.op('v128.or', e.op('i8x16.sub_sat_u', a, b), e.op('i8x16.sub_sat_u', b, a));
  const pairs = e.op('i16x8.extadd_pairwise_i8x16_u', differences);
  const fours = e.let(e.op('i32x4.extadd_pairwise_i16x8_u', pairs));
  const eights = e.op('i64x2.add', fours, e.op('i64x2.shr_u', fours, e.i32(32)));
  return e.op('v128.and', eights, e.v128(0xffffn, 0xffffn));
};

/** Packs lanes of both into lanes of half the size. MMX: both operands make one vector. */
function pack(name: string, code: string, operation: string): VectorOperation {
  const mmx: Binary = (e, a, b) => {
    const both = e.let(pick(e, 8, [0, 2], a, b));
    return e.op(operation, both, both);
  };
  return { name, code, does: wasm(operation), mmx };
}

/** punpckl and punpckh. */
function interleave(name: string, low: string, high: string, size: 1 | 2 | 4): readonly VectorOperation[] {
  const count = 16 / size;
  const lanes = (from: number): number[] =>
    Array.from({ length: count }, (_, i) => from + (i >> 1) + (i & 1) * count);
  return [
    { name: `punpckl${name}`, code: low, does: (e, a, b) => pick(e, size, lanes(0), a, b), isLow: true },
    {
      name: `punpckh${name}`,
      code: high,
      does: (e, a, b) => pick(e, size, lanes(count / 2), a, b),
      mmx: (e, a, b) => pick(e, size, lanes(count / 4), a, b),
    },
  ];
}

export const SHARED_OPERATIONS: readonly VectorOperation[] = [
  ...DIRECT,
  { name: 'pandn', code: '0f df', does: andNot },
  { name: 'pmulhw', code: '0f e5', does: multiplyHigh('s') },
  { name: 'pmulhuw', code: '0f e4', does: multiplyHigh('u') },
  { name: 'pmuludq', code: '0f f4', does: multiplyEven('u') },
  { name: 'psadbw', code: '0f f6', does: sumOfDifferences },
  pack('packsswb', '0f 63', 'i8x16.narrow_i16x8_s'),
  pack('packuswb', '0f 67', 'i8x16.narrow_i16x8_u'),
  pack('packssdw', '0f 6b', 'i16x8.narrow_i32x4_s'),
  ...interleave('bw', '0f 60', '0f 68', 1),
  ...interleave('wd', '0f 61', '0f 69', 2),
  ...interleave('dq', '0f 62', '0f 6a', 4),
];

/** Adds or subtracts neighbours: the even and the odd lanes of a, then those of b. MMX: of both in one vector. */
function horizontal(name: string, code: string, size: 2 | 4, operation: string): VectorOperation {
  const count = 16 / size;
  const lanes = (odd: number, last: number): number[] =>
    Array.from({ length: count }, (_, i) => (2 * i + odd) % last);
  const does: Binary = (e, a, b) =>
    e.op(operation, pick(e, size, lanes(0, 2 * count), a, b), pick(e, size, lanes(1, 2 * count), a, b));
  const mmx: Binary = (e, a, b) => {
    const both = e.let(pick(e, 8, [0, 2], a, b));
    return e.op(operation, pick(e, size, lanes(0, count), both), pick(e, size, lanes(1, count), both));
  };
  return { name, code, does, mmx };
}

/** a, negated or zero as b's sign says. */
function sign(shape: string): Binary {
  return (e, a, b) => {
    const zero = bytesVector(e, Array<number>(16).fill(0));
    const isNegative = e.let(e.op(`${shape}.lt_s`, b, zero));
    const signed = e.op(`${shape}.sub`, e.op('v128.xor', a, isNegative), isNegative);
    return e.op('v128.andnot', signed, e.op(`${shape}.eq`, b, zero));
  };
}

function magnitude(shape: string): Binary {
  return (e, _, b) => e.op(`${shape}.abs`, b);
}

/** Unsigned bytes of a by signed bytes of b; neighbours' products added with saturation. */
const multiplyAddBytes: Binary = (e, a, b) => {
  const evenA = e.op('v128.and', a, e.op('i16x8.splat', e.i32(0xff)));
  const evenB = e.op('i16x8.shr_s', e.op('i16x8.shl', b, e.i32(8)), e.i32(8));
  const even = e.op('i16x8.mul', evenA, evenB);
  const odd = e.op('i16x8.mul', e.op('i16x8.shr_u', a, e.i32(8)), e.op('i16x8.shr_s', b, e.i32(8)));
  return e.op('i16x8.add_sat_s', even, odd);
};

/** Products of fractions, rounded. WebAssembly's saturates where −1 × −1 is to give −1. */
const multiplyRounded: Binary = (e, a, b) => {
  const lowest = e.op('i16x8.splat', e.i32(0x8000));
  const isLowest = e.op('v128.and', e.op('i16x8.eq', a, lowest), e.op('i16x8.eq', b, lowest));
  return e.op('v128.xor', e.op('i16x8.q15mulr_sat_s', a, b), isLowest);
};

/** Bytes of a by the numbers in b; zero where bit 7 is set. */
function shuffleBytes(mask: number): Binary {
  return (e, a, b) => e.op('i8x16.swizzle', a, e.op('v128.and', b, e.op('i8x16.splat', e.i32(mask))));
}

/** SSSE3's, again for both kinds of registers. */
export const SSSE3_OPERATIONS: readonly VectorOperation[] = [
  { name: 'pshufb', code: '0f38 00', does: shuffleBytes(0x8f), mmx: shuffleBytes(0x87) },
  horizontal('phaddw', '0f38 01', 2, 'i16x8.add'),
  horizontal('phaddd', '0f38 02', 4, 'i32x4.add'),
  horizontal('phaddsw', '0f38 03', 2, 'i16x8.add_sat_s'),
  { name: 'pmaddubsw', code: '0f38 04', does: multiplyAddBytes },
  horizontal('phsubw', '0f38 05', 2, 'i16x8.sub'),
  horizontal('phsubd', '0f38 06', 4, 'i32x4.sub'),
  horizontal('phsubsw', '0f38 07', 2, 'i16x8.sub_sat_s'),
  { name: 'psignb', code: '0f38 08', does: sign('i8x16') },
  { name: 'psignw', code: '0f38 09', does: sign('i16x8') },
  { name: 'psignd', code: '0f38 0a', does: sign('i32x4') },
  { name: 'pmulhrsw', code: '0f38 0b', does: multiplyRounded },
  { name: 'pabsb', code: '0f38 1c', does: magnitude('i8x16') },
  { name: 'pabsw', code: '0f38 1d', does: magnitude('i16x8') },
  { name: 'pabsd', code: '0f38 1e', does: magnitude('i32x4') },
];

/** How lanes are shifted; the opcodes by the low 64 bits of a source, and by an immediate (with its extension). */
export interface ShiftOperation {
  readonly name: string;
  readonly code: string;
  readonly immediate: string;
  readonly shape: string;
  readonly bits: 16 | 32 | 64;
  readonly kind: 'shl' | 'shr_u' | 'shr_s';
}

export const SHIFTS: readonly ShiftOperation[] = [
  { name: 'psrlw', code: '0f d1', immediate: '0f 71 /2', shape: 'i16x8', bits: 16, kind: 'shr_u' },
  { name: 'psrld', code: '0f d2', immediate: '0f 72 /2', shape: 'i32x4', bits: 32, kind: 'shr_u' },
  { name: 'psrlq', code: '0f d3', immediate: '0f 73 /2', shape: 'i64x2', bits: 64, kind: 'shr_u' },
  { name: 'psraw', code: '0f e1', immediate: '0f 71 /4', shape: 'i16x8', bits: 16, kind: 'shr_s' },
  { name: 'psrad', code: '0f e2', immediate: '0f 72 /4', shape: 'i32x4', bits: 32, kind: 'shr_s' },
  { name: 'psllw', code: '0f f1', immediate: '0f 71 /6', shape: 'i16x8', bits: 16, kind: 'shl' },
  { name: 'pslld', code: '0f f2', immediate: '0f 72 /6', shape: 'i32x4', bits: 32, kind: 'shl' },
  { name: 'psllq', code: '0f f3', immediate: '0f 73 /6', shape: 'i64x2', bits: 64, kind: 'shl' },
];

/** `count` is an i32 or i64, pinned down; WebAssembly takes it modulo the lanes' width, x86 does not. */
export function shiftLanes(e: Emitter, shift: ShiftOperation, vector: Node, count: Node): Node {
  const { shape, bits, kind } = shift;
  const name = `${shape}.${kind}`;
  if (count.kind === 'constant' && count.type === 'i32') {
    if (count.immediate < bits) return e.op(name, vector, count);
    return kind === 'shr_s' ? e.op(name, vector, e.i32(bits - 1)) : e.v128(0n, 0n);
  }
  const isSmall = e.ltU(count, e.constant(count.type === 'i64' ? 64 : 32, bits));
  const low = e.narrow(count);
  if (kind === 'shr_s') return e.op(name, vector, e.select(isSmall, low, e.i32(bits - 1)));
  return e.select(isSmall, e.op(name, vector, low), e.v128(0n, 0n));
}
