/** mv(1): rename, or copy and remove across file systems. */
import { parse, usageError } from '../libc/getopt.ts';
import { warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { AT_SYMLINK_NOFOLLOW, modeString, S_ISDIR, S_ISLNK, tryStat } from '../libc/stat.ts';
import { faccessat, AT_FDCWD, isatty, rename, W_OK } from '../libc/unistd.ts';
import { AT_EACCESS } from '../../kernel/abi/fcntl.ts';
import { ask } from './lib/ask.ts';
import { type Backup, backupName, readBackup } from './lib/backup.ts';
import { Copier } from './lib/copy.ts';
import { isError, quietly, reason } from './lib/errors.ts';
import { stripTrailingSlashes } from './lib/path.ts';
import { quoteaf } from './lib/quote.ts';
import { remove } from './lib/remove.ts';
import { readPairs } from './lib/target.ts';

const usage = `Usage: mv [OPTION]... [-T] SOURCE DEST
  or:  mv [OPTION]... SOURCE... DIRECTORY
  or:  mv [OPTION]... -t DIRECTORY SOURCE...
Rename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.

      --backup[=CONTROL]       make a backup of each existing destination file
  -b                           like --backup but does not accept an argument
  -f, --force                  do not prompt before overwriting
  -i, --interactive            prompt before overwrite
  -n, --no-clobber             do not overwrite an existing file
      --strip-trailing-slashes  remove any trailing slashes from each SOURCE argument
  -S, --suffix=SUFFIX          override the usual backup suffix
  -t, --target-directory=DIRECTORY  move all SOURCE arguments into DIRECTORY
  -T, --no-target-directory    treat DEST as a normal file
  -u, --update                 move only when the SOURCE file is newer or the destination is missing
  -v, --verbose                explain what is being done
`;

interface MoveOptions {
  readonly existing: 'overwrite' | 'ask' | 'keep' | 'default';
  readonly isUpdate: boolean;
  readonly isVerbose: boolean;
  readonly backup: Backup;
  readonly copier: Copier;
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'bfint:uvS:TZ',
    long: {
      backup: 'backup::', force: 'f', interactive: 'i', 'no-clobber': 'n', 'strip-trailing-slashes': 'strip', suffix: 'S',
      'target-directory': 't', 'no-target-directory': 'T', update: 'u', verbose: 'v', context: 'Z', 'no-copy': 'no-copy',
    }, // prettier-ignore
    usage,
  });
  const last = found.last('f', 'i', 'n');
  const existing = last === 'f' ? 'overwrite' : last === 'i' ? 'ask' : last === 'n' ? 'keep' : 'default';
  const backup = readBackup(argv[0]!, found);
  if (backup.method !== 'none' && existing === 'keep') {
    return usageError(argv[0]!, 'options --backup and --no-clobber are mutually exclusive');
  }
  const pairs = readPairs(argv[0]!, found);
  const copier = new Copier({
    isRecursive: true,
    dereference: 'never',
    keepsMode: true,
    keepsOwner: true,
    keepsTimes: true,
    keepsLinks: true,
    keepsXattrs: true,
    isForced: true,
    removesFirst: true,
    existing: 'overwrite',
    isVerbose: found.has('v'),
    kind: 'copy',
    oneFileSystem: false,
    sparse: 'auto',
    backup: { method: 'none', suffix: '~' },
    isMove: true,
  });
  const options: MoveOptions = {
    existing,
    isUpdate: found.has('u'),
    isVerbose: found.has('v'),
    backup,
    copier,
  };
  let status = 0;
  for (const { from, to } of pairs) {
    if (!move(found.has('strip') ? stripTrailingSlashes(from) : from, to, options)) status = 1;
  }
  return status;
}

function move(from: string, to: string, options: MoveOptions): boolean {
  const source = tryStat(from, AT_SYMLINK_NOFOLLOW);
  if (!source) {
    try {
      rename(from, to);
    } catch (error) {
      warn(`cannot stat ${quoteaf(from)}: ${reason(error)}`);
    }
    return false;
  }
  const target = tryStat(to, AT_SYMLINK_NOFOLLOW);
  let backedUp: string | undefined;
  if (target) {
    const isSameFile = source.dev === target.dev && source.ino === target.ino;
    if (isSameFile) {
      const name = quoteaf(from);
      const isDirectory = S_ISDIR(source.mode);
      warn(
        isDirectory
          ? `cannot move ${name} to a subdirectory of itself, ${quoteaf(to)}`
          : `${name} and ${quoteaf(to)} are the same file`,
      );
      return false;
    }
    if (options.existing === 'keep') return true;
    if (options.isUpdate && !S_ISDIR(source.mode)) {
      const age = source.mtime.sec - target.mtime.sec || source.mtime.nsec - target.mtime.nsec;
      if (age <= 0) return true;
    }
    if (S_ISDIR(source.mode) && !S_ISDIR(target.mode)) {
      warn(`cannot overwrite non-directory ${quoteaf(to)} with directory ${quoteaf(from)}`);
      return false;
    }
    if (!S_ISDIR(source.mode) && S_ISDIR(target.mode)) {
      warn(`cannot overwrite directory ${quoteaf(to)} with non-directory`);
      return false;
    }
    const isProtected =
      options.existing === 'default' &&
      isatty(0) &&
      !S_ISLNK(target.mode) &&
      quietly(() => (faccessat(AT_FDCWD, to, W_OK, AT_EACCESS), true)) !== true;
    const mode = `${(target.mode & 0o7777).toString(8).padStart(4, '0')} (${modeString(target.mode).slice(1)})`;
    if (isProtected && !ask(`replace ${quoteaf(to)}, overriding mode ${mode}?`)) return true;
    if (options.existing === 'ask' && !ask(`overwrite ${quoteaf(to)}?`)) return true;
    backedUp = backupName(to, options.backup);
    if (backedUp !== undefined) rename(to, backedUp);
  }
  try {
    rename(from, to);
  } catch (error) {
    if (isError(error, 'EXDEV')) return moveAcross(from, to, options);
    if (isError(error, 'EINVAL')) {
      warn(`cannot move ${quoteaf(from)} to a subdirectory of itself, ${quoteaf(to)}`);
    } else warn(`cannot move ${quoteaf(from)} to ${quoteaf(to)}: ${reason(error)}`);
    return false;
  }
  if (options.isVerbose) {
    const backup = backedUp === undefined ? '' : ` (backup: ${quoteaf(backedUp)})`;
    stdout.write(`renamed ${quoteaf(from)} -> ${quoteaf(to)}${backup}\n`);
  }
  return true;
}

const removal = {
  isRecursive: true,
  removesEmpty: true,
  isForced: true,
  isAsking: false,
  isVerbose: false,
  oneFileSystem: false,
};

function moveAcross(from: string, to: string, options: MoveOptions): boolean {
  const target = tryStat(to, AT_SYMLINK_NOFOLLOW);
  if (target && S_ISDIR(target.mode) && !remove(to, { ...removal, isRecursive: false })) {
    return false;
  }
  if (!options.copier.copy(from, to)) return false;
  return remove(from, { ...removal, isVerbose: options.isVerbose });
}
