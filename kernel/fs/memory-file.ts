/** Files of memfd_create(2), memfd_secret and shared memory objects: unnamed files of a hidden tmpfs. shmem_file_setup. */
import { S_IFREG } from '../abi/stat.ts';
import { F_SEAL_EXEC, F_SEAL_SEAL, O_LARGEFILE, O_RDWR } from '../abi/fcntl.ts';
import type { Kernel } from '../kernel.ts';
import type { Credentials } from '../task/credentials.ts';
import { Dentry, Mount } from './path.ts';
import { TmpfsFile } from './tmpfs-file.ts';
import type { TmpfsInode } from './tmpfs-inode.ts';
import { TmpfsSuperBlock } from './tmpfs.ts';

/** A new empty file, open for reading and writing. `name` is what /proc/PID/fd shows: `memfd:name`. */
export function makeMemoryFile(
  kernel: Kernel,
  name: string,
  credentials: Credentials,
  sealing: 'sealable' | 'sealed' | 'not-executable',
): TmpfsFile {
  const { vfs } = kernel;
  if (vfs.memoryFiles === undefined) {
    const limits = { maxPages: Infinity, maxInodes: Infinity, mode: 0o1777, uid: 0, gid: 0, shown: '' };
    const superBlock = new TmpfsSuperBlock(kernel, 'tmpfs', limits);
    vfs.memoryFiles = new Mount(0, new Dentry('', undefined, superBlock.root, superBlock), undefined, 0);
  }
  const mount = vfs.memoryFiles;
  const mode = S_IFREG | (sealing === 'not-executable' ? 0o666 : 0o777);
  const inode = mount.root.inode!.createUnnamed(mode, credentials) as TmpfsInode;
  if (sealing !== 'sealed') inode.seals = sealing === 'not-executable' ? F_SEAL_EXEC : 0;
  else inode.seals = F_SEAL_SEAL;
  const dentry = new Dentry(name, mount.root, inode, inode.superBlock);
  dentry.isUnlinked = true;
  const file = new TmpfsFile({ mount, dentry }, O_RDWR | O_LARGEFILE);
  file.credentials = credentials;
  return file;
}
