/**
 * Options of the tools of procps: a mistake shows the whole usage on standard error, where GNU's tools show a hint.
 * Its first line is empty, as in the originals.
 */
import { type OptionSpec, type Options, UsageError, scan } from '../../libc/getopt.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { programName } from '../../libc/stdlib.ts';
import { exit } from '../../libc/unistd.ts';

export function showUsage(usage: string, status = 1): never {
  stderr.write(usage);
  return exit(status);
}

/** Parses the arguments; `usage` is what --help shows, with `failure` the status after a mistake. */
export function parseVerbose(argv: readonly string[], spec: OptionSpec & { usage: string }): Options {
  const { usage, failure = 1 } = spec;
  const long = { help: '--help', version: '--version', ...spec.long };
  let found: Options;
  try {
    found = scan(argv, { ...spec, long, usage });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`${programName}: ${error.message}\n`);
    return showUsage(usage, failure);
  }
  if (found.has('--help')) {
    stdout.write(usage);
    exit(0);
  }
  if (found.has('--version')) {
    stdout.write(`${programName} (Lodger) 0.1.0\n`);
    exit(0);
  }
  return found;
}
