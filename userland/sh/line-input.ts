/**
 * Reads lines from a descriptor that others read too (standard input), leaving what follows the line to them: a file
 * is read in blocks and wound back; a pipe is looked at with tee(2) before it is read; anything else, byte by byte. A
 * terminal gives one line at a time anyway.
 */
import { EINTR } from '../../kernel/abi/errno.ts';
import { SYS_tee } from '../../kernel/abi/syscall-numbers.ts';
import { alloc, type Buffer } from '../libc/memory.ts';
import { SysError, native, syscallRaw } from '../libc/native.ts';
import { O_CLOEXEC } from '../libc/fcntl.ts';
import { fstat, S_ISFIFO, S_ISREG } from '../libc/stat.ts';
import { SEEK_CUR, lseek, pipe2, pread, read } from '../libc/unistd.ts';
import { makePrivate } from './descriptors.ts';

const BLOCK = 4096;
let buffer: Buffer | undefined;
/** A pipe that tee(2) copies into. */
let scratch: [number, number] | undefined;

/**
 * What was seen of a descriptor's input beyond the last line: the next line is taken from it, and the descriptor only
 * moved on. It is good as long as this process has started nobody and changed no descriptor.
 */
interface Seen {
  readonly fd: number;
  readonly kind: 'file' | 'pipe';
  readonly text: string;
  at: number;
}
let seen: Seen | undefined;

/** Somebody else may have read, or the descriptor may be another one: what was seen ahead is worth nothing. */
export function forgetInput(): void {
  seen = undefined;
}

export class LineInput {
  private readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
    buffer ??= alloc(BLOCK);
  }

  /** The next byte; '' at the end. */
  byte(): string {
    forgetInput();
    const count = read(this.fd, buffer!.bytes.subarray(0, 1));
    return count === 0 ? '' : String.fromCharCode(buffer!.bytes[0]!);
  }

  /** Bytes up to and with the delimiter; fewer are possible, '' is the end. */
  line(delimiter: string): string {
    if (seen?.fd !== this.fd || seen.at >= seen.text.length) seen = this.look();
    if (!seen) return this.byte();
    const { text, at, kind } = seen;
    const found = text.indexOf(delimiter, at);
    const end = found < 0 ? text.length : found + 1;
    seen.at = end;
    if (kind === 'file') {
      lseek(this.fd, end - at, SEEK_CUR);
      return text.slice(at, end);
    }
    if (end === at) return '';
    const count = read(this.fd, buffer!.bytes.subarray(0, end - at));
    if (count < end - at) forgetInput();
    return native().decode(buffer!.bytes, 0, count);
  }

  /** Looks at what comes without taking it; undefined when that cannot be done. */
  private look(): Seen | undefined {
    const kind = kindOf(this.fd);
    if (kind === 'file') {
      const count = pread(this.fd, buffer!.bytes, lseek(this.fd, 0, SEEK_CUR));
      return { fd: this.fd, kind, text: native().decode(buffer!.bytes, 0, count), at: 0 };
    }
    if (kind !== 'pipe') return undefined;
    if (!scratch) {
      const [reader, writer] = pipe2(O_CLOEXEC);
      scratch = [makePrivate(reader), makePrivate(writer)];
    }
    const count = syscallRaw(SYS_tee, this.fd, scratch[1], BLOCK, 0);
    if (count === -EINTR) throw new SysError(EINTR);
    if (count < 0) return undefined;
    const text = count === 0 ? '' : native().decode(buffer!.bytes, 0, read(scratch[0], buffer!.bytes));
    return { fd: this.fd, kind, text, at: 0 };
  }
}

function kindOf(fd: number): 'file' | 'pipe' | 'other' {
  const { mode } = fstat(fd);
  return S_ISREG(mode) ? 'file' : S_ISFIFO(mode) ? 'pipe' : 'other';
}
