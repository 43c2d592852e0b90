/**
 * Helpers: instructions, or rare cases of instructions, that are done in TypeScript instead of WebAssembly. A helper
 * does the whole instruction or, if it throws a CpuFault, nothing of it.
 */
import type { Width } from './table/row.ts';

/** An instruction as the helpers see it, with its operands. */
export interface HelperInstruction {
  readonly name: string;
  /** Opcode and ModRM bytes; ModRM is 0 where there is none. */
  readonly opcode: number;
  readonly modrm: number;
  /** Operand size: 16, 32 or 64. */
  readonly operandSize: number;
  readonly pc: number;
  readonly next: number;
  readonly operands: readonly HelperOperand[];
}

export interface HelperOperand {
  readonly kind: 'general' | 'xmm' | 'mmx' | 'memory' | 'immediate' | 'segment';
  readonly width: Width | 0;
  /** Register: its byte offset in the context record. Immediate: its value. */
  readonly value: number;
}

/** The processor's state as helpers see it. All state is in the context record: `view` at `context`. */
export interface HelperState {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Byte offset of the context record in `view`. */
  readonly context: number;
  /** Effective address of a memory operand, segment base included. */
  address(operand: HelperOperand): bigint;
  /** A copy of guest memory; throws CpuFault. */
  read(address: bigint, length: number): Uint8Array<ArrayBuffer>;
  /** Throws CpuFault before anything is written. */
  write(address: bigint, from: Uint8Array): void;
  /** Throws CpuFault unless all of the range may be written. */
  checkWrite(address: bigint, length: number): void;
  /** Registers and memory alike, as unsigned numbers of the operand's width (up to 128). */
  get(operand: HelperOperand): bigint;
  /** 32-bit general registers clear their upper half; 128-bit registers keep what is above a smaller width. */
  set(operand: HelperOperand, value: bigint): void;
  gpr(number: number): bigint;
  setGpr(number: number, value: bigint): void;
  /** The six arithmetic flags at their places in RFLAGS, and the others. */
  readFlags(): number;
  writeFlags(flags: number): void;
  /** Nanoseconds since boot, as a time-stamp counter. */
  timeStamp(): bigint;
}

export type Helper = (state: HelperState, instruction: HelperInstruction) => void;

/** Thrown by helpers: the instruction traps, with nothing done. */
export class CpuFault extends Error {
  readonly trap: number;

  /** TRAP_*; for TRAP_PAGE_FAULT the state knows the address. */
  constructor(trap: number) {
    super(`trap ${trap}`);
    this.trap = trap;
  }
}
