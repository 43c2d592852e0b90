/** The integer instructions where they are easy to get wrong. What is random is compared by `npm run fuzz:cpu`. */
import { beforeEach, describe, expect, it } from 'vitest';
import * as cpu from '../../../kernel/abi/cpu-context.ts';
import { FEATURES } from '../cpuid.ts';
import { DECODED, Decoder, Instruction } from '../decoder.ts';
import { TestMachine } from '../testing/test-machine.ts';
import { allRows } from './all.ts';

const { RAX, RBX, RCX, RDX, RSP, RBP, RSI, RDI } = cpu;
const CODE = 0x1_0000;
/** Two pages, and nothing behind them. */
const DATA = 0x2_0000;
const END = DATA + 0x2000;
const [CF, ZF, SF, OF] = [0x1, 0x40, 0x80, 0x800];

const machine = new TestMachine();
machine.map(CODE, 1, { isReadable: true, isExecutable: true });
machine.map(DATA, 2, { isReadable: true, isWritable: true });

/** Executes the code and an int3; returns what stopped it. */
function run(hex: string, registers: Readonly<Record<number, bigint | number>> = {}, flags = 0): number {
  machine.poke(CODE, [...Buffer.from(`${hex.replaceAll(' ', '')}cc`, 'hex')]);
  machine.setGpr(RSP, BigInt(END - 64));
  for (const [number, value] of Object.entries(registers)) machine.setGpr(Number(number), BigInt(value));
  machine.processor.writeFlags(machine.context, flags);
  machine.rip = CODE;
  return machine.run();
}
const gpr = (number: number): bigint => machine.gpr(number);
const flag = (mask: number): boolean => (machine.processor.readFlags(machine.context) & mask) !== 0;
const quad = (at: number): bigint => Buffer.from(machine.peek(at, 8)).readBigUInt64LE();
const text = (at: number, length: number): string => Buffer.from(machine.peek(at, length)).toString('latin1');

beforeEach(() => {
  machine.poke(DATA, new Uint8Array(0x2000));
});

describe('arithmetic', () => {
  it('carries through adc and borrows through sbb', () => {
    run('4811d8', { [RAX]: -1, [RBX]: 0 }, CF); // adc rax, rbx
    expect([gpr(RAX), flag(CF), flag(ZF), flag(OF)]).toEqual([0n, true, true, false]);
    run('18d8', { [RAX]: 0x1280, [RBX]: 0x7f }, CF); // sbb al, bl
    expect([gpr(RAX), flag(CF), flag(OF)]).toEqual([0x1200n, false, true]);
  });

  it('clears the upper half of a 32-bit destination only', () => {
    run('89c0', { [RAX]: 0x1122_3344_5566_7788n }); // mov eax, eax
    expect(gpr(RAX)).toBe(0x5566_7788n);
    run('6689d8', { [RAX]: 0x1122_3344_5566_7788n, [RBX]: 0 }); // mov ax, bx
    expect(gpr(RAX)).toBe(0x1122_3344_5566_0000n);
    run('b405', { [RAX]: 0x1122_3344_5566_7788n }); // mov ah, 5
    expect(gpr(RAX)).toBe(0x1122_3344_5566_0588n);
  });

  it('multiplies to 128 bits', () => {
    run('48f7e1', { [RAX]: -1, [RCX]: -1 }); // mul rcx
    expect([gpr(RAX), gpr(RDX), flag(CF)]).toEqual([1n, 0xffff_ffff_ffff_fffen, true]);
    run('48f7e9', { [RAX]: -1, [RCX]: -1 }); // imul rcx
    expect([gpr(RAX), gpr(RDX), flag(CF)]).toEqual([1n, 0n, false]);
  });

  it('divides 128 bits', () => {
    const registers = { [RAX]: 0x0123_4567_89ab_cdefn, [RDX]: 0x7654_3210n, [RCX]: 0xfedc_ba98_0000_0001n };
    expect(run('48f7f1', registers)).toBe(cpu.TRAP_BREAKPOINT); // div rcx
    const number = (0x7654_3210n << 64n) | 0x0123_4567_89ab_cdefn;
    expect([gpr(RAX), gpr(RDX)]).toEqual([number / registers[RCX], number % registers[RCX]]);
    run('48f7f9', { [RAX]: -7, [RDX]: -1, [RCX]: 2 }); // idiv rcx
    expect([gpr(RAX), gpr(RDX)].map(value => BigInt.asIntN(64, value))).toEqual([-3n, -1n]);
  });

  it.each([
    ['div rcx: by zero', '48f7f1', { [RAX]: 1, [RDX]: 0, [RCX]: 0 }],
    ['div rcx: too large a quotient', '48f7f1', { [RAX]: 0, [RDX]: 5, [RCX]: 5 }],
    ['idiv rcx: -2^63 / -1', '48f7f9', { [RAX]: 1n << 63n, [RDX]: -1, [RCX]: -1 }],
    ['idiv rcx: -2^127 / -1', '48f7f9', { [RAX]: 0, [RDX]: 1n << 63n, [RCX]: -1 }],
    ['idiv ecx: -2^63 / -1', 'f7f9', { [RAX]: 0, [RDX]: 0x8000_0000, [RCX]: 0xffff_ffff }],
    ['idiv cl: 128', 'f6f9', { [RAX]: 256, [RCX]: 2 }],
  ])('refuses %s, and changes nothing', (_name, hex, registers) => {
    expect(run(hex, registers)).toBe(cpu.TRAP_DIVIDE);
    expect(machine.rip).toBe(CODE);
    expect(gpr(RAX)).toBe(BigInt(registers[RAX]));
  });

  it('adds atomically across a page boundary', () => {
    machine.poke(DATA + 0xffd, [0xff, 0xff, 0xff, 0xff]);
    run('f0480fc14701', { [RAX]: 1, [RDI]: DATA + 0xffc }); // lock xadd [rdi+1], rax
    expect([gpr(RAX), quad(DATA + 0xffd)]).toEqual([0xffff_ffffn, 0x1_0000_0000n]);
  });

  it('compares and exchanges 16 bytes, if they are aligned', () => {
    machine.poke(DATA, [7, 0, 0, 0, 0, 0, 0, 0, 9]);
    const registers = { [RAX]: 7, [RDX]: 9, [RBX]: 1, [RCX]: 2, [RDI]: DATA };
    run('f0480fc70f', registers); // lock cmpxchg16b [rdi]
    expect([quad(DATA), quad(DATA + 8), flag(ZF)]).toEqual([1n, 2n, true]);
    run('480fc70f', registers);
    expect([gpr(RAX), gpr(RDX), flag(ZF)]).toEqual([1n, 2n, false]);
    expect(run('480fc74f08', registers)).toBe(cpu.TRAP_PROTECTION);
  });
});

describe('shifts and bits', () => {
  it('leaves the flags alone when the count is 0', () => {
    run('d3e0', { [RAX]: 0xffff_ffff_0000_0001n, [RCX]: 32 }, CF | OF); // shl eax, cl
    expect([gpr(RAX), flag(CF), flag(OF), flag(ZF)]).toEqual([1n, true, true, false]);
  });

  it('rotates bytes through carry by more than their size', () => {
    run('d2d0', { [RAX]: 0x81, [RCX]: 19 }, CF); // rcl al, cl: by 19 is by 1
    expect([gpr(RAX), flag(CF)]).toEqual([0x03n, true]);
    run('48d3d8', { [RAX]: 1, [RCX]: 1 }, CF); // rcr rax, cl
    expect([gpr(RAX), flag(CF)]).toEqual([1n << 63n, true]);
  });

  it('reaches bits beyond the operand, to both sides', () => {
    run('480fab0f', { [RDI]: DATA + 0x100, [RCX]: -1 }); // bts [rdi], rcx
    expect(quad(DATA + 0xf8)).toBe(1n << 63n);
    run('480fab0f', { [RDI]: DATA + 0x100, [RCX]: 130 });
    expect(quad(DATA + 0x110)).toBe(4n);
    run('f00fb30f', { [RDI]: DATA + 0x120, [RCX]: -95n }); // lock btr dword ptr [rdi], ecx
    expect([quad(DATA + 0x110), flag(CF)]).toEqual([4n, false]);
  });

  it('computes the crc32 of "123456789"', () => {
    const registers = { [RAX]: 0xffff_ffff, [RBX]: Buffer.from('12345678').readBigUInt64LE(), [RCX]: 0x39 };
    run('f2480f38f1c3 f20f38f0c1', registers); // crc32 rax, rbx; crc32 eax, cl
    expect(gpr(RAX) ^ 0xffff_ffffn).toBe(0xe306_9283n);
  });
});

describe('the stack', () => {
  it('pushes rsp as it was, and computes an address with rsp after it has moved', () => {
    run('5458'); // push rsp; pop rax
    expect([gpr(RAX), gpr(RSP)]).toEqual([BigInt(END - 64), BigInt(END - 64)]);
    machine.poke(END - 64, [0x11]);
    run('8f442408'); // pop [rsp+8]
    expect([quad(END - 48), gpr(RSP)]).toEqual([0x11n, BigInt(END - 56)]);
    run('5c'); // pop rsp
    expect(gpr(RSP)).toBe(0x11n);
  });

  it('does not move rsp when the store traps', () => {
    expect(run('8f042400', { [RSP]: END - 8 })).toBe(cpu.TRAP_PAGE_FAULT); // pop [rsp]
    expect(gpr(RSP)).toBe(BigInt(END - 8));
    expect(run('50', { [RSP]: DATA })).toBe(cpu.TRAP_PAGE_FAULT); // push rax
    expect(gpr(RSP)).toBe(BigInt(DATA));
  });

  it('nests frames', () => {
    run('c8100003', { [RBP]: DATA + 0x100, [RSP]: DATA + 0x200 }); // enter 16, 3
    expect(gpr(RBP)).toBe(BigInt(DATA + 0x1f8));
    expect([gpr(RSP), quad(DATA + 0x1f8), quad(DATA + 0x1e0)]).toEqual(
      [DATA + 0x1d0, DATA + 0x100, DATA + 0x1f8].map(BigInt),
    );
  });
});

describe('string instructions', () => {
  it('copies over pages up to the one that is missing', () => {
    machine.poke(DATA, Buffer.from('abcdefgh'.repeat(512)));
    const registers = { [RSI]: DATA, [RDI]: DATA + 0xff8, [RCX]: 0x1100 };
    expect(run('f3a4', registers)).toBe(cpu.TRAP_PAGE_FAULT); // rep movsb
    expect(text(DATA + 0xff8, 16)).toBe('abcdefghabcdefgh');
    expect([gpr(RCX), gpr(RDI), gpr(RSI)]).toEqual([0xf8, END, DATA + 0x1008].map(BigInt));
    expect(machine.rip).toBe(CODE);
  });

  it('repeats a pattern when the target is shortly behind the source', () => {
    machine.poke(DATA, Buffer.from('xyz'));
    run('f3a4', { [RSI]: DATA, [RDI]: DATA + 3, [RCX]: 8 });
    expect(text(DATA, 12)).toBe('xyzxyzxyzxy\0');
  });

  it('goes downwards with the direction flag', () => {
    machine.poke(DATA, Buffer.from('abcdef'));
    run('fdf3a4fc', { [RSI]: DATA + 5, [RDI]: DATA + 7, [RCX]: 6 }); // std; rep movsb; cld
    expect(text(DATA, 8)).toBe('ababcdef');
    expect([gpr(RSI), gpr(RDI)]).toEqual([DATA - 1, DATA + 1].map(BigInt));
  });

  it('fills over a page boundary, also in the middle of an element', () => {
    run('f3ab', { [RDI]: DATA + 0xffe, [RAX]: 0x2020_2020, [RCX]: 3 }); // rep stosd
    expect(text(DATA + 0xffd, 14)).toBe(`\0${' '.repeat(12)}\0`);
  });

  it('finds the end of a string', () => {
    machine.poke(DATA, Buffer.from('hello'));
    run('f2ae', { [RDI]: DATA, [RCX]: -1, [RAX]: 0 }); // repne scasb
    expect([gpr(RDI), flag(ZF)]).toEqual([BigInt(DATA + 6), true]);
  });

  it('keeps the flags when nothing is compared', () => {
    run('f3a6', { [RCX]: 0 }, ZF | SF); // repe cmpsb
    expect([flag(ZF), flag(SF), flag(CF)]).toEqual([true, true, false]);
  });
});

describe('traps', () => {
  it.each([
    ['ud2', '0f0b', cpu.TRAP_INVALID_OPCODE, 0],
    ['hlt', 'f4', cpu.TRAP_PROTECTION, 0],
    ['int 0x80', 'cd80', cpu.TRAP_PROTECTION, 0],
    ['int 3', 'cd03', cpu.TRAP_BREAKPOINT, 2],
    ['xgetbv', '0f01d0', cpu.TRAP_INVALID_OPCODE, 0],
    ['mov fs, eax with a kernel selector', '8ee0', cpu.TRAP_PROTECTION, 0],
    ['a lock prefix before mov', 'f08907', cpu.TRAP_INVALID_OPCODE, 0],
  ])('%s', (_name, hex, trap, length) => {
    expect(run(hex, { [RAX]: 0x10, [RDI]: DATA })).toBe(trap);
    expect(machine.rip).toBe(CODE + length);
  });

  it('leaves the next instruction and the flags in registers at syscall', () => {
    expect(run('0f05', {}, CF | ZF)).toBe(cpu.TRAP_SYSCALL);
    expect([gpr(RCX), gpr(cpu.R11), machine.rip]).toEqual([BigInt(CODE + 2), 0x243n, CODE + 2]);
  });

  it('moves the bases of fs and gs', () => {
    run('f3480faed0 64488b0425 00000000', { [RAX]: DATA }); // wrfsbase rax; mov rax, fs:[0]
    expect([gpr(RAX), machine.view.getBigUint64(machine.context + cpu.CPU_FS_BASE, true)]).toEqual([
      0n,
      BigInt(DATA),
    ]);
    expect(run('f3480faed8', { [RAX]: 1n << 47n })).toBe(cpu.TRAP_PROTECTION); // wrgsbase rax
  });

  it('exchanges r8, not nothing, when 90 has REX.B', () => {
    run('4990', { [RAX]: 1, 8: 2 });
    expect(gpr(RAX)).toBe(2n);
    run('90', { [RAX]: 0x1_0000_0001n });
    expect(gpr(RAX)).toBe(0x1_0000_0001n);
  });
});

describe('branches', () => {
  it('call pushes the address after it, ret drops arguments', () => {
    run('e801000000 cc 58'); // call over the int3; pop rax
    expect([gpr(RAX), gpr(RSP)]).toEqual([BigInt(CODE + 5), BigInt(END - 64)]);
    machine.poke(END - 64, [0x08, 0x00, 0x01]);
    run('c20800 cccccccccc'); // ret 8
    expect([machine.rip, gpr(RSP)]).toEqual([CODE + 9, BigInt(END - 48)]);
  });

  it('jumps and calls through memory and registers', () => {
    machine.poke(DATA, [0x10, 0x00, 0x01]);
    const hex = `ff27${'cc'.repeat(14)} ffd0`; // jmp [rdi]; call rax
    run(hex, { [RDI]: DATA, [RAX]: CODE + 2 });
    expect([machine.rip, quad(END - 72)]).toEqual([CODE + 3, BigInt(CODE + 0x12)]);
  });

  it('counts with ecx when the address size is 32', () => {
    run('67e2fd', { [RCX]: 0x1_0000_0003n }); // loop .
    expect(gpr(RCX)).toBe(0n);
    run('67e301cc', { [RCX]: 0x1_0000_0000n }); // jecxz over the int3
    expect(machine.rip).toBe(CODE + 5);
  });
});

describe('cpuid', () => {
  const leaf = (number: number, sub = 0): number[] => {
    run('0fa2', { [RAX]: number, [RCX]: sub });
    return [RAX, RBX, RCX, RDX].map(register => Number(gpr(register)));
  };

  it('announces what the table has, and only that', () => {
    const optional = new Set(allRows.flatMap(({ feature }) => feature ?? []));
    for (const feature of optional) expect(FEATURES, feature).toHaveProperty(feature);
    for (const [number, register, bit] of Object.values(FEATURES))
      expect(leaf(number)[register]! & (1 << bit)).not.toBe(0);
    // No xsave, no AVX, no AVX2: their instructions are not there.
    expect(leaf(1)[2]! & ((1 << 26) | (1 << 27) | (1 << 28))).toBe(0);
    expect(leaf(7)[1]! & (1 << 5)).toBe(0);
  });

  it('tells its vendor, and caches that are one', () => {
    const [, ebx, ecx, edx] = leaf(0);
    const name = Buffer.alloc(12);
    for (const [i, word] of [ebx!, edx!, ecx!].entries()) name.writeUInt32LE(word, i * 4);
    expect(name.toString()).toBe('GenuineIntel');
    const types = [0, 1, 2, 3, 4].map(sub => leaf(4, sub)[0]! & 31);
    expect(types).toEqual([1, 2, 3, 3, 0]);
  });
});

/** Opcodes that are invalid in 64-bit mode, or belong to extensions that are not announced (VEX, EVEX, 3DNow, VMX). */
const INVALID = {
  one: '06 07 0e 16 17 1e 1f 27 2f 37 3f 60 61 62 82 9a c4 c5 ce d4 d5 d6 ea',
  '0f': '04 0a 0c 0e 0f 24 25 26 27 36 37 39 3b 3c 3d 3e 3f 78 79 7a 7b a6 a7 aa',
};

it.each(Object.entries(INVALID))('knows all opcodes of the map %s but those', (map, invalid) => {
  const decoder = new Decoder(allRows);
  const into = new Instruction();
  const isKnown = (opcode: number): boolean =>
    ['', '66', 'f3', 'f2'].some(prefix =>
      Array.from({ length: 256 }, (_, modrm) => modrm).some(modrm => {
        const bytes = Buffer.alloc(24);
        const head = [...Buffer.from(prefix, 'hex'), ...(map === 'one' ? [] : [0x0f]), opcode, modrm];
        bytes.set(head);
        return decoder.decode(bytes, 0, bytes.length, 0, into) === DECODED;
      }),
    );
  const prefixes = '0f 26 2e 36 3e 40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 64 65 66 67 f0 f2 f3';
  const skipped = map === 'one' ? prefixes.split(' ') : ['38', '3a'];
  const unknown = Array.from({ length: 256 }, (_, opcode) => opcode.toString(16).padStart(2, '0')).filter(
    opcode => !skipped.includes(opcode) && !isKnown(Number.parseInt(opcode, 16)),
  );
  expect(unknown.join(' ')).toBe(invalid);
});
