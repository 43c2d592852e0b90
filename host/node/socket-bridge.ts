/**
 * SocketBridge: a connection of the host (net.Socket) joined with a port of the guest. Bytes go both ways as fast as
 * the slower side takes them; the end of a direction on one side is the end of it on the other.
 *
 * Node does not tell whether the peer has shut down one direction or closed: at the end of its bytes an empty write
 * finds out, which fails if nobody will read any more. It has no shutdown(SHUT_RD): what the guest does not want to
 * read is read here and dropped.
 */
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import type { OutsidePort } from './port-ring.ts';

const CHUNK_BYTES = 65536;

export class SocketBridge {
  readonly #socket: Socket;
  readonly #port: OutsidePort;
  readonly #onFinished: () => void;
  /** Came from the host and found no room in the port. */
  #rest: Buffer | undefined;
  #isHostEnded = false;
  #isFinished = false;

  /** Takes over the socket, which is connected and half open. `onFinished`: the guest uses the port no more. */
  constructor(socket: Socket, port: OutsidePort, onFinished: () => void) {
    this.#socket = socket;
    this.#port = port;
    this.#onFinished = onFinished;
    socket.on('data', (chunk: Buffer) => this.#toGuest(chunk));
    socket.on('end', () => this.#hostEnded());
    socket.on('drain', () => this.pump());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') port.reset();
    });
    socket.on('close', () => {
      this.#isHostEnded = true;
      port.closeOutput();
      this.pump();
    });
  }

  /** The port changed. */
  pump(): void {
    const socket = this.#socket;
    const port = this.#port;
    const rest = this.#rest;
    if (rest !== undefined) {
      this.#rest = undefined;
      this.#toGuest(rest);
      if (this.#rest === undefined) socket.resume();
    }
    if (this.#isHostEnded && this.#rest === undefined) port.endInput();
    this.#toHost();
    if (port.isOutputEnded && port.isInputClosed) {
      socket.destroySoon();
      if (socket.closed) this.#finish();
    } else if (port.isOutputEnded && !socket.writableEnded) {
      socket.end();
    }
  }

  /** The guest has ended: waits until what it has written is the host's. */
  async flushed(): Promise<void> {
    this.pump();
    const socket = this.#socket;
    if (socket.destroyed || socket.writableFinished) return;
    if (!socket.writableEnded) socket.end();
    // An error is an end, too.
    await finished(socket, { readable: false }).catch(() => {});
  }

  /** Ends at once. Resolves when nothing is left of it. */
  async destroy(): Promise<void> {
    const socket = this.#socket;
    socket.destroy();
    this.#finish();
    if (!socket.closed) await new Promise(resolve => socket.once('close', resolve));
  }

  #toGuest(bytes: Buffer): void {
    if (this.#port.isInputClosed) return;
    const count = this.#port.send(bytes);
    if (count === bytes.length) return;
    this.#rest = bytes.subarray(count);
    this.#socket.pause();
  }

  #toHost(): void {
    const socket = this.#socket;
    while (socket.destroyed || !(socket.writableEnded || socket.writableNeedDrain)) {
      const bytes = this.#port.receive(CHUNK_BYTES);
      if (bytes.length === 0) return;
      if (!socket.destroyed) socket.write(bytes);
    }
  }

  #hostEnded(): void {
    this.#isHostEnded = true;
    if (!this.#socket.writableEnded) this.#socket.write('');
    this.pump();
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#onFinished();
  }
}
