/** ls(1): its options, decided once. */
import { parse, usageError } from '../../libc/getopt.ts';
import { env, fail, warn } from '../../libc/stdlib.ts';
import { isatty } from '../../libc/unistd.ts';
import { winsize } from '../../libc/termios.ts';
import { type SizeFormat, BYTES, defaultBlockSize, KIBIBYTES, parseBlockSize } from '../lib/sizes.ts';
import { type Choices, choose, invalidArgument } from '../lib/choice.ts';
import { quietly } from '../lib/errors.ts';
import { quote } from '../lib/quote.ts';

const usage = `Usage: ls [OPTION]... [FILE]...
List information about the FILEs (the current directory by default).
Sort entries alphabetically if none of -cftuvSUX nor --sort is specified.

  -a, --all                  do not ignore entries starting with .
  -A, --almost-all           do not list implied . and ..
  -b, --escape               print C-style escapes for nongraphic characters
      --block-size=SIZE      with -l, scale sizes by SIZE when printing them
  -B, --ignore-backups       do not list implied entries ending with ~
  -c                         with -lt: sort by, and show, ctime
  -C                         list entries by columns
      --color[=WHEN]         color the output WHEN: always, auto, never
  -d, --directory            list directories themselves, not their contents
  -f                         list all entries in directory order
  -F, --classify[=WHEN]      append indicator (one of */=>@|) to entries WHEN
      --file-type            likewise, except do not append '*'
      --format=WORD          across -x, commas -m, horizontal -x, long -l, single-column -1, verbose -l, vertical -C
      --full-time            like -l --time-style=full-iso
  -g                         like -l, but do not list owner
      --group-directories-first  group directories before files
  -G, --no-group             in a long listing, don't print group names
  -h, --human-readable       with -l and -s, print sizes like 1K 234M 2G etc.
      --si                   likewise, but use powers of 1000 not 1024
  -H, --dereference-command-line  follow symbolic links listed on the command line
      --hide=PATTERN         do not list implied entries matching shell PATTERN
      --indicator-style=WORD  append indicator with style WORD: none, slash (-p), file-type, classify (-F)
  -i, --inode                print the index number of each file
  -I, --ignore=PATTERN       do not list implied entries matching shell PATTERN
  -k, --kibibytes            default to 1024-byte blocks for file system usage
  -l                         use a long listing format
  -L, --dereference          show information for the file that a symbolic link references
  -m                         fill width with a comma separated list of entries
  -n, --numeric-uid-gid      like -l, but list numeric user and group IDs
  -N, --literal              print entry names without quoting
  -o                         like -l, but do not list group information
  -p, --indicator-style=slash  append / indicator to directories
  -q, --hide-control-chars   print ? instead of nongraphic characters
      --show-control-chars   show nongraphic characters as-is
  -Q, --quote-name           enclose entry names in double quotes
      --quoting-style=WORD   literal, shell, shell-always, shell-escape, shell-escape-always, c, escape
  -r, --reverse              reverse order while sorting
  -R, --recursive            list subdirectories recursively
  -s, --size                 print the allocated size of each file, in blocks
  -S                         sort by file size, largest first
      --sort=WORD            sort by WORD instead of name: none (-U), size (-S), time (-t), version (-v), extension (-X), width
      --time=WORD            which time to show and sort by: atime, access, use, ctime, status, birth, creation, mtime
      --time-style=TIME_STYLE  full-iso, long-iso, iso, locale or +FORMAT
  -t                         sort by time, newest first
  -T, --tabsize=COLS         assume tab stops at each COLS instead of 8
  -u                         with -lt: sort by, and show, access time
  -U                         do not sort; list entries in directory order
  -v                         natural sort of (version) numbers within text
  -w, --width=COLS           set output width to COLS.  0 means no limit
  -x                         list entries by lines instead of by columns
  -X                         sort alphabetically by entry extension
      --zero                 end each output line with NUL, not newline
  -1                         list one file per line
`;

export type Format = 'long' | 'single' | 'vertical' | 'across' | 'commas';
export type Sort = 'name' | 'none' | 'size' | 'time' | 'version' | 'extension' | 'width';
export type Quoting =
  'literal' | 'shell' | 'shell-always' | 'shell-escape' | 'shell-escape-always' | 'c' | 'escape';
export type Indicator = 'none' | 'slash' | 'file-type' | 'classify';

export interface LsOptions {
  readonly operands: readonly string[];
  readonly shown: 'visible' | 'almost-all' | 'all';
  readonly ignored: readonly string[];
  readonly hidden: readonly string[];
  readonly format: Format;
  readonly sort: Sort;
  readonly isReversed: boolean;
  readonly isRecursive: boolean;
  readonly isDirectoryItself: boolean;
  readonly directoriesFirst: boolean;
  readonly dereference: 'never' | 'operands-to-directories' | 'operands' | 'all';
  readonly time: 'mtime' | 'atime' | 'ctime' | 'birth';
  /** Formats for recent and older times. */
  readonly timeFormats: readonly [string, string];
  readonly showsInode: boolean;
  readonly showsBlocks: boolean;
  readonly showsOwner: boolean;
  readonly showsGroup: boolean;
  readonly showsAuthor: boolean;
  readonly isNumeric: boolean;
  readonly sizeFormat: SizeFormat;
  readonly blockFormat: SizeFormat;
  readonly quoting: Quoting;
  readonly hidesControls: boolean;
  readonly indicator: Indicator;
  readonly hasColor: boolean;
  readonly width: number;
  readonly tab: number;
  readonly end: '\n' | '\0';
}

const SORT_LETTERS: Readonly<Record<string, Sort>> = {
  S: 'size',
  t: 'time',
  U: 'none',
  v: 'version',
  X: 'extension',
  f: 'none',
};
const FORMAT_LETTERS: Readonly<Record<string, Format>> = {
  l: 'long', n: 'long', g: 'long', o: 'long', 'full-time': 'long', C: 'vertical', x: 'across', m: 'commas', '1': 'single',
}; // prettier-ignore
const FORMAT_WORDS: Readonly<Record<string, Format>> = {
  long: 'long', verbose: 'long', commas: 'commas', horizontal: 'across', across: 'across', vertical: 'vertical', 'single-column': 'single',
}; // prettier-ignore
const TIME_WORDS: Readonly<Record<string, LsOptions['time']>> = {
  atime: 'atime', access: 'atime', use: 'atime', ctime: 'ctime', status: 'ctime', birth: 'birth', creation: 'birth',
  mtime: 'mtime', modification: 'mtime',
}; // prettier-ignore
const TIME_STYLES: Readonly<Record<string, readonly [string, string]>> = {
  'full-iso': ['%Y-%m-%d %H:%M:%S.%N %z', '%Y-%m-%d %H:%M:%S.%N %z'],
  'long-iso': ['%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M'],
  iso: ['%m-%d %H:%M', '%Y-%m-%d '],
  locale: ['%b %e %H:%M', '%b %e  %Y'],
};
const QUOTINGS: readonly Quoting[] = [
  'literal',
  'shell',
  'shell-always',
  'shell-escape',
  'shell-escape-always',
  'c',
  'escape',
];
const SORTS: readonly Sort[] = ['none', 'time', 'size', 'extension', 'version', 'width'];
const INDICATORS: readonly Indicator[] = ['none', 'slash', 'file-type', 'classify'];

const FORMATS: Choices = [
  ['verbose', 'long'],
  ['commas'],
  ['horizontal', 'across'],
  ['vertical'],
  ['single-column'],
];
const TIMES: Choices = [
  ['atime', 'access', 'use'],
  ['ctime', 'status'],
  ['mtime', 'modification'],
  ['birth', 'creation'],
];
const WHEN: Choices = [
  ['always', 'yes', 'force'],
  ['never', 'no', 'none'],
  ['auto', 'tty', 'if-tty'],
];

const when = (word: string | undefined): boolean | undefined => {
  if (word === undefined || ['always', 'yes', 'force'].includes(word)) return true;
  if (['never', 'no', 'none'].includes(word)) return false;
  if (['auto', 'tty', 'if-tty'].includes(word)) return isatty(1);
  return undefined;
};

export function readOptions(argv: string[]): LsOptions {
  const { options, operands } = parse(argv, {
    short: 'abcdfghiklmnopqrstuvw:xABCDFGHI:LNQRST:UXZ1',
    long: {
      all: 'a', 'almost-all': 'A', escape: 'b', 'block-size': 'block-size:', 'ignore-backups': 'B', color: 'color::',
      directory: 'd', classify: 'F::', 'file-type': 'file-type', format: 'format:', 'full-time': 'full-time',
      'group-directories-first': 'directories-first', 'no-group': 'G', 'human-readable': 'h', si: 'si',
      'dereference-command-line': 'H', 'dereference-command-line-symlink-to-dir': 'H-dir', hide: 'hide:',
      'indicator-style': 'indicator:', inode: 'i', ignore: 'I', kibibytes: 'k', dereference: 'L',
      'numeric-uid-gid': 'n', literal: 'N', 'hide-control-chars': 'q', 'show-control-chars': 'show-controls',
      'quote-name': 'Q', 'quoting-style': 'quoting:', reverse: 'r', recursive: 'R', size: 's', sort: 'sort:',
      time: 'time:', 'time-style': 'time-style:', tabsize: 'T', width: 'w', zero: 'zero', author: 'author', context: 'Z',
      hyperlink: 'hyperlink::',
    }, // prettier-ignore
    usage,
    failure: 2,
  });
  const name = argv[0]!;
  const isTerminal = isatty(1);
  function pick<T extends string>(option: string, word: string, valid: readonly T[]): T {
    return choose(
      name,
      `--${option}`,
      word,
      valid.map(item => [item]),
      2,
    ) as T;
  }

  let format: Format | undefined;
  let sort: Sort | undefined;
  let shown: LsOptions['shown'] = 'visible';
  let quoting: Quoting | undefined;
  let indicator: Indicator = 'none';
  let hasColor = false;
  let hidesControls: boolean | undefined;
  let dereference: LsOptions['dereference'] | undefined;
  let time: LsOptions['time'] | undefined;
  let timeStyle: string | undefined;
  let sizes: SizeFormat | undefined;
  let width: number | undefined;
  let tab = 8;
  let end: '\n' | '\0' = '\n';
  let showsBlocks = false;
  const flags = new Set<string>();
  const ignored: string[] = [];
  const hidden: string[] = [];
  for (const { key, value } of options) {
    flags.add(key);
    const letterFormat = FORMAT_LETTERS[key];
    // -1 after -l stays long.
    if (letterFormat && !(key === '1' && format === 'long')) format = letterFormat;
    if (SORT_LETTERS[key]) sort = SORT_LETTERS[key];
    if (key === 's') showsBlocks = true;
    switch (key) {
      case 'a':
        shown = 'all';
        break;
      case 'A':
        shown = 'almost-all';
        break;
      case 'f':
        shown = 'all';
        hasColor = false;
        showsBlocks = false;
        if (format === 'long') format = isTerminal ? 'vertical' : 'single';
        break;
      case 'b':
        quoting = 'escape';
        break;
      case 'N':
        quoting = 'literal';
        break;
      case 'Q':
        quoting = 'c';
        break;
      case 'quoting':
        quoting = pick('quoting-style', value!, QUOTINGS);
        break;
      case 'q':
        hidesControls = true;
        break;
      case 'show-controls':
        hidesControls = false;
        break;
      case 'B':
        ignored.push('*~', '.*~');
        break;
      case 'I':
        ignored.push(value!);
        break;
      case 'hide':
        hidden.push(value!);
        break;
      case 'F': {
        const answer = when(value);
        if (answer === undefined) invalidArgument(name, '--classify', value!, WHEN, 2);
        if (answer) indicator = 'classify';
        break;
      }
      case 'p':
        indicator = 'slash';
        break;
      case 'file-type':
        indicator = 'file-type';
        break;
      case 'indicator':
        indicator = pick('indicator-style', value!, INDICATORS);
        break;
      case 'color': {
        const answer = when(value);
        if (answer === undefined) invalidArgument(name, '--color', value!, WHEN, 2);
        hasColor = answer!;
        break;
      }
      case 'format':
        format = FORMAT_WORDS[choose(name, '--format', value!, FORMATS, 2)]!;
        break;
      case 'sort':
        sort = pick('sort', value!, SORTS);
        break;
      case 'time':
        time = TIME_WORDS[choose(name, '--time', value!, TIMES, 2)]!;
        break;
      case 'c':
        time = 'ctime';
        break;
      case 'u':
        time = 'atime';
        break;
      case 'full-time':
        timeStyle = 'full-iso';
        break;
      case 'time-style':
        timeStyle = value!;
        break;
      case 'h':
        sizes = { human: 1024, block: 1, suffix: '' };
        break;
      case 'si':
        sizes = { human: 1000, block: 1, suffix: '' };
        break;
      case 'block-size':
        sizes = parseBlockSize(value!);
        if (!sizes) {
          warn(`invalid --block-size argument ${quote(value!)}`);
          return usageError(name, '', 2);
        }
        break;
      case 'H':
        dereference = 'operands';
        break;
      case 'H-dir':
        dereference = 'operands-to-directories';
        break;
      case 'L':
        dereference = 'all';
        break;
      case 'w':
        width = /^(0[0-7]*|[1-9]\d*|0x[0-9a-f]+)$/i.test(value!) ? Number(value) : undefined;
        if (width === undefined) {
          return fail(2, `invalid line width: ${quote(value!)}`);
        }
        break;
      case 'T':
        tab = Number(value);
        if (!/^\d+$/.test(value!)) return usageError(name, `invalid tab size: ${quote(value!)}`, 2);
        break;
      case 'zero':
        end = '\0';
        quoting = 'literal';
        hasColor = false;
        hidesControls = false;
        if (format !== 'long') format = 'single';
        break;
    }
  }
  format ??= isTerminal ? 'vertical' : 'single';
  // -t alone sorts; with -c or -u and no -l those sort too.
  if (sort === undefined && time !== undefined && format !== 'long') sort = 'time';
  const isDirectoryItself = flags.has('d');
  dereference ??=
    isDirectoryItself || indicator === 'classify' || format === 'long' ? 'never' : 'operands-to-directories';
  const environmentQuoting = QUOTINGS.find(style => style === env.get('QUOTING_STYLE'));
  quoting ??= environmentQuoting ?? (isTerminal ? 'shell-escape' : 'literal');
  const isDefault = flags.has('k') || !sizes;
  return {
    operands,
    shown,
    ignored,
    hidden,
    format,
    sort: sort ?? 'name',
    isReversed: flags.has('r'),
    isRecursive: flags.has('R') && !isDirectoryItself,
    isDirectoryItself,
    directoriesFirst: flags.has('directories-first'),
    dereference,
    time: time ?? 'mtime',
    timeFormats: readTimeStyle(name, timeStyle ?? env.get('TIME_STYLE') ?? 'locale', timeStyle === undefined),
    showsInode: flags.has('i'),
    showsBlocks,
    showsOwner: !flags.has('g'),
    showsGroup: !flags.has('G') && !flags.has('o'),
    showsAuthor: flags.has('author'),
    isNumeric: flags.has('n'),
    sizeFormat: sizes ?? BYTES,
    blockFormat: sizes ?? (isDefault && flags.has('k') ? KIBIBYTES : defaultBlockSize('LS_BLOCK_SIZE')),
    quoting,
    hidesControls: hidesControls ?? (isTerminal && quoting === 'literal'),
    indicator,
    hasColor,
    width: width ?? terminalWidth(isTerminal),
    tab: hasColor ? 0 : tab,
    end,
  };
}

function terminalWidth(isTerminal: boolean): number {
  const columns = env.get('COLUMNS');
  if (columns !== undefined && /^[1-9]\d*$/.test(columns)) return Number(columns);
  const size = isTerminal ? quietly(() => winsize(1)) : undefined;
  return size?.columns || 80;
}

function readTimeStyle(name: string, style: string, isFromEnvironment: boolean): readonly [string, string] {
  if (style.startsWith('+')) {
    const [recent, older] = style.slice(1).split('\n');
    return older === undefined ? [recent!, recent!] : [older, recent!];
  }
  const bare = style.replace(/^posix-/, '');
  const known =
    TIME_STYLES[bare] ??
    Object.entries(TIME_STYLES).find(([key]) => bare !== '' && key.startsWith(bare))?.[1];
  if (known) return known;
  if (isFromEnvironment) return TIME_STYLES.locale!;
  warn(`invalid argument ${quote(style)} for ${quote('time style')}`);
  return usageError(name, '', 2);
}
