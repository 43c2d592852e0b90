/**
 * Groups of buffers that the kernel chooses from when data is there (IOSQE_BUFFER_SELECT): given one by one
 * (IORING_OP_PROVIDE_BUFFERS), or in a ring in the program's memory (IORING_REGISTER_PBUF_RING). Linux counterpart:
 * io_uring/kbuf.c.
 */
import { EINVAL, ENOENT } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import type { UringRequest } from './request.ts';

const MAX_BUFFERS = 1 << 16;
/** struct io_uring_buf; the ring's tail is in the last bytes of the first. */
const BUF_SIZE = 16;
const TAIL_AT = 14;

export interface ProvidedBuffer {
  readonly addr: bigint;
  readonly len: number;
  readonly id: number;
}

export interface BufferGroup {
  readonly buffers: ProvidedBuffer[];
  /** A ring in memory: where, how many entries, and how many the kernel has taken. */
  readonly ring: { readonly at: number; readonly entries: number; head: number } | undefined;
}

/** Takes the next buffer of a request's group. */
export function chooseBuffer({ ring, sqe, worker }: UringRequest): ProvidedBuffer | undefined {
  const group = ring.bufferGroups.get(sqe.bufIndex);
  if (group?.ring === undefined) return group?.buffers.shift();
  const { memory } = worker!;
  const { at, entries } = group.ring;
  const tail = memory.readU32(at + TAIL_AT - 2) >>> 16;
  if (tail === (group.ring.head & 0xffff)) return undefined;
  const entry = at + (group.ring.head & (entries - 1)) * BUF_SIZE;
  const last = memory.readU32(entry + 12);
  group.ring.head++;
  return { addr: memory.readB64(entry), len: memory.readU32(entry + 8), id: last & 0xffff };
}

/** The request did not use its buffer. */
export function giveBack({ ring, sqe, buffer }: UringRequest): void {
  const group = ring.bufferGroups.get(buffer!.group);
  if (group === undefined) return;
  if (group.ring !== undefined) group.ring.head--;
  else group.buffers.unshift({ addr: sqe.addr, len: sqe.len, id: buffer!.id });
}

/** IORING_OP_PROVIDE_BUFFERS: `fd` buffers of `len` bytes from `addr` on, with numbers from `off` on. */
export function provideBuffers({ ring, sqe }: UringRequest): number {
  const count = sqe.fd;
  if (count < 1 || count > MAX_BUFFERS || sqe.len === 0) fail(EINVAL, 'io_uring: number of buffers');
  const first = Number(sqe.off);
  if (!(first + count <= MAX_BUFFERS)) fail(EINVAL, 'io_uring: numbers of buffers');
  let group = ring.bufferGroups.get(sqe.bufIndex);
  if (group?.ring !== undefined) fail(EINVAL, 'io_uring: the group is a ring');
  if (group === undefined) {
    group = { buffers: [], ring: undefined };
    ring.bufferGroups.set(sqe.bufIndex, group);
  }
  if (group.buffers.length + count > MAX_BUFFERS) fail(EINVAL, 'io_uring: too many buffers');
  for (let i = 0; i < count; i++) {
    group.buffers.push({ addr: sqe.addr + BigInt(i * sqe.len), len: sqe.len, id: first + i });
  }
  return 0;
}

/** IORING_OP_REMOVE_BUFFERS: how many were removed. */
export function removeBuffers({ ring, sqe }: UringRequest): number {
  const group = ring.bufferGroups.get(sqe.bufIndex);
  if (group === undefined) return -ENOENT;
  if (group.ring !== undefined) return -EINVAL;
  return group.buffers.splice(0, sqe.fd).length;
}
