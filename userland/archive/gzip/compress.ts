/** Writes one gzip member: bytes in at one end, compressed bytes out at the other, in constant memory. */
import { ZStream, Z_FINISH, Z_NO_FLUSH, Z_STREAM_END, zlibDeflate, zlibDeflateInit2 } from 'pako';
import { alloc } from '../../libc/memory.ts';
import { crc32 } from './crc32.ts';
import { type MemberHeader, writeHeader } from './header.ts';

const OUTPUT_BYTES = 64 * 1024;
const DEFLATED = 8;
const RAW_WINDOW_BITS = -15;
const MEMORY_LEVEL = 8;

export class Compressor {
  /** Called with compressed bytes, which are good until it returns. */
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #stream = new ZStream();
  #crc = 0;
  bytesIn = 0;
  bytesOut = 0;

  constructor(header: MemberHeader, level: number, emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
    zlibDeflateInit2(this.#stream, level, DEFLATED, RAW_WINDOW_BITS, MEMORY_LEVEL, 0);
    // Compressed straight into guest memory, from where write(2) takes it. The library only indexes it.
    this.#stream.output = alloc(OUTPUT_BYTES).bytes as unknown as Uint8Array<ArrayBuffer>;
    this.#stream.avail_out = OUTPUT_BYTES;
    this.#out(writeHeader(header, level));
  }

  write(bytes: Uint8Array): void {
    this.#crc = crc32(this.#crc, bytes);
    this.bytesIn += bytes.length;
    const stream = this.#stream;
    stream.input = bytes;
    stream.next_in = 0;
    stream.avail_in = bytes.length;
    while (stream.avail_in > 0) {
      zlibDeflate(stream, Z_NO_FLUSH);
      if (stream.avail_out === 0) this.#drain();
    }
  }

  finish(): void {
    while (zlibDeflate(this.#stream, Z_FINISH) !== Z_STREAM_END) this.#drain();
    this.#drain();
    const trailer = new Uint8Array(8);
    const view = new DataView(trailer.buffer);
    view.setUint32(0, this.#crc, true);
    view.setUint32(4, this.bytesIn % 2 ** 32, true);
    this.#out(trailer);
  }

  #drain(): void {
    const stream = this.#stream;
    this.#out(stream.output.subarray(0, stream.next_out));
    stream.next_out = 0;
    stream.avail_out = OUTPUT_BYTES;
  }
  #out(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.bytesOut += bytes.length;
    this.#emit(bytes);
  }
}
