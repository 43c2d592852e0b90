/**
 * Executing a program: execve(2), execveat(2). Linux counterpart: fs/exec.c.
 *
 * Three parts. Prepare: find the file, what it is, and build a new address space with the initial stack. End the other
 * threads of the process (the call sleeps, and prepares again). Commit: the task becomes the new program; nothing fails
 * any more.
 *
 * Prepare changes nothing, but not all of its failures can be told to the caller: Linux maps an ELF file past the point
 * of no return, where the end is SIGSEGV. Such a failure is kept until the other threads have ended.
 */
import type { File } from '../fs/file.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import type { ExecCredentials } from './exec-credentials.ts';
import type { NewMemory, NewProgram } from './exec-memory.ts';
import type { Image } from './binary-format.ts';
import type { Task } from './task.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../abi/fcntl.ts';
import { E2BIG, EAGAIN, ENOENT } from '../abi/errno.ts';
import { RLIMIT_NPROC, RLIMIT_STACK } from '../abi/resource.ts';
import { SIGCHLD, SIGSEGV, SS_DISABLE } from '../abi/signal.ts';
import { ERESTARTNOINTR, Errno, GONE, SLEEP, fail } from '../errors.ts';
import { openExecutable } from '../fs/open-file.ts';
import { LOOKUP_EMPTY, LOOKUP_FOLLOW } from '../fs/path-walk.ts';
import { MAY_READ } from '../fs/permission.ts';
import { flushTask } from '../fs/proc/flush.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { pageAlign } from '../mm/placement.ts';
import { loadImage, releaseImage } from './binary-format.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from './credentials.ts';
import { credentialsOfExec } from './exec-credentials.ts';
import { fillMemory, personalityOfExec } from './exec-memory.ts';
import { setExecutable } from './executable.ts';
import { keepUsage, leaveMemory } from './exit.ts';
import { stackRoom, stringsRoom } from './initial-stack.ts';
import { traceExec } from './ptrace.ts';
import { untrace } from './ptrace-relation.ts';
import { fatalStatus, kill } from './signal-send.ts';
import { isFatalPending, recalculatePending } from './signal-state.ts';
import { makeRunnable, sleepOn } from './sleep.ts';
import { detachTranslated, startTranslated } from './translated.ts';
import { finishVfork } from './vfork.ts';

/** One string may be this long, its NUL included. */
export const MAX_ARG_STRLEN = 128 << 10;
const ARG_MAX = 128 << 10;
const STACK_DEFAULT = 8 << 20;
/** The top of the stack is a null pointer. */
const POINTER_SIZE = 8;
/** Programs that could not be loaded are named in the log, so many of them. */
const MAX_REPORTS = 20;

export interface ExecRequest {
  /** AT_FDCWD, or the directory (or, with AT_EMPTY_PATH, the file) that `path` begins at. */
  readonly dirfd: number;
  readonly path: string;
  /** AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW */
  readonly flags: number;
}

export interface Arguments {
  readonly argv: readonly string[];
  readonly envp: readonly string[];
}

/** What the commit needs. */
interface Prepared {
  readonly image: Image;
  readonly mm: AddressSpace;
  /** undefined: the file cannot be loaded, and the process ends. */
  readonly memory: NewMemory | undefined;
  readonly change: ExecCredentials;
  readonly comm: string;
}

/**
 * Executes. GONE when the task has a new program (startProgram has it, or its tracer looks at it first) or has ended,
 * SLEEP while other threads end. `read` reads the arguments from the old memory; it is called after the file was found, because
 * that is the order of Linux's errors.
 */
export function execve(task: Task, request: ExecRequest, read: (limitBytes: number) => Arguments): number {
  if (isOverProcessLimit(task)) fail(EAGAIN, 'exec: RLIMIT_NPROC');
  const prepared = prepare(task, request, read);
  const oldTid = task.tid;
  if (!endOtherThreads(task)) {
    discard(task, prepared);
    if (isFatalPending(task)) return -ERESTARTNOINTR;
    return sleepOn(task, [], { isKillable: true }) === SLEEP ? SLEEP : -ERESTARTNOINTR;
  }
  if (prepared.memory === undefined) {
    discard(task, prepared);
    return endBroken(task);
  }
  commit(task, prepared, prepared.memory, oldTid);
  return GONE;
}

/** The process ends by SIGSEGV, but not before whoever started it knows of it. */
function endBroken(task: Task): number {
  task.group.groupExitStatus = fatalStatus(task.group, SIGSEGV);
  kill(task);
  makeRunnable(task, 'finish');
  return GONE;
}

/** Bytes that arguments and environment may take, pointers included. Linux: bprm_set_stack_limit. */
function argumentLimit(task: Task): number {
  const limit = Math.min((STACK_DEFAULT / 4) * 3, task.limit(RLIMIT_STACK) / 4);
  return Math.max(limit, ARG_MAX);
}

/** E2BIG also for what an interpreter's name and argument add, and for a stack that may not hold the strings. */
function requireStackRoom(
  task: Task,
  argv: readonly string[],
  envp: readonly string[],
  fileName: string,
): void {
  if (stackRoom(argv, envp) > argumentLimit(task) + 8 * PAGE_SIZE) fail(E2BIG, 'exec: arguments');
  const strings = stringsRoom(argv, envp) + fileName.length + 1 + POINTER_SIZE;
  if (pageAlign(strings) > task.limit(RLIMIT_STACK)) fail(E2BIG, 'exec: RLIMIT_STACK');
}

/** Starts what exec has loaded: called by execve, or by invoke when a tracer has let the task go. */
export function startProgram(task: Task): void {
  const { start } = task;
  if (start === undefined) return;
  if (isFatalPending(task)) {
    makeRunnable(task, 'finish');
    return;
  }
  task.start = undefined;
  task.work = 'none';
  if (start.kind === 'native') task.kernel.natives.start(task, start.program, start.stackPointer);
  else makeRunnable(task, 'finish'); // exec returns 0 to the first instruction
}

function isOverProcessLimit(task: Task): boolean {
  const { uid } = task.credentials;
  if (!task.isProcessLimitExceeded) return false;
  task.isProcessLimitExceeded = false;
  if (task.capable(CAP_SYS_RESOURCE) || task.capable(CAP_SYS_ADMIN)) return false;
  return (task.kernel.tasks.userTasks.get(uid) ?? 0) > task.limit(RLIMIT_NPROC);
}

function prepare(task: Task, request: ExecRequest, read: (limitBytes: number) => Arguments): Prepared {
  const { kernel } = task;
  const file = openFile(task, request);
  let args: Arguments;
  try {
    args = read(argumentLimit(task));
  } catch (error) {
    kernel.vfs.put(file);
    throw error;
  }
  const name = nameOf(task, request);
  // A program without arguments is given an empty name as argv[0]: programs crash without.
  const argv = args.argv.length === 0 ? [''] : args.argv;
  const image = loadImage(task, file, name.forScript, argv);
  let mm: AddressSpace | undefined;
  try {
    requireStackRoom(task, image.argv, args.envp, name.shown);
    if (image.kind === 'native' && !kernel.natives.hasOwnContext(task)) kernel.natives.requireRoom(task);
    const change = credentialsOfExec(task, image.file);
    const comm = request.path === '' ? String(request.dirfd) : request.path;
    mm = kernel.memory.createAddressSpace();
    mm.limits = task;
    const program = { image, envp: args.envp, fileName: name.shown, change };
    const memory = tryFill(task, mm, program, request.path);
    return { image, mm, memory, change, comm: comm.slice(comm.lastIndexOf('/') + 1).slice(0, 15) };
  } catch (error) {
    mm?.put();
    releaseImage(kernel, image);
    throw error;
  }
}

/** What fails here with an ELF file fails past the point of no return on Linux. */
function tryFill(task: Task, mm: AddressSpace, program: NewProgram, path: string): NewMemory | undefined {
  try {
    return fillMemory(task, mm, program);
  } catch (error) {
    if (!(error instanceof Errno) || program.image.kind === 'native') throw error;
    const { log, tasks } = task.kernel;
    if (tasks.brokenExecs++ < MAX_REPORTS) {
      log.info(`${task.comm}[${task.tid}]: cannot load ${path}: ${error.toString()}`);
    }
    return undefined;
  }
}

function discard(task: Task, { image, mm }: Prepared): void {
  mm.put();
  releaseImage(task.kernel, image);
}

function openFile(task: Task, { dirfd, path, flags }: ExecRequest): File {
  const context = task.walkContext();
  const isEmpty = path === '' && (flags & AT_EMPTY_PATH) !== 0;
  if (path === '' && !isEmpty) fail(ENOENT, 'exec: empty path');
  const start = task.kernel.vfs.startOf(context, dirfd, path);
  const lookup = ((flags & AT_SYMLINK_NOFOLLOW) === 0 ? LOOKUP_FOLLOW : 0) | (isEmpty ? LOOKUP_EMPTY : 0);
  return openExecutable(context, start, path, lookup);
}

/** How the program hears of its own file: by path, or through /dev/fd when exec was given a descriptor. */
function nameOf(task: Task, { dirfd, path }: ExecRequest): { shown: string; forScript: string | undefined } {
  if (dirfd === AT_FDCWD || path.startsWith('/')) return { shown: path, forScript: path };
  const shown = path === '' ? `/dev/fd/${dirfd}` : `/dev/fd/${dirfd}/${path}`;
  return { shown, forScript: task.files.isCloexec(dirfd) ? undefined : shown };
}

/** de_thread: all other threads of the process end. False: some have yet to. */
function endOtherThreads(task: Task): boolean {
  const { group } = task;
  let isAlone = true;
  for (const thread of group.threads) {
    if (thread === task) continue;
    if (!thread.isDead) {
      isAlone = false;
      group.execThread = task;
      kill(thread);
    }
  }
  if (!isAlone) return false;
  group.execThread = undefined;
  if (group.leader !== task) becomeLeader(task);
  return true;
}

/** A thread that was not the leader takes the process's number; the old leader vanishes. */
function becomeLeader(task: Task): void {
  const { group, kernel } = task;
  const old = group.leader;
  kernel.tasks.takeOverLeader(task);
  old.state = 'dead';
  untrace(old);
  kernel.tasks.remove(old);
  flushTask(old);
}

function commit(
  task: Task,
  { image, mm, change, comm }: Prepared,
  { stack, start }: NewMemory,
  oldTid: number,
): void {
  const { kernel, group } = task;
  const oldMm = task.mm;
  if (oldMm !== undefined) {
    leaveMemory(task);
    keepUsage(task, oldMm);
  }
  task.mm = mm;
  finishVfork(task);
  unshare(task);
  setExecutable(task, image.file);
  const isReadable = image.file.inode.permits(MAY_READ, task.credentials);
  releaseImage(kernel, image);
  task.personality = personalityOfExec(task, change);
  task.files.closeOnExec(task);

  const old = task.credentials;
  const { credentials } = change;
  task.credentials = credentials;
  const isSameUser = credentials.euid === old.euid && credentials.egid === old.egid;
  if (!isSameUser) task.parentDeathSignal = 0;
  const isPlain = credentials.euid === credentials.uid && credentials.egid === credentials.gid;
  group.dumpable = isPlain && isReadable ? 1 : 0;
  group.hasExecuted = true;
  group.exitSignal = SIGCHLD;
  group.posixTimers?.deleteAll();
  group.handlers.reset('keep-ignored');
  task.comm = comm;
  task.altstack = { sp: 0, size: 0, flags: SS_DISABLE };
  task.signalFrames = [];
  task.savedMask = undefined;
  task.auxv = stack.auxv;
  task.start = start;
  // A tracer that stops the task before its first instruction sees the registers with which it begins.
  if (start.kind === 'translated') startTranslated(task, start.entry, start.stackPointer);
  else {
    detachTranslated(task);
    task.kind = 'native';
  }
  recalculatePending(task);

  // A task that stops for its tracer has no program to run meanwhile; a context that it borrowed goes back now.
  if (traceExec(task, oldTid)) kernel.natives.detach(task);
  else startProgram(task);
  // The old context is detached in either case: nobody computes in the old memory any more.
  oldMm?.put();
}

/** Descriptors and signal actions that were shared with other processes become the task's own. */
function unshare(task: Task): void {
  const { files, group } = task;
  if (files.references > 1) {
    task.files = files.clone();
    files.put(task);
  }
  if (group.handlers.references > 1) {
    group.handlers.references--;
    group.handlers = group.handlers.clone();
  }
}
