/**
 * Making tasks: clone(2), fork(2), vfork(2). Linux counterpart: copy_process and kernel_clone in kernel/fork.c.
 *
 * Everything that can fail comes first: the flags, the limits, the copy of the memory, the descriptor of the new
 * process. After that the parts are copied or shared as the flags say, and the child becomes visible at once.
 *
 * A native task cannot fork. It can vfork (CLONE_VM and CLONE_VFORK): the child runs on its context, and the program
 * unwinds to where it was when the child has executed a program or has exited (kernel/task/native.ts). And it can start
 * threads (CLONE_THREAD): each runs on a context of its own, from the start of its program's `startThread`, and `stack`
 * is the number that this is called with.
 */
import type { AddressSpace } from '../mm/address-space.ts';
import type { Task as TaskClass } from './task.ts';
import { EAGAIN, EINVAL, ENOSYS, EPERM } from '../abi/errno.ts';
import { RLIMIT_NPROC } from '../abi/resource.ts';
import * as sched from '../abi/sched.ts';
import { SS_DISABLE } from '../abi/signal.ts';
import { ERESTARTNOINTR, Errno, GONE, SLEEP, fail } from '../errors.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from './credentials.ts';
import { setExecutable } from './executable.ts';
import { PidFile } from './pidfd.ts';
import { eventStopWithin, traceClone } from './ptrace.ts';
import { isRealTime } from './scheduler.ts';
import { makeRunnable } from './sleep.ts';
import { shareUndo } from '../ipc/semaphore-undo.ts';
import { Task } from './task.ts';
import { copyRegisters } from './translated.ts';
import { awaitVfork } from './vfork.ts';

export interface CloneArgs {
  /** CLONE_*, without CSIGNAL. */
  readonly flags: number;
  /** 0: the parent is not told. */
  readonly exitSignal: number;
  /** Top of the child's stack; 0: the parent's. */
  readonly stack?: number;
  readonly tls?: number;
  readonly parentTid?: number;
  readonly childTid?: number;
  /** Where to store the pidfd. */
  readonly pidfd?: number;
  /** clone3's set_tid for the (only) pid namespace; 0: any. */
  readonly setTid?: number;
}

const CLONE_NEW =
  sched.CLONE_NEWNS |
  sched.CLONE_NEWCGROUP |
  sched.CLONE_NEWUTS |
  sched.CLONE_NEWIPC |
  sched.CLONE_NEWUSER |
  sched.CLONE_NEWPID |
  sched.CLONE_NEWNET;

/** The whole call: makes the child and, for vfork, waits for it. The child's pid, SLEEP or GONE. */
export function clone(task: TaskClass, args: CloneArgs): number {
  const { call, kernel } = task;
  const isVfork = (args.flags & sched.CLONE_VFORK) !== 0;
  const made = call.data?.['childPid'] as number | undefined;
  if (made !== undefined) return awaitVfork(task, kernel.tasks.task(made), made);
  if (task.isSignalPending) return -ERESTARTNOINTR;
  const child = makeChild(task, args);
  if (!isVfork) return child.tid;
  if (task.kind === 'native') return GONE;
  call.data = { childPid: child.tid };
  if (eventStopWithin(task)) return SLEEP;
  return awaitVfork(task, child, child.tid);
}

/** Makes the child and sets it going. */
function makeChild(task: TaskClass, args: CloneArgs): TaskClass {
  checkFlags(task, args);
  checkLimits(task);
  const { kernel } = task;
  const { flags } = args;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const tid = kernel.tasks.reserve(args.setTid);
  const pidfdNumber = has(sched.CLONE_PIDFD) ? task.files.lowestFree() : -1;
  if (pidfdNumber >= 0) task.memory.writeI32(args.pidfd ?? 0, pidfdNumber);
  const registers = task.registers === 0 ? 0 : kernel.registers.allocate();
  const mm = copyMemory(task, flags, registers);
  const child = new Task(kernel, tid, {
    kind: task.kind,
    files: has(sched.CLONE_FILES) ? task.files.share() : task.files.clone(),
    fs: has(sched.CLONE_FS) ? task.fs.get() : task.fs.clone(),
    credentials: task.credentials,
  });
  if (mm !== undefined && mm !== task.mm) mm.limits = child;
  child.mm = mm;
  child.registers = registers;
  copyRegisters(task, child, args);
  copyState(task, child, args);
  if (has(sched.CLONE_THREAD)) kernel.tasks.addThread(child, task.group);
  else addProcess(task, child, args);
  storeTids(task, child, args);
  traceClone(task, child, flags, args.exitSignal);
  if (pidfdNumber >= 0) task.files.install(new PidFile(kernel, child.group), true);
  start(task, child, args);
  return child;
}

/** The child's address space. What cannot be had leaves nothing behind. */
function copyMemory(task: TaskClass, flags: number, registers: number): AddressSpace | undefined {
  if ((flags & sched.CLONE_VM) !== 0) return task.mm?.get();
  try {
    return task.mm?.fork();
  } catch (error) {
    if (registers !== 0) task.kernel.registers.free(registers);
    throw error;
  }
}

/** The combinations that Linux refuses, in its order. */
function checkFlags(task: TaskClass, { flags, stack, tls }: CloneArgs): void {
  const has = (mask: number): boolean => (flags & mask) !== 0;
  const hasAll = (mask: number): boolean => (flags & mask) === mask;
  if (hasAll(sched.CLONE_NEWNS | sched.CLONE_FS)) fail(EINVAL, 'clone: CLONE_NEWNS with CLONE_FS');
  if (hasAll(sched.CLONE_NEWUSER | sched.CLONE_FS)) fail(EINVAL, 'clone: CLONE_NEWUSER with CLONE_FS');
  if (has(sched.CLONE_THREAD) && !has(sched.CLONE_SIGHAND))
    fail(EINVAL, 'clone: CLONE_THREAD needs CLONE_SIGHAND');
  if (has(sched.CLONE_SIGHAND) && !has(sched.CLONE_VM)) fail(EINVAL, 'clone: CLONE_SIGHAND needs CLONE_VM');
  if (has(sched.CLONE_PARENT) && task.group.isInit) fail(EINVAL, 'clone: init has no siblings');
  if (has(sched.CLONE_THREAD) && has(sched.CLONE_NEWUSER | sched.CLONE_NEWPID)) {
    fail(EINVAL, 'clone: a thread cannot enter a namespace');
  }
  if (hasAll(sched.CLONE_PIDFD | sched.CLONE_DETACHED))
    fail(EINVAL, 'clone: CLONE_PIDFD with CLONE_DETACHED');
  // Linux: makes namespaces.
  if (has(CLONE_NEW)) {
    if (!has(sched.CLONE_NEWUSER) && !task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'clone: namespaces');
    fail(EINVAL, 'clone: there are no namespaces');
  }
  if (has(sched.CLONE_SETTLS) && (tls ?? 0) >= TASK_SIZE) fail(EPERM, 'clone: thread-local storage');
  if (task.kind === 'native') checkNative(flags, stack ?? 0);
}

function checkNative(flags: number, stack: number): void {
  const isVfork = (flags & (sched.CLONE_VM | sched.CLONE_VFORK)) === (sched.CLONE_VM | sched.CLONE_VFORK);
  const isThread = (flags & sched.CLONE_THREAD) !== 0;
  if (isVfork === isThread) fail(ENOSYS, 'clone: a native program can only vfork or start threads');
  if (isThread && !(stack > 0 && stack < 2 ** 32)) fail(EINVAL, 'clone: the argument of a native thread');
}

function checkLimits(task: TaskClass): void {
  const { natives, tasks } = task.kernel;
  // The child of a native program is about to execute another one.
  if (task.kind === 'native') natives.requireRoom(task);
  const { uid } = task.credentials;
  if (uid === 0 || task.capable(CAP_SYS_RESOURCE) || task.capable(CAP_SYS_ADMIN)) return;
  if ((tasks.userTasks.get(uid) ?? 0) >= task.limit(RLIMIT_NPROC)) fail(EAGAIN, 'clone: RLIMIT_NPROC');
}

function copyState(task: TaskClass, child: TaskClass, args: CloneArgs): void {
  const { flags } = args;
  child.comm = task.comm;
  child.args.words.set(task.args.words);
  child.call.number = task.call.number;
  child.noNewPrivileges = task.noNewPrivileges;
  child.seccomp = task.seccomp;
  child.memoryPolicy = task.memoryPolicy;
  child.blocked = task.blocked;
  child.savedMask = task.savedMask;
  // A native thread has a stack of its own, and no handler runs there.
  const isNativeThread = task.kind === 'native' && (flags & sched.CLONE_THREAD) !== 0;
  child.signalFrames = isNativeThread ? [] : [...task.signalFrames];
  // A new stack in the same memory cannot use the same alternate stack.
  const isSharingStack = (flags & (sched.CLONE_VM | sched.CLONE_VFORK)) === sched.CLONE_VM;
  child.altstack = isSharingStack ? { sp: 0, size: 0, flags: SS_DISABLE } : { ...task.altstack };
  child.timerSlackNs = task.timerSlackNs;
  child.isThpDisabled = task.isThpDisabled;
  child.personality = task.personality;
  child.auxv = task.auxv;
  child.startTimeNs = task.kernel.time.monotonicNs();
  Object.assign(child.fault, task.fault);
  // The registration is of an address in this memory: a copy of the memory has a copy of it.
  if ((flags & sched.CLONE_VM) === 0) Object.assign(child.rseq, task.rseq);
  if ((flags & sched.CLONE_SYSVSEM) !== 0) shareUndo(task, child);
  copyScheduling(task, child);
  setExecutable(child, task.exeFile);
  if ((flags & sched.CLONE_CHILD_CLEARTID) !== 0) child.clearChildTid = args.childTid ?? 0;
}

function copyScheduling(task: TaskClass, child: TaskClass): void {
  const from = task.sched;
  Object.assign(child.sched, from, { isQueued: false, isYielding: false, turnNs: 0, resetOnFork: false });
  if (from.resetOnFork) {
    if (isRealTime(from.policy)) child.sched.policy = sched.SCHED_OTHER;
    child.sched.priority = 0;
    child.sched.nice = Math.max(0, from.nice);
  }
  task.kernel.scheduler.inherit(child, task);
}

function addProcess(task: TaskClass, child: TaskClass, args: CloneArgs): void {
  const { group, kernel } = task;
  const { flags } = args;
  let { handlers } = group;
  if ((flags & sched.CLONE_SIGHAND) !== 0) handlers.references++;
  else {
    handlers = handlers.clone();
    if (Math.floor(flags / 2 ** 32) % 2 === 1) handlers.reset('keep-ignored'); // CLONE_CLEAR_SIGHAND
  }
  const made = kernel.tasks.addLeader(child, group.processGroup, { limits: [...group.limits], handlers });
  const isSibling = (flags & sched.CLONE_PARENT) !== 0;
  made.parent = isSibling ? group.parent : group;
  made.parentThread = isSibling ? group.parentThread : task;
  made.exitSignal = isSibling ? group.exitSignal : args.exitSignal;
  made.parent?.children.add(made);
  made.dumpable = group.dumpable;
  made.oomScoreAdj = group.oomScoreAdj;
  made.startTimeNs = child.startTimeNs;
}

/** The numbers that the C library wants to find in memory. A bad address is ignored, as on Linux. */
function storeTids(task: TaskClass, child: TaskClass, args: CloneArgs): void {
  const store = (into: TaskClass, at: number | undefined): void => {
    try {
      into.memory.writeI32(at ?? 0, child.tid);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
    }
  };
  if ((args.flags & sched.CLONE_PARENT_SETTID) !== 0) store(task, args.parentTid);
  if ((args.flags & sched.CLONE_CHILD_SETTID) !== 0) store(child, args.childTid);
}

function start(task: TaskClass, child: TaskClass, { flags, stack }: CloneArgs): void {
  if ((flags & sched.CLONE_VFORK) !== 0) child.vforkParent = task;
  if (task.kind === 'native') {
    if ((flags & sched.CLONE_THREAD) !== 0) {
      task.kernel.natives.startThread(task, child, stack!);
      return;
    }
    // The parent's stops for its tracer come when it has its context back.
    task.kernel.natives.lend(task, child);
    return;
  }
  child.call.result = 0;
  makeRunnable(child, 'finish');
}
