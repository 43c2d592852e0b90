/**
 * The dentry cache: which names of which directories are known, present or absent. Linux counterpart: fs/dcache.c.
 *
 * A dentry with an inode keeps it for life; a name that is removed or replaced gets a new dentry, and the old one,
 * now `isUnlinked`, stays with whoever holds it. The number of dentries is bounded: past the limit the oldest that
 * nobody used recently, nobody holds and that has no children are forgotten (second chance). Linux: shrinks when memory
 * is short.
 */
import { ENAMETOOLONG, ENOENT } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import type { Inode } from './inode.ts';
import { Dentry } from './path.ts';

const DENTRY_LIMIT = 16384;

export class DentryCache {
  /** All cached dentries but the roots, oldest first. */
  readonly #dentries = new Set<Dentry>();
  readonly #limit: number;
  #shrinkAt: number;

  constructor(limit: number = DENTRY_LIMIT) {
    this.#limit = limit;
    this.#shrinkAt = limit + (limit >> 3);
  }

  get count(): number {
    return this.#dentries.size;
  }

  /** The dentry of a name; its inode is undefined if the name is absent. ENOENT in a removed directory. */
  lookup(parent: Dentry, name: string): Dentry {
    const directory = parent.inode!;
    const known = parent.children.get(name);
    if (known !== undefined && (directory.isLookupStable || known.mounts.length > 0)) {
      known.isRecent = true;
      return known;
    }
    if (directory.isDead) fail(ENOENT, 'directory was removed');
    if (name.length > parent.superBlock.maxNameLength) fail(ENAMETOOLONG, 'name too long');
    const inode = directory.lookup(name);
    if (known !== undefined) {
      if (known.inode === inode) return known;
      this.forget(known);
      known.isUnlinked = true;
    }
    const dentry = new Dentry(name, parent, inode, parent.superBlock);
    if (inode !== undefined || directory.isLookupStable) this.#insert(dentry);
    return dentry;
  }

  /** A name was made: its dentry, with the inode. */
  add(parent: Dentry, name: string, inode: Inode): Dentry {
    const negative = parent.children.get(name);
    if (negative !== undefined) this.forget(negative);
    const dentry = new Dentry(name, parent, inode, parent.superBlock);
    this.#insert(dentry);
    return dentry;
  }

  /** A name was removed. Holders of the dentry see that it is unlinked. */
  remove(dentry: Dentry): void {
    this.forget(dentry);
    dentry.isUnlinked = true;
  }

  /** A name moved; `dentry` takes the place of whatever is cached there. */
  move(dentry: Dentry, parent: Dentry, name: string): void {
    if (dentry.parent.children.get(dentry.name) === dentry) dentry.parent.children.delete(dentry.name);
    const replaced = parent.children.get(name);
    if (replaced !== undefined && replaced !== dentry) this.remove(replaced);
    dentry.parent = parent;
    dentry.name = name;
    parent.children.set(name, dentry);
    this.#dentries.add(dentry);
  }

  /** Two names changed places. */
  exchange(a: Dentry, b: Dentry): void {
    const [parent, name] = [a.parent, a.name];
    a.parent = b.parent;
    a.name = b.name;
    b.parent = parent;
    b.name = name;
    a.parent.children.set(a.name, a);
    b.parent.children.set(b.name, b);
  }

  /** Takes a dentry and all below it out of the cache: a file system ends, or an answer is out of date. */
  forget(dentry: Dentry): void {
    if (dentry.parent.children.get(dentry.name) === dentry) dentry.parent.children.delete(dentry.name);
    this.#dentries.delete(dentry);
    for (const child of dentry.children.values()) this.forget(child);
  }

  #insert(dentry: Dentry): void {
    dentry.parent.children.set(dentry.name, dentry);
    this.#dentries.add(dentry);
    if (this.#dentries.size > this.#shrinkAt) this.#shrink();
  }

  /**
   * Forgets the oldest dentries, many at once: the beginning of a Set from which much was deleted is slow to find. What
   * is in use stays, even if that is too much; the next attempt is made when there is more.
   */
  #shrink(): void {
    let looks = this.#dentries.size;
    for (const dentry of this.#dentries) {
      if (looks-- === 0 || this.#dentries.size <= this.#limit) break;
      const isUsed = dentry.references > 0 || dentry.children.size > 0 || dentry.mounts.length > 0;
      if (isUsed || dentry.isRecent) {
        dentry.isRecent = false;
        this.#dentries.delete(dentry);
        this.#dentries.add(dentry);
      } else {
        this.forget(dentry);
      }
    }
    this.#shrinkAt = this.#dentries.size + (this.#limit >> 3);
  }
}
