/** Limits and usage: getrlimit(2), setrlimit(2), prlimit(2), getrusage(2), times(2). */
import type { ResourceLimit } from '../task/limits.ts';
import type { Task } from '../task/task.ts';
import type { ThreadGroup } from '../task/thread-group.ts';
import type { Usage } from '../task/usage.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import * as abi from '../abi/resource.ts';
import { fail } from '../errors.ts';
import { CAP_SYS_RESOURCE } from '../task/credentials.ts';
import { chargeCurrent } from '../task/accounting.ts';
import { groupCpuNs, groupUsage } from '../task/group-usage.ts';
import { toTicks } from '../task/usage.ts';
import { full } from './table.ts';
import { encodeRusage } from './wait.ts';

/** Linux counterpart: fs.nr_open, the most that RLIMIT_NOFILE can be. */
const NR_OPEN = 1048576;

function fromWord(word: bigint): number {
  return word === abi.RLIM_INFINITY ? Infinity : Number(word);
}
function toWord(limit: number): bigint {
  return limit === Infinity ? abi.RLIM_INFINITY : BigInt(limit);
}

function readLimit(task: Task, at: number): ResourceLimit {
  const { soft, hard } = abi.RlimitLayout.decode(task.memory.copyIn(at, abi.RlimitLayout.size));
  return { soft: fromWord(soft), hard: fromWord(hard) };
}

function writeLimit(task: Task, at: number, { soft, hard }: ResourceLimit): void {
  task.memory.copyOut(at, abi.RlimitLayout.encode({ soft: toWord(soft), hard: toWord(hard) }));
}

function requireResource(resource: number): void {
  if (resource >= abi.RLIM_NLIMITS) fail(EINVAL, 'no such resource');
}

/** Replaces a limit. Everybody may lower; raising the hard limit needs CAP_SYS_RESOURCE. */
function change(task: Task, group: ThreadGroup, resource: number, next: ResourceLimit): void {
  const old = group.limits[resource]!;
  if (next.soft > next.hard) fail(EINVAL, 'soft limit above hard limit');
  if (resource === abi.RLIMIT_NOFILE && next.hard > NR_OPEN) fail(EPERM, 'RLIMIT_NOFILE above nr_open');
  if (next.hard > old.hard && !task.capable(CAP_SYS_RESOURCE)) fail(EPERM, 'raising a hard limit');
  group.limits[resource] = next;
  if (resource === abi.RLIMIT_NOFILE) for (const thread of group.threads) thread.files.limit = next.soft;
}

/** getrlimit(2) */
function sysGetrlimit(task: Task, args: Args): number {
  requireResource(args.u32(0));
  writeLimit(task, args.ptr(1), task.group.limits[args.u32(0)]!);
  return 0;
}

/** setrlimit(2) */
function sysSetrlimit(task: Task, args: Args): number {
  const next = readLimit(task, args.ptr(1));
  requireResource(args.u32(0));
  change(task, task.group, args.u32(0), next);
  return 0;
}

/** prlimit64(2) */
function sysPrlimit64(task: Task, args: Args): number {
  const pid = args.i32(0);
  const resource = args.u32(1);
  const newAt = args.ptr(2);
  const oldAt = args.ptr(3);
  const next = newAt === 0 ? undefined : readLimit(task, newAt);
  const target = pid === 0 ? task : task.kernel.tasks.task(pid);
  if (target === undefined) return fail(ESRCH, 'prlimit: no such process');
  if (target !== task && !mayLimit(task, target)) fail(EPERM, 'prlimit: not my process');
  requireResource(resource);
  const old = target.group.limits[resource]!;
  if (next !== undefined) change(task, target.group, resource, next);
  if (oldAt !== 0) writeLimit(task, oldAt, old);
  return 0;
}

function mayLimit(task: Task, target: Task): boolean {
  const from = task.credentials;
  const to = target.credentials;
  const isSame =
    [to.euid, to.suid, to.uid].every(uid => uid === from.uid) &&
    [to.egid, to.sgid, to.gid].every(gid => gid === from.gid);
  return isSame || task.capable(CAP_SYS_RESOURCE);
}

/** getrusage(2) */
function sysGetrusage(task: Task, args: Args): number {
  chargeCurrent(task);
  task.memory.copyOut(args.ptr(1), encodeRusage(usageOf(task, args.i32(0))));
  return 0;
}

function usageOf(task: Task, who: number): Usage {
  switch (who) {
    case abi.RUSAGE_SELF:
      return withMemory(task, groupUsage(task.group));
    case abi.RUSAGE_THREAD:
      return withMemory(task, { ...task.usage });
    case abi.RUSAGE_CHILDREN:
      return task.group.childrenUsage;
    default:
      return fail(EINVAL, 'getrusage: who');
  }
}

/** Faults and the peak size are counted by the address space. */
function withMemory(task: Task, usage: Usage): Usage {
  const mm = task.mm;
  if (mm === undefined) return usage;
  usage.maxRssKib = Math.max(usage.maxRssKib, mm.peakRssPages * 4);
  usage.minorFaults += mm.minorFaults;
  usage.majorFaults += mm.majorFaults;
  return usage;
}

/** times(2): clock ticks; the result counts from some point in the past. */
function sysTimes(task: Task, args: Args): number {
  const at = args.ptr(0);
  if (at !== 0) {
    chargeCurrent(task);
    const own = groupCpuNs(task.group);
    const children = task.group.childrenUsage;
    const tms = {
      utime: toTicks(own.userNs),
      stime: toTicks(own.systemNs),
      cutime: toTicks(children.userNs),
      cstime: toTicks(children.systemNs),
    };
    task.memory.copyOut(at, abi.TmsLayout.encode(tms));
  }
  return toTicks(task.kernel.time.monotonicNs());
}

export const limitsTable: Row[] = [
  [97, full('getrlimit', 'int ptr', sysGetrlimit)],
  [98, full('getrusage', 'int ptr', sysGetrusage)],
  [100, full('times', 'ptr', sysTimes)],
  [160, full('setrlimit', 'int ptr', sysSetrlimit)],
  [302, full('prlimit64', 'pid int ptr ptr', sysPrlimit64)],
];
