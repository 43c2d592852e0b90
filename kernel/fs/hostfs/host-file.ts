/** HostFile: an open regular file of hostfs. It owns one use of the inode's host descriptor for its access mode. */
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { PageCache } from '../../mm/page-cache.ts';
import type { Path } from '../path.ts';
import type { HostFileInode } from './host-file-inode.ts';
import { ENXIO, EOPNOTSUPP } from '../../abi/errno.ts';
import { FALLOC_FL_KEEP_SIZE, O_DSYNC, SEEK_DATA, SEEK_HOLE } from '../../abi/fcntl.ts';
import { fail } from '../../errors.ts';
import { File } from '../file.ts';

export class HostFile extends File {
  readonly #inode: HostFileInode;
  readonly #access: 0 | 1 | 2;
  readonly #descriptor: number;

  /** Takes over the use of the descriptor that the inode has just acquired. */
  constructor(path: Path, flags: number, inode: HostFileInode, access: 0 | 1 | 2, descriptor: number) {
    super(path, flags);
    this.#inode = inode;
    this.#access = access;
    this.#descriptor = descriptor;
  }

  override get inode(): HostFileInode {
    return this.#inode;
  }
  override get isSeekable(): boolean {
    return true;
  }

  override read(buffer: IoBuffer, offset: number): number {
    return this.#inode.read(this.#descriptor, buffer, offset);
  }

  override write(buffer: IoBuffer, offset: number): number {
    const count = this.#inode.write(this.#descriptor, buffer, offset);
    if ((this.flags & O_DSYNC) !== 0) this.#inode.fsync(this.#descriptor, 'data');
    return count;
  }

  /** Linux: SEEK_DATA and SEEK_HOLE know the holes; Node does not tell, so that the file is one piece of data. */
  override seek(offset: number, whence: number): number {
    this.#inode.refresh();
    if (whence !== SEEK_DATA && whence !== SEEK_HOLE) return super.seek(offset, whence);
    const { size } = this.#inode;
    if (offset < 0 || offset >= size) fail(ENXIO, 'past the end');
    return whence === SEEK_DATA ? offset : size;
  }

  /** Linux: reserves blocks; here the file only gets its size, because Node cannot reserve. */
  override allocate(mode: number, offset: number, length: number): void {
    if ((mode & ~FALLOC_FL_KEEP_SIZE) !== 0) fail(EOPNOTSUPP, 'fallocate on hostfs');
    this.#inode.refresh();
    if (mode === 0 && offset + length > this.#inode.size) this.#inode.truncate(offset + length);
  }

  override mappable(): PageCache {
    return this.#inode.mappable();
  }

  override fsync(how: 'data' | 'all'): void {
    this.#inode.fsync(this.#descriptor, how);
  }

  override release(): void {
    this.#inode.release(this.#access);
  }
}
