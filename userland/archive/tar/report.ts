/** What tar says, and the exit status that it leads to: 1 if files differed or changed, 2 after an error. */
import { SysError } from '../../libc/native.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { exit } from '../../libc/unistd.ts';

export const FAILURE = 2;
/** argp's status for options that do not exist: EX_USAGE. */
export const BAD_OPTION = 64;

let status = 0;

function say(text: string): void {
  stdout.flush();
  stderr.write(`tar: ${text}\n`);
}

/** A remark that does not count. */
export function warn(text: string): void {
  say(text);
}
/** A file that changed or vanished while it was read: status 1. */
export function changed(text: string): void {
  say(text);
  status = Math.max(status, 1);
}
/** A member that differs from its file: status 1. */
export function noteDifference(): void {
  status = Math.max(status, 1);
}
/** An error after which tar goes on: status 2 at the end. */
export function error(text: string): void {
  say(text);
  status = FAILURE;
}
/** An error after which it does not. */
export function fatal(text: string): never {
  say(text);
  say('Error is not recoverable: exiting now');
  return exit(FAILURE);
}
/** A mistake in the command line. */
export function misused(text: string, exitStatus = FAILURE): never {
  say(text);
  stderr.write("Try 'tar --help' or 'tar --usage' for more information.\n");
  return exit(exitStatus);
}

/** «name: Cannot open: No such file or directory»; anything but a system error is not ours and flies on. */
export function callFailed(name: string, what: string, thrown: unknown): void {
  if (!(thrown instanceof SysError)) throw thrown;
  error(`${name}: Cannot ${what}: ${thrown.message}`);
}
/** Runs an action whose failure is reported; whether it worked. */
export function attempt(name: string, what: string, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (thrown) {
    callFailed(name, what, thrown);
    return false;
  }
}

/** Ends tar: with its last word if there were errors. */
export function finalStatus(): number {
  if (status === FAILURE) say('Exiting with failure status due to previous errors');
  return status;
}
