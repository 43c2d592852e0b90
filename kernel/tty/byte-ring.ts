/**
 * ByteRing: a bounded queue of bytes between the two sides of a pty. Memory is taken when the first byte comes.
 */
import type { IoBuffer } from '../mm/io-buffer.ts';

export class ByteRing {
  readonly capacity: number;
  #ring: Uint8Array | undefined;
  #start = 0;
  length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get room(): number {
    return this.capacity - this.length;
  }

  /** Adds bytes, as many as fit; returns how many. */
  push(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room);
    if (count === 0) return 0;
    const ring = (this.#ring ??= new Uint8Array(this.capacity));
    const at = (this.#start + this.length) % this.capacity;
    const first = Math.min(count, this.capacity - at);
    ring.set(bytes.subarray(0, first), at);
    if (first < count) ring.set(bytes.subarray(first, count), 0);
    this.length += count;
    return count;
  }

  /** The first contiguous bytes, a view; follow with `consume`. */
  peek(): Uint8Array {
    if (this.#ring === undefined) return EMPTY;
    return this.#ring.subarray(this.#start, this.#start + Math.min(this.length, this.capacity - this.#start));
  }

  consume(count: number): void {
    this.#start = (this.#start + count) % this.capacity;
    this.length -= count;
    if (this.length === 0) this.#start = 0;
  }

  /** Moves bytes to a reader's buffer; returns how many. */
  read(into: IoBuffer): number {
    let done = 0;
    while (this.length > 0 && into.remaining > 0) {
      const count = into.put(this.peek());
      this.consume(count);
      done += count;
    }
    return done;
  }

  /** Drops all bytes after the first `keep`. */
  truncate(keep: number): void {
    this.length = Math.min(this.length, keep);
    if (this.length === 0) this.#start = 0;
  }
}

const EMPTY = new Uint8Array(0);
