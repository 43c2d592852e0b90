/**
 * Starting processes. A child of vfork runs in this heap until it execs or ends: it may set up its own process
 * (groups, signals, descriptors), and it may go on as a subshell on a copy of the shell's state. When it execs or ends,
 * an exception unwinds it back into the parent, so between here and there nothing may undo things in `finally`.
 */
import { ENOENT, ENOEXEC, ENOTDIR } from '../../kernel/abi/errno.ts';
import { Exited, SysError, VforkDone } from '../libc/native.ts';
import { execve, vfork } from '../libc/process.ts';
import { tcsetpgrp } from '../libc/termios.ts';
import { _exit, close, dup2, getpgrp, open, read, setpgid } from '../libc/unistd.ts';
import { Interrupted, ShellError, ShellExit, ShellSyntaxError } from './errors.ts';
import { makePrivate } from './descriptors.ts';
import { forgetInput } from './line-input.ts';
import type { Shell } from './shell.ts';

/** How a child fits into its job. */
export interface Placement {
  /** With job control: the group to join, 0 for a new one. */
  readonly pgid?: number;
  /** The group gets the terminal. */
  readonly isForeground?: boolean;
  /** An asynchronous list without job control: SIGINT and SIGQUIT ignored, input from /dev/null. */
  readonly isAsync?: boolean;
  /** Descriptors to install: [from, to]; then those to close. */
  readonly moves?: readonly (readonly [number, number])[];
  readonly closes?: readonly number[];
}

/** What unwinds this program must not be held up by anybody. */
export function isUnwinding(error: unknown): boolean {
  return error instanceof VforkDone || error instanceof Exited;
}

/** Runs `action` and then `undo`, also after a shell error; but not while the program itself is being unwound. */
export function guarded<T>(action: () => T, undo: () => void): T {
  let result: T;
  try {
    result = action();
  } catch (error) {
    if (!isUnwinding(error)) undo();
    throw error;
  }
  undo();
  return result;
}

/** Starts a child that execs, or ends with the status that `body` gives. */
export function startChild(shell: Shell, placement: Placement, body: () => number): number {
  forgetInput();
  const pid = vfork(() => {
    let status: number;
    try {
      place(shell, placement);
      status = body();
    } catch (error) {
      if (isUnwinding(error)) throw error;
      status = statusOfError(shell, error);
    }
    _exit(status);
  });
  // The child took the signals for its own state while it ran in this heap.
  shell.traps.activate();
  return pid;
}

/** The exit status of a shell process that an error ends; tells the user. */
export function statusOfError(shell: Shell, error: unknown): number {
  if (error instanceof ShellExit) return error.status;
  if (error instanceof ShellError) return shell.report(error);
  if (error instanceof ShellSyntaxError) {
    shell.line = error.line;
    shell.complain(`Syntax error: ${error.message}`);
    return 2;
  }
  if (error instanceof Interrupted) return 130;
  if (error instanceof SysError) {
    shell.complain(error.message);
    return 2;
  }
  shell.complain(
    `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return 2;
}

/** In the child: group, terminal, signals, descriptors. */
function place(shell: Shell, { pgid, isForeground, isAsync, moves, closes }: Placement): void {
  if (pgid !== undefined) {
    setpgid(0, pgid);
    if (isForeground && shell.terminal !== undefined) tcsetpgrp(shell.terminal.fd, getpgrp());
  }
  shell.traps.prepareExec(isAsync ? 'async' : pgid !== undefined ? 'job' : 'same-group');
  if (isAsync && !(moves ?? []).some(([, to]) => to === 0)) {
    const fd = open('/dev/null', 0);
    if (fd !== 0) {
      dup2(fd, 0);
      close(fd);
    }
  }
  // A source that lies where a standard descriptor belongs (the shell's own was closed) goes out of the way first.
  const sources = (moves ?? []).map(([from]) => (from <= 2 ? makePrivate(from) : from));
  for (const [i, [, to]] of (moves ?? []).entries()) {
    dup2(sources[i]!, to);
    close(sources[i]!);
  }
  for (const fd of closes ?? []) close(fd);
}

/** Replaces this process by a program. On failure says why and gives the exit status. */
export function execProgram(
  shell: Shell,
  path: string,
  argv: readonly string[],
  environment: readonly string[],
): number {
  try {
    execve(path, argv, environment);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.errno === ENOEXEC && !isBinary(path)) return runAsScript(shell, path, argv, environment);
    return complainAboutExec(shell, argv[0]!, error);
  }
}

export function complainAboutExec(shell: Shell, name: string, error: SysError): number {
  const isMissing = error.errno === ENOENT || error.errno === ENOTDIR;
  shell.complain(`${name}: ${isMissing ? 'not found' : error.message}`);
  return isMissing ? 127 : 126;
}

/** A file without a format the kernel knows is a script (XCU 2.9.1.6). */
function runAsScript(
  shell: Shell,
  path: string,
  argv: readonly string[],
  environment: readonly string[],
): number {
  for (const self of ['/proc/self/exe', '/bin/sh']) {
    try {
      execve(self, ['sh', path, ...argv.slice(1)], environment);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (self === '/bin/sh') return complainAboutExec(shell, argv[0]!, error);
    }
  }
  return 126;
}

/** A NUL byte in the first line: no text file. */
function isBinary(path: string): boolean {
  try {
    const fd = open(path, 0);
    const bytes = new Uint8Array(128);
    const count = read(fd, bytes);
    close(fd);
    const newline = bytes.indexOf(10);
    // A native program that the kernel does not know (changed, or of another version) is no script either.
    if (String.fromCharCode(...bytes.subarray(0, 9)) === '#!native\n') return true;
    const zero = bytes.subarray(0, count).indexOf(0);
    return zero >= 0 && (newline < 0 || zero < newline);
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}
