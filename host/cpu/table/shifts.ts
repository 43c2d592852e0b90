/**
 * Shifts and rotates. SDM volume 1, 7.3.6. The count is masked to 5 bits (6 with 64-bit operands); a count of 0 leaves
 * the flags alone. Flags that are undefined are what AMD's processors make of them: of as for a count of 1. Only af,
 * which they set, is always clear here.
 */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Operand, Row, Semantics } from './row.ts';
import type { IntegerWidth } from './integer.ts';
import { bitOf, widthOf, widen } from './integer.ts';
import { row } from './row.ts';

/** The masked count as i32. */
function readCount(e: Emitter, operand: Operand, width: IntegerWidth): Node {
  const mask = width === 64 ? 63 : 31;
  const count = e.read(operand);
  return count.kind === 'constant' ? e.i32(count.immediate & mask) : e.let(e.and(count, e.i32(mask)));
}

/** Runs `set` if the count is not 0; decides that here if the count is known. */
function unlessZero(e: Emitter, count: Node, set: () => void): void {
  if (count.kind !== 'constant') e.flagsIf(count, set);
  else if (count.immediate !== 0) set();
}

const top = (e: Emitter, value: Node, width: IntegerWidth): Node => bitOf(e, value, width - 1);

/** shl, shr, sar: result and last bit out of an operand that is pinned down. */
type Shift = (e: Emitter, a: Node, count: Node, width: IntegerWidth) => { result: Node; carry: Node };

const shiftLeft: Shift = (e, a, count, width) => {
  const by = widen(e, count, width);
  const shifted = e.let(e.shl(a, by));
  if (width < 32) return { result: e.let(e.cut(shifted, width)), carry: bitOf(e, shifted, width) };
  return { result: shifted, carry: bitOf(e, e.shrU(a, e.sub(e.constant(width, 0), by)), 0) };
};

function shiftRight(isSigned: boolean): Shift {
  return (e, a, count, width) => {
    const by = widen(e, count, width);
    const from = isSigned && width < 32 ? e.let(e.signExtend32(a, width)) : a;
    const shift = (n: Node): Node => (isSigned ? e.shrS(from, n) : e.shrU(from, n));
    return {
      result: e.let(e.cut(shift(by), width)),
      carry: bitOf(e, shift(e.sub(by, e.constant(width, 1))), 0),
    };
  };
}

/** Overflow: whether the top bit changed last: by the bit shifted out (left), or by its new neighbour (right). */
function overflowOf(e: Emitter, isLeft: boolean, result: Node, carry: Node, width: IntegerWidth): Node {
  return e.xor(top(e, result, width), isLeft ? carry : bitOf(e, result, width - 2));
}

function shift(compute: Shift, isLeft: boolean): Semantics {
  return (e, to, by) => {
    const width = widthOf(to);
    const count = readCount(e, by, width);
    const place = e.place(to, 'modify');
    const { result, carry } = compute(e, place.load(), count, width);
    const cf = e.let(carry);
    place.store(result);
    unlessZero(e, count, () =>
      e.setFlags('carry', width, cf, e.let(overflowOf(e, isLeft, result, cf, width)), result),
    );
  };
}

/** rol and ror: cf is the bit that came round; the flags but cf and of stay. */
function rotate(isLeft: boolean): Semantics {
  return (e, to, by) => {
    const width = widthOf(to);
    const count = readCount(e, by, width);
    const place = e.place(to, 'modify');
    const a = place.load();
    let result: Node;
    if (width >= 32) result = e[isLeft ? 'rotl' : 'rotr'](a, widen(e, count, width));
    else {
      // Several copies side by side turn as one would.
      const pair = e.or(a, e.shl(a, e.i32(16)));
      const copies = width === 16 ? pair : e.mul(a, e.i32(0x0101_0101));
      result = e.cut(e[isLeft ? 'rotl' : 'rotr'](copies, count), width);
    }
    result = e.let(result);
    place.store(result);
    unlessZero(e, count, () => {
      const cf = e.let(isLeft ? bitOf(e, result, 0) : top(e, result, width));
      e.updateFlags({ cf, of: e.let(overflowOf(e, isLeft, result, cf, width)) });
    });
  };
}

/** rcl and rcr: the carry flag is one bit more. */
function rotateThroughCarry(isLeft: boolean): Semantics {
  return (e, to, by) => {
    const width = widthOf(to);
    const count = readCount(e, by, width);
    const place = e.place(to, 'modify');
    const carry = e.let(e.op('i64.extend_i32_u', e.flag('cf')));
    const a = place.load();
    const { result, cf } = (width === 64 ? turn64 : turn)(e, isLeft, a, carry, count, width);
    place.store(result);
    unlessZero(e, count, () => e.updateFlags({ cf, of: e.let(overflowOf(e, isLeft, result, cf, width)) }));
  };
}

interface Turned {
  readonly result: Node;
  readonly cf: Node;
}

/** Up to 32 bits and carry, as one number of up to 33 bits in an i64. */
function turn(e: Emitter, isLeft: boolean, a: Node, carry: Node, count: Node, width: IntegerWidth): Turned {
  const all = e.let(e.or(e.zeroExtend(a, width), e.shl(carry, e.i64(width))));
  const turns = width === 32 ? count : e.op('i32.rem_u', count, e.i32(width + 1));
  const left = e.let(e.op('i64.extend_i32_u', turns));
  const rest = e.sub(e.i64(width + 1), left);
  const turned = e.let(
    isLeft ? e.or(e.shl(all, left), e.shrU(all, rest)) : e.or(e.shrU(all, left), e.shl(all, rest)),
  );
  return { result: e.let(e.cut(e.narrow(turned), width)), cf: e.let(bitOf(e, turned, width)) };
}

/** 65 bits: operand, carry, and once more the operand. */
function turn64(e: Emitter, isLeft: boolean, a: Node, carry: Node, count: Node): Turned {
  const n = e.let(e.op('i64.extend_i32_u', count));
  const back = e.sub(e.i64(64), n);
  const before = e.sub(n, e.i64(1));
  // The far part moves by 65 - n: one step first, so that no distance is 64. Nothing of this holds for n = 0.
  const turned = isLeft
    ? e.or(e.or(e.shl(a, n), e.shl(carry, before)), e.shrU(e.shrU(a, e.i64(1)), back))
    : e.or(e.or(e.shrU(a, n), e.shl(carry, back)), e.shl(e.shl(a, e.i64(1)), back));
  const out = isLeft ? e.shrU(a, back) : e.shrU(a, before);
  const isTurned = count;
  return {
    result: e.let(e.select(isTurned, turned, a)),
    cf: e.let(e.select(isTurned, e.and(e.narrow(out), e.i32(1)), e.narrow(carry))),
  };
}

/** shld and shrd. */
function doubleShift(isLeft: boolean): Semantics {
  return (e, to, from, by) => {
    const width = widthOf(to);
    const count = readCount(e, by, width);
    const b = e.read(from);
    const place = e.place(to, 'modify');
    const a = place.load();
    const n = e.let(widen(e, count, width));
    if (width === 16) {
      doubleShift16(e, isLeft, a, b, count, result => place.store(result));
      return;
    }
    const size = e.constant(width, width);
    const one = e.constant(width, 1);
    const back = e.sub(size, n);
    // With a count of 0 the other operand's part would stay whole.
    const [shifted, filled, out] = isLeft
      ? [e.shl(a, n), e.shrU(b, back), e.shrU(a, back)]
      : [e.shrU(a, n), e.shl(b, back), e.shrU(a, e.sub(n, one))];
    const result = e.let(e.select(count, e.or(shifted, filled), a));
    const cf = e.let(e.and(e.narrow(out), e.i32(1)));
    place.store(result);
    unlessZero(e, count, () =>
      e.setFlags('carry', width, cf, e.let(overflowOf(e, isLeft, result, cf, width)), result),
    );
  };
}

/**
 * 16 bits: counts above 16 are undefined. AMD's processors go on with the second operand; cf is 0, and of too to the
 * left, there for 16 also.
 */
function doubleShift16(
  e: Emitter,
  isLeft: boolean,
  a: Node,
  b: Node,
  count: Node,
  store: (n: Node) => void,
): void {
  const wide = (value: Node): Node => e.op('i64.extend_i32_u', value);
  const join = (high: Node, middle: Node, low: Node): Node =>
    e.let(e.or(e.or(e.shl(wide(high), e.i64(32)), e.shl(wide(middle), e.i64(16))), wide(low)));
  const all = isLeft ? join(a, b, b) : join(b, b, a);
  const n = e.let(wide(count));
  const result = e.let(e.cut(e.narrow(isLeft ? e.shrU(e.shl(all, n), e.i64(32)) : e.shrU(all, n)), 16));
  const out = isLeft ? e.shrU(e.shl(all, n), e.i64(48)) : e.shrU(all, e.sub(n, e.i64(1)));
  const isDefined = e.let(e.op('i32.le_u', count, e.i32(16)));
  const cf = e.let(e.and(e.narrow(out), isDefined));
  const overflow = overflowOf(e, isLeft, result, cf, 16);
  store(result);
  unlessZero(e, count, () =>
    e.setFlags('carry', 16, cf, e.let(isLeft ? e.and(overflow, e.ltU(count, e.i32(16))) : overflow), result),
  );
}

const GROUP2: readonly [name: string, does: Semantics, undefinedFlags: string][] = [
  ['rol', rotate(true), 'o'],
  ['ror', rotate(false), 'o'],
  ['rcl', rotateThroughCarry(true), 'o'],
  ['rcr', rotateThroughCarry(false), 'o'],
  ['shl', shift(shiftLeft, true), 'oa'],
  ['shr', shift(shiftRight(false), false), 'oa'],
  // /6 is the same as /4.
  ['shl', shift(shiftLeft, true), 'oa'],
  ['sar', shift(shiftRight(true), false), 'oa'],
];

export const shiftRows: readonly Row[] = [
  ...GROUP2.flatMap(([name, does, undefinedFlags], number) =>
    [
      ['c0', 'Eb Ib'],
      ['c1', 'Ev Ib'],
      ['d0', 'Eb 1'],
      ['d1', 'Ev 1'],
      ['d2', 'Eb cl'],
      ['d3', 'Ev cl'],
    ].map(([opcode, operands]) =>
      row(name, `${opcode} /${number}`, operands!, does, { undefined: undefinedFlags }),
    ),
  ),
  row('shld', '0f a4', 'Ev Gv Ib', doubleShift(true), { undefined: 'oa' }),
  row('shld', '0f a5', 'Ev Gv cl', doubleShift(true), { undefined: 'oa' }),
  row('shrd', '0f ac', 'Ev Gv Ib', doubleShift(false), { undefined: 'oa' }),
  row('shrd', '0f ad', 'Ev Gv cl', doubleShift(false), { undefined: 'oa' }),
];
