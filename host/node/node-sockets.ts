/**
 * Sockets of host directories, as the kernel thread has them: each call is a message to the SocketServer in the
 * embedder's thread, which has the event loop, and sleeps until the answer has come. Bytes go through ports.
 */
import type { HostSockets } from '../machine.ts';
import { type CallChannel, Caller } from './sleeping-call.ts';
import type { PortMessage, SocketCall, SocketReply, SocketRequest } from './socket-protocol.ts';

/** Where ports are known by number. */
interface Ports {
  addPort(number: number, memory: SharedArrayBuffer): void;
  removePort(number: number): void;
}

export class NodeSockets implements HostSockets {
  readonly #server: Caller;
  readonly #ports: Ports;
  /** Bound sockets, and the connections to each that nobody has accepted. */
  readonly #bound = new Map<number, PortMessage[]>();

  constructor(channel: CallChannel, ports: Ports) {
    this.#server = new Caller(channel);
    this.#ports = ports;
  }

  connect(path: string): number {
    const { port, memory } = this.#call({ kind: 'connect', path }) as PortMessage;
    this.#ports.addPort(port, memory);
    return port;
  }

  bind(path: string): number {
    const socket = this.#call({ kind: 'bind', path }) as number;
    this.#bound.set(socket, []);
    return socket;
  }

  /** Node listens at once: who has connected already waits for `accept`. */
  listen(): void {}

  accept(socket: number): number | undefined {
    while (this.#receive() !== undefined);
    const next = this.#bound.get(socket)?.shift();
    if (next === undefined) return undefined;
    this.#post({ kind: 'taken', socket, port: next.port });
    this.#ports.addPort(next.port, next.memory);
    return next.port;
  }

  release(number: number): void {
    if (this.#bound.delete(number)) this.#post({ kind: 'close', socket: number });
    else this.#ports.removePort(number);
  }

  #post(request: SocketRequest): void {
    this.#server.post(request);
  }

  /** Throws as Node does: an error with a `code`. */
  #call(call: SocketCall): unknown {
    this.#server.call(call);
    for (let reply = this.#receive(); reply !== undefined; reply = this.#receive()) {
      if (reply.kind === 'value') return reply.value;
      if (reply.kind === 'failure') throw failure(reply.code);
    }
    throw failure('EIO');
  }

  /** The next message; a connection is kept for `accept`. */
  #receive(): SocketReply | undefined {
    const reply = this.#server.receive() as SocketReply | undefined;
    // Of a socket that was closed meanwhile: the server forgets it too.
    if (reply?.kind === 'connection') this.#bound.get(reply.socket)?.push(reply);
    return reply;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: socket`), { code });
}
