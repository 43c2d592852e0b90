/** Bytes in, chunk by chunk, with a cursor: what the decompressor and the archive reader pull from. */
import { alloc } from '../../libc/memory.ts';
import { read } from '../../libc/unistd.ts';

const CHUNK = 128 * 1024;

export interface ChunkSource {
  /** The next bytes, good until the next call; undefined at the end. */
  next(): Uint8Array | undefined;
}

/** A descriptor as chunks. One buffer in guest memory, so that what is read can be written without a copy. */
export class FdSource implements ChunkSource {
  readonly fd: number;
  readonly #bytes: Uint8Array;

  constructor(fd: number, length = CHUNK) {
    this.fd = fd;
    this.#bytes = alloc(length).bytes;
  }
  next(): Uint8Array | undefined {
    const count = read(this.fd, this.#bytes);
    return count === 0 ? undefined : this.#bytes.subarray(0, count);
  }
}

/** A cursor over chunks: single bytes, and whatever is there now. */
export class Cursor {
  readonly source: ChunkSource;
  chunk: Uint8Array = new Uint8Array(0);
  at = 0;
  /** Bytes of the chunks before this one. */
  #before = 0;

  constructor(source: ChunkSource) {
    this.source = source;
  }
  /** How many bytes have been taken. */
  get position(): number {
    return this.#before + this.at;
  }
  /** How many bytes have been read. */
  get received(): number {
    return this.#before + this.chunk.length;
  }
  /** True if there is at least one more byte; reads if it must. */
  fill(): boolean {
    while (this.at >= this.chunk.length) {
      const chunk = this.source.next();
      this.#before += this.at;
      this.at = 0;
      this.chunk = chunk ?? new Uint8Array(0);
      if (!chunk) return false;
    }
    return true;
  }
  /** The next byte, or -1 at the end. */
  byte(): number {
    return this.fill() ? this.chunk[this.at++]! : -1;
  }
  /** The next byte without taking it, or -1. */
  peek(): number {
    return this.fill() ? this.chunk[this.at]! : -1;
  }
}
