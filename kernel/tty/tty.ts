/**
 * Tty: one terminal. It joins the line discipline (input), output processing, the driver behind it, and job control
 * (session, foreground group). Linux counterpart: struct tty_struct; tty(4), termios(3).
 *
 *   driver ─ receive ─► LineDiscipline ─ read ─► programs
 *     ▲                     │ echo
 *     └──── OutputProcessor ◄─┴──────── write ── programs
 *
 * It outlives hang-ups and closes; open files of it are TtyFiles. What tasks may do to it is checked in tty-file.ts and
 * job-control.ts.
 */
import { TIOCPKT_DOSTOP, TIOCPKT_FLUSHREAD, TIOCPKT_FLUSHWRITE, TIOCPKT_NOSTOP } from '../abi/ioctl.ts';
import { TIOCPKT_START, TIOCPKT_STOP } from '../abi/ioctl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { SIGWINCH } from '../abi/signal.ts';
import { CREAD, CS8, CSIZE, IXON, PARENB, VSTART, VSTOP } from '../abi/termios.ts';
import { WOULD_BLOCK } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import type { ControllingTerminal, ProcessGroup, Session } from '../task/session.ts';
import { signalProcessGroup } from '../task/signal-send.ts';
import { Timer, type TimerOwner } from '../time/timer-queue.ts';
import type { TtyDriver } from './driver.ts';
import { leaderLeaves } from './job-control.ts';
import { LineDiscipline, type DisciplineHost } from './line-discipline.ts';
import { MAX_EXPANSION, OutputProcessor, isProcessing } from './output-processor.ts';
import { standardTermios, type Termios } from './termios.ts';
import type { TtyFile } from './tty-file.ts';

/** Most bytes processed at once. */
const CHUNK = 4096;
/** Echo that finds no room waits, up to this; more is dropped. */
const ECHO_LIMIT = 4096;

export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
  readonly xpixels: number;
  readonly ypixels: number;
}

export class Tty implements DisciplineHost, ControllingTerminal, TimerOwner {
  readonly kernel: Kernel;
  /** Name below /dev: `console`, `pts/0`. */
  readonly name: string;
  readonly rdev: number;
  readonly driver: TtyDriver;
  termios: Termios = standardTermios();
  windowSize: WindowSize = { rows: 0, columns: 0, xpixels: 0, ypixels: 0 };
  readonly discipline: LineDiscipline;
  readonly output = new OutputProcessor();
  readonly readQueue = new WaitQueue();
  readonly writeQueue = new WaitQueue();
  /** Open files; owned by TtyFile. */
  readonly files = new Set<TtyFile>();

  /** The session whose controlling terminal this is. Owned by job-control.ts. */
  session: Session | undefined;
  foreground: ProcessGroup | undefined;

  isStopped = false;
  /** The stop is TCOOFF's: only TCOON ends it. */
  isStoppedByIoctl = false;
  /** TIOCEXCL */
  isExclusive = false;
  /** Processed echo that waits for room. */
  echoes: number[] = [];
  /** Wakes readers whose VTIME is over. */
  readonly readTimer: Timer = new Timer(this);
  #scratch: Uint8Array | undefined;

  constructor(kernel: Kernel, name: string, rdev: number, makeDriver: (tty: Tty) => TtyDriver) {
    this.kernel = kernel;
    this.name = name;
    this.rdev = rdev;
    this.discipline = new LineDiscipline(this);
    this.driver = makeDriver(this);
  }

  // ---- input

  /** Bytes from the driver; returns how many were taken. The rest is offered again after `driver.unthrottle`. */
  receive(bytes: Uint8Array): number {
    const count = this.discipline.receive(bytes);
    this.pumpEcho();
    return count;
  }

  /** A program has read: the driver may offer more. */
  inputTaken(): void {
    this.driver.unthrottle();
  }

  inputReady(): void {
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }
  inputFlushed(): void {
    this.driver.packetEvent(TIOCPKT_FLUSHREAD);
  }

  timerExpired(_timer: Timer): void {
    this.readQueue.wake(POLLIN);
  }
  /** Wakes readers at a time at the latest. */
  wakeReadersAt(deadlineNs: number): void {
    if (this.readTimer.isSet && this.readTimer.deadlineNs <= deadlineNs) return;
    this.kernel.timers.set(this.readTimer, deadlineNs);
  }

  // ---- output

  echo(bytes: readonly number[], how: 'processed' | 'raw'): void {
    if (this.echoes.length + bytes.length > ECHO_LIMIT) return;
    if (how === 'raw' || !isProcessing(this.termios)) {
      this.echoes.push(...bytes);
      return;
    }
    const out = new Uint8Array(bytes.length * MAX_EXPANSION);
    this.output.process(this.termios, Uint8Array.from(bytes), out);
    this.echoes.push(...out.subarray(0, this.output.produced));
  }

  /** Shows as much echo as there is room for. */
  pumpEcho(): void {
    if (this.echoes.length === 0 || this.isStopped) return;
    const count = Math.min(this.echoes.length, this.driver.writeRoom());
    if (count > 0) this.driver.write(Uint8Array.from(this.echoes.splice(0, count)));
  }

  /** Bytes of a program; how many were taken, or WOULD_BLOCK. */
  write(buffer: IoBuffer): number {
    this.pumpEcho();
    if (this.isStopped || this.echoes.length > 0) return WOULD_BLOCK;
    const before = buffer.transferred;
    while (buffer.remaining > 0) {
      const room = Math.min(CHUNK, this.driver.writeRoom());
      if (room <= 0) break;
      const source = buffer.next(room);
      let count = source.length;
      if (isProcessing(this.termios)) {
        const out = (this.#scratch ??= new Uint8Array(CHUNK)).subarray(0, room);
        count = this.output.process(this.termios, source, out);
        if (count === 0) break;
        this.driver.write(out.subarray(0, this.output.produced));
      } else this.driver.write(source);
      buffer.advance(count);
    }
    return buffer.transferred === before ? WOULD_BLOCK : buffer.transferred - before;
  }

  get isWritable(): boolean {
    return !this.isStopped && this.echoes.length === 0 && this.driver.writeRoom() >= MAX_EXPANSION;
  }

  /** The driver has room again. */
  outputReady(): void {
    this.pumpEcho();
    if (this.isWritable) this.writeQueue.wake(POLLOUT | POLLWRNORM);
  }

  /** Drops pending output and echo. */
  flushOutput(): void {
    this.echoes = [];
    this.driver.flushOutput();
    this.driver.packetEvent(TIOCPKT_FLUSHWRITE);
    this.outputReady();
  }

  // ---- flow control

  stop(how: 'character' | 'ioctl' = 'character'): void {
    if (how === 'ioctl') this.isStoppedByIoctl = true;
    if (this.isStopped) return;
    this.isStopped = true;
    this.driver.packetEvent(TIOCPKT_STOP);
  }

  start(how: 'character' | 'ioctl' = 'character'): void {
    if (how === 'ioctl') this.isStoppedByIoctl = false;
    if (!this.isStopped || this.isStoppedByIoctl) return;
    this.isStopped = false;
    this.driver.packetEvent(TIOCPKT_START);
    this.outputReady();
  }

  // ---- settings

  setTermios(wanted: Termios): void {
    const old = this.termios;
    this.termios = { ...wanted, cflag: (wanted.cflag & ~(CSIZE | PARENB)) | CS8 | CREAD };
    const isFlowing = hasFlowCharacters(this.termios);
    if (hasFlowCharacters(old) !== isFlowing) {
      this.driver.packetEvent(isFlowing ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP);
    }
    this.discipline.termiosChanged(old);
    if ((old.iflag & IXON) !== 0 && (this.termios.iflag & IXON) === 0) this.start();
    // Whoever waits may wait for something else now.
    this.readQueue.wake();
    this.writeQueue.wake();
  }

  /** TIOCSWINSZ, or the window outside changed. */
  setWindowSize(size: WindowSize): void {
    const old = this.windowSize;
    const isSame =
      old.rows === size.rows &&
      old.columns === size.columns &&
      old.xpixels === size.xpixels &&
      old.ypixels === size.ypixels;
    if (isSame) return;
    this.windowSize = size;
    this.signal(SIGWINCH);
  }

  // ---- job control

  signal(signo: number): void {
    if (this.foreground !== undefined) signalProcessGroup(this.foreground, signo);
  }

  disassociate(session: Session): void {
    leaderLeaves(this, session, 'exit');
  }

  /** The other side is gone for good, or for now. */
  wakeEverybody(): void {
    this.readQueue.wake(POLLIN | POLLRDNORM | POLLHUP);
    this.writeQueue.wake(POLLOUT | POLLWRNORM | POLLHUP);
  }
}

/** ^S and ^Q act: what a master in packet mode is told (TIOCPKT_DOSTOP). */
function hasFlowCharacters(termios: Termios): boolean {
  return (termios.iflag & IXON) !== 0 && termios.cc[VSTOP] === 0x13 && termios.cc[VSTART] === 0x11;
}
