/**
 * SocketServer: performs what a guest's kernel thread asks of the sockets of host directories (NodeSockets), in the
 * embedder's thread, which has the event loop. A guest has at most MAX_SOCKETS of them; beyond that it gets ENFILE, and
 * who connects to it is disconnected.
 */
import { type Server, type Socket, connect, createServer } from 'node:net';
import { RING_BYTES } from './port-ring.ts';
import type { PortTable } from './port-table.ts';
import { Answerer, type CallChannel } from './sleeping-call.ts';
import { SocketBridge } from './socket-bridge.ts';
import type { PortMessage, SocketReply, SocketRequest } from './socket-protocol.ts';

const MAX_SOCKETS = 512;
/** Bytes of a socket's path, without the NUL: sockaddr_un. Longer ones would be cut off. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
/** So many connections to one socket wait for the kernel to take them, besides those in its own backlog. */
const MAX_WAITING = 128;
/** What Node holds of each direction before it says so: as much as a port does. */
const STREAMS = { allowHalfOpen: true, highWaterMark: RING_BYTES };
/** How long an end waits for others to take what the guest has written. */
const FLUSH_MS = 1000;

interface Bound {
  readonly server: Server;
  /** Connections that the kernel has not taken, by port. */
  readonly waiting: Map<number, SocketBridge>;
}

export class SocketServer {
  /** For the kernel thread; its port is to be transferred. */
  readonly channel: CallChannel;
  readonly #ports: PortTable;
  readonly #kernel: Answerer;
  readonly #bound = new Map<number, Bound>();
  /** All connections, by port. */
  readonly #bridges = new Map<number, SocketBridge>();

  constructor(ports: PortTable) {
    this.#ports = ports;
    this.#kernel = new Answerer(request => this.#serve(request as SocketRequest));
    this.channel = this.#kernel.channel;
  }

  /** Ends all connections, when what the guest has written is on its way, and all listeners. */
  async close(): Promise<void> {
    if (this.#kernel.isClosed) return;
    this.#kernel.close();
    const listeners = [...this.#bound.values()].map(
      ({ server }) => new Promise(resolve => server.once('close', resolve)),
    );
    for (const socket of this.#bound.keys()) this.#release(socket);
    const flushed = [...this.#bridges.values()].map(bridge => bridge.flushed());
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise(resolve => {
      timer = setTimeout(resolve, FLUSH_MS);
    });
    await Promise.race([Promise.all(flushed), patience]);
    clearTimeout(timer);
    await Promise.all([...listeners, ...[...this.#bridges.values()].map(bridge => bridge.destroy())]);
  }

  #serve(request: SocketRequest): void {
    switch (request.kind) {
      case 'connect':
        return this.#connect(request.path, request.number);
      case 'bind':
        return this.#bind(request.path, request.number);
      case 'taken':
        this.#bound.get(request.socket)?.waiting.delete(request.port);
        return;
      case 'close':
        this.#release(request.socket);
    }
  }

  #answer(number: number, reply: SocketReply): void {
    this.#kernel.answer(number, reply);
  }

  /** Answers with an error if the path or the number of sockets is not all right. */
  #isPossible(path: string, number: number): boolean {
    let code: string | undefined;
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) code = 'ENAMETOOLONG';
    else if (this.#isFull) code = 'ENFILE';
    if (code !== undefined) this.#answer(number, { kind: 'failure', code });
    return code === undefined;
  }

  get #isFull(): boolean {
    return this.#ports.isFull || this.#bridges.size + this.#bound.size >= MAX_SOCKETS;
  }

  #connect(path: string, number: number): void {
    if (!this.#isPossible(path, number)) return;
    const socket = connect({ path, ...STREAMS });
    const failed = (error: NodeJS.ErrnoException): void =>
      this.#answer(number, { kind: 'failure', code: error.code ?? 'EIO' });
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      if (this.#kernel.isClosed) socket.destroy();
      else if (this.#isFull) {
        socket.destroy();
        this.#answer(number, { kind: 'failure', code: 'ENFILE' });
      } else this.#answer(number, { kind: 'value', value: this.#join(socket) });
    });
  }

  #bind(path: string, number: number): void {
    if (!this.#isPossible(path, number)) return;
    const server = createServer(STREAMS);
    const failed = (error: NodeJS.ErrnoException): void =>
      this.#answer(number, { kind: 'failure', code: error.code ?? 'EIO' });
    server.once('error', failed);
    // A path means something in this process only, whether it is one of a cluster or not.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', failed);
      // The process is short of descriptors: who wanted to connect has been told.
      server.on('error', () => {});
      if (this.#kernel.isClosed || this.#isFull) {
        server.close();
        return this.#answer(number, { kind: 'failure', code: 'ENFILE' });
      }
      const socket = this.#ports.reserve();
      this.#bound.set(socket, { server, waiting: new Map() });
      server.on('connection', connection => this.#connected(socket, connection));
      this.#answer(number, { kind: 'value', value: socket });
    });
  }

  #connected(socket: number, connection: Socket): void {
    const bound = this.#bound.get(socket);
    if (bound === undefined || bound.waiting.size >= MAX_WAITING || this.#isFull) {
      connection.destroy();
      return;
    }
    const message = this.#join(connection);
    bound.waiting.set(message.port, this.#bridges.get(message.port)!);
    this.#kernel.post({ kind: 'connection', socket, ...message } satisfies SocketReply);
    this.#ports.tell(socket);
  }

  /** Gives a connection a port. */
  #join(socket: Socket): PortMessage {
    const { number, memory, port } = this.#ports.open(() => this.#bridges.get(number)?.pump());
    const bridge = new SocketBridge(socket, port, () => {
      this.#bridges.delete(number);
      this.#ports.close(number);
    });
    this.#bridges.set(number, bridge);
    return { port: number, memory };
  }

  /** Closes a bound socket; who waits there is disconnected. */
  #release(socket: number): void {
    const bound = this.#bound.get(socket);
    if (bound === undefined) return;
    this.#bound.delete(socket);
    this.#ports.close(socket);
    // Node removes the name by which it was bound, which is gone already: see hostfs.
    bound.server.close();
    for (const bridge of bound.waiting.values()) void bridge.destroy();
  }
}
