/**
 * PtyMaster: the open file of a pty's master, what a terminal emulator or sshd holds. Made by opening /dev/ptmx; its
 * last close hangs the slave up. Packet mode: ioctl_tty(2), TIOCPKT.
 */
import { EINVAL, EIO, ENOTTY } from '../abi/errno.ts';
import { O_ACCMODE, O_CLOEXEC, O_NOCTTY, O_NONBLOCK } from '../abi/fcntl.ts';
import * as io from '../abi/ioctl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import * as abi from '../abi/termios.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import { File } from '../fs/file.ts';
import type { Path } from '../fs/path.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import type { Task } from '../task/task.ts';
import type { Pty } from './pty.ts';
import { sharedIoctl } from './tty-ioctl.ts';

const CHUNK = 4096;

export class PtyMaster extends File {
  readonly pty: Pty;

  constructor(path: Path, flags: number, pty: Pty) {
    super(path, flags);
    this.pty = pty;
  }

  override read(buffer: IoBuffer): number {
    const { pty } = this;
    if (buffer.remaining === 0) return 0;
    if (pty.isPacketMode && pty.packetStatus !== 0) {
      const status = pty.packetStatus;
      pty.packetStatus = 0;
      return buffer.put(Uint8Array.of(status));
    }
    if (pty.output.length === 0) return pty.isSlaveClosed ? fail(EIO, 'the slave is closed') : WOULD_BLOCK;
    let count = pty.isPacketMode ? buffer.put(Uint8Array.of(io.TIOCPKT_DATA)) : 0;
    count += pty.output.read(buffer);
    pty.tty.outputReady();
    return count;
  }

  override write(buffer: IoBuffer): number {
    const { pty } = this;
    if (pty.isSlaveClosed) return fail(EIO, 'the slave is closed');
    const before = buffer.transferred;
    while (buffer.remaining > 0) {
      const count = pty.input.push(buffer.next(CHUNK));
      if (count === 0) break;
      buffer.advance(count);
      pty.unthrottle();
    }
    const done = buffer.transferred - before;
    return done === 0 && buffer.remaining > 0 ? WOULD_BLOCK : done;
  }

  override poll(): number {
    const { pty } = this;
    let events = 0;
    if (pty.output.length > 0) events |= POLLIN | POLLRDNORM;
    if (pty.isPacketMode && pty.packetStatus !== 0) events |= POLLPRI | POLLIN | POLLRDNORM;
    if (pty.isSlaveClosed) events |= POLLHUP;
    if (pty.input.room > 0) events |= POLLOUT | POLLWRNORM;
    return events;
  }

  override waitQueues(events: number): readonly WaitQueue[] {
    const { readQueue, writeQueue } = this.pty;
    return (events & (POLLOUT | POLLWRNORM)) === 0 ? [readQueue] : [readQueue, writeQueue];
  }

  override ioctl(task: Task, request: number, argument: number): number {
    const { pty } = this;
    const { memory } = task;
    switch (request) {
      case io.TIOCGPTN:
        memory.writeI32(argument, pty.index);
        return 0;
      case io.TIOCSPTLCK:
        pty.isLocked = memory.readI32(argument) !== 0;
        return 0;
      case io.TIOCGPTLCK:
        memory.writeI32(argument, pty.isLocked ? 1 : 0);
        return 0;
      case io.TIOCGPTPEER:
        return this.#openPeer(task, argument);
      case io.TIOCPKT:
        return this.#setPacketMode(memory.readI32(argument) !== 0);
      case io.TIOCGPKT:
        memory.writeI32(argument, pty.isPacketMode ? 1 : 0);
        return 0;
      case io.TIOCSIG:
        if (argument < 1 || argument > 64) fail(EINVAL, 'TIOCSIG');
        pty.tty.signal(argument);
        return 0;
      case io.FIONREAD:
        memory.writeI32(argument, pty.output.length);
        return 0;
      case io.TIOCOUTQ:
        memory.writeI32(argument, 0);
        return 0;
      case io.TCFLSH:
        return this.#flush(argument);
      case io.TCSBRK:
      case io.TCSBRKP:
        return 0;
      case io.TIOCSCTTY:
      case io.TIOCNOTTY:
        return fail(ENOTTY, "a pty master is nobody's controlling terminal");
      default:
        return sharedIoctl(task, pty.tty, request, argument);
    }
  }

  #setPacketMode(isOn: boolean): number {
    const { pty } = this;
    if (isOn && !pty.isPacketMode) pty.packetStatus = 0;
    pty.isPacketMode = isOn;
    return 0;
  }

  /** TCFLSH acts on the master's side: what it could read, what the slave has not taken. */
  #flush(which: number): number {
    const { pty } = this;
    if (which > abi.TCIOFLUSH) fail(EINVAL, 'TCFLSH');
    if (which !== abi.TCOFLUSH) {
      pty.output.truncate(0);
      pty.tty.outputReady();
    }
    if (which !== abi.TCIFLUSH) pty.flushInput();
    return 0;
  }

  /** TIOCGPTPEER: opens the slave, also where no path leads to it. */
  #openPeer(task: Task, flags: number): number {
    const { pty } = this;
    const allowed = O_ACCMODE | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    if ((flags & ~allowed) !== 0) fail(EINVAL, 'TIOCGPTPEER: unknown flags');
    const path = pty.superBlock.pathOf(pty, this.path);
    const { kernel, credentials } = task;
    const file = pty.superBlock.openSlave(pty, {
      kernel,
      task,
      credentials,
      path,
      flags: flags & ~O_CLOEXEC,
    });
    try {
      return task.files.install(file, (flags & O_CLOEXEC) !== 0);
    } catch (error) {
      kernel.vfs.put(file);
      throw error;
    }
  }

  override release(): void {
    this.pty.masterClosed();
  }

  override showFdInfo(): string {
    return `tty-index:\t${this.pty.index}\n`;
  }
}
