/**
 * Reading and writing of outer files. Bytes that lie in guest memory which libc knows (an `alloc`ed buffer, the inner
 * guest's RAM) move without a copy; others go through libc's bounce buffer, piece by piece, and the pieces are one
 * transfer to the caller: a short count means the end of the file, as it does on a file that Node reads.
 */
import { pread, pwrite, read, write } from '../../userland/libc/unistd.ts';
import { attempt } from './host-error.ts';

/** Where in the file; null: at the descriptor's own offset. */
type Position = number | bigint | null | undefined;

/** fs.readSync(fd, buffer, offset, length, position). */
export function readSync(
  descriptor: number,
  into: Uint8Array,
  offset = 0,
  length = into.length - offset,
  position: Position = null,
): number {
  return inPieces('read', into, offset, length, position, (piece, at) =>
    at === undefined ? read(descriptor, piece) : pread(descriptor, piece, at),
  );
}

/** fs.writeSync(fd, buffer, offset, length, position). */
export function writeSync(
  descriptor: number,
  from: Uint8Array,
  offset = 0,
  length = from.length - offset,
  position: Position = null,
): number {
  return inPieces('write', from, offset, length, position, (piece, at) =>
    at === undefined ? write(descriptor, piece) : pwrite(descriptor, piece, at),
  );
}

/** Until the range is done, a call moves nothing, or one fails after others succeeded. */
function inPieces(
  syscall: string,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: Position,
  move: (piece: Uint8Array, at: number | undefined) => number,
): number {
  const start = position === null || position === undefined || position < 0 ? undefined : Number(position);
  let done = 0;
  do {
    const piece = bytes.subarray(offset + done, offset + length);
    const at = start === undefined ? undefined : start + done;
    let count: number;
    try {
      count = attempt(syscall, () => move(piece, at));
    } catch (error) {
      if (done === 0) throw error;
      break;
    }
    if (count === 0) break;
    done += count;
  } while (done < length);
  return done;
}
