/** Mount flags as text for /proc/mounts and /proc/PID/mountinfo: show_mnt_opts in fs/proc_namespace.c. */
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
} from '../abi/mount.ts';
import type { Mount, Path } from './path.ts';
import { pathname } from './pathname.ts';
import { isMountReadOnly } from './permission.ts';

const NAMES: readonly (readonly [number, string])[] = [
  [MS_NOSUID, 'nosuid'],
  [MS_NODEV, 'nodev'],
  [MS_NOEXEC, 'noexec'],
  [MS_NOATIME, 'noatime'],
  [MS_NODIRATIME, 'nodiratime'],
  [MS_RELATIME, 'relatime'],
  [MS_NOSYMFOLLOW, 'nosymfollow'],
];

function flagNames(flags: number): string {
  let text = '';
  for (const [bit, name] of NAMES) if ((flags & bit) !== 0) text += `,${name}`;
  return text;
}

/** `rw,nosuid,relatime,size=64k`: the options column of /proc/mounts. */
export function mountOptions(mount: Mount): string {
  return (isMountReadOnly(mount) ? 'ro' : 'rw') + flagNames(mount.flags) + mount.superBlock.showOptions();
}

/** The per-mount options of mountinfo, without those of the super block. */
export function perMountOptions(mount: Mount): string {
  return ((mount.flags & MS_RDONLY) !== 0 ? 'ro' : 'rw') + flagNames(mount.flags);
}

/** Where the mount is seen from `root`; undefined if it is not below it. */
export function mountPoint(mount: Mount, root: Path): string | undefined {
  if (mount === root.mount) return '/';
  for (let m = mount; m !== root.mount; m = m.at.mount) if (m.at === undefined) return undefined;
  return pathname({ mount, dentry: mount.root }, root);
}

/** Blanks and backslashes of names as octal escapes, as the files of proc show them. */
export function escapeMountField(text: string): string {
  return text.replace(/[ \t\n\\#]/g, c => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
