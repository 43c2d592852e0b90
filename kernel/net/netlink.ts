/**
 * NetlinkSockets: the family AF_NETLINK of one kernel, `kernel.netlink`; netlink(7), rtnetlink(7). Of NETLINK_ROUTE the
 * questions about links, addresses and routes are answered (what getifaddrs(3) and getaddrinfo(3) ask), all others
 * with EOPNOTSUPP. NETLINK_KOBJECT_UEVENT can be listened to, and nothing is ever said there.
 */
import * as errno from '../abi/errno.ts';
import { viewOf } from '../abi/layout.ts';
import * as abi from '../abi/netlink.ts';
import * as events from '../abi/poll.ts';
import { AF_NETLINK, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SOCK_RAW } from '../abi/socket.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { Task } from '../task/task.ts';
import type { SocketFamily } from './families.ts';
import { answerRoute } from './route-messages.ts';
import { Socket, type Received, type SendRequest } from './socket.ts';

const { POLLERR, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } = events;
const MAX_MESSAGE = 65536;
const KNOWN = new Set([abi.NETLINK_ROUTE, abi.NETLINK_KOBJECT_UEVENT]);

export class NetlinkSockets implements SocketFamily {
  readonly kernel: Kernel;
  /** Bound sockets by protocol and port id. */
  readonly bound = new Map<string, NetlinkSocket>();
  /** Port ids for sockets that do not choose one after a process's first. */
  nextId = 0xffff_ffff - 4096;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  create(_task: Task, type: number, protocol: number, flags: number): NetlinkSocket {
    if (type !== SOCK_RAW && type !== SOCK_DGRAM) fail(errno.ESOCKTNOSUPPORT, 'netlink: type');
    if (protocol < 0 || protocol >= abi.MAX_LINKS || !KNOWN.has(protocol))
      fail(errno.EPROTONOSUPPORT, 'netlink: protocol');
    return new NetlinkSocket(this.kernel, type, protocol, flags);
  }
}

export class NetlinkSocket extends Socket {
  readonly family = AF_NETLINK;
  readonly isListening = false;
  id = 0;
  groups = 0;
  /** Where it is connected to: 0 is the kernel. */
  #remote = { id: 0, groups: 0 };
  #queue: Uint8Array[] = [];

  get #bound(): Map<string, NetlinkSocket> {
    return this.kernel.netlink.bound;
  }

  override bind(task: Task, bytes: Uint8Array): void {
    const { id, groups } = readAddress(bytes);
    if (this.id !== 0 && id !== this.id) fail(errno.EINVAL, 'netlink: already bound');
    if (this.id === 0) this.#bindTo(task, id);
    this.groups = groups;
  }

  #bindTo(task: Task, wanted: number): void {
    let id = wanted !== 0 ? wanted : task.group.tgid;
    const key = (): string => `${this.protocol}:${id}`;
    if (wanted !== 0 && this.#bound.has(key())) fail(errno.EADDRINUSE, 'netlink: port id in use');
    while (this.#bound.has(key())) id = this.kernel.netlink.nextId--;
    this.id = id;
    this.#bound.set(key(), this);
  }

  override connect(task: Task, bytes: Uint8Array): number {
    if (bytes.length >= 2 && (bytes[0]! | (bytes[1]! << 8)) === 0) {
      this.#remote = { id: 0, groups: 0 };
      return 0;
    }
    this.#remote = readAddress(bytes);
    if (this.id === 0) this.#bindTo(task, 0);
    return 0;
  }

  override listen(): void {
    fail(errno.EOPNOTSUPP, 'netlink: listen');
  }
  override accept(): never {
    return fail(errno.EOPNOTSUPP, 'netlink: accept');
  }
  override shutdown(): void {
    fail(errno.EOPNOTSUPP, 'netlink: shutdown');
  }
  override localAddress(): Uint8Array {
    return abi.SockaddrNl.encode({ family: AF_NETLINK, pid: this.id, groups: this.groups });
  }
  override peerAddress(): Uint8Array {
    return abi.SockaddrNl.encode({ family: AF_NETLINK, pid: this.#remote.id, groups: this.#remote.groups });
  }

  override send({ data, address }: SendRequest): number {
    const length = data.remaining;
    const to = address === undefined || address.length === 0 ? this.#remote : readAddress(address);
    if (length > MAX_MESSAGE) fail(errno.EMSGSIZE, 'netlink: message too long');
    const task = this.kernel.scheduler.current;
    if (this.id === 0 && task !== undefined) this.#bindTo(task, 0);
    if (to.id !== 0) fail(errno.ECONNREFUSED, 'netlink: only the kernel answers');
    const bytes = data.takeAll();
    for (let at = 0; at + abi.Nlmsghdr.size <= bytes.length;) {
      const header = abi.Nlmsghdr.decode(bytes, at);
      if (header.len < abi.Nlmsghdr.size || at + header.len > bytes.length) break;
      if ((header.flags & abi.NLM_F_REQUEST) !== 0 && header.type > abi.NLMSG_DONE) {
        this.#answer(header, bytes.subarray(at, at + header.len));
      }
      at += (header.len + 3) & ~3;
    }
    return length;
  }

  #answer(header: ReturnType<typeof abi.Nlmsghdr.decode>, request: Uint8Array): void {
    const answers =
      this.protocol === abi.NETLINK_ROUTE
        ? answerRoute(header, request.subarray(abi.Nlmsghdr.size), this.id)
        : undefined;
    if (answers !== undefined) {
      for (const answer of answers) this.#enqueue(answer);
      if ((header.flags & abi.NLM_F_DUMP) !== 0 || (header.flags & abi.NLM_F_ACK) === 0) return;
    }
    this.#acknowledge(header, request, answers === undefined ? -errno.EOPNOTSUPP : 0);
  }

  /** NLMSG_ERROR: the error or 0, and the request, of which success repeats the header only. */
  #acknowledge(header: { seq: number }, request: Uint8Array, error: number): void {
    const echo = error === 0 ? request.subarray(0, abi.Nlmsghdr.size) : request;
    const bytes = new Uint8Array(abi.Nlmsghdr.size + 4 + echo.length);
    const flags = error === 0 ? abi.NLM_F_CAPPED : 0;
    abi.Nlmsghdr.encodeInto(bytes, 0, {
      len: bytes.length,
      type: abi.NLMSG_ERROR,
      flags,
      seq: header.seq,
      pid: this.id,
    });
    viewOf(bytes).setInt32(abi.Nlmsghdr.size, error, true);
    bytes.set(echo, abi.Nlmsghdr.size + 4);
    this.#enqueue(bytes);
  }

  /** A message from another part of the kernel. */
  deliver(bytes: Uint8Array): void {
    this.#enqueue(bytes.slice());
  }

  #enqueue(bytes: Uint8Array): void {
    const waiting = this.#queue.reduce((sum, each) => sum + each.length, 0);
    if (waiting + bytes.length > this.receiveBuffer) {
      this.pendingError = errno.ENOBUFS;
      this.readQueue.wake(POLLERR);
      return;
    }
    this.#queue.push(bytes);
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }

  override receive(into: IoBuffer, flags: number, received: Received): number {
    this.raisePendingError();
    const bytes = this.#queue[0];
    if (bytes === undefined) return WOULD_BLOCK;
    const count = into.put(bytes);
    if (count < bytes.length) received.flags |= MSG_TRUNC;
    received.address = abi.SockaddrNl.encode({ family: AF_NETLINK });
    if ((flags & MSG_PEEK) === 0) this.#queue.shift();
    return (flags & MSG_TRUNC) !== 0 ? bytes.length : count;
  }

  override poll(): number {
    const found = (this.pendingError !== 0 ? POLLERR : 0) | POLLOUT | POLLWRNORM;
    return this.#queue.length > 0 ? found | POLLIN | POLLRDNORM : found;
  }

  override setOption(_task: Task, level: number, _name: number, _value: Uint8Array): void {
    if (level !== abi.SOL_NETLINK) fail(errno.ENOPROTOOPT, 'netlink: level of the option');
  }
  override getOption(_task: Task, _level: number, _name: number): Uint8Array {
    return fail(errno.ENOPROTOOPT, 'netlink: option');
  }

  override release(): void {
    super.release();
    if (this.#bound.get(`${this.protocol}:${this.id}`) === this)
      this.#bound.delete(`${this.protocol}:${this.id}`);
    this.#queue = [];
  }
}

function readAddress(bytes: Uint8Array): { id: number; groups: number } {
  if (bytes.length < abi.SockaddrNl.size) fail(errno.EINVAL, 'netlink: length of the address');
  const { family, pid, groups } = abi.SockaddrNl.decode(bytes);
  if (family !== AF_NETLINK) fail(errno.EINVAL, 'netlink: family of the address');
  return { id: pid, groups };
}
