/**
 * Registers as debuggers see them: struct user_regs_struct, struct user_fpregs_struct and struct user of ptrace(2).
 * Linux counterpart: arch/x86/kernel/ptrace.c.
 *
 * A translated task has them all in its record; orig_rax is the number of the call that it is in, or -1. A native
 * program has registers only as far as a system call has them.
 */
import type { Task } from './task.ts';
import * as cpu from '../abi/cpu-context.ts';
import { EIO } from '../abi/errno.ts';
import { UserRegsLayout } from '../abi/ptrace.ts';
import { FXSAVE_SIZE, USER_CS, USER_DS } from '../abi/signal-frame.ts';
import { fail } from '../errors.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import { debugRegister, setDebugRegister } from './hardware-breakpoints.ts';
import { field, register, setField, setRegister, stackPointer } from './registers.ts';
import { NO_CALL } from './task.ts';

/** sizeof(struct user), and the debug registers in it. */
const USER_SIZE = 912;
const DEBUG_REGISTERS = 848;
/** Flags that a tracer may set: CF PF AF ZF SF TF DF OF NT RF AC. */
const TRACER_FLAGS = 0x5_4dd5;
const ENOSYS = 38;

/** Fields of user_regs_struct that are registers of the record. */
const GENERAL = [
  ['r15', cpu.R15],
  ['r14', cpu.R14],
  ['r13', cpu.R13],
  ['r12', cpu.R12],
  ['rbp', cpu.RBP],
  ['rbx', cpu.RBX],
  ['r11', cpu.R11],
  ['r10', cpu.R10],
  ['r9', cpu.R9],
  ['r8', cpu.R8],
  ['rax', cpu.RAX],
  ['rcx', cpu.RCX],
  ['rdx', cpu.RDX],
  ['rsi', cpu.RSI],
  ['rdi', cpu.RDI],
  ['rsp', cpu.RSP],
] as const;

/** struct user_regs_struct of a stopped task. */
export function encodeUserRegisters(task: Task): Uint8Array<ArrayBuffer> {
  if (task.registers === 0) return encodeCall(task);
  const general: Record<string, bigint> = {};
  for (const [name, number] of GENERAL) general[name] = register(task, number);
  const flags = task.kernel.processor?.readFlags(task.registers) ?? 0x202;
  return UserRegsLayout.encode({
    ...general,
    origRax: BigInt(task.call.number),
    rip: field(task, cpu.CPU_RIP),
    eflags: BigInt(flags >>> 0),
    cs: BigInt(USER_CS),
    ss: BigInt(USER_DS),
    fsBase: field(task, cpu.CPU_FS_BASE),
    gsBase: field(task, cpu.CPU_GS_BASE),
  });
}

/** What a system call shows of a native program's registers. In an entry stop rax is -ENOSYS, as on Linux. */
function encodeCall(task: Task): Uint8Array<ArrayBuffer> {
  const { args, call } = task;
  const isEntry = task.trace?.stopKind === 'enter';
  return UserRegsLayout.encode({
    rax: BigInt(isEntry ? -ENOSYS : call.result),
    origRax: BigInt(call.number),
    rdi: args.b64(0),
    rsi: args.b64(1),
    rdx: args.b64(2),
    r10: args.b64(3),
    r8: args.b64(4),
    r9: args.b64(5),
    rsp: BigInt(stackPointer(task)),
    cs: BigInt(USER_CS),
    ss: BigInt(USER_DS),
    eflags: 0x202n,
  });
}

/**
 * Sets all registers of a stopped task. In an entry stop that changes the call that it is about to make, in the other
 * stops what the call gives and whether it restarts. EIO for segments, and bases of the kernel's half.
 */
export function setUserRegisters(task: Task, bytes: Uint8Array): void {
  const values = UserRegsLayout.decode(bytes);
  const kind = task.trace?.stopKind;
  if (task.registers !== 0) {
    checkSegments(values);
    for (const [name, number] of GENERAL) setRegister(task, number, values[name]);
    setField(task, cpu.CPU_RIP, values.rip);
    setField(task, cpu.CPU_FS_BASE, values.fsBase);
    setField(task, cpu.CPU_GS_BASE, values.gsBase);
    const { processor } = task.kernel;
    if (processor !== undefined) {
      const kept = processor.readFlags(task.registers) & ~TRACER_FLAGS;
      processor.writeFlags(task.registers, kept | (Number(values.eflags & 0xffff_ffffn) & TRACER_FLAGS));
    }
  } else if (kind !== 'enter' && kind !== 'exit') return;
  const number = Number(BigInt.asIntN(32, values.origRax));
  if (kind === 'enter') {
    setCall(task, number, values);
    return;
  }
  const result = BigInt.asIntN(64, values.rax);
  if (task.registers === 0) {
    task.call.result = Number(result);
    return;
  }
  // A result that a number cannot hold stays in RAX, where it is.
  const isExact = result === BigInt(Number(result)) && Number.isSafeInteger(Number(result));
  task.call.number = number >= 0 && isExact ? number : NO_CALL;
  task.call.result = task.call.number === NO_CALL ? 0 : Number(result);
}

type UserRegisters = ReturnType<typeof UserRegsLayout.decode>;

function checkSegments({ cs, ss, ds, es, fs, gs, fsBase, gsBase }: UserRegisters): void {
  if (cs !== BigInt(USER_CS) || ss !== BigInt(USER_DS)) fail(EIO, 'ptrace: code or stack segment');
  if (((ds | es | fs | gs) & 0xffffn) !== 0n) fail(EIO, 'ptrace: segment selector');
  if (fsBase >= BigInt(TASK_SIZE) || gsBase >= BigInt(TASK_SIZE)) fail(EIO, 'ptrace: segment base');
}

function setCall(task: Task, number: number, values: UserRegisters): void {
  const { args, call } = task;
  call.number = number;
  [values.rdi, values.rsi, values.rdx, values.r10, values.r8, values.r9].forEach((value, i) => {
    args.words[i * 2] = Number(BigInt.asIntN(32, value));
    args.words[i * 2 + 1] = Number(BigInt.asIntN(32, value >> 32n));
  });
}

/** PTRACE_PEEKUSER: a word of struct user. EIO. */
export function peekUser(task: Task, at: number): bigint {
  if (at % 8 !== 0 || at >= USER_SIZE) fail(EIO, 'ptrace: PTRACE_PEEKUSER address');
  if (at < UserRegsLayout.size) return wordAt(encodeUserRegisters(task), at);
  return at < DEBUG_REGISTERS ? 0n : debugRegister(task.trace!.debug, (at - DEBUG_REGISTERS) / 8);
}

/** PTRACE_POKEUSER. EIO, EINVAL for a hardware breakpoint that cannot be. */
export function pokeUser(task: Task, at: number, value: bigint): void {
  if (at % 8 !== 0 || at >= USER_SIZE) fail(EIO, 'ptrace: PTRACE_POKEUSER address');
  if (at < UserRegsLayout.size) {
    const bytes = encodeUserRegisters(task);
    new DataView(bytes.buffer).setBigUint64(at, value, true);
    setUserRegisters(task, bytes);
    return;
  }
  if (at < DEBUG_REGISTERS || task.registers === 0) fail(EIO, 'ptrace: PTRACE_POKEUSER address');
  setDebugRegister(task, (at - DEBUG_REGISTERS) / 8, value);
}

function wordAt(bytes: Uint8Array<ArrayBuffer>, at: number): bigint {
  return new DataView(bytes.buffer).getBigUint64(at, true);
}

/** struct user_fpregs_struct, which is what FXSAVE writes. EIO for a native program. */
export function encodeFloatRegisters(task: Task): Uint8Array<ArrayBuffer> {
  const { processor } = task.kernel;
  if (task.registers === 0 || processor === undefined)
    return fail(EIO, 'ptrace: no floating-point registers');
  const bytes = new Uint8Array(FXSAVE_SIZE);
  processor.saveFloat(task.registers, bytes);
  return bytes;
}

/** False: MXCSR has reserved bits. EIO for a native program. */
export function setFloatRegisters(task: Task, bytes: Uint8Array): boolean {
  const { processor } = task.kernel;
  if (task.registers === 0 || processor === undefined)
    return fail(EIO, 'ptrace: no floating-point registers');
  return processor.restoreFloat(task.registers, bytes);
}
