import { expect, test } from 'vitest';
import * as errno from '../abi/errno.ts';
import * as abi from '../abi/io-uring.ts';
import { POLLIN } from '../abi/poll.ts';
import { Caller, type Result } from '../syscall/testing.ts';

type Fields = Partial<Record<'fd' | 'len' | 'opFlags' | 'flags' | 'bufIndex' | 'fileIndex', number>> & {
  off?: number | bigint;
  addr?: number | bigint;
};
const CURRENT = 0xffff_ffff_ffff_ffffn;

/** A program with an io_uring, as liburing would use it. */
class Uring extends Caller {
  readonly fd: number;
  readonly rings: number;
  readonly sqes: number;
  readonly #sq: Uint32Array;
  readonly #cq: Uint32Array;
  readonly entries: number;
  #tail = 0;

  constructor(entries = 8, guest?: Caller) {
    super(guest?.guest, guest?.task);
    this.bytes(new Uint8Array(abi.IoUringParams.size), this.out);
    this.fd = this.call('io_uring_setup', entries, this.out) as number;
    const params = abi.IoUringParams.decode(this.task.memory.copyIn(this.out, abi.IoUringParams.size));
    this.entries = params.sqEntries;
    this.#sq = new Uint32Array(params.sqOffsets.slice().buffer);
    this.#cq = new Uint32Array(params.cqOffsets.slice().buffer);
    const size = this.#sq[6]! + params.sqEntries * 4;
    this.rings = this.call('mmap', 0, size, 3, 1, this.fd, 0) as number;
    this.sqes = this.call('mmap', 0, params.sqEntries * 64, 3, 1, this.fd, abi.IORING_OFF_SQES) as number;
  }

  queue(opcode: number, userData: number, fields: Fields = {}): void {
    const { memory } = this.task;
    const index = this.#tail & (this.entries - 1);
    const { off = 0, addr = 0, ...rest } = fields;
    const sqe = { opcode, userData: BigInt(userData), off: BigInt(off), addr: BigInt(addr), ...rest };
    memory.copyOut(this.sqes + index * 64, abi.IoUringSqe.encode(sqe));
    memory.writeU32(this.rings + this.#sq[6]! + index * 4, index);
    memory.writeU32(this.rings + this.#sq[1]!, ++this.#tail);
  }
  enter(count: number, wait = 0): Result {
    return this.call('io_uring_enter', this.fd, count, wait, wait > 0 ? 1 : 0, 0, 8);
  }
  /** Queues one operation and enters. */
  do(opcode: number, userData: number, fields: Fields = {}, wait = 0): Result {
    this.queue(opcode, userData, fields);
    return this.enter(1, wait);
  }
  /** Takes all completions: user data and result of each. */
  reap(): [number, number][] {
    const { memory } = this.task;
    const found: [number, number][] = [];
    let head = memory.readU32(this.rings + this.#cq[0]!);
    const tail = memory.readU32(this.rings + this.#cq[1]!);
    for (; head !== tail; head++) {
      const at = this.rings + this.#cq[5]! + (head & (this.entries * 2 - 1)) * 16;
      const { userData, res } = abi.IoUringCqe.decode(memory.copyIn(at, 16));
      found.push([Number(userData), res]);
    }
    memory.writeU32(this.rings + this.#cq[0]!, head);
    return found;
  }
  /** What waits behind wake-ups happens. */
  settle(): void {
    this.guest.advance(0);
  }
}

test('operations that can be done are done at once, in order', () => {
  const ring = new Uring();
  const fd = ring.open('/f', 0o102, 0o644) as number;
  ring.queue(abi.IORING_OP_NOP, 1);
  ring.queue(abi.IORING_OP_WRITE, 2, { fd, addr: ring.bytes('hello'), len: 5, off: 0 });
  ring.queue(abi.IORING_OP_READ, 3, { fd, addr: ring.buffer + 100, len: 10, off: 1 });
  ring.queue(abi.IORING_OP_READ, 4, { fd: 99, len: 1 });
  ring.queue(abi.IORING_OP_FSYNC, 5, { fd });
  expect(ring.enter(5)).toBe(4); // the bad one ends the batch
  expect(ring.reap()).toEqual([[1, 0], [2, 5], [3, 4], [4, -errno.EBADF]]); // prettier-ignore
  expect(ring.enter(1, 1)).toBe(1);
  expect(ring.reap()).toEqual([[5, 0]]);
});

test('a read of an empty pipe waits, and io_uring_enter waits for it', () => {
  const ring = new Uring();
  const [r, w] = ring.pipe();
  expect(ring.do(abi.IORING_OP_READ, 7, { fd: r, addr: ring.buffer + 64, len: 10, off: CURRENT })).toBe(1);
  expect(ring.reap()).toEqual([]);
  const child = new Caller(ring.guest, ring.guest.thread(ring.task));
  expect(child.call('io_uring_enter', ring.fd, 0, 1, 1, 0, 8)).toBeUndefined();
  ring.write(w, 'late');
  expect(ring.reap()).toEqual([]);
  ring.settle();
  expect(child.later).toBe(0);
  expect(ring.reap()).toEqual([[7, 4]]);
});

test('links run one after the other and are cancelled by a failure', () => {
  const ring = new Uring();
  const [r, w] = ring.pipe();
  const link = abi.IOSQE_IO_LINK;
  ring.queue(abi.IORING_OP_READ, 1, { fd: r, addr: ring.buffer, len: 2, off: CURRENT, flags: link });
  ring.queue(abi.IORING_OP_NOP, 2);
  ring.enter(2);
  expect(ring.reap()).toEqual([]);
  ring.write(w, 'ab');
  ring.settle();
  expect(ring.reap()).toEqual([[1, 2], [2, 0]]); // prettier-ignore
  ring.queue(abi.IORING_OP_FSYNC, 3, { fd: r, flags: link });
  ring.queue(abi.IORING_OP_NOP, 4, { flags: link });
  ring.queue(abi.IORING_OP_NOP, 5);
  ring.enter(3);
  expect(ring.reap()).toEqual([[3, -errno.EINVAL], [4, -errno.ECANCELED], [5, -errno.ECANCELED]]); // prettier-ignore
});

test('timeouts end by time, by completions, and with what they limit', () => {
  const ring = new Uring();
  const [r] = ring.pipe();
  const at = ring.bytes(new Uint8Array(BigInt64Array.of(1n, 0n).buffer), ring.out);
  ring.do(abi.IORING_OP_TIMEOUT, 1, { addr: at, len: 1 });
  ring.do(abi.IORING_OP_TIMEOUT, 2, { addr: at, len: 1, off: 1 });
  ring.do(abi.IORING_OP_NOP, 3);
  expect(ring.reap()).toEqual([[3, 0], [2, 0]]); // prettier-ignore
  ring.queue(abi.IORING_OP_READ, 4, {
    fd: r,
    addr: ring.buffer,
    len: 1,
    off: CURRENT,
    flags: abi.IOSQE_IO_LINK,
  });
  ring.queue(abi.IORING_OP_LINK_TIMEOUT, 5, { addr: at, len: 1 });
  ring.enter(2);
  ring.guest.advance(1.1e9);
  const done = ring.reap();
  expect(done).toContainEqual([1, -errno.ETIME]);
  expect(done).toContainEqual([4, -errno.ECANCELED]);
  expect(done).toContainEqual([5, -errno.ETIME]);
});

test('a linked timeout that cannot be read ends its chain', () => {
  const ring = new Uring();
  const [r] = ring.pipe();
  ring.queue(abi.IORING_OP_READ, 1, {
    fd: r,
    addr: ring.buffer,
    len: 1,
    off: CURRENT,
    flags: abi.IOSQE_IO_LINK,
  });
  ring.queue(abi.IORING_OP_LINK_TIMEOUT, 2, { addr: 8, len: 1 });
  expect(ring.enter(2)).toBe(2);
  expect(ring.reap()).toEqual([[2, -errno.EFAULT], [1, -errno.ECANCELED]]); // prettier-ignore
});

test('polls and cancelling', () => {
  const ring = new Uring();
  const [r, w] = ring.pipe();
  ring.do(abi.IORING_OP_POLL_ADD, 1, { fd: r, opFlags: POLLIN });
  ring.do(abi.IORING_OP_POLL_ADD, 2, { fd: r, opFlags: POLLIN });
  ring.do(abi.IORING_OP_ASYNC_CANCEL, 3, { addr: 2 });
  expect(ring.reap()).toEqual([[2, -errno.ECANCELED], [3, 0]]); // prettier-ignore
  ring.write(w, 'x');
  ring.settle();
  expect(ring.reap()).toEqual([[1, POLLIN]]);
  ring.do(abi.IORING_OP_POLL_REMOVE, 4, { addr: 1 });
  expect(ring.reap()).toEqual([[4, -errno.ENOENT]]);
});

test('sockets wait although they are non-blocking; accept, connect and send', () => {
  const ring = new Uring();
  const server = ring.call('socket', 1, 1 | 0o4000, 0) as number;
  const address = ring.bytes('\x01\0\0name', ring.out);
  ring.call('bind', server, address, 7);
  ring.call('listen', server, 5);
  ring.do(abi.IORING_OP_ACCEPT, 1, { fd: server });
  expect(ring.reap()).toEqual([]);
  const client = ring.call('socket', 1, 1, 0) as number;
  ring.do(abi.IORING_OP_CONNECT, 2, { fd: client, addr: address, off: 7 });
  ring.settle();
  const [connected, accepted] = ring.reap();
  expect(connected).toEqual([2, 0]);
  expect(accepted![0]).toBe(1);
  ring.do(abi.IORING_OP_RECV, 3, { fd: accepted![1], addr: ring.buffer, len: 9 });
  ring.do(abi.IORING_OP_SEND, 4, { fd: client, addr: ring.text('hi'), len: 2 });
  ring.settle();
  expect(ring.reap()).toEqual([[4, 2], [3, 2]]); // prettier-ignore
});

test('registered files and buffers, chosen buffers, an eventfd', () => {
  const ring = new Uring();
  const [r, w] = ring.pipe();
  const event = ring.call('eventfd2', 0, 0o4000) as number;
  const { memory } = ring.task;
  memory.writeI32(ring.out, event);
  expect(ring.call('io_uring_register', ring.fd, abi.IORING_REGISTER_EVENTFD, ring.out, 1)).toBe(0);
  ring.bytes(new Uint8Array(Int32Array.of(-1, r).buffer), ring.out);
  expect(ring.call('io_uring_register', ring.fd, abi.IORING_REGISTER_FILES, ring.out, 2)).toBe(0);
  ring.do(abi.IORING_OP_PROVIDE_BUFFERS, 1, {
    fd: 2,
    addr: ring.buffer + 1024,
    len: 16,
    off: 5,
    bufIndex: 3,
  });
  ring.write(w, 'data');
  const flags = abi.IOSQE_FIXED_FILE | abi.IOSQE_BUFFER_SELECT;
  ring.do(abi.IORING_OP_READ, 2, { fd: 1, off: CURRENT, len: 16, flags, bufIndex: 3 });
  expect(ring.reap()).toEqual([[1, 0], [2, 4]]); // prettier-ignore
  expect(memory.readU8(ring.buffer + 1024)).toBe('d'.charCodeAt(0));
  ring.do(abi.IORING_OP_READ_FIXED, 3, { fd: r, addr: ring.buffer, len: 4, bufIndex: 0 });
  expect(ring.reap()).toEqual([[3, -errno.EFAULT]]);
  ring.read(event, 8);
  expect(memory.readU32(ring.buffer)).toBe(3);
});

test('more completions than the ring holds are kept', () => {
  const ring = new Uring(2);
  for (let i = 0; i < 10; i++) ring.do(abi.IORING_OP_NOP, i);
  const first = ring.reap();
  expect(first).toHaveLength(4);
  ring.enter(0, 1);
  expect([...first, ...ring.reap()].map(([userData]) => userData)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('a drained request waits for those before it, and the end of the ring ends all', () => {
  const ring = new Uring();
  const [r, w] = ring.pipe();
  const child = new Caller(ring.guest, ring.guest.thread(ring.task));
  ring.do(abi.IORING_OP_READ, 1, { fd: r, addr: ring.buffer, len: 2, off: CURRENT });
  ring.do(abi.IORING_OP_NOP, 2, { flags: abi.IOSQE_IO_DRAIN });
  ring.do(abi.IORING_OP_NOP, 3);
  expect(ring.reap()).toEqual([]);
  child.write(w, 'ab');
  ring.settle();
  expect(ring.reap()).toEqual([[1, 2], [2, 0], [3, 0]]); // prettier-ignore
  ring.do(abi.IORING_OP_READ, 4, { fd: r, addr: ring.buffer, len: 2, off: CURRENT });
  ring.call('munmap', ring.rings, 4096);
  ring.call('munmap', ring.sqes, 4096);
  const before = ring.guest.kernel.memory.shmemPages;
  ring.close(ring.fd);
  expect(ring.guest.kernel.memory.shmemPages).toBeLessThan(before);
  ring.write(w, 'cd');
  ring.settle();
});

test('the end of a process cancels what it submitted, even what keeps the ring itself open', () => {
  const parent = new Caller();
  const { urings } = parent.guest.kernel;
  const ring = new Uring(8, parent.fork());
  const [r] = ring.pipe();
  ring.do(abi.IORING_OP_POLL_ADD, 1, { fd: ring.fd, opFlags: 2 });
  const read = { fd: r, addr: ring.buffer, len: 1, off: CURRENT };
  ring.queue(abi.IORING_OP_READ, 2, { ...read, flags: abi.IOSQE_IO_HARDLINK });
  ring.queue(abi.IORING_OP_READ, 3, read);
  ring.enter(2);
  ring.do(abi.IORING_OP_READ, 4, { ...read, flags: abi.IOSQE_IO_DRAIN });
  expect(urings.size).toBe(1);
  ring.call('exit_group', 0);
  expect(urings.size).toBe(0);
});
