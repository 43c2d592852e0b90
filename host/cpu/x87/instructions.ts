/**
 * All x87 instructions, found by opcode (D8 … DF) and ModRM, with what each does (Intel SDM vol. 2, appendix A.5). Also
 * the encodings that no manual lists but every CPU executes as aliases.
 */
import { QUIET, SIGNALLING } from '../softfloat/compare.ts';
import {
  FLAG_CF,
  FLAG_PF,
  FLAG_ZF,
  arithmetic,
  arithmeticWith,
  compareRegisters,
  compareToFlags,
  compareWith,
  extractTop,
  remainderTop,
  root,
  roundToInteger,
  scaleTop,
  test,
} from './arithmetic.ts';
import {
  changeSign,
  examine,
  exchange,
  loadConstant,
  loadDecimal,
  loadExtended,
  loadFloat,
  loadInteger,
  loadRegister,
  moveIf,
  readFloat,
  readInteger,
  storeAndPopQuietly,
  storeDecimal,
  storeExtended,
  storeFloat,
  storeInteger,
  storeRegister,
} from './transfer.ts';
import {
  cosineTop,
  arctangentTop,
  powerTop,
  sineAndCosine,
  sineTop,
  tangentTop,
  logarithmTop,
  logarithmPlusOneTop,
} from './transcendental.ts';
import {
  ENVIRONMENT_16_BYTES,
  ENVIRONMENT_BYTES,
  SAVE_16_BYTES,
  SAVE_BYTES,
  initialize,
  loadEnvironment,
  restore,
  save,
  storeEnvironment,
} from './image.ts';
import type { X87 } from './machine.ts';

/** What an instruction works on besides the x87's state. */
export interface Operands {
  /** ModRM.rm: the number of a register, from the top. */
  readonly i: number;
  /** The memory operand: what was read, or where to put what is to be written, which `isStored` then says. */
  readonly memory: DataView;
  isStored: boolean;
  /** 16, 32 or 64 */
  readonly operandSize: number;
  /** The arithmetic flags, at their places in RFLAGS. */
  readFlags(): number;
  writeFlags(flags: number): void;
  setAx(value: number): void;
}

export interface X87Instruction {
  readonly name: string;
  /** Opcode and ModRM.reg, or the whole ModRM byte. */
  readonly opcode: number;
  readonly extension: number;
  readonly modrm: number | undefined;
  /** The registers behind the name, where one or both are named: "st(i)" stands for ModRM.rm. */
  readonly registers: string;
  readonly memory: MemoryForm | undefined;
  /** It does not look for exceptions that are pending. */
  readonly isNonWaiting: boolean;
  /** It leaves C1 as it is, unless it meets a stack fault. */
  readonly keepsC1: boolean;
  /** It leaves the pointers to the last instruction and operand as they are. */
  readonly isControl: boolean;
  readonly run: (x: X87, on: Operands) => void;
}

export interface MemoryForm {
  readonly bytes: number;
  /** With a 16-bit operand size. */
  readonly bytes16: number;
  readonly access: 'read' | 'write';
}

type Run = X87Instruction['run'];
type Options = Partial<Pick<X87Instruction, 'isNonWaiting' | 'isControl' | 'keepsC1'>>;

/** Neither looks for pending exceptions nor counts as an instruction that could have caused one. */
const STATE: Options = { isNonWaiting: true, isControl: true };
const CONTROL: Options = { isControl: true };
const KEEPS_C1: Options = { keepsC1: true };

function instruction(
  name: string,
  opcode: number,
  extension: number,
  rest: Partial<X87Instruction>,
  run: Run,
): X87Instruction {
  return {
    name,
    opcode,
    extension,
    modrm: undefined,
    registers: '',
    memory: undefined,
    isNonWaiting: false,
    isControl: false,
    keepsC1: false,
    ...rest,
    run,
  };
}

/** With a memory operand that is read. */
function reads(name: string, opcode: number, extension: number, bytes: number, run: Run): X87Instruction {
  return instruction(name, opcode, extension, { memory: { bytes, bytes16: bytes, access: 'read' } }, run);
}

/** With a memory operand that is written, if `run` says that there is something to store. */
function writes(
  name: string,
  opcode: number,
  extension: number,
  bytes: number,
  run: (x: X87, on: Operands) => boolean,
): X87Instruction {
  const memory: MemoryForm = { bytes, bytes16: bytes, access: 'write' };
  return instruction(name, opcode, extension, { memory }, (x, on) => {
    on.isStored = run(x, on);
  });
}

/** With an image of the state in memory. */
function image(
  name: string,
  opcode: number,
  extension: number,
  memory: MemoryForm,
  options: Options,
  run: Run,
): X87Instruction {
  return instruction(name, opcode, extension, { memory, ...options }, (x, on) => {
    run(x, on);
    on.isStored = memory.access === 'write';
  });
}

/** With a register as operand. */
function onRegister(
  name: string,
  opcode: number,
  extension: number,
  registers: string,
  run: (x: X87, i: number, on: Operands) => void,
  options: Options = {},
): X87Instruction {
  return instruction(name, opcode, extension, { registers, ...options }, (x, on) => run(x, on.i, on));
}

/** A whole ModRM byte. */
function plain(name: string, opcode: number, modrm: number, run: Run, options: Options = {}): X87Instruction {
  return instruction(name, opcode, (modrm >> 3) & 7, { modrm, ...options }, run);
}

const ARITHMETIC = ['fadd', 'fmul', 'fcom', 'fcomp', 'fsub', 'fsubr', 'fdiv', 'fdivr'] as const;
/** The same as they are called where the destination is st(i). */
const TO_REGISTER = ['fadd', 'fmul', 'fcom', 'fcomp', 'fsubr', 'fsub', 'fdivr', 'fdiv'] as const;
const COMPARE = 2;
const COMPARE_AND_POP = 3;

function isComparison(operation: number): boolean {
  return operation === COMPARE || operation === COMPARE_AND_POP;
}

function arithmeticFromMemory(): X87Instruction[] {
  return ARITHMETIC.flatMap((name, operation) => {
    const withFloat =
      (bits: 32 | 64): Run =>
      (x, { memory }) =>
        isComparison(operation)
          ? compareWith(x, readFloat(memory, bits), operation - COMPARE)
          : arithmeticWith(x, operation, readFloat(memory, bits));
    const withInteger =
      (bits: 16 | 32): Run =>
      (x, { memory }) =>
        isComparison(operation)
          ? compareWith(x, readInteger(x, memory, bits), operation - COMPARE)
          : arithmeticWith(x, operation, readInteger(x, memory, bits));
    const integerName = name.replace('f', 'fi');
    return [
      reads(name, 0xd8, operation, 4, withFloat(32)),
      reads(name, 0xdc, operation, 8, withFloat(64)),
      reads(integerName, 0xda, operation, 4, withInteger(32)),
      reads(integerName, 0xde, operation, 2, withInteger(16)),
    ];
  });
}

function arithmeticOnRegisters(): X87Instruction[] {
  return ARITHMETIC.flatMap((name, operation) => {
    if (isComparison(operation)) {
      const pops = operation - COMPARE;
      const compareTop: X87Instruction['run'] = (x, { i }) => compareRegisters(x, i, SIGNALLING, pops);
      return [
        onRegister(name, 0xd8, operation, 'st(i)', (x, i) => compareRegisters(x, i, SIGNALLING, pops)),
        // Aliases.
        instruction(name, 0xdc, operation, { registers: 'st(i)' }, compareTop),
        ...(pops === 0
          ? [onRegister('fcomp', 0xde, operation, 'st(i)', (x, i) => compareRegisters(x, i, SIGNALLING, 1))]
          : []),
      ];
    }
    const other = TO_REGISTER[operation]!;
    return [
      onRegister(name, 0xd8, operation, 'st, st(i)', (x, i) => arithmetic(x, operation, i, 0, 0)),
      onRegister(other, 0xdc, operation, 'st(i), st', (x, i) => arithmetic(x, operation, i, i, 0)),
      onRegister(`${other}p`, 0xde, operation, 'st(i), st', (x, i) => arithmetic(x, operation, i, i, 1)),
    ];
  });
}

function loadsAndStores(): X87Instruction[] {
  const isTruncating = true;
  return [
    reads('fld', 0xd9, 0, 4, (x, { memory }) => loadFloat(x, memory, 32)),
    reads('fld', 0xdd, 0, 8, (x, { memory }) => loadFloat(x, memory, 64)),
    reads('fld', 0xdb, 5, 10, (x, { memory }) => loadExtended(x, memory)),
    reads('fild', 0xdf, 0, 2, (x, { memory }) => loadInteger(x, memory, 16)),
    reads('fild', 0xdb, 0, 4, (x, { memory }) => loadInteger(x, memory, 32)),
    reads('fild', 0xdf, 5, 8, (x, { memory }) => loadInteger(x, memory, 64)),
    reads('fbld', 0xdf, 4, 10, (x, { memory }) => loadDecimal(x, memory)),
    writes('fst', 0xd9, 2, 4, (x, { memory }) => storeFloat(x, memory, 32, 0)),
    writes('fstp', 0xd9, 3, 4, (x, { memory }) => storeFloat(x, memory, 32, 1)),
    writes('fst', 0xdd, 2, 8, (x, { memory }) => storeFloat(x, memory, 64, 0)),
    writes('fstp', 0xdd, 3, 8, (x, { memory }) => storeFloat(x, memory, 64, 1)),
    writes('fstp', 0xdb, 7, 10, (x, { memory }) => storeExtended(x, memory)),
    writes('fist', 0xdf, 2, 2, (x, { memory }) => storeInteger(x, memory, 16, 0)),
    writes('fistp', 0xdf, 3, 2, (x, { memory }) => storeInteger(x, memory, 16, 1)),
    writes('fist', 0xdb, 2, 4, (x, { memory }) => storeInteger(x, memory, 32, 0)),
    writes('fistp', 0xdb, 3, 4, (x, { memory }) => storeInteger(x, memory, 32, 1)),
    writes('fistp', 0xdf, 7, 8, (x, { memory }) => storeInteger(x, memory, 64, 1)),
    writes('fisttp', 0xdf, 1, 2, (x, { memory }) => storeInteger(x, memory, 16, 1, isTruncating)),
    writes('fisttp', 0xdb, 1, 4, (x, { memory }) => storeInteger(x, memory, 32, 1, isTruncating)),
    writes('fisttp', 0xdd, 1, 8, (x, { memory }) => storeInteger(x, memory, 64, 1, isTruncating)),
    writes('fbstp', 0xdf, 6, 10, (x, { memory }) => storeDecimal(x, memory)),
    onRegister('fld', 0xd9, 0, 'st(i)', loadRegister),
    onRegister('fst', 0xdd, 2, 'st(i)', (x, i) => storeRegister(x, i, 0)),
    onRegister('fstp', 0xdd, 3, 'st(i)', (x, i) => storeRegister(x, i, 1)),
    onRegister('fxch', 0xd9, 1, 'st(i)', exchange),
    // Aliases.
    onRegister('fstpnce', 0xd9, 3, 'st(i)', storeAndPopQuietly),
    onRegister('fstp', 0xdf, 2, 'st(i)', (x, i) => storeRegister(x, i, 1)),
    onRegister('fstp', 0xdf, 3, 'st(i)', (x, i) => storeRegister(x, i, 1)),
    onRegister('fxch', 0xdd, 1, 'st(i)', exchange),
    onRegister('fxch', 0xdf, 1, 'st(i)', exchange),
  ];
}

function conditionalMoves(): X87Instruction[] {
  const conditions = [
    ['b', FLAG_CF],
    ['e', FLAG_ZF],
    ['be', FLAG_CF | FLAG_ZF],
    ['u', FLAG_PF],
  ] as const;
  return conditions.flatMap(([name, flags], extension) => [
    onRegister(
      `fcmov${name}`,
      0xda,
      extension,
      'st, st(i)',
      (x, i, on) => moveIf(x, i, (on.readFlags() & flags) !== 0),
      KEEPS_C1,
    ),
    onRegister(
      `fcmovn${name}`,
      0xdb,
      extension,
      'st, st(i)',
      (x, i, on) => moveIf(x, i, (on.readFlags() & flags) === 0),
      KEEPS_C1,
    ),
  ]);
}

function comparisons(): X87Instruction[] {
  const toFlags = (
    name: string,
    opcode: number,
    extension: number,
    from: number,
    pops: number,
  ): X87Instruction =>
    onRegister(
      name,
      opcode,
      extension,
      'st, st(i)',
      (x, i, on) => on.writeFlags(compareToFlags(x, i, from, pops)),
      KEEPS_C1,
    );
  return [
    onRegister('fucom', 0xdd, 4, 'st(i)', (x, i) => compareRegisters(x, i, QUIET, 0)),
    onRegister('fucomp', 0xdd, 5, 'st(i)', (x, i) => compareRegisters(x, i, QUIET, 1)),
    plain('fucompp', 0xda, 0xe9, x => compareRegisters(x, 1, QUIET, 2)),
    plain('fcompp', 0xde, 0xd9, x => compareRegisters(x, 1, SIGNALLING, 2)),
    toFlags('fucomi', 0xdb, 5, QUIET, 0),
    toFlags('fcomi', 0xdb, 6, SIGNALLING, 0),
    toFlags('fucomip', 0xdf, 5, QUIET, 1),
    toFlags('fcomip', 0xdf, 6, SIGNALLING, 1),
    plain('ftst', 0xd9, 0xe4, test),
    plain('fxam', 0xd9, 0xe5, examine),
  ];
}

function onTop(): X87Instruction[] {
  const constants = ['fld1', 'fldl2t', 'fldl2e', 'fldpi', 'fldlg2', 'fldln2', 'fldz'];
  return [
    plain('fchs', 0xd9, 0xe0, x => changeSign(x, 0xffff, 0x8000)),
    plain('fabs', 0xd9, 0xe1, x => changeSign(x, 0x7fff, 0)),
    ...constants.map((name, number) => plain(name, 0xd9, 0xe8 + number, x => loadConstant(x, number))),
    plain('f2xm1', 0xd9, 0xf0, powerTop),
    plain('fyl2x', 0xd9, 0xf1, logarithmTop),
    plain('fptan', 0xd9, 0xf2, tangentTop),
    plain('fpatan', 0xd9, 0xf3, arctangentTop),
    plain('fxtract', 0xd9, 0xf4, extractTop),
    plain('fprem1', 0xd9, 0xf5, x => remainderTop(x, true)),
    plain('fdecstp', 0xd9, 0xf6, x => {
      x.top = (x.top + 7) & 7;
    }),
    plain('fincstp', 0xd9, 0xf7, x => {
      x.top = (x.top + 1) & 7;
    }),
    plain('fprem', 0xd9, 0xf8, x => remainderTop(x, false)),
    plain('fyl2xp1', 0xd9, 0xf9, logarithmPlusOneTop),
    plain('fsqrt', 0xd9, 0xfa, root),
    plain('fsincos', 0xd9, 0xfb, sineAndCosine),
    plain('frndint', 0xd9, 0xfc, roundToInteger),
    plain('fscale', 0xd9, 0xfd, scaleTop),
    plain('fsin', 0xd9, 0xfe, sineTop),
    plain('fcos', 0xd9, 0xff, cosineTop),
    onRegister('ffree', 0xdd, 0, 'st(i)', (x, i) => x.free(i)),
    onRegister('ffreep', 0xdf, 0, 'st(i)', (x, i) => {
      x.free(i);
      x.pop();
    }),
  ];
}

const nothing: Run = () => {};

function control(): X87Instruction[] {
  const word = (access: 'read' | 'write'): MemoryForm => ({ bytes: 2, bytes16: 2, access });
  const environment = (access: 'read' | 'write'): MemoryForm => ({
    bytes: ENVIRONMENT_BYTES,
    bytes16: ENVIRONMENT_16_BYTES,
    access,
  });
  const whole = (access: 'read' | 'write'): MemoryForm => ({
    bytes: SAVE_BYTES,
    bytes16: SAVE_16_BYTES,
    access,
  });
  return [
    image('fldenv', 0xd9, 4, environment('read'), CONTROL, (x, on) =>
      loadEnvironment(x, on.memory, on.operandSize),
    ),
    image('fldcw', 0xd9, 5, word('read'), CONTROL, (x, on) => {
      x.setControl(on.memory.getUint16(0, true));
      x.updateError();
    }),
    image('fnstenv', 0xd9, 6, environment('write'), STATE, (x, on) =>
      storeEnvironment(x, on.memory, on.operandSize),
    ),
    image('fnstcw', 0xd9, 7, word('write'), STATE, (x, on) => on.memory.setUint16(0, x.control, true)),
    image('frstor', 0xdd, 4, whole('read'), CONTROL, (x, on) => restore(x, on.memory, on.operandSize)),
    image('fnsave', 0xdd, 6, whole('write'), STATE, (x, on) => save(x, on.memory, on.operandSize)),
    image('fnstsw', 0xdd, 7, word('write'), STATE, (x, on) => on.memory.setUint16(0, x.status, true)),
    plain('fnstsw', 0xdf, 0xe0, (x, on) => on.setAx(x.status), STATE),
    plain('fnclex', 0xdb, 0xe2, x => x.clearExceptions(), STATE),
    plain('fninit', 0xdb, 0xe3, initialize, STATE),
    plain('fnop', 0xd9, 0xd0, nothing, KEEPS_C1),
    // Of the 8087 and 287: they do nothing any more.
    plain('fneni', 0xdb, 0xe0, nothing, STATE),
    plain('fndisi', 0xdb, 0xe1, nothing, STATE),
    plain('fnsetpm', 0xdb, 0xe4, nothing, STATE),
  ];
}

export const X87_INSTRUCTIONS: readonly X87Instruction[] = [
  ...arithmeticFromMemory(),
  ...arithmeticOnRegisters(),
  ...loadsAndStores(),
  ...conditionalMoves(),
  ...comparisons(),
  ...onTop(),
  ...control(),
];

/** By opcode − D8 and ModRM. */
const BY_MODRM: (X87Instruction | undefined)[] = [];
for (const one of X87_INSTRUCTIONS) {
  const base = (one.opcode - 0xd8) * 256;
  if (one.modrm !== undefined) {
    BY_MODRM[base + one.modrm] = one;
    continue;
  }
  for (let modrm = one.memory ? 0 : 0xc0; modrm < (one.memory ? 0xc0 : 0x100); modrm++) {
    if (((modrm >> 3) & 7) === one.extension) BY_MODRM[base + modrm] ??= one;
  }
}

/** The instruction, or undefined where there is none (#UD). */
export function findX87(opcode: number, modrm: number): X87Instruction | undefined {
  return BY_MODRM[(opcode - 0xd8) * 256 + modrm];
}
