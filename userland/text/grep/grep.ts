/** grep(1), egrep, fgrep: GNU grep 3.8. */
import { quote } from '../../coreutils/lib/quote.ts';
import { O_RDONLY } from '../../libc/fcntl.ts';
import { isUtf8Locale } from '../../libc/fnmatch.ts';
import { type Options, scan, UsageError } from '../../libc/getopt.ts';
import { SysError } from '../../libc/native.ts';
import { fstat, S_ISDIR, S_ISREG, stat } from '../../libc/stat.ts';
import { readText, stderr, stdout } from '../../libc/stdio.ts';
import { env, fail, warn } from '../../libc/stdlib.ts';
import { close, exit, isatty, lseek, open, SEEK_CUR } from '../../libc/unistd.ts';
import { eachFile, type FileRules, isDirectoryExcluded, isExcluded } from './files.ts';
import { makeMatcher, type Matcher, type MatcherOptions, RegexError } from './matcher.ts';
import { Printer } from './printer.ts';
import { Search, type SearchOptions } from './search.ts';
import { USAGE } from './usage.ts';

const TROUBLE = 2;
const SPEC = {
  short: '0123456789A:B:C:D:EFGHILPTUVX:abcd:e:f:hiLlm:noqRrsuvwxyZz',
  long: {
    'extended-regexp': 'E',
    'fixed-strings': 'F',
    'basic-regexp': 'G',
    'perl-regexp': 'P',
    regexp: 'e',
    file: 'f',
    'ignore-case': 'i',
    'no-ignore-case': 'no-i',
    'word-regexp': 'w',
    'line-regexp': 'x',
    'null-data': 'z',
    'no-messages': 's',
    'invert-match': 'v',
    version: 'V',
    help: 'help',
    'max-count': 'm',
    'byte-offset': 'b',
    'line-number': 'n',
    'line-buffered': 'line-buffered',
    'with-filename': 'H',
    'no-filename': 'h',
    label: 'label:',
    'only-matching': 'o',
    quiet: 'q',
    silent: 'q',
    'binary-files': 'binary:',
    text: 'a',
    directories: 'd',
    devices: 'D',
    recursive: 'r',
    'dereference-recursive': 'R',
    include: 'include:',
    exclude: 'exclude:',
    'exclude-from': 'exclude-from:',
    'exclude-dir': 'exclude-dir:',
    'files-without-match': 'L',
    'files-with-matches': 'l',
    count: 'c',
    'initial-tab': 'T',
    null: 'Z',
    'before-context': 'B',
    'after-context': 'A',
    context: 'C',
    'group-separator': 'separator:',
    'no-group-separator': 'no-separator',
    color: 'color::',
    colour: 'color::',
    binary: 'U',
  },
};

function usage(): never {
  stderr.write("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
  return exit(TROUBLE);
}

export function grep(argv: string[]): number {
  return run(argv, 'basic');
}
export function egrep(argv: string[]): number {
  return run(argv, 'extended');
}
export function fgrep(argv: string[]): number {
  return run(argv, 'fixed');
}

function run(argv: string[], standard: MatcherOptions['kind']): number {
  let found: Options;
  try {
    found = scan(argv, SPEC, env.has('POSIXLY_CORRECT'));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`grep: ${error.message}\n`);
    return usage();
  }
  if (found.has('help')) {
    stdout.write(USAGE);
    return 0;
  }
  if (found.has('V')) {
    stdout.write('grep (Lodger) 3.8\n');
    return 0;
  }
  const color = found.value('color') ?? (found.has('color') ? 'auto' : 'never');
  if (!/^(always|yes|force|never|no|none|auto|tty|if-tty)$/.test(color)) {
    stdout.write(USAGE);
    return TROUBLE;
  }
  const lastContext = found.value('C') ?? digits(found);
  const maxCount = found.value('m');
  if (maxCount !== undefined && !/^-?[0-9]+$/.test(maxCount)) return fail(TROUBLE, 'invalid max count');
  const operands = [...found.operands];
  const patterns = patternsOf(found, operands);
  const isUtf8 = isUtf8Locale();
  const delimiter = found.has('z') ? '\0' : '\n';
  const kinds = found.options.filter(({ key }) => 'EFGP'.includes(key)).map(({ key }) => key);
  if (new Set(kinds).size > 1) return fail(TROUBLE, 'conflicting matchers specified');
  const KINDS = { E: 'extended', F: 'fixed', G: 'basic', P: 'perl' } as const;
  const matcher = compile(patterns, {
    kind: kinds.length > 0 ? KINDS[kinds.at(-1) as 'E'] : standard,
    isCaseless: (found.last('i', 'y', 'no-i') ?? 'no-i') !== 'no-i',
    extent: found.has('x') ? 'line' : found.has('w') ? 'word' : undefined,
    isUtf8,
    delimiter,
  });
  const isRecursive = found.has('r', 'R') || found.value('d') === 'recurse';
  const files = operands.length > 0 ? operands : isRecursive ? [''] : ['-'];
  const list = found.last('l', 'L');
  const hasMany = files.length > 1 || isRecursive;
  const names = found.last('H', 'h');
  const isQuiet = found.has('q');
  const action = found.value('d');
  if (action !== undefined && !['read', 'recurse', 'skip'].includes(action)) {
    const valid = ['read', 'recurse', 'skip'].map(name => `  - ${quote(name)}\n`).join('');
    stderr.write(
      `grep: invalid argument ${quote(action)} for ${quote('--directories')}\nValid arguments are:\n${valid}`,
    );
    return usage();
  }
  const printer = new Printer(
    {
      hasNames:
        names === 'H' ||
        (names !== 'h' && hasMany && !(files.length === 1 && isRecursive && !isDirectory(files[0]!))),
      hasNumbers: found.has('n'),
      hasOffsets: found.has('b'),
      isOnlyMatching: found.has('o'),
      isInverted: found.has('v'),
      hasColor: /^(always|yes|force)$/.test(color) || (/^(auto|tty|if-tty)$/.test(color) && isatty(1)),
      hasNulNames: found.has('Z'),
      hasTab: found.has('T'),
      delimiter,
      separator:
        found.last('separator', 'no-separator') === 'no-separator'
          ? undefined
          : (found.value('separator') ?? '--'),
      isLineBuffered: found.has('line-buffered'),
    },
    matcher,
  );
  const limit = maxCount === undefined || maxCount.startsWith('-') ? Infinity : Number(maxCount);
  const options: SearchOptions = {
    isInverted: found.has('v'),
    hasContext: found.has('A', 'B', 'C') || lastContext !== undefined,
    before: context(found.value('B') ?? lastContext),
    after: context(found.value('A') ?? lastContext),
    maxCount: limit,
    output: isQuiet || list !== undefined ? 'first' : found.has('c') ? 'count' : 'lines',
    binary: binaryOf(found),
    isUtf8,
    delimiter,
  };
  const rules: FileRules = {
    isRecursive,
    followsLinks: found.has('R'),
    includes: found.values('include'),
    excludes: [...found.values('exclude'), ...found.values('exclude-from').flatMap(linesOf)],
    excludedDirectories: found.values('exclude-dir'),
  };
  const session = new Session(found, matcher, printer, options, rules);
  for (const file of files) session.operand(file);
  return session.isMatched && (isQuiet || session.status === 0)
    ? 0
    : session.status || (session.isMatched ? 0 : 1);
}

/** -NUM: the digits of all such options that stand together. */
function digits(found: Options): string | undefined {
  let text = '';
  for (const { key } of found.options) if (/^[0-9]$/.test(key)) text += key;
  return text === '' ? undefined : text;
}

function context(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^[0-9]+$/.test(text)) return fail(TROUBLE, `${text}: invalid context length argument`);
  return Number(text);
}

function binaryOf(found: Options): SearchOptions['binary'] {
  const last = found.options.findLast(({ key }) => key === 'a' || key === 'I' || key === 'binary');
  if (!last) return 'binary';
  if (last.key === 'a') return 'text';
  if (last.key === 'I') return 'without-match';
  if (last.value === 'binary' || last.value === 'text' || last.value === 'without-match') return last.value;
  return fail(TROUBLE, 'unknown binary-files type');
}

function isDirectory(name: string): boolean {
  try {
    return name === '' || (name !== '-' && S_ISDIR(stat(name).mode));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return false;
  }
}

function linesOf(file: string): string[] {
  try {
    const fd = file === '-' ? 0 : open(file, O_RDONLY);
    const lines = readText(fd).split('\n');
    if (fd !== 0) close(fd);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  } catch (error) {
    if (error instanceof SysError) return fail(TROUBLE, `${file}: ${error.message}`);
    throw error;
  }
}

/** All patterns; the first operand if no option gave any. An empty -f file matches nothing. */
function patternsOf(found: Options, operands: string[]): string[] {
  if (!found.has('e', 'f')) {
    const first = operands.shift();
    if (first === undefined) return usage();
    return first.split('\n');
  }
  return found.options.flatMap(({ key, value }) =>
    key === 'e' ? value!.split('\n') : key === 'f' ? linesOf(value!) : [],
  );
}

function compile(patterns: string[], options: MatcherOptions): Matcher {
  if (patterns.length === 0)
    return { findLine: () => undefined, testLine: () => false, findIn: () => undefined };
  try {
    return makeMatcher(patterns, options, warn);
  } catch (error) {
    if (error instanceof RegexError) return fail(TROUBLE, error.message);
    throw error;
  }
}

/** One run over all files. */
class Session {
  status = 0;
  isMatched = false;
  private readonly found: Options;
  private readonly matcher: Matcher;
  private readonly printer: Printer;
  private readonly options: SearchOptions;
  private readonly rules: FileRules;

  constructor(found: Options, matcher: Matcher, printer: Printer, options: SearchOptions, rules: FileRules) {
    this.found = found;
    this.matcher = matcher;
    this.printer = printer;
    this.options = options;
    this.rules = rules;
  }

  operand(name: string): void {
    if (name === '-') return this.search(0, this.found.value('label') ?? '(standard input)');
    const isDir = isDirectory(name);
    if (isDir && name !== '' && isDirectoryExcluded(this.rules, name)) return;
    if (!isDir && isExcluded(this.rules, name)) return;
    if (isDir && this.rules.isRecursive) {
      eachFile(
        name,
        this.rules,
        path => this.file(path),
        (path, error) => this.failed(path, error),
      );
      return;
    }
    if (isDir && this.found.value('d') === 'skip') return;
    this.file(name);
  }

  private failed(name: string, error: SysError): void {
    this.status = TROUBLE;
    if (!this.found.has('s')) warn(`${name}: ${error.message}`);
  }

  private file(name: string): void {
    let fd: number;
    try {
      fd = open(name, O_RDONLY);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return this.failed(name, error);
    }
    try {
      this.search(fd, name);
    } catch (error) {
      if (!(error instanceof SysError) || error.code === 'EPIPE') throw error;
      this.failed(name, error);
    }
    close(fd);
  }

  private isOutput(fd: number): boolean {
    if (this.options.output !== 'lines' || this.options.maxCount <= 1) return false;
    const input = fstat(fd);
    const output = fstat(1);
    return S_ISREG(input.mode) && input.ino === output.ino && input.dev === output.dev && fd !== 0;
  }

  private search(fd: number, name: string): void {
    if (this.isOutput(fd)) {
      if (!this.found.has('s')) warn(`${name}: input file is also the output`);
      this.status = TROUBLE;
      return;
    }
    const search = new Search(name, this.matcher, this.printer, this.options);
    const count = search.run(fd);
    if (count >= this.options.maxCount && fd === 0) giveBack(search.unread);
    const list = this.found.last('l', 'L');
    const { printer } = this;
    if (count > 0 && this.found.has('q')) {
      this.isMatched = true;
      stdout.flush();
      exit(0);
    }
    if (list === undefined) {
      if (count > 0) this.isMatched = true;
      if (this.found.has('c') && !this.found.has('q')) {
        const prefix = printer.options.hasNames
          ? printer.name(name) + (printer.options.hasNulNames ? '\0' : printer.mark(':'))
          : '';
        stdout.write(`${prefix}${count}\n`);
      }
      return;
    }
    if (count > 0) this.isMatched = true;
    if (count > 0 === (list === 'l'))
      stdout.write(printer.name(name) + (printer.options.hasNulNames ? '\0' : '\n'));
  }
}

/** With -m the lines behind belong to whoever reads standard input next. */
function giveBack(bytes: number): void {
  try {
    lseek(0, -bytes, SEEK_CUR);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}
