/**
 * A client of a control socket (control-server.ts): for the commands `lodger exec`, `ps`, `stop`. It may wait; a signal
 * with a handler ends a wait for an event early, and never breaks a request.
 */
import {
  type EventMessage,
  LineSplitter,
  type RequestMessage,
  decodeJson,
  encodeMessage,
} from '../../host/control/json-lines.ts';
import type { Reply } from '../../host/control/protocol.ts';
import { ECONNREFUSED, EINTR, ENOENT, ESRCH } from '../../kernel/abi/errno.ts';
import { readdir } from '../libc/dirent.ts';
import { type Buffer, alloc } from '../libc/memory.ts';
import { SysError, syscallRaw } from '../libc/native.ts';
import { SYS_kill } from '../../kernel/abi/syscall-numbers.ts';
import * as sockets from '../libc/socket.ts';
import { stat } from '../libc/stat.ts';
import { time } from '../libc/time.ts';
import { close, read, unlink, write } from '../libc/unistd.ts';
import { SOCKET_DIRECTORY, socketPath } from './control-streams.ts';

const CHUNK_BYTES = 32 * 1024;
/** A socket may be bound and not listening yet, but not for so long. */
const STALE_SECONDS = 5;

/** There is no guest at the other end, or no longer. */
export class NoGuest extends Error {}

export class ControlClient {
  /** Readable when an event may have come. */
  readonly fd: number;
  readonly #splitter = new LineSplitter();
  readonly #buffer: Buffer = alloc(CHUNK_BYTES);
  readonly #replies = new Map<number, Reply<unknown>>();
  readonly #events: EventMessage[] = [];
  #nextId = 1;
  #hasEnded = false;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Connects to the guest that is process `pid`. NoGuest, or another SysError (EACCES). */
  static connect(pid: number): ControlClient {
    return new ControlClient(connectTo(pid));
  }

  /** Asks, and waits for the answer. Descriptors go with the request. NoGuest if the guest ends first. */
  request<T>(method: string, args: readonly unknown[] = [], descriptors: readonly number[] = []): Reply<T> {
    const id = this.#nextId++;
    this.#send({ id, method, args }, descriptors);
    for (;;) {
      const reply = this.#replies.get(id);
      if (reply !== undefined) {
        this.#replies.delete(id);
        return reply as Reply<T>;
      }
      if (this.#hasEnded) throw new NoGuest('the guest has stopped');
      try {
        this.#receive();
      } catch (error) {
        if (!(error instanceof SysError) || error.errno !== EINTR) throw error;
      }
    }
  }

  /** The next event; 'none' if a signal came first; 'ended' when the guest has stopped. */
  event(): EventMessage | 'none' | 'ended' {
    while (this.#events.length === 0 && !this.#hasEnded) {
      try {
        this.#receive();
      } catch (error) {
        if (!(error instanceof SysError) || error.errno !== EINTR) throw error;
        if (this.#events.length === 0) return 'none';
      }
    }
    return this.#events.shift() ?? 'ended';
  }
  /** `event` would not wait, whatever the descriptor says. */
  get hasEvent(): boolean {
    return this.#events.length > 0 || this.#hasEnded;
  }
  /** Takes what has come; call when the descriptor is readable. */
  receive(): void {
    if (!this.#hasEnded) this.#receive();
  }

  close(): void {
    close(this.fd);
  }

  #send(message: RequestMessage, descriptors: readonly number[]): void {
    const bytes = encodeMessage(message);
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done);
      try {
        if (done === 0 && descriptors.length > 0) done += sockets.sendDescriptors(this.fd, rest, descriptors);
        else done += write(this.fd, rest);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (error.errno !== EINTR) throw new NoGuest('the guest has stopped');
      }
    }
  }

  /** Waits for more. EINTR. */
  #receive(): void {
    let count = 0;
    try {
      count = read(this.fd, this.#buffer.bytes);
    } catch (error) {
      if (error instanceof SysError && error.errno === EINTR) throw error;
    }
    if (count === 0) this.#hasEnded = true;
    for (const line of this.#splitter.feed(this.#buffer.bytes.subarray(0, count))) this.#take(line);
  }

  #take(line: Uint8Array | 'too long'): void {
    const decoded = line === 'too long' ? undefined : decodeJson(line);
    if (decoded === undefined || !('value' in decoded))
      throw new NoGuest('the guest sent what is no message');
    const message = decoded.value as { id?: number; event?: string } & Reply<unknown>;
    if (message.event !== undefined) this.#events.push(message as EventMessage);
    else this.#replies.set(message.id ?? 0, message);
  }
}

/** A connection to the control socket of process `pid`. NoGuest if nobody listens there. */
export function connectTo(pid: number): number {
  const fd = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM | sockets.SOCK_CLOEXEC);
  for (;;) {
    try {
      sockets.connectUnix(fd, socketPath(pid));
      return fd;
    } catch (error) {
      if (error instanceof SysError && error.errno === EINTR) continue;
      close(fd);
      if (!(error instanceof SysError)) throw error;
      if (error.errno === ECONNREFUSED) removeIfStale(pid);
      if (error.errno === ECONNREFUSED || error.errno === ENOENT)
        throw new NoGuest(`process ${pid} is no guest`);
      throw error;
    }
  }
}

/** The processes that are guests, as far as their sockets say, in order. */
export function findGuests(): number[] {
  try {
    return readdir(SOCKET_DIRECTORY)
      .flatMap(({ name }) => /^([0-9]{1,10})\.sock$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return [];
  }
}

/** A process that was killed leaves its socket behind; the next who looks removes it. */
function removeIfStale(pid: number): void {
  const path = socketPath(pid);
  try {
    const isAlive = syscallRaw(SYS_kill, pid, 0) !== -ESRCH;
    if (!isAlive || time() - stat(path).mtime.sec > STALE_SECONDS) unlink(path);
  } catch (error) {
    // Somebody else was quicker, or only root may.
    if (!(error instanceof SysError)) throw error;
  }
}
