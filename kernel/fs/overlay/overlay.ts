/**
 * overlay: several directory trees seen as one, with changes kept in the topmost. Linux counterpart: fs/overlayfs;
 * Documentation/filesystems/overlayfs.rst. `mount -t overlay -o lowerdir=A:B,upperdir=U,workdir=W` asks for it; the
 * boot puts one over a host directory (kernel/root-file-system.ts).
 *
 * Linux: an upper layer may be any file system with extended attributes and device nodes; here that is tmpfs.
 */
import { EINVAL, ELOOP, ENOENT } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import type { Kernel } from '../../kernel.ts';
import type { WalkContext } from '../fs-context.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import { lookupPath } from '../path-walk.ts';
import { isBelow, type Path } from '../path.ts';
import { isMountReadOnly } from '../permission.ts';
import type { FileSystemType, SuperBlock } from '../super-block.ts';
import { TmpfsSuperBlock } from '../tmpfs.ts';
import { OverlaySuperBlock } from './overlay-super-block.ts';
import { parseOverlayOptions, type RedirectMode } from './overlay-options.ts';

export const overlayType: FileSystemType = {
  name: 'overlay',
  needsDevice: false,
  mount(kernel: Kernel, source: string, options: string, _flags: number, context?: WalkContext): SuperBlock {
    const parsed = parseOverlayOptions(options);
    const by = context ?? kernel.vfs.kernelContext();
    const find = (name: string): Path => lookupPath(by, AT_FDCWD, name);
    const upper = parsed.upper === undefined ? undefined : find(parsed.upper);
    const work = parsed.work === undefined ? undefined : find(parsed.work);
    const superBlock = createOverlay(kernel, {
      lower: parsed.lower.map(find),
      upper,
      work,
      redirect: parsed.redirect,
      shown: parsed.shown,
    });
    superBlock.source = source;
    return superBlock;
  },
};

export interface OverlayLayers {
  /** The topmost first. */
  readonly lower: readonly Path[];
  readonly upper: Path | undefined;
  /** An empty directory beside `upper`, on the same mount. */
  readonly work: Path | undefined;
  readonly redirect: RedirectMode;
  /** As /proc/mounts shows the options. */
  readonly shown: string;
}

/** Deep stacks of overlays would recurse deeply: FILESYSTEM_MAX_STACK_DEPTH. */
const MAX_DEPTH = 2;

export function createOverlay(kernel: Kernel, layers: OverlayLayers): OverlaySuperBlock {
  const { lower, upper, work } = layers;
  for (const path of [...lower, upper, work]) {
    if (path === undefined) continue;
    const inode = path.dentry.inode!;
    if (!inode.isDirectory) fail(EINVAL, 'overlay: a layer is no directory');
    if (inode.isDead) fail(ENOENT, 'overlay: a layer was removed');
    const { superBlock } = inode;
    if (superBlock instanceof OverlaySuperBlock && superBlock.depth >= MAX_DEPTH) {
      fail(EINVAL, 'overlay: too many overlays on one another');
    }
  }
  if (upper !== undefined && work !== undefined) {
    if (!(upper.mount.superBlock instanceof TmpfsSuperBlock)) {
      fail(EINVAL, 'overlay: this file system cannot be the upper layer');
    }
    if (isMountReadOnly(upper.mount)) fail(EINVAL, 'overlay: the upper layer is read-only');
    if (upper.mount !== work.mount) fail(EINVAL, 'overlay: workdir and upperdir are on different mounts');
    if (isBelow(upper.dentry, work.dentry) || isBelow(work.dentry, upper.dentry)) {
      fail(EINVAL, 'overlay: workdir and upperdir are one in the other');
    }
    for (const path of lower) {
      const isOverlapping = isBelow(path.dentry, upper.dentry) || isBelow(path.dentry, work.dentry);
      if (isOverlapping) fail(ELOOP, 'overlay: a lower layer is within the upper one');
    }
  }
  return new OverlaySuperBlock(kernel, layers);
}
