/**
 * DeviceTable: device numbers and what opens behind them. Linux counterpart: chrdev and blkdev tables, and the class
 * devices that devtmpfs shows. A device node of any file system is a number only; Inode.open of one comes here.
 */
import { ENXIO } from '../abi/errno.ts';
import { S_IFBLK, S_IFMT, majorOf, makedev, minorOf } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import type { File, OpenContext } from '../fs/file.ts';
import type { Kernel } from '../kernel.ts';
import { registerKmsg } from './kmsg.ts';
import { registerMemoryDevices } from './memory-devices.ts';

export interface Device {
  readonly kind: 'char' | 'block';
  readonly major: number;
  readonly minor: number;
  /** Numbers from `minor` on that it serves; 1 if absent. */
  readonly minorCount?: number;
  /** Name below /dev; may contain slashes. Empty: devtmpfs shows no node. */
  readonly name: string;
  /** Permission bits of the node. */
  readonly mode: number;
  open(context: OpenContext): File;
}

/** Who wants to know of devices that come and go: devtmpfs. */
export interface DeviceListener {
  deviceAdded(device: Device): void;
  deviceRemoved(device: Device): void;
}

export class DeviceTable {
  readonly kernel: Kernel;
  readonly #char = new Map<number, Device>();
  readonly #block = new Map<number, Device>();
  readonly #ranges: Device[] = [];
  readonly listeners = new Set<DeviceListener>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    registerMemoryDevices(this);
    registerKmsg(this);
  }

  register(device: Device): void {
    if (device.minorCount !== undefined) this.#ranges.push(device);
    this.#table(device.kind).set(makedev(device.major, device.minor), device);
    for (const listener of this.listeners) listener.deviceAdded(device);
  }

  unregister(device: Device): void {
    this.#table(device.kind).delete(makedev(device.major, device.minor));
    for (const listener of this.listeners) listener.deviceRemoved(device);
  }

  find(kind: 'char' | 'block', rdev: number): Device | undefined {
    const exact = this.#table(kind).get(rdev);
    if (exact !== undefined) return exact;
    const major = majorOf(rdev);
    const minor = minorOf(rdev);
    for (const device of this.#ranges) {
      const { minorCount = 1 } = device;
      if (device.kind !== kind || device.major !== major) continue;
      if (minor >= device.minor && minor < device.minor + minorCount) return device;
    }
    return undefined;
  }

  /** Opens the device node at `context.path`; ENXIO if nothing has its number. */
  open(context: OpenContext): File {
    const { mode, rdev } = context.path.dentry.inode!;
    const device = this.find((mode & S_IFMT) === S_IFBLK ? 'block' : 'char', rdev);
    if (device === undefined) return fail(ENXIO, 'no device with this number');
    return device.open(context);
  }

  /** All devices, for devtmpfs, /proc/devices and sysfs. */
  *devices(): Generator<Device> {
    yield* this.#char.values();
    yield* this.#block.values();
  }

  #table(kind: 'char' | 'block'): Map<number, Device> {
    return kind === 'char' ? this.#char : this.#block;
  }
}
