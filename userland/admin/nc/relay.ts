/**
 * What nc does with a connection: standard input goes to it, what comes from it to standard output, until both have
 * ended. Counterpart: readwrite() of OpenBSD's netcat. Only one chunk is on its way in each direction.
 */
import { EAGAIN, EINTR } from '../../../kernel/abi/errno.ts';
import { F_GETFL, F_SETFL, O_NONBLOCK } from '../../../kernel/abi/fcntl.ts';
import { fcntl } from '../../libc/fcntl.ts';
import { type Buffer, alloc, free } from '../../libc/memory.ts';
import { SysError } from '../../libc/native.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, poll } from '../../libc/poll.ts';
import { SHUT_WR, shutdown } from '../../libc/socket.ts';
import { read, write, writeAll } from '../../libc/unistd.ts';

const CHUNK = 65536;

export interface RelayOptions {
  /** -d: nothing is read from standard input. */
  readonly isInputIgnored: boolean;
  /** -N: the end of standard input is the end of what is sent. */
  readonly shutsDown: boolean;
  /** -l: the connection is over when the other side sends no more. */
  readonly isListening: boolean;
  /** -w: so long may nothing happen; -1: for ever. */
  readonly idleMs: number;
  /** -q: so long after the end of standard input; -1: for ever. */
  readonly quitMs: number;
}

/** Returns when the connection is over; `net` stays open. */
export function relay(net: number, options: RelayOptions): void {
  fcntl(net, F_SETFL, fcntl(net, F_GETFL) | O_NONBLOCK);
  const buffers = [alloc(CHUNK), alloc(CHUNK)] as const;
  try {
    new Relay(net, options, ...buffers).run();
  } finally {
    for (const buffer of buffers) free(buffer);
  }
}

class Relay {
  readonly #net: number;
  readonly #options: RelayOptions;
  readonly #input: Buffer;
  readonly #output: Buffer;
  #isInputOpen: boolean;
  #isNetInOpen = true;
  #isNetOutOpen = true;
  /** Read from standard input and not sent. */
  #pending = new Uint8Array(0);

  constructor(net: number, options: RelayOptions, input: Buffer, output: Buffer) {
    this.#net = net;
    this.#options = options;
    this.#input = input;
    this.#output = output;
    this.#isInputOpen = !options.isInputIgnored;
  }

  run(): void {
    const { idleMs, quitMs } = this.#options;
    while (!this.#isOver) {
      const isSending = this.#pending.length > 0;
      const waitsForInput = this.#isInputOpen && !isSending;
      const netEvents = (this.#isNetInOpen ? POLLIN : 0) | (isSending ? POLLOUT : 0);
      const [ofNet = 0, ofInput = 0] = poll(
        [
          { fd: this.#net, events: netEvents },
          { fd: waitsForInput ? 0 : -1, events: POLLIN },
        ],
        this.#isInputOpen || isSending || quitMs < 0 ? idleMs : quitMs,
      );
      if (ofNet === 0 && ofInput === 0) return; // time is over
      if (this.#isNetInOpen && (ofNet & (POLLIN | POLLHUP | POLLERR)) !== 0) this.#receive();
      // It takes no more; what it has sent is still read.
      if ((ofNet & (POLLHUP | POLLERR)) !== 0) this.#endNetOut();
      if (isSending && (ofNet & POLLOUT) !== 0) this.#send();
      if (this.#isInputOpen && ofInput !== 0) this.#readInput();
    }
  }

  get #isOver(): boolean {
    if (this.#isNetInOpen || this.#pending.length > 0) return false;
    return !this.#isInputOpen || !this.#isNetOutOpen || this.#options.isListening;
  }

  #receive(): void {
    const { bytes } = this.#output;
    const count = attempt(() => read(this.#net, bytes));
    if (count === 'later') return;
    if (count === 'failed' || count === 0) this.#isNetInOpen = false;
    else writeAll(1, bytes.subarray(0, count));
  }

  #readInput(): void {
    const count = read(0, this.#input.bytes);
    if (count > 0) {
      this.#pending = this.#input.bytes.subarray(0, count) as unknown as Uint8Array<ArrayBuffer>;
      this.#send();
      return;
    }
    this.#isInputOpen = false;
    if (!this.#options.shutsDown) return;
    this.#isNetOutOpen = false;
    attempt(() => {
      shutdown(this.#net, SHUT_WR);
      return 0;
    });
  }

  #send(): void {
    if (!this.#isNetOutOpen) return;
    const count = attempt(() => write(this.#net, this.#pending));
    if (count === 'failed') this.#endNetOut();
    else if (count !== 'later') this.#pending = this.#pending.subarray(count);
  }

  #endNetOut(): void {
    this.#isNetOutOpen = false;
    this.#isInputOpen = false;
    this.#pending = new Uint8Array(0);
  }
}

/** A call on the connection: its end by an error is like any other end. */
function attempt(call: () => number): number | 'later' | 'failed' {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return error.errno === EAGAIN || error.errno === EINTR ? 'later' : 'failed';
  }
}
