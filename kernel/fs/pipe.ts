/**
 * Pipes: pipe(7), fs/pipe.c. A Pipe is the bytes and the two wait queues; a PipeFile is one end of it, or both for a
 * FIFO that was opened O_RDWR.
 *
 * Linux keeps a ring of page slots; here it is a ring of bytes in host memory that grows up to the pipe's size, one
 * copy in and one copy out. Invariants:
 *   1. tail ≤ head, head - tail ≤ size; both only grow, and byte n lies at ring[(n + phase) % ring.length].
 *   2. A write of at most PIPE_BUF bytes goes in whole or not at all; hence «writable» means PIPE_BUF bytes of room.
 *   3. Packets (O_DIRECT) are disjoint ranges of the counters in order; bytes outside of them are a stream.
 *   4. readers and writers count open file descriptions; with no reader a write is EPIPE, with no writer a read of the
 *      empty pipe is the end.
 *
 * Linux: a pipe with less than a free page accepts a small write here where Linux may already have no slot left.
 */
import { EBUSY, EINVAL, ENOMEM, EPERM, EPIPE } from '../abi/errno.ts';
import { F_GETPIPE_SZ, F_SETPIPE_SZ, O_DIRECT } from '../abi/fcntl.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { SIGPIPE } from '../abi/signal.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import type { BufferBudget } from '../mm/buffer-budget.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { CAP_SYS_RESOURCE } from '../task/credentials.ts';
import { signalSelf } from '../task/signal-send.ts';
import type { Task } from '../task/task.ts';
import { File } from './file.ts';
import type { Path } from './path.ts';

export const PIPE_BUF = 4096;
const PAGE = 4096;

/** Size of a new pipe: 16 pages. */
const PIPE_DEFAULT_SIZE = 65536;
/** /proc/sys/fs/pipe-max-size: what F_SETPIPE_SZ gives without CAP_SYS_RESOURCE. */
const PIPE_MAX_SIZE = 1048576;

interface Packet {
  readonly start: number;
  readonly end: number;
}

export class Pipe {
  /** Most bytes it holds; a power of two. F_SETPIPE_SZ. */
  size = PIPE_DEFAULT_SIZE;
  readers = 0;
  writers = 0;
  /** How often an end was ever opened: FIFO opens wait for these to move. */
  readerOpens = 0;
  writerOpens = 0;
  readonly readQueue = new WaitQueue();
  readonly writeQueue = new WaitQueue();
  /** Its length is a power of two ≤ size. */
  ring = EMPTY;
  head = 0;
  tail = 0;
  phase = 0;
  packets: Packet[] = [];
  /** Pays for the ring. */
  readonly #budget: BufferBudget;

  constructor(budget: BufferBudget) {
    this.#budget = budget;
  }

  get used(): number {
    return this.head - this.tail;
  }
  get free(): number {
    return this.size - this.used;
  }
  get isWritable(): boolean {
    return this.free >= PIPE_BUF && this.packets.length < this.size / PAGE;
  }

  /** Takes bytes from `buffer`; how many, or WOULD_BLOCK. There must be a reader. */
  write(buffer: IoBuffer): number {
    const want = buffer.remaining;
    if (want === 0) return 0;
    const count = want <= PIPE_BUF && this.free < want ? 0 : Math.min(want, this.free);
    if (count === 0) return WOULD_BLOCK;
    this.#fill(buffer, count);
    this.readQueue.wake(POLLIN | POLLRDNORM);
    return count;
  }

  /** As write; each PIPE_BUF bytes, and what remains, become a packet that one read takes. */
  writePackets(buffer: IoBuffer): number {
    let done = 0;
    while (buffer.remaining > 0) {
      const count = Math.min(buffer.remaining, PIPE_BUF);
      if (this.free < count || this.packets.length >= this.size / PAGE) break;
      const start = this.head;
      this.#fill(buffer, count);
      this.packets.push({ start, end: this.head });
      done += count;
    }
    if (done > 0) this.readQueue.wake(POLLIN | POLLRDNORM);
    return done === 0 && buffer.remaining > 0 ? WOULD_BLOCK : done;
  }

  /** Puts bytes into `buffer`: how many, 0 at the end, or WOULD_BLOCK. */
  read(buffer: IoBuffer): number {
    if (buffer.remaining === 0) return 0;
    if (this.used === 0) return this.writers === 0 ? 0 : WOULD_BLOCK;
    const packet = this.packets[0];
    let count = Math.min(buffer.remaining, this.used);
    let consumed = count;
    if (packet !== undefined && packet.start === this.tail) {
      count = Math.min(count, packet.end - packet.start);
      consumed = packet.end - packet.start;
    } else if (packet !== undefined) {
      consumed = count = Math.min(count, packet.start - this.tail);
    }
    for (const range of this.peek(count)) buffer.put(range);
    this.consume(consumed);
    return count;
  }

  /** Views of the first `count` bytes (at most `used`); valid until the pipe changes. */
  peek(count: number): Uint8Array[] {
    const at = (this.tail + this.phase) & (this.ring.length - 1);
    const first = Math.min(count, this.ring.length - at);
    const ranges = [this.ring.subarray(at, at + first)];
    if (first < count) ranges.push(this.ring.subarray(0, count - first));
    return ranges;
  }

  /** Drops the first bytes, with the packets that end there, and wakes writers that now have room. */
  consume(count: number): void {
    const wasWritable = this.isWritable;
    this.tail += count;
    while (this.packets.length > 0 && this.packets[0]!.start < this.tail) {
      const packet = this.packets.shift()!;
      if (packet.end > this.tail) this.packets.unshift({ start: this.tail, end: packet.end });
      if (packet.end > this.tail) break;
    }
    if (!wasWritable && this.isWritable) this.writeQueue.wake(POLLOUT | POLLWRNORM);
  }

  /** F_SETPIPE_SZ, after the checks of rights. */
  resize(size: number): void {
    if (size < this.used) fail(EBUSY, 'more bytes in the pipe than the new size');
    this.size = size;
    if (this.ring.length > size) this.#reallocate(size);
    this.writeQueue.wake(POLLOUT | POLLWRNORM);
  }

  /** Nobody has it open any more: the bytes go. */
  destroy(): void {
    this.#budget.give(this.ring.length);
    this.ring = EMPTY;
    this.head = this.tail = 0;
    this.packets = [];
  }

  #fill(buffer: IoBuffer, count: number): void {
    if (this.used + count > this.ring.length) this.#reallocate(ringLength(this.used + count));
    const mask = this.ring.length - 1;
    if (this.used === 0) {
      // Copies are several times faster when source and target agree modulo the word size.
      this.phase = ((buffer.next().byteOffset & 15) - this.head) & mask;
    }
    const at = (this.head + this.phase) & mask;
    const first = Math.min(count, this.ring.length - at);
    buffer.take(this.ring.subarray(at, at + first));
    if (first < count) buffer.take(this.ring.subarray(0, count - first));
    this.head += count;
  }

  #reallocate(length: number): void {
    if (!this.#budget.take(length)) fail(ENOMEM, 'pipe: no memory for more bytes');
    this.#budget.give(this.ring.length);
    const ring = new Uint8Array(length);
    const used = this.used;
    const phase = -this.tail & (length - 1);
    if (used > 0) {
      let to = 0;
      for (const range of this.peek(used)) {
        ring.set(range, to);
        to += range.length;
      }
    }
    this.phase = phase;
    this.ring = ring;
  }
}

const EMPTY = new Uint8Array(0);

function ringLength(bytes: number): number {
  let length = PAGE;
  while (length < bytes) length *= 2;
  return length;
}

/** One end of a pipe, or an open FIFO. Takes and gives back its place among readers and writers. */
export class PipeFile extends File {
  readonly pipe: Pipe;
  /** POLLHUP is shown only once a writer other than those of before the open was seen; see fifo.ts. */
  writerOpensAtOpen = 0;
  /** A FIFO open that waits for the other side: the counter that must move, and its value at the open. */
  waitsFor: 'reader' | 'writer' | undefined;
  waitsPast = 0;

  constructor(path: Path, flags: number, pipe: Pipe) {
    super(path, flags);
    this.pipe = pipe;
    if (this.isReadable) {
      pipe.readers++;
      pipe.readerOpens++;
    }
    if (this.isWritable) {
      pipe.writers++;
      pipe.writerOpens++;
    }
  }

  override read(buffer: IoBuffer): number {
    return this.pipe.read(buffer);
  }

  override write(buffer: IoBuffer): number {
    if (buffer.remaining === 0) return 0;
    this.requireReader();
    return (this.flags & O_DIRECT) !== 0 ? this.pipe.writePackets(buffer) : this.pipe.write(buffer);
  }

  /** EPIPE with SIGPIPE if nobody reads. */
  requireReader(): void {
    if (this.pipe.readers > 0) return;
    const task = this.inode.superBlock.kernel.scheduler.current;
    if (task !== undefined) signalSelf(task, SIGPIPE);
    fail(EPIPE, 'pipe without readers');
  }

  override poll(): number {
    const { pipe } = this;
    let events = 0;
    if (this.isReadable) {
      if (pipe.used > 0) events |= POLLIN | POLLRDNORM;
      if (pipe.writers === 0 && pipe.writerOpens !== this.writerOpensAtOpen) events |= POLLHUP;
    }
    if (this.isWritable) {
      if (pipe.isWritable) events |= POLLOUT | POLLWRNORM;
      if (pipe.readers === 0) events |= POLLERR;
    }
    return events;
  }

  override waitQueues(): readonly WaitQueue[] {
    const { readQueue, writeQueue } = this.pipe;
    if (this.waitsFor !== undefined) return [readQueue, writeQueue];
    if (!this.isWritable) return [readQueue];
    return this.isReadable ? [readQueue, writeQueue] : [writeQueue];
  }

  /** True when the other side of a FIFO came, be it for a moment. */
  override finishOpen(): number {
    if (this.waitsFor === undefined) return 0;
    const opens = this.waitsFor === 'reader' ? this.pipe.readerOpens : this.pipe.writerOpens;
    if (opens === this.waitsPast) return WOULD_BLOCK;
    this.waitsFor = undefined;
    return 0;
  }

  override ioctl(task: Task, request: number, argument: number): number {
    if (request !== FIONREAD) return super.ioctl(task, request, argument);
    task.mm!.writeI32(argument, this.pipe.used);
    return 0;
  }

  override fcntl(task: Task, command: number, argument: number): number {
    if (command === F_GETPIPE_SZ) return this.pipe.size;
    if (command !== F_SETPIPE_SZ) return super.fcntl(task, command, argument);
    const bytes = argument >>> 0;
    if (bytes > 2 ** 31) fail(EINVAL, 'F_SETPIPE_SZ: too large');
    const size = ringLength(bytes);
    if (size > this.pipe.size && size > PIPE_MAX_SIZE && !task.capable(CAP_SYS_RESOURCE)) {
      fail(EPERM, 'F_SETPIPE_SZ: beyond pipe-max-size');
    }
    this.pipe.resize(size);
    return size;
  }

  override release(): void {
    const { pipe } = this;
    if (this.isReadable && --pipe.readers === 0) pipe.writeQueue.wake(POLLOUT | POLLERR | POLLWRNORM);
    if (this.isWritable && --pipe.writers === 0) pipe.readQueue.wake(POLLIN | POLLHUP | POLLRDNORM);
    if (pipe.readers > 0 || pipe.writers > 0) return;
    pipe.destroy();
    if (this.inode.pipe === pipe) this.inode.pipe = undefined;
  }
}
