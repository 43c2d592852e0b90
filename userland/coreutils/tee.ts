/** tee(1): copy standard input to standard output and to files. */
import { parse } from '../libc/getopt.ts';
import { signal, SIGINT, SIGPIPE } from '../libc/signal.ts';
import { warn } from '../libc/stdlib.ts';
import { open, writeAll } from '../libc/unistd.ts';
import { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } from '../../kernel/abi/fcntl.ts';
import { chunks } from './lib/io.ts';
import { isError, reason } from './lib/errors.ts';
import { quotef } from './lib/quote.ts';

const usage = `Usage: tee [OPTION]... [FILE]...
Copy standard input to each FILE, and also to standard output.

  -a, --append              append to the given FILEs, do not overwrite
  -i, --ignore-interrupts   ignore interrupt signals
  -p                        operate in a more appropriate MODE with pipes
      --output-error[=MODE]   set behavior on write error: warn, warn-nopipe, exit, exit-nopipe
`;

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'aip',
    long: { append: 'a', 'ignore-interrupts': 'i', 'output-error': 'output-error::' },
    usage,
  });
  if (found.has('i')) signal(SIGINT, 'ignore');
  let mode = found.has('p') ? 'warn-nopipe' : '';
  if (found.has('output-error')) mode = found.value('output-error') ?? 'warn-nopipe';
  if (mode !== '') signal(SIGPIPE, 'ignore');
  const flags = O_WRONLY | O_CREAT | (found.has('a') ? O_APPEND : O_TRUNC);
  const outputs: { fd: number; name: string }[] = [{ fd: 1, name: 'standard output' }];
  let status = 0;
  for (const name of found.operands) {
    try {
      outputs.push({ fd: open(name, flags, 0o666), name });
    } catch (error) {
      warn(`${quotef(name)}: ${reason(error)}`);
      status = 1;
      if (mode.startsWith('exit')) return 1;
    }
  }
  for (const chunk of chunks(0)) {
    for (const output of outputs.slice()) {
      try {
        writeAll(output.fd, chunk);
      } catch (error) {
        const isIgnored = isError(error, 'EPIPE') && mode.endsWith('nopipe');
        if (!isIgnored) {
          warn(`${quotef(output.name)}: ${reason(error)}`);
          status = 1;
          if (mode.startsWith('exit')) return 1;
        }
        outputs.splice(outputs.indexOf(output), 1);
      }
    }
    if (outputs.length === 0) break;
  }
  return status;
}
