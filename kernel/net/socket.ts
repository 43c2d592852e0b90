/**
 * Socket: what every address family has. Linux counterparts: struct socket, struct sock and proto_ops; socket(7).
 *
 * A family subclasses Socket and is entered in families.ts. Its operations never sleep: what cannot be done now is
 * WOULD_BLOCK, and the system call sleeps in `waitQueues` (POLLIN for accept and receive, POLLOUT for connect and
 * send). Addresses are raw bytes, a sockaddr with its family; the family checks them.
 */
import { EAGAIN, ENOPROTOOPT, EOPNOTSUPP } from '../abi/errno.ts';
import { O_NONBLOCK, O_RDWR } from '../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../abi/poll.ts';
import { SIGPIPE } from '../abi/signal.ts';
import { MSG_NOSIGNAL } from '../abi/socket.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import { File } from '../fs/file.ts';
import type { Kernel } from '../kernel.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { signalSelf } from '../task/signal-send.ts';
import type { Task } from '../task/task.ts';
import { Timer, type TimerOwner } from '../time/timer-queue.ts';
import { interfaceIoctl } from './interface.ts';

/** struct ucred: who a process is. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export interface SendRequest {
  readonly data: IoBuffer;
  /** MSG_* */
  readonly flags: number;
  /** Where to; undefined: the peer. */
  readonly address: Uint8Array | undefined;
  /** SCM_RIGHTS: lent; the family takes references of its own. */
  readonly files: readonly File[];
  /** SCM_CREDENTIALS, checked; undefined: the sender's own. */
  readonly credentials: PeerCredentials | undefined;
  /** Control messages of other levels than SOL_SOCKET. */
  readonly others?: readonly ControlItem[];
}

/** A control message: cmsg(3). */
export interface ControlItem {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** What came besides the bytes. The caller owns a reference to each of `files`. */
export interface Received {
  /** MSG_TRUNC, MSG_EOR … */
  flags: number;
  address: Uint8Array | undefined;
  files: File[];
  credentials: PeerCredentials | undefined;
  /** What else the family has to tell. */
  control?: readonly ControlItem[];
}

/** /proc/sys/net/core/{w,r}mem_default and _max: twice what they say is accounted. */
const DEFAULT_BUFFER = 212992;
export const MAX_BUFFER = 212992;

export abstract class Socket extends File implements TimerOwner {
  readonly kernel: Kernel;
  abstract readonly family: number;
  /** SOCK_* */
  readonly type: number;
  readonly protocol: number;
  readonly readQueue = new WaitQueue();
  readonly writeQueue = new WaitQueue();

  // Options; the names are those of socket(7) without SO_.
  sendBuffer = DEFAULT_BUFFER;
  receiveBuffer = DEFAULT_BUFFER;
  /** Nanoseconds; Infinity: no limit. */
  receiveTimeoutNs = Infinity;
  sendTimeoutNs = Infinity;
  receiveLowWater = 1;
  isPassingCredentials = false;
  isKeepingAlive = false;
  isReusingAddress = false;
  isReusingPort = false;
  isOobInline = false;
  /** SO_TIMESTAMP, SO_TIMESTAMPNS: what a message came with. */
  timestamps: 'none' | 'us' | 'ns' = 'none';
  isBroadcasting = false;
  linger = { onoff: 0, linger: 0 };
  priority = 0;
  mark = 0;
  /** Error of an earlier operation that is still to be told: SO_ERROR. */
  pendingError = 0;
  /** Ends read(2) and write(2) that wait longer than SO_RCVTIMEO and SO_SNDTIMEO. */
  readonly #timer: Timer = new Timer(this);

  constructor(kernel: Kernel, type: number, protocol: number, flags: number) {
    super(kernel.vfs.newAnonymousPath('socket'), O_RDWR | (flags & O_NONBLOCK));
    this.kernel = kernel;
    this.type = type;
    this.protocol = protocol;
  }

  abstract bind(task: Task, address: Uint8Array): void;
  abstract listen(task: Task, backlog: number): void;
  /** 0, or WOULD_BLOCK. */
  abstract connect(task: Task, address: Uint8Array): number;
  /** A connection with one reference, or WOULD_BLOCK. */
  abstract accept(): Socket | typeof WOULD_BLOCK;
  /** SHUT_* */
  abstract shutdown(how: number): void;
  /** Bytes taken, fewer than all only for streams; or WOULD_BLOCK. */
  abstract send(request: SendRequest): number;
  /** Bytes received, 0 at the end (or for an empty message); or WOULD_BLOCK. */
  abstract receive(into: IoBuffer, flags: number, received: Received): number;
  /** getsockname(2) */
  abstract localAddress(): Uint8Array;
  /** getpeername(2); ENOTCONN. */
  abstract peerAddress(): Uint8Array;
  abstract get isListening(): boolean;

  /** The address that accept(2) tells of a new connection, which may be over already. */
  acceptedFrom(): Uint8Array {
    return this.peerAddress();
  }

  /** The options that an accepted socket has from its listener. */
  inheritFrom(listener: Socket): void {
    this.sendBuffer = listener.sendBuffer;
    this.receiveBuffer = listener.receiveBuffer;
    this.receiveTimeoutNs = listener.receiveTimeoutNs;
    this.sendTimeoutNs = listener.sendTimeoutNs;
    this.receiveLowWater = listener.receiveLowWater;
    this.isKeepingAlive = listener.isKeepingAlive;
    this.isReusingAddress = listener.isReusingAddress;
    this.isReusingPort = listener.isReusingPort;
    this.isOobInline = listener.isOobInline;
    this.linger = { ...listener.linger };
    this.priority = listener.priority;
    this.mark = listener.mark;
  }

  /** Credentials of the peer (SO_PEERCRED), and its supplementary groups. */
  get peerCredentials(): PeerCredentials {
    return { pid: 0, uid: -1, gid: -1 };
  }
  get peerGroups(): readonly number[] | undefined {
    return undefined;
  }

  /** setsockopt(2) of another level than SOL_SOCKET. */
  setOption(_task: Task, _level: number, _name: number, _value: Uint8Array): void {
    fail(EOPNOTSUPP, 'family has no options');
  }
  getOption(_task: Task, _level: number, _name: number): Uint8Array {
    return fail(EOPNOTSUPP, 'family has no options');
  }
  /** SOL_SOCKET options that only some families have. */
  getFamilyOption(_name: number): Uint8Array {
    return fail(ENOPROTOOPT, 'unknown socket option');
  }

  /** Takes the pending error, if there is one, and fails with it. */
  raisePendingError(): void {
    const error = this.pendingError;
    if (error === 0) return;
    this.pendingError = 0;
    fail(error, 'pending error of the socket');
  }

  /** SIGPIPE for whoever writes to a stream that nobody reads, unless bytes went out before or MSG_NOSIGNAL. */
  signalBrokenPipe(flags: number): void {
    const task = this.kernel.scheduler.current;
    if (task !== undefined && (flags & MSG_NOSIGNAL) === 0 && task.call.progress === 0)
      signalSelf(task, SIGPIPE);
  }

  override ioctl(task: Task, request: number, argument: number): number {
    return interfaceIoctl(task, request, argument) ?? super.ioctl(task, request, argument);
  }

  // ---- File

  override read(buffer: IoBuffer): number {
    const received = nothingReceived();
    const count = this.receive(buffer, 0, received);
    for (const file of received.files) this.kernel.vfs.put(file);
    return count === WOULD_BLOCK ? this.#limitWait(this.receiveTimeoutNs) : count;
  }

  override write(buffer: IoBuffer): number {
    const request = { data: buffer, flags: 0, address: undefined, files: [], credentials: undefined };
    const count = this.send(request);
    return count === WOULD_BLOCK ? this.#limitWait(this.sendTimeoutNs) : count;
  }

  /** read(2) and write(2) know of no timeout: a timer wakes them, and here they find that their time is over. */
  #limitWait(timeoutNs: number): number {
    const task = this.kernel.scheduler.current;
    if (timeoutNs === Infinity || task === undefined || this.isNonblocking) return WOULD_BLOCK;
    const now = this.kernel.time.monotonicNs();
    const { call } = task;
    if (Number.isNaN(call.deadlineNs)) call.deadlineNs = now + timeoutNs;
    if (now >= call.deadlineNs) return fail(EAGAIN, 'socket timeout');
    if (!this.#timer.isSet || this.#timer.deadlineNs > call.deadlineNs) {
      this.kernel.timers.set(this.#timer, call.deadlineNs);
    }
    return WOULD_BLOCK;
  }

  /** Lets those who wait try again after a while, because nobody will tell them when it is worth it. */
  wakeAfter(delayNs: number): void {
    const deadlineNs = this.kernel.time.monotonicNs() + delayNs;
    if (!this.#timer.isSet || this.#timer.deadlineNs > deadlineNs)
      this.kernel.timers.set(this.#timer, deadlineNs);
  }

  timerExpired(): void {
    this.readQueue.wake(POLLIN);
    this.writeQueue.wake(POLLOUT);
  }

  override waitQueues(events: number): readonly WaitQueue[] {
    if ((events & (POLLOUT | POLLWRNORM | POLLWRBAND)) === 0) return [this.readQueue];
    return (events & (POLLIN | POLLRDNORM)) === 0 ? [this.writeQueue] : [this.readQueue, this.writeQueue];
  }

  override release(): void {
    this.kernel.timers.cancel(this.#timer);
  }
}

export function nothingReceived(): Received {
  return { flags: 0, address: undefined, files: [], credentials: undefined };
}
