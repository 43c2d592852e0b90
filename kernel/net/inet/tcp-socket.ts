/**
 * TcpSocket: connections over the loopback interface; tcp(7). Linux counterpart: net/ipv4/tcp.c, without packets: what
 * one end does the other knows at once.
 *
 *   closed ──listen()──▶ listening ──shutdown(SHUT_RD)──▶ closed
 *   closed ──connect()──▶ connected          the listener has a new, connected socket in its backlog
 *   closed ──connect(), backlog full──▶ connecting ──accept() made room──▶ connected
 *   connected ──both ends have sent their FIN, or a reset──▶ closed
 *
 * Ownership: a listener holds a reference to each socket of its backlog; ends hold none to each other. A released end
 * stays the peer of the other, which finds out when it sends: that provokes a reset, as on the wire.
 *
 * Linux: an address stays in TIME-WAIT for a minute after its connection; here it is free at once.
 */
import * as errno from '../../abi/errno.ts';
import * as abi from '../../abi/inet.ts';
import { FIONREAD, SIOCATMARK, SIOCOUTQ } from '../../abi/ioctl.ts';
import * as events from '../../abi/poll.ts';
import { AF_UNSPEC, MSG_OOB, MSG_PEEK, SHUT_RD, SHUT_WR, SOCK_STREAM } from '../../abi/socket.ts';
import { WOULD_BLOCK, fail } from '../../errors.ts';
import { signalUrgent } from '../../fs/file-owner.ts';
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { Task } from '../../task/task.ts';
import type { Received, SendRequest } from '../socket.ts';
import { familyOf, formatEndpoint, isAny, isIpv4, parseEndpoint, type Endpoint } from './address.ts';
import { ByteQueue } from './byte-queue.ts';
import type { InetSockets } from './inet.ts';
import { InetSocket } from './inet-socket.ts';
import { getTcpOption, setTcpOption } from './tcp-options.ts';
import { receiveUrgent, urgentLimit, type UrgentMark } from './tcp-urgent.ts';

const { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRNORM } = events;
/** net.ipv4.tcp_rmem, tcp_wmem: what a socket begins with. */
const RECEIVE_BUFFER = 131072;
const SEND_BUFFER = 16384;
/** What a connection over the loopback interface has on Linux, and what it costs here at most. */
const CONNECTED_SEND_BUFFER = 2626560;
const MAX_CAPACITY = 1 << 20;

export class TcpSocket extends InetSocket {
  state: 'closed' | 'listening' | 'connecting' | 'connected' = 'closed';
  peer: TcpSocket | undefined;
  isReleased = false;
  /** A connect(2) that did not wait has succeeded or failed, and has not been told yet. */
  connectOutcome: 'none' | 'succeeded' | 'failed' = 'none';
  /** What came and was not read. */
  readonly queue: ByteQueue;
  urgent: UrgentMark | undefined;
  /** The peer has sent its FIN. */
  isReceiveEnded = false;
  isReceiveShutdown = false;
  isSendShutdown = false;

  /** A listener's connections that wait for accept(2), and sockets that wait for room among them. */
  backlog: TcpSocket[] = [];
  backlogLimit = 0;
  readonly waitingConnectors = new Set<TcpSocket>();
  listener: TcpSocket | undefined;

  constructor(inet: InetSockets, family: number, flags: number, uid: number) {
    super(inet, { type: SOCK_STREAM, protocol: abi.IPPROTO_TCP, family }, flags, uid);
    this.queue = new ByteQueue(inet.kernel.buffers);
    this.receiveBuffer = RECEIVE_BUFFER;
    this.sendBuffer = SEND_BUFFER;
  }

  get isListening(): boolean {
    return this.state === 'listening';
  }
  override get permitsReuse(): boolean {
    return this.state !== 'listening';
  }
  /** TCP_ESTABLISHED …, as /proc/net/tcp and TCP_INFO show it. */
  get tcpState(): number {
    if (this.state === 'listening') return abi.TCP_LISTEN;
    if (this.state === 'connecting') return abi.TCP_SYN_SENT;
    if (this.state === 'closed') return abi.TCP_CLOSE;
    if (this.isReceiveEnded) return abi.TCP_CLOSE_WAIT;
    return this.isSendShutdown ? abi.TCP_FIN_WAIT2 : abi.TCP_ESTABLISHED;
  }

  protected override bindPort(ip: string, port: number): void {
    this.inet.tcp.bind(this, ip, port);
  }

  // ---- connections

  override listen(_task: Task, backlog: number): void {
    if (this.state !== 'closed' && this.state !== 'listening') fail(errno.EINVAL, 'tcp: connected');
    const { tcp, somaxconn } = this.inet;
    this.backlogLimit = Math.min(backlog >>> 0, somaxconn);
    if (this.state === 'listening') return;
    if (!this.isBound) tcp.bind(this, this.local.ip, 0);
    else if (tcp.hasConflict(this, this.local.ip, this.local.port))
      fail(errno.EADDRINUSE, 'tcp: somebody listens');
    this.state = 'listening';
    this.isReceiveShutdown = false;
  }

  override connect(_task: Task, bytes: Uint8Array): number {
    if (familyOf(bytes) === AF_UNSPEC) return this.#disconnect();
    const told = this.#tellOutcome();
    if (told !== undefined) return told;
    const { ip, port } = parseEndpoint(bytes, this.family);
    this.inet.requireFamily(this, ip);
    const { to, from } = this.inet.route(ip);
    this.raisePendingError();
    if (!this.isBound) this.inet.tcp.bindForConnect(this, from);
    else if (isAny(this.local.ip)) this.local = { ip: from, port: this.local.port };
    this.remote = { ip: to, port };
    const listener = this.#findListener(this.remote);
    if (listener === undefined) return this.#refused();
    if (listener.hasRoom) listener.admit(this);
    else {
      this.state = 'connecting';
      this.listener = listener;
      listener.waitingConnectors.add(this);
    }
    if (this.isNonblocking) {
      if (this.state === 'connected') this.connectOutcome = 'succeeded';
      return fail(errno.EINPROGRESS, 'tcp: connect without waiting');
    }
    return this.state === 'connected' ? 0 : WOULD_BLOCK;
  }

  /** What became of an earlier connect(2); undefined: this is the first. */
  #tellOutcome(): number | undefined {
    const outcome = this.connectOutcome;
    this.connectOutcome = 'none';
    if (outcome === 'failed') {
      this.isReceiveShutdown = this.isSendShutdown = false;
      this.raisePendingError();
      return fail(errno.ECONNABORTED, 'tcp: the error was told');
    }
    if (outcome === 'succeeded') return 0;
    if (this.state === 'connecting')
      return this.isNonblocking ? fail(errno.EALREADY, 'tcp: connecting') : WOULD_BLOCK;
    return this.state === 'closed' ? undefined : fail(errno.EISCONN, 'tcp: connected or listening');
  }

  #refused(): number {
    this.remote = undefined;
    if (!this.isNonblocking) return fail(errno.ECONNREFUSED, 'tcp: nobody listens');
    this.#connectFailed();
    return fail(errno.EINPROGRESS, 'tcp: connect without waiting');
  }

  #connectFailed(): void {
    this.connectOutcome = 'failed';
    this.pendingError = errno.ECONNREFUSED;
    this.isReceiveShutdown = this.isSendShutdown = true;
    this.wakeEverybody();
  }

  #findListener({ ip, port }: Endpoint): TcpSocket | undefined {
    let best: TcpSocket[] = [];
    for (const socket of this.inet.tcp.at(port)) {
      if (socket.state !== 'listening') continue;
      const { ip: own } = socket.local;
      const isMeant =
        own === ip || (isAny(own) && (isIpv4(own) === isIpv4(ip) || (isIpv4(ip) && !socket.isV6Only)));
      if (!isMeant) continue;
      const isExact = own === ip;
      const isBetter = best.length === 0 || (isExact && best[0]!.local.ip !== ip);
      if (isBetter) best = [socket];
      else if (isExact === (best[0]!.local.ip === ip)) best.push(socket);
    }
    // SO_REUSEPORT: connections are spread by where they come from.
    return best[this.local.port % Math.max(1, best.length)];
  }

  /** There may be one connection more in the backlog than listen(2) was told. */
  get hasRoom(): boolean {
    return this.backlog.length <= this.backlogLimit;
  }

  /** A listener accepts a connection into its backlog. */
  admit(client: TcpSocket): void {
    const { inet } = this;
    const server = new TcpSocket(inet, this.family, 0, this.ownerUid);
    server.inheritFrom(this);
    server.local = client.remote!;
    server.remote = client.local;
    server.listener = this;
    inet.tcp.add(server);
    this.backlog.push(server);
    client.listener = undefined;
    client.#establish(server);
    server.#establish(client);
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }

  #establish(peer: TcpSocket): void {
    this.peer = peer;
    this.state = 'connected';
    this.isReceiveEnded = this.isReceiveShutdown = this.isSendShutdown = false;
    if (this.sendBuffer === SEND_BUFFER) this.sendBuffer = CONNECTED_SEND_BUFFER;
    this.writeQueue.wake(POLLOUT | POLLWRNORM);
  }

  override accept(): TcpSocket | typeof WOULD_BLOCK {
    if (this.state !== 'listening') return fail(errno.EINVAL, 'tcp: not listening');
    const accepted = this.backlog.shift();
    if (accepted === undefined) return WOULD_BLOCK;
    accepted.listener = undefined;
    for (const client of this.waitingConnectors) {
      if (!this.hasRoom) break;
      this.waitingConnectors.delete(client);
      this.admit(client);
      client.connectOutcome = 'succeeded';
    }
    return accepted;
  }

  override acceptedFrom(): Uint8Array {
    return formatEndpoint(this.remote!, this.family);
  }
  override peerAddress(): Uint8Array {
    if (this.remote === undefined || this.state !== 'connected')
      return fail(errno.ENOTCONN, 'tcp: not connected');
    return formatEndpoint(this.remote, this.family);
  }

  override shutdown(how: number): void {
    const isReceive = how !== SHUT_WR;
    const isSend = how !== SHUT_RD;
    if (this.state === 'closed') fail(errno.ENOTCONN, 'tcp: not connected');
    if (this.state === 'listening') {
      if (isReceive) this.#stopListening();
    } else if (this.state === 'connecting') this.#leaveConnecting();
    this.isReceiveShutdown ||= isReceive;
    if (isSend && this.state === 'connected') this.#sendEnd();
    this.wakeEverybody();
  }

  /** FIN: the peer will read to the end. */
  #sendEnd(): void {
    if (this.isSendShutdown) return;
    this.isSendShutdown = true;
    const { peer } = this;
    if (peer !== undefined && !peer.isReleased && peer.state === 'connected') {
      peer.isReceiveEnded = true;
      peer.#closeIfDone();
      peer.wakeEverybody();
    }
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.isSendShutdown && this.isReceiveEnded) this.state = 'closed';
  }

  /** RST from the other end. */
  #resetByPeer(): void {
    if (this.state !== 'connected') return;
    this.pendingError = this.isReceiveEnded ? errno.EPIPE : errno.ECONNRESET;
    this.state = 'closed';
    this.isReceiveShutdown = this.isSendShutdown = true;
    this.wakeEverybody();
  }

  #disconnect(): number {
    if (this.state === 'listening') this.#stopListening();
    if (this.state === 'connecting') this.#leaveConnecting();
    if (this.state === 'connected' && this.peer?.isReleased === false) this.peer.#resetByPeer();
    this.queue.clear();
    this.peer = this.remote = this.urgent = undefined;
    this.state = 'closed';
    this.connectOutcome = 'none';
    this.pendingError = 0;
    this.isReceiveEnded = this.isReceiveShutdown = this.isSendShutdown = false;
    return 0;
  }

  #leaveConnecting(): void {
    this.listener?.waitingConnectors.delete(this);
    this.listener = this.remote = undefined;
    this.state = 'closed';
  }

  #stopListening(): void {
    this.state = 'closed';
    for (const pending of this.backlog.splice(0)) {
      if (pending.peer !== undefined) pending.peer.#resetByPeer();
      this.kernel.vfs.put(pending);
    }
    for (const client of [...this.waitingConnectors]) {
      client.#leaveConnecting();
      client.#connectFailed();
    }
  }

  // ---- bytes

  get #capacity(): number {
    return Math.min(MAX_CAPACITY, this.sendBuffer + this.peer!.receiveBuffer);
  }

  override send({ data, flags }: SendRequest): number {
    if (this.state === 'connecting') return WOULD_BLOCK;
    if (this.state !== 'connected' || this.isSendShutdown || this.pendingError !== 0) {
      if (this.pendingError !== errno.EPIPE) this.raisePendingError();
      this.pendingError = 0;
      this.signalBrokenPipe(flags);
      return fail(errno.EPIPE, 'tcp: not open for sending');
    }
    const peer = this.peer!;
    if (peer.isReleased) {
      // The bytes arrive where nobody is: a reset comes back.
      const count = data.remaining;
      for (let range = data.next(); range.length > 0; range = data.next()) data.advance(range.length);
      this.#resetByPeer();
      return count;
    }
    if (data.remaining === 0) return 0;
    const count = peer.queue.fill(data, this.#capacity);
    if (count === 0) return WOULD_BLOCK;
    if ((flags & MSG_OOB) !== 0 && data.remaining === 0) {
      peer.urgent = { at: peer.queue.written - 1, isRead: false };
      signalUrgent(peer);
      peer.readQueue.wake(POLLPRI);
    }
    peer.readQueue.wake(POLLIN | POLLRDNORM);
    return count;
  }

  override receive(into: IoBuffer, flags: number, _received: Received): number {
    if (this.state === 'listening') return fail(errno.ENOTCONN, 'tcp: listening');
    if ((flags & MSG_OOB) !== 0) return receiveUrgent(this, into, flags);
    if (this.queue.length > 0 && into.remaining === 0) return 0;
    const limit = urgentLimit(this);
    if (limit > 0) {
      const isPeeking = (flags & MSG_PEEK) !== 0;
      const count = isPeeking ? this.queue.peek(into, limit) : this.queue.take(into, limit);
      if (!isPeeking) this.#wakeWriter();
      return count;
    }
    if (this.isReceiveEnded) return 0;
    this.raisePendingError();
    if (this.isReceiveShutdown) return 0;
    if (this.state === 'closed') return fail(errno.ENOTCONN, 'tcp: not connected');
    return WOULD_BLOCK;
  }

  #wakeWriter(): void {
    const { peer } = this;
    if (peer !== undefined && !peer.isReleased && peer.isSendable) peer.writeQueue.wake(POLLOUT | POLLWRNORM);
  }

  /** A third of the room is free. */
  get isSendable(): boolean {
    const { peer } = this;
    return this.state !== 'connected' || peer!.isReleased || peer!.queue.cost * 3 <= this.#capacity * 2;
  }

  wakeEverybody(): void {
    this.readQueue.wake(POLLIN | POLLRDNORM | POLLHUP | POLLRDHUP | POLLERR);
    this.writeQueue.wake(POLLOUT | POLLWRNORM | POLLHUP | POLLERR);
  }

  // ---- File

  override poll(): number {
    let found = this.pendingError !== 0 ? POLLERR : 0;
    if (this.state === 'listening') return found | (this.backlog.length > 0 ? POLLIN | POLLRDNORM : 0);
    const isReceiveOver = this.isReceiveEnded || this.isReceiveShutdown;
    if (this.state === 'closed' || (isReceiveOver && this.isSendShutdown)) found |= POLLHUP;
    if (isReceiveOver) found |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (this.state === 'connecting') return found;
    if (this.queue.length > 0) found |= POLLIN | POLLRDNORM;
    if (this.urgent?.isRead === false && !this.isOobInline) found |= POLLPRI;
    if (this.isSendShutdown || this.isSendable) found |= POLLOUT | POLLWRNORM;
    return found;
  }

  override ioctl(task: Task, request: number, argument: number): number {
    switch (request) {
      case FIONREAD:
        if (this.state === 'listening') fail(errno.EINVAL, 'tcp: FIONREAD of a listener');
        task.memory.writeI32(argument, this.queue.length);
        return 0;
      case SIOCOUTQ:
        if (this.state === 'listening') fail(errno.EINVAL, 'tcp: SIOCOUTQ of a listener');
        task.memory.writeI32(argument, 0);
        return 0;
      case SIOCATMARK:
        task.memory.writeI32(argument, this.urgent?.at === this.queue.taken ? 1 : 0);
        return 0;
    }
    return super.ioctl(task, request, argument);
  }

  override setOption(task: Task, level: number, name: number, bytes: Uint8Array): void {
    if (level !== abi.IPPROTO_TCP) return super.setOption(task, level, name, bytes);
    this.keepOption(level, name, setTcpOption(name, bytes));
  }
  override getOption(task: Task, level: number, name: number): Uint8Array {
    return level === abi.IPPROTO_TCP ? getTcpOption(this, name) : super.getOption(task, level, name);
  }

  override release(): void {
    super.release();
    this.isReleased = true;
    if (this.state === 'listening') this.#stopListening();
    if (this.state === 'connecting') this.#leaveConnecting();
    const { peer } = this;
    if (this.state === 'connected' && peer !== undefined && !peer.isReleased) {
      const isAborting = this.queue.length > 0 || (this.linger.onoff !== 0 && this.linger.linger === 0);
      if (isAborting) peer.#resetByPeer();
      else this.#sendEnd();
    }
    this.state = 'closed';
    this.queue.clear();
    this.inet.tcp.remove(this);
    // Writers that wait for room here find out.
    peer?.writeQueue.wake();
  }
}
