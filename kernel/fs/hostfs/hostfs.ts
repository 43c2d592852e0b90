/**
 * hostfs: a host directory as a guest file system: `mount -t hostfs TAG DIR`. The embedder names the directories
 * (`Machine.directories`); anything with Node's synchronous fs API serves, a memfs Volume as well as the disk.
 * Counterparts: User-mode Linux's hostfs, 9p and virtiofs.
 *
 * Use contract: a directory that is mounted twice is one file system while the first mount lasts, so that both see the
 * same cached pages; with other options it is another file system, and the two see each other as they see the host.
 */
import type { Kernel } from '../../kernel.ts';
import type { FileSystemType, SuperBlock } from '../super-block.ts';
import { toText } from '../../abi/byte-string.ts';
import { EINVAL, ENOENT } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { HostSuperBlock, parseOptions } from './host-super-block.ts';

export const hostfsType: FileSystemType = {
  name: 'hostfs',
  needsDevice: false,
  mount(kernel: Kernel, source: string, options: string): SuperBlock {
    const parsed = parseOptions(options);
    if (source === '' || source === 'none') fail(EINVAL, 'hostfs: no tag');
    const directory = kernel.machine.directories.get(toText(source));
    if (directory === undefined) fail(ENOENT, 'hostfs: the embedder has no directory of this name');
    for (const { superBlock } of kernel.vfs.mounts.values()) {
      if (superBlock instanceof HostSuperBlock && superBlock.tag === source && superBlock.isLike(parsed))
        return superBlock;
    }
    return new HostSuperBlock(kernel, source, directory, parsed);
  },
};
