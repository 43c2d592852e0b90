/** Moving bytes between descriptors with one buffer in guest memory, without copies in the program. */
import { type Buffer, alloc, free } from '../../libc/memory.ts';
import { close, open, read, writeAll } from '../../libc/unistd.ts';
import { O_RDONLY } from '../../../kernel/abi/fcntl.ts';
import { warn } from '../../libc/stdlib.ts';
import { reason } from './errors.ts';
import { quotef } from './quote.ts';

export const BUFFER_SIZE = 256 * 1024;

let shared: Buffer | undefined;

/** The program's big buffer; made at first use, never freed. */
export function ioBuffer(): Buffer {
  shared ??= alloc(BUFFER_SIZE);
  return shared;
}

/** Copies until the end of input; gives each chunk to `see` on the way. Returns the number of bytes. */
export function copyStream(from: number, to: number): number {
  const { bytes } = ioBuffer();
  let total = 0;
  for (;;) {
    const n = read(from, bytes);
    if (n === 0) return total;
    writeAll(to, bytes.subarray(0, n));
    total += n;
  }
}

/** Chunks of a descriptor. A chunk is valid until the next one. */
export function* chunks(fd: number): Generator<Uint8Array> {
  const { bytes } = ioBuffer();
  for (;;) {
    const n = read(fd, bytes);
    if (n === 0) return;
    yield bytes.subarray(0, n);
  }
}

/**
 * Opens each operand («-» and no operand at all: standard input), runs `use`, closes it. A system error is reported
 * as «name: file: reason». Returns the exit status.
 */
export function eachInput(operands: readonly string[], use: (fd: number, name: string) => void): number {
  let status = 0;
  for (const name of operands.length > 0 ? operands : ['-']) {
    let fd = 0;
    try {
      if (name !== '-') fd = open(name, O_RDONLY);
      try {
        use(fd, name);
      } finally {
        if (fd !== 0) close(fd);
      }
    } catch (error) {
      warn(`${name === '-' ? '-' : quotef(name)}: ${reason(error)}`);
      status = 1;
    }
  }
  return status;
}

/** A buffer of its own that lives while `use` runs. */
export function withLargeBuffer<T>(length: number, use: (buffer: Buffer) => T): T {
  const buffer = alloc(length);
  try {
    return use(buffer);
  } finally {
    free(buffer);
  }
}
