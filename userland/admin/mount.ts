/** mount(8), as util-linux words it: lists what is mounted, mounts what the arguments or /etc/fstab say. */
import { parse, usageError } from '../libc/getopt.ts';
import { MS_BIND, MS_MOVE, MS_RDONLY, MS_REC, MS_REMOUNT, PROPAGATION_FLAGS } from '../libc/mount.ts';
import { mount as mountNow } from '../libc/mount.ts';
import { SysError } from '../libc/native.ts';
import { S_ISBLK, S_ISDIR, tryStat } from '../libc/stat.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { programName } from '../libc/stdlib.ts';
import { mountTable } from '../coreutils/lib/mounts.ts';
import { realPath } from '../coreutils/lib/realpath.ts';
import { tryReadFile, unlessFailed } from './lib/files.ts';
import { matchesType, readFstab } from './lib/fstab.ts';
import { type ParsedOptions, parseOptions, wordsOf } from './lib/mount-options.ts';

const FAILED = 32;
const USAGE = 1;

const usage = `
Usage:
 mount [-lhV]
 mount -a [options]
 mount [options] [--source] <source> | [--target] <directory>
 mount [options] <source> <directory>
 mount <operation> <mountpoint> [<target>]

Mount a filesystem.

Options:
 -a, --all               mount all filesystems mentioned in fstab
 -f, --fake              dry run; skip the mount(2) syscall
 -T, --fstab <path>      alternative file to /etc/fstab
 -o, --options <list>    comma-separated list of mount options
 -r, --read-only         mount the filesystem read-only (same as -o ro)
 -t, --types <list>      limit the set of filesystem types
     --source <src>      explicitly specifies source (path, label, uuid)
     --target <target>   explicitly specifies mountpoint
 -v, --verbose           say what is being done
 -w, --rw, --read-write  mount the filesystem read-write (default)

Operations:
 -B, --bind              mount a subtree somewhere else (same as -o bind)
 -M, --move              move a subtree to some other place
 -R, --rbind             mount a subtree and all submounts somewhere else
 --make-shared           mark a subtree as shared
 --make-slave            mark a subtree as slave
 --make-private          mark a subtree as private
 --make-unbindable       mark a subtree as unbindable

 -h, --help              display this help
 -V, --version           display version

For more details see mount(8).
`;

interface Request {
  readonly source: string;
  readonly target: string;
  readonly type: string | undefined;
  readonly options: ParsedOptions;
  readonly isVerbose: boolean;
  readonly isFake: boolean;
}

export function mount(argv: string[]): number {
  const make = Object.fromEntries(
    ['shared', 'slave', 'private', 'unbindable'].flatMap(kind => [
      [`make-${kind}`, `o-${kind}`],
      [`make-r${kind}`, `o-r${kind}`],
    ]),
  );
  const found = parse(argv, {
    short: 'afFhilL:U:T:o:O:rwt:vVnBMR',
    long: {
      all: 'a', fake: 'f', fstab: 'T', options: 'o', 'read-only': 'r', rw: 'w', 'read-write': 'w', types: 't',
      source: 'source:', target: 'target:', verbose: 'v', bind: 'B', move: 'M', rbind: 'R', 'no-mtab': 'n', ...make,
    }, // prettier-ignore
    usage,
  });
  const words: string[] = [];
  for (const { key, value } of found.options) {
    if (key === 'o') words.push(value!);
    else if (key === 'r') words.push('ro');
    else if (key === 'w') words.push('rw');
    else if (key === 'B') words.push('bind');
    else if (key === 'R') words.push('rbind');
    else if (key === 'M') words.push('move');
    else if (key.startsWith('o-')) words.push(key.slice(2));
  }
  const type = found.value('t');
  const common = { isVerbose: found.has('v'), isFake: found.has('f') };
  let operands = found.operands;
  const source = found.value('source');
  const target = found.value('target');
  if (source !== undefined && target !== undefined) operands = [source, target];
  else if (source !== undefined) operands = [source, ...operands];
  else if (target !== undefined) operands = [...operands, target];
  if (operands.length > 2) return usageError(argv[0]!, 'bad usage');

  if (found.has('a')) return mountAll(found.value('T'), type, words, common);
  if (operands.length === 0) {
    if (words.length > 0) return usageError(argv[0]!, 'bad usage');
    return list(type);
  }
  const options = parseOptions(words);
  if (operands.length === 2)
    return mountOne({ source: operands[0]!, target: operands[1]!, type, options, ...common });
  const [name] = operands as [string];
  if ((options.flags & (MS_REMOUNT | PROPAGATION_FLAGS)) !== 0) {
    const known = mountTable().findLast(entry => entry.target === name || entry.source === name);
    // What the mount has stays unless the arguments say otherwise.
    const before = parseOptions([known?.options ?? '']).flags;
    const { flags, data, notes } = parseOptions([...wordsOf(before), ...words]);
    const kept = (flags & MS_REMOUNT) === 0 ? options : { flags, data, notes };
    return mountOne({
      source: known?.source ?? 'none',
      target: known?.target ?? name,
      type,
      options: kept,
      ...common,
    });
  }
  const entry = readFstab(found.value('T')).find(
    ({ source: from, target: at }) => at === name.replace(/(.)\/+$/, '$1') || from === name,
  );
  if (!entry) {
    stderr.write(`${programName}: ${name}: can't find in /etc/fstab.\n`);
    return USAGE;
  }
  return mountOne({ ...entry, options: parseOptions([entry.options, ...words]), ...common });
}

function list(types: string | undefined): number {
  for (const { source, target, type, options } of mountTable()) {
    if (matchesType(type, types)) stdout.write(`${source} on ${target} type ${type} (${options})\n`);
  }
  return 0;
}

/** mount -a: what fstab has and is not mounted yet. */
function mountAll(
  fstab: string | undefined,
  types: string | undefined,
  words: readonly string[],
  common: Pick<Request, 'isVerbose' | 'isFake'>,
): number {
  let status = 0;
  for (const entry of readFstab(fstab)) {
    const options = parseOptions([entry.options, ...words]);
    const isSkipped = entry.type === 'swap' || entry.target === 'none' || options.notes.has('noauto');
    if (isSkipped || !matchesType(entry.type, types)) continue;
    const real = unlessFailed(() => realPath(entry.target, 'existing')) ?? entry.target;
    if (mountTable().some(mounted => mounted.target === real)) {
      if (common.isVerbose) stdout.write(`${entry.target.padEnd(25)}: already mounted\n`);
      continue;
    }
    if (
      mountOne({ ...entry, options, ...common }, common.isVerbose ? 'all' : 'none') !== 0 &&
      !options.notes.has('nofail')
    )
      status = FAILED;
  }
  return status;
}

function mountOne(request: Request, tells: 'none' | 'all' = 'none'): number {
  const { source, target, options } = request;
  const { flags } = options;
  try {
    if (!request.isFake) perform(request);
    if (tells === 'all') stdout.write(`${target.padEnd(25)}: successfully mounted\n`);
    else if (request.isVerbose) {
      const isBind = (flags & MS_BIND) !== 0 && (flags & MS_REMOUNT) === 0;
      if (isBind) stdout.write(`${programName}: ${source} bound on ${target}.\n`);
      else if ((flags & MS_MOVE) !== 0) stdout.write(`${programName}: ${source} moved to ${target}.\n`);
      else if ((flags & PROPAGATION_FLAGS) !== 0)
        stdout.write(`${programName}: ${target} propagation flags changed.\n`);
      else if ((flags & MS_REMOUNT) !== 0)
        stdout.write(`${programName}: ${source} remounted on ${target}.\n`);
      else stdout.write(`${programName}: ${source} mounted on ${target}.\n`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    stderr.write(
      `${programName}: ${target}: ${explain(error, request)}.\n` +
        '       dmesg(1) may have more information after failed mount system call.\n',
    );
    return FAILED;
  }
}

/** One mount(8) may be several calls: a read-only bind mount is made and changed; propagation comes last. */
function perform({ source, target, type, options }: Request): void {
  const { flags, data } = options;
  const propagation = flags & PROPAGATION_FLAGS;
  const main = flags & ~propagation;
  if ((flags & MS_REMOUNT) !== 0) {
    mountNow(source, target, type ?? '', main, data);
  } else if ((flags & (MS_BIND | MS_MOVE)) !== 0) {
    mountNow(source, target, type ?? 'none', main & (MS_BIND | MS_MOVE | MS_REC), data);
    const rest = main & ~(MS_BIND | MS_MOVE | MS_REC);
    if (rest !== 0) mountNow(source, target, 'none', rest | MS_REMOUNT | MS_BIND, '');
  } else if (propagation === 0 || type !== undefined) {
    mountNew(source, target, type, main, data);
  }
  if (propagation !== 0) mountNow('none', target, '', propagation | (flags & MS_REC), '');
}

function mountNew(
  source: string,
  target: string,
  type: string | undefined,
  flags: number,
  data: string,
): void {
  if (type !== undefined && type !== 'auto') {
    let error: SysError | undefined;
    for (const one of type.split(',')) {
      try {
        return mountNow(source, target, one, flags, data);
      } catch (caught) {
        if (!(caught instanceof SysError)) throw caught;
        error = caught;
      }
    }
    throw error!;
  }
  // Without a type: those of file systems on devices, one after the other.
  const candidates = (tryReadFile('/proc/filesystems') ?? '')
    .split('\n')
    .filter(line => line.startsWith('\t'))
    .map(line => line.slice(1));
  let error = new SysError(2);
  for (const one of candidates) {
    try {
      return mountNow(source, target, one, flags, data);
    } catch (caught) {
      if (!(caught instanceof SysError)) throw caught;
      error = caught;
    }
  }
  throw error;
}

/** What util-linux says about an error of mount(2). */
function explain(error: SysError, { source, target, type, options }: Request): string {
  const status = tryStat(target);
  const { flags } = options;
  const isBind = (flags & (MS_BIND | MS_MOVE)) !== 0;
  switch (error.code) {
    case 'EPERM':
      return 'must be superuser to use mount';
    case 'EBUSY':
      if ((flags & MS_REMOUNT) !== 0) return 'mount point is busy';
      return `${source} already mounted or mount point busy`;
    case 'ENOENT':
      if (!status) return 'mount point does not exist';
      if (!tryStat(source) && (isBind || type === undefined || source.startsWith('/')))
        return `special device ${source} does not exist`;
      break;
    case 'ENOTDIR':
      if (status && !S_ISDIR(status.mode)) return 'mount point is not a directory';
      if (!tryStat(source))
        return `special device ${source} does not exist (a path prefix is not a directory)`;
      break;
    case 'EINVAL':
      if ((flags & MS_REMOUNT) !== 0) return 'mount point not mounted or bad option';
      if ((flags & MS_MOVE) !== 0)
        return `bad option; moving a mount residing under a shared mount is unsupported`;
      return `wrong fs type, bad option, bad superblock on ${source}, missing codepage or helper program, or other error`;
    case 'ENODEV':
      return `unknown filesystem type '${type ?? 'auto'}'`;
    case 'ENOTBLK': {
      const device = tryStat(source);
      if (!device && source.startsWith('/')) return `special device ${source} does not exist`;
      return device && S_ISBLK(device.mode)
        ? `${source} is not a block device; try "-o loop"`
        : `${source} is not a block device`;
    }
    case 'EROFS':
    case 'EACCES':
      if ((flags & MS_RDONLY) !== 0) return `cannot mount ${source} read-only`;
      return `cannot mount ${source} read-only`;
  }
  return `mount(2) system call failed: ${error.message}`;
}
