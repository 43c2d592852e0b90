/**
 * String instructions. SDM volume 1, 7.3.9.2. A repeated one does one element (movs and stos: what lies in one page),
 * which is a whole instruction of its own, and jumps to itself while there is something left: so it can be interrupted
 * and may trap between any two elements.
 */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Row, Semantics } from './row.ts';
import type { IntegerWidth } from './integer.ts';
import { widthOf } from './integer.ts';
import { row } from './row.ts';
import { wasmOp } from '../wasm/ops.ts';
import { CPU_FLAGS_REST, RAX, RCX, RDI, RSI } from '../../../kernel/abi/cpu-context.ts';

const PAGE = 4096;

/** A register of the address size, as i64. */
function pointer(e: Emitter, register: number): Node {
  return e.let(e.zeroExtend(e.gpr(register, e.addressSize), e.addressSize));
}

function isDown(e: Emitter): Node {
  return e.let(e.and(e.field('i32', CPU_FLAGS_REST), e.i32(0x400)));
}

/** What a pointer moves by; i64. */
function stepOf(e: Emitter, width: IntegerWidth): Node {
  return e.let(e.select(isDown(e), e.i64(-width / 8), e.i64(width / 8)));
}

function advance(e: Emitter, register: number, from: Node, by: Node): void {
  e.setGpr(register, e.addressSize, e.add(from, by));
}

/**
 * Does `body` once, or as often as the count register says. `body` is told the count, not zero then (i64), and returns
 * how many elements it did; `isOver` (i32) ends the repetition early.
 */
function repeat(e: Emitter, body: (count: Node) => Node, isOver?: () => Node): void {
  if (e.repeat === 'none') {
    body(e.i64(1));
    return;
  }
  const count = pointer(e, RCX);
  e.if(e.eqz(count), () => e.jump(e.next));
  const left = e.let(e.sub(count, body(count)));
  e.setGpr(RCX, e.addressSize, left);
  const isMore = e.ne(left, e.i64(0));
  e.if(isOver ? e.and(isMore, e.eqz(isOver())) : isMore, () => e.jump(e.pc));
  e.jump(e.next);
}

/** How many elements of a repeated movs or stos lie in the pages at hand; i32. Addresses as Emitter.bulk gives them. */
function elementsInPage(e: Emitter, count: Node, width: IntegerWidth, ...addresses: Node[]): Node {
  const shift = e.i32(Math.log2(width / 8));
  const most = e.i64(PAGE);
  let elements = e.let(e.narrow(e.select(e.ltU(count, most), count, most)));
  for (const address of addresses) {
    const here = e.let(e.shrU(e.sub(e.i32(PAGE), e.and(address, e.i32(PAGE - 1))), shift));
    elements = e.let(e.select(e.ltU(elements, here), elements, here));
  }
  return elements;
}

const movs: Semantics = (e, to) => {
  const width = widthOf(to);
  repeat(e, count => {
    const [source, target] = [pointer(e, RSI), pointer(e, RDI)];
    const done = e.variable(e.i64(1));
    const one = (): void => {
      const from = e.memory(source, width, 'read', 'operand');
      const into = e.memory(target, width, 'write');
      into.store(from.load());
      const step = stepOf(e, width);
      advance(e, RSI, source, step);
      advance(e, RDI, target, step);
    };
    if (e.repeat === 'none') {
      one();
      return done;
    }
    const from = e.let(e.bulk(source, 'read', 'operand'));
    const into = e.let(e.bulk(target, 'write', 'none'));
    const elements = elementsInPage(e, count, width, from, into);
    const bytes = e.let(e.mul(elements, e.i32(width / 8)));
    // A target shortly behind the source would get what was just written: that is done element by element.
    const isApart = e.op('i32.ge_u', e.sub(into, from), bytes);
    const isKnown = e.and(e.ne(from, e.i32(0)), e.ne(into, e.i32(0)));
    const isPlain = e.and(e.and(isKnown, isApart), e.and(e.ne(elements, e.i32(0)), e.eqz(isDown(e))));
    e.if(
      isPlain,
      () => {
        e.code.do(wasmOp('memory.copy'), into, from, bytes);
        const moved = e.let(e.op('i64.extend_i32_u', bytes));
        advance(e, RSI, source, moved);
        advance(e, RDI, target, moved);
        e.set(done, e.op('i64.extend_i32_u', elements));
      },
      one,
    );
    return done;
  });
};

const stos: Semantics = (e, to, from) => {
  const width = widthOf(to);
  const value = e.read(from);
  repeat(e, count => {
    const target = pointer(e, RDI);
    const done = e.variable(e.i64(1));
    const one = (): void => {
      e.memory(target, width, 'write').store(value);
      advance(e, RDI, target, stepOf(e, width));
    };
    if (e.repeat === 'none') {
      one();
      return done;
    }
    const into = e.let(e.bulk(target, 'write', 'none'));
    const elements = elementsInPage(e, count, width, into);
    const byte = e.let(e.and(e.narrow(value), e.i32(0xff)));
    const isPlain = e.and(
      e.and(e.ne(into, e.i32(0)), e.ne(elements, e.i32(0))),
      e.and(e.eqz(isDown(e)), isOneByte(e, value, byte, width)),
    );
    e.if(
      isPlain,
      () => {
        const bytes = e.let(e.mul(elements, e.i32(width / 8)));
        e.code.do(wasmOp('memory.fill'), into, byte, bytes);
        advance(e, RDI, target, e.op('i64.extend_i32_u', bytes));
        e.set(done, e.op('i64.extend_i32_u', elements));
      },
      one,
    );
    return done;
  });
};
/** Whether all bytes of a value are the same. */
function isOneByte(e: Emitter, value: Node, byte: Node, width: IntegerWidth): Node {
  if (width === 8) return e.i32(1);
  if (width === 64) return e.eq(value, e.mul(e.op('i64.extend_i32_u', byte), e.i64(0x0101_0101_0101_0101n)));
  return e.eq(value, e.mul(byte, e.i32(width === 16 ? 0x0101 : 0x0101_0101)));
}

/** Repeated, only the last element in the page counts. */
const lods: Semantics = (e, to) => {
  const width = widthOf(to);
  repeat(e, count => {
    const source = pointer(e, RSI);
    const step = stepOf(e, width);
    let last = source;
    let done: Node = e.i64(1);
    if (e.repeat !== 'none') {
      const from = e.let(e.bulk(source, 'read', 'operand'));
      const elements = elementsInPage(e, count, width, from);
      const isPlain = e.and(e.and(e.ne(from, e.i32(0)), e.ne(elements, e.i32(0))), e.eqz(isDown(e)));
      done = e.let(e.select(isPlain, e.op('i64.extend_i32_u', elements), e.i64(1)));
      last = e.add(source, e.mul(e.sub(done, e.i64(1)), step));
    }
    e.setGpr(RAX, width, e.memory(last, width, 'read', 'operand').load());
    advance(e, RSI, source, e.mul(done, step));
    return done;
  });
};

/** Compares a - b; the repetition ends as the prefix says. */
function compare(e: Emitter, width: IntegerWidth, load: () => [a: Node, b: Node]): void {
  let isEqual: Node;
  repeat(
    e,
    () => {
      const [a, b] = load();
      e.setFlags('sub', width, a, b, e.let(e.sub(a, b)));
      isEqual = e.let(e.eq(a, b));
      return e.i64(1);
    },
    () => (e.repeat === 'repz' ? e.eqz(isEqual) : isEqual),
  );
}

const scas: Semantics = (e, from) => {
  const width = widthOf(from);
  compare(e, width, () => {
    const target = pointer(e, RDI);
    const b = e.memory(target, width, 'read').load();
    advance(e, RDI, target, stepOf(e, width));
    return [e.gpr(RAX, width), b];
  });
};

const cmps: Semantics = (e, operand) => {
  const width = widthOf(operand);
  compare(e, width, () => {
    const [source, target] = [pointer(e, RSI), pointer(e, RDI)];
    const left = (): Node => e.memory(source, width, 'read', 'operand').load();
    const right = (): Node => e.memory(target, width, 'read').load();
    // Should both trap, it is the second operand that does; of bytes with repz the first one.
    let a = e.repeat === 'repz' && width === 8 ? left() : undefined;
    const b = right();
    a ??= left();
    const step = stepOf(e, width);
    advance(e, RSI, source, step);
    advance(e, RDI, target, step);
    return [a, b];
  });
};

export const stringRows: readonly Row[] = [
  row('movs', 'a4', 'Yb Xb', movs, { repeat: 'rep' }),
  row('movs', 'a5', 'Yv Xv', movs, { repeat: 'rep', isSized: true }),
  row('cmps', 'a6', 'Xb Yb', cmps, { repeat: 'repz' }),
  row('cmps', 'a7', 'Xv Yv', cmps, { repeat: 'repz', isSized: true }),
  row('stos', 'aa', 'Yb al', stos, { repeat: 'rep' }),
  row('stos', 'ab', 'Yv rAX', stos, { repeat: 'rep', isSized: true }),
  row('lods', 'ac', 'al Xb', lods, { repeat: 'rep' }),
  row('lods', 'ad', 'rAX Xv', lods, { repeat: 'rep', isSized: true }),
  row('scas', 'ae', 'al Yb', scas, { repeat: 'repz' }),
  row('scas', 'af', 'rAX Yv', scas, { repeat: 'repz', isSized: true }),
];
