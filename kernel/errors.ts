/**
 * How kernel code reports an error to a guest: `fail(EINVAL, 'pipe2: unknown flag bits')`. The thrown object is one
 * per error number and carries no stack, because a guest can provoke it a million times a second; the reason is kept
 * for a trace only. `invoke` alone turns it into -errno. Any other exception is a bug in the kernel, and a panic.
 *
 * WOULD_BLOCK and SLEEP are returned, not thrown: they are the normal reasons to wait.
 */
import { errnoName } from './abi/errno.ts';

export class Errno {
  readonly errno: number;
  /** Why the most recent failure with this number happened; valid until the next `fail`. */
  reason = '';
  constructor(errno: number) {
    this.errno = errno;
  }
  toString(): string {
    return `${errnoName(this.errno)} (${this.reason})`;
  }
}

const pool = Array.from({ length: 134 }, (_, errno) => new Errno(errno));

/** Ends the current operation with an error number. `reason` says which check failed; only traces show it. */
export function fail(errno: number, reason: string): never {
  const error = pool[errno] ?? new Errno(errno);
  error.reason = reason;
  throw error;
}

/** A file's answer «not now»: the caller sleeps on the file's wait queue or gives EAGAIN. Never seen by guests. */
export const WOULD_BLOCK = -5000;
/** A handler's answer «the task is on its wait queues»: it is attempted again after a wake-up. */
export const SLEEP = -5001;
/** A handler's answer «the task has no context to return to»: it exited, or exec gave it a new one. */
export const GONE = -5002;

/** The codes with which an interrupted call says how it restarts; linux/errno.h (kernel-internal there too). */
export const ERESTARTSYS = 512; // again after a handler with SA_RESTART, else EINTR
export const ERESTARTNOINTR = 513; // always again
export const ERESTARTNOHAND = 514; // again only if no handler ran
export const ERESTART_RESTARTBLOCK = 516; // goes on with its remaining time (nanosleep) unless a handler ran
