/**
 * When access, modification and change times move: mount options noatime, nodiratime, relatime and strictatime
 * (mount(8)), and the times of a directory whose entries change. Linux counterpart: touch_atime, inode_update_time.
 */
import type { Kernel } from '../kernel.ts';
import { MS_NOATIME, MS_NODIRATIME, MS_STRICTATIME } from '../abi/mount.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { compareTimespec } from '../time/timespec.ts';
import type { Inode } from './inode.ts';
import { isMountReadOnly } from './permission.ts';
import type { Mount } from './path.ts';

const DAY_SEC = 86_400;

/** The inode was read: moves its access time if the mount's options ask for it (relatime is the default). */
export function touchAtime(kernel: Kernel, mount: Mount, inode: Inode): void {
  if ((mount.flags & MS_NOATIME) !== 0 || isMountReadOnly(mount)) return;
  if ((mount.flags & MS_NODIRATIME) !== 0 && (inode.mode & S_IFMT) === S_IFDIR) return;
  const now = kernel.time.now();
  if ((mount.flags & MS_STRICTATIME) === 0) {
    const isStale =
      compareTimespec(inode.mtime, inode.atime) >= 0 ||
      compareTimespec(inode.ctime, inode.atime) >= 0 ||
      now.sec - inode.atime.sec >= DAY_SEC;
    if (!isStale) return;
  }
  inode.touchAtime(now);
}

/** The content of an inode that lives in memory changed. */
export function touchModified(kernel: Kernel, inode: Inode): void {
  const now = kernel.time.now();
  inode.mtime = now;
  inode.ctime = now;
  inode.version++;
}
