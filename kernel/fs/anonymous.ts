/**
 * Files without a name in any directory: pipes, sockets, epoll, memfd. Linux counterparts: alloc_file_pseudo, pipefs,
 * sockfs, anon_inodefs. Each kind has an internal super block and a mount that is in no tree; /proc/PID/fd shows
 * `pipe:[123]`, `anon_inode:[eventpoll]`.
 */
import { ANON_INODE_FS_MAGIC, PIPEFS_MAGIC, SOCKFS_MAGIC } from '../abi/statfs.ts';
import { S_IFIFO, S_IFSOCK } from '../abi/stat.ts';
import type { Kernel } from '../kernel.ts';
import { Inode } from './inode.ts';
import { Dentry, Mount, type Path } from './path.ts';
import { SuperBlock, type FileSystemStatistics } from './super-block.ts';

export class AnonymousInode extends Inode {}

class AnonymousSuperBlock extends SuperBlock {
  override readonly root: Inode;
  readonly magic: number;
  nextIno = 2;

  constructor(kernel: Kernel, typeName: string, magic: number) {
    super(kernel, typeName);
    this.magic = magic;
    this.root = new AnonymousInode(this, 1, 0o600);
  }

  override statistics(): FileSystemStatistics {
    return { type: this.magic, blockSize: 4096, blocks: 0, blocksFree: 0, files: 0, filesFree: 0 };
  }
}

/** The internal mounts of one kernel, by file-system type. */
export class AnonymousFiles {
  readonly kernel: Kernel;
  readonly mounts = new Map<string, Mount>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /**
   * A path for a new file. `kind`: 'pipe' and 'socket' get an inode of that type and a number in their name; anything
   * else is an anon_inode of that name (`[eventpoll]`, but `inotify`) without a file type.
   */
  newPath(kind: string): Path {
    const [typeName, magic, mode] =
      kind === 'pipe'
        ? (['pipefs', PIPEFS_MAGIC, S_IFIFO | 0o600] as const)
        : kind === 'socket'
          ? (['sockfs', SOCKFS_MAGIC, S_IFSOCK | 0o777] as const)
          : (['anon_inodefs', ANON_INODE_FS_MAGIC, 0o600] as const);
    const mount = this.#mount(typeName, magic);
    const superBlock = mount.superBlock as AnonymousSuperBlock;
    const inode = new AnonymousInode(superBlock, superBlock.nextIno++, mode);
    const owner =
      kind === 'pipe' || kind === 'socket' ? this.kernel.scheduler.current?.credentials : undefined;
    if (owner !== undefined) Object.assign(inode, { uid: owner.fsuid, gid: owner.fsgid });
    inode.atime = inode.mtime = inode.ctime = inode.btime = this.kernel.time.now();
    const isNumbered = kind === 'pipe' || kind === 'socket';
    const name = isNumbered ? `${kind}:[${inode.ino}]` : `anon_inode:${kind}`;
    return { mount, dentry: new Dentry(name, undefined, inode, superBlock) };
  }

  #mount(typeName: string, magic: number): Mount {
    let mount = this.mounts.get(typeName);
    if (mount === undefined) {
      const superBlock = new AnonymousSuperBlock(this.kernel, typeName, magic);
      mount = new Mount(0, new Dentry('', undefined, superBlock.root, superBlock), undefined, 0);
      this.mounts.set(typeName, mount);
    }
    return mount;
  }
}
