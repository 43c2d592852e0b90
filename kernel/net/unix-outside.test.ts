/** Connections that leave the guest, with a machine of which the test plays the outside. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HostSockets, Port } from '../../host/machine.ts';
import * as errno from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { FIONREAD, SIOCOUTQ } from '../abi/ioctl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDHUP } from '../abi/poll.ts';
import * as abi from '../abi/socket.ts';
import { fail } from '../errors.ts';
import { Inode } from '../fs/inode.ts';
import { Caller, type Result } from '../syscall/testing.ts';

const PIPE_BYTES = 100_000;

/** A port of which the test is the outside. */
class FakePort implements Port {
  incoming = '';
  outgoing = '';
  isInputEnded = false;
  isOutputClosed = false;
  isReset = false;
  isOutputEnded = false;
  isInputClosed = false;
  readonly windowSize = { rows: 0, columns: 0 };

  read(into: Uint8Array): number {
    const part = this.incoming.slice(0, into.length);
    into.set(Buffer.from(part, 'latin1'));
    this.incoming = this.incoming.slice(part.length);
    return part.length;
  }
  write(from: Uint8Array): number {
    const part = from.subarray(0, this.writableBytes);
    this.outgoing += Buffer.from(part).toString('latin1');
    return part.length;
  }
  get readableBytes(): number {
    return this.incoming.length;
  }
  get writableBytes(): number {
    return PIPE_BYTES - this.outgoing.length;
  }
  endOutput(): void {
    this.isOutputEnded = true;
  }
  closeInput(): void {
    this.isInputClosed = true;
  }
}

class OutsideCaller extends Caller {
  readonly port = new FakePort();
  readonly released: number[] = [];
  /** Ports that connect to the guest. */
  readonly arriving: number[] = [];
  refusal = 0;
  readonly sockets: HostSockets = {
    connect: () => 7,
    bind: () => 5,
    listen: () => {},
    accept: () => this.arriving.shift(),
    release: number => void this.released.push(number),
  };

  constructor() {
    super();
    this.arrive(7, this.port);
    vi.spyOn(Inode.prototype, 'outsideSocket').mockReturnValue({
      sockets: this.sockets,
      connect: () => (this.refusal === 0 ? this.sockets.connect('') : fail(this.refusal, 'refused')),
      takeBound: () => 5,
    });
  }

  arrive(number: number, port: FakePort): void {
    this.guest.ports.set(number, port);
  }
  /** The outside has changed something. */
  changed(number = 7): void {
    this.guest.kernel.portFiles.get(number)?.portChanged();
  }
  socket(flags = 0): number {
    return this.call('socket', abi.AF_UNIX, abi.SOCK_STREAM | flags, 0) as number;
  }
  at(call: string, fd: number, path: string): Result {
    return this.call(call, fd, this.bytes(`\x01\0${path}`, this.out), 2 + path.length);
  }
  connection(): number {
    this.call('mknod', this.text('/s'), 0o140777, 0);
    const fd = this.socket(O_NONBLOCK);
    expect(this.at('connect', fd, '/s')).toBe(0);
    return fd;
  }
}

let c: OutsideCaller;
beforeEach(() => {
  c = new OutsideCaller();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a connection to the outside', () => {
  it('carries bytes both ways, and has what any Unix socket has', () => {
    const fd = c.connection();
    expect(c.poll(fd) & (POLLIN | POLLOUT)).toBe(POLLOUT);
    expect(c.write(fd, 'ping')).toBe(4);
    expect(c.port.outgoing).toBe('ping');
    expect(c.ioctlInt(fd, SIOCOUTQ)).toBe(0);
    c.port.incoming = 'pong';
    c.changed();
    expect(c.poll(fd) & POLLIN).toBe(POLLIN);
    expect(c.ioctlInt(fd, FIONREAD)).toBe(4);
    expect(c.call('recvfrom', fd, c.buffer, 2, abi.MSG_PEEK, 0, 0)).toBe(2);
    expect(c.read(fd)).toBe('pong');
    expect(c.read(fd)).toBe(-errno.EAGAIN);
    expect(c.at('connect', fd, '/s')).toBe(-errno.EISCONN);
  });

  it('ends each direction by itself', () => {
    const fd = c.connection();
    expect(c.call('shutdown', fd, abi.SHUT_WR)).toBe(0);
    expect(c.port).toMatchObject({ isOutputEnded: true, isInputClosed: false });
    c.port.incoming = 'last';
    c.port.isInputEnded = true;
    c.changed();
    expect(c.read(fd)).toBe('last');
    expect(c.read(fd)).toBe('');
    expect(c.poll(fd) & (POLLHUP | POLLRDHUP)).toBe(POLLHUP | POLLRDHUP);
    c.call('close', fd);
    expect(c.port.isInputClosed).toBe(true);
    expect(c.released).toEqual([5, 7]);
  });

  it('fails with EPIPE when the outside takes no more, and with ECONNRESET when it broke off', () => {
    const fd = c.connection();
    c.port.isOutputClosed = true;
    c.changed();
    expect(c.call('sendto', fd, c.bytes('x'), 1, abi.MSG_NOSIGNAL, 0, 0)).toBe(-errno.EPIPE);
    c.port.isReset = c.port.isInputEnded = true;
    c.changed();
    expect(c.read(fd)).toBe(-errno.ECONNRESET);
    expect(c.read(fd)).toBe('');
  });

  it('holds back whoever is too fast, and loses nothing when the program closes', () => {
    const fd = c.connection();
    let sent = 0;
    for (let result = 0; result >= 0; sent += Math.max(0, result))
      result = c.write(fd, 'x'.repeat(30_000)) as number;
    expect(sent).toBeGreaterThan(PIPE_BYTES);
    expect(c.poll(fd) & POLLOUT).toBe(0);
    c.call('close', fd);
    expect(c.port.isOutputEnded).toBe(false);
    let received = 0;
    for (let i = 0; i < 20; i++) {
      received += c.port.outgoing.length;
      c.port.outgoing = '';
      c.changed();
    }
    expect(received).toBe(sent);
    expect(c.port.isOutputEnded).toBe(true);
    expect(c.released).toContain(7);
    expect(c.guest.kernel.portFiles.size).toBe(0);
    expect(c.guest.kernel.buffers.used).toBe(0);
  });

  it('reads ahead no more than a receive buffer', () => {
    const fd = c.connection();
    c.port.incoming = 'y'.repeat(2_000_000);
    c.changed();
    expect(c.port.incoming.length).toBeGreaterThan(1_700_000);
    let received = 0;
    for (let text = c.read(fd, 50_000); typeof text === 'string'; text = c.read(fd, 50_000))
      received += text.length;
    expect(received).toBe(2_000_000);
  });

  it('is refused as the outside says, and waits for room in a backlog', () => {
    c.call('mknod', c.text('/s'), 0o140777, 0);
    c.refusal = errno.ECONNREFUSED;
    expect(c.at('connect', c.socket(), '/s')).toBe(-errno.ECONNREFUSED);
    c.refusal = errno.EAGAIN;
    expect(c.at('connect', c.socket(O_NONBLOCK), '/s')).toBe(-errno.EAGAIN);
    expect(c.at('connect', c.socket(), '/s')).toBeUndefined();
    c.refusal = 0;
    c.guest.advance(20e6);
    expect(c.later).toBe(0);
  });
});

describe('a listener', () => {
  it('accepts as many as its backlog from the outside, and those of the guest', () => {
    const listener = c.socket(O_NONBLOCK);
    expect(c.at('bind', listener, '/l')).toBe(0);
    expect(c.call('listen', listener, 1)).toBe(0);
    for (const number of [11, 12, 13]) {
      c.arrive(number, new FakePort());
      c.arriving.push(number);
    }
    c.changed(5);
    expect(c.arriving).toEqual([13]);
    expect(c.poll(listener) & POLLIN).toBe(POLLIN);
    const first = c.call('accept', listener, 0, 0) as number;
    expect(c.arriving).toEqual([]);
    expect(c.write(first, 'hello')).toBe(5);
    expect((c.guest.ports.get(11) as FakePort).outgoing).toBe('hello');
    c.call('accept', listener, 0, 0);
    c.call('accept', listener, 0, 0);
    expect(c.call('accept', listener, 0, 0)).toBe(-errno.EAGAIN);
    expect(c.at('connect', c.socket(), '/l')).toBe(0);
    expect(c.call('accept', listener, 0, 0)).toBeGreaterThan(0);
    c.call('close', listener);
    expect(c.released).toEqual([5]);
  });

  it('gives up those that wait when it is closed, and is none for the outside if it is no stream', () => {
    const listener = c.socket();
    c.at('bind', listener, '/l');
    c.call('listen', listener, 5);
    c.arrive(11, new FakePort());
    c.arriving.push(11);
    c.changed(5);
    c.call('close', listener);
    expect(new Set(c.released)).toEqual(new Set([5, 11]));
    c.released.length = 0;
    const datagram = c.call('socket', abi.AF_UNIX, abi.SOCK_DGRAM, 0) as number;
    expect(c.at('bind', datagram, '/d')).toBe(0);
    expect(c.released).toEqual([5]);
  });
});
