/** readlink(1), realpath(1), pwd(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { env, fail, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { S_ISDIR, tryStat } from '../libc/stat.ts';
import { getcwd, readlink } from '../libc/unistd.ts';
import { reason } from './lib/errors.ts';
import { quotef } from './lib/quote.ts';
import { realPath, relativePath, type Strictness } from './lib/realpath.ts';

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'efmnqsvz',
    long: {
      canonicalize: 'f', 'canonicalize-existing': 'e', 'canonicalize-missing': 'm', 'no-newline': 'n', quiet: 'q',
      silent: 's', verbose: 'v', zero: 'z',
    }, // prettier-ignore
    usage: `Usage: readlink [OPTION]... FILE...
Print value of a symbolic link or canonical file name

  -f, --canonicalize            canonicalize; all but the last component must exist
  -e, --canonicalize-existing   canonicalize; all components must exist
  -m, --canonicalize-missing    canonicalize, without requirements on components existence
  -n, --no-newline              do not output the trailing delimiter
  -q, --quiet, -s, --silent     suppress most error messages (on by default)
  -v, --verbose                 report error messages
  -z, --zero                    end each output line with NUL, not newline
`,
  });
  const { operands } = found;
  if (operands.length === 0) return usageError(argv[0]!, 'missing operand');
  const mode = found.last('e', 'f', 'm');
  const isVerbose = found.last('q', 's', 'v') === 'v' || env.has('POSIXLY_CORRECT');
  let isBare = found.has('n');
  if (isBare && operands.length > 1) {
    warn('ignoring --no-newline with multiple arguments');
    isBare = false;
  }
  const end = isBare ? '' : found.has('z') ? '\0' : '\n';
  const strictness: Strictness = mode === 'e' ? 'existing' : mode === 'f' ? 'last-missing' : 'missing';
  let status = 0;
  for (const name of operands) {
    try {
      stdout.write((mode === undefined ? readlink(name) : realPath(name, strictness)) + end);
    } catch (error) {
      const text = reason(error);
      status = 1;
      if (isVerbose) warn(`${quotef(name)}: ${text}`);
    }
  }
  return status;
}

export function realpathMain(argv: string[]): number {
  const found = parse(argv, {
    short: 'eLmPqsz',
    long: {
      'canonicalize-existing': 'e', 'canonicalize-missing': 'm', logical: 'L', physical: 'P', quiet: 'q',
      'relative-to': 'relative-to:', 'relative-base': 'relative-base:', strip: 's', 'no-symlinks': 's', zero: 'z',
    }, // prettier-ignore
    usage: `Usage: realpath [OPTION]... FILE...
Print the resolved absolute file name; all but the last component must exist

  -e, --canonicalize-existing  all components of the path must exist
  -m, --canonicalize-missing   no path components need exist or be a directory
  -L, --logical                resolve '..' components before symlinks
  -P, --physical               resolve symlinks as encountered (default)
  -q, --quiet                  suppress most error messages
      --relative-to=DIR        print the resolved path relative to DIR
      --relative-base=DIR      print absolute paths unless paths below DIR
  -s, --strip, --no-symlinks   don't expand symlinks
  -z, --zero                   end each output line with NUL, not newline
`,
  });
  if (found.operands.length === 0) return usageError(argv[0]!, 'missing operand');
  const mode = found.last('e', 'm');
  const strictness: Strictness = mode === 'e' ? 'existing' : mode === 'm' ? 'missing' : 'last-missing';
  const keepsLinks = found.last('s', 'P', 'L') === 's';
  const resolve = (path: string) => {
    if (found.last('L', 'P', 's') !== 'L') return realPath(path, strictness, keepsLinks);
    return realPath(realPath(path, 'missing', true), strictness);
  };
  const directory = (option: string): string | undefined => {
    const path = found.value(option);
    if (path === undefined) return undefined;
    try {
      const resolved = resolve(path);
      const status = tryStat(resolved);
      if (strictness !== 'missing' && status && !S_ISDIR(status.mode))
        return fail(1, `${quotef(path)}: Not a directory`);
      return resolved;
    } catch (error) {
      return fail(1, `${quotef(path)}: ${reason(error)}`);
    }
  };
  const base = directory('relative-base');
  const to = directory('relative-to') ?? base;
  const isBelow = (path: string) =>
    base === undefined || base === '/' || path === base || path.startsWith(`${base}/`);
  let status = 0;
  for (const name of found.operands) {
    try {
      const path = resolve(name);
      const isRelative = to !== undefined && isBelow(path) && isBelow(to);
      stdout.write((isRelative ? relativePath(to, path) : path) + (found.has('z') ? '\0' : '\n'));
    } catch (error) {
      const text = reason(error);
      status = 1;
      if (!found.has('q')) warn(`${quotef(name)}: ${text}`);
    }
  }
  return status;
}

export function pwd(argv: string[]): number {
  const found = parse(argv, {
    short: 'LP',
    long: { logical: 'L', physical: 'P' },
    usage: `Usage: pwd [OPTION]...
Print the full filename of the current working directory.

  -L, --logical   use PWD from environment, even if it contains symlinks
  -P, --physical  avoid all symlinks
`,
  });
  if (found.operands.length > 0) warn(`ignoring non-option arguments`);
  if (found.last('L', 'P') === 'L') {
    const logical = env.get('PWD') ?? '';
    const [here, there] = [tryStat('.'), tryStat(logical)];
    const isClean = logical.startsWith('/') && !/\/\.\.?(?:\/|$)/.test(logical);
    if (isClean && here && there && here.ino === there.ino && here.dev === there.dev) {
      stdout.write(logical + '\n');
      return 0;
    }
  }
  try {
    stdout.write(getcwd() + '\n');
    return 0;
  } catch (error) {
    return fail(1, `cannot determine current directory: ${reason(error)}`);
  }
}
