/**
 * open(2) of a terminal's device node. Linux counterpart: tty_open and tty_open_proc_set_tty.
 */
import { EBUSY, EIO } from '../abi/errno.ts';
import { O_NOCTTY } from '../abi/fcntl.ts';
import { fail } from '../errors.ts';
import type { OpenContext } from '../fs/file.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import { acquireOnOpen } from './job-control.ts';
import type { Tty } from './tty.ts';
import { TtyFile } from './tty-file.ts';

/** Major number of /dev/tty, /dev/console and /dev/ptmx. */
export const TTYAUX_MAJOR = 5;

/** Opening /dev/console gives nobody a controlling terminal, as on Linux; other terminals do without O_NOCTTY. */
export function openTerminal(context: OpenContext, tty: Tty, how: 'console' | 'terminal'): TtyFile {
  const { task } = context;
  if (tty.isExclusive && task !== undefined && !task.capable(CAP_SYS_ADMIN)) fail(EBUSY, 'TIOCEXCL');
  if (tty.driver.isOtherSideClosed) fail(EIO, 'the other side is closed');
  const file = new TtyFile(context.path, context.flags, tty, how === 'console');
  const mayAcquire = how === 'terminal' && (context.flags & O_NOCTTY) === 0 && file.isReadable;
  if (task !== undefined && mayAcquire) acquireOnOpen(task, tty);
  return file;
}
