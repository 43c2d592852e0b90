/**
 * Who may look into a process: the ptrace access mode of ptrace(2), PTRACE_MODE_READ_FSCREDS and
 * PTRACE_MODE_ATTACH_FSCREDS. Linux counterpart: __ptrace_may_access, cap_ptrace_access_check.
 */
import type { Task } from '../../task/task.ts';
import type { Reader } from './tree.ts';
import { EACCES } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { CAP_SYS_PTRACE, isCapable } from '../../task/credentials.ts';

/** SUID_DUMP_USER: the process may be looked into by its owner. */
export const DUMPABLE_USER = 1;

export function mayAccess(reader: Reader, target: Task): boolean {
  if (reader === undefined || reader.group === target.group) return true;
  const mine = reader.credentials;
  const theirs = target.credentials;
  if (isCapable(mine, CAP_SYS_PTRACE)) return true;
  const isSameUser =
    mine.fsuid === theirs.euid &&
    mine.fsuid === theirs.suid &&
    mine.fsuid === theirs.uid &&
    mine.fsgid === theirs.egid &&
    mine.fsgid === theirs.sgid &&
    mine.fsgid === theirs.gid;
  if (!isSameUser || target.group.dumpable !== DUMPABLE_USER) return false;
  return (theirs.permitted & ~mine.effective) === 0n;
}

/** For files whose content only the owner may see: EACCES at open(2) or readlink(2). */
export function requireAccess(target: Task, reader: Reader): void {
  if (!mayAccess(reader, target)) fail(EACCES, 'ptrace access mode');
}
