/**
 * UpperLayer: the layer that takes the changes, and the directory beside it in which things are made ready. Each
 * change is prepared in the work directory, where it may fail, and then moved into place, which does not. Linux
 * counterpart: fs/overlayfs/dir.c (ovl_create_temp, ovl_cleanup_and_whiteout).
 *
 * Invariant: the upper layer's dentries in the dentry cache follow every change that is made here, so that its tree,
 * seen through another mount, shows it.
 */
import { S_IFCHR, S_IFDIR } from '../../abi/stat.ts';
import { Errno } from '../../errors.ts';
import { ROOT } from '../../task/credentials.ts';
import type { Inode } from '../inode.ts';
import type { Dentry } from '../path.ts';
import type { Vfs } from '../vfs.ts';
import type { Layer } from './layer.ts';

export class UpperLayer {
  readonly layer: Layer;
  readonly #vfs: Vfs;
  readonly #directory: Dentry;
  #nextName = 1;

  /** `work`: the directory that mount(2) was given; `work` within it is used. */
  constructor(vfs: Vfs, layer: Layer, work: Dentry) {
    this.#vfs = vfs;
    this.layer = layer;
    const left = this.find(work, 'work');
    if (left !== undefined) this.#removeTree(work, left);
    const made = work.inode!.mkdir('work', S_IFDIR, ROOT);
    this.#directory = vfs.dentries.add(work, 'work', made);
    this.#directory.references++;
  }

  /** What is under a name of a directory of the upper layer, whiteouts included. */
  find(directory: Dentry, name: string): Dentry | undefined {
    if (directory.inode!.lookup(name) === undefined) return undefined;
    return this.#vfs.dentries.lookup(directory, name);
  }

  /** Makes something in the work directory. `make` gets the directory and a name that is free there. */
  prepare(make: (directory: Inode, name: string) => Inode): Dentry {
    const name = this.#temporaryName();
    const inode = make(this.#directory.inode!, name);
    return this.#vfs.dentries.add(this.#directory, name, inode);
  }

  prepareWhiteout(): Dentry {
    return this.prepare((directory, name) => directory.mknod(name, S_IFCHR, 0, ROOT));
  }

  /** A file without a name, for one that has lost its own. */
  unnamed(mode: number): Inode {
    return this.#directory.inode!.createUnnamed(mode, ROOT);
  }

  /** Puts what `make` makes directly under a name that is free. */
  makeAt(directory: Dentry, name: string, make: (directory: Inode) => Inode): Dentry {
    return this.#vfs.dentries.add(directory, name, make(directory.inode!));
  }

  /** Moves to a name; what is there is removed. Does not fail for want of space. */
  place(dentry: Dentry, directory: Dentry, name: string): void {
    const there = this.find(directory, name);
    if (there !== undefined) this.#putAside(there);
    dentry.parent.inode!.rename(dentry.name, dentry.inode!, directory.inode!, name, undefined, 'replace');
    this.#vfs.dentries.move(dentry, directory, name);
    if (there !== undefined) this.discard(there);
  }

  exchange(a: Dentry, b: Dentry): void {
    a.parent.inode!.rename(a.name, a.inode!, b.parent.inode!, b.name, b.inode, 'exchange');
    this.#vfs.dentries.exchange(a, b);
  }

  /** Takes a name away. A directory may still have whiteouts in it, and nothing else. */
  remove(dentry: Dentry): void {
    this.#putAside(dentry);
    this.discard(dentry);
  }

  /** Removes something that is in the work directory. */
  discard(dentry: Dentry): void {
    this.#removeTree(this.#directory, dentry);
  }

  #putAside(dentry: Dentry): void {
    const name = this.#temporaryName();
    const from = dentry.parent.inode!;
    from.rename(dentry.name, dentry.inode!, this.#directory.inode!, name, undefined, 'replace');
    this.#vfs.dentries.move(dentry, this.#directory, name);
  }

  #removeTree(directory: Dentry, dentry: Dentry): void {
    const { dentries } = this.#vfs;
    // A directory is emptied before it goes; a list, because its depth is the guest's.
    const list: [Dentry, Dentry][] = [[directory, dentry]];
    for (const [, at] of list) {
      if (!at.inode!.isDirectory) continue;
      for (const { name } of [...at.inode!.iterate(0)]) list.push([at, dentries.lookup(at, name)]);
    }
    for (const [parent, at] of list.reverse()) {
      const inode = at.inode!;
      if (inode.isDirectory) parent.inode!.rmdir(at.name, inode);
      else parent.inode!.unlink(at.name, inode);
      inode.isDead = inode.isDirectory;
      dentries.remove(at);
      this.#vfs.evictIfUnused(inode);
    }
  }

  #temporaryName(): string {
    for (;;) {
      const name = `#${(this.#nextName++).toString(16)}`;
      if (this.#directory.inode!.lookup(name) === undefined) return name;
    }
  }
}

/** Whether an error says that the upper layer is full or memory is short, after which nothing was changed. */
export function isErrno(error: unknown, errno: number): boolean {
  return error instanceof Errno && error.errno === errno;
}
