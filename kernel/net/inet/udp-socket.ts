/**
 * UdpSocket: datagrams over the loopback interface; udp(7). Linux counterpart: net/ipv4/udp.c. A datagram goes straight
 * into the queue of the socket that it is for; without room there it is lost, without a socket there the sender, if it
 * is connected, is told ECONNREFUSED at its next call, as the ICMP message would.
 */
import * as errno from '../../abi/errno.ts';
import * as abi from '../../abi/inet.ts';
import { FIONREAD, SIOCOUTQ } from '../../abi/ioctl.ts';
import * as events from '../../abi/poll.ts';
import {
  AF_UNSPEC,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SHUT_RD,
  SHUT_WR,
  SOCK_DGRAM,
} from '../../abi/socket.ts';
import { WOULD_BLOCK, fail } from '../../errors.ts';
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { Task } from '../../task/task.ts';
import type { Received, SendRequest } from '../socket.ts';
import {
  ANY4,
  ANY6,
  familyOf,
  formatEndpoint,
  isAny,
  isBroadcast,
  isIpv4,
  parseEndpoint,
  type Endpoint,
} from './address.ts';
import type { InetSockets } from './inet.ts';
import { InetSocket, intBytes } from './inet-socket.ts';
import { controlOf, factsOf, type PacketFacts } from './packet-control.ts';
import type { PortTable } from './port-table.ts';

const { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRNORM } = events;
/** Most bytes that fit an IP packet. */
const MAX_MESSAGE = 65507;
/** What a datagram costs of the receive buffer besides its bytes. */
const OVERHEAD = 768;

interface Datagram extends PacketFacts {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
}

export class UdpSocket extends InetSocket {
  readonly isListening = false;
  queue: Datagram[] = [];
  /** Bytes and overhead in the queue. */
  #charged = 0;
  isReceiveShutdown = false;
  isSendShutdown = false;

  /** Of its protocol: UDP or UDP-Lite. */
  readonly #ports: PortTable<UdpSocket>;

  constructor(
    inet: InetSockets,
    family: number,
    flags: number,
    uid: number,
    protocol: number = abi.IPPROTO_UDP,
  ) {
    super(inet, { type: SOCK_DGRAM, protocol, family }, flags, uid);
    this.#ports = protocol === abi.IPPROTO_UDP ? inet.udp : inet.udplite;
  }

  protected override bindPort(ip: string, port: number): void {
    this.#ports.bind(this, ip, port);
  }

  override listen(): void {
    fail(errno.EOPNOTSUPP, 'udp: listen');
  }
  override accept(): never {
    return fail(errno.EOPNOTSUPP, 'udp: accept');
  }

  override connect(_task: Task, bytes: Uint8Array): number {
    if (familyOf(bytes) === AF_UNSPEC) {
      this.remote = undefined;
      return 0;
    }
    const { ip, port } = parseEndpoint(bytes, this.family);
    this.inet.requireFamily(this, ip);
    if (isBroadcast(ip) && !this.isBroadcasting) fail(errno.EACCES, 'udp: broadcast');
    const { to, from } = this.inet.route(ip);
    this.#bindFor(from);
    if (isAny(this.local.ip)) this.local = { ip: from, port: this.local.port };
    this.remote = { ip: to, port };
    return 0;
  }

  #bindFor(ip: string): void {
    if (!this.isBound) this.#ports.bindForConnect(this, isIpv4(ip) ? ANY4 : ANY6, errno.EAGAIN);
  }

  override peerAddress(): Uint8Array {
    if (this.remote === undefined) return fail(errno.ENOTCONN, 'udp: not connected');
    return formatEndpoint(this.remote, this.family);
  }

  override shutdown(how: number): void {
    if (this.remote === undefined) fail(errno.ENOTCONN, 'udp: not connected');
    if (how !== SHUT_WR) this.isReceiveShutdown = true;
    if (how !== SHUT_RD) this.isSendShutdown = true;
    this.readQueue.wake();
    this.writeQueue.wake();
  }

  override send({ data, flags, address, others }: SendRequest): number {
    const length = data.remaining;
    if (length > MAX_MESSAGE) fail(errno.EMSGSIZE, 'udp: message too long');
    if ((flags & MSG_OOB) !== 0) fail(errno.EOPNOTSUPP, 'udp: MSG_OOB');
    const target = this.#target(address);
    const facts = factsOf(this, target.ip, others ?? []);
    this.raisePendingError();
    if (this.isSendShutdown) {
      this.signalBrokenPipe(flags);
      fail(errno.EPIPE, 'udp: shut down');
    }
    const { to, from } = this.inet.route(target.ip);
    this.#bindFor(from);
    const source = { ip: isAny(this.local.ip) ? from : this.local.ip, port: this.local.port };
    const receiver = this.#findReceiver({ ip: to, port: target.port }, source);
    const bytes = data.takeAll();
    if (bytes.length < length) fail(errno.EFAULT, 'udp: memory ends within the message');
    if (receiver !== undefined) receiver.#deliver({ bytes, from: source, ...facts, to });
    else if (this.remote !== undefined || this.option(abi.IPPROTO_IP, abi.IP_RECVERR) !== 0) {
      this.pendingError = errno.ECONNREFUSED;
      this.readQueue.wake(POLLERR | POLLIN);
    }
    return length;
  }

  #target(address: Uint8Array | undefined): Endpoint {
    if (address === undefined || address.length === 0 || familyOf(address) === AF_UNSPEC) {
      const { remote } = this;
      return remote ?? fail(errno.EDESTADDRREQ, 'udp: no destination');
    }
    const target = parseEndpoint(address, this.family);
    this.inet.requireFamily(this, target.ip);
    if (target.port === 0) fail(errno.EINVAL, 'udp: port 0');
    if (isBroadcast(target.ip) && !this.isBroadcasting) fail(errno.EACCES, 'udp: broadcast');
    return target;
  }

  /** The socket that a datagram is for: the more of the addresses it has chosen, the better. */
  #findReceiver(to: Endpoint, from: Endpoint): UdpSocket | undefined {
    let best: UdpSocket | undefined;
    let bestScore = -1;
    for (const socket of this.#ports.at(to.port)) {
      const score = socket.#score(to.ip, from);
      if (score < 0 || score < bestScore) continue;
      // Of equals the newest, unless they share: then by where it comes from.
      if (score === bestScore && socket.isReusingPort && from.port % 2 === 0) continue;
      best = socket;
      bestScore = score;
    }
    return best;
  }

  #score(ip: string, from: Endpoint): number {
    const { ip: own } = this.local;
    let score = isIpv4(own) === isIpv4(ip) ? 1 : 0;
    if (own === ip) score += 4;
    else if (!isAny(own) || (score === 0 && (this.isV6Only || !isIpv4(ip)))) return -1;
    if (this.remote === undefined) return score;
    return this.remote.ip === from.ip && this.remote.port === from.port ? score + 8 : -1;
  }

  #deliver(datagram: Datagram): void {
    const cost = datagram.bytes.length + OVERHEAD;
    const isFull = this.#charged + cost > this.receiveBuffer && this.queue.length > 0;
    if (isFull || this.isReceiveShutdown || !this.kernel.buffers.take(cost)) return;
    this.#charged += cost;
    this.queue.push(datagram);
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }

  #discharge(datagram: Datagram): void {
    const cost = datagram.bytes.length + OVERHEAD;
    this.#charged -= cost;
    this.kernel.buffers.give(cost);
  }

  override receive(into: IoBuffer, flags: number, received: Received): number {
    if ((flags & MSG_ERRQUEUE) !== 0) return fail(errno.EAGAIN, 'udp: no queue of errors');
    this.raisePendingError();
    const datagram = this.queue[0];
    if (datagram === undefined) return this.isReceiveShutdown ? 0 : WOULD_BLOCK;
    const { bytes, from } = datagram;
    const count = into.put(bytes);
    if (count < bytes.length) received.flags |= MSG_TRUNC;
    received.address = formatEndpoint(from, this.family);
    received.control = controlOf(this, datagram);
    if ((flags & MSG_PEEK) === 0) {
      this.queue.shift();
      this.#discharge(datagram);
    }
    return (flags & MSG_TRUNC) !== 0 ? bytes.length : count;
  }

  override poll(): number {
    let found = this.pendingError !== 0 ? POLLERR : 0;
    if (this.isReceiveShutdown) found |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.isReceiveShutdown && this.isSendShutdown) found |= POLLHUP;
    if (this.queue.length > 0) found |= POLLIN | POLLRDNORM;
    return found | POLLOUT | POLLWRNORM;
  }

  override ioctl(task: Task, request: number, argument: number): number {
    if (request !== FIONREAD && request !== SIOCOUTQ) return super.ioctl(task, request, argument);
    task.memory.writeI32(argument, request === FIONREAD ? (this.queue[0]?.bytes.length ?? 0) : 0);
    return 0;
  }

  override setOption(task: Task, level: number, name: number, bytes: Uint8Array): void {
    if (level === abi.IPPROTO_UDPLITE && level === this.protocol) {
      if (name !== abi.UDPLITE_SEND_CSCOV && name !== abi.UDPLITE_RECV_CSCOV)
        fail(errno.ENOPROTOOPT, 'udplite: unknown option');
      return;
    }
    if (level !== abi.IPPROTO_UDP) return super.setOption(task, level, name, bytes);
    // Packets are not made, so they are neither held back nor cut.
    if (name !== abi.UDP_CORK && name !== abi.UDP_SEGMENT && name !== abi.UDP_GRO)
      fail(errno.ENOPROTOOPT, 'udp: unknown option');
  }
  override getOption(task: Task, level: number, name: number): Uint8Array {
    return level === abi.IPPROTO_UDP ? intBytes(0) : super.getOption(task, level, name);
  }

  override release(): void {
    super.release();
    for (const datagram of this.queue.splice(0)) this.#discharge(datagram);
    this.#ports.remove(this);
  }
}
