/** which(1), as Debian has it: where $PATH finds commands. */
import { S_ISREG, tryStat } from '../libc/stat.ts';
import { scan } from '../libc/getopt.ts';
import { stdout } from '../libc/stdio.ts';
import { getenv } from '../libc/stdlib.ts';
import { X_OK, access } from '../libc/unistd.ts';
import { unlessFailed } from './lib/files.ts';

function isProgram(path: string): boolean {
  const status = tryStat(path);
  return (
    status !== undefined && S_ISREG(status.mode) && unlessFailed(() => (access(path, X_OK), true)) === true
  );
}

export function which(argv: string[]): number {
  const found = scan(argv, { short: '+as' });
  if (found.operands.length === 0) return 1;
  let status = 0;
  for (const name of found.operands) {
    const candidates = name.includes('/')
      ? [name]
      : (getenv('PATH') ?? '').split(':').map(directory => `${directory === '' ? '.' : directory}/${name}`);
    const matches = candidates.filter(isProgram);
    if (matches.length === 0) status = 1;
    if (found.has('s')) continue;
    for (const path of found.has('a') ? matches : matches.slice(0, 1)) stdout.write(`${path}\n`);
  }
  return status;
}
