/**
 * Signals: signal.h. A handler is a JavaScript function; it runs at the end of the system call in which the signal was
 * taken, on the program's own stack, and may throw to leave the call.
 */
import * as abi from '../../kernel/abi/signal.ts';
import { viewOf } from '../../kernel/abi/layout.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { withBuffer, withBytes } from './memory.ts';
import { onSignal, syscall, syscallRaw } from './native.ts';

export * from '../../kernel/abi/signal.ts';

export interface SignalDetails {
  readonly signo: number;
  readonly code: number;
  readonly pid: number;
  readonly uid: number;
  /** SIGCHLD: exit status or signal. */
  readonly status: number;
}
export type SignalHandler = (signo: number, details: SignalDetails) => void;

/** Tokens that stand for handlers in the kernel: index + FIRST_TOKEN. */
const FIRST_TOKEN = 16;
const handlers: SignalHandler[] = [];

onSignal((signo, token, info) => {
  const view = viewOf(info);
  handlers[token - FIRST_TOKEN]?.(signo, {
    signo,
    code: view.getInt32(8, true),
    pid: view.getInt32(16, true),
    uid: view.getUint32(20, true),
    status: view.getInt32(24, true),
  });
});

export interface SignalOptions {
  /** Interrupted calls go on after the handler (SA_RESTART); default false. */
  readonly restart?: boolean;
  readonly noDefer?: boolean;
  readonly noChildStop?: boolean;
}

/** Sets what a signal does; returns what it did before. */
export function signal(
  signo: number,
  action: SignalHandler | 'default' | 'ignore',
  options: SignalOptions = {},
): SignalHandler | 'default' | 'ignore' {
  let token = action === 'ignore' ? abi.SIG_IGN : abi.SIG_DFL;
  if (typeof action === 'function') {
    let index = handlers.indexOf(action);
    if (index < 0) index = handlers.push(action) - 1;
    token = FIRST_TOKEN + index;
  }
  const flags =
    abi.SA_SIGINFO |
    (options.restart ? abi.SA_RESTART : 0) |
    (options.noDefer ? abi.SA_NODEFER : 0) |
    (options.noChildStop ? abi.SA_NOCLDSTOP : 0);
  const bytes = abi.SigactionLayout.encode({ handler: token, flags: flags >>> 0 });
  return withBytes(bytes, at =>
    withBuffer(abi.SigactionLayout.size, old => {
      syscall(nr.SYS_rt_sigaction, signo, at, old.address, 8);
      return describe(abi.SigactionLayout.decode(old.bytes).handler);
    }),
  );
}

/** What a signal does now. */
export function disposition(signo: number): SignalHandler | 'default' | 'ignore' {
  return withBuffer(abi.SigactionLayout.size, old => {
    syscall(nr.SYS_rt_sigaction, signo, 0, old.address, 8);
    return describe(abi.SigactionLayout.decode(old.bytes).handler);
  });
}

function describe(token: number): SignalHandler | 'default' | 'ignore' {
  if (token === abi.SIG_DFL) return 'default';
  if (token === abi.SIG_IGN) return 'ignore';
  return handlers[token - FIRST_TOKEN] ?? 'default';
}

function encodeSet(signals: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  for (const signo of signals) bytes[(signo - 1) >> 3]! |= 1 << ((signo - 1) & 7);
  return bytes;
}
function decodeSet(bytes: Uint8Array): number[] {
  const signals: number[] = [];
  for (let signo = 1; signo <= 64; signo++) {
    if ((bytes[(signo - 1) >> 3]! >> ((signo - 1) & 7)) & 1) signals.push(signo);
  }
  return signals;
}

/** Changes the blocked signals (SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK); returns those that were blocked before. */
export function sigprocmask(how: number, signals: readonly number[]): number[] {
  return withBytes(encodeSet(signals), set =>
    withBuffer(8, old => {
      syscall(nr.SYS_rt_sigprocmask, how, set, old.address, 8);
      return decodeSet(old.bytes);
    }),
  );
}
/** Waits for a signal with another mask. */
export function sigsuspend(blocked: readonly number[]): void {
  withBytes(encodeSet(blocked), set => syscallRaw(nr.SYS_rt_sigsuspend, set, 8));
}
export function sigpending(): number[] {
  return withBuffer(8, set => {
    syscall(nr.SYS_rt_sigpending, set.address, 8);
    return decodeSet(set.bytes);
  });
}
export function kill(pid: number, signo: number): void {
  syscall(nr.SYS_kill, pid, signo);
}
export function raise(signo: number): void {
  kill(syscall(nr.SYS_getpid), signo);
}

/** Number of a signal given as `9`, `KILL`, `SIGKILL`, `RTMIN+1`; undefined for none. */
export function signalByName(name: string): number | undefined {
  if (/^[0-9]+$/.test(name)) return Number(name) <= 64 ? Number(name) : undefined;
  const upper = name.toUpperCase().replace(/^SIG/, '');
  if (upper === 'EXIT') return 0;
  const real = /^(RTMIN|RTMAX)([+-][0-9]+)?$/.exec(upper);
  if (real) return (real[1] === 'RTMIN' ? 34 : 64) + Number(real[2] ?? 0);
  for (let signo = 1; signo < 32; signo++) if (abi.signalName(signo) === `SIG${upper}`) return signo;
  return ALIASES[upper];
}
const ALIASES: Record<string, number | undefined> = { CLD: 17, POLL: 29, IOT: 6, UNUSED: 31 };

/** The text that a shell prints when a signal ended a program: strsignal(3). */
export function strsignal(signo: number): string {
  return (
    TEXTS[signo] ??
    (signo >= 34 && signo <= 64 ? `Real-time signal ${signo - 34}` : `Unknown signal ${signo}`)
  );
}
const TEXTS: readonly string[] = [
  'Unknown signal 0',
  'Hangup',
  'Interrupt',
  'Quit',
  'Illegal instruction',
  'Trace/breakpoint trap',
  'Aborted',
  'Bus error',
  'Floating point exception',
  'Killed',
  'User defined signal 1',
  'Segmentation fault',
  'User defined signal 2',
  'Broken pipe',
  'Alarm clock',
  'Terminated',
  'Stack fault',
  'Child exited',
  'Continued',
  'Stopped (signal)',
  'Stopped',
  'Stopped (tty input)',
  'Stopped (tty output)',
  'Urgent I/O condition',
  'CPU time limit exceeded',
  'File size limit exceeded',
  'Virtual timer expired',
  'Profiling timer expired',
  'Window changed',
  'I/O possible',
  'Power failure',
  'Bad system call',
];
