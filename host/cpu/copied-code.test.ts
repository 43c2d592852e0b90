/** Code whose page is replaced by a copy at the very store that changes it: after fork(2), or in a private file mapping. */
import { beforeEach, expect, it } from 'vitest';
import * as cpu from '../../kernel/abi/cpu-context.ts';
import { TestMachine } from './testing/test-machine.ts';

const PAGE = 4096;
const CODE = 0x1_0000;
const DATA = 0x2_0000;
const RWX = { isReadable: true, isWritable: true, isExecutable: true };
const RW = { isReadable: true, isWritable: true };

/** Pages that are shared get a frame of their own when they are written to. */
class CopyingMachine extends TestMachine {
  readonly shared = new Set<number>();

  override translate(address: number, access: number): number {
    const page = Math.floor(address / PAGE);
    if (access === cpu.ACCESS_WRITE && this.shared.delete(page)) {
      const before = this.peek(page * PAGE, PAGE);
      this.space.invalidate(page, page + 1);
      this.map(page * PAGE, 1, RWX);
      this.poke(page * PAGE, before);
    }
    return super.translate(address, access);
  }
}

const machine = new CopyingMachine();
beforeEach(() => {
  machine.unmap(0, 0x100);
  machine.map(CODE, 2, RWX);
  machine.map(DATA, 2, RW);
});

function run(code: string, at: number, registers: Readonly<Record<number, number>>): void {
  machine.poke(at, [...Buffer.from(code.replaceAll(' ', ''), 'hex')]);
  const go = (): void => {
    machine.setGpr(cpu.RSP, BigInt(DATA + 0x1f00));
    for (const [number, value] of Object.entries(registers)) machine.setGpr(Number(number), BigInt(value));
    machine.rip = at;
  };
  for (const isTranslated of [false, true]) {
    if (isTranslated) machine.processor.translate(machine.context, machine.space, [at]);
    // First into data, so that the code is known.
    go();
    machine.setGpr(cpu.RDI, BigInt(DATA));
    expect(machine.run()).toBe(cpu.TRAP_BREAKPOINT);
    machine.shared.add(CODE / PAGE);
    machine.shared.add(CODE / PAGE + 1);
    go();
    expect(machine.run()).toBe(cpu.TRAP_BREAKPOINT);
    expect(machine.gpr(cpu.RAX)).toBe(7n);
    machine.poke(at, [...Buffer.from(code.replaceAll(' ', ''), 'hex')]);
  }
}

it('executes the instruction that a store has changed, though the store went to a copy', () => {
  // mov byte [rdi], sil; mov eax, 1; int3
  run('40 88 37  b8 01 00 00 00  cc', CODE, { [cpu.RDI]: CODE + 4, [cpu.RSI]: 7 });
});

it('does so if the store changes another page of the same piece of code', () => {
  // The constant lies in the second page.
  run('40 88 37  b8 01 00 00 00  cc', CODE + PAGE - 4, { [cpu.RDI]: CODE + PAGE, [cpu.RSI]: 7 });
});

it('does so if the store crosses into the page', () => {
  // mov [rdi], rsi; nop…; mov eax, 1 in the second page; int3
  run(`48 89 37  90 90 90 90  b8 01 00 00 00  cc`, CODE + PAGE - 8, {
    [cpu.RDI]: CODE + PAGE - 1,
    [cpu.RSI]: 0xcc00_0000_07b8,
  });
});

it('does so after a string instruction, a locked one and a helper', () => {
  // stosb; mov eax, 1; int3
  run('aa  b8 01 00 00 00  cc', CODE, { [cpu.RDI]: CODE + 2, [cpu.RAX]: 7 });
  // lock add byte [rdi], sil; mov eax, 1; int3
  run('f0 40 00 37  b8 01 00 00 00  cc', CODE, { [cpu.RDI]: CODE + 5, [cpu.RSI]: 6 });
  // fninit; fld1; fistp word [rdi]; mov eax, 0; add eax, 6; int3
  run('db e3  d9 e8  df 1f  b8 00 00 00 00  83 c0 06  cc', CODE, { [cpu.RDI]: CODE + 7 });
});

it('does not take a changed instruction for the one that a helper knew', () => {
  // mov byte [rdi], sil; fldz (d9 ee) becomes an unknown d9 e6; mov eax, 7; int3
  machine.poke(CODE, [...Buffer.from('408837d9eeb807000000cc', 'hex')]);
  machine.shared.add(CODE / PAGE);
  machine.setGpr(cpu.RDI, BigInt(CODE + 4));
  machine.setGpr(cpu.RSI, 0xe6n);
  machine.rip = CODE;
  expect(machine.run()).toBe(cpu.TRAP_INVALID_OPCODE);
  expect(machine.rip).toBe(CODE + 3);
});
