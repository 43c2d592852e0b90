/**
 * devtmpfs: /dev. A tmpfs, one per kernel however often it is mounted, in which the kernel itself makes the nodes of
 * its devices; the guest may add, change and remove names as in any tmpfs. Linux counterpart: drivers/base/devtmpfs.c.
 */
import { S_IFBLK, S_IFCHR, S_IFDIR, makedev } from '../abi/stat.ts';
import type { Device, DeviceListener } from '../device/device-table.ts';
import type { Kernel } from '../kernel.ts';
import { ROOT } from '../task/credentials.ts';
import type { Inode } from './inode.ts';
import type { FileSystemType } from './super-block.ts';
import { TmpfsSuperBlock, parseTmpfsOptions } from './tmpfs.ts';

/** Links that every Linux user space expects. */
const LINKS: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
];
/** Mount points of devpts, and of the tmpfs for shm_open(3). */
const DIRECTORIES: readonly (readonly [string, number])[] = [
  ['pts', 0o755],
  ['shm', 0o1777],
];

class DevtmpfsSuperBlock extends TmpfsSuperBlock implements DeviceListener {
  override readonly typeName = 'devtmpfs';

  constructor(kernel: Kernel, source: string) {
    super(kernel, source, { ...parseTmpfsOptions(kernel, 'mode=755'), shown: ',mode=755' });
    for (const [name, target] of LINKS) this.root.symlink(name, target, ROOT);
    for (const [name, mode] of DIRECTORIES) this.root.mkdir(name, S_IFDIR | mode, ROOT);
    for (const device of kernel.devices.devices()) this.deviceAdded(device);
    kernel.devices.listeners.add(this);
  }

  deviceAdded(device: Device): void {
    if (device.name === '') return;
    const directory = this.#directoryOf(device.name);
    const name = baseName(device.name);
    if (directory === undefined || directory.lookup(name) !== undefined) return;
    const type = device.kind === 'block' ? S_IFBLK : S_IFCHR;
    directory.mknod(name, type | device.mode, makedev(device.major, device.minor), ROOT);
    if (directory === this.root) this.#forgetDentry(name);
  }

  deviceRemoved(device: Device): void {
    if (device.name === '') return;
    const directory = this.#directoryOf(device.name);
    const node = directory?.lookup(baseName(device.name));
    if (node === undefined || node.rdev !== makedev(device.major, device.minor)) return;
    directory!.unlink(baseName(device.name), node);
    if (directory === this.root) this.#forgetDentry(baseName(device.name));
  }

  /** The instance lives as long as the kernel: what a guest made in /dev is there after a umount and a mount. */
  override shutdown(): void {}

  /** The directory of a device's name, made if it is not there. */
  #directoryOf(name: string): Inode | undefined {
    let directory: Inode = this.root;
    for (const part of name.split('/').slice(0, -1)) {
      directory = directory.lookup(part) ?? directory.mkdir(part, S_IFDIR | 0o755, ROOT);
    }
    return directory;
  }

  /** A name came or went without the VFS: what it remembers of it does not hold. */
  #forgetDentry(name: string): void {
    const dentry = this.rootDentry?.children.get(name);
    if (dentry !== undefined && dentry.mounts.length === 0) this.kernel.vfs.dentries.forget(dentry);
  }
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

export const devtmpfsType: FileSystemType = {
  name: 'devtmpfs',
  needsDevice: false,
  mount: (kernel, source) => {
    for (const listener of kernel.devices.listeners)
      if (listener instanceof DevtmpfsSuperBlock) return listener;
    return new DevtmpfsSuperBlock(kernel, source);
  },
};
