/**
 * A descriptor that stands for a process: pidfd_open(2). Readable once the process has ended; the number of another
 * process that got the same pid later is never meant by it.
 */
import type { Kernel } from '../kernel.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import type { ThreadGroup } from './thread-group.ts';
import { O_RDWR } from '../abi/fcntl.ts';
import { POLLHUP, POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { File } from '../fs/file.ts';

export class PidFile extends File {
  readonly group: ThreadGroup;

  constructor(kernel: Kernel, group: ThreadGroup, flags = 0) {
    super(kernel.vfs.newAnonymousPath('[pidfd]'), O_RDWR | flags);
    this.group = group;
  }
  override poll(): number {
    let events = 0;
    if (this.group.isZombie || this.group.isReleased) events |= POLLIN | POLLRDNORM;
    if (this.group.isReleased) events |= POLLHUP;
    return events;
  }
  override waitQueues(): readonly WaitQueue[] {
    return [this.group.exitQueue];
  }
  override showFdInfo(): string {
    const pid = this.group.isReleased ? -1 : this.group.tgid;
    return `Pid:\t${pid}\nNSpid:\t${pid}\n`;
  }
}
