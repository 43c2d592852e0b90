/**
 * HostSocketInode: a Unix socket of the host, in a mount whose embedder lets the guest use those. Connecting goes
 * through a path of exactly this file (`HostTree.withPath`), so that the jail holds for sockets as for files.
 */
import type { HostSockets } from '../../../host/machine.ts';
import type { OutsideSocket } from '../inode.ts';
import type { HostStats } from './host-call.ts';
import type { HostDirectoryInode } from './host-directory-inode.ts';
import type { HostSuperBlock } from './host-super-block.ts';
import { HostSpecialInode } from './host-other-inodes.ts';
import { rethrow } from './host-call.ts';

export class HostSocketInode extends HostSpecialInode implements OutsideSocket {
  readonly sockets: HostSockets;
  /** The machine's socket that was bound with this file, until the bind(2) that asked for it takes it. */
  #bound: number | undefined;

  constructor(
    superBlock: HostSuperBlock,
    sockets: HostSockets,
    stats: HostStats,
    parent: HostDirectoryInode | undefined,
    name: string,
  ) {
    super(superBlock, stats, parent, name);
    this.sockets = sockets;
  }

  override outsideSocket(): OutsideSocket {
    return this;
  }

  connect(): number {
    try {
      // Text: of a descriptor, or of a host that takes text.
      return this.superBlock.tree.withPath(this, path => this.sockets.connect(path as string));
    } catch (error) {
      return rethrow(error);
    }
  }

  keepBound(socket: number): void {
    this.#bound = socket;
    this.superBlock.madeSocket(this);
  }
  takeBound(): number | undefined {
    const bound = this.#bound;
    this.#bound = undefined;
    return bound;
  }
}
