/**
 * OverlayInode: one file of an overlay: a file of the upper layer, or one of a lower layer until it is changed. Its
 * attributes are copies of the real file's, taken again in each system call. Linux counterpart: fs/overlayfs/inode.c.
 *
 * What changes a file copies it up first. Lower files stay held after that, because mappings made before still show
 * them.
 */
import { S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { Credentials } from '../../task/credentials.ts';
import type { Timespec } from '../../time/timespec.ts';
import type { File, OpenContext } from '../file.ts';
import { Inode, type AttributeChange } from '../inode.ts';
import type { Dentry } from '../path.ts';
import { copyUp } from './copy-up.ts';
import { ESCAPED, escapedName, isOwn, ORIGIN, PREFIX, type LowerFile } from './layer.ts';
import type { OverlayDirectory } from './overlay-directory.ts';
import { OverlayFile } from './overlay-file.ts';
import type { Found, OverlaySuperBlock } from './overlay-super-block.ts';

export class OverlayInode extends Inode {
  declare readonly superBlock: OverlaySuperBlock;
  /** Its file in the upper layer. The dentry is held as long as the inode is. */
  upper: Dentry | undefined;
  /** Of a directory: what is merged below `upper`. Of another file: the lower one that it is or was copied from. */
  readonly lowers: readonly LowerFile[];
  /** Where a lower file will be copied up to. Of a file with several names: any of them. */
  parent: OverlayDirectory | undefined;
  name: string;
  /** Its last name in the overlay is gone, while the lower file has its name still. */
  isRemoved = false;
  #isHoldingLayers = true;
  /** The call in which the attributes were taken. */
  #readInCall = -1;
  /** Added to the real file's version, so that the version never comes back when the real file is another one. */
  #versionBase = 0;

  constructor(
    superBlock: OverlaySuperBlock,
    found: Found,
    parent: OverlayDirectory | undefined,
    name: string,
  ) {
    const top = found.upper?.inode ?? found.lowers[0]!.inode;
    super(superBlock, inoOf(superBlock, found, parent === undefined), top.mode);
    this.upper = found.upper;
    this.lowers = found.lowers;
    this.parent = parent;
    this.name = name;
    if (this.upper !== undefined) hold(this.upper);
    for (const { inode } of this.lowers) inode.references++;
    this.#take();
  }

  /** The real file that is seen. */
  get top(): Inode {
    return this.upper?.inode ?? this.lowers[0]!.inode;
  }
  /** Several directories are seen as one. */
  get isMerged(): boolean {
    return this.isDirectory && this.lowers.length + (this.upper === undefined ? 0 : 1) > 1;
  }
  override get blocks(): number {
    return this.top.blocks;
  }
  override get blockSize(): number {
    return this.top.blockSize;
  }

  /** Somebody would miss this very inode. */
  get isHeld(): boolean {
    return (
      this.references > 0 ||
      this.writers > 0 ||
      this.executing > 0 ||
      this.watches !== undefined ||
      this.locks !== undefined ||
      this.boundSocket !== undefined ||
      this.pipe !== undefined
    );
  }

  /** Whether a lookup that found these files found this inode. */
  isMadeOf({ upper, lowers }: Found): boolean {
    if (upper?.inode !== this.upper?.inode) return false;
    if (upper !== undefined && !this.isDirectory) return true;
    return lowers.length === this.lowers.length && lowers.every((l, i) => l.inode === this.lowers[i]!.inode);
  }

  moveTo(parent: OverlayDirectory, name: string): void {
    this.parent = parent;
    this.name = name;
  }

  override refresh(): void {
    if (this.#readInCall === this.superBlock.kernel.callCount) return;
    this.top.refresh();
    this.#take();
  }

  /** The real file has changed: takes its attributes over. */
  changed(): void {
    this.#take();
  }

  #take(): void {
    const { top } = this;
    this.mode = top.mode;
    this.uid = top.uid;
    this.gid = top.gid;
    this.size = top.size;
    this.rdev = top.rdev;
    this.nlink = this.isRemoved ? 0 : this.isMerged && top.nlink > 0 ? 1 : top.nlink;
    this.atime = top.atime;
    this.mtime = top.mtime;
    this.ctime = top.ctime;
    this.btime = top.btime;
    this.version = this.#versionBase + top.version;
    this.#readInCall = this.superBlock.kernel.callCount;
  }

  override permits(mask: number, credentials: Credentials): boolean {
    this.refresh();
    return super.permits(mask, credentials);
  }

  /** Its file in the upper layer, copied there if need be. `size`: so many bytes of its content are wanted. */
  copyUp(size = Infinity): Dentry {
    return this.upper ?? copyUp(this, size);
  }

  /** Takes over its new file in the upper layer. */
  wasCopiedUp(upper: Dentry): void {
    const from = this.top;
    this.#versionBase = this.version + 1;
    this.upper = upper;
    hold(upper);
    if (!this.isDirectory && !this.isRemoved) this.parent?.childCopiedUp(this);
    // A name of several of one lower file becomes a file of its own.
    const isParted = !this.isDirectory && from.nlink > 1;
    if (isParted) (this as { ino: number }).ino = this.superBlock.upper!.layer.shownIno(upper.inode!.ino);
    this.superBlock.copiedUp(this, from, upper.inode!);
    this.#take();
  }

  override setattr(change: AttributeChange): void {
    const upper = this.copyUp(change.size);
    upper.inode!.setattr(change);
    this.#take();
  }

  /** Linux: the access time of a lower file does not move. */
  override touchAtime(atime: Timespec): void {
    if (this.upper === undefined) return;
    this.upper.inode!.touchAtime(atime);
    this.atime = this.upper.inode!.atime;
  }

  override readlink(): string {
    return this.top.readlink();
  }

  override open(context: OpenContext): File {
    if ((this.mode & S_IFMT) !== S_IFREG) return super.open(context);
    const isForWriting = ((context.flags + 1) & 2) !== 0;
    if (isForWriting) this.copyUp(context.isTruncating === true ? 0 : Infinity);
    return new OverlayFile(context, this);
  }

  override getXattr(name: string): Uint8Array | undefined {
    return this.top.getXattr(escapedName(name));
  }
  override setXattr(name: string, value: Uint8Array): void {
    this.copyUp().inode!.setXattr(escapedName(name), value);
    this.#take();
  }
  override removeXattr(name: string): boolean {
    const escaped = escapedName(name);
    if (this.top.getXattr(escaped) === undefined) return false;
    const isRemoved = this.copyUp().inode!.removeXattr(escaped);
    this.#take();
    return isRemoved;
  }
  override listXattrs(): string[] {
    const names = this.top.listXattrs().filter(name => !isOwn(name));
    return names.map(name => (name.startsWith(ESCAPED) ? PREFIX + name.slice(ESCAPED.length) : name));
  }

  /** A name of it went: what the overlay counts of links. */
  nameRemoved(): void {
    if (this.upper === undefined) {
      this.isRemoved = true;
      this.parent?.dropAlias(this);
    }
    this.#take();
  }

  /** The files of the layers changed below it, so that its name means another inode now. */
  supersede(): void {
    this.isRemoved = true;
    this.nlink = 0;
    this.superBlock.kernel.vfs.evictIfUnused(this);
  }

  override evict(): void {
    this.superBlock.forget(this);
    this.parent?.dropAlias(this);
    this.release();
  }

  /** Lets the files of the layers go. */
  release(): void {
    if (!this.#isHoldingLayers) return;
    this.#isHoldingLayers = false;
    const { vfs } = this.superBlock.kernel;
    if (this.upper !== undefined) this.upper.references--;
    for (const inode of [this.upper?.inode, ...this.lowers.map(lower => lower.inode)]) {
      if (inode === undefined) continue;
      inode.references--;
      vfs.evictIfUnused(inode);
    }
  }
}

function hold(dentry: Dentry): void {
  dentry.references++;
  dentry.inode!.references++;
}

/** A file keeps its number when it is copied up; a merged directory has that of the topmost lower one. */
function inoOf(superBlock: OverlaySuperBlock, { upper, lowers }: Found, isRoot: boolean): number {
  const lower = lowers[0];
  if (upper === undefined || (lower !== undefined && !isRoot)) return lower!.layer.shownIno(lower!.inode.ino);
  const { layer } = superBlock.upper!;
  const origin = upper.inode!.isDirectory ? undefined : layer.attribute(upper.inode!, ORIGIN);
  return origin === undefined ? layer.shownIno(upper.inode!.ino) : Number(origin);
}
