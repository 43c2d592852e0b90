import { describe, expect, it } from 'vitest';
import { EPERM, ESRCH } from '../abi/errno.ts';
import * as p from '../abi/ptrace.ts';
import { SIGKILL, SIGSTOP, SIGTRAP, SIGUSR1 } from '../abi/signal.ts';
import { WNOHANG, __WALL, stoppedStatus } from '../abi/wait.ts';
import { ROOT } from './credentials.ts';
import type { Task } from './task.ts';
import { SCRATCH, TestGuest, setHandler } from './testing.ts';

const CALL_STOP = stoppedStatus(SIGTRAP | 0x80);

function setUp() {
  const guest = new TestGuest();
  const tracer = guest.fork(guest.init);
  const tracee = guest.fork(tracer);
  const ptrace = (request: number, addr: number | bigint = 0, data: number | bigint = 0) =>
    guest.call(tracer, 'ptrace', request, tracee.tid, addr, data);
  const wait = () => {
    const pid = guest.call(tracer, 'wait4', -1, SCRATCH, WNOHANG | __WALL, 0);
    return pid === tracee.tid ? tracer.memory.readI32(SCRATCH) : pid;
  };
  return { guest, tracer, tracee, ptrace, wait };
}

function seize(options: number) {
  const all = setUp();
  expect(all.ptrace(p.PTRACE_SEIZE, 0, options)).toBe(0);
  expect(all.ptrace(p.PTRACE_INTERRUPT)).toBe(0);
  all.guest.call(all.tracee, 'getpid');
  expect(all.wait()).toBe(stoppedStatus(SIGTRAP, p.PTRACE_EVENT_STOP));
  return all;
}

describe('a traced task', () => {
  it('stops at entry and exit of each call, and shows number, arguments and result', () => {
    const { guest, tracer, tracee, ptrace, wait } = seize(p.PTRACE_O_TRACESYSGOOD);
    ptrace(p.PTRACE_SYSCALL);
    guest.call(tracee, 'kill', 0, 0);
    expect(tracee.state).toBe('traced');
    expect(wait()).toBe(CALL_STOP);
    expect(wait()).toBe(0);
    expect(ptrace(p.PTRACE_GET_SYSCALL_INFO, 88, SCRATCH)).toBe(80);
    const entry = p.PtraceSyscallInfoLayout.decode(tracer.memory.copyIn(SCRATCH, 88));
    expect(entry).toMatchObject({ op: p.PTRACE_SYSCALL_INFO_ENTRY, first: 62n, arg0: 0n, arg1: 0n });
    ptrace(p.PTRACE_SYSCALL);
    expect(wait()).toBe(CALL_STOP);
    ptrace(p.PTRACE_GETREGS, 0, SCRATCH);
    const registers = p.UserRegsLayout.decode(tracer.memory.copyIn(SCRATCH, 216));
    expect(registers).toMatchObject({ origRax: 62n, rax: 0n });
    ptrace(p.PTRACE_CONT);
    expect(guest.results.get(tracee)).toBe(0);
    expect(guest.call(tracee, 'getpid')).toBe(tracee.tid);
  });

  it('stops before a signal, which the tracer can take away or replace', () => {
    const { guest, tracee, ptrace, wait } = seize(0);
    ptrace(p.PTRACE_CONT);
    setHandler(guest, tracee, SIGUSR1, 0x1000);
    guest.call(guest.init, 'kill', tracee.tid, SIGUSR1);
    guest.call(tracee, 'getpid');
    expect(wait()).toBe(stoppedStatus(SIGUSR1));
    ptrace(p.PTRACE_CONT, 0, 0);
    expect(guest.results.get(tracee)).toBe(tracee.tid);
    guest.call(guest.init, 'kill', tracee.tid, SIGUSR1);
    guest.call(tracee, 'getpid');
    ptrace(p.PTRACE_CONT, 0, SIGUSR1);
    expect(guest.results.get(tracee)).toBe('handler');
  });

  it('lets its memory be read and written', () => {
    const { tracer, tracee, ptrace } = seize(0);
    tracee.memory.writeB64(SCRATCH + 64, 0x1122334455667788n);
    expect(ptrace(p.PTRACE_PEEKDATA, SCRATCH + 64, SCRATCH)).toBe(0);
    expect(tracer.memory.readB64(SCRATCH)).toBe(0x1122334455667788n);
    expect(ptrace(p.PTRACE_POKEDATA, SCRATCH + 64, 0xffff_ffff_ffff_fff0n)).toBe(0);
    expect(tracee.memory.readB64(SCRATCH + 64)).toBe(0xffff_ffff_ffff_fff0n);
  });

  it('tells of its children, which are traced as well', () => {
    const { guest, tracer, tracee, ptrace, wait } = seize(p.PTRACE_O_TRACEFORK);
    ptrace(p.PTRACE_CONT);
    guest.call(tracee, 'fork');
    expect(wait()).toBe(stoppedStatus(SIGTRAP, p.PTRACE_EVENT_FORK));
    ptrace(p.PTRACE_GETEVENTMSG, 0, SCRATCH);
    const child = guest.kernel.tasks.task(tracer.memory.readU64(SCRATCH))!;
    expect(child.trace?.tracer).toBe(tracer);
    expect(child.state).toBe('traced');
    ptrace(p.PTRACE_CONT);
    expect(guest.results.get(tracee)).toBe(child.tid);
  });

  it('stops once more before it exits, and its end goes to the tracer', () => {
    const { guest, tracer, tracee, ptrace, wait } = seize(p.PTRACE_O_TRACEEXIT);
    ptrace(p.PTRACE_CONT);
    guest.call(tracee, 'exit_group', 4);
    expect(wait()).toBe(stoppedStatus(SIGTRAP, p.PTRACE_EVENT_EXIT));
    ptrace(p.PTRACE_GETEVENTMSG, 0, SCRATCH);
    expect(tracer.memory.readU64(SCRATCH)).toBe(4 << 8);
    ptrace(p.PTRACE_CONT);
    expect(wait()).toBe(4 << 8);
    expect(tracee.state).toBe('dead');
  });

  it('runs on when it is detached, or when its tracer ends', () => {
    const { guest, tracee, ptrace } = seize(0);
    ptrace(p.PTRACE_DETACH);
    expect(guest.results.get(tracee)).toBe(tracee.tid);
    const other = seize(0);
    other.guest.call(other.tracer, 'exit_group', 0);
    expect(other.guest.results.get(other.tracee)).toBe(other.tracee.tid);
    expect(other.tracee.trace).toBeUndefined();
    const killed = seize(p.PTRACE_O_EXITKILL);
    killed.guest.call(killed.tracer, 'exit_group', 0);
    expect(killed.tracee.isDead).toBe(true);
  });
});

describe('attaching', () => {
  it('stops the task with SIGSTOP and asks for rights', () => {
    const { guest, tracee, tracer, ptrace, wait } = setUp();
    expect(ptrace(p.PTRACE_CONT)).toBe(-ESRCH);
    tracer.credentials = { ...ROOT, uid: 5, euid: 5, suid: 5, effective: 0n };
    expect(ptrace(p.PTRACE_ATTACH)).toBe(-EPERM);
    tracer.credentials = ROOT;
    expect(ptrace(p.PTRACE_ATTACH)).toBe(0);
    expect(ptrace(p.PTRACE_ATTACH)).toBe(-EPERM);
    guest.call(tracee, 'getpid');
    expect(wait()).toBe(stoppedStatus(SIGSTOP));
    ptrace(p.PTRACE_CONT, 0, 0);
    expect(guest.results.get(tracee)).toBe(tracee.tid);
  });

  it("to a stranger's child leaves the child to its parent in the end", () => {
    const guest = new TestGuest();
    const tracer = guest.fork(guest.init);
    const parent = guest.fork(guest.init);
    const tracee: Task = guest.fork(parent);
    guest.call(tracer, 'ptrace', p.PTRACE_SEIZE, tracee.tid, 0, 0);
    guest.call(tracee, 'exit_group', 1);
    expect(guest.call(parent, 'wait4', -1, 0, WNOHANG, 0)).toBe(0);
    expect(guest.call(tracer, 'wait4', tracee.tid, 0, __WALL, 0)).toBe(tracee.tid);
    expect(guest.call(parent, 'wait4', -1, 0, WNOHANG, 0)).toBe(tracee.tid);
    expect(tracee.state).toBe('dead');
  });

  it('does not keep SIGKILL away', () => {
    const { guest, tracee } = seize(0);
    guest.call(guest.init, 'kill', tracee.tid, SIGKILL);
    expect(tracee.state).toBe('zombie');
  });
});
