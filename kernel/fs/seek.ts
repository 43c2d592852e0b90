/** lseek(2) in files whose end is their inode's size, with SEEK_DATA and SEEK_HOLE: generic_file_llseek, shmem. */
import { EINVAL, ENXIO } from '../abi/errno.ts';
import { SEEK_CUR, SEEK_DATA, SEEK_END, SEEK_HOLE, SEEK_SET } from '../abi/fcntl.ts';
import { fail } from '../errors.ts';
import type { PageCache } from '../mm/page-cache.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';

/**
 * Largest size of a file. Linux: 2^63 - 1; offsets are JavaScript numbers here, and the last page must be whole.
 */
export const MAX_FILE_SIZE = 2 ** 52;

/** The new position for lseek(2) of a file with this size; SEEK_DATA and SEEK_HOLE ask `pages` where data is. */
export function seekInFile(
  at: { position: number; size: number; pages: PageCache | undefined },
  offset: number,
  whence: number,
): number {
  const { position, size, pages } = at;
  let to: number;
  switch (whence) {
    case SEEK_SET:
      to = offset;
      break;
    case SEEK_CUR:
      to = position + offset;
      break;
    case SEEK_END:
      to = size + offset;
      break;
    case SEEK_DATA:
    case SEEK_HOLE:
      if (offset < 0 || offset >= size) fail(ENXIO, 'no data at or after the offset');
      return findExtent(size, pages, offset, whence);
    default:
      return fail(EINVAL, 'lseek: unknown whence');
  }
  if (to < 0 || to > MAX_FILE_SIZE) fail(EINVAL, 'position out of range');
  return to;
}

function findExtent(size: number, pages: PageCache | undefined, offset: number, whence: number): number {
  // Only where the pages are the file itself does a missing page mean a hole.
  if (pages !== undefined && !pages.isShmem) return whence === SEEK_DATA ? offset : size;
  const index = Math.floor(offset / PAGE_SIZE);
  if (whence === SEEK_DATA) {
    const found = pages === undefined ? Infinity : pages.nextPage(index);
    if (found * PAGE_SIZE >= size) fail(ENXIO, 'only a hole up to the end');
    return Math.max(offset, found * PAGE_SIZE);
  }
  if (pages === undefined) return offset;
  let hole = index;
  while (hole * PAGE_SIZE < size && pages.peek(hole) !== 0) hole++;
  return Math.min(size, Math.max(offset, hole * PAGE_SIZE));
}
