/**
 * UnixSocket: names, connections and life of a Unix-domain socket; unix(7), net/unix/af_unix.c. How bytes move is in
 * unix-stream.ts and unix-datagram.ts.
 *
 * Streams and sequenced packets:
 *
 *   closed ──listen()──▶ listening ──accept()──▶ (a new connected socket)
 *   closed ──connect(), pairWith()──▶ connected ──the peer is released──▶ connected, shut down in both directions
 *
 * Datagrams are always `closed` in that sense; `peer` is where they send to.
 *
 * Ownership: a listener holds a reference to each socket of its backlog; peers hold none to each other. A released
 * socket stays as the peer of others, with isReleased set.
 */
import {
  EADDRINUSE,
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EEXIST,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPROTOTYPE,
} from '../abi/errno.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { FIONREAD, SIOCOUTQ } from '../abi/ioctl.ts';
import * as events from '../abi/poll.ts';
import { S_IFMT, S_IFSOCK } from '../abi/stat.ts';
import { AF_UNIX, AF_UNSPEC, SHUT_RD, SHUT_WR, SOCK_DGRAM, SOCK_STREAM, SOMAXCONN } from '../abi/socket.ts';
import { Errno, WOULD_BLOCK, fail } from '../errors.ts';
import { makeNode } from '../fs/create.ts';
import { unlink } from '../fs/remove.ts';
import { walkContextOf } from '../fs/fs-context.ts';
import type { OutsideSocket } from '../fs/inode.ts';
import { holdPath, type Path } from '../fs/path.ts';
import { MAY_WRITE, requirePermission } from '../fs/permission.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { Task } from '../task/task.ts';
import { dropMessage, type Message } from './message.ts';
import { Socket, type PeerCredentials, type Received, type SendRequest } from './socket.ts';
import { formatUnixAddress, parseUnixAddress, type UnixAddress } from './unix-address.ts';
import { receiveDatagram, sendDatagram } from './unix-datagram.ts';
import { receiveStream, sendStream } from './unix-stream.ts';
import type { OutsideListener } from './unix-outside.ts';
import type { UnixSockets } from './unix.ts';

const { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM } = events;
/** Messages that a datagram socket queues for senders that are not its peer: net.unix.max_dgram_qlen. */
const DATAGRAM_QUEUE = 10;

const NOBODY: PeerCredentials = { pid: 0, uid: -1, gid: -1 };
/** Who is at the other end of a connection that leaves the guest: what Linux shows of other namespaces. */
export const OUTSIDER = { pid: 0, uid: 65534, gid: 65534, groups: [] };
/** How long to wait for room in the backlog of a socket outside. */
const OUTSIDE_RETRY_NS = 10e6;

export class UnixSocket extends Socket {
  readonly family = AF_UNIX;
  readonly unix: UnixSockets;
  state: 'closed' | 'listening' | 'connected' = 'closed';
  address: UnixAddress = { kind: 'unnamed' };
  /** The node it is bound to; holds the path. */
  #bound: Path | undefined;
  /** It is bound in a host directory, and the host may connect to it. */
  #outside: OutsideListener | undefined;
  peer: UnixSocket | undefined;
  isReleased = false;
  /** What SO_PEERCRED shows; for a listener, what it shows to those who connect. */
  #credentials: PeerCredentials & { readonly groups?: readonly number[] } = NOBODY;

  /** Messages to be received, in order. */
  queue: Message[] = [];
  /** Bytes and overhead of its own messages that others have not taken. */
  charged = 0;
  isReceiveShutdown = false;
  isSendShutdown = false;

  /** A listener's connections that wait for accept(2). */
  backlog: UnixSocket[] = [];
  backlogLimit = 0;
  /** While it waits in a backlog: the listener. */
  listener: UnixSocket | undefined;
  /** Sockets that found no room here (full queue or backlog), to be woken when there is. */
  readonly waitingSenders = new Set<UnixSocket>();

  constructor(unix: UnixSockets, type: number, flags: number) {
    super(unix.kernel, type, 0, flags);
    this.unix = unix;
    unix.sockets.add(this);
  }

  get isListening(): boolean {
    return this.state === 'listening';
  }
  get isConnectionOriented(): boolean {
    return this.type !== SOCK_DGRAM;
  }
  override get peerCredentials(): PeerCredentials {
    return this.#credentials;
  }
  override get peerGroups(): readonly number[] | undefined {
    return this.#credentials.groups;
  }

  /** socketpair(2) */
  pairWith(other: UnixSocket, credentials: PeerCredentials): void {
    this.peer = other;
    other.peer = this;
    this.#credentials = other.#credentials = credentials;
    if (this.isConnectionOriented) this.state = other.state = 'connected';
  }

  // ---- names

  override bind(task: Task, bytes: Uint8Array): void {
    const address = parseUnixAddress(bytes);
    if (address.kind === 'unnamed') return this.#autobind();
    if (address.kind === 'path') this.#bindPath(task, address.path);
    else if (this.address.kind === 'unnamed') this.unix.bindAbstract(this, address.name);
    else fail(EINVAL, 'unix: already bound');
    this.address = address;
  }

  #autobind(): void {
    if (this.address.kind !== 'unnamed') return;
    const name = this.unix.freeName(this.type);
    this.unix.bindAbstract(this, name);
    this.address = { kind: 'abstract', name };
  }

  #bindPath(task: Task, name: string): void {
    const { vfs } = this.kernel;
    const context = walkContextOf(task);
    let path: Path;
    try {
      path = makeNode(context, vfs.startOf(context, AT_FDCWD, name), name, S_IFSOCK | 0o777, 0);
    } catch (error) {
      if (error instanceof Errno && error.errno === EEXIST) fail(EADDRINUSE, 'unix: the path exists');
      throw error;
    }
    const inode = path.dentry.inode!;
    const outside = inode.outsideSocket();
    const bound = outside?.takeBound();
    const isReachable = bound !== undefined && this.type === SOCK_STREAM && this.address.kind === 'unnamed';
    if (isReachable) this.#outside = this.unix.listenOutside(this, outside!.sockets, bound);
    else if (bound !== undefined) outside!.sockets.release(bound);
    // The name is made first, and its errors come first.
    if (this.address.kind !== 'unnamed') {
      unlink(context, vfs.startOf(context, AT_FDCWD, name), name);
      fail(EINVAL, 'unix: already bound');
    }
    this.#bound = holdPath(path);
    inode.boundSocket = this;
  }

  override localAddress(): Uint8Array {
    return formatUnixAddress(this.address);
  }

  override peerAddress(): Uint8Array {
    if (this.peer === undefined) return fail(ENOTCONN, 'unix: no peer');
    return this.peer.localAddress();
  }

  /** The socket that has a name, for connect and sendto: ECONNREFUSED, EPROTOTYPE, EACCES and what paths give. */
  find(task: Task | undefined, address: UnixAddress): UnixSocket {
    const found = this.#lookup(task, address);
    return found instanceof UnixSocket ? found : fail(ECONNREFUSED, 'unix: a socket outside of the guest');
  }

  /** Likewise, or a socket of the host; only streams lead there. */
  #lookup(task: Task | undefined, address: UnixAddress): UnixSocket | OutsideSocket {
    if (address.kind === 'abstract') {
      return this.unix.findAbstract(this.type, address.name) ?? fail(ECONNREFUSED, 'unix: no such name');
    }
    if (address.kind === 'unnamed' || task === undefined) return fail(EINVAL, 'unix: no name');
    const { inode } = this.kernel.vfs.walk(task, AT_FDCWD, address.path).dentry;
    requirePermission(inode!, MAY_WRITE, task.credentials);
    const found = (inode!.mode & S_IFMT) === S_IFSOCK ? inode!.boundSocket : undefined;
    if (!(found instanceof UnixSocket)) {
      const outside = this.type === SOCK_STREAM ? inode!.outsideSocket() : undefined;
      return outside ?? fail(ECONNREFUSED, 'unix: nobody is bound to the path');
    }
    if (found.type !== this.type) return fail(EPROTOTYPE, 'unix: socket of another type');
    return found;
  }

  // ---- connections

  override listen(task: Task, backlog: number): void {
    if (!this.isConnectionOriented) fail(EOPNOTSUPP, 'unix: datagram sockets do not listen');
    if (this.address.kind === 'unnamed' || this.state === 'connected')
      fail(EINVAL, 'unix: listen without a name');
    this.backlogLimit = Math.min(backlog >>> 0, SOMAXCONN);
    this.#outside?.listen(this.backlogLimit);
    this.state = 'listening';
    this.#credentials = credentialsOf(task);
    this.wakeSenders();
    this.#outside?.takeConnections();
  }

  override connect(task: Task, bytes: Uint8Array): number {
    if (!this.isConnectionOriented) return this.#connectDatagram(task, bytes);
    const address = parseUnixAddress(bytes);
    if (address.kind === 'unnamed') fail(EINVAL, 'unix: connect without a name');
    if (this.isPassingCredentials) this.#autobind();
    const listener = this.#lookup(task, address);
    if (!(listener instanceof UnixSocket)) return this.#connectOutside(listener, address);
    if (listener.state !== 'listening' || listener.isReceiveShutdown)
      fail(ECONNREFUSED, 'unix: nobody listens');
    if (listener.backlog.length > listener.backlogLimit) {
      if (!this.isNonblocking) listener.waitingSenders.add(this);
      return WOULD_BLOCK;
    }
    if (this.state === 'connected') fail(EISCONN, 'unix: connected');
    if (this.state !== 'closed') fail(EINVAL, 'unix: listening');
    const accepted = new UnixSocket(this.unix, this.type, 0);
    accepted.isPassingCredentials = listener.isPassingCredentials;
    accepted.address = listener.address;
    accepted.peer = this;
    accepted.state = 'connected';
    accepted.#credentials = credentialsOf(task);
    accepted.listener = listener;
    this.peer = accepted;
    this.state = 'connected';
    this.#credentials = listener.#credentials;
    listener.backlog.push(accepted);
    listener.readQueue.wake(POLLIN | POLLRDNORM);
    this.writeQueue.wake(POLLOUT | POLLWRNORM);
    return 0;
  }

  #connectOutside(place: OutsideSocket, address: UnixAddress): number {
    if (this.state === 'connected') fail(EISCONN, 'unix: connected');
    if (this.state !== 'closed') fail(EINVAL, 'unix: listening');
    let port: number;
    try {
      port = place.connect();
    } catch (error) {
      if (!(error instanceof Errno) || error.errno !== EAGAIN || this.isNonblocking) throw error;
      this.wakeAfter(OUTSIDE_RETRY_NS);
      return WOULD_BLOCK;
    }
    this.joinOutside(this.unix.openOutside(place.sockets, port), address);
    return 0;
  }

  /** Is connected from now on: `peer` stands for somebody outside of the guest, whose address is the given one. */
  joinOutside(peer: UnixSocket, address: UnixAddress): void {
    peer.address = address;
    peer.peer = this;
    this.peer = peer;
    this.state = peer.state = 'connected';
    this.#credentials = OUTSIDER;
    this.writeQueue.wake(POLLOUT | POLLWRNORM);
    peer.wasJoined();
  }

  /** A connection to this listener from outside of the guest. */
  addConnection(peer: UnixSocket): void {
    const accepted = new UnixSocket(this.unix, this.type, 0);
    accepted.isPassingCredentials = this.isPassingCredentials;
    accepted.address = this.address;
    accepted.listener = this;
    accepted.joinOutside(peer, { kind: 'unnamed' });
    this.backlog.push(accepted);
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }

  #connectDatagram(task: Task, bytes: Uint8Array): number {
    const isDisconnecting = bytes.length >= 2 && (bytes[0]! | (bytes[1]! << 8)) === AF_UNSPEC;
    const address = isDisconnecting ? undefined : parseUnixAddress(bytes);
    const other = address === undefined ? undefined : this.find(task, address);
    if (other !== undefined && !other.acceptsFrom(this)) fail(EPERM, 'unix: connected to another socket');
    if (this.peer !== undefined && this.peer !== other) {
      // What the former peer had sent is not to be mixed up with what comes.
      for (const message of this.queue.splice(0)) dropMessage(message);
      this.wakeSenders();
    }
    this.peer = other;
    this.writeQueue.wake(POLLOUT | POLLWRNORM);
    return 0;
  }

  override accept(): UnixSocket | typeof WOULD_BLOCK {
    if (!this.isConnectionOriented) return fail(EOPNOTSUPP, 'unix: datagram sockets do not accept');
    if (this.state !== 'listening') return fail(EINVAL, 'unix: not listening');
    const accepted = this.backlog.shift();
    if (accepted === undefined) return this.isReceiveShutdown ? fail(EINVAL, 'unix: shut down') : WOULD_BLOCK;
    accepted.listener = undefined;
    this.wakeSenders();
    this.#outside?.takeConnections();
    return accepted;
  }

  override shutdown(how: number): void {
    const isReceive = how !== SHUT_WR;
    const isSend = how !== SHUT_RD;
    this.#shut(isReceive, isSend);
    // What one does not send the other does not receive.
    if (this.isConnectionOriented && this.peer !== undefined) this.peer.#shut(isSend, isReceive);
  }

  #shut(isReceive: boolean, isSend: boolean): void {
    if (this.isReleased) return;
    this.isReceiveShutdown ||= isReceive;
    this.isSendShutdown ||= isSend;
    // Who listens to nobody any more is not to be connected to.
    if (this.state === 'listening' && isReceive) this.#outside?.close();
    this.wakeEverybody();
    this.wakeSenders();
    this.wasShut();
  }

  // ---- what is different at an end that stands for somebody outside: unix-outside.ts

  /** SCM_RIGHTS can be sent to it. */
  get takesFiles(): boolean {
    return true;
  }
  /** It has got its peer. */
  wasJoined(): void {}
  /** One or both directions have ended. */
  protected wasShut(): void {}

  // ---- bytes

  override send(request: SendRequest): number {
    this.unix.collectGarbage('send');
    return this.type === SOCK_STREAM ? sendStream(this, request) : sendDatagram(this, request);
  }

  override receive(into: IoBuffer, flags: number, received: Received): number {
    return this.type === SOCK_STREAM
      ? receiveStream(this, into, flags, received)
      : receiveDatagram(this, into, flags, received);
  }

  /** A message for this socket. */
  enqueue(message: Message): void {
    this.queue.push(message);
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }

  /** Others have taken some of what it sent. */
  discharge(bytes: number): void {
    const wasWritable = this.hasRoom;
    this.charged -= bytes;
    if (!wasWritable && this.hasRoom) this.writeQueue.wake(POLLOUT | POLLWRNORM | POLLWRBAND);
  }

  /** Three quarters of the send buffer are free. */
  get hasRoom(): boolean {
    return this.charged * 4 <= this.sendBuffer;
  }

  /** Datagrams: may `sender` send here? A connected socket hears only its peer. */
  acceptsFrom(sender: UnixSocket): boolean {
    return this.peer === undefined || this.peer === sender;
  }

  /** Datagrams: no more messages from `sender` until some are received. */
  isFullFor(sender: UnixSocket): boolean {
    return this.peer !== sender && this.queue.length > DATAGRAM_QUEUE;
  }

  /** There is room in the queue or the backlog again. */
  wakeSenders(): void {
    if (this.waitingSenders.size === 0) return;
    const senders = [...this.waitingSenders];
    this.waitingSenders.clear();
    for (const sender of senders) sender.writeQueue.wake(POLLOUT | POLLWRNORM | POLLWRBAND);
  }

  wakeEverybody(): void {
    this.readQueue.wake(POLLIN | POLLRDNORM | POLLHUP | POLLRDHUP | POLLERR);
    this.writeQueue.wake(POLLOUT | POLLWRNORM | POLLHUP | POLLERR);
  }

  // ---- File

  override poll(): number {
    let found = 0;
    if (this.pendingError !== 0) found |= POLLERR;
    if (this.isReceiveShutdown && this.isSendShutdown) found |= POLLHUP;
    if (this.isReceiveShutdown) found |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.queue.length > 0 || this.backlog.length > 0) found |= POLLIN | POLLRDNORM;
    if (this.isConnectionOriented && this.state === 'closed') found |= POLLHUP;
    if (this.state !== 'listening' && this.hasRoom && !this.#isPeerFull()) {
      found |= POLLOUT | POLLWRNORM | POLLWRBAND;
    }
    return found;
  }

  #isPeerFull(): boolean {
    const { peer } = this;
    if (this.isConnectionOriented || peer === undefined || peer.isReleased || !peer.isFullFor(this))
      return false;
    peer.waitingSenders.add(this);
    return true;
  }

  override ioctl(task: Task, request: number, argument: number): number {
    if (request === FIONREAD) {
      if (this.state === 'listening') fail(EINVAL, 'unix: FIONREAD of a listener');
      task.memory.writeI32(argument, this.#readableBytes());
      return 0;
    }
    if (request === SIOCOUTQ) {
      task.memory.writeI32(argument, this.charged);
      return 0;
    }
    return super.ioctl(task, request, argument);
  }

  /** Of a datagram socket: the bytes of the next message. */
  #readableBytes(): number {
    const lengths = this.queue.map(message => message.bytes.length - message.offset);
    return this.type === SOCK_STREAM ? lengths.reduce((sum, length) => sum + length, 0) : (lengths[0] ?? 0);
  }

  override release(): void {
    super.release();
    this.isReleased = true;
    this.unix.sockets.delete(this);
    const wasPending = this.listener !== undefined;
    this.listener = undefined;
    if (this.address.kind === 'abstract') this.unix.unbindAbstract(this, this.address.name);
    const { peer } = this;
    if (peer !== undefined && this.isConnectionOriented && !peer.isReleased) {
      if (this.queue.length > 0 || wasPending) peer.pendingError = ECONNRESET;
      peer.#shut(true, true);
    }
    for (const message of this.queue.splice(0)) dropMessage(message);
    for (const pending of this.backlog.splice(0)) this.kernel.vfs.put(pending);
    this.isReceiveShutdown = this.isSendShutdown = true;
    this.wakeSenders();
    this.#outside?.close();
    if (this.#bound !== undefined) {
      const inode = this.#bound.dentry.inode;
      if (inode?.boundSocket === this) inode.boundSocket = undefined;
      this.kernel.vfs.releasePath(this.#bound);
      this.#bound = undefined;
    }
    this.unix.collectGarbage('release');
  }
}

/** Who a task is for its peers: the effective ids. */
export function credentialsOf(task: Task): PeerCredentials & { readonly groups: readonly number[] } {
  const { euid, egid, groups } = task.credentials;
  return { pid: task.group.tgid, uid: euid, gid: egid, groups };
}
