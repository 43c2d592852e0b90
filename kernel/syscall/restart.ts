/** restart_syscall(2): how a call that a signal interrupted goes on with the time that it has left. */
import type { Task } from '../task/task.ts';
import type { Row } from './table.ts';
import { EINTR } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { resumeRestartBlock } from '../task/signals.ts';
import { full } from './table.ts';

/** restart_syscall(2): programs do not make it; signal delivery makes them execute it. */
function sysRestartSyscall(task: Task): number {
  if (!resumeRestartBlock(task)) fail(EINTR, 'restart_syscall: nothing to go on with');
  return task.kernel.table.get(task.call.number)!.handler!(task, task.args);
}

export const restartTable: Row[] = [[219, full('restart_syscall', '', sysRestartSyscall)]];
