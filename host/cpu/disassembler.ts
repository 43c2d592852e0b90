/** Disassembler: a decoded instruction as text, in Intel's syntax as binutils writes it. */
import type { Instruction } from './decoder.ts';
import type { OperandForm } from './form.ts';
import {
  CPU_FS_BASE,
  CPU_GPR,
  CPU_GS_BASE,
  CPU_X87,
  CPU_XMM,
  CPU_ZERO,
} from '../../kernel/abi/cpu-context.ts';
import { X87_INSTRUCTIONS, type X87Instruction } from './x87/instructions.ts';

const WIDE = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');
const LOW_BYTES = 'al cl dl bl spl bpl sil dil'.split(' ');
const HIGH_BYTES = 'ah ch dh bh'.split(' ');
const SEGMENTS = 'es cs ss ds fs gs ? ?'.split(' ');
const POINTERS: Readonly<Record<number, string>> = {
  8: 'BYTE PTR ',
  16: 'WORD PTR ',
  32: 'DWORD PTR ',
  64: 'QWORD PTR ',
  80: 'TBYTE PTR ',
  128: 'XMMWORD PTR ',
};
/** Instructions of the one-byte map whose 8-bit constant is a small signed one of the operand's size. */
const SIGNED_BYTE = new Set([0x6a, 0x6b, 0x83]);

/** Opcode and ModRM.reg, or all of ModRM, and whether it has a memory operand. */
const x87 = new Map(
  X87_INSTRUCTIONS.map((one): [string, X87Instruction] => [
    x87Key(one.opcode, one.modrm ?? -1, one.extension, one.memory !== undefined),
    one,
  ]),
);
function x87Key(opcode: number, modrm: number, extension: number, isMemory: boolean): string {
  return `${opcode} ${modrm >= 0 ? `=${modrm}` : `/${extension}`} ${isMemory}`;
}

/** `nameOf` gives the symbol of an address, with an offset perhaps. */
export function disassemble(
  instruction: Instruction,
  nameOf?: (address: number) => string | undefined,
): string {
  const { form, modrm } = instruction;
  const { row } = form;
  let name = row.name;
  if (form.isLocked) name = `lock ${name}`;
  if (form.repeat !== 'none') name = `${row.repeat === 'rep' ? 'rep' : form.repeat} ${name}`;
  const isX87 = form.map === 0 && (form.opcode & 0xf8) === 0xd8;
  const operands = form.operands.map((operand, i) => operandText(instruction, operand, i, nameOf));
  if (isX87 && modrm >= 0xc0) {
    const registers = x87.get(x87Key(form.opcode, -1, (modrm >> 3) & 7, false))?.registers ?? '';
    if (form.opcode === 0xdf && modrm === 0xe0) operands.push('ax');
    else if (registers !== '' && !x87.has(x87Key(form.opcode, modrm, 0, false)))
      operands.push(registers.replaceAll(' ', '').replace('(i)', `(${modrm & 7})`));
  }
  const relative = isRipRelative(instruction)
    ? instruction.displacementHigh * 2 ** 32 + (instruction.displacement >>> 0)
    : -1;
  const text = operands.length === 0 ? name : `${name} ${operands.join(',')}`;
  return relative >= 0 ? `${text} # ${addressText(relative, nameOf)}` : text;
}

function isRipRelative({ form, modrm }: Instruction): boolean {
  return form.hasModrm && form.memoryOperand >= 0 && (modrm & 0xc7) === 5;
}

function operandText(
  instruction: Instruction,
  operand: OperandForm,
  position: number,
  nameOf: ((address: number) => string | undefined) | undefined,
): string {
  const { form, values, immediateHigh } = instruction;
  const value = values[position]!;
  switch (operand.kind) {
    case 'general':
      return generalName(value, operand.width);
    case 'xmm':
      return `xmm${(value - CPU_XMM) >> 4}`;
    case 'mmx':
      return `mm${(value - CPU_X87) >> 4}`;
    case 'segment':
      return SEGMENTS[value]!;
    case 'memory':
      return memoryText(instruction, operand);
    default:
  }
  if (operand.source === 'relative') return addressText(immediateHigh * 2 ** 32 + (value >>> 0), nameOf);
  if (operand.source === 'fixed') return String(operand.detail);
  const isSecond = form.operands.slice(0, position).some(({ kind }) => kind === 'immediate');
  const high = isSecond ? value >> 31 : immediateHigh;
  const first = form.operands[0]!;
  let bits: number = operand.width;
  if (form.map === 0 && SIGNED_BYTE.has(form.opcode))
    bits = form.opcode === 0x6a ? form.operandSize : first.width;
  else if (operand.width === 32 && form.operandSize === 64) bits = 64; // sign-extended
  const wide = (BigInt(high) << 32n) | BigInt(value >>> 0);
  return `0x${BigInt.asUintN(bits, wide).toString(16)}`;
}

function generalName(offset: number, width: number): string {
  const number = (offset - CPU_GPR) >> 3;
  if (width === 8 && ((offset - CPU_GPR) & 7) === 1) return HIGH_BYTES[number]!;
  if (number >= 8)
    return `${WIDE[number]}${width === 64 ? '' : width === 32 ? 'd' : width === 16 ? 'w' : 'b'}`;
  if (width === 8) return LOW_BYTES[number]!;
  const wide = WIDE[number]!;
  return width === 64 ? wide : width === 32 ? `e${wide.slice(1)}` : wide.slice(1);
}

function memoryText(instruction: Instruction, operand: OperandForm): string {
  const { form, segment, base, index, scale, displacement, displacementHigh, isAddress32, modrm } =
    instruction;
  const registerWidth = isAddress32 ? 32 : 64;
  const override = segment === CPU_FS_BASE ? 'fs:' : segment === CPU_GS_BASE ? 'gs:' : '';
  const isX87 = form.map === 0 && (form.opcode & 0xf8) === 0xd8;
  const bits = isX87
    ? (x87.get(x87Key(form.opcode, -1, (modrm >> 3) & 7, true))?.memory?.bytes ?? 0) * 8
    : operand.width;
  const pointer = POINTERS[bits] ?? '';
  if (operand.source === 'si') return `${pointer}${override || 'ds:'}[${isAddress32 ? 'esi' : 'rsi'}]`;
  if (operand.source === 'di') return `${pointer}es:[${isAddress32 ? 'edi' : 'rdi'}]`;
  const wide = (BigInt(displacementHigh) << 32n) | BigInt(displacement >>> 0);
  if (operand.source === 'moffs') return `${override || 'ds:'}0x${BigInt.asUintN(64, wide).toString(16)}`;
  if (isRipRelative(instruction)) {
    const distance = Number(wide) - instruction.next;
    return `${pointer}${override}[${isAddress32 ? 'eip' : 'rip'}${signed(distance, true)}]`;
  }
  if (base === CPU_ZERO && index === CPU_ZERO)
    return `${pointer}${override || 'ds:'}0x${BigInt.asUintN(registerWidth, wide).toString(16)}`;
  const parts: string[] = [];
  if (base !== CPU_ZERO) parts.push(generalName(base, registerWidth));
  if (index !== CPU_ZERO) parts.push(`${generalName(index, registerWidth)}*${1 << scale}`);
  const isShown = displacement !== 0 || modrm >> 6 !== 0 || base === CPU_ZERO;
  return `${pointer}${override}[${parts.join('+')}${signed(displacement, isShown)}]`;
}

function signed(value: number, isShown: boolean): string {
  if (!isShown) return '';
  return value < 0 ? `-0x${(-value).toString(16)}` : `+0x${value.toString(16)}`;
}

function addressText(address: number, nameOf: ((address: number) => string | undefined) | undefined): string {
  const hex = address < 0 ? BigInt.asUintN(64, BigInt(address)).toString(16) : address.toString(16);
  const name = nameOf?.(address);
  return name === undefined ? `0x${hex}` : `0x${hex} <${name}>`;
}
