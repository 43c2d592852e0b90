/**
 * Processes: vfork with a child function, exec, wait. The child function runs in the child process, in this program's
 * JavaScript heap, until it calls execve or _exit; then vfork returns in the parent. What the child function changes
 * in the heap stays changed, as with vfork in C; what it changes in the process (descriptors, signals, directory) is
 * the child's alone.
 */
import { ENOENT, EACCES, ENOEXEC, ENOTDIR } from '../../kernel/abi/errno.ts';
import { viewOf, write64 } from '../../kernel/abi/layout.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { alloc, free, withBuffer, withString, type Buffer } from './memory.ts';
import { SysError, VforkDone, Exited, native, syscall, vforkChild } from './native.ts';
import { environment, getenv } from './stdlib.ts';
import { flushAll, stdout } from './stdio.ts';
import { _exit, chdir, dup2, close, setpgid } from './unistd.ts';

/** Starts a child; `child` must end in execve or _exit (returning is _exit(127)). Gives the child's pid. */
export function vfork(child: () => void): number {
  const pid = syscall(nr.SYS_vfork);
  if (pid > 0) return pid;
  const childPid = vforkChild();
  try {
    runChild(child);
  } catch (error) {
    // Another pid: the child was killed while a vfork of its own was under way, and it is an outer one that returns.
    if (error instanceof VforkDone && error.pid === childPid) return error.pid;
    throw error;
  }
  throw new Error('vfork: the child came back');
}

function runChild(child: () => void): void {
  try {
    child();
  } catch (error) {
    // The parent of a child that was killed in here died with it, or VforkDone: both go on up.
    if (error instanceof VforkDone || error instanceof Exited) throw error;
  }
  _exitChild(127);
}

/** _exit that lets VforkDone through. */
function _exitChild(status: number): void {
  syscall(nr.SYS_exit_group, status);
}

/** An array of C strings in guest memory. */
class Vector {
  readonly #buffers: Buffer[] = [];
  readonly address: number;

  constructor(strings: readonly string[]) {
    let bytes = 0;
    for (const text of strings) bytes += text.length + 1;
    const table = this.#alloc((strings.length + 1) * 8);
    const texts = this.#alloc(Math.max(1, bytes));
    const view = viewOf(table.bytes);
    let at = 0;
    strings.forEach((text, i) => {
      write64(view, i * 8, texts.address + at);
      native().encode(text, texts.bytes, at);
      at += text.length;
      texts.bytes[at++] = 0;
    });
    write64(view, strings.length * 8, 0);
    this.address = table.address;
  }
  #alloc(length: number): Buffer {
    const buffer = alloc(length);
    this.#buffers.push(buffer);
    return buffer;
  }
  free(): void {
    for (const buffer of this.#buffers) free(buffer);
  }
}

/** Replaces the program. Returns only by throwing: SysError, or the unwinding of this program. */
export function execve(path: string, argv: readonly string[], env: readonly string[] = environment()): never {
  const args = new Vector(argv);
  const vars = new Vector(env);
  try {
    withString(path, at => syscall(nr.SYS_execve, at, args.address, vars.address));
  } finally {
    args.free();
    vars.free();
  }
  throw new Exited();
}

/** execve of the program that $PATH finds; a file without a format that the kernel knows is run by /bin/sh. */
export function execvp(file: string, argv: readonly string[], env: readonly string[] = environment()): never {
  if (file.includes('/')) return execOrShell(file, argv, env);
  let error = new SysError(ENOENT);
  for (const directory of (getenv('PATH') ?? '/bin:/usr/bin').split(':')) {
    try {
      return execOrShell(directory === '' ? file : `${directory}/${file}`, argv, env);
    } catch (caught) {
      if (!(caught instanceof SysError)) throw caught;
      if (caught.errno === EACCES) error = caught;
      else if (caught.errno !== ENOENT && caught.errno !== ENOTDIR) throw caught;
    }
  }
  throw error;
}

function execOrShell(path: string, argv: readonly string[], env: readonly string[]): never {
  try {
    return execve(path, argv, env);
  } catch (error) {
    if (error instanceof SysError && error.errno === ENOEXEC) {
      return execve('/bin/sh', ['sh', path, ...argv.slice(1)], env);
    }
    throw error;
  }
}

export interface SpawnOptions {
  /** [descriptor in the child, descriptor of this process]: set up in this order. */
  readonly fds?: readonly (readonly [number, number])[];
  /** Descriptors to close in the child. */
  readonly close?: readonly number[];
  readonly env?: readonly string[];
  readonly cwd?: string;
  /** Process group to join; 0: a new one. */
  readonly pgid?: number;
}

/** Starts a program found by $PATH and gives its pid; a failed exec is thrown here, as posix_spawnp reports it. */
export function spawn(file: string, argv: readonly string[], options: SpawnOptions = {}): number {
  flushAll();
  let failure: SysError | undefined;
  const pid = vfork(() => {
    try {
      if (options.pgid !== undefined) setpgid(0, options.pgid);
      if (options.cwd !== undefined) chdir(options.cwd);
      for (const [to, from] of options.fds ?? []) dup2(from, to);
      for (const fd of options.close ?? []) close(fd);
      execvp(file, argv, options.env);
    } catch (error) {
      if (error instanceof SysError) failure = error;
      else throw error;
    }
    stdout.discard();
    _exit(127);
  });
  if (failure) {
    waitpid(pid, 0);
    throw failure;
  }
  return pid;
}

/** Waits for a child (-1: any; 0: of this process group; < -1: of that group). pid 0: none changed (WNOHANG). ECHILD. */
export function waitpid(pid: number, options = 0): { pid: number; status: number } {
  return withBuffer(4, buffer => {
    const result = syscall(nr.SYS_wait4, pid, buffer.address, options, 0);
    return { pid: result, status: viewOf(buffer.bytes).getInt32(0, true) };
  });
}

/** Runs a program and waits: its wait status. */
export function run(file: string, argv: readonly string[], options: SpawnOptions = {}): number {
  return waitpid(spawn(file, argv, options)).status;
}
