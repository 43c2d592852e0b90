/** umount(8), as util-linux words it. */
import { parse, usageError } from '../libc/getopt.ts';
import { MNT_DETACH, MNT_FORCE, UMOUNT_NOFOLLOW, umount as umountNow } from '../libc/mount.ts';
import { SysError } from '../libc/native.ts';
import { tryStat } from '../libc/stat.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { programName } from '../libc/stdlib.ts';
import { type MountEntry, mountTable } from '../coreutils/lib/mounts.ts';
import { realPath } from '../coreutils/lib/realpath.ts';
import { unlessFailed } from './lib/files.ts';
import { matchesType } from './lib/fstab.ts';

const FAILED = 32;
const SOME_FAILED = 64;

const usage = `
Usage:
 umount [-hV]
 umount -a [options]
 umount [options] <source> | <directory>

Unmount filesystems.

Options:
 -a, --all               unmount all filesystems
 -A, --all-targets       unmount all mountpoints for the given device in the
                           current namespace
 -c, --no-canonicalize   don't canonicalize paths
 -d, --detach-loop       if mounted loop device, also free this loop device
     --fake              dry run; skip the umount(2) syscall
 -f, --force             force unmount (in case of an unreachable NFS system)
 -l, --lazy              detach the filesystem now, clean up things later
 -O, --test-opts <list>  limit the set of filesystems (use with -a)
 -R, --recursive         recursively unmount a target with all its children
 -r, --read-only         in case unmounting fails, try to remount read-only
 -t, --types <list>      limit the set of filesystem types
 -v, --verbose           say what is being done
 -q, --quiet             suppress 'not mounted' error messages

 -h, --help              display this help
 -V, --version           display version

For more details see umount(8).
`;

/** What -a leaves alone, unless -t says otherwise. */
const KEPT = new Set(['proc', 'devtmpfs', 'sysfs', 'devpts', 'devfs', 'rpc_pipefs', 'nfsd']);

interface Manner {
  readonly flags: number;
  readonly isVerbose: boolean;
  readonly isQuiet: boolean;
  readonly isFake: boolean;
}

export function umount(argv: string[]): number {
  const found = parse(argv, {
    short: 'aAcdfhilO:nqRrt:vV',
    long: {
      all: 'a', 'all-targets': 'A', 'no-canonicalize': 'c', 'detach-loop': 'd', fake: 'fake', force: 'f', lazy: 'l',
      recursive: 'R', 'read-only': 'r', types: 't', verbose: 'v', quiet: 'q', 'no-mtab': 'n',
    }, // prettier-ignore
    usage,
  });
  const manner: Manner = {
    flags: (found.has('l') ? MNT_DETACH : 0) | (found.has('f') ? MNT_FORCE : 0),
    isVerbose: found.has('v'),
    isQuiet: found.has('q'),
    isFake: found.has('fake'),
  };
  if (found.has('a')) return umountAll(found.value('t'), manner);
  if (found.operands.length === 0) return usageError(argv[0]!, 'bad usage');
  let failures = 0;
  let last = 0;
  for (const name of found.operands) {
    last = found.has('R') ? umountTree(name, manner) : umountOne(name, manner);
    if (last !== 0) failures++;
  }
  if (failures === 0) return 0;
  return found.operands.length === 1 ? last : SOME_FAILED;
}

/** The mount that a name means: by its directory, or by its source. */
function find(name: string): MountEntry | undefined {
  const table = mountTable();
  const real = unlessFailed(() => realPath(name, 'existing')) ?? name;
  return table.findLast(entry => entry.target === real) ?? table.findLast(entry => entry.source === name);
}

function umountOne(name: string, manner: Manner): number {
  const entry = find(name);
  const target = entry?.target ?? name;
  try {
    if (!manner.isFake) umountNow(target, manner.flags | UMOUNT_NOFOLLOW);
    if (manner.isVerbose) stdout.write(`${programName}: ${name} unmounted\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const text = explain(error, name, entry);
    const isQuiet = manner.isQuiet && error.code === 'EINVAL';
    if (!isQuiet) stderr.write(`${programName}: ${name}: ${text}.\n`);
    return FAILED;
  }
}

function explain(error: SysError, name: string, entry: MountEntry | undefined): string {
  if (!entry && !tryStat(name)) return 'no mount point specified';
  if (!entry) return 'not mounted';
  switch (error.code) {
    case 'EBUSY':
      return 'target is busy';
    case 'EINVAL':
      return 'not mounted';
    case 'EPERM':
      return 'must be superuser to unmount';
    case 'ENOENT':
      return 'not found';
    default:
      return `umount failed: ${error.message}`;
  }
}

/** -R: what is mounted below comes first. */
function umountTree(name: string, manner: Manner): number {
  const top = find(name);
  if (!top) {
    stderr.write(`${programName}: ${name}: not mounted\n`);
    return FAILED;
  }
  const below = mountTable().filter(({ target }) =>
    target.startsWith(`${top.target === '/' ? '' : top.target}/`),
  );
  for (const { target } of below.reverse()) {
    const status = umountOne(target, manner);
    if (status !== 0) return status;
  }
  return umountOne(top.target, manner);
}

function umountAll(types: string | undefined, manner: Manner): number {
  let status = 0;
  for (const { target, type } of mountTable().reverse()) {
    if (target === '/' || (types === undefined && KEPT.has(type)) || !matchesType(type, types)) continue;
    if (umountOne(target, manner) !== 0) status = FAILED;
  }
  return status;
}
