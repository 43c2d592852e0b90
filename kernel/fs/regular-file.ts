/**
 * RegularFile: an open regular file whose content is its inode's PageCache. Linux counterpart: mm/filemap.c. tmpfs and
 * memfd use it; a file system with other needs subclasses File itself.
 */
import { EFBIG } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { PageCache } from '../mm/page-cache.ts';
import { File } from './file.ts';
import { MAX_FILE_SIZE } from './seek.ts';
import { touchModified } from './timestamps.ts';

export class RegularFile extends File {
  override get isSeekable(): boolean {
    return true;
  }

  override readLimit(offset: number): number {
    return Math.max(0, this.inode.size - offset);
  }

  override read(buffer: IoBuffer, offset: number): number {
    const { inode } = this;
    if (inode.pages === undefined) {
      return offset >= inode.size ? 0 : buffer.putZeros(Math.min(buffer.remaining, inode.size - offset));
    }
    return inode.pages.read(buffer, offset);
  }

  override write(buffer: IoBuffer, offset: number): number {
    const { inode } = this;
    if (buffer.remaining === 0) return 0;
    if (offset >= MAX_FILE_SIZE) fail(EFBIG, 'file would be too large');
    buffer.truncate(MAX_FILE_SIZE - offset);
    const count = this.mappable().write(buffer, offset);
    if (count > 0) {
      if (offset + count > inode.size) inode.size = offset + count;
      touchModified(inode.superBlock.kernel, inode);
    }
    return count;
  }

  override mappable(): PageCache {
    return this.inode.pages ?? super.mappable();
  }

  override fsync(): void {
    this.inode.pages?.flush();
  }
}
