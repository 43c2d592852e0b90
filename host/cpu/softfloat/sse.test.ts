/**
 * SSE's arithmetic against the CPU of the host: results and MXCSR flags, under random control bits. LODGER_FLOAT_CASES
 * says how many operands each operation gets.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyFloat32, anyFloat64, near } from '../testing/float-cases.ts';
import {
  IMAGE_FCW,
  IMAGE_FTW,
  IMAGE_MXCSR,
  IMAGE_XMM,
  RECORD_BYTES,
  RECORD_LENGTH,
  RECORD_RAX,
  RECORD_RFLAGS,
  RECORD_TRAP,
  RealCpu,
  Sequence,
  isRealCpuAvailable,
} from '../testing/real-cpu.ts';
import {
  SSE_ADD,
  SSE_DIVIDE,
  SSE_MAXIMUM,
  SSE_MINIMUM,
  SSE_MULTIPLY,
  SSE_SQUARE_ROOT,
  SSE_SUBTRACT,
  SseEnvironment,
  compareFlags,
  holds,
  integerTo32,
  integerTo64,
  narrow,
  operand32,
  operand64,
  roundToIntegral,
  sse32,
  sse64,
  toInteger,
  widen,
} from './sse.ts';
import { QUIET, SIGNALLING } from './compare.ts';
import { pack32, pack64 } from './pack.ts';

const CASES = Number(process.env['LODGER_FLOAT_CASES'] ?? 1500);
const BATCH = 10_000;
const SIGFPE = 8;

interface Operands {
  /** xmm0 and xmm1 as 64-bit lanes. */
  readonly a: readonly [bigint, bigint];
  readonly b: readonly [bigint, bigint];
  readonly rax: bigint;
}

interface Outcome {
  readonly xmm0: readonly [bigint, bigint];
  readonly rax: bigint;
  readonly rflags?: number;
}

interface Instruction {
  readonly name: string;
  readonly code: readonly number[];
  readonly lanes: 32 | 64;
  readonly compute: (env: SseEnvironment, operands: Operands) => Partial<Outcome>;
}

const low = (x: bigint): number => Number(x & 0xffff_ffffn);
const high = (x: bigint): number => Number(x >> 32n);
const both = (upper: number, lower: number): bigint => (BigInt(upper) << 32n) | BigInt(lower);
/** A scalar result in the lowest lane; the rest of the destination stays. */
const scalar32 = (a: readonly [bigint, bigint], lane: number): Partial<Outcome> => ({
  xmm0: [both(high(a[0]), lane), a[1]],
});
const scalar64 = (a: readonly [bigint, bigint], lane: bigint): Partial<Outcome> => ({ xmm0: [lane, a[1]] });

const OPERATIONS = [
  ['add', 0x58, SSE_ADD],
  ['mul', 0x59, SSE_MULTIPLY],
  ['sub', 0x5c, SSE_SUBTRACT],
  ['div', 0x5e, SSE_DIVIDE],
  ['min', 0x5d, SSE_MINIMUM],
  ['max', 0x5f, SSE_MAXIMUM],
  ['sqrt', 0x51, SSE_SQUARE_ROOT],
] as const;

function arithmeticInstructions(): Instruction[] {
  return OPERATIONS.flatMap(([name, opcode, operation]): Instruction[] => [
    {
      name: `${name}ss`,
      code: [0xf3, 0x0f, opcode, 0xc1],
      lanes: 32,
      compute: (env, { a, b }) => scalar32(a, sse32(env, operation, low(a[0]), low(b[0]))),
    },
    {
      name: `${name}sd`,
      code: [0xf2, 0x0f, opcode, 0xc1],
      lanes: 64,
      compute: (env, { a, b }) => scalar64(a, sse64(env, operation, a[0], b[0])),
    },
    {
      name: `${name}pd`,
      code: [0x66, 0x0f, opcode, 0xc1],
      lanes: 64,
      compute: (env, { a, b }) => {
        const first = sse64(env, operation, a[0], b[0]);
        env.endLane();
        return { xmm0: [first, sse64(env, operation, a[1], b[1])] };
      },
    },
    {
      name: `${name}ps`,
      code: [0x0f, opcode, 0xc1],
      lanes: 32,
      compute: (env, { a, b }) => {
        const lane = (x: bigint, y: bigint): bigint => {
          const lower = sse32(env, operation, low(x), low(y));
          env.endLane();
          const upper = sse32(env, operation, high(x), high(y));
          env.endLane();
          return both(upper, lower);
        };
        return { xmm0: [lane(a[0], b[0]), lane(a[1], b[1])] };
      },
    },
  ]);
}

function comparisons(): Instruction[] {
  const flags = (name: string, opcode: number, from: number): Instruction[] => [
    {
      name: `${name}ss`,
      code: [0x0f, opcode, 0xc1],
      lanes: 32,
      compute: (env, { a, b }) => ({
        rflags: compareFlags(env, operand32(env, low(a[0])), operand32(env, low(b[0])), from),
      }),
    },
    {
      name: `${name}sd`,
      code: [0x66, 0x0f, opcode, 0xc1],
      lanes: 64,
      compute: (env, { a, b }) => ({
        rflags: compareFlags(env, operand64(env, a[0]), operand64(env, b[0]), from),
      }),
    },
  ];
  const predicate = (number: number): Instruction => ({
    name: `cmpsd ${number}`,
    code: [0xf2, 0x0f, 0xc2, 0xc1, number],
    lanes: 64,
    compute: (env, { a, b }) =>
      scalar64(a, holds(env, number, operand64(env, a[0]), operand64(env, b[0])) ? 2n ** 64n - 1n : 0n),
  });
  return [
    ...flags('ucomi', 0x2e, QUIET),
    ...flags('comi', 0x2f, SIGNALLING),
    ...[0, 1, 2, 3, 4, 5, 6, 7].map(predicate),
  ];
}

function conversions(): Instruction[] {
  const unsigned = (value: bigint, bits: number): bigint => BigInt.asUintN(bits, value);
  const toInt = (name: string, prefix: number, opcode: number, bits: 32 | 64): Instruction => ({
    name,
    code: bits === 64 ? [prefix, 0x48, 0x0f, opcode, 0xc1] : [prefix, 0x0f, opcode, 0xc1],
    lanes: prefix === 0xf3 ? 32 : 64,
    compute: (env, { b }) => {
      const x = prefix === 0xf3 ? operand32(env, low(b[0])) : operand64(env, b[0]);
      return { rax: unsigned(toInteger(env, x, bits, opcode === 0x2c), bits) };
    },
  });
  const fromInt = (name: string, prefix: number, bits: 32 | 64): Instruction => ({
    name,
    code: bits === 64 ? [prefix, 0x48, 0x0f, 0x2a, 0xc0] : [prefix, 0x0f, 0x2a, 0xc0],
    lanes: 64,
    compute: (env, { a, rax }) => {
      const value = BigInt.asIntN(bits, rax);
      return prefix === 0xf3 ? scalar32(a, integerTo32(env, value)) : scalar64(a, integerTo64(env, value));
    },
  });
  const round = (control: number): Instruction[] => [
    {
      name: `roundsd ${control}`,
      code: [0x66, 0x0f, 0x3a, 0x0b, 0xc1, control],
      lanes: 64,
      compute: (env, { a, b }) => {
        const result = roundToIntegral(env, operand64(env, b[0]), control);
        return scalar64(a, result === undefined ? 0n : pack64(result));
      },
    },
    {
      name: `roundss ${control}`,
      code: [0x66, 0x0f, 0x3a, 0x0a, 0xc1, control],
      lanes: 32,
      compute: (env, { a, b }) => {
        const result = roundToIntegral(env, operand32(env, low(b[0])), control);
        return scalar32(a, result === undefined ? 0 : pack32(result));
      },
    },
  ];
  return [
    toInt('cvtss2si', 0xf3, 0x2d, 32),
    toInt('cvtss2si 64', 0xf3, 0x2d, 64),
    toInt('cvttss2si', 0xf3, 0x2c, 32),
    toInt('cvttss2si 64', 0xf3, 0x2c, 64),
    toInt('cvtsd2si', 0xf2, 0x2d, 32),
    toInt('cvtsd2si 64', 0xf2, 0x2d, 64),
    toInt('cvttsd2si', 0xf2, 0x2c, 32),
    toInt('cvttsd2si 64', 0xf2, 0x2c, 64),
    fromInt('cvtsi2ss', 0xf3, 32),
    fromInt('cvtsi2ss 64', 0xf3, 64),
    fromInt('cvtsi2sd', 0xf2, 32),
    fromInt('cvtsi2sd 64', 0xf2, 64),
    ...[0, 1, 2, 3, 4, 9, 12].flatMap(round),
    {
      name: 'cvtss2sd',
      code: [0xf3, 0x0f, 0x5a, 0xc1],
      lanes: 32,
      compute: (env, { a, b }) => scalar64(a, widen(env, low(b[0]))),
    },
    {
      name: 'cvtsd2ss',
      code: [0xf2, 0x0f, 0x5a, 0xc1],
      lanes: 64,
      compute: (env, { a, b }) => scalar32(a, narrow(env, b[0])),
    },
  ];
}

/** All masked most of the time, any rounding, now and then FZ, DAZ and flags that are set already. */
function anyMxcsr(random: Sequence): number {
  const masks = random.below(3) === 0 ? random.below(64) : 0x3f;
  const rest =
    (random.below(4) << 13) | (random.below(4) === 0 ? 0x8000 : 0) | (random.below(4) === 0 ? 0x40 : 0);
  const flags = random.below(4) === 0 ? random.below(64) & masks : 0;
  return (masks << 7) | rest | flags;
}

function anyOperands(random: Sequence, lanes: 32 | 64): Operands {
  const lane = (): bigint =>
    lanes === 64 ? anyFloat64(random) : both(anyFloat32(random), anyFloat32(random));
  const related = (x: bigint): bigint => {
    if (random.below(3) !== 0) return lane();
    if (lanes === 64) return near(random, x, 11, 52);
    return both(Number(near(random, x >> 32n, 8, 23)), Number(near(random, x & 0xffff_ffffn, 8, 23)));
  };
  const a = [lane(), lane()] as const;
  const rax = BigInt.asUintN(64, BigInt.asIntN(64, random.bits64()) >> BigInt(random.below(64)));
  return { a, b: [related(a[0]), related(a[1])], rax };
}

describe.skipIf(!isRealCpuAvailable)('SSE arithmetic is what the CPU of the host does', () => {
  let cpu: RealCpu;
  beforeAll(() => {
    cpu = new RealCpu();
  });
  afterAll(() => cpu[Symbol.dispose]());

  function compareBatch(instruction: Instruction, random: Sequence, count: number): string[] {
    const records = Buffer.alloc(count * RECORD_BYTES);
    const inputs: { operands: Operands; mxcsr: number }[] = [];
    for (let i = 0; i < count; i++) {
      const at = i * RECORD_BYTES;
      const input = { operands: anyOperands(random, instruction.lanes), mxcsr: anyMxcsr(random) };
      inputs.push(input);
      records.set(instruction.code, at);
      records[at + RECORD_LENGTH] = instruction.code.length;
      records.writeBigUInt64LE(input.operands.rax, at + RECORD_RAX);
      records.writeUInt16LE(0x37f, at + IMAGE_FCW);
      records[at + IMAGE_FTW] = 0;
      records.writeUInt32LE(input.mxcsr, at + IMAGE_MXCSR);
      const lanes = [...input.operands.a, ...input.operands.b];
      lanes.forEach((lane, k) => records.writeBigUInt64LE(lane, at + IMAGE_XMM + 8 * k));
    }
    const out = cpu.run(records);
    const differences: string[] = [];
    const env = new SseEnvironment();
    for (let i = 0; i < count; i++) {
      const at = i * RECORD_BYTES;
      const { operands, mxcsr } = inputs[i]!;
      const computed = instruction.compute(env.begin(mxcsr), operands);
      const expected = {
        trap: out[at + RECORD_TRAP] === SIGFPE,
        mxcsr: out.readUInt32LE(at + IMAGE_MXCSR),
        xmm0: [out.readBigUInt64LE(at + IMAGE_XMM), out.readBigUInt64LE(at + IMAGE_XMM + 8)] as const,
        rax: out.readBigUInt64LE(at + RECORD_RAX),
        rflags: out.readUInt32LE(at + RECORD_RFLAGS) & 0x8d5,
      };
      const written = env.isTrapped ? {} : computed;
      const got = {
        trap: env.isTrapped,
        mxcsr: mxcsr | env.exceptions,
        xmm0: written.xmm0 ?? operands.a,
        rax: written.rax ?? operands.rax,
        rflags: written.rflags ?? 0,
      };
      const text = (x: object): string =>
        JSON.stringify(x, (_, v: unknown) => (typeof v === 'bigint' ? v.toString(16) : v));
      if (text(expected) !== text(got)) {
        differences.push(
          `${instruction.name} ${mxcsr.toString(16)} ${text(operands)}\n  cpu  ${text(expected)}\n  here ${text(got)}`,
        );
      }
    }
    return differences;
  }

  for (const instruction of [...arithmeticInstructions(), ...comparisons(), ...conversions()]) {
    it(instruction.name, { timeout: 600_000 }, () => {
      const random = new Sequence(instruction.code.reduce((sum, byte) => sum * 31 + byte, 7));
      for (let done = 0; done < CASES; done += BATCH) {
        const differences = compareBatch(instruction, random, Math.min(BATCH, CASES - done));
        expect(differences.slice(0, 5).join('\n'), `${differences.length} differ`).toBe('');
      }
    });
  }
});
