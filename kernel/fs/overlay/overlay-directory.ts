/**
 * OverlayDirectory: a directory of an overlay, made of a directory of the upper layer, of lower ones, or of both, whose
 * names are seen as one. Nothing is read ahead: a lookup asks the layers for one name. Linux counterpart:
 * fs/overlayfs/{namei,dir}.c.
 *
 * A name that a lower layer has is removed by a whiteout in the upper one. A directory of the upper layer that shall
 * not be merged with what lies below is opaque; one that was renamed has a redirect to its lower parts.
 */
import { ENOTEMPTY, EPERM, ESTALE, EXDEV } from '../../abi/errno.ts';
import { S_IFCHR, S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import { fail } from '../../errors.ts';
import type { Credentials } from '../../task/credentials.ts';
import { DirectoryFile } from '../directory-file.ts';
import type { File, OpenContext } from '../file.ts';
import type { DirectoryEntry, Inode } from '../inode.ts';
import type { Dentry } from '../path.ts';
import { ownershipInside } from '../permission.ts';
import { OPAQUE, REDIRECT, type LowerFile } from './layer.ts';
import { findLower } from './lower-lookup.ts';
import { MergedListing } from './merged-listing.ts';
import { OverlayInode } from './overlay-inode.ts';
import type { Found } from './overlay-super-block.ts';
import type { UpperLayer } from './upper-layer.ts';

export class OverlayDirectory extends OverlayInode {
  /** Names of lower files that have other names too, each with its own inode. */
  #aliases: Map<string, OverlayInode> | undefined;
  #listing: MergedListing | undefined;
  /** Counts the changes made through the overlay. */
  #changes = 0;

  override get isLookupStable(): boolean {
    if (this.upper?.inode?.isLookupStable === false) return false;
    for (const { inode } of this.lowers) if (!inode.isLookupStable) return false;
    return true;
  }

  override lookup(name: string): OverlayInode | undefined {
    const found = this.#find(name);
    return found && this.superBlock.inodeFor(found, this, name);
  }

  #find(name: string): Found | undefined {
    const upper = this.#findUpper(name);
    if (upper === undefined) {
      const lowers = this.#findLower(name);
      return lowers.length === 0 ? undefined : { upper: undefined, lowers };
    }
    const { layer } = this.superBlock.upper!;
    const inode = upper.inode!;
    if (layer.isWhiteout(inode)) return undefined;
    if (!inode.isDirectory || layer.isOpaque(inode)) return { upper, lowers: [] };
    const redirect = this.superBlock.followsRedirects ? layer.attribute(inode, REDIRECT) : undefined;
    const lowers = this.#findLower(redirect ?? name);
    return { upper, lowers: lowers[0]?.inode.isDirectory === true ? lowers : [] };
  }

  #findUpper(name: string): Dentry | undefined {
    return this.upper && this.superBlock.upper!.find(this.upper, name);
  }

  #findLower(name: string): readonly LowerFile[] {
    if (this.lowers.length === 0 && !name.startsWith('/')) return [];
    return findLower(this.superBlock, this.lowers, name);
  }

  /** The inode of a name of a lower file that has several. */
  aliasOf(found: Found, name: string): OverlayInode {
    const known = this.#aliases?.get(name);
    if (known !== undefined && known.isMadeOf(found)) return known;
    const inode = new OverlayInode(this.superBlock, found, this, name);
    (this.#aliases ??= new Map()).set(name, inode);
    known?.supersede();
    return inode;
  }

  /** A file in it got a copy in the upper layer. */
  childCopiedUp(inode: OverlayInode): void {
    this.dropAlias(inode);
    this.#changes++;
  }

  dropAlias(inode: OverlayInode): void {
    if (this.#aliases?.get(inode.name) === inode) this.#aliases.delete(inode.name);
  }

  override open(context: OpenContext): File {
    return new DirectoryFile(context.path, context.flags);
  }

  override iterate(cookie: number): Iterable<DirectoryEntry> {
    if (this.upper !== undefined && this.lowers.length === 0) return this.#iterateUpper(cookie);
    this.#listing ??= new MergedListing(this);
    return this.#listing.from(cookie);
  }

  /** A directory of the upper layer alone: its own order and cookies. */
  *#iterateUpper(cookie: number): Generator<DirectoryEntry, void> {
    for (const { name, type, next } of this.upper!.inode!.iterate(cookie)) {
      const inode = this.lookup(name);
      if (inode !== undefined) yield { name, type, next, ino: inode.ino };
    }
  }

  /** Differs whenever the names in the directory may. */
  versions(): unknown[] {
    const list: unknown[] = [this.#changes];
    for (const inode of [this.upper?.inode, ...this.lowers.map(lower => lower.inode)]) {
      inode?.refresh();
      list.push(inode?.version, inode?.mtime.sec, inode?.mtime.nsec);
    }
    return list;
  }

  override create(name: string, mode: number, credentials: Credentials): Inode {
    return this.#make(name, mode, credentials, (directory, as) => directory.create(as, mode, credentials));
  }
  override mkdir(name: string, mode: number, credentials: Credentials): Inode {
    const wanted = (mode & 0o7777) | S_IFDIR;
    return this.#make(name, wanted, credentials, (directory, as) => directory.mkdir(as, wanted, credentials));
  }
  override mknod(name: string, mode: number, rdev: number, credentials: Credentials): Inode {
    if ((mode & S_IFMT) === S_IFCHR && rdev === 0) fail(EPERM, 'overlay: that would be a whiteout');
    return this.#make(name, mode, credentials, (directory, as) =>
      directory.mknod(as, mode, rdev, credentials),
    );
  }
  override symlink(name: string, target: string, credentials: Credentials): Inode {
    return this.#make(name, 0, credentials, (directory, as) => directory.symlink(as, target, credentials));
  }

  /** Makes something under a name that is not there, or is hidden by a whiteout. */
  #make(
    name: string,
    mode: number,
    credentials: Credentials,
    make: (directory: Inode, name: string) => Inode,
  ): OverlayInode {
    const { upper, directory } = this.#changing();
    let made: Dentry;
    if (upper.find(directory, name) === undefined) {
      made = upper.makeAt(directory, name, inside => make(inside, name));
    } else {
      made = upper.prepare((work, temporary) => make(work, temporary));
      this.#finish(upper, made, () => {
        // The work directory is not where its owner and mode are to be inherited from.
        const owned = ownershipInside(directory.inode!, mode, credentials);
        made.inode!.setattr({
          uid: owned.uid,
          gid: owned.gid,
          ...(mode === 0 ? {} : { mode: owned.mode & 0o7777 }),
        });
        if (made.inode!.isDirectory) upper.layer.setAttribute(made.inode!, OPAQUE, 'y');
      });
      upper.place(made, directory, name);
    }
    this.#changed();
    return this.superBlock.inodeOfNew(made, this, name);
  }

  override createUnnamed(mode: number, credentials: Credentials): Inode {
    const { upper, directory } = this.#changing();
    const inode = directory.inode!.createUnnamed(mode, credentials);
    return this.superBlock.inodeOfNew(upper.layer.pathOf(inode, '').dentry, this, '');
  }

  override link(name: string, target: Inode): void {
    const { upper, directory } = this.#changing();
    const file = target as OverlayInode;
    const inode = file.copyUp().inode!;
    const link = (inside: Inode, as: string): Inode => {
      inside.link(as, inode);
      return inode;
    };
    if (upper.find(directory, name) === undefined) {
      upper.makeAt(directory, name, inside => link(inside, name));
    } else {
      upper.place(upper.prepare(link), directory, name);
    }
    this.#changed();
    file.changed();
  }

  override unlink(name: string, target: Inode): void {
    this.#remove(name, target as OverlayInode);
  }

  override rmdir(name: string, target: Inode): void {
    (target as OverlayDirectory).#requireEmpty();
    this.#remove(name, target as OverlayInode);
    target.isDead = true;
  }

  #remove(name: string, target: OverlayInode): void {
    const { upper, directory } = this.#changing();
    const there = upper.find(directory, name);
    if (there?.inode !== target.upper?.inode) fail(ESTALE, 'overlay: the upper layer was changed');
    if (this.#isBelow(name)) upper.place(upper.prepareWhiteout(), directory, name);
    else if (there !== undefined) upper.remove(there);
    this.#changed();
    target.nameRemoved();
  }

  override rename(
    name: string,
    target: Inode,
    newDirectory: Inode,
    newName: string,
    replaced: Inode | undefined,
    how: 'exchange' | 'replace' | 'noreplace',
  ): void {
    const to = newDirectory as OverlayDirectory;
    const moved = target as OverlayInode;
    const other = replaced as OverlayInode | undefined;
    const isExchange = how === 'exchange';
    this.#requireMovable(moved);
    if (isExchange) this.#requireMovable(other!);
    else if (other instanceof OverlayDirectory) other.#requireEmpty();
    const { upper, directory } = this.#changing();
    const toDirectory = to.#changing().directory;
    const dentry = moved.copyUp();
    const source = upper.find(directory, name);
    if (source?.inode !== dentry.inode) fail(ESTALE, 'overlay: the upper layer was changed');
    if (isExchange) {
      other!.copyUp();
      const second = upper.find(toDirectory, newName);
      if (second?.inode !== other!.top) fail(ESTALE, 'overlay: the upper layer was changed');
      markMoved(upper, moved, source!, to, this === to);
      markMoved(upper, other!, second, this, this === to);
      upper.exchange(source!, second);
      other!.moveTo(this, name);
      other!.changed();
    } else {
      const whiteout = this.#isBelow(name) ? upper.prepareWhiteout() : undefined;
      this.#finish(upper, whiteout, () => markMoved(upper, moved, source!, to, this === to));
      upper.place(source!, toDirectory, newName);
      if (whiteout !== undefined) upper.place(whiteout, directory, name);
      other?.nameRemoved();
    }
    moved.moveTo(to, newName);
    moved.changed();
    this.#changed();
    if (to !== this) to.#changed();
  }

  override evict(): void {
    this.#listing = undefined;
    super.evict();
  }

  override release(): void {
    const aliases = [...(this.#aliases?.values() ?? [])];
    this.#aliases = undefined;
    for (const inode of aliases) if (!inode.isHeld) inode.release();
    super.release();
  }

  /** EXDEV for a directory that has lower parts, unless a redirect may lead to them: programs copy it then. */
  #requireMovable(moved: OverlayInode): void {
    if (!moved.isDirectory || moved.lowers.length === 0 || this.superBlock.redirects) return;
    fail(EXDEV, 'overlay: rename of a directory of a lower layer');
  }

  #requireEmpty(): void {
    for (const _ of this.iterate(0)) fail(ENOTEMPTY, 'directory is not empty');
  }

  /** Whether a lower layer would show something under a name that the upper one does not have. */
  #isBelow(name: string): boolean {
    return this.#findLower(name).length > 0;
  }

  #changing(): { upper: UpperLayer; directory: Dentry } {
    const directory = this.copyUp();
    if (directory.inode!.isDead) fail(ESTALE, 'overlay: the upper layer was changed');
    return { upper: this.superBlock.upper!, directory };
  }

  /** The last step of making something ready: if it fails, nothing stays. */
  #finish(upper: UpperLayer, prepared: Dentry | undefined, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (prepared !== undefined) upper.discard(prepared);
      throw error;
    }
  }

  #changed(): void {
    this.#changes++;
    this.changed();
  }
}

/** A directory about to be moved: where its lower parts are, or that what lies below its new name is none of it. */
function markMoved(
  upper: UpperLayer,
  moved: OverlayInode,
  source: Dentry,
  to: OverlayDirectory,
  isSameDirectory: boolean,
): void {
  if (!moved.isDirectory) return;
  const { layer } = upper;
  const inode = source.inode!;
  if (moved.lowers.length === 0) {
    if (to.lowers.length > 0 && !layer.isOpaque(inode)) layer.setAttribute(inode, OPAQUE, 'y');
    return;
  }
  const known = layer.attribute(inode, REDIRECT);
  if (known !== undefined && (isSameDirectory || known.startsWith('/'))) return;
  layer.setAttribute(inode, REDIRECT, isSameDirectory ? moved.name : lowerPath(upper, moved));
}

/** The path of a directory in the lower layers, from their roots. */
function lowerPath({ layer }: UpperLayer, directory: OverlayInode): string {
  let path = '';
  for (let at: OverlayInode = directory; at.parent !== undefined; at = at.parent) {
    const redirect = at.upper && layer.attribute(at.upper.inode!, REDIRECT);
    path = `${redirect?.startsWith('/') === true ? '' : '/'}${redirect ?? at.name}${path}`;
    if (path.startsWith('/') && redirect?.startsWith('/') === true) return path;
  }
  return path;
}
