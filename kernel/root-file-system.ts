/**
 * The root file system when it is not the initramfs: a host directory, named by `root=TAG`. Linux counterpart:
 * init/do_mounts.c and what an initramfs does with switch_root(8).
 *
 * `rootfstype=overlay` (the default) lays a tmpfs over the directory, so that nothing is written to the host;
 * `rootfstype=hostfs` shows the directory itself. The new root covers the initramfs, as on Linux. Nobody can name the
 * initramfs any more; the kernel keeps the way to it, because init comes from there.
 *
 * `rootflags=`, separated by commas: `size=`, `nr_inodes=` (of the tmpfs, see tmpfs(5)), `cache=MS` (see hostfs), `suid`
 * (likewise, for `hostfs`), `tools`: what the directory lacks is taken from the initramfs. Without `tools` that is
 * /usr/sbin/lodger alone.
 */
import { MS_RELATIME } from './abi/mount.ts';
import { EINVAL, ENOENT } from './abi/errno.ts';
import { Errno, fail } from './errors.ts';
import { makeDirectory } from './fs/create.ts';
import { hostfsType } from './fs/hostfs/hostfs.ts';
import { createOverlay } from './fs/overlay/overlay.ts';
import { AT_FDCWD } from './abi/fcntl.ts';
import { lookupPath } from './fs/path-walk.ts';
import { holdPath, type Path } from './fs/path.ts';
import type { SuperBlock } from './fs/super-block.ts';
import { tmpfsType } from './fs/tmpfs.ts';
import type { Kernel } from './kernel.ts';
import { ROOT } from './task/credentials.ts';

/** Who is who on the host: see hostfs/owner-map.ts. */
const HOST_OPTIONS = 'map=root';

/** In the initramfs. */
const OWN_PROGRAMS = '/usr/lib/lodger/root';

/** Mounts what the parameters say over the initramfs, and makes it the root of all that comes. */
export function mountRoot(kernel: Kernel): void {
  const { root: tag, rootFsType, rootFlags } = kernel.params;
  if (tag === undefined) return;
  const { vfs } = kernel;
  const initramfs = vfs.root;
  const flags = rootFlags.split(',').filter(flag => flag !== '');
  const forTmpfs = flags.filter(flag => /^(size|nr_blocks|nr_inodes)=/.test(flag));
  const forHost = flags.filter(flag => /^(cache=|suid$)/.test(flag));
  const isUsingTools = flags.includes('tools');
  const known = forTmpfs.length + forHost.length + (isUsingTools ? 1 : 0);
  if (known !== flags.length) fail(EINVAL, 'rootflags: unknown flag');

  let superBlock: SuperBlock;
  if (rootFsType === 'hostfs' && !isUsingTools) {
    superBlock = hostfsType.mount(kernel, tag, [HOST_OPTIONS, ...forHost].join(','), 0);
  } else {
    const lower = [
      tree(kernel, hostfsType.mount(kernel, tag, ['ro', HOST_OPTIONS, ...forHost].join(','), 0)),
    ];
    const own = isUsingTools ? initramfs : ownPrograms(kernel, initramfs);
    if (own !== undefined) lower.push(own);
    const memory = tree(kernel, tmpfsType.mount(kernel, 'root', ['mode=700', ...forTmpfs].join(','), 0));
    const context = { ...vfs.kernelContext(ROOT, 0), root: memory, cwd: memory };
    const top = lower[0]!.dentry.inode!;
    const upper = makeDirectory(context, AT_FDCWD, 'upper', 0);
    upper.dentry.inode!.setattr({ mode: top.mode & 0o7777, uid: top.uid, gid: top.gid });
    const work = makeDirectory(context, AT_FDCWD, 'work', 0);
    const shown = ',lowerdir=host,upperdir=memory/upper,workdir=memory/work';
    superBlock = createOverlay(kernel, { lower, upper, work, redirect: 'on', shown });
    superBlock.source = 'overlay';
    // The overlay has clones of these mounts.
    for (const path of [memory, lower[0]!]) vfs.releasePath(path);
  }
  const mount = vfs.tree.attach(vfs.tree.create(superBlock, MS_RELATIME), initramfs);
  vfs.switchRoot({ mount, dentry: mount.root });
}

/** What is there whatever the root: lodger itself, so that guests can be booted in the guest. */
function ownPrograms({ vfs }: Kernel, initramfs: Path): Path | undefined {
  try {
    return lookupPath(vfs.kernelContext(), initramfs, OWN_PROGRAMS);
  } catch (error) {
    if (error instanceof Errno && error.errno === ENOENT) return undefined;
    throw error;
  }
}

/** A file system that is seen nowhere. */
function tree(kernel: Kernel, superBlock: SuperBlock): Path {
  const mount = kernel.vfs.tree.create(superBlock, MS_RELATIME);
  mount.isDetached = true;
  return holdPath({ mount, dentry: mount.root });
}
