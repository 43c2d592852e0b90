/**
 * Pseudo-terminals: pty(7), drivers/tty/pty.c. A Pty is the slave's Tty with this driver behind it, whose other side
 * is the master file (pty-master.ts).
 *
 *   master write ─► input ─► Tty.receive ─► programs on the slave
 *   master read  ◄─ output ◄─ Tty.write, echo
 *
 *   made ──the slave is opened──▶ open ──last slave file closed──▶ idle (master reads give EIO) ──opened──▶ open
 *   any  ──the master is closed──▶ gone: hang-up, the number and the devpts node are given back
 */
import { TIOCPKT_DOSTOP, TIOCPKT_NOSTOP, TIOCPKT_START, TIOCPKT_STOP } from '../abi/ioctl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { makedev } from '../abi/stat.ts';
import type { DevptsSuperBlock } from '../fs/devpts.ts';
import type { Kernel } from '../kernel.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { ByteRing } from './byte-ring.ts';
import type { TtyDriver } from './driver.ts';
import { hangUp } from './job-control.ts';
import { Tty } from './tty.ts';

export const UNIX98_PTY_SLAVE_MAJOR = 136;
const BUFFER = 16384;
/** Output that a flush does not take back: on Linux it is in the master's own buffer by then. */
const DELIVERED = 4096;

export class Pty implements TtyDriver {
  readonly kind = 'pty';
  readonly superBlock: DevptsSuperBlock;
  readonly index: number;
  readonly tty: Tty;
  readonly input = new ByteRing(BUFFER);
  readonly output = new ByteRing(BUFFER);
  /** Master's queues. */
  readonly readQueue = new WaitQueue();
  readonly writeQueue = new WaitQueue();
  /** TIOCSPTLCK: the slave cannot be opened. */
  isLocked = true;
  isMasterClosed = false;
  /** The slave was open and is not any more. */
  isSlaveClosed = false;
  /** TIOCPKT */
  isPacketMode = false;
  /** TIOCPKT_* that the master has not read yet. */
  packetStatus = 0;

  constructor(kernel: Kernel, superBlock: DevptsSuperBlock, index: number) {
    this.superBlock = superBlock;
    this.index = index;
    this.tty = new Tty(kernel, `pts/${index}`, makedev(UNIX98_PTY_SLAVE_MAJOR, index), () => this);
  }

  // ---- TtyDriver, for the slave

  get isOtherSideClosed(): boolean {
    return this.isMasterClosed;
  }

  writeRoom(): number {
    return this.isMasterClosed ? 0 : this.output.room;
  }

  write(bytes: Uint8Array): void {
    this.output.push(bytes);
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }

  unthrottle(): void {
    const before = this.input.length;
    while (this.input.length > 0) {
      const taken = this.tty.receive(this.input.peek());
      if (taken === 0) break;
      this.input.consume(taken);
    }
    if (this.input.length < before) this.writeQueue.wake(POLLOUT | POLLWRNORM);
  }

  flushInput(): void {
    this.input.truncate(0);
    this.writeQueue.wake(POLLOUT | POLLWRNORM);
  }

  flushOutput(): void {
    this.output.truncate(DELIVERED);
  }

  packetEvent(bits: number): void {
    if (!this.isPacketMode) return;
    // A later event cancels its opposite.
    for (const [a, b] of OPPOSITES) {
      if ((bits & a) !== 0) this.packetStatus &= ~b;
      if ((bits & b) !== 0) this.packetStatus &= ~a;
    }
    this.packetStatus |= bits;
    this.readQueue.wake(POLLPRI | POLLIN | POLLRDNORM);
  }

  // ---- life

  slaveOpened(): void {
    this.isSlaveClosed = false;
  }

  lastFileClosed(): void {
    this.isSlaveClosed = true;
    this.packetStatus = 0;
    this.readQueue.wake(POLLHUP | POLLIN);
    this.writeQueue.wake(POLLOUT);
  }

  masterClosed(): void {
    this.isMasterClosed = true;
    this.superBlock.release(this);
    hangUp(this.tty);
  }
}

const OPPOSITES: readonly (readonly [number, number])[] = [
  [TIOCPKT_STOP, TIOCPKT_START],
  [TIOCPKT_DOSTOP, TIOCPKT_NOSTOP],
];
