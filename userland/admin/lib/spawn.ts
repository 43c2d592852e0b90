/** Running a command in place of this process, as setsid, nice and taskset do. */
import { SysError } from '../../libc/native.ts';
import { execvp } from '../../libc/process.ts';
import { flushAll } from '../../libc/stdio.ts';
import { warn } from '../../libc/stdlib.ts';

/** Gives the status only if it fails: 127 if there is no such command, 126 if it cannot be run. */
export function become(
  words: readonly string[],
  complain = (file: string) => `failed to execute ${file}`,
): number {
  const [file = ''] = words;
  try {
    flushAll();
    return execvp(file, words);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    warn(`${complain(file)}: ${error.message}`);
    return error.code === 'ENOENT' ? 127 : 126;
  }
}
