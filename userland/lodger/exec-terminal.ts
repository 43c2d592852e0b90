/**
 * `lodger exec` on a terminal. The command's terminal is in the inner guest; its port there is the slave of a
 * pseudo-terminal of this guest, and this program copies between the master and its own terminal, which is raw
 * meanwhile. The inner kernel never touches the terminal that this program was typed in: it may run in the background
 * of the same session, where a read would stop it.
 */
import { TIOCGPTPEER, TIOCSPTLCK } from '../../kernel/abi/ioctl.ts';
import { EAGAIN, EINTR, EIO } from '../../kernel/abi/errno.ts';
import type { Reply } from '../../host/control/protocol.ts';
import { O_CLOEXEC, O_NOCTTY, O_RDWR, setNonblocking } from '../libc/fcntl.ts';
import { alloc, withBytes } from '../libc/memory.ts';
import { SysError } from '../libc/native.ts';
import { POLLIN, POLLOUT, poll } from '../libc/poll.ts';
import { SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH, signal } from '../libc/signal.ts';
import { cfmakeraw, setWinsize, tcgetattr, tcsetattr, winsize } from '../libc/termios.ts';
import { STDIN, STDOUT, close, ioctl, isatty, open, read, write, writeAll } from '../libc/unistd.ts';
import type { ControlClient } from './client.ts';
import type { Command, Outcome } from './exec.ts';
import { LentTerminal } from './terminal.ts';

/** Ctrl-] */
const ESCAPE = 0x1d;
const ESCAPE_COUNT = 3;
/** Ctrl-D: a terminal has no other way to say so. */
const END_OF_FILE = 4;
const CHUNK_BYTES = 16 * 1024;
/** How long nothing may come from what a command has left behind on its terminal. */
const SILENCE_MS = 200;

export class TerminalExec {
  readonly #client: ControlClient;
  readonly #bytes = alloc(CHUNK_BYTES).bytes;
  #signals: number[] = [];
  #terminal: LentTerminal | undefined;
  /** Typed, and not yet taken by the guest. */
  #unsent: Uint8Array = new Uint8Array(0);
  #escapes = 0;
  #isInputOpen = true;
  #master = -1;
  #pid = 0;

  constructor(client: ControlClient) {
    this.#client = client;
  }

  run(command: Command, onReply: (reply: Reply<number>) => void): Outcome {
    const slave = this.#openTerminal();
    const reply = this.#client.request<number>('spawn', [{ ...command, stdio: { terminal: 0 } }], [slave]);
    if (reply.value === undefined) {
      onReply(reply);
      return { failure: reply.failure };
    }
    this.#pid = reply.value;
    for (const signo of [SIGWINCH, SIGCONT, SIGINT, SIGQUIT, SIGTERM, SIGHUP])
      signal(signo, () => void this.#signals.push(signo));
    if (isatty(STDIN)) this.#terminal = new LentTerminal(STDIN);
    try {
      onReply(reply);
      // Ours goes only now: without any the master would hang up.
      close(slave);
      return { status: this.#copy() };
    } finally {
      this.#terminal?.giveBack();
    }
  }

  /** A pseudo-terminal of our terminal's size that changes no byte: the one in the guest does what a terminal does. */
  #openTerminal(): number {
    this.#master = open('/dev/ptmx', O_RDWR | O_NOCTTY | O_CLOEXEC);
    withBytes(new Uint8Array(4), at => ioctl(this.#master, TIOCSPTLCK, at));
    const slave = ioctl(this.#master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    tcsetattr(slave, 'now', cfmakeraw(tcgetattr(slave)));
    setNonblocking(this.#master, 'set');
    this.#takeSize();
    return slave;
  }

  #takeSize(): void {
    const terminal = [STDIN, STDOUT].find(isatty);
    if (terminal === undefined) return;
    const { rows, columns } = winsize(terminal);
    setWinsize(this.#master, rows, columns);
  }

  /** Until the command has ended, and what it wrote was read. The wait status; undefined: the guest stopped. */
  #copy(): number | undefined {
    let status: number | undefined;
    let isOver = false;
    /** Somebody in the guest still has the terminal. */
    let isOutputOpen = true;
    for (;;) {
      this.#handleSignals();
      const isSending = this.#unsent.length > 0;
      const fds = [
        { fd: isOutputOpen ? this.#master : -1, events: isSending ? POLLIN | POLLOUT : POLLIN },
        { fd: this.#isInputOpen && !isSending && isOutputOpen && !isOver ? STDIN : -1, events: POLLIN },
        { fd: isOver ? -1 : this.#client.fd, events: POLLIN },
      ];
      let ready: number[];
      try {
        ready = poll(fds, isOver ? SILENCE_MS : this.#client.hasEvent ? 0 : -1);
      } catch (error) {
        if (error instanceof SysError && error.errno === EINTR) continue;
        throw error;
      }
      const [master = 0, input = 0, socket = 0] = ready;
      if ((master & POLLOUT) !== 0) this.#send();
      if ((master & ~POLLOUT) !== 0) isOutputOpen = this.#show();
      if (input !== 0 && !this.#type()) return SIGHUP; // as a wait status: ended by it
      if (socket !== 0) this.#client.receive();
      while (!isOver && this.#client.hasEvent) {
        const event = this.#client.event();
        if (event === 'ended') isOver = true;
        else if (event !== 'none' && event.event === 'exit' && event.pid === this.#pid) {
          status = event.status;
          isOver = true;
        }
      }
      if (isOver && (!isOutputOpen || (master & ~POLLOUT) === 0)) return status;
    }
  }

  #handleSignals(): void {
    for (const signo of this.#signals.splice(0)) {
      if (signo === SIGCONT) this.#terminal?.setRaw();
      else if (signo !== SIGWINCH) this.#client.request('kill', [this.#pid, signo]);
      if (signo !== SIGCONT && signo !== SIGWINCH) continue;
      this.#takeSize();
      this.#client.request('resize', [this.#pid]);
    }
  }

  /** Shows what the command wrote. False: it will write no more. */
  #show(): boolean {
    const count = attempt(() => read(this.#master, this.#bytes));
    if (count === 0) return false;
    if (count !== undefined) writeAll(STDOUT, this.#bytes.subarray(0, count));
    return true;
  }

  /** Takes what was typed. False: the connection is to end. */
  #type(): boolean {
    const count = attempt(() => read(STDIN, this.#bytes));
    if (count === undefined) return true;
    if (count === 0) this.#isInputOpen = false;
    const typed = count === 0 ? Uint8Array.of(END_OF_FILE) : this.#bytes.slice(0, count);
    for (const byte of typed) {
      this.#escapes = byte === ESCAPE ? this.#escapes + 1 : 0;
      if (this.#escapes === ESCAPE_COUNT) return false;
    }
    this.#unsent = typed;
    this.#send();
    return true;
  }

  #send(): void {
    this.#unsent = this.#unsent.subarray(attempt(() => write(this.#master, this.#unsent)) ?? 0);
  }
}

/** undefined: not now. 0 also for the terminal that has hung up. */
function attempt(call: () => number): number | undefined {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.errno === EAGAIN || error.errno === EINTR) return undefined;
    if (error.errno === EIO) return 0;
    throw error;
  }
}
