/**
 * CPU accounting: time that a task has used, in its program or in the kernel on its behalf. What hangs on CPU time is
 * looked at here: CPU-time timers and RLIMIT_CPU. Linux counterpart: kernel/sched/cputime.c, posix-cpu-timers.c.
 *
 * Reading the clock costs as much as a small system call, so a translated program's time is told at looks (program.ts)
 * by the blocks of code that it executed since the last one; the rest is the kernel's.
 */
import type { Task } from './task.ts';
import { RLIMIT_CPU } from '../abi/resource.ts';
import { SIGKILL, SIGXCPU } from '../abi/signal.ts';
import { groupCpuNs } from './group-usage.ts';
import { sendSignal } from './signal-send.ts';

/** The service of a task, or the slice of its program, that is under way on CPU 0. Owned by Kernel and program.ts. */
export class Slice {
  /** Up to here everything is charged. */
  chargedNs = 0;
  /** When the program's time was last told. */
  lookedNs = 0;
  /** Blocks that the program executed, and calls that it made, since then. */
  blocks = 0;
  calls = 0;

  begin(nowNs: number): void {
    this.chargedNs = nowNs;
    this.lookedNs = nowNs;
    this.blocks = 0;
    this.calls = 0;
  }

  /** Tells the time since the last look. */
  look(task: Task, nowNs: number): void {
    const { sched } = task;
    const { blocks, calls } = this;
    const elapsedNs = nowNs - this.lookedNs;
    // One call among so many blocks spoils the rate little.
    if (blocks >= MEASURABLE_BLOCKS && calls <= 1) {
      sched.nsPerBlock = (sched.nsPerBlock + elapsedNs / blocks) / 2;
    }
    if (blocks > 0) {
      task.userNsPending += calls === 0 ? elapsedNs : Math.min(elapsedNs, blocks * sched.nsPerBlock);
    }
    this.lookedNs = nowNs;
    this.blocks = 0;
    this.calls = 0;
  }
}

/** A look at so many blocks or more tells how fast the program is. */
export const MEASURABLE_BLOCKS = 2_000;

/** Charges the task that CPU 0 serves for what it has used up to now. */
export function chargeCurrent(task: Task): void {
  const { slice, natives, time } = task.kernel;
  const nowNs = time.monotonicNs();
  if (task.kind === 'translated') slice.look(task, nowNs);
  const elapsedNs = nowNs - slice.chargedNs;
  slice.chargedNs = nowNs;
  const userNs = natives.takeUserTime(task);
  // A native program computed elsewhere, a translated one within this time.
  chargeCpu(task, userNs, task.kind === 'translated' ? Math.max(0, elapsedNs - userNs) : elapsedNs);
}

/** Charges a task for processor time. Called at the end of each trap or slice. */
export function chargeCpu(task: Task, userNs: number, systemNs: number): void {
  task.usage.userNs += userNs;
  task.usage.systemNs += systemNs;
  task.kernel.scheduler.account(task, userNs + systemNs);
  const { group } = task;
  if (task.isDead) return;
  if (group.itimers !== undefined) group.itimers.checkCpu();
  if (group.posixTimers !== undefined) group.posixTimers.checkCpu();
  if (group.limits[RLIMIT_CPU]!.soft !== Infinity) checkCpuLimit(task);
}

/** SIGXCPU at the soft limit and each second after it, SIGKILL at the hard limit. */
function checkCpuLimit(task: Task): void {
  const { group } = task;
  const { soft, hard } = group.limits[RLIMIT_CPU]!;
  const { userNs, systemNs } = groupCpuNs(group);
  const usedSec = (userNs + systemNs) / 1e9;
  if (usedSec >= hard) {
    sendSignal(group, SIGKILL);
  } else if (usedSec >= soft) {
    group.limits[RLIMIT_CPU] = { soft: Math.floor(usedSec) + 1, hard };
    sendSignal(group, SIGXCPU);
  }
}
