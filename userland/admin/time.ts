/** time(1), the program: how long a command took. -p: POSIX's three lines; without: GNU time's default format. */
import { scan } from '../libc/getopt.ts';
import { RUSAGE_CHILDREN, getrusage } from '../libc/resource.ts';
import { SIGINT, SIGQUIT, signal } from '../libc/signal.ts';
import { SysError } from '../libc/native.ts';
import { run } from '../libc/process.ts';
import { stderr } from '../libc/stdio.ts';
import { warn } from '../libc/stdlib.ts';
import { monotonicSeconds } from '../libc/time.ts';
import { WEXITSTATUS, WIFEXITED, WTERMSIG, shellStatus } from '../libc/wait.ts';

const DEFAULT =
  '%Uuser %Ssystem %Eelapsed %PCPU (%Xavgtext+%Davgdata %Mmaxresident)k\n%Iinputs+%Ooutputs (%Fmajor+%Rminor)pagefaults %Wswaps';
const POSIX = 'real %e\nuser %U\nsys %S';

export function time(argv: string[]): number {
  const found = scan(argv, {
    short: '+pf:o:avq',
    long: { portability: 'p', format: 'f', output: 'o', quiet: 'q' },
  });
  if (found.operands.length === 0) {
    stderr.write('Usage: time [-p] [-f FORMAT] COMMAND [ARG]...\n');
    return 125;
  }
  for (const signo of [SIGINT, SIGQUIT]) signal(signo, 'ignore');
  const from = monotonicSeconds();
  let status: number;
  try {
    status = run(found.operands[0]!, found.operands);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    warn(`cannot run ${found.operands[0]}: ${error.message}`);
    return error.code === 'ENOENT' ? 127 : 126;
  }
  const elapsed = monotonicSeconds() - from;
  const usage = getrusage(RUSAGE_CHILDREN);
  const user = usage.utimeSec + usage.utimeUsec / 1e6;
  const system = usage.stimeSec + usage.stimeUsec / 1e6;
  const minutes = Math.floor(elapsed / 60);
  const values: Readonly<Record<string, string>> = {
    e: elapsed.toFixed(2),
    E: `${minutes}:${(elapsed - minutes * 60).toFixed(2).padStart(5, '0')}`,
    U: user.toFixed(2),
    S: system.toFixed(2),
    P: elapsed > 0 ? `${Math.floor(((user + system) * 100) / elapsed)}%` : '?%',
    M: String(usage.maxrss),
    X: '0',
    D: '0',
    I: String(usage.inblock),
    O: String(usage.oublock),
    F: String(usage.majflt),
    R: String(usage.minflt),
    W: '0',
    w: String(usage.nvcsw),
    c: String(usage.nivcsw),
    x: String(WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)),
    C: found.operands.join(' '),
    '%': '%',
  };
  const format = found.value('f') ?? (found.has('p') ? POSIX : DEFAULT);
  if (!WIFEXITED(status) && !found.has('q'))
    stderr.write(`Command terminated by signal ${WTERMSIG(status)}\n`);
  else if (WIFEXITED(status) && WEXITSTATUS(status) !== 0 && !found.has('p', 'q'))
    stderr.write(`Command exited with non-zero status ${WEXITSTATUS(status)}\n`);
  const text = format
    .replace(/%(.)/gs, (whole, letter: string) => values[letter] ?? whole)
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t');
  stderr.write(`${text}\n`);
  return shellStatus(status);
}
