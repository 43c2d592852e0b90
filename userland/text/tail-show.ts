/** The end of a file: read backwards where the file can seek, else kept while reading through. */
import { alloc, free } from '../libc/memory.ts';
import { SysError } from '../libc/native.ts';
import { fstat, S_ISREG } from '../libc/stat.ts';
import { stdout } from '../libc/stdio.ts';
import { lseek, pread, read, SEEK_CUR, SEEK_END, SEEK_SET } from '../libc/unistd.ts';

export interface Amount {
  readonly unit: 'lines' | 'bytes';
  readonly count: number;
  /** Everything from number `count` on. */
  readonly isFromStart: boolean;
}

const BLOCK = 131072;

export function show(fd: number, amount: Amount, delimiter: number): void {
  if (amount.isFromStart) fromStart(fd, amount, delimiter);
  else if (amount.count === 0) toEnd(fd);
  else {
    const at = seekable(fd);
    if (at === undefined) lastOfStream(fd, amount, delimiter);
    else lastOfFile(fd, at, amount, delimiter);
  }
}

/** Where a regular file stands; undefined for anything else. */
function seekable(fd: number): number | undefined {
  try {
    return S_ISREG(fstat(fd).mode) ? lseek(fd, 0, SEEK_CUR) : undefined;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return undefined;
  }
}

function toEnd(fd: number): void {
  if (seekable(fd) !== undefined) lseek(fd, 0, SEEK_END);
  else copy(fd, () => 0);
}

/** Copies the rest to standard output; `start` says where each chunk begins to count. */
function copy(fd: number, start: (bytes: Uint8Array) => number): void {
  const buffer = alloc(BLOCK);
  for (;;) {
    const count = read(fd, buffer.bytes);
    if (count === 0) break;
    const bytes = buffer.bytes.subarray(0, count);
    stdout.write(bytes.subarray(start(bytes)));
  }
  free(buffer);
}

function fromStart(fd: number, amount: Amount, delimiter: number): void {
  let rest = Math.max(0, amount.count - 1);
  copy(fd, bytes => {
    if (rest === 0) return 0;
    if (amount.unit === 'bytes') {
      const skipped = Math.min(rest, bytes.length);
      rest -= skipped;
      return skipped;
    }
    let at = 0;
    while (rest > 0) {
      const next = bytes.indexOf(delimiter, at);
      if (next < 0) return bytes.length;
      at = next + 1;
      rest--;
    }
    return at;
  });
}

function lastOfFile(fd: number, start: number, amount: Amount, delimiter: number): void {
  const end = lseek(fd, 0, SEEK_END);
  let from = Math.max(start, end - amount.count);
  if (amount.unit === 'lines') from = lineStart(fd, start, end, amount.count, delimiter);
  lseek(fd, Math.min(from, Math.max(end, start)), SEEK_SET);
  copy(fd, () => 0);
}

/** Where the last `count` lines begin. */
function lineStart(fd: number, start: number, end: number, count: number, delimiter: number): number {
  const buffer = alloc(BLOCK);
  let rest = count;
  let isLastByte = true;
  try {
    for (let high = end; high > start;) {
      const low = Math.max(start, high - BLOCK);
      const got = pread(fd, buffer.bytes.subarray(0, high - low), low);
      let at = got;
      // The delimiter that ends the last line starts no further one.
      if (isLastByte && got > 0 && buffer.bytes[got - 1] === delimiter) at--;
      isLastByte = false;
      while (at > 0) {
        const found = buffer.bytes.lastIndexOf(delimiter, at - 1);
        if (found < 0) break;
        if (--rest === 0) return low + found + 1;
        at = found;
      }
      high = low;
    }
    return start;
  } finally {
    free(buffer);
  }
}

/** Keeps as many chunks of a stream as the end can need. */
function lastOfStream(fd: number, amount: Amount, delimiter: number): void {
  const buffer = alloc(BLOCK);
  const held: { bytes: Uint8Array; size: number }[] = [];
  let total = 0;
  for (;;) {
    const count = read(fd, buffer.bytes);
    if (count === 0) break;
    const bytes = buffer.bytes.slice(0, count);
    const size = amount.unit === 'bytes' ? count : countOf(bytes, delimiter);
    held.push({ bytes, size });
    total += size;
    // One line more than asked for: the last may lack its delimiter.
    while (held.length > 1 && total - held[0]!.size > amount.count) total -= held.shift()!.size;
  }
  free(buffer);
  const last = held.at(-1)?.bytes.at(-1);
  if (amount.unit === 'lines' && last !== undefined && last !== delimiter) total++;
  let skip = Math.max(0, total - amount.count);
  for (const { bytes } of held) {
    let at = 0;
    if (amount.unit === 'bytes') {
      at = Math.min(skip, bytes.length);
      skip -= at;
    } else {
      while (skip > 0) {
        const next = bytes.indexOf(delimiter, at);
        if (next < 0) {
          at = bytes.length;
          break;
        }
        at = next + 1;
        skip--;
      }
    }
    stdout.write(bytes.subarray(at));
  }
}

function countOf(bytes: Uint8Array, delimiter: number): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === delimiter) count++;
  return count;
}
