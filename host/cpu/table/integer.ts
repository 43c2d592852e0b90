/** What the families of integer instructions share. */
import type { Emitter, Place } from '../emitter.ts';
import type { Operand } from './row.ts';
import type { Node } from '../wasm/node.ts';
import { RAX, RSP } from '../../../kernel/abi/cpu-context.ts';

export type IntegerWidth = 8 | 16 | 32 | 64;

/** The names of the sixteen conditions, in the order of their codes. */
export const CONDITIONS = 'o no b ae e ne be a s ns p np l ge le g'.split(' ');

/** The width of an operand that is an integer. */
export function widthOf(operand: Operand): IntegerWidth {
  return operand.width as IntegerWidth;
}

/** An i32 (0 or 1) as an integer of this width. */
export function widen(e: Emitter, bit: Node, width: IntegerWidth): Node {
  return width === 64 ? e.op('i64.extend_i32_u', bit) : bit;
}

/** Bit `index` of an integer as i32, 0 or 1. */
export function bitOf(e: Emitter, value: Node, index: number): Node {
  if (value.type === 'i32') {
    const moved = index === 0 ? value : e.shrU(value, e.i32(index));
    return index === 31 ? moved : e.and(moved, e.i32(1));
  }
  if (index === 63) return e.narrow(e.shrU(value, e.i64(63)));
  return e.and(e.narrow(e.shrU(value, e.i64(index))), e.i32(1));
}

/** Replaces a place's value by what `compute` makes of it; the old value. With a lock prefix, atomically. */
export function update(e: Emitter, place: Place, compute: (old: Node) => Node): { old: Node; result: Node } {
  if (!e.isLocked) {
    const old = place.load();
    const result = e.let(compute(old));
    place.store(result);
    return { old, result };
  }
  const expected = e.variable(place.load());
  const old = e.variable(expected);
  const result = e.variable(expected);
  e.loop(again => {
    e.set(expected, old);
    e.set(result, e.cut(compute(expected), place.width));
    e.set(old, place.compareExchange(expected, result));
    e.branchTo(again, e.ne(old, expected));
  });
  return { old, result };
}

/** Puts a value of 16 or 64 bits on the stack. */
export function push(e: Emitter, value: Node, width: 16 | 64): void {
  const top = e.let(e.sub(e.gpr(RSP, 64), e.i64(width / 8)));
  e.memory(top, width, 'write').store(value);
  e.setGpr(RSP, 64, top);
}

/** The operand size of a row that is 64 bits by default. */
export function stackWidth(e: Emitter): 16 | 64 {
  return e.operandSize === 16 ? 16 : 64;
}

/** A linear address, as the address size has it. */
export function cutAddress(e: Emitter, address: Node): Node {
  return e.addressSize === 32 ? e.and(address, e.i64(0xffff_ffff)) : address;
}

/** The two-register numbers of multiplication and division: low half in rax, high half in rdx (or ah). */
export function accumulator(e: Emitter, width: IntegerWidth): Node {
  return e.gpr(RAX, width);
}

/** The upper 64 bits of an unsigned product of two i64 values, which must be pinned down. */
export function multiplyHigh(e: Emitter, a: Node, b: Node): Node {
  const low = (value: Node): Node => e.op('i64.and', value, e.i64(0xffff_ffff));
  const high = (value: Node): Node => e.shrU(value, e.i64(32));
  const [a0, a1] = [e.let(low(a)), e.let(high(a))];
  const [b0, b1] = [e.let(low(b)), e.let(high(b))];
  const u = e.let(e.add(e.mul(a1, b0), high(e.mul(a0, b0))));
  const v = e.add(e.mul(a0, b1), low(u));
  return e.let(e.add(e.add(e.mul(a1, b1), high(u)), high(v)));
}

/** The upper 64 bits of a signed product. */
export function multiplyHighSigned(e: Emitter, a: Node, b: Node): Node {
  const unsigned = multiplyHigh(e, a, b);
  const correction = (sign: Node, other: Node): Node => e.and(e.shrS(sign, e.i64(63)), other);
  return e.let(e.sub(e.sub(unsigned, correction(a, b)), correction(b, a)));
}
