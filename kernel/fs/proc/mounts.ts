/**
 * /proc/PID/mounts, mountinfo and mountstats: the mounts that a process can reach from its root; proc_pid_mounts(5),
 * proc_pid_mountinfo(5). Counterpart: fs/proc_namespace.c.
 */
import type { Kernel } from '../../kernel.ts';
import type { Mount, Path } from '../path.ts';
import * as ms from '../../abi/mount.ts';
import { majorOf, minorOf } from '../../abi/stat.ts';
import { pathname } from '../pathname.ts';
import { escapeOctal } from './text.ts';

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [ms.MS_NOSUID, ',nosuid'],
  [ms.MS_NODEV, ',nodev'],
  [ms.MS_NOEXEC, ',noexec'],
  [ms.MS_NOATIME, ',noatime'],
  [ms.MS_NODIRATIME, ',nodiratime'],
  [ms.MS_RELATIME, ',relatime'],
  [ms.MS_NOSYMFOLLOW, ',nosymfollow'],
];

const SPECIAL = ' \t\n\\';

export function showMounts(kernel: Kernel, root: Path): string {
  let text = '';
  for (const [mount, at] of reachable(kernel, root)) {
    const { superBlock } = mount;
    const access = isReadOnly(mount) || superBlock.isReadOnly ? 'ro' : 'rw';
    const options = access + mountOptions(mount) + superBlock.showOptions();
    text += `${sourceOf(mount)} ${at} ${superBlock.typeName} ${options} 0 0\n`;
  }
  return text;
}

export function showMountInfo(kernel: Kernel, root: Path): string {
  let text = '';
  for (const [mount, at] of reachable(kernel, root)) {
    const { superBlock } = mount;
    const { device } = superBlock;
    const shown = escapeOctal(rootWithin(mount), SPECIAL);
    const access = isReadOnly(mount) ? 'ro' : 'rw';
    const superAccess = superBlock.isReadOnly ? 'ro' : 'rw';
    text +=
      `${mount.id} ${mount.at?.mount.id ?? mount.id} ${majorOf(device)}:${minorOf(device)} ${shown} ${at} ` +
      `${access}${mountOptions(mount)} - ${superBlock.typeName} ${sourceOf(mount)} ${superAccess}${superBlock.showOptions()}\n`;
  }
  return text;
}

export function showMountStats(kernel: Kernel, root: Path): string {
  let text = '';
  for (const [mount, at] of reachable(kernel, root)) {
    text += `device ${sourceOf(mount)} mounted on ${at} with fstype ${mount.superBlock.typeName}\n`;
  }
  return text;
}

function* reachable(kernel: Kernel, root: Path): Generator<[Mount, string]> {
  for (const mount of kernel.vfs.mounts.values()) {
    const path = { mount, dentry: mount.root };
    // A chroot into the middle of a mount sees that mount's own root nowhere.
    if (mount === root.mount ? root.dentry !== mount.root : !kernel.vfs.tree.isReachable(path, root))
      continue;
    yield [mount, escapeOctal(pathname(path, root), SPECIAL)];
  }
}

/** What part of the file system the mount shows: «/», or a subtree for a bind mount. */
function rootWithin(mount: Mount): string {
  let name = '';
  for (let dentry = mount.root; dentry.parent !== dentry; dentry = dentry.parent)
    name = `/${dentry.name}${name}`;
  return mount.root.isUnlinked ? `${name}//deleted` : name || '/';
}

function sourceOf(mount: Mount): string {
  return escapeOctal(mount.superBlock.source || 'none', `${SPECIAL}#`);
}
function isReadOnly(mount: Mount): boolean {
  return (mount.flags & ms.MS_RDONLY) !== 0;
}
function mountOptions(mount: Mount): string {
  return FLAG_NAMES.map(([flag, name]) => ((mount.flags & flag) !== 0 ? name : '')).join('');
}
