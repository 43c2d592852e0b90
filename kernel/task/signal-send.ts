/**
 * Sending signals: from whoever sends to the pending queue, and the kick that makes the receiver look. Linux
 * counterpart: send_signal_locked, prepare_signal, complete_signal in kernel/signal.c. Whether the sender may is
 * checked before, in `mayKill`; what the receiver does is deliverSignals.
 */
import type { Kernel } from '../kernel.ts';
import type { ProcessGroup } from './session.ts';
import type { SignalInfo } from './signal-queue.ts';
import type { Task } from './task.ts';
import type { ThreadGroup } from './thread-group.ts';
import { EAGAIN } from '../abi/errno.ts';
import { RLIMIT_CORE, RLIMIT_SIGPENDING } from '../abi/resource.ts';
import {
  SIGABRT,
  SIGBUS,
  SIGCHLD,
  SIGCONT,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGQUIT,
  SIGRTMIN,
  SIGSEGV,
  SIGSTOP,
  SIGSYS,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
  SIGXCPU,
  SIGXFSZ,
  SIG_DFL,
  SIG_IGN,
  SI_KERNEL,
  SI_TIMER,
  SI_USER,
  signalBit,
  signalSet,
} from '../abi/signal.ts';
import { HANDLER_EXIT_THREAD } from '../abi/trap.ts';
import { WCOREFLAG } from '../abi/wait.ts';
import { CAP_KILL } from './credentials.ts';
import { isFatalPending, recalculatePending } from './signal-state.ts';
import { leaveQueues, makeRunnable, wakeTask } from './sleep.ts';
import { ThreadGroup as ThreadGroupClass } from './thread-group.ts';

export const STOP_SIGNALS = signalSet(SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU);
/** Signals that are ignored unless there is a handler. */
export const DEFAULT_IGNORED = signalSet(SIGCHLD, SIGCONT, SIGURG, SIGWINCH);
/** Signals whose default action ends the process with a core dump. */
const CORE_DUMPING = signalSet(
  SIGQUIT,
  SIGILL,
  SIGTRAP,
  SIGABRT,
  SIGFPE,
  SIGSEGV,
  SIGBUS,
  SIGSYS,
  SIGXCPU,
  SIGXFSZ,
);
/** Signals that nobody blocks, ignores or handles. */
export const UNBLOCKABLE = signalSet(SIGKILL, SIGSTOP);

/** The information of a signal that a task sends. */
export function infoFrom(sender: Task, signo: number, code = SI_USER): SignalInfo {
  return { signo, code, pid: sender.group.tgid, uid: sender.credentials.uid };
}

/** The information of a signal from the kernel itself. */
export function kernelInfo(signo: number): SignalInfo {
  return { signo, code: SI_KERNEL, isForced: true };
}

/**
 * Sends a signal to a thread, or to a process (any thread that does not block it). Without `info` the kernel is the
 * sender. Answers false if RLIMIT_SIGPENDING left no room for a real-time signal that carries a value.
 */
export function sendSignal(
  target: Task | ThreadGroup,
  signo: number,
  info: SignalInfo = kernelInfo(signo),
): boolean {
  const isGroup = target instanceof ThreadGroupClass;
  const group = isGroup ? target : target.group;
  const thread = isGroup ? group.leader : target;
  if (group.isReleased || (!isGroup && target.isDead)) return true;
  if (!prepare(group, signo)) return true;
  if (isIgnored(thread, signo, info)) return true;
  const pending = isGroup ? group.sharedPending : target.pending;
  if (signo < SIGRTMIN && pending.has(signo)) return true;
  if (
    info.code !== SI_TIMER &&
    signo !== SIGKILL &&
    queuedSignals(group) >= group.limits[RLIMIT_SIGPENDING]!.soft &&
    info.code !== SI_KERNEL
  ) {
    // Linux keeps what a plain kill(2) sends, without its information, and refuses what carries a value.
    if (signo >= SIGRTMIN && info.code !== SI_USER) return false;
    pending.addBare(signo);
  } else pending.add(info);
  group.handlers.signalQueue.wake();
  complete(group, isGroup ? undefined : target, signo);
  return true;
}

/** A signal that a task's own call brings on it (SIGPIPE, SIGXFSZ): Linux makes it look as if it had sent it. */
export function signalSelf(task: Task, signo: number): void {
  sendSignal(task, signo, infoFrom(task, signo));
}

/** As sendSignal, with EAGAIN as rt_sigqueueinfo(2) gives it. */
export function queueSignal(target: Task | ThreadGroup, signo: number, info: SignalInfo): number {
  return sendSignal(target, signo, info) ? 0 : -EAGAIN;
}

/** Sends a signal to all members of a process group; false if it has none. */
export function signalProcessGroup(group: ProcessGroup, signo: number, info?: SignalInfo): boolean {
  for (const member of [...group.members]) sendSignal(member, signo, info);
  return group.members.size > 0;
}

/**
 * A signal that the task itself has caused by a fault: it cannot be blocked or ignored, so that a program that blocks
 * SIGSEGV does not fault for ever. Linux counterpart: force_sig_info.
 */
export function forceSignal(task: Task, info: SignalInfo): void {
  const { signo } = info;
  const action = task.handlers.get(signo);
  const bit = signalBit(signo);
  if (action.handler === SIG_IGN || (task.blocked & bit) !== 0n) {
    task.handlers.set(signo, { ...action, handler: SIG_DFL });
    task.blocked &= ~bit;
  }
  task.pending.add({ ...info, isSynchronous: true, isForced: true });
  complete(task.group, task, signo);
}

/** May `sender` signal `target`? kill(2). */
export function mayKill(sender: Task, target: Task, signo: number): boolean {
  if (sender.group === target.group) return true;
  const from = sender.credentials;
  const to = target.credentials;
  if (from.euid === to.suid || from.euid === to.uid || from.uid === to.suid || from.uid === to.uid)
    return true;
  if (signo === SIGCONT && sender.group.session === target.group.session) return true;
  return sender.capable(CAP_KILL);
}

/** Linux: counts all queued signals of the receiver's user; here those of the receiving process. */
function queuedSignals(group: ThreadGroup): number {
  let count = group.sharedPending.queue.length;
  for (const thread of group.threads) count += thread.pending.queue.length;
  return count;
}

/** What a signal does at once, before it is queued: stops and continuations cancel each other. False: drop it. */
function prepare(group: ThreadGroup, signo: number): boolean {
  if (group.isExiting && signo !== SIGKILL) return false;
  const bit = signalBit(signo);
  if ((bit & STOP_SIGNALS) !== 0n) {
    flushEverywhere(group, signalBit(SIGCONT));
  } else if (signo === SIGCONT) {
    flushEverywhere(group, STOP_SIGNALS);
    continueGroup(group);
    for (const thread of group.threads) notifyTraced(thread);
  }
  return true;
}

/** SIGCONT: a seized task stops once more to say so, wherever it is. Linux counterpart: ptrace_trap_notify. */
function notifyTraced(thread: Task): void {
  const state = thread.trace;
  if (state === undefined || !state.isSeized || thread.isDead) return;
  state.isTrapPending = true;
  if (thread.state === 'traced' && state.isListening) {
    Object.assign(state, { stopKind: 'none', stopInfo: undefined, unreportedStatus: 0, isListening: false });
    makeRunnable(thread, 'finish');
  }
  kick(thread);
}

function flushEverywhere(group: ThreadGroup, set: bigint): void {
  group.sharedPending.flush(set);
  for (const thread of group.threads) thread.pending.flush(set);
}

/** Ends a job-control stop. */
function continueGroup(group: ThreadGroup): void {
  const wasStopping = group.stopSignal !== 0;
  if (!wasStopping) return;
  // A stop that was not complete is announced as one, so that the parent sees both.
  group.continueNotice = group.isStopped ? 'continued' : 'stopped';
  if (group.isStopped) {
    group.isContinueUnreported = true;
    group.isStopUnreported = false;
  }
  endStop(group);
}

/** Lets all stopped threads of a group run on. */
function endStop(group: ThreadGroup): void {
  group.stopSignal = 0;
  group.isStopped = false;
  for (const thread of group.threads) {
    thread.isStopPending = false;
    recalculatePending(thread);
    if (thread.state === 'stopped') leaveStop(thread);
  }
}

/** A native program that sleeps by itself stopped without being in a call. */
function leaveStop(thread: Task): void {
  if (!thread.kernel.natives.endStop(thread)) makeRunnable(thread, 'finish');
}

/** Would the receiver throw the signal away? Then it is not even queued; unless it is blocked or traced. */
export function isIgnored(thread: Task, signo: number, info: SignalInfo): boolean {
  if ((thread.blocked & signalBit(signo)) !== 0n || (thread.awaited & signalBit(signo)) !== 0n) return false;
  if (thread.trace !== undefined && signo !== SIGKILL) return false;
  const { handler } = thread.handlers.get(signo);
  if (thread.group.isInit && handler === SIG_DFL && !(info.isForced === true && isUnblockable(signo)))
    return true;
  if (handler === SIG_IGN) return true;
  return handler === SIG_DFL && (signalBit(signo) & DEFAULT_IGNORED) !== 0n;
}

function isUnblockable(signo: number): boolean {
  return (signalBit(signo) & UNBLOCKABLE) !== 0n;
}

/** The wait status of a process that a signal ends. */
export function fatalStatus(group: ThreadGroup, signo: number): number {
  const isDumping =
    (signalBit(signo) & CORE_DUMPING) !== 0n && group.dumpable === 1 && group.limits[RLIMIT_CORE]!.soft > 0;
  return isDumping ? signo | WCOREFLAG : signo;
}

/** No handler, and the default action is the end. */
function isFatal(group: ThreadGroup, signo: number): boolean {
  if (group.handlers.get(signo).handler !== SIG_DFL) return false;
  return (signalBit(signo) & (DEFAULT_IGNORED | STOP_SIGNALS)) === 0n;
}

/** The signal ends the thread that takes it: see HANDLER_EXIT_THREAD. */
export function isThreadsEnd(thread: Task, handler: number): boolean {
  return handler === HANDLER_EXIT_THREAD && thread.kind === 'native';
}

/** Ends a thread wherever it is, and no other one. */
function endThread(thread: Task): void {
  thread.exitRequested = 0;
  kick(thread);
}

/**
 * The thread `thread` takes the signal. One that is fatal anyway ends the whole process at once: a program that only
 * computes would otherwise never look at it.
 */
function take(group: ThreadGroup, thread: Task, signo: number): void {
  if (isThreadsEnd(thread, group.handlers.get(signo).handler)) {
    endThread(thread);
    return;
  }
  const isDying = isFatal(group, signo) && !group.isInit;
  if (isDying && thread.trace === undefined && !group.isExiting) {
    group.groupExitStatus = fatalStatus(group, signo);
    for (const other of group.threads) if (!other.isDead) kill(other);
    return;
  }
  kickForSignal(thread);
}

/** Finds the thread that takes the signal, and kicks it. */
function complete(group: ThreadGroup, target: Task | undefined, signo: number): void {
  const bit = signalBit(signo);
  if (signo === SIGKILL) {
    // All threads die of it: it is put into the queue of each, as Linux does.
    if (!group.isExiting) group.groupExitStatus = SIGKILL;
    for (const thread of group.threads) if (!thread.isDead) kill(thread);
    return;
  }
  for (const thread of group.threads) if ((thread.awaited & bit) !== 0n) kickForSignal(thread);
  const candidates = target === undefined ? candidatesOf(group) : [target];
  for (const thread of candidates) {
    if (!isTaker(thread, bit)) continue;
    if (target === undefined && thread.isSignalPending && group.threads.size > 1) continue;
    take(group, thread, signo);
    return;
  }
  // Everybody is busy with another signal: whoever is ready first takes it.
  for (const thread of candidates) if (isTaker(thread, bit)) return take(group, thread, signo);
}

/** One that is stopped looks at the signal when it goes on. Linux counterpart: wants_signal. */
function isTaker({ blocked, state }: Task, bit: bigint): boolean {
  return (
    (blocked & bit) === 0n &&
    state !== 'stopped' &&
    state !== 'traced' &&
    state !== 'zombie' &&
    state !== 'dead'
  );
}

function candidatesOf(group: ThreadGroup): Task[] {
  return [group.leader, ...[...group.threads].filter(thread => thread !== group.leader)];
}

/** Makes a thread die as soon as it can. */
export function kill(thread: Task): void {
  if (!thread.pending.has(SIGKILL)) thread.pending.add(kernelInfo(SIGKILL));
  kick(thread);
}

function kickForSignal(thread: Task): void {
  thread.isSignalPending = true;
  kick(thread);
}

/**
 * Makes a thread look at its signals: a sleep ends, a program that computes is asked to trap. A fatal signal ends also
 * stops, traces and the wait for a vfork child.
 */
export function kick(thread: Task): void {
  thread.isSignalPending = true;
  const isFatal = isFatalPending(thread);
  switch (thread.state) {
    case 'sleeping':
      if (!thread.isKillableSleep || isFatal) wakeTask(thread);
      return;
    case 'stopped':
      if (isFatal) {
        thread.isStopPending = false;
        leaveStop(thread);
        if (thread.work === 'none') attract(thread);
      }
      return;
    case 'traced':
    case 'starting':
      if (isFatal) {
        thread.isStopPending = false;
        makeRunnable(thread, 'finish');
      }
      return;
    case 'vfork':
      if (isFatal) {
        leaveQueues(thread);
        makeRunnable(thread, 'finish');
      }
      return;
    case 'running':
      attract(thread);
      return;
    case 'zombie':
    case 'dead':
  }
}

/** Asks a native program that computes, or sleeps by itself, to trap. */
function attract(thread: Task): void {
  const { kernel, kind, work } = thread;
  if (work !== 'none' || kernel.scheduler.current === thread || kind !== 'native') return;
  kernel.natives.attention(thread, isFatalPending(thread) ? 'fatal' : 'signal');
}

/** Sends to every process that `sender` may signal, except init and itself: kill(-1). Answers how many were tried. */
export function signalEverybody(
  kernel: Kernel,
  sender: Task,
  signo: number,
): { tried: number; denied: number } {
  let tried = 0;
  let denied = 0;
  for (const group of [...kernel.tasks.groups.values()]) {
    if (group.tgid <= 1 || group === sender.group) continue;
    tried++;
    if (!mayKill(sender, group.leader, signo)) denied++;
    else if (signo !== 0) sendSignal(group, signo, infoFrom(sender, signo));
  }
  return { tried, denied };
}
