/** Who may look into a process through its files in proc: PTRACE_MODE_READ_FSCREDS of ptrace(2). */
import type { Task } from '../../task/task.ts';
import type { Reader } from './tree.ts';
import { EACCES } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { mayAccess } from '../../task/access.ts';

export function mayLook(reader: Reader, target: Task): boolean {
  return reader === undefined || mayAccess(reader, target, 'fsuid');
}

/** For files whose content only the owner may see: EACCES at open(2) or readlink(2). */
export function requireAccess(target: Task, reader: Reader): void {
  if (!mayLook(reader, target)) fail(EACCES, 'ptrace access mode');
}
