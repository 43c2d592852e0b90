/** Errors that the API throws. Each says what was wrong and, where there is one, what to do next. */

/** A call on the guest's file system or processes failed, as it would on Linux. */
export class GuestError extends Error {
  /** `ENOENT` … */
  readonly code: string;
  /** Linux's number, negative, as Node's own errors have it. */
  readonly errno: number;
  readonly syscall: string;
  readonly path: string | undefined;

  constructor(failure: GuestFailure) {
    const where = failure.path === undefined ? '' : ` '${failure.path}'`;
    super(`${failure.code}: ${failure.text}, ${failure.syscall}${where}`);
    this.name = 'GuestError';
    this.code = failure.code;
    this.errno = -failure.errno;
    this.syscall = failure.syscall;
    this.path = failure.path;
  }
}

/** What crosses the control channel for a GuestError. */
export interface GuestFailure {
  readonly code: string;
  readonly errno: number;
  readonly text: string;
  readonly syscall: string;
  readonly path: string | undefined;
}

/** The guest's kernel met a bug of its own, or its first program ended. The host process is not affected. */
export class KernelPanic extends Error {
  constructor(message: string, stack: string) {
    super(`guest kernel panic: ${message}`);
    this.name = 'KernelPanic';
    if (stack) this.stack = `${this.name}: ${this.message}\n${stack.split('\n').slice(1).join('\n')}`;
  }
}

/** An option that cannot be used: misspelt, out of range, not readable. */
export class OptionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OptionError';
  }
}
