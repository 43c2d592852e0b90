/**
 * seccomp(2): which system calls a task may make. Linux counterpart: kernel/seccomp.c. invoke asks `seccompCheck`
 * before a call's handler, after the tracer had its entry stop.
 *
 * Filters form a chain, the newest first; a child starts with its parent's chain and adds in front of it, so chains
 * share their tails and are never changed. All filters of the chain run, and the strictest answer holds.
 */
import type { Task } from '../task/task.ts';
import type { BpfProgram } from './classic-bpf.ts';
import type { SeccompListener } from './notification.ts';
import { ENOSYS } from '../abi/errno.ts';
import { AUDIT_ARCH_X86_64, PTRACE_EVENT_SECCOMP, PTRACE_O_TRACESECCOMP } from '../abi/ptrace.ts';
import * as abi from '../abi/seccomp.ts';
import { SIGKILL, SIGSYS, SIGTRAP, SYS_SECCOMP } from '../abi/signal.ts';
import { SYS_exit, SYS_read, SYS_rt_sigreturn, SYS_write } from '../abi/syscall-numbers.ts';
import { SLEEP } from '../errors.ts';
import { exitGroup, exitTask } from '../task/exit.ts';
import { enterStop } from '../task/ptrace-relation.ts';
import { instructionPointer } from '../task/registers.ts';
import { fatalStatus, forceSignal } from '../task/signal-send.ts';
import { runProgram } from './classic-bpf.ts';
import { awaitAnswer } from './notification.ts';

export interface SeccompFilter {
  readonly program: BpfProgram;
  readonly previous: SeccompFilter | undefined;
  /** SECCOMP_FILTER_FLAG_LOG: what is not allowed is logged. */
  readonly isLogging: boolean;
  /** Whoever answers SECCOMP_RET_USER_NOTIF. */
  readonly listener: SeccompListener | undefined;
}

/** A value: it is replaced as a whole. */
export interface Seccomp {
  readonly mode: typeof abi.SECCOMP_MODE_STRICT | typeof abi.SECCOMP_MODE_FILTER;
  readonly filter: SeccompFilter | undefined;
}

const STRICT_CALLS: ReadonlySet<number> = new Set([SYS_read, SYS_write, SYS_exit, SYS_rt_sigreturn]);
const MAX_ERRNO = 4095;

/** undefined: the call may go on; else what the call gives, as a handler would give it. */
export function seccompCheck(task: Task): number | undefined {
  const { call, seccomp } = task;
  if (seccomp === undefined || call.isPermitted) return undefined;
  if (seccomp.mode === abi.SECCOMP_MODE_STRICT) {
    if (STRICT_CALLS.has(call.number)) return permitted(task);
    return exitTask(task, SIGKILL);
  }
  const data = seccompData(task);
  const { value, filter } = judge(seccomp.filter, data);
  const detail = value & abi.SECCOMP_RET_DATA;
  const action = (value & abi.SECCOMP_RET_ACTION_FULL) >>> 0;
  if (filter?.isLogging === true && action !== abi.SECCOMP_RET_ALLOW) log(task, action);
  switch (action) {
    case abi.SECCOMP_RET_ALLOW:
      return permitted(task);
    case abi.SECCOMP_RET_LOG:
      log(task, action);
      return permitted(task);
    case abi.SECCOMP_RET_ERRNO:
      return -Math.min(detail, MAX_ERRNO);
    case abi.SECCOMP_RET_TRAP:
      forceSignal(task, signalInfo(task, data, detail));
      return call.number;
    case abi.SECCOMP_RET_TRACE:
      return traceStop(task, detail);
    case abi.SECCOMP_RET_USER_NOTIF:
      return answered(task, filter!.listener, data);
    case abi.SECCOMP_RET_KILL_THREAD:
      if ([...task.group.threads].some(thread => thread !== task && !thread.isDead)) {
        log(task, action);
        return exitTask(task, SIGSYS);
      }
  }
  log(task, action);
  return exitGroup(task, fatalStatus(task.group, SIGSYS));
}

function permitted(task: Task): undefined {
  task.call.isPermitted = true;
  return undefined;
}

function answered(task: Task, listener: SeccompListener | undefined, data: Uint8Array): number | undefined {
  if (listener === undefined) return -ENOSYS;
  const answer = awaitAnswer(task, listener, data);
  return answer === 'continue' ? permitted(task) : answer;
}

/** The answer of the whole chain, and the newest filter that gave it. */
function judge(
  newest: SeccompFilter | undefined,
  data: Uint8Array,
): { value: number; filter: SeccompFilter | undefined } {
  let value = abi.SECCOMP_RET_ALLOW;
  let filter: SeccompFilter | undefined;
  for (let each = newest; each !== undefined; each = each.previous) {
    const answer = runProgram(each.program, data);
    // Actions are compared as signed numbers: KILL_PROCESS is the strictest.
    if ((answer & abi.SECCOMP_RET_ACTION_FULL) >= (value & abi.SECCOMP_RET_ACTION_FULL)) continue;
    value = answer;
    filter = each;
  }
  return { value, filter };
}

/** struct seccomp_data of the present call. */
function seccompData(task: Task): Uint8Array {
  const { call, args } = task;
  const bytes = abi.SeccompData.encode({
    nr: call.number,
    arch: AUDIT_ARCH_X86_64,
    instructionPointer: task.registers === 0 ? 0 : instructionPointer(task),
  });
  const words = new Uint8Array(args.words.buffer);
  bytes.set(words.subarray(0, abi.SeccompData.size - abi.SECCOMP_DATA_ARGS), abi.SECCOMP_DATA_ARGS);
  return bytes;
}

/** SECCOMP_RET_TRACE: the tracer decides, by changing the call or not. Without one the call is not there. */
function traceStop(task: Task, detail: number): number | undefined {
  const { trace, call } = task;
  if (call.isSeccompTraced) return permitted(task);
  if (trace === undefined || (trace.options & PTRACE_O_TRACESECCOMP) === 0) return -ENOSYS;
  call.isSeccompTraced = true;
  trace.eventMessage = detail;
  enterStop(task, 'enter', SIGTRAP, PTRACE_EVENT_SECCOMP);
  return SLEEP;
}

function signalInfo(task: Task, data: Uint8Array, errno: number): Parameters<typeof forceSignal>[1] {
  const address = abi.SeccompData.decode(data).instructionPointer;
  return {
    signo: SIGSYS,
    code: SYS_SECCOMP,
    errno,
    address,
    syscall: task.call.number,
    arch: AUDIT_ARCH_X86_64,
  };
}

function log({ kernel, comm, tid, credentials, call }: Task, action: number): void {
  kernel.log.info(
    `audit: type=1326 uid=${credentials.uid} pid=${tid} comm="${comm}" sig=${action === abi.SECCOMP_RET_LOG ? 0 : SIGSYS} ` +
      `arch=${AUDIT_ARCH_X86_64.toString(16)} syscall=${call.number} code=0x${action.toString(16)}`,
  );
}
