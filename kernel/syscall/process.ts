/**
 * Processes: fork(2), vfork(2), clone(2), clone3(2), exit(2), exit_group(2), getpid(2) and its kin, setpgid(2),
 * setsid(2), set_tid_address(2), pidfd_open(2), pidfd_getfd(2).
 */
import type { Task } from '../task/task.ts';
import type { ThreadGroup } from '../task/thread-group.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { E2BIG, EACCES, EBADF, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import * as abi from '../abi/sched.ts';
import { NSIG, SIGCHLD } from '../abi/signal.ts';
import { exitedStatus } from '../abi/wait.ts';
import { fail } from '../errors.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { mayAccess } from '../task/access.ts';
import { clone } from '../task/clone.ts';
import { exitGroup, exitTask } from '../task/exit.ts';
import { PidFile } from '../task/pidfd.ts';
import { full, partial } from './table.ts';

/** fork(2) */
function sysFork(task: Task): number {
  return clone(task, { flags: 0, exitSignal: SIGCHLD });
}

/** vfork(2) */
function sysVfork(task: Task): number {
  return clone(task, { flags: abi.CLONE_VFORK | abi.CLONE_VM, exitSignal: SIGCHLD });
}

/** clone(2): x86-64 has the order flags, stack, parent_tid, child_tid, tls. */
function sysClone(task: Task, args: Args): number {
  const word = args.u32(0);
  const flags = word & ~abi.CSIGNAL;
  const parentTid = args.ptr(2);
  if ((flags & abi.CLONE_PIDFD) !== 0 && (flags & abi.CLONE_PARENT_SETTID) !== 0) {
    fail(EINVAL, 'clone: CLONE_PIDFD and CLONE_PARENT_SETTID use the same argument');
  }
  return clone(task, {
    flags: flags >>> 0,
    exitSignal: word & abi.CSIGNAL,
    stack: args.ptr(1),
    parentTid,
    childTid: args.ptr(3),
    tls: args.ptr(4),
    pidfd: parentTid,
  });
}

/** clone3(2) */
function sysClone3(task: Task, args: Args): number {
  const at = args.ptr(0);
  const size = args.len(1);
  if (size > PAGE_SIZE) fail(E2BIG, 'clone3: size');
  if (size < abi.CLONE_ARGS_SIZE_VER0) fail(EINVAL, 'clone3: size');
  const bytes = new Uint8Array(Math.max(size, abi.CloneArgsLayout.size));
  task.memory.copyInto(at, bytes.subarray(0, size));
  for (let i = abi.CloneArgsLayout.size; i < size; i++)
    if (bytes[i] !== 0) fail(E2BIG, 'clone3: unknown fields');
  const c = abi.CloneArgsLayout.decode(bytes);
  if (c.setTidSize > 32 || (c.setTid === 0) !== (c.setTidSize === 0)) fail(EINVAL, 'clone3: set_tid');
  if (c.exitSignal > NSIG) fail(EINVAL, 'clone3: exit_signal');
  checkClone3(c.flags, c.exitSignal, c.stack, c.stackSize);
  let setTid = 0;
  if (c.setTidSize > 0) {
    if (c.setTidSize > 1) fail(EINVAL, 'clone3: there is one pid namespace');
    setTid = task.memory.readI32(c.setTid);
    if (setTid < 1 || setTid >= task.kernel.tasks.pidMax) fail(EINVAL, 'clone3: set_tid out of range');
    if (task.credentials.euid !== 0) fail(EPERM, 'clone3: set_tid');
  }
  return clone(task, {
    flags: c.flags,
    exitSignal: c.exitSignal,
    stack: c.stack + c.stackSize,
    tls: c.tls,
    parentTid: c.parentTid,
    childTid: c.childTid,
    pidfd: c.pidfd,
    setTid,
  });
}

function checkClone3(flags: number, exitSignal: number, stack: number, stackSize: number): void {
  const low = flags >>> 0;
  const known = abi.CLONE_CLEAR_SIGHAND + abi.CLONE_INTO_CGROUP + 0xffff_ffff;
  if (flags > known) fail(EINVAL, 'clone3: unknown flag bits');
  if (flags - low >= abi.CLONE_INTO_CGROUP) fail(EINVAL, 'clone3: there are no control groups');
  if ((low & (abi.CLONE_DETACHED | (abi.CSIGNAL & ~abi.CLONE_NEWTIME))) !== 0) fail(EINVAL, 'clone3: flags');
  const isClearing = flags - low >= abi.CLONE_CLEAR_SIGHAND;
  if (isClearing && (low & abi.CLONE_SIGHAND) !== 0)
    fail(EINVAL, 'clone3: CLONE_CLEAR_SIGHAND with CLONE_SIGHAND');
  if ((low & (abi.CLONE_THREAD | abi.CLONE_PARENT)) !== 0 && exitSignal !== 0)
    fail(EINVAL, 'clone3: exit_signal');
  if ((stack === 0) !== (stackSize === 0)) fail(EINVAL, 'clone3: stack without size, or the other way round');
}

/** exit(2): this thread */
function sysExit(task: Task, args: Args): number {
  return exitTask(task, exitedStatus(args.i32(0)));
}

/** exit_group(2) */
function sysExitGroup(task: Task, args: Args): number {
  return exitGroup(task, exitedStatus(args.i32(0)));
}

function sysGetpid(task: Task): number {
  return task.group.tgid;
}
function sysGettid(task: Task): number {
  return task.tid;
}
function sysGetppid(task: Task): number {
  return task.group.parent?.tgid ?? 0;
}
function sysGetpgrp(task: Task): number {
  return task.group.processGroup.id;
}

/** The process with this pid; 0: the caller's. */
function findGroup(task: Task, pid: number): ThreadGroup {
  const group = pid === 0 ? task.group : task.kernel.tasks.task(pid)?.group;
  return group ?? fail(ESRCH, 'no such process');
}

/** getpgid(2) */
function sysGetpgid(task: Task, args: Args): number {
  return findGroup(task, args.i32(0)).processGroup.id;
}

/** getsid(2) */
function sysGetsid(task: Task, args: Args): number {
  return findGroup(task, args.i32(0)).session.id;
}

/** setpgid(2) */
function sysSetpgid(task: Task, args: Args): number {
  const { tasks } = task.kernel;
  const pid = args.i32(0) === 0 ? task.group.tgid : args.i32(0);
  const pgid = args.i32(1) === 0 ? pid : args.i32(1);
  if (pgid < 0) fail(EINVAL, 'setpgid: negative group');
  const thread = tasks.task(pid);
  if (thread === undefined) return fail(ESRCH, 'setpgid: no such process');
  const target = thread.group;
  if (!thread.isLeader) fail(EINVAL, 'setpgid: not a process');
  if (target.parent === task.group) {
    if (target.session !== task.group.session) fail(EPERM, 'setpgid: child in another session');
    if (target.hasExecuted) fail(EACCES, 'setpgid: child has called exec');
  } else if (target !== task.group) fail(ESRCH, 'setpgid: neither the caller nor its child');
  if (target.isSessionLeader) fail(EPERM, 'setpgid: session leader');
  if (pgid !== pid) {
    const group = tasks.processGroups.get(pgid);
    if (group === undefined || group.session !== task.group.session)
      fail(EPERM, 'setpgid: no such group here');
  }
  tasks.moveToGroup(target, pgid);
  return 0;
}

/** setsid(2) */
function sysSetsid(task: Task): number {
  const { tasks } = task.kernel;
  const { group } = task;
  if (group.isSessionLeader || tasks.processGroups.has(group.tgid))
    fail(EPERM, 'setsid: leads a process group');
  return tasks.startSession(group).id;
}

/** set_tid_address(2) */
function sysSetTidAddress(task: Task, args: Args): number {
  task.clearChildTid = args.ptr(0);
  return task.tid;
}

const PIDFD_NONBLOCK = O_NONBLOCK;

/** pidfd_open(2) */
function sysPidfdOpen(task: Task, args: Args): number {
  const pid = args.i32(0);
  const flags = args.u32(1);
  if ((flags & ~PIDFD_NONBLOCK) !== 0) fail(EINVAL, 'pidfd_open: unknown flag bits');
  if (pid <= 0) fail(EINVAL, 'pidfd_open: pid');
  const { tasks, vfs } = task.kernel;
  const target = tasks.task(pid);
  if (target === undefined) return fail(ESRCH, 'pidfd_open: no such process');
  if (!target.isLeader) fail(EINVAL, 'pidfd_open: not a process');
  const file = new PidFile(task.kernel, target.group, flags);
  try {
    return task.files.install(file, true);
  } catch (error) {
    vfs.put(file);
    throw error;
  }
}

/** pidfd_getfd(2) */
function sysPidfdGetfd(task: Task, args: Args): number {
  if (args.u32(2) !== 0) fail(EINVAL, 'pidfd_getfd: flags');
  const file = task.file(args.fd(0));
  if (!(file instanceof PidFile)) return fail(EBADF, 'pidfd_getfd: not a pidfd');
  const target = file.group.livingThread;
  if (target === undefined) return fail(ESRCH, 'pidfd_getfd: process is gone');
  if (!mayAccess(task, target, 'uid')) fail(EPERM, 'pidfd_getfd');
  const wanted = target.files.get(args.fd(1));
  if (wanted === undefined) return fail(EBADF, 'pidfd_getfd: no such descriptor');
  const fd = task.files.install(wanted, true);
  task.kernel.vfs.get(wanted);
  return fd;
}

export const processTable: Row[] = [
  [39, full('getpid', '', sysGetpid)],
  [
    56,
    partial(
      'clone',
      'cloneflags ptr ptr ptr hex',
      sysClone,
      'no namespaces; native programs: vfork and threads only',
    ),
  ],
  [57, partial('fork', '', sysFork, 'not for native programs')],
  [58, full('vfork', '', sysVfork)],
  [60, full('exit', 'int', sysExit)],
  [109, full('setpgid', 'pid pid', sysSetpgid)],
  [110, full('getppid', '', sysGetppid)],
  [111, full('getpgrp', '', sysGetpgrp)],
  [112, full('setsid', '', sysSetsid)],
  [121, full('getpgid', 'pid', sysGetpgid)],
  [124, full('getsid', 'pid', sysGetsid)],
  [186, full('gettid', '', sysGettid)],
  [218, full('set_tid_address', 'ptr', sysSetTidAddress)],
  [231, full('exit_group', 'int', sysExitGroup)],
  [434, full('pidfd_open', 'pid hex', sysPidfdOpen)],
  [435, partial('clone3', 'ptr len', sysClone3, 'no namespaces, no control groups')],
  [438, full('pidfd_getfd', 'fd fd hex', sysPidfdGetfd)],
];
