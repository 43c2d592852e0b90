/**
 * Who a task is: getuid(2) and its kin, setuid(2) … setresgid(2), setfsuid(2), getgroups(2), capget(2), capset(2).
 * The rules are task/identity.ts.
 */
import type { Credentials } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import * as abi from '../abi/capability.ts';
import { EFAULT, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { RLIMIT_NPROC } from '../abi/resource.ts';
import { fail } from '../errors.ts';
import { ALL_CAPABILITIES, CAP_SETGID } from '../task/credentials.ts';
import * as identity from '../task/identity.ts';
import { full } from './table.ts';

const NGROUPS_MAX = 65536;

/** Gives the task new credentials, with what hangs on them: the count of processes of a user, dumpability. */
function changeCredentials(task: Task, next: Credentials): number {
  const old = task.credentials;
  const { tasks } = task.kernel;
  task.credentials = next;
  if (next.uid !== old.uid) {
    tasks.countUser(old.uid, -1);
    tasks.countUser(next.uid, 1);
    const isOver = next.uid !== 0 && (tasks.userTasks.get(next.uid) ?? 0) > task.limit(RLIMIT_NPROC);
    // Not an error here, because programs do not expect one: the next exec fails instead.
    task.isProcessLimitExceeded = isOver;
  }
  const isOther =
    next.euid !== old.euid || next.egid !== old.egid || next.fsuid !== old.fsuid || next.fsgid !== old.fsgid;
  if (isOther || (next.permitted & ~old.permitted) !== 0n) {
    task.group.dumpable = 0;
    task.parentDeathSignal = 0;
  }
  return 0;
}

function requireId(id: number): number {
  if (id === identity.KEEP) fail(EINVAL, 'id -1');
  return id;
}

const sysGetuid = (task: Task): number => task.credentials.uid;
const sysGeteuid = (task: Task): number => task.credentials.euid;
const sysGetgid = (task: Task): number => task.credentials.gid;
const sysGetegid = (task: Task): number => task.credentials.egid;

function sysSetuid(task: Task, args: Args): number {
  return changeCredentials(task, identity.setUid(task.credentials, requireId(args.u32(0))));
}
function sysSetgid(task: Task, args: Args): number {
  return changeCredentials(task, identity.setGid(task.credentials, requireId(args.u32(0))));
}
function sysSetreuid(task: Task, args: Args): number {
  return changeCredentials(task, identity.setReuid(task.credentials, args.u32(0), args.u32(1)));
}
function sysSetregid(task: Task, args: Args): number {
  return changeCredentials(task, identity.setRegid(task.credentials, args.u32(0), args.u32(1)));
}
function sysSetresuid(task: Task, args: Args): number {
  return changeCredentials(task, identity.setResuid(task.credentials, args.u32(0), args.u32(1), args.u32(2)));
}
function sysSetresgid(task: Task, args: Args): number {
  return changeCredentials(task, identity.setResgid(task.credentials, args.u32(0), args.u32(1), args.u32(2)));
}

/** setfsuid(2): gives the old id, whether it changed or not. */
function sysSetfsuid(task: Task, args: Args): number {
  const old = task.credentials.fsuid;
  changeCredentials(task, identity.setFsuid(task.credentials, args.u32(0)));
  return old;
}
function sysSetfsgid(task: Task, args: Args): number {
  const old = task.credentials.fsgid;
  changeCredentials(task, identity.setFsgid(task.credentials, args.u32(0)));
  return old;
}

function sysGetresuid(task: Task, args: Args): number {
  const { uid, euid, suid } = task.credentials;
  [uid, euid, suid].forEach((id, i) => task.memory.writeU32(args.ptr(i), id));
  return 0;
}
function sysGetresgid(task: Task, args: Args): number {
  const { gid, egid, sgid } = task.credentials;
  [gid, egid, sgid].forEach((id, i) => task.memory.writeU32(args.ptr(i), id));
  return 0;
}

/** getgroups(2) */
function sysGetgroups(task: Task, args: Args): number {
  const size = args.i32(0);
  const { groups } = task.credentials;
  if (size < 0) fail(EINVAL, 'getgroups: size');
  if (size === 0) return groups.length;
  if (groups.length > size) fail(EINVAL, 'getgroups: too small');
  const words = new Uint32Array(groups);
  task.memory.copyOut(args.ptr(1), new Uint8Array(words.buffer));
  return groups.length;
}

/** setgroups(2) */
function sysSetgroups(task: Task, args: Args): number {
  const count = args.i32(0);
  if (!task.capable(CAP_SETGID)) fail(EPERM, 'setgroups');
  if (count < 0 || count > NGROUPS_MAX) fail(EINVAL, 'setgroups: size');
  const groups = [...new Uint32Array(task.memory.copyIn(args.ptr(1), count * 4).buffer)];
  if (groups.includes(identity.KEEP)) fail(EINVAL, 'setgroups: id -1');
  return changeCredentials(task, { ...task.credentials, groups: groups.sort((a, b) => a - b) });
}

/** Reads the header of capget and capset; undefined: an unknown version, and the right one was written back. */
function readHeader(task: Task, at: number): { words: number; pid: number } | undefined {
  const { version, pid } = abi.CapHeaderLayout.decode(task.memory.copyIn(at, abi.CapHeaderLayout.size));
  if (version === abi._LINUX_CAPABILITY_VERSION_1) return { words: 1, pid };
  if (version === abi._LINUX_CAPABILITY_VERSION_2 || version === abi._LINUX_CAPABILITY_VERSION_3) {
    return { words: 2, pid };
  }
  task.memory.writeU32(at, abi._LINUX_CAPABILITY_VERSION_3);
  return undefined;
}

/** capget(2) */
function sysCapget(task: Task, args: Args): number {
  const dataAt = args.ptr(1);
  const header = readHeader(task, args.ptr(0));
  if (header === undefined) return dataAt === 0 ? 0 : fail(EINVAL, 'capget: version');
  if (header.pid < 0) fail(EINVAL, 'capget: pid');
  const target = header.pid === 0 ? task : task.kernel.tasks.task(header.pid);
  if (target === undefined) return fail(ESRCH, 'capget: no such process');
  if (dataAt === 0) return 0;
  const { effective, permitted, inheritable } = target.credentials;
  for (let i = 0; i < header.words; i++) {
    const half = (set: bigint): number => Number((set >> BigInt(32 * i)) & 0xffff_ffffn);
    const data = { effective: half(effective), permitted: half(permitted), inheritable: half(inheritable) };
    task.memory.copyOut(dataAt + i * abi.CapDataLayout.size, abi.CapDataLayout.encode(data));
  }
  return 0;
}

/** capset(2) */
function sysCapset(task: Task, args: Args): number {
  const dataAt = args.ptr(1);
  const header = readHeader(task, args.ptr(0));
  if (header === undefined) return fail(EINVAL, 'capset: version');
  if (header.pid !== 0 && header.pid !== task.tid) fail(EPERM, 'capset: of another task');
  if (dataAt === 0) fail(EFAULT, 'capset: data');
  const sets = { effective: 0n, permitted: 0n, inheritable: 0n };
  const bytes = task.memory.copyIn(dataAt, header.words * abi.CapDataLayout.size);
  for (let i = 0; i < header.words; i++) {
    const half = abi.CapDataLayout.decode(bytes, i * abi.CapDataLayout.size);
    for (const name of ['effective', 'permitted', 'inheritable'] as const) {
      sets[name] |= (BigInt(half[name]) << BigInt(32 * i)) & ALL_CAPABILITIES;
    }
  }
  return changeCredentials(task, identity.setCapabilities(task.credentials, sets));
}

export const credentialsTable: Row[] = [
  [102, full('getuid', '', sysGetuid)],
  [104, full('getgid', '', sysGetgid)],
  [105, full('setuid', 'uid', sysSetuid)],
  [106, full('setgid', 'gid:uid', sysSetgid)],
  [107, full('geteuid', '', sysGeteuid)],
  [108, full('getegid', '', sysGetegid)],
  [113, full('setreuid', 'uid uid', sysSetreuid)],
  [114, full('setregid', 'uid uid', sysSetregid)],
  [115, full('getgroups', 'int ptr', sysGetgroups)],
  [116, full('setgroups', 'int ptr', sysSetgroups)],
  [117, full('setresuid', 'uid uid uid', sysSetresuid)],
  [118, full('getresuid', 'ptr ptr ptr', sysGetresuid)],
  [119, full('setresgid', 'uid uid uid', sysSetresgid)],
  [120, full('getresgid', 'ptr ptr ptr', sysGetresgid)],
  [122, full('setfsuid', 'uid', sysSetfsuid)],
  [123, full('setfsgid', 'uid', sysSetfsgid)],
  [125, full('capget', 'ptr ptr', sysCapget)],
  [126, full('capset', 'ptr ptr', sysCapset)],
];
