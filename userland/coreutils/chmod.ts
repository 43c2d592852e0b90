/** chmod(1). */
import { parse, usageError } from '../libc/getopt.ts';
import {
  AT_SYMLINK_NOFOLLOW,
  chmod,
  type FileStatus,
  modeString,
  S_IFMT,
  S_ISLNK,
  stat,
  tryStat,
  umask,
} from '../libc/stat.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { isError, reason } from './lib/errors.ts';
import { applyMode, type ModeChange, parseMode } from './lib/mode.ts';
import { walkTree } from './lib/tree.ts';
import { quote, quoteaf } from './lib/quote.ts';

const usage = `Usage: chmod [OPTION]... MODE[,MODE]... FILE...
  or:  chmod [OPTION]... OCTAL-MODE FILE...
  or:  chmod [OPTION]... --reference=RFILE FILE...
Change the mode of each FILE to MODE.

  -c, --changes          like verbose but report only when a change is made
  -f, --silent, --quiet  suppress most error messages
  -v, --verbose          output a diagnostic for every file processed
      --no-preserve-root  do not treat '/' specially (the default)
      --preserve-root    fail to operate recursively on '/'
      --reference=RFILE  use RFILE's mode instead of MODE values
  -R, --recursive        change files and directories recursively
`;

/** A mode that begins with a minus (`-x`, `-rwx`) is no option. */
const MINUS_MODE = /^-[rwxXstugo]+(?:[,+=-].*)?$|^-[0-7]+$/;

export function main(argv: string[]): number {
  const at = argv.findIndex((word, i) => i > 0 && (word === '--' || MINUS_MODE.test(word)));
  const minusMode = at > 0 && argv[at] !== '--' ? argv[at] : undefined;
  const found = parse(minusMode === undefined ? argv : argv.toSpliced(at, 1), {
    short: 'cfvR',
    long: {
      changes: 'c',
      silent: 'f',
      quiet: 'f',
      verbose: 'v',
      recursive: 'R',
      reference: 'reference:',
      'preserve-root': 'preserve-root',
      'no-preserve-root': 'no-preserve-root',
    },
    usage,
  });
  const reference = found.value('reference');
  const files = found.operands.slice();
  let modeText = minusMode;
  if (reference === undefined && modeText === undefined) modeText = files.shift();
  if (reference === undefined && modeText === undefined) return usageError(argv[0]!, 'missing operand');
  if (files.length === 0) {
    return usageError(
      argv[0]!,
      modeText === undefined ? 'missing operand' : `missing operand after ${quote(modeText)}`,
    );
  }
  let change: ModeChange | undefined;
  if (reference !== undefined) {
    try {
      change = { kind: 'octal', bits: stat(reference).mode & 0o7777, digits: 5 };
    } catch (error) {
      return fail(1, `failed to get attributes of ${quoteaf(reference)}: ${reason(error)}`);
    }
  } else change = parseMode(modeText!);
  if (!change) return usageError(argv[0]!, `invalid mode: ${quote(modeText!)}`);
  const mask = umask(0);
  umask(mask);
  const isQuiet = found.has('f');
  let status = 0;
  const report = found.has('v') ? 'all' : found.has('c') ? 'changes' : 'none';

  const change1 = (path: string, before: FileStatus) => {
    // The mask matters only for `+x` without who; GNU says so when it held something back.
    const wanted = applyMode(change, before.mode, mask);
    let after = before.mode & 0o7777;
    let error: unknown;
    try {
      chmod(path, wanted);
      after = wanted;
    } catch (caught) {
      error = caught;
      status = 1;
      if (!isQuiet) warn(`changing permissions of ${quoteaf(path)}: ${reason(caught)}`);
    }
    tell(path, before.mode, wanted, error !== undefined);
    if (minusMode !== undefined && error === undefined) {
      const naive = applyMode(change, before.mode, 0);
      if ((after & ~naive) !== 0) {
        status = 1;
        const show = (mode: number) => modeString((before.mode & S_IFMT) | mode).slice(1);
        if (!isQuiet) warn(`${path}: new permissions are ${show(after)}, not ${show(naive)}`);
      }
    }
  };
  const tell = (path: string, before: number, wanted: number, isFailed: boolean) => {
    const text = (mode: number) =>
      `${(mode & 0o7777).toString(8).padStart(4, '0')} (${modeString((before & S_IFMT) | (mode & 0o7777)).slice(1)})`;
    const isChanged = (before & 0o7777) !== wanted;
    if (report === 'none' || (report === 'changes' && (!isChanged || isFailed))) return;
    const name = quoteaf(path);
    if (isFailed) stdout.write(`failed to change mode of ${name} from ${text(before)} to ${text(wanted)}\n`);
    else if (isChanged) stdout.write(`mode of ${name} changed from ${text(before)} to ${text(wanted)}\n`);
    else stdout.write(`mode of ${name} retained as ${text(wanted)}\n`);
  };

  for (const file of files) {
    if (found.has('R')) {
      walkTree(file, 'operands', {
        before: visit => {
          if (!S_ISLNK(visit.status.mode)) change1(visit.path, visit.status);
        },
        failed: (path, action, error) => {
          status = 1;
          const what = action === 'stat' ? 'cannot access' : 'cannot read directory';
          if (!isQuiet) warn(`${what} ${quoteaf(path)}: ${reason(error)}`);
        },
      });
    } else {
      try {
        change1(file, stat(file));
      } catch (error) {
        status = 1;
        const isDangling = tryStat(file, AT_SYMLINK_NOFOLLOW) !== undefined && isError(error, 'ENOENT');
        const what = isDangling
          ? `cannot operate on dangling symlink ${quoteaf(file)}`
          : `cannot access ${quoteaf(file)}: ${reason(error)}`;
        if (!isQuiet) warn(what);
      }
    }
  }
  return status;
}
