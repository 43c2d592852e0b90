/** find(1), GNU findutils 4.9: options that come before the starting points, and the walk over each of them. */
import { LineReader, stderr, stdout } from '../libc/stdio.ts';
import { SysError } from '../libc/native.ts';
import { O_CLOEXEC, O_RDONLY } from '../libc/fcntl.ts';
import { exit, open } from '../libc/unistd.ts';
import { quote } from '../coreutils/lib/quote.ts';
import { finish } from './actions.ts';
import { isExpression, parseExpression } from './parse.ts';
import { fatal, fileError, say, setFailed } from './report.ts';
import { defaultSettings, type Settings } from './settings.ts';
import { USAGE } from './usage.ts';
import { Walk } from './walk.ts';

const DEBUG_FLAGS = ['exec', 'help', 'opt', 'rates', 'search', 'stat', 'time', 'tree', 'all'];

/** -H, -L, -P, -O and -D; gives where the starting points begin. */
function leadingOptions(argv: readonly string[], settings: Settings): number {
  let at = 1;
  for (; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === '--') return at + 1;
    if (word === '-H') settings.follow = 'operands';
    else if (word === '-L') settings.follow = 'all';
    else if (word === '-P') settings.follow = 'none';
    else if (word.startsWith('-O')) {
      if (!/^-O\d+$/.test(word)) {
        fatal(
          word === '-O'
            ? 'The -O option must be immediately followed by a decimal integer'
            : `Please specify a decimal number immediately after -O`,
        );
      }
    } else if (word === '-D') {
      const flags = argv[++at];
      if (flags === undefined) {
        say('Missing argument after the -D option.');
        stderr.write("Try 'find --help' for more information.\n");
        return exit(1);
      }
      for (const flag of flags.split(',')) {
        if (!DEBUG_FLAGS.includes(flag)) say(`Ignoring unrecognised debug flag ${quote(flag)}`);
      }
    } else break;
  }
  return at;
}

/** -files0-from: names that end with a NUL, from a file or standard input. */
function* startsFrom(path: string): Generator<string> {
  let fd = 0;
  if (path !== '-') {
    try {
      fd = open(path, O_RDONLY | O_CLOEXEC);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      fatal(`cannot open ${quote(path)} for reading: ${error.message}`);
    }
  }
  const reader = new LineReader(fd, { delimiter: '\0' });
  for (let n = 1; ; n++) {
    const name = reader.next();
    if (name === undefined) return;
    if (name === '') {
      say(`${quote(path === '-' ? '(standard input)' : path)}:${n}: invalid zero-length file name`);
      setFailed();
    } else yield name;
  }
}

export function find(argv: string[]): number {
  const settings = defaultSettings();
  let at = leadingOptions(argv, settings);
  const starts: string[] = [];
  while (at < argv.length && !isExpression(argv[at]!, true)) starts.push(argv[at++]!);
  if (argv.slice(at).some(word => word === '--help' || word === '-help')) {
    stdout.write(USAGE);
    return 0;
  }
  if (argv.slice(at).some(word => word === '--version' || word === '-version')) {
    stdout.write('find (Lodger) 0.1.0\n');
    return 0;
  }
  const test = parseExpression(argv, at, settings);
  if (settings.startsFile !== undefined && starts.length > 0) {
    fatal(`extra operand ${quote(starts[0]!)}\nfile operands cannot be combined with -files0-from`);
  }
  const walk = new Walk(settings, test);
  if (settings.startsFile !== undefined)
    for (const start of startsFrom(settings.startsFile)) walk.from(start);
  else for (const start of starts.length === 0 ? ['.'] : starts) visit(walk, start);
  return finish();
}

function visit(walk: Walk, start: string): void {
  try {
    walk.from(start);
  } catch (error) {
    if (!(error instanceof SysError) || error.code === 'EPIPE') throw error;
    fileError(start, error);
  }
}
