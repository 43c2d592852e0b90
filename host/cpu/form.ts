/**
 * Forms: each row of the table, once for every operand size, for register and memory, for lock and repeat prefixes. A
 * form is what the decoder finds and what the interpreter has a function for: all about an instruction but the numbers
 * of its registers and its constants.
 */
import type { Row, Width } from './table/row.ts';
import { CPU_GPR, CPU_XMM, RAX, RCX, RDX } from '../../kernel/abi/cpu-context.ts';

export type OperandSource =
  'rm' | 'reg' | 'opcode' | 'immediate' | 'relative' | 'moffs' | 'fixed' | 'si' | 'di';

export interface OperandForm {
  readonly source: OperandSource;
  readonly kind: 'general' | 'xmm' | 'mmx' | 'memory' | 'immediate' | 'segment';
  readonly width: Width | 0;
  /** Immediate: bytes in the instruction; fixed register: its offset in the context; fixed constant: its value. */
  readonly detail: number;
  /** A 16-byte memory operand must be aligned. */
  readonly isAligned: boolean;
}

/** Mandatory prefix; 'any': the row does not say. */
export type PrefixClass = 'any' | 'np' | '66' | 'f2' | 'f3';

export interface Form {
  readonly id: number;
  readonly row: Row;
  /** 0: one byte, 1: 0f, 2: 0f38, 3: 0f3a. */
  readonly map: number;
  readonly opcode: number;
  readonly hasModrm: boolean;
  readonly operandSize: 16 | 32 | 64;
  readonly addressSize: 32 | 64;
  readonly operands: readonly OperandForm[];
  /** Index of the memory operand; -1: none. */
  readonly memoryOperand: number;
  readonly immediateBytes: number;
  /** The operands as the decoder reads them (`stepOf`). */
  readonly steps: readonly number[];
  /** It reads an address from its record, so that it has a function for plain addresses and one for all. */
  readonly hasAddress: boolean;
  /** Which operand is the immediate, and which the second one; -1: none. */
  readonly immediate: number;
  readonly secondImmediate: number;
  /** The instruction after it does not simply follow: a jump, a trap, a repeated string instruction. */
  readonly endsBlock: boolean;
  /** And it never goes on to the record behind it. */
  readonly hasFlow: boolean;
  readonly isLocked: boolean;
  readonly repeat: 'none' | 'repz' | 'repnz';
}

/** Steps of decoding: what is done for an operand, with the kind of its register << 4 and `detail` << 8. */
export const STEP_NONE = 0;
export const STEP_FIXED = 1;
export const STEP_REG = 2;
export const STEP_OPCODE = 3;
export const STEP_RM = 4;
export const STEP_IMMEDIATE = 5;
export const STEP_RELATIVE = 6;
export const STEP_MOFFS = 7;
const STEPS: Readonly<Record<OperandSource, number>> = {
  si: STEP_NONE,
  di: STEP_NONE,
  fixed: STEP_FIXED,
  reg: STEP_REG,
  opcode: STEP_OPCODE,
  rm: STEP_RM,
  immediate: STEP_IMMEDIATE,
  relative: STEP_RELATIVE,
  moffs: STEP_MOFFS,
};
export const REGISTER_GENERAL = 0;
export const REGISTER_BYTE = 1;
export const REGISTER_XMM = 2;
export const REGISTER_MMX = 3;
export const REGISTER_SEGMENT = 4;

function stepOf({ source, kind, width, detail }: OperandForm): number {
  if (source === 'rm' && kind === 'memory') return STEP_NONE;
  const register =
    kind === 'xmm'
      ? REGISTER_XMM
      : kind === 'mmx'
        ? REGISTER_MMX
        : kind === 'segment'
          ? REGISTER_SEGMENT
          : width === 8
            ? REGISTER_BYTE
            : REGISTER_GENERAL;
  return STEPS[source] | (register << 4) | (detail << 8);
}

/** What of an encoding the decoder matches. */
export interface Encoding {
  readonly prefix: PrefixClass;
  readonly rexW: boolean | undefined;
  readonly map: number;
  readonly opcode: number;
  readonly isOpcodeRegister: boolean;
  readonly hasModrm: boolean;
  readonly extension: number;
  readonly fixedModrm: number;
  /** Matches only without REX.B. */
  readonly excludesRexB: boolean;
}

export function parseEncoding(row: Row): Encoding {
  let prefix: PrefixClass = 'any';
  let rexW: boolean | undefined;
  let map = 0;
  let opcode = -1;
  let isOpcodeRegister = false;
  let extension = -1;
  let fixedModrm = -1;
  let excludesRexB = false;
  let hasModrm = /(^| )[EGMRWVUQPNS](?=[bwdqxovyzn]( |$))/.test(row.operands);
  for (const word of row.encoding.split(' ')) {
    if (opcode < 0 && map === 0 && prefix === 'any' && ['np', '66', 'f2', 'f3'].includes(word))
      prefix = word as PrefixClass;
    else if (word === 'rexw') rexW = true;
    else if (word === 'rex0') rexW = false;
    else if (word === 'rexb0') excludesRexB = true;
    else if (word === '0f' && opcode < 0 && map === 0) map = 1;
    else if (word === '0f38') map = 2;
    else if (word === '0f3a') map = 3;
    else if (word === '/r') hasModrm = true;
    else if (word.startsWith('/')) {
      extension = Number(word.slice(1));
      hasModrm = true;
    } else if (word.startsWith('=')) {
      fixedModrm = Number.parseInt(word.slice(1), 16);
      hasModrm = true;
    } else {
      isOpcodeRegister = word.endsWith('+r');
      const code = isOpcodeRegister ? word.slice(0, -2) : word;
      if (opcode >= 0 || !/^[0-9a-f]{2}$/.test(code))
        throw new Error(`${row.name}: encoding ${row.encoding}`);
      opcode = Number.parseInt(code, 16);
    }
  }
  if (opcode < 0) throw new Error(`${row.name}: no opcode in ${row.encoding}`);
  return { prefix, rexW, map, opcode, isOpcodeRegister, hasModrm, extension, fixedModrm, excludesRexB };
}

/** Which operand sizes a row has; 'any' if it has nothing to do with them. */
function sizesOf(row: Row): readonly (16 | 32 | 64)[] | 'any' {
  const { operands } = row;
  if (row.default64) return [16, 64];
  if (row.isSized || /(^| )([EGZMRIXY]v|Iz|Jz|Ov|rAX)( |$)/.test(operands)) return [16, 32, 64];
  if (/(^| )[EGMRZ]y( |$)/.test(operands)) return [32, 64];
  return 'any';
}

const FIXED: Readonly<Record<string, OperandForm>> = {
  al: fixed('general', 8, CPU_GPR + RAX * 8),
  ax: fixed('general', 16, CPU_GPR + RAX * 8),
  eax: fixed('general', 32, CPU_GPR + RAX * 8),
  rax: fixed('general', 64, CPU_GPR + RAX * 8),
  cl: fixed('general', 8, CPU_GPR + RCX * 8),
  dx: fixed('general', 16, CPU_GPR + RDX * 8),
  xmm0: fixed('xmm', 128, CPU_XMM),
  '1': fixed('immediate', 8, 1),
  es: fixed('segment', 16, 0),
  cs: fixed('segment', 16, 1),
  ss: fixed('segment', 16, 2),
  ds: fixed('segment', 16, 3),
  fs: fixed('segment', 16, 4),
  gs: fixed('segment', 16, 5),
};
function fixed(kind: OperandForm['kind'], width: Width, detail: number): OperandForm {
  return { source: 'fixed', kind, width, detail, isAligned: false };
}

/** The operands of one form. */
function operandsOf(row: Row, size: 16 | 32 | 64, isMemory: boolean): OperandForm[] {
  if (row.operands === '') return [];
  return row.operands.split(' ').map(word => {
    if (word === 'rAX') return fixed('general', size, CPU_GPR + RAX * 8);
    const constant = FIXED[word];
    if (constant) return constant;
    const letter = word[0]!;
    const width = widthOf(row, word[1]!, size);
    const isAligned = word[1] === 'x';
    const at = (source: OperandSource, kind: OperandForm['kind'], detail = 0): OperandForm => ({
      source,
      kind,
      width,
      detail,
      isAligned: isAligned && kind === 'memory',
    });
    switch (letter) {
      case 'E':
        return at('rm', isMemory ? 'memory' : 'general');
      case 'W':
        return at('rm', isMemory ? 'memory' : 'xmm');
      case 'Q':
        return at('rm', isMemory ? 'memory' : 'mmx');
      case 'M':
        return at('rm', 'memory');
      case 'R':
        return at('rm', 'general');
      case 'U':
        return at('rm', 'xmm');
      case 'N':
        return at('rm', 'mmx');
      case 'G':
        return at('reg', 'general');
      case 'V':
        return at('reg', 'xmm');
      case 'P':
        return at('reg', 'mmx');
      case 'S':
        return at('reg', 'segment');
      case 'Z':
        return at('opcode', 'general');
      case 'O':
        return at('moffs', 'memory');
      case 'X':
        return at('si', 'memory');
      case 'Y':
        return at('di', 'memory');
      case 'I':
        return at('immediate', 'immediate', immediateBytes(word[1]!, size));
      case 'J':
        return at('relative', 'immediate', word[1] === 'b' ? 1 : 4);
      default:
        throw new Error(`${row.name}: operand ${word}`);
    }
  });
}

function widthOf(row: Row, letter: string, size: 16 | 32 | 64): Width | 0 {
  switch (letter) {
    case 'b':
      return 8;
    case 'w':
      return 16;
    case 'd':
      return 32;
    case 'q':
      return 64;
    case 'x':
    case 'o':
      return 128;
    case 'v':
    case 'z':
      return size;
    case 'y':
      return size === 64 ? 64 : 32;
    case 'n':
      return 0;
    default:
      throw new Error(`${row.name}: width ${letter}`);
  }
}

function immediateBytes(letter: string, size: number): number {
  switch (letter) {
    case 'b':
      return 1;
    case 'w':
      return 2;
    case 'd':
      return 4;
    case 'q':
      return 8;
    case 'v':
      return size >> 3;
    default:
      return size === 16 ? 2 : 4;
  }
}

/** A form with what the decoder matches it by. */
export interface FormEntry {
  readonly form: Form;
  readonly encoding: Encoding;
  /** Operand-size indices that it matches: 0 prefix 66, 1 neither, 2 REX.W. */
  readonly sizeIndices: readonly number[];
  readonly isMemory: boolean;
}

/** All forms of a row, numbered from `firstId`. */
export function expandRow(row: Row, firstId: number): FormEntry[] {
  const encoding = parseEncoding(row);
  const sizes = sizesOf(row);
  const hasRm = /(^| )[EMRWUQN][bwdqxovyzn]( |$)/.test(row.operands);
  const isEither = /(^| )[EWQ][bwdqxovyzn]( |$)/.test(row.operands);
  const isMemoryOnly = /(^| )M[bwdqxovyzn]( |$)/.test(row.operands);
  const shapes = !hasRm ? [false] : isEither ? [false, true] : [isMemoryOnly];
  const entries: FormEntry[] = [];
  for (const size of sizes === 'any' ? ([undefined] as const) : sizes) {
    const sizeIndices = indicesOf(size, encoding, row);
    if (sizeIndices.length === 0) continue;
    const operandSize = size ?? (encoding.rexW ? 64 : 32);
    for (const isMemory of shapes) {
      const operands = operandsOf(row, operandSize, isMemory);
      const memoryOperand = operands.findIndex(({ kind }) => kind === 'memory');
      const immediate = operands.findIndex(({ kind }) => kind === 'immediate');
      const base = {
        row,
        map: encoding.map,
        opcode: encoding.opcode,
        hasModrm: encoding.hasModrm,
        operandSize,
        operands,
        memoryOperand,
        immediateBytes: operands.reduce(
          (sum, { source, detail }) =>
            source === 'immediate' || source === 'relative'
              ? sum + detail
              : source === 'moffs'
                ? sum + 8
                : sum,
          0,
        ),
        steps: operands.map(stepOf),
        hasAddress: memoryOperand >= 0 || row.repeat !== undefined,
        immediate,
        secondImmediate: operands.findIndex(({ kind }, i) => i > immediate && kind === 'immediate'),
        hasFlow: row.flow !== undefined,
      };
      const locks = row.lock && isMemory ? [false, true] : [false];
      const repeats: Form['repeat'][] =
        row.repeat === undefined
          ? ['none']
          : row.repeat === 'rep'
            ? ['none', 'repz']
            : ['none', 'repz', 'repnz'];
      const addresses: Form['addressSize'][] = row.repeat || row.isAddressSized ? [64, 32] : [64];
      for (const isLocked of locks)
        for (const repeat of repeats)
          for (const addressSize of addresses)
            entries.push({
              form: {
                ...base,
                id: firstId + entries.length,
                endsBlock: row.flow !== undefined || repeat !== 'none',
                isLocked,
                repeat,
                addressSize,
              },
              encoding,
              sizeIndices,
              isMemory,
            });
    }
  }
  return entries;
}

function indicesOf(size: 16 | 32 | 64 | undefined, { prefix, rexW }: Encoding, row: Row): number[] {
  const allowed = rexW === undefined ? [0, 1, 2] : rexW ? [2] : [0, 1];
  if (size === undefined) return allowed;
  const is66Taken = prefix === '66' || /(^| )[EGMRZ]y( |$)/.test(row.operands);
  const matching = row.default64
    ? size === 16
      ? [0]
      : [1, 2]
    : size === 64
      ? [2]
      : size === 32
        ? is66Taken
          ? [0, 1]
          : [1]
        : [0];
  return matching.filter(index => allowed.includes(index));
}
