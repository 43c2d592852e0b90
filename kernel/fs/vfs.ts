/**
 * Vfs: the file-system core of one kernel, `kernel.vfs`. It owns the mount tree, the dentry cache, the file-system
 * types and the life of files and paths. What is done with names is in open-file.ts, create.ts, remove.ts and
 * attributes.ts, all of which take a WalkContext, so that kernel code and the embedder can do it too.
 *
 * Life of an inode: while it has a name (nlink) or a held path (references) it lives; when both are gone `evict` is
 * called, once.
 */
import { O_PATH } from '../abi/fcntl.ts';
import { MS_RELATIME } from '../abi/mount.ts';
import { makedev, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { IN_CLOSE_NOWRITE, IN_CLOSE_WRITE } from '../abi/inotify.ts';
import type { Kernel } from '../kernel.ts';
import { ROOT } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import { AnonymousFiles } from './anonymous.ts';
import { DentryCache } from './dentry-cache.ts';
import type { File } from './file.ts';
import { walkContextOf, type WalkContext } from './fs-context.ts';
import type { Inode } from './inode.ts';
import { dropLease } from './leases.ts';
import { InotifySystem, notifyFile, notifyGone } from './inotify.ts';
import { LockWaits } from './locks.ts';
import { MountTree } from './mount-tree.ts';
import { openPath } from './open-file.ts';
import { LOOKUP_FOLLOW, lookupPath, startOf, type At } from './path-walk.ts';
import { holdPath, type Mount, type Path } from './path.ts';
import { pathname } from './pathname.ts';
import type { FileSystemType } from './super-block.ts';
import { tmpfsType } from './tmpfs.ts';

export class Vfs {
  readonly kernel: Kernel;
  /** By name: /proc/filesystems. */
  readonly types = new Map<string, FileSystemType>();
  readonly dentries = new DentryCache();
  readonly tree: MountTree;
  readonly anonymous: AnonymousFiles;
  readonly watches = new InotifySystem();
  readonly lockWaits = new LockWaits();
  /** The hidden tmpfs of memfd_create(2), once it is used. */
  memoryFiles: Mount | undefined;
  #nextDevice = 1;
  #rootMount: Mount | undefined;
  #root: Path | undefined;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.tree = new MountTree(kernel);
    this.anonymous = new AnonymousFiles(kernel);
    this.registerType(tmpfsType);
    this.registerType({ ...tmpfsType, name: 'ramfs' });
  }

  /** The root of the mount tree: a tmpfs, made when it is first asked for (a super block needs kernel.vfs). */
  get rootMount(): Mount {
    if (this.#rootMount === undefined) {
      const superBlock = tmpfsType.mount(this.kernel, 'rootfs', 'mode=755', 0);
      this.#rootMount = this.tree.attach(this.tree.create(superBlock, MS_RELATIME), undefined);
    }
    return this.#rootMount;
  }
  /** Where names begin for the kernel, for init and for the embedder: the root mount, or what was put over it at boot. */
  get root(): Path {
    return this.#root ?? this.initialRoot;
  }
  /** The root of the root mount. The initramfs is there, also after it was covered. */
  get initialRoot(): Path {
    const mount = this.rootMount;
    return { mount, dentry: mount.root };
  }
  /** Processes that are started by the kernel from now on have this root. */
  switchRoot(root: Path): void {
    this.#root = holdPath(root);
  }
  /** All mounts by id: /proc/mounts. */
  get mounts(): ReadonlyMap<number, Mount> {
    return this.tree.mounts;
  }

  /** The context of kernel code and of the embedder: root's rights, from the root directory. */
  kernelContext(credentials = ROOT, umask = 0): WalkContext {
    const { root } = this;
    this.kernel.callCount++; // an operation of its own, as a system call is: see hostfs
    return { kernel: this.kernel, task: undefined, root, cwd: root, credentials, umask };
  }

  registerType(type: FileSystemType): void {
    this.types.set(type.name, type);
  }

  /** A device number for a file system without a device (st_dev). */
  allocateDevice(): number {
    return makedev(0, this.#nextDevice++);
  }

  /** Where a name begins: the root, the working directory, or what `at` (a dirfd or a path) is. EBADF. */
  startOf(context: WalkContext, at: At, name: string): Path {
    return startOf(context, at, name);
  }

  /** The place a name leads to. `flags`: LOOKUP_*. */
  walk(by: Task | WalkContext, at: At, name: string, flags: number = LOOKUP_FOLLOW): Path {
    const context = contextOf(by);
    return lookupPath(context, at, name, flags);
  }

  /** open(2): a file with one reference. A FIFO may have to wait: see File.finishOpen. */
  open(by: Task | WalkContext, at: At, name: string, flags: number, mode = 0): File {
    const context = contextOf(by);
    return openPath(context, at, name, { flags, mode, resolve: 0 });
  }

  get(file: File): File {
    file.references++;
    return file;
  }

  /** Lets a file go; the last one releases it. */
  put(file: File): void {
    if (--file.references > 0) return;
    const { path, flags } = file;
    const inode = path.dentry.inode!;
    if ((flags & O_PATH) === 0) notifyFile(file, file.isWritable ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
    inode.locks?.releaseOwner(file);
    if (inode.leases !== undefined) dropLease(file);
    file.directoryNotifier?.detach();
    for (const item of [...(file.epollItems ?? [])]) item.detach();
    file.asyncNotifier?.detach();
    file.release();
    if (file.isWritable) {
      path.mount.writers--;
      if ((inode.mode & S_IFMT) === S_IFREG) inode.writers--;
    }
    this.releasePath(path);
  }

  /** The counterpart of holdPath. */
  releasePath(path: Path): void {
    const { mount, dentry } = path;
    const { inode } = dentry;
    dentry.references--;
    if (inode !== undefined) {
      inode.references--;
      this.evictIfUnused(inode);
    }
    if (--mount.references === 0 && mount.isDetached) this.tree.end(mount);
  }

  /** Called when a link or a reference went. */
  evictIfUnused(inode: Inode): void {
    if (inode.nlink > 0 || inode.references > 0 || inode.isEvicted) return;
    inode.isEvicted = true;
    notifyGone(inode);
    inode.evict();
  }

  /** The name of a place as seen from `root`: /proc/PID/fd, getcwd(2). */
  pathname(path: Path, root: Path = this.root): string {
    return pathname(path, root);
  }

  /** A path for a file without a name: 'pipe', 'socket', '[eventpoll]' … */
  newAnonymousPath(kind: string): Path {
    return this.anonymous.newPath(kind);
  }

  /** sync(2) */
  sync(): void {
    this.kernel.memory.writeBack();
    for (const mount of this.tree.mounts.values()) mount.superBlock.sync();
  }
}

function contextOf(by: Task | WalkContext): WalkContext {
  return 'cwd' in by ? by : walkContextOf(by);
}
