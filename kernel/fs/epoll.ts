/**
 * epoll(7): a set of files to watch, and the list of those that may be ready. Linux counterpart: fs/eventpoll.c.
 *
 * An item waits in the queues of its file for as long as it is in the set. A wake-up puts it on the ready list; only
 * `collect` decides, by asking the file, whether it is really ready:
 *
 *   idle ──wakeUp()──▶ ready ──collect(): not ready, or EPOLLET──▶ idle
 *                        │ ▲
 *                        └─┘ collect(): level-triggered and ready: reported, stays at the end of the list
 *   any  ──EPOLLONESHOT reported──▶ disabled ──EPOLL_CTL_MOD──▶ idle or ready
 *   any  ──EPOLL_CTL_DEL, the watched file's last close──▶ removed
 *
 * Items hold no reference to their file: when its last reference goes, the VFS detaches them (File.epollItems).
 */
import { EEXIST, EINVAL, ELOOP, ENOENT } from '../abi/errno.ts';
import {
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLWAKEUP,
} from '../abi/epoll.ts';
import { O_RDWR } from '../abi/fcntl.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { WaitQueue, type Waiter } from '../sync/wait-queue.ts';
import { File } from './file.ts';

/** Bits of `events` that are no events. */
const PRIVATE = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;
const EXCLUSIVE_OK = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;
/** Epoll sets may watch each other this deep. */
const MAX_NESTS = 4;

export interface ReadyEvent {
  readonly events: number;
  readonly data: bigint;
}

class EpollItem implements Waiter {
  readonly owner: EpollFile;
  readonly file: File;
  readonly fd: number;
  /** EPOLL*; only PRIVATE bits: disabled by EPOLLONESHOT. */
  events = 0;
  data = 0n;
  #queues: readonly WaitQueue[] = [];

  constructor(owner: EpollFile, file: File, fd: number) {
    this.owner = owner;
    this.file = file;
    this.fd = fd;
  }

  wakeUp(_queue: WaitQueue, key: number): void {
    const wanted = this.events & ~PRIVATE;
    if (wanted !== 0 && (key & wanted) !== 0) this.owner.itemReady(this);
  }

  /** Sets what is watched and enters the file's queues; ready at once if the events hold. */
  watch(events: number, data: bigint): void {
    this.#leave();
    this.events = events | EPOLLERR | EPOLLHUP;
    this.data = data;
    this.#queues = this.file.waitQueues(this.events & ~PRIVATE);
    for (const queue of this.#queues) queue.add(this);
    if (this.poll() !== 0) this.owner.itemReady(this);
  }

  poll(): number {
    const wanted = this.events & ~PRIVATE;
    return wanted === 0 ? 0 : this.file.poll() & wanted;
  }

  /** Out of the set for good. */
  detach(): void {
    this.#leave();
    this.file.epollItems?.delete(this);
    this.owner.forget(this);
  }

  #leave(): void {
    for (const queue of this.#queues) queue.remove(this);
    this.#queues = [];
  }
}

export class EpollFile extends File {
  /** By file, then by descriptor: a descriptor number may name two files one after the other. */
  readonly #items = new Map<File, Map<number, EpollItem>>();
  /** Items that may be ready, in order. */
  readonly #ready = new Set<EpollItem>();
  /** epoll_wait(2) sleeps here, and whoever polls this file. */
  readonly readQueue = new WaitQueue();

  constructor(kernel: Kernel) {
    super(kernel.vfs.newAnonymousPath('[eventpoll]'), O_RDWR);
  }

  *items(): Generator<EpollItem> {
    for (const byFd of this.#items.values()) yield* byFd.values();
  }

  // ---- epoll_ctl(2)

  add(file: File, fd: number, events: number, data: bigint): void {
    if ((events & EPOLLEXCLUSIVE) !== 0) requireExclusive(file, events);
    if (file instanceof EpollFile) this.#requireNoLoop(file);
    const byFd = this.#items.get(file) ?? new Map<number, EpollItem>();
    if (byFd.has(fd)) fail(EEXIST, 'epoll: already in the set');
    const item = new EpollItem(this, file, fd);
    byFd.set(fd, item);
    this.#items.set(file, byFd);
    (file.epollItems ??= new Set()).add(item);
    item.watch(events, data);
  }

  modify(file: File, fd: number, events: number, data: bigint): void {
    const item = this.#find(file, fd);
    if ((item.events & EPOLLEXCLUSIVE) !== 0 || (events & EPOLLEXCLUSIVE) !== 0) {
      fail(EINVAL, 'epoll: EPOLLEXCLUSIVE cannot be modified');
    }
    this.#ready.delete(item);
    item.watch(events, data);
  }

  remove(file: File, fd: number): void {
    this.#find(file, fd).detach();
  }

  #find(file: File, fd: number): EpollItem {
    return this.#items.get(file)?.get(fd) ?? fail(ENOENT, 'epoll: not in the set');
  }

  /** Called by the item that leaves. */
  forget(item: EpollItem): void {
    this.#ready.delete(item);
    const byFd = this.#items.get(item.file);
    byFd?.delete(item.fd);
    if (byFd?.size === 0) this.#items.delete(item.file);
  }

  // ---- events

  itemReady(item: EpollItem): void {
    this.#ready.add(item);
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }

  /** Up to `max` events that hold now. `put` may fail; the item is then still on the list. */
  collect(max: number, put: (event: ReadyEvent, index: number) => void): number {
    let count = 0;
    for (const item of [...this.#ready]) {
      if (count === max) break;
      const events = item.poll();
      if (events === 0) {
        this.#ready.delete(item);
        continue;
      }
      put({ events, data: item.data }, count++);
      this.#ready.delete(item);
      if ((item.events & EPOLLONESHOT) !== 0) item.events &= PRIVATE;
      else if ((item.events & EPOLLET) === 0) this.#ready.add(item);
    }
    return count;
  }

  override poll(): number {
    for (const item of [...this.#ready]) {
      if (item.poll() !== 0) return POLLIN | POLLRDNORM;
      this.#ready.delete(item);
    }
    return 0;
  }
  override waitQueues(): readonly WaitQueue[] {
    return [this.readQueue];
  }

  override release(): void {
    for (const item of [...this.items()]) item.detach();
  }

  // ---- nesting

  /** Watching `target` must not make a circle, nor a chain that is too long. */
  #requireNoLoop(target: EpollFile): void {
    if (target.#reaches(this) || target.#depthBelow() + this.#depthAbove() - 1 > MAX_NESTS) {
      fail(ELOOP, 'epoll: circle or too deep');
    }
  }

  #reaches(other: EpollFile): boolean {
    if (other === this) return true;
    for (const file of this.#items.keys()) if (file instanceof EpollFile && file.#reaches(other)) return true;
    return false;
  }

  /** Epoll files in the longest chain from here down, this one included. */
  #depthBelow(): number {
    let depth = 0;
    for (const file of this.#items.keys())
      if (file instanceof EpollFile) depth = Math.max(depth, file.#depthBelow());
    return depth + 1;
  }

  #depthAbove(): number {
    let depth = 0;
    for (const item of this.epollItems ?? []) {
      if (item instanceof EpollItem) depth = Math.max(depth, item.owner.#depthAbove());
    }
    return depth + 1;
  }

  override showFdInfo(): string {
    let text = '';
    for (const item of this.items()) {
      const { ino, superBlock } = item.file.inode;
      const [events, data, number] = [item.events >>> 0, item.data, ino].map(n => n.toString(16));
      text += `tfd: ${pad(String(item.fd), 8)} events: ${pad(events!, 8)} data: ${pad(data!, 16)} `;
      text += ` pos:${item.file.position} ino:${number} sdev:${superBlock.device.toString(16)}\n`;
    }
    return text;
  }
}

function pad(text: string, width: number): string {
  return text.padStart(width, ' ');
}

function requireExclusive(file: File, events: number): void {
  if ((events & ~EXCLUSIVE_OK) !== 0 || file instanceof EpollFile)
    fail(EINVAL, 'epoll: EPOLLEXCLUSIVE with that');
}
