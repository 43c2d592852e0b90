/** Between commands: takes the signals that arrived and runs their traps (XCU 2.11). */
import { hasAttention } from '../libc/native.ts';
import { getpid } from '../libc/unistd.ts';
import { Interrupted, ShellExit } from './errors.ts';
import type { Shell } from './shell.ts';

/** Called often: after each command and in loops that make no system call. */
export function takeSignals(shell: Shell): void {
  if (hasAttention()) getpid();
  const { traps } = shell;
  if (traps.isInterrupted) {
    traps.isInterrupted = false;
    throw new Interrupted();
  }
  while (traps.pending.length > 0) {
    const action = traps.actions.get(traps.pending.shift()!);
    if (!action) continue;
    const { status } = shell;
    shell.engine.runText(shell, action);
    if (!shell.skip) shell.status = status;
  }
}

/** The end of a shell process: runs the EXIT trap; gives the status to end with. */
export function runExitTrap(shell: Shell, status: number): number {
  const action = shell.traps.actions.get(0);
  if (!action) return status;
  shell.traps.actions.delete(0);
  shell.status = status;
  shell.skip = undefined;
  try {
    shell.engine.runText(shell, action);
  } catch (error) {
    if (error instanceof ShellExit) return error.status;
    throw error;
  }
  return status;
}
