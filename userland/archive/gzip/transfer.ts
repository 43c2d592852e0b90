/** One stream through gzip: what is common to files and standard input. */
import { writeAll } from '../../libc/unistd.ts';
import { Compressor } from './compress.ts';
import { Decompressor } from './decompress.ts';
import type { MemberHeader } from './header.ts';
import { Cursor, FdSource } from './source.ts';

let fdSource: FdSource | undefined;

/** The program reads one input at a time, through one buffer. */
function sourceOf(fd: number): FdSource {
  if (fdSource?.fd !== fd) fdSource = new FdSource(fd);
  return fdSource;
}
export function cursorOn(fd: number): Cursor {
  return new Cursor(sourceOf(fd));
}

export interface Totals {
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes of header and trailer, which gzip leaves out of its ratio. */
  readonly headerBytes: number;
}

export function compress(from: number, to: number, header: MemberHeader, level: number): Totals {
  const compressor = new Compressor(header, level, bytes => writeAll(to, bytes));
  const source = sourceOf(from);
  for (let chunk = source.next(); chunk; chunk = source.next()) compressor.write(chunk);
  compressor.finish();
  const headerBytes = 10 + (header.name === '' ? 0 : header.name.length + 1) + 8;
  return { bytesIn: compressor.bytesIn, bytesOut: compressor.bytesOut, headerBytes };
}

/** Writes out what is compressed; `to` undefined: only checks. */
export function decompress(input: Decompressor, to: number | undefined): Totals {
  for (let chunk = input.next(); chunk; chunk = input.next()) if (to !== undefined) writeAll(to, chunk);
  return {
    bytesIn: input.input.received,
    bytesOut: input.bytesOut,
    headerBytes: input.headerBytes,
  };
}

const MAGIC = [0x1f, 0x8b];

/** What begins without the magic bytes, for `zcat -f`: copied as it is. False if it is compressed. */
export function copyIfPlain(input: Cursor, to: number): boolean {
  if (!input.fill()) return true;
  const isPlain = MAGIC.some((byte, i) => {
    const found = input.chunk[input.at + i];
    return found !== byte;
  });
  if (!isPlain) return false;
  while (input.fill()) {
    writeAll(to, input.chunk.subarray(input.at));
    input.at = input.chunk.length;
  }
  return true;
}
