/**
 * What a process tells its parent: SIGCHLD and the wake-up of wait(2). Linux counterpart: do_notify_parent,
 * do_notify_parent_cldstop; wait(2), sigaction(2) for SA_NOCLDSTOP and SA_NOCLDWAIT.
 */
import type { SignalInfo } from './signal-queue.ts';
import type { Task } from './task.ts';
import type { ThreadGroup } from './thread-group.ts';
import {
  CLD_CONTINUED,
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  CLD_TRAPPED,
  NSIG,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SIGCHLD,
  SIGCONT,
  SIG_IGN,
} from '../abi/signal.ts';
import { WCOREFLAG, wExitStatus, wIfExited, wTermSignal } from '../abi/wait.ts';
import { groupUsage } from './group-usage.ts';
import { toTicks } from './usage.ts';
import { sendSignal } from './signal-send.ts';

/** Code and status of siginfo_t for the wait status of a process that ended. */
export function endOf(status: number): { code: number; status: number } {
  if (wIfExited(status)) return { code: CLD_EXITED, status: wExitStatus(status) };
  return { code: (status & WCOREFLAG) !== 0 ? CLD_DUMPED : CLD_KILLED, status: wTermSignal(status) };
}

function childInfo(child: Task, signo: number, code: number, status: number): SignalInfo {
  const usage = groupUsage(child.group);
  return {
    signo,
    code,
    status,
    pid: child.tid,
    uid: child.credentials.uid,
    utime: toTicks(usage.userNs),
    stime: toTicks(usage.systemNs),
  };
}

/**
 * Tells `parent` that `child` (a thread group's leader, or a traced thread) has ended. True: nobody will wait for it,
 * because the parent ignores SIGCHLD or says SA_NOCLDWAIT, or there is no parent.
 */
export function notifyEnd(child: Task, parent: ThreadGroup | undefined, exitSignal: number): boolean {
  if (parent === undefined) return true;
  let signo = exitSignal;
  let isAutoreaped = false;
  if (signo === SIGCHLD) {
    const action = parent.handlers.get(SIGCHLD);
    isAutoreaped = action.handler === SIG_IGN || (action.flags & SA_NOCLDWAIT) !== 0;
    if (action.handler === SIG_IGN) signo = 0;
  }
  // clone(2) takes any number for it.
  if (signo !== 0 && signo <= NSIG) {
    const { code, status } = endOf(child.isLeader ? child.group.groupExitStatus : child.exitStatus);
    sendSignal(parent, signo, childInfo(child, signo, code, status));
  }
  parent.childQueue.wake();
  return isAutoreaped;
}

/** Tells the parent that a process stopped or continued. */
export function notifyJobControl(group: ThreadGroup, code: typeof CLD_STOPPED | typeof CLD_CONTINUED): void {
  const { parent } = group;
  if (parent === undefined) return;
  const action = parent.handlers.get(SIGCHLD);
  if (action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0) {
    const status = code === CLD_STOPPED ? group.stopSignal : SIGCONT;
    sendSignal(parent, SIGCHLD, childInfo(group.leader, SIGCHLD, code, status));
  }
  parent.childQueue.wake();
}

/** Tells a tracer that its tracee is in a stop with this exit code (signal, or signal and event). */
export function notifyTracer(task: Task, exitCode: number): void {
  const tracer = task.trace?.tracer;
  if (tracer === undefined) return;
  const action = tracer.group.handlers.get(SIGCHLD);
  if (action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0) {
    sendSignal(tracer.group, SIGCHLD, childInfo(task, SIGCHLD, CLD_TRAPPED, exitCode & 0x7f));
  }
  tracer.group.childQueue.wake();
}
