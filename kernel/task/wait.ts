/**
 * Waiting for children: wait4(2), waitid(2). Linux counterpart: do_wait in kernel/exit.c. Here is the search for a
 * child with news and what taking the news does; the system calls format it.
 */
import type { Task } from './task.ts';
import type { ThreadGroup } from './thread-group.ts';
import type { Usage } from './usage.ts';
import { CLD_CONTINUED, CLD_STOPPED, CLD_TRAPPED, SIGCHLD, SIGCONT } from '../abi/signal.ts';
import {
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  STATUS_CONTINUED,
  WCONTINUED,
  WEXITED,
  WNOWAIT,
  WSTOPPED,
  __WALL,
  __WCLONE,
  __WNOTHREAD,
  stoppedStatus,
} from '../abi/wait.ts';
import { announce, releaseTask } from './exit.ts';
import { groupUsage } from './group-usage.ts';
import { endOf } from './notify-parent.ts';
import { untrace } from './ptrace-relation.ts';
import { addUsage, newUsage } from './usage.ts';

export interface WaitFor {
  /** P_* */
  readonly type: number;
  /** Pid or process group. */
  readonly id: number;
  /** WEXITED, WSTOPPED, WCONTINUED, WNOWAIT, __W* */
  readonly options: number;
}

/** News of a child. */
export interface ChildNews {
  readonly pid: number;
  readonly uid: number;
  /** As wait4 gives it. */
  readonly status: number;
  /** As waitid gives it. */
  readonly code: number;
  readonly codeStatus: number;
  readonly usage: Usage;
}

/** News, 'none' (there are children, but nothing new), or 'childless' (ECHILD). */
export function findNews(task: Task, wanted: WaitFor): ChildNews | 'none' | 'childless' {
  let isChildless = true;
  for (const child of task.group.children) {
    if (child.isReleased || !matches(child.leader, wanted)) continue;
    if ((wanted.options & __WNOTHREAD) !== 0 && child.parentThread !== task) continue;
    if (!isOfKind(child, wanted.options)) continue;
    if (child.isZombie && child.leader.trace === undefined && (wanted.options & WEXITED) === 0) continue;
    isChildless = false;
    const news = newsOfChild(child, wanted.options);
    if (news !== undefined) return news;
  }
  for (const thread of task.group.threads) {
    if ((wanted.options & __WNOTHREAD) !== 0 && thread !== task) continue;
    for (const tracee of thread.tracees) {
      if (!matches(tracee, wanted)) continue;
      const isEnd = tracee.isDead && !(tracee.isLeader && !tracee.group.isDead);
      if (isEnd && (wanted.options & WEXITED) === 0) continue;
      isChildless = false;
      const news = newsOfTracee(tracee, wanted.options);
      if (news !== undefined) return news;
    }
  }
  return isChildless ? 'childless' : 'none';
}

function matches(child: Task, { type, id }: WaitFor): boolean {
  if (type === P_PID || type === P_PIDFD) return child.tid === id;
  if (type === P_PGID) return child.group.processGroup.id === id;
  return type === P_ALL;
}

/** __WCLONE: only children that announce their end by another signal than SIGCHLD; without it: only others. */
function isOfKind(child: ThreadGroup, options: number): boolean {
  if ((options & __WALL) !== 0) return true;
  return (child.exitSignal !== SIGCHLD) === ((options & __WCLONE) !== 0);
}

function newsOfChild(child: ThreadGroup, options: number): ChildNews | undefined {
  const isKept = (options & WNOWAIT) !== 0;
  if (child.isZombie) {
    // A traced child's end goes to its tracer first.
    if ((options & WEXITED) === 0 || child.leader.trace !== undefined) return undefined;
    return reap(child, isKept);
  }
  const isTraced = child.leader.trace !== undefined;
  if (child.isStopUnreported && child.isStopped && (options & WSTOPPED) !== 0 && !isTraced) {
    if (!isKept) child.isStopUnreported = false;
    return news(
      child.leader,
      stoppedStatus(child.stopSignal),
      CLD_STOPPED,
      child.stopSignal,
      groupUsage(child),
    );
  }
  if (child.isContinueUnreported && (options & WCONTINUED) !== 0) {
    if (!isKept) child.isContinueUnreported = false;
    return news(child.leader, STATUS_CONTINUED, CLD_CONTINUED, SIGCONT, groupUsage(child));
  }
  return undefined;
}

function newsOfTracee(tracee: Task, options: number): ChildNews | undefined {
  const state = tracee.trace!;
  const isKept = (options & WNOWAIT) !== 0;
  if (tracee.isDead) {
    if ((options & WEXITED) === 0) return undefined;
    // The end of a first thread is told with that of the last, or not at all if another one executes a program.
    if (tracee.isLeader && !tracee.group.isDead) return undefined;
    return reapTracee(tracee, isKept);
  }
  // A tracer sees the stops of its tracees without WUNTRACED.
  const status = state.unreportedStatus;
  if (status === 0 || tracee.state !== 'traced') return undefined;
  if (!isKept) state.unreportedStatus = 0;
  return news(tracee, status, CLD_TRAPPED, status >> 8, tracee.usage);
}

function news(child: Task, status: number, code: number, codeStatus: number, usage: Usage): ChildNews {
  return { pid: child.tid, uid: child.credentials.uid, status, code, codeStatus, usage };
}

/** Takes a zombie: its counters go to the parent, its pid is free again. */
function reap(child: ThreadGroup, isKept: boolean): ChildNews {
  const { leader } = child;
  const usage = newUsage();
  addUsage(usage, groupUsage(child));
  addUsage(usage, child.childrenUsage);
  const status = child.groupExitStatus;
  const end = endOf(status);
  const result = news(leader, status, end.code, end.status, usage);
  if (isKept) return result;
  if (child.parent !== undefined) addUsage(child.parent.childrenUsage, usage);
  releaseTask(leader);
  return result;
}

/** Takes a dead tracee: a stranger's child is then announced to its own parent. */
function reapTracee(tracee: Task, isKept: boolean): ChildNews | undefined {
  const tracer = tracee.trace!.tracer.group;
  const { group } = tracee;
  if (tracee.isLeader && !group.isDead) return undefined;
  if (tracee.isLeader && group.parent === tracer) {
    if (!group.isZombie) return undefined;
    return reap(group, isKept);
  }
  const status = tracee.isLeader ? group.groupExitStatus : tracee.exitStatus;
  const end = endOf(status);
  const result = news(tracee, status, end.code, end.status, tracee.usage);
  if (isKept) return result;
  untrace(tracee);
  announce(tracee);
  return result;
}
