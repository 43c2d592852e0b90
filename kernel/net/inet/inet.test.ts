import { expect, test } from 'vitest';
import { fromBytes } from '../../abi/byte-string.ts';
import * as errno from '../../abi/errno.ts';
import { IPPROTO_TCP, TCP_NODELAY } from '../../abi/inet.ts';
import { viewOf } from '../../abi/layout.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP } from '../../abi/poll.ts';
import {
  AF_INET,
  AF_INET6,
  MSG_OOB,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from '../../abi/socket.ts';
import { Caller, type Result } from '../../syscall/testing.ts';
import { ANY4, ANY6, LOOPBACK4, LOOPBACK6, formatEndpoint } from './address.ts';

const AT = 0x3000 + 0x10000;
const LENGTH_AT = AT + 128;

class Net extends Caller {
  socket(type: number, family = AF_INET): number {
    return this.call('socket', family, type, 0) as number;
  }
  #address(ip: string, port: number, family: number): [number, number] {
    const bytes = formatEndpoint({ ip, port }, family);
    return [this.bytes(bytes, AT), bytes.length];
  }
  bind(fd: number, ip = LOOPBACK4, port = 0, family = AF_INET): Result {
    return this.call('bind', fd, ...this.#address(ip, port, family));
  }
  connect(fd: number, port: number, ip = LOOPBACK4, family = AF_INET): Result {
    return this.call('connect', fd, ...this.#address(ip, port, family));
  }
  port(fd: number): number {
    this.task.memory.writeI32(LENGTH_AT, 128);
    this.call('getsockname', fd, AT, LENGTH_AT);
    return viewOf(this.task.memory.copyIn(AT, 4)).getUint16(2);
  }
  listener(backlog = 5): { server: number; port: number } {
    const server = this.socket(SOCK_STREAM);
    this.bind(server);
    this.call('listen', server, backlog);
    return { server, port: this.port(server) };
  }
  connection(): { client: number; server: number; listener: number } {
    const { server: listener, port } = this.listener();
    const client = this.socket(SOCK_STREAM);
    this.connect(client, port);
    return { client, server: this.call('accept', listener, 0, 0) as number, listener };
  }
  error(fd: number): number {
    this.task.memory.writeI32(LENGTH_AT, 4);
    this.call('getsockopt', fd, 1, 4, AT, LENGTH_AT);
    return this.task.memory.readI32(AT);
  }
  sendTo(fd: number, text: string, port: number): Result {
    const [at, length] = this.#address(LOOPBACK4, port, AF_INET);
    return this.call('sendto', fd, this.bytes(text), text.length, 0, at, length);
  }
}

test('a connection carries bytes both ways and ends with a FIN', () => {
  const net = new Net();
  const { client, server } = net.connection();
  expect(net.write(client, 'ping')).toBe(4);
  expect(net.read(server)).toBe('ping');
  net.write(server, 'pong');
  expect(net.poll(client) & (POLLIN | POLLOUT | POLLHUP)).toBe(POLLIN | POLLOUT);
  expect(net.read(client)).toBe('pong');
  expect(net.call('shutdown', client, SHUT_WR)).toBe(0);
  expect(net.poll(server) & POLLRDHUP).toBe(POLLRDHUP);
  expect(net.read(server)).toBe('');
  expect(net.write(server, 'rest')).toBe(4);
  net.close(server);
  expect(net.read(client)).toBe('rest');
  expect(net.read(client)).toBe('');
});

test('connecting to a port where nobody listens is refused, later if it does not wait', () => {
  const net = new Net();
  expect(net.connect(net.socket(SOCK_STREAM), 9)).toBe(-errno.ECONNREFUSED);
  const fd = net.socket(SOCK_STREAM | SOCK_NONBLOCK);
  expect(net.connect(fd, 9)).toBe(-errno.EINPROGRESS);
  expect(net.poll(fd) & (POLLERR | POLLHUP)).toBe(POLLERR | POLLHUP);
  expect(net.error(fd)).toBe(errno.ECONNREFUSED);
  const { port } = net.listener();
  const other = net.socket(SOCK_STREAM | SOCK_NONBLOCK);
  expect(net.connect(other, port)).toBe(-errno.EINPROGRESS);
  expect(net.poll(other) & POLLOUT).toBe(POLLOUT);
  expect([net.error(other), net.connect(other, port), net.connect(other, port)]).toEqual([
    0,
    0,
    -errno.EISCONN,
  ]);
});

test('a client waits for room in the backlog', () => {
  const net = new Net();
  const { server, port } = net.listener(0);
  expect(net.connect(net.socket(SOCK_STREAM), port)).toBe(0);
  const child = new Net(net.guest, net.guest.fork(net.task));
  expect(child.connect(child.socket(SOCK_STREAM), port)).toBeUndefined();
  expect(net.call('accept', server, 0, 0)).toBeGreaterThan(0);
  expect(child.later).toBe(0);
});

test('writing to a closed peer first succeeds, then breaks the pipe', () => {
  const net = new Net();
  net.call('rt_sigaction', 13, net.bytes(new Uint8Array(32).fill(0), net.out), 0, 8);
  const { client, server } = net.connection();
  net.close(server);
  expect(net.call('sendto', client, net.bytes('x'), 1, 0x4000, 0, 0)).toBe(1);
  expect(net.call('sendto', client, net.bytes('x'), 1, 0x4000, 0, 0)).toBe(-errno.EPIPE);
  expect(net.read(client)).toBe('');
});

test('closing with unread bytes resets the connection', () => {
  const net = new Net();
  const { client, server } = net.connection();
  net.write(client, 'never read');
  net.close(server);
  expect(net.read(client)).toBe(-errno.ECONNRESET);
  expect(net.read(client)).toBe('');
});

test('a full connection blocks its writer until the reader reads', () => {
  const net = new Net();
  const { client, server } = net.connection();
  const child = new Net(net.guest, net.guest.fork(net.task));
  const size = 0xc000;
  let written = 0;
  for (let n = 0; n < 100 && child.later !== undefined; n++) {
    if (child.call('write', client, child.buffer, size) === undefined) break;
    written += size;
  }
  expect(written).toBeGreaterThan(200_000);
  let taken = 0;
  while (child.later === undefined && taken < 3e6) taken += (net.read(server) as string).length;
  expect(child.later).toBe(size);
});

test('addresses in use, privileged ports and foreign addresses are refused', () => {
  const net = new Net();
  const { port } = net.listener();
  const fd = net.socket(SOCK_STREAM);
  expect(net.bind(fd, ANY4, port)).toBe(-errno.EADDRINUSE);
  expect(net.bind(fd, '\x0a\0\0\x01', 0)).toBe(-errno.EADDRNOTAVAIL);
  expect(net.connect(fd, 80, '\x08\x08\x08\x08')).toBe(-errno.ENETUNREACH);
  net.task.memory.writeI32(AT, 1);
  expect(net.call('setsockopt', fd, IPPROTO_TCP, TCP_NODELAY, AT, 4)).toBe(0);
  net.call('setuid', 1000);
  expect(net.bind(fd, LOOPBACK4, 80)).toBe(-errno.EACCES);
});

test('a socket on :: hears IPv4 too, unless another has that port', () => {
  const net = new Net();
  const six = net.socket(SOCK_STREAM, AF_INET6);
  expect(net.bind(six, ANY6, 0, AF_INET6)).toBe(0);
  net.call('listen', six, 1);
  const port = net.port(six);
  const four = net.socket(SOCK_STREAM);
  expect(net.bind(four, LOOPBACK4, port)).toBe(-errno.EADDRINUSE);
  expect(net.connect(net.socket(SOCK_STREAM), port)).toBe(0);
  const v6 = net.socket(SOCK_STREAM, AF_INET6);
  expect(net.connect(v6, port, LOOPBACK6, AF_INET6)).toBe(0);
  net.task.memory.writeI32(LENGTH_AT, 128);
  expect(net.call('accept', six, AT, LENGTH_AT)).toBeGreaterThan(0);
  const mapped = net.task.memory.copyIn(AT + 8, 16);
  expect([...mapped.subarray(10)]).toEqual([255, 255, 127, 0, 0, 1]);
});

test('urgent data is one byte out of turn', () => {
  const net = new Net();
  const { client, server } = net.connection();
  net.write(client, 'ab');
  expect(net.call('sendto', client, net.bytes('!'), 1, MSG_OOB, 0, 0)).toBe(1);
  net.write(client, 'cd');
  expect(net.call('recvfrom', server, net.buffer, 10, MSG_OOB, 0, 0)).toBe(1);
  expect(fromBytes(net.task.memory.copyIn(net.buffer, 1))).toBe('!');
  expect([net.read(server), net.read(server)]).toEqual(['ab', 'cd']);
});

test('datagrams arrive whole, with their senders, and a port without a socket is refused', () => {
  const net = new Net();
  const [a, b] = [net.socket(SOCK_DGRAM), net.socket(SOCK_DGRAM)];
  net.bind(a);
  expect(net.sendTo(b, 'first', net.port(a))).toBe(5);
  expect(net.sendTo(b, 'second', net.port(a))).toBe(6);
  net.task.memory.writeI32(LENGTH_AT, 128);
  expect(net.call('recvfrom', a, net.buffer, 3, 0, AT, LENGTH_AT)).toBe(3);
  expect(viewOf(net.task.memory.copyIn(AT, 4)).getUint16(2)).toBe(net.port(b));
  expect(net.read(a)).toBe('second');
  const closed = net.port(a);
  net.close(a);
  expect(net.sendTo(b, 'lost', closed)).toBe(4);
  expect(net.connect(b, closed)).toBe(0);
  expect(net.write(b, 'refused')).toBe(7);
  expect(net.write(b, 'x')).toBe(-errno.ECONNREFUSED);
});

test('netlink tells of the loopback interface', () => {
  const net = new Net();
  const fd = net.call('socket', 16, 3, 0) as number;
  const request = new Uint8Array(17);
  const view = viewOf(request);
  view.setUint32(0, 17, true);
  view.setUint16(4, 22, true);
  view.setUint16(6, 0x301, true);
  view.setUint32(8, 77, true);
  expect(net.call('sendto', fd, net.bytes(request), 17, 0, 0, 0)).toBe(17);
  const length = net.call('recvfrom', fd, net.buffer, 8192, 0, 0, 0) as number;
  const answer = viewOf(net.task.memory.copyIn(net.buffer, length));
  expect([answer.getUint16(4, true), answer.getUint32(8, true), answer.getUint8(16)]).toEqual([
    20,
    77,
    AF_INET,
  ]);
  net.call('recvfrom', fd, net.buffer, 8192, 0, 0, 0);
  expect(viewOf(net.task.memory.copyIn(net.buffer, 20)).getUint16(4, true)).toBe(3);
});
