/**
 * A terminal on a Port of the machine: the console (port 0), and commands that the embedder starts with a terminal.
 * `moved` is called when the machine says that the port changed.
 */
import type { Port } from '../../host/machine.ts';
import type { TtyDriver } from './driver.ts';
import { hangUp } from './job-control.ts';
import type { Tty } from './tty.ts';

const CHUNK = 1024;
/** The console outlives whoever looks at it: its closed output swallows bytes. */
const CONSOLE_PORT = 0;

export class PortDriver implements TtyDriver {
  readonly kind = 'port';
  readonly #tty: Tty;
  readonly #port: Port;
  /** Bytes that were read from the port and that the discipline had no room for. */
  #waiting: Uint8Array = new Uint8Array(0);
  readonly #number: number;
  #wasClosed = false;

  constructor(tty: Tty, port: Port, number: number) {
    this.#tty = tty;
    this.#port = port;
    this.#number = number;
  }

  get #isConsole(): boolean {
    return this.#number === CONSOLE_PORT;
  }

  get isOtherSideClosed(): boolean {
    return !this.#isConsole && this.#port.isOutputClosed;
  }

  writeRoom(): number {
    return this.#port.isOutputClosed ? CHUNK : this.#port.writableBytes;
  }

  write(bytes: Uint8Array): void {
    if (!this.#port.isOutputClosed) this.#port.write(bytes);
  }

  /** The machine says that the port has input, room, another window size, or an end. */
  moved(): void {
    const { rows, columns } = this.#port.windowSize;
    const old = this.#tty.windowSize;
    if (rows > 0 && (rows !== old.rows || columns !== old.columns)) {
      this.#tty.setWindowSize({ rows, columns, xpixels: 0, ypixels: 0 });
    }
    this.unthrottle();
    this.#tty.outputReady();
    if (this.isOtherSideClosed && !this.#wasClosed) {
      this.#wasClosed = true;
      hangUp(this.#tty);
    }
  }

  unthrottle(): void {
    const tty = this.#tty;
    for (;;) {
      if (this.#waiting.length === 0) {
        const bytes = new Uint8Array(CHUNK);
        this.#waiting = bytes.subarray(0, this.#port.read(bytes));
      }
      if (this.#waiting.length === 0) break;
      const taken = tty.receive(this.#waiting);
      this.#waiting = this.#waiting.subarray(taken);
      if (this.#waiting.length > 0) return;
    }
    if (this.#port.isInputEnded && this.#port.readableBytes === 0 && !tty.discipline.isEnded)
      tty.discipline.end();
  }

  flushInput(): void {
    this.#waiting = new Uint8Array(0);
    const bytes = new Uint8Array(CHUNK);
    while (this.#port.read(bytes) > 0);
  }

  flushOutput(): void {}
  packetEvent(_bits: number): void {}

  /** A command's terminal goes with its last file; the console stays. */
  lastFileClosed(): void {
    if (this.#isConsole) return;
    this.#tty.kernel.ttys.portClosed(this.#number);
    this.#port.endOutput();
    this.#port.closeInput();
  }
}
