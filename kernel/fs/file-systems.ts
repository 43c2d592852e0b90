/** The file systems that this kernel knows: /proc/filesystems. */
import type { Kernel } from '../kernel.ts';
import { devptsType } from './devpts.ts';
import { devtmpfsType } from './devtmpfs.ts';
import { hostfsType } from './hostfs/hostfs.ts';
import { mqueueType } from '../ipc/posix-queues.ts';
import { overlayType } from './overlay/overlay.ts';
import { procType } from './proc/proc.ts';
import { sysfsType } from './sysfs/sysfs.ts';

export function registerFileSystems(kernel: Kernel): void {
  for (const type of [devtmpfsType, devptsType, hostfsType, mqueueType, overlayType, procType, sysfsType])
    kernel.vfs.registerType(type);
}
