/**
 * The command line of ps, in its three dialects: `-ef` (POSIX), `aux` (BSD), `--sort=pid` (GNU). A word that makes no
 * sense in the first way is taken in the second, as `ps -aux` is.
 */
import { groupByName, userByName } from '../../libc/pwd.ts';
import { unlessFailed } from '../lib/files.ts';
import { ttyDevice } from '../lib/tty-name.ts';
import { tryReadlink } from '../lib/files.ts';
import { stat } from '../../libc/stat.ts';
import * as formats from './formats.ts';

/** The user's mistake; shown with the usage. */
export class PsError extends Error {}

export interface Selection {
  pids: number[];
  ppids: number[];
  sessions: number[];
  effectiveUsers: number[];
  realUsers: number[];
  effectiveGroups: number[];
  realGroups: number[];
  terminals: number[];
  commands: string[];
}
export type ListName = keyof Selection;

export interface PsOptions {
  readonly selection: Selection;
  /** Some list was given, even an empty one: the default selection does not apply. */
  hasList: boolean;
  all: boolean;
  /** -a, -d; BSD's a and x. */
  simple: Set<'-a' | '-d' | 'a' | 'x'>;
  isBsd: boolean;
  isRunningOnly: boolean;
  isNegated: boolean;
  readonly chosen: formats.Chosen;
  sort: { readonly name: string; readonly isDescending: boolean }[];
  threads: 'none' | '-L' | '-T' | 'H';
  forest: 'none' | 'lines' | 'blanks';
  headings: 'normal' | 'none';
  isCumulative: boolean;
  showsEnvironment: boolean;
  showsNames: boolean;
  /** Times that w was given. */
  wide: number;
  columns: number;
  shows: 'processes' | 'formats' | 'help' | 'version';
}

function emptySelection(): Selection {
  return {
    pids: [], ppids: [], sessions: [], effectiveUsers: [], realUsers: [], effectiveGroups: [], realGroups: [],
    terminals: [], commands: [],
  }; // prettier-ignore
}

function newOptions(): PsOptions {
  return {
    selection: emptySelection(),
    hasList: false,
    all: false,
    simple: new Set(),
    isBsd: false,
    isRunningOnly: false,
    isNegated: false,
    chosen: formats.nothingChosen(),
    sort: [],
    threads: 'none',
    forest: 'none',
    headings: 'normal',
    isCumulative: false,
    showsEnvironment: false,
    showsNames: false,
    wide: 0,
    columns: 0,
    shows: 'processes',
  };
}

const words = (text: string): string[] => text.split(/[ ,\t\n]+/);

function numbers(text: string, what: string): number[] {
  return words(text).map(word => {
    if (!/^\d+$/.test(word)) throw new PsError(`${what} list syntax error`);
    return Number(word);
  });
}
function userIds(text: string): number[] {
  return words(text).map(word => {
    const user = userByName(word)?.uid ?? (/^\d+$/.test(word) ? Number(word) : undefined);
    if (user === undefined) throw new PsError('user name does not exist');
    return user;
  });
}
function groupIds(text: string): number[] {
  return words(text).map(word => {
    const group = groupByName(word)?.gid ?? (/^\d+$/.test(word) ? Number(word) : undefined);
    if (group === undefined) throw new PsError('group name does not exist');
    return group;
  });
}
function devices(text: string): number[] {
  return words(text).map(word => {
    if (word === '-' || word === '?') return 0;
    const device = ttyDevice(word);
    if (device === undefined) throw new PsError('TTY could not be found');
    return device;
  });
}
/** The terminal of standard output, for a t without a name. */
function ownTerminal(): number {
  for (const fd of [2, 1, 0]) {
    const path = tryReadlink(`/proc/self/fd/${fd}`) ?? '';
    if (/^\/dev\/(tty|pts)/.test(path)) return unlessFailed(() => stat(path).rdev) ?? 0;
  }
  throw new PsError('TTY could not be found');
}

/** Reads the arguments after argv[0]. */
export function parseArguments(args: readonly string[], env: ReadonlyMap<string, string>): PsOptions {
  const columns = Number(env.get('COLUMNS') ?? 0) || 0;
  try {
    return new Parser(args, 'by-dash').run(columns);
  } catch (error) {
    if (!(error instanceof PsError)) throw error;
    try {
      return new Parser(args, 'bsd').run(columns);
    } catch (second) {
      if (second instanceof PsError) throw error;
      throw second;
    }
  }
}

class Parser {
  readonly #args: readonly string[];
  readonly #dialect: 'by-dash' | 'bsd';
  readonly #o = newOptions();
  #at = 0;

  constructor(args: readonly string[], dialect: 'by-dash' | 'bsd') {
    this.#args = args;
    this.#dialect = dialect;
  }

  run(columns: number): PsOptions {
    this.#o.columns = columns;
    while (this.#at < this.#args.length) {
      const word = this.#args[this.#at++]!;
      if (word.startsWith('--')) this.#long(word.slice(2));
      else if (/^-?[0-9]/.test(word) && this.#dialect === 'by-dash')
        this.#list('pids', numbers(word.replace('-', ''), 'process ID'));
      else if (word.startsWith('-') && word.length > 1 && this.#dialect === 'by-dash') this.#posix(word);
      else this.#bsd(word);
    }
    return this.#o;
  }

  #list<K extends ListName>(name: K, values: Selection[K]): void {
    (this.#o.selection[name] as unknown[]).push(...values);
    this.#o.hasList = true;
  }
  /** The rest of a word, or the next word. */
  #value(word: string, at: number, message: string): string {
    if (at + 1 < word.length) return word.slice(at + 1);
    if (this.#at >= this.#args.length) throw new PsError(message);
    return this.#args[this.#at++]!;
  }
  #sort(text: string): void {
    for (const word of text.split(',')) {
      const [, sign, name] = /^([+-]?)(.*)$/.exec(word)!;
      if (!formats.isColumn(name!)) throw new PsError('unknown sort specifier');
      this.#o.sort.push({ name: name!, isDescending: sign === '-' });
    }
  }

  #posix(word: string): void {
    const o = this.#o;
    const { chosen } = o;
    for (let i = 1; i < word.length; i++) {
      const value = (message: string): string => {
        const text = this.#value(word, i, message);
        i = word.length;
        return text;
      };
      switch (word[i]) {
        case 'A':
        case 'e':
          o.all = true;
          break;
        case 'a':
          o.simple.add('-a');
          break;
        case 'd':
          o.simple.add('-d');
          break;
        case 'N':
          o.isNegated = !o.isNegated;
          break;
        case 'p':
          this.#list('pids', numbers(value('list of process IDs must follow -p'), 'process ID'));
          break;
        case 'q':
          this.#list('pids', numbers(value('list of process IDs must follow -q'), 'process ID'));
          break;
        case 'u':
          this.#list('effectiveUsers', userIds(value('list of users must follow -u')));
          break;
        case 'U':
          this.#list('realUsers', userIds(value('list of real users must follow -U')));
          break;
        case 'G':
          this.#list('realGroups', groupIds(value('list of real groups must follow -G')));
          break;
        case 'g': {
          const text = value('list of session leaders OR effective group names must follow -g');
          if (words(text).every(item => /^\d+$/.test(item))) this.#list('sessions', numbers(text, 'session'));
          else this.#list('effectiveGroups', groupIds(text));
          break;
        }
        case 's':
          this.#list('sessions', numbers(value('list of session IDs must follow -s'), 'session ID'));
          break;
        case 't':
          this.#list('terminals', devices(value('list of terminals (pty, tty...) must follow -t')));
          break;
        case 'C':
          this.#list('commands', value('list of command names must follow -C').split(/[ ,]+/));
          break;
        case 'o':
          formats.addColumns(chosen, value('format specification must follow -o'));
          break;
        case 'O':
          formats.addExtra(chosen, value('format or sort specification must follow -O'), 'posix');
          break;
        case 'f':
        case 'F':
        case 'l':
        case 'j':
        case 'c':
        case 'y':
          chosen.letters.add(`-${word[i]!}` as formats.Letter);
          break;
        case 'M':
        case 'Z':
        case 'n':
          break;
        case 'P':
          chosen.letters.add('-P');
          break;
        case 'L':
          o.threads = '-L';
          chosen.letters.add('-L');
          break;
        case 'T':
          o.threads = '-T';
          chosen.letters.add('-T');
          break;
        case 'm':
          o.threads = '-L';
          break;
        case 'H':
          o.forest = 'blanks';
          break;
        case 'w':
          o.wide++;
          break;
        case 'V':
          o.shows = 'version';
          break;
        default:
          throw new PsError('unsupported SysV option');
      }
    }
  }

  #bsd(word: string): void {
    const o = this.#o;
    const { chosen } = o;
    o.isBsd = true;
    for (let i = word.startsWith('-') ? 1 : 0; i < word.length; i++) {
      const value = (message: string): string => {
        const text = this.#value(word, i, message);
        i = word.length;
        return text;
      };
      const letter = word[i]!;
      switch (letter) {
        case 'a':
        case 'x':
          o.simple.add(letter);
          break;
        case 'g':
          break;
        case 'c':
          o.showsNames = true;
          break;
        case 'e':
          o.showsEnvironment = true;
          break;
        case 'f':
          o.forest = 'lines';
          break;
        case 'H':
          o.threads = 'H';
          break;
        case 'm':
          o.threads = 'H';
          break;
        case 'h':
          o.headings = 'none';
          break;
        case 'k':
          this.#sort(value('long sort specification must follow k'));
          break;
        case 'L':
          o.shows = 'formats';
          break;
        case 'j':
        case 'l':
        case 's':
        case 'u':
        case 'v':
        case 'X':
          chosen.letters.add(letter);
          break;
        case 'N':
        case 'n':
          break;
        case 'o':
          formats.addColumns(chosen, value('format specification must follow o'));
          break;
        case 'O': {
          const text = value('format or sort specification must follow O');
          formats.addExtra(chosen, text, 'bsd');
          break;
        }
        case 'p':
          this.#list('pids', numbers(value('list of process IDs must follow p'), 'process ID'));
          break;
        case 'q':
          this.#list('pids', numbers(value('list of process IDs must follow q'), 'process ID'));
          break;
        case 'r':
          o.isRunningOnly = true;
          break;
        case 'S':
          o.isCumulative = true;
          break;
        case 'T':
          this.#list('terminals', [ownTerminal()]);
          break;
        case 't': {
          const rest = word.slice(i + 1);
          i = word.length;
          this.#list('terminals', rest === '' ? [ownTerminal()] : devices(rest));
          break;
        }
        case 'U':
          this.#list('effectiveUsers', userIds(value('list of users must follow U')));
          break;
        case 'V':
          o.shows = 'version';
          break;
        case 'w':
          o.wide++;
          break;
        case 'Z':
          break;
        default:
          if (/[0-9]/.test(letter) && i === 0) {
            this.#list('pids', numbers(word, 'process ID'));
            i = word.length;
            break;
          }
          throw new PsError(
            word.startsWith('-') ? 'unsupported option (BSD syntax)' : 'unsupported option (BSD syntax)',
          );
      }
    }
  }

  #long(word: string): void {
    const o = this.#o;
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = (message: string): string => {
      if (equals >= 0) return word.slice(equals + 1);
      if (this.#at >= this.#args.length) throw new PsError(message);
      return this.#args[this.#at++]!;
    };
    switch (name) {
      case 'pid':
      case 'quick-pid':
        return this.#list('pids', numbers(value('list of process IDs must follow --pid'), 'process ID'));
      case 'ppid':
        return this.#list('ppids', numbers(value('list of process IDs must follow --ppid'), 'process ID'));
      case 'sid':
        return this.#list('sessions', numbers(value('some sid thing(s) must follow --sid'), 'session ID'));
      case 'user':
        return this.#list('effectiveUsers', userIds(value('some user thing(s) must follow --user')));
      case 'User':
        return this.#list('realUsers', userIds(value('some User thing(s) must follow --User')));
      case 'group':
        return this.#list(
          'effectiveGroups',
          groupIds(value('list of effective group names or IDs must follow --group')),
        );
      case 'Group':
        return this.#list('realGroups', groupIds(value('list of real groups must follow --Group')));
      case 'tty':
        return this.#list('terminals', devices(value('list of ttys must follow --tty')));
      case 'sort':
        return this.#sort(value('long sort specification must follow --sort'));
      case 'format':
        return formats.addColumns(o.chosen, value('format specification must follow --format'));
      case 'cols':
      case 'columns':
      case 'width':
        o.columns = Number(value(`number of columns must follow --cols, --width, or --columns`)) || 0;
        return;
      case 'lines':
      case 'rows':
        value('number of rows must follow --rows or --lines');
        return;
      case 'headers':
      case 'heading':
      case 'headings':
        return;
      case 'no-headers':
      case 'no-heading':
      case 'no-headings':
      case 'noheader':
      case 'noheaders':
        o.headings = 'none';
        return;
      case 'forest':
        o.forest = 'lines';
        return;
      case 'deselect':
        o.isNegated = !o.isNegated;
        return;
      case 'cumulative':
        o.isCumulative = true;
        return;
      case 'help':
        o.shows = 'help';
        return;
      case 'version':
        o.shows = 'version';
        return;
      default:
        throw new PsError('unknown gnu long option');
    }
  }
}
