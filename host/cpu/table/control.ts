/**
 * Control transfer, traps, and what only a kernel may do. SDM volume 1, 7.3.8 and 7.3.9. Near branches have 64-bit
 * operands, also with prefix 66 (as Intel's processors have it). Far ones are refused: there is one code segment.
 */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Row, Semantics } from './row.ts';
import { CONDITIONS } from './integer.ts';
import { readRflags } from './stack.ts';
import { row } from './row.ts';
import {
  CPU_FLAGS_REST,
  R11,
  RCX,
  RSP,
  TRAP_BREAKPOINT,
  TRAP_DEBUG,
  TRAP_INVALID_OPCODE,
  TRAP_PROTECTION,
  TRAP_SYSCALL,
} from '../../../kernel/abi/cpu-context.ts';

/** A jump to an address that is none traps where it stands. */
function requireCanonical(e: Emitter, target: Node): void {
  const bits = e.shrU(e.add(target, e.i64(2 ** 47)), e.i64(48));
  e.trapIf(e.ne(bits, e.i64(0)), TRAP_PROTECTION);
}

const jmp: Semantics = (e, target) => {
  const to = e.read(target, 64);
  if (target.kind !== 'immediate') requireCanonical(e, to);
  e.jump(to);
};

const call: Semantics = (e, target) => {
  const to = e.read(target, 64);
  const top = e.let(e.sub(e.gpr(RSP, 64), e.i64(8)));
  // A stack that cannot be written counts before a target that is none.
  const place = e.memory(top, 64, 'write');
  if (target.kind !== 'immediate') requireCanonical(e, to);
  place.store(e.next);
  e.setGpr(RSP, 64, top);
  e.jump(to);
};

/** The immediate, bytes of arguments to drop, is unsigned. */
const ret: Semantics = (e, drop) => {
  const top = e.gpr(RSP, 64);
  const target = e.memory(top, 64, 'read').load();
  requireCanonical(e, target);
  const after = e.add(top, e.i64(8));
  e.setGpr(RSP, 64, drop ? e.add(after, e.zeroExtend(e.read(drop, 16), 16)) : after);
  e.jump(target);
};

function jcc(code: number): Semantics {
  return (e, target) => e.branch(e.condition(code), target);
}

const jrcxz: Semantics = (e, target) => e.branch(e.eqz(e.gpr(RCX, e.addressSize)), target);

/** loop, loope, loopne: no flag changes. */
function loop(zero?: boolean): Semantics {
  return (e, target) => {
    const width = e.addressSize;
    const count = e.let(e.sub(e.gpr(RCX, width), e.constant(width, 1)));
    const isMore = e.let(e.ne(count, e.constant(width, 0)));
    const zf = zero === undefined ? undefined : e.let(e.flag('zf'));
    e.setGpr(RCX, width, count);
    const isTaken = zf === undefined ? isMore : e.and(isMore, zero ? zf : e.eqz(zf));
    e.branch(e.let(isTaken), target);
  };
}

const syscall: Semantics = e => {
  const flags = e.op('i64.extend_i32_u', readRflags(e));
  e.setGpr(RCX, 64, e.next);
  e.setGpr(R11, 64, flags);
  e.trapAfter(TRAP_SYSCALL);
};

/** Of the software interrupts only int 3 is open to programs here. */
const int: Semantics = (e, number) => {
  e.trapIf(e.ne(e.read(number, 32), e.i32(3)), TRAP_PROTECTION);
  e.trapAfter(TRAP_BREAKPOINT);
};

const protection: Semantics = e => e.trap(TRAP_PROTECTION);
const invalid: Semantics = e => e.trap(TRAP_INVALID_OPCODE);

function setDirection(isDown: boolean): Semantics {
  return e => {
    const rest = e.field('i32', CPU_FLAGS_REST);
    e.setField(CPU_FLAGS_REST, isDown ? e.or(rest, e.i32(0x400)) : e.and(rest, e.i32(~0x400)));
  };
}

const TRAP = { flow: 'trap', isNotFuzzed: true } as const;
const JUMP = { flow: 'jump', isNotFuzzed: true } as const;
const CALL = { flow: 'call', isNotFuzzed: true } as const;
const RETURN = { flow: 'return', isNotFuzzed: true } as const;
const BRANCH = { flow: 'branch' } as const;
const COUNTED = { flow: 'branch', isAddressSized: true } as const;

/** What traps: name, encodings with operands. */
const PRIVILEGED: readonly [name: string, ...encodings: [string, string][]][] = [
  ['hlt', ['f4', '']],
  ['in', ['e4', 'al Ib'], ['e5', 'eax Ib'], ['ec', 'al dx'], ['ed', 'eax dx']],
  ['out', ['e6', 'Ib al'], ['e7', 'Ib eax'], ['ee', 'dx al'], ['ef', 'dx eax']],
  ['ins', ['6c', ''], ['6d', '']],
  ['outs', ['6e', ''], ['6f', '']],
  ['cli', ['fa', '']],
  ['sti', ['fb', '']],
  ['iret', ['cf', '']],
  ['retf', ['ca', 'Iw'], ['cb', '']],
  ['callf', ['ff /3', 'Mn']],
  ['jmpf', ['ff /5', 'Mn']],
  ['lss', ['0f b2', 'Gv Mn']],
  ['lfs', ['0f b4', 'Gv Mn']],
  ['lgs', ['0f b5', 'Gv Mn']],
  ['sldt', ['0f 00 /0', 'Ew']],
  ['str', ['0f 00 /1', 'Ew']],
  ['lldt', ['0f 00 /2', 'Ew']],
  ['ltr', ['0f 00 /3', 'Ew']],
  ['sgdt', ['0f 01 /0', 'Mn']],
  ['sidt', ['0f 01 /1', 'Mn']],
  ['lgdt', ['0f 01 /2', 'Mn']],
  ['lidt', ['0f 01 /3', 'Mn']],
  ['smsw', ['0f 01 /4', 'Ew']],
  ['lmsw', ['0f 01 /6', 'Ew']],
  ['invlpg', ['0f 01 /7', 'Mb']],
  ['swapgs', ['0f 01 =f8', '']],
  ['clts', ['0f 06', '']],
  ['sysret', ['0f 07', '']],
  ['invd', ['0f 08', '']],
  ['wbinvd', ['0f 09', '']],
  ['mov_cr', ['0f 20', 'Rq'], ['0f 22', 'Rq']],
  ['mov_dr', ['0f 21', 'Rq'], ['0f 23', 'Rq']],
  ['wrmsr', ['0f 30', '']],
  ['rdmsr', ['0f 32', '']],
  ['rdpmc', ['0f 33', '']],
];

export const controlRows: readonly Row[] = [
  row('jmp', 'eb', 'Jb', jmp, JUMP),
  row('jmp', 'e9', 'Jd', jmp, JUMP),
  row('jmp', 'ff /4', 'Eq', jmp, JUMP),
  row('call', 'e8', 'Jd', call, CALL),
  row('call', 'ff /2', 'Eq', call, CALL),
  row('ret', 'c3', '', ret, RETURN),
  row('ret', 'c2', 'Iw', ret, RETURN),
  ...CONDITIONS.flatMap((name, code) => [
    row(`j${name}`, (0x70 + code).toString(16), 'Jb', jcc(code), BRANCH),
    row(`j${name}`, `0f ${(0x80 + code).toString(16)}`, 'Jd', jcc(code), BRANCH),
  ]),
  row('jrcxz', 'e3', 'Jb', jrcxz, COUNTED),
  row('loopne', 'e0', 'Jb', loop(false), COUNTED),
  row('loope', 'e1', 'Jb', loop(true), COUNTED),
  row('loop', 'e2', 'Jb', loop(), COUNTED),
  row('int3', 'cc', '', e => e.trapAfter(TRAP_BREAKPOINT), TRAP),
  row('int1', 'f1', '', e => e.trapAfter(TRAP_DEBUG), TRAP),
  row('int', 'cd', 'Ib', int, TRAP),
  row('syscall', '0f 05', '', syscall, TRAP),
  row('ud2', '0f 0b', '', invalid, TRAP),
  row('ud1', '0f b9', 'Gv Ev', invalid, TRAP),
  row('ud0', '0f ff', 'Gv Ev', invalid, TRAP),
  // AMD's processors have these only outside of long mode.
  row('sysenter', '0f 34', '', invalid, TRAP),
  row('sysexit', '0f 35', '', invalid, TRAP),
  ...PRIVILEGED.flatMap(([name, ...encodings]) =>
    encodings.map(([encoding, operands]) => row(name, encoding, operands, protection, TRAP)),
  ),
  row('clc', 'f8', '', e => e.updateFlags({ cf: e.i32(0) })),
  row('stc', 'f9', '', e => e.updateFlags({ cf: e.i32(1) })),
  row('cmc', 'f5', '', e => e.updateFlags({ cf: e.let(e.eqz(e.flag('cf'))) })),
  row('cld', 'fc', '', setDirection(false)),
  row('std', 'fd', '', setDirection(true)),
];
