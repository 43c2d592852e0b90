/**
 * The wait of vfork(2): a parent stands still until its child no longer uses the memory that they share. Linux
 * counterpart: struct completion vfork_done, mm_release.
 *
 * A translated parent sleeps in its call. A native parent has lent its context to the child and is in state 'vfork';
 * natives.detach gives the context back, and with it the answer.
 */
import type { Task } from './task.ts';
import { SLEEP } from '../errors.ts';
import { traceVforkDone } from './ptrace.ts';
import { sleepOn, wakeTask } from './sleep.ts';

/** In a translated parent's call: the child's pid when the child is done, or SLEEP. */
export function awaitVfork(task: Task, child: Task | undefined, pid: number): number {
  if (child?.vforkParent !== task) {
    traceVforkDone(task, pid);
    return pid;
  }
  const slept = sleepOn(task, [], { isKillable: true });
  return slept === SLEEP ? SLEEP : pid; // killed: the result does not matter any more
}

/** The child executes a program, or exits: the parent goes on. */
export function finishVfork(child: Task): void {
  const parent = child.vforkParent;
  if (parent === undefined) return;
  child.vforkParent = undefined;
  if (parent.state === 'sleeping') wakeTask(parent);
}
