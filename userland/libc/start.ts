/**
 * Where a native program begins: reads the initial stack that the kernel built (argc, argv, environment: the same as
 * for any Linux program), calls main, and exits with its result.
 */
import { SIGABRT, SIG_UNBLOCK, SIGPIPE, SIGSEGV } from '../../kernel/abi/signal.ts';
import { SYS_kill, SYS_getpid, SYS_rt_sigaction } from '../../kernel/abi/syscall-numbers.ts';
import { ENOMEM, EPIPE, strerror } from '../../kernel/abi/errno.ts';
import { readU64, viewOf } from '../../kernel/abi/layout.ts';
import { Exited, SysError, VforkDone, attach, syscallRaw, type NativeThread } from './native.ts';
import { native } from './native.ts';
import { peek, withBuffer } from './memory.ts';
import { errorText, initialise, programName } from './stdlib.ts';
import { flushAll, stderr, stdout } from './stdio.ts';
import { _exit } from './unistd.ts';
import { signal, sigprocmask } from './signal.ts';

/** A program: its arguments in, its exit status out. */
export type Main = (argv: string[]) => number;

const PAGE = 4096;

/** Reads a C string from the initial stack. */
class StackReader {
  #page = -1;
  #bytes: Uint8Array = new Uint8Array(0);

  byte(address: number): number {
    const page = Math.floor(address / PAGE);
    if (page !== this.#page) {
      this.#bytes = peek(page * PAGE, PAGE);
      this.#page = page;
    }
    return this.#bytes[address - page * PAGE]!;
  }
  word(address: number): number {
    const bytes = Uint8Array.from({ length: 8 }, (_, i) => this.byte(address + i));
    return readU64(viewOf(bytes), 0);
  }
  text(address: number): string {
    const codes: number[] = [];
    let text = '';
    for (let at = address; ; at++) {
      const code = this.byte(at);
      if (code === 0) break;
      codes.push(code);
      if (codes.length === 4096) text += String.fromCharCode(...codes.splice(0));
    }
    return text + String.fromCharCode(...codes);
  }
}

function readVector(stack: StackReader, address: number): { strings: string[]; end: number } {
  const pointers: number[] = [];
  let at = address;
  for (;;) {
    const pointer = stack.word(at);
    at += 8;
    if (pointer === 0) break;
    pointers.push(pointer);
  }
  return { strings: pointers.map(pointer => stack.text(pointer)), end: at };
}

/** Runs a program in this thread until it is over. `choose` picks the program by argv. */
export function start(thread: NativeThread, stackPointer: number, choose: (argv: string[]) => Main): void {
  attach(thread);
  try {
    const stack = new StackReader();
    const { strings: argv, end } = readVector(stack, stackPointer + 8);
    initialise(argv[0] ?? '', readVector(stack, end).strings);
    run(choose(argv), argv);
  } catch (error) {
    if (!(error instanceof Exited)) throw error;
  }
}

function run(main: Main, argv: string[]): void {
  let status: number;
  try {
    status = main(argv);
    flushAll();
  } catch (error) {
    if (error instanceof Exited || error instanceof VforkDone) throw error;
    status = failed(error);
  }
  _exit(status);
}

/** main threw: a failed call that nobody handled is an ordinary failure; anything else is a bug, and SIGABRT. */
function failed(error: unknown): number {
  stdout.discard();
  if (error instanceof SysError) {
    if (error.errno === EPIPE) endBySigpipe();
    say(`${programName}: ${errorText(error)}\n`);
    return 1;
  }
  if (error instanceof RangeError) {
    // The engine's words for what a C program would meet as ENOMEM, and as a stack that ran into its guard page.
    if (!/call stack/.test(error.message)) {
      say(`${programName}: ${strerror(ENOMEM)}\n`);
      return 1;
    }
    return dieOf(SIGSEGV);
  }
  say(`${programName}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return dieOf(SIGABRT);
}

/** Ends the program as if the signal had hit it. */
function dieOf(signo: number): number {
  signal(signo, 'default');
  sigprocmask(SIG_UNBLOCK, [signo]);
  syscallRaw(SYS_kill, syscallRaw(SYS_getpid), signo);
  return 128 + signo;
}

function say(text: string): void {
  try {
    stderr.write(native().decode(new TextEncoder().encode(text), 0, text.length));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

/** A writer whose SIGPIPE is ignored gets EPIPE; without a handler of its own it ends as if it had the signal. */
function endBySigpipe(): void {
  const isIgnored = withBuffer(32, old => {
    syscallRaw(SYS_rt_sigaction, SIGPIPE, 0, old.address, 8);
    return old.bytes[0] === 1;
  });
  if (!isIgnored) syscallRaw(SYS_kill, syscallRaw(SYS_getpid), SIGPIPE);
}
