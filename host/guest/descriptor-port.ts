/**
 * DescriptorPort: a port of a nested machine (host/machine.ts) that is made of descriptors of the outer guest: its
 * terminal, pipes, sockets or files.
 *
 * Nothing here blocks. What is read ahead and what could not be written yet waits in buffers of this file; the outer
 * system tells by SIGIO that it can go on (GuestMachine), and `pump` moves what can be moved.
 */
import type { Port } from '../machine.ts';
import { EAGAIN, ECONNRESET, EINTR } from '../../kernel/abi/errno.ts';
import {
  F_GETFL,
  F_SETFL,
  F_SETOWN,
  O_ACCMODE,
  O_NOCTTY,
  O_NONBLOCK,
  O_ASYNC,
} from '../../kernel/abi/fcntl.ts';
import { S_IFCHR, S_IFMT, S_IFREG, S_IFSOCK } from '../../kernel/abi/stat.ts';
import { fcntl } from '../../userland/libc/fcntl.ts';
import { SysError } from '../../userland/libc/native.ts';
import { POLLHUP, poll } from '../../userland/libc/poll.ts';
import { SHUT_WR, shutdown } from '../../userland/libc/socket.ts';
import { fstat } from '../../userland/libc/stat.ts';
import { winsize } from '../../userland/libc/termios.ts';
import { close, getpid, isatty, open, read, write } from '../../userland/libc/unistd.ts';

const BUFFER_BYTES = 64 * 1024;

/** Bytes in a row: put at the end, taken from the beginning. */
class ByteQueue {
  readonly #bytes = new Uint8Array(BUFFER_BYTES);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }
  get room(): number {
    return BUFFER_BYTES - this.length;
  }
  /** Copies as much as there is room for. */
  put(bytes: Uint8Array): number {
    if (this.#to + bytes.length > BUFFER_BYTES) {
      this.#bytes.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
    }
    const count = Math.min(bytes.length, BUFFER_BYTES - this.#to);
    this.#bytes.set(bytes.subarray(0, count), this.#to);
    this.#to += count;
    return count;
  }
  /** What can be taken in one piece. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#to);
  }
  drop(count: number): void {
    this.#from += count;
    if (this.#from === this.#to) this.#from = this.#to = 0;
  }
}

/** Descriptors that the machine owns, both non-blocking and telling by SIGIO; -1: none in that direction. */
export interface PortDescriptors {
  readonly input: number;
  readonly output: number;
  /** One connected socket is both: a direction ends by shutdown(2), and at the end nobody is waited for. */
  readonly isConnection?: boolean;
}

export class DescriptorPort implements Port {
  #input: number;
  #output: number;
  readonly #restore: (() => void)[] = [];
  readonly #received = new ByteQueue();
  readonly #unsent = new ByteQueue();
  readonly #chunk = new Uint8Array(BUFFER_BYTES);
  #isInputEnded = false;
  #isOutputClosed = false;
  #isReset = false;
  readonly #isConnection: boolean;
  /** The guest writes no more; the descriptor is closed when the rest has gone. */
  #isOutputEnding = false;
  #windowSize: Port['windowSize'] = { rows: 0, columns: 0 };

  /** Takes over the descriptors: they are closed with the port. The same number may serve for both directions. */
  constructor({ input, output, isConnection = false }: PortDescriptors) {
    this.#input = input < 0 ? -1 : this.#prepare(input);
    if (output < 0) this.#output = -1;
    else this.#output = output === input ? this.#input : this.#prepare(output);
    this.#isConnection = isConnection;
    this.#isInputEnded = input < 0;
    this.#isOutputClosed = output < 0;
    this.sizeChanged();
  }

  /** Everything that was written has gone to the outer guest. */
  get isFlushed(): boolean {
    return this.#unsent.length === 0;
  }
  /** Neither direction is open: the port is of no use any more. */
  get isOver(): boolean {
    return this.#input < 0 && this.#output < 0;
  }

  /** Moves what can be moved in both directions. */
  pump(): void {
    this.#send();
    if (this.#received.room > 0) this.#receive();
    this.#lookForPeer();
  }

  /** The terminal behind the port, if it is one, may have another size. */
  sizeChanged(): void {
    const fd = this.#input >= 0 ? this.#input : this.#output;
    if (fd < 0) return;
    try {
      this.#windowSize = winsize(fd);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }

  read(into: Uint8Array): number {
    if (this.#received.length === 0) this.#receive();
    const bytes = this.#received.peek().subarray(0, into.length);
    into.set(bytes);
    this.#received.drop(bytes.length);
    return bytes.length;
  }
  write(from: Uint8Array): number {
    if (this.#isOutputClosed || this.#isOutputEnding) return 0;
    const count = this.#unsent.put(from);
    this.#send();
    return count;
  }
  get readableBytes(): number {
    if (this.#received.length === 0) this.#receive();
    return this.#received.length;
  }
  get writableBytes(): number {
    return this.#unsent.room;
  }
  get isInputEnded(): boolean {
    return this.#isInputEnded;
  }
  get isOutputClosed(): boolean {
    return this.#isOutputClosed;
  }
  get isReset(): boolean {
    return this.#isReset;
  }
  get windowSize(): Port['windowSize'] {
    return this.#windowSize;
  }
  endOutput(): void {
    this.#isOutputEnding = true;
    this.#send();
  }
  closeInput(): void {
    const fd = this.#input;
    this.#input = -1;
    this.#isInputEnded = true;
    if (fd >= 0 && fd !== this.#output) close(fd);
  }

  /**
   * The machine stops: writes what is left, waiting for whoever reads it (not at a connection, where nobody may), and
   * gives the descriptors back.
   */
  finish(): void {
    if (this.#isConnection) this.#send();
    else if (this.#output >= 0) {
      fcntl(this.#output, F_SETFL, fcntl(this.#output, F_GETFL) & ~(O_NONBLOCK | O_ASYNC));
      this.#send();
    }
    for (const restore of this.#restore) restore();
    this.closeInput();
    if (this.#output >= 0) close(this.#output);
    this.#output = -1;
  }

  /**
   * A descriptor that makes nobody wait and tells by SIGIO. The open file is shared with whoever started this program,
   * so a terminal or pipe is opened once more, by way of /proc; of a socket the flags are set, and put back at the end.
   * A regular file needs neither, and its offset is to stay the common one.
   */
  #prepare(fd: number): number {
    const type = fstat(fd).mode & S_IFMT;
    if (type === S_IFREG || (type === S_IFCHR && !isatty(fd))) return fd;
    const flags = fcntl(fd, F_GETFL);
    let own = fd;
    try {
      if (type !== S_IFSOCK) own = open(`/proc/self/fd/${fd}`, (flags & O_ACCMODE) | O_NONBLOCK | O_NOCTTY);
    } catch (error) {
      // It is another user's.
      if (!(error instanceof SysError)) throw error;
    }
    if (own === fd) this.#restore.push(() => fcntl(fd, F_SETFL, flags));
    else close(fd);
    fcntl(own, F_SETOWN, getpid());
    fcntl(own, F_SETFL, flags | O_NONBLOCK | O_ASYNC);
    return own;
  }

  #receive(): void {
    if (this.#input < 0 || this.#isInputEnded) return;
    try {
      const count = read(this.#input, this.#chunk.subarray(0, this.#received.room));
      if (count === 0) this.#isInputEnded = true;
      this.#received.put(this.#chunk.subarray(0, count));
    } catch (error) {
      if (isPatient(error)) return;
      this.#isInputEnded = true;
      this.#isReset = (error as SysError).errno === ECONNRESET;
    }
  }

  #send(): void {
    while (this.#output >= 0 && this.#unsent.length > 0) {
      try {
        this.#unsent.drop(write(this.#output, this.#unsent.peek()));
      } catch (error) {
        if (isPatient(error)) return;
        this.#isOutputClosed = true;
        this.#unsent.drop(this.#unsent.length);
      }
    }
    if (!this.#isOutputEnding || this.#output < 0) return;
    const fd = this.#output;
    this.#output = -1;
    if (fd !== this.#input) close(fd);
    else if (this.#isConnection) shutDown(fd);
  }

  /** After the end of a connection's input: has the peer ended the other direction too? */
  #lookForPeer(): void {
    if (!this.#isConnection || !this.#isInputEnded || this.#input < 0 || this.#isOutputClosed) return;
    if ((poll([{ fd: this.#input, events: 0 }], 0)[0]! & POLLHUP) === 0) return;
    this.#isOutputClosed = true;
    this.#unsent.drop(this.#unsent.length);
  }
}

function shutDown(fd: number): void {
  try {
    shutdown(fd, SHUT_WR);
  } catch (error) {
    // The peer was faster.
    if (!(error instanceof SysError)) throw error;
  }
}

/** Nothing is wrong, it is only to be tried again. */
function isPatient(error: unknown): boolean {
  if (!(error instanceof SysError)) throw error;
  return error.errno === EAGAIN || error.errno === EINTR;
}
