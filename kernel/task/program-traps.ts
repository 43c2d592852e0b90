/**
 * Faults of translated programs: what the processor trapped with becomes a signal. Linux counterpart:
 * arch/x86/kernel/traps.c, arch/x86/mm/fault.c.
 *
 * A forced signal (forceSignal) cannot be blocked or ignored. What the processor would have said (trap number, error
 * code, address) is kept in task.fault, for the signal's frame.
 */
import type { SignalInfo } from './signal-queue.ts';
import type { Task } from './task.ts';
import { fromBytes } from '../abi/byte-string.ts';
import * as cpu from '../abi/cpu-context.ts';
import {
  FPE_FLTDIV,
  FPE_FLTINV,
  FPE_FLTOVF,
  FPE_FLTRES,
  FPE_FLTUND,
  FPE_INTDIV,
  ILL_ILLOPN,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGINFO_SIZE,
  SIGKILL,
  SIGSEGV,
  SIGTRAP,
  SIG_DFL,
  SIG_IGN,
  TRAP_HWBKPT,
  TRAP_TRACE,
} from '../abi/signal.ts';
import { FAULT_DONE, FAULT_MAPERR, FAULT_OOM, faultSignal } from '../mm/fault.ts';
import { accessNames, makeRoomForTables } from '../mm/guest-pages.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import { PTE_READ } from '../mm/page-table.ts';
import { field, instructionPointer, stackPointer } from './registers.ts';
import { forceSignal, kernelInfo, sendSignal } from './signal-send.ts';
import { isFatalPending } from './signal-state.ts';
import { emulateVsyscall } from './vsyscall.ts';

/** Exceptions of x86. */
const X86_DE = 0;
const X86_DB = 1;
const X86_BP = 3;
const X86_UD = 6;
const X86_GP = 13;
const X86_PF = 14;
const X86_MF = 16;
const X86_XF = 19;

/** Bits of a page fault's error code. */
const PF_PRESENT = 1;
const PF_WRITE = 2;
const PF_USER = 4;
const PF_INSTRUCTION = 16;

/** Makes a trap that is no system call into a signal. */
export function serveTrap(task: Task, trap: number): void {
  switch (trap) {
    case cpu.TRAP_PAGE_FAULT:
      return pageFault(task);
    case cpu.TRAP_DIVIDE:
      return exception(task, X86_DE, 'trap divide error', SIGFPE, FPE_INTDIV);
    case cpu.TRAP_DEBUG:
      return exception(task, X86_DB, undefined, SIGTRAP, isBreakpoint(task) ? TRAP_HWBKPT : TRAP_TRACE);
    case cpu.TRAP_BREAKPOINT:
      return exception(task, X86_BP, 'trap int3', SIGTRAP, 0);
    case cpu.TRAP_INVALID_OPCODE:
      return invalidOpcode(task);
    case cpu.TRAP_PROTECTION:
      return protectionFault(task);
    case cpu.TRAP_X87: {
      const status = Number(field(task, cpu.CPU_FCW) & 0xffff_ffffn);
      return floatException(task, X86_MF, (status >>> 16) & ~status);
    }
    case cpu.TRAP_SIMD: {
      const mxcsr = Number(field(task, cpu.CPU_MXCSR) & 0xffff_ffffn);
      return floatException(task, X86_XF, mxcsr & ~(mxcsr >>> 7));
    }
    case cpu.TRAP_NO_MEMORY:
      return killForNoMemory(task);
    default:
      throw new Error(`the processor returned ${trap}, which is no trap`);
  }
}

/** A hardware breakpoint, and no single step at the same time. */
function isBreakpoint({ trace }: Task): boolean {
  return trace !== undefined && !trace.isStepping && (trace.debug.status & 0xfn) !== 0n;
}

/** The processor has no memory for its own tables: if none can be made, the task cannot go on. */
function killForNoMemory(task: Task): void {
  if (makeRoomForTables(task.kernel.memory)) return;
  task.kernel.log.error(
    `Out of memory: Killed process ${task.group.tgid} (${task.comm}): no frames for its code`,
  );
  sendSignal(task.group, SIGKILL, kernelInfo(SIGKILL));
}

function pageFault(task: Task): void {
  const address = field(task, cpu.CPU_FAULT_ADDRESS);
  const access = Number(field(task, cpu.CPU_FAULT_ACCESS) & 3n) as 0 | 1 | 2;
  const top = BigInt.asIntN(64, address) >> 47n;
  if (top !== 0n && top !== -1n) return protectionFault(task); // not canonical
  if (access === cpu.ACCESS_EXECUTE && top === -1n && emulateVsyscall(task, address)) return;
  const mm = task.memory;
  const isUser = top === 0n;
  const kind = isUser ? mm.tryFault(Number(address), accessNames[access]) : FAULT_MAPERR;
  if (kind === FAULT_DONE) return; // somebody made room meanwhile
  if (kind === FAULT_OOM) return outOfMemory(task);
  const { signo, code } = faultSignal(kind)!;
  let error = PF_USER;
  if (access === cpu.ACCESS_WRITE) error |= PF_WRITE;
  if (access === cpu.ACCESS_EXECUTE) error |= PF_INSTRUCTION;
  // Linux: tells nothing of the kernel's pages, which begin after TASK_SIZE.
  const isKernel = !isUser || address >= BigInt(TASK_SIZE);
  if (isKernel || (mm.table.entryAt(Number(address)) & PTE_READ) !== 0) error |= PF_PRESENT;
  note(task, X86_PF, error, address);
  if (signo !== SIGBUS && isUnhandled(task, signo)) {
    const ip = instructionPointer(task);
    report(
      task,
      `: segfault at ${address.toString(16)} ip ${hex(ip, 16)} sp ${hex(stackPointer(task), 16)} error ${error.toString(16)}`,
      ip,
    );
  }
  forceSignal(task, faultInfo(signo, code, address));
}

/** #GP */
function protectionFault(task: Task): void {
  note(task, X86_GP, 0);
  // Linux: says no more than that; but int 0x80, which is a call there, is to be named.
  if (isUnhandled(task, SIGSEGV)) describe(task, 'general protection fault');
  tell(task, 'general protection fault', SIGSEGV);
  forceSignal(task, kernelInfo(SIGSEGV));
}

function invalidOpcode(task: Task): void {
  describe(task, 'invalid opcode');
  exception(task, X86_UD, 'trap invalid opcode', SIGILL, ILL_ILLOPN);
}

/** Exceptions of arithmetic that the program has unmasked: the first of them, as Linux orders them. */
function floatException(task: Task, trap: number, exceptions: number): void {
  let code = 0;
  if ((exceptions & 0x01) !== 0) code = FPE_FLTINV;
  else if ((exceptions & 0x04) !== 0) code = FPE_FLTDIV;
  else if ((exceptions & 0x08) !== 0) code = FPE_FLTOVF;
  else if ((exceptions & 0x12) !== 0) code = FPE_FLTUND;
  else if ((exceptions & 0x20) !== 0) code = FPE_FLTRES;
  exception(task, trap, undefined, SIGFPE, code);
}

/** An exception with no error code, at RIP; `code` 0 is SI_KERNEL without an address. */
function exception(task: Task, trap: number, name: string | undefined, signo: number, code: number): void {
  note(task, trap, 0);
  if (name !== undefined) tell(task, name, signo);
  const address = field(task, cpu.CPU_RIP);
  forceSignal(task, code === 0 ? kernelInfo(signo) : faultInfo(signo, code, address));
}

function note(task: Task, trap: number, error: number, address?: bigint): void {
  task.fault.trap = trap;
  task.fault.error = error;
  if (address !== undefined) task.fault.address = address;
}

/** An address that a number does not hold exactly is in the bytes of siginfo_t themselves. */
function faultInfo(signo: number, code: number, address: bigint): SignalInfo {
  const info = { signo, code, address: Number(address) };
  if (address < 2n ** 53n) return info;
  const bytes = new Uint8Array(SIGINFO_SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, signo, true);
  view.setInt32(8, code, true);
  view.setBigUint64(16, address, true);
  return { ...info, raw: fromBytes(bytes) };
}

/**
 * A page could not be had, not even by the OOM killer. If it has chosen somebody, the access is tried again when that
 * one is gone.
 */
function outOfMemory(task: Task): void {
  if (isFatalPending(task)) return;
  for (const space of task.kernel.memory.spaces) {
    if (space.isOomVictim && space !== task.mm) {
      task.sched.isYielding = true;
      return;
    }
  }
  killForNoMemory(task);
}

/** The log says which instruction it was. */
function describe(task: Task, what: string): void {
  const { processor, log } = task.kernel;
  const text = processor!.describe(task.registers, task.memory.processorSpace!);
  log.limited(`${task.comm}[${task.tid}]: ${what} at ${hex(instructionPointer(task), 0)}: ${text}`);
}

/** Nobody handles the signal: the log says what happened. Linux counterpart: unhandled_signal. */
function isUnhandled(task: Task, signo: number): boolean {
  const { handler } = task.handlers.get(signo);
  return task.trace === undefined && (handler === SIG_DFL || handler === SIG_IGN);
}

function tell(task: Task, what: string, signo: number): void {
  if (!isUnhandled(task, signo)) return;
  const ip = instructionPointer(task);
  const where = `ip:${hex(ip, 0)} sp:${hex(stackPointer(task), 0)} error:${task.fault.error.toString(16)}`;
  report(task, ` ${what} ${where}`, ip);
}

/** One line, with the file that RIP is in, as Linux words it. */
function report(task: Task, what: string, ip: number): void {
  const vma = task.memory.find(ip);
  let place = '';
  if (vma?.file !== undefined) {
    const name = vma.file.path.dentry.name;
    place = ` in ${name}[${hex(vma.start, 0)}+${hex(vma.end - vma.start, 0)}]`;
  }
  task.kernel.log.limited(`${task.comm}[${task.tid}]${what}${place}`);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
