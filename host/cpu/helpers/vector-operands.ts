/** Operands of the vector instructions as bytes, for helpers. */
import { CPU_FSW, CPU_FTW, TRAP_X87 } from '../../../kernel/abi/cpu-context.ts';
import { CpuFault, type HelperOperand, type HelperState } from '../helper.ts';

/** FSW.ES */
const STATUS_EXCEPTION = 0x80;

/** Where operands are copied to and results are made: an instruction has no more, and helpers do not nest. */
const SCRATCH = [0, 1, 2].map(() => new DataView(new ArrayBuffer(16)));

/** A copy of a register's 16 bytes (MMX: 8), or of as many bytes of memory as the operand has. */
export function bytesOf(state: HelperState, operand: HelperOperand): Uint8Array<ArrayBuffer> {
  if (operand.kind === 'memory') return state.read(state.address(operand), operand.width / 8);
  const at = state.context + operand.value;
  return new Uint8Array(state.bytes.subarray(at, at + (operand.kind === 'mmx' ? 8 : 16)));
}

/** A register that is the first operand; valid until the next instruction. */
export function firstOf(state: HelperState, operand: HelperOperand): DataView {
  return copy(state, operand, SCRATCH[0]!);
}
/** The second operand, valid until the next instruction; of memory only as many bytes as the operand has. */
export function secondOf(state: HelperState, operand: HelperOperand): DataView {
  const into = SCRATCH[1]!;
  if (operand.kind !== 'memory') return copy(state, operand, into);
  // One by one: to ask a small array for its buffer costs a microsecond.
  const bytes = state.read(state.address(operand), operand.width / 8);
  for (let i = 0; i < bytes.length; i++) into.setUint8(i, bytes[i]!);
  return into;
}
/** Sixteen bytes of zeros for a result, valid until the next instruction. */
export function zeros(): DataView {
  const into = SCRATCH[2]!;
  for (let i = 0; i < 16; i += 4) into.setInt32(i, 0);
  return into;
}

function copy({ view, context }: HelperState, { value }: HelperOperand, into: DataView): DataView {
  for (let i = 0; i < 16; i += 4) into.setInt32(i, view.getInt32(context + value + i));
  return into;
}

/** Writes the first bytes of a register, a multiple of 4, and keeps the others. */
export function setVector(
  { view, context }: HelperState,
  { value }: HelperOperand,
  from: DataView,
  length = 16,
): void {
  for (let i = 0; i < length; i += 4) view.setInt32(context + value + i, from.getInt32(i));
}

/** Throws if an x87 exception waits to be reported, as it is before MMX instructions. */
export function checkMmx({ view, context }: HelperState): void {
  if ((view.getUint16(context + CPU_FSW, true) & STATUS_EXCEPTION) !== 0) throw new CpuFault(TRAP_X87);
}

/** Writes an MMX register: the exponent behind it becomes all ones. */
export function setMmx(state: HelperState, operand: HelperOperand, from: DataView): void {
  enterMmx(state);
  setVector(state, operand, from, 8);
  state.view.setUint16(state.context + operand.value + 8, 0xffff, true);
}

/** The x87 stack's top becomes 0, and all registers valid. */
export function enterMmx({ view, context }: HelperState): void {
  view.setUint16(context + CPU_FSW, view.getUint16(context + CPU_FSW, true) & ~0x3800, true);
  view.setUint16(context + CPU_FTW, 0xff, true);
}
