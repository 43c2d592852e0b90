/**
 * Failed calls in the shape that Node gives its own: `code`, a negative `errno`, `syscall`, `path` and `dest`. That is
 * how hostfs knows them (kernel/fs/hostfs/host-call.ts), whichever machine it runs on.
 */
import { fromText, toText } from '../../kernel/abi/byte-string.ts';
import { EINTR, EINVAL, errnoName, strerror } from '../../kernel/abi/errno.ts';
import { SysError, native } from '../../userland/libc/native.ts';

/** A path as hostfs gives it: text, or bytes where a name may be no UTF-8. */
export type HostPath = string | Uint8Array;

/** What Node's fs throws: a SystemError. */
export class HostError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;

  constructor(errno: number, syscall: string, path?: HostPath, dest?: HostPath) {
    const code = errnoName(errno);
    const from = path === undefined ? '' : ` '${textOf(path)}'`;
    const to = dest === undefined ? '' : ` -> '${textOf(dest)}'`;
    super(`${code}: ${strerror(errno).toLowerCase()}, ${syscall}${from}${to}`);
    this.code = code;
    this.errno = -errno;
    this.syscall = syscall;
    if (path !== undefined) this.path = textOf(path);
    if (dest !== undefined) this.dest = textOf(dest);
  }
}

/**
 * Runs a call of libc until no signal interrupts it (the machine takes signals all the time, and Node's calls never end
 * with EINTR); a failure is thrown in Node's shape.
 */
export function attempt<T>(syscall: string, call: () => T, path?: HostPath, dest?: HostPath): T {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.errno !== EINTR) throw new HostError(error.errno, syscall, path, dest);
    }
  }
}

/** A path as system calls take it: a byte string without NUL. */
export function bytesOf(path: HostPath): string {
  const bytes = typeof path === 'string' ? fromText(path) : native().decode(path, 0, path.length);
  // The rest would be another file's name.
  if (bytes.includes('\0')) throw new HostError(EINVAL, 'open', path);
  return bytes;
}

function textOf(path: HostPath): string {
  return typeof path === 'string' ? path : toText(native().decode(path, 0, path.length));
}
