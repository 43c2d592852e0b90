/** Sockets of the outer guest's directories, for the kernel that runs in it: its own AF_UNIX calls. */
import type { HostSockets } from '../machine.ts';
import { EAGAIN, EINTR, EMFILE, ENFILE } from '../../kernel/abi/errno.ts';
import { F_GETFL, F_SETFL, F_SETOWN, O_ASYNC } from '../../kernel/abi/fcntl.ts';
import { fcntl } from '../../userland/libc/fcntl.ts';
import { SysError } from '../../userland/libc/native.ts';
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  accept4,
  bindUnix,
  connectUnix,
  listen,
  socket,
} from '../../userland/libc/socket.ts';
import { close, getpid } from '../../userland/libc/unistd.ts';
import { HostError, attempt, bytesOf } from './host-error.ts';

const FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;

/** The machine's ports. */
interface Ports {
  /** Makes a port of a connected socket, which then belongs to it. */
  open(fd: number): number;
  /** A number that is in use while `isBound` says so. */
  reserve(): number | undefined;
  release(number: number): void;
}

export class GuestSockets implements HostSockets {
  readonly #ports: Ports;
  /** Descriptors of bound sockets, by number. */
  readonly #bound = new Map<number, number>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get numbers(): Iterable<number> {
    return this.#bound.keys();
  }
  isBound(number: number): boolean {
    return this.#bound.has(number);
  }

  connect(path: string): number {
    const fd = newSocket(path, connectUnix);
    return attempt('connect', () => this.#ports.open(fd), path);
  }

  bind(path: string): number {
    const number = this.#ports.reserve();
    if (number === undefined) throw new HostError(ENFILE, 'bind', path);
    const fd = newSocket(path, bindUnix);
    this.#bound.set(number, fd);
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
    return number;
  }

  listen(number: number, backlog: number): void {
    attempt('listen', () => listen(this.#bound.get(number)!, backlog));
  }

  accept(number: number): number | undefined {
    try {
      return this.#ports.open(accept4(this.#bound.get(number)!, FLAGS));
    } catch (error) {
      // Without a descriptor, whoever has connected waits; without a port, it is disconnected.
      if (!(error instanceof SysError) || ![EAGAIN, EINTR, EMFILE, ENFILE].includes(error.errno)) throw error;
      return undefined;
    }
  }

  release(number: number): void {
    const fd = this.#bound.get(number);
    if (fd === undefined) return this.#ports.release(number);
    this.#bound.delete(number);
    close(fd);
  }

  close(): void {
    for (const number of [...this.#bound.keys()]) this.release(number);
  }
}

/** A socket that was bound to a path, or connected to one. */
function newSocket(path: string, name: (fd: number, path: string) => void): number {
  const fd = attempt('socket', () => socket(AF_UNIX, SOCK_STREAM | FLAGS));
  try {
    attempt(name === bindUnix ? 'bind' : 'connect', () => name(fd, bytesOf(path)), path);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}
