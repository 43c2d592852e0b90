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
import type { Node } from './wasm/node.ts';
import type { FlagName } from './flags.ts';
import type { Operand, Width } from './table/row.ts';
import { Expressions } from './expressions.ts';

/** What an operand is resolved for; 'modify': both. */
export type Access = 'read' | 'write' | 'modify';

export type AtomicOperation = 'add' | 'sub' | 'and' | 'or' | 'xor' | 'xchg';

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
  atomic(operation: AtomicOperation, value: Node): Node;
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

export abstract class Emitter extends Expressions {
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

  /** Checks access to an operand. Registers always pass. */
  abstract place(operand: Operand, access: Access): Place;
  /** The value of an operand, pinned down. Immediates are sign-extended to `width` (default: their own operand's). */
  abstract read(operand: Operand, width?: Width): Node;
  /** Resolves and stores. */
  write(operand: Operand, value: Node): void {
    this.place(operand, 'write').store(value);
  }
  /** Stores a value of up to 128 bits to a whole xmm register, its upper part zero. */
  abstract writeZeroing(operand: Operand, value: Node): void;
  /** Effective address without segment base (lea); i64. */
  abstract address(operand: Operand): Node;
  /** Guest memory at a linear address (i64, segment base not yet added). */
  abstract memory(address: Node, width: Width, access: Access, segment?: Segment): Place;
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
  abstract flag(name: FlagName): Node;
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
}
