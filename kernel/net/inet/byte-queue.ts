/**
 * ByteQueue: bytes on their way to a stream socket, in the pieces in which they were sent. Linux counterpart: the
 * sk_receive_queue of a TCP socket. The pieces lie in host memory and are paid for out of the kernel's buffer budget.
 */
import type { BufferBudget } from '../../mm/buffer-budget.ts';
import type { IoBuffer } from '../../mm/io-buffer.ts';

/** What a piece costs besides its bytes: many small writes fill a queue too. */
const OVERHEAD = 256;
const MAX_PIECE = 65536;

export class ByteQueue {
  readonly #budget: BufferBudget;
  #pieces: Uint8Array[] = [];
  /** Bytes of the first piece that were taken. */
  #offset = 0;
  /** Bytes that ever came in, and went out: positions in the stream. */
  written = 0;
  taken = 0;
  /** Bytes and overhead that are charged. */
  cost = 0;

  constructor(budget: BufferBudget) {
    this.#budget = budget;
  }

  get length(): number {
    return this.written - this.taken;
  }

  /** Takes bytes from `data` as long as the queue costs less than `capacity`; how many. */
  fill(data: IoBuffer, capacity: number): number {
    let done = 0;
    while (data.remaining > 0 && this.cost < capacity) {
      const room = Math.max(1, capacity - this.cost - OVERHEAD);
      const size = Math.min(data.remaining, room, MAX_PIECE);
      if (!this.#budget.take(size + OVERHEAD)) break;
      const piece = new Uint8Array(size);
      const taken = data.take(piece);
      if (taken < size) this.#budget.give(size - taken);
      if (taken === 0) {
        this.#budget.give(OVERHEAD);
        break;
      }
      this.#pieces.push(taken < size ? piece.slice(0, taken) : piece);
      this.cost += taken + OVERHEAD;
      this.written += taken;
      done += taken;
    }
    return done;
  }

  /** Copies bytes out without taking them. */
  peek(into: IoBuffer, limit: number): number {
    let left = Math.min(limit, this.length);
    let done = 0;
    let offset = this.#offset;
    for (const piece of this.#pieces) {
      if (left === 0 || into.remaining === 0) break;
      const put = into.put(piece.subarray(offset, offset + left));
      done += put;
      left -= put;
      offset = 0;
    }
    return done;
  }

  take(into: IoBuffer, limit: number): number {
    const count = this.peek(into, limit);
    this.drop(count);
    return count;
  }

  /** Takes bytes that nobody looks at. */
  drop(count: number): void {
    this.taken += count;
    let left = count;
    while (left > 0) {
      const piece = this.#pieces[0]!;
      const rest = piece.length - this.#offset;
      if (left < rest) {
        this.#offset += left;
        return;
      }
      left -= rest;
      this.#pieces.shift();
      this.#offset = 0;
      this.cost -= piece.length + OVERHEAD;
      this.#budget.give(piece.length + OVERHEAD);
    }
  }

  clear(): void {
    this.drop(this.length);
  }
}
