import { expect, it } from 'vitest';
import * as cpu from '../../kernel/abi/cpu-context.ts';
import { TestMachine } from './testing/test-machine.ts';

const CODE = 0x1_0000;

it('a run of slow instructions uses up its fuel sooner than one of quick ones', () => {
  const machine = new TestMachine();
  machine.map(CODE, 1, { isReadable: true, isExecutable: true });
  const turns = (body: readonly number[]): bigint => {
    // L: body; inc rcx; jmp L
    const back = 256 - (body.length + 5);
    machine.poke(CODE, [...body, 0x48, 0xff, 0xc1, 0xeb, back]);
    machine.setGpr(cpu.RCX, 0n);
    machine.rip = CODE;
    expect(machine.run(1000)).toBe(cpu.TRAP_INTERRUPT);
    return machine.gpr(cpu.RCX);
  };
  const quick = turns(Array.from({ length: 40 }, () => 0x90));
  // fsin
  const slow = turns(Array.from({ length: 40 }, (_, i) => [0xd9, 0xfe][i % 2]!));
  expect(quick).toBeGreaterThan(900n);
  expect(slow).toBeLessThan(20n);
});
