/**
 * Who may look into or change another process: the access modes of ptrace(2). Linux counterpart: __ptrace_may_access,
 * cap_ptrace_access_check.
 */
import type { Task } from './task.ts';
import { CAP_SYS_PTRACE, isCapable } from './credentials.ts';

/** SUID_DUMP_USER: the process may be looked into by its owner. */
const DUMPABLE_USER = 1;

/**
 * `by` says whose ids count: those of file access (PTRACE_MODE_FSCREDS: a look through a file of proc), or the real ones
 * (PTRACE_MODE_REALCREDS: a system call).
 */
export function mayAccess(caller: Task, target: Task, by: 'fsuid' | 'uid'): boolean {
  if (caller.group === target.group) return true;
  const mine = caller.credentials;
  const theirs = target.credentials;
  if (isCapable(mine, CAP_SYS_PTRACE)) return true;
  const uid = by === 'fsuid' ? mine.fsuid : mine.uid;
  const gid = by === 'fsuid' ? mine.fsgid : mine.gid;
  const isSameUser =
    [theirs.euid, theirs.suid, theirs.uid].every(id => id === uid) &&
    [theirs.egid, theirs.sgid, theirs.gid].every(id => id === gid);
  if (!isSameUser || target.group.dumpable !== DUMPABLE_USER) return false;
  const capabilities = by === 'fsuid' ? mine.effective : mine.permitted;
  return (theirs.permitted & ~capabilities) === 0n;
}
