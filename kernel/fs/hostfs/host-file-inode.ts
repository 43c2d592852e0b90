/**
 * HostFileInode: the content of a regular host file. Open files of the guest share one host descriptor for each
 * access mode, so that a file stays readable after its last name is gone and the number of host descriptors does not
 * grow with that of guest descriptors.
 *
 * Pages: there are none until the file is mapped; reads and writes then go straight between the host's file and guest
 * memory. Once there are some, a read takes cached pages from the cache and the rest from the host; a write goes to
 * the host at once and into the pages that are cached. What a MAP_SHARED mapping wrote reaches the host at msync,
 * fsync, sync and the last close. When the host changed the file (size or mtime), the cached pages are dropped.
 */
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { PageStore } from '../../mm/page-cache.ts';
import type { File, OpenContext } from '../file.ts';
import type { HostStats } from './host-call.ts';
import { PageCache } from '../../mm/page-cache.ts';
import { PAGE_SIZE } from '../../mm/physical-memory.ts';
import { EACCES, EIO, ENOENT, ESTALE } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { errnoOfHost, rethrow } from './host-call.ts';
import { HostFile } from './host-file.ts';
import { HostInode } from './host-inode.ts';

/** Guest ranges shorter than this are gathered in the bounce buffer: one host call costs more than the copy. */
const DIRECT_BYTES = 16 * 1024;
/** The most that one host call moves. */
const MAX_BYTES = 1 << 30;

/** Access modes as open(2) has them: 0 reading, 1 writing, 2 both. */
type Access = 0 | 1 | 2;

/** A host descriptor and how many open files (and calls under way) use it. */
interface Descriptor {
  readonly number: number;
  users: number;
}

export class HostFileInode extends HostInode {
  /** By access mode. Owned here; closed with the last user. */
  readonly #descriptors: (Descriptor | undefined)[] = [undefined, undefined, undefined];
  /** The mtime and size belong to what the guest itself just wrote. */
  #isOwnChange = false;

  override open(context: OpenContext): File {
    const access = accessOf(context.flags);
    if (access !== 0) this.superBlock.requireWritable();
    const descriptor = this.acquire(access);
    return new HostFile(context.path, context.flags, this, access, descriptor);
  }

  acquire(access: Access): number {
    let descriptor = this.#descriptors[access];
    if (descriptor === undefined) {
      // What made the file can read and write it, even if its mode lets nobody open it again.
      descriptor = { number: this.superBlock.takeCreated(this) ?? this.#openHost(access), users: 0 };
      this.#descriptors[access] = descriptor;
    }
    descriptor.users++;
    return descriptor.number;
  }

  /** Ends a use that `acquire` began. */
  release(access: Access): void {
    const descriptor = this.#descriptors[access]!;
    if (descriptor.users === 1 && access !== 0) this.writeBack();
    if (--descriptor.users > 0) return;
    this.#descriptors[access] = undefined;
    this.superBlock.closeHost(descriptor.number);
  }

  read(descriptor: number, buffer: IoBuffer, offset: number): number {
    this.#revalidate();
    const { pages } = this;
    if (pages === undefined || !this.#hasPages) {
      return this.#readHost(descriptor, buffer, offset, buffer.remaining);
    }
    const end = Math.min(this.size, offset + buffer.remaining);
    let at = offset;
    while (at < end) {
      // Asked for first: that may fault in guest memory, and so evict pages.
      const to = buffer.next(end - at);
      if (to.length === 0) break;
      const index = Math.floor(at / PAGE_SIZE);
      const page = this.#page(index);
      if (page !== undefined) {
        const from = at - index * PAGE_SIZE;
        const length = Math.min(PAGE_SIZE - from, to.length);
        to.set(page.subarray(from, from + length));
        buffer.advance(length);
        at += length;
        continue;
      }
      const length = Math.min(end, pages.nextPage(index) * PAGE_SIZE) - at;
      const count = this.#readHost(descriptor, buffer, at, length);
      at += count;
      if (count < length) break;
    }
    return Math.max(0, at - offset);
  }

  write(descriptor: number, buffer: IoBuffer, offset: number): number {
    this.superBlock.requireWritable();
    this.#revalidate();
    const { fs, bounce } = this.superBlock;
    // A mapping may have written past the end; what the file grows over reads as zeros.
    if (offset > this.size) this.pages?.truncate(this.size);
    let at = offset;
    try {
      while (buffer.remaining > 0) {
        let from = buffer.next(MAX_BYTES);
        if (from.length === 0) break;
        const isGathered = from.length < DIRECT_BYTES && from.length < buffer.remaining;
        // Bytes that are used twice are copied first: another guest thread may change them in between.
        const isCopied = isGathered || this.#hasPages;
        if (isCopied) from = bounce.subarray(0, buffer.take(bounce));
        const count = fs.writeSync(descriptor, from, 0, from.length, at);
        this.#updatePages(at, from.subarray(0, count));
        if (!isCopied) buffer.advance(count);
        at += count;
        if (count < from.length) break;
      }
    } catch (error) {
      if (at === offset) rethrow(error);
    }
    this.size = Math.max(this.size, at);
    this.#changedByGuest(descriptor);
    return at - offset;
  }

  override truncate(size: number): void {
    this.superBlock.requireWritable();
    const { fs } = this.superBlock;
    const descriptor = this.#acquireWriter(this.#descriptors[1] !== undefined ? 1 : 2);
    try {
      fs.ftruncateSync(descriptor.number, size);
      this.pages?.truncate(size);
      this.size = size;
      this.#changedByGuest(descriptor.number);
    } catch (error) {
      rethrow(error);
    } finally {
      this.release(descriptor.access);
    }
  }

  fsync(descriptor: number, how: 'data' | 'all'): void {
    this.writeBack();
    const { fs } = this.superBlock;
    try {
      if (how === 'data') fs.fdatasyncSync(descriptor);
      else fs.fsyncSync(descriptor);
    } catch (error) {
      rethrow(error);
    }
  }

  /** Makes the page cache when the file is mapped for the first time. */
  mappable(): PageCache {
    this.#revalidate();
    return (this.pages ??= new PageCache(this.superBlock.kernel.memory, new HostPages(this)));
  }

  /** Dirty pages go to the host. */
  writeBack(): void {
    if (!this.#hasPages || this.pages!.dirtyCount === 0) return;
    this.pages!.flush();
    this.outdate();
  }

  /** Fills one or more pages from the host's file. */
  readPages(index: number, into: Uint8Array): void {
    const access: Access =
      this.#descriptors[0] !== undefined ? 0 : this.#descriptors[2] !== undefined ? 2 : 0;
    const descriptor = this.acquire(access);
    try {
      const { fs } = this.superBlock;
      for (let done = 0; done < into.length;) {
        const count = fs.readSync(descriptor, into, done, into.length - done, index * PAGE_SIZE + done);
        if (count === 0) break;
        done += count;
      }
    } catch (error) {
      rethrow(error);
    } finally {
      this.release(access);
    }
  }

  /** `from` ends where the file ends. */
  writePage(index: number, from: Uint8Array): void {
    const { number, access } = this.#acquireWriter(this.#descriptors[1] !== undefined ? 1 : 2);
    try {
      const count = this.superBlock.fs.writeSync(number, from, 0, from.length, index * PAGE_SIZE);
      this.#changedByGuest(number);
      if (count < from.length) fail(EIO, 'host wrote less than a page');
    } catch (error) {
      rethrow(error);
    } finally {
      this.#releaseQuietly(access);
    }
  }

  override get isHeld(): boolean {
    return super.isHeld || this.#anyDescriptor() !== undefined || this.superBlock.hasCreated(this);
  }

  override evict(): void {
    this.writeBack();
    this.pages?.destroy();
    this.pages = undefined;
    for (let access = 0; access < 3; access++) {
      const descriptor = this.#descriptors[access];
      if (descriptor !== undefined) this.superBlock.closeHost(descriptor.number);
      this.#descriptors[access] = undefined;
    }
    super.evict();
  }

  protected override statNow(): HostStats | undefined {
    const descriptor = this.#anyDescriptor();
    if (descriptor === undefined) return super.statNow();
    try {
      return this.superBlock.fs.fstatSync(descriptor, { bigint: true });
    } catch (error) {
      return rethrow(error);
    }
  }

  protected override contentChanged(): void {
    if (this.#isOwnChange || !this.#hasPages) return;
    this.pages!.flush(); // what a mapping wrote is not lost: the last writer wins, as on the host
    this.pages!.reclaim();
  }

  protected override hostChmod(mode: number): void {
    const descriptor = this.#anyDescriptor();
    if (descriptor === undefined) super.hostChmod(mode);
    else this.superBlock.fs.fchmodSync(descriptor, mode);
  }
  protected override hostChown(uid: number, gid: number): void {
    const descriptor = this.#anyDescriptor();
    if (descriptor === undefined) super.hostChown(uid, gid);
    else this.superBlock.fs.fchownSync(descriptor, uid, gid);
  }
  protected override hostUtimes(atimeSec: number, mtimeSec: number): void {
    const descriptor = this.#anyDescriptor();
    if (descriptor === undefined) super.hostUtimes(atimeSec, mtimeSec);
    else this.superBlock.fs.futimesSync(descriptor, atimeSec, mtimeSec);
  }

  get #hasPages(): boolean {
    return this.pages !== undefined && this.pages.pageCount > 0;
  }

  #anyDescriptor(): number | undefined {
    return (this.#descriptors[0] ?? this.#descriptors[2] ?? this.#descriptors[1])?.number;
  }

  /** Cached pages are only as good as the host's size and mtime. */
  #revalidate(): void {
    if (this.#hasPages) this.refresh();
  }

  /** Size and times after a change by the guest: they are no reason to drop pages. */
  #changedByGuest(descriptor: number): void {
    this.outdate();
    if (!this.#hasPages) return;
    this.#isOwnChange = true;
    try {
      this.apply(this.superBlock.fs.fstatSync(descriptor, { bigint: true }));
    } finally {
      this.#isOwnChange = false;
    }
  }

  #page(index: number): Uint8Array | undefined {
    const frame = this.pages?.peek(index) ?? 0;
    return frame === 0 ? undefined : this.superBlock.kernel.physical.frame(frame);
  }

  #updatePages(offset: number, bytes: Uint8Array): void {
    if (!this.#hasPages) return;
    for (let done = 0; done < bytes.length;) {
      const index = Math.floor((offset + done) / PAGE_SIZE);
      const from = offset + done - index * PAGE_SIZE;
      const length = Math.min(PAGE_SIZE - from, bytes.length - done);
      this.pages?.written(index);
      this.#page(index)?.set(bytes.subarray(done, done + length), from);
      done += length;
    }
  }

  #readHost(descriptor: number, buffer: IoBuffer, offset: number, max: number): number {
    const { fs, bounce } = this.superBlock;
    let done = 0;
    try {
      while (done < max && buffer.remaining > 0) {
        const left = Math.min(max - done, buffer.remaining);
        const into = buffer.next(Math.min(left, MAX_BYTES));
        if (into.length === 0) break;
        let wanted = into.length;
        let count: number;
        if (into.length < DIRECT_BYTES && into.length < left) {
          wanted = Math.min(left, bounce.length);
          count = fs.readSync(descriptor, bounce, 0, wanted, offset + done);
          count = buffer.put(bounce.subarray(0, count));
        } else {
          count = fs.readSync(descriptor, into, 0, wanted, offset + done);
          buffer.advance(count);
        }
        done += count;
        if (count < wanted) break;
      }
    } catch (error) {
      if (done === 0) rethrow(error);
    }
    return done;
  }

  #acquireWriter(access: Access): { number: number; access: Access } {
    try {
      return { number: this.acquire(access), access };
    } catch (error) {
      // A file that may be written and not read.
      if (access !== 2 || errnoOfHost(error) !== EACCES) throw error;
      return { number: this.acquire(1), access: 1 };
    }
  }

  /** As release, for a use within write-back: does not begin another one. */
  #releaseQuietly(access: Access): void {
    const descriptor = this.#descriptors[access]!;
    if (--descriptor.users > 0) return;
    this.#descriptors[access] = undefined;
    this.superBlock.closeHost(descriptor.number);
  }

  /** Opens the host's file and makes sure that it is this one. */
  #openHost(access: Access): number {
    const { superBlock } = this;
    const { flags } = superBlock;
    const hostAccess = [flags.O_RDONLY, flags.O_WRONLY, flags.O_RDWR][access]!;
    let descriptor: number;
    try {
      if (this.parent === undefined) fail(ESTALE, 'file has lost its name');
      descriptor = superBlock.openHost(superBlock.tree.place(this.parent, this.name), hostAccess);
    } catch (error) {
      // Without a name there may still be another descriptor of it to open again.
      const errno = errnoOfHost(error);
      const held = this.#anyDescriptor();
      const path = held === undefined ? undefined : superBlock.tree.reopenPath(held);
      if ((errno !== ESTALE && errno !== ENOENT) || path === undefined) rethrow(error);
      descriptor = superBlock.reopenHost(path, hostAccess);
    }
    const stats: HostStats = superBlock.fs.fstatSync(descriptor, { bigint: true });
    const isRegular = (stats.mode & 0o170000n) === 0o100000n;
    if (isRegular && stats.ino === this.hostIno && stats.dev === this.hostDev) return descriptor;
    superBlock.closeHost(descriptor);
    this.parent?.outdate();
    return fail(ESTALE, 'another file is there now');
  }
}

/** The host's file as the home of its pages. */
class HostPages implements PageStore {
  readonly #inode: HostFileInode;

  constructor(inode: HostFileInode) {
    this.#inode = inode;
  }
  get size(): number {
    return this.#inode.size;
  }
  readPage(index: number, into: Uint8Array): void {
    this.#inode.readPages(index, into);
  }
  readPages(index: number, into: Uint8Array): void {
    this.#inode.readPages(index, into);
  }
  writePage(index: number, from: Uint8Array): void {
    this.#inode.writePage(index, from);
  }
}

function accessOf(flags: number): Access {
  const access = flags & 3;
  return access === 3 ? 0 : (access as Access);
}
