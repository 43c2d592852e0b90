/** tail(1): GNU coreutils 9.1. The parts: tail-show.ts prints the end of a file, tail-follow.ts waits for more. */
import { quote, quoteaf } from '../coreutils/lib/quote.ts';
import { parseSize } from '../coreutils/lib/sizes.ts';
import { O_RDONLY } from '../libc/fcntl.ts';
import { parse } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { fstat, S_ISFIFO, S_ISREG } from '../libc/stat.ts';
import { stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { open } from '../libc/unistd.ts';
import { follow, type Followed } from './tail-follow.ts';
import { type Amount, show } from './tail-show.ts';

const USAGE = `Usage: tail [OPTION]... [FILE]...
Print the last 10 lines of each FILE to standard output.
With more than one FILE, precede each with a header giving the file name.

With no FILE, or when FILE is -, read standard input.

  -c, --bytes=[+]NUM       output the last NUM bytes; or use -c +NUM to
                             output starting with byte NUM of each file
  -f, --follow[={name|descriptor}]
                           output appended data as the file grows;
                             an absent option argument means 'descriptor'
  -F                       same as --follow=name --retry
  -n, --lines=[+]NUM       output the last NUM lines, instead of the last 10;
                             or use -n +NUM to output starting with line NUM
      --max-unchanged-stats=N  (ignored)
      --pid=PID            with -f, terminate after process ID, PID dies
  -q, --quiet, --silent    never output headers giving file names
      --retry              keep trying to open a file if it is inaccessible
  -s, --sleep-interval=N   with -f, sleep for approximately N seconds
                             (default 1.0) between iterations
  -v, --verbose            always output headers giving file names
  -z, --zero-terminated    line delimiter is NUL, not newline
      --help        display this help and exit
      --version     output version information and exit
`;

/** Rewrites tail's old forms: -5, +5, -5c, -5f. */
function modernise(argv: readonly string[]): string[] {
  const old = /^([-+])([0-9]*)([bcl]?)(f?)$/.exec(argv[1] ?? '');
  if (!old || (old[2] === '' && old[3] !== 'l' && old[1] === '-') || argv[1] === '-' || argv[1] === '-c')
    return [...argv];
  if (old[1] === '+' && argv.length > 3) return [...argv];
  const unit = old[3] === 'c' || old[3] === 'b' ? '-c' : '-n';
  const amount = (old[1] === '+' ? '+' : '') + (old[2] || '10') + (old[3] === 'b' ? 'b' : '');
  return [argv[0]!, unit, amount, ...(old[4] ? ['-f'] : []), ...argv.slice(2)];
}

export function tail(args: string[]): number {
  const found = parse(modernise(args), {
    short: 'c:fFn:qs:vz',
    long: {
      bytes: 'c',
      follow: 'follow::',
      lines: 'n',
      'max-unchanged-stats': 'max:',
      pid: 'pid:',
      quiet: 'q',
      silent: 'q',
      retry: 'retry',
      'sleep-interval': 's',
      verbose: 'v',
      'zero-terminated': 'z',
    },
    usage: USAGE,
  });
  const key = found.last('c', 'n') ?? 'n';
  const text = found.value('c', 'n') ?? '10';
  const size = /^[-+]?[0-9]/.test(text) ? parseSize(text.replace(/^[-+]/, '')) : undefined;
  if (size === undefined || Number.isNaN(size)) {
    return fail(1, `invalid number of ${key === 'c' ? 'bytes' : 'lines'}: ${quote(text)}`);
  }
  const amount: Amount = {
    unit: key === 'c' ? 'bytes' : 'lines',
    count: size,
    isFromStart: text.startsWith('+'),
  };
  const interval = Number(found.value('s') ?? '1');
  if (!(interval >= 0)) return fail(1, `invalid number of seconds: ${quote(found.value('s')!)}`);
  const isFollowing = found.has('f', 'F', 'follow');
  const byName = found.has('F') || found.value('follow') === 'name';
  const isRetrying = found.has('F', 'retry');
  const names = found.operands.length > 0 ? found.operands : ['-'];
  const hasHeaders = found.last('q', 'v') === 'v' || (names.length > 1 && !found.has('q'));
  const delimiter = found.has('z') ? 0 : 10;
  const files: Followed[] = [];
  let status = 0;
  let isFirst = true;
  for (const name of names) {
    const shown = name === '-' ? 'standard input' : name;
    let fd = 0;
    try {
      if (name !== '-') fd = open(name, O_RDONLY);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      warn(`cannot open ${quoteaf(name)} for reading: ${error.message}`);
      status = 1;
      if (isRetrying) files.push({ name, shown, fd: undefined, ino: 0, size: 0 });
      continue;
    }
    if (hasHeaders) stdout.write(`${isFirst ? '' : '\n'}==> ${shown} <==\n`);
    isFirst = false;
    try {
      show(fd, amount, delimiter);
    } catch (error) {
      if (!(error instanceof SysError) || error.code === 'EPIPE') throw error;
      warn(`error reading ${quoteaf(shown)}: ${error.message}`);
      status = 1;
      continue;
    }
    const { ino, mode, size: length } = fstat(fd);
    // A pipe on standard input has ended for good.
    if (isFollowing && !(name === '-' && S_ISFIFO(mode))) {
      files.push({ name, shown, fd, ino, size: S_ISREG(mode) ? length : 0 });
    }
  }
  if (!isFollowing) return status;
  if (files.length === 0) {
    if (status !== 0) warn('no files remaining');
    return status;
  }
  stdout.flush();
  follow(files, { byName, isRetrying, interval, hasHeaders, pid: found.value('pid') });
  return status;
}
