/**
 * UnixSockets: the Unix-domain family of one kernel, `kernel.unix`; unix(7). It knows the abstract names, all sockets
 * (for /proc/net/unix), and the files that are on their way in messages.
 */
import { EADDRINUSE, ENOSPC, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../abi/errno.ts';
import { AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM } from '../abi/socket.ts';
import { fail } from '../errors.ts';
import type { HostSockets } from '../../host/machine.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task/task.ts';
import type { SocketFamily } from './families.ts';
import type { Socket } from './socket.ts';
import { collectGarbage } from './unix-gc.ts';
import { OutsideListener, OutsidePeer } from './unix-outside.ts';
import { UnixSocket, credentialsOf } from './unix-socket.ts';

const AUTOBIND_NAMES = 0x100000;
/** So many sockets in flight make a send look for garbage first. */
const GARBAGE_THRESHOLD = 1024;

export class UnixSockets implements SocketFamily {
  readonly kernel: Kernel;
  /** Every socket that is not released. */
  readonly sockets = new Set<UnixSocket>();
  /** By type and name: names of different types do not meet. */
  readonly #abstract = new Map<string, UnixSocket>();
  /** Sockets in messages that nobody has received: how many times each. Kept by message.ts. */
  readonly inFlight = new Map<Socket, number>();
  #isCollecting = false;
  #nextName = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  create(_task: Task, type: number, protocol: number, flags: number): UnixSocket {
    return new UnixSocket(this, typeOf(type, protocol), flags);
  }

  createPair(task: Task, type: number, protocol: number, flags: number): [UnixSocket, UnixSocket] {
    const a = this.create(task, type, protocol, flags);
    const b = this.create(task, type, protocol, flags);
    a.pairWith(b, credentialsOf(task));
    return [a, b];
  }

  findAbstract(type: number, name: string): UnixSocket | undefined {
    return this.#abstract.get(`${type}:${name}`);
  }

  bindAbstract(socket: UnixSocket, name: string): void {
    const key = `${socket.type}:${name}`;
    if (this.#abstract.has(key)) fail(EADDRINUSE, 'unix: abstract name in use');
    this.#abstract.set(key, socket);
  }

  unbindAbstract(socket: UnixSocket, name: string): void {
    const key = `${socket.type}:${name}`;
    if (this.#abstract.get(key) === socket) this.#abstract.delete(key);
  }

  /** A free abstract name of five hexadecimal digits: autobind. */
  freeName(type: number): string {
    for (let tries = 0; tries < AUTOBIND_NAMES; tries++) {
      this.#nextName = (this.#nextName + 1) % AUTOBIND_NAMES;
      const name = this.#nextName.toString(16).padStart(5, '0');
      if (this.findAbstract(type, name) === undefined) return name;
    }
    return fail(ENOSPC, 'unix: no free name');
  }

  /** The other end of a connection that leaves the guest through a port of the machine. */
  openOutside(sockets: HostSockets, port: number): OutsidePeer {
    return new OutsidePeer(this, sockets, port);
  }
  /** Lets the outside connect to `socket`, which is the machine's socket `bound`. */
  listenOutside(socket: UnixSocket, sockets: HostSockets, bound: number): OutsideListener {
    return new OutsideListener(this, socket, sockets, bound);
  }

  /** Frees sockets that only messages to one another refer to. Called when a socket is released. */
  collectGarbage(when: 'release' | 'send'): void {
    if (this.#isCollecting || this.inFlight.size < (when === 'send' ? GARBAGE_THRESHOLD : 1)) return;
    this.#isCollecting = true;
    try {
      collectGarbage(this);
    } finally {
      this.#isCollecting = false;
    }
  }
}

function typeOf(type: number, protocol: number): number {
  if (protocol !== 0 && protocol !== AF_UNIX) fail(EPROTONOSUPPORT, 'unix: protocol');
  if (type === SOCK_RAW) return SOCK_DGRAM;
  if (type !== SOCK_STREAM && type !== SOCK_DGRAM && type !== SOCK_SEQPACKET)
    fail(ESOCKTNOSUPPORT, 'unix: type');
  return type;
}
