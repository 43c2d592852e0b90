/**
 * Reads gzip files: members one after the other, each checked against its CRC and length, with what GNU gzip says
 * about damage and about what follows the last member.
 */
import { ZStream, Z_BUF_ERROR, Z_NO_FLUSH, Z_OK, Z_STREAM_END, zlibInflate, zlibInflateInit2, zlibInflateReset } from 'pako'; // prettier-ignore
import { alloc } from '../../libc/memory.ts';
import { crc32 } from './crc32.ts';
import { ChecksumError, FormatError, type MemberHeader, TruncatedError, readHeader } from './header.ts';
import { type ChunkSource, Cursor } from './source.ts';

const OUTPUT_BYTES = 256 * 1024;
const RAW_WINDOW_BITS = -15;
const TRAILER_BYTES = 8;
const MAGIC = [0x1f, 0x8b] as const;

type Place = 'start' | 'data' | 'after' | 'end';

export class Decompressor implements ChunkSource {
  readonly input: Cursor;
  readonly #stream = new ZStream();
  #place: Place = 'start';
  #crc = 0;
  #memberBytes = 0;
  #members = 0;
  /** What is wrong with the member whose last bytes were just given out. */
  #damage: FormatError | undefined;
  /** Header of the first member. */
  header: MemberHeader | undefined;
  /** True when the input turned out to be followed by something that is no member. */
  hasTrailingGarbage = false;
  bytesOut = 0;
  /** Bytes of the first member that are not compressed data: header and trailer. 0 before garbage, as GNU counts. */
  headerBytes = 0;
  /** Of the last member. */
  storedCrc = 0;

  constructor(input: Cursor) {
    this.input = input;
    zlibInflateInit2(this.#stream, RAW_WINDOW_BITS);
    this.#stream.output = alloc(OUTPUT_BYTES).bytes as unknown as Uint8Array<ArrayBuffer>;
  }

  /** Reads the first header: FormatError if there is none. */
  open(): MemberHeader {
    if (this.#place === 'start') this.#beginMember();
    return this.header!;
  }

  next(): Uint8Array | undefined {
    for (;;) {
      if (this.#damage) throw this.#damage;
      if (this.#place === 'end') return undefined;
      if (this.#place === 'start' || this.#place === 'after') this.#beginMember();
      else {
        const bytes = this.#inflate();
        if (bytes.length > 0) return bytes;
      }
    }
  }

  #beginMember(): void {
    const { input } = this;
    if (this.#members > 0 && !this.#skipPadding()) {
      this.#place = 'end';
      return;
    }
    const first = input.byte();
    const second = first < 0 ? -1 : input.byte();
    if (first !== MAGIC[0] || second !== MAGIC[1]) {
      if (this.#members > 0) {
        this.hasTrailingGarbage = true;
        this.headerBytes = 0;
        this.#place = 'end';
        return;
      }
      if (second < 0) throw new TruncatedError();
      throw new FormatError('not in gzip format');
    }
    const start = input.position - 2;
    const header = readHeader(input);
    this.headerBytes = input.position - start + TRAILER_BYTES;
    this.header ??= header;
    this.#members++;
    this.#crc = 0;
    this.#memberBytes = 0;
    if (this.#members > 1) zlibInflateReset(this.#stream);
    this.#place = 'data';
  }

  /** Between members zeros are padding: of tapes. False at the end. */
  #skipPadding(): boolean {
    let byte = this.input.peek();
    while (byte === 0) {
      this.input.byte();
      byte = this.input.peek();
    }
    return byte >= 0;
  }

  #inflate(): Uint8Array {
    const { input } = this;
    const stream = this.#stream;
    const isMore = input.fill();
    stream.input = input.chunk;
    stream.next_in = input.at;
    stream.avail_in = input.chunk.length - input.at;
    stream.next_out = 0;
    stream.avail_out = OUTPUT_BYTES;
    const result = zlibInflate(stream, Z_NO_FLUSH);
    input.at = stream.next_in;
    const bytes = stream.output.subarray(0, stream.next_out);
    this.#crc = crc32(this.#crc, bytes);
    this.#memberBytes += bytes.length;
    this.bytesOut += bytes.length;
    if (result === Z_STREAM_END) this.#place = 'after';
    else if (result !== Z_OK && result !== Z_BUF_ERROR) {
      throw new FormatError('invalid compressed data--format violated');
    } else if (!isMore && bytes.length === 0) throw new TruncatedError();
    if (this.#place === 'after') this.#checkTrailer();
    return bytes;
  }

  /** The last bytes of a member are given out before its damage is told, as GNU gzip does. */
  #checkTrailer(): void {
    const [crc, length] = [this.#word(), this.#word()];
    if (crc === undefined || length === undefined) {
      this.#damage = new TruncatedError();
      return;
    }
    this.storedCrc = crc;
    const problems: string[] = [];
    if (crc !== this.#crc) problems.push('crc error');
    if (length !== this.#memberBytes % 2 ** 32) problems.push('length error');
    if (problems.length > 0) this.#damage = new ChecksumError(problems);
  }
  #word(): number | undefined {
    let word = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.input.byte();
      if (byte < 0) return undefined;
      word += byte * 2 ** (8 * i);
    }
    return word;
  }
}
