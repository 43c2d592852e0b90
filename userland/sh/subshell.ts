/**
 * Subshells in a process of their own. There is no fork that copies a JavaScript heap: the parent writes its state and
 * the command to run as JSON into a memory file, and the child is this program again, told to read it.
 */
import { SysError } from '../libc/native.ts';
import { execve } from '../libc/process.ts';
import { fstat } from '../libc/stat.ts';
import { SEEK_SET, close, lseek, memfdCreate, readFull, writeAll } from '../libc/unistd.ts';
import { fromBytes } from '../../kernel/abi/byte-string.ts';
import type { Command } from './ast.ts';
import { type Placement, startChild } from './process.ts';
import type { Shell, StoredState } from './shell.ts';

/** argv[1] of a subshell; argv[2] is the descriptor with the state. */
export const SUBSHELL_OPTION = '--subshell';

export interface SubshellTask {
  readonly state: StoredState;
  readonly command: Command;
  /** -e does not end the subshell: it stands where failures are allowed. */
  readonly isTested: boolean;
}

/** Starts a process that runs `command` on a copy of the shell's state; its pid. */
export function startSubshell(
  shell: Shell,
  placement: Placement,
  command: Command,
  isTested: boolean,
): number {
  const task: SubshellTask = { state: shell.store(), command, isTested };
  const fd = memfdCreate('subshell');
  writeAll(fd, JSON.stringify(task));
  lseek(fd, 0, SEEK_SET);
  const pid = startChild(shell, placement, () => {
    const argv = [shell.name, SUBSHELL_OPTION, String(fd)];
    const environment = shell.variables.environment();
    try {
      execve('/proc/self/exe', ['sh', ...argv.slice(1)], environment);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      execve('/bin/sh', ['sh', ...argv.slice(1)], environment);
    }
  });
  close(fd);
  return pid;
}

/** In the subshell: reads what it has to do. */
export function readTask(fd: number): SubshellTask {
  const bytes = new Uint8Array(fstat(fd).size);
  const count = readFull(fd, bytes);
  close(fd);
  return JSON.parse(fromBytes(bytes.subarray(0, count))) as SubshellTask;
}
