/**
 * ptrace(2): the requests of tracers. The stops are task/ptrace.ts. x86-64's raw call: PEEK requests store the word at
 * `data` and give 0.
 *
 * Linux: single steps and debug registers need a processor; native programs have registers only as far as a system
 * call has them (orig_rax, rax, rdi, rsi, rdx, r10, r8, r9).
 */
import type { AddressSpace } from '../mm/address-space.ts';
import type { Task } from '../task/task.ts';
import type { TraceState } from '../task/trace-state.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { EFAULT, EINVAL, EIO, EPERM, ESRCH } from '../abi/errno.ts';
import { fromBytes } from '../abi/byte-string.ts';
import * as abi from '../abi/ptrace.ts';
import { NSIG, SIGINFO_SIZE, SIGKILL, SIGSTOP, SiginfoKill } from '../abi/signal.ts';
import { Errno, fail } from '../errors.ts';
import { mayAccess } from '../task/access.ts';
import { CAP_SYS_PTRACE } from '../task/credentials.ts';
import { resumeTracee, trace, untrace } from '../task/ptrace-relation.ts';
import { encodeSignalInfo } from '../task/signal-queue.ts';
import { UNBLOCKABLE, infoFrom, kick, sendSignal } from '../task/signal-send.ts';
import { recalculatePending } from '../task/signal-state.ts';
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
    case abi.PTRACE_PEEKDATA:
      task.memory.writeB64(
        data,
        word(() => memoryOf(target).readB64(addr)),
      );
      return 0;
    case abi.PTRACE_POKETEXT:
    case abi.PTRACE_POKEDATA: {
      const value = BigInt.asUintN(64, task.args.b64(3));
      word(() => memoryOf(target).writeB64(addr, value));
      return 0;
    }
    case abi.PTRACE_PEEKUSER: {
      const registers = encodeRegisters(target);
      if (addr % 8 !== 0 || addr >= 912) fail(EIO, 'ptrace: PTRACE_PEEKUSER address');
      const value = addr < registers.length ? new DataView(registers.buffer).getBigUint64(addr, true) : 0n;
      task.memory.writeB64(data, value);
      return 0;
    }
    case abi.PTRACE_GETREGS:
      task.memory.copyOut(data, encodeRegisters(target));
      return 0;
    case abi.PTRACE_SETREGS:
      setRegisters(target, task.memory.copyIn(data, abi.UserRegsLayout.size));
      return 0;
    case abi.PTRACE_CONT:
    case abi.PTRACE_SYSCALL:
      if (data > NSIG) fail(EIO, 'ptrace: no such signal');
      state.isTracingCalls = request === abi.PTRACE_SYSCALL;
      return goOn(task, target, state, data);
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
    case abi.PTRACE_GETREGSET: {
      if (addr !== abi.NT_PRSTATUS) fail(EINVAL, 'ptrace: no such register set');
      const length = Math.min(memory.readU64(data + 8), abi.UserRegsLayout.size);
      memory.copyOut(memory.readU64(data), encodeRegisters(target).subarray(0, length));
      memory.writeU64(data + 8, length);
      return 0;
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

/** What of the registers a system call shows. In an entry stop rax is -ENOSYS, as on Linux. */
function encodeRegisters(target: Task): Uint8Array<ArrayBuffer> {
  const { args, call } = target;
  const isEntry = target.trace?.stopKind === 'enter';
  return abi.UserRegsLayout.encode({
    rax: BigInt.asUintN(64, BigInt(isEntry ? -38 : call.result)),
    origRax: BigInt.asUintN(64, BigInt(call.number)),
    rdi: args.b64(0),
    rsi: args.b64(1),
    rdx: args.b64(2),
    r10: args.b64(3),
    r8: args.b64(4),
    r9: args.b64(5),
    rsp: BigInt(target.stackPointer),
    cs: 0x33n,
    ss: 0x2bn,
    eflags: 0x202n,
    fsBase: BigInt(target.fsBase),
    gsBase: BigInt(target.gsBase),
  });
}

/** A tracer may change the call and its arguments before it runs, and the result after. */
function setRegisters(target: Task, bytes: Uint8Array): void {
  const registers = abi.UserRegsLayout.decode(bytes);
  const { args, call } = target;
  const kind = target.trace?.stopKind;
  if (kind === 'enter') {
    call.number = Number(BigInt.asIntN(32, registers.origRax));
    [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9].forEach(
      (value, i) => {
        args.words[i * 2] = Number(BigInt.asIntN(32, value));
        args.words[i * 2 + 1] = Number(BigInt.asIntN(32, value >> 32n));
      },
    );
  } else if (kind === 'exit') call.result = Number(BigInt.asIntN(64, registers.rax));
}

function encodeSyscallInfo(target: Task, state: TraceState): Uint8Array<ArrayBuffer> {
  const { args, call } = target;
  const common = { arch: abi.AUDIT_ARCH_X86_64, stackPointer: target.stackPointer };
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
    const bytes = abi.PtraceSyscallInfoLayout.encode({
      ...common,
      op: abi.PTRACE_SYSCALL_INFO_EXIT,
      first: BigInt.asUintN(64, BigInt(call.result)),
    });
    bytes[32] = call.result < 0 && call.result >= -4095 ? 1 : 0;
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
      'no single steps, PTRACE_POKEUSER, PTRACE_SETREGSET, PTRACE_PEEKSIGINFO; only registers of the call',
    ),
  ],
];
