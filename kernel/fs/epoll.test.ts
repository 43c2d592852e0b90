import { describe, expect, it } from 'vitest';
import * as abi from '../abi/epoll.ts';
import { EBADF, ECANCELED, EEXIST, EINTR, EINVAL, ELOOP, ENOENT, EPERM } from '../abi/errno.ts';
import { O_CREAT, O_NONBLOCK, O_RDWR } from '../abi/fcntl.ts';
import { POLLIN, POLLNVAL } from '../abi/poll.ts';
import { SIGUSR1, signalBit } from '../abi/signal.ts';
import { sendSignal } from '../task/signals.ts';
import { setHandler } from '../task/testing.ts';
import { Caller, type Result } from '../syscall/testing.ts';

const MS = 1e6;

class Epoll extends Caller {
  readonly fd: number = this.call('epoll_create1', 0) as number;

  control(operation: number, fd: number, events = 0, data = fd, epoll = this.fd): Result {
    this.task.memory.copyOut(this.out, abi.EpollEvent.encode({ events, data: BigInt(data) }));
    return this.call('epoll_ctl', epoll, operation, fd, this.out);
  }
  add(fd: number, events: number, epoll = this.fd): Result {
    return this.control(abi.EPOLL_CTL_ADD, fd, events, fd, epoll);
  }
  /** [data, events] of what epoll_wait gives. */
  wait(max = 10, timeoutMs = 0, epoll = this.fd): [number, number][] | Result {
    return this.#events(this.call('epoll_wait', epoll, this.buffer, max, timeoutMs));
  }
  #events(count: Result): [number, number][] | Result {
    if (typeof count !== 'number' || count < 0) return count;
    const { size } = abi.EpollEvent;
    return Array.from({ length: count }, (_, i) => {
      const event = abi.EpollEvent.decode(this.task.memory.copyIn(this.buffer + i * size, size));
      return [Number(event.data), event.events];
    });
  }
}

describe('epoll', () => {
  it('reports a level as long as it holds, and an edge once', () => {
    const c = new Epoll();
    const [r, w] = c.pipe();
    const [r2, w2] = c.pipe();
    c.add(r, abi.EPOLLIN);
    c.add(r2, abi.EPOLLIN | abi.EPOLLET);
    expect(c.wait()).toEqual([]);
    c.write(w, 'x');
    c.write(w2, 'x');
    expect(c.wait()).toEqual([
      [r, abi.EPOLLIN],
      [r2, abi.EPOLLIN],
    ]);
    expect(c.wait()).toEqual([[r, abi.EPOLLIN]]);
    c.write(w2, 'y');
    expect(c.wait()).toEqual([
      [r, abi.EPOLLIN],
      [r2, abi.EPOLLIN],
    ]);
    c.read(r);
    expect(c.wait()).toEqual([]);
  });

  it('disables an item with EPOLLONESHOT until it is modified', () => {
    const c = new Epoll();
    const [r, w] = c.pipe();
    c.add(r, abi.EPOLLIN | abi.EPOLLONESHOT);
    c.write(w, 'x');
    expect(c.wait()).toHaveLength(1);
    c.write(w, 'y');
    expect(c.wait()).toEqual([]);
    c.control(abi.EPOLL_CTL_MOD, r, abi.EPOLLIN);
    expect(c.wait()).toHaveLength(1);
  });

  it('takes turns among ready items when fewer are asked for', () => {
    const c = new Epoll();
    const ends = [c.pipe(), c.pipe(), c.pipe()];
    for (const [r, w] of ends) {
      c.add(r, abi.EPOLLIN);
      c.write(w, 'x');
    }
    const seen = [c.wait(1), c.wait(1), c.wait(1)].map(events => (events as [number, number][])[0]![0]);
    expect(new Set(seen).size).toBe(3);
  });

  it('sleeps until an event, a timeout, or a signal', () => {
    const c = new Epoll();
    const [r, w] = c.pipe();
    c.add(r, abi.EPOLLIN);
    const child = c.fork();
    child.call('epoll_wait', c.fd, child.buffer, 10, 50);
    expect(child.later).toBeUndefined();
    c.guest.advance(50 * MS);
    expect(child.later).toBe(0);
    child.call('epoll_wait', c.fd, child.buffer, 10, -1);
    c.write(w, 'x');
    expect(child.later).toBe(1);
    c.read(r);
    setHandler(c.guest, child.task, SIGUSR1, 7);
    child.call('epoll_wait', c.fd, child.buffer, 10, -1);
    sendSignal(child.task, SIGUSR1);
    c.guest.pump();
    expect(child.task.signalFrames[0]!.result).toBe(-EINTR);
  });

  it('forgets a file when its last descriptor is closed', () => {
    const c = new Epoll();
    const [r, w] = c.pipe();
    c.add(r, abi.EPOLLIN);
    c.write(w, 'x');
    const copy = c.call('dup', r) as number;
    c.close(r);
    expect(c.wait()).toEqual([[r, abi.EPOLLIN]]);
    c.close(copy);
    expect(c.wait()).toEqual([]);
  });

  it('watches another epoll, but no circle and no chain that is too long', () => {
    const c = new Epoll();
    const outer = c.call('epoll_create1', 0) as number;
    const [r, w] = c.pipe();
    c.add(r, abi.EPOLLIN);
    expect(c.add(c.fd, abi.EPOLLIN, outer)).toBe(0);
    expect(c.wait(10, 0, outer)).toEqual([]);
    c.write(w, 'x');
    expect(c.wait(10, 0, outer)).toEqual([[c.fd, abi.EPOLLIN]]);
    expect(c.add(outer, abi.EPOLLIN)).toBe(-ELOOP);
    expect(c.add(c.fd, abi.EPOLLIN)).toBe(-EINVAL);
  });

  it('refuses what cannot be watched and what is there already or not', () => {
    const c = new Epoll();
    const [r] = c.pipe();
    const file = c.open('/file', O_RDWR | O_CREAT, 0o600) as number;
    expect(c.add(file, abi.EPOLLIN)).toBe(-EPERM);
    expect(c.control(abi.EPOLL_CTL_MOD, r, 1)).toBe(-ENOENT);
    expect(c.control(abi.EPOLL_CTL_DEL, r)).toBe(-ENOENT);
    expect(c.add(r, abi.EPOLLIN)).toBe(0);
    expect(c.add(r, abi.EPOLLIN)).toBe(-EEXIST);
    expect(c.add(99, abi.EPOLLIN)).toBe(-EBADF);
    expect(c.control(9, r)).toBe(-EINVAL);
    expect(c.wait(0)).toBe(-EINVAL);
    expect(c.add(r, abi.EPOLLIN, r)).toBe(-EINVAL);
    expect(c.control(abi.EPOLL_CTL_MOD, r, abi.EPOLLEXCLUSIVE | abi.EPOLLIN)).toBe(-EINVAL);
  });
});

describe('poll and select', () => {
  it('writes revents and leaves fd and events alone', () => {
    const c = new Caller();
    const [r, w] = c.pipe();
    c.write(w, 'x');
    const at = c.bytes(new Uint8Array(Int32Array.of(r, 1, 77, 1, -1, 0xffff0001).buffer));
    expect(c.call('poll', at, 3, -1)).toBe(2);
    const words = [...new Int32Array(c.task.memory.copyIn(at, 24).buffer)];
    expect(words).toEqual([r, 1 | (POLLIN << 16), 77, 1 | (POLLNVAL << 16), -1, 1]);
  });

  it('goes on with its remaining time after a stop, and is EINTR after a handler', () => {
    const c = new Caller();
    const [r] = c.pipe();
    const child = c.fork();
    const at = child.bytes(new Uint8Array(Int32Array.of(r, 1).buffer));
    child.call('poll', at, 1, 100);
    c.guest.advance(60 * MS);
    sendSignal(child.task.group, 19);
    c.guest.pump();
    sendSignal(child.task.group, 18);
    c.guest.pump();
    expect(child.later).toBeUndefined();
    c.guest.advance(40 * MS);
    expect(child.later).toBe(0);
    setHandler(c.guest, child.task, SIGUSR1, 7, 0x10000000);
    child.call('poll', at, 1, 100);
    sendSignal(child.task, SIGUSR1);
    c.guest.pump();
    expect(child.task.signalFrames[0]!.result).toBe(-EINTR);
    expect(child.task.signalFrames[0]!.isRestarting).toBe(false);
  });

  it('holds the mask of ppoll for the call alone', () => {
    const c = new Caller();
    const [r] = c.pipe();
    const child = c.fork();
    setHandler(c.guest, child.task, SIGUSR1, 7);
    child.task.memory.writeB64(child.out, signalBit(SIGUSR1));
    child.call('rt_sigprocmask', 0, child.out, 0, 8);
    sendSignal(child.task, SIGUSR1);
    child.task.memory.writeB64(child.out, 0n);
    const at = child.bytes(new Uint8Array(Int32Array.of(r, 1).buffer));
    expect(child.call('ppoll', at, 1, 0, child.out, 8)).toBe('handler');
    expect(child.task.signalFrames[0]!.result).toBe(-EINTR);
    child.call('rt_sigreturn');
    expect(child.task.blocked).toBe(signalBit(SIGUSR1));
  });

  it('writes the remaining time of select back and counts each set', () => {
    const c = new Caller();
    const [r, w] = c.pipe();
    c.write(w, 'x');
    const set = c.bytes(Uint8Array.of((1 << r) | (1 << w), 0, 0, 0, 0, 0, 0, 0));
    const other = c.bytes(Uint8Array.of(1 << w, 0, 0, 0, 0, 0, 0, 0), set + 8);
    const time = c.bytes(new Uint8Array(BigInt64Array.of(2n, 0n).buffer), set + 16);
    expect(c.call('select', 8, set, other, 0, time)).toBe(2);
    expect(c.task.memory.readU8(set)).toBe(1 << r);
    expect(c.task.memory.readU8(other)).toBe(1 << w);
    expect(c.task.memory.readU64(time)).toBe(2);
    c.bytes(Uint8Array.of(0x80), set);
    expect(c.call('select', 8, set, 0, 0, 0)).toBe(-EBADF);
    c.read(r);
    c.bytes(Uint8Array.of(1 << r), set);
    c.call('select', 8, set, 0, 0, time);
    c.guest.advance(2000 * MS);
    expect(c.later).toBe(0);
    expect(c.task.memory.readU64(time)).toBe(0);
    expect(c.task.memory.readU8(set)).toBe(0);
  });
});

describe('eventfd, timerfd and signalfd', () => {
  it('count as eventfd(2) says', () => {
    const c = new Caller();
    const fd = c.call('eventfd2', 3, O_NONBLOCK) as number;
    expect(c.read(fd)).toBe('\x03\0\0\0\0\0\0\0');
    expect(c.read(fd)).toBe(-11);
    expect(c.write(fd, '\xff\xff\xff\xff\xff\xff\xff\xff')).toBe(-EINVAL);
    expect(c.write(fd, '\x02\0\0\0\0\0\0\0')).toBe(8);
    expect(c.write(fd, '\x01')).toBe(-EINVAL);
    const semaphore = c.call('eventfd2', 2, 1) as number;
    expect(c.read(semaphore)).toBe('\x01\0\0\0\0\0\0\0');
    expect(c.read(semaphore)).toBe('\x01\0\0\0\0\0\0\0');
    expect(c.read(semaphore)).toBeUndefined();
  });

  it('expire once, or again and again, and count what nobody read', () => {
    const c = new Caller();
    const fd = c.call('timerfd_create', 1, O_NONBLOCK) as number;
    const setting = (...words: bigint[]): number => c.bytes(new Uint8Array(BigInt64Array.from(words).buffer));
    expect(c.call('timerfd_settime', fd, 0, setting(0n, 10_000_000n, 0n, 5_000_000n), 0)).toBe(0);
    expect(c.read(fd)).toBe(-11);
    c.guest.advance(4 * MS);
    expect(c.poll(fd)).toBe(0);
    c.guest.advance(1 * MS);
    expect(c.poll(fd)).toBe(POLLIN);
    c.guest.advance(25 * MS);
    expect(c.read(fd)).toBe('\x03\0\0\0\0\0\0\0');
    c.call('timerfd_gettime', fd, c.out);
    expect(c.task.memory.readU64(c.out + 24)).toBe(5_000_000);
    c.guest.advance(5 * MS);
    expect(c.read(fd)).toBe('\x01\0\0\0\0\0\0\0');
    expect(c.call('timerfd_settime', fd, 4, setting(0n, 0n, 1n, 0n), 0)).toBe(-EINVAL);
  });

  it('tells that the clock was set with TFD_TIMER_CANCEL_ON_SET', () => {
    const c = new Caller();
    const fd = c.call('timerfd_create', 0, O_NONBLOCK) as number;
    const at = c.bytes(new Uint8Array(BigInt64Array.of(0n, 0n, 4_000_000_000n, 0n).buffer));
    c.call('timerfd_settime', fd, 3, at, 0);
    expect(c.read(fd)).toBe(-11);
    c.guest.kernel.time.setRealtime({ sec: 1_800_000_000, nsec: 0 });
    expect(c.poll(fd)).toBe(POLLIN);
    expect(c.read(fd)).toBe(-ECANCELED);
    expect(c.read(fd)).toBe(-11);
  });

  it('give signals that are blocked to a reader', () => {
    const c = new Caller();
    const child = c.fork();
    child.task.memory.writeB64(child.out, signalBit(SIGUSR1));
    child.call('rt_sigprocmask', 0, child.out, 0, 8);
    const fd = child.call('signalfd4', -1, child.out, 8, 0) as number;
    expect(child.read(fd)).toBeUndefined();
    c.call('kill', child.task.tid, SIGUSR1);
    const info = child.readLater() as string;
    expect(info.length).toBe(128);
    expect(info.charCodeAt(0)).toBe(SIGUSR1);
    expect(info.charCodeAt(12)).toBe(c.task.tid);
  });
});
