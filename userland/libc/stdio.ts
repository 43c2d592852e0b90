/**
 * Buffered output and line input: stdio.h for byte strings. A Writer collects into a buffer in guest memory, so that
 * what a program writes is copied once by it and once by the kernel.
 */
import { EAGAIN } from '../../kernel/abi/errno.ts';
import { type Buffer, alloc, free } from './memory.ts';
import { SysError, native } from './native.ts';
import { isatty, read, write } from './unistd.ts';

const WRITER_BYTES = 65536;
/** Bytes that a reader asks for at once. */
export const READ_BYTES = 131072;

export type Buffering = 'full' | 'line' | 'none';

export class Writer {
  readonly fd: number;
  #buffer: Buffer | undefined;
  #used = 0;
  #buffering: Buffering | undefined;

  /** Without `buffering`: by line on a terminal, else full. */
  constructor(fd: number, buffering?: Buffering) {
    this.fd = fd;
    this.#buffering = buffering;
  }

  setBuffering(buffering: Buffering): void {
    this.flush();
    this.#buffering = buffering;
  }

  /** Bytes that wait for a flush. */
  get pendingBytes(): number {
    return this.#used;
  }

  write(data: string | Uint8Array): void {
    if (data.length === 0) return;
    const buffer = (this.#buffer ??= alloc(WRITER_BYTES));
    this.#buffering ??= isatty(this.fd) ? 'line' : 'full';
    if (this.#used + data.length <= WRITER_BYTES) {
      this.#append(buffer, data, 0, data.length);
    } else {
      for (let done = 0; done < data.length;) {
        if (this.#used === WRITER_BYTES) this.flush();
        const count = Math.min(WRITER_BYTES - this.#used, data.length - done);
        this.#append(buffer, data, done, done + count);
        done += count;
      }
    }
    if (this.#buffering === 'full') return;
    if (this.#buffering === 'none' || includesNewline(data)) this.flush();
  }

  /** Writes out what was collected. A failure (EPIPE, ENOSPC) drops it and is thrown. */
  flush(): void {
    const end = this.#used;
    this.#used = 0;
    for (let done = 0; done < end;) {
      done += write(this.fd, this.#buffer!.bytes.subarray(done, end));
    }
  }

  /** Forgets what was collected: for the child of a vfork. */
  discard(): void {
    this.#used = 0;
  }

  #append(buffer: Buffer, data: string | Uint8Array, from: number, to: number): void {
    const isWhole = from === 0 && to === data.length;
    if (typeof data === 'string')
      native().encode(isWhole ? data : data.slice(from, to), buffer.bytes, this.#used);
    else buffer.bytes.set(isWhole ? data : data.subarray(from, to), this.#used);
    this.#used += to - from;
  }
}

function includesNewline(data: string | Uint8Array): boolean {
  return typeof data === 'string' ? data.includes('\n') : data.includes(10);
}

export const stdout = new Writer(1);
export const stderr = new Writer(2, 'none');

/** Writes out what is collected; stderr is unbuffered, so that this is stdout. */
export function flushAll(): void {
  stdout.flush();
}

/** Reads records that end with a delimiter. Use `next` until it gives undefined. */
export class LineReader {
  readonly fd: number;
  readonly #delimiter: string;
  readonly #buffer: Buffer;
  #text = '';
  #at = 0;
  #isEnded = false;
  /** Whether the last record ended with the delimiter; false only for a last line without newline. */
  hadDelimiter = false;

  constructor(fd: number, options: { delimiter?: string; bufferBytes?: number } = {}) {
    this.fd = fd;
    this.#delimiter = options.delimiter ?? '\n';
    this.#buffer = alloc(options.bufferBytes ?? READ_BYTES);
  }

  /** The next record without its delimiter, or undefined at the end. */
  next(): string | undefined {
    let pieces: string[] | undefined;
    for (;;) {
      const end = this.#text.indexOf(this.#delimiter, this.#at);
      if (end >= 0) {
        const line = this.#text.slice(this.#at, end);
        this.#at = end + 1;
        this.hadDelimiter = true;
        if (!pieces) return line;
        pieces.push(line);
        return pieces.join('');
      }
      if (this.#at < this.#text.length) (pieces ??= []).push(this.#text.slice(this.#at));
      this.#text = '';
      this.#at = 0;
      if (this.#isEnded || !this.#fill()) {
        this.hadDelimiter = false;
        return pieces?.join('');
      }
    }
  }

  /** What is buffered and not yet given out; takes it. */
  takeBuffered(): string {
    const rest = this.#text.slice(this.#at);
    this.#text = '';
    this.#at = 0;
    return rest;
  }

  #fill(): boolean {
    const count = read(this.fd, this.#buffer.bytes);
    if (count === 0) {
      this.#isEnded = true;
      return false;
    }
    this.#text = native().decode(this.#buffer.bytes, 0, count);
    return true;
  }
}

/** Everything up to the end of a file, as bytes. */
export function readAll(fd: number): Uint8Array<ArrayBuffer> {
  const buffer = alloc(READ_BYTES);
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const count = read(fd, buffer.bytes);
    if (count === 0) break;
    chunks.push(buffer.bytes.slice(0, count));
    total += count;
  }
  free(buffer);
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Everything up to the end of a file, as a byte string. */
export function readText(fd: number): string {
  const bytes = readAll(fd);
  return native().decode(bytes, 0, bytes.length);
}

/** True for the error of a non-blocking descriptor that has nothing now. */
export function isWouldBlock(error: unknown): boolean {
  return error instanceof SysError && error.errno === EAGAIN;
}
