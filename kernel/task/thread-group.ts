/**
 * ThreadGroup: a process, that is what its threads share besides memory and files. Linux counterpart: struct
 * signal_struct. It outlives its threads until its parent has waited for it.
 *
 *   living ──exitGroup()──▶ exiting ──last thread exits──▶ zombie ──wait4() or autoreap──▶ released
 */
import type { Itimers } from '../time/itimers.ts';
import type { PosixTimers } from '../time/posix-timers.ts';
import type { ResourceLimits } from './limits.ts';
import type { SignalHandlers } from './signal-queue.ts';
import type { ProcessGroup, Session } from './session.ts';
import type { Task } from './task.ts';
import type { Usage } from './usage.ts';
import { SIGCHLD } from '../abi/signal.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { PendingSignals } from './signal-queue.ts';
import { newUsage } from './usage.ts';

export class ThreadGroup {
  readonly tgid: number;
  /** The thread whose tid is the tgid; a zombie leader stays until all other threads are gone. */
  leader: Task;
  /** Threads that are not released; the leader included. Changed by TaskTable, exit and exec. */
  readonly threads = new Set<Task>();

  /** The process that waits for this one; undefined for init and for processes that the kernel started. */
  parent: ThreadGroup | undefined;
  /** The thread of the parent that made it (PR_SET_PDEATHSIG, __WNOTHREAD). */
  parentThread: Task | undefined;
  readonly children = new Set<ThreadGroup>();
  processGroup: ProcessGroup;
  /** Sent to the parent at the end; 0: none. */
  exitSignal = SIGCHLD;
  /** PR_SET_CHILD_SUBREAPER */
  isSubreaper = false;
  /** Pid 1, or another process that signals without a handler do not reach. */
  isInit = false;
  /** It has called exec since fork: its parent may not move it to another process group any more. */
  hasExecuted = false;
  /** PR_SET_DUMPABLE */
  dumpable = 1;

  limits: ResourceLimits;
  handlers: SignalHandlers;
  readonly sharedPending = new PendingSignals();

  /** Wait status of the whole group once it is decided; -1 before. Threads that see it exit. */
  groupExitStatus = -1;
  /** Its end left a core file, or tried to. */
  isCoreDumped = false;
  /** The thread that runs exec and ends all others; exitStatus does not hold for it. */
  execThread: Task | undefined;
  /** The group's end was announced to the parent: it can be waited for. */
  isZombie = false;
  /** Released without a wait, or waited for. */
  isReleased = false;

  /** A job-control stop is under way or complete: its signal; 0: none. */
  stopSignal = 0;
  /** All threads are stopped. */
  isStopped = false;
  /** The stop, or the continuation after it, has not been waited for yet (WUNTRACED, WCONTINUED). */
  isStopUnreported = false;
  isContinueUnreported = false;
  /** The parent is to be told CLD_STOPPED (1) or CLD_CONTINUED (2) by the next thread that runs. */
  continueNotice: 'none' | 'stopped' | 'continued' = 'none';

  /** Woken when a child changes state: wait4(2). */
  readonly childQueue = new WaitQueue();
  /** Woken when the group becomes a zombie and when it is released: pidfds. */
  readonly exitQueue = new WaitQueue();

  /** Counters of threads that are gone. */
  readonly deadUsage: Usage = newUsage();
  /** Counters of children that were waited for. */
  readonly childrenUsage: Usage = newUsage();
  /** When it was made: monotonic nanoseconds. */
  startTimeNs = 0;

  itimers: Itimers | undefined;
  posixTimers: PosixTimers | undefined;
  /** -1000 … 1000, /proc/PID/oom_score_adj. */
  oomScoreAdj = 0;

  constructor(leader: Task, tgid: number, processGroup: ProcessGroup, parts: GroupParts) {
    this.leader = leader;
    this.tgid = tgid;
    this.processGroup = processGroup;
    this.limits = parts.limits;
    this.handlers = parts.handlers;
  }

  get session(): Session {
    return this.processGroup.session;
  }
  get isExiting(): boolean {
    return this.groupExitStatus >= 0;
  }
  /** All its threads have ended (it may still be announced later, when a tracer lets go). */
  get isDead(): boolean {
    for (const thread of this.threads) if (!thread.isDead) return false;
    return true;
  }
  /** Nobody needs it any more for job control. */
  get isReapable(): boolean {
    return this.isReleased || this.isDead;
  }
  get isSessionLeader(): boolean {
    return this.session.id === this.tgid;
  }

  /** Some thread that lives; the leader if it does. */
  get livingThread(): Task | undefined {
    if (!this.leader.isDead) return this.leader;
    for (const thread of this.threads) if (!thread.isDead) return thread;
    return undefined;
  }
}

export interface GroupParts {
  limits: ResourceLimits;
  handlers: SignalHandlers;
}
