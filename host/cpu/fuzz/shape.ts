/**
 * The shape of a row: what its encoding and operands say about the bytes of the instruction. It is read from the row's
 * text a second time here, without a look at the decoder, so that the tester finds the decoder's mistakes.
 */
import type { Row } from '../table/row.ts';

export type OperandSize = 16 | 32 | 64;

export interface Operand {
  /** Letter of the SDM's opcode maps, or 'fixed'. */
  readonly letter: string;
  /** Letter of the width, or the name of a fixed operand. */
  readonly width: string;
}

export interface Shape {
  readonly row: Row;
  /** Mandatory prefix byte; 0: there must be none; undefined: the row does not say. */
  readonly prefix: number | undefined;
  readonly rexW: boolean | undefined;
  readonly map: readonly number[];
  readonly opcode: number;
  readonly isRegisterInOpcode: boolean;
  /** ModRM.reg */
  readonly extension: number | undefined;
  /** The whole ModRM byte. */
  readonly fixed: number | undefined;
  readonly hasModrm: boolean;
  readonly operands: readonly Operand[];
  readonly sizes: readonly OperandSize[];
  /** What ModRM.rm may be. */
  readonly rm: 'none' | 'register' | 'memory' | 'either';
}

const PREFIXES: Readonly<Record<string, number>> = { np: 0, '66': 0x66, f2: 0xf2, f3: 0xf3 };
const MAPS: Readonly<Record<string, readonly number[]>> = {
  '0f': [0x0f],
  '0f38': [0x0f, 0x38],
  '0f3a': [0x0f, 0x3a],
};

export function shapeOf(row: Row): Shape {
  const words = row.encoding.split(' ');
  let prefix: number | undefined;
  if (words.length > 1 && PREFIXES[words[0]!] !== undefined) prefix = PREFIXES[words.shift()!];
  let rexW: boolean | undefined;
  if (words[0] === 'rexw' || words[0] === 'rex0') rexW = words.shift() === 'rexw';
  // Only that: REX.B would make it another instruction.
  if (words[0] === 'rexb0') words.shift();
  const map = (words.length > 1 && MAPS[words[0]!]) || [];
  if (map.length > 0) words.shift();
  const [, opcode = '', plus] = /^([0-9a-f]{2})(\+r)?$/.exec(words.shift() ?? '') ?? [];
  if (opcode === '') throw new Error(`${row.name}: no opcode in '${row.encoding}'`);
  const rest = words.shift();
  if (words.length > 0) throw new Error(`${row.name}: too much in '${row.encoding}'`);
  const extension = rest?.startsWith('/') && rest !== '/r' ? Number(rest[1]) : undefined;
  const fixed = rest?.startsWith('=') ? Number.parseInt(rest.slice(1), 16) : undefined;
  const operands = row.operands === '' ? [] : row.operands.split(' ').map(operandOf);
  const rmLetters = operands.map(({ letter }) => letter).filter(letter => 'EMRWUQN'.includes(letter));
  const hasModrm = rest !== undefined || operands.some(({ letter }) => 'EMRWUQNGVPSCD'.includes(letter));
  const rm = rmLetters.some(letter => 'EWQ'.includes(letter))
    ? 'either'
    : rmLetters.includes('M')
      ? 'memory'
      : hasModrm && fixed === undefined
        ? 'register'
        : 'none';
  return {
    row,
    prefix,
    rexW,
    map,
    opcode: Number.parseInt(opcode, 16),
    isRegisterInOpcode: plus !== undefined,
    extension,
    fixed,
    hasModrm,
    operands,
    sizes: sizesOf(row, rexW, prefix, operands),
    rm,
  };
}

function operandOf(word: string): Operand {
  const [, letter, width] = /^([EGZMRWVUQPNIJOSXY])([bwdqxovyzn])$/.exec(word) ?? [];
  return letter === undefined ? { letter: 'fixed', width: word } : { letter, width: width! };
}

function sizesOf(
  row: Row,
  rexW: boolean | undefined,
  prefix: number | undefined,
  operands: readonly Operand[],
): readonly OperandSize[] {
  const canBe16 = prefix !== 0x66 && prefix !== 0;
  // Processors do not agree on branches with prefix 66.
  if (row.default64) return canBe16 && row.flow === undefined ? [64, 16] : [64];
  const hasAny =
    row.isSized ||
    operands.some(({ letter, width }) => 'vz'.includes(width) || (letter === 'fixed' && width === 'rAX'));
  const hasY = operands.some(({ width }) => width === 'y');
  const sizes: OperandSize[] = [32];
  if (hasAny && canBe16) sizes.push(16);
  if (hasAny || hasY) sizes.push(64);
  if (rexW === undefined) return sizes;
  return rexW ? [64] : sizes.filter(size => size !== 64);
}

/** Bits of an operand. */
export function bitsOf({ letter, width }: Operand, size: OperandSize): number {
  if (letter === 'fixed') return width === 'rAX' ? size : (FIXED_BITS[width] ?? 0);
  switch (width) {
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
      return size;
    case 'y':
      return size === 64 ? 64 : 32;
    case 'z':
      return size === 16 ? 16 : 32;
    default:
      return 0;
  }
}
const FIXED_BITS: Readonly<Record<string, number>> = { al: 8, cl: 8, ax: 16, dx: 16, eax: 32, rax: 64 };
