/** The stack: push, pop, flags on it, enter and leave. SDM volume 1, 7.3.1.5. */
import type { Emitter } from '../emitter.ts';
import type { Helper } from '../helper.ts';
import type { Node } from '../wasm/node.ts';
import type { Row, Semantics } from './row.ts';
import { bitOf, push, stackWidth } from './integer.ts';
import { loadSegment } from './moves.ts';
import { row } from './row.ts';
import { CPU_FLAGS_REST, RAX, RBP, RSP, TRAP_INTERRUPT } from '../../../kernel/abi/cpu-context.ts';

/** Bits of RFLAGS that a program may change: trap, direction, nested task, alignment check, identification. */
const REST = 0x0024_4500;
/** Bit 1 is always set, as is the interrupt flag. */
const FIXED = 0x202;
const RFLAGS_TF = 0x100;
const ARITHMETIC = [
  ['cf', 0],
  ['pf', 2],
  ['af', 4],
  ['zf', 6],
  ['sf', 7],
  ['of', 11],
] as const;

/** RFLAGS as pushf and syscall store them; i32. */
export function readRflags(e: Emitter): Node {
  let word: Node = e.or(e.field('i32', CPU_FLAGS_REST), e.i32(FIXED));
  for (const [name, shift] of ARITHMETIC) word = e.or(word, e.shl(e.flag(name), e.i32(shift)));
  return e.let(word);
}

/** `push rsp` stores the value that rsp had before. */
const pushOperand: Semantics = (e, from) => {
  const width = stackWidth(e);
  push(e, e.read(from, width), width);
};

const popRegister: Semantics = (e, to) => {
  const width = stackWidth(e);
  const top = e.gpr(RSP, 64);
  const value = e.memory(top, width, 'read').load();
  // rsp moves first: pop rsp leaves what was on the stack.
  e.setGpr(RSP, 64, e.add(top, e.i64(width / 8)));
  e.write(to, value);
};

/** An address with rsp is computed after rsp has moved; should the store trap, it has not moved. */
const popMemory: Semantics = (e, to) => {
  if (to.kind !== 'memory') {
    popRegister(e, to);
    return;
  }
  const width = stackWidth(e);
  const top = e.gpr(RSP, 64);
  const value = e.memory(top, width, 'read').load();
  const after = e.let(e.add(top, e.i64(width / 8)));
  e.setGpr(RSP, 64, after);
  const address = e.let(e.address(to));
  e.setGpr(RSP, 64, top);
  e.memory(address, width, 'write', 'operand').store(value);
  e.setGpr(RSP, 64, after);
};

const pushf: Semantics = e => {
  const width = stackWidth(e);
  const flags = readRflags(e);
  push(e, width === 64 ? e.op('i64.extend_i32_u', flags) : flags, width);
};

/** Interrupt flag and privilege level stay as they are; so does the upper half with 16 bits. */
const popf: Semantics = e => {
  const width = stackWidth(e);
  const top = e.gpr(RSP, 64);
  const flags = e.let(e.narrow(e.memory(top, width, 'read').load()));
  e.setGpr(RSP, 64, e.add(top, e.i64(width / 8)));
  const mask = width === 16 ? REST & 0xffff : REST;
  const kept = e.and(e.field('i32', CPU_FLAGS_REST), e.i32(~mask));
  e.setField(CPU_FLAGS_REST, e.or(kept, e.and(flags, e.i32(mask))));
  const bits = ARITHMETIC.map(([name, shift]) => [name, e.let(bitOf(e, flags, shift))] as const);
  e.updateFlags(Object.fromEntries(bits));
  // Whoever runs the processor has to step from here on.
  e.if(e.and(flags, e.i32(RFLAGS_TF)), () => e.trapAfter(TRAP_INTERRUPT));
};

/** ah = sf zf 0 af 0 pf 1 cf */
const lahf: Semantics = e => {
  let word: Node = e.i32(2);
  for (const [name, shift] of ARITHMETIC)
    if (name !== 'of') word = e.or(word, e.shl(e.flag(name), e.i32(shift)));
  e.setGpr(RAX, 16, e.or(e.shl(word, e.i32(8)), e.gpr(RAX, 8)));
};
const sahf: Semantics = e => {
  const flags = e.let(e.shrU(e.gpr(RAX, 16), e.i32(8)));
  const bits = ARITHMETIC.filter(([name]) => name !== 'of').map(
    ([name, shift]) => [name, e.let(bitOf(e, flags, shift))] as const,
  );
  e.updateFlags(Object.fromEntries(bits));
};

/**
 * enter without nested frames; the others by the helper. It looks whether the new top of the stack can be written, but
 * only after it has stored: a processor does the same.
 */
const enter: Semantics = (e, size, level) => {
  e.fallbackIf(e.and(e.read(level, 32), e.i32(31)));
  const width = stackWidth(e);
  const frame = e.let(e.sub(e.gpr(RSP, 64), e.i64(width / 8)));
  e.memory(frame, width, 'write').store(e.gpr(RBP, width));
  const top = e.let(e.sub(frame, e.zeroExtend(e.read(size, 16), 16)));
  e.memory(top, width, 'write');
  e.setGpr(RBP, width, width === 64 ? frame : e.narrow(frame));
  e.setGpr(RSP, 64, top);
};

/** The frame pointers of the enclosing procedures are copied, then comes the one of this frame. */
const enterNested: Helper = (state, { operands, operandSize }) => {
  const bytes = operandSize === 16 ? 2 : 8;
  const level = operands[1]!.value & 31;
  const encode = (value: bigint): Uint8Array => {
    const data = new Uint8Array(bytes);
    for (let i = 0; i < bytes; i++) data[i] = Number((value >> BigInt(8 * i)) & 0xffn);
    return data;
  };
  const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
  const step = BigInt(bytes);
  const base = state.gpr(RBP);
  let top = state.gpr(RSP);
  const pushBytes = (data: Uint8Array): void => {
    top = wrap(top - step);
    state.write(top, data);
  };
  pushBytes(encode(base));
  const frame = top;
  for (let i = 1; i < level; i++) pushBytes(state.read(wrap(base - step * BigInt(i)), bytes));
  pushBytes(encode(frame));
  top = wrap(top - BigInt(operands[0]!.value & 0xffff));
  state.checkWrite(top, bytes);
  const mask = operandSize === 16 ? 0xffffn : (1n << 64n) - 1n;
  state.setGpr(RBP, (base & ~mask) | (frame & mask));
  state.setGpr(RSP, top);
};

const leave: Semantics = e => {
  const width = stackWidth(e);
  const frame = e.gpr(RBP, 64);
  const value = e.memory(frame, width, 'read').load();
  e.setGpr(RSP, 64, e.add(frame, e.i64(width / 8)));
  e.setGpr(RBP, width, value);
};

/** fs and gs hold null selectors. */
const pushSegment: Semantics = e => {
  const width = stackWidth(e);
  push(e, e.constant(width, 0), width);
};
function popSegment(number: number): Semantics {
  return e => {
    const width = stackWidth(e);
    const top = e.gpr(RSP, 64);
    const selector = e.memory(top, width, 'read').load();
    loadSegment(e, number, e.let(e.and(e.narrow(selector), e.i32(0xffff))));
    e.setGpr(RSP, 64, e.add(top, e.i64(width / 8)));
  };
}

const STACK = { default64: true };
const UNTESTED = { default64: true, isNotFuzzed: true };

export const stackRows: readonly Row[] = [
  row('push', '50+r', 'Zv', pushOperand, STACK),
  row('push', 'ff /6', 'Ev', pushOperand, STACK),
  row('push', '6a', 'Ib', pushOperand, STACK),
  row('push', '68', 'Iz', pushOperand, STACK),
  row('pop', '58+r', 'Zv', popRegister, STACK),
  row('pop', '8f /0', 'Ev', popMemory, STACK),
  row('push', '0f a0', 'fs', pushSegment, UNTESTED),
  row('pop', '0f a1', 'fs', popSegment(4), UNTESTED),
  row('push', '0f a8', 'gs', pushSegment, UNTESTED),
  row('pop', '0f a9', 'gs', popSegment(5), UNTESTED),
  row('pushf', '9c', '', pushf, STACK),
  row('popf', '9d', '', popf, STACK),
  row('enter', 'c8', 'Iw Ib', enter, { ...STACK, helper: enterNested }),
  row('leave', 'c9', '', leave, STACK),
  row('lahf', '9f', '', lahf),
  row('sahf', '9e', '', sahf),
];
