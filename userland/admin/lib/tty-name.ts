/** Names of terminals by device number, and back: what /proc/tty/drivers and udev say. */
import { S_ISCHR, tryStat } from '../../libc/stat.ts';

/** The name under /dev; undefined for device 0. */
export function ttyName(device: number): string | undefined {
  if (device === 0) return undefined;
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  if (major === 5) return ['tty', 'console', 'ptmx'][minor] ?? '?';
  if (major >= 136 && major <= 143) return `pts/${minor + (major - 136) * 256}`;
  return undefined;
}

/** The device of a terminal given as `/dev/pts/0`, `pts/0`, `tty1` or `1`; undefined: no terminal. */
export function ttyDevice(name: string): number | undefined {
  for (const path of [name, `/dev/${name}`, `/dev/tty${name}`, `/dev/pts/${name}`]) {
    const status = path.startsWith('/') ? tryStat(path) : undefined;
    if (status && S_ISCHR(status.mode)) return status.rdev;
  }
  return undefined;
}
