/**
 * PortFile: one end of a byte stream to the embedder, as a descriptor of a process that it started: what
 * `lodger -- cmd` has as standard input, output and error. A process sees a pipe.
 *
 * Several files may stand on one port: a process that opens /dev/stdin has a further one. The port ends with the last.
 */
import type { Port } from '../../host/machine.ts';
import type { Kernel } from '../kernel.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { Task } from '../task/task.ts';
import { EACCES, EPIPE } from '../abi/errno.ts';
import { O_ACCMODE, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { SIGPIPE } from '../abi/signal.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { File, type OpenContext } from '../fs/file.ts';
import type { Path } from '../fs/path.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { signalSelf } from '../task/signal-send.ts';

/** The stream itself, which lasts from its first open file to the last one. */
export class PortStream {
  readonly kernel: Kernel;
  readonly number: number;
  readonly port: Port;
  /** What a process does with it. */
  readonly direction: 'reads' | 'writes';
  readonly queue = new WaitQueue();
  readonly queues = [this.queue];
  #files = 0;

  constructor(kernel: Kernel, number: number, port: Port, direction: 'reads' | 'writes') {
    this.kernel = kernel;
    this.number = number;
    this.port = port;
    this.direction = direction;
    kernel.portFiles.set(number, this);
  }

  /** The outside moved bytes or closed its end. */
  portChanged(): void {
    this.queue.wake();
  }

  /** open(2) of /dev/stdin and the like: a further file on the same stream. */
  reopen({ path, flags }: OpenContext): File {
    const wanted = this.direction === 'reads' ? O_RDONLY : O_WRONLY;
    if ((flags & O_ACCMODE) !== wanted) fail(EACCES, 'the port goes in one direction only');
    return new PortFile(this, path, flags);
  }

  wasOpened(): void {
    this.#files++;
  }
  wasClosed(): void {
    if (--this.#files > 0) return;
    this.kernel.portFiles.delete(this.number);
    if (this.direction === 'writes') this.port.endOutput();
    else this.port.closeInput();
  }
}

export class PortFile extends File {
  readonly #kernel: Kernel;
  readonly #port: Port;
  readonly #stream: PortStream;

  constructor(stream: PortStream, path: Path, flags: number) {
    super(path, flags);
    this.#kernel = stream.kernel;
    this.#port = stream.port;
    this.#stream = stream;
    stream.wasOpened();
  }

  /** The first file on a port. `direction` is the process's: it reads, or it writes. */
  static open(kernel: Kernel, number: number, port: Port, direction: 'reads' | 'writes'): PortFile {
    const path = kernel.vfs.newAnonymousPath('pipe');
    const stream = new PortStream(kernel, number, port, direction);
    path.dentry.inode!.pipe = stream;
    return new PortFile(stream, path, direction === 'reads' ? O_RDONLY : O_WRONLY);
  }

  override read(buffer: IoBuffer): number {
    let done = 0;
    while (buffer.remaining > 0) {
      const count = this.#port.read(buffer.next());
      if (count === 0) break;
      buffer.advance(count);
      done += count;
    }
    if (done > 0 || buffer.remaining === 0) return done;
    if (!this.#port.isInputEnded) return WOULD_BLOCK;
    // The end may have been announced together with last bytes.
    return this.#port.readableBytes > 0 ? this.read(buffer) : 0;
  }

  override write(buffer: IoBuffer): number {
    if (this.#port.isOutputClosed) {
      const task = this.#kernel.scheduler.current;
      if (task !== undefined) signalSelf(task, SIGPIPE);
      fail(EPIPE, 'nobody reads the port');
    }
    let done = 0;
    while (buffer.remaining > 0) {
      const count = this.#port.write(buffer.next());
      if (count === 0) break;
      buffer.advance(count);
      done += count;
    }
    return done > 0 || buffer.remaining === 0 ? done : WOULD_BLOCK;
  }

  override ioctl(task: Task, request: number, argument: number): number {
    if (request !== FIONREAD) return super.ioctl(task, request, argument);
    task.memory.writeI32(argument, this.#port.readableBytes);
    return 0;
  }

  override poll(): number {
    if (this.isWritable) {
      if (this.#port.isOutputClosed) return POLLERR | POLLOUT | POLLWRNORM;
      return this.#port.writableBytes > 0 ? POLLOUT | POLLWRNORM : 0;
    }
    const events = this.#port.readableBytes > 0 ? POLLIN | POLLRDNORM : 0;
    return this.#port.isInputEnded ? events | POLLHUP : events;
  }
  override waitQueues(): readonly WaitQueue[] {
    return this.#stream.queues;
  }

  override release(): void {
    this.#stream.wasClosed();
  }
}
