/** Code that changes while it runs, and code at the ends of pages. */
import { beforeEach, describe, expect, it } from 'vitest';
import * as cpu from '../../kernel/abi/cpu-context.ts';
import { TestMachine } from './testing/test-machine.ts';

const { RAX, RCX, RDX, RSI, RDI, RSP } = cpu;
const CODE = 0x1_0000;
const SECOND = CODE + 0x1000;
const ALIAS = 0x5_0000;
const DATA = 0x2_0000;
const RWX = { isReadable: true, isWritable: true, isExecutable: true };
const RW = { isReadable: true, isWritable: true };

const machine = new TestMachine();
beforeEach(() => {
  machine.unmap(0, 0x100);
  machine.map(CODE, 2, RWX);
  machine.map(DATA, 2, RW);
  machine.alias(ALIAS, CODE, RW);
});

function bytesOf(hex: string): number[] {
  return [...Buffer.from(hex.replaceAll(' ', ''), 'hex')];
}
function run(at: number, registers: Readonly<Record<number, number>> = {}): number {
  machine.setGpr(RSP, BigInt(DATA + 0x1f00));
  for (const [number, value] of Object.entries(registers)) machine.setGpr(Number(number), BigInt(value));
  machine.rip = at;
  return machine.run();
}
/** Translates it and runs it. */
function heat(at: number, registers: Readonly<Record<number, number>> = {}): void {
  machine.processor.translate(machine.context, machine.space, [at]);
  expect(run(at, registers)).toBe(cpu.TRAP_BREAKPOINT);
}
const rax = (): bigint => machine.gpr(RAX);

describe('a program that changes its own code', () => {
  // mov byte [rdi], sil; mov eax, 1; int3: the store goes to the constant behind it
  const patchAhead = '40 88 37  b8 01 00 00 00  cc';

  it('executes the new instruction, even if the store stands right before it', () => {
    machine.poke(CODE, bytesOf(patchAhead));
    run(CODE, { [RDI]: CODE + 4, [RSI]: 7 });
    expect(rax()).toBe(7n);
    run(CODE, { [RDI]: CODE + 4, [RSI]: 9 });
    expect(rax()).toBe(9n);
  });

  it('does so in translated code too', () => {
    machine.poke(CODE, bytesOf(patchAhead));
    heat(CODE, { [RDI]: DATA, [RSI]: 7 });
    expect(rax()).toBe(1n);
    run(CODE, { [RDI]: CODE + 4, [RSI]: 7 });
    expect(rax()).toBe(7n);
  });

  it('may do so through another address of the page', () => {
    machine.poke(CODE, bytesOf(patchAhead));
    heat(CODE, { [RDI]: DATA, [RSI]: 7 });
    run(CODE, { [RDI]: ALIAS + 4, [RSI]: 8 });
    expect(rax()).toBe(8n);
  });

  it('may do so through any of several addresses that it has written to before', () => {
    machine.alias(ALIAS + 0x1000, CODE, RW);
    machine.alias(ALIAS + 0x2000, CODE, RW);
    // mov byte [rdi], sil; int3
    machine.poke(SECOND, bytesOf('40 88 37  cc'));
    const aliases = [ALIAS, ALIAS + 0x1000, ALIAS + 0x2000, CODE];
    for (const at of aliases) run(SECOND, { [RDI]: at + 0x200, [RSI]: 1 });
    machine.poke(CODE, bytesOf('b8 01 00 00 00  cc'));
    for (const [i, at] of aliases.entries()) {
      run(CODE);
      run(SECOND, { [RDI]: at + 1, [RSI]: 10 + i });
      run(CODE);
      expect(rax()).toBe(BigInt(10 + i));
    }
  });

  it('may change a loop while it runs', () => {
    // mov ecx, 3; xor eax, eax; L: add eax, 1; inc byte [rip - 7]; dec ecx; jne L; int3
    machine.poke(CODE, bytesOf('b9 03 00 00 00  31 c0  83 c0 01  fe 05 f9 ff ff ff  ff c9  75 f3  cc'));
    run(CODE);
    expect(rax()).toBe(1n + 2n + 3n);
    machine.processor.translate(machine.context, machine.space, [CODE, CODE + 7]);
    run(CODE);
    expect(rax()).toBe(4n + 5n + 6n);
  });

  it('may write over it with string instructions', () => {
    // rep stosb; inc eax; inc eax; int3: the two are written over with nop
    machine.poke(CODE, bytesOf('f3 aa  ff c2  ff c2  cc'));
    run(CODE, { [RAX]: 0x90, [RCX]: 4, [RDI]: CODE + 2, [RDX]: 0 });
    expect(machine.gpr(RDX)).toBe(0n);
    expect(machine.gpr(RCX)).toBe(0n);
  });

  it('may write over it across the end of a page', () => {
    // mov eax, 1 across the two pages; int3
    machine.poke(SECOND - 2, bytesOf('b8 01 00 00 00 cc'));
    heat(SECOND - 2);
    expect(rax()).toBe(1n);
    // mov [rdi], rsi; jmp rdx: from data into the second page
    machine.poke(CODE, bytesOf('48 89 37  ff e2'));
    run(CODE, { [RDI]: SECOND - 1, [RSI]: 0x0102_0304, [RDX]: SECOND - 2 });
    expect(machine.peek(SECOND - 1, 8)[0]).toBe(4);
    expect(rax()).toBe(0x0102_0304n);
  });

  it('may write over it with what a helper stores', () => {
    // fninit; fld1; fistp word [rdi]; mov eax, 0x1234; int3
    machine.poke(CODE, bytesOf('db e3  d9 e8  df 1f  b8 34 12 00 00  cc'));
    heat(CODE, { [RDI]: DATA });
    expect(rax()).toBe(0x1234n);
    run(CODE, { [RDI]: CODE + 7 });
    expect(rax()).toBe(1n);
  });

  it('executes what it has just generated', () => {
    // mov [rdi], rsi; call rdi; int3
    machine.poke(CODE, bytesOf('48 89 37  ff d7  cc'));
    for (let i = 1; i < 300; i++) {
      // mov eax, i; ret
      const code = BigInt(
        `0x${Buffer.from([0xb8, i & 255, i >> 8, 0, 0, 0xc3, 0, 0])
          .reverse()
          .toString('hex')}`,
      );
      machine.setGpr(RSP, BigInt(DATA + 0x1f00));
      machine.setGpr(RDI, BigInt(CODE + 0x400));
      machine.setGpr(RSI, code);
      machine.rip = CODE;
      expect(machine.run()).toBe(cpu.TRAP_BREAKPOINT);
      expect(rax()).toBe(BigInt(i));
    }
  });
});

describe('code that the kernel changes', () => {
  it('is executed anew after a store by the kernel, and after the page was replaced', () => {
    machine.poke(CODE, bytesOf('b8 01 00 00 00 cc'));
    heat(CODE);
    machine.poke(CODE + 1, [2]);
    run(CODE);
    expect(rax()).toBe(2n);
    machine.unmap(CODE, 1);
    machine.map(CODE, 1, RWX);
    machine.poke(CODE, bytesOf('b8 03 00 00 00 cc'));
    run(CODE);
    expect(rax()).toBe(3n);
  });

  it('faults when the page is gone', () => {
    machine.poke(CODE, bytesOf('b8 01 00 00 00 cc'));
    heat(CODE);
    machine.unmap(CODE, 1);
    expect(run(CODE)).toBe(cpu.TRAP_PAGE_FAULT);
    expect(machine.view.getBigUint64(machine.context + cpu.CPU_FAULT_ADDRESS, true)).toBe(BigInt(CODE));
    expect(machine.view.getUint32(machine.context + cpu.CPU_FAULT_ACCESS, true)).toBe(cpu.ACCESS_EXECUTE);
  });
});

describe('an instruction across the end of a page', () => {
  const instruction = bytesOf('48 b8 ef cd ab 89 67 45 23 01'); // mov rax, 0x123456789abcdef

  it('is the same wherever the page ends', () => {
    for (let before = 1; before < instruction.length; before++) {
      machine.poke(SECOND - before, [...instruction, 0xcc]);
      machine.setGpr(RAX, 0n);
      expect(run(SECOND - before)).toBe(cpu.TRAP_BREAKPOINT);
      expect(rax()).toBe(0x0123_4567_89ab_cdefn);
      machine.setGpr(RAX, 0n);
      heat(SECOND - before);
      expect(rax()).toBe(0x0123_4567_89ab_cdefn);
    }
  });

  it('faults at the second page if that is not there, after what stands before it', () => {
    machine.unmap(SECOND, 1);
    const at = SECOND - 3 - 3;
    machine.poke(at, [...bytesOf('48 ff c1'), ...instruction.slice(0, 3)]); // inc rcx
    for (const isTranslated of [false, true]) {
      if (isTranslated) machine.processor.translate(machine.context, machine.space, [at]);
      expect(run(at, { [RCX]: 1 })).toBe(cpu.TRAP_PAGE_FAULT);
      expect(machine.gpr(RCX)).toBe(2n);
      expect(machine.rip).toBe(SECOND - 3);
      expect(machine.view.getBigUint64(machine.context + cpu.CPU_FAULT_ADDRESS, true)).toBe(BigInt(SECOND));
    }
  });

  it('changes with its second page', () => {
    machine.poke(SECOND - 4, [...instruction, 0xcc]);
    heat(SECOND - 4);
    machine.unmap(SECOND, 1);
    machine.map(SECOND, 1, RWX);
    machine.poke(SECOND, [0, 0, 0, 0, 0, 0, 0xcc]);
    run(SECOND - 4);
    expect(rax()).toBe(0xcdefn);
  });

  it('faults behind the last page only when it gets there', () => {
    machine.unmap(SECOND, 1);
    machine.poke(SECOND - 4, bytesOf('ff c1 ff c1'));
    expect(run(SECOND - 4, { [RCX]: 0 })).toBe(cpu.TRAP_PAGE_FAULT);
    expect(machine.gpr(RCX)).toBe(2n);
    expect(machine.rip).toBe(SECOND);
  });
});
