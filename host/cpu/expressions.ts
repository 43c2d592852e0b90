/**
 * Expressions: how semantics say what is to be computed. All of it makes nodes (wasm/node.ts) or statements of a function
 * (wasm/code.ts); nothing here knows of registers, flags or guest memory.
 *
 * A node is computed where it is used, and again at each use: pin what is used twice down with `let`, also when it must
 * be read before something is written.
 */
import type { Code, Label } from './wasm/code.ts';
import type { Local, Node } from './wasm/node.ts';
import type { ValueType, WasmOp } from './wasm/ops.ts';
import type { Width } from './table/row.ts';
import { wasmOp } from './wasm/ops.ts';
import * as nodes from './wasm/node.ts';

const INTEGER_OPERATIONS = [
  'add',
  'sub',
  'mul',
  'and',
  'or',
  'xor',
  'shl',
  'shr_u',
  'shr_s',
  'rotl',
  'rotr',
  'eq',
  'ne',
  'lt_s',
  'lt_u',
  'eqz',
  'clz',
  'ctz',
  'popcnt',
] as const;
type IntegerOperation = (typeof INTEGER_OPERATIONS)[number];
function integerOps(type: 'i32' | 'i64'): Readonly<Record<IntegerOperation, WasmOp>> {
  return Object.fromEntries(INTEGER_OPERATIONS.map(name => [name, wasmOp(`${type}.${name}`)])) as never;
}
const INTEGER_32 = integerOps('i32');
const INTEGER_64 = integerOps('i64');
const EXTEND_U = wasmOp('i64.extend_i32_u');
const EXTEND_S = wasmOp('i64.extend_i32_s');
const WRAP = wasmOp('i32.wrap_i64');

export abstract class Expressions {
  abstract readonly code: Code;

  /** Any WebAssembly instruction that has a result, by name: e.op('f64x2.add', a, b). */
  op(name: string, a?: Node, b?: Node, c?: Node): Node {
    return nodes.makeNode(wasmOp(name), a, b, c);
  }
  /** extract_lane (one operand) and replace_lane (two). */
  lane(name: string, index: number, a: Node, b?: Node): Node {
    return nodes.lane(wasmOp(name), index, a, b);
  }
  shuffle(lanes: readonly number[], a: Node, b: Node): Node {
    return nodes.shuffle(lanes, a, b);
  }
  i32(value: number): Node {
    return nodes.i32(value);
  }
  i64(value: number | bigint): Node {
    return nodes.i64(value);
  }
  /** A vector constant from two 64-bit halves. */
  v128(low: bigint, high: bigint): Node {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt.asUintN(64, low), true);
    view.setBigUint64(8, BigInt.asUintN(64, high), true);
    return nodes.v128(bytes);
  }
  /** A constant of the type that integers of this width have. */
  constant(width: Width | 0, value: number): Node {
    return width === 64 ? nodes.i64(value) : nodes.i32(value);
  }
  select(condition: Node, a: Node, b: Node): Node {
    return nodes.select(condition, a, b);
  }
  let(node: Node): Node {
    return this.code.let(node);
  }
  variable(initial: Node): Local {
    const local = this.code.temporary(initial.type);
    this.code.set(local, initial);
    return local;
  }
  set(variable: Local, value: Node): void {
    this.code.set(variable, value);
  }
  if(condition: Node, then: () => void, otherwise?: () => void): void {
    this.code.if(condition, then, otherwise);
  }
  /** `body` gets a label to branch to for the next turn; falling out of it ends the loop. */
  loop(body: (again: Label) => void): void {
    this.code.loop(body);
  }
  branchTo(label: Label, condition: Node): void {
    this.code.branchIf(label, condition);
  }

  // Integer operations on i32 or i64, by the type of the first operand.
  add(a: Node, b: Node): Node {
    return this.#integer('add', a, b);
  }
  sub(a: Node, b: Node): Node {
    return this.#integer('sub', a, b);
  }
  mul(a: Node, b: Node): Node {
    return this.#integer('mul', a, b);
  }
  and(a: Node, b: Node): Node {
    return this.#integer('and', a, b);
  }
  or(a: Node, b: Node): Node {
    return this.#integer('or', a, b);
  }
  xor(a: Node, b: Node): Node {
    return this.#integer('xor', a, b);
  }
  not(a: Node): Node {
    return this.#integer('xor', a, a.type === 'i64' ? nodes.i64(-1) : nodes.i32(-1));
  }
  shl(a: Node, by: Node): Node {
    return this.#integer('shl', a, by);
  }
  shrU(a: Node, by: Node): Node {
    return this.#integer('shr_u', a, by);
  }
  shrS(a: Node, by: Node): Node {
    return this.#integer('shr_s', a, by);
  }
  rotl(a: Node, by: Node): Node {
    return this.#integer('rotl', a, by);
  }
  rotr(a: Node, by: Node): Node {
    return this.#integer('rotr', a, by);
  }
  eq(a: Node, b: Node): Node {
    return this.#integer('eq', a, b);
  }
  ne(a: Node, b: Node): Node {
    return this.#integer('ne', a, b);
  }
  ltS(a: Node, b: Node): Node {
    return this.#integer('lt_s', a, b);
  }
  ltU(a: Node, b: Node): Node {
    return this.#integer('lt_u', a, b);
  }
  eqz(a: Node): Node {
    return nodes.makeNode((a.type === 'i64' ? INTEGER_64 : INTEGER_32).eqz, a);
  }
  clz(a: Node): Node {
    return nodes.makeNode((a.type === 'i64' ? INTEGER_64 : INTEGER_32).clz, a);
  }
  ctz(a: Node): Node {
    return nodes.makeNode((a.type === 'i64' ? INTEGER_64 : INTEGER_32).ctz, a);
  }
  popcnt(a: Node): Node {
    return nodes.makeNode((a.type === 'i64' ? INTEGER_64 : INTEGER_32).popcnt, a);
  }
  /** i64 → i32; an i32 stays. */
  narrow(a: Node): Node {
    return a.type === 'i64' ? nodes.makeNode(WRAP, a) : a;
  }
  /** An integer of `width` bits (upper bits are ignored) as i64, zero-extended. */
  zeroExtend(a: Node, width: 8 | 16 | 32 | 64): Node {
    if (a.type === 'i64') {
      if (width === 64) return a;
      a = this.narrow(a);
    }
    const cut = width === 8 ? this.and(a, this.i32(0xff)) : width === 16 ? this.and(a, this.i32(0xffff)) : a;
    return nodes.makeNode(EXTEND_U, cut);
  }
  /** An integer of `width` bits as i64, sign-extended. */
  signExtend(a: Node, width: 8 | 16 | 32 | 64): Node {
    if (a.type === 'i64') {
      return width === 64 ? a : nodes.makeNode(wasmOp(`i64.extend${width}_s`), a);
    }
    return nodes.makeNode(EXTEND_S, this.signExtend32(a, width));
  }
  /** An integer of up to 32 bits as i32, sign-extended. */
  signExtend32(a: Node, width: 8 | 16 | 32 | 64): Node {
    if (a.type === 'i64') a = this.narrow(a);
    return width >= 32 ? a : nodes.makeNode(wasmOp(`i32.extend${width}_s`), a);
  }
  /** Clears the bits above `width` of an i32 (for 8 and 16). */
  cut(a: Node, width: Width | 0): Node {
    if (width === 8) return this.and(a, this.i32(0xff));
    if (width === 16) return this.and(a, this.i32(0xffff));
    return a;
  }
  /** The type that integers of this width have. */
  typeOf(width: Width): ValueType {
    return width === 128 ? 'v128' : width === 64 ? 'i64' : 'i32';
  }

  #integer(operation: IntegerOperation, a: Node, b: Node): Node {
    return nodes.makeNode((a.type === 'i64' ? INTEGER_64 : INTEGER_32)[operation], a, b);
  }
}
