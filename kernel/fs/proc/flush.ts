/**
 * A task was reaped: the cached names of its directories in /proc go, and with them their inodes and the task itself.
 * Otherwise the dentry cache would keep as many dead tasks as it has room. Linux counterpart: proc_flush_pid.
 */
import type { Task } from '../../task/task.ts';
import type { Dentry } from '../path.ts';

export function flushTask({ kernel, tid, group }: Task): void {
  for (const { superBlock } of kernel.vfs.mounts.values()) {
    const names = superBlock.typeName === 'proc' ? superBlock.rootDentry?.children : undefined;
    if (names === undefined) continue;
    const threads = names.get(String(group.tgid))?.children.get('task')?.children;
    for (const dentry of [names.get(String(tid)), threads?.get(String(tid))])
      if (dentry !== undefined && !hasMounts(dentry)) kernel.vfs.dentries.forget(dentry);
  }
}

function hasMounts({ mounts, children }: Dentry): boolean {
  return mounts.length > 0 || [...children.values()].some(hasMounts);
}
