/** Encodes one instruction of a row with random operands, prefixes and addressing forms. Source: SDM volume 2, 2.1–2.2. */
import type { Bench } from './bench.ts';
import type { Fixup, Item } from './block.ts';
import type { OperandSize, Shape } from './shape.ts';
import { RBP, RCX, RSP } from '../../../kernel/abi/cpu-context.ts';
import { bytes32 } from './bench.ts';
import { bitsOf } from './shape.ts';
import { edge32, edge64 } from './values.ts';

/** What a preparation (prepare.ts) has decided about the instruction. */
export interface Choices {
  size?: OperandSize;
  rm?: 'register' | 'memory';
  /** Numbers of the registers in ModRM.reg, ModRM.rm and the opcode. */
  regRegister?: number;
  rmRegister?: number;
  /** The first immediate. */
  immediate?: number;
  /** Where the access of the memory operand lies. */
  target?: bigint;
  /** Distance from the address in the operand to the one that is accessed (bit strings). */
  targetOffset?: bigint;
  /** Bytes that a memory operand without a width has, and their alignment. */
  bytes?: number;
  alignment?: number;
  /** Group that a relative operand leads to. */
  group?: number;
  isAddress32?: boolean;
  ignores?: Item['ignores'];
  /** Prefixes beyond those that the operands ask for. */
  prefixes?: readonly number[];
}

interface Memory {
  modrm: number;
  rex: number;
  rest: number[];
  fixup?: { at: number; target: number };
}

const FS = 0x64;
const GS = 0x65;

export function chooseSize(shape: Shape, bench: Bench): OperandSize {
  const { sizes } = shape;
  if (sizes.length === 1) return sizes[0]!;
  // 16 bits are rare in programs, but where the mistakes are.
  return bench.random.pick(sizes);
}

export function encode(shape: Shape, size: OperandSize, choices: Choices, bench: Bench): Item {
  const { random } = bench;
  const { row, operands } = shape;
  const legacy: number[] = [];
  let rex = 0;
  let needsRex = false;
  let forbidsRex = false;
  let fixup: Fixup | undefined;

  // Operand size.
  const hasSizePrefix = shape.sizes.includes(16) && size === 16;
  const isWide =
    shape.rexW ?? (size === 64 && !row.default64 && shape.sizes.includes(64) && shape.sizes.length > 1);
  if (hasSizePrefix) legacy.push(0x66);
  if (isWide) rex |= 8;
  else if (row.default64 && size === 64 && shape.rexW === undefined && random.chance(0.05)) rex |= 8;

  // Registers. 8-bit ones: 4 to 7 are ah to bh without REX, spl to dil with it.
  const register = (letter: string, bits: number, chosen: number | undefined, limit = 16): number => {
    let number = chosen ?? (random.chance(0.6) ? random.below(Math.min(limit, 8)) : random.below(limit));
    const isGeneral = 'EGRZ'.includes(letter);
    if (isGeneral && (bench.counters & (1 << number)) !== 0) number = RBP;
    // The stack pointer stays where it is, mostly.
    if (isGeneral && bits > 8 && number === RSP && chosen === undefined && random.chance(0.9))
      number = random.below(4);
    if (isGeneral && bits === 8 && number >= 4 && number < 8 && chosen === undefined) {
      if (needsRex || rex !== 0 || random.chance(0.4)) {
        if (number === RSP && random.chance(0.9)) number = RBP;
        if (forbidsRex) number -= 4;
        else needsRex = true;
      } else forbidsRex = true;
    }
    if (number >= 8 && forbidsRex) number -= 8;
    if (number >= 8) needsRex = true;
    return number;
  };
  const rmIsMemory =
    shape.rm === 'memory' ||
    (shape.rm === 'either' && (choices.rm === undefined ? random.chance(0.45) : choices.rm === 'memory'));
  const isLocked = row.lock === true && rmIsMemory && random.chance(0.25);

  let reg = shape.extension ?? -1;
  let rm = -1;
  let opcodeRegister = 0;
  let memoryBits = -1;
  let changed = 0;
  for (const operand of operands) {
    const bits = bitsOf(operand, size);
    switch (operand.letter) {
      case 'G':
        reg = register('G', bits, choices.regRegister);
        changed |= changedBit(reg, bits, forbidsRex);
        break;
      case 'V':
        reg = register('V', bits, choices.regRegister);
        break;
      case 'P':
        reg = random.below(8);
        break;
      case 'S':
        reg = choices.regRegister ?? random.below(6);
        break;
      case 'Z':
        opcodeRegister = register('Z', bits, choices.regRegister);
        changed |= changedBit(opcodeRegister, bits, forbidsRex);
        break;
      case 'E':
      case 'R':
      case 'W':
      case 'U':
      case 'Q':
      case 'N':
      case 'M':
        if (rmIsMemory) memoryBits = bits;
        else {
          rm = register(operand.letter, bits, choices.rmRegister, 'QN'.includes(operand.letter) ? 8 : 16);
          if ('ER'.includes(operand.letter)) changed |= changedBit(rm, bits, forbidsRex);
        }
        break;
      case 'fixed':
        bench.reserved |= operand.width === 'cl' ? 1 << RCX : 0;
        break;
      default:
    }
  }
  if (shape.hasModrm && shape.fixed === undefined && reg < 0) reg = random.below(8);

  let modrm = -1;
  let tail: number[] = [];
  if (shape.fixed !== undefined) modrm = shape.fixed;
  else if (shape.hasModrm) {
    if (rmIsMemory) {
      const bytes = choices.bytes ?? Math.max(memoryBits >> 3, 0);
      const needsAlignment = operands.some(({ letter, width }) => width === 'x' && 'WM'.includes(letter));
      const alignment = choices.alignment ?? (needsAlignment ? 16 : random.chance(0.5) ? bytes : 1);
      const target = choices.target ?? bench.target(bytes, alignment);
      const isAddress32 = choices.isAddress32 ?? (random.chance(0.07) && target < 1n << 32n);
      if (isAddress32) legacy.push(0x67);
      const segment = segmentOverride(bench, target);
      if (segment !== 0) legacy.push(segment);
      const base = segment === FS ? bench.state.fsBase : segment === GS ? bench.state.gsBase : 0n;
      const memory = encodeMemory(
        bench,
        target - base - (choices.targetOffset ?? 0n),
        isAddress32,
        forbidsRex,
      );
      if ((memory.rex & 7) !== 0) needsRex = true;
      rex |= memory.rex;
      modrm = memory.modrm | ((reg & 7) << 3);
      tail = memory.rest;
      if (memory.fixup) fixup = { kind: 'data', length: 4, ...memory.fixup };
    } else {
      if (rm < 0) rm = random.below(8);
      modrm = 0xc0 | ((reg & 7) << 3) | (rm & 7);
      if (rm >= 8) rex |= 1;
    }
    if (reg >= 8) rex |= 4;
  }
  if (opcodeRegister >= 8) rex |= 1;

  // Immediates.
  const immediates: number[] = [];
  let isFirst = true;
  for (const { letter, width } of operands) {
    if (letter === 'O') {
      const bits = bitsOf(
        operands.find(({ letter }) => letter === 'O')!,
        size,
      );
      const target = choices.target ?? bench.target(bits >> 3, 1);
      const segment = segmentOverride(bench, target);
      if (segment !== 0) legacy.push(segment);
      const base = segment === FS ? bench.state.fsBase : segment === GS ? bench.state.gsBase : 0n;
      const address = BigInt.asUintN(64, target - base);
      const isAddress32 = address < 1n << 32n && random.chance(0.1);
      if (isAddress32) legacy.push(0x67);
      immediates.push(...bytes32(Number(address & 0xffff_ffffn)));
      if (!isAddress32) immediates.push(...bytes32(Number(address >> 32n)));
    } else if (letter === 'I') {
      const bytes = immediateBytes(width, size);
      const [low, high] =
        isFirst && choices.immediate !== undefined ? [choices.immediate, 0] : edge64(random);
      isFirst = false;
      const value =
        bytes === 8
          ? [...bytes32(low), ...bytes32(high)]
          : bytes32(bytes === 1 ? edgeByte(low, choices, random.bits()) : low);
      immediates.push(...value.slice(0, bytes));
    } else if (letter === 'J') {
      const length = width === 'b' ? 1 : 4;
      immediates.push(...bytes32(0).slice(0, length));
      fixup = { at: -1, length, kind: 'group', target: choices.group ?? 0 };
    }
  }

  // Prefixes: the mandatory one is not among those whose order does not matter, but it may stand among them.
  if (shape.prefix) legacy.push(shape.prefix);
  if (choices.prefixes) legacy.push(...choices.prefixes);
  if (isLocked) legacy.push(0xf0);
  // Prefixes that mean nothing here.
  if (random.chance(0.02)) legacy.push(random.pick([0x2e, 0x36, 0x3e, 0x26]));
  shuffle(legacy, bench);
  const isIgnored = !forbidsRex && random.chance(0.03);
  if (isIgnored) needsRex = true;
  // X without SIB, R with an extension of the opcode: not looked at.
  if (isIgnored && tail.length === 0 && random.chance(0.5) && !shape.isRegisterInOpcode) rex |= 2;
  const bytes = [...legacy];
  if (rex !== 0 || needsRex) bytes.push(0x40 | rex);
  bytes.push(...shape.map, shape.opcode + (opcodeRegister & 7));
  if (modrm >= 0) bytes.push(modrm);
  const tailAt = bytes.length;
  bytes.push(...tail);
  const immediatesAt = bytes.length;
  bytes.push(...immediates);
  if (fixup !== undefined) fixup = { ...fixup, at: fixup.kind === 'data' ? tailAt + fixup.at : immediatesAt };
  bench.changes(changed);
  return { bytes, row, ...(fixup && { fixup }), ...(choices.ignores && { ignores: choices.ignores }) };
}

function changedBit(number: number, bits: number, isHighByte: boolean): number {
  return 1 << (bits === 8 && isHighByte && number >= 4 && number < 8 ? number - 4 : number);
}

function edgeByte(low: number, choices: Choices, other: number): number {
  return choices.immediate === undefined && (other & 1) !== 0 ? other >> 8 : low;
}

/** Beyond the program's half, processors do not agree on what must be canonical: with or without the base. */
function segmentOverride({ random }: Bench, target: bigint): number {
  return target < 1n << 46n && random.chance(0.06) ? random.pick([FS, GS]) : 0;
}

function immediateBytes(width: string, size: OperandSize): number {
  switch (width) {
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

function shuffle(list: number[], { random }: Bench): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
}

/** ModRM, SIB and displacement for an effective address; registers are given the values that it takes. */
function encodeMemory(bench: Bench, wanted: bigint, isAddress32: boolean, forbidsRex: boolean): Memory {
  const { random } = bench;
  const address = isAddress32 ? BigInt.asUintN(32, wanted) : BigInt.asUintN(64, wanted);
  const how = random.below(100);
  if (how < 10) {
    const signed = BigInt.asIntN(64, address);
    if (!isAddress32 && isReachable(address, bench.layout.code))
      return { modrm: 5, rex: 0, rest: bytes32(0), fixup: { at: 0, target: Number(address) } };
    if (isAddress32 || BigInt.asIntN(32, address) === signed)
      // [disp32]: SIB without base and index
      return {
        modrm: 4,
        rex: 0,
        rest: [0x25 | (random.below(4) << 6), ...bytes32(Number(BigInt.asIntN(32, address)))],
      };
  }
  const upTo = forbidsRex ? 8 : 16;
  const scale = random.below(4);
  const anyRegister = (isIndex: boolean): number => {
    for (;;) {
      const number = random.below(upTo);
      if ((bench.reserved & (1 << number)) !== 0) continue;
      if (number === RSP && (isIndex || random.chance(0.8))) continue;
      return number;
    }
  };
  const displacement = random.chance(0.3)
    ? 0
    : random.chance(0.6)
      ? random.between(-128, 127)
      : edge32(random);
  if (how < 22) {
    // [index*scale + disp32]
    const index = anyRegister(true);
    const rest = BigInt.asIntN(64, address - BigInt(displacement >> 1));
    const value = rest >> BigInt(scale);
    const left = address - (value << BigInt(scale));
    bench.setRegister(index, high(bench, value, isAddress32));
    return {
      modrm: 4,
      rex: (index >> 3) << 1,
      rest: [(scale << 6) | ((index & 7) << 3) | 5, ...bytes32(Number(BigInt.asIntN(32, left)))],
    };
  }
  const base = anyRegister(false);
  let disp = BigInt(displacement);
  let index = 4;
  if (how < 60) {
    if (base === RSP) {
      disp = address - bench.state.gpr(RSP);
      if (BigInt.asIntN(32, disp) !== BigInt.asIntN(64, disp)) disp = 0n;
    } else bench.setRegister(base, high(bench, address - disp, isAddress32));
  } else {
    index = anyRegister(true);
    if (index === base) {
      const factor = 1n + (1n << BigInt(scale));
      const value = (address - disp) / factor;
      disp = BigInt.asIntN(32, address - value * factor);
      bench.setRegister(base, high(bench, value, isAddress32));
    } else {
      const [low, upper] = random.chance(0.5) ? [random.between(-64, 64), 0] : edge64(random);
      const indexValue = upper === 0 ? BigInt(low) : (BigInt(upper) << 32n) | BigInt(low >>> 0);
      bench.setRegister(index, indexValue);
      const offset = indexValue << BigInt(scale);
      if (base === RSP) {
        disp = address - bench.state.gpr(RSP) - offset;
        if (BigInt.asIntN(32, disp) !== BigInt.asIntN(64, disp)) disp = 0n;
      } else bench.setRegister(base, high(bench, address - offset - disp, isAddress32));
    }
  }
  const needsSib = index !== 4 || (base & 7) === 4 || random.chance(0.05);
  const amount = Number(BigInt.asIntN(32, disp));
  const fits = amount >= -128 && amount <= 127;
  const mod = amount === 0 && (base & 7) !== 5 && random.chance(0.9) ? 0 : fits && random.chance(0.9) ? 1 : 2;
  const rest = needsSib ? [(scale << 6) | ((index & 7) << 3) | (base & 7)] : [];
  rest.push(...bytes32(amount).slice(0, mod === 0 ? 0 : mod === 1 ? 1 : 4));
  return {
    modrm: (mod << 6) | (needsSib ? 4 : base & 7),
    rex: (base >> 3) | (index === 4 ? 0 : (index >> 3) << 1),
    rest,
  };
}

/** An address of programs that an instruction in `code` can name relative to RIP. */
export function isReachable(address: bigint, code: number): boolean {
  return address >= 0x1000n && address < 1n << 47n && Math.abs(Number(address) - code) < 0x7f00_0000;
}

/** With 32-bit addresses the upper half of a register does not count. */
function high(bench: Bench, value: bigint, isAddress32: boolean): bigint {
  if (!isAddress32) return value;
  return (
    BigInt.asUintN(32, value) | (bench.random.chance(0.5) ? BigInt(bench.random.bits() >>> 0) << 32n : 0n)
  );
}
