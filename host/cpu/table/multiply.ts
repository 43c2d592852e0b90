/** Multiplication and division, with products and dividends of twice the operand size. SDM volume 1, 7.3.2. */
import type { Emitter } from '../emitter.ts';
import type { Helper } from '../helper.ts';
import type { Node } from '../wasm/node.ts';
import type { Row, Semantics } from './row.ts';
import { CpuFault } from '../helper.ts';
import { multiplyHigh, multiplyHighSigned, widthOf } from './integer.ts';
import { row } from './row.ts';
import { RAX, RDX, TRAP_DIVIDE } from '../../../kernel/abi/cpu-context.ts';

/** Overflow is both cf and of; the other flags are undefined (Intel sets some from the product, AMD keeps them). */
function setOverflow(e: Emitter, width: 8 | 16 | 32 | 64, overflow: Node, low: Node): void {
  const bit = e.let(overflow);
  e.setFlags('carry', width, bit, bit, low);
}

/** mul and imul with one operand: al → ax, ax → dx:ax, eax → edx:eax, rax → rdx:rax. */
function multiply(isSigned: boolean): Semantics {
  return (e, from) => {
    const width = widthOf(from);
    const a = e.gpr(RAX, width);
    const b = e.read(from);
    const extend = (value: Node): Node =>
      isSigned ? e.signExtend(value, width) : e.zeroExtend(value, width);
    if (width === 64) {
      const high = isSigned ? multiplyHighSigned(e, a, b) : multiplyHigh(e, a, b);
      const low = e.let(e.mul(a, b));
      e.setGpr(RAX, 64, low);
      e.setGpr(RDX, 64, high);
      setOverflow(e, 64, e.ne(high, isSigned ? e.shrS(low, e.i64(63)) : e.i64(0)), low);
      return;
    }
    const product = e.let(e.mul(extend(a), extend(b)));
    const low = e.let(e.narrow(product));
    if (width === 8) e.setGpr(RAX, 16, low);
    else {
      e.setGpr(RAX, width, low);
      e.setGpr(RDX, width, e.narrow(e.shrU(product, e.i64(width))));
    }
    setOverflow(e, width, e.ne(product, extend(low)), low);
  };
}

/** imul with two or three operands: the product is cut. */
const imul: Semantics = (e, to, left, right) => {
  const width = widthOf(to);
  const [first, second] = right ? [left, right] : [to, left];
  const a = e.read(first);
  const b = e.read(second, width);
  let result: Node;
  let overflow: Node;
  if (width === 64) {
    const high = multiplyHighSigned(e, a, b);
    result = e.let(e.mul(a, b));
    overflow = e.let(e.ne(high, e.shrS(result, e.i64(63))));
  } else {
    const product = e.let(e.mul(e.signExtend(a, width), e.signExtend(b, width)));
    result = e.let(e.narrow(product));
    overflow = e.let(e.ne(product, e.signExtend(result, width)));
  }
  e.write(to, result);
  setOverflow(e, width, overflow, result);
};

/** The dividend of up to 64 bits: ax, dx:ax, edx:eax. */
function dividend(e: Emitter, width: 8 | 16 | 32): Node {
  if (width === 8) return e.let(e.zeroExtend(e.gpr(RAX, 16), 16));
  const high = e.shl(e.zeroExtend(e.gpr(RDX, width), width), e.i64(width));
  return e.let(e.or(high, e.zeroExtend(e.gpr(RAX, width), width)));
}

function setQuotient(e: Emitter, width: 8 | 16 | 32 | 64, quotient: Node, remainder: Node): void {
  if (width === 8) {
    const [q, r] = [e.narrow(quotient), e.narrow(remainder)];
    e.setGpr(RAX, 16, e.or(e.and(q, e.i32(0xff)), e.shl(r, e.i32(8))));
    return;
  }
  e.setGpr(RAX, width, width === 64 ? quotient : e.narrow(quotient));
  e.setGpr(RDX, width, width === 64 ? remainder : e.narrow(remainder));
}

const div: Semantics = (e, from) => {
  const width = widthOf(from);
  const divisor = e.read(from);
  if (width === 64) {
    const [low, high] = [e.gpr(RAX, 64), e.gpr(RDX, 64)];
    e.trapIf(e.op('i64.ge_u', high, divisor), TRAP_DIVIDE);
    e.fallbackIf(e.ne(high, e.i64(0)));
    const quotient = e.let(e.op('i64.div_u', low, divisor));
    setQuotient(e, 64, quotient, e.let(e.sub(low, e.mul(quotient, divisor))));
    return;
  }
  const by = e.let(e.zeroExtend(divisor, width));
  const number = dividend(e, width);
  // Also true for a divisor of zero: the quotient does not fit.
  e.trapIf(e.op('i64.ge_u', e.shrU(number, e.i64(width)), by), TRAP_DIVIDE);
  const quotient = e.let(e.op('i64.div_u', number, by));
  setQuotient(e, width, quotient, e.let(e.sub(number, e.mul(quotient, by))));
};

const MINIMUM = -(1n << 63n);

const idiv: Semantics = (e, from) => {
  const width = widthOf(from);
  const divisor = e.read(from);
  const by = width === 64 ? divisor : e.let(e.signExtend(divisor, width));
  e.trapIf(e.eqz(by), TRAP_DIVIDE);
  let number: Node;
  if (width === 64) {
    number = e.gpr(RAX, 64);
    e.fallbackIf(e.ne(e.gpr(RDX, 64), e.shrS(number, e.i64(63))));
  } else {
    const unsigned = dividend(e, width);
    number = width === 32 ? unsigned : e.let(e.signExtend(e.narrow(unsigned), width === 8 ? 16 : 32));
  }
  if (width >= 32) e.trapIf(e.and(e.eq(number, e.i64(MINIMUM)), e.eq(by, e.i64(-1))), TRAP_DIVIDE);
  const quotient = e.let(e.op('i64.div_s', number, by));
  if (width < 64) e.trapIf(e.ne(quotient, e.signExtend(e.narrow(quotient), width)), TRAP_DIVIDE);
  setQuotient(e, width, quotient, e.let(e.sub(number, e.mul(quotient, by))));
};

/** A dividend of 128 bits. */
function divideWide(isSigned: boolean): Helper {
  return (state, instruction) => {
    const sized = (value: bigint, bits: number): bigint =>
      isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
    const divisor = sized(state.get(instruction.operands[0]!), 64);
    if (divisor === 0n) throw new CpuFault(TRAP_DIVIDE);
    const number = sized((state.gpr(RDX) << 64n) | state.gpr(RAX), 128);
    const quotient = number / divisor;
    if (quotient !== sized(quotient, 64)) throw new CpuFault(TRAP_DIVIDE);
    state.setGpr(RAX, BigInt.asUintN(64, quotient));
    state.setGpr(RDX, BigInt.asUintN(64, number % divisor));
  };
}

const PRODUCT = { undefined: 'szap' };
const QUOTIENT = { undefined: 'oszapc' };

export const multiplyRows: readonly Row[] = [
  row('mul', 'f6 /4', 'Eb', multiply(false), PRODUCT),
  row('mul', 'f7 /4', 'Ev', multiply(false), PRODUCT),
  row('imul', 'f6 /5', 'Eb', multiply(true), PRODUCT),
  row('imul', 'f7 /5', 'Ev', multiply(true), PRODUCT),
  row('imul', '0f af', 'Gv Ev', imul, PRODUCT),
  row('imul', '69', 'Gv Ev Iz', imul, PRODUCT),
  row('imul', '6b', 'Gv Ev Ib', imul, PRODUCT),
  row('div', 'f6 /6', 'Eb', div, QUOTIENT),
  row('div', 'f7 /6', 'Ev', div, { ...QUOTIENT, helper: divideWide(false) }),
  row('idiv', 'f6 /7', 'Eb', idiv, QUOTIENT),
  row('idiv', 'f7 /7', 'Ev', idiv, { ...QUOTIENT, helper: divideWide(true) }),
];
