/** x87 instructions and the state images of fxsave and fxrstor, on the context record and guest memory. */
import { RAX, TRAP_PROTECTION, TRAP_X87 } from '../../../kernel/abi/cpu-context.ts';
import { loadFloatState, storeFloatState } from '../float-state.ts';
import { CpuFault, type Helper, type HelperState } from '../helper.ts';
import { execute, isTrapped, memoryOperand } from '../x87/execute.ts';
import { FXSAVE_BYTES } from '../x87/image.ts';
import { findX87, type Operands } from '../x87/instructions.ts';
import { X87 } from '../x87/machine.ts';

const ARITHMETIC_FLAGS = 0x8d5;
const FXSAVE_ALIGNMENT = 16n;
/** Memory operands on their way; helpers do not nest. To ask a new array for its buffer costs a microsecond. */
const STAGED = new Uint8Array(128);
const STAGED_VIEW = new DataView(STAGED.buffer);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Any instruction of D8 … DF that there is. */
export const runX87: Helper = (state, instruction) => {
  const { opcode, modrm, operandSize, operands } = instruction;
  const found = findX87(opcode, modrm)!;
  const x = new X87(state.view, state.context);
  if (isTrapped(x, found)) throw new CpuFault(TRAP_X87);
  const memory = memoryOperand(opcode, modrm, operandSize);
  const address = memory && state.address(operands[0]!);
  if (memory?.access === 'read') STAGED.set(state.read(address!, memory.bytes));
  else if (memory) {
    state.checkWrite(address!, memory.bytes);
    STAGED.fill(0, 0, memory.bytes);
  }
  const on: Operands = {
    i: modrm & 7,
    memory: STAGED_VIEW,
    isStored: false,
    operandSize,
    readFlags: () => state.readFlags(),
    writeFlags: flags => state.writeFlags((state.readFlags() & ~ARITHMETIC_FLAGS) | flags),
    setAx: value => state.setGpr(RAX, (state.gpr(RAX) & ~0xffffn) | BigInt(value)),
  };
  execute(x, found, on, { opcode, modrm, instruction: BigInt(instruction.pc), data: address });
  if (on.isStored) state.write(address!, STAGED.subarray(0, memory!.bytes));
};

function imageAddress(state: HelperState, operands: Parameters<Helper>[1]['operands']): bigint {
  const address = state.address(operands[0]!);
  if (address % FXSAVE_ALIGNMENT !== 0n) throw new CpuFault(TRAP_PROTECTION);
  return address;
}

export const runFxsave: Helper = (state, { operands, operandSize }) => {
  const address = imageAddress(state, operands);
  state.checkWrite(address, FXSAVE_BYTES);
  const image = state.read(address, FXSAVE_BYTES);
  storeFloatState(state.view, state.context, viewOf(image), operandSize === 64);
  state.write(address, image);
};

export const runFxrstor: Helper = (state, { operands, operandSize }) => {
  const image = state.read(imageAddress(state, operands), FXSAVE_BYTES);
  const isTaken = loadFloatState(state.view, state.context, viewOf(image), operandSize === 64);
  if (!isTaken) throw new CpuFault(TRAP_PROTECTION);
};
