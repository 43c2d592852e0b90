/**
 * PosixQueues: the POSIX message queues of one kernel, `kernel.posixQueues`, and the file system of type mqueue in which
 * they have their names; mq_overview(7). Linux counterpart: ipc/mqueue.c.
 */
import type { Credentials } from '../task/credentials.ts';
import type { Kernel } from '../kernel.ts';
import type { File, OpenContext } from '../fs/file.ts';
import { DT_REG } from '../abi/dirent.ts';
import { EINVAL, EMFILE, ENOSPC } from '../abi/errno.ts';
import { HARD_MSGMAX, HARD_MSGSIZEMAX, MQUEUE_MAGIC } from '../abi/mqueue.ts';
import { RLIMIT_MSGQUEUE } from '../abi/resource.ts';
import { S_IFDIR } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { DirectoryFile } from '../fs/directory-file.ts';
import { Inode, type DirectoryEntry } from '../fs/inode.ts';
import type { Mount } from '../fs/path.ts';
import { SuperBlock, type FileSystemStatistics, type FileSystemType } from '../fs/super-block.ts';
import { CAP_SYS_RESOURCE, isCapable } from '../task/credentials.ts';
import { PosixQueueInode } from './posix-queue.ts';

const ROOT_INO = 1;
/** What a message and its place in the tree cost, in the sum that RLIMIT_MSGQUEUE limits. */
const MESSAGE_OVERHEAD = 48;
const TREE_NODE = 48;
const MAX_PRIORITIES = 32768;

export interface QueueLimits {
  readonly maxmsg: number;
  readonly msgsize: number;
}

export class PosixQueues {
  readonly kernel: Kernel;
  #mount: Mount | undefined;
  /** Bytes that each user's queues may take: RLIMIT_MSGQUEUE. */
  readonly userBytes = new Map<number, number>();
  /** What the mq_open(2) that is going on wants of a new queue. */
  wanted: QueueLimits | undefined;
  /** Queues, named or not. */
  count = 0;

  // Sysctls of /proc/sys/fs/mqueue.
  msgMax = 10;
  msgsizeMax = 8192;
  msgDefault = 10;
  msgsizeDefault = 8192;
  queuesMax = 256;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** The one instance, mounted for the kernel's own use when it is first needed. */
  get mount(): Mount {
    if (this.#mount === undefined) {
      this.#mount = this.kernel.vfs.tree.create(new MqueueSuperBlock(this.kernel), 0);
      this.#mount.references++; // for ever
    }
    return this.#mount;
  }

  /** The limits that a new queue gets. EINVAL. */
  limitsFor(wanted: QueueLimits | undefined, credentials: Credentials): QueueLimits {
    if (wanted === undefined) {
      return {
        maxmsg: Math.min(this.msgMax, this.msgDefault),
        msgsize: Math.min(this.msgsizeMax, this.msgsizeDefault),
      };
    }
    const isFree = isCapable(credentials, CAP_SYS_RESOURCE);
    const { maxmsg, msgsize } = wanted;
    const isTooMuch =
      maxmsg > (isFree ? HARD_MSGMAX : this.msgMax) || msgsize > (isFree ? HARD_MSGSIZEMAX : this.msgsizeMax);
    if (maxmsg <= 0 || msgsize <= 0 || isTooMuch) fail(EINVAL, 'mq_open: attributes');
    return wanted;
  }

  /** Takes a queue's bytes from its user's limit. EMFILE, ENOSPC. */
  charge(limits: QueueLimits, credentials: Credentials, limit: number): number {
    if (this.count >= this.queuesMax && !isCapable(credentials, CAP_SYS_RESOURCE))
      fail(ENOSPC, 'mq_open: queues_max');
    const bytes =
      limits.maxmsg * (MESSAGE_OVERHEAD + limits.msgsize) +
      Math.min(limits.maxmsg, MAX_PRIORITIES) * TREE_NODE;
    const used = this.userBytes.get(credentials.uid) ?? 0;
    if (used + bytes > limit) fail(EMFILE, 'mq_open: RLIMIT_MSGQUEUE');
    this.userBytes.set(credentials.uid, used + bytes);
    this.count++;
    return bytes;
  }

  uncharge(uid: number, bytes: number): void {
    const left = (this.userBytes.get(uid) ?? 0) - bytes;
    if (left === 0) this.userBytes.delete(uid);
    else this.userBytes.set(uid, left);
    this.count--;
  }
}

class MqueueSuperBlock extends SuperBlock {
  override readonly root: MqueueRoot;
  nextIno = ROOT_INO + 1;

  constructor(kernel: Kernel) {
    super(kernel, 'mqueue');
    this.source = 'mqueue';
    this.root = new MqueueRoot(this);
  }

  override statistics(): FileSystemStatistics {
    return { type: MQUEUE_MAGIC, blockSize: 4096, blocks: 0, blocksFree: 0, files: 0, filesFree: 0 };
  }
}

class MqueueRoot extends Inode {
  declare readonly superBlock: MqueueSuperBlock;
  readonly queues = new Map<string, PosixQueueInode>();

  constructor(superBlock: SuperBlock) {
    super(superBlock, ROOT_INO, S_IFDIR | 0o1777);
    this.nlink = 2;
    this.atime = this.mtime = this.ctime = this.btime = superBlock.kernel.time.now();
  }

  override get isLookupStable(): boolean {
    return false;
  }
  override lookup(name: string): PosixQueueInode | undefined {
    return this.queues.get(name);
  }
  override *iterate(cookie: number): Generator<DirectoryEntry> {
    const queues = [...this.queues].sort((a, b) => a[1].ino - b[1].ino);
    for (const [name, { ino }] of queues) if (ino > cookie) yield { name, ino, type: DT_REG, next: ino };
  }
  /** By mq_open(2), or by open(2) in a mounted mqueue. */
  override create(name: string, mode: number, credentials: Credentials): PosixQueueInode {
    const { kernel } = this.superBlock;
    const { posixQueues } = kernel;
    const limits = posixQueues.limitsFor(posixQueues.wanted, credentials);
    const limit = kernel.scheduler.current?.limit(RLIMIT_MSGQUEUE) ?? Infinity;
    const bytes = posixQueues.charge(limits, credentials, limit);
    const inode = new PosixQueueInode(this.superBlock, this.superBlock.nextIno++, mode, limits, bytes);
    inode.uid = credentials.fsuid;
    inode.gid = credentials.fsgid;
    inode.owner = credentials.uid;
    this.queues.set(name, inode);
    this.mtime = this.ctime = kernel.time.now();
    return inode;
  }
  override unlink(name: string, target: Inode): void {
    this.queues.delete(name);
    target.nlink = 0;
    this.mtime = this.ctime = target.ctime = this.superBlock.kernel.time.now();
  }
  override open(context: OpenContext): File {
    return new DirectoryFile(context.path, context.flags);
  }
}

export const mqueueType: FileSystemType = {
  name: 'mqueue',
  needsDevice: false,
  mount: kernel => kernel.posixQueues.mount.superBlock,
};
