/**
 * A POSIX message queue: its inode holds the messages, its files send and receive; mq_send(3), mq_receive(3). Messages
 * leave by priority, and among equals in order of arrival.
 */
import type { File as OpenFile, OpenContext } from '../fs/file.ts';
import type { SuperBlock } from '../fs/super-block.ts';
import type { ThreadGroup } from '../task/thread-group.ts';
import type { QueueLimits } from './posix-queues.ts';
import { toBytes } from '../abi/byte-string.ts';
import { EBUSY, EMSGSIZE, ENOMEM } from '../abi/errno.ts';
import { NOTIFY_COOKIE_LEN, NOTIFY_REMOVED, NOTIFY_WOKENUP } from '../abi/mqueue.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD, SI_MESGQ } from '../abi/signal.ts';
import { S_IFREG } from '../abi/stat.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import { File } from '../fs/file.ts';
import { Inode } from '../fs/inode.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { NetlinkSocket } from '../net/netlink.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { sendSignal } from '../task/signal-send.ts';
import type { Task } from '../task/task.ts';

const OVERHEAD = 64;
/** stat(2) shows this size: FILENT_SIZE. */
const STATUS_SIZE = 80;

interface PosixMessage {
  readonly priority: number;
  readonly bytes: Uint8Array;
}

/** mq_notify(3): told once, when a message comes into the empty queue and nobody waits for it. */
export interface Notification {
  readonly group: ThreadGroup;
  readonly uid: number;
  /** SIGEV_* */
  readonly kind: number;
  readonly signo: number;
  readonly value: bigint;
  /** SIGEV_THREAD: where the cookie goes. */
  readonly socket: NetlinkSocket | undefined;
  readonly cookie: Uint8Array;
}

export class PosixQueueInode extends Inode {
  readonly limits: QueueLimits;
  /** Charged to the real user who made it. */
  readonly bytes: number;
  owner = 0;
  /** By priority, the highest first. */
  messages: PosixMessage[] = [];
  queuedBytes = 0;
  readonly readQueue = new WaitQueue();
  readonly writeQueue = new WaitQueue();
  notification: Notification | undefined;

  constructor(superBlock: SuperBlock, ino: number, mode: number, limits: QueueLimits, bytes: number) {
    super(superBlock, ino, S_IFREG | (mode & 0o777));
    this.limits = limits;
    this.bytes = bytes;
    this.size = STATUS_SIZE;
    this.atime = this.mtime = this.ctime = this.btime = superBlock.kernel.time.now();
  }

  /** 0, or WOULD_BLOCK when the queue is full. EMSGSIZE. */
  send(task: Task, priority: number, data: IoBuffer, length: number): number {
    if (length > this.limits.msgsize) fail(EMSGSIZE, 'mq_send: message too long');
    if (this.messages.length >= this.limits.maxmsg) return WOULD_BLOCK;
    const { kernel } = this.superBlock;
    if (!kernel.buffers.take(length + OVERHEAD)) fail(ENOMEM, 'mq_send: no memory');
    const bytes = data.takeAll();
    let at = this.messages.length;
    while (at > 0 && this.messages[at - 1]!.priority < priority) at--;
    const wasEmpty = this.messages.length === 0;
    this.messages.splice(at, 0, { priority, bytes });
    this.queuedBytes += bytes.length;
    this.mtime = this.ctime = kernel.time.now();
    const hasReceiver = this.readQueue.waiters.size > 0;
    this.readQueue.wake(POLLIN | POLLRDNORM);
    if (wasEmpty && !hasReceiver) this.#notify(task);
    return 0;
  }

  /** The first message, or WOULD_BLOCK. */
  receive(): PosixMessage | typeof WOULD_BLOCK {
    const message = this.messages.shift();
    if (message === undefined) return WOULD_BLOCK;
    const { kernel } = this.superBlock;
    this.queuedBytes -= message.bytes.length;
    kernel.buffers.give(message.bytes.length + OVERHEAD);
    this.atime = this.ctime = kernel.time.now();
    this.writeQueue.wake(POLLOUT | POLLWRNORM);
    return message;
  }

  register(notification: Notification): void {
    if (this.notification !== undefined) fail(EBUSY, 'mq_notify: somebody is registered');
    this.notification = notification;
  }

  /** Nobody is told any more; who is told by a thread hears of that. */
  unregister(): void {
    if (this.notification?.kind === SIGEV_THREAD) this.#sendCookie(this.notification, NOTIFY_REMOVED);
    this.notification = undefined;
  }

  #notify(sender: Task): void {
    const { notification } = this;
    if (notification === undefined) return;
    this.notification = undefined;
    const { kind, signo, value, group } = notification;
    if (kind === SIGEV_SIGNAL) {
      const pid = sender.group.tgid;
      sendSignal(group, signo, { signo, code: SI_MESGQ, value, pid, uid: sender.credentials.uid });
    } else if (kind === SIGEV_THREAD) this.#sendCookie(notification, NOTIFY_WOKENUP);
  }

  #sendCookie({ socket, cookie }: Notification, what: number): void {
    cookie[NOTIFY_COOKIE_LEN - 1] = what;
    socket?.deliver(cookie);
    if (socket !== undefined) this.superBlock.kernel.vfs.put(socket);
  }

  override open(context: OpenContext): OpenFile {
    return new PosixQueueFile(context.path, context.flags);
  }
  override truncate(): void {}

  override evict(): void {
    const { kernel } = this.superBlock;
    for (const { bytes } of this.messages) kernel.buffers.give(bytes.length + OVERHEAD);
    this.messages = [];
    this.unregister();
    kernel.posixQueues.uncharge(this.owner, this.bytes);
  }
}

/** An open queue. read(2) tells its state as text; messages go through mq_timedsend and mq_timedreceive. */
export class PosixQueueFile extends File {
  get queue(): PosixQueueInode {
    return this.inode as PosixQueueInode;
  }
  override get isSeekable(): boolean {
    return true;
  }

  override read(buffer: IoBuffer, offset: number): number {
    const { queuedBytes, notification } = this.queue;
    const kind = notification?.kind ?? SIGEV_SIGNAL;
    const signo = notification?.kind === SIGEV_SIGNAL ? notification.signo : 0;
    const shown = notification === undefined ? 0 : kind;
    const pid = notification?.group.tgid ?? 0;
    const text = toBytes(
      `QSIZE:${String(queuedBytes).padEnd(10)} NOTIFY:${String(shown).padEnd(5)} SIGNO:${String(signo).padEnd(5)} NOTIFY_PID:${String(pid).padEnd(6)}\n`,
    );
    return offset >= text.length ? 0 : buffer.put(text.subarray(offset));
  }

  override poll(): number {
    const { messages, limits } = this.queue;
    const input = messages.length > 0 ? POLLIN | POLLRDNORM : 0;
    return messages.length < limits.maxmsg ? input | POLLOUT | POLLWRNORM : input;
  }
  override waitQueues(events: number): readonly WaitQueue[] {
    const { readQueue, writeQueue } = this.queue;
    return (events & POLLOUT) === 0 ? [readQueue] : [readQueue, writeQueue];
  }

  /** The process that is registered for a notification closes the queue. */
  override flush(task: Task): void {
    if (this.queue.notification?.group === task.group) this.queue.unregister();
  }
}

/** How mq_notify(3) can tell. */
export const NOTIFY_KINDS: ReadonlySet<number> = new Set([SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD]);
