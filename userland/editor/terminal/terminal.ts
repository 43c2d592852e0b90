/**
 * The terminal of a full-screen program: raw mode, the alternate screen, its size, keys with signals in between. It is
 * left as it was found on exit, on a fatal signal and while the program is stopped.
 */
import { EINTR, EIO } from '../../../kernel/abi/errno.ts';
import { type Buffer, alloc } from '../../libc/memory.ts';
import { Exited, SysError, native } from '../../libc/native.ts';
import { POLLIN, poll } from '../../libc/poll.ts';
import {
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGQUIT,
  SIGTERM,
  SIGTSTP,
  SIGWINCH,
  SIG_UNBLOCK,
  kill,
  raise,
  signal,
  sigprocmask,
} from '../../libc/signal.ts';
import { type Termios, cfmakeraw, tcgetattr, tcsetattr, winsize } from '../../libc/termios.ts';
import { getenv } from '../../libc/stdlib.ts';
import { read, writeAll } from '../../libc/unistd.ts';
import { type ByteSource, readKey } from './key-decoder.ts';

export interface TerminalOptions {
  /** Where keys come from, and where is drawn. */
  readonly inputFd: number;
  readonly outputFd: number;
  readonly screen: 'alternate' | 'normal';
}

/** The user's input has ended: the terminal is gone. */
export class HungUp extends Error {}

export class Terminal implements ByteSource {
  private readonly options: TerminalOptions;
  private readonly input: Buffer = alloc(4096);
  private pending = '';
  private saved: Termios | undefined;
  private isResized = false;
  private isContinued = false;
  /** Waiting for a key ends also when this descriptor has something: the screen is brought up to date then. */
  otherFd: number | undefined;
  /** Called before waiting for a key: brings the screen up to date. */
  beforeWait: () => void = () => {};
  /** The size has changed, or the screen must be drawn anew. */
  onResize: () => void = () => {};

  constructor(options: TerminalOptions) {
    this.options = options;
  }

  get isActive(): boolean {
    return this.saved !== undefined;
  }

  size(): { rows: number; columns: number } {
    let size = { rows: 0, columns: 0 };
    try {
      size = winsize(this.options.outputFd);
      if (size.rows === 0) size = winsize(this.options.inputFd);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
    const rows = size.rows || Number(getenv('LINES')) || 24;
    const columns = size.columns || Number(getenv('COLUMNS')) || 80;
    return { rows: Math.max(2, rows), columns: Math.max(2, columns) };
  }

  /** Takes the terminal: raw mode, alternate screen, signals. */
  enter(): void {
    this.takeOver();
    signal(SIGWINCH, () => {
      this.isResized = true;
    });
    signal(SIGCONT, () => {
      this.isContinued = true;
    });
    signal(SIGTSTP, () => this.suspend());
    for (const signo of [SIGTERM, SIGHUP]) signal(signo, () => this.die(signo));
    for (const signo of [SIGINT, SIGQUIT]) signal(signo, () => {});
  }

  private takeOver(): void {
    const settings = tcgetattr(this.options.inputFd);
    this.saved = settings;
    tcsetattr(this.options.inputFd, 'drain', cfmakeraw(settings));
    if (this.options.screen === 'alternate') this.write('\x1b[?1049h');
  }

  private giveBack(): void {
    const settings = this.saved;
    if (!settings) return;
    this.saved = undefined;
    // The terminal may be gone already.
    try {
      if (this.options.screen === 'alternate') this.write('\x1b[m\x1b[?25h\x1b[?1049l');
      else this.write('\x1b[m\x1b[?25h');
      tcsetattr(this.options.inputFd, 'drain', settings);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }

  /** Leaves the terminal for good. */
  leave(): void {
    this.giveBack();
    for (const signo of [SIGWINCH, SIGCONT, SIGTSTP, SIGTERM, SIGHUP, SIGINT, SIGQUIT])
      signal(signo, 'default');
  }

  /** Runs something else on the terminal meanwhile. */
  lend(use: () => void): void {
    const wasActive = this.isActive;
    this.giveBack();
    signal(SIGTSTP, 'default');
    for (const signo of [SIGINT, SIGQUIT]) signal(signo, 'ignore');
    try {
      use();
    } finally {
      for (const signo of [SIGINT, SIGQUIT]) signal(signo, () => {});
      signal(SIGTSTP, () => this.suspend());
      if (wasActive) this.takeOver();
      this.onResize();
    }
  }

  /** Ctrl-Z: stops the job; comes back when it goes on. */
  suspend(): void {
    this.giveBack();
    signal(SIGTSTP, 'default');
    sigprocmask(SIG_UNBLOCK, [SIGTSTP]);
    kill(0, SIGTSTP);
    signal(SIGTSTP, () => this.suspend());
    this.takeOver();
    this.isContinued = false;
    this.onResize();
  }

  /** A fatal signal: the terminal first, then the signal's own end. */
  private die(signo: number): never {
    this.giveBack();
    signal(signo, 'default');
    sigprocmask(SIG_UNBLOCK, [signo]);
    raise(signo);
    throw new Exited();
  }

  write(text: string): void {
    for (let rest = text; ;) {
      try {
        writeAll(this.options.outputFd, rest);
        return;
      } catch (error) {
        if (!(error instanceof SysError) || error.errno !== EINTR) throw error;
        // How much was written is not known: everything is drawn again.
        this.onResize();
        rest = '';
      }
    }
  }

  /** The next key. HungUp at the end of the input. */
  readKey(): string {
    return readKey(this);
  }

  /** A key without drawing first: what is on the screen stays. */
  readRawKey(): string {
    const { beforeWait } = this;
    this.beforeWait = () => {};
    try {
      return this.readKey();
    } finally {
      this.beforeWait = beforeWait;
    }
  }

  /** Waits for a line while the terminal is lent. */
  waitForEnter(): void {
    for (;;) {
      try {
        const count = read(this.options.inputFd, this.input.bytes);
        if (count === 0 || this.input.bytes[count - 1] === 10) return;
      } catch (error) {
        if (!(error instanceof SysError) || error.errno !== EINTR) return;
      }
    }
  }

  /** Whether Ctrl-C is among the keys typed ahead; they are dropped then. */
  takeInterrupt(): boolean {
    if (this.hasInput(0)) this.fill();
    const isInterrupted = this.pending.includes('\x03');
    if (isInterrupted) this.pending = '';
    return isInterrupted;
  }

  /** Waits a while for a key, without taking it. */
  hasKeyWithin(timeoutMs: number): boolean {
    return this.pending !== '' || this.hasInput(timeoutMs);
  }

  unread(bytes: string): void {
    this.pending = bytes + this.pending;
  }

  next(timeoutMs: number): string | undefined {
    while (this.pending === '') {
      if (timeoutMs < 0 && !this.hasInput(0)) this.beforeWait();
      if (!this.hasInput(timeoutMs)) {
        if (timeoutMs >= 0) return undefined;
        continue;
      }
      this.fill();
    }
    const byte = this.pending[0]!;
    this.pending = this.pending.slice(1);
    return byte;
  }

  /** Waits for input; false after the time or a signal. */
  private hasInput(timeoutMs: number): boolean {
    this.handleSignals();
    const fds = [{ fd: this.options.inputFd, events: POLLIN }];
    if (timeoutMs < 0 && this.otherFd !== undefined) fds.push({ fd: this.otherFd, events: POLLIN });
    try {
      return poll(fds, timeoutMs)[0] !== 0;
    } catch (error) {
      if (error instanceof SysError && error.errno === EINTR) return false;
      throw error;
    }
  }

  private handleSignals(): void {
    if (this.isContinued) {
      // The shell may have put the terminal into a mode of its own meanwhile.
      this.isContinued = false;
      this.giveBack();
      this.takeOver();
      this.onResize();
    }
    if (this.isResized) {
      this.isResized = false;
      this.onResize();
    }
  }

  private fill(): void {
    try {
      const count = read(this.options.inputFd, this.input.bytes);
      if (count === 0) throw new HungUp();
      this.pending += native().decode(this.input.bytes, 0, count);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.errno === EIO) throw new HungUp();
      if (error.errno !== EINTR) throw error;
    }
  }
}
