/**
 * pcmpestri, pcmpestrm, pcmpistri, pcmpistrm: comparisons of two strings in xmm registers (Intel SDM vol. 2B, 4.1). The C
 * library's strspn, strcspn, strpbrk and strcasecmp are made of pcmpistri on bytes, so that is done here; words, and
 * the instructions that give a mask, are the helper's.
 *
 * A set of elements is an i32 with a bit for each. What each element of `a` equals in `b` is such a set, and the three
 * comparisons with all elements go through those of `a` in turn.
 */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Row, Semantics } from './row.ts';
import { RAX, RCX, RDX } from '../../../kernel/abi/cpu-context.ts';
import { helpCompareStrings } from '../helpers/sse-strings.ts';
import { row } from './row.ts';
import { SSE42, bitsOf, immediate } from './vector.ts';

const COUNT = 16;
const ALL = 0xffff;

/** Bits of the immediate. */
const WORDS = 1;
const SIGNED = 2;
const MODE_SHIFT = 2;
const NEGATED_SHIFT = 4;
const ONLY_VALID_SHIFT = 5;
const HIGHEST_SHIFT = 6;

/** One of the operands. All pinned down. */
interface Bytes {
  readonly vector: Node;
  readonly length: Node;
  /** The elements before its end. */
  readonly valid: Node;
}

function bytesOf(e: Emitter, vector: Node, length: Node): Bytes {
  const pinned = e.let(length);
  return { vector, length: pinned, valid: e.let(e.sub(e.shl(e.i32(1), pinned), e.i32(1))) };
}
function bitmask(e: Emitter, vector: Node): Node {
  return e.op('i8x16.bitmask', vector);
}
function implicitLength(e: Emitter, vector: Node): Node {
  const zeros = bitmask(e, e.op('i8x16.eq', vector, e.v128(0n, 0n)));
  return e.ctz(e.or(zeros, e.i32(1 << COUNT)));
}
/** The magnitude of a register, at most the number of elements. */
function explicitLength(e: Emitter, register: number): Node {
  const width = e.operandSize === 64 ? 64 : 32;
  const value = e.gpr(register, width);
  const zero = e.constant(width, 0);
  const magnitude = e.let(e.select(e.ltS(value, zero), e.sub(zero, value), value));
  const count = e.constant(width, COUNT);
  return e.narrow(e.select(e.ltU(magnitude, count), magnitude, count));
}

/** Goes through the elements of `a`, `step` at a time, with the number of one (i32). */
function eachOf(e: Emitter, a: Bytes, step: number, body: (at: Node) => void): void {
  const at = e.variable(e.i32(0));
  const hasMore = (): Node => e.ltU(e.add(at, e.i32(step - 1)), a.length);
  e.if(hasMore(), () =>
    e.loop(again => {
      body(at);
      e.set(at, e.add(at, e.i32(step)));
      e.branchTo(again, hasMore());
    }),
  );
}
/** An element in all lanes. */
function spread(e: Emitter, vector: Node, at: Node): Node {
  return e.op('i8x16.swizzle', vector, e.op('i8x16.splat', at));
}

type Comparison = (e: Emitter, a: Bytes, b: Bytes, control: Node) => Node;

/** Those of b that are among a's. */
const equalAny: Comparison = (e, a, b) => {
  const found = e.variable(e.v128(0n, 0n));
  eachOf(e, a, 1, at => {
    const equal = e.op('i8x16.eq', b.vector, spread(e, a.vector, at));
    e.set(found, e.op('v128.or', found, equal));
  });
  return e.and(bitmask(e, found), b.valid);
};

/** Those of b that lie in one of the ranges that a consists of. */
const inRanges: Comparison = (e, a, b, control) => {
  // With the sign bits inverted, unsigned bytes compare as signed ones do.
  const isSigned = e.and(control, e.i32(SIGNED));
  const flip = e.let(e.op('i8x16.splat', e.select(isSigned, e.i32(0), e.i32(0x80))));
  const flipped = e.let(e.op('v128.xor', b.vector, flip));
  const bounds = e.let(e.op('v128.xor', a.vector, flip));
  const found = e.variable(e.v128(0n, 0n));
  eachOf(e, a, 2, at => {
    const above = e.op('i8x16.ge_s', flipped, spread(e, bounds, at));
    const below = e.op('i8x16.le_s', flipped, spread(e, bounds, e.add(at, e.i32(1))));
    e.set(found, e.op('v128.or', found, e.op('v128.and', above, below)));
  });
  return e.and(bitmask(e, found), b.valid);
};

/** Where both are equal, or both have ended. */
const equalEach: Comparison = (e, a, b) => {
  const equal = e.or(bitmask(e, e.op('i8x16.eq', a.vector, b.vector)), e.not(b.valid));
  return e.and(e.and(equal, e.not(e.xor(a.valid, b.valid))), e.i32(ALL));
};

/** Where a begins in b, as far as b can be seen. */
const equalOrdered: Comparison = (e, a, b) => {
  const found = e.variable(e.i32(ALL));
  eachOf(e, a, 1, at => {
    const equal = e.and(bitmask(e, e.op('i8x16.eq', b.vector, spread(e, a.vector, at))), b.valid);
    const unseen = e.shl(e.i32(ALL), e.i32(COUNT));
    e.set(found, e.and(found, e.shrU(e.or(equal, unseen), at)));
  });
  return found;
};

const COMPARISONS: readonly Comparison[] = [equalAny, inRanges, equalEach, equalOrdered];

/** The set that the immediate's mode asks for. */
function compare(e: Emitter, a: Bytes, b: Bytes, control: Node): Node {
  const mode = bitsOf(e, control, MODE_SHIFT, 3);
  if (mode.kind === 'constant') return COMPARISONS[mode.immediate]!(e, a, b, control);
  const pinned = e.let(mode);
  const result = e.variable(e.i32(0));
  const choose = (number: number): void => {
    const one = (): void => e.set(result, COMPARISONS[number]!(e, a, b, control));
    if (number === COMPARISONS.length - 1) one();
    else e.if(e.eq(pinned, e.i32(number)), one, () => choose(number + 1));
  };
  choose(0);
  return result;
}

function indexed(isImplicit: boolean): Semantics {
  return (e, first, second, imm) => {
    const control = immediate(e, imm);
    const from = e.read(second);
    e.fallbackIf(bitsOf(e, control, 0, WORDS));
    const to = e.read(first);
    const a = bytesOf(e, to, isImplicit ? implicitLength(e, to) : explicitLength(e, RAX));
    const b = bytesOf(e, from, isImplicit ? implicitLength(e, from) : explicitLength(e, RDX));
    const found = compare(e, a, b, control);
    const isOnlyValid = bitsOf(e, control, ONLY_VALID_SHIFT, 1);
    const negated = e.select(isOnlyValid, b.valid, e.i32(ALL));
    const isNegated = bitsOf(e, control, NEGATED_SHIFT, 1);
    const result = e.let(e.xor(found, e.select(isNegated, negated, e.i32(0))));
    const lowest = e.ctz(e.or(result, e.i32(1 << COUNT)));
    const highest = e.select(result, e.sub(e.i32(31), e.clz(result)), e.i32(COUNT));
    e.setGpr(RCX, 32, e.select(bitsOf(e, control, HIGHEST_SHIFT, 1), highest, lowest));
    e.updateFlags({
      cf: e.let(e.ne(result, e.i32(0))),
      pf: e.i32(0),
      af: e.i32(0),
      zf: e.let(e.ltU(b.length, e.i32(COUNT))),
      sf: e.let(e.ltU(a.length, e.i32(COUNT))),
      of: e.let(e.and(result, e.i32(1))),
    });
  };
}

const HELPED = { ...SSE42, helper: helpCompareStrings };

export const sseStringRows: readonly Row[] = [
  row('pcmpestrm', '66 0f3a 60', 'Vx Wo Ib', undefined, { ...HELPED, isInterpreted: true }),
  row('pcmpestri', '66 0f3a 61', 'Vx Wo Ib', indexed(false), HELPED),
  row('pcmpistrm', '66 0f3a 62', 'Vx Wo Ib', undefined, { ...HELPED, isInterpreted: true }),
  row('pcmpistri', '66 0f3a 63', 'Vx Wo Ib', indexed(true), HELPED),
];
