import { describe, expect, it } from 'vitest';
import * as cpu from '../abi/cpu-context.ts';
import { Ehdr, Phdr } from '../abi/elf.ts';
import { SIGALRM, SIGKILL, SIGSEGV } from '../abi/signal.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { CODE, DATA, ProgramGuest, STACK, call, keep, kept, spin } from './testing-programs.ts';
import { registerNumber } from './registers.ts';

describe('a translated program', () => {
  it('gets the results of its calls in RAX', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    guest.run(task, ...call('getpid'), keep(0), ...call('close', 99), keep(1), ...call('pause'));
    expect(kept(task, 0)).toBe(task.tid);
    expect(kept(task, 1)).toBe(-9);
    expect(task.state).toBe('sleeping');
  });

  it('has its arguments exact to 64 bits', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    const seen: bigint[] = [];
    guest.processor.onInstruction = () => {
      if (task.call.number === 1) seen.push(task.args.b64(1), task.args.b64(2));
      task.call.number = -1;
    };
    guest.run(task, ...call('write', 1, 0x1234_5678_9abc_def0n, 0xffff_ffff_ffff_ffffn), ...call('exit'));
    expect(seen).toEqual([0x1234_5678_9abc_def0n, 0xffff_ffff_ffff_ffffn]);
  });

  it('forks, and both go on with memory of their own', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    guest.run(
      task,
      machine => machine.store(DATA + 8, 1),
      ...call('fork'),
      keep(0),
      machine => {
        if (machine.get(cpu.RAX) === 0n) machine.store(DATA + 8, 2);
      },
      ...call('pause'),
    );
    const child = guest.kernel.tasks.task(kept(task, 0))!;
    expect(kept(child, 0)).toBe(0);
    expect([kept(task, 1), kept(child, 1)]).toEqual([1, 2]);
  });

  it('ends, and its registers and memory go back', () => {
    const guest = new ProgramGuest();
    const before = guest.kernel.memory.freePages;
    const task = guest.task();
    guest.run(task, keep(0), ...call('exit_group', 3));
    expect(task.group.groupExitStatus).toBe(0x300);
    expect(task.registers).toBe(0);
    expect(guest.processor.spaces.every(space => space.isReleased)).toBe(true);
    expect(guest.kernel.memory.freePages).toBe(before);
  });

  it('for whose tables the processor has no memory is killed, and the kernel goes on', () => {
    const guest = new ProgramGuest();
    const [task, other] = [guest.task(), guest.task()];
    guest.run(task, () => cpu.TRAP_NO_MEMORY);
    expect(task.isDead).toBe(true);
    expect(task.exitStatus & 0x7f).toBe(SIGKILL);
    expect(guest.logged.join('\n')).toMatch(
      /Out of memory: Killed process \d+ \(test\): no frames for its code/,
    );
    guest.run(other, ...call('getpid'), keep(0), ...call('pause'));
    expect(kept(other, 0)).toBe(other.tid);
  });

  it('whose tables find room when frames are moved goes on', () => {
    const guest = new ProgramGuest();
    const { memory } = guest.kernel;
    const task = guest.task();
    let hasRoom = false;
    memory.makeRoom = () => (hasRoom = true);
    const look = (): number | undefined => (hasRoom ? undefined : cpu.TRAP_NO_MEMORY);
    guest.run(task, look, ...call('getpid'), keep(0), ...call('pause'));
    expect(kept(task, 0)).toBe(task.tid);
    expect(hasRoom).toBe(true);
  });

  it('finds room for what its processor had to do without', () => {
    const guest = new ProgramGuest();
    const { memory } = guest.kernel;
    const made: number[][] = [];
    memory.makeRoom = (...what) => made.push(what) > 0;
    memory.missedFrames = 256;
    guest.run(guest.task(), ...call('getpid'), ...call('getpid'), ...call('pause'));
    expect(made).toEqual([[256, 256]]);
  });

  it('keeps its pages while the processor looks for memory', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    let isKept = false;
    const look = (): number => {
      isKept = guest.kernel.memory.isBorrowed(task.mm!);
      return cpu.TRAP_NO_MEMORY;
    };
    guest.run(task, look);
    expect(isKept).toBe(true);
  });

  it('that computes leaves time to others, to timers and to signals', () => {
    const guest = new ProgramGuest();
    const [busy, other] = [guest.task(), guest.task()];
    guest.processor.place(CODE + 0x1000, spin);
    const count = guest.processor.place(
      CODE + 0x2000,
      machine => machine.store(DATA, machine.load(DATA) + 1n),
      machine => {
        machine.rip = machine.load(DATA) < 100_000n ? CODE + 0x2000 : CODE + 0x3000;
      },
    );
    guest.processor.place(CODE + 0x3000, ...call('kill', busy.tid, SIGKILL), ...call('exit_group', 0));
    guest.startAt(busy, CODE + 0x1000);
    guest.startAt(other, count);
    guest.settle();
    expect(busy.group.groupExitStatus).toBe(SIGKILL);
    expect(other.group.groupExitStatus).toBe(0);
    // Both had about half of the time, and used it in the program.
    const share = busy.group.deadUsage.userNs / other.group.deadUsage.userNs;
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(1.25);
  });

  it('that computes is killed by its own alarm in time', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    const beginNs = guest.nowNs;
    guest.processor.onInstruction = () => (guest.nowNs += 2000);
    guest.run(task, ...call('alarm', 1), spin);
    expect(task.group.groupExitStatus).toBe(SIGALRM);
    expect(guest.nowNs - beginNs).toBeLessThan(1.01e9);
  });

  it('is charged for the time in the program and in the kernel', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    guest.run(
      task,
      machine => {
        machine.set(cpu.RBX, machine.get(cpu.RBX) + 1n);
        if (machine.get(cpu.RBX) < 1_000_000n) machine.rip -= 2;
      },
      ...call('pause'),
    );
    expect(task.usage.userNs).toBeGreaterThan(0.099e9);
    expect(task.usage.userNs).toBeLessThan(0.101e9);
    expect(task.usage.systemNs).toBeLessThan(1e6);
  });

  it('that faults dies of it, and the log says where', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    guest.run(task, machine => machine.store(0x1234, 1));
    expect(task.group.groupExitStatus & 0x7f).toBe(SIGSEGV);
    const line = guest.logged.find(text => text.includes('segfault'));
    expect(line).toBe(
      `test[${task.tid}]: segfault at 1234 ip ${CODE.toString(16).padStart(16, '0')} ` +
        `sp ${STACK.toString(16).padStart(16, '0')} error 6`,
    );
  });

  it('cannot execute what is not executable', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    guest.processor.place(DATA, spin);
    guest.run(task, keep(0), machine => {
      machine.rip = DATA;
    });
    expect(task.group.groupExitStatus & 0x7f).toBe(SIGSEGV);
    expect(guest.logged.at(-1)).toContain('segfault at 500000');
    expect(guest.logged.at(-1)).toMatch(/error 15$/);
  });

  it('waits in vfork until its child is done with the memory', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    guest.processor.place(
      CODE + 0x1000,
      machine => machine.store(DATA + 8, machine.load(DATA)),
      ...call('pause'),
    );
    guest.run(
      task,
      ...call('vfork'),
      machine => {
        if (machine.get(cpu.RAX) !== 0n) machine.rip = CODE + 0x1000;
      },
      ...call('sched_yield'),
      machine => machine.store(DATA, 7),
      ...call('exit_group', 0),
    );
    expect(kept(task, 1)).toBe(7);
    expect(registerNumber(task, cpu.RAX)).toBe(34);
  });

  it('has thread-local storage and a stack of its own in a thread', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    const flags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x80000;
    guest.run(
      task,
      ...call('clone', flags, STACK - 0x8000, 0, 0, 0x7fff_1234_5678),
      machine => {
        if (machine.get(cpu.RAX) === 0n) {
          machine.store(DATA, machine.get(cpu.RSP));
          machine.store(DATA + 8, machine.field(cpu.CPU_FS_BASE));
        }
      },
      ...call('pause'),
    );
    expect(kept(task, 0)).toBe(STACK - 0x8000);
    expect(kept(task, 1)).toBe(0x7fff_1234_5678);
    expect(task.group.threads.size).toBe(2);
  });
});

describe('a core file', () => {
  it('has the registers of the thread that faulted, and the memory that was written', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    task.group.limits[4] = { soft: Infinity, hard: Infinity };
    guest.run(
      task,
      machine => machine.store(DATA + 0x1000, 0x1234_5678),
      machine => machine.set(cpu.RBX, 0x7777),
      machine => machine.store(0, 1),
    );
    expect(task.group.groupExitStatus).toBe(SIGSEGV | 0x80);
    const bytes = readFile(guest, '/core');
    const header = Ehdr.decode(bytes);
    expect([header.type, header.machine]).toEqual([4, 62]);
    const segments = Array.from({ length: header.phnum }, (_, i) => Phdr.decode(bytes, 64 + i * 56));
    const notes = segments[0]!;
    const registers = notes.offset + 20 + 112;
    const view = new DataView(bytes.buffer);
    expect(view.getUint32(notes.offset + 8, true)).toBe(1); // NT_PRSTATUS
    expect(view.getBigUint64(registers + 5 * 8, true)).toBe(0x7777n); // rbx
    expect(view.getBigUint64(registers + 16 * 8, true)).toBe(BigInt(CODE + 4)); // rip
    const data = segments.find(({ vaddr }) => vaddr === DATA)!;
    expect(view.getUint32(data.offset + 0x1000, true)).toBe(0x1234_5678);
    const last = segments.at(-1)!;
    expect(bytes.length).toBe(last.offset + last.filesz);
  });

  it('is not written for who wants none', () => {
    const guest = new ProgramGuest();
    const task = guest.task();
    guest.run(task, machine => machine.store(0, 1));
    expect(task.group.groupExitStatus).toBe(SIGSEGV);
    expect(() => readFile(guest, '/core')).toThrow();
  });
});

function readFile(guest: ProgramGuest, name: string): Uint8Array<ArrayBuffer> {
  const { kernel, init } = guest;
  const file = kernel.vfs.open(init, -100, name, 0);
  const bytes = new Uint8Array(file.inode.size);
  const buffer = IoBuffer.of(bytes);
  while (buffer.remaining > 0 && file.read(buffer, buffer.transferred) > 0);
  kernel.vfs.put(file);
  return bytes;
}
