/** HostFile: an open regular file of hostfs. It owns one use of the inode's host descriptor for its access mode. */
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { PageCache } from '../../mm/page-cache.ts';
import type { Path } from '../path.ts';
import type { HostFileInode } from './host-file-inode.ts';
import { EINVAL, ENXIO, EOPNOTSUPP } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { File } from '../file.ts';

const O_DSYNC = 0o10000;
const FALLOC_FL_KEEP_SIZE = 1;
const SEEK_SET = 0;
const SEEK_CUR = 1;
const SEEK_END = 2;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

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
    const { size } = this.#inode;
    let target: number;
    if (whence === SEEK_SET) target = offset;
    else if (whence === SEEK_CUR) target = this.position + offset;
    else if (whence === SEEK_END) target = size + offset;
    else if (whence === SEEK_DATA || whence === SEEK_HOLE) {
      if (offset < 0 || offset >= size) fail(ENXIO, 'past the end');
      target = whence === SEEK_DATA ? offset : size;
    } else return fail(EINVAL, 'lseek: unknown whence');
    if (target < 0 || !Number.isSafeInteger(target)) fail(EINVAL, 'lseek: before the beginning');
    return target;
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
