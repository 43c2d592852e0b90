/** Command lines of the diffutils: their messages go through error(3), so that both lines begin with the name. */
import { type Options, type OptionSpec, scan, UsageError } from '../../libc/getopt.ts';
import { env, programName, warn } from '../../libc/stdlib.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { exit } from '../../libc/unistd.ts';

export function usageFailure(message: string): never {
  warn(message);
  stderr.write(`${programName}: Try '${programName} --help' for more information.\n`);
  return exit(2);
}

export function parseOptions(
  argv: readonly string[],
  spec: OptionSpec & { readonly usage: string },
): Options {
  let found: Options;
  try {
    found = scan(argv, spec, env.has('POSIXLY_CORRECT'));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return usageFailure(error.message);
  }
  if (found.has('--help')) {
    stdout.write(spec.usage);
    exit(0);
  }
  if (found.has('--version', 'v')) {
    stdout.write(`${programName} (Lodger) 0.1.0\n`);
    exit(0);
  }
  return found;
}
