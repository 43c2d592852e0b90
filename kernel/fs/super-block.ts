/**
 * SuperBlock: a mounted file system instance; FileSystemType: what mount(2) makes them from. Linux counterpart:
 * struct super_block, struct file_system_type.
 */
import type { Inode } from './inode.ts';
import type { Kernel } from '../kernel.ts';
import type { Dentry } from './path.ts';
import type { WalkContext } from './fs-context.ts';

/** The numbers of statfs(2). Sizes in units of blockSize. */
export interface FileSystemStatistics {
  readonly type: number; // *_MAGIC
  readonly blockSize: number;
  readonly blocks: number;
  readonly blocksFree: number;
  readonly files: number;
  readonly filesFree: number;
}

export abstract class SuperBlock {
  readonly kernel: Kernel;
  readonly typeName: string;
  /** st_dev of its inodes. */
  readonly device: number;
  abstract readonly root: Inode;
  readonly maxNameLength: number = 255;
  /** True while the file system itself refuses changes (any mount of it is then read-only). */
  isReadOnly = false;
  /** What /proc/mounts shows as the source. */
  source = 'none';
  /** Live mounts of this instance; the VFS calls `shutdown` after the last one went. */
  mountCount = 0;
  /** The dentry of `root`, which all mounts share; made by the VFS at the first mount. */
  rootDentry: Dentry | undefined;

  constructor(kernel: Kernel, typeName: string) {
    this.kernel = kernel;
    this.typeName = typeName;
    this.device = kernel.vfs.allocateDevice();
  }

  abstract statistics(): FileSystemStatistics;
  /** Options beyond the generic ones, as /proc/mounts shows them: `,size=64k`. */
  showOptions(): string {
    return '';
  }
  /** Changes options: mount(2) with MS_REMOUNT. */
  remount(_options: string): void {}
  /** Writes back what is dirty: sync(2), syncfs(2), umount. */
  sync(): void {}
  /** Gives everything back. */
  shutdown(): void {}
}

export interface FileSystemType {
  readonly name: string;
  /** False: /proc/filesystems shows «nodev». */
  readonly needsDevice: boolean;
  /**
   * May return an existing instance (proc, devtmpfs …). `options` is mount(2)'s data as a byte string. `context` is
   * that of the caller, from which names in the options are looked up.
   */
  mount(kernel: Kernel, source: string, options: string, flags: number, context?: WalkContext): SuperBlock;
}
