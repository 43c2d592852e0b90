/** What proc and sysfs ask of the rest of the kernel beyond plain fields: sums over tasks, and states. */
import type { Kernel } from '../../kernel.ts';
import type { Task } from '../../task/task.ts';
import type { ThreadGroup } from '../../task/thread-group.ts';
import type { Usage } from '../../task/usage.ts';
import { groupUsage } from '../../task/group-usage.ts';
import { addUsage } from '../../task/usage.ts';

/** CPUs that the guest sees. */
export const CPU_COUNT = 1;

/** CPU time since boot, of all processes that were. */
export function cpuTimes(kernel: Kernel): { userNs: number; systemNs: number; idleNs: number } {
  let userNs = 0;
  let systemNs = 0;
  for (const group of kernel.tasks.groups.values()) {
    const sum = groupUsageWithChildren(group);
    userNs += sum.userNs;
    systemNs += sum.systemNs;
  }
  const idleNs = Math.max(0, kernel.time.monotonicNs() * CPU_COUNT - userNs - systemNs);
  return { userNs, systemNs, idleNs };
}

function groupUsageWithChildren(group: ThreadGroup): Usage {
  const sum = groupUsage(group);
  addUsage(sum, group.childrenUsage);
  return sum;
}

export function runnableCount(kernel: Kernel): number {
  let count = 0;
  for (const task of kernel.tasks.tasks.values()) {
    if (task.state === 'running' && !kernel.natives.isWaiting(task)) count++;
  }
  return count;
}

/** Open file descriptions that processes hold. */
export function openFileCount(kernel: Kernel): number {
  const files = new Set<object>();
  for (const task of kernel.tasks.tasks.values()) {
    if (!task.isDead) for (const [, file] of task.files.entries()) files.add(file);
  }
  return files.size;
}

/** Letter and word of a task's state, as /proc/PID/status has them. */
export function stateOf(task: Task): readonly [string, string] {
  switch (task.state) {
    case 'running':
      if (task.kind === 'native' && task.kernel.natives.isWaiting(task)) return ['S', 'sleeping'];
      return ['R', 'running'];
    case 'starting':
      return ['R', 'running'];
    case 'sleeping':
      return ['S', 'sleeping'];
    case 'vfork':
      return ['D', 'disk sleep'];
    case 'stopped':
      return ['T', 'stopped'];
    case 'traced':
      return ['t', 'tracing stop'];
    case 'zombie':
      return ['Z', 'zombie'];
    case 'dead':
      return ['X', 'dead'];
  }
}

/** A random 16-byte UUID (version 4) from the machine's randomness. */
export function randomUuid(kernel: Kernel): string {
  const bytes = new Uint8Array(16);
  kernel.machine.random(bytes);
  return formatUuid(bytes);
}

export function formatUuid(bytes: Uint8Array): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
