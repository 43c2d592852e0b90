/**
 * Invoke: the one way into a system call and the one way out. It alone turns an error into -errno, traces, and hands
 * the result to signal delivery, which decides about restarting. Linux counterpart: entry/common.c.
 *
 * Back to the program: a native one is answered in its trap record; a translated one has its result in RAX, and `work`
 * says that it is to run.
 *
 *   trap ─► enter ─► handler ─┬─ result ─► finish ─► deliverSignals ─► back to the program
 *               retry ─►▲      ├─ SLEEP: on its wait queues ─► wake-up ─► scheduler ─► retry
 *                       └──────┘
 *                              └─ GONE: exited, or it has a new program to start
 */
import type { Task } from '../task/task.ts';
import { RAX } from '../abi/cpu-context.ts';
import { ENOSYS, errnoName } from '../abi/errno.ts';
import { Errno, GONE, SLEEP } from '../errors.ts';
import { seccompCheck } from '../seccomp/seccomp.ts';
import { startProgram } from '../task/exec.ts';
import { syscallEnterStop, syscallExitStop } from '../task/ptrace.ts';
import { setRegisterNumber, storeResult } from '../task/registers.ts';
import { deliverSignals } from '../task/signals.ts';
import { NO_CALL } from '../task/task.ts';
import { formatCall, formatResult } from './strace.ts';

/** So many numbers of calls that are not there are reported: a program may try all of them. */
const MOST_REPORTED = 1000;

/** Does what the kernel has to do for a task that the scheduler picked. */
export function resumeTask(task: Task): void {
  const { work } = task;
  task.work = 'none';
  switch (work) {
    case 'enter':
      return enterCall(task);
    case 'retry':
      return attempt(task);
    case 'finish':
      return finishCall(task, task.call.result);
    case 'start':
      return startProgram(task);
    case 'run':
      task.work = 'run'; // the core loop goes on with runProgram
      return;
    case 'none':
      return;
  }
}

/** A new call begins: `beginCall` was done, the arguments are in `args`. */
export function enterCall(task: Task): void {
  task.work = 'none';
  task.kernel.callRings?.begin(task);
  if (task.kernel.params.isTracing) task.call.trace = formatCall(task);
  if (task.call.number === NO_CALL && task.registers !== 0) setRegisterNumber(task, RAX, -ENOSYS);
  if (task.trace !== undefined && syscallEnterStop(task)) return;
  attempt(task);
}

/** A program returns from an interrupt or a fault: only its signals are looked at. */
export function returnBySignals(task: Task): void {
  finishCall(task, 0);
}

/** Runs the handler of the task's call, for the first time or again after a wake-up. */
function attempt(task: Task): void {
  const { call, kernel } = task;
  // A tracer has taken the call away, and perhaps set RAX.
  if (call.number === NO_CALL && task.registers !== 0) return finishCall(task, 0);
  const row = kernel.table.get(call.number);
  let result = task.seccomp === undefined ? undefined : seccompCheck(task);
  if (result !== undefined) {
    // Refused, or somebody else decides.
  } else if (row?.handler === undefined) {
    reportMissing(task);
    result = -ENOSYS;
  } else {
    try {
      kernel.memory.endBorrowing();
      result = row.handler(task, task.args);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (call.trace !== undefined) call.reason = error.reason;
      result = -error.errno;
    }
  }
  if (result === SLEEP) return;
  if (result === GONE) {
    kernel.callRings?.endWithout(task);
    trace(task, ') = ?');
    return;
  }
  finishCall(task, result);
}

/** Ends a call with its result (≥ 0, -errno or -ERESTART*) and returns to the program, by way of its signals. */
function finishCall(task: Task, result: number): void {
  const { call } = task;
  call.result = result;
  task.kernel.callRings?.end(task, result);
  if (call.trace !== undefined) trace(task, formatResult(task, result));
  if (syscallExitStop(task)) return;
  const outcome = deliverSignals(task);
  if (outcome === 'result') {
    if (task.registers === 0) task.kernel.natives.finish(task, call.result);
    else {
      storeResult(task);
      task.work = 'run';
    }
  } else if (outcome === 'handler') task.kernel.natives.finishWithHandler(task, task.signalFrames.at(-1)!);
}

function trace(task: Task, result: string): void {
  const { call, kernel } = task;
  if (call.trace === undefined) return;
  const reason = call.reason === '' ? '' : `  <${call.reason}>`;
  kernel.log.debug(`strace: [pid ${task.tid}] ${call.trace}${result}${reason}`);
  call.trace = undefined;
  call.reason = '';
}

function reportMissing(task: Task): void {
  const { kernel, call } = task;
  const { reportedMissing } = kernel;
  if (reportedMissing.has(call.number) || reportedMissing.size >= MOST_REPORTED) return;
  reportedMissing.add(call.number);
  const name = kernel.table.get(call.number)?.name ?? `number ${call.number}`;
  kernel.log.warning(`${task.comm}[${task.tid}]: system call ${name} is not there (${errnoName(ENOSYS)})`);
}
