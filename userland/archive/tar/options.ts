/** The command line of tar, in all its styles: `tar cf x`, `tar -cf x`, `tar --create --file=x`. */
import { type Option, UsageError, scan } from '../../libc/getopt.ts';
import { stdout } from '../../libc/stdio.ts';
import { exit } from '../../libc/unistd.ts';
import type { Timespec } from '../../../kernel/time/timespec.ts';
import { type ModeChange, parseMode } from '../../coreutils/lib/mode.ts';
import { Directories } from './directories.ts';
import type { Format } from './header.ts';
import { FORMATS, GROUPS, USERS, dateOf, linesOf, oneOf, ownerOf } from './option-values.ts';
import { BACKUP_PATTERNS, Exclusions, type PatternStyle, VCS_PATTERNS } from './patterns.ts';
import { BAD_OPTION, misused } from './report.ts';
import { type Transform, parseTransforms } from './transform.ts';
import { LONG, SHORT, usage } from './usage.ts';

export interface Operand {
  readonly name: string;
  readonly directory: number;
  readonly style: PatternStyle;
  readonly isRecursive: boolean;
  /** How many --exclude patterns came before it: in an archive that is made only those count. */
  readonly exclusionCount: number;
}

export type Existing = 'replace' | 'keep' | 'skip' | 'keep-newer' | 'overwrite' | 'unlink-first';

export interface TarOptions {
  mode: 'c' | 'x' | 't' | 'r' | 'u' | 'd' | '';
  archive: string;
  /** Program and arguments that (de)compress; 'gzip' is built in; 'auto': by suffix or content. */
  compressor: string;
  verbosity: number;
  format: Format;
  blockingFactor: number;
  operands: Operand[];
  directories: Directories;
  exclusions: Exclusions;
  sort: 'none' | 'name' | 'inode';
  followsLinks: boolean;
  followsHardLinks: boolean;
  staysOnFileSystem: boolean;
  removesFiles: boolean;
  mtime: Timespec | undefined;
  clampsMtime: boolean;
  newerThan: Timespec | undefined;
  newerByContent: boolean;
  owner: { name: string; id: number } | undefined;
  group: { name: string; id: number } | undefined;
  modeChange: ModeChange | undefined;
  isNumericOwner: boolean;
  keepsLeading: boolean;
  transforms: Transform[];
  strip: number;
  showsTransformed: boolean;
  toStdout: boolean;
  existing: Existing;
  overwritesDirectories: boolean;
  keepsPermissions: boolean | undefined;
  keepsOwner: boolean | undefined;
  touches: boolean;
  ignoresZeros: boolean;
  showsTotals: boolean;
  isUtc: boolean;
  hasFullTime: boolean;
  topLevel: string | undefined;
  ignoresFailedReads: boolean;
}

function defaults(): TarOptions {
  return {
    mode: '', archive: '-', compressor: '', verbosity: 0, format: 'gnu', blockingFactor: 20, operands: [],
    directories: new Directories(), exclusions: new Exclusions(), sort: 'none', followsLinks: false,
    followsHardLinks: false, staysOnFileSystem: false, removesFiles: false, mtime: undefined, clampsMtime: false,
    newerThan: undefined, newerByContent: false, owner: undefined, group: undefined, modeChange: undefined,
    isNumericOwner: false, keepsLeading: false, transforms: [], strip: 0, showsTransformed: false, toStdout: false,
    existing: 'replace', overwritesDirectories: true, keepsPermissions: undefined, keepsOwner: undefined,
    touches: false, ignoresZeros: false, showsTotals: false, isUtc: false, hasFullTime: false, topLevel: undefined,
    ignoresFailedReads: false,
  }; // prettier-ignore
}

type Token = { readonly option: Option } | { readonly operand: string };

/** Options and operands in their order, which matters for -C. */
function* tokens(argv: readonly string[]): Generator<Token> {
  let rest = argv.slice(1);
  const bundle = rest[0];
  if (bundle !== undefined && !bundle.startsWith('-') && bundle !== '') {
    // Old style: letters first, then their arguments in the same order.
    let next = 1;
    const words: string[] = [];
    for (const letter of bundle) {
      const takesValue = SHORT.includes(`${letter}:`);
      if (takesValue && next >= rest.length) misused(`Old option '${letter}' requires an argument.`);
      words.push(takesValue ? `-${letter}${rest[next++]}` : `-${letter}`);
    }
    rest = [...words, ...rest.slice(next)];
  }
  for (;;) {
    const found = scan(['tar', ...rest], { short: `+${SHORT}`, long: LONG, usage });
    for (const option of found.options) yield { option };
    const { operands } = found;
    if (operands.length === 0) return;
    const consumed = rest.length - operands.length;
    if (consumed > 0 && rest[consumed - 1] === '--') {
      for (const operand of operands) yield { operand };
      return;
    }
    yield { operand: operands[0]! };
    rest = operands.slice(1);
  }
}

class Parser {
  readonly options = defaults();
  #directory = 0;
  #delimiter = '\n';
  #exclude: PatternStyle = { hasWildcards: true, isAnchored: false, ignoresCase: false, matchesSlash: true };
  #include: PatternStyle = { hasWildcards: false, isAnchored: true, ignoresCase: false, matchesSlash: true };
  #isRecursive = true;
  #hasModeTwice = false;

  parse(argv: readonly string[]): TarOptions {
    try {
      for (const token of tokens(argv)) {
        if ('operand' in token) this.#operand(token.operand);
        else this.#option(token.option.key, token.option.value ?? '');
      }
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
      misused(thrown.message, BAD_OPTION);
    }
    if (this.#hasModeTwice) {
      misused("You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option");
    }
    return this.options;
  }

  #operand(name: string): void {
    this.options.operands.push({
      name,
      directory: this.#directory,
      style: this.#include,
      isRecursive: this.#isRecursive,
      exclusionCount: this.options.exclusions.count,
    });
  }

  #setMode(mode: TarOptions['mode']): void {
    if (this.options.mode !== '' && this.options.mode !== mode) this.#hasModeTwice = true;
    this.options.mode = mode;
  }

  #setStyle(change: Partial<PatternStyle>): void {
    this.#exclude = { ...this.#exclude, ...change };
    this.#include = { ...this.#include, ...change };
  }

  #compressWith(program: string): void {
    const { compressor } = this.options;
    if (compressor !== '' && compressor !== 'auto' && compressor !== program)
      misused('Conflicting compression options');
    this.options.compressor = program;
  }

  #namesFrom(file: string): void {
    for (const line of linesOf(file, this.#delimiter)) {
      const change = this.#delimiter === '\n' ? /^-C\s*(.+)$/.exec(line) : null;
      if (change) this.#option('C', change[1]!);
      else this.#operand(line);
    }
  }

  #option(key: string, value: string): void {
    const { options } = this;
    const { exclusions } = options;
    switch (key) {
      case 'c':
      case 'x':
      case 't':
      case 'r':
      case 'u':
      case 'd':
        return this.#setMode(key);
      case 'f':
        options.archive = value;
        return;
      case 'z':
        return this.#compressWith('gzip');
      case 'j':
        return this.#compressWith('bzip2');
      case 'J':
        return this.#compressWith('xz');
      case 'zstd':
      case 'lzip':
      case 'lzma':
      case 'lzop':
        return this.#compressWith(key);
      case 'a':
        options.compressor = 'auto';
        return;
      case 'I':
        return this.#compressWith(value);
      case 'v':
        options.verbosity++;
        return;
      case 'C':
        this.#directory = options.directories.add(value);
        return;
      case 'T':
        return this.#namesFrom(value);
      case 'null':
        this.#delimiter = '\0';
        return;
      case 'no-null':
        this.#delimiter = '\n';
        return;
      case 'add-file':
        return this.#operand(value);
      case 'X':
        for (const line of linesOf(value, '\n')) exclusions.add(line, this.#exclude);
        return;
      case 'exclude':
        return exclusions.add(value, this.#exclude);
      case 'exclude-vcs':
        for (const name of VCS_PATTERNS) exclusions.add(name, { ...this.#exclude, hasWildcards: false });
        return;
      case 'exclude-backups':
        for (const name of BACKUP_PATTERNS) exclusions.add(name, this.#exclude);
        return;
      case 'exclude-caches':
        return exclusions.addTag('CACHEDIR.TAG', 'tag');
      case 'exclude-tag':
        return exclusions.addTag(value, 'tag');
      case 'exclude-tag-under':
        return exclusions.addTag(value, 'contents');
      case 'exclude-tag-all':
        return exclusions.addTag(value, 'nothing');
      case 'wildcards':
        return this.#setStyle({ hasWildcards: true });
      case 'no-wildcards':
        return this.#setStyle({ hasWildcards: false });
      case 'anchored':
        return this.#setStyle({ isAnchored: true });
      case 'no-anchored':
        return this.#setStyle({ isAnchored: false });
      case 'ignore-case':
        return this.#setStyle({ ignoresCase: true });
      case 'no-ignore-case':
        return this.#setStyle({ ignoresCase: false });
      case 'wildcards-match-slash':
        return this.#setStyle({ matchesSlash: true });
      case 'no-wildcards-match-slash':
        return this.#setStyle({ matchesSlash: false });
      case 'recursion':
        this.#isRecursive = true;
        return;
      case 'no-recursion':
        this.#isRecursive = false;
        return;
      default:
        return this.#simpleOption(key, value);
    }
  }

  #simpleOption(key: string, value: string): void {
    const { options } = this;
    switch (key) {
      case 'b':
        options.blockingFactor = Number(value);
        if (!(options.blockingFactor >= 1 && options.blockingFactor <= 65536))
          misused('Invalid blocking factor');
        return;
      case 'record-size':
        options.blockingFactor = Math.floor(Number(value) / 512);
        if (!(options.blockingFactor >= 1 && options.blockingFactor <= 65536)) misused('Invalid record size');
        return;
      case 'H':
        options.format = FORMATS[value] ?? misused(`${value}: Invalid archive format`);
        return;
      case 'v7':
      case 'posix':
        options.format = key;
        return;
      case 'h':
        options.followsLinks = true;
        return;
      case 'hard-dereference':
        options.followsHardLinks = true;
        return;
      case 'one-file-system':
        options.staysOnFileSystem = true;
        return;
      case 'remove-files':
        options.removesFiles = true;
        return;
      case 'sort':
        options.sort = oneOf('--sort', value, ['none', 'name', 'inode']);
        return;
      case 'mtime':
        options.mtime = dateOf(value);
        return;
      case 'clamp-mtime':
        options.clampsMtime = true;
        return;
      case 'N':
      case 'newer-mtime':
        options.newerThan = dateOf(value);
        options.newerByContent = key === 'newer-mtime';
        return;
      case 'owner':
        options.owner = ownerOf(value, USERS);
        return;
      case 'group':
        options.group = ownerOf(value, GROUPS);
        return;
      case 'mode':
        options.modeChange = parseMode(value) ?? misused('Invalid mode given on option');
        return;
      case 'numeric-owner':
        options.isNumericOwner = true;
        return;
      case 'P':
        options.keepsLeading = true;
        return;
      case 'transform':
        options.transforms.push(...parseTransforms(value));
        return;
      case 'strip-components':
        if (!/^[0-9]+$/.test(value)) misused(`${value}: Invalid number of elements`);
        options.strip = Number(value);
        return;
      case 'show-transformed-names':
        options.showsTransformed = true;
        return;
      case 'O':
        options.toStdout = true;
        return;
      case 'k':
        options.existing = 'keep';
        return;
      case 'skip-old-files':
        options.existing = 'skip';
        return;
      case 'keep-newer-files':
        options.existing = 'keep-newer';
        return;
      case 'overwrite':
        options.existing = 'overwrite';
        return;
      case 'U':
        options.existing = 'unlink-first';
        return;
      case 'no-overwrite-dir':
        options.overwritesDirectories = false;
        return;
      case 'p':
        options.keepsPermissions = true;
        return;
      case 'no-same-permissions':
        options.keepsPermissions = false;
        return;
      case 's':
        return;
      case 'same-owner':
        options.keepsOwner = true;
        return;
      case 'o':
        options.keepsOwner = false;
        return;
      case 'm':
        options.touches = true;
        return;
      case 'i':
        options.ignoresZeros = true;
        return;
      case 'totals':
        options.showsTotals = true;
        return;
      case 'utc':
        options.isUtc = true;
        return;
      case 'full-time':
        options.hasFullTime = true;
        return;
      case 'one-top-level':
        options.topLevel = value;
        return;
      case 'ignore-failed-read':
        options.ignoresFailedReads = true;
        return;
      case '--help':
        stdout.write(usage);
        exit(0);
        return;
      case '--version':
        stdout.write('tar (Lodger) 0.1.0\n');
        exit(0);
    }
  }
}

export function readOptions(argv: readonly string[]): TarOptions {
  return new Parser().parse(argv);
}
