/**
 * Emitter: the language in which the instruction table says what an instruction does. Semantics are functions that
 * call an emitter; each call writes WebAssembly. There are two emitters: the interpreter's makes a function for each
 * form of an instruction, with registers in the context record; the translator's makes a piece of a region, with
 * registers in locals.
 *
 * Values are WebAssembly expressions (Node). Integers of 8, 16 and 32 bits are i32 (zero-extended when read), of 64
 * bits i64, of 128 bits v128. A node is computed where it is used, and again at each use: pin what is used twice down
 * with `let`, also when it must be read before something is written.
 *
 * An instruction that traps has done nothing: resolve every memory operand (`place`, `memory`) and every trap before
 * the first write to a register, to flags or to memory. `read` resolves and loads; `write` resolves and stores. Only
 * repeated string instructions write earlier, each iteration being a whole instruction of its own.
 */
import type { Code, Label } from './wasm/code.ts';
import type { Local, Node } from './wasm/node.ts';
import type { ValueType, WasmOp } from './wasm/ops.ts';
import type { Operand, Width } from './table/row.ts';
import { wasmOp } from './wasm/ops.ts';
import * as nodes from './wasm/node.ts';

/** A resolved operand: its accesses cannot trap. */
export interface Place {
  readonly width: Width;
  /** The value; pinned down. Zero-extended i32, i64, or v128. */
  load(): Node;
  /**
   * Stores the low bits of an i32, i64 or v128. A 32-bit general register clears its upper half; an xmm register of
   * smaller width keeps the rest (`Emitter.writeZeroing` clears it).
   */
  store(value: Node): void;
  /** Atomic read-modify-write on memory (width up to 64); the old value, zero-extended. */
  atomic(operation: 'add' | 'sub' | 'and' | 'or' | 'xor' | 'xchg', value: Node): Node;
  /** Compares with `expected`, stores `replacement` if equal; the old value. */
  compareExchange(expected: Node, replacement: Node): Node;
}

/** Which operation set the flags. Operands and result are of the given width; they are sign-extended for the record. */
export type FlagOperation =
  /** cf, of, af from a + b (+ carry) = result */
  | 'add'
  /** from a - b = result, without borrow: conditions compare a with b */
  | 'sub'
  /** from a - b - borrow = result */
  | 'sbb'
  /** cf, of, af = 0 */
  | 'logic'
  /** cf as it was; a is the operand */
  | 'inc'
  | 'dec'
  /** cf = a ≠ 0, of = b ≠ 0, af = 0 */
  | 'carry';

export interface FlagBits {
  /** i32 nodes, 0 or 1. Flags that are left out keep their values. */
  cf?: Node;
  pf?: Node;
  af?: Node;
  zf?: Node;
  sf?: Node;
  of?: Node;
}

export type Segment = 'none' | 'fs' | 'gs' | 'operand';

/** Condition codes as in jcc: the low four bits of the opcode. */
export type Condition = number;

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

export abstract class Emitter {
  abstract readonly code: Code;
  /** The instruction has a lock prefix. */
  abstract readonly isLocked: boolean;
  /** The form that a string instruction has. */
  abstract readonly repeat: 'none' | 'repz' | 'repnz';
  /** Operand size of the form: 16, 32, 64. */
  abstract readonly operandSize: 16 | 32 | 64;
  /** Address size: 64, or 32 with prefix 67. Registers used as addresses or counters by string instructions. */
  abstract readonly addressSize: 32 | 64;
  /** Address of the instruction, and of the one after it; i64. */
  abstract get pc(): Node;
  abstract get next(): Node;

  // ---- operands

  /** Checks access to an operand; 'modify' for both. Registers always pass. */
  abstract place(operand: Operand, access: 'read' | 'write' | 'modify'): Place;
  /** The value of an operand, pinned down. Immediates are sign-extended to `width` (default: their own operand's). */
  abstract read(operand: Operand, width?: Width): Node;
  /** Effective address without segment base (lea); i64. */
  abstract address(operand: Operand): Node;
  /** Guest memory at a linear address (i64, segment base not yet added). */
  abstract memory(address: Node, width: Width, access: 'read' | 'write' | 'modify', segment?: Segment): Place;
  /**
   * Where in WebAssembly's memory guest memory is, up to the end of its page; 0 if that is not known or not to be
   * accessed so: then use `memory`. i32. For repeated string instructions.
   */
  bulk(_address: Node, _access: 'read' | 'write', _segment: Segment): Node {
    return this.i32(0);
  }
  /** A general register by its number (RAX …); 8 bits: the low byte. */
  abstract gpr(number: number, width: 8 | 16 | 32 | 64): Node;
  abstract setGpr(number: number, width: 8 | 16 | 32 | 64, value: Node): void;
  /** A whole xmm register by its number. */
  abstract xmm(number: number): Node;
  abstract setXmm(number: number, value: Node): void;
  /** A field of the context record (kernel/abi/cpu-context.ts), and writing it. */
  abstract field(type: 'i32' | 'i64', offset: number): Node;
  abstract setField(offset: number, value: Node): void;
  /** The instruction works on MMX registers: x87 TOP becomes 0 and all registers valid. Before the first access. */
  abstract enterMmx(): void;

  // ---- flags

  abstract setFlags(operation: FlagOperation, width: 8 | 16 | 32 | 64, a: Node, b: Node, result: Node): void;
  /** Sets some flags and keeps the others. All nodes must be pinned down or constant. */
  abstract updateFlags(flags: FlagBits): void;
  /** One flag as i32, 0 or 1. */
  abstract flag(name: 'cf' | 'pf' | 'af' | 'zf' | 'sf' | 'of'): Node;
  abstract condition(code: Condition): Node;
  /** If `condition` holds, the flags that `set` sets; else they stay. Nothing else may be written in `set`. */
  abstract flagsIf(condition: Node, set: () => void): void;

  // ---- control

  /** Ends the instruction: on at an address (i64). */
  abstract jump(target: Node): void;
  /** Ends the instruction: on at a relative operand's target if the condition holds, else at the next instruction. */
  abstract branch(condition: Node, target: Operand): void;
  /** TRAP_* with nothing done; RIP is this instruction. */
  abstract trap(reason: number): void;
  abstract trapIf(condition: Node, reason: number): void;
  /** Ends the instruction, which is done; RIP is the next one. */
  abstract trapAfter(reason: number): void;
  /** The helper of the row does the whole instruction instead. Before anything is written. */
  abstract fallbackIf(condition: Node): void;

  // ---- expressions

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

  /** Resolves and stores. */
  write(operand: Operand, value: Node): void {
    this.place(operand, 'write').store(value);
  }
  /** Stores a value of up to 128 bits to a whole xmm register, its upper part zero. */
  abstract writeZeroing(operand: Operand, value: Node): void;

  #integer(operation: IntegerOperation, a: Node, b: Node): Node {
    return nodes.makeNode((a.type === 'i64' ? INTEGER_64 : INTEGER_32)[operation], a, b);
  }
}
