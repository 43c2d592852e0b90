/**
 * Command-line options: getopt_long(3) with the texts of the GNU C library.
 *
 *   const { options, operands } = parse(argv, {
 *     short: '+ab:c::',                       // as in C: ':' argument, '::' optional argument, '+' no permutation
 *     long: { all: 'a', bytes: 'b', color: 'color::' },   // → key of the option found, with ':' or '::' of its own
 *     usage: 'Usage: tool [-a] [-b N] [FILE]...\n…',
 *     failure: 2,                              // exit status after a usage error, 1 if absent
 *   });
 *
 * A long option whose key is a letter of `short` takes an argument as that letter does. Options stand in the order of
 * the command line, as most rules are «the last one wins».
 */
import { env } from './stdlib.ts';
import { stderr, stdout } from './stdio.ts';
import { exit } from './unistd.ts';

export interface OptionSpec {
  readonly short?: string;
  readonly long?: Readonly<Record<string, string>>;
  /** What --help prints. Without it --help and --version are ordinary options. */
  readonly usage?: string;
  readonly failure?: number;
  /** Words that look like options and are operands, after which no options come: `-5` of seq. */
  readonly operand?: RegExp;
}

export interface Option {
  /** The letter, or the key given to a long option. */
  readonly key: string;
  readonly value: string | undefined;
  /** As it was written: `-b`, `--bytes`. */
  readonly name: string;
}

export class Options {
  readonly options: Option[] = [];
  readonly operands: string[] = [];

  /** Whether any of these options was given. */
  has(...keys: string[]): boolean {
    return this.options.some(option => keys.includes(option.key));
  }
  /** The argument of the last of these options; undefined if none was given (or the last had no argument). */
  value(...keys: string[]): string | undefined {
    return this.options.findLast(option => keys.includes(option.key))?.value;
  }
  /** The arguments of all of these options. */
  values(...keys: string[]): string[] {
    return this.options.filter(option => keys.includes(option.key)).map(option => option.value ?? '');
  }
  /** Which of these options came last. */
  last(...keys: string[]): string | undefined {
    return this.options.findLast(option => keys.includes(option.key))?.key;
  }
}

/** The user's mistake, as GNU getopt words it (without the program's name). */
export class UsageError extends Error {}

const HELP = '--help';
const VERSION = '--version';

type Argument = 'none' | 'required' | 'optional';

function argumentOf(spec: string, at: number): Argument {
  if (spec[at] !== ':') return 'none';
  return spec[at + 1] === ':' ? 'optional' : 'required';
}

function shortArgument(short: string, letter: string): Argument | undefined {
  if (letter === ':' || letter === '+') return undefined;
  const at = short.indexOf(letter);
  return at < 0 ? undefined : argumentOf(short, at + 1);
}

/** Parses the arguments after argv[0]. Throws UsageError; touches nothing else. */
export function scan(argv: readonly string[], spec: OptionSpec, isPosixlyCorrect = false): Options {
  const found = new Options();
  const short = spec.short ?? '';
  const long: Record<string, string> = { ...spec.long };
  if (spec.usage !== undefined) {
    long.help ??= HELP;
    long.version ??= VERSION;
  }
  const isPermuted = !short.startsWith('+') && !isPosixlyCorrect;
  let i = 1;

  const addLong = (text: string): void => {
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    const full = findLong(long, name, text);
    const [, key, colons] = /^(.*?)(:{0,2})$/s.exec(long[full]!)!;
    let takes = argumentOf(colons!, 0);
    if (takes === 'none' && key!.length === 1) takes = shortArgument(short, key!) ?? 'none';
    let value = equals < 0 ? undefined : text.slice(equals + 1);
    if (takes === 'none' && value !== undefined)
      throw new UsageError(`option '--${full}' doesn't allow an argument`);
    if (takes === 'required' && value === undefined) {
      if (i >= argv.length) throw new UsageError(`option '--${full}' requires an argument`);
      value = argv[i++];
    }
    found.options.push({ key: key!, value, name: `--${full}` });
  };

  const addCluster = (cluster: string): void => {
    for (let at = 1; at < cluster.length; at++) {
      const letter = cluster[at]!;
      const takes = shortArgument(short, letter);
      if (takes === undefined) throw new UsageError(`invalid option -- '${letter}'`);
      let value: string | undefined;
      if (takes !== 'none') {
        if (at + 1 < cluster.length) value = cluster.slice(at + 1);
        else if (takes === 'required') {
          if (i >= argv.length) throw new UsageError(`option requires an argument -- '${letter}'`);
          value = argv[i++];
        }
        at = cluster.length;
      }
      found.options.push({ key: letter, value, name: `-${letter}` });
    }
  };

  while (i < argv.length) {
    const word = argv[i++]!;
    if (word === '--') break;
    if (spec.operand?.test(word)) {
      found.operands.push(word);
      break;
    }
    if (word.startsWith('--')) addLong(word.slice(2));
    else if (word.length > 1 && word.startsWith('-')) addCluster(word);
    else {
      found.operands.push(word);
      if (!isPermuted) break;
    }
  }
  found.operands.push(...argv.slice(i));
  return found;
}

/** The long option that `name` means: itself, or the only one that begins so. */
function findLong(long: Record<string, string>, name: string, text: string): string {
  if (Object.hasOwn(long, name)) return name;
  const matches = Object.keys(long).filter(candidate => candidate.startsWith(name));
  if (matches.length === 0) throw new UsageError(`unrecognized option '--${text}'`);
  // Several names of one option are no ambiguity.
  if (new Set(matches.map(match => long[match])).size > 1) {
    const list = matches.map(match => `'--${match}'`).join(' ');
    throw new UsageError(`option '--${text}' is ambiguous; possibilities: ${list}`);
  }
  return matches[0]!;
}

/** Parses the arguments; on a mistake prints GNU's two lines and exits. Answers --help and --version. */
export function parse(argv: readonly string[], spec: OptionSpec): Options {
  try {
    const found = scan(argv, spec, env.has('POSIXLY_CORRECT'));
    if (found.has(HELP)) {
      const usage = spec.usage ?? '';
      stdout.write(usage.endsWith('\n') ? usage : `${usage}\n`);
      exit(0);
    }
    if (found.has(VERSION)) {
      stdout.write(`${argv[0]} (Lodger) 0.1.0\n`);
      exit(0);
    }
    return found;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return usageError(argv[0]!, error.message, spec.failure ?? 1);
  }
}

/** «name: message», «Try 'name --help' for more information.», exit. An empty message leaves only the second line. */
export function usageError(name: string, message: string, status = 1): never {
  if (message !== '') stderr.write(`${name}: ${message}\n`);
  stderr.write(`Try '${name} --help' for more information.\n`);
  return exit(status);
}
