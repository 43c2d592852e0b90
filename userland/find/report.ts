/** How find speaks: messages, quoted names, and the exit status that they leave. */
import { SysError } from '../libc/native.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { exit } from '../libc/unistd.ts';
import { quote } from '../coreutils/lib/quote.ts';

/** What find exits with when it gets to the end. */
export let exitStatus = 0;

export function setFailed(): void {
  exitStatus = 1;
}

export function say(text: string): void {
  stdout.flush();
  stderr.write(`find: ${text}\n`);
}

/** A mistake in the command line ends find. */
export function fatal(text: string): never {
  say(text);
  return exit(1);
}

/** A file could not be looked at: find goes on, but fails in the end. */
export function fileError(path: string, error: unknown): void {
  if (!(error instanceof SysError)) throw error;
  say(`${quote(path)}: ${error.message}`);
  setFailed();
}
