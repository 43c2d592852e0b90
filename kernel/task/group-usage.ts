/** Sums over a process's threads: getrusage(2), times(2), /proc/PID/stat, CPU-time clocks. */
import type { Task } from './task.ts';
import type { ThreadGroup } from './thread-group.ts';
import type { Usage } from './usage.ts';
import { addUsage, newUsage } from './usage.ts';

/** What a thread has used up to now, also if it computes just now in a thread of its own. */
export function usageOf(thread: Task): Usage {
  thread.usage.userNs += thread.kernel.natives.takeComputed(thread);
  return thread.usage;
}

/** What all threads of a process have used, the dead ones included. */
export function groupUsage(group: ThreadGroup): Usage {
  const sum = newUsage();
  addUsage(sum, group.deadUsage);
  for (const thread of group.threads) if (!thread.isDead) addUsage(sum, usageOf(thread));
  return sum;
}

/** CPU time of a process, in nanoseconds. */
export function groupCpuNs(group: ThreadGroup): { userNs: number; systemNs: number } {
  let { userNs, systemNs } = group.deadUsage;
  for (const thread of group.threads) {
    if (thread.isDead) continue;
    const usage = usageOf(thread);
    userNs += usage.userNs;
    systemNs += usage.systemNs;
  }
  return { userNs, systemNs };
}
