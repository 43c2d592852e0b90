/**
 * What an instruction needs beforehand to do something worth looking at: pointers in the registers that it uses
 * without saying so, small counts, valid control words in memory, code at the addresses that it jumps to. Also what the
 * tester must not run.
 */
import type { Bench } from './bench.ts';
import { FARTHEST_JUMP, type Item } from './block.ts';
import type { Choices } from './encode.ts';
import type { OperandSize, Shape } from './shape.ts';
import { RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP } from '../../../kernel/abi/cpu-context.ts';
import { bytes32 } from './bench.ts';
import { isReachable } from './encode.ts';
import { bitsOf } from './shape.ts';
import { ARITHMETIC_FLAGS, FLAG_BITS } from './state.ts';
import { controlWord, edge32, mxcsrValue, statusWord } from './values.ts';

/** They call the kernel, load selectors, or tell of the machine and not of the program. */
const NEVER =
  /^(syscall|sysenter|sysexit|sysret[dq]?|int|int1|icebp|iret[dq]?|retf|lret|callf|jmpf|rdtscp?|rdpmc|cpuid|rdpid|rdrand|rdseed|xgetbv|x(save|rstor).*|lar|lsl|ver[rw]|s[gi]dt|sldt|str|smsw|lmsw|l[gil]dt|ltr|wrpkru|rdpkru|monitorx?|mwaitx?|l[defgs]s|xbegin|xend|xabort|xtest|clzero|umonitor|umwait|tpause)$/;

/** Their results are approximations that each maker defines as it likes. */
const APPROXIMATE = /^(rcp|rsqrt)[sp]s$|^(fsin|fcos|fsincos|fptan|fpatan|f2xm1|fyl2x|fyl2xp1)$/;

/** Images of the x87's state tell where its last instruction and operand were, which processors do in their own ways. */
const IMAGES: ReadonlySet<string> = new Set(['fxsave', 'fxrstor', 'fnstenv', 'fldenv', 'fnsave', 'frstor']);

export function isImage({ row }: Shape): boolean {
  return IMAGES.has(row.name);
}

/** What comes after it must not see what it has stored. */
export function endsBlock({ row }: Shape): boolean {
  return row.name === 'fxsave' || row.name === 'fnstenv' || row.name === 'fnsave';
}

/** What it stores and what does not count, within its operand. */
function ignoredOf(name: string, size: OperandSize): readonly (readonly [from: number, to: number])[] {
  if (name === 'fxsave')
    return [
      [6, 24],
      [28, 32],
    ];
  if (name === 'fnstenv' || name === 'fnsave') return size === 16 ? [[6, 14]] : [[12, 28]];
  return [];
}

export function isFuzzed(shape: Shape): boolean {
  const { row } = shape;
  // The table says so of what needs preparation; for these there is one.
  const isPrepared = IMAGES.has(row.name) || row.flow !== undefined || /^(rd|wr)[fg]sbase$/.test(row.name);
  if ((row.isNotFuzzed && !isPrepared) || NEVER.test(row.name) || APPROXIMATE.test(row.name)) return false;
  // A segment register that is written takes a selector.
  return !shape.operands.some(({ letter }, i) => letter === 'S' && i === 0);
}

/** Reads flags that an instruction before it may have left undefined. */
export function readsFlags(shape: Shape): boolean {
  return /^(j(?!mp|r?e?cxz)|set|cmov|adc|adox|sbb|rc[lr]|pushf|lahf|cmc|loop(n?[ez])|fcmov|salc)/.test(
    shape.row.name,
  );
}

/** What the instruction does to the set of flags that are undefined. */
export function flagsOf(shape: Shape, size: OperandSize, choices: Choices): Item['flags'] {
  const { name } = shape.row;
  let own = shape.row.undefined ?? '';
  let keeps = ARITHMETIC_FLAGS;
  if (choices.immediate !== undefined && /^(sh[lr]d?|sal|sar|ro[lr]|rc[lr])$/.test(name)) {
    const count = choices.immediate & (size === 64 ? 63 : 31);
    if (count === 0) own = '';
    else if (count === 1) own = own.replace('o', '');
  }
  if (
    /^(add|sub|cmp|adc|sbb|neg|xadd|cmpxchg|and|or|xor|test|u?comis[sd]|ptest|popcnt|i?mul|popf[dq]?)$/.test(
      name,
    )
  )
    keeps = 0;
  else if (/^(inc|dec)$/.test(name)) keeps = FLAG_BITS['c']!;
  let leaves = 0;
  for (const letter of own) leaves |= FLAG_BITS[letter]!;
  return { keeps, leaves };
}

/** Registers that the instruction may change without naming them. */
export function changedWithoutName({ row, operands }: Shape): number {
  const isPlain =
    operands.length >= 2 && !/^(cmpxchg|pcmp[ei]str|mulx|enter|x?chg|in|out|maskmov)/.test(row.name);
  const all = (1 << RAX) | (1 << RCX) | (1 << RDX) | (1 << RBX) | (1 << RSI) | (1 << RDI) | (1 << RBP);
  return isPlain && row.repeat === undefined ? 0 : all;
}

/** mov [address], … and mov reg, [address] with an absolute 32-bit address. */
function store32(address: number, value: number): Item {
  return { bytes: [0x67, 0xc7, 0x04, 0x25, ...bytes32(address), ...bytes32(value)] };
}
function store16(address: number, value: number): Item {
  return { bytes: [0x67, 0x66, 0xc7, 0x04, 0x25, ...bytes32(address), value & 0xff, (value >> 8) & 0xff] };
}
function storeRegister(address: number, register: number): Item {
  return { bytes: [0x67, 0x48, 0x89, 0x04 | (register << 3), 0x25, ...bytes32(address)] };
}
function loadRegister(register: number, address: number): Item {
  return { bytes: [0x67, 0x48, 0x8b, 0x04 | (register << 3), 0x25, ...bytes32(address)] };
}

/** Decides about an instruction, and puts what it needs on the bench. `group` is its number in the block. */
export function prepare(shape: Shape, size: OperandSize, group: number, bench: Bench): Choices {
  const { random } = bench;
  const { row, operands } = shape;
  const { name } = row;
  const choices: Choices = {};
  const ahead = (): number => group + 1 + random.below(FARTHEST_JUMP);
  const bytes = operands.length === 0 ? 0 : bitsOf(operands[0]!, size) >> 3;
  // Where an image lies must be known for sure, and the stack pointer may have moved.
  if (IMAGES.has(name)) bench.reserved |= 1 << RSP;
  const isMemory = shape.rm === 'memory' || (shape.rm === 'either' && random.chance(0.45));
  if (shape.rm === 'either') choices.rm = isMemory ? 'memory' : 'register';

  if (operands.some(({ letter }) => letter === 'J')) {
    choices.group = ahead();
    if (/^(loop|j[er]?cxz)/.test(name)) {
      if (random.chance(0.5)) bench.setRegister(RCX, BigInt(random.pick([0, 1, 2])));
      if (row.isAddressSized && random.chance(0.2)) choices.prefixes = [0x67];
    }
    return choices;
  }
  if (row.repeat !== undefined) return prepareString(shape, size, bench);
  if (row.flow === 'return') {
    if (operands.length > 0) choices.immediate = random.chance(0.9) ? random.below(65) : random.bits();
    if (random.chance(0.9)) pushCodeAddress(bench, ahead());
    return choices;
  }
  if (row.flow === 'jump' || row.flow === 'call') {
    if (random.chance(0.05) || shape.rm === 'none') return choices;
    const register = bench.freeRegister() & 7;
    const free = register === 4 ? RAX : register;
    bench.items.push(codeAddress(free, ahead()));
    bench.changes(1 << free);
    bench.reserved |= 1 << free;
    choices.rmRegister = free;
    if (isMemory) {
      choices.target = bench.target(8, 8);
      if (isReachable(choices.target, bench.layout.code))
        bench.items.push(storeRegister(Number(choices.target), free));
    }
    return choices;
  }
  switch (name) {
    case 'div':
    case 'idiv':
      bench.reserved |= (1 << RAX) | (1 << RDX);
      if (random.chance(0.7)) {
        const isByte = operands[0]!.width === 'b';
        bench.setRegister(
          RAX,
          BigInt(isByte ? random.below(0x80) * random.below(20) : random.bits() & 0x7fff_ffff),
        );
        if (!isByte) bench.setRegister(RDX, random.chance(0.8) ? 0n : BigInt(random.below(4)));
      }
      return choices;
    case 'shl':
    case 'shr':
    case 'sar':
    case 'sal':
    case 'rol':
    case 'ror':
    case 'rcl':
    case 'rcr':
    case 'shld':
    case 'shrd': {
      // Longer than the operand: what then comes out is undefined.
      const limit = name.endsWith('d') && size === 16 ? 17 : 256;
      const count = random.chance(0.5) ? random.below(Math.min(limit, 4)) : random.below(limit);
      if (operands.some(({ letter }) => letter === 'I')) choices.immediate = count;
      else if (
        operands.some(({ width, letter }) => letter === 'fixed' && width === 'cl') &&
        (limit === 17 || random.chance(0.6))
      ) {
        bench.setRegister(RCX, BigInt(count) | (BigInt(random.bits() >>> 0) << 8n));
      }
      if (limit === 17) {
        // cl must stay what it was made: no prepared pointer in rcx (reserved), and no other count.
        bench.reserved |= 1 << RCX;
      }
      return choices;
    }
    case 'bt':
    case 'bts':
    case 'btr':
    case 'btc':
      if (isMemory && operands[1]?.letter === 'G' && random.chance(0.9)) {
        const register = bench.freeRegister();
        const offset = random.between(-4000, 4000);
        const upper =
          size === 64
            ? BigInt.asUintN(64, BigInt(offset))
            : (BigInt(random.bits() >>> 0) << 32n) | BigInt(offset >>> 0);
        bench.setRegister(register, upper);
        choices.regRegister = register;
        choices.targetOffset = BigInt((offset >> (size === 16 ? 4 : size === 32 ? 5 : 6)) * (size >> 3));
      }
      return choices;
    case 'cmpxchg':
      if (isMemory && random.chance(0.6)) loadFromTarget(bench, choices, bytes, [RAX]);
      return choices;
    case 'cmpxchg8b':
    case 'cmpxchg16b': {
      const length = name === 'cmpxchg16b' ? 16 : 8;
      choices.bytes = length;
      choices.alignment = random.chance(0.9) ? length : 1;
      if (random.chance(0.6)) {
        loadFromTarget(bench, choices, length, [RAX, RDX]);
      }
      return choices;
    }
    case 'enter':
      choices.immediate = random.chance(0.8) ? random.below(200) : random.bits();
      bench.setRegister(RBP, bench.target(64, 8));
      return choices;
    case 'leave':
      if (random.chance(0.95)) bench.setRegister(RBP, bench.target(8, 8));
      return choices;
    case 'xlat':
    case 'xlatb':
      bench.setRegister(RBX, bench.target(256, 1));
      return choices;
    case 'maskmovq':
    case 'maskmovdqu':
      // Processors differ in whether they look at the bytes that the mask leaves out.
      bench.setRegister(RDI, BigInt.asUintN(32, bench.target(16, 1)));
      return choices;
    case 'popf':
    case 'popfd':
    case 'popfq':
      // No single steps, no alignment checks, no nested tasks.
      bench.items.push({
        bytes: [0x68, ...bytes32((random.bits() & 0x8d5) | (random.chance(0.2) ? 0x400 : 0))],
      });
      return choices;
    case 'pop':
      return choices;
    case 'ldmxcsr':
      storeAtTarget(bench, choices, 4, at => [
        store32(at, mxcsrValue(random) | (random.chance(0.03) ? 0x1_0000 : 0)),
      ]);
      return choices;
    case 'fldcw':
      storeAtTarget(bench, choices, 2, at => [store16(at, controlWord(random))]);
      return choices;
    case 'fldenv':
    case 'frstor': {
      const step = size === 16 ? 2 : 4;
      storeAtTarget(bench, choices, name === 'fldenv' ? 7 * step : 7 * step + 80, at => {
        const control = controlWord(random);
        return [
          store16(at, control),
          store16(at + step, statusWord(random, control)),
          store16(at + 2 * step, random.bits()),
        ];
      });
      return choices;
    }
    case 'fxrstor':
      choices.alignment = random.chance(0.95) ? 16 : 1;
      storeAtTarget(bench, choices, 512, at => {
        const control = controlWord(random);
        return [
          store32(at, control | (statusWord(random, control) << 16)),
          store32(at + 4, random.below(256)),
          store32(at + 24, mxcsrValue(random)),
        ];
      });
      return choices;
    case 'fxsave':
    case 'fnsave':
    case 'fnstenv':
      choices.bytes = name === 'fxsave' ? 512 : name === 'fnsave' ? 108 : 28;
      choices.alignment = name === 'fxsave' && random.chance(0.95) ? 16 : 1;
      choices.target = bench.target(choices.bytes, choices.alignment);
      choices.ignores = ignoredOf(name, size).map(([from, to]) => ({
        from: Number(choices.target) + from,
        to: Number(choices.target) + to,
      }));
      return choices;
    case 'wrfsbase':
    case 'wrgsbase': {
      const register = bench.freeRegister();
      const value = random.chance(0.8) ? bench.target(8, 1) : BigInt(edge32(random));
      bench.setRegister(register, value);
      choices.rmRegister = register;
      return choices;
    }
    case 'pcmpestri':
    case 'pcmpestrm':
      if (random.chance(0.8)) {
        bench.setRegister(RAX, BigInt(random.between(-20, 20)));
        bench.setRegister(RDX, BigInt(random.between(-20, 20)));
      }
      return choices;
    default:
  }
  if (operands.some(({ letter, width }) => letter === 'M' && width === 'n') && row.name.startsWith('f')) {
    choices.bytes = 10;
    // Its eight bytes and its two are accesses of their own, at the end of the canonical addresses too.
    const target = bench.target(10, random.chance(0.5) ? 2 : 1);
    choices.target = target < 1n << 46n ? target : BigInt.asUintN(32, target);
  }
  return choices;
}

function prepareString(shape: Shape, size: OperandSize, bench: Bench): Choices {
  const { random } = bench;
  const { name } = shape.row;
  const prefixes: number[] = [];
  const isRepeated = random.chance(0.6);
  if (isRepeated) {
    prefixes.push(shape.row.repeat === 'repz' && random.chance(0.5) ? 0xf2 : 0xf3);
  }
  const is32 = random.chance(0.15);
  if (is32) prefixes.push(0x67);
  const upper = (): bigint => (is32 && random.chance(0.5) ? BigInt(random.bits() >>> 0) << 32n : 0n);
  if (isRepeated && random.chance(0.97)) {
    const count = random.chance(0.9) ? random.below(12) : random.below(600);
    bench.setRegister(RCX, BigInt(count) | upper());
  }
  const bytes = shape.operands.some(({ width }) => width === 'b' || width === 'al') ? 1 : size >> 3;
  if (/^(movs|cmps|lods|outs)/.test(name)) {
    const target = bench.target(bytes * 8, random.chance(0.5) ? bytes : 1);
    const segment = target < 1n << 46n && random.chance(0.08) ? random.pick([0x64, 0x65]) : 0;
    if (segment !== 0) prefixes.push(segment);
    const base = segment === 0x64 ? bench.state.fsBase : segment === 0x65 ? bench.state.gsBase : 0n;
    bench.setRegister(RSI, is32 ? BigInt.asUintN(32, target - base) | upper() : target - base);
  }
  if (/^(movs|cmps|stos|scas|ins)/.test(name)) {
    const target = bench.target(bytes * 8, random.chance(0.5) ? bytes : 1);
    bench.setRegister(RDI, is32 ? BigInt.asUintN(32, target) | upper() : target);
  }
  return { prefixes };
}

/** lea register, [the beginning of a group] */
function codeAddress(register: number, group: number): Item {
  return {
    bytes: [0x48, 0x8d, 0x05 | (register << 3), 0, 0, 0, 0],
    fixup: { at: 3, length: 4, kind: 'group', target: group },
  };
}

function pushCodeAddress(bench: Bench, group: number): void {
  const register = [RAX, RCX, RDX, RBX, RSI, RDI][bench.random.below(6)]!;
  bench.items.push(codeAddress(register, group), { bytes: [0x50 + register] });
  bench.changes(1 << register);
  bench.reserved |= 1 << register;
}

function storeAtTarget(bench: Bench, choices: Choices, bytes: number, stores: (at: number) => Item[]): void {
  choices.bytes = bytes;
  choices.target = bench.target(bytes, choices.alignment ?? 4);
  if (isReachable(choices.target, bench.layout.code)) bench.items.push(...stores(Number(choices.target)));
}

/** So that a comparison with memory finds it equal. */
function loadFromTarget(bench: Bench, choices: Choices, bytes: number, registers: readonly number[]): void {
  choices.target = bench.target(bytes, choices.alignment ?? (bench.random.chance(0.7) ? bytes : 1));
  const step = bytes / registers.length;
  for (const [i, register] of registers.entries()) {
    if (isReachable(choices.target, bench.layout.code))
      bench.items.push(loadRegister(register, Number(choices.target) + i * step));
    bench.changes(1 << register);
    bench.reserved |= 1 << register;
  }
}
