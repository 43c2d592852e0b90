/** ln(1) and link(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { AT_SYMLINK_NOFOLLOW, lstat, S_ISDIR, S_ISLNK, stat, tryStat } from '../libc/stat.ts';
import { AT_FDCWD, link, linkat, rename, symlink, unlink } from '../libc/unistd.ts';
import { AT_SYMLINK_FOLLOW } from '../../kernel/abi/fcntl.ts';
import { ask } from './lib/ask.ts';
import { type Backup, backupName, readBackup } from './lib/backup.ts';
import { isError, reason } from './lib/errors.ts';
import { dirname } from './lib/path.ts';
import { quote, quoteaf, quotef } from './lib/quote.ts';
import { realPath, relativePath } from './lib/realpath.ts';
import { readPairs } from './lib/target.ts';

const usage = `Usage: ln [OPTION]... [-T] TARGET LINK_NAME
  or:  ln [OPTION]... TARGET
  or:  ln [OPTION]... TARGET... DIRECTORY
  or:  ln [OPTION]... -t DIRECTORY TARGET...
Create hard links by default, symbolic links with --symbolic.

      --backup[=CONTROL]      make a backup of each existing destination file
  -b                          like --backup but does not accept an argument
  -f, --force                 remove existing destination files
  -i, --interactive           prompt whether to remove destinations
  -L, --logical               dereference TARGETs that are symbolic links
  -n, --no-dereference        treat LINK_NAME as a normal file if it is a symbolic link to a directory
  -P, --physical              make hard links directly to symbolic links
  -r, --relative              with -s, create links relative to link location
  -s, --symbolic              make symbolic links instead of hard links
  -S, --suffix=SUFFIX         override the usual backup suffix
  -t, --target-directory=DIRECTORY  specify the DIRECTORY in which to create the links
  -T, --no-target-directory   treat LINK_NAME as a normal file always
  -v, --verbose               print name of each linked file
`;

interface LinkOptions {
  readonly isSymbolic: boolean;
  readonly isRelative: boolean;
  readonly isForced: boolean;
  readonly isAsking: boolean;
  readonly isLogical: boolean;
  readonly isVerbose: boolean;
  readonly backup: Backup;
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'bdfinrst:vFLPS:T',
    long: {
      backup: 'backup::', directory: 'F', force: 'f', interactive: 'i', logical: 'L', 'no-dereference': 'n', physical: 'P',
      relative: 'r', symbolic: 's', suffix: 'S', 'target-directory': 't', 'no-target-directory': 'T', verbose: 'v',
    }, // prettier-ignore
    usage,
  });
  const isSymbolic = found.has('s');
  if (found.has('r') && !isSymbolic) return fail(1, 'cannot do --relative without --symbolic');
  // -n: a link to a directory at the destination is replaced, not entered.
  const last = found.operands.at(-1);
  if (found.has('n') && found.operands.length === 2 && !found.has('t') && last !== undefined) {
    const own = tryStat(last, AT_SYMLINK_NOFOLLOW);
    if (own && S_ISLNK(own.mode)) found.options.push({ key: 'T', value: undefined, name: '-T' });
  }
  const pairs = readPairs(argv[0]!, found, { isLink: true });
  const lastAsk = found.last('f', 'i');
  const options: LinkOptions = {
    isSymbolic,
    isRelative: found.has('r'),
    isForced: lastAsk === 'f',
    isAsking: lastAsk === 'i',
    isLogical: found.last('L', 'P') === 'L',
    isVerbose: found.has('v'),
    backup: readBackup(argv[0]!, found),
  };
  let status = 0;
  for (const { from, to } of pairs) if (!makeLink(from, to, options)) status = 1;
  return status;
}

function makeLink(from: string, to: string, options: LinkOptions): boolean {
  const { isSymbolic } = options;
  if (!isSymbolic) {
    try {
      const source = options.isLogical ? stat(from) : lstat(from);
      if (S_ISDIR(source.mode)) {
        warn(`${quotef(from)}: hard link not allowed for directory`);
        return false;
      }
    } catch (error) {
      warn(`failed to access ${quoteaf(from)}: ${reason(error)}`);
      return false;
    }
  }
  const existing = tryStat(to, AT_SYMLINK_NOFOLLOW);
  let backedUp: string | undefined;
  if (existing) {
    const isReplacing = options.isForced || options.isAsking || options.backup.method !== 'none';
    if (isReplacing && S_ISDIR(existing.mode)) {
      warn(`${quotef(to)}: cannot overwrite directory`);
      return false;
    }
    if (options.isAsking && !ask(`replace ${quoteaf(to)}?`)) return true;
    const source = isSymbolic ? undefined : tryStat(from, options.isLogical ? 0 : AT_SYMLINK_NOFOLLOW);
    const isSameFile = source !== undefined && source.dev === existing.dev && source.ino === existing.ino;
    if (
      isReplacing &&
      isSameFile &&
      (source.nlink === 1 || from === to) &&
      options.backup.method === 'none'
    ) {
      warn(`${quoteaf(from)} and ${quoteaf(to)} are the same file`);
      return false;
    }
    backedUp = backupName(to, options.backup);
    if (backedUp !== undefined) rename(to, backedUp);
    else if (isReplacing) unlink(to);
  }
  const target = options.isRelative
    ? relativePath(realPath(dirname(to), 'missing'), realPath(from, 'missing'))
    : from;
  try {
    if (isSymbolic) symlink(target, to);
    else linkat(AT_FDCWD, from, AT_FDCWD, to, options.isLogical ? AT_SYMLINK_FOLLOW : 0);
  } catch (error) {
    const isPlain = isSymbolic
      ? !isError(error, 'ENAMETOOLONG') && target !== ''
      : isError(error, 'EDQUOT', 'EEXIST', 'ENOSPC', 'EROFS');
    const arrow = isPlain ? '' : ` ${isSymbolic ? '-' : '='}> ${quoteaf(target)}`;
    warn(
      `failed to create ${isSymbolic ? 'symbolic' : 'hard'} link ${quoteaf(to)}${arrow}: ${reason(error)}`,
    );
    return false;
  }
  return told(target, to, options, backedUp);
}

function told(from: string, to: string, options: LinkOptions, backedUp: string | undefined): true {
  if (options.isVerbose) {
    const backup = backedUp === undefined ? '' : `${quoteaf(backedUp)} ~ `;
    stdout.write(`${backup}${quoteaf(to)} ${options.isSymbolic ? '-' : '='}> ${quoteaf(from)}\n`);
  }
  return true;
}

export function linkMain(argv: string[]): number {
  const { operands } = parse(argv, {
    usage:
      'Usage: link FILE1 FILE2\nCall the link function to create a link named FILE2 to an existing FILE1.\n',
  });
  const [from, to, extra] = operands;
  if (from === undefined) return usageError(argv[0]!, 'missing operand');
  if (to === undefined) return usageError(argv[0]!, `missing operand after ${quote(from)}`);
  if (extra !== undefined) return usageError(argv[0]!, `extra operand ${quote(extra)}`);
  try {
    link(from, to);
    return 0;
  } catch (error) {
    return fail(1, `cannot create link ${quoteaf(to)} to ${quoteaf(from)}: ${reason(error)}`);
  }
}
