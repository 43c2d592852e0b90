/**
 * What a signal is while it waits: SignalInfo (siginfo_t as a plain record), the pending queue of a thread or of a
 * process, and the table of actions. Linux counterparts: struct kernel_siginfo, struct sigpending, struct
 * sighand_struct; signal(7).
 *
 * A standard signal is pending at most once; each real-time signal is queued, in order of arrival, as often as it was
 * sent. The lowest number is taken first, but a fault's signal (SIGSEGV …) before all others.
 */
import { toBytes } from '../abi/byte-string.ts';
import {
  NSIG,
  SIGBUS,
  SIGCHLD,
  SIGFPE,
  SIGILL,
  SIGINFO_SIZE,
  SIGIO,
  SIGRTMIN,
  SIGSEGV,
  SIGSYS,
  SIGTRAP,
  SIG_DFL,
  SI_SIGIO,
  SI_TIMER,
  SI_USER,
  SiginfoChild,
  SiginfoFault,
  SiginfoKill,
  SiginfoPoll,
  SiginfoSys,
  SiginfoTimer,
  signalBit,
  signalSet,
} from '../abi/signal.ts';
import { WaitQueue } from '../sync/wait-queue.ts';

/** siginfo_t. Which fields count depends on signo and code, as sigaction(2) says. */
export interface SignalInfo {
  readonly signo: number;
  /** SI_* or a code of the signal. */
  readonly code: number;
  readonly errno?: number;
  readonly pid?: number;
  readonly uid?: number;
  readonly value?: bigint;
  /** SIGCHLD: exit code or signal. */
  readonly status?: number;
  /** SIGCHLD: clock ticks. */
  readonly utime?: number;
  readonly stime?: number;
  /** SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS. */
  readonly address?: number;
  /** SIGSYS: the number of the call, AUDIT_ARCH_*. */
  readonly syscall?: number;
  readonly arch?: number;
  readonly timerId?: number;
  /** SI_TIMER: expirations since this signal was queued; its timer counts on while it waits. */
  overrun?: number;
  readonly band?: number;
  readonly fd?: number;
  /** The 128 bytes that rt_sigqueueinfo(2) was given, as a byte string; they win over the fields. */
  readonly raw?: string;
  /** A fault that the task cannot ignore or block: taken before every other signal. */
  readonly isSynchronous?: boolean;
  /** Sent by the kernel itself or by a process in an outer place: init's protection from signals does not hold. */
  readonly isForced?: boolean;
}

const FAULTS = signalSet(SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS);

/** The 128 bytes of siginfo_t. */
export function encodeSignalInfo(info: SignalInfo): Uint8Array<ArrayBuffer> {
  if (info.raw !== undefined) {
    const bytes = new Uint8Array(SIGINFO_SIZE);
    bytes.set(toBytes(info.raw).subarray(0, SIGINFO_SIZE));
    new DataView(bytes.buffer).setInt32(0, info.signo, true);
    return bytes;
  }
  if (info.code === SI_TIMER) return SiginfoTimer.encode(info);
  if (info.fd !== undefined) return SiginfoPoll.encode(info); // F_SETSIG: any signal
  if (info.code > SI_USER && info.code < 0x80) {
    if (info.signo === SIGCHLD) return SiginfoChild.encode(info);
    if (info.signo === SIGSYS) return SiginfoSys.encode(info);
    if ((signalBit(info.signo) & FAULTS) !== 0n) return SiginfoFault.encode(info);
    if (info.signo === SIGIO) return SiginfoPoll.encode(info);
  }
  if (info.code === SI_SIGIO) return SiginfoPoll.encode(info);
  return SiginfoKill.encode(info);
}

/** The signals that wait for one thread, or for any thread of a group. Owned by that Task or ThreadGroup. */
export class PendingSignals {
  /** Bit set of what is in the queue. */
  set = 0n;
  /** In order of arrival. */
  queue: SignalInfo[] = [];

  has(signo: number): boolean {
    return (this.set & signalBit(signo)) !== 0n;
  }

  /** Adds a signal; a standard one that is there already stays as it is (false). */
  add(info: SignalInfo): boolean {
    if (info.signo < SIGRTMIN && this.has(info.signo)) return false;
    this.set |= signalBit(info.signo);
    this.queue.push(info);
    return true;
  }

  /** Remembers a signal without its information (RLIMIT_SIGPENDING is used up). */
  addBare(signo: number): void {
    if (!this.has(signo)) this.add({ signo, code: SI_USER });
  }

  /** Number of the next signal that `blocked` lets through; 0: none. */
  next(blocked: bigint): number {
    const ready = this.set & ~blocked;
    if (ready === 0n) return 0;
    const first = (ready & FAULTS) !== 0n ? this.#firstSynchronous(ready) : 0;
    return first === 0 ? lowest(ready) : first;
  }

  #firstSynchronous(ready: bigint): number {
    for (const info of this.queue) {
      if (info.isSynchronous === true && (ready & signalBit(info.signo)) !== 0n) return info.signo;
    }
    return 0;
  }

  /** Takes the oldest entry of a signal out. */
  take(signo: number): SignalInfo {
    const at = this.queue.findIndex(info => info.signo === signo);
    const [info] = this.queue.splice(at, 1);
    if (!this.queue.some(other => other.signo === signo)) this.set &= ~signalBit(signo);
    return info!;
  }

  /** Forgets all entries of the signals in `set`. */
  flush(set: bigint): void {
    if ((this.set & set) === 0n) return;
    this.queue = this.queue.filter(info => (signalBit(info.signo) & set) === 0n);
    this.set &= ~set;
  }

  clear(): void {
    this.set = 0n;
    this.queue = [];
  }
}

function lowest(set: bigint): number {
  const low = Number(set & 0xffff_ffffn);
  if (low !== 0) return 32 - Math.clz32(low & -low);
  const high = Number((set >> 32n) & 0xffff_ffffn);
  return 64 - Math.clz32(high & -high);
}

/** How a process answers a signal: struct k_sigaction. Never changed in place. */
export interface SignalAction {
  /** SIG_DFL, SIG_IGN, an address, or a native program's token. */
  readonly handler: number;
  /** SA_* */
  readonly flags: number;
  readonly restorer: number;
  /** Signals that are blocked while the handler runs. */
  readonly mask: bigint;
}

export const DEFAULT_ACTION: SignalAction = { handler: SIG_DFL, flags: 0, restorer: 0, mask: 0n };

/** The actions of a thread group, or of several that share them (CLONE_SIGHAND). */
export class SignalHandlers {
  /** By signal number; 0 is not used. */
  readonly actions: SignalAction[] = new Array<SignalAction>(NSIG + 1).fill(DEFAULT_ACTION);
  /** Thread groups that use it. */
  references = 1;
  /** Woken whenever a signal is queued: signalfd(2). */
  readonly signalQueue = new WaitQueue();

  get(signo: number): SignalAction {
    return this.actions[signo]!;
  }
  set(signo: number, action: SignalAction): void {
    this.actions[signo] = action;
  }
  clone(): SignalHandlers {
    const copy = new SignalHandlers();
    for (let signo = 1; signo <= NSIG; signo++) copy.actions[signo] = this.actions[signo]!;
    return copy;
  }
  /** exec: handlers are gone with the program; what was ignored stays ignored. */
  reset(isIgnoringKept: 'keep-ignored' | 'all'): void {
    for (let signo = 1; signo <= NSIG; signo++) {
      const { handler } = this.actions[signo]!;
      const keep = isIgnoringKept === 'keep-ignored' && handler === 1;
      this.actions[signo] = keep ? { ...DEFAULT_ACTION, handler } : DEFAULT_ACTION;
    }
  }
}
