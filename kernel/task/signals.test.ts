import { describe, expect, it } from 'vitest';
import { EAGAIN, EINTR, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { RLIMIT_SIGPENDING } from '../abi/resource.ts';
import * as s from '../abi/signal.ts';
import { ROOT } from './credentials.ts';
import { isFatalPending, sendSignal } from './signals.ts';
import { PendingSignals } from './signal-queue.ts';
import type { Task } from './task.ts';
import { SCRATCH, TestGuest, setHandler } from './testing.ts';

const NOBODY = { ...ROOT, uid: 99, euid: 99, suid: 99, fsuid: 99, effective: 0n, permitted: 0n };

function setUp(): { guest: TestGuest; task: Task } {
  const guest = new TestGuest();
  return { guest, task: guest.fork(guest.init) };
}

function block(guest: TestGuest, task: Task, ...signals: number[]): void {
  task.memory.writeB64(SCRATCH, s.signalSet(...signals));
  guest.call(task, 'rt_sigprocmask', s.SIG_SETMASK, SCRATCH, 0, 8);
}

function queueValue(
  guest: TestGuest,
  task: Task,
  signo: number,
  value: bigint,
): number | 'handler' | undefined {
  const info = { signo, code: s.SI_QUEUE, pid: 1, uid: 0, value };
  guest.init.memory.copyOut(SCRATCH, s.SiginfoKill.encode(info));
  return guest.call(guest.init, 'rt_sigqueueinfo', task.tid, signo, SCRATCH);
}

describe('pending signals', () => {
  it('keep one of each standard signal and all real-time ones, lowest number first', () => {
    const pending = new PendingSignals();
    expect(pending.add({ signo: s.SIGUSR1, code: 0, value: 1n })).toBe(true);
    expect(pending.add({ signo: s.SIGUSR1, code: 0, value: 2n })).toBe(false);
    for (const [signo, value] of [
      [40, 1n],
      [64, 2n],
      [40, 3n],
      [33, 4n],
    ] as const) {
      pending.add({ signo, code: s.SI_QUEUE, value });
    }
    const order: [number, bigint | undefined][] = [];
    for (let signo = pending.next(0n); signo !== 0; signo = pending.next(0n)) {
      order.push([signo, pending.take(signo).value]);
    }
    expect(order).toEqual([
      [s.SIGUSR1, 1n],
      [33, 4n],
      [40, 1n],
      [40, 3n],
      [64, 2n],
    ]);
    expect(pending.set).toBe(0n);
  });

  it('let a fault overtake', () => {
    const pending = new PendingSignals();
    pending.add({ signo: s.SIGHUP, code: 0 });
    pending.add({ signo: s.SIGSEGV, code: 1, isSynchronous: true });
    expect(pending.next(0n)).toBe(s.SIGSEGV);
  });
});

describe('a blocked signal', () => {
  it('waits until it is unblocked and then runs its handler', () => {
    const { guest, task } = setUp();
    setHandler(guest, task, s.SIGUSR1, 0x1000);
    block(guest, task, s.SIGUSR1);
    guest.call(guest.init, 'kill', task.tid, s.SIGUSR1);
    expect(guest.call(task, 'getpid')).toBe(task.tid);
    guest.call(task, 'rt_sigpending', SCRATCH, 8);
    expect(task.memory.readB64(SCRATCH)).toBe(s.signalBit(s.SIGUSR1));
    task.memory.writeB64(SCRATCH, 0n);
    expect(guest.call(task, 'rt_sigprocmask', s.SIG_SETMASK, SCRATCH, 0, 8)).toBe('handler');
    expect(task.signalFrames[0]).toMatchObject({ signo: s.SIGUSR1, handler: 0x1000, result: 0 });
    expect(task.blocked).toBe(s.signalBit(s.SIGUSR1));
    expect(guest.call(task, 'rt_sigreturn')).toBe(0);
    expect(task.blocked).toBe(0n);
  });

  it('cannot be SIGKILL or SIGSTOP', () => {
    const { guest, task } = setUp();
    block(guest, task, s.SIGKILL, s.SIGSTOP, s.SIGTERM);
    expect(task.blocked).toBe(s.signalBit(s.SIGTERM));
  });
});

describe('a handler', () => {
  it('blocks its mask, and its own signal unless SA_NODEFER', () => {
    const { guest, task } = setUp();
    setHandler(guest, task, s.SIGUSR1, 0x1000, s.SA_NODEFER, s.signalBit(s.SIGHUP));
    guest.call(guest.init, 'kill', task.tid, s.SIGUSR1);
    guest.call(task, 'getpid');
    expect(task.blocked).toBe(s.signalBit(s.SIGHUP));
  });

  it('is reset by SA_RESETHAND', () => {
    const { guest, task } = setUp();
    setHandler(guest, task, s.SIGUSR1, 0x1000, s.SA_RESETHAND);
    guest.call(guest.init, 'kill', task.tid, s.SIGUSR1);
    guest.call(task, 'getpid');
    expect(task.handlers.get(s.SIGUSR1).handler).toBe(s.SIG_DFL);
  });

  it('turns an interrupted pause into EINTR, also with SA_RESTART', () => {
    const { guest, task } = setUp();
    setHandler(guest, task, s.SIGUSR1, 0x1000, s.SA_RESTART);
    guest.call(task, 'pause');
    guest.call(guest.init, 'kill', task.tid, s.SIGUSR1);
    expect(guest.results.get(task)).toBe('handler');
    expect(guest.call(task, 'rt_sigreturn')).toBe(-EINTR);
  });

  it('runs with the mask of sigsuspend and returns to the one before', () => {
    const { guest, task } = setUp();
    setHandler(guest, task, s.SIGUSR1, 0x1000);
    block(guest, task, s.SIGUSR1, s.SIGHUP);
    task.memory.writeB64(SCRATCH, s.signalBit(s.SIGUSR2));
    guest.call(task, 'rt_sigsuspend', SCRATCH, 8);
    expect(task.blocked).toBe(s.signalBit(s.SIGUSR2));
    guest.call(guest.init, 'kill', task.tid, s.SIGUSR1);
    expect(task.blocked).toBe(s.signalSet(s.SIGUSR1, s.SIGUSR2));
    expect(guest.call(task, 'rt_sigreturn')).toBe(-EINTR);
    expect(task.blocked).toBe(s.signalSet(s.SIGUSR1, s.SIGHUP));
  });

  it('interrupts nanosleep, which says how much is left', () => {
    const { guest, task } = setUp();
    setHandler(guest, task, s.SIGUSR1, 0x1000, s.SA_RESTART);
    task.memory.writeU64(SCRATCH, 10);
    task.memory.writeU64(SCRATCH + 8, 0);
    guest.call(task, 'nanosleep', SCRATCH, SCRATCH + 16);
    guest.advance(4e9);
    guest.call(guest.init, 'kill', task.tid, s.SIGUSR1);
    expect(guest.call(task, 'rt_sigreturn')).toBe(-EINTR);
    expect(task.memory.readU64(SCRATCH + 16)).toBe(6);
  });
});

describe('a stop', () => {
  it('does not lengthen a sleep that goes on after SIGCONT', () => {
    const { guest, task } = setUp();
    task.memory.writeU64(SCRATCH, 10);
    task.memory.writeU64(SCRATCH + 8, 0);
    guest.call(task, 'nanosleep', SCRATCH, 0);
    guest.advance(4e9);
    guest.call(guest.init, 'kill', task.tid, s.SIGSTOP);
    expect(task.state).toBe('stopped');
    guest.advance(3e9);
    guest.call(guest.init, 'kill', task.tid, s.SIGCONT);
    guest.advance(2e9);
    expect(task.state).toBe('sleeping');
    guest.advance(1e9);
    expect(guest.results.get(task)).toBe(0);
  });

  it('and a continuation cancel each other while they are pending', () => {
    const { guest, task } = setUp();
    block(guest, task, s.SIGCONT, s.SIGTSTP);
    guest.call(guest.init, 'kill', task.tid, s.SIGTSTP);
    guest.call(guest.init, 'kill', task.tid, s.SIGCONT);
    expect(task.group.sharedPending.has(s.SIGTSTP)).toBe(false);
    guest.call(guest.init, 'kill', task.tid, s.SIGTSTP);
    expect(task.group.sharedPending.has(s.SIGCONT)).toBe(false);
  });

  it('ends with SIGKILL', () => {
    const { guest, task } = setUp();
    guest.call(task, 'pause');
    guest.call(guest.init, 'kill', task.tid, s.SIGSTOP);
    guest.call(guest.init, 'kill', task.tid, s.SIGKILL);
    expect(task.state).toBe('zombie');
  });

  it('of one thread stops all threads', () => {
    const { guest, task } = setUp();
    const other = guest.thread(task);
    guest.call(task, 'pause');
    guest.call(other, 'pause');
    guest.call(guest.init, 'kill', task.tid, s.SIGSTOP);
    expect([task.state, other.state]).toEqual(['stopped', 'stopped']);
    expect(task.group.isStopped).toBe(true);
    guest.call(guest.init, 'kill', task.tid, s.SIGCONT);
    expect([task.state, other.state]).toEqual(['sleeping', 'sleeping']);
  });
});

describe('ignored signals', () => {
  it('are dropped when sent, and when they become ignored', () => {
    const { guest, task } = setUp();
    block(guest, task, s.SIGUSR1);
    guest.call(guest.init, 'kill', task.tid, s.SIGUSR1);
    expect(task.group.sharedPending.has(s.SIGUSR1)).toBe(true);
    setHandler(guest, task, s.SIGUSR1, s.SIG_IGN);
    expect(task.group.sharedPending.has(s.SIGUSR1)).toBe(false);
    guest.call(task, 'pause');
    guest.call(guest.init, 'kill', task.tid, s.SIGWINCH);
    expect(task.state).toBe('sleeping');
  });

  it('of init are all without a handler, SIGKILL included', () => {
    const { guest, task } = setUp();
    guest.call(guest.init, 'pause');
    guest.call(task, 'kill', 1, s.SIGKILL);
    guest.call(task, 'kill', 1, s.SIGTERM);
    expect(guest.init.state).toBe('sleeping');
  });
});

describe('who may signal whom', () => {
  it('is decided by user ids', () => {
    const { guest, task } = setUp();
    const other = guest.fork(guest.init);
    task.credentials = NOBODY;
    expect(guest.call(task, 'kill', other.tid, 0)).toBe(-EPERM);
    expect(guest.call(task, 'kill', 30000, 0)).toBe(-ESRCH);
    expect(guest.call(task, 'kill', other.tid, 65)).toBe(-EINVAL);
    other.credentials = { ...NOBODY, uid: 99, euid: 7 };
    expect(guest.call(task, 'kill', other.tid, s.SIGTERM)).toBe(0);
  });

  it('lets SIGCONT pass within a session', () => {
    const { guest, task } = setUp();
    const other = guest.fork(guest.init);
    task.credentials = NOBODY;
    expect(guest.call(task, 'kill', other.tid, s.SIGCONT)).toBe(0);
    guest.call(other, 'setsid');
    expect(guest.call(task, 'kill', other.tid, s.SIGCONT)).toBe(-EPERM);
  });

  it('forbids a stranger to pose as the kernel', () => {
    const { guest, task } = setUp();
    guest.init.memory.copyOut(SCRATCH, s.SiginfoKill.encode({ signo: s.SIGUSR1, code: s.SI_USER }));
    expect(guest.call(guest.init, 'rt_sigqueueinfo', task.tid, s.SIGUSR1, SCRATCH)).toBe(-EPERM);
  });
});

describe('sigtimedwait', () => {
  it('takes queued values in order, and times out', () => {
    const { guest, task } = setUp();
    block(guest, task, 40);
    expect(queueValue(guest, task, 40, 11n)).toBe(0);
    expect(queueValue(guest, task, 40, 22n)).toBe(0);
    const wait = () => guest.call(task, 'rt_sigtimedwait', SCRATCH, SCRATCH + 128, SCRATCH + 64, 8);
    task.memory.writeB64(SCRATCH, s.signalBit(40));
    task.memory.writeU64(SCRATCH + 64, 1);
    task.memory.writeU64(SCRATCH + 72, 0);
    expect(wait()).toBe(40);
    expect(task.memory.readB64(SCRATCH + 128 + 24)).toBe(11n);
    expect(wait()).toBe(40);
    expect(task.memory.readB64(SCRATCH + 128 + 24)).toBe(22n);
    expect(wait()).toBeUndefined();
    guest.advance(1e9);
    expect(guest.results.get(task)).toBe(-EAGAIN);
  });

  it('is woken by a signal that is blocked', () => {
    const { guest, task } = setUp();
    block(guest, task, s.SIGCHLD);
    task.memory.writeB64(SCRATCH, s.signalBit(s.SIGCHLD));
    expect(guest.call(task, 'rt_sigtimedwait', SCRATCH, 0, 0, 8)).toBeUndefined();
    guest.call(guest.init, 'kill', task.tid, s.SIGCHLD);
    expect(guest.results.get(task)).toBe(s.SIGCHLD);
  });
});

it('a fatal signal ends all threads at once, also those that never make a call', () => {
  const { guest, task } = setUp();
  const other = guest.thread(task);
  guest.call(task, 'pause');
  guest.call(guest.init, 'kill', task.tid, s.SIGTERM);
  expect(task.isDead).toBe(true);
  expect(task.group.groupExitStatus).toBe(s.SIGTERM);
  expect(isFatalPending(other)).toBe(true);
  guest.call(other, 'getpid');
  expect(guest.call(guest.init, 'wait4', task.tid, 0, 0, 0)).toBe(task.tid);
});

it('real-time signals beyond RLIMIT_SIGPENDING are EAGAIN', () => {
  const { guest, task } = setUp();
  block(guest, task, 40);
  task.group.limits[RLIMIT_SIGPENDING] = { soft: 2, hard: 2 };
  expect(queueValue(guest, task, 40, 1n)).toBe(0);
  expect(queueValue(guest, task, 40, 2n)).toBe(0);
  expect(queueValue(guest, task, 40, 3n)).toBe(-EAGAIN);
});

it('a signal to a process goes to a thread that does not block it', () => {
  const { guest, task } = setUp();
  const other = guest.thread(task);
  setHandler(guest, task, s.SIGUSR1, 0x1000);
  block(guest, task, s.SIGUSR1);
  guest.call(task, 'pause');
  guest.call(other, 'pause');
  sendSignal(task.group, s.SIGUSR1);
  guest.pump();
  expect(task.state).toBe('sleeping');
  expect(guest.results.get(other)).toBe('handler');
});
