/**
 * DescriptorTree: directories are held by O_PATH descriptors, files are named «/proc/self/fd/N/name». The kernel of
 * the host resolves the magic link to the directory itself, wherever it was moved, and then looks up one component:
 * no rename and no symbolic link on the way can lead elsewhere. See openat(2), proc(5).
 *
 * Invariants: at most MAX_DIRECTORIES descriptors besides the root's; one is opened only from its parent's, with
 * O_NOFOLLOW, and only kept if fstat shows the directory that was looked for.
 */
import type { HostFs } from '../../../host/machine.ts';
import type { HostNode, HostTree } from './host-tree.ts';
import type { HostPath, HostStats } from './host-call.ts';
import { ELOOP, EMFILE, ENFILE, ENOENT, ENOTDIR, ESTALE } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { O_PATH } from '../../abi/fcntl.ts';
import { errnoOfHost, LINUX_OPEN_FLAGS as O, rethrow } from './host-call.ts';
import { bytePath, checkName } from './host-name.ts';
import { toBytes } from '../../abi/byte-string.ts';

export const MAX_DIRECTORIES = 128;

export class DescriptorTree implements HostTree {
  readonly encoding = 'buffer';
  readonly isLinux = true;
  readonly renameReplaces = true;
  readonly #fs: HostFs;
  readonly #root: number;
  /** Open directories, the one used longest ago first. */
  readonly #directories = new Map<HostNode, number>();
  /** Not to be closed: its descriptor's number is part of a path that is about to be used. */
  #pinned: HostNode | undefined;

  constructor(fs: HostFs, root: number) {
    this.#fs = fs;
    this.#root = root;
  }

  place(directory: HostNode, name: string): HostPath {
    checkName(name);
    return bytePath(`/proc/self/fd/${this.#descriptor(directory)}/`, name);
  }

  places(from: HostNode, name: string, to: HostNode, newName: string): [HostPath, HostPath] {
    try {
      const second = this.place(to, newName);
      this.#pinned = to; // looking up `from` may open, and so close, many directories
      return [this.place(from, name), second];
    } finally {
      this.#pinned = undefined;
    }
  }

  self(directory: HostNode): HostPath {
    return `/proc/self/fd/${this.#descriptor(directory)}`;
  }

  statSelf(directory: HostNode): HostStats | undefined {
    let descriptor: number;
    try {
      descriptor = this.#descriptor(directory);
    } catch (error) {
      const errno = errnoOfHost(error);
      if (errno === ESTALE || errno === ENOENT) return undefined;
      throw error;
    }
    return this.#fs.fstatSync(descriptor, { bigint: true });
  }

  withPath<T>(node: HostNode, action: (path: HostPath) => T): T {
    if (node.parent === undefined || this.#directories.has(node)) return action(this.self(node));
    const descriptor = this.#openNode(node.parent, node, 0);
    try {
      return action(`/proc/self/fd/${descriptor}`);
    } finally {
      this.#fs.closeSync(descriptor);
    }
  }

  reopenPath(descriptor: number): HostPath {
    return `/proc/self/fd/${descriptor}`;
  }

  linkTarget(target: string): HostPath {
    return toBytes(target) as unknown as HostPath;
  }

  forget(directory: HostNode): void {
    const descriptor = this.#directories.get(directory);
    if (descriptor === undefined) return;
    this.#directories.delete(directory);
    this.#fs.closeSync(descriptor);
  }

  shrink(): void {
    for (const directory of this.#directories.keys()) if (directory !== this.#pinned) this.forget(directory);
  }

  close(): void {
    this.shrink();
    this.#fs.closeSync(this.#root);
  }

  /** The descriptor of a directory; valid until the next call of this tree. */
  #descriptor(directory: HostNode): number {
    if (directory.parent === undefined && directory.name === '') return this.#root;
    const known = this.#directories.get(directory);
    if (known !== undefined) {
      this.#directories.delete(directory);
      this.#directories.set(directory, known);
      return known;
    }
    // Opens from the nearest open ancestor down; a loop, because a guest decides how deep its directories are.
    const chain: HostNode[] = [];
    let node: HostNode | undefined = directory;
    while (node !== undefined && node.name !== '' && !this.#directories.has(node)) {
      chain.push(node);
      node = node.parent;
    }
    if (node === undefined) fail(ESTALE, 'directory has lost its name');
    for (let i = chain.length - 1; i >= 0; i--) {
      const child = chain[i]!;
      const descriptor = this.#openNode(child.parent!, child, O.O_DIRECTORY);
      this.#directories.set(child, descriptor);
      if (this.#directories.size > MAX_DIRECTORIES) this.#forgetOldest();
    }
    return this.#directories.get(directory)!;
  }

  #forgetOldest(): void {
    for (const directory of this.#directories.keys()) {
      if (directory !== this.#pinned) return this.forget(directory);
    }
  }

  /** An O_PATH descriptor of exactly `node`; its parent is open or the root. */
  #openNode(parent: HostNode, node: HostNode, flags: number): number {
    checkName(node.name);
    const descriptor = this.#open(parent, node.name, flags | O_PATH | O.O_NOFOLLOW);
    const stats = this.#fs.fstatSync(descriptor, { bigint: true });
    const isLink = (stats.mode & 0o170000n) === 0o120000n;
    if (stats.ino === node.hostIno && stats.dev === node.hostDev && !isLink) return descriptor;
    this.#fs.closeSync(descriptor);
    return fail(ESTALE, 'another file is there now');
  }

  #open(parent: HostNode, name: string, flags: number): number {
    for (let attempt = 0; ; attempt++) {
      const path = bytePath(`/proc/self/fd/${this.#descriptor(parent)}/`, name);
      try {
        return this.#fs.openSync(path, flags);
      } catch (error) {
        const errno = errnoOfHost(error);
        if (errno === ENOTDIR || errno === ELOOP) fail(ESTALE, 'another file is there now');
        const isShort = errno === ENFILE || errno === EMFILE;
        if (!isShort || attempt > 0 || this.#directories.size === 0) rethrow(error);
        this.shrink();
      }
    }
  }
}
