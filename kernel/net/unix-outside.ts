/**
 * Unix stream sockets between this guest and the outside: a socket in a host directory that the mount shares
 * (`HostSockets` of the machine).
 *
 * A connection is an ordinary pair of Unix sockets of which the program has one. The other is an OutsidePeer: what it
 * receives goes out by a port, what comes in by the port it sends. So the program's end has all that a socket has, and
 * the back-pressure of both rings.
 *
 * Linux: the peer's credentials are known, files can be sent (here EINVAL), and shutdown(SHUT_RD) makes the peer's
 * writes fail (here what comes is dropped). Who connects between bind(2) and listen(2) is refused, and who finds the
 * backlog full waits in connect(2) (here both may be connected, and wait for accept(2)).
 */
import type { HostSockets, Port } from '../../host/machine.ts';
import { ECONNRESET, EIO } from '../abi/errno.ts';
import { SHUT_RD, SHUT_WR, SOCK_STREAM } from '../abi/socket.ts';
import { fail } from '../errors.ts';
import { rethrow } from '../fs/hostfs/host-call.ts';
import { costOf, dropMessage, makeMessage, uncharge, type Message } from './message.ts';
import { OUTSIDER, UnixSocket } from './unix-socket.ts';
import type { UnixSockets } from './unix.ts';

/** Most bytes in one message. */
const CHUNK = 32768;
/** When there was no memory for what comes, look again after this time. */
const RETRY_NS = 50e6;

export class OutsidePeer extends UnixSocket {
  readonly #sockets: HostSockets;
  readonly #number: number;
  readonly #port: Port;
  #isOutputEnded = false;
  #isInputClosed = false;

  /** Takes over the port `number`. */
  constructor(unix: UnixSockets, sockets: HostSockets, number: number) {
    super(unix, SOCK_STREAM, 0);
    this.#sockets = sockets;
    this.#number = number;
    this.#port = unix.kernel.machine.port(number) ?? fail(EIO, 'the machine has no such port');
    this.kernel.portFiles.set(number, this);
  }

  override get takesFiles(): boolean {
    return false;
  }

  override wasJoined(): void {
    this.portChanged();
  }
  /** The outside moved bytes or ended a direction. */
  portChanged(): void {
    if (this.isReleased) return;
    this.#receive();
    this.#send();
  }
  protected override wasShut(): void {
    if (this.peer === undefined) return;
    this.#receive();
    this.#send();
  }
  /** The program has sent something. */
  override enqueue(message: Message): void {
    this.queue.push(message);
    this.#send();
  }
  /** The program has received something. */
  override discharge(bytes: number): void {
    super.discharge(bytes);
    this.#receive();
  }
  override timerExpired(): void {
    this.portChanged();
  }

  /** From the program to the port. */
  #send(): void {
    const port = this.#port;
    for (let message = this.queue[0]; message !== undefined; message = this.queue[0]) {
      message.offset += port.isOutputClosed ? 0 : port.write(message.bytes.subarray(message.offset));
      if (message.offset < message.bytes.length) break;
      this.queue.shift();
      uncharge(message);
    }
    if (port.isOutputClosed) {
      for (const message of this.queue.splice(0)) dropMessage(message);
      if (!this.isReceiveShutdown) this.shutdown(SHUT_RD);
    }
    if (this.isReceiveShutdown && this.queue.length === 0) this.#endOutput();
  }

  #endOutput(): void {
    if (!this.#isOutputEnded) {
      this.#isOutputEnded = true;
      this.#port.endOutput();
    }
    if (this.peer!.isReleased && !this.isReleased) this.kernel.vfs.put(this);
  }

  /** From the port to the program. */
  #receive(): void {
    const { peer } = this;
    const port = this.#port;
    if (peer === undefined || this.isReleased) return;
    while (!this.isSendShutdown && this.charged < this.sendBuffer && port.readableBytes > 0) {
      if (!this.kernel.buffers.has(costOf(CHUNK))) return this.wakeAfter(RETRY_NS);
      const bytes = new Uint8Array(Math.min(CHUNK, port.readableBytes));
      const count = port.read(bytes);
      peer.enqueue(makeMessage(this, bytes.subarray(0, count), [], OUTSIDER));
    }
    if (!this.isSendShutdown && port.isInputEnded && port.readableBytes === 0) {
      if (port.isReset === true) peer.pendingError = ECONNRESET;
      this.shutdown(SHUT_WR);
    }
    if (this.isSendShutdown && !this.#isInputClosed) {
      this.#isInputClosed = true;
      port.closeInput();
    }
  }

  override release(): void {
    super.release();
    this.kernel.portFiles.delete(this.#number);
    this.#sockets.release(this.#number);
  }
}

/** A listener that the outside may connect to, besides the guest's own programs. */
export class OutsideListener {
  readonly #unix: UnixSockets;
  readonly #socket: UnixSocket;
  readonly #sockets: HostSockets;
  readonly #number: number;
  #isClosed = false;

  /** Takes over the machine's socket `number`. */
  constructor(unix: UnixSockets, socket: UnixSocket, sockets: HostSockets, number: number) {
    this.#unix = unix;
    this.#socket = socket;
    this.#sockets = sockets;
    this.#number = number;
    unix.kernel.portFiles.set(number, this);
  }

  listen(backlog: number): void {
    if (this.#isClosed) return;
    try {
      this.#sockets.listen(this.#number, backlog);
    } catch (error) {
      rethrow(error);
    }
  }

  /** Somebody has connected. */
  portChanged(): void {
    this.takeConnections();
  }

  /** As many connections as the backlog has room for. */
  takeConnections(): void {
    const socket = this.#socket;
    while (!this.#isClosed && socket.isListening && socket.backlog.length <= socket.backlogLimit) {
      const port = this.#sockets.accept(this.#number);
      if (port === undefined) return;
      socket.addConnection(this.#unix.openOutside(this.#sockets, port));
    }
  }

  /** Nobody can connect any more. The file stays, as on Linux. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unix.kernel.portFiles.delete(this.#number);
    this.#sockets.release(this.#number);
  }
}
