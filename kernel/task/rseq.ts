/**
 * Restartable sequences: a critical section that a thread announces in its memory is left by way of its abort handler
 * when the thread is preempted in it, or takes a signal. Linux counterpart: kernel/rseq.c; rseq(2).
 *
 * There is one processor, number 0: the numbers in struct rseq are stored once, at the registration.
 */
import type { Task } from './task.ts';
import { CPU_RIP } from '../abi/cpu-context.ts';
import { EINVAL } from '../abi/errno.ts';
import * as abi from '../abi/rseq.ts';
import { SIGSEGV } from '../abi/signal.ts';
import { Errno, fail } from '../errors.ts';
import { instructionPointer, setFieldNumber } from './registers.ts';
import { forceSignal, kernelInfo } from './signal-send.ts';

/** Stores the numbers of processor and node, or that there are none. EFAULT. */
export function storeNumbers(task: Task, at: number, cpuId: number): void {
  const { memory } = task;
  memory.writeU32(at + abi.RSEQ_CPU_ID_START, 0);
  memory.writeU32(at + abi.RSEQ_CPU_ID, cpuId);
  memory.writeU32(at + abi.RSEQ_NODE_ID, 0);
  memory.writeU32(at + abi.RSEQ_MM_CID, 0);
}

/** The thread is preempted or takes a signal: inside of a critical section it goes on at the abort handler. */
export function leaveCriticalSection(task: Task): void {
  if (task.rseq.area === 0) return;
  try {
    abort(task);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    forceSignal(task, kernelInfo(SIGSEGV));
  }
}

function abort(task: Task): void {
  const { memory } = task;
  const pointerAt = task.rseq.area + abi.RSEQ_CRITICAL_SECTION;
  const at = memory.readU64(pointerAt);
  if (at === 0) return;
  const { version, flags, startIp, postCommitOffset, abortIp } = abi.RseqCriticalSectionLayout.decode(
    memory.copyIn(at, abi.RseqCriticalSectionLayout.size),
  );
  if (version > 0 || flags !== 0) fail(EINVAL, 'rseq: version or flags');
  const isAbortInside = abortIp >= startIp && abortIp - startIp < postCommitOffset;
  if (isAbortInside) fail(EINVAL, 'rseq: the abort handler is in the critical section');
  if (memory.readU32(abortIp - 4) !== task.rseq.signature) fail(EINVAL, 'rseq: signature');
  memory.writeU64(pointerAt, 0);
  const ip = instructionPointer(task);
  if (ip >= startIp && ip - startIp < postCommitOffset) setFieldNumber(task, CPU_RIP, abortIp);
}
