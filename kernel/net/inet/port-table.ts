/**
 * PortTable: which sockets of a protocol have which local addresses. Linux counterpart: inet_bind_hashbucket,
 * inet_csk_get_port, inet_csk_bind_conflict, udp_lib_get_port.
 */
import { EADDRINUSE, EADDRNOTAVAIL } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import type { Kernel } from '../../kernel.ts';
import { ANY6, isAny, isIpv4 } from './address.ts';
import type { InetSocket } from './inet-socket.ts';

export class PortTable<T extends InetSocket> {
  readonly kernel: Kernel;
  readonly #byPort = new Map<number, Set<T>>();
  /** Next ephemeral port to try, as an offset. */
  #next: number | undefined;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  *[Symbol.iterator](): Generator<T> {
    for (const sockets of this.#byPort.values()) yield* sockets;
  }

  at(port: number): Iterable<T> {
    return this.#byPort.get(port) ?? [];
  }

  add(socket: T): void {
    const { port } = socket.local;
    const sockets = this.#byPort.get(port) ?? new Set();
    this.#byPort.set(port, sockets.add(socket));
  }

  remove(socket: T): void {
    const sockets = this.#byPort.get(socket.local.port);
    if (sockets?.delete(socket) && sockets.size === 0) this.#byPort.delete(socket.local.port);
  }

  /** Gives a socket a local address; port 0: a free one. EADDRINUSE. */
  bind(socket: T, ip: string, port: number): void {
    if (port !== 0 && this.hasConflict(socket, ip, port)) fail(EADDRINUSE, 'inet: address in use');
    const chosen = port === 0 ? this.#ephemeral(socket, ip, EADDRINUSE) : port;
    this.remove(socket);
    socket.local = { ip, port: chosen };
    this.add(socket);
  }

  /** A port for a socket that connects or sends without one. EADDRNOTAVAIL, EAGAIN as Linux. */
  bindForConnect(socket: T, ip: string, errno = EADDRNOTAVAIL): void {
    const port = this.#ephemeral(socket, ip, errno);
    socket.local = { ip, port };
    this.add(socket);
  }

  /** Another socket has the address, or a part of it, and does not share it. */
  hasConflict(socket: T, ip: string, port: number): boolean {
    for (const other of this.at(port)) {
      if (other === socket || !overlap(socket, ip, other, other.local.ip)) continue;
      const areReusing = socket.isReusingAddress && other.isReusingAddress && other.permitsReuse;
      const areSharing = socket.isReusingPort && other.isReusingPort && socket.ownerUid === other.ownerUid;
      if (!areReusing && !areSharing) return true;
    }
    return false;
  }

  #ephemeral(socket: T, ip: string, errno: number): number {
    const { localPortRange } = this.kernel.inet;
    const [low, high] = localPortRange;
    const count = high - low + 1;
    if (this.#next === undefined) {
      const random = new Uint16Array(1);
      this.kernel.machine.random(new Uint8Array(random.buffer));
      this.#next = random[0]! % count;
    }
    for (let tries = 0; tries < count; tries++) {
      const port = low + (this.#next++ % count);
      let isFree = true;
      for (const other of this.at(port)) if (overlap(socket, ip, other, other.local.ip)) isFree = false;
      if (isFree) return port;
    }
    return fail(errno, 'inet: no free port');
  }
}

/** Whether two sockets on the same port would both be meant by some address. */
function overlap(a: InetSocket, aIp: string, b: InetSocket, bIp: string): boolean {
  // :: means all IPv4 addresses too, unless IPV6_V6ONLY is set.
  const meansFour = (socket: InetSocket, ip: string): boolean =>
    isIpv4(ip) || (ip === ANY6 && !socket.isV6Only);
  const meansSix = (ip: string): boolean => !isIpv4(ip);
  const isCommonFamily = (meansFour(a, aIp) && meansFour(b, bIp)) || (meansSix(aIp) && meansSix(bIp));
  return isCommonFamily && (aIp === bIp || isAny(aIp) || isAny(bIp));
}
