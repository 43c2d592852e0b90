/** What less shows: a file or a pipe, read as far as it is needed. */
import { O_RDONLY } from '../../libc/fcntl.ts';
import { type Buffer, alloc, free } from '../../libc/memory.ts';
import { SysError, native } from '../../libc/native.ts';
import { S_ISDIR, S_ISREG, fstat } from '../../libc/stat.ts';
import { close, open, read } from '../../libc/unistd.ts';

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

/** Opens a file, or says why not. */
export function openSource(name: string): LineSource | string {
  if (name === '-') return new LineSource('', 0, undefined);
  try {
    const fd = open(name, O_RDONLY);
    const { mode, size } = fstat(fd);
    if (S_ISDIR(mode)) {
      close(fd);
      return `${name} is a directory`;
    }
    return new LineSource(name, fd, S_ISREG(mode) ? size : undefined);
  } catch (error) {
    if (error instanceof SysError) return `${name}: ${error.message}`;
    throw error;
  }
}
