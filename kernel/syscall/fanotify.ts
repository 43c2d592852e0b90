/** fanotify_init(2), fanotify_mark(2). */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import * as abi from '../abi/fanotify.ts';
import { EBADF, EINVAL, ENOENT, ENOTDIR, EPERM } from '../abi/errno.ts';
import * as F from '../abi/fcntl.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { FanotifyFile } from '../fs/fanotify.ts';
import { Mount, type Path } from '../fs/path.ts';
import { SuperBlock } from '../fs/super-block.ts';
import { MAY_READ, requirePermission } from '../fs/permission.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import { lookupAt } from './at-path.ts';
import { installNew } from './install-pair.ts';
import { partial, type Row } from './table.ts';

const HANDLE_FLAGS = abi.FAN_REPORT_FID | abi.FAN_REPORT_DIR_FID | abi.FAN_REPORT_NAME;
const KNOWN_INIT =
  abi.FAN_CLOEXEC |
  abi.FAN_NONBLOCK |
  abi.FAN_UNLIMITED_QUEUE |
  abi.FAN_UNLIMITED_MARKS |
  abi.FAN_REPORT_TID |
  HANDLE_FLAGS;
/** Without CAP_SYS_ADMIN. */
const FREE_INIT = abi.FAN_CLOEXEC | abi.FAN_NONBLOCK | HANDLE_FLAGS;
const EVENT_FLAGS =
  F.O_ACCMODE | F.O_APPEND | F.O_NONBLOCK | F.O_DSYNC | F.O_SYNC | F.O_LARGEFILE | F.O_NOATIME | F.O_CLOEXEC;

/** Events that come with an open file, and those that need handles. */
const FILE_EVENTS =
  abi.FAN_ACCESS |
  abi.FAN_MODIFY |
  abi.FAN_CLOSE_WRITE |
  abi.FAN_CLOSE_NOWRITE |
  abi.FAN_OPEN |
  abi.FAN_OPEN_EXEC;
const HANDLE_EVENTS =
  abi.FAN_ATTRIB |
  abi.FAN_MOVED_FROM |
  abi.FAN_MOVED_TO |
  abi.FAN_CREATE |
  abi.FAN_DELETE |
  abi.FAN_DELETE_SELF |
  abi.FAN_MOVE_SELF;
const MODIFIERS = abi.FAN_ONDIR | abi.FAN_EVENT_ON_CHILD;

/** fanotify_init(2) */
function sysFanotifyInit(task: Task, args: Args): number {
  const flags = args.u32(0);
  const eventFlags = args.u32(1);
  const reports = flags & HANDLE_FLAGS;
  if (!task.capable(CAP_SYS_ADMIN) && ((flags & ~FREE_INIT) !== 0 || reports === 0))
    fail(EPERM, 'fanotify_init');
  // Linux: FAN_CLASS_CONTENT and FAN_CLASS_PRE_CONTENT can permit and deny; here nobody is asked.
  if ((flags & ~KNOWN_INIT) !== 0) fail(EINVAL, 'fanotify_init: flags');
  if ((eventFlags & ~EVENT_FLAGS) !== 0 || (eventFlags & F.O_ACCMODE) === F.O_ACCMODE)
    fail(EINVAL, 'fanotify_init: flags of the files');
  const hasName = (flags & abi.FAN_REPORT_NAME) !== 0;
  if (hasName && (flags & abi.FAN_REPORT_DIR_FID) === 0)
    fail(EINVAL, 'fanotify_init: a name without a directory');
  const status = F.O_RDWR | ((flags & abi.FAN_NONBLOCK) !== 0 ? F.O_NONBLOCK : 0);
  const file = new FanotifyFile(task.kernel, status, flags, eventFlags);
  return installNew(task, file, (flags & abi.FAN_CLOEXEC) !== 0);
}

const KNOWN_MARK = 0x1ff;

/** fanotify_mark(2) */
function sysFanotifyMark(task: Task, args: Args): number {
  const flags = args.u32(1);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const mask = Number(args.b64(2) & 0xffff_ffffn) | 0;
  if (args.b64(2) > 0xffff_ffffn || (flags & ~KNOWN_MARK) !== 0) fail(EINVAL, 'fanotify_mark: flags or mask');
  if (has(abi.FAN_MARK_MOUNT) && has(abi.FAN_MARK_FILESYSTEM))
    fail(EINVAL, 'fanotify_mark: one kind of object');
  const commands = flags & (abi.FAN_MARK_ADD | abi.FAN_MARK_REMOVE | abi.FAN_MARK_FLUSH);
  if (commands === 0 || (commands & (commands - 1)) !== 0) fail(EINVAL, 'fanotify_mark: one command');
  const isFlush = commands === abi.FAN_MARK_FLUSH;
  if (
    isFlush
      ? (flags & ~(abi.FAN_MARK_FLUSH | abi.FAN_MARK_MOUNT | abi.FAN_MARK_FILESYSTEM)) !== 0
      : mask === 0
  )
    fail(EINVAL, 'fanotify_mark: flags or mask');
  const group = task.file(args.fd(0));
  if (!(group instanceof FanotifyFile)) return fail(EINVAL, 'fanotify_mark: no fanotify group');
  if ((mask & ~(FILE_EVENTS | HANDLE_EVENTS | MODIFIERS)) !== 0) fail(EINVAL, 'fanotify_mark: events');
  if ((mask & HANDLE_EVENTS) !== 0 && !group.reportsHandles)
    fail(EINVAL, 'fanotify_mark: events need FAN_REPORT_FID');
  const isWide = has(abi.FAN_MARK_MOUNT) || has(abi.FAN_MARK_FILESYSTEM);
  if (isWide && !task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'fanotify_mark: mounts and file systems');
  if (isFlush) return flush(group, flags);
  const path = pathOf(task, args, flags);
  const object = has(abi.FAN_MARK_MOUNT)
    ? path.mount
    : has(abi.FAN_MARK_FILESYSTEM)
      ? path.mount.superBlock
      : path.dentry.inode!;
  if (commands === abi.FAN_MARK_ADD) add(group, object, path, mask, flags);
  else remove(group, object, mask, flags);
  return 0;
}

function pathOf(task: Task, args: Args, flags: number): Path {
  const isFollowing = (flags & abi.FAN_MARK_DONT_FOLLOW) === 0;
  const path =
    args.ptr(4) === 0
      ? (task.files.get(args.fd(3)) ?? fail(EBADF, 'fanotify_mark: descriptor')).path
      : lookupAt(task, args.fd(3), args.ptr(4), { isFollowing, isEmptyAllowed: false });
  const inode = path.dentry.inode!;
  if ((flags & abi.FAN_MARK_ONLYDIR) !== 0 && (inode.mode & S_IFMT) !== S_IFDIR)
    fail(ENOTDIR, 'FAN_MARK_ONLYDIR');
  requirePermission(inode, MAY_READ, task.credentials);
  return path;
}

function add(group: FanotifyFile, object: object, { mount }: Path, mask: number, flags: number): void {
  const mark = group.marks.get(object) ?? { mask: 0, ignored: 0, survivesModify: false, mount };
  if ((flags & abi.FAN_MARK_IGNORED_MASK) !== 0) {
    mark.ignored |= mask;
    if ((flags & abi.FAN_MARK_IGNORED_SURV_MODIFY) !== 0) mark.survivesModify = true;
  } else mark.mask |= mask;
  group.setMark(object, mark);
}

function remove(group: FanotifyFile, object: object, mask: number, flags: number): void {
  const mark = group.marks.get(object) ?? fail(ENOENT, 'fanotify_mark: no such mark');
  if ((flags & abi.FAN_MARK_IGNORED_MASK) !== 0) mark.ignored &= ~mask;
  else mark.mask &= ~mask;
  if ((mark.mask & ~MODIFIERS) === 0 && mark.ignored === 0) group.removeMark(object);
}

/** Removes all marks of one kind. */
function flush(group: FanotifyFile, flags: number): number {
  for (const object of [...group.marks.keys()]) {
    const isMount = object instanceof Mount;
    const isSuperBlock = object instanceof SuperBlock;
    const isMeant =
      (flags & abi.FAN_MARK_MOUNT) !== 0
        ? isMount
        : (flags & abi.FAN_MARK_FILESYSTEM) !== 0
          ? isSuperBlock
          : !isMount && !isSuperBlock;
    if (isMeant) group.removeMark(object);
  }
  return 0;
}

export const fanotifyTable: Row[] = [
  [
    300,
    partial(
      'fanotify_init',
      'hex openflags',
      sysFanotifyInit,
      'no permission events, pidfds, target handles',
    ),
  ],
  [
    301,
    partial(
      'fanotify_mark',
      'fd hex hex dirfd path',
      sysFanotifyMark,
      'no permission events, FAN_MARK_IGNORE, evictable marks',
    ),
  ],
];
