/**
 * Symbolic links and special files of the host. A link's target is text that the guest's own path walk resolves, so an
 * absolute one leads to the guest's file. FIFOs, sockets and devices of the host are seen but never opened: opening a
 * FIFO could hang the kernel, and a device is the host's.
 */
import type { File, OpenContext } from '../file.ts';
import { ENXIO, EOPNOTSUPP } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { HostInode } from './host-inode.ts';
import { rethrow } from './host-call.ts';
import { nameFromHost } from './host-name.ts';

export class HostSymlinkInode extends HostInode {
  /** The target, as of `#version`; for mounts with `cache=`. */
  #target: string | undefined;
  #version = -1;

  override readlink(): string {
    if (this.superBlock.cacheNs === 0) return this.#read();
    this.refresh();
    if (this.#target === undefined || this.#version !== this.version) {
      this.#target = this.#read();
      this.#version = this.version;
    }
    return this.#target;
  }

  #read(): string {
    const { fs, tree } = this.superBlock;
    if (this.parent === undefined) fail(ENXIO, 'symbolic link has lost its name');
    try {
      const options = { encoding: tree.encoding as 'buffer' };
      return nameFromHost(fs.readlinkSync(tree.place(this.parent, this.name), options));
    } catch (error) {
      return rethrow(error);
    }
  }

  protected override hostChmod(): void {
    fail(EOPNOTSUPP, 'mode of a symbolic link');
  }
  protected override hostChown(uid: number, gid: number): void {
    const { fs, tree } = this.superBlock;
    if (this.parent === undefined) fail(ENXIO, 'symbolic link has lost its name');
    fs.lchownSync(tree.place(this.parent, this.name), uid, gid);
  }
  protected override hostUtimes(atimeSec: number, mtimeSec: number): void {
    const { fs, tree } = this.superBlock;
    if (this.parent === undefined) fail(ENXIO, 'symbolic link has lost its name');
    fs.lutimesSync(tree.place(this.parent, this.name), atimeSec, mtimeSec);
  }
}

export class HostSpecialInode extends HostInode {
  // The device number is the host's and names, if it names anything, a device of the guest: the VFS opens that one.
  override open(_context: OpenContext): File {
    return fail(ENXIO, 'special file of the host');
  }
}
