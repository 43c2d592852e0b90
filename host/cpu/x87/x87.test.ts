/**
 * Every x87 instruction against the CPU of the host, from random states: registers, status, tags, memory, flags.
 * LODGER_FLOAT_CASES says how often each is tried.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTEXT_BYTES } from '../../../kernel/abi/cpu-context.ts';
import { anyFloat32, anyFloat64, anyFloat80, type Float80Bits } from '../testing/float-cases.ts';
import {
  CODE_ADDRESS,
  IMAGE_FCW,
  IMAGE_FDP,
  IMAGE_FIP,
  IMAGE_FOP,
  IMAGE_FSW,
  IMAGE_FTW,
  IMAGE_MXCSR,
  IMAGE_ST,
  MEMORY_ADDRESS,
  RECORD_BYTES,
  RECORD_IMAGE,
  RECORD_LENGTH,
  RECORD_MEMORY,
  RECORD_RAX,
  RECORD_RFLAGS,
  RECORD_TRAP,
  RealCpu,
  Sequence,
  isRealCpuAvailable,
} from '../testing/real-cpu.ts';
import { execute, isTrapped } from './execute.ts';
import { fxrstor, fxsave } from './image.ts';
import { findX87, type Operands, type X87Instruction } from './instructions.ts';
import { STATUS_C1, X87 } from './machine.ts';

const CASES = Number(process.env['LODGER_FLOAT_CASES'] ?? 300);
const BATCH = 10_000;
const SIGILL = 4;
const SIGFPE = 8;
const ARITHMETIC_FLAGS = 0x8d5;
const IMAGE_X87_BYTES = 160;

interface Case {
  readonly code: readonly number[];
  readonly opcode: number;
  readonly modrm: number;
  readonly operandSize: number;
  readonly instruction: X87Instruction;
}

/** The instruction with a random register, or memory at [rdi], sometimes with a 16-bit operand size. */
function anyCase(random: Sequence, instruction: X87Instruction): Case {
  const { opcode } = instruction;
  const register = 0xc0 + instruction.extension * 8 + random.below(8);
  const modrm = instruction.memory ? instruction.extension * 8 + 7 : (instruction.modrm ?? register);
  const has66 = instruction.memory !== undefined && instruction.isControl && random.below(2) === 0;
  const code = has66 ? [0x66, opcode, modrm] : [opcode, modrm];
  return { code, opcode, modrm, operandSize: has66 ? 16 : 32, instruction };
}

function writeAny80(
  random: Sequence,
  into: Buffer,
  at: number,
  bits: Float80Bits = anyFloat80(random),
): void {
  into.writeBigUInt64LE(bits.significand, at);
  into.writeUInt16LE(bits.signExponent, at + 8);
}

function anyControl(random: Sequence): number {
  const masks = random.below(3) === 0 ? random.below(64) : 0x3f;
  const precision = random.below(3) === 0 ? random.below(4) : 3;
  return 0x40 | masks | (precision << 8) | (random.below(4) << 10);
}

function anyMemory(random: Sequence, { instruction, operandSize }: Case, into: Buffer, at: number): void {
  for (let i = 0; i < 128; i += 4) into.writeUInt32LE(random.next(), at + i);
  const memory = instruction.memory;
  if (memory === undefined) return;
  if (instruction.isControl) {
    const step = operandSize === 16 ? 2 : 4;
    into.writeUInt16LE(random.below(4) === 0 ? random.next() & 0xffff : anyControl(random), at);
    if (memory.bytes > 2)
      into.writeUInt16LE(random.next() & 0xff3f & (random.below(2) === 0 ? 0xffc0 : 0xffff), at + step);
    return;
  }
  const isInteger = instruction.name.startsWith('fi');
  if (isInteger) {
    const value = BigInt.asIntN(64, random.bits64()) >> BigInt(random.below(64));
    into.writeBigInt64LE(value, at);
  } else if (memory.bytes === 4) {
    into.writeUInt32LE(anyFloat32(random), at);
  } else if (memory.bytes === 8) {
    into.writeBigUInt64LE(anyFloat64(random), at);
  } else if (memory.bytes === 10) {
    if (instruction.name === 'fbld') into.set(anyDecimal(random), at);
    else writeAny80(random, into, at);
  }
}

/** Ten bytes; mostly decimal digits. */
function anyDecimal(random: Sequence): number[] {
  const digit = (): number => random.below(random.below(20) === 0 ? 16 : 10);
  return [...Array.from({ length: 9 }, () => digit() * 16 + digit()), random.pick([0, 0x80, 0x7f, 0xff])];
}

/** Registers as they come in programs: often close to one another, often small. */
function anyRegisters(random: Sequence, into: Buffer, at: number): void {
  let last = anyFloat80(random);
  for (let i = 0; i < 8; i++) {
    let bits = anyFloat80(random);
    if (random.below(3) === 0) {
      const exponent = ((last.signExponent & 0x7fff) + random.below(8) - 4) & 0x7fff;
      bits = { ...last, signExponent: exponent | (random.below(2) << 15) };
      if (random.below(2) === 0)
        bits = { ...bits, significand: BigInt.asUintN(64, last.significand + BigInt(random.below(3))) };
    }
    writeAny80(random, into, at + 16 * i, bits);
    last = bits;
  }
}

function fillRecord(random: Sequence, test: Case, into: Buffer, at: number): void {
  into.set(test.code, at);
  into[at + RECORD_LENGTH] = test.code.length;
  const control = anyControl(random);
  const exceptions = random.below(6) === 0 ? random.below(128) : 0;
  const isPending = (exceptions & ~control & 0x3f) !== 0;
  const conditions = random.next() & 0x4700;
  const status = exceptions | conditions | (random.below(8) << 11) | (isPending ? 0x8080 : 0);
  into.writeUInt16LE(control, at + IMAGE_FCW);
  into.writeUInt16LE(status, at + IMAGE_FSW);
  into[at + IMAGE_FTW] = random.below(3) === 0 ? random.below(256) : emptyTop(random, status);
  into.writeUInt16LE(random.next() & 0x7ff, at + IMAGE_FOP);
  into.writeUInt32LE(random.next() & 0x7fff_ffff, at + IMAGE_FIP);
  into.writeUInt32LE(random.next() & 0x7fff_ffff, at + IMAGE_FDP);
  into.writeUInt32LE(0x1f80, at + IMAGE_MXCSR);
  anyRegisters(random, into, at + IMAGE_ST);
  anyMemory(random, test, into, at + RECORD_MEMORY);
  into.writeUInt32LE(random.next() & ARITHMETIC_FLAGS, at + RECORD_RFLAGS);
  into.writeBigUInt64LE(random.bits64(), at + RECORD_RAX);
}

/** All registers valid, or all but the one that a push needs. */
function emptyTop(random: Sequence, status: number): number {
  const top = (status >> 11) & 7;
  return random.below(2) === 0 ? 0xff : 0xff & ~(1 << ((top + 7) & 7));
}

/** What the instruction does here: the record as it would come out. */
function runHere(test: Case, record: Buffer): { after: Buffer; isRaised: boolean } {
  const after = Buffer.from(record);
  const view = new DataView(new ArrayBuffer(CONTEXT_BYTES));
  const image = new DataView(after.buffer, after.byteOffset + RECORD_IMAGE, 512 - 128);
  const memory = new DataView(after.buffer, after.byteOffset + RECORD_MEMORY, 512);
  const full = new DataView(new ArrayBuffer(512));
  for (let i = 0; i < 288; i++) full.setUint8(i, image.getUint8(i));
  fxrstor(view, 0, full, true);
  const x = new X87(view, 0);
  if (isTrapped(x, test.instruction)) return { after, isRaised: true };
  const scratch = new DataView(new ArrayBuffer(128));
  const bytes = test.instruction.memory?.access === 'read' ? 128 : 0;
  for (let i = 0; i < bytes; i++) scratch.setUint8(i, memory.getUint8(i));
  const on: Operands = {
    i: test.modrm & 7,
    memory: scratch,
    isStored: false,
    operandSize: test.operandSize,
    readFlags: () => after.readUInt32LE(RECORD_RFLAGS),
    writeFlags: flags => after.writeUInt32LE(flags, RECORD_RFLAGS),
    setAx: value => after.writeUInt16LE(value, RECORD_RAX),
  };
  execute(x, test.instruction, on, {
    opcode: test.opcode,
    modrm: test.modrm,
    instruction: BigInt(CODE_ADDRESS),
    data: test.instruction.memory && BigInt(MEMORY_ADDRESS),
  });
  if (on.isStored) {
    const { bytes, bytes16 } = test.instruction.memory!;
    const length = test.operandSize === 16 ? bytes16 : bytes;
    for (let i = 0; i < length; i++) memory.setUint8(i, scratch.getUint8(i));
  }
  fxsave(view, 0, full, true);
  for (let i = 0; i < IMAGE_X87_BYTES; i++) image.setUint8(i, full.getUint8(i));
  return { after, isRaised: false };
}

const hex = (value: number | bigint): string => value.toString(16);

/** What of a record is compared, by name. */
function fieldsOf(record: Buffer, memoryBytes: number, hasPointers: boolean): Record<string, string> {
  const fields: Record<string, string> = {
    cw: hex(record.readUInt16LE(IMAGE_FCW)),
    sw: hex(record.readUInt16LE(IMAGE_FSW)),
    tags: hex(record[IMAGE_FTW]!),
    flags: hex(record.readUInt32LE(RECORD_RFLAGS) & ARITHMETIC_FLAGS),
    rax: hex(record.readBigUInt64LE(RECORD_RAX)),
    memory: record.toString('hex', RECORD_MEMORY, RECORD_MEMORY + memoryBytes),
  };
  for (let i = 0; i < 8; i++) {
    const at = IMAGE_ST + 16 * i;
    fields[`st${i}`] = `${hex(record.readUInt16LE(at + 8))}:${hex(record.readBigUInt64LE(at))}`;
  }
  if (hasPointers) {
    fields['opcode'] = hex(record.readUInt16LE(IMAGE_FOP));
    fields['instruction'] = hex(record.readBigUInt64LE(IMAGE_FIP));
    fields['data'] = hex(record.readBigUInt64LE(IMAGE_FDP));
  }
  return fields;
}

/** Instructions whose results CPUs give with an error of up to one unit in the last place. */
const APPROXIMATE = new Set(['f2xm1', 'fyl2x', 'fyl2xp1', 'fptan', 'fpatan', 'fsin', 'fcos', 'fsincos']);

/** Registers whose values are neighbours; status words that differ in C1 only. */
function isNear(name: string, there: string, here: string): boolean {
  if (name === 'sw') return ((parseInt(there, 16) ^ parseInt(here, 16)) & ~STATUS_C1) === 0;
  if (!name.startsWith('st')) return false;
  const [a, b] = [there, here].map(text => {
    const [signExponent, significand] = text.split(':') as [string, string];
    // As one integer, in which neighbours differ by 1 (the integer bit left out).
    const exponent = BigInt(parseInt(signExponent, 16)) << 63n;
    return exponent | (BigInt(`0x${significand}`) & (2n ** 63n - 1n));
  });
  return a! - b! <= 1n && b! - a! <= 1n;
}

/** The state before, and what differs after; empty if nothing does. */
function differenceOf(
  test: Case,
  before: Buffer,
  expected: Buffer,
  after: Buffer,
  isRaised: boolean,
): string {
  const memoryBytes = test.instruction.memory ? 112 : 0;
  const trap = expected[RECORD_TRAP]!;
  const start = fieldsOf(before, Math.min(memoryBytes, 28), false);
  const there = fieldsOf(expected, memoryBytes, trap === 0);
  const here = fieldsOf(after, memoryBytes, trap === 0);
  const isClose = APPROXIMATE.has(test.instruction.name) ? isNear : () => false;
  const different = Object.keys(there).filter(
    name => there[name] !== here[name] && !isClose(name, there[name]!, here[name]!),
  );
  // After a trap the operating system has been at the state.
  const hasSameTrap = (trap === SIGFPE) === isRaised;
  if (hasSameTrap && (isRaised || different.length === 0)) return '';
  const shown = Object.entries(start).map(([name, value]) => `${name} ${value}`);
  const changes = different.map(name => `\n  ${name}: cpu ${there[name]} here ${here[name]}`);
  const traps = hasSameTrap ? '' : `\n  trap: cpu ${trap} here ${isRaised}`;
  return `${test.instruction.name} ${test.code.map(hex).join(' ')} ${shown.join(' ')}${traps}${changes.join('')}`;
}

describe.skipIf(!isRealCpuAvailable)('x87 instructions do what the CPU of the host does', () => {
  let cpu: RealCpu;
  beforeAll(() => {
    cpu = new RealCpu();
  });
  afterAll(() => cpu[Symbol.dispose]());

  function compareBatch(instruction: X87Instruction, random: Sequence, count: number): string[] {
    const records = Buffer.alloc(count * RECORD_BYTES);
    const tests: Case[] = [];
    for (let i = 0; i < count; i++) {
      const test = anyCase(random, instruction);
      tests.push(test);
      fillRecord(random, test, records, i * RECORD_BYTES);
    }
    const out = cpu.run(records);
    const differences: string[] = [];
    for (let i = 0; i < count; i++) {
      const test = tests[i]!;
      const before = records.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES);
      const expected = out.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES);
      const { after, isRaised } = runHere(test, before);
      if (differenceOf(test, before, expected, after, isRaised) === '') continue;
      // Where the operating system switched tasks between two instructions, pointers may have been lost: once more.
      const again = differenceOf(test, before, cpu.run(before), after, isRaised);
      if (again !== '') differences.push(again);
    }
    return differences;
  }

  const seen = new Set<X87Instruction>();
  for (let opcode = 0xd8; opcode <= 0xdf; opcode++) {
    for (let modrm = 0; modrm < 0x100; modrm++) {
      const instruction = findX87(opcode, modrm);
      if (instruction === undefined || seen.has(instruction)) continue;
      seen.add(instruction);
      const where = `${opcode.toString(16)} ${modrm < 0xc0 ? `/${instruction.extension}` : modrm.toString(16)}`;
      it(`${where} ${instruction.name} ${instruction.registers}`, { timeout: 600_000 }, () => {
        const random = new Sequence(opcode * 256 + modrm);
        for (let done = 0; done < CASES; done += BATCH) {
          const differences = compareBatch(instruction, random, Math.min(BATCH, CASES - done));
          expect(differences.slice(0, 5).join('\n'), `${differences.length} differ`).toBe('');
        }
      });
    }
  }

  it('opcodes that are none are #UD there too', () => {
    const unknown: number[][] = [];
    for (let opcode = 0xd8; opcode <= 0xdf; opcode++) {
      for (let modrm = 0; modrm < 0x100; modrm++) {
        const isTried = modrm >= 0xc0 || (modrm & 0xc7) === 0x07;
        if (isTried && findX87(opcode, modrm) === undefined) unknown.push([opcode, modrm]);
      }
    }
    const records = Buffer.alloc(unknown.length * RECORD_BYTES);
    unknown.forEach((code, i) => {
      const at = i * RECORD_BYTES;
      records.set(code, at);
      records[at + RECORD_LENGTH] = code.length;
      records.writeUInt16LE(0x37f, at + IMAGE_FCW);
      records.writeUInt32LE(0x1f80, at + IMAGE_MXCSR);
    });
    const out = cpu.run(records);
    const executed = unknown.filter((_, i) => out[i * RECORD_BYTES + RECORD_TRAP] !== SIGILL);
    expect(executed.map(code => code.map(hex).join(' '))).toEqual([]);
  });
});
