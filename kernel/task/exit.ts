/**
 * The end of threads and processes: exit(2), exit_group(2). Linux counterpart: kernel/exit.c.
 *
 * Order of a thread's end: what other programs can see of its memory (robust futexes, the cleared tid) while it still
 * has memory; then memory, files and directories go back; then, when it was the last thread of its process, children
 * get a new parent, process groups are looked after, and the parent is told. The process stays as a zombie until it is
 * waited for (wait.ts), unless the parent does not want to know.
 */
import type { AddressSpace } from '../mm/address-space.ts';
import type { Task } from './task.ts';
import type { ThreadGroup } from './thread-group.ts';
import { SIGCHLD, SIGCONT, SIGHUP } from '../abi/signal.ts';
import { Errno, GONE } from '../errors.ts';
import { flushTask } from '../fs/proc/flush.ts';
import { leaveUndo } from '../ipc/semaphore-undo.ts';
import { chargeCurrent } from './accounting.ts';
import { releaseExecutable } from './executable.ts';
import { walkRobustList } from './robust-list.ts';
import { finishVfork } from './vfork.ts';
import { detachTranslated } from './translated.ts';
import { addUsage } from './usage.ts';
import { notifyEnd } from './notify-parent.ts';
import { exitEventStop, releaseTracees, untrace } from './ptrace-relation.ts';
import { kick, kill, sendSignal, signalProcessGroup } from './signal-send.ts';
import { leaveQueues, wakeTask } from './sleep.ts';

/** Ends the whole process with a wait status (exitedStatus(code), or a signal's number). The handler returns this. */
export function exitGroup(task: Task, status: number): number {
  const { group } = task;
  if (!group.isExiting) {
    group.groupExitStatus = status;
    for (const thread of group.threads) if (thread !== task && !thread.isDead) kill(thread);
  }
  return exitTask(task, group.groupExitStatus);
}

/** Ends one thread. */
export function exitTask(task: Task, status: number): number {
  if (task.isDead) return GONE;
  if (exitEventStop(task, status)) return GONE;
  const { group, kernel } = task;
  kernel.scheduler.remove(task);
  leaveQueues(task);
  kernel.futexes.forget(task);
  task.work = 'none';
  task.exitStatus = status;
  task.exitRequested = -1;
  releaseMemory(task);
  leaveUndo(task);
  for (const ring of kernel.urings) ring.taskIsGone(task);
  releaseFiles(task);
  task.state = 'zombie';
  task.signalFrames = [];
  task.isSignalPending = false;
  if (kernel.scheduler.current === task) chargeCurrent(task);
  addUsage(group.deadUsage, task.usage);
  releaseTracees(task);
  if (group.execThread !== undefined && group.execThread !== task) wakeTask(group.execThread);
  if (group.isDead) endGroup(group);
  else passOn(task);
  announce(task);
  return GONE;
}

/** The thread's context and memory go back; whoever waits for that (vfork, pthread_join) learns of it. */
function releaseMemory(task: Task): void {
  const { kernel, mm } = task;
  if (mm !== undefined) leaveMemory(task);
  kernel.natives.detach(task);
  detachTranslated(task);
  finishVfork(task);
  task.mm = undefined;
  if (mm !== undefined) {
    keepUsage(task, mm);
    mm.put();
  }
}

/** What an address space has counted stays with the task when the last user leaves it. */
export function keepUsage({ usage }: Task, mm: AddressSpace): void {
  usage.maxRssKib = Math.max(usage.maxRssKib, mm.peakRssPages * 4);
  if (mm.references > 1) return;
  usage.minorFaults += mm.minorFaults;
  usage.majorFaults += mm.majorFaults;
}

/** Tells other users of the memory that the thread leaves it: robust futexes and CLONE_CHILD_CLEARTID. */
export function leaveMemory(task: Task): void {
  const { kernel } = task;
  const mm = task.mm!;
  if (task.robustList !== 0) walkRobustList(task);
  task.robustList = 0;
  if (task.clearChildTid !== 0 && mm.references > 1) {
    try {
      mm.writeU32(task.clearChildTid, 0);
      kernel.futexes.wake(mm, task.clearChildTid, 1);
    } catch (error) {
      // Linux ignores a bad address here as well.
      if (!(error instanceof Errno)) throw error;
    }
  }
  task.clearChildTid = 0;
}

function releaseFiles(task: Task): void {
  const { files, fs } = task;
  files.put(task);
  fs.put();
  releaseExecutable(task);
}

/** The last thread is gone: the process ends. */
function endGroup(group: ThreadGroup): void {
  const { leader } = group;
  const { kernel } = leader;
  if (group.groupExitStatus < 0) group.groupExitStatus = leader.exitStatus;
  group.itimers?.cancelAll();
  group.posixTimers?.deleteAll();
  group.stopSignal = 0;
  group.isStopped = false;
  group.sharedPending.clear();
  if (group === kernel.tasks.init) {
    const code = group.groupExitStatus.toString(16).padStart(8, '0');
    kernel.panic(`Attempted to kill init! exitcode=0x${code}`, undefined);
    return;
  }
  const { session } = group;
  if (session.leader === group) {
    session.terminal?.disassociate(session);
    session.leader = undefined;
  }
  reparentChildren(group);
  if (group.parent !== undefined) hangUpOrphans(group, group.parent, group);
}

/** A thread of a living process ends: what it leaves to the others. */
function passOn(task: Task): void {
  const { group } = task;
  const heir = group.livingThread!;
  for (const child of group.children) {
    if (child.parentThread !== task) continue;
    sendDeathSignal(child);
    child.parentThread = heir;
  }
  const shared = group.sharedPending.set;
  if (shared === 0n) return;
  for (const thread of group.threads) if (!thread.isDead && (shared & ~thread.blocked) !== 0n) kick(thread);
}

function sendDeathSignal(child: ThreadGroup): void {
  for (const thread of child.threads) {
    if (thread.parentDeathSignal !== 0 && !thread.isDead) sendSignal(child, thread.parentDeathSignal);
  }
}

/** Children go to the nearest ancestor that asked for orphans (PR_SET_CHILD_SUBREAPER), or to init. */
function reparentChildren(group: ThreadGroup): void {
  if (group.children.size === 0) return;
  const reaper = findReaper(group);
  for (const child of [...group.children]) {
    sendDeathSignal(child);
    group.children.delete(child);
    child.parent = reaper;
    child.parentThread = reaper?.livingThread;
    child.exitSignal = SIGCHLD;
    reaper?.children.add(child);
    if (child.isZombie && child.leader.trace === undefined && notifyEnd(child.leader, reaper, SIGCHLD)) {
      releaseTask(child.leader);
    }
    hangUpOrphans(child, group);
  }
}

function findReaper(group: ThreadGroup): ThreadGroup | undefined {
  const { init } = group.leader.kernel.tasks;
  for (let ancestor = group.parent; ancestor !== undefined; ancestor = ancestor.parent) {
    if (ancestor === init) break;
    if (ancestor.isSubreaper && !ancestor.isDead) return ancestor;
  }
  return init === group || init?.isDead === true ? undefined : init;
}

/**
 * A process group that had `member`'s link to `parent` as its last link to the rest of the session becomes orphaned:
 * its stopped members get SIGHUP and SIGCONT.
 */
function hangUpOrphans(member: ThreadGroup, parent: ThreadGroup, leaving?: ThreadGroup): void {
  const { processGroup } = member;
  if (parent.processGroup === processGroup || parent.session !== member.session) return;
  if (!processGroup.isOrphaned(leaving) || !processGroup.hasStoppedMember) return;
  signalProcessGroup(processGroup, SIGHUP);
  signalProcessGroup(processGroup, SIGCONT);
}

/** Tells the tracer, then the parent, or lets the thread go if nobody asks for it. */
export function announce(task: Task): void {
  const { group } = task;
  const tracer = task.trace?.tracer.group;
  if (task.isLeader && !group.isDead) return; // the last thread will do it
  if (tracer !== undefined && (tracer !== group.parent || !task.isLeader)) {
    if (!notifyEnd(task, tracer, SIGCHLD)) return; // the tracer's wait goes on from here: see `untrace`
    untrace(task);
  }
  if (!task.isLeader) {
    releaseTask(task);
    if (group.isDead && group.leader.isDead && !group.isZombie && group.leader !== task)
      announce(group.leader);
    return;
  }
  if (group.threads.size > 1) {
    // Dead threads that a tracer still holds; the last of them that is let go announces the process.
    for (const thread of group.threads) if (thread !== task && thread.trace !== undefined) return;
  }
  group.isZombie = true;
  const isForgotten = notifyEnd(task, group.parent, group.exitSignal);
  group.exitQueue.wake();
  task.kernel.onExit?.(group.tgid, group.groupExitStatus);
  if (isForgotten) releaseTask(task);
}

/** Lets a dead thread go for good; a leader's process goes with it. */
export function releaseTask(task: Task): void {
  const { group, kernel } = task;
  if (task.state === 'dead') return;
  task.state = 'dead';
  untrace(task);
  kernel.tasks.remove(task);
  flushTask(task);
  if (group.leader !== task) return;
  group.isReleased = true;
  group.parent?.children.delete(group);
  group.handlers.references--;
  group.exitQueue.wake();
}
