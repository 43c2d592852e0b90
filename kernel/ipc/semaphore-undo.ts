/**
 * UndoList: what a process has done to semaphores with SEM_UNDO and what its end takes back. Linux counterpart: struct
 * sem_undo_list, exit_sem. Tasks share one after clone(2) with CLONE_SYSVSEM; it is carried out when the last of them
 * ends. The amounts are kept by the sets.
 */
import { SEMVMX } from '../abi/ipc.ts';
import type { Task } from '../task/task.ts';
import type { SemaphoreSet } from './semaphores.ts';

export class UndoList {
  references = 1;
  readonly sets = new Set<SemaphoreSet>();
}

/** clone(2) with CLONE_SYSVSEM: both tasks have one list, made now if need be. */
export function shareUndo(task: Task, child: Task): void {
  const list = (task.semaphoreUndo ??= new UndoList());
  list.references++;
  child.semaphoreUndo = list;
}

/** The task ends, or unshares its list: the last one undoes. */
export function leaveUndo(task: Task): void {
  const list = task.semaphoreUndo;
  if (list === undefined) return;
  task.semaphoreUndo = undefined;
  if (--list.references > 0) return;
  const { tgid } = task.group;
  for (const set of list.sets) {
    const row = set.undo.get(list);
    set.undo.delete(list);
    row?.forEach((adjustment, num) => {
      if (adjustment === 0) return;
      const semaphore = set.semaphores[num]!;
      // Linux: at the end of a process, values stop at their limits.
      semaphore.value = Math.min(SEMVMX, Math.max(0, semaphore.value + adjustment));
      semaphore.pid = tgid;
    });
    set.otime = set.ipc.kernel.time.now().sec;
    set.serve();
  }
  list.sets.clear();
}
