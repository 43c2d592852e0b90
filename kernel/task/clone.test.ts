import { describe, expect, it } from 'vitest';
import { EACCES, EAGAIN, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { RLIMIT_NPROC } from '../abi/resource.ts';
import * as c from '../abi/sched.ts';
import { SIGCHLD, SIGKILL, SIGUSR1 } from '../abi/signal.ts';
import { WNOHANG, __WALL } from '../abi/wait.ts';
import { ROOT } from './credentials.ts';
import { SCRATCH, TestGuest } from './testing.ts';

const NOBODY = { ...ROOT, uid: 99, euid: 99, suid: 99, fsuid: 99, effective: 0n, permitted: 0n };
const THREAD = c.CLONE_VM | c.CLONE_SIGHAND | c.CLONE_THREAD;

describe('fork', () => {
  it('copies memory, signal actions and credentials, and gives the child 0', () => {
    const guest = new TestGuest();
    guest.init.memory.writeU32(SCRATCH, 42);
    const child = guest.fork(guest.init);
    expect(guest.results.get(child)).toBe(0);
    child.memory.writeU32(SCRATCH, 7);
    expect(guest.init.memory.readU32(SCRATCH)).toBe(42);
    expect(child.group.parent).toBe(guest.init.group);
    expect(child.handlers).not.toBe(guest.init.handlers);
    expect(child.group.processGroup).toBe(guest.init.group.processGroup);
  });

  it('gives all memory, numbers and files back in the end', () => {
    const guest = new TestGuest();
    const free = guest.kernel.memory.freePages;
    for (let i = 0; i < 5; i++) {
      const child = guest.fork(guest.init);
      child.memory.writeU32(SCRATCH + 4096, 1);
      guest.call(child, 'exit_group', 0);
      guest.call(guest.init, 'wait4', -1, 0, 0, 0);
    }
    expect(guest.kernel.memory.freePages).toBe(free);
    expect(guest.kernel.tasks.tasks.size).toBe(1);
    expect(guest.kernel.tasks.processGroups.size).toBe(1);
    expect(guest.init.group.children.size).toBe(0);
  });

  it('is EAGAIN at RLIMIT_NPROC and at threads-max', () => {
    const guest = new TestGuest('threads-max=20');
    const child = guest.fork(guest.init);
    guest.call(child, 'setuid', 99);
    child.group.limits[RLIMIT_NPROC] = { soft: 1, hard: 1 };
    expect(guest.call(child, 'fork')).toBe(-EAGAIN);
    let last: unknown = 0;
    for (let i = 0; i < 40; i++) last = guest.call(guest.init, 'fork');
    expect(last).toBe(-EAGAIN);
    expect(guest.kernel.tasks.tasks.size).toBe(20);
  });

  it('bombs are survived: killing everybody makes room again', () => {
    const guest = new TestGuest('threads-max=50');
    const bomb = guest.fork(guest.init);
    guest.call(bomb, 'setsid');
    for (let i = 0; i < 10; i++) {
      for (const task of [...guest.kernel.tasks.tasks.values()]) {
        if (task.group.session === bomb.group.session) guest.call(task, 'fork');
      }
    }
    expect(guest.kernel.tasks.tasks.size).toBe(50);
    for (const task of guest.kernel.tasks.tasks.values()) if (task !== guest.init) guest.call(task, 'pause');
    guest.call(guest.init, 'kill', -bomb.tid, SIGKILL);
    while ((guest.call(guest.init, 'wait4', -1, 0, WNOHANG, 0) as number) > 0);
    expect(guest.kernel.tasks.tasks.size).toBe(1);
  });
});

describe('clone', () => {
  it('refuses the combinations that Linux refuses', () => {
    const guest = new TestGuest();
    const clone = (flags: number) => guest.call(guest.init, 'clone', flags, 0, SCRATCH, SCRATCH, 0);
    expect(clone(c.CLONE_THREAD | c.CLONE_VM)).toBe(-EINVAL);
    expect(clone(c.CLONE_SIGHAND)).toBe(-EINVAL);
    expect(clone(c.CLONE_PARENT | SIGCHLD)).toBe(-EINVAL); // init
    expect(clone(c.CLONE_PIDFD | c.CLONE_PARENT_SETTID)).toBe(-EINVAL);
    expect(clone(c.CLONE_NEWPID)).toBe(-EINVAL);
    guest.init.credentials = NOBODY;
    expect(clone(c.CLONE_NEWPID)).toBe(-EPERM);
  });

  it('makes a thread: same process, own tid, shared memory', () => {
    const guest = new TestGuest();
    const thread = guest.thread(guest.init);
    expect(guest.call(thread, 'getpid')).toBe(1);
    expect(guest.call(thread, 'gettid')).toBe(thread.tid);
    expect(thread.mm).toBe(guest.init.mm);
    expect(guest.call(guest.init, 'wait4', -1, 0, __WALL, 0)).toBeLessThan(0);
    guest.call(thread, 'exit', 0);
    expect(guest.kernel.tasks.task(thread.tid)).toBeUndefined();
    expect(guest.init.state).toBe('running');
  });

  it('stores tids, and clears and wakes the child tid at the end', () => {
    const guest = new TestGuest();
    const { init } = guest;
    const flags = THREAD | c.CLONE_PARENT_SETTID | c.CLONE_CHILD_SETTID | c.CLONE_CHILD_CLEARTID;
    const tid = guest.call(init, 'clone', flags, 0, SCRATCH, SCRATCH + 4, 0) as number;
    expect([init.memory.readI32(SCRATCH), init.memory.readI32(SCRATCH + 4)]).toEqual([tid, tid]);
    expect(guest.call(init, 'futex', SCRATCH + 4, 0, tid, 0, 0, 0)).toBeUndefined();
    guest.call(guest.kernel.tasks.task(tid)!, 'exit', 0);
    expect(guest.results.get(init)).toBe(0);
    expect(init.memory.readI32(SCRATCH + 4)).toBe(0);
  });

  it('with CLONE_PIDFD gives a descriptor that signals can be sent through', () => {
    const guest = new TestGuest();
    const tid = guest.call(guest.init, 'clone', c.CLONE_PIDFD | SIGCHLD, 0, SCRATCH, 0, 0) as number;
    const fd = guest.init.memory.readI32(SCRATCH);
    expect(guest.call(guest.init, 'pidfd_send_signal', fd, SIGUSR1, 0, 0)).toBe(0);
    const child = guest.kernel.tasks.task(tid)!;
    guest.call(child, 'getpid');
    expect(child.state).toBe('zombie');
    guest.call(guest.init, 'wait4', -1, 0, 0, 0);
    expect(guest.call(guest.init, 'pidfd_send_signal', fd, 0, 0, 0)).toBe(-ESRCH);
  });

  it('with CLONE_PARENT makes a sibling', () => {
    const guest = new TestGuest();
    const a = guest.fork(guest.init);
    const tid = guest.call(a, 'clone', c.CLONE_PARENT, 0, 0, 0, 0) as number;
    expect(guest.kernel.tasks.task(tid)!.group.parent).toBe(guest.init.group);
  });

  it('with CLONE_VFORK waits until the child has ended', () => {
    const guest = new TestGuest();
    const parent = guest.fork(guest.init);
    expect(guest.call(parent, 'vfork')).toBeUndefined();
    const [child] = [...parent.group.children];
    expect(guest.call(child!.leader, 'getppid')).toBe(parent.tid);
    guest.call(guest.init, 'kill', parent.tid, SIGUSR1); // not fatal while there is a handler
    guest.call(child!.leader, 'exit_group', 0);
    expect(parent.isDead).toBe(true); // SIGUSR1 without a handler is taken when the call ends
  });

  it('clone3 checks sizes and fields', () => {
    const guest = new TestGuest();
    const { memory } = guest.init;
    memory.clear(SCRATCH, 256);
    expect(guest.call(guest.init, 'clone3', SCRATCH, 32)).toBe(-EINVAL);
    memory.writeU64(SCRATCH + 32, SIGCHLD);
    const tid = guest.call(guest.init, 'clone3', SCRATCH, 88) as number;
    expect(guest.kernel.tasks.task(tid)?.group.exitSignal).toBe(SIGCHLD);
    memory.writeU64(SCRATCH + 40, 0x1000); // stack without a size
    expect(guest.call(guest.init, 'clone3', SCRATCH, 88)).toBe(-EINVAL);
  });
});

describe('process groups and sessions', () => {
  it('follow the rules of setpgid', () => {
    const guest = new TestGuest();
    const shell = guest.fork(guest.init);
    guest.call(shell, 'setsid');
    const job = guest.fork(shell);
    const helper = guest.fork(shell);
    const set = (by: typeof shell, pid: number, pgid: number) => guest.call(by, 'setpgid', pid, pgid);
    expect(set(shell, 0, 0)).toBe(-EPERM); // session leader
    expect(set(shell, job.tid, job.tid)).toBe(0);
    expect(set(shell, helper.tid, job.tid)).toBe(0);
    expect(guest.call(helper, 'getpgid', 0)).toBe(job.tid);
    expect(set(shell, helper.tid, 4711)).toBe(-EPERM);
    expect(set(shell, helper.tid, 1)).toBe(-EPERM); // a group of another session
    expect(set(job, helper.tid, 0)).toBe(-ESRCH); // not its child
    expect(set(shell, -1, -1)).toBe(-EINVAL);
    helper.group.hasExecuted = true;
    expect(set(shell, helper.tid, helper.tid)).toBe(-EACCES);
    expect(set(helper, 0, 0)).toBe(0);
    expect(guest.call(job, 'setsid')).toBe(-EPERM); // leads a group
    const child = guest.fork(job);
    expect(guest.call(child, 'setsid')).toBe(child.tid);
    expect(set(job, child.tid, 0)).toBe(-EPERM); // in another session
    expect(guest.call(child, 'getsid', 0)).toBe(child.tid);
  });

  it('keep a number in use while a group has it', () => {
    const guest = new TestGuest();
    const leader = guest.fork(guest.init);
    guest.call(leader, 'setpgid', 0, 0);
    const member = guest.fork(leader);
    guest.call(leader, 'exit_group', 0);
    guest.call(guest.init, 'wait4', leader.tid, 0, 0, 0);
    guest.kernel.tasks.lastPid = leader.tid - 1;
    expect(guest.kernel.tasks.reserve()).not.toBe(leader.tid);
    guest.call(member, 'exit_group', 0);
    guest.call(guest.init, 'wait4', member.tid, 0, 0, 0);
    guest.kernel.tasks.lastPid = leader.tid - 1;
    expect(guest.kernel.tasks.reserve()).toBe(leader.tid);
  });
});
