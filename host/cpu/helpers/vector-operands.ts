/** Operands of the vector instructions as bytes, for helpers. */
import { CPU_FSW, CPU_FTW, TRAP_X87 } from '../../../kernel/abi/cpu-context.ts';
import { CpuFault, type HelperOperand, type HelperState } from '../helper.ts';

/** FSW.ES */
const STATUS_EXCEPTION = 0x80;

/** A copy of a register's 16 bytes (MMX: 8), or of as many bytes of memory as the operand has. */
export function bytesOf(state: HelperState, operand: HelperOperand): Uint8Array<ArrayBuffer> {
  if (operand.kind === 'memory') return state.read(state.address(operand), operand.width / 8);
  const at = state.context + operand.value;
  return new Uint8Array(state.bytes.subarray(at, at + (operand.kind === 'mmx' ? 8 : 16)));
}

export function viewOf(state: HelperState, operand: HelperOperand): DataView {
  return new DataView(bytesOf(state, operand).buffer);
}

/** Writes the first bytes of a register, and keeps the others. */
export function setBytes(state: HelperState, operand: HelperOperand, bytes: Uint8Array): void {
  state.bytes.set(bytes, state.context + operand.value);
}

/** Throws if an x87 exception waits to be reported, as it is before MMX instructions. */
export function checkMmx({ view, context }: HelperState): void {
  if ((view.getUint16(context + CPU_FSW, true) & STATUS_EXCEPTION) !== 0) throw new CpuFault(TRAP_X87);
}

/** Writes an MMX register: the exponent behind it becomes all ones. */
export function setMmx(state: HelperState, operand: HelperOperand, bytes: Uint8Array): void {
  enterMmx(state);
  setBytes(state, operand, bytes);
  state.view.setUint16(state.context + operand.value + 8, 0xffff, true);
}

/** The x87 stack's top becomes 0, and all registers valid. */
export function enterMmx({ view, context }: HelperState): void {
  view.setUint16(context + CPU_FSW, view.getUint16(context + CPU_FSW, true) & ~0x3800, true);
  view.setUint16(context + CPU_FTW, 0xff, true);
}
