/** sync(1). */
import { O_NONBLOCK, O_RDONLY } from '../../kernel/abi/fcntl.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { warn } from '../libc/stdlib.ts';
import { close, fdatasync, fsync, open, sync, syncfs } from '../libc/unistd.ts';
import { reason } from './lib/errors.ts';
import { quoteaf } from './lib/quote.ts';

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'df',
    long: { data: 'd', 'file-system': 'f' },
    usage: `Usage: sync [OPTION] [FILE]...
Synchronize cached writes to persistent storage

  -d, --data             sync only file data, no unneeded metadata
  -f, --file-system      sync the file systems that contain the files
`,
  });
  if (found.has('d') && found.has('f'))
    return usageError(argv[0]!, 'cannot specify both --data and --file-system');
  if (found.has('d') && found.operands.length === 0)
    return usageError(argv[0]!, '--data needs at least one argument');
  if (found.operands.length === 0) {
    sync();
    return 0;
  }
  const call = found.has('f') ? syncfs : found.has('d') ? fdatasync : fsync;
  let status = 0;
  for (const name of found.operands) {
    let what = 'opening';
    try {
      const fd = open(name, O_RDONLY | O_NONBLOCK);
      what = 'syncing';
      try {
        call(fd);
      } finally {
        close(fd);
      }
    } catch (error) {
      warn(`error ${what} ${quoteaf(name)}: ${reason(error)}`);
      status = 1;
    }
  }
  return status;
}
