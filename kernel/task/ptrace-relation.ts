/**
 * Who traces whom: the bonds of ptrace(2), without the stops. Linux counterpart: __ptrace_link, __ptrace_unlink,
 * exit_ptrace.
 */
import type { Task, Work } from './task.ts';
import type { TraceState } from './trace-state.ts';
import { RAX } from '../abi/cpu-context.ts';
import { ENOSYS } from '../abi/errno.ts';
import { PTRACE_EVENT_EXIT, PTRACE_O_EXITKILL, PTRACE_O_TRACEEXIT } from '../abi/ptrace.ts';
import { SIGKILL, SIGTRAP } from '../abi/signal.ts';
import { stoppedStatus } from '../abi/wait.ts';
import { newDebugRegisters } from './hardware-breakpoints.ts';
import { notifyTracer } from './notify-parent.ts';
import { setRegisterNumber, storeResult } from './registers.ts';
import { kernelInfo, sendSignal } from './signal-send.ts';
import { recalculatePending } from './signal-state.ts';
import { leaveQueues, makeRunnable } from './sleep.ts';

/** `tracer` traces `task` from now on. */
export function trace(task: Task, tracer: Task, how: 'attach' | 'seize', options: number): void {
  task.trace = {
    tracer,
    isSeized: how === 'seize',
    options,
    isTracingCalls: false,
    isEmulatingCalls: false,
    isCallEmulated: false,
    isListening: false,
    isStepping: false,
    isTrapPending: false,
    event: 0,
    eventMessage: 0,
    position: 'outside',
    unreportedStatus: 0,
    stopInfo: undefined,
    stopKind: 'none',
    injected: 0,
    debug: newDebugRegisters(),
  };
  tracer.tracees.add(task);
}

/** Nobody traces the task any more. It stays in its stop; see `resumeTracee`. */
export function untrace(task: Task): void {
  const state = task.trace;
  if (state === undefined) return;
  task.trace = undefined;
  state.tracer.tracees.delete(task);
}

/**
 * Puts the task into a trace stop with this status; it goes on with work 'finish' or 'enter'. The registers of a
 * translated task are then as its tracer expects them: in an entry stop rax is -ENOSYS, else the call's result.
 */
export function enterStop(task: Task, kind: TraceState['stopKind'], signo: number, event = 0): void {
  const state = task.trace!;
  if (task.registers !== 0) {
    if (kind === 'enter') setRegisterNumber(task, RAX, -ENOSYS);
    else storeResult(task);
  }
  task.kernel.scheduler.remove(task);
  leaveQueues(task);
  task.state = 'traced';
  task.work = 'none';
  state.stopKind = kind;
  state.unreportedStatus = stoppedStatus(signo, event);
  state.stopInfo ??= {
    signo: signo & 0x7f,
    code: event === 0 ? signo : SIGTRAP | (event << 8),
    pid: task.tid,
    uid: 0,
  };
  notifyTracer(task, signo);
}

/** Lets a traced task go on. */
export function resumeTracee(task: Task): void {
  const kind = task.trace?.stopKind ?? 'none';
  if (task.trace !== undefined) {
    task.trace.stopKind = 'none';
    task.trace.isListening = false;
    task.trace.stopInfo = undefined;
    task.trace.unreportedStatus = 0;
  }
  recalculatePending(task);
  if (task.state === 'traced') makeRunnable(task, workAfter(kind));
}

/** What the kernel has to do for a task that leaves a stop of this kind. */
function workAfter(kind: TraceState['stopKind']): Work {
  if (kind === 'enter') return 'enter';
  if (kind === 'within') return 'retry';
  return kind === 'exec' ? 'start' : 'finish';
}

/** PTRACE_O_TRACEEXIT: the tracer looks at a task once more before it ends. True: it stopped; exit comes again. */
export function exitEventStop(task: Task, status: number): boolean {
  const state = task.trace;
  if (state === undefined || (state.options & PTRACE_O_TRACEEXIT) === 0) return false;
  if (task.exitRequested >= 0 || task.pending.has(SIGKILL)) return false;
  task.exitRequested = status;
  state.eventMessage = status;
  enterStop(task, 'event', SIGTRAP, PTRACE_EVENT_EXIT);
  return true;
}

/** A tracer ends: its tracees run on, or die with it (PTRACE_O_EXITKILL). */
export function releaseTracees(tracer: Task): void {
  for (const task of [...tracer.tracees]) {
    const options = task.trace!.options;
    if (task.isDead) continue; // `announce` or the parent's wait lets it go
    const state = task.trace!;
    const kind = state.stopKind;
    untrace(task);
    if ((options & PTRACE_O_EXITKILL) !== 0) sendSignal(task, SIGKILL, kernelInfo(SIGKILL));
    else if (task.state === 'traced') {
      makeRunnable(task, workAfter(kind));
      recalculatePending(task);
    }
  }
}
