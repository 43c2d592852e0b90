/**
 * TmpfsInode: a file of any type in tmpfs. Linux counterpart: shmem_inode_operations, shmem_dir_inode_operations.
 *
 * A directory keeps its entries in a map by name and, for getdents(2), in the order of their cookies; a removed entry
 * leaves a gap there until the gaps are half of it. Cookies never come back, so a reader of a changing directory sees
 * each entry that stays exactly once.
 */
import { EINVAL, ENOSPC, ENOTDIR, ENOTEMPTY, EPERM } from '../abi/errno.ts';
import {
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
} from '../abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { PageCache, type PageStore } from '../mm/page-cache.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import type { Credentials } from '../task/credentials.ts';
import { indexAfterCookie } from './cookies.ts';
import { DirectoryFile } from './directory-file.ts';
import type { File, OpenContext } from './file.ts';
import { Inode, type DirectoryEntry } from './inode.ts';
import { ownershipInside } from './permission.ts';
import { touchModified } from './timestamps.ts';
import { TmpfsFile } from './tmpfs-file.ts';
import type { TmpfsSuperBlock } from './tmpfs.ts';

/** What an entry adds to a directory's size, as Linux's tmpfs counts it. */
const ENTRY_SIZE = 20;
/** All extended attributes of one inode together; they are kernel memory. */
const XATTR_SPACE = 65536;

interface Entry {
  readonly name: string;
  readonly cookie: number;
  /** undefined: the entry was removed. */
  inode: TmpfsInode | undefined;
}

export class TmpfsInode extends Inode implements PageStore {
  declare readonly superBlock: TmpfsSuperBlock;
  /** F_SEAL_*; F_SEAL_SEAL unless memfd_create(2) allowed sealing. */
  seals = F_SEAL_SEAL;
  readonly #byName: Map<string, Entry> | undefined;
  #byCookie: Entry[] = [];
  #gaps = 0;
  #target = '';
  /** Content that is not in pages yet: that of a file of the initramfs which nobody has opened. Outlives the inode. */
  #packed: Uint8Array | undefined;
  #xattrs: Map<string, Uint8Array> | undefined;

  constructor(superBlock: TmpfsSuperBlock, ino: number, mode: number) {
    super(superBlock, ino, mode);
    const type = mode & S_IFMT;
    if (type === S_IFDIR) {
      this.nlink = 2;
      this.size = 2 * ENTRY_SIZE;
      this.#byName = new Map();
    } else if (type === S_IFREG) {
      this.pages = new PageCache(superBlock.kernel.memory, this);
      superBlock.inodes.add(this);
    }
  }

  override get blocks(): number {
    if (this.#packed !== undefined) return Math.ceil(this.size / PAGE_SIZE) * 8;
    return this.pages === undefined ? 0 : this.pages.pageCount * 8;
  }

  // PageStore
  reservePage(): boolean {
    return this.superBlock.reservePage();
  }
  releasePages(count: number): void {
    this.superBlock.releasePages(count);
  }
  touch(): void {
    touchModified(this.superBlock.kernel, this);
  }

  override lookup(name: string): Inode | undefined {
    return this.#names.get(name)?.inode;
  }

  override *iterate(cookie: number): Generator<DirectoryEntry, void> {
    const entries = this.#byCookie;
    for (let i = indexAfterCookie(entries, cookie); i < entries.length; i++) {
      const { inode, name, cookie: next } = entries[i]!;
      if (inode !== undefined) yield { name, ino: inode.ino, type: (inode.mode & S_IFMT) >> 12, next };
    }
  }

  override create(name: string, mode: number, credentials: Credentials): Inode {
    return this.#make(name, mode, credentials);
  }
  override mkdir(name: string, mode: number, credentials: Credentials): Inode {
    const inode = this.#make(name, (mode & 0o7777) | S_IFDIR, credentials);
    this.nlink++;
    return inode;
  }
  override mknod(name: string, mode: number, rdev: number, credentials: Credentials): Inode {
    const inode = this.#make(name, mode, credentials);
    inode.rdev = rdev;
    return inode;
  }
  override symlink(name: string, target: string, credentials: Credentials): Inode {
    const inode = this.#make(name, S_IFLNK | 0o777, credentials);
    inode.#target = target;
    inode.size = target.length;
    return inode;
  }
  override createUnnamed(mode: number, credentials: Credentials): Inode {
    const inode = this.#newInode(mode, credentials);
    inode.nlink = 0;
    return inode;
  }

  override link(name: string, target: Inode): void {
    // Linux: a link takes one of nr_inodes for itself; here it only needs one to be free.
    if (this.superBlock.inodeCount >= this.superBlock.maxInodes) fail(ENOSPC, 'nr_inodes');
    target.nlink++;
    target.ctime = this.superBlock.kernel.time.now();
    this.#addEntry(name, target as TmpfsInode);
    this.#touch();
  }
  override unlink(name: string, target: Inode): void {
    this.#removeEntry(name);
    target.nlink--;
    this.#touch();
    target.ctime = this.ctime;
  }
  override rmdir(name: string, target: Inode): void {
    if ((target as TmpfsInode).#names.size > 0) fail(ENOTEMPTY, 'directory is not empty');
    this.#removeEntry(name);
    target.nlink = 0;
    target.isDead = true;
    this.nlink--;
    this.#touch();
    target.ctime = this.ctime;
  }

  override rename(
    name: string,
    target: Inode,
    newDirectory: Inode,
    newName: string,
    replaced: Inode | undefined,
    how: 'exchange' | 'replace' | 'noreplace',
  ): void {
    const to = newDirectory as TmpfsInode;
    const now = this.superBlock.kernel.time.now();
    const { isDirectory } = target;
    if (how === 'exchange') {
      const isOther = replaced!.isDirectory;
      this.#removeEntry(name);
      to.#removeEntry(newName);
      this.#addEntry(name, replaced as TmpfsInode);
      to.#addEntry(newName, target as TmpfsInode);
      if (isDirectory !== isOther && this !== to) {
        this.nlink += isDirectory ? -1 : 1;
        to.nlink += isDirectory ? 1 : -1;
      }
      replaced!.ctime = now;
    } else {
      if (replaced !== undefined) {
        if (isDirectory) to.rmdir(newName, replaced);
        else to.unlink(newName, replaced);
      }
      this.#removeEntry(name);
      to.#addEntry(newName, target as TmpfsInode);
      if (isDirectory && this !== to) {
        this.nlink--;
        to.nlink++;
      }
    }
    target.ctime = now;
    this.#touch();
    to.#touch();
  }

  override readlink(): string {
    if ((this.mode & S_IFMT) !== S_IFLNK) fail(EINVAL, 'not a symbolic link');
    return this.#target;
  }

  override truncate(size: number): void {
    if (this.pages === undefined) fail(EINVAL, 'not a regular file');
    if (size === 0) this.#packed = undefined;
    this.#unpack();
    if (size < this.size && (this.seals & F_SEAL_SHRINK) !== 0) fail(EPERM, 'F_SEAL_SHRINK');
    if (size > this.size && (this.seals & F_SEAL_GROW) !== 0) fail(EPERM, 'F_SEAL_GROW');
    const old = this.size;
    if (size <= old) this.pages.truncate(size);
    // What fallocate(2) put past the end stays; what a mapping wrote past the end must not show.
    else this.pages.punch(old, Math.ceil(old / PAGE_SIZE) * PAGE_SIZE);
    this.size = size;
    if (size !== old) touchModified(this.superBlock.kernel, this);
  }

  /** fallocate(2). Linux: SEEK_DATA passes over what was only allocated; here that is data, zeros. */
  allocate(mode: number, offset: number, length: number): void {
    const pages = this.pages!;
    const end = offset + length;
    if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0) {
      if ((this.seals & F_SEAL_WRITE) !== 0) fail(EPERM, 'F_SEAL_WRITE');
      pages.punch(offset, Math.min(end, Math.ceil(this.size / PAGE_SIZE) * PAGE_SIZE));
    } else {
      const isGrowing = (mode & FALLOC_FL_KEEP_SIZE) === 0 && end > this.size;
      if (isGrowing && (this.seals & F_SEAL_GROW) !== 0) fail(EPERM, 'F_SEAL_GROW');
      this.#fill(pages, Math.floor(offset / PAGE_SIZE), Math.ceil(end / PAGE_SIZE));
      if (isGrowing) this.size = end;
    }
    touchModified(this.superBlock.kernel, this);
  }

  override open(context: OpenContext): File {
    const type = this.mode & S_IFMT;
    if (type === S_IFDIR) return new DirectoryFile(context.path, context.flags);
    if (type === S_IFREG) {
      this.#unpack();
      return new TmpfsFile(context.path, context.flags);
    }
    return super.open(context);
  }

  override adopt(content: Uint8Array): boolean {
    this.#packed = content;
    this.size = content.length;
    return true;
  }

  /** Brings the content into pages, all or nothing. */
  #unpack(): void {
    const packed = this.#packed;
    if (packed === undefined) return;
    const pages = this.pages!;
    const buffer = IoBuffer.of(packed);
    if (pages.write(buffer, 0) < packed.length) {
      pages.punch(0, Math.ceil(packed.length / PAGE_SIZE) * PAGE_SIZE);
      fail(ENOSPC, 'no room for a file of the initramfs');
    }
    this.#packed = undefined;
  }

  override getXattr(name: string): Uint8Array | undefined {
    return this.#xattrs?.get(name);
  }
  override setXattr(name: string, value: Uint8Array): void {
    const xattrs = (this.#xattrs ??= new Map());
    let space = name.length + value.length;
    for (const [key, old] of xattrs) if (key !== name) space += key.length + old.length;
    if (space > XATTR_SPACE) fail(ENOSPC, 'too many extended attributes');
    xattrs.set(name, value);
    this.ctime = this.superBlock.kernel.time.now();
  }
  override removeXattr(name: string): boolean {
    const isRemoved = this.#xattrs?.delete(name) ?? false;
    if (isRemoved) this.ctime = this.superBlock.kernel.time.now();
    return isRemoved;
  }
  override listXattrs(): string[] {
    return [...(this.#xattrs?.keys() ?? [])];
  }

  override evict(): void {
    this.pages?.destroy();
    this.superBlock.inodes.delete(this);
    this.superBlock.inodeCount--;
  }

  get #names(): Map<string, Entry> {
    return this.#byName ?? fail(ENOTDIR, 'not a directory');
  }

  #newInode(mode: number, credentials: Credentials): TmpfsInode {
    const owned = ownershipInside(this, mode, credentials);
    const inode = this.superBlock.makeInode(owned.mode);
    inode.uid = owned.uid;
    inode.gid = owned.gid;
    return inode;
  }

  #make(name: string, mode: number, credentials: Credentials): TmpfsInode {
    const inode = this.#newInode(mode, credentials);
    this.#addEntry(name, inode);
    this.#touch();
    return inode;
  }

  #addEntry(name: string, inode: TmpfsInode): void {
    const entry: Entry = { name, cookie: this.superBlock.nextCookie++, inode };
    this.#names.set(name, entry);
    this.#byCookie.push(entry);
    this.size += ENTRY_SIZE;
  }

  #removeEntry(name: string): void {
    const entry = this.#names.get(name)!;
    this.#names.delete(name);
    entry.inode = undefined;
    this.size -= ENTRY_SIZE;
    if (++this.#gaps > 32 && this.#gaps * 2 > this.#byCookie.length) {
      this.#byCookie = this.#byCookie.filter(e => e.inode !== undefined);
      this.#gaps = 0;
    }
  }

  #touch(): void {
    this.mtime = this.ctime = this.superBlock.kernel.time.now();
  }

  /** Gives each page of a range a frame, or none of them a new one. */
  #fill(pages: PageCache, first: number, last: number): void {
    const { superBlock } = this;
    if (last - first > superBlock.maxPages - superBlock.usedPages + pages.pageCount)
      fail(ENOSPC, 'fallocate');
    if (last - first > superBlock.kernel.memory.totalPages) fail(ENOSPC, 'fallocate');
    const made: number[] = [];
    try {
      for (let i = first; i < last; i++) {
        if (pages.peek(i) !== 0) continue;
        pages.frame(i);
        made.push(i);
      }
    } catch (error) {
      for (const i of made) pages.punch(i * PAGE_SIZE, (i + 1) * PAGE_SIZE);
      throw error;
    }
  }
}
