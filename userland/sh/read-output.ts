/** Reads what a command writes to a pipe, to its end. */
import { EINTR } from '../../kernel/abi/errno.ts';
import { alloc, type Buffer } from '../libc/memory.ts';
import { SysError, native } from '../libc/native.ts';
import { read } from '../libc/unistd.ts';

let buffer: Buffer | undefined;

export function readOutput(fd: number): string {
  buffer ??= alloc(65536);
  let text = '';
  for (;;) {
    const count = readRetrying(fd, buffer.bytes);
    if (count === 0) return text;
    text += native().decode(buffer.bytes, 0, count);
  }
}

/** read(2), again after signals. */
export function readRetrying(fd: number, bytes: Uint8Array): number {
  for (;;) {
    try {
      return read(fd, bytes);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== EINTR) throw error;
    }
  }
}
