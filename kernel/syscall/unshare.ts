/** unshare(2): a task stops sharing with others what clone(2) made it share. There are no namespaces. */
import { EINVAL, EPERM } from '../abi/errno.ts';
import * as sched from '../abi/sched.ts';
import { fail } from '../errors.ts';
import { leaveUndo } from '../ipc/semaphore-undo.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { unshareFiles } from './open.ts';
import { partial, type Row } from './table.ts';

const NAMESPACES =
  sched.CLONE_NEWNS |
  sched.CLONE_NEWCGROUP |
  sched.CLONE_NEWUTS |
  sched.CLONE_NEWIPC |
  sched.CLONE_NEWUSER |
  sched.CLONE_NEWPID |
  sched.CLONE_NEWNET |
  sched.CLONE_NEWTIME;
const SHARED =
  sched.CLONE_THREAD |
  sched.CLONE_FS |
  sched.CLONE_SIGHAND |
  sched.CLONE_VM |
  sched.CLONE_FILES |
  sched.CLONE_SYSVSEM;
/** What a process shares with its threads only cannot be given up while there are some. */
const OF_THREADS = sched.CLONE_THREAD | sched.CLONE_SIGHAND | sched.CLONE_VM;

/** unshare(2) */
function sysUnshare(task: Task, args: Args): number {
  const flags = args.u32(0);
  const has = (mask: number): boolean => (flags & mask) !== 0;
  if ((flags & ~(NAMESPACES | SHARED)) !== 0) fail(EINVAL, 'unshare: unknown flags');
  if (has(OF_THREADS | sched.CLONE_NEWUSER)) {
    const living = [...task.group.threads].filter(thread => !thread.isDead);
    if (living.length > 1) fail(EINVAL, 'unshare: there are other threads');
  }
  if (has(sched.CLONE_SIGHAND | sched.CLONE_VM) && task.handlers.references > 1)
    fail(EINVAL, 'unshare: signal handlers are shared with another process');
  if (has(sched.CLONE_VM) && task.memory.references > 1)
    fail(EINVAL, 'unshare: memory is shared with another process');
  // Linux: makes namespaces; this is what one says that was built without them.
  if (has(sched.CLONE_NEWUSER)) fail(EINVAL, 'unshare: there are no user namespaces');
  if (has(NAMESPACES)) {
    if (!task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'unshare: CAP_SYS_ADMIN');
    fail(EINVAL, 'unshare: there are no namespaces');
  }
  if (has(sched.CLONE_FS) && task.fs.references > 1) {
    const shared = task.fs;
    task.fs = shared.clone();
    shared.put();
  }
  if (has(sched.CLONE_FILES)) unshareFiles(task);
  if (has(sched.CLONE_SYSVSEM)) leaveUndo(task);
  return 0;
}

export const unshareTable: Row[] = [
  [272, partial('unshare', 'cloneflags', sysUnshare, 'no namespaces: EINVAL')],
];
