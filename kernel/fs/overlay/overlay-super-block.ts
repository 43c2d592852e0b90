/**
 * OverlaySuperBlock: one overlay. It owns its layers (clones of the mounts that they were named by) and knows the
 * inodes that are alive, one for each file of the upper layer and for each lower file that is not copied up.
 *
 * Every inode of an overlay holds a reference to the files of the layers that it stands for, so those live as long.
 * Inodes that nobody holds are forgotten past a limit; they are made anew when they are looked up again.
 */
import { OVERLAYFS_SUPER_MAGIC } from '../../abi/statfs.ts';
import type { Kernel } from '../../kernel.ts';
import type { Inode } from '../inode.ts';
import type { Dentry, Path } from '../path.ts';
import { holdPath } from '../path.ts';
import { SuperBlock, type FileSystemStatistics } from '../super-block.ts';
import { Layer, type LowerFile } from './layer.ts';
import type { OverlayLayers } from './overlay.ts';
import { OverlayDirectory } from './overlay-directory.ts';
import { OverlayInode } from './overlay-inode.ts';
import { UpperLayer } from './upper-layer.ts';

/** Inodes that are kept although nobody holds them. */
const MAX_IDLE_INODES = 16384;

/** What a lookup found: the files that make up one file of the overlay. */
export interface Found {
  readonly upper: Dentry | undefined;
  readonly lowers: readonly LowerFile[];
}

export class OverlaySuperBlock extends SuperBlock {
  override readonly root: OverlayDirectory;
  readonly upper: UpperLayer | undefined;
  readonly lowers: readonly Layer[];
  /** How many overlays are on one another: 1 for one of ordinary file systems. */
  readonly depth: number;
  readonly redirects: boolean;
  readonly followsRedirects: boolean;
  readonly #shown: string;
  /** By the file of the upper layer, else by the topmost lower one. */
  readonly #inodes = new Map<Inode, OverlayInode>();
  #inodeLimit = MAX_IDLE_INODES;
  /** The layers and the work directory. */
  readonly #held: Path[] = [];

  constructor(kernel: Kernel, { lower, upper, work, redirect, shown }: OverlayLayers) {
    super(kernel, 'overlay');
    this.redirects = redirect === 'on';
    this.followsRedirects = redirect !== 'nofollow';
    this.#shown = shown;
    const fileSystems: SuperBlock[] = [];
    const layer = (path: Path): Layer => {
      const { superBlock } = path.mount;
      let number = fileSystems.indexOf(superBlock);
      if (number < 0) number = fileSystems.push(superBlock) - 1;
      return new Layer(this.#hold(kernel.vfs.tree.clonePrivately(path)), number);
    };
    try {
      // The lowest file system, which has most of the files, keeps its inode numbers.
      this.lowers = lower.toReversed().map(layer).toReversed();
      if (upper !== undefined && work !== undefined) {
        const top = layer(upper);
        this.#hold({ mount: top.path.mount, dentry: work.dentry });
        this.upper = new UpperLayer(kernel.vfs, top, work.dentry);
      }
    } catch (error) {
      this.#letGo();
      throw error;
    }
    this.depth = 1 + Math.max(0, ...lower.map(({ mount }) => depthOf(mount.superBlock)));
    this.isReadOnly = this.upper === undefined;
    const found: Found = {
      upper: this.upper?.layer.path.dentry,
      lowers: this.lowers.map(one => ({ layer: one, inode: one.root })),
    };
    this.root = new OverlayDirectory(this, found, undefined, '');
  }

  override statistics(): FileSystemStatistics {
    const { superBlock } = (this.upper?.layer ?? this.lowers[0]!).path.mount;
    return { ...superBlock.statistics(), type: OVERLAYFS_SUPER_MAGIC };
  }

  override showOptions(): string {
    return this.#shown;
  }

  override sync(): void {
    this.upper?.layer.path.mount.superBlock.sync();
  }

  override shutdown(): void {
    for (const inode of new Set(this.#inodes.values())) inode.release();
    this.#inodes.clear();
    this.root.release();
    this.#letGo();
  }

  #hold(path: Path): Path {
    this.#held.push(holdPath(path));
    return path;
  }
  #letGo(): void {
    for (const path of this.#held.splice(0)) this.kernel.vfs.releasePath(path);
  }

  /** The inode for what was found under a name of `parent`. */
  inodeFor(found: Found, parent: OverlayDirectory, name: string): OverlayInode {
    const top = found.upper?.inode ?? found.lowers[0]!.inode;
    if (found.upper === undefined && !top.isDirectory) {
      top.refresh();
      // Names of one lower file part when one of them is copied up, so each has an inode of its own.
      if (top.nlink > 1) return parent.aliasOf(found, name);
    }
    const known = this.#inodes.get(top);
    if (known !== undefined && known.isMadeOf(found)) {
      if (known.upper === undefined || known.isDirectory) known.moveTo(parent, name);
      return known;
    }
    const inode = top.isDirectory
      ? new OverlayDirectory(this, found, parent, name)
      : new OverlayInode(this, found, parent, name);
    this.#remember(top, inode);
    known?.supersede();
    return inode;
  }

  /** The inode of a file of the upper layer that was just made there. */
  inodeOfNew(upper: Dentry, parent: OverlayDirectory, name: string): OverlayInode {
    return this.inodeFor({ upper, lowers: [] }, parent, name);
  }

  /** An inode got a file in the upper layer, by which it is found from now on. */
  copiedUp(inode: OverlayInode, from: Inode, to: Inode): void {
    if (this.#inodes.get(from) === inode) this.#inodes.delete(from);
    this.#remember(to, inode);
  }

  forget(inode: OverlayInode): void {
    const { top } = inode;
    if (this.#inodes.get(top) === inode) this.#inodes.delete(top);
  }

  get inodeCount(): number {
    return this.#inodes.size;
  }

  #remember(top: Inode, inode: OverlayInode): void {
    this.#inodes.set(top, inode);
    if (this.#inodes.size > this.#inodeLimit) this.#shrink(inode);
  }

  #shrink(newest: OverlayInode): void {
    const kept = new Set<OverlayInode>([newest]);
    for (const inode of this.#inodes.values()) if (inode.isHeld) kept.add(inode);
    // A file is copied up into its directory.
    for (const inode of kept) if (inode.parent !== undefined) kept.add(inode.parent);
    for (const inode of this.#inodes.values()) if (!kept.has(inode)) inode.evict();
    this.#inodeLimit = Math.max(MAX_IDLE_INODES, this.#inodes.size * 2);
  }
}

function depthOf(superBlock: SuperBlock): number {
  return superBlock instanceof OverlaySuperBlock ? superBlock.depth : 0;
}
