/**
 * The mount tree: mount(2), umount2(2), pivot_root(2).
 */
import { EBUSY, EFAULT, EINVAL, ENOENT, ENODEV, ENOTBLK, EPERM } from '../abi/errno.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import * as M from '../abi/mount.ts';
import { Errno, fail } from '../errors.ts';
import { walkContextOf } from '../fs/fs-context.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW } from '../fs/path-walk.ts';
import { isSamePath, mountedOn, type Mount, type Path } from '../fs/path.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { pathAt, readPath } from './at-path.ts';
import { full, partial, type Row } from './table.ts';

const ATIME_FLAGS = M.MS_NOATIME | M.MS_NODIRATIME | M.MS_RELATIME | M.MS_STRICTATIME;

/** mount(2) */
function sysMount(task: Task, args: Args): number {
  const { memory } = task;
  const type = args.ptr(2) === 0 ? '' : memory.readString(args.ptr(2));
  const source = args.ptr(0) === 0 ? '' : memory.readString(args.ptr(0));
  const options = args.ptr(4) === 0 ? '' : readOptions(task, args.ptr(4));
  let flags = args.u32(3);
  if ((flags & M.MS_MGC_MSK) >>> 0 === M.MS_MGC_VAL) flags &= ~M.MS_MGC_MSK;
  const at = pathAt(task, args.ptr(1));
  if (!task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'mount');
  const kept = mountFlags(flags);
  if ((flags & (M.MS_REMOUNT | M.MS_BIND)) === (M.MS_REMOUNT | M.MS_BIND)) return remountOne(task, at, kept);
  if ((flags & M.MS_REMOUNT) !== 0) return remount(task, at, flags, kept, options);
  if ((flags & M.MS_BIND) !== 0) return bind(task, source, at, (flags & M.MS_REC) !== 0);
  if ((flags & M.PROPAGATION_FLAGS) !== 0) return changePropagation(at, flags);
  if ((flags & M.MS_MOVE) !== 0) return move(task, source, at);
  return mountNew(task, { type, source, options, flags, kept }, at);
}

/** mount(2)'s data: text up to a NUL or the end of a page, whichever comes first. */
function readOptions(task: Task, at: number): string {
  try {
    return task.memory.readString(at);
  } catch (error) {
    if (error instanceof Errno && error.errno !== EFAULT) return '';
    throw error;
  }
}

/** The per-mount flags with relatime as the default. */
function mountFlags(flags: number): number {
  let kept = flags & M.PER_MOUNT_FLAGS;
  if ((kept & M.MS_NOATIME) === 0) kept |= M.MS_RELATIME;
  if ((kept & M.MS_STRICTATIME) !== 0) kept &= ~(M.MS_RELATIME | M.MS_NOATIME);
  return kept;
}

interface NewMount {
  readonly type: string;
  readonly source: string;
  readonly options: string;
  readonly flags: number;
  readonly kept: number;
}

function mountNew(task: Task, { type, source, options, flags, kept }: NewMount, at: Path): number {
  const { kernel } = task;
  const { vfs } = kernel;
  if (type === '') fail(EINVAL, 'mount: no type');
  const fileSystem = vfs.types.get(type);
  if (fileSystem === undefined) return fail(ENODEV, 'mount: unknown type');
  if (fileSystem.needsDevice && source === '') fail(ENOTBLK, 'mount: no device');
  const superBlock = fileSystem.mount(kernel, source || 'none', options, flags, walkContextOf(task));
  const isNew = superBlock.mountCount === 0;
  if (isNew && (flags & M.MS_RDONLY) !== 0) superBlock.isReadOnly = true;
  const mount = vfs.tree.create(superBlock, kept);
  try {
    if (isCoveredBy(at, mount)) fail(EBUSY, 'mount: the same thing is mounted there already');
    vfs.tree.attach(mount, at);
  } catch (error) {
    vfs.tree.end(mount);
    throw error;
  }
  return 0;
}

/** The same root on top of itself is refused. */
function isCoveredBy(at: Path, mount: Mount): boolean {
  return (
    at.dentry === at.mount.root && at.mount.superBlock === mount.superBlock && at.mount.root === mount.root
  );
}

function bind(task: Task, source: string, at: Path, isRecursive: boolean): number {
  if (source === '') fail(EINVAL, 'mount: MS_BIND without a source');
  const { vfs } = task.kernel;
  const from = vfs.walk(task, AT_FDCWD, source);
  vfs.tree.bind(from, at, isRecursive ? 'tree' : 'one');
  return 0;
}

function move(task: Task, source: string, at: Path): number {
  if (source === '') fail(EINVAL, 'mount: MS_MOVE without a source');
  const { vfs } = task.kernel;
  vfs.tree.move(vfs.walk(task, AT_FDCWD, source), at);
  return 0;
}

function requireMountRoot(path: Path): void {
  if (path.mount.isDetached) fail(EINVAL, 'mount is out of the tree');
  if (path.dentry !== path.mount.root) fail(EINVAL, 'not a mount point');
}

/** Linux: with one mount namespace there is nobody to propagate to; the kinds are checked and forgotten. */
function changePropagation(at: Path, flags: number): number {
  requireMountRoot(at);
  const kind = flags & ~(M.MS_REC | M.MS_SILENT);
  if ((kind & (kind - 1)) !== 0 || (kind & ~M.PROPAGATION_FLAGS) !== 0) fail(EINVAL, 'mount: propagation');
  return 0;
}

function remountOne(task: Task, at: Path, kept: number): number {
  requireMountRoot(at);
  task.kernel.vfs.tree.setFlags(at.mount, kept);
  return 0;
}

function remount(task: Task, at: Path, flags: number, kept: number, options: string): number {
  requireMountRoot(at);
  const { tree } = task.kernel.vfs;
  const { mount } = at;
  // Without a word about access times they stay as they are.
  const merged = (flags & ATIME_FLAGS) === 0 ? (kept & ~ATIME_FLAGS) | (mount.flags & ATIME_FLAGS) : kept;
  mount.superBlock.remount(options);
  tree.setReadOnly(mount.superBlock, (flags & M.MS_RDONLY) !== 0);
  tree.setFlags(mount, merged);
  return 0;
}

/** The mount of which a path is the root, or that covers it: «.» may lie below a later mount. */
function topmost(path: Path): Path {
  let at = path;
  for (let upper = mountedOn(at.mount, at.dentry); upper; upper = mountedOn(upper, upper.root)) {
    at = { mount: upper, dentry: upper.root };
  }
  requireMountRoot(at);
  return at;
}

/** umount2(2) */
function sysUmount2(task: Task, args: Args): number {
  const flags = args.u32(1);
  if ((flags & ~(M.MNT_FORCE | M.MNT_DETACH | M.MNT_EXPIRE | M.UMOUNT_NOFOLLOW)) !== 0)
    fail(EINVAL, 'umount2: flags');
  const path = pathAt(task, args.ptr(0), (flags & M.UMOUNT_NOFOLLOW) !== 0 ? 'stay' : 'follow');
  if (!task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'umount');
  const { tree } = task.kernel.vfs;
  const { mount } = topmost(path);
  const isRoot = mount === task.fs.root.mount;
  if ((flags & M.MNT_EXPIRE) !== 0 && (isRoot || (flags & (M.MNT_FORCE | M.MNT_DETACH)) !== 0))
    fail(EINVAL, 'umount2: MNT_EXPIRE');
  if (isRoot && (flags & M.MNT_DETACH) === 0) {
    // The root is never unmounted; it becomes read-only, as it should before the power goes.
    tree.setReadOnly(mount.superBlock, true);
    return 0;
  }
  tree.unmount(mount, flags);
  return 0;
}

/** pivot_root(2) */
function sysPivotRoot(task: Task, args: Args): number {
  if (!task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'pivot_root');
  const { vfs, tasks } = task.kernel;
  const flags = LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
  const newRoot = vfs.walk(task, AT_FDCWD, readPath(task, args.ptr(0)), flags);
  const putOld = vfs.walk(task, AT_FDCWD, readPath(task, args.ptr(1)), flags);
  const oldRoot = { ...task.fs.root };
  if (newRoot.dentry.isUnlinked) fail(ENOENT, 'new root was removed');
  vfs.tree.pivot(oldRoot, newRoot, putOld);
  for (const other of tasks.tasks.values()) {
    if (isSamePath(other.fs.root, oldRoot)) other.fs.setRoot(newRoot);
    if (isSamePath(other.fs.cwd, oldRoot)) other.fs.setCwd(newRoot);
  }
  return 0;
}

export const mountTable: Row[] = [
  [155, full('pivot_root', 'path path', sysPivotRoot)],
  [
    165,
    partial(
      'mount',
      'path path str hex str',
      sysMount,
      'one mount namespace; propagation kinds have no effect',
    ),
  ],
  [166, full('umount2', 'path hex', sysUmount2)],
];
