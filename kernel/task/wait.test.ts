import { describe, expect, it } from 'vitest';
import { ECHILD, EINVAL } from '../abi/errno.ts';
import {
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGKILL,
  SIGSTOP,
  SIGTERM,
  SIGTSTP,
  SIG_IGN,
} from '../abi/signal.ts';
import {
  P_PIDFD,
  STATUS_CONTINUED,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WUNTRACED,
  exitedStatus,
  stoppedStatus,
} from '../abi/wait.ts';
import { SCRATCH, TestGuest, setHandler } from './testing.ts';

describe('wait4', () => {
  it('gives the exit status of a child that has ended, once', () => {
    const guest = new TestGuest();
    const child = guest.fork(guest.init);
    guest.call(child, 'exit_group', 3);
    expect(child.state).toBe('zombie');
    expect(guest.call(guest.init, 'wait4', -1, SCRATCH, 0, 0)).toBe(child.tid);
    expect(guest.init.memory.readI32(SCRATCH)).toBe(exitedStatus(3));
    expect(child.state).toBe('dead');
    expect(guest.kernel.tasks.task(child.tid)).toBeUndefined();
    expect(guest.call(guest.init, 'wait4', -1, SCRATCH, 0, 0)).toBe(-ECHILD);
  });

  it('sleeps until a child ends', () => {
    const guest = new TestGuest();
    const child = guest.fork(guest.init);
    expect(guest.call(guest.init, 'wait4', -1, SCRATCH, 0, 0)).toBeUndefined();
    expect(guest.init.state).toBe('sleeping');
    guest.call(child, 'exit_group', 0);
    expect(guest.results.get(guest.init)).toBe(child.tid);
  });

  it('does not hang with WNOHANG, and waits only for the process group asked for', () => {
    const guest = new TestGuest();
    const a = guest.fork(guest.init);
    const b = guest.fork(guest.init);
    guest.call(b, 'setpgid', 0, 0);
    guest.call(b, 'exit_group', 1);
    expect(guest.call(guest.init, 'wait4', -1, 0, WNOHANG, 0)).toBe(b.tid);
    expect(guest.call(guest.init, 'wait4', -1, 0, WNOHANG, 0)).toBe(0);
    expect(guest.call(guest.init, 'wait4', -a.tid, 0, WNOHANG, 0)).toBe(-ECHILD);
    expect(guest.call(guest.init, 'wait4', -1, 0, 0x40, 0)).toBe(-EINVAL);
  });

  it('reports a signal death', () => {
    const guest = new TestGuest();
    const child = guest.fork(guest.init);
    guest.call(guest.init, 'kill', child.tid, SIGTERM);
    guest.call(child, 'getpid'); // a signal is taken at the end of a call
    expect(guest.call(guest.init, 'wait4', child.tid, SCRATCH, 0, 0)).toBe(child.tid);
    expect(guest.init.memory.readI32(SCRATCH)).toBe(SIGTERM);
  });

  it('reports stops with WUNTRACED and continuations with WCONTINUED', () => {
    const guest = new TestGuest();
    const child = guest.fork(guest.init);
    guest.call(child, 'pause');
    guest.call(guest.init, 'kill', child.tid, SIGSTOP);
    expect(child.state).toBe('stopped');
    expect(guest.call(guest.init, 'wait4', -1, SCRATCH, WNOHANG, 0)).toBe(0);
    expect(guest.call(guest.init, 'wait4', -1, SCRATCH, WNOHANG | WUNTRACED, 0)).toBe(child.tid);
    expect(guest.init.memory.readI32(SCRATCH)).toBe(stoppedStatus(SIGSTOP));
    expect(guest.call(guest.init, 'wait4', -1, SCRATCH, WNOHANG | WUNTRACED, 0)).toBe(0);
    guest.call(guest.init, 'kill', child.tid, SIGCONT);
    expect(child.state).toBe('sleeping'); // pause(2) goes on
    expect(guest.call(guest.init, 'wait4', -1, SCRATCH, WNOHANG | WCONTINUED, 0)).toBe(child.tid);
    expect(guest.init.memory.readI32(SCRATCH)).toBe(STATUS_CONTINUED);
  });

  it('is interrupted by a handler, and restarted with SA_RESTART', () => {
    const guest = new TestGuest();
    const parent = guest.fork(guest.init);
    guest.fork(parent);
    setHandler(guest, parent, SIGHUP, 0x1234, 0x1000_0000);
    guest.call(parent, 'wait4', -1, 0, 0, 0);
    guest.call(guest.init, 'kill', parent.tid, SIGHUP);
    expect(guest.results.get(parent)).toBe('handler');
    expect(guest.call(parent, 'rt_sigreturn')).toBeUndefined();
    expect(parent.state).toBe('sleeping');
    expect(parent.call.number).toBe(61);
  });
});

describe('waitid', () => {
  it('leaves the child with WNOWAIT and finds it by pidfd', () => {
    const guest = new TestGuest();
    const { init } = guest;
    const child = guest.fork(init);
    const fd = guest.call(init, 'pidfd_open', child.tid, 0) as number;
    expect(init.file(fd).poll()).toBe(0);
    guest.call(child, 'exit_group', 5);
    expect(init.file(fd).poll()).not.toBe(0);
    expect(guest.call(init, 'waitid', P_PIDFD, fd, SCRATCH, WEXITED | WNOWAIT, 0)).toBe(0);
    expect(init.memory.readI32(SCRATCH)).toBe(SIGCHLD);
    expect(init.memory.readI32(SCRATCH + 16)).toBe(child.tid);
    expect(init.memory.readI32(SCRATCH + 24)).toBe(5);
    expect(guest.call(init, 'waitid', P_PIDFD, fd, SCRATCH, WEXITED, 0)).toBe(0);
    expect(guest.call(init, 'waitid', P_PIDFD, fd, SCRATCH, WEXITED, 0)).toBe(-ECHILD);
    expect(guest.call(init, 'waitid', 0, 0, 0, WNOHANG, 0)).toBe(-EINVAL);
  });
});

describe('the end of a process', () => {
  it('gives orphans to init', () => {
    const guest = new TestGuest();
    const parent = guest.fork(guest.init);
    const orphan = guest.fork(parent);
    guest.call(parent, 'exit_group', 0);
    expect(guest.call(orphan, 'getppid')).toBe(1);
  });

  it('gives orphans to the nearest subreaper', () => {
    const guest = new TestGuest();
    const reaper = guest.fork(guest.init);
    guest.call(reaper, 'prctl', 36, 1);
    const parent = guest.fork(reaper);
    const orphan = guest.fork(parent);
    guest.call(parent, 'exit_group', 0);
    expect(guest.call(orphan, 'getppid')).toBe(reaper.tid);
  });

  it('leaves no zombie when the parent ignores SIGCHLD or has SA_NOCLDWAIT', () => {
    for (const [handler, flags] of [
      [SIG_IGN, 0],
      [0, SA_NOCLDWAIT],
    ] as const) {
      const guest = new TestGuest();
      setHandler(guest, guest.init, SIGCHLD, handler, flags);
      const child = guest.fork(guest.init);
      expect(guest.call(guest.init, 'wait4', -1, 0, 0, 0)).toBeUndefined();
      guest.call(child, 'exit_group', 0);
      expect(guest.results.get(guest.init)).toBe(-ECHILD);
      expect(child.state).toBe('dead');
    }
  });

  it('sends SIGCHLD for a stop unless SA_NOCLDSTOP is set', () => {
    for (const flags of [0, SA_NOCLDSTOP]) {
      const guest = new TestGuest();
      const parent = guest.fork(guest.init);
      setHandler(guest, parent, SIGCHLD, 0x4000, flags);
      const child = guest.fork(parent);
      guest.call(child, 'pause');
      guest.call(guest.init, 'kill', child.tid, SIGSTOP);
      expect(parent.group.sharedPending.has(SIGCHLD)).toBe(flags === 0);
    }
  });

  it('sends the signal of PR_SET_PDEATHSIG to children', () => {
    const guest = new TestGuest();
    const parent = guest.fork(guest.init);
    const child = guest.fork(parent);
    guest.call(child, 'prctl', 1, SIGKILL);
    guest.call(child, 'pause');
    guest.call(parent, 'exit_group', 0);
    expect(child.isDead).toBe(true);
  });

  it('hangs up a stopped process group that becomes an orphan', () => {
    const guest = new TestGuest();
    const shell = guest.fork(guest.init);
    guest.call(shell, 'setsid');
    const job = guest.fork(shell);
    guest.call(shell, 'setpgid', job.tid, job.tid);
    setHandler(guest, job, SIGHUP, 0x5000);
    guest.call(job, 'pause');
    guest.call(shell, 'kill', -job.tid, SIGTSTP);
    expect(job.state).toBe('stopped');
    guest.call(shell, 'exit_group', 0);
    expect(guest.results.get(job)).toBe('handler');
    expect(job.signalFrames[0]?.signo).toBe(SIGHUP);
  });

  it('is a panic for init', () => {
    const guest = new TestGuest();
    guest.call(guest.init, 'exit_group', 0);
    expect(guest.halts[0]?.kind).toBe('panic');
  });

  it('of one thread leaves the process alive; the last thread announces it', () => {
    const guest = new TestGuest();
    const leader = guest.fork(guest.init);
    const other = guest.thread(leader);
    guest.call(leader, 'exit', 7);
    expect(leader.state).toBe('zombie');
    expect(guest.call(guest.init, 'wait4', leader.tid, 0, WNOHANG, 0)).toBe(0);
    guest.call(other, 'exit', 9);
    expect(guest.call(guest.init, 'wait4', leader.tid, SCRATCH, WNOHANG, 0)).toBe(leader.tid);
    expect(guest.init.memory.readI32(SCRATCH)).toBe(exitedStatus(7));
  });

  it('by exit_group ends the other threads too', () => {
    const guest = new TestGuest();
    const leader = guest.fork(guest.init);
    const other = guest.thread(leader);
    guest.call(other, 'pause');
    guest.call(leader, 'exit_group', 2);
    expect(other.state).toBe('dead');
    expect(guest.call(guest.init, 'wait4', -1, SCRATCH, 0, 0)).toBe(leader.tid);
    expect(guest.init.memory.readI32(SCRATCH)).toBe(exitedStatus(2));
  });
});
