import { describe, expect, it } from 'vitest';
import type { Instruction } from './testing-processor.ts';
import type { Task } from './task.ts';
import * as cpu from '../abi/cpu-context.ts';
import {
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESTART,
  SA_RESTORER,
  SA_SIGINFO,
  SIGALRM,
  SIGCONT,
  SIGSEGV,
  SIGSTOP,
  SIGUSR1,
  SIGUSR2,
  SIG_IGN,
} from '../abi/signal.ts';
import { CODE, DATA, ProgramGuest, STACK, call, keep, kept, spin } from './testing-programs.ts';
import { registerNumber } from './registers.ts';
import { Timer } from '../time/timer-queue.ts';
import { infoFrom, sendSignal } from './signal-send.ts';

const HANDLER = CODE + 0x1000;
const RESTORER = CODE + 0x2000;
/** Offsets in struct rt_sigframe; checked with offsetof on Linux. */
const UC = 8;
const MCONTEXT = UC + 40;
const SIGINFO = 312;

/** Installs a handler without a system call. */
function handle(task: Task, signo: number, flags = 0, mask = 0n, handler = HANDLER): void {
  task.handlers.set(signo, { handler, flags: flags | SA_RESTORER, restorer: RESTORER, mask });
}

/** A guest whose handler does something and returns. */
function guestWith(...handler: Instruction[]): { guest: ProgramGuest; task: Task } {
  const guest = new ProgramGuest();
  const task = guest.task();
  guest.processor.place(HANDLER, ...handler, ret);
  guest.processor.place(RESTORER, ...call('rt_sigreturn'));
  return { guest, task };
}

const ret: Instruction = machine => {
  const rsp = Number(machine.get(cpu.RSP));
  machine.rip = Number(machine.load(rsp));
  machine.set(cpu.RSP, rsp + 8);
};

describe('a handler of a translated program', () => {
  it('finds number, siginfo and ucontext in its arguments, on an aligned stack', () => {
    const { guest, task } = guestWith(machine => {
      machine.store(DATA, machine.get(cpu.RDI));
      machine.store(DATA + 8, machine.get(cpu.RSP));
      machine.store(DATA + 16, machine.get(cpu.RSI));
      machine.store(DATA + 24, machine.get(cpu.RDX));
      machine.store(DATA + 32, machine.load(Number(machine.get(cpu.RSI)) + 16)); // si_pid, si_uid
      machine.store(DATA + 40, machine.load(Number(machine.get(cpu.RSP)) + MCONTEXT + 13 * 8)); // rax
      machine.store(DATA + 48, machine.load(Number(machine.get(cpu.RSP)) + MCONTEXT + 16 * 8)); // rip
      machine.store(DATA + 56, machine.get(cpu.RAX));
    });
    handle(task, SIGUSR1, SA_SIGINFO);
    guest.run(
      task,
      machine => machine.set(cpu.R12, 77),
      ...call('kill', task.tid, SIGUSR1),
      keep(10),
      ...call('pause'),
    );
    const rsp = kept(task, 1);
    expect(kept(task, 0)).toBe(SIGUSR1);
    expect((rsp + 8) % 16).toBe(0);
    expect(rsp).toBeLessThan(STACK - 128 - 512 - 440 + 8);
    expect([kept(task, 2), kept(task, 3)]).toEqual([rsp + SIGINFO, rsp + UC]);
    expect(kept(task, 4)).toBe(task.tid);
    expect(kept(task, 5)).toBe(0); // kill's result, in the interrupted RAX
    expect(kept(task, 6)).toBe(CODE + 6);
    expect(kept(task, 7)).toBe(0);
    // And everything is back afterwards.
    expect(kept(task, 10)).toBe(0);
    expect(registerNumber(task, cpu.R12)).toBe(77);
    expect(registerNumber(task, cpu.RSP)).toBe(STACK);
    expect(task.blocked).toBe(0n);
  });

  it('may repair a fault and try again', () => {
    const { guest, task } = guestWith(machine => {
      const rsp = Number(machine.get(cpu.RSP));
      machine.store(DATA, machine.load(rsp + SIGINFO + 16)); // si_addr
      machine.store(DATA + 8, machine.load(rsp + MCONTEXT + 152)); // err
      machine.store(DATA + 16, machine.load(rsp + MCONTEXT + 160)); // trapno
      machine.store(DATA + 24, machine.load(rsp + MCONTEXT + 176)); // cr2
      machine.store(rsp + MCONTEXT + 11 * 8, DATA + 0x100); // rbx
    });
    handle(task, SIGSEGV, SA_SIGINFO);
    guest.run(
      task,
      machine => machine.set(cpu.RBX, 0x7fff_0000_1234n),
      machine => machine.store(Number(machine.get(cpu.RBX)), 5),
      ...call('pause'),
    );
    expect([0, 1, 2, 3].map(i => kept(task, i))).toEqual([0x7fff_0000_1234, 6, 14, 0x7fff_0000_1234]);
    expect(kept(task, 0x20)).toBe(5);
  });

  it('runs on the alternate stack, and stays there when it is interrupted', () => {
    const { guest, task } = guestWith(
      machine => machine.store(DATA + 8 * Number(machine.get(cpu.RDI)), machine.get(cpu.RSP)),
      machine => {
        if (machine.get(cpu.RDI) !== BigInt(SIGUSR1)) machine.rip += 4;
      },
      ...call('kill', 0, SIGUSR2),
    );
    handle(task, SIGUSR1, SA_ONSTACK);
    handle(task, SIGUSR2, SA_ONSTACK);
    task.altstack = { sp: DATA + 0x1000, size: 0x2000, flags: 0 };
    guest.run(task, ...call('tkill', task.tid, SIGUSR1), keep(20), ...call('pause'));
    const [outer, inner] = [kept(task, SIGUSR1), kept(task, SIGUSR2)];
    expect(outer).toBeLessThan(DATA + 0x3000);
    expect(outer).toBeGreaterThan(DATA + 0x2000);
    expect(inner).toBeLessThan(outer - 128 - 440);
    expect(inner).toBeGreaterThan(DATA + 0x1000);
    expect(registerNumber(task, cpu.RSP)).toBe(STACK);
  });

  it('without room on its stack is a fatal SIGSEGV', () => {
    const { guest, task } = guestWith();
    handle(task, SIGUSR1, SA_ONSTACK);
    task.altstack = { sp: DATA, size: 0x300, flags: 0 };
    guest.run(task, ...call('tkill', task.tid, SIGUSR1), ...call('pause'));
    expect(task.group.groupExitStatus & 0x7f).toBe(SIGSEGV);
  });

  it('cannot escape a fault by blocking or ignoring its signal', () => {
    const { guest, task } = guestWith();
    task.handlers.set(SIGSEGV, { handler: SIG_IGN, flags: 0, restorer: 0, mask: 0n });
    guest.run(task, machine => machine.store(8, 1), ...call('pause'));
    expect(task.group.groupExitStatus & 0x7f).toBe(SIGSEGV);
  });

  it('of several signals at once are stacked, and all run', () => {
    const { guest, task } = guestWith(machine => {
      const at = Number(machine.load(DATA));
      machine.store(DATA + 8 + at * 8, machine.get(cpu.RDI));
      machine.store(DATA, at + 1);
    });
    handle(task, SIGUSR1);
    handle(task, SIGUSR2);
    const both = (1n << BigInt(SIGUSR1 - 1)) | (1n << BigInt(SIGUSR2 - 1));
    task.blocked = both;
    guest.run(
      task,
      ...call('tkill', task.tid, SIGUSR1),
      ...call('tkill', task.tid, SIGUSR2),
      machine => machine.store(DATA + 0x100, 0),
      ...call('rt_sigprocmask', 2, DATA + 0x100, 0, 8),
      ...call('pause'),
    );
    // As on Linux the last frame made runs first.
    expect([kept(task, 0), kept(task, 1), kept(task, 2)]).toEqual([2, SIGUSR2, SIGUSR1]);
  });

  it('interrupts a call: EINTR without SA_RESTART, again with it', () => {
    for (const [flags, isRestarted] of [
      [0, false],
      [SA_RESTART, true],
    ] as const) {
      const { guest, task } = guestWith(machine => machine.store(DATA + 8, machine.load(DATA + 8) + 1n));
      handle(task, SIGUSR1, flags);
      guest.run(
        task,
        ...call('pipe', DATA + 0x100),
        machine => {
          machine.set(cpu.RAX, 0);
          machine.set(cpu.RDI, machine.load(DATA + 0x100) & 0xffff_ffffn);
          machine.set(cpu.RSI, DATA + 0x200);
          machine.set(cpu.RDX, 8);
        },
        () => cpu.TRAP_SYSCALL,
        keep(0),
        ...call('pause'),
      );
      expect(task.call.number).toBe(0);
      sendSignal(task, SIGUSR1, infoFrom(guest.init, SIGUSR1));
      guest.settle();
      expect(kept(task, 1)).toBe(1);
      expect(kept(task, 0)).toBe(isRestarted ? 0 : -4);
      expect(task.call.number).toBe(isRestarted ? 0 : 34);
      expect(task.state).toBe('sleeping');
    }
  });

  it('is not needed for a stop to interrupt nanosleep, which goes on with the time that is left', () => {
    const { guest, task } = guestWith();
    const { timers } = guest.kernel;
    const beginNs = guest.nowNs;
    const later = (ns: number, signo: number): void =>
      timers.set(
        new Timer({ timerExpired: () => void sendSignal(task, signo), clockWasSet: () => {} }),
        beginNs + ns,
      );
    const seen: bigint[] = [];
    guest.start(
      task,
      machine => machine.store(DATA, 3),
      machine => {
        machine.set(cpu.RAX, 35);
        machine.set(cpu.RDI, DATA);
      },
      machine => {
        seen.push(machine.get(cpu.RAX));
        return cpu.TRAP_SYSCALL;
      },
      keep(2),
      ...call('pause'),
    );
    later(1e9, SIGSTOP);
    later(2e9, SIGCONT);
    guest.settle();
    expect(seen).toEqual([35n, 219n]);
    expect(kept(task, 2)).toBe(0);
    expect(guest.nowNs - beginNs).toBeGreaterThanOrEqual(3e9);
    expect(guest.nowNs - beginNs).toBeLessThan(3.01e9);
  });

  it('whose frame was tampered with brings SIGSEGV, not bad registers', () => {
    const { guest, task } = guestWith(machine => {
      const rsp = Number(machine.get(cpu.RSP));
      const float = Number(machine.load(rsp + MCONTEXT + 184));
      machine.store(float + 24, 0xffff_ffffn); // reserved bits of MXCSR
    });
    handle(task, SIGUSR1);
    guest.run(task, ...call('tkill', task.tid, SIGUSR1), ...call('pause'));
    expect(task.group.groupExitStatus & 0x7f).toBe(SIGSEGV);
  });

  it('begins with a fresh floating-point state, and the old one comes back', () => {
    const { guest, task } = guestWith(machine => {
      machine.store(DATA, machine.field(cpu.CPU_XMM));
    });
    handle(task, SIGUSR1, SA_NODEFER);
    const xmm =
      (value: bigint): Instruction =>
      machine => {
        guest.kernel.registers.view.setBigUint64(machine.record + cpu.CPU_XMM, value, true);
      };
    guest.run(
      task,
      xmm(99n),
      ...call('tkill', task.tid, SIGUSR1),
      machine => {
        machine.store(DATA + 8, machine.field(cpu.CPU_XMM));
      },
      ...call('pause'),
    );
    expect([kept(task, 0), kept(task, 1)]).toEqual([0, 99]);
  });

  it('is reached by a program that computes', () => {
    const { guest, task } = guestWith(...call('exit_group', 5));
    handle(task, SIGALRM);
    guest.processor.onInstruction = () => (guest.nowNs += 5000);
    guest.run(task, ...call('alarm', 1), spin);
    expect(task.group.groupExitStatus).toBe(0x500);
  });
});
