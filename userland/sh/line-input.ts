/**
 * Reads lines from a descriptor that others read too (standard input), leaving what follows the line to them: a file
 * is read in blocks and wound back; a pipe is looked at with tee(2) before it is read; anything else, byte by byte. A
 * terminal gives one line at a time anyway.
 */
import { SYS_tee } from '../../kernel/abi/syscall-numbers.ts';
import { alloc, type Buffer } from '../libc/memory.ts';
import { SysError, native, syscallRaw } from '../libc/native.ts';
import { O_CLOEXEC } from '../libc/fcntl.ts';
import { fstat, S_ISFIFO, S_ISREG } from '../libc/stat.ts';
import { SEEK_CUR, lseek, pipe2, read } from '../libc/unistd.ts';
import { makePrivate } from './redirect.ts';

const BLOCK = 4096;
let buffer: Buffer | undefined;
/** A pipe that tee(2) copies into. */
let scratch: [number, number] | undefined;

export class LineInput {
  private readonly fd: number;
  private readonly kind: 'file' | 'pipe' | 'other';

  constructor(fd: number) {
    this.fd = fd;
    this.kind = kindOf(fd);
    buffer ??= alloc(BLOCK);
  }

  /** The next byte; '' at the end. */
  byte(): string {
    const count = read(this.fd, buffer!.bytes.subarray(0, 1));
    return count === 0 ? '' : String.fromCharCode(buffer!.bytes[0]!);
  }

  /** Bytes up to and with the delimiter; fewer are possible, '' is the end. */
  line(delimiter: string): string {
    const code = delimiter.charCodeAt(0);
    if (this.kind === 'file') {
      const count = read(this.fd, buffer!.bytes);
      const length = lengthOfLine(count, code);
      if (length < count) lseek(this.fd, length - count, SEEK_CUR);
      return native().decode(buffer!.bytes, 0, length);
    }
    if (this.kind === 'pipe') {
      const seen = this.peek();
      if (seen !== undefined) {
        const length = lengthOfLine(seen, code);
        const count = read(this.fd, buffer!.bytes.subarray(0, Math.max(1, length)));
        return native().decode(buffer!.bytes, 0, count);
      }
    }
    return this.byte();
  }

  /** Copies what a pipe holds into the buffer without taking it; undefined when that cannot be done. */
  private peek(): number | undefined {
    if (!scratch) {
      const [reader, writer] = pipe2(O_CLOEXEC);
      scratch = [makePrivate(reader), makePrivate(writer)];
    }
    const count = syscallRaw(SYS_tee, this.fd, scratch[1], BLOCK, 0);
    if (count < 0) return undefined;
    if (count === 0) return 0;
    return read(scratch[0], buffer!.bytes);
  }
}

function lengthOfLine(count: number, code: number): number {
  const at = buffer!.bytes.subarray(0, count).indexOf(code);
  return at < 0 ? count : at + 1;
}

function kindOf(fd: number): 'file' | 'pipe' | 'other' {
  try {
    const { mode } = fstat(fd);
    return S_ISREG(mode) ? 'file' : S_ISFIFO(mode) ? 'pipe' : 'other';
  } catch (error) {
    if (error instanceof SysError) return 'other';
    throw error;
  }
}
