/** Small files of proc and the like, read as a whole; what is not there, or went away meanwhile, is undefined. */
import { O_RDONLY } from '../../../kernel/abi/fcntl.ts';
import { type Buffer, alloc } from '../../libc/memory.ts';
import { SysError, native } from '../../libc/native.ts';
import { close, open, read, readlink } from '../../libc/unistd.ts';

/** The value of `action`, or undefined after a failed system call. */
export function unlessFailed<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

/** One buffer for all reads: top and watch read thousands of small files. */
let scratch: Buffer | undefined;
const SCRATCH_BYTES = 16384;

export function readFile(path: string): string {
  const buffer = (scratch ??= alloc(SCRATCH_BYTES));
  const fd = open(path, O_RDONLY);
  try {
    let text = '';
    for (;;) {
      const count = read(fd, buffer.bytes);
      if (count === 0) return text;
      text += native().decode(buffer.bytes, 0, count);
    }
  } finally {
    close(fd);
  }
}
export function tryReadFile(path: string): string | undefined {
  return unlessFailed(() => readFile(path));
}
export function tryReadlink(path: string): string | undefined {
  return unlessFailed(() => readlink(path));
}

/** `Name: value` lines, as /proc/meminfo and /proc/PID/status have them. */
export function parseFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}
