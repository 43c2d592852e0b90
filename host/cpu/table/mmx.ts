/**
 * MMX: 64-bit vectors in the low parts of the x87 registers, with the additions of SSE, SSE2 and SSSE3. Arithmetic is
 * that of the xmm registers, done in a vector's low half. Conversions to and from floats are in sse-convert.ts.
 */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Operand, Row, Semantics } from './row.ts';
import { RDI } from '../../../kernel/abi/cpu-context.ts';
import { row } from './row.ts';
import { bytesDown, shuffle16 } from './shuffles.ts';
import { extractLane, replaceLane } from './sse-shuffles.ts';
import {
  SHARED_OPERATIONS,
  SHIFTS,
  SSSE3_OPERATIONS,
  shiftLanes,
  type ShiftOperation,
} from './vector-integer.ts';
import { SSSE3, bitsOf, immediate, lowHalf, checkMmx, mmxRead, mmxRow, mmxSource, pick } from './vector.ts';

/** An MMX register after enterMmx, in both halves of a vector. */
function register(e: Emitter, operand: Operand): Node {
  return e.let(e.op('i64x2.splat', e.read(operand)));
}

const load: Semantics = (e, to, from) => {
  const value = mmxRead(e, from);
  e.write(to, value.type === 'i32' ? e.zeroExtend(value, 32) : value);
};
const store: Semantics = (e, to, from) => {
  checkMmx(e);
  const place = e.place(to, 'write');
  e.enterMmx();
  place.store(e.read(from));
};

function shiftBySource(shift: ShiftOperation): Semantics {
  return (e, to, from) => {
    const source = mmxSource(e, from);
    const count = e.let(lowHalf(e, source));
    e.write(to, lowHalf(e, shiftLanes(e, shift, register(e, to), count)));
  };
}
function shiftByImmediate(shift: ShiftOperation): Semantics {
  return (e, to, imm) => {
    checkMmx(e);
    e.enterMmx();
    e.write(to, lowHalf(e, shiftLanes(e, shift, register(e, to), immediate(e, imm))));
  };
}

const alignBytes: Semantics = (e, to, from, imm) => {
  const b = mmxSource(e, from);
  const both = pick(e, 8, [0, 2], b, register(e, to));
  e.write(to, lowHalf(e, bytesDown(e, both, immediate(e, imm))));
};

const insertWord: Semantics = (e, to, from, imm) => {
  const value = mmxRead(e, from);
  const index = bitsOf(e, immediate(e, imm), 0, 3);
  e.write(to, lowHalf(e, replaceLane(e, 16, register(e, to), index, value)));
};

/** x86: as with maskmovdqu, bytes whose mask is clear must be writable too. */
const maskedStore: Semantics = (e, value, mask) => {
  checkMmx(e);
  e.enterMmx();
  const place = e.memory(e.zeroExtend(e.gpr(RDI, e.addressSize), e.addressSize), 64, 'modify', 'operand');
  const bytes = e.op('i8x16.shr_s', register(e, mask), e.i32(7));
  const old = e.op('i64x2.splat', place.load());
  place.store(e.let(lowHalf(e, e.op('v128.bitselect', register(e, value), old, bytes))));
};

export const mmxRows: readonly Row[] = [
  row('movd', 'np rex0 0f 6e', 'Pq Ed', load),
  row('movq', 'np rexw 0f 6e', 'Pq Eq', load),
  row('movd', 'np rex0 0f 7e', 'Ed Pd', store),
  row('movq', 'np rexw 0f 7e', 'Eq Pq', store),
  row('movq', 'np 0f 6f', 'Pq Mq', load),
  row('movq', 'np 0f 6f', 'Pq Nq', (e, to, from) => e.write(to, lowHalf(e, mmxSource(e, from)))),
  row('movq', 'np 0f 7f', 'Mq Pq', store),
  row('movq', 'np 0f 7f', 'Nq Pq', (e, to, from) => e.write(to, lowHalf(e, mmxSource(e, from)))),
  row('movntq', 'np 0f e7', 'Mq Pq', store),
  row('movq2dq', 'f3 0f d6', 'Vx Nq', (e, to, from) => {
    e.writeZeroing(to, mmxRead(e, from));
  }),
  row('movdq2q', 'f2 0f d6', 'Pq Uq', load),

  ...SHARED_OPERATIONS.map(({ name, code, does, mmx = does, isLow }) =>
    mmxRow(name, `np ${code}`, mmx, {}, isLow ? 'Pq Qd' : 'Pq Qq'),
  ),
  ...SSSE3_OPERATIONS.map(({ name, code, does, mmx = does }) => mmxRow(name, `np ${code}`, mmx, SSSE3)),
  ...SHIFTS.flatMap(shift => [
    row(shift.name, `np ${shift.code}`, 'Pq Qq', shiftBySource(shift)),
    row(shift.name, `np ${shift.immediate}`, 'Nq Ib', shiftByImmediate(shift)),
  ]),
  row('palignr', 'np 0f3a 0f', 'Pq Qq Ib', alignBytes, SSSE3),
  row('pshufw', 'np 0f 70', 'Pq Qq Ib', (e, to, from, imm) => {
    const source = mmxSource(e, from);
    e.write(to, lowHalf(e, shuffle16(e, source, immediate(e, imm), 0)));
  }),
  row('pmovmskb', 'np 0f d7', 'Gd Nq', (e, to, from) => {
    checkMmx(e);
    e.enterMmx();
    e.write(to, e.and(e.op('i8x16.bitmask', register(e, from)), e.i32(0xff)));
  }),
  row('pinsrw', 'np 0f c4', 'Pq Rd Ib', insertWord),
  row('pinsrw', 'np 0f c4', 'Pq Mw Ib', insertWord),
  row('pextrw', 'np 0f c5', 'Gd Nq Ib', (e, to, from, imm) => {
    checkMmx(e);
    e.enterMmx();
    e.write(to, extractLane(e, 16, register(e, from), bitsOf(e, immediate(e, imm), 0, 3)));
  }),
  row('maskmovq', 'np 0f f7', 'Pq Nq', maskedStore, { isAddressSized: true }),
];
