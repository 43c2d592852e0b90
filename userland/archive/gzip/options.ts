/** The options of gzip, gunzip and zcat. */
import { UsageError, scan } from '../../libc/getopt.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { exit } from '../../libc/unistd.ts';

const usage = `Usage: gzip [OPTION]... [FILE]...
Compress or uncompress FILEs (by default, compress FILES in-place).

Mandatory arguments to long options are mandatory for short options too.

  -c, --stdout      write on standard output, keep original files unchanged
  -d, --decompress  decompress
  -f, --force       force overwrite of output file and compress links
  -h, --help        give this help
  -k, --keep        keep (don't delete) input files
  -l, --list        list compressed file contents
  -n, --no-name     do not save or restore the original name and timestamp
  -N, --name        save or restore the original name and timestamp
  -q, --quiet       suppress all warnings
  -r, --recursive   operate recursively on directories
  -S, --suffix=SUF  use suffix SUF on compressed files
      --synchronous synchronous output (safer if system crashes, but slower)
  -t, --test        test compressed file integrity
  -v, --verbose     verbose mode
  -V, --version     display version number
  -1, --fast        compress faster
  -9, --best        compress better

With no FILE, or when FILE is -, read standard input.
`;

export const SHORT = 'acdfhklnNqrS:tvV123456789';
export const LONG = {
  ascii: 'a',
  stdout: 'c',
  'to-stdout': 'c',
  decompress: 'd',
  uncompress: 'd',
  force: 'f',
  help: 'h',
  keep: 'k',
  list: 'l',
  'no-name': 'n',
  name: 'N',
  quiet: 'q',
  silent: 'q',
  synchronous: 'synchronous',
  recursive: 'r',
  suffix: 'S',
  test: 't',
  verbose: 'v',
  version: 'V',
  fast: '1',
  best: '9',
  rsyncable: 'rsyncable',
};

export interface GzipOptions {
  readonly isDecompressing: boolean;
  readonly isListing: boolean;
  readonly isTesting: boolean;
  readonly toStdout: boolean;
  readonly isForced: boolean;
  readonly keepsInput: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly isRecursive: boolean;
  readonly isSynchronous: boolean;
  /** Whether name and time are stored (compressing) or restored. */
  readonly usesName: boolean;
  readonly suffix: string;
  readonly level: number;
}

/** A mistake in the command line ends the program, in gzip's words. */
function misused(message: string): never {
  stderr.write(`gzip: ${message}\nTry \`gzip --help' for more information.\n`);
  return exit(1);
}

export function readOptions(argv: readonly string[]): { options: GzipOptions; operands: readonly string[] } {
  let found;
  try {
    found = scan(argv, { short: SHORT, long: LONG });
  } catch (error) {
    if (error instanceof UsageError) return misused(error.message);
    throw error;
  }
  if (found.has('h')) {
    stdout.write(usage);
    exit(0);
  }
  if (found.has('V')) {
    stdout.write('gzip (Lodger) 0.1.0\n');
    exit(0);
  }
  const suffix = found.value('S') ?? '.gz';
  if (suffix.length > 30 || suffix.includes('/')) {
    stderr.write(`gzip: invalid suffix '${suffix}'\n`);
    exit(1);
  }
  const isTesting = found.has('t');
  const isListing = found.has('l');
  const isDecompressing = found.has('d') || isTesting || isListing;
  const name = found.last('n', 'N');
  return {
    options: {
      isDecompressing,
      isListing,
      isTesting,
      toStdout: found.has('c') || isTesting || isListing,
      isForced: found.has('f'),
      keepsInput: found.has('k'),
      isQuiet: found.last('q', 'v') === 'q',
      isVerbose: found.last('q', 'v') === 'v',
      isRecursive: found.has('r'),
      isSynchronous: found.has('synchronous'),
      usesName: name === undefined ? !isDecompressing : name === 'N',
      suffix,
      level: Number(found.last('1', '2', '3', '4', '5', '6', '7', '8', '9') ?? 6),
    },
    operands: found.operands,
  };
}
