/** fuser(1) of psmisc, the common part: which processes use a file, or (-m) a file system; -k signals them. */
import { scan, UsageError } from '../libc/getopt.ts';
import { SIGKILL, kill } from '../libc/signal.ts';
import { SysError } from '../libc/native.ts';
import { type FileStatus, tryStat } from '../libc/stat.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { programName } from '../libc/stdlib.ts';
import { getpid } from '../libc/unistd.ts';
import { openFiles } from './lib/open-files.ts';
import { readProcesses } from './lib/process.ts';
import { takeSignal } from './lib/signals.ts';
import { userName } from './ps/values.ts';

const LETTERS = { cwd: 'c', rtd: 'r', txt: 'e', fd: '' } as const;

export function fuser(argv: string[]): number {
  const { signo, rest } = takeSignal(argv);
  let found;
  try {
    found = scan(rest, {
      short: 'acfikmMn:suvVw',
      long: { all: 'a', kill: 'k', mount: 'm', silent: 's', user: 'u', verbose: 'v' },
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`${programName}: ${error.message}\n`);
    return 1;
  }
  if (found.operands.length === 0) {
    stderr.write('No process specification given\n');
    return 1;
  }
  let status = 1;
  const processes = readProcesses().filter(p => p.tgid !== getpid());
  for (const path of found.operands) {
    const file = tryStat(path);
    if (!file) {
      stderr.write(`Specified filename ${path} does not exist.\n`);
      continue;
    }
    const isSame = (other: FileStatus | undefined): boolean =>
      other !== undefined && other.dev === file.dev && (found.has('m') || other.ino === file.ino);
    const users = processes
      .map(p => ({ p, uses: openFiles(p).filter(({ status: s }) => isSame(s)) }))
      .filter(({ uses }) => uses.length > 0);
    if (users.length > 0) status = 0;
    if (!found.has('s') && users.length > 0) {
      stderr.write(`${`${path}:`.padEnd(20)} `.trimEnd().padEnd(21));
      for (const { p, uses } of users) {
        stdout.write(String(p.tgid).padStart(6));
        stdout.flush();
        const letters = [...new Set(uses.map(({ kind }) => LETTERS[kind]))].join('');
        stderr.write(letters + (found.has('u') ? `(${userName(p.euid, 32)})` : ''));
      }
      stderr.write('\n');
    }
    if (!found.has('k')) continue;
    for (const { p } of users) {
      try {
        kill(p.tgid, signo ?? SIGKILL);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        stderr.write(`Could not kill process ${p.tgid}: ${error.message}\n`);
      }
    }
  }
  return status;
}
