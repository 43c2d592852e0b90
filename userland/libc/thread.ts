/**
 * Threads of a native program: clone(2) without a fork. A thread runs `startThread(thread, argument)` of the program's
 * bundle, evaluated anew for it: threads share the process (memory, descriptors, signals' actions), and no JavaScript
 * object. What they have to tell each other lies in guest memory; a view of that is as good in one as in the other.
 *
 * A handler is a function of the thread that set it, so a thread begins with all signals blocked: those of the process
 * are taken by the threads that want them.
 */
import { EAGAIN, EINTR } from '../../kernel/abi/errno.ts';
import { FUTEX_WAIT } from '../../kernel/abi/futex.ts';
import * as sched from '../../kernel/abi/sched.ts';
import { SIG_SETMASK, SigactionLayout } from '../../kernel/abi/signal.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { HANDLER_EXIT_THREAD } from '../../kernel/abi/trap.ts';
import { withBytes } from './memory.ts';
import { Exited, type NativeThread, SysError, attach, syscall, syscallRaw } from './native.ts';
import { sigprocmask } from './signal.ts';

/** Ends one thread. The number that C libraries use; it is none of the signals that programs know. */
export const SIGCANCEL = 32;

const THREAD_FLAGS =
  sched.CLONE_VM |
  sched.CLONE_FS |
  sched.CLONE_FILES |
  sched.CLONE_SIGHAND |
  sched.CLONE_THREAD |
  sched.CLONE_SYSVSEM |
  sched.CLONE_PARENT_SETTID |
  sched.CLONE_CHILD_CLEARTID;

const ALL_SIGNALS = Array.from({ length: 64 }, (_, i) => i + 1).filter(signo => signo !== SIGCANCEL);

/**
 * Starts a thread and gives its number. `argument`: any number from 1 to 2^32 - 1, an address as a rule. The word at
 * `tidAddress` holds the thread's number while it lives, and 0 afterwards. EAGAIN: there are no more.
 */
export function cloneThread(argument: number, { tidAddress }: { readonly tidAddress: number }): number {
  const before = sigprocmask(SIG_SETMASK, ALL_SIGNALS);
  try {
    return syscall(nr.SYS_clone, THREAD_FLAGS, argument, tidAddress, tidAddress, 0);
  } finally {
    sigprocmask(SIG_SETMASK, before);
  }
}

/** Ends this thread, and no other one. */
export function exitThread(): never {
  syscallRaw(nr.SYS_exit, 0);
  throw new Exited();
}

/** What a bundle's `startThread` does, as a rule: runs `body` and ends the thread. What it throws ends the process. */
export function runThread(thread: NativeThread, argument: number, body: (argument: number) => void): void {
  attach(thread);
  try {
    body(argument);
    exitThread();
  } catch (error) {
    if (!(error instanceof Exited)) throw error;
  }
}

let isCancelSet = false;

/** Ends another thread of this process, even if it computes and never calls the kernel. No effect if it has ended. */
export function endThread(tid: number): void {
  if (!isCancelSet) {
    const action = SigactionLayout.encode({ handler: HANDLER_EXIT_THREAD });
    withBytes(action, at => syscall(nr.SYS_rt_sigaction, SIGCANCEL, at, 0, 8));
    isCancelSet = true;
  }
  syscallRaw(nr.SYS_tgkill, syscallRaw(nr.SYS_getpid), tid, SIGCANCEL);
}

/** Waits until the thread `tid`, which began with this `tidAddress`, has ended. */
export function awaitThreadEnd(tidAddress: number, tid: number): void {
  for (;;) {
    const result = syscallRaw(nr.SYS_futex, tidAddress, FUTEX_WAIT, tid, 0);
    if (result === -EAGAIN) return; // the word is another number, or 0
    if (result < 0 && result !== -EINTR) throw new SysError(-result);
  }
}
