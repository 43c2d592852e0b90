/** Reads a cpio archive as a stream. */
import { fromBytes } from '../../../kernel/abi/byte-string.ts';
import { type ChunkSource, Cursor } from '../gzip/source.ts';
import { type CpioFormat, type CpioHeader, HEADER_BYTES, MAGIC_BYTES, TRAILER, alignmentOf, decode, formatOf } from './format.ts'; // prettier-ignore

const MAX_NAME = 64 * 1024;

/** The archive is damaged; the message is GNU cpio's. */
export class CpioError extends Error {}

export class CpioReader {
  readonly #input: Cursor;
  #left = 0;
  #padding = 0;
  format: CpioFormat = 'newc';

  constructor(source: ChunkSource) {
    this.#input = new Cursor(source);
  }
  get position(): number {
    return this.#input.position;
  }

  #bytes(count: number): string {
    const parts: string[] = [];
    for (let left = count; left > 0;) {
      const bytes = this.#some(left);
      parts.push(fromBytes(bytes));
      left -= bytes.length;
    }
    return parts.join('');
  }
  #some(limit: number): Uint8Array {
    const input = this.#input;
    if (!input.fill()) throw new CpioError('premature end of archive');
    const count = Math.min(limit, input.chunk.length - input.at);
    input.at += count;
    return input.chunk.subarray(input.at - count, input.at);
  }
  #skip(count: number): void {
    for (let left = count; left > 0;) left -= this.#some(left).length;
  }

  /** The next member; undefined at the end. */
  next(): CpioHeader | undefined {
    this.#skip(this.#left + this.#padding);
    this.#left = this.#padding = 0;
    const format = formatOf(this.#bytes(MAGIC_BYTES));
    if (!format) throw new CpioError('not a cpio archive');
    this.format = format;
    const found = decode(this.#bytes(HEADER_BYTES[format]), format);
    if (!found || found.nameBytes < 1 || found.nameBytes > MAX_NAME) throw new CpioError('malformed header');
    const name = this.#bytes(found.nameBytes).replace(/\0.*$/s, '');
    const align = alignmentOf(format);
    const pad = (size: number): number => (align - (size % align)) % align;
    this.#skip(pad(MAGIC_BYTES + HEADER_BYTES[format] + found.nameBytes));
    if (name === TRAILER) return undefined;
    this.#left = found.header.size;
    this.#padding = pad(found.header.size);
    return { ...found.header, name };
  }

  data(use: (bytes: Uint8Array) => void): void {
    while (this.#left > 0) {
      const bytes = this.#some(this.#left);
      this.#left -= bytes.length;
      use(bytes);
    }
  }
  /** The whole content: of a symbolic link. */
  text(): string {
    let text = '';
    this.data(bytes => (text += fromBytes(bytes)));
    return text;
  }
}
