/**
 * DirectoryFile: an open directory, for getdents64(2), fsync(2) and as a dirfd. Linux counterpart: the dir_operations
 * of a file system. Positions 0 and 1 are «.» and «..»; from 2 on they are the inode's cookies plus 2.
 */
import { EBADF, EINVAL, EISDIR, ENOENT } from '../abi/errno.ts';
import { SEEK_CUR, SEEK_SET } from '../abi/fcntl.ts';
import { DT_DIR } from '../abi/dirent.ts';
import { fail } from '../errors.ts';
import { File } from './file.ts';
import type { DirectoryEntry } from './inode.ts';

const FIRST_COOKIE = 2;

export class DirectoryFile extends File {
  override get isSeekable(): boolean {
    return true;
  }
  override read(): number {
    return fail(EISDIR, 'read of a directory');
  }
  override write(): number {
    return fail(EBADF, 'write to a directory');
  }
  override seek(offset: number, whence: number): number {
    let to: number;
    if (whence === SEEK_SET) to = offset;
    else if (whence === SEEK_CUR) to = this.position + offset;
    else return fail(EINVAL, 'directory: unknown whence');
    if (to < 0) fail(EINVAL, 'position before the beginning');
    return to;
  }
  override fsync(): void {}

  /** Entries from the position on; the caller sets `position` to the `next` of the last one that it took. */
  *entries(): Generator<DirectoryEntry, void> {
    const { inode } = this;
    if (inode.isDead) fail(ENOENT, 'directory was removed');
    const from = this.position;
    if (from < 1) yield { name: '.', ino: inode.ino, type: DT_DIR, next: 1 };
    if (from < 2) {
      const { dentry, mount } = this.path;
      const parent = dentry === mount.root && mount.at ? mount.at.dentry.parent : dentry.parent;
      yield { name: '..', ino: parent.inode!.ino, type: DT_DIR, next: FIRST_COOKIE };
    }
    for (const entry of inode.iterate(Math.max(0, from - FIRST_COOKIE))) {
      yield { name: entry.name, ino: entry.ino, type: entry.type, next: entry.next + FIRST_COOKIE };
    }
  }
}
