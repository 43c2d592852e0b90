/**
 * Delivering signals: what happens between the end of a system call and the return to the program. Linux counterpart:
 * get_signal and do_signal in kernel/signal.c and arch/x86/kernel/signal.c; signal(7).
 *
 * invoke calls deliverSignals with every result. Most of the time nothing is pending and the answer is 'result'. Else
 * signals are taken one by one: ignored ones vanish, default actions stop or end the process, a handler becomes a
 * frame on task.signalFrames. Whether the interrupted call restarts depends on its -ERESTART* code and on the handler:
 *
 *   code                        no handler ran       handler with SA_RESTART   handler without
 *   -ERESTARTSYS                again                again after it            -EINTR
 *   -ERESTARTNOINTR             again                again after it            again after it
 *   -ERESTARTNOHAND             again                -EINTR                    -EINTR
 *   -ERESTART_RESTARTBLOCK      goes on, same state  -EINTR                    -EINTR
 *
 * A translated program finds the frames of its handlers on its stack (signal-frame.ts), several on top of each other if
 * several are due. Restarting is done in its registers: it executes the syscall instruction once more.
 *
 * Linux: a native program, which is none of its, has one handler at a time: when several are due at once, the next one
 * is taken at the rt_sigreturn(2) of the first. It sees them in ascending instead of descending order.
 */
import type { SignalAction, SignalInfo } from './signal-queue.ts';
import type { SignalFrame, Task } from './task.ts';
import { CPU_RIP, RAX } from '../abi/cpu-context.ts';
import { EINTR } from '../abi/errno.ts';
import {
  CLD_CONTINUED,
  CLD_STOPPED,
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SIGKILL,
  SIGSEGV,
  SIGSTOP,
  SIG_DFL,
  SIG_IGN,
  signalBit,
} from '../abi/signal.ts';
import { ERESTARTNOINTR, ERESTARTSYS, ERESTART_RESTARTBLOCK } from '../errors.ts';
import { dumpCore } from './core-dump.ts';
import { exitGroup, exitTask } from './exit.ts';
import { notifyJobControl } from './notify-parent.ts';
import { groupStopTrap, handlerStop, interruptTrap, pendingEventStop, signalStop } from './ptrace.ts';
import { instructionPointer, setFieldNumber, setRegisterNumber, storeResult } from './registers.ts';
import { leaveCriticalSection } from './rseq.ts';
import { popSignalFrame, pushSignalFrame } from './signal-frame.ts';
import {
  DEFAULT_IGNORED,
  STOP_SIGNALS,
  UNBLOCKABLE,
  fatalStatus,
  forceSignal,
  isThreadsEnd,
  kernelInfo,
  kick,
  kill,
  sendSignal,
} from './signal-send.ts';
import { hasSignalPending, isEndedByExec, isFatalPending, recalculatePending } from './signal-state.ts';
import { makeRunnable } from './sleep.ts';
import { NO_CALL, beginCall } from './task.ts';

export { forceSignal, hasSignalPending, isFatalPending, kernelInfo, sendSignal };
export { infoFrom, mayKill, queueSignal, signalProcessGroup } from './signal-send.ts';

/**
 * What invoke does next:
 * - result: back to the program with call.result;
 * - handler: the program runs the handler in the last element of task.signalFrames;
 * - restart: nothing; the call is in the scheduler's queue again;
 * - parked: nothing; the task is stopped or traced, and comes back with work 'finish';
 * - gone: nothing; the task has exited.
 */
export type Outcome = 'result' | 'handler' | 'restart' | 'parked' | 'gone';

/** Bytes of the syscall instruction. */
const SYSCALL_LENGTH = 2;
/** The number of restart_syscall(2). */
const RESTART_SYSCALL = 219;

/** Handlers that were left without rt_sigreturn (a thrown exception) are forgotten beyond this depth. */
const MAX_FRAMES = 256;

export function deliverSignals(task: Task, result: number = task.call.result): Outcome {
  task.call.result = result;
  task.work = 'none';
  if (!task.isSignalPending && task.savedMask === undefined && !isRestartCode(result)) {
    if (task.trace === undefined) return 'result';
  }
  if (task.savedMask !== undefined && !isRestartCode(result) && result !== -EINTR) restoreMask(task);
  if (pendingEventStop(task)) return 'parked';
  for (;;) {
    if (isFatalPending(task)) return die(task);
    tellContinued(task);
    if (task.isStopPending) {
      joinStop(task);
      return 'parked';
    }
    if (interruptTrap(task)) return 'parked';
    const decided = task.decidedSignal;
    task.decidedSignal = undefined;
    const info = decided ?? takeSignal(task);
    if (info === undefined) break;
    if (decided === undefined && task.trace !== undefined && info.signo !== SIGKILL) {
      signalStop(task, info);
      return 'parked';
    }
    if (decided !== undefined && (task.blocked & signalBit(info.signo)) !== 0n) {
      task.pending.add(info);
      continue;
    }
    const action = task.handlers.get(info.signo);
    if (action.handler === SIG_IGN) continue;
    if (action.handler !== SIG_DFL) {
      if (isThreadsEnd(task, action.handler)) {
        task.exitRequested = 0;
        return die(task);
      }
      if (task.registers === 0) {
        pushFrame(task, info, action);
        return 'handler';
      }
      if (callHandler(task, info, action)) return 'parked';
      continue;
    }
    const what = defaultAction(task, info);
    if (what !== undefined) return what;
  }
  restoreMask(task);
  recalculatePending(task);
  return restart(task);
}

/** Takes the next signal that is not blocked out of the thread's or the group's queue. */
export function takeSignal(task: Task, blocked = task.blocked): SignalInfo | undefined {
  const shared = task.group.sharedPending;
  const own = task.pending.next(blocked);
  const other = shared.next(blocked);
  let info: SignalInfo | undefined;
  if (own !== 0) info = task.pending.take(own);
  else if (other !== 0) info = shared.take(other);
  recalculatePending(task);
  return info;
}

/** Sets a mask until the end of the present call (sigsuspend, ppoll, pselect, epoll_pwait). Later attempts: no-op. */
export function setTemporaryMask(task: Task, mask: bigint): void {
  if (task.savedMask !== undefined) return;
  task.savedMask = task.blocked;
  task.blocked = mask & ~UNBLOCKABLE;
  recalculatePending(task);
}

/** Changes the mask. A shared signal that this thread no longer takes is another thread's. */
export function setMask(task: Task, mask: bigint): void {
  task.blocked = mask & ~UNBLOCKABLE;
  recalculatePending(task);
  const left = task.group.sharedPending.set & task.blocked;
  if (left === 0n || task.group.threads.size === 1) return;
  for (const thread of task.group.threads) {
    if (thread !== task && !thread.isDead && (left & ~thread.blocked) !== 0n) kick(thread);
  }
}

function restoreMask(task: Task): void {
  if (task.savedMask === undefined) return;
  task.blocked = task.savedMask;
  task.savedMask = undefined;
  recalculatePending(task);
}

function isRestartCode(result: number): boolean {
  return result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK;
}

/** No handler runs: an interrupted call begins again, or goes on. */
function restart(task: Task): Outcome {
  const { call } = task;
  if (!isRestartCode(call.result)) return 'result';
  if (task.registers !== 0) {
    settleCall(task, undefined);
    return 'result';
  }
  if (call.result === -ERESTART_RESTARTBLOCK) makeRunnable(task, 'retry');
  else {
    beginCall(task, call.number);
    makeRunnable(task, 'enter');
  }
  return 'restart';
}

/** The task ends: it was killed, or its group or an exec of another thread ends it. */
function die(task: Task): Outcome {
  const { group } = task;
  if (task.exitRequested >= 0) exitTask(task, task.exitRequested);
  else if (group.isExiting) {
    dumpCore(task);
    exitTask(task, group.groupExitStatus);
  } else if (isEndedByExec(task)) exitTask(task, 0);
  else exitGroup(task, SIGKILL);
  return task.isDead ? 'gone' : 'parked';
}

/** Ends a task from outside of any call: its thread was terminated because of a fatal signal. */
export function exitKilled(task: Task): void {
  if (!task.isDead) die(task);
}

/** Makes the frame of a handler of a native program. */
function pushFrame(task: Task, info: SignalInfo, action: SignalAction): void {
  const { call } = task;
  const isRestarting =
    call.result === -ERESTARTNOINTR || (call.result === -ERESTARTSYS && (action.flags & SA_RESTART) !== 0);
  const frame: SignalFrame = {
    signo: info.signo,
    handler: action.handler,
    flags: action.flags,
    restorer: action.restorer,
    info,
    mask: task.savedMask ?? task.blocked,
    result: isRestartCode(call.result) ? -EINTR : call.result,
    isRestarting,
    number: call.number,
    args: [...task.args.words],
  };
  task.savedMask = undefined;
  if (task.signalFrames.length >= MAX_FRAMES) task.signalFrames.shift();
  task.signalFrames.push(frame);
  maskForHandler(task, info.signo, action);
}

function maskForHandler(task: Task, signo: number, action: SignalAction): void {
  task.blocked |= action.mask & ~UNBLOCKABLE;
  if ((action.flags & SA_NODEFER) === 0) task.blocked |= signalBit(signo);
  if ((action.flags & SA_RESETHAND) !== 0) task.handlers.set(signo, { ...action, handler: SIG_DFL });
  recalculatePending(task);
}

/**
 * Makes a translated program call a handler; a bad stack makes SIGSEGV of it. True: the tracer single-steps, and looks
 * at the handler's first instruction.
 */
function callHandler(task: Task, info: SignalInfo, action: SignalAction): boolean {
  const { signo } = info;
  settleCall(task, action.flags);
  leaveCriticalSection(task);
  const mask = task.savedMask ?? task.blocked;
  if (!pushSignalFrame(task, info, action, mask)) {
    if (signo === SIGSEGV) task.handlers.set(SIGSEGV, { ...action, handler: SIG_DFL });
    forceSignal(task, kernelInfo(SIGSEGV));
    return false;
  }
  task.savedMask = undefined;
  maskForHandler(task, signo, action);
  return handlerStop(task);
}

/**
 * Puts the end of the call that a translated task is in into its registers: the result, or what makes the syscall
 * instruction (two bytes) run once more. `flags`: of the handler that runs first; undefined: none does.
 */
function settleCall(task: Task, flags: number | undefined): void {
  const { call } = task;
  if (call.number === NO_CALL) return;
  let again = call.number;
  const code = isRestartCode(call.result) ? -call.result : 0;
  const isRestarting =
    flags === undefined
      ? code !== 0
      : code === ERESTARTNOINTR || (code === ERESTARTSYS && (flags & SA_RESTART) !== 0);
  if (isRestarting) {
    if (code === ERESTART_RESTARTBLOCK) {
      task.restartBlock = { call: { ...call }, args: [...task.args.words] };
      again = RESTART_SYSCALL;
    }
    setRegisterNumber(task, RAX, again);
    setFieldNumber(task, CPU_RIP, instructionPointer(task) - SYSCALL_LENGTH);
  } else {
    if (code !== 0) call.result = -EINTR;
    storeResult(task);
  }
  call.number = NO_CALL;
}

/** restart_syscall(2): an interrupted call goes on with the time that it has left. */
export function resumeRestartBlock(task: Task): boolean {
  const block = task.restartBlock;
  task.restartBlock = undefined;
  if (block === undefined) return false;
  Object.assign(task.call, block.call, {
    attempt: block.call.attempt + 1,
    result: 0,
    trace: task.call.trace,
  });
  task.args.words.set(block.args);
  return true;
}

/** rt_sigreturn(2): back to where the handler interrupted. The result of the handler is the interrupted call's. */
export function popFrame(task: Task): number {
  if (task.registers !== 0) {
    task.restartBlock = undefined;
    const mask = popSignalFrame(task);
    task.call.number = NO_CALL;
    if (mask === undefined) forceSignal(task, kernelInfo(SIGSEGV));
    else setMask(task, mask);
    return 0;
  }
  const frame = task.signalFrames.pop();
  if (frame === undefined) {
    forceSignal(task, kernelInfo(SIGSEGV));
    return 0;
  }
  setMask(task, frame.mask);
  if (!frame.isRestarting) return frame.result;
  task.args.words.set(frame.args);
  task.call.number = frame.number;
  return -ERESTARTNOINTR;
}

/** The default action of a signal. undefined: it was ignored after all. */
function defaultAction(task: Task, info: SignalInfo): Outcome | undefined {
  const { group } = task;
  const bit = signalBit(info.signo);
  if ((bit & DEFAULT_IGNORED) !== 0n) return undefined;
  const isOnlyKernels = info.isForced === true && (bit & UNBLOCKABLE) !== 0n;
  if (group.isInit && info.isSynchronous !== true && !isOnlyKernels) return undefined;
  if ((bit & STOP_SIGNALS) !== 0n) {
    if (info.signo !== SIGSTOP && group.processGroup.isOrphaned()) return undefined;
    beginStop(task, info.signo);
    joinStop(task);
    return 'parked';
  }
  group.groupExitStatus = fatalStatus(group, info.signo);
  dumpCore(task);
  for (const thread of group.threads) if (thread !== task && !thread.isDead) kill(thread);
  exitTask(task, group.groupExitStatus);
  return task.isDead ? 'gone' : 'parked';
}

function beginStop(task: Task, signo: number): void {
  const { group } = task;
  group.stopSignal = signo;
  group.isContinueUnreported = false;
  for (const thread of group.threads) {
    if (thread.isDead || thread.state === 'stopped') continue;
    thread.isStopPending = true;
    if (thread === task) continue;
    kick(thread);
    if (task.kernel.natives.stopWaiting(thread)) {
      thread.isStopPending = false;
      thread.state = 'stopped';
      recalculatePending(thread);
    }
  }
}

/** The thread stops; the last one to do so makes the group stopped. */
function joinStop(task: Task): void {
  const { group } = task;
  task.isStopPending = false;
  if (!groupStopTrap(task, group.stopSignal)) task.state = 'stopped';
  recalculatePending(task);
  if (group.isStopped) return;
  for (const thread of group.threads) {
    if (!thread.isDead && thread.state !== 'stopped' && thread.state !== 'traced') return;
  }
  group.isStopped = true;
  group.isStopUnreported = true;
  notifyJobControl(group, CLD_STOPPED);
  stopLender(task);
}

/**
 * The parent of a native vfork stops with its child. Linux: it would stop after the child is done; but a native shell
 * runs its subshells in vfork children, and a shell that waits for the whole job to stop would wait for ever.
 */
function stopLender(child: Task): void {
  const parent = child.vforkParent;
  if (parent?.state !== 'vfork' || parent.group.isStopped) return;
  const { group } = parent;
  const stops = (parent.pending.set | group.sharedPending.set) & STOP_SIGNALS & ~parent.blocked;
  const info = stops === 0n ? undefined : takeSignal(parent, ~stops);
  if (info === undefined || parent.handlers.get(info.signo).handler !== SIG_DFL) return;
  group.stopSignal = info.signo;
  group.isContinueUnreported = false;
  parent.isStopPending = true;
  recalculatePending(parent);
  group.isStopped = true;
  group.isStopUnreported = true;
  notifyJobControl(group, CLD_STOPPED);
  stopLender(parent);
}

/** The first thread that runs after SIGCONT tells the parent. */
function tellContinued(task: Task): void {
  const { group } = task;
  if (group.continueNotice === 'none') return;
  const notice = group.continueNotice;
  group.continueNotice = 'none';
  recalculatePending(task);
  notifyJobControl(group, notice === 'continued' ? CLD_CONTINUED : CLD_STOPPED);
}
