/**
 * What a native program stands on: its trap record and the guest's memory. The thread that runs the program hands it
 * over as a NativeThread; everything else in this libc is built on `syscall`.
 *
 * Strings are byte strings (kernel/abi/byte-string.ts): one character is one byte. File names, arguments, environment
 * and file contents lose nothing that way.
 */
import * as record from '../../kernel/abi/trap.ts';
import { ENOMEM, errnoName, strerror } from '../../kernel/abi/errno.ts';
import { SYS_read, SYS_rt_sigreturn } from '../../kernel/abi/syscall-numbers.ts';

/** Given to the program's `start`, or to `startThread`, by the thread that runs it. */
export interface NativeThread {
  /** Words of all trap records, and where this thread's record begins. */
  readonly records: Int32Array;
  readonly base: number;
  /** The guest's RAM; physical addresses index it. */
  readonly memory: Uint8Array<SharedArrayBuffer>;
  /** Hands the record to the kernel and returns when the kernel has answered. */
  trap(): void;
  /**
   * Sleeps while a word has this value, until it is notified (Atomics.notify), for `timeoutMs` at most, and not at all
   * when the kernel wants attention; as umwait(1), it may end for no reason. To the kernel the thread sleeps meanwhile.
   * Who does not ring (DOORBELL of the trap record) is woken by the word alone: signals come later.
   */
  waitWord(words: Int32Array, index: number, value: number, timeoutMs: number): void;
  readonly host: NativeHost;
  /** True when the program's JavaScript heap has outgrown its share of the host's memory. */
  isShortOfMemory(): boolean;
  /** Fast conversions between bytes and byte strings. */
  decode(bytes: Uint8Array, start: number, end: number): string;
  encode(text: string, into: Uint8Array, offset: number): number;
}

/** A compiled bundle: called, it leaves what it offers in `module.exports`; each call gives a fresh instance. */
export type Bundle = (module: { exports: Record<string, unknown> }, require: undefined, url: string) => void;

/**
 * What the engine that runs this program can do for it, beside the guest that it runs in. A program that uses this is
 * no program of that guest alone: it is how a kernel runs inside another one (host/guest).
 */
export interface NativeHost {
  /** All memory of the outermost guest. `NativeThread.memory` is a view of the part that is RAM of this one. */
  readonly wasmMemory: WebAssembly.Memory;
  /** Milliseconds on a clock that never goes back and is the same in all threads. */
  nowMs(): number;
  /** Milliseconds since 1970-01-01 UTC. */
  epochMs(): number;
  /** Fills with unpredictable bytes. */
  random(into: Uint8Array): void;
  /** The trusted programs, by number. */
  readonly programs: readonly { readonly sha256: string }[];
  /** The compiled bundle of a trusted program, kept by this thread. */
  load(program: number): Bundle;
  /** SHA-256 of bytes in several parts, in hex. */
  sha256(parts: readonly Uint8Array[]): string;
  /** The processor for x86-64 code: `createProcessor` of host/cpu/index.ts, and what its build prepared. */
  processor(): { readonly create: unknown; readonly prepared: unknown };
  /** The default root file system, an archive of cpio's newc format. */
  initramfs(): Uint8Array;
  /** A stack trace in terms of the TypeScript source, where a bundle has a source map. */
  mapStack(stack: string): string;
  /** Opens this thread to a debugger and waits for it. Throws if the embedder has not allowed that. */
  openDebugger(port: number): void;
}

/** A system call failed. `errno` is positive; `message` is strerror's text. */
export class SysError extends Error {
  readonly errno: number;
  readonly code: string;
  constructor(errno: number) {
    super(strerror(errno));
    this.errno = errno;
    this.code = errnoName(errno);
  }
}

/** Unwinds a program that is over. Not an Error: nothing may handle it but the thread's loop. */
export class Exited {}
/** Unwinds the child function of vfork when the child runs in a context of its own. */
export class VforkDone {
  readonly pid: number;
  constructor(pid: number) {
    this.pid = pid;
  }
}

const POW32 = 2 ** 32;

let thread: NativeThread;
let isOver = false;
let handleSignal: (signal: number, token: number, info: Uint8Array) => void = () => {};

export function attach(nativeThread: NativeThread): void {
  thread = nativeThread;
}
export function native(): NativeThread {
  return thread;
}
export function onSignal(handler: typeof handleSignal): void {
  handleSignal = handler;
}

let isUnwinding = (): boolean => true;

/**
 * For a program on whose stack others run, which might catch what unwinds it: asked when this program (or thread) is
 * over. False: it does not unwind, but sleeps until the kernel terminates its thread.
 */
export function unwindOnlyIf(question: typeof isUnwinding): void {
  isUnwinding = question;
}

function sleepUntilTerminated(): never {
  thread.records[thread.base + record.KIND] = record.TRAP_STUCK;
  for (;;) thread.trap();
}

/**
 * A system call by number: the result, or -errno. Arguments are numbers (64-bit, exact to 2^53; negative ones are
 * sign-extended). Signal handlers run in here.
 */
export function syscallRaw(number: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0): number {
  if (isOver) throw new Exited();
  const words = thread.records;
  const at = thread.base;
  words[at + record.KIND] = record.TRAP_SYSCALL;
  words[at + record.NUMBER] = number;
  let w = at + record.ARGS;
  words[w++] = a;
  words[w++] = Math.floor(a / POW32);
  words[w++] = b;
  words[w++] = Math.floor(b / POW32);
  words[w++] = c;
  words[w++] = Math.floor(c / POW32);
  words[w++] = d;
  words[w++] = Math.floor(d / POW32);
  words[w++] = e;
  words[w++] = Math.floor(e / POW32);
  words[w++] = f;
  words[w] = Math.floor(f / POW32);
  thread.trap();
  const outcome = words[at + record.OUTCOME]!;
  if (outcome !== record.OUTCOME_RESULT) return special(outcome);
  return words[at + record.RESULT + 1]! * POW32 + (words[at + record.RESULT]! >>> 0);
}

/** A system call by number; a failure is thrown as SysError. */
export function syscall(number: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0): number {
  if (number === SYS_read) pollMemory();
  const result = syscallRaw(number, a, b, c, d, e, f);
  if (result < 0 && result > -4096) throw new SysError(-result);
  return result;
}

function special(outcome: number): number {
  const words = thread.records;
  const at = thread.base;
  if (outcome === record.OUTCOME_EXIT) {
    isOver = true;
    if (!isUnwinding()) sleepUntilTerminated();
    throw new Exited();
  }
  if (outcome === record.OUTCOME_VFORK_DONE) throw new VforkDone(words[at + record.RESULT]!);
  // OUTCOME_SIGNAL: run the handler, then rt_sigreturn brings the interrupted call's result.
  const signal = words[at + record.SIGNAL_NUMBER]!;
  const token = words[at + record.SIGNAL_HANDLER]!;
  const infoAt = at + record.SIGNAL_INFO;
  const info = new Uint8Array(new Int32Array(words.subarray(infoAt, infoAt + 32)).buffer);
  handleSignal(signal, token, info);
  return syscallRaw(SYS_rt_sigreturn);
}

/** In the child of a vfork that has just returned 0: its pid. */
export function vforkChild(): number {
  return thread.records[thread.base + record.VFORK_CHILD]!;
}

/** Looks at the heap once in so many polls: the look costs a microsecond or two. */
const POLLS_PER_LOOK = 256;
let pollsToLook = POLLS_PER_LOOK;

/**
 * ENOMEM when the program's heap is too large. The engine would end a thread that has no heap left, and in the middle of
 * one large allocation the whole process with it; so this is asked at every read(2), and by interpreters (sh, awk, sed)
 * at every turn of a loop.
 */
export function pollMemory(): void {
  if (--pollsToLook > 0) return;
  pollsToLook = POLLS_PER_LOOK;
  if (!thread.isShortOfMemory()) return;
  pollsToLook = 1;
  throw new SysError(ENOMEM);
}

/** True when the kernel wants to deliver a signal: long computations call `getpid` or so when they see it. */
export function hasAttention(): boolean {
  pollMemory();
  return Atomics.load(thread.records, thread.base + record.ATTENTION) !== 0;
}

/** Asks the kernel where a guest address lies, faulting it in: physical offset and contiguous length. */
export function translate(
  address: number,
  length: number,
  access: 'read' | 'write',
): { physical: number; length: number } {
  if (isOver) throw new Exited();
  const words = thread.records;
  const at = thread.base;
  words[at + record.KIND] = record.TRAP_FAULT;
  words[at + record.NUMBER] = access === 'write' ? 1 : 0;
  words[at + record.ARGS] = address;
  words[at + record.ARGS + 1] = Math.floor(address / POW32);
  words[at + record.ARGS + 2] = length;
  words[at + record.ARGS + 3] = Math.floor(length / POW32);
  thread.trap();
  const outcome = words[at + record.OUTCOME]!;
  if (outcome !== record.OUTCOME_RESULT) {
    special(outcome);
    return translate(address, length, access);
  }
  if (words[at + record.RESULT]! < 0) throw new SysError(-words[at + record.RESULT]!);
  return {
    physical: words[at + record.FAULT_PHYSICAL]! >>> 0,
    length: words[at + record.FAULT_LENGTH]! >>> 0,
  };
}
