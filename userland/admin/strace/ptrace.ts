/** The calls of a tracer: ptrace(2), process_vm_readv(2), wait4(2) of any kind of child. */
import * as nr from '../../../kernel/abi/syscall-numbers.ts';
import * as abi from '../../../kernel/abi/ptrace.ts';
import { readU64, viewOf, write64 } from '../../../kernel/abi/layout.ts';
import { SIGINFO_SIZE } from '../../../kernel/abi/signal.ts';
import { alloc, type Buffer, withBuffer } from '../../libc/memory.ts';
import { syscall, syscallRaw } from '../../libc/native.ts';
import { __WALL } from '../../libc/wait.ts';

export * from '../../../kernel/abi/ptrace.ts';

export function ptrace(request: number, pid: number, addr = 0, data = 0): number {
  return syscall(nr.SYS_ptrace, request, pid, addr, data);
}

/** What kind of stop a call's stop is, and the call's number and arguments or its result. */
export interface CallInfo {
  readonly op: 'none' | 'entry' | 'exit';
  readonly number: number;
  readonly args: readonly bigint[];
  readonly result: number;
}

const OPS = ['none', 'entry', 'exit'] as const;

export function callInfo(pid: number): CallInfo {
  const { size } = abi.PtraceSyscallInfoLayout;
  return withBuffer(size, buffer => {
    buffer.bytes.fill(0);
    ptrace(abi.PTRACE_GET_SYSCALL_INFO, pid, size, buffer.address);
    const info = abi.PtraceSyscallInfoLayout.decode(buffer.bytes);
    return {
      op: OPS[info.op] ?? 'none',
      number: Number(info.first),
      args: [info.arg0, info.arg1, info.arg2, info.arg3, info.arg4, info.arg5],
      result: Number(BigInt.asIntN(64, info.first)),
    };
  });
}

/** siginfo_t of a signal's stop; undefined in a group stop. */
export function signalInfo(pid: number): Uint8Array | undefined {
  return withBuffer(SIGINFO_SIZE, buffer => {
    if (syscallRaw(nr.SYS_ptrace, abi.PTRACE_GETSIGINFO, pid, 0, buffer.address) < 0) return undefined;
    return buffer.bytes.slice();
  });
}

export function eventMessage(pid: number): number {
  return withBuffer(8, buffer => {
    ptrace(abi.PTRACE_GETEVENTMSG, pid, 0, buffer.address);
    return readU64(viewOf(buffer.bytes), 0);
  });
}

/** Waits for any tracee; 0: an interrupt came first. */
export function waitAny(): { pid: number; status: number } {
  return withBuffer(4, buffer => {
    const pid = syscall(nr.SYS_wait4, -1, buffer.address, __WALL, 0);
    return { pid, status: viewOf(buffer.bytes).getInt32(0, true) };
  });
}

const PIECE = 4096;
let vectors: Buffer | undefined;
let piece: Buffer | undefined;

/** Bytes of a tracee's memory, as many as are there. */
export function readMemory(pid: number, address: number, length: number): Uint8Array {
  vectors ??= alloc(32);
  piece ??= alloc(PIECE);
  const view = viewOf(vectors.bytes);
  const chunks: number[] = [];
  for (let done = 0; done < length;) {
    const at = address + done;
    // Not across a page, so that what is there is read up to what is not.
    const count = Math.min(length - done, PIECE - (at % PIECE));
    write64(view, 0, piece.address);
    write64(view, 8, count);
    write64(view, 16, at);
    write64(view, 24, count);
    const moved = syscallRaw(nr.SYS_process_vm_readv, pid, vectors.address, 1, vectors.address + 16, 1, 0);
    if (moved <= 0) break;
    for (let i = 0; i < moved; i++) chunks.push(piece.bytes[i]!);
    done += moved;
    if (moved < count) break;
  }
  return Uint8Array.from(chunks);
}

/** The address of a new program's environment: its stack begins with argc, argv, a null pointer and envp. */
export function environmentAt(pid: number): number {
  return withBuffer(abi.UserRegsLayout.size, buffer => {
    ptrace(abi.PTRACE_GETREGS, pid, 0, buffer.address);
    const stack = Number(abi.UserRegsLayout.decode(buffer.bytes).rsp);
    const count = readU64(viewOf(readMemory(pid, stack, 8)), 0);
    return stack + 8 + (count + 1) * 8;
  });
}
