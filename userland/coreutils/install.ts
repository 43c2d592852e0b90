/** install(1): copy files and set their attributes; make directories. */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { AT_SYMLINK_NOFOLLOW, chmod, S_ISDIR, stat, tryStat, utimensat } from '../libc/stat.ts';
import { AT_FDCWD, chown, unlink } from '../libc/unistd.ts';
import { readBackup } from './lib/backup.ts';
import { Copier } from './lib/copy.ts';
import { reason } from './lib/errors.ts';
import { applyMode, parseMode } from './lib/mode.ts';
import { parseGroup, parseUser } from './lib/owner.ts';
import { dirname } from './lib/path.ts';
import { quote, quoteaf } from './lib/quote.ts';
import { readPairs } from './lib/target.ts';
import { makeDirectories } from './mkdir.ts';

const usage = `Usage: install [OPTION]... [-T] SOURCE DEST
  or:  install [OPTION]... SOURCE... DIRECTORY
  or:  install [OPTION]... -t DIRECTORY SOURCE...
  or:  install [OPTION]... -d DIRECTORY...
Copy files and set attributes, or create all components of DIRECTORY(ies).

  -b, --backup[=CONTROL]  make a backup of each existing destination file
  -C, --compare       do not touch files that are the same already
  -d, --directory     treat all arguments as directory names
  -D                  create all leading components of DEST except the last
  -g, --group=GROUP   set group ownership
  -m, --mode=MODE     set permission mode (as in chmod), instead of rwxr-xr-x
  -o, --owner=OWNER   set ownership
  -p, --preserve-timestamps  apply access/modification times of SOURCE files
  -s, --strip         (ignored: there is nothing to strip)
  -S, --suffix=SUFFIX  override the usual backup suffix
  -t, --target-directory=DIRECTORY  copy all SOURCE arguments into DIRECTORY
  -T, --no-target-directory  treat DEST as a normal file
  -v, --verbose       print the name of each created file or directory
`;

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'bcCsDdg:m:o:pt:TvS:Z',
    long: {
      backup: 'backup::', compare: 'C', directory: 'd', group: 'g', mode: 'm', owner: 'o', 'preserve-timestamps': 'p',
      strip: 's', suffix: 'S', 'target-directory': 't', 'no-target-directory': 'T', verbose: 'v',
    }, // prettier-ignore
    usage,
  });
  const modeText = found.value('m') ?? '755';
  const change = parseMode(modeText) ?? fail(1, `invalid mode ${quote(modeText)}`);
  const ownerText = found.value('o');
  const groupText = found.value('g');
  const uid =
    ownerText === undefined ? -1 : (parseUser(ownerText) ?? fail(1, `invalid user ${quote(ownerText)}`));
  const gid =
    groupText === undefined ? -1 : (parseGroup(groupText) ?? fail(1, `invalid group ${quote(groupText)}`));
  const told = (path: string) => {
    if (found.has('v')) stdout.write(`install: creating directory ${quoteaf(path)}\n`);
  };
  let status = 0;
  const finish = (path: string, isDirectory: boolean) => {
    if (uid !== -1 || gid !== -1) chown(path, uid, gid);
    chmod(path, applyMode(change, isDirectory ? 0o40000 : 0, 0));
  };
  if (found.has('d')) {
    if (found.operands.length === 0) return usageError(argv[0]!, 'missing file operand');
    for (const path of found.operands) {
      try {
        makeDirectories(path, 0o755, told);
        finish(path, true);
      } catch (error) {
        warn(`cannot create directory ${quoteaf(path)}: ${reason(error)}`);
        status = 1;
      }
    }
    return status;
  }
  if (found.has('D')) {
    const target = found.value('t') ?? found.operands.at(-1);
    try {
      if (found.has('t')) makeDirectories(target!, 0o755, told);
      else if (found.operands.length === 2) makeDirectories(dirname(target!), 0o755, told);
    } catch (error) {
      return fail(1, `cannot create directory ${quoteaf(target!)}: ${reason(error)}`);
    }
  }
  const pairs = readPairs(argv[0]!, found);
  const copier = new Copier({
    isRecursive: false, dereference: 'all', keepsMode: false, keepsOwner: false, keepsTimes: false, keepsLinks: false,
    keepsXattrs: false, isForced: true, removesFirst: false, existing: 'overwrite', isVerbose: found.has('v'),
    kind: 'copy', oneFileSystem: false, sparse: 'auto', backup: readBackup(argv[0]!, found), isMove: false,
  }); // prettier-ignore
  for (const { from, to } of pairs) {
    const source = tryStat(from);
    if (source && S_ISDIR(source.mode)) {
      warn(`omitting directory ${quoteaf(from)}`);
      status = 1;
      continue;
    }
    try {
      // A program that runs keeps its file: the new one gets an inode of its own.
      const old = source && tryStat(to, AT_SYMLINK_NOFOLLOW);
      if (
        old &&
        !S_ISDIR(old.mode) &&
        !found.has('b', 'backup', 'S') &&
        !(old.ino === source.ino && old.dev === source.dev)
      ) {
        unlink(to);
        if (found.has('v')) stdout.write(`removed ${quoteaf(to)}\n`);
      }
      if (!copier.copy(from, to)) {
        status = 1;
        continue;
      }
      if (found.has('p')) {
        const { atime, mtime } = stat(from);
        utimensat(AT_FDCWD, to, atime, mtime);
      }
      finish(to, false);
    } catch (error) {
      warn(`cannot install ${quoteaf(to)}: ${reason(error)}`);
      status = 1;
    }
  }
  return status;
}
