/** Instructions that rearrange lanes: shuffles, interleaving, blends, insertion and extraction of single lanes. */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Operand, Options, Row, Semantics } from './row.ts';
import { row } from './row.ts';
import { align, shuffle16, shuffle32, shuffleTwo32, shuffleTwo64 } from './shuffles.ts';
import { SSE41, SSSE3, binaryRow, bitsOf, bytesVector, immediate, lanesVector, pick } from './vector.ts';

function fromOne(f: (e: Emitter, a: Node, imm: Node) => Node): Semantics {
  return (e, to, from, imm) => {
    const a = e.read(from);
    e.write(to, f(e, a, immediate(e, imm)));
  };
}
function fromTwo(f: (e: Emitter, a: Node, b: Node, imm: Node) => Node): Semantics {
  return (e, to, from, imm) => {
    const b = e.read(from);
    e.write(to, f(e, e.read(to), b, immediate(e, imm)));
  };
}

/** Lanes of b where the immediate's bit is set, else of a. */
function blend(size: 2 | 4 | 8): Semantics {
  const count = 16 / size;
  return fromTwo((e, a, b, imm) => {
    if (imm.kind === 'constant') {
      const lanes = Array.from({ length: count }, (_, i) => i + ((imm.immediate >> i) & 1) * count);
      return pick(e, size, lanes, a, b);
    }
    const bytes = Array.from({ length: 16 }, (_, i) => 1 << Math.floor(i / size));
    return e.op('v128.bitselect', b, a, bitMask(e, imm, bytes));
  });
}

/** All ones in the bytes whose bits are set in the immediate. */
function bitMask(e: Emitter, imm: Node, bits: readonly number[]): Node {
  const vector = bytesVector(e, bits);
  return e.op('i8x16.eq', e.op('v128.and', e.op('i8x16.splat', imm), vector), vector);
}

/** Lanes of b where xmm0's are negative. */
function blendBySign(shape: string, bits: number): Semantics {
  return (e, to, from) => {
    const b = e.read(from);
    const mask = e.op(`${shape}.shr_s`, e.xmm(0), e.i32(bits - 1));
    e.write(to, e.op('v128.bitselect', b, e.read(to), mask));
  };
}

const SHAPES = { 8: 'i8x16', 16: 'i16x8', 32: 'i32x4', 64: 'i64x2' } as const;
type LaneWidth = keyof typeof SHAPES;

/** A vector with one lane replaced; `index` is in range. */
export function replaceLane(e: Emitter, width: LaneWidth, vector: Node, index: Node, value: Node): Node {
  const shape = SHAPES[width];
  if (index.kind === 'constant') return e.lane(`${shape}.replace_lane`, index.immediate, vector, value);
  const size = width / 8;
  const numbers = bytesVector(
    e,
    Array.from({ length: 16 }, (_, i) => Math.floor(i / size)),
  );
  const mask = e.op('i8x16.eq', numbers, e.op('i8x16.splat', index));
  return e.op('v128.bitselect', e.op(`${shape}.splat`, value), vector, mask);
}

/** A lane, zero-extended; `index` is in range. */
export function extractLane(e: Emitter, width: LaneWidth, vector: Node, index: Node): Node {
  const name = `${SHAPES[width]}.extract_lane${width < 32 ? '_u' : ''}`;
  if (index.kind === 'constant') return e.lane(name, index.immediate, vector);
  const bytes = Array.from({ length: 16 }, (_, i) => i % (width / 8));
  const first = e.op('i8x16.splat', e.mul(index, e.i32(width / 8)));
  return e.lane(name, 0, e.op('i8x16.swizzle', vector, e.op('i8x16.add', first, bytesVector(e, bytes))));
}

function insert(width: LaneWidth): Semantics {
  return (e, to, from, imm) => {
    const value = e.read(from);
    const index = bitsOf(e, immediate(e, imm), 0, 128 / width - 1);
    e.write(to, replaceLane(e, width, e.read(to), index, value));
  };
}
function extract(width: LaneWidth): Semantics {
  return (e, to, from, imm) => {
    const index = bitsOf(e, immediate(e, imm), 0, 128 / width - 1);
    e.write(to, extractLane(e, width, e.read(from), index));
  };
}

/** insertps: the value, where it goes (bits 4 and 5), and which lanes become zero (bits 0 to 3). */
function insertSingle(e: Emitter, to: Operand, value: Node, imm: Node): void {
  const inserted = replaceLane(e, 32, e.read(to), bitsOf(e, imm, 4, 3), value);
  const keep =
    imm.kind === 'constant'
      ? lanesVector(
          e,
          [0, 1, 2, 3].map(lane => ((imm.immediate >> lane) & 1) - 1),
        )
      : e.op('v128.not', bitMask(e, imm, [1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8]));
  e.write(to, e.op('v128.and', inserted, keep));
}

const test: Semantics = (e, first, second) => {
  const b = e.read(second);
  const a = e.read(first);
  const zf = e.let(e.eqz(e.op('v128.any_true', e.op('v128.and', a, b))));
  const cf = e.let(e.eqz(e.op('v128.any_true', e.op('v128.andnot', b, a))));
  const clear = e.i32(0);
  e.updateFlags({ cf, pf: clear, af: clear, zf, sf: clear, of: clear });
};

/** Lanes of both, interleaved: b's lanes follow a's. */
function interleave(name: string, encoding: string, size: number, lanes: readonly number[]): Row {
  return binaryRow(name, encoding, (e, a, b) => pick(e, size, lanes, a, b));
}

/** Two rows: to a general register, zero-extended, and to memory. */
function extractRows(
  name: string,
  encoding: string,
  memory: string,
  does: Semantics,
  options: Options,
): readonly Row[] {
  return [
    row(name, encoding, 'Rd Vx Ib', does, options),
    row(name, encoding, `${memory} Vx Ib`, does, options),
  ];
}

export const sseShufflesRows: readonly Row[] = [
  row('shufps', 'np 0f c6', 'Vx Wx Ib', fromTwo(shuffleTwo32)),
  row('shufpd', '66 0f c6', 'Vx Wx Ib', fromTwo(shuffleTwo64)),
  row('pshufd', '66 0f 70', 'Vx Wx Ib', fromOne(shuffle32)),
  row(
    'pshuflw',
    'f2 0f 70',
    'Vx Wx Ib',
    fromOne((e, a, imm) => shuffle16(e, a, imm, 0)),
  ),
  row(
    'pshufhw',
    'f3 0f 70',
    'Vx Wx Ib',
    fromOne((e, a, imm) => shuffle16(e, a, imm, 4)),
  ),
  row('palignr', '66 0f3a 0f', 'Vx Wx Ib', fromTwo(align), SSSE3),
  interleave('unpcklps', 'np 0f 14', 4, [0, 4, 1, 5]),
  interleave('unpckhps', 'np 0f 15', 4, [2, 6, 3, 7]),
  interleave('unpcklpd', '66 0f 14', 8, [0, 2]),
  interleave('unpckhpd', '66 0f 15', 8, [1, 3]),
  interleave('punpcklqdq', '66 0f 6c', 8, [0, 2]),
  interleave('punpckhqdq', '66 0f 6d', 8, [1, 3]),

  row('blendps', '66 0f3a 0c', 'Vx Wx Ib', blend(4), SSE41),
  row('blendpd', '66 0f3a 0d', 'Vx Wx Ib', blend(8), SSE41),
  row('pblendw', '66 0f3a 0e', 'Vx Wx Ib', blend(2), SSE41),
  row('pblendvb', '66 0f38 10', 'Vx Wx', blendBySign('i8x16', 8), SSE41),
  row('blendvps', '66 0f38 14', 'Vx Wx', blendBySign('i32x4', 32), SSE41),
  row('blendvpd', '66 0f38 15', 'Vx Wx', blendBySign('i64x2', 64), SSE41),
  row('ptest', '66 0f38 17', 'Vx Wx', test, SSE41),

  row('pinsrb', '66 0f3a 20', 'Vx Rd Ib', insert(8), SSE41),
  row('pinsrb', '66 0f3a 20', 'Vx Mb Ib', insert(8), SSE41),
  row('pinsrw', '66 0f c4', 'Vx Rd Ib', insert(16)),
  row('pinsrw', '66 0f c4', 'Vx Mw Ib', insert(16)),
  row('pinsrd', '66 rex0 0f3a 22', 'Vx Ed Ib', insert(32), SSE41),
  row('pinsrq', '66 rexw 0f3a 22', 'Vx Eq Ib', insert(64), SSE41),
  ...extractRows('pextrb', '66 0f3a 14', 'Mb', extract(8), SSE41),
  ...extractRows('pextrw', '66 0f3a 15', 'Mw', extract(16), SSE41),
  row('pextrw', '66 0f c5', 'Gd Ux Ib', extract(16)),
  row('pextrd', '66 rex0 0f3a 16', 'Ed Vx Ib', extract(32), SSE41),
  row('pextrq', '66 rexw 0f3a 16', 'Eq Vx Ib', extract(64), SSE41),
  row('extractps', '66 0f3a 17', 'Ed Vx Ib', extract(32), SSE41),
  row(
    'insertps',
    '66 0f3a 21',
    'Vx Ux Ib',
    (e, to, from, imm) => {
      const control = immediate(e, imm);
      insertSingle(e, to, extractLane(e, 32, e.read(from), bitsOf(e, control, 6, 3)), control);
    },
    SSE41,
  ),
  row(
    'insertps',
    '66 0f3a 21',
    'Vx Md Ib',
    (e, to, from, imm) => {
      const value = e.read(from);
      insertSingle(e, to, value, immediate(e, imm));
    },
    SSE41,
  ),
];
