/** cp(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { warn } from '../libc/stdlib.ts';
import { chmod, S_ISDIR, tryStat, utimensat } from '../libc/stat.ts';
import { AT_FDCWD } from '../libc/unistd.ts';
import { readBackup } from './lib/backup.ts';
import { choose } from './lib/choice.ts';
import { Copier, type CopyOptions } from './lib/copy.ts';
import { quietly, reason } from './lib/errors.ts';
import { dirname, stripTrailingSlashes } from './lib/path.ts';
import { quoteaf } from './lib/quote.ts';
import { readPairs } from './lib/target.ts';
import { makeDirectories } from './mkdir.ts';

const usage = `Usage: cp [OPTION]... [-T] SOURCE DEST
  or:  cp [OPTION]... SOURCE... DIRECTORY
  or:  cp [OPTION]... -t DIRECTORY SOURCE...
Copy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.

  -a, --archive                same as -dR --preserve=all
      --attributes-only        don't copy the file data, just the attributes
      --backup[=CONTROL]       make a backup of each existing destination file
  -b                           like --backup but does not accept an argument
  -d                           same as --no-dereference --preserve=links
  -f, --force                  if an existing destination file cannot be opened, remove it and try again
  -i, --interactive            prompt before overwrite
  -H                           follow command-line symbolic links in SOURCE
  -l, --link                   hard link files instead of copying
  -L, --dereference            always follow symbolic links in SOURCE
  -n, --no-clobber             do not overwrite an existing file
  -P, --no-dereference         never follow symbolic links in SOURCE
  -p                           same as --preserve=mode,ownership,timestamps
      --preserve[=ATTR_LIST]   preserve mode, ownership, timestamps, links, xattr, all
      --no-preserve=ATTR_LIST  don't preserve the specified attributes
      --parents                use full source file name under DIRECTORY
  -R, -r, --recursive          copy directories recursively
      --reflink[=WHEN]         (copies; no file system here shares blocks)
      --remove-destination     remove each existing destination file before attempting to open it
      --sparse=WHEN            control creation of sparse files: auto, always, never
      --strip-trailing-slashes  remove any trailing slashes from each SOURCE argument
  -s, --symbolic-link          make symbolic links instead of copying
  -S, --suffix=SUFFIX          override the usual backup suffix
  -t, --target-directory=DIRECTORY  copy all SOURCE arguments into DIRECTORY
  -T, --no-target-directory    treat DEST as a normal file
  -u, --update                 copy only when the SOURCE file is newer or the destination is missing
  -v, --verbose                explain what is being done
  -x, --one-file-system        stay on this file system
`;

const ATTRIBUTES = [['mode'], ['timestamps'], ['ownership'], ['links'], ['context'], ['xattr'], ['all']];

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'abdfHilLnprst:uvxPRS:TZ',
    long: {
      archive: 'a', 'attributes-only': 'attributes-only', backup: 'backup::', 'copy-contents': 'copy-contents',
      dereference: 'L', force: 'f', interactive: 'i', link: 'l', 'no-clobber': 'n', 'no-dereference': 'P',
      preserve: 'preserve::', 'no-preserve': 'no-preserve:', parents: 'parents', recursive: 'R', reflink: 'reflink::',
      'remove-destination': 'remove-destination', sparse: 'sparse:', 'strip-trailing-slashes': 'strip',
      'symbolic-link': 's', suffix: 'S', 'target-directory': 't', 'no-target-directory': 'T', update: 'u',
      verbose: 'v', 'one-file-system': 'x', context: 'Z',
    }, // prettier-ignore
    usage,
  });
  const kept = new Set<string>();
  const keep = (list: string, option: string, act: (attribute: string) => void) => {
    for (const word of list.split(',')) {
      const attribute = choose(argv[0]!, option, word, ATTRIBUTES);
      if (attribute === 'all') ['mode', 'timestamps', 'ownership', 'links', 'xattr'].forEach(act);
      else act(attribute);
    }
  };
  let dereference: CopyOptions['dereference'] | undefined;
  let existing: CopyOptions['existing'] = 'overwrite';
  for (const { key, value } of found.options) {
    if (key === 'a') keep('all', '', name => kept.add(name));
    else if (key === 'd') kept.add('links');
    else if (key === 'p') keep('mode,ownership,timestamps', '', name => kept.add(name));
    else if (key === 'preserve')
      keep(value ?? 'mode,ownership,timestamps', '--preserve', name => kept.add(name));
    else if (key === 'no-preserve') keep(value!, '--no-preserve', name => kept.delete(name));
    else if (key === 'i') existing = 'ask';
    else if (key === 'n') existing = 'keep';
    else if (key === 'u' && existing === 'overwrite') existing = 'update';
    if (key === 'a' || key === 'd' || key === 'P') dereference = 'never';
    else if (key === 'L') dereference = 'all';
    else if (key === 'H') dereference = 'operands';
  }
  const isRecursive = found.has('a', 'r', 'R');
  const kind = found.has('l')
    ? 'hard-link'
    : found.has('s')
      ? 'symlink'
      : found.has('attributes-only')
        ? 'attributes'
        : 'copy';
  if (found.has('l') && found.has('s'))
    return usageError(argv[0]!, 'cannot make both hard and symbolic links');
  const backup = readBackup(argv[0]!, found);
  if (backup.method !== 'none' && existing === 'keep') {
    return usageError(argv[0]!, 'options --backup and --no-clobber are mutually exclusive');
  }
  const hasParents = found.has('parents');
  const pairs = readPairs(argv[0]!, found, { parents: hasParents });
  if (hasParents) {
    const target = found.value('t') ?? found.operands.at(-1)!;
    const status = tryStat(target);
    if (found.has('T') || !status || !S_ISDIR(status.mode)) {
      return usageError(argv[0]!, 'with --parents, the destination must be a directory');
    }
  }
  const copier = new Copier({
    isRecursive,
    dereference:
      dereference ?? (isRecursive && kind !== 'hard-link' ? 'never' : kind === 'hard-link' ? 'never' : 'all'),
    keepsMode: kept.has('mode'),
    keepsOwner: kept.has('ownership'),
    keepsTimes: kept.has('timestamps'),
    keepsLinks: kept.has('links'),
    keepsXattrs: kept.has('xattr'),
    isForced: found.has('f'),
    removesFirst: found.has('remove-destination'),
    existing,
    isVerbose: found.has('v'),
    kind,
    oneFileSystem: found.has('x'),
    sparse: choose(argv[0]!, '--sparse', found.value('sparse') ?? 'auto', [
      ['never'],
      ['auto'],
      ['always'],
    ]) as CopyOptions['sparse'],
    backup,
    isMove: false,
  });
  let status = 0;
  for (const pair of pairs) {
    const from = found.has('strip') ? stripTrailingSlashes(pair.from) : pair.from;
    if (hasParents && !makeParents(from, pair.to, kept)) status = 1;
    else if (!copier.copy(from, pair.to)) status = 1;
  }
  return status;
}

/** --parents: the directories above the copy, with the modes of those above the source. */
function makeParents(from: string, to: string, kept: ReadonlySet<string>): boolean {
  const parent = dirname(to);
  if (tryStat(parent)) return true;
  const made: string[] = [];
  try {
    makeDirectories(parent, 0o777, path => made.push(path));
  } catch (error) {
    warn(`cannot make directory ${quoteaf(parent)}: ${reason(error)}`);
    return false;
  }
  for (const path of made) {
    const above = from.slice(0, from.length - (to.length - path.length));
    const source = quietly(() => tryStat(above));
    if (!source) continue;
    if (kept.has('mode')) chmod(path, source.mode & 0o7777);
    if (kept.has('timestamps')) utimensat(AT_FDCWD, path, source.atime, source.mtime);
  }
  return true;
}
