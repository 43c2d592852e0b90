/**
 * Signals of Linux x86-64: asm/signal.h, asm-generic/siginfo.h, signal(7), sigaction(2).
 */
import { layout } from './layout.ts';

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGIO = 29;
export const SIGPWR = 30;
export const SIGSYS = 31;
/** The kernel's first real-time signal; C libraries keep a few for themselves and start at 34. */
export const SIGRTMIN = 32;
export const SIGRTMAX = 64;
/** Highest signal number. */
export const NSIG = 64;
/** Bytes of a sigset_t as system calls take it. */
export const SIGSET_SIZE = 8;

export const SIG_DFL = 0;
export const SIG_IGN = 1;

export const SA_NOCLDSTOP = 0x1;
export const SA_NOCLDWAIT = 0x2;
export const SA_SIGINFO = 0x4;
export const SA_RESTORER = 0x0400_0000;
export const SA_ONSTACK = 0x0800_0000;
export const SA_RESTART = 0x1000_0000;
export const SA_NODEFER = 0x4000_0000;
export const SA_RESETHAND = 0x8000_0000;

export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;

export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM = 0x8000_0000;
export const MINSIGSTKSZ = 2048;

export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_MESGQ = -3;
export const SI_ASYNCIO = -4;
export const SI_SIGIO = -5;
export const SI_TKILL = -6;

export const CLD_EXITED = 1;
export const CLD_KILLED = 2;
export const CLD_DUMPED = 3;
export const CLD_TRAPPED = 4;
export const CLD_STOPPED = 5;
export const CLD_CONTINUED = 6;

export const SEGV_MAPERR = 1;
export const SEGV_ACCERR = 2;
export const BUS_ADRALN = 1;
export const BUS_ADRERR = 2;
export const FPE_INTDIV = 1;
export const FPE_INTOVF = 2;
export const FPE_FLTDIV = 3;
export const FPE_FLTOVF = 4;
export const FPE_FLTUND = 5;
export const FPE_FLTRES = 6;
export const FPE_FLTINV = 7;
export const ILL_ILLOPC = 1;
export const ILL_ILLOPN = 2;
export const TRAP_BRKPT = 1;
export const TRAP_TRACE = 2;
export const TRAP_HWBKPT = 4;

export const SYS_SECCOMP = 1;

export const SIGEV_SIGNAL = 0;
export const SIGEV_NONE = 1;
export const SIGEV_THREAD = 2;
export const SIGEV_THREAD_ID = 4;

/** struct kernel_sigaction: what rt_sigaction(2) takes; its order differs from libc's struct sigaction. */
export const SigactionLayout = layout('sigaction', 32, {
  handler: [0, 'u64'],
  flags: [8, 'u32'],
  restorer: [16, 'u64'],
  mask: [24, 'b64'],
});

/** stack_t */
export const StackLayout = layout('stack_t', 24, { sp: [0, 'u64'], flags: [8, 'u32'], size: [16, 'u64'] });

/** struct sigevent */
export const SigeventLayout = layout('sigevent', 64, {
  value: [0, 'b64'],
  signo: [8, 'i32'],
  notify: [12, 'i32'],
  tid: [16, 'i32'],
});

export const SIGINFO_SIZE = 128;
/** The views of siginfo_t's union, by what a signal tells. */
export const SiginfoKill = layout('siginfo.kill', SIGINFO_SIZE, {
  signo: [0, 'i32'],
  errno: [4, 'i32'],
  code: [8, 'i32'],
  pid: [16, 'i32'],
  uid: [20, 'u32'],
  value: [24, 'b64'],
});
export const SiginfoTimer = layout('siginfo.timer', SIGINFO_SIZE, {
  signo: [0, 'i32'],
  errno: [4, 'i32'],
  code: [8, 'i32'],
  timerId: [16, 'i32'],
  overrun: [20, 'i32'],
  value: [24, 'b64'],
});
export const SiginfoChild = layout('siginfo.child', SIGINFO_SIZE, {
  signo: [0, 'i32'],
  errno: [4, 'i32'],
  code: [8, 'i32'],
  pid: [16, 'i32'],
  uid: [20, 'u32'],
  status: [24, 'i32'],
  utime: [32, 'i64'],
  stime: [40, 'i64'],
});
export const SiginfoFault = layout('siginfo.fault', SIGINFO_SIZE, {
  signo: [0, 'i32'],
  errno: [4, 'i32'],
  code: [8, 'i32'],
  address: [16, 'u64'],
});
export const SiginfoSys = layout('siginfo.sys', SIGINFO_SIZE, {
  signo: [0, 'i32'],
  errno: [4, 'i32'],
  code: [8, 'i32'],
  address: [16, 'u64'],
  syscall: [24, 'i32'],
  arch: [28, 'u32'],
});
export const SiginfoPoll = layout('siginfo.poll', SIGINFO_SIZE, {
  signo: [0, 'i32'],
  errno: [4, 'i32'],
  code: [8, 'i32'],
  band: [16, 'i64'],
  fd: [24, 'i32'],
});

const NAMES = (
  '? HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG ' +
  'XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
).split(' ');

/** SIGINT, SIGRT_3 …, as strace writes them. */
export function signalName(signo: number): string {
  const name = NAMES[signo];
  if (signo > 0 && name !== undefined) return `SIG${name}`;
  return signo >= SIGRTMIN && signo <= SIGRTMAX ? `SIGRT_${signo - SIGRTMIN}` : String(signo);
}

/** The bit of a signal in a sigset_t. */
export function signalBit(signo: number): bigint {
  return 1n << BigInt(signo - 1);
}

/** A sigset_t with these signals. */
export function signalSet(...signals: number[]): bigint {
  let set = 0n;
  for (const signo of signals) set |= signalBit(signo);
  return set;
}
