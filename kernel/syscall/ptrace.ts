/**
 * ptrace(2): the requests of tracers. The stops are task/ptrace.ts. x86-64's raw call: PEEK requests store the word at
 * `data` and give 0.
 *
 * What debuggers see of registers is task/user-registers.ts; single steps are made by program.ts. Native programs have
 * registers only as far as a system call has them, and no single steps.
 */
import type { AddressSpace } from '../mm/address-space.ts';
import type { Task } from '../task/task.ts';
import type { TraceState } from '../task/trace-state.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { CPU_FS_BASE, CPU_GS_BASE, RAX } from '../abi/cpu-context.ts';
import { EFAULT, EINVAL, EIO, ENODEV, EPERM, ESRCH } from '../abi/errno.ts';
import { fromBytes } from '../abi/byte-string.ts';
import * as abi from '../abi/ptrace.ts';
import { ARCH_GET_FS, ARCH_GET_GS, ARCH_SET_FS, ARCH_SET_GS } from '../abi/prctl.ts';
import { FXSAVE_SIZE } from '../abi/signal-frame.ts';
import { NSIG, SIGINFO_SIZE, SIGKILL, SIGSTOP, SiginfoKill } from '../abi/signal.ts';
import { Errno, fail } from '../errors.ts';
import { forcedRead, forcedWrite } from '../mm/forced-access.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import { mayAccess } from '../task/access.ts';
import { CAP_SYS_PTRACE } from '../task/credentials.ts';
import { groupStopTrap } from '../task/ptrace.ts';
import { resumeTracee, trace, untrace } from '../task/ptrace-relation.ts';
import { field, instructionPointer, register, setFieldNumber, stackPointer } from '../task/registers.ts';
import { encodeSignalInfo } from '../task/signal-queue.ts';
import { UNBLOCKABLE, infoFrom, kick, sendSignal } from '../task/signal-send.ts';
import { recalculatePending } from '../task/signal-state.ts';
import {
  encodeFloatRegisters,
  encodeUserRegisters,
  peekUser,
  pokeUser,
  setFloatRegisters,
  setUserRegisters,
} from '../task/user-registers.ts';
import { partial } from './table.ts';

/** ptrace(2) */
function sysPtrace(task: Task, args: Args): number {
  const request = args.i32(0);
  if (request === abi.PTRACE_TRACEME) return traceMe(task);
  const target = task.kernel.tasks.task(args.i32(1));
  if (target === undefined || target.isDead) return fail(ESRCH, 'ptrace: no such task');
  const addr = args.ptr(2);
  const data = args.ptr(3);
  if (request === abi.PTRACE_ATTACH) return attach(task, target, 'attach', 0);
  if (request === abi.PTRACE_SEIZE) {
    if (addr !== 0) fail(EIO, 'ptrace: PTRACE_SEIZE address');
    return attach(task, target, 'seize', checkOptions(data));
  }
  const state = target.trace;
  if (state === undefined || state.tracer !== task) return fail(ESRCH, 'ptrace: not my tracee');
  if (request === abi.PTRACE_KILL) {
    sendSignal(target, SIGKILL, infoFrom(task, SIGKILL));
    return 0;
  }
  if (request === abi.PTRACE_INTERRUPT) return interrupt(target, state);
  if (target.state !== 'traced') fail(ESRCH, 'ptrace: tracee is not stopped');
  return request >= abi.PTRACE_SETOPTIONS
    ? newRequest(task, target, state, request, addr, data)
    : oldRequest(task, target, state, request, addr, data);
}

function traceMe(task: Task): number {
  const { parent, parentThread } = task.group;
  const tracer = parentThread ?? parent?.livingThread;
  if (task.trace !== undefined || tracer === undefined || tracer.isDead)
    return fail(EPERM, 'ptrace: PTRACE_TRACEME');
  trace(task, tracer, 'attach', 0);
  return 0;
}

function checkOptions(options: number): number {
  if (options > 0xffff_ffff || (options & ~abi.PTRACE_O_MASK) !== 0) fail(EINVAL, 'ptrace: unknown options');
  return options;
}

function attach(task: Task, target: Task, how: 'attach' | 'seize', options: number): number {
  if (target.group === task.group || target.kind === 'kernel') fail(EPERM, 'ptrace: own thread');
  if (!mayAccess(task, target, 'uid')) fail(EPERM, 'ptrace: access');
  if (target.trace !== undefined) fail(EPERM, 'ptrace: traced already');
  if (target.group.isInit && !task.capable(CAP_SYS_PTRACE)) fail(EPERM, 'ptrace: init');
  trace(target, task, how, options);
  if (how === 'attach') sendSignal(target, SIGSTOP, infoFrom(task, SIGSTOP));
  // One that job control has stopped is in a stop of its tracer's from now on.
  if (target.state === 'stopped') {
    if (!target.kernel.natives.endStop(target)) groupStopTrap(target, target.group.stopSignal);
    else {
      target.isStopPending = true; // where it can be looked at: at its next trap
      kick(target);
    }
  }
  return 0;
}

function interrupt(target: Task, state: TraceState): number {
  if (!state.isSeized) fail(EIO, 'ptrace: PTRACE_INTERRUPT needs PTRACE_SEIZE');
  if (target.state === 'traced') return 0;
  state.isTrapPending = true;
  kick(target);
  return 0;
}

/** Lets the tracee go on, with a signal of the tracer's choice after a signal stop. */
function goOn(task: Task, target: Task, state: TraceState, signo: number): number {
  if (signo > NSIG) fail(EIO, 'ptrace: no such signal');
  decide(task, target, state, signo);
  resumeTracee(target);
  return 0;
}

function decide(task: Task, target: Task, state: TraceState, signo: number): void {
  if (signo === 0) return;
  if (state.stopKind === 'signal') {
    const stopped = state.stopInfo!;
    target.decidedSignal = stopped.signo === signo ? stopped : infoFrom(task, signo);
  } else if (state.stopKind === 'enter' || state.stopKind === 'exit')
    sendSignal(target, signo, infoFrom(task, signo));
}

/** PTRACE_CONT and its kin. */
function resume(task: Task, target: Task, state: TraceState, request: number, signo: number): number {
  if (signo > NSIG) fail(EIO, 'ptrace: no such signal');
  const isStepping = request === abi.PTRACE_SINGLESTEP || request === abi.PTRACE_SYSEMU_SINGLESTEP;
  if (isStepping && target.registers === 0) fail(EIO, 'ptrace: native programs have no single steps');
  state.isTracingCalls = request === abi.PTRACE_SYSCALL;
  state.isEmulatingCalls = request === abi.PTRACE_SYSEMU || request === abi.PTRACE_SYSEMU_SINGLESTEP;
  state.isStepping = isStepping;
  return goOn(task, target, state, signo);
}

function setFloat(target: Task, bytes: Uint8Array): void {
  if (!setFloatRegisters(target, bytes)) fail(EINVAL, 'ptrace: reserved bits of MXCSR');
}

/** arch_prctl(2) for the tracee. */
function archPrctl(task: Task, target: Task, code: number, address: number): number {
  if (target.registers === 0) return fail(EIO, 'ptrace: native programs have no segments');
  const isFs = code === ARCH_SET_FS || code === ARCH_GET_FS;
  const base = isFs ? CPU_FS_BASE : CPU_GS_BASE;
  switch (code) {
    case ARCH_SET_FS:
    case ARCH_SET_GS:
      if (address >= TASK_SIZE) fail(EPERM, 'ptrace: kernel address');
      setFieldNumber(target, base, address);
      return 0;
    case ARCH_GET_FS:
    case ARCH_GET_GS:
      task.memory.writeB64(address, field(target, base));
      return 0;
    default:
      return fail(EINVAL, 'ptrace: PTRACE_ARCH_PRCTL code');
  }
}

function oldRequest(
  task: Task,
  target: Task,
  state: TraceState,
  request: number,
  addr: number,
  data: number,
): number {
  switch (request) {
    case abi.PTRACE_PEEKTEXT:
    case abi.PTRACE_PEEKDATA: {
      const bytes = word(() => forcedRead(memoryOf(target), addr, 8));
      task.memory.copyOut(data, bytes);
      return 0;
    }
    case abi.PTRACE_POKETEXT:
    case abi.PTRACE_POKEDATA: {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, task.args.b64(3), true);
      word(() => forcedWrite(memoryOf(target), addr, bytes));
      return 0;
    }
    case abi.PTRACE_PEEKUSER:
      task.memory.writeB64(data, peekUser(target, addr));
      return 0;
    case abi.PTRACE_POKEUSER:
      pokeUser(target, addr, task.args.b64(3));
      return 0;
    case abi.PTRACE_GETREGS:
      task.memory.copyOut(data, encodeUserRegisters(target));
      return 0;
    case abi.PTRACE_SETREGS:
      setUserRegisters(target, task.memory.copyIn(data, abi.UserRegsLayout.size));
      return 0;
    case abi.PTRACE_GETFPREGS:
      task.memory.copyOut(data, encodeFloatRegisters(target));
      return 0;
    case abi.PTRACE_SETFPREGS:
      setFloat(target, task.memory.copyIn(data, FXSAVE_SIZE));
      return 0;
    case abi.PTRACE_ARCH_PRCTL:
      return archPrctl(task, target, data, addr);
    case abi.PTRACE_CONT:
    case abi.PTRACE_SYSCALL:
    case abi.PTRACE_SINGLESTEP:
    case abi.PTRACE_SYSEMU:
    case abi.PTRACE_SYSEMU_SINGLESTEP:
      return resume(task, target, state, request, data);
    case abi.PTRACE_DETACH: {
      if (data > NSIG) fail(EIO, 'ptrace: no such signal');
      decide(task, target, state, data);
      resumeTracee(target);
      untrace(target);
      recalculatePending(target);
      return 0;
    }
    default:
      return fail(EIO, 'ptrace: no such request');
  }
}

function newRequest(
  task: Task,
  target: Task,
  state: TraceState,
  request: number,
  addr: number,
  data: number,
): number {
  const { memory } = task;
  switch (request) {
    case abi.PTRACE_SETOPTIONS:
      state.options = checkOptions(data);
      return 0;
    case abi.PTRACE_GETEVENTMSG:
      memory.writeU64(data, state.eventMessage);
      return 0;
    case abi.PTRACE_GETSIGINFO: {
      if (state.stopInfo === undefined || state.stopKind === 'end')
        return fail(EINVAL, 'ptrace: no signal stop');
      memory.copyOut(data, encodeSignalInfo(state.stopInfo));
      return 0;
    }
    case abi.PTRACE_SETSIGINFO: {
      const bytes = memory.copyIn(data, SIGINFO_SIZE);
      const { signo, code, pid, uid, value } = SiginfoKill.decode(bytes);
      if (state.stopInfo === undefined) fail(EINVAL, 'ptrace: no signal stop');
      state.stopInfo = { signo, code, pid, uid, value, raw: fromBytes(bytes) };
      return 0;
    }
    case abi.PTRACE_GETREGSET:
    case abi.PTRACE_SETREGSET:
      return registerSet(task, target, request, addr, data);
    case abi.PTRACE_PEEKSIGINFO:
      return peekSignals(task, target, addr, data);
    case abi.PTRACE_GET_RSEQ_CONFIGURATION: {
      const { area, length, signature } = target.rseq;
      const bytes = abi.PtraceRseqLayout.encode({ area, length, signature });
      memory.copyOut(data, bytes.subarray(0, Math.min(addr, bytes.length)));
      return bytes.length;
    }
    case abi.PTRACE_GETSIGMASK:
      if (addr !== 8) fail(EINVAL, 'ptrace: size of the mask');
      memory.writeB64(data, target.savedMask ?? target.blocked);
      return 0;
    case abi.PTRACE_SETSIGMASK:
      if (addr !== 8) fail(EINVAL, 'ptrace: size of the mask');
      target.blocked = memory.readB64(data) & ~UNBLOCKABLE;
      recalculatePending(target);
      return 0;
    case abi.PTRACE_LISTEN:
      if (!state.isSeized || state.stopKind !== 'end') fail(EIO, 'ptrace: not in a group stop');
      state.isListening = true;
      if (state.isTrapPending) resumeTracee(target); // SIGCONT was there before
      return 0;
    case abi.PTRACE_GET_SYSCALL_INFO: {
      const bytes = encodeSyscallInfo(target, state);
      memory.copyOut(data, bytes.subarray(0, Math.min(addr, bytes.length)));
      return bytes.length;
    }
    default:
      return fail(EIO, 'ptrace: no such request');
  }
}

function memoryOf(target: Task): AddressSpace {
  return target.mm ?? fail(EIO, 'ptrace: tracee has no memory');
}

/** Access to the tracee's memory: what would be EFAULT there is EIO here. */
function word<T>(access: () => T): T {
  try {
    return access();
  } catch (error) {
    if (error instanceof Errno && error.errno === EFAULT)
      return fail(EIO, 'ptrace: bad address of the tracee');
    throw error;
  }
}

/** PTRACE_GETREGSET, PTRACE_SETREGSET: one of the register sets of a core file. */
function registerSet(task: Task, target: Task, request: number, which: number, iovecAt: number): number {
  const { memory } = task;
  const at = memory.readU64(iovecAt);
  const wanted = memory.readU64(iovecAt + 8);
  if (which === abi.NT_X86_XSTATE) fail(ENODEV, 'ptrace: the processor has no XSAVE');
  if (which !== abi.NT_PRSTATUS && which !== abi.NT_PRFPREG) fail(EINVAL, 'ptrace: no such register set');
  if (wanted % 8 !== 0) fail(EINVAL, 'ptrace: size of the register set');
  const isGeneral = which === abi.NT_PRSTATUS;
  const bytes = isGeneral ? encodeUserRegisters(target) : encodeFloatRegisters(target);
  const length = Math.min(wanted, bytes.length);
  if (request === abi.PTRACE_GETREGSET) memory.copyOut(at, bytes.subarray(0, length));
  else {
    memory.copyInto(at, bytes.subarray(0, length));
    if (isGeneral) setUserRegisters(target, bytes);
    else setFloat(target, bytes);
  }
  memory.writeU64(iovecAt + 8, length);
  return 0;
}

/** PTRACE_PEEKSIGINFO: signals that wait, without taking them. The number of them. */
function peekSignals(task: Task, target: Task, at: number, into: number): number {
  const { offset, flags, count } = abi.PeekSignalsLayout.decode(task.memory.copyIn(at, 16));
  if ((flags & ~abi.PTRACE_PEEKSIGINFO_SHARED) !== 0 || count < 0) fail(EINVAL, 'ptrace: PTRACE_PEEKSIGINFO');
  const { queue } = flags === 0 ? target.pending : target.group.sharedPending;
  const found = queue.slice(offset, offset + count);
  found.forEach((info, i) => task.memory.copyOut(into + i * SIGINFO_SIZE, encodeSignalInfo(info)));
  return found.length;
}

function encodeSyscallInfo(target: Task, state: TraceState): Uint8Array<ArrayBuffer> {
  const { args, call } = target;
  const common = {
    arch: abi.AUDIT_ARCH_X86_64,
    instructionPointer: target.registers === 0 ? 0 : instructionPointer(target),
    stackPointer: stackPointer(target),
  };
  if (state.stopKind === 'enter') {
    return abi.PtraceSyscallInfoLayout.encode({
      ...common,
      op: abi.PTRACE_SYSCALL_INFO_ENTRY,
      first: BigInt(call.number),
      arg0: args.b64(0),
      arg1: args.b64(1),
      arg2: args.b64(2),
      arg3: args.b64(3),
      arg4: args.b64(4),
      arg5: args.b64(5),
    }).subarray(0, 80);
  }
  if (state.stopKind === 'exit') {
    // RAX, which has the result, also of a call that its tracer took away.
    const result = target.registers === 0 ? BigInt(call.result) : BigInt.asIntN(64, register(target, RAX));
    const bytes = abi.PtraceSyscallInfoLayout.encode({
      ...common,
      op: abi.PTRACE_SYSCALL_INFO_EXIT,
      first: BigInt.asUintN(64, result),
    });
    bytes[32] = result < 0n && result >= -4095n ? 1 : 0;
    return bytes.subarray(0, 33);
  }
  return abi.PtraceSyscallInfoLayout.encode({ ...common, op: abi.PTRACE_SYSCALL_INFO_NONE }).subarray(0, 24);
}

export const ptraceTable: Row[] = [
  [
    101,
    partial(
      'ptrace',
      'ptrace pid ptr hex',
      sysPtrace,
      'no PTRACE_SINGLEBLOCK; hardware watchpoints see changes, not accesses',
    ),
  ],
];
