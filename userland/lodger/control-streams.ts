/**
 * Streams for the control server that are made of descriptors: connections to a Unix socket, and the standard input and
 * output of a guest that was started to be controlled. None of them waits; the outer system tells by SIGIO when to look
 * again. SIGPIPE is to be ignored.
 */
import { EACCES, EADDRINUSE, EAGAIN, EEXIST, EINTR, ENOENT, EPERM, EROFS } from '../../kernel/abi/errno.ts';
import {
  F_GETFL,
  F_SETFL,
  F_SETOWN,
  O_ASYNC,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  fcntl,
} from '../libc/fcntl.ts';
import { type Buffer, alloc, free } from '../libc/memory.ts';
import { SysError } from '../libc/native.ts';
import * as sockets from '../libc/socket.ts';
import { chmod, mkdir } from '../libc/stat.ts';
import { close, getpid, open, pipe2, read, unlink, write } from '../libc/unistd.ts';
import type { Arrival, ControlStream } from './control-connection.ts';
import type { Capture } from './inner-listing.ts';

export const SOCKET_DIRECTORY = '/run/lodger';
/** The control socket of the guest that is process `pid`. */
export function socketPath(pid: number): string {
  return `${SOCKET_DIRECTORY}/${pid}.sock`;
}

const CHUNK_BYTES = 32 * 1024;
const BACKLOG = 16;
/** Descriptors that one message may bring. */
const MAX_DESCRIPTORS = 16;

/** Makes calls on the descriptor return at once, and SIGIO come when the next one may do more. */
function makeAsynchronous(fd: number): void {
  fcntl(fd, F_SETOWN, getpid());
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK | O_ASYNC);
}

/** The result of a call; undefined if it would have waited. */
function unlessWaiting<T>(call: () => T): T | undefined {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.errno === EAGAIN) return undefined;
      if (error.errno !== EINTR) throw error;
    }
  }
}

/** A connected socket, which it owns. */
class SocketStream implements ControlStream {
  readonly #fd: number;
  readonly #buffer: Buffer = alloc(CHUNK_BYTES);

  constructor(fd: number) {
    this.#fd = fd;
    makeAsynchronous(fd);
  }

  receive(): Arrival | 'nothing' | 'ended' {
    try {
      const received = unlessWaiting(() =>
        sockets.receiveDescriptors(this.#fd, this.#buffer, MAX_DESCRIPTORS),
      );
      if (received === undefined) return 'nothing';
      if (received.count === 0) return 'ended';
      return { bytes: this.#buffer.bytes.subarray(0, received.count), descriptors: received.descriptors };
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return 'ended'; // ECONNRESET
    }
  }
  send(bytes: Uint8Array): number | 'broken' {
    return sendTo(this.#fd, bytes);
  }
  drop(descriptor: number): void {
    close(descriptor);
  }
  close(): void {
    free(this.#buffer);
    close(this.#fd);
  }
}

function sendTo(fd: number, bytes: Uint8Array): number | 'broken' {
  try {
    return unlessWaiting(() => write(fd, bytes)) ?? 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return 'broken';
  }
}

/** Two descriptors, one to read and one to write; -1: none. Other programs may share them: flags are put back. */
class PipeStream implements ControlStream {
  readonly #input: number;
  readonly #output: number;
  readonly #flags: ReadonlyMap<number, number>;
  readonly #buffer: Buffer = alloc(CHUNK_BYTES);

  constructor(input: number, output: number) {
    this.#input = input;
    this.#output = output;
    const fds = [input, output].filter(fd => fd >= 0);
    this.#flags = new Map(fds.map(fd => [fd, fcntl(fd, F_GETFL)] as const));
    for (const fd of fds) makeAsynchronous(fd);
  }

  receive(): Arrival | 'nothing' | 'ended' {
    try {
      const count = unlessWaiting(() => read(this.#input, this.#buffer.bytes));
      if (count === undefined) return 'nothing';
      if (count === 0) return 'ended';
      return { bytes: this.#buffer.bytes.subarray(0, count), descriptors: [] };
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return 'ended';
    }
  }
  send(bytes: Uint8Array): number | 'broken' {
    return sendTo(this.#output, bytes);
  }
  drop(): void {}
  close(): void {
    free(this.#buffer);
    for (const [fd, flags] of this.#flags) {
      fcntl(fd, F_SETFL, flags);
      close(fd);
    }
  }
}

/** The stream of a guest that is controlled by its standard input and output. */
export function mainStream(input: number, output: number): ControlStream {
  return new PipeStream(input, output);
}

/** The control socket of this process in the outer guest. */
export interface ListeningSocket {
  /** The next connection; undefined: none waits. */
  accept(): ControlStream | undefined;
  /** Removes it. */
  close(): void;
}

/** Makes this process's control socket; undefined where this user may make none (only root may, in /run). */
export function openControlSocket(): ListeningSocket | undefined {
  const path = socketPath(getpid());
  const fd = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM | sockets.SOCK_CLOEXEC);
  try {
    makeDirectory();
    bind(fd, path);
    chmod(path, 0o600);
    sockets.listen(fd, BACKLOG);
    makeAsynchronous(fd);
  } catch (error) {
    close(fd);
    if (!(error instanceof SysError)) throw error;
    if ([EACCES, EPERM, EROFS, ENOENT].includes(error.errno)) return undefined;
    throw error;
  }
  return {
    accept: () => acceptNext(fd),
    close() {
      close(fd);
      remove(path);
    },
  };
}

/** A connection that is gone again, or for which there is no descriptor or memory, is none. */
function acceptNext(fd: number): ControlStream | undefined {
  let connection: number | undefined;
  try {
    connection = unlessWaiting(() => sockets.accept4(fd, sockets.SOCK_CLOEXEC | sockets.SOCK_NONBLOCK));
    return connection === undefined ? undefined : new SocketStream(connection);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (connection !== undefined) close(connection);
    return undefined;
  }
}

function makeDirectory(): void {
  try {
    mkdir(SOCKET_DIRECTORY, 0o755);
  } catch (error) {
    if (!(error instanceof SysError) || error.errno !== EEXIST) throw error;
  }
}

/** A socket that is there was left by a process that died and whose number is ours now. */
function bind(fd: number, path: string): void {
  try {
    sockets.bindUnix(fd, path);
  } catch (error) {
    if (!(error instanceof SysError) || error.errno !== EADDRINUSE) throw error;
    unlink(path);
    sockets.bindUnix(fd, path);
  }
}

function remove(path: string): void {
  try {
    unlink(path);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

/** A pipe whose one end the server reads, and /dev/null for the rest. */
export function capture(): Capture {
  const [from, to] = pipe2(O_CLOEXEC);
  return {
    input: open('/dev/null', O_RDONLY | O_CLOEXEC),
    output: to,
    errors: open('/dev/null', O_WRONLY | O_CLOEXEC),
    stream: new PipeStream(from, -1),
  };
}
