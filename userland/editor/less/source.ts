/** What less shows: a file or a pipe, read as far as it is needed. */
import { type Buffer, alloc, free } from '../../libc/memory.ts';
import { native } from '../../libc/native.ts';
import { close, read } from '../../libc/unistd.ts';

const CHUNK_BYTES = 65536;

export class LineSource {
  readonly name: string;
  readonly fd: number;
  /** Lines read so far, without newlines; the last one may still grow while `isEnded` is false. */
  readonly lines: string[] = [];
  isEnded = false;
  bytesRead = 0;
  /** Size of a regular file; undefined for pipes. */
  readonly size: number | undefined;
  private rest = '';
  private hasRest = false;
  private buffer: Buffer | undefined;

  constructor(name: string, fd: number, size: number | undefined) {
    this.name = name;
    this.fd = fd;
    this.size = size;
  }

  /** Reads one piece; false at the end. */
  readMore(): boolean {
    this.buffer ??= alloc(CHUNK_BYTES);
    const count = read(this.fd, this.buffer.bytes);
    if (count === 0) {
      this.isEnded = true;
      return false;
    }
    this.isEnded = false;
    this.bytesRead += count;
    this.add(native().decode(this.buffer.bytes, 0, count));
    return true;
  }

  /** Cuts text into lines. */
  add(text: string): void {
    if (this.hasRest) this.lines.pop();
    const pieces = (this.rest + text).split('\n');
    this.rest = pieces.pop()!;
    for (const piece of pieces) this.lines.push(piece);
    this.hasRest = this.rest !== '';
    if (this.hasRest) this.lines.push(this.rest);
  }

  close(): void {
    if (this.buffer) free(this.buffer);
    this.buffer = undefined;
    close(this.fd);
  }
}
