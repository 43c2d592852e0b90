import { beforeEach, describe, expect, it } from 'vitest';
import * as errno from '../abi/errno.ts';
import { O_NONBLOCK, O_RDONLY } from '../abi/fcntl.ts';
import { FIONREAD, SIOCOUTQ } from '../abi/ioctl.ts';
import { POLLHUP, POLLIN } from '../abi/poll.ts';
import * as abi from '../abi/socket.ts';
import { SIGPIPE } from '../abi/signal.ts';
import { setHandler } from '../task/testing.ts';
import { Caller, type Result, type Text } from '../syscall/testing.ts';

const { SOCK_DGRAM, SOCK_NONBLOCK, SOCK_SEQPACKET, SOCK_STREAM } = abi;

/** A task with the socket calls; addresses are given as sun_path. */
class SocketCaller extends Caller {
  socket(type: number): number {
    return this.call('socket', abi.AF_UNIX, type, 0) as number;
  }
  #address(path: string): [number, number] {
    return [this.bytes(`\x01\0${path}`, this.out), 2 + path.length];
  }
  bind(fd: number, path: string): Result {
    return this.call('bind', fd, ...this.#address(path));
  }
  connect(fd: number, path: string): Result {
    return this.call('connect', fd, ...this.#address(path));
  }
  sendTo(fd: number, text: string, path: string): Result {
    const at = this.bytes(text);
    return this.call('sendto', fd, at, text.length, 0, ...this.#address(path));
  }
  receive(fd: number, length: number, flags: number): Text {
    const result = this.call('recvfrom', fd, this.buffer, length, flags, 0, 0);
    if (typeof result !== 'number' || result < 0) return result;
    return String.fromCharCode(...this.task.memory.copyIn(this.buffer, Math.min(result, length)));
  }
  name(call: string, fd: number): string {
    this.task.memory.writeI32(this.out, 128);
    this.call(call, fd, this.out + 8, this.out);
    const length = this.task.memory.readI32(this.out);
    return String.fromCharCode(...this.task.memory.copyIn(this.out + 8, length));
  }
  option(fd: number, name: number): number {
    this.task.memory.writeI32(this.out, 4);
    expect(this.call('getsockopt', fd, abi.SOL_SOCKET, name, this.out + 8, this.out)).toBe(0);
    return this.task.memory.readI32(this.out + 8);
  }
  setOption(fd: number, name: number, value: number): Result {
    this.task.memory.writeI32(this.out, value);
    return this.call('setsockopt', fd, abi.SOL_SOCKET, name, this.out, 4);
  }
  /** Sends one byte with files. */
  sendFiles(fd: number, fds: number[]): Result {
    const { memory } = this.task;
    const header = this.#message(1, 16 + fds.length * 4);
    memory.copyOut(
      this.buffer,
      abi.Cmsghdr.encode({ len: 16 + fds.length * 4, level: abi.SOL_SOCKET, type: abi.SCM_RIGHTS }),
    );
    memory.copyOut(this.buffer + 16, new Uint8Array(Int32Array.from(fds).buffer));
    return this.call('sendmsg', fd, header, 0);
  }
  /** Receives a byte with files: the descriptors and msg_flags. */
  receiveFiles(fd: number, room = 64, flags = 0): { fds: number[]; flags: number } | Result {
    const header = this.#message(1, room);
    const result = this.call('recvmsg', fd, header, flags);
    if (typeof result !== 'number' || result < 0) return result;
    const { memory } = this.task;
    const { controllen, flags: given } = abi.Msghdr.decode(memory.copyIn(header, abi.Msghdr.size));
    const length = controllen < 16 ? 0 : memory.readU64(this.buffer) - 16;
    const fds = [...new Int32Array(memory.copyIn(this.buffer + 16, length).buffer)];
    return { fds, flags: given };
  }
  #message(length: number, controllen: number): number {
    const { memory } = this.task;
    memory.writeU64(this.out + 64, this.out + 96);
    memory.writeU64(this.out + 72, length);
    memory.copyOut(
      this.out,
      abi.Msghdr.encode({ iov: this.out + 64, iovlen: 1, control: this.buffer, controllen }),
    );
    return this.out;
  }
  /** A listener, a client and the server's side of their connection. */
  connection(type = SOCK_STREAM): { listener: number; client: number; server: number } {
    const listener = this.socket(type);
    expect(this.bind(listener, '\0name')).toBe(0);
    expect(this.call('listen', listener, 1)).toBe(0);
    const client = this.socket(type);
    expect(this.connect(client, '\0name')).toBe(0);
    return { listener, client, server: this.call('accept', listener, 0, 0) as number };
  }
}

let c: SocketCaller;
beforeEach(() => {
  c = new SocketCaller();
});

// The expected results are those of Linux 6.18 for the same calls.
describe('stream sockets', () => {
  it('connect through an abstract name and carry bytes both ways', () => {
    const { client, server } = c.connection();
    expect(c.write(client, 'ping')).toBe(4);
    expect(c.ioctlInt(server, FIONREAD)).toBe(4);
    expect(c.read(server)).toBe('ping');
    expect(c.write(server, 'pong')).toBe(4);
    expect(c.read(client)).toBe('pong');
    expect(c.name('getpeername', client)).toBe('\x01\0\0name');
    expect(c.name('getsockname', client)).toBe('\x01\0');
    expect(c.option(client, abi.SO_PEERCRED)).toBe(c.task.tid);
  });

  it('bind to a path, which is in use until it is unlinked', () => {
    const listener = c.socket(SOCK_STREAM);
    expect(c.bind(listener, '/sock')).toBe(0);
    expect(c.bind(listener, '/other')).toBe(-errno.EINVAL);
    expect(c.bind(c.socket(SOCK_STREAM), '/sock')).toBe(-errno.EADDRINUSE);
    expect(c.name('getsockname', listener)).toBe('\x01\0/sock\0');
    expect(c.open('/sock', O_RDONLY)).toBe(-errno.ENXIO);
    expect(c.connect(c.socket(SOCK_STREAM), '/sock')).toBe(-errno.ECONNREFUSED);
    c.call('listen', listener, 5);
    expect(c.connect(c.socket(SOCK_DGRAM), '/sock')).toBe(-errno.EPROTOTYPE);
    expect(c.connect(c.socket(SOCK_STREAM), '/sock\0junk')).toBe(0);
    expect(c.connect(c.socket(SOCK_STREAM), '/none')).toBe(-errno.ENOENT);
    c.call('chmod', c.text('/sock'), 0o700);
    c.call('setuid', 1000);
    expect(c.connect(c.socket(SOCK_STREAM), '/sock')).toBe(-errno.EACCES);
  });

  it('keep a connecter that finds the backlog full until a connection is accepted', () => {
    const { listener } = c.connection();
    for (const wanted of [0, 0, -errno.EAGAIN]) {
      expect(c.connect(c.socket(SOCK_STREAM | SOCK_NONBLOCK), '\0name')).toBe(wanted);
    }
    const child = new SocketCaller(c.guest, c.guest.fork(c.task));
    expect(child.connect(child.socket(SOCK_STREAM), '\0name')).toBeUndefined();
    expect(c.poll(listener) & POLLIN).toBe(POLLIN);
    c.call('accept4', listener, 0, 0, 0);
    expect(child.later).toBe(0);
  });

  it('end in EOF, ECONNRESET when something was not read, and EPIPE', () => {
    let [a, b] = c.socketpair(SOCK_STREAM);
    c.write(b, 'x');
    c.close(b);
    expect(c.poll(a)).toBe(0x2355);
    expect(c.read(a)).toBe('x');
    expect(c.read(a)).toBe('');
    [a, b] = c.socketpair(SOCK_STREAM);
    c.write(a, 'abc');
    c.close(b);
    expect(c.poll(a)).toBe(0x235d);
    setHandler(c.guest, c.task, SIGPIPE, 1);
    expect(c.write(a, 'x')).toBe(-errno.EPIPE);
    expect(c.read(a)).toBe(-errno.ECONNRESET);
    expect(c.read(a)).toBe('');
  });

  it('shut down one direction at a time', () => {
    const [a, b] = c.socketpair(SOCK_STREAM);
    expect(c.call('shutdown', a, abi.SHUT_WR)).toBe(0);
    expect([c.poll(a), c.poll(b)]).toEqual([0x304, 0x2345]);
    expect(c.read(b)).toBe('');
    expect(c.write(b, 'y')).toBe(1);
    c.call('shutdown', a, abi.SHUT_RD);
    expect([c.poll(a), c.poll(b)]).toEqual([0x2355, 0x2355]);
    expect(c.read(a)).toBe('y');
    expect(c.read(a)).toBe('');
  });

  it('hold as many bytes as the send buffer allows, counting each message', () => {
    const [a, b] = c.socketpair(SOCK_STREAM | SOCK_NONBLOCK);
    let total = 0;
    for (
      let n = c.write(a, 'x'.repeat(40000)) as number;
      n > 0;
      n = c.write(a, 'x'.repeat(40000)) as number
    ) {
      total += n;
    }
    expect(total).toBeGreaterThan(200_000);
    expect(total).toBeLessThan(250_000);
    expect(c.poll(a)).toBe(0);
    let small = 0;
    while (typeof c.read(b) === 'string') small++;
    expect(small).toBeGreaterThan(0);
    expect(c.ioctlInt(a, SIOCOUTQ)).toBe(0);
    let count = 0;
    while (c.write(a, '1') === 1) count++;
    expect(count).toBe(278);
  });

  it('keep a blocked sender until all is sent, and MSG_WAITALL until all is there', () => {
    const [a, b] = c.socketpair(SOCK_STREAM);
    c.setOption(a, abi.SO_SNDBUF, 1);
    const child = new SocketCaller(c.guest, c.guest.fork(c.task));
    expect(child.write(a, 'z'.repeat(40000))).toBeUndefined();
    expect(c.receive(b, 40000, abi.MSG_WAITALL)).toHaveLength(40000);
    expect(child.later).toBe(40000);
    expect(child.receive(b, 4, abi.MSG_WAITALL)).toBeUndefined();
    c.write(a, 'ab');
    expect(child.later).toBeUndefined();
    c.write(a, 'cd');
    expect(child.later).toBe(4);
  });

  it('look without taking with MSG_PEEK and give up after SO_RCVTIMEO', () => {
    const [a, b] = c.socketpair(SOCK_STREAM);
    c.write(a, 'ab');
    c.write(a, 'cd');
    expect(c.receive(b, 10, abi.MSG_PEEK)).toBe('abcd');
    expect(c.read(b)).toBe('abcd');
    expect(c.receive(b, 1, abi.MSG_DONTWAIT)).toBe(-errno.EAGAIN);
    const at = c.bytes(new Uint8Array(BigInt64Array.of(0n, 20_000n).buffer));
    c.call('setsockopt', b, abi.SOL_SOCKET, abi.SO_RCVTIMEO, at, 16);
    expect(c.read(b)).toBeUndefined();
    c.guest.advance(20e6);
    expect(c.later).toBe(-errno.EAGAIN);
    expect(c.receive(b, 1, 0)).toBeUndefined();
    c.guest.advance(20e6);
    expect(c.later).toBe(-errno.EAGAIN);
  });

  it('reset connections that nobody accepted when the listener goes', () => {
    const { listener } = c.connection();
    const client = c.socket(SOCK_STREAM);
    c.connect(client, '\0name');
    c.close(listener);
    expect(c.poll(client) & POLLHUP).toBe(POLLHUP);
    expect(c.read(client)).toBe(-errno.ECONNRESET);
    expect(c.bind(c.socket(SOCK_STREAM), '\0name')).toBe(0);
  });

  it('refuse what a stream without a connection cannot do', () => {
    const fd = c.socket(SOCK_STREAM);
    expect(c.poll(fd)).toBe(0x314);
    expect(c.read(fd)).toBe(-errno.EINVAL);
    expect(c.write(fd, 'x')).toBe(-errno.ENOTCONN);
    expect(c.call('accept', fd, 0, 0)).toBe(-errno.EINVAL);
    expect(c.call('listen', fd, 1)).toBe(-errno.EINVAL);
    expect(c.bind(fd, '')).toBe(0);
    expect(c.name('getsockname', fd)).toMatch(/^\x01\0\0[0-9a-f]{5}$/);
    expect(c.call('socket', 99, SOCK_STREAM, 0)).toBe(-errno.EAFNOSUPPORT);
    expect(c.call('socket', 1, 7, 0)).toBe(-errno.ESOCKTNOSUPPORT);
    expect(c.call('socket', 1, 1, 2)).toBe(-errno.EPROTONOSUPPORT);
    expect(c.call('shutdown', 99, 0)).toBe(-errno.EBADF);
    expect(c.call('shutdown', c.pipe()[0], 0)).toBe(-errno.ENOTSOCK);
  });
});

describe('datagram and packet sockets', () => {
  it('keep messages apart and cut off what does not fit', () => {
    const [a, b] = c.socketpair(SOCK_SEQPACKET);
    c.write(a, 'first');
    c.write(a, 'second');
    expect(c.read(b, 3)).toBe('fir');
    expect(c.receive(b, 3, abi.MSG_TRUNC | abi.MSG_PEEK)).toBe('sec');
    expect(c.later).toBe(6);
    expect(c.read(b)).toBe('second');
    c.close(a);
    expect(c.read(b)).toBe('');
    expect(c.write(b, 'x')).toBe(-errno.EPIPE);
  });

  it('send to names, queue eleven from strangers, and refuse a receiver that is gone', () => {
    const receiver = c.socket(SOCK_DGRAM);
    c.bind(receiver, '\0inbox');
    const sender = c.socket(SOCK_DGRAM | SOCK_NONBLOCK);
    let count = 0;
    while (c.sendTo(sender, 'x', '\0inbox') === 1) count++;
    expect(count).toBe(11);
    c.connect(sender, '\0inbox');
    expect(c.poll(sender)).toBe(0);
    c.read(receiver);
    expect(c.poll(sender)).toBe(0x304);
    expect(c.write(sender, 'y'.repeat(10))).toBe(10);
    c.close(receiver);
    expect(c.write(sender, 'z')).toBe(-errno.ECONNREFUSED);
    expect(c.write(sender, 'z')).toBe(-errno.ENOTCONN);
  });

  it('tell the sender’s name, and hear only their peer once connected', () => {
    const a = c.socket(SOCK_DGRAM);
    const b = c.socket(SOCK_DGRAM);
    c.bind(a, '\0a');
    c.bind(b, '\0b');
    c.sendTo(b, 'hi', '\0a');
    c.task.memory.writeI32(c.out, 110);
    expect(c.call('recvfrom', a, c.buffer, 10, 0, c.out + 8, c.out)).toBe(2);
    expect(c.task.memory.readI32(c.out)).toBe(4);
    c.connect(a, '\0a');
    expect(c.sendTo(b, 'hi', '\0a')).toBe(-errno.EPERM);
    expect(c.call('listen', a, 1)).toBe(-errno.EOPNOTSUPP);
  });
});

describe('control messages', () => {
  it('carry open files, and a file that only a message holds lives', () => {
    const [a, b] = c.socketpair(SOCK_STREAM);
    const [r, w] = c.pipe();
    expect(c.sendFiles(a, [w])).toBe(1);
    c.close(w);
    expect(c.poll(r)).toBe(0);
    const { fds } = c.receiveFiles(b) as { fds: number[] };
    expect(c.write(fds[0]!, 'through')).toBe(7);
    expect(c.read(r)).toBe('through');
    c.close(fds[0]!);
    expect(c.read(r)).toBe('');
    expect(c.sendFiles(a, [99])).toBe(-errno.EBADF);
  });

  it('close files for which the receiver has no room', () => {
    const [a, b] = c.socketpair(SOCK_STREAM);
    const [r, w] = c.pipe();
    c.sendFiles(a, [w, w]);
    c.close(w);
    const { fds, flags } = c.receiveFiles(b, 20) as { fds: number[]; flags: number };
    expect(fds).toHaveLength(1);
    expect(flags).toBe(abi.MSG_CTRUNC);
    c.close(fds[0]!);
    expect(c.read(r)).toBe('');
  });

  it('are never joined: a receive stops after a message with files', () => {
    const [a, b] = c.socketpair(SOCK_STREAM);
    c.sendFiles(a, [a]);
    c.write(a, 'more');
    expect(c.read(b)).toHaveLength(1);
    expect(c.read(b)).toBe('more');
  });

  it('give credentials with SO_PASSCRED', () => {
    const [a, b] = c.socketpair(SOCK_DGRAM);
    c.setOption(b, abi.SO_PASSCRED, 1);
    c.write(a, 'x');
    c.receiveFiles(b);
    const header = abi.Cmsghdr.decode(c.task.memory.copyIn(c.buffer, 16));
    expect(header).toEqual({ len: 28, level: abi.SOL_SOCKET, type: abi.SCM_CREDENTIALS });
    expect(c.task.memory.readI32(c.buffer + 16)).toBe(c.task.tid);
  });

  it('do not keep sockets alive that only hold one another', () => {
    const [a, b] = c.socketpair(SOCK_STREAM);
    const [r, w] = c.pipe();
    c.sendFiles(a, [a, w]);
    c.sendFiles(b, [b, w]);
    c.close(a);
    c.close(b);
    c.close(w);
    expect(c.poll(r)).toBe(0);
    const other = c.socket(SOCK_STREAM);
    c.close(other);
    expect(c.read(r)).toBe('');
    expect(c.guest.kernel.unix.sockets.size).toBe(0);
    expect(c.guest.kernel.unix.inFlight.size).toBe(0);
  });

  it('keep a socket in flight that can still be received', () => {
    const [a, b] = c.socketpair(SOCK_STREAM);
    const [x, y] = c.socketpair(SOCK_STREAM);
    c.write(x, 'kept');
    c.sendFiles(a, [y]);
    c.close(y);
    c.close(c.socket(SOCK_STREAM));
    const { fds } = c.receiveFiles(b) as { fds: number[] };
    expect(c.read(fds[0]!)).toBe('kept');
  });
});

describe('sendmmsg and recvmmsg', () => {
  it('move several messages and say how long each was', () => {
    const [a, b] = c.socketpair(SOCK_DGRAM | SOCK_NONBLOCK);
    const { memory } = c.task;
    const vector = c.out;
    const iov = c.out + 256;
    ['one', 'three'].forEach((text, i) => {
      c.bytes(text, c.buffer + i * 16);
      memory.writeU64(iov + i * 16, c.buffer + i * 16);
      memory.writeU64(iov + i * 16 + 8, text.length);
      memory.copyOut(vector + i * 64, abi.Msghdr.encode({ iov: iov + i * 16, iovlen: 1 }));
    });
    expect(c.call('sendmmsg', a, vector, 2, 0)).toBe(2);
    expect(c.call('recvmmsg', b, vector, 3, 0, 0)).toBe(2);
    expect([memory.readU32(vector + 56), memory.readU32(vector + 120)]).toEqual([3, 5]);
    expect(c.call('recvmmsg', b, vector, 2, O_NONBLOCK, 0)).toBe(-errno.EAGAIN);
  });
});
