/**
 * Reads an archive as a stream: header blocks with what GNU and pax put before them, then the member's content, which
 * the caller takes or skips. Memory is constant; what is damaged is said in GNU's words.
 */
import { fromBytes } from '../../../kernel/abi/byte-string.ts';
import { Cursor, type ChunkSource } from '../gzip/source.ts';
import { type Entry, TYPE, isWithoutData } from './entry.ts';
import { BLOCK, decodeHeader, isZeroBlock } from './header.ts';
import { type Attributes, applyAttributes, parseRecords } from './pax.ts';
import { quote } from './quote.ts';
import { error, fatal, warn } from './report.ts';
import { readGnuMap, readPaxMap } from './sparse.ts';

/** The longest name or attribute record that is believed. */
const MAX_RECORD = 16 * 1024 * 1024;

export class ArchiveReader {
  readonly #input: Cursor;
  readonly #scratch = new Uint8Array(BLOCK);
  readonly #ignoresZeros: boolean;
  readonly #globals: Attributes = new Map();
  #blocks = 0;
  #isFirst = true;
  #isSkipping = false;
  /** Less than a block was left. */
  #isEnded = false;
  /** Content of the present member that nobody has taken, and its padding. */
  #left = 0;
  #padding = 0;
  /** Where the end-of-archive blocks begin; for -r and -u. */
  endOffset = 0;
  /** The file is not empty and does not begin as an archive does. */
  isForeign = false;

  constructor(source: ChunkSource, ignoresZeros = false) {
    this.#input = new Cursor(source);
    this.#ignoresZeros = ignoresZeros;
  }

  /** The next member, or undefined at the end. What was left of the one before is skipped. */
  next(): Entry | undefined {
    this.skip();
    let longName: string | undefined;
    let longLink: string | undefined;
    let attributes: Attributes = this.#globals;
    for (;;) {
      const block = this.#headerBlock();
      if (!block) return undefined;
      const entry = decodeHeader(block);
      if (!entry) {
        this.#damaged();
        continue;
      }
      this.#isFirst = false;
      this.#isSkipping = false;
      if (entry.type === TYPE.longName) longName = this.#recordText(entry).replace(/\0.*$/s, '');
      else if (entry.type === TYPE.longLink) longLink = this.#recordText(entry).replace(/\0.*$/s, '');
      else if (entry.type === TYPE.pax || entry.type === TYPE.solarisPax) {
        attributes = new Map(this.#globals);
        this.#attributes(this.#recordText(entry), attributes);
      } else if (entry.type === TYPE.paxGlobal) {
        this.#attributes(this.#recordText(entry), this.#globals);
      } else {
        if (longName !== undefined) entry.name = longName;
        if (longLink !== undefined) entry.linkName = longLink;
        this.#begin(entry, attributes, block);
        return entry;
      }
    }
  }

  #begin(entry: Entry, attributes: Attributes, block: Uint8Array): void {
    const isDirectory = entry.type === TYPE.directory;
    if (attributes.size > 0) {
      for (const key of applyAttributes(entry, attributes)) {
        warn(`Ignoring unknown extended header keyword '${quote(key)}'`);
      }
    }
    const stored =
      isWithoutData(entry.type) || (isDirectory && entry.storedSize === 0) ? 0 : entry.storedSize;
    if (isWithoutData(entry.type)) entry.size = 0;
    this.#left = stored;
    this.#padding = (BLOCK - (stored % BLOCK)) % BLOCK;
    if (entry.type === TYPE.gnuSparse) {
      entry.extents = readGnuMap(block, () => this.#needBlock());
    } else if (attributes.has('GNU.sparse.major') || attributes.has('GNU.sparse.map')) {
      readPaxMap(entry, attributes, () => {
        this.#left -= BLOCK;
        return this.#needBlock();
      });
    }
  }

  /** Gives the content to `use` in pieces that are good until the next one. */
  data(use: (bytes: Uint8Array) => void): void {
    while (this.#left > 0) {
      if (!this.#input.fill()) {
        // Once for the member, once more for the archive when its rest is passed over.
        error('Unexpected EOF in archive');
        return;
      }
      const bytes = this.take(this.#left);
      use(bytes);
    }
  }
  /** Up to `length` bytes of the content. */
  take(length: number): Uint8Array {
    const input = this.#input;
    if (!input.fill()) return fatal('Unexpected EOF in archive');
    const count = Math.min(length, this.#left, input.chunk.length - input.at);
    const bytes = input.chunk.subarray(input.at, input.at + count);
    input.at += count;
    this.#left -= count;
    return bytes;
  }
  /** How much of the content is left. */
  get left(): number {
    return this.#left;
  }

  /** Passes over what is left of the present member. */
  skip(): void {
    let rest = this.#left + this.#padding;
    this.#left = 0;
    this.#padding = 0;
    const input = this.#input;
    while (rest > 0) {
      if (!input.fill()) fatal('Unexpected EOF in archive');
      const count = Math.min(rest, input.chunk.length - input.at);
      input.at += count;
      rest -= count;
    }
  }

  /** A whole block, a view of the chunk if it lies in one; undefined if less than a block is left. */
  #block(): Uint8Array | undefined {
    const input = this.#input;
    if (!input.fill()) return undefined;
    this.#blocks = Math.floor(input.position / BLOCK);
    if (input.chunk.length - input.at >= BLOCK) {
      input.at += BLOCK;
      return input.chunk.subarray(input.at - BLOCK, input.at);
    }
    for (let i = 0; i < BLOCK; i++) {
      const byte = input.byte();
      if (byte < 0) return undefined;
      this.#scratch[i] = byte;
    }
    return this.#scratch;
  }
  #needBlock(): Uint8Array {
    return this.#block() ?? fatal('Unexpected EOF in archive');
  }

  /** The next block that is not the end of the archive. */
  #headerBlock(): Uint8Array | undefined {
    for (;;) {
      this.endOffset = this.#input.position;
      const block = this.#block();
      if (!block) {
        this.#isEnded = true;
        if (this.#isFirst && this.endOffset === 0) this.#damaged();
        return undefined;
      }
      if (!isZeroBlock(block)) return block;
      this.#isFirst = false;
      if (this.#ignoresZeros) continue;
      const number = this.#blocks;
      const second = this.#block();
      if (second && !isZeroBlock(second)) warn(`A lone zero block at ${number + 1}`);
      else if (!second) warn(`A lone zero block at ${number + 1}`);
      this.#drain();
      return undefined;
    }
  }

  /** Reads to the end, so that a program that writes the archive to us is not cut off within its last record. */
  #drain(): void {
    const input = this.#input;
    const record = 20 * BLOCK;
    const rest = (record - (input.position % record)) % record;
    for (let i = 0; i < rest && input.fill();) {
      const count = Math.min(rest - i, input.chunk.length - input.at);
      input.at += count;
      i += count;
    }
  }

  #damaged(): void {
    if (this.#isFirst) {
      this.isForeign = this.#input.received > 0;
      error('This does not look like a tar archive');
      this.#isFirst = false;
    }
    if (!this.#isSkipping && !this.#isEnded) error('Skipping to next header');
    this.#isSkipping = true;
  }

  #recordText(entry: Entry): string {
    if (entry.storedSize > MAX_RECORD || entry.storedSize < 0) fatal('Malformed extended header: too long');
    this.#left = entry.storedSize;
    this.#padding = (BLOCK - (entry.storedSize % BLOCK)) % BLOCK;
    let text = '';
    this.data(bytes => (text += fromBytes(bytes)));
    this.skip();
    return text;
  }
  #attributes(text: string, into: Attributes): void {
    if (!parseRecords(text, into)) error('Malformed extended header');
  }
}
