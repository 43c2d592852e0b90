/**
 * Translated tasks: programs in x86-64 code, which the machine's processor executes on CPU 0, that is in the kernel's
 * own thread. This file begins and ends them; program.ts runs them. Linux counterpart: start_thread, copy_thread,
 * exit_thread.
 */
import type { CloneArgs } from './clone.ts';
import type { Task } from './task.ts';
import { CPU_FS_BASE, CPU_RIP, RSP } from '../abi/cpu-context.ts';
import { CLONE_SETTLS } from '../abi/sched.ts';
import { SIGKILL } from '../abi/signal.ts';
import { Errno } from '../errors.ts';
import { setFieldNumber, setRegisterNumber } from './registers.ts';
import { sendSignal } from './signal-send.ts';

/**
 * exec: the task is to run the program in its (new) address space from `entry` on, and its call of exec ends with 0.
 * The registers are there at once, for a tracer that looks before the first instruction; `startProgram` makes the task
 * runnable. A native context that it had goes back.
 */
export function startTranslated(task: Task, entry: number, stackPointer: number): void {
  const { kernel } = task;
  kernel.natives.detach(task);
  task.kind = 'translated';
  task.call.result = 0;
  try {
    if (task.registers === 0) task.registers = kernel.registers.allocate();
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    // Past the point of no return there is nobody to tell.
    sendSignal(task, SIGKILL);
    return;
  }
  Object.assign(task.rseq, { area: 0, length: 0, signature: 0 });
  Object.assign(task.fault, { trap: 0, error: 0, address: 0n });
  task.restartBlock = undefined;
  kernel.processor?.reset(task.registers);
  setFieldNumber(task, CPU_RIP, entry);
  setRegisterNumber(task, RSP, stackPointer);
}

/** The task stops using its registers: it exits, or executes a native program. Safe to call for a task without. */
export function detachTranslated(task: Task): void {
  if (task.registers === 0) return;
  task.kernel.registers.free(task.registers);
  task.registers = 0;
}

/** clone: the child goes on where the parent is, perhaps with another stack and thread-local storage. */
export function copyRegisters(task: Task, child: Task, args: CloneArgs): void {
  if (child.registers === 0) return;
  task.kernel.registers.copy(task.registers, child.registers);
  const { stack, tls } = args;
  if (stack !== undefined && stack !== 0) setRegisterNumber(child, RSP, stack);
  if ((args.flags & CLONE_SETTLS) !== 0) setFieldNumber(child, CPU_FS_BASE, tls ?? 0);
}
