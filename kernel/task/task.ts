/**
 * Task: a thread, and the only thing the kernel runs. Linux counterpart: struct task_struct. It holds what its parts
 * own, and no logic of theirs: clone.ts makes tasks, exec.ts changes what they run, exit.ts ends them, signals.ts
 * interrupts them, sleep.ts puts them to sleep.
 *
 * Run states (`state`), and who moves a task along an edge:
 *
 *   starting ──natives──▶ running ──sleepOn()──▶ sleeping ──wakeTask()──▶ running
 *   running ──deliverSignals()──▶ stopped ──SIGCONT, SIGKILL──▶ running
 *   running ──ptrace.ts──▶ traced ──ptrace(2), SIGKILL──▶ running
 *   running ──clone()──▶ vfork ──child execs or exits──▶ running
 *   any ──exitTask()──▶ zombie ──releaseTask()──▶ dead
 *
 * A `running` task is either in its program (`work` is 'none') or has something for the kernel to do, and then it is
 * in the scheduler's queue; `work` says what.
 */
import type { ContextIndex } from '../../host/machine.ts';
import type { FdTable } from '../fs/fd-table.ts';
import type { File } from '../fs/file.ts';
import type { FsContext, WalkContext } from '../fs/fs-context.ts';
import type { Path } from '../fs/path.ts';
import type { Kernel } from '../kernel.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import type { Waiter, WaitQueue } from '../sync/wait-queue.ts';
import type { Timer, TimerOwner } from '../time/timer-queue.ts';
import type { UndoList } from '../ipc/semaphore-undo.ts';
import type { Seccomp } from '../seccomp/seccomp.ts';
import type { MemoryPolicy } from '../syscall/numa.ts';
import type { FutexWaiter } from './futexes.ts';
import type { Credentials } from './credentials.ts';
import type { SignalHandlers, SignalInfo } from './signal-queue.ts';
import type { ThreadGroup } from './thread-group.ts';
import type { TraceState } from './trace-state.ts';
import { EBADF } from '../abi/errno.ts';
import { O_PATH } from '../abi/fcntl.ts';
import { SS_DISABLE } from '../abi/signal.ts';
import { fail } from '../errors.ts';
import { walkContextOf } from '../fs/fs-context.ts';
import { Args } from '../syscall/args.ts';
import { isCapable } from './credentials.ts';
import { newSchedulingState } from './scheduling-state.ts';
import { PendingSignals } from './signal-queue.ts';
import { wakeTask } from './sleep.ts';
import { newUsage } from './usage.ts';

export type TaskKind = 'native' | 'translated' | 'kernel';
export type TaskState =
  'starting' | 'running' | 'sleeping' | 'stopped' | 'traced' | 'vfork' | 'zombie' | 'dead';

/**
 * What the kernel has to do for a task when the scheduler picks it:
 * - none: it runs its program, sleeps, or is parked;
 * - enter: it trapped; a new call begins (syscallEnterStop, then the handler);
 * - retry: it was woken; the handler is attempted again;
 * - finish: the call is over with `call.result` (syscallExitStop, deliverSignals, back to the program);
 * - start: it has executed a program that is yet to be started (`startProgram` in exec.ts);
 * - run: its program is to run on CPU 0 (program.ts).
 */
export type Work = 'none' | 'enter' | 'retry' | 'finish' | 'start' | 'run';

/** The current system call; reset by `beginCall`. Plain data. `attempt` is counted by wakeTask. */
export interface CallState {
  number: number;
  /** 0 in the first attempt, one more after each sleep. */
  attempt: number;
  /** Bytes that were moved already. */
  progress: number;
  /** Monotonic nanoseconds, NaN until a handler sets it. */
  deadlineNs: number;
  /** Plain values that a handler keeps between attempts. */
  data: Record<string, unknown> | undefined;
  /** Once it is over: the result or -errno or -ERESTART*. */
  result: number;
  /** seccomp has let it pass; its tracer was asked on the way. */
  isPermitted: boolean;
  isSeccompTraced: boolean;
  /** While calls are traced: the call as text, and why it failed. */
  trace: string | undefined;
  reason: string;
}

/** A handler that a program runs; rt_sigreturn(2) pops it. Plain data. */
export interface SignalFrame {
  signo: number;
  /** Address or token. */
  handler: number;
  /** SA_* */
  flags: number;
  restorer: number;
  info: SignalInfo;
  /** The mask to go back to. */
  mask: bigint;
  /** What the interrupted call gives, unless it is restarted. */
  result: number;
  /** The interrupted call runs again after the handler. */
  isRestarting: boolean;
  number: number;
  args: number[];
}

/** trapno, err and cr2 of struct sigcontext. */
export interface FaultRecord {
  trap: number;
  error: number;
  address: bigint;
}

/** An interrupted call with a time that goes on. Linux counterpart: struct restart_block. Plain data. */
export interface RestartBlock {
  readonly call: CallState;
  readonly args: number[];
}

export interface AlternateStack {
  sp: number;
  size: number;
  /** SS_* */
  flags: number;
}

/** A program that exec has loaded: what `startProgram` hands to whoever runs it. */
export type ProgramStart =
  /** `program`: number of the trusted program. */
  | { readonly kind: 'native'; readonly program: number; readonly stackPointer: number }
  /** `entry`: address of the first instruction. */
  | { readonly kind: 'translated'; readonly entry: number; readonly stackPointer: number };

export class Task implements Waiter, TimerOwner {
  readonly kernel: Kernel;
  /** exec of a thread that is not the leader takes the leader's tid. */
  tid: number;
  group: ThreadGroup;
  /** At most 15 bytes. */
  comm = '';
  kind: TaskKind;
  state: TaskState = 'running';
  work: Work = 'none';

  mm: AddressSpace | undefined;
  files: FdTable;
  fs: FsContext;
  credentials: Credentials;
  /** PR_SET_NO_NEW_PRIVS */
  noNewPrivileges = false;
  /** Which calls it may make; undefined: all. */
  seccomp: Seccomp | undefined;

  readonly args = new Args();
  readonly call: CallState = {
    number: -1,
    attempt: 0,
    progress: 0,
    deadlineNs: NaN,
    data: undefined,
    result: 0,
    isPermitted: false,
    isSeccompTraced: false,
    trace: undefined,
    reason: '',
  };
  /** The native context it runs on. A vfork child borrows its parent's; see `vforkParent`. Owned by native.ts. */
  context: ContextIndex | undefined;
  /** Physical byte offset of a translated task's registers (registers.ts); 0: it has none. Owned by translated.ts. */
  registers = 0;
  /** Set by exec, taken by startProgram. */
  start: ProgramStart | undefined;
  /** While a vfork child uses its parent's memory: the parent that waits for it. Owned by clone.ts. */
  vforkParent: Task | undefined;

  /** Queues it sleeps on; owned by sleep.ts. */
  sleepQueues: readonly WaitQueue[] = [];
  /** Made at the first sleep with a deadline; owned by sleep.ts. */
  sleepTimer: Timer | undefined;
  /** Only a fatal signal ends the sleep. */
  isKillableSleep = false;

  /** Signals that wait until they are unblocked. */
  blocked = 0n;
  /** The mask to go back to at the end of a call with a mask of its own (sigsuspend, ppoll). */
  savedMask: bigint | undefined;
  /** Signals that sigtimedwait(2) waits for although they are blocked. */
  awaited = 0n;
  readonly pending = new PendingSignals();
  /** There may be something for deliverSignals; kept by signal-send.ts. */
  isSignalPending = false;
  /** The group stops, and this thread has not yet. */
  isStopPending = false;
  /** Handlers that run, innermost last. */
  signalFrames: SignalFrame[] = [];
  /** What the processor said of the last fault: goes into signal frames. Owned by program-traps.ts. */
  readonly fault: FaultRecord = { trap: 0, error: 0, address: 0n };
  /** rseq(2): where the thread's struct rseq is; area 0: not registered. Owned by rseq.ts. */
  readonly rseq = { area: 0, length: 0, signature: 0 };
  /** A call that restart_syscall(2) goes on with. Owned by signals.ts. */
  restartBlock: RestartBlock | undefined;
  /** What the tracer made of a signal; taken before all others. Owned by ptrace.ts. */
  decidedSignal: SignalInfo | undefined;
  /** It is exiting with this wait status, and its tracer looks at it first; -1: it is not. */
  exitRequested = -1;
  altstack: AlternateStack = { sp: 0, size: 0, flags: SS_DISABLE };

  /** While it is traced; owned by ptrace.ts. */
  trace: TraceState | undefined;
  /** Tasks that it traces; owned by ptrace.ts. */
  readonly tracees = new Set<Task>();

  /** The file it executes; holds a reference and counts in inode.executing. */
  exeFile: File | undefined;
  /** /proc/PID/auxv */
  auxv: Uint8Array = new Uint8Array(0);
  /** setuid made a user exceed RLIMIT_NPROC: the next exec fails. */
  isProcessLimitExceeded = false;
  startTimeNs = 0;
  readonly usage = newUsage();
  /** Time in the program that is not charged yet. Owned by native.ts. */
  userNsPending = 0;
  readonly sched = newSchedulingState();

  /** set_tid_address(2), set_robust_list(2): guest addresses. */
  clearChildTid = 0;
  robustList = 0;
  /** PR_SET_PDEATHSIG */
  parentDeathSignal = 0;
  timerSlackNs = 50_000;
  /** PR_SET_THP_DISABLE */
  isThpDisabled = false;
  /** personality(2) */
  personality = 0;
  /** What it waits for in futex(2); owned by futexes.ts. */
  futexWaiters: FutexWaiter[] = [];
  /** set_mempolicy(2); undefined: MPOL_DEFAULT. */
  memoryPolicy: MemoryPolicy | undefined;
  /** What its end takes back of System V semaphores; owned by ipc/semaphore-undo.ts. */
  semaphoreUndo: UndoList | undefined;
  /** Wait status of this thread, once it is dead. */
  exitStatus = 0;

  constructor(kernel: Kernel, tid: number, parts: TaskParts) {
    this.kernel = kernel;
    this.tid = tid;
    this.kind = parts.kind;
    this.files = parts.files;
    this.fs = parts.fs;
    this.credentials = parts.credentials;
    this.group = undefined as never; // set by TaskTable before anybody sees the task
  }

  get isLeader(): boolean {
    return this.group.leader === this;
  }
  get isDead(): boolean {
    return this.state === 'zombie' || this.state === 'dead';
  }
  get handlers(): SignalHandlers {
    return this.group.handlers;
  }
  get exePath(): Path | undefined {
    return this.exeFile?.path;
  }

  /** The open file of a descriptor; EBADF. */
  file(fd: number): File {
    const file = this.files.get(fd);
    if (file === undefined) return fail(EBADF, 'no such descriptor');
    if ((file.flags & O_PATH) !== 0) return fail(EBADF, 'descriptor is O_PATH');
    return file;
  }

  /** Memory of a task that is in a system call: always there. */
  get memory(): AddressSpace {
    return this.mm!;
  }

  /** Soft limit of RLIMIT_*. */
  limit(resource: number): number {
    return this.group.limits[resource]!.soft;
  }
  capable(capability: number): boolean {
    return isCapable(this.credentials, capability);
  }

  /** Where its path names begin and with which rights. */
  walkContext(): WalkContext {
    return walkContextOf(this);
  }

  wakeUp(_queue: WaitQueue, _key: number): void {
    wakeTask(this);
  }
  timerExpired(_timer: Timer): void {
    wakeTask(this);
  }
  clockWasSet(_timer: Timer): void {
    wakeTask(this);
  }
}

export interface TaskParts {
  kind: TaskKind;
  files: FdTable;
  fs: FsContext;
  credentials: Credentials;
}

/** `call.number` of a translated task that is not in a call: orig_rax as debuggers see it. */
export const NO_CALL = -1;

/** A new system call begins, or one runs again from its beginning: its state is fresh. The arguments are in `args`. */
export function beginCall(task: Task, number: number): void {
  const { call } = task;
  call.number = number;
  call.attempt = 0;
  call.progress = 0;
  call.deadlineNs = NaN;
  call.data = undefined;
  call.result = 0;
  call.isPermitted = false;
  call.isSeccompTraced = false;
}
