/** setsid(1): runs a command in a session of its own. util-linux. */
import { TIOCSCTTY } from '../../kernel/abi/ioctl.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { vfork, waitpid } from '../libc/process.ts';
import { stderr } from '../libc/stdio.ts';
import { WEXITSTATUS, WIFEXITED } from '../libc/wait.ts';
import { _exit, getpgrp, getpid, ioctl, setsid as newSession } from '../libc/unistd.ts';
import { become } from './lib/spawn.ts';

const usage = `
Usage:
 setsid [options] <program> [arguments ...]

Run a program in a new session.

Options:
 -c, --ctty     set the controlling terminal to the current one
 -f, --fork     always fork
 -w, --wait     wait program to exit, and use the same return

 -h, --help     display this help
 -V, --version  display version

For more details see setsid(1).
`;

export function setsid(argv: string[]): number {
  const found = parse(argv, { short: '+cfwVh', long: { ctty: 'c', fork: 'f', wait: 'w' }, usage });
  if (found.operands.length === 0)
    return usageError(argv[0]!, `${argv[0]}: no command specified`.replace(/^.*?: /, ''));
  const run = (): number => {
    newSession();
    if (found.has('c')) ioctl(0, TIOCSCTTY, 1);
    return become(found.operands);
  };
  if (!found.has('f') && getpgrp() !== getpid()) return run();
  const pid = vfork(() => _exit(run()));
  if (!found.has('w')) return 0;
  const { status } = waitpid(pid);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  stderr.write(`setsid: child ${pid} did not exit normally\n`);
  return 1;
}
