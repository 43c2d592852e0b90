/** inotify_init1(2), inotify_add_watch(2), inotify_rm_watch(2). */
import { EEXIST, EINVAL, ENOTDIR } from '../abi/errno.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import {
  IN_ALL_EVENTS,
  IN_CLOEXEC,
  IN_DONT_FOLLOW,
  IN_EXCL_UNLINK,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_NONBLOCK,
  IN_ONESHOT,
  IN_ONLYDIR,
} from '../abi/inotify.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { InotifyFile, makeInotify } from '../fs/inotify.ts';
import { MAY_READ, requirePermission } from '../fs/permission.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { lookupAt } from './at-path.ts';
import { full, type Row } from './table.ts';

/** inotify_init(2) */
function sysInotifyInit(task: Task): number {
  return init(task, 0);
}

/** inotify_init1(2) */
function sysInotifyInit1(task: Task, args: Args): number {
  return init(task, args.u32(0));
}

function init(task: Task, flags: number): number {
  if ((flags & ~(IN_CLOEXEC | IN_NONBLOCK)) !== 0) fail(EINVAL, 'inotify_init1: flags');
  const { vfs } = task.kernel;
  const path = vfs.newAnonymousPath('inotify');
  const file = makeInotify(path, flags & IN_NONBLOCK, vfs.watches, task.credentials.uid);
  file.credentials = task.credentials;
  try {
    return task.files.install(file, (flags & IN_CLOEXEC) !== 0);
  } catch (error) {
    vfs.put(file);
    throw error;
  }
}

/** What stays in a watch's mask besides the events. */
const KEPT_FLAGS = IN_EXCL_UNLINK | IN_ONESHOT;

/** inotify_add_watch(2) */
function sysInotifyAddWatch(task: Task, args: Args): number {
  const mask = args.u32(2);
  const both = IN_MASK_ADD | IN_MASK_CREATE;
  if ((mask & (IN_ALL_EVENTS | KEPT_FLAGS | both | IN_ONLYDIR | IN_DONT_FOLLOW)) === 0) {
    fail(EINVAL, 'inotify_add_watch: empty mask');
  }
  const file = instance(task, args.fd(0));
  if ((mask & both) === both) fail(EINVAL, 'IN_MASK_ADD with IN_MASK_CREATE');
  const isFollowing = (mask & IN_DONT_FOLLOW) === 0;
  const path = lookupAt(task, AT_FDCWD, args.ptr(1), { isFollowing, isEmptyAllowed: false });
  const inode = path.dentry.inode!;
  if ((mask & IN_ONLYDIR) !== 0 && (inode.mode & S_IFMT) !== S_IFDIR) fail(ENOTDIR, 'IN_ONLYDIR');
  requirePermission(inode, MAY_READ, task.credentials);
  if ((mask & IN_MASK_CREATE) !== 0 && inode.watches?.list.some(watch => watch.instance === file)) {
    fail(EEXIST, 'IN_MASK_CREATE');
  }
  const kept = (mask & (IN_ALL_EVENTS | KEPT_FLAGS)) >>> 0;
  return file.setWatch(inode, kept, (mask & IN_MASK_ADD) !== 0 ? 'add' : 'replace');
}

/** inotify_rm_watch(2) */
function sysInotifyRmWatch(task: Task, args: Args): number {
  const file = instance(task, args.fd(0));
  const watch = file.watches.get(args.i32(1));
  if (watch === undefined) return fail(EINVAL, 'inotify_rm_watch: no such watch');
  file.removeWatch(watch);
  return 0;
}

function instance(task: Task, fd: number): InotifyFile {
  const file = task.file(fd);
  return file instanceof InotifyFile ? file : fail(EINVAL, 'not an inotify instance');
}

export const inotifyTable: Row[] = [
  [253, full('inotify_init', '', sysInotifyInit)],
  [254, full('inotify_add_watch', 'fd path hex', sysInotifyAddWatch)],
  [255, full('inotify_rm_watch', 'fd int', sysInotifyRmWatch)],
  [294, full('inotify_init1', 'hex', sysInotifyInit1)],
];
