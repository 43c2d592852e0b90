/**
 * Questions about the signals of one task, and the flag that makes them cheap: `task.isSignalPending` is true whenever
 * deliverSignals may have something to do. Linux counterpart: recalc_sigpending, TIF_SIGPENDING.
 */
import type { Task } from './task.ts';
import { SIGKILL, signalBit } from '../abi/signal.ts';

const KILL = signalBit(SIGKILL);

/** A signal that interrupts a sleep. */
export function hasSignalPending(task: Task): boolean {
  return task.isSignalPending;
}

/** The task is about to be killed: even sleeps that no other signal interrupts end. */
export function isFatalPending(task: Task): boolean {
  if ((task.pending.set & KILL) !== 0n) return true;
  return task.exitRequested >= 0 || task.group.isExiting || isEndedByExec(task);
}

/** Another thread of the group executes a program, and this one has to go. */
export function isEndedByExec(task: Task): boolean {
  const { execThread } = task.group;
  return execThread !== undefined && execThread !== task;
}

/** Works the flag out again, after masks or queues changed. */
export function recalculatePending(task: Task): void {
  const ready = (task.pending.set | task.group.sharedPending.set) & ~task.blocked;
  task.isSignalPending =
    ready !== 0n ||
    task.isStopPending ||
    task.trace?.isTrapPending === true ||
    (task.group.continueNotice !== 'none' && !task.isDead) ||
    isFatalPending(task);
}
