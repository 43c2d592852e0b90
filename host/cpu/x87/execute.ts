/**
 * One x87 instruction from beginning to end: pending exceptions, the instruction, the status word, the pointers.
 * Memory is the caller's matter: it looks `memoryOperand` up, reads or checks that many bytes after `isTrapped` has said
 * no, and writes them afterwards if `isStored`.
 */
import { findX87, type Operands, type X87Instruction } from './instructions.ts';
import type { X87 } from './machine.ts';

/** #MF: an exception that is not masked waits, and the instruction looks. */
export function isTrapped(x: X87, instruction: X87Instruction): boolean {
  return x.isErrorPending && !instruction.isNonWaiting;
}

export interface MemoryOperand {
  readonly bytes: number;
  readonly access: 'read' | 'write';
}

/** What the instruction has in memory; undefined if nothing, or if there is no such instruction. */
export function memoryOperand(opcode: number, modrm: number, operandSize: number): MemoryOperand | undefined {
  const memory = findX87(opcode, modrm)?.memory;
  return memory && { bytes: operandSize === 16 ? memory.bytes16 : memory.bytes, access: memory.access };
}

/** The code segment of 64-bit programs. */
const USER_CODE_SEGMENT = 0x33;

/** Where an instruction is, for the pointers. `data` is undefined if it has no memory operand. */
export interface Pointers {
  readonly opcode: number;
  readonly modrm: number;
  readonly instruction: bigint;
  readonly data: bigint | undefined;
}

/** Runs the instruction, which isTrapped has let pass, and commits the state. */
export function execute(x: X87, instruction: X87Instruction, on: Operands, pointers: Pointers): void {
  instruction.run(x, on);
  if (!instruction.isControl) {
    x.noteExceptions(instruction.keepsC1);
    x.setPointers(((pointers.opcode & 7) << 8) | pointers.modrm, pointers.instruction, USER_CODE_SEGMENT);
    if (pointers.data !== undefined) x.setDataPointer(pointers.data);
  }
  x.commit();
}
