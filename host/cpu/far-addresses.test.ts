/** Addresses of 47 bits: pages and code that share an entry of the page maps or of the jump cache, in both tiers. */
import { beforeEach, describe, expect, it } from 'vitest';
import * as cpu from '../../kernel/abi/cpu-context.ts';
import { isCanonical } from './running.ts';
import { TestMachine } from './testing/test-machine.ts';

const { RAX, RBX, RCX, RDI, RSI, RSP } = cpu;
const CODE = 0x2345_0001_0000;
const DATA = 0x7000_0000;
/** The same entry of a page map has all of these pages. */
const SHARING = [0, 2 ** 31, 2 ** 32, 3 * 2 ** 31, 2 ** 40, 2 ** 46].map(distance => DATA + distance);
const END = 2 ** 47;

const machine = new TestMachine();
beforeEach(() => {
  machine.unmap(0, 2 ** 35);
  machine.map(CODE, 2, { isReadable: true, isExecutable: true });
});

describe.each([
  ['interpreted', false],
  ['translated', true],
])('%s', (_, isTranslated) => {
  function run(at = CODE): number {
    machine.rip = at;
    if (isTranslated) machine.processor.translate(machine.context, machine.space, [at]);
    return machine.run();
  }
  const poke = (hex: string, at = CODE): void =>
    machine.poke(at, Buffer.from(hex.replaceAll(' ', ''), 'hex'));

  it('tells pages apart that share an entry', () => {
    for (const [i, address] of SHARING.entries()) {
      machine.map(address, 1, { isReadable: true, isWritable: true });
      machine.poke(address, [i + 1]);
    }
    poke('8a 07 00 06 cc'); // mov al, [rdi]; add [rsi], al
    for (let turn = 0; turn < 3; turn++)
      for (const [i, from] of SHARING.entries()) {
        const to = SHARING[(i + 1) % SHARING.length]!;
        const [before] = machine.peek(to, 1);
        machine.setGpr(RDI, BigInt(from));
        machine.setGpr(RSI, BigInt(to));
        expect(run()).toBe(cpu.TRAP_BREAKPOINT);
        expect(machine.peek(to, 1)[0]).toBe((before! + machine.peek(from, 1)[0]!) & 0xff);
      }
  });

  it('forgets a page and not what shares its entry', () => {
    poke('88 07 cc'); // mov [rdi], al
    machine.setGpr(RAX, 9n);
    for (const address of SHARING) {
      machine.map(address, 1, { isReadable: true, isWritable: true });
      machine.setGpr(RDI, BigInt(address));
      expect(run()).toBe(cpu.TRAP_BREAKPOINT);
      machine.unmap(address, 1);
      expect(run()).toBe(cpu.TRAP_PAGE_FAULT);
      expect(machine.view.getBigUint64(machine.context + cpu.CPU_FAULT_ADDRESS, true)).toBe(BigInt(address));
    }
  });

  it('forgets a range that goes around the end of the maps', () => {
    const first = SHARING[2]! - 0x1000;
    machine.map(first, 2, { isReadable: true, isWritable: true });
    poke('88 07 cc');
    for (const [from, pages] of [
      [first, 1],
      [0x1000, first / 4096],
      [2 ** 31, 2 ** 30],
    ] as const) {
      machine.map(first, 1, { isReadable: true, isWritable: true });
      machine.setGpr(RDI, BigInt(first));
      expect(run()).toBe(cpu.TRAP_BREAKPOINT);
      machine.unmap(from, pages);
      if (from <= first && first < from + pages * 4096) expect(run()).toBe(cpu.TRAP_PAGE_FAULT);
      machine.unmap(first, 1);
    }
  });

  it('finds nothing at an address that nobody has', () => {
    const wild = [
      0n,
      1n << 31n,
      BigInt(END),
      1n << 63n,
      (1n << 63n) | BigInt(DATA),
      -1n << 47n,
      -(1n << 31n),
      -1n,
    ];
    poke('8a 07 cc');
    for (const address of wild) {
      machine.setGpr(RDI, address);
      expect(run()).toBe(isCanonical(address) ? cpu.TRAP_PAGE_FAULT : cpu.TRAP_PROTECTION);
    }
    // The same as places to jump to: the fetch faults, or the jump if the place cannot be one.
    poke('ff e7'); // jmp rdi
    for (const address of wild) {
      machine.setGpr(RDI, address);
      const isJump = run() === cpu.TRAP_PROTECTION;
      expect(isJump).toBe(!isCanonical(address));
      const rip = machine.view.getBigUint64(machine.context + cpu.CPU_RIP, true);
      expect(rip).toBe(isJump ? BigInt(CODE) : BigInt.asUintN(64, address));
    }
  });

  it('runs code at addresses with the same lower half', () => {
    const others = [0x1_0001_0000, 0x2346_0001_0000, 0x7fff_0001_0000];
    for (const [i, at] of others.entries()) {
      machine.map(at, 1, { isReadable: true, isExecutable: true });
      poke(`6a ${(i + 1).toString(16).padStart(2, '0')} 58 ff e3`, at); // push i + 1; pop rax; jmp rbx
    }
    machine.map(DATA, 1, { isReadable: true, isWritable: true });
    machine.setGpr(RSP, BigInt(DATA + 0x800));
    machine.setGpr(RBX, BigInt(CODE + 2));
    poke('ff e1 cc'); // jmp rcx; int3
    for (let turn = 0; turn < 2; turn++)
      for (const [i, at] of others.entries()) {
        machine.setGpr(RCX, BigInt(at));
        if (isTranslated) machine.processor.translate(machine.context, machine.space, [at]);
        expect(run()).toBe(cpu.TRAP_BREAKPOINT);
        expect(machine.gpr(RAX)).toBe(BigInt(i + 1));
      }
  });

  it('calls, returns and names data relative to RIP across a multiple of 4 GiB', () => {
    const end = 0x4321_0000_0000;
    machine.map(end - 0x1000, 2, { isReadable: true, isWritable: true, isExecutable: true });
    machine.setGpr(RSP, BigInt(end + 0x800));
    // call +4 (across); int3; …: lea rbx, [rip + 0xff]; mov rax, [rsp]; ret
    poke('e8 04 00 00 00 cc 90 90 90', end - 7);
    poke('48 8d 1d ff 00 00 00 48 8b 04 24 c3', end + 2);
    expect(run(end - 7)).toBe(cpu.TRAP_BREAKPOINT);
    expect(machine.gpr(RAX)).toBe(BigInt(end - 2));
    expect(machine.gpr(RBX)).toBe(BigInt(end + 2 + 7 + 0xff));
    expect(machine.rip).toBe(end - 1);
  });

  it('copies between pages that share an entry, to the last byte that there is', () => {
    const from = END - 0x2000;
    const to = from - 2 ** 40;
    machine.map(from, 2, { isReadable: true });
    machine.map(to, 2, { isReadable: true, isWritable: true });
    const bytes = Uint8Array.from({ length: 0x1800 }, (_, i) => i * 7);
    machine.poke(from + 0x800, bytes);
    poke('f3 a4 8a 06 cc'); // rep movsb; mov al, [rsi]: behind the end
    machine.setGpr(RSI, BigInt(from + 0x800));
    machine.setGpr(RDI, BigInt(to));
    machine.setGpr(RCX, 0x1800n);
    machine.processor.writeFlags(machine.context, 0);
    expect(run()).toBe(cpu.TRAP_PROTECTION);
    expect(machine.gpr(RSI)).toBe(BigInt(END));
    expect(Buffer.compare(machine.peek(to, 0x1800), bytes)).toBe(0);
  });
});
