/**
 * seccomp(2): what sets the filters; what they do is kernel/seccomp.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EACCES, EBUSY, EINVAL, ENOMEM, EOPNOTSUPP, ESRCH } from '../abi/errno.ts';
import { BPF_MAXINSNS, SockFilter, SockFprog } from '../abi/filter.ts';
import * as abi from '../abi/seccomp.ts';
import { fail } from '../errors.ts';
import { readProgram } from '../seccomp/classic-bpf.ts';
import { SeccompListener } from '../seccomp/notification.ts';
import type { Seccomp, SeccompFilter } from '../seccomp/seccomp.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import { full, type Row } from './table.ts';

/** Instructions of a whole chain; each filter counts a little more than it has. */
const MAX_PATH = 32768;
const FILTER_PENALTY = 4;
const KNOWN_FLAGS =
  abi.SECCOMP_FILTER_FLAG_TSYNC |
  abi.SECCOMP_FILTER_FLAG_LOG |
  abi.SECCOMP_FILTER_FLAG_SPEC_ALLOW |
  abi.SECCOMP_FILTER_FLAG_NEW_LISTENER |
  abi.SECCOMP_FILTER_FLAG_TSYNC_ESRCH |
  abi.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
const ACTIONS: ReadonlySet<number> = new Set([
  abi.SECCOMP_RET_KILL_PROCESS,
  abi.SECCOMP_RET_KILL_THREAD,
  abi.SECCOMP_RET_TRAP,
  abi.SECCOMP_RET_ERRNO,
  abi.SECCOMP_RET_USER_NOTIF,
  abi.SECCOMP_RET_TRACE,
  abi.SECCOMP_RET_LOG,
  abi.SECCOMP_RET_ALLOW,
]);

/** seccomp(2) */
function sysSeccomp(task: Task, args: Args): number {
  const operation = args.u32(0);
  const flags = args.u32(1);
  const at = args.ptr(2);
  switch (operation) {
    case abi.SECCOMP_SET_MODE_STRICT:
      if (flags !== 0 || at !== 0) fail(EINVAL, 'seccomp: strict mode has no arguments');
      return setStrict(task);
    case abi.SECCOMP_SET_MODE_FILTER:
      return setFilter(task, flags, at);
    case abi.SECCOMP_GET_ACTION_AVAIL:
      if (flags !== 0) fail(EINVAL, 'seccomp: flags');
      if (!ACTIONS.has(task.memory.readU32(at))) fail(EOPNOTSUPP, 'seccomp: no such action');
      return 0;
    case abi.SECCOMP_GET_NOTIF_SIZES:
      if (flags !== 0) fail(EINVAL, 'seccomp: flags');
      task.memory.copyOut(
        at,
        new Uint8Array(
          Uint16Array.of(abi.SeccompNotif.size, abi.SeccompNotifResp.size, abi.SeccompData.size).buffer,
        ),
      );
      return 0;
    default:
      return fail(EINVAL, 'seccomp: operation');
  }
}

/** Also prctl(PR_SET_SECCOMP). */
export function setStrict(task: Task): number {
  if (task.seccomp?.mode === abi.SECCOMP_MODE_FILTER) fail(EINVAL, 'seccomp: filters are set');
  task.seccomp = { mode: abi.SECCOMP_MODE_STRICT, filter: undefined };
  return 0;
}

/** Adds a filter; the descriptor of its listener, or the tid of a thread that cannot follow, or 0. */
export function setFilter(task: Task, flags: number, at: number): number {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const isSynchronizing = has(abi.SECCOMP_FILTER_FLAG_TSYNC);
  const isListening = has(abi.SECCOMP_FILTER_FLAG_NEW_LISTENER);
  if ((flags & ~KNOWN_FLAGS) !== 0) fail(EINVAL, 'seccomp: unknown flags');
  if (isSynchronizing && isListening && !has(abi.SECCOMP_FILTER_FLAG_TSYNC_ESRCH))
    fail(EINVAL, 'seccomp: two meanings of the result');
  if (has(abi.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) && !isListening) fail(EINVAL, 'seccomp: no listener');
  const { len, filter: programAt } = SockFprog.decode(task.memory.copyIn(at, SockFprog.size));
  if (len === 0 || len > BPF_MAXINSNS) fail(EINVAL, 'seccomp: length of the filter');
  if (!task.noNewPrivileges && !task.capable(CAP_SYS_ADMIN)) fail(EACCES, 'seccomp: no_new_privs is not set');
  const program = readProgram(task.memory.copyIn(programAt, len * SockFilter.size));
  if (task.seccomp?.mode === abi.SECCOMP_MODE_STRICT) fail(EINVAL, 'seccomp: strict mode is set');
  const previous = task.seccomp?.filter;
  let total = len;
  for (let each = previous; each !== undefined; each = each.previous) {
    total += each.program.length / 2 + FILTER_PENALTY;
    if (isListening && each.listener !== undefined) fail(EBUSY, 'seccomp: there is a listener');
  }
  if (total > MAX_PATH) fail(ENOMEM, 'seccomp: the chain of filters is too long');
  if (isSynchronizing) {
    const other = threadThatCannotFollow(task, previous);
    if (other !== undefined) {
      return has(abi.SECCOMP_FILTER_FLAG_TSYNC_ESRCH) ? fail(ESRCH, 'seccomp: TSYNC') : other.tid;
    }
  }
  if (isListening) task.files.lowestFree(); // EMFILE before anything changes
  const listener = isListening ? new SeccompListener(task.kernel) : undefined;
  const filter = { program, previous, isLogging: has(abi.SECCOMP_FILTER_FLAG_LOG), listener };
  const seccomp: Seccomp = { mode: abi.SECCOMP_MODE_FILTER, filter };
  task.seccomp = seccomp;
  if (isSynchronizing) {
    for (const thread of task.group.threads) {
      thread.seccomp = seccomp;
      if (task.noNewPrivileges) thread.noNewPrivileges = true;
    }
  }
  return listener === undefined ? 0 : task.files.install(listener, true);
}

/** Every other thread must have the caller's filters, or the older ones of them. */
function threadThatCannotFollow(task: Task, own: SeccompFilter | undefined): Task | undefined {
  for (const thread of task.group.threads) {
    if (thread === task || thread.isDead || thread.seccomp === undefined) continue;
    if (thread.seccomp.mode === abi.SECCOMP_MODE_STRICT || !isAncestor(thread.seccomp.filter, own))
      return thread;
  }
  return undefined;
}

function isAncestor(filter: SeccompFilter | undefined, of: SeccompFilter | undefined): boolean {
  for (let each = of; each !== undefined; each = each.previous) if (each === filter) return true;
  return filter === undefined;
}

export const seccompTable: Row[] = [[317, full('seccomp', 'uint hex ptr', sysSeccomp)]];
