/** Moves of xmm registers: whole, halves, scalars, to and from general registers, sign bits. */
import type { Row, Semantics } from './row.ts';
import { RDI } from '../../../kernel/abi/cpu-context.ts';
import { row } from './row.ts';
import { SSE3, SSE41, lowRows, lowVector, pick, unaryRow, zero } from './vector.ts';

const move: Semantics = (e, to, from) => e.write(to, e.read(from));
const moveZeroing: Semantics = (e, to, from) => e.writeZeroing(to, e.read(from));
/** Register to register: some lanes of both. b's lanes follow a's. */
function merge(size: number, lanes: readonly number[]): Semantics {
  return (e, to, from) => e.write(to, pick(e, size, lanes, e.read(to), e.read(from)));
}
const loadHigh: Semantics = (e, to, from) => {
  const value = e.read(from);
  e.write(to, e.lane('i64x2.replace_lane', 1, e.read(to), value));
};
const storeHigh: Semantics = (e, to, from) => e.write(to, e.lane('i64x2.extract_lane', 1, e.read(from)));
function signs(shape: string): Semantics {
  return (e, to, from) => e.write(to, e.op(`${shape}.bitmask`, e.read(from)));
}

/**
 * x86: bytes whose mask is clear are read and written as well, so that they must not lie on a page that cannot be
 * written.
 */
const maskedStore: Semantics = (e, value, mask) => {
  const place = e.memory(e.zeroExtend(e.gpr(RDI, e.addressSize), e.addressSize), 128, 'modify', 'operand');
  const bytes = e.op('i8x16.shr_s', e.read(mask), e.i32(7));
  place.store(e.op('v128.bitselect', e.read(value), place.load(), bytes));
};

/** Loads and stores of 16 bytes: alignment is the letter's matter. */
function whole(name: string, encoding: string, load: string, store: string, width: string): readonly Row[] {
  return [
    row(name, `${encoding} ${load}`, `V${width} W${width}`, move),
    row(name, `${encoding} ${store}`, `W${width} V${width}`, move),
  ];
}

function scalars(name: string, prefix: string, width: string, lanes: readonly number[]): readonly Row[] {
  const size = 16 / lanes.length;
  return [
    row(name, `${prefix} 0f 10`, 'Vx Ux', merge(size, lanes)),
    row(name, `${prefix} 0f 10`, `Vx M${width}`, moveZeroing),
    row(name, `${prefix} 0f 11`, 'Ux Vx', merge(size, lanes)),
    row(name, `${prefix} 0f 11`, `M${width} V${width}`, move),
  ];
}

/** Halves: np for single and 66 for double precision. */
function halves(prefix: string, letter: string): readonly Row[] {
  return [
    row(`movlp${letter}`, `${prefix} 0f 12`, 'Vq Mq', move),
    row(`movlp${letter}`, `${prefix} 0f 13`, 'Mq Vq', move),
    row(`movhp${letter}`, `${prefix} 0f 16`, 'Vx Mq', loadHigh),
    row(`movhp${letter}`, `${prefix} 0f 17`, 'Mq Vx', storeHigh),
    row(`movntp${letter}`, `${prefix} 0f 2b`, 'Mx Vx', move),
  ];
}

export const sseMovesRows: readonly Row[] = [
  ...whole('movups', 'np 0f', '10', '11', 'o'),
  ...whole('movupd', '66 0f', '10', '11', 'o'),
  ...whole('movaps', 'np 0f', '28', '29', 'x'),
  ...whole('movapd', '66 0f', '28', '29', 'x'),
  ...whole('movdqa', '66 0f', '6f', '7f', 'x'),
  ...whole('movdqu', 'f3 0f', '6f', '7f', 'o'),
  row('lddqu', 'f2 0f f0', 'Vo Mo', move, SSE3),
  row('movntdq', '66 0f e7', 'Mx Vx', move),
  row('movntdqa', '66 0f38 2a', 'Vx Mx', move, SSE41),
  row('movnti', 'np 0f c3', 'My Gy', move),

  ...scalars('movss', 'f3', 'd', [4, 1, 2, 3]),
  ...scalars('movsd', 'f2', 'q', [2, 1]),
  ...halves('np', 's'),
  ...halves('66', 'd'),
  row('movhlps', 'np 0f 12', 'Vx Ux', merge(8, [3, 1])),
  row('movlhps', 'np 0f 16', 'Vx Ux', merge(8, [0, 2])),

  row('movd', '66 rex0 0f 6e', 'Vx Ed', moveZeroing),
  row('movq', '66 rexw 0f 6e', 'Vx Eq', moveZeroing),
  row('movd', '66 rex0 0f 7e', 'Ed Vd', move),
  row('movq', '66 rexw 0f 7e', 'Eq Vq', move),
  row('movq', 'f3 0f 7e', 'Vx Ux', (e, to, from) => e.write(to, pick(e, 8, [0, 2], e.read(from), zero(e)))),
  row('movq', 'f3 0f 7e', 'Vx Mq', moveZeroing),
  row('movq', '66 0f d6', 'Ux Vx', (e, to, from) => e.write(to, pick(e, 8, [0, 2], e.read(from), zero(e)))),
  row('movq', '66 0f d6', 'Mq Vq', move),

  ...lowRows(
    'movddup',
    'f2 0f 12',
    'Vx',
    'q',
    (e, to, from) => e.write(to, pick(e, 8, [0, 0], lowVector(e, from))),
    SSE3,
  ),
  unaryRow('movsldup', 'f3 0f 12', (e, a) => pick(e, 4, [0, 0, 2, 2], a), SSE3),
  unaryRow('movshdup', 'f3 0f 16', (e, a) => pick(e, 4, [1, 1, 3, 3], a), SSE3),

  row('movmskps', 'np 0f 50', 'Gd Ux', signs('i32x4')),
  row('movmskpd', '66 0f 50', 'Gd Ux', signs('i64x2')),
  row('pmovmskb', '66 0f d7', 'Gd Ux', signs('i8x16')),
  row('maskmovdqu', '66 0f f7', 'Vx Ux', maskedStore, { isAddressSized: true }),
];
