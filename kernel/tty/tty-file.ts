/**
 * TtyFile: an open file of a terminal (of a pty: its slave). Linux counterpart: tty_fops, and hung_up_tty_fops once
 * the terminal was hung up; VMIN and VTIME as termios(3) says.
 */
import { EIO } from '../abi/errno.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { SIGTTIN, SIGTTOU } from '../abi/signal.ts';
import { ICANON, TOSTOP, VMIN, VTIME } from '../abi/termios.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import { File } from '../fs/file.ts';
import type { Path } from '../fs/path.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import type { Task } from '../task/task.ts';
import { checkBackground } from './job-control.ts';
import { ttyIoctl } from './tty-ioctl.ts';
import type { Tty } from './tty.ts';

const NS_PER_TENTH = 1e8;

export class TtyFile extends File {
  readonly tty: Tty;
  /** Opened as /dev/console: a hang-up does not reach it. */
  readonly isConsole: boolean;
  isHungUp = false;
  /**
   * Opened after the outside ended its input and a reader was told so. It waits for a line that never comes, as a
   * terminal without carrier does: what init starts again on it does not end at once and again and again.
   */
  readonly isAfterEnd: boolean;

  constructor(path: Path, flags: number, tty: Tty, isConsole: boolean) {
    super(path, flags);
    this.tty = tty;
    this.isConsole = isConsole;
    this.isAfterEnd = tty.discipline.isEndSeen;
    tty.files.add(this);
  }

  hangUp(): void {
    if (!this.isConsole) this.isHungUp = true;
  }

  override read(buffer: IoBuffer): number {
    const { tty } = this;
    if (this.isHungUp || buffer.remaining === 0) return 0;
    const task = tty.kernel.scheduler.current;
    if (task !== undefined) checkBackground(task, tty, SIGTTIN);
    if (this.isAfterEnd) return WOULD_BLOCK;
    const isCanonical = (tty.termios.lflag & ICANON) !== 0;
    const count = isCanonical ? tty.discipline.read(buffer) : this.#readRaw(buffer, task);
    if (count === WOULD_BLOCK && tty.driver.isOtherSideClosed) return fail(EIO, 'the other side is closed');
    if (count > 0) tty.inputTaken();
    return count;
  }

  #readRaw(buffer: IoBuffer, task: Task | undefined): number {
    const { tty } = this;
    const { discipline, termios } = tty;
    const minimum = termios.cc[VMIN]!;
    const timeNs = termios.cc[VTIME]! * NS_PER_TENTH;
    const available = discipline.head - discipline.tail;
    if (available >= Math.min(Math.max(minimum, 1), buffer.remaining) || discipline.isEnded) {
      return discipline.read(buffer);
    }
    if (minimum === 0 && timeNs === 0) return 0;
    if (this.isNonblocking || task === undefined) return discipline.read(buffer);
    if (timeNs === 0 || (minimum > 0 && available === 0)) return WOULD_BLOCK;
    // MIN = 0: the time runs from the call. MIN > 0: it runs anew from each byte that comes.
    const { call } = task;
    const now = tty.kernel.time.monotonicNs();
    if (call.data?.['ttySeen'] !== available) {
      call.data = { ...call.data, ttySeen: available };
      call.deadlineNs = now + timeNs;
    }
    if (now >= call.deadlineNs) return minimum === 0 ? 0 : discipline.read(buffer);
    tty.wakeReadersAt(call.deadlineNs);
    return WOULD_BLOCK;
  }

  override write(buffer: IoBuffer): number {
    const { tty } = this;
    if (this.isHungUp) return fail(EIO, 'terminal was hung up');
    const task = tty.kernel.scheduler.current;
    if (task !== undefined && (tty.termios.lflag & TOSTOP) !== 0) checkBackground(task, tty, SIGTTOU);
    if (tty.driver.isOtherSideClosed) return fail(EIO, 'the other side is closed');
    if (buffer.remaining === 0) return 0;
    return tty.write(buffer);
  }

  override poll(): number {
    const { tty } = this;
    if (this.isHungUp) return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
    const { cc } = tty.termios;
    let events = 0;
    if (tty.discipline.hasInput(cc[VTIME] === 0 ? cc[VMIN]! : 1)) events |= POLLIN | POLLRDNORM;
    if (tty.isWritable) events |= POLLOUT | POLLWRNORM;
    if (tty.driver.isOtherSideClosed) events |= POLLHUP;
    if (tty.discipline.isEnded && !this.isAfterEnd) events |= POLLIN | POLLRDNORM;
    return events;
  }

  override waitQueues(events: number): readonly WaitQueue[] {
    const { readQueue, writeQueue } = this.tty;
    if ((events & (POLLOUT | POLLWRNORM)) === 0) return [readQueue];
    return (events & (POLLIN | POLLRDNORM)) === 0 ? [writeQueue] : [readQueue, writeQueue];
  }

  override ioctl(task: Task, request: number, argument: number): number {
    if (this.isHungUp) return fail(EIO, 'terminal was hung up');
    return ttyIoctl(task, this, this.tty, request, argument);
  }

  override release(): void {
    this.tty.files.delete(this);
    if (this.tty.files.size === 0) this.tty.driver.lastFileClosed();
  }
}
