/** Instructions that fault have done nothing, in both tiers. Random ones: `npm run fuzz:cpu`. */
import { beforeEach, describe, expect, it } from 'vitest';
import * as cpu from '../../kernel/abi/cpu-context.ts';
import { TestMachine } from './testing/test-machine.ts';

const { RAX, RBX, RCX, RDX, RBP, RSI, RDI, RSP } = cpu;
const CODE = 0x1_0000;
/** One page that may be written, one that may only be read, and nothing behind it. */
const DATA = 0xfffd_0000;
const READ_ONLY = DATA + 0x1000;
const END = DATA + 0x2000;

const machine = new TestMachine();
beforeEach(() => {
  machine.unmap(0, 1 << 20);
  machine.map(CODE, 1, { isReadable: true, isExecutable: true });
  machine.map(DATA, 1, { isReadable: true, isWritable: true });
  machine.map(READ_ONLY, 1, { isReadable: true });
});

interface Fault {
  readonly trap: number;
  readonly address?: number | bigint;
  readonly access?: number;
}

describe.each([
  ['interpreted', false],
  ['translated', true],
])('%s', (_, isTranslated) => {
  /** The registers before and after must be the same, flags and memory too, and RIP the instruction's address. */
  function expectFault(
    hex: string,
    registers: Readonly<Record<number, number | bigint>>,
    fault: Fault,
  ): void {
    machine.poke(CODE, [...Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0xcc]);
    const data = Uint8Array.from({ length: 0x100 }, (_, i) => i * 7);
    machine.poke(READ_ONLY - 0x80, data);
    for (let i = 0; i < 16; i++) machine.setGpr(i, BigInt(i) * 0x1111_2222_3333n);
    for (const [number, value] of Object.entries(registers)) machine.setGpr(Number(number), BigInt(value));
    machine.processor.writeFlags(machine.context, 0x8d5);
    machine.rip = CODE;
    const gprs = Array.from({ length: 16 }, (_, i) => machine.gpr(i));
    if (isTranslated) machine.processor.translate(machine.context, machine.space, [CODE]);
    expect(machine.run()).toBe(fault.trap);
    expect(machine.rip).toBe(CODE);
    expect(Array.from({ length: 16 }, (_, i) => machine.gpr(i))).toEqual(gprs);
    expect(machine.processor.readFlags(machine.context) & 0x8d5).toBe(0x8d5);
    expect(Buffer.compare(machine.peek(READ_ONLY - 0x80, 0x100), data)).toBe(0);
    if (fault.address !== undefined)
      expect(machine.view.getBigUint64(machine.context + cpu.CPU_FAULT_ADDRESS, true)).toBe(
        BigInt(fault.address),
      );
    if (fault.access !== undefined)
      expect(machine.view.getUint32(machine.context + cpu.CPU_FAULT_ACCESS, true)).toBe(fault.access);
  }
  const read = (address: number | bigint): Fault => ({
    trap: cpu.TRAP_PAGE_FAULT,
    address,
    access: cpu.ACCESS_READ,
  });
  const write = (address: number | bigint): Fault => ({
    trap: cpu.TRAP_PAGE_FAULT,
    address,
    access: cpu.ACCESS_WRITE,
  });

  it('loads from where nothing is', () => {
    expectFault('48 8b 07', { [RDI]: END }, read(END)); // mov rax, [rdi]
    expectFault('48 8b 07', { [RDI]: 0 }, read(0));
    expectFault('48 8b 47 f8', { [RDI]: 0 }, read(0xffff_ffff_ffff_fff8n));
    expectFault('48 8b 07', { [RDI]: 0x1_0000_0000n + BigInt(DATA) }, read(0x1_0000_0000n + BigInt(DATA)));
  });

  it('reports the part of an access that is not there', () => {
    expectFault('48 8b 07', { [RDI]: END - 3 }, read(END));
    expectFault('48 89 07', { [RDI]: READ_ONLY - 5 }, write(READ_ONLY)); // mov [rdi], rax
    expectFault('0f 11 07', { [RDI]: READ_ONLY - 1 }, write(READ_ONLY)); // movups [rdi], xmm0
  });

  it('changes no flags and no memory before an access that may not be', () => {
    expectFault('48 01 07', { [RDI]: READ_ONLY }, write(READ_ONLY)); // add [rdi], rax
    expectFault('f0 48 0f c1 07', { [RDI]: READ_ONLY + 8 }, write(READ_ONLY + 8)); // lock xadd [rdi], rax
    expectFault('f0 48 0f b1 1f', { [RDI]: READ_ONLY - 4 }, write(READ_ONLY)); // lock cmpxchg [rdi], rbx
    expectFault('d3 27', { [RDI]: END, [RCX]: 0 }, { trap: cpu.TRAP_PAGE_FAULT, address: END }); // shl [rdi], cl
  });

  it('leaves the stack pointer where it was', () => {
    expectFault('50', { [RSP]: READ_ONLY + 8 }, write(READ_ONLY)); // push rax
    expectFault('58', { [RSP]: END }, read(END)); // pop rax
    expectFault('ff d0', { [RSP]: DATA, [RAX]: CODE }, write(DATA - 8)); // call rax
    expectFault('c9', { [RBP]: END - 4 }, read(END)); // leave
    expectFault('8f 07', { [RSP]: DATA, [RDI]: READ_ONLY }, write(READ_ONLY)); // pop [rdi]
  });

  it('divides by zero, or overflows, without a trace', () => {
    expectFault('48 f7 f3', { [RBX]: 0 }, { trap: cpu.TRAP_DIVIDE });
    expectFault('48 f7 fb', { [RAX]: 1n << 63n, [RDX]: -1n, [RBX]: -1n }, { trap: cpu.TRAP_DIVIDE });
  });

  it('refuses misaligned vectors, and addresses that are none', () => {
    expectFault('0f 28 07', { [RDI]: DATA + 8 }, { trap: cpu.TRAP_PROTECTION }); // movaps xmm0, [rdi]
    expectFault('48 8b 07', { [RDI]: 1n << 47n }, { trap: cpu.TRAP_PROTECTION });
    expectFault('f4', {}, { trap: cpu.TRAP_PROTECTION }); // hlt
  });

  it('knows no instruction there', () => {
    expectFault('0f 0b', {}, { trap: cpu.TRAP_INVALID_OPCODE });
    expectFault('06', {}, { trap: cpu.TRAP_INVALID_OPCODE });
    expectFault('f0 48 89 c0', {}, { trap: cpu.TRAP_INVALID_OPCODE }); // lock mov
  });

  it('faults in the middle of a repeated instruction with what is left to do', () => {
    machine.poke(CODE, [0xf3, 0xa4]); // rep movsb
    machine.poke(DATA, new Uint8Array(0x2000).fill(5));
    machine.setGpr(RCX, 100n);
    machine.setGpr(RSI, BigInt(DATA + 16));
    machine.setGpr(RDI, BigInt(READ_ONLY - 40));
    machine.processor.writeFlags(machine.context, 0);
    machine.rip = CODE;
    if (isTranslated) machine.processor.translate(machine.context, machine.space, [CODE]);
    expect(machine.run()).toBe(cpu.TRAP_PAGE_FAULT);
    expect([RCX, RSI, RDI].map(number => Number(machine.gpr(number)))).toEqual([60, DATA + 56, READ_ONLY]);
    expect(machine.rip).toBe(CODE);
  });

  it('jumps to where nothing is, and faults there', () => {
    machine.poke(CODE, [0xff, 0xd0]); // call rax
    machine.setGpr(RAX, 0x7000n);
    machine.setGpr(RSP, BigInt(DATA + 0x100));
    machine.rip = CODE;
    if (isTranslated) machine.processor.translate(machine.context, machine.space, [CODE]);
    expect(machine.run()).toBe(cpu.TRAP_PAGE_FAULT);
    expect([machine.rip, Number(machine.gpr(RSP))]).toEqual([0x7000, DATA + 0xf8]);
    expect(machine.view.getUint32(machine.context + cpu.CPU_FAULT_ACCESS, true)).toBe(cpu.ACCESS_EXECUTE);
  });
});
