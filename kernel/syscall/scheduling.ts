/**
 * Scheduling: sched_yield(2), sched_setscheduler(2), sched_setattr(2), sched_setaffinity(2), getpriority(2),
 * ioprio_set(2). The scheduler itself is task/scheduler.ts.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { E2BIG, EACCES, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { PRIO_PGRP, PRIO_PROCESS, PRIO_USER, RLIMIT_NICE, RLIMIT_RTPRIO } from '../abi/resource.ts';
import * as abi from '../abi/sched.ts';
import { fail } from '../errors.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { CAP_SYS_ADMIN, CAP_SYS_NICE } from '../task/credentials.ts';
import { isRealTime } from '../task/scheduler.ts';
import { full, partial } from './table.ts';
import { writeTimespec } from './time-arguments.ts';

const MAX_RT_PRIORITY = 99;
/** Time slice of SCHED_RR. */
const RR_INTERVAL_NS = 100_000_000;

/** 0: the caller. */
function find(task: Task, pid: number): Task {
  if (pid < 0) fail(EINVAL, 'negative pid');
  const target = pid === 0 ? task : task.kernel.tasks.task(pid);
  if (target === undefined || target.isDead) return fail(ESRCH, 'no such task');
  return target;
}

function isOwn(task: Task, target: Task): boolean {
  const { euid } = task.credentials;
  return euid === target.credentials.uid || euid === target.credentials.euid;
}

/** Highest urgency that RLIMIT_NICE allows: nice ≥ 20 - limit. */
function mayNice(task: Task, target: Task, nice: number): boolean {
  return 20 - nice <= target.limit(RLIMIT_NICE) || task.capable(CAP_SYS_NICE);
}

/** sched_yield(2): whoever waits is served first. A native program's next trap comes after theirs anyway. */
function sysSchedYield(task: Task): number {
  if (task.registers !== 0) task.sched.isYielding = true;
  task.usage.voluntarySwitches++;
  return 0;
}

interface Wanted {
  policy: number;
  priority: number;
  nice: number;
  resetOnFork: boolean;
}

function apply(task: Task, target: Task, wanted: Wanted): number {
  const { policy, priority, nice, resetOnFork } = wanted;
  if (![abi.SCHED_OTHER, abi.SCHED_FIFO, abi.SCHED_RR, abi.SCHED_BATCH, abi.SCHED_IDLE].includes(policy)) {
    fail(EINVAL, 'no such scheduling policy');
  }
  if (priority < 0 || priority > MAX_RT_PRIORITY || isRealTime(policy) !== (priority !== 0)) {
    fail(EINVAL, 'priority does not fit the policy');
  }
  const { sched } = target;
  if (!task.capable(CAP_SYS_NICE)) {
    if (!isOwn(task, target)) fail(EPERM, "another user's task");
    if (!isRealTime(policy) && nice < sched.nice && !mayNice(task, target, nice)) fail(EPERM, 'nice');
    if (isRealTime(policy)) {
      const limit = target.limit(RLIMIT_RTPRIO);
      if (policy !== sched.policy && limit === 0) fail(EPERM, 'RLIMIT_RTPRIO');
      if (priority > sched.priority && priority > limit) fail(EPERM, 'RLIMIT_RTPRIO');
    }
    if (sched.policy === abi.SCHED_IDLE && policy !== abi.SCHED_IDLE && !mayNice(task, target, sched.nice)) {
      fail(EPERM, 'leaving SCHED_IDLE');
    }
    if (sched.resetOnFork && !resetOnFork) fail(EPERM, 'taking SCHED_RESET_ON_FORK away');
  }
  Object.assign(sched, { policy, priority, resetOnFork, nice: isRealTime(policy) ? sched.nice : nice });
  target.kernel.scheduler.requeue(target);
  return 0;
}

/** sched_setscheduler(2) */
function sysSchedSetscheduler(task: Task, args: Args): number {
  const word = args.i32(1);
  const paramAt = args.ptr(2);
  if (word < 0 || paramAt === 0 || args.i32(0) < 0) fail(EINVAL, 'sched_setscheduler');
  const priority = task.memory.readI32(paramAt);
  const target = find(task, args.i32(0));
  const policy = word & ~abi.SCHED_RESET_ON_FORK;
  const resetOnFork = (word & abi.SCHED_RESET_ON_FORK) !== 0;
  return apply(task, target, { policy, priority, nice: target.sched.nice, resetOnFork });
}

/** sched_setparam(2) */
function sysSchedSetparam(task: Task, args: Args): number {
  const paramAt = args.ptr(1);
  if (paramAt === 0 || args.i32(0) < 0) fail(EINVAL, 'sched_setparam');
  const priority = task.memory.readI32(paramAt);
  const target = find(task, args.i32(0));
  const { policy, nice, resetOnFork } = target.sched;
  return apply(task, target, { policy, priority, nice, resetOnFork });
}

/** sched_getscheduler(2) */
function sysSchedGetscheduler(task: Task, args: Args): number {
  const { policy, resetOnFork } = find(task, args.i32(0)).sched;
  return policy | (resetOnFork ? abi.SCHED_RESET_ON_FORK : 0);
}

/** sched_getparam(2) */
function sysSchedGetparam(task: Task, args: Args): number {
  if (args.ptr(1) === 0) fail(EINVAL, 'sched_getparam');
  const { priority } = find(task, args.i32(0)).sched;
  task.memory.writeI32(args.ptr(1), priority);
  return 0;
}

/** sched_setattr(2) */
function sysSchedSetattr(task: Task, args: Args): number {
  const at = args.ptr(1);
  if (at === 0 || args.i32(0) < 0 || args.u32(2) !== 0) fail(EINVAL, 'sched_setattr');
  const given = task.memory.readU32(at);
  const size = given === 0 ? abi.SCHED_ATTR_SIZE_VER0 : given;
  if (size < abi.SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE) {
    task.memory.writeU32(at, abi.SchedAttrLayout.size);
    fail(E2BIG, 'sched_setattr: size');
  }
  const bytes = new Uint8Array(Math.max(size, abi.SchedAttrLayout.size));
  task.memory.copyInto(at, bytes.subarray(0, size));
  if (bytes.subarray(abi.SchedAttrLayout.size).some(byte => byte !== 0))
    fail(E2BIG, 'sched_setattr: unknown fields');
  const attr = abi.SchedAttrLayout.decode(bytes);
  const known = abi.SCHED_FLAG_RESET_ON_FORK | abi.SCHED_FLAG_KEEP_POLICY | abi.SCHED_FLAG_KEEP_PARAMS;
  if ((attr.flags & ~known) !== 0) fail(EINVAL, 'sched_setattr: unknown flag bits');
  const target = find(task, args.i32(0));
  const { sched } = target;
  const isKeeping = (attr.flags & abi.SCHED_FLAG_KEEP_PARAMS) !== 0;
  return apply(task, target, {
    policy: (attr.flags & abi.SCHED_FLAG_KEEP_POLICY) !== 0 ? sched.policy : attr.policy,
    priority: isKeeping ? sched.priority : attr.priority,
    nice: isKeeping ? sched.nice : Math.min(19, Math.max(-20, attr.nice)),
    resetOnFork: (attr.flags & abi.SCHED_FLAG_RESET_ON_FORK) !== 0,
  });
}

/** sched_getattr(2) */
function sysSchedGetattr(task: Task, args: Args): number {
  const at = args.ptr(1);
  const size = args.u32(2);
  if (at === 0 || args.i32(0) < 0 || args.u32(3) !== 0) fail(EINVAL, 'sched_getattr');
  if (size < abi.SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE) fail(EINVAL, 'sched_getattr: size');
  const { policy, priority, nice, resetOnFork } = find(task, args.i32(0)).sched;
  const length = Math.min(size, abi.SchedAttrLayout.size);
  const bytes = abi.SchedAttrLayout.encode({
    size: length,
    policy,
    priority,
    nice: isRealTime(policy) ? 0 : nice,
    flags: resetOnFork ? abi.SCHED_FLAG_RESET_ON_FORK : 0,
    utilMax: 1024,
  });
  task.memory.copyOut(at, bytes.subarray(0, length));
  return 0;
}

function priorityRange(policy: number): { low: number; high: number } {
  switch (policy) {
    case abi.SCHED_FIFO:
    case abi.SCHED_RR:
      return { low: 1, high: MAX_RT_PRIORITY };
    case abi.SCHED_OTHER:
    case abi.SCHED_BATCH:
    case abi.SCHED_IDLE:
    case abi.SCHED_DEADLINE:
      return { low: 0, high: 0 };
    default:
      return fail(EINVAL, 'no such scheduling policy');
  }
}
const sysPriorityMax = (_task: Task, args: Args): number => priorityRange(args.i32(0)).high;
const sysPriorityMin = (_task: Task, args: Args): number => priorityRange(args.i32(0)).low;

/** sched_rr_get_interval(2) */
function sysSchedRrGetInterval(task: Task, args: Args): number {
  const { policy } = find(task, args.i32(0)).sched;
  const ns = policy === abi.SCHED_RR ? RR_INTERVAL_NS : policy === abi.SCHED_FIFO ? 0 : 4_000_000;
  writeTimespec(task, args.ptr(1), { sec: 0, nsec: ns });
  return 0;
}

/** Bytes of the processor mask: one word. */
const MASK_BYTES = 8;
/** Linux: as many as there are; here tasks see one. */
const PROCESSORS = 1n;

/** sched_setaffinity(2) */
function sysSchedSetaffinity(task: Task, args: Args): number {
  const bytes = new Uint8Array(MASK_BYTES);
  task.memory.copyInto(args.ptr(2), bytes.subarray(0, Math.min(args.u32(1), MASK_BYTES)));
  const target = find(task, args.i32(0));
  if (!isOwn(task, target) && !task.capable(CAP_SYS_NICE)) fail(EPERM, 'sched_setaffinity');
  const mask = new DataView(bytes.buffer).getBigUint64(0, true) & PROCESSORS;
  if (mask === 0n) fail(EINVAL, 'sched_setaffinity: no processor of these');
  target.sched.affinity = mask;
  return 0;
}

/** sched_getaffinity(2): the call itself gives the size of the mask. */
function sysSchedGetaffinity(task: Task, args: Args): number {
  const length = args.u32(1);
  if (length < MASK_BYTES || length % 8 !== 0) fail(EINVAL, 'sched_getaffinity: size');
  const target = find(task, args.i32(0));
  task.memory.writeB64(args.ptr(2), target.sched.affinity & PROCESSORS);
  return MASK_BYTES;
}

/** The tasks that getpriority, setpriority and ioprio_* mean. */
function tasksOf(task: Task, which: number, who: number): Task[] {
  const { tasks } = task.kernel;
  const all = [...tasks.tasks.values()].filter(t => !t.isDead);
  switch (which) {
    case PRIO_PROCESS:
      return who === 0 ? [task] : all.filter(t => t.tid === who);
    case PRIO_PGRP: {
      const id = who === 0 ? task.group.processGroup.id : who;
      return all.filter(t => t.group.processGroup.id === id);
    }
    case PRIO_USER: {
      const uid = who === 0 ? task.credentials.uid : who;
      return all.filter(t => t.credentials.uid === uid);
    }
    default:
      return fail(EINVAL, 'which');
  }
}

/** getpriority(2): 20 - nice, so that it is no error number. */
function sysGetpriority(task: Task, args: Args): number {
  const found = tasksOf(task, args.i32(0), args.i32(1));
  if (found.length === 0) fail(ESRCH, 'getpriority: nobody');
  return Math.max(...found.map(t => 20 - t.sched.nice));
}

/** setpriority(2) */
function sysSetpriority(task: Task, args: Args): number {
  const found = tasksOf(task, args.i32(0), args.i32(1));
  const nice = Math.min(19, Math.max(-20, args.i32(2)));
  if (found.length === 0) fail(ESRCH, 'setpriority: nobody');
  let error = 0;
  for (const target of found) {
    if (!isOwn(task, target) && !task.capable(CAP_SYS_NICE)) error = EPERM;
    else if (nice < target.sched.nice && !mayNice(task, target, nice)) error = EACCES;
    else {
      target.sched.nice = nice;
      target.kernel.scheduler.requeue(target);
    }
  }
  return error === 0 ? 0 : fail(error, 'setpriority: not all');
}

function ioTasks(task: Task, which: number, who: number): Task[] {
  if (which < abi.IOPRIO_WHO_PROCESS || which > abi.IOPRIO_WHO_USER) fail(EINVAL, 'ioprio: which');
  const found = tasksOf(task, which - abi.IOPRIO_WHO_PROCESS, who);
  return found.length > 0 ? found : fail(ESRCH, 'ioprio: nobody');
}

/** ioprio_set(2). Linux: orders block requests; here it is kept, without effect. */
function sysIoprioSet(task: Task, args: Args): number {
  const priority = args.i32(2);
  const level = priority & ((1 << abi.IOPRIO_CLASS_SHIFT) - 1);
  switch (priority >> abi.IOPRIO_CLASS_SHIFT) {
    case abi.IOPRIO_CLASS_RT:
      if (!task.capable(CAP_SYS_ADMIN) && !task.capable(CAP_SYS_NICE))
        fail(EPERM, 'ioprio_set: real-time class');
      break;
    case abi.IOPRIO_CLASS_BE:
    case abi.IOPRIO_CLASS_IDLE:
      break;
    case abi.IOPRIO_CLASS_NONE:
      if (level !== 0) fail(EINVAL, 'ioprio_set: level without class');
      break;
    default:
      fail(EINVAL, 'ioprio_set: class');
  }
  for (const target of ioTasks(task, args.i32(0), args.i32(1))) {
    if (!isOwn(task, target) && !task.capable(CAP_SYS_NICE)) fail(EPERM, 'ioprio_set');
    target.sched.ioPriority = priority;
  }
  return 0;
}

/** ioprio_get(2): the most urgent. */
function sysIoprioGet(task: Task, args: Args): number {
  const priorities = ioTasks(task, args.i32(0), args.i32(1)).map(t => t.sched.ioPriority);
  return Math.min(...priorities);
}

export const schedulingTable: Row[] = [
  [24, full('sched_yield', '', sysSchedYield)],
  [140, full('getpriority', 'int int', sysGetpriority)],
  [141, full('setpriority', 'int int int', sysSetpriority)],
  [142, full('sched_setparam', 'pid ptr', sysSchedSetparam)],
  [143, full('sched_getparam', 'pid ptr', sysSchedGetparam)],
  [144, full('sched_setscheduler', 'pid int ptr', sysSchedSetscheduler)],
  [145, full('sched_getscheduler', 'pid', sysSchedGetscheduler)],
  [146, full('sched_get_priority_max', 'int', sysPriorityMax)],
  [147, full('sched_get_priority_min', 'int', sysPriorityMin)],
  [148, full('sched_rr_get_interval', 'pid timespec_ptr', sysSchedRrGetInterval)],
  [203, partial('sched_setaffinity', 'pid len ptr', sysSchedSetaffinity, 'one processor')],
  [204, full('sched_getaffinity', 'pid len ptr', sysSchedGetaffinity)],
  [251, partial('ioprio_set', 'int int hex', sysIoprioSet, 'has no effect')],
  [252, full('ioprio_get', 'int int', sysIoprioGet)],
  [314, partial('sched_setattr', 'pid ptr hex', sysSchedSetattr, 'no SCHED_DEADLINE')],
  [315, full('sched_getattr', 'pid ptr uint hex', sysSchedGetattr)],
];
