/**
 * x87 (opcodes D8 … DF), and what belongs to the floating-point state as a whole: MXCSR, fxsave, emms. What the x87's
 * instructions do stands in host/cpu/x87; here they are only listed.
 */
import {
  CPU_FCW,
  CPU_FTW,
  CPU_MXCSR,
  CPU_PLAIN_FLOAT,
  TRAP_PROTECTION,
} from '../../../kernel/abi/cpu-context.ts';
import { PLAIN_NONE } from '../helpers/mxcsr.ts';
import { runFxrstor, runFxsave, runX87 } from '../helpers/x87.ts';
import { MXCSR_VALID } from '../softfloat/sse.ts';
import { X87_INSTRUCTIONS, type X87Instruction } from '../x87/instructions.ts';
import { row, type Row, type Semantics } from './row.ts';
import { checkMmx } from './vector.ts';

/** CPUs differ in the last place of these, or store where they are in memory. */
const NOT_FUZZED = new Set(
  'f2xm1 fyl2x fyl2xp1 fptan fpatan fsin fcos fsincos fnstenv fldenv fnsave frstor'.split(' '),
);

/** Operands in memory by their size; others have no width of their own. */
const MEMORY: Readonly<Record<number, string>> = { 2: 'Mw', 4: 'Md', 8: 'Mq' };

function rowOf({ name, opcode, extension, modrm, memory }: X87Instruction): Row {
  const which = modrm === undefined ? `/${extension}` : `=${modrm.toString(16)}`;
  const operands = memory ? (MEMORY[memory.bytes] ?? 'Mn') : '';
  return row(name, `${opcode.toString(16)} ${which}`, operands, undefined, {
    helper: runX87,
    isInterpreted: true,
    isNotFuzzed: NOT_FUZZED.has(name),
    isSized: memory !== undefined && memory.bytes !== memory.bytes16,
  });
}

/** In the word that begins with CPU_FCW. */
const STATUS_TOP = 0x3800 << 16;

/** Looks for pending exceptions, as every x87 instruction does. */
const wait: Semantics = e => checkMmx(e);

const emms: Semantics = e => {
  checkMmx(e);
  // Top and the valid registers stand in the upper and lower halves of words that they share. That emms, too, sets top
  // to 0 is how AMD has it.
  e.setField(CPU_FCW, e.and(e.field('i32', CPU_FCW), e.i32(~STATUS_TOP)));
  e.setField(CPU_FTW, e.and(e.field('i32', CPU_FTW), e.i32(~0xffff)));
};

const ldmxcsr: Semantics = (e, from) => {
  const value = e.read(from);
  e.trapIf(e.and(value, e.i32(~MXCSR_VALID)), TRAP_PROTECTION);
  e.setField(CPU_MXCSR, value);
  e.setField(CPU_PLAIN_FLOAT, e.i32(PLAIN_NONE));
};

const stmxcsr: Semantics = (e, to) => {
  e.write(to, e.field('i32', CPU_MXCSR));
};

const IMAGE = { isInterpreted: true, isSized: true, isNotFuzzed: true };

export const x87Rows: readonly Row[] = [
  ...X87_INSTRUCTIONS.map(rowOf),
  row('fwait', '9b', '', wait),
  row('emms', 'np 0f 77', '', emms),
  row('ldmxcsr', 'np 0f ae /2', 'Md', ldmxcsr),
  row('stmxcsr', 'np 0f ae /3', 'Md', stmxcsr),
  row('fxsave', 'np 0f ae /0', 'Mn', undefined, { ...IMAGE, helper: runFxsave }),
  row('fxrstor', 'np 0f ae /1', 'Mn', undefined, { ...IMAGE, helper: runFxrstor }),
];
