/**
 * CPU accounting: time that a task has used, in its program or in the kernel on its behalf. What hangs on CPU time is
 * looked at here: CPU-time timers and RLIMIT_CPU. Linux counterpart: kernel/sched/cputime.c, posix-cpu-timers.c.
 */
import type { Task } from './task.ts';
import { RLIMIT_CPU } from '../abi/resource.ts';
import { SIGKILL, SIGXCPU } from '../abi/signal.ts';
import { groupCpuNs } from './group-usage.ts';
import { sendSignal } from './signal-send.ts';

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
