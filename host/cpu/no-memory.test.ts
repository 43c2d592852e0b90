/** The processor's own memory runs out: nothing is executed, nobody but the caller hears of it, and it goes on later. */
import { describe, expect, it } from 'vitest';
import * as cpu from '../../kernel/abi/cpu-context.ts';
import { TestMachine } from './testing/test-machine.ts';

const CODE = 0x1_0000;
const RWX = { isReadable: true, isWritable: true, isExecutable: true };
// mov eax, 7; int3
const SEVEN = [0xb8, 7, 0, 0, 0, 0xcc];

/** Refuses memory at the calls with these numbers. */
class PoorMachine extends TestMachine {
  calls = 0;
  isRefused: (call: number) => boolean = () => false;

  override provide(order: number): number {
    return this.isRefused(this.calls++) ? 0 : super.provide(order);
  }
}

describe.each(['run', 'step'] as const)('%s', how => {
  it.each([0, 1, 2])('is not done without the piece of memory number %i, and then it is', refused => {
    const machine = new PoorMachine();
    machine.isRefused = call => call === refused;
    machine.map(CODE, 1, RWX);
    machine.poke(CODE, SEVEN);
    machine.rip = CODE;
    const go = (): number => machine.processor[how](machine.context, machine.space, 1000);
    expect(go()).toBe(cpu.TRAP_NO_MEMORY);
    expect(machine.rip).toBe(CODE);
    expect(go()).toBe(how === 'run' ? cpu.TRAP_BREAKPOINT : cpu.TRAP_DEBUG);
    expect(machine.gpr(cpu.RAX)).toBe(7n);
  });
});

it('shares the slots that there are when no more can be had, and does not ask each time', () => {
  const machine = new PoorMachine(undefined, { spaces: 4 });
  machine.map(CODE, 1, RWX);
  machine.poke(CODE, SEVEN);
  const spaces = Array.from({ length: 6 }, () => machine.processor.createSpace(machine));
  machine.isRefused = call => call >= 3;
  for (let i = 0; i < 100; i++) {
    machine.rip = CODE;
    machine.setGpr(cpu.RAX, 0n);
    expect(machine.processor.run(machine.context, spaces[i % 6]!, 1000)).toBe(cpu.TRAP_BREAKPOINT);
    expect(machine.gpr(cpu.RAX)).toBe(7n);
  }
  expect(machine.calls).toBeLessThan(6);
});

/** Functions of `mov eax, i; ret`, each in a place of its own, called one after the other; RDX counts their sum. */
function manyFunctions(machine: TestMachine, count: number): () => bigint {
  const pages = Math.ceil((count * 16) / 4096);
  machine.map(CODE, pages, RWX);
  machine.map(0x800_0000, 1, RWX);
  for (let i = 0; i < count; i++)
    machine.poke(CODE + i * 16, [0xb8, i & 255, (i >> 8) & 255, i >> 16, 0, 0xc3]);
  // L: mov rdi, rcx; shl rdi, 4; add rdi, CODE; call rdi; add rdx, rax; dec rcx; jns L; int3
  const loop = '48 89 cf  48 c1 e7 04  48 81 c7 00 00 01 00  ff d7  48 01 c2  48 ff c9  79 e8  cc';
  machine.poke(0x800_0000, [...Buffer.from(loop.replaceAll(' ', ''), 'hex')]);
  return () => {
    machine.setGpr(cpu.RSP, 0x800_0f00n);
    machine.setGpr(cpu.RCX, BigInt(count - 1));
    machine.setGpr(cpu.RDX, 0n);
    machine.rip = 0x800_0000;
    expect(machine.run(100_000_000)).toBe(cpu.TRAP_BREAKPOINT);
    return machine.gpr(cpu.RDX);
  };
}

it.each([
  { arenas: 1, hotTurns: 0 },
  { arenas: 1, hotTurns: 1 },
  { arenas: 1, hotTurns: 2, regionSlots: 7 },
  { arenas: 2, hotTurns: 3, regionSlots: 100 },
])('programs larger than the room for their code come out right: %o', options => {
  const machine = new TestMachine(undefined, options);
  const count = 16_000;
  const run = manyFunctions(machine, count);
  for (let round = 0; round < 3; round++) expect(run()).toBe(BigInt((count * (count - 1)) / 2));
});

it('drops a page quickly that was executed at very many addresses', () => {
  const machine = new TestMachine(undefined, { arenas: 40 });
  machine.map(CODE, 1, RWX);
  machine.poke(CODE, SEVEN);
  for (let i = 0; i < 20_000; i++) {
    const at = 0x100_0000 + i * 4096;
    machine.alias(at, CODE, RWX);
    machine.rip = at;
    machine.run();
  }
  const begin = performance.now();
  machine.processor.codeChanged(machine.translate(CODE, cpu.ACCESS_EXECUTE) >>> 12);
  expect(performance.now() - begin).toBeLessThan(1000);
});
