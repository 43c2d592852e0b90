/** cpuid, time-stamp counter, segment bases and rights, fences, caches, hints. SDM volume 1, 7.3.15 to 7.3.18. */
import type { Helper } from '../helper.ts';
import type { Row, Semantics } from './row.ts';
import { cpuid } from '../cpuid.ts';
import { row } from './row.ts';
import { wasmOp } from '../wasm/ops.ts';
import {
  CPU_FS_BASE,
  CPU_GS_BASE,
  RAX,
  RBX,
  RCX,
  RDX,
  TRAP_PROTECTION,
} from '../../../kernel/abi/cpu-context.ts';

const low32 = (value: bigint): bigint => value & 0xffff_ffffn;

const identify: Helper = state => {
  const leaf = Number(low32(state.gpr(RAX)));
  const [eax, ebx, ecx, edx] = cpuid(leaf, Number(low32(state.gpr(RCX))));
  for (const [register, value] of [
    [RAX, eax],
    [RBX, ebx],
    [RCX, ecx],
    [RDX, edx],
  ] as const)
    state.setGpr(register, BigInt(value >>> 0));
};

const rdtsc: Helper = state => {
  const now = state.timeStamp();
  state.setGpr(RAX, low32(now));
  state.setGpr(RDX, low32(now >> 32n));
};
/** The number of the processor is 0, as is its node's. */
const rdtscp: Helper = (state, instruction) => {
  rdtsc(state, instruction);
  state.setGpr(RCX, 0n);
};

function readBase(field: number): Semantics {
  return (e, to) => {
    const base = e.field('i64', field);
    e.write(to, to.width === 64 ? base : e.narrow(base));
  };
}
function writeBase(field: number): Semantics {
  return (e, from) => {
    const value = e.read(from);
    const base = from.width === 64 ? value : e.let(e.zeroExtend(value, 32));
    const canonical = e.shrS(e.shl(base, e.i64(16)), e.i64(16));
    e.trapIf(e.ne(canonical, base), TRAP_PROTECTION);
    e.setField(field, base);
  };
}

/**
 * The segments that Linux has for programs, by selector: access rights as lar tells them, limit, whether it can be
 * read and written. 0x78 has the processor's number as its limit.
 */
const SEGMENTS = new Map([
  [0x20, { rights: 0x00cf_fb00n, limit: 0xffff_ffffn, isWritable: false }],
  [0x28, { rights: 0x00cf_f300n, limit: 0xffff_ffffn, isWritable: true }],
  [0x30, { rights: 0x00af_fb00n, limit: 0xffff_ffffn, isWritable: false }],
  [0x78, { rights: 0x0040_f500n, limit: 0n, isWritable: false }],
]);
const ZF = 0x40;

/** lar, lsl, verr, verw: zf tells whether the segment is there. */
function describeSegment(kind: 'lar' | 'lsl' | 'verr' | 'verw'): Helper {
  return (state, { operands }) => {
    const selector = Number(state.get(operands.at(-1)!) & 0xfffcn);
    const segment = SEGMENTS.get(selector);
    const isFound = segment !== undefined && (kind !== 'verw' || segment.isWritable);
    if (isFound && operands.length === 2) {
      const value = kind === 'lar' ? segment.rights : segment.limit;
      state.set(operands[0]!, value & ((1n << BigInt(operands[0]!.width)) - 1n));
    }
    const flags = state.readFlags();
    state.writeFlags(isFound ? flags | ZF : flags & ~ZF);
  };
}

const nothing: Semantics = () => {};
/** Only loads after stores may be seen in another order on x86; WebAssembly's fence forbids that. */
const fence: Semantics = e => e.code.do(wasmOp('atomic.fence'));
/** There is no cache to flush; the address must be readable. */
const flush: Semantics = (e, line) => {
  e.place(line, 'read');
};

const OWN = { isInterpreted: true, isNotFuzzed: true };
const BASE = { feature: 'fsgsbase', isNotFuzzed: true };

export const systemRows: readonly Row[] = [
  row('cpuid', '0f a2', '', undefined, { ...OWN, helper: identify }),
  row('rdtsc', '0f 31', '', undefined, { ...OWN, helper: rdtsc }),
  row('rdtscp', '0f 01 =f9', '', undefined, { ...OWN, helper: rdtscp, feature: 'rdtscp' }),
  row('rdfsbase', 'f3 0f ae /0', 'Ry', readBase(CPU_FS_BASE), BASE),
  row('rdgsbase', 'f3 0f ae /1', 'Ry', readBase(CPU_GS_BASE), BASE),
  row('wrfsbase', 'f3 0f ae /2', 'Ry', writeBase(CPU_FS_BASE), BASE),
  row('wrgsbase', 'f3 0f ae /3', 'Ry', writeBase(CPU_GS_BASE), BASE),
  row('lar', '0f 02', 'Gv Ew', undefined, { ...OWN, helper: describeSegment('lar') }),
  row('lsl', '0f 03', 'Gv Ew', undefined, { ...OWN, helper: describeSegment('lsl') }),
  row('verr', '0f 00 /4', 'Ew', undefined, { ...OWN, helper: describeSegment('verr') }),
  row('verw', '0f 00 /5', 'Ew', undefined, { ...OWN, helper: describeSegment('verw') }),
  row('lfence', 'np 0f ae /5', '', nothing),
  row('mfence', 'np 0f ae /6', '', fence),
  row('sfence', 'np 0f ae /7', '', nothing),
  row('clflush', 'np 0f ae /7', 'Mb', flush),
  row('clflushopt', '66 0f ae /7', 'Mb', flush, { feature: 'clflushopt' }),
  row('clwb', '66 0f ae /6', 'Mb', flush, { feature: 'clwb' }),
  row('prefetch', '0f 0d /0', 'Mb', nothing),
  row('prefetchw', '0f 0d /1', 'Mb', nothing),
  row('prefetch', '0f 0d', 'Mb', nothing),
  row('prefetchnta', '0f 18 /0', 'Mb', nothing),
  row('prefetcht0', '0f 18 /1', 'Mb', nothing),
  row('prefetcht1', '0f 18 /2', 'Mb', nothing),
  row('prefetcht2', '0f 18 /3', 'Mb', nothing),
  // Marks the target of an indirect branch.
  row('endbr64', 'f3 0f 1e =fa', '', nothing),
  row('nop', '0f 1e =fa', '', nothing),
  ...[0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f].map(opcode =>
    row('nop', `0f ${opcode.toString(16)}`, 'Ev', nothing),
  ),
];
