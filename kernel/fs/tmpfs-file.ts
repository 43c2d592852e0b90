/** TmpfsFile: an open regular file of tmpfs, with the seals of memfd_create(2) and fallocate(2). */
import { EBUSY, EINVAL, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import {
  F_ADD_SEALS,
  F_GET_SEALS,
  F_SEAL_ALL,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_WRITE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
} from '../abi/fcntl.ts';
import { fail } from '../errors.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { Task } from '../task/task.ts';
import { RegularFile } from './regular-file.ts';
import type { TmpfsInode } from './tmpfs-inode.ts';

export class TmpfsFile extends RegularFile {
  get #node(): TmpfsInode {
    return this.inode as TmpfsInode;
  }

  override write(buffer: IoBuffer, offset: number): number {
    const { seals, size } = this.#node;
    if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) fail(EPERM, 'F_SEAL_WRITE');
    if ((seals & F_SEAL_GROW) !== 0 && offset + buffer.remaining > size) {
      if (offset >= size) fail(EPERM, 'F_SEAL_GROW');
      buffer.truncate(size - offset);
    }
    return super.write(buffer, offset);
  }

  override allocate(mode: number, offset: number, length: number): void {
    if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) !== 0) {
      fail(EOPNOTSUPP, 'fallocate: mode');
    }
    this.#node.allocate(mode, offset, length);
  }

  override fcntl(task: Task, command: number, argument: number): number {
    if (command === F_GET_SEALS) return this.#node.seals;
    if (command !== F_ADD_SEALS) return super.fcntl(task, command, argument);
    const node = this.#node;
    if (!this.isWritable) fail(EPERM, 'F_ADD_SEALS: not open for writing');
    if ((argument & ~F_SEAL_ALL) !== 0) fail(EINVAL, 'F_ADD_SEALS: unknown seals');
    if ((node.seals & F_SEAL_SEAL) !== 0) fail(EPERM, 'F_SEAL_SEAL');
    if ((argument & F_SEAL_WRITE) !== 0 && (node.seals & F_SEAL_WRITE) === 0) {
      if ((node.pages?.writableMappings ?? 0) > 0) fail(EBUSY, 'F_SEAL_WRITE: writable mappings');
    }
    node.seals |= argument;
    return 0;
  }
}
