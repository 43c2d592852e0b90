/**
 * The stops of ptrace(2): where a traced task stands still until its tracer lets it go. Linux counterpart:
 * kernel/ptrace.c, ptrace_report_syscall, ptrace_signal. The requests of tracers are in syscall/ptrace.ts.
 *
 * Stops and where they are made: entry and exit of a call (invoke, by syscallEnterStop and syscallExitStop), before a
 * signal is delivered (signalStop), at an event (fork, clone, exec; due at the end of the call), at PTRACE_INTERRUPT
 * and at group stops of a seized task. A stopped task has state 'traced' and comes back into the same place, with
 * `position` saying which stops it has behind it.
 */
import type { SignalInfo } from './signal-queue.ts';
import type { Task } from './task.ts';
import {
  PTRACE_EVENT_CLONE,
  PTRACE_EVENT_EXEC,
  PTRACE_EVENT_FORK,
  PTRACE_EVENT_STOP,
  PTRACE_EVENT_VFORK,
  PTRACE_EVENT_VFORK_DONE,
  PTRACE_O_TRACECLONE,
  PTRACE_O_TRACEEXEC,
  PTRACE_O_TRACEFORK,
  PTRACE_O_TRACESYSGOOD,
  PTRACE_O_TRACEVFORK,
  PTRACE_O_TRACEVFORKDONE,
} from '../abi/ptrace.ts';
import { CLONE_PTRACE, CLONE_UNTRACED, CLONE_VFORK } from '../abi/sched.ts';
import { SIGCHLD, SIGSTOP, SIGTRAP, TRAP_BRKPT } from '../abi/signal.ts';
import { enterStop, trace } from './ptrace-relation.ts';
import { instructionPointer } from './registers.ts';
import { forceSignal, infoFrom } from './signal-send.ts';
import { isFatalPending, recalculatePending } from './signal-state.ts';
import { NO_CALL } from './task.ts';

/** Called by invoke before the handler's first attempt. True: the task is stopped and will `enter` again. */
export function syscallEnterStop(task: Task): boolean {
  const state = task.trace;
  if (state === undefined) return false;
  if (state.position === 'entered') {
    if (state.isCallEmulated) {
      // PTRACE_SYSEMU: its tracer has made the call for it; there is no exit stop.
      state.isCallEmulated = false;
      state.position = 'exited';
      task.call.number = NO_CALL;
    }
    return false;
  }
  state.position = 'entered';
  if (isFatalPending(task)) return false;
  if (!state.isTracingCalls && !state.isEmulatingCalls) return false;
  state.isCallEmulated = state.isEmulatingCalls;
  enterStop(task, 'enter', callSignal(task));
  return true;
}

/** Called by invoke when a call is over. True: the task is stopped and will `finish` again. */
export function syscallExitStop(task: Task): boolean {
  const state = task.trace;
  if (state === undefined || state.position !== 'entered' || isFatalPending(task)) return false;
  if (stopForEvent(task)) return true;
  state.position = 'exited';
  if (state.isStepping) {
    // The instruction that is stepped over was this call.
    const address = instructionPointer(task);
    forceSignal(task, { signo: SIGTRAP, code: TRAP_BRKPT, address });
    return false;
  }
  if (!state.isTracingCalls) return false;
  enterStop(task, 'exit', callSignal(task));
  return true;
}

/** The handler's frame is made, and the task single-steps: it stops before the first instruction. True: it stopped. */
export function handlerStop(task: Task): boolean {
  if (task.trace?.isStepping !== true) return false;
  enterStop(task, 'event', SIGTRAP);
  return true;
}

/** An event that is due in the middle of a call, before it sleeps. True: the task is stopped; the call comes again. */
export function eventStopWithin(task: Task): boolean {
  const state = task.trace;
  if (state === undefined || state.event === 0) return false;
  const { event } = state;
  state.event = 0;
  enterStop(task, 'within', SIGTRAP, event);
  return true;
}

/** A translated vfork parent goes on: PTRACE_EVENT_VFORK_DONE is due at the end of its call. */
export function traceVforkDone(task: Task, pid: number): void {
  const state = task.trace;
  if (state === undefined || (state.options & PTRACE_O_TRACEVFORKDONE) === 0) return;
  state.event = PTRACE_EVENT_VFORK_DONE;
  state.eventMessage = pid;
}

function callSignal(task: Task): number {
  return (task.trace!.options & PTRACE_O_TRACESYSGOOD) !== 0 ? SIGTRAP | 0x80 : SIGTRAP;
}

/** An event stop that was due and has not been made by syscallExitStop. */
export function pendingEventStop(task: Task): boolean {
  return task.trace !== undefined && stopForEvent(task);
}

function stopForEvent(task: Task): boolean {
  const state = task.trace!;
  const { event } = state;
  if (event === 0) return false;
  state.event = 0;
  enterStop(task, 'event', SIGTRAP, event);
  return true;
}

/** Before a signal is delivered. What the tracer decides comes back as task.decidedSignal. */
export function signalStop(task: Task, info: SignalInfo): void {
  task.trace!.stopInfo = info;
  enterStop(task, 'signal', info.signo);
}

/** PTRACE_INTERRUPT, and the first stop of a task that was attached to automatically. */
export function interruptTrap(task: Task): boolean {
  const state = task.trace;
  if (state === undefined || !state.isTrapPending) return false;
  state.isTrapPending = false;
  recalculatePending(task);
  enterStop(task, 'event', SIGTRAP, PTRACE_EVENT_STOP);
  return true;
}

/** A group stop of a traced task is a trace stop. False: it is not traced. */
export function groupStopTrap(task: Task, signo: number): boolean {
  const state = task.trace;
  if (state === undefined) return false;
  enterStop(task, 'end', signo, state.isSeized ? PTRACE_EVENT_STOP : 0);
  return true;
}

/** The event of a new child, if the tracer wants to know; the child is then traced as well. */
export function traceClone(task: Task, child: Task, flags: number, exitSignal: number): void {
  const state = task.trace;
  if (state === undefined || (flags & CLONE_UNTRACED) !== 0) return;
  let event = PTRACE_EVENT_CLONE;
  let option = PTRACE_O_TRACECLONE;
  if ((flags & CLONE_VFORK) !== 0) {
    event = PTRACE_EVENT_VFORK;
    option = PTRACE_O_TRACEVFORK;
  } else if (exitSignal === SIGCHLD) {
    event = PTRACE_EVENT_FORK;
    option = PTRACE_O_TRACEFORK;
  }
  const isWanted = (state.options & option) !== 0;
  if (!isWanted && (flags & CLONE_PTRACE) === 0) return;
  trace(child, state.tracer, state.isSeized ? 'seize' : 'attach', state.options);
  const traced = child.trace!;
  traced.isTracingCalls = state.isTracingCalls;
  if (state.isSeized) traced.isTrapPending = true;
  else child.pending.add(infoFrom(task, SIGSTOP));
  recalculatePending(child);
  if (!isWanted) return;
  state.event = event;
  state.eventMessage = child.tid;
}

/**
 * A traced task has executed a program. True: it is stopped, and `start`s the program when the tracer lets it go.
 * Without PTRACE_O_TRACEEXEC the stop looks like a plain SIGTRAP, as in old times; a seized task makes none.
 */
export function traceExec(task: Task, oldTid: number): boolean {
  const state = task.trace;
  if (state === undefined) return false;
  // A translated program's first stop after that is the end of the call of exec.
  if (task.registers === 0) state.position = 'outside';
  if ((state.options & PTRACE_O_TRACEEXEC) !== 0) {
    state.eventMessage = oldTid;
    enterStop(task, 'exec', SIGTRAP, PTRACE_EVENT_EXEC);
    return true;
  }
  if (state.isSeized) return false;
  enterStop(task, 'exec', SIGTRAP);
  return true;
}
