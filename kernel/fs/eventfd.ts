/**
 * eventfd(2): a counter as a file. Linux counterpart: fs/eventfd.c.
 */
import { EINVAL } from '../abi/errno.ts';
import { O_RDWR } from '../abi/fcntl.ts';
import { viewOf } from '../abi/layout.ts';
import { POLLERR, POLLIN, POLLOUT } from '../abi/poll.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { File } from './file.ts';

const MAX = 0xffff_ffff_ffff_ffffn;
const WORD = 8;

export class EventFile extends File {
  count: bigint;
  /** EFD_SEMAPHORE: a read takes 1 instead of all. */
  readonly isSemaphore: boolean;
  readonly readQueue = new WaitQueue();
  readonly writeQueue = new WaitQueue();

  constructor(kernel: Kernel, count: number, flags: number, isSemaphore: boolean) {
    super(kernel.vfs.newAnonymousPath('[eventfd]'), O_RDWR | flags);
    this.count = BigInt(count);
    this.isSemaphore = isSemaphore;
  }

  override read(buffer: IoBuffer): number {
    if (buffer.remaining < WORD) return fail(EINVAL, 'eventfd: fewer than 8 bytes');
    if (this.count === 0n) return WOULD_BLOCK;
    const value = this.isSemaphore ? 1n : this.count;
    this.count -= value;
    const bytes = new Uint8Array(WORD);
    viewOf(bytes).setBigUint64(0, value, true);
    this.writeQueue.wake(POLLOUT);
    return buffer.put(bytes);
  }

  override write(buffer: IoBuffer): number {
    if (buffer.remaining < WORD) return fail(EINVAL, 'eventfd: fewer than 8 bytes');
    const bytes = new Uint8Array(WORD);
    buffer.take(bytes);
    const value = viewOf(bytes).getBigUint64(0, true);
    if (value === MAX) return fail(EINVAL, 'eventfd: value too large');
    if (MAX - this.count <= value) return WOULD_BLOCK;
    this.count += value;
    this.readQueue.wake(POLLIN);
    return WORD;
  }

  /** The kernel adds to the counter, as far as it goes. */
  add(value: bigint): void {
    this.count = this.count + value < MAX ? this.count + value : MAX;
    this.readQueue.wake(POLLIN);
  }

  override poll(): number {
    let events = 0;
    if (this.count > 0n) events |= POLLIN;
    if (this.count === MAX) events |= POLLERR;
    if (this.count < MAX - 1n) events |= POLLOUT;
    return events;
  }

  override waitQueues(events: number): readonly WaitQueue[] {
    return (events & POLLOUT) === 0 ? [this.readQueue] : [this.readQueue, this.writeQueue];
  }

  override showFdInfo(): string {
    return `eventfd-count: ${this.count.toString(16).padStart(16, ' ')}\n`;
  }
}
