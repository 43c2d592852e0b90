/**
 * Handlers of translated programs: the frame on the stack, and the way back. Linux counterpart:
 * arch/x86/kernel/signal.c, signal_64.c; sigreturn(2), sigaltstack(2).
 *
 *   high   what the program has on its stack
 *          128 bytes that it may use below RSP (the red zone), unless the handler has another stack
 *          FXSAVE area, 512 bytes, aligned to 64
 *          siginfo_t
 *          struct ucontext: registers, mask, alternate stack
 *   RSP →  address of the restorer, to which the handler returns; RSP + 8 is a multiple of 16
 *
 * The processor announces no XSAVE, so the FXSAVE area is all of the floating-point state: no UC_FP_XSTATE, no magic
 * numbers in its software bytes, nothing behind it. A handler begins with a fresh floating-point state.
 *
 * The frame lies in the program's memory, and the program may have written anything into it when it comes back.
 */
import type { SignalAction, SignalInfo } from './signal-queue.ts';
import type { Task } from './task.ts';
import * as cpu from '../abi/cpu-context.ts';
import { viewOf } from '../abi/layout.ts';
import * as abi from '../abi/signal-frame.ts';
import { SA_ONSTACK, SA_RESTORER, SA_SIGINFO, SS_AUTODISARM, StackLayout } from '../abi/signal.ts';
import { Errno } from '../errors.ts';
import {
  NO_STACK,
  alternateStackState,
  isInAlternateStack,
  isOnAlternateStack,
  setAlternateStack,
} from './altstack.ts';
import {
  RFLAGS_DF,
  RFLAGS_RF,
  RFLAGS_TF,
  register,
  registerNumber,
  setField,
  setFieldNumber,
  setRegister,
  setRegisterNumber,
  stackPointer,
} from './registers.ts';
import { encodeSignalInfo } from './signal-queue.ts';

const RED_ZONE = 128;
const FCW_INITIAL = 0x37f;
const MXCSR_INITIAL = 0x1f80;
/** Flags that sigreturn restores: AC OF DF TF SF ZF AF PF CF RF. Linux counterpart: FIX_EFLAGS. */
const RESTORED_FLAGS = 0x5_0dd5;

/** The registers in struct sigcontext, and their numbers. */
const REGISTERS = [
  ['r8', cpu.R8],
  ['r9', cpu.R9],
  ['r10', cpu.R10],
  ['r11', cpu.R11],
  ['r12', cpu.R12],
  ['r13', cpu.R13],
  ['r14', cpu.R14],
  ['r15', cpu.R15],
  ['rdi', cpu.RDI],
  ['rsi', cpu.RSI],
  ['rbp', cpu.RBP],
  ['rbx', cpu.RBX],
  ['rdx', cpu.RDX],
  ['rax', cpu.RAX],
  ['rcx', cpu.RCX],
  ['rsp', cpu.RSP],
] as const;

/**
 * Makes the program call a handler. `mask` is what the handler's return restores. False: the stack is bad, or there is
 * no restorer.
 */
export function pushSignalFrame(task: Task, info: SignalInfo, action: SignalAction, mask: bigint): boolean {
  if ((action.flags & SA_RESTORER) === 0) return false; // x86-64 has no code of the kernel's own for it
  const place = findPlace(task, action);
  if (place === undefined) return false;
  const { at, fpstate } = place;
  const frame = encodeFrame(task, info, action, mask, fpstate);
  const float = new Uint8Array(abi.FXSAVE_SIZE);
  task.kernel.processor?.saveFloat(task.registers, float);
  float.fill(0, abi.FXSAVE_SOFTWARE);
  try {
    task.memory.copyOut(fpstate, float);
    task.memory.copyOut(at, frame);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return false;
  }
  setRegisterNumber(task, cpu.RDI, info.signo);
  setRegisterNumber(task, cpu.RSI, at + abi.FRAME_SIGINFO);
  setRegisterNumber(task, cpu.RDX, at + abi.FRAME_UCONTEXT);
  setRegisterNumber(task, cpu.RAX, 0);
  setRegisterNumber(task, cpu.RSP, at);
  setFieldNumber(task, cpu.CPU_RIP, action.handler);
  const { processor } = task.kernel;
  if (processor !== undefined) {
    const flags = processor.readFlags(task.registers);
    processor.writeFlags(task.registers, flags & ~(RFLAGS_DF | RFLAGS_RF | RFLAGS_TF));
  }
  clearFloat(task);
  if ((task.altstack.flags & SS_AUTODISARM) !== 0) task.altstack = NO_STACK;
  return true;
}

/** Where the frame goes. undefined: it would leave the alternate stack, or the address space. */
function findPlace(task: Task, action: SignalAction): { at: number; fpstate: number } | undefined {
  const own = stackPointer(task);
  const isNested = isOnAlternateStack(task, own);
  let sp = own - RED_ZONE;
  let isOnStack = isNested;
  if ((action.flags & SA_ONSTACK) !== 0 && !isNested && alternateStackState(task, own) === 0) {
    sp = task.altstack.sp + task.altstack.size;
    isOnStack = true;
  }
  sp -= abi.FXSAVE_SIZE;
  const fpstate = sp - (sp % 64);
  sp = fpstate - abi.FRAME_SIZE;
  const at = sp - (sp % 16) - 8;
  // Running over the lower end would destroy what lies there without any fault.
  if (isOnStack && !isInAlternateStack(task, at)) return undefined;
  return at > 0 && at < 2 ** 47 ? { at, fpstate } : undefined;
}

function encodeFrame(
  task: Task,
  info: SignalInfo,
  action: SignalAction,
  mask: bigint,
  fpstate: number,
): Uint8Array {
  const frame = new Uint8Array(abi.FRAME_SIZE);
  const view = viewOf(frame);
  const uc = abi.FRAME_UCONTEXT;
  view.setBigUint64(abi.FRAME_RESTORER, BigInt(action.restorer), true);
  view.setBigUint64(uc, BigInt(abi.UC_SIGCONTEXT_SS | abi.UC_STRICT_RESTORE_SS), true);
  StackLayout.encodeInto(frame, uc + abi.UC_STACK, task.altstack);
  const context: Record<string, bigint> = {};
  for (const [name, number] of REGISTERS) context[name] = register(task, number);
  const { fault, kernel } = task;
  abi.SigcontextLayout.encodeInto(frame, uc + abi.UC_MCONTEXT, {
    ...context,
    rip: kernel.registers.view.getBigUint64(task.registers + cpu.CPU_RIP, true),
    eflags: kernel.processor?.readFlags(task.registers) ?? 0x202,
    cs: abi.USER_CS,
    ss: abi.USER_DS,
    error: fault.error,
    trap: fault.trap,
    cr2: fault.address,
    oldMask: mask,
    fpstate,
  });
  view.setBigUint64(uc + abi.UC_SIGMASK, mask, true);
  if ((action.flags & SA_SIGINFO) !== 0) frame.set(encodeSignalInfo(info), abi.FRAME_SIGINFO);
  return frame;
}

/** The state in which a handler begins. */
function clearFloat(task: Task): void {
  const initial = new Uint8Array(abi.FXSAVE_SIZE);
  const view = viewOf(initial);
  view.setUint16(abi.FXSAVE_FCW, FCW_INITIAL, true);
  view.setUint32(abi.FXSAVE_MXCSR, MXCSR_INITIAL, true);
  task.kernel.processor?.restoreFloat(task.registers, initial);
}

/**
 * rt_sigreturn(2): back to where the handler interrupted. The mask to restore, or undefined if the frame is bad (then
 * SIGSEGV is due).
 */
export function popSignalFrame(task: Task): bigint | undefined {
  // The handler's `ret` has taken the restorer's address off the stack.
  const at = registerNumber(task, cpu.RSP) - 8 + abi.FRAME_UCONTEXT;
  try {
    const uc = task.memory.copyIn(at, abi.UC_SIZE);
    const mask = viewOf(uc).getBigUint64(abi.UC_SIGMASK, true);
    const context = abi.SigcontextLayout.decode(uc, abi.UC_MCONTEXT);
    // Linux: other selectors lead to 32-bit code, or to a fault at the return; here to the fault at once.
    if ((context.cs | 3) !== abi.USER_CS || (context.ss | 3) !== abi.USER_DS) return undefined;
    for (const [name, number] of REGISTERS) setRegister(task, number, context[name]);
    setField(task, cpu.CPU_RIP, context.rip);
    const { processor } = task.kernel;
    if (processor !== undefined) {
      const flags = processor.readFlags(task.registers) & ~RESTORED_FLAGS;
      processor.writeFlags(task.registers, flags | (context.eflags & RESTORED_FLAGS));
    }
    if (!restoreFloat(task, context.fpstate)) return undefined;
    restoreAlternateStack(task, uc);
    return mask;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return undefined;
  }
}

/** False: reserved bits of MXCSR are set. */
function restoreFloat(task: Task, at: number): boolean {
  if (at === 0) {
    clearFloat(task);
    return true;
  }
  const float = task.memory.copyIn(at, abi.FXSAVE_SIZE);
  if (task.kernel.processor?.restoreFloat(task.registers, float) !== false) return true;
  clearFloat(task);
  return false;
}

/** As sigaltstack(2) would; what is wrong with it is ignored. */
function restoreAlternateStack(task: Task, uc: Uint8Array): void {
  try {
    const { sp, size, flags } = StackLayout.decode(uc, abi.UC_STACK);
    setAlternateStack(task, { sp, size, flags }, stackPointer(task));
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
  }
}
