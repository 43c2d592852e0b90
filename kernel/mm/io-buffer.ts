/**
 * The source or destination of a transfer: a list of byte ranges, consumed from the front. Linux counterpart:
 * iov_iter. Built from guest memory by AddressSpace.buffer (the ranges are then views of guest frames, checked and
 * faulted in), from the iovecs of readv(2), or from kernel bytes.
 *
 * read(2) hands a file an IoBuffer to `put` into, write(2) one to `take` from. A file that can move bytes without a
 * copy of its own uses `next` and `advance`.
 */

import { clearBytes } from './physical-memory.ts';

/** Where the rest of a long buffer comes from, when the transfer gets there. */
export interface MoreSegments {
  /** The next ranges, at least one byte; none: the memory behind the rest is bad, and the buffer ends here. */
  more(): Uint8Array[];
}

export class IoBuffer {
  #segments: Uint8Array[];
  /** Set while the segments do not cover all of `remaining`. */
  readonly #source: MoreSegments | undefined;
  #index = 0;
  #offset = 0;
  /** Bytes still to be transferred. */
  remaining: number;
  /** Bytes transferred so far. */
  transferred = 0;

  /** With a source, `length` bytes are promised, of which the segments are the beginning. */
  constructor(segments: Uint8Array[], source?: MoreSegments, length?: number) {
    this.#segments = segments;
    this.#source = source;
    if (length !== undefined) {
      this.remaining = length;
      return;
    }
    let total = 0;
    for (const segment of segments) total += segment.length;
    this.remaining = total;
  }

  static of(bytes: Uint8Array): IoBuffer {
    return new IoBuffer([bytes]);
  }

  /**
   * The next contiguous range, at most `max` bytes. Follow with `advance`. Empty when nothing remains, which may also
   * be found out here: guest memory behind a long buffer is faulted in when its turn comes, and if it is bad, the
   * buffer ends (`remaining` becomes 0).
   */
  next(max: number = Infinity): Uint8Array {
    if (this.remaining === 0) return EMPTY;
    while (this.#index < this.#segments.length || this.#refill()) {
      const segment = this.#segments[this.#index]!;
      if (this.#offset < segment.length) {
        const end = Math.min(segment.length, this.#offset + max, this.#offset + this.remaining);
        return this.#offset === 0 && end === segment.length ? segment : segment.subarray(this.#offset, end);
      }
      this.#index++;
      this.#offset = 0;
    }
    return EMPTY;
  }

  #refill(): boolean {
    if (this.#source !== undefined) {
      this.#segments = this.#source.more();
      this.#index = 0;
      this.#offset = 0;
      if (this.#segments.length > 0) return true;
    }
    this.remaining = 0;
    return false;
  }

  /** Marks bytes as transferred; `count` may span ranges that `next` has shown. */
  advance(count: number): void {
    this.remaining -= count;
    this.transferred += count;
    while (count > 0) {
      const left = this.#segments[this.#index]!.length - this.#offset;
      if (count < left) {
        this.#offset += count;
        return;
      }
      count -= left;
      this.#index++;
      this.#offset = 0;
    }
  }

  /** Copies from a file's bytes into the buffer; returns how many bytes fitted. */
  put(source: Uint8Array): number {
    let done = 0;
    while (done < source.length && this.remaining > 0) {
      const to = this.next(source.length - done);
      if (to.length === 0) break;
      to.set(to.length === source.length ? source : source.subarray(done, done + to.length));
      this.advance(to.length);
      done += to.length;
    }
    return done;
  }

  /** Copies from the buffer into a file's bytes; returns how many bytes there were. */
  take(target: Uint8Array): number {
    let done = 0;
    while (done < target.length && this.remaining > 0) {
      const from = this.next(target.length - done);
      if (from.length === 0) break;
      target.set(from, done);
      this.advance(from.length);
      done += from.length;
    }
    return done;
  }

  /** Puts zeros; returns how many. */
  putZeros(count: number): number {
    let done = 0;
    while (done < count && this.remaining > 0) {
      const to = this.next(count - done);
      if (to.length === 0) break;
      clearBytes(to, 0, to.length);
      this.advance(to.length);
      done += to.length;
    }
    return done;
  }

  /** Cuts the buffer so that at most `count` bytes remain. */
  truncate(count: number): void {
    if (count < this.remaining) this.remaining = count;
  }

  /** The remaining bytes, at most `max`, as one private copy; consumes them. A guest chooses the size: bound it. */
  takeAll(max: number = Infinity): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.min(this.remaining, max));
    const taken = this.take(bytes);
    return taken === bytes.length ? bytes : bytes.slice(0, taken);
  }
}

const EMPTY = new Uint8Array(0);
