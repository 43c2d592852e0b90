/** The types of mounted file systems, for -fstype and %F. */
import { mountTable } from '../coreutils/lib/mounts.ts';
import { SysError } from '../libc/native.ts';

let types: Map<number, string> | undefined;

/** The type of the file system of a device number; `unknown` if it is not in the mount table. */
export function fileSystemOf(device: number): string {
  if (!types) {
    types = new Map();
    try {
      for (const mount of mountTable()) types.set(mount.device, mount.type);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }
  return types.get(device) ?? 'unknown';
}
