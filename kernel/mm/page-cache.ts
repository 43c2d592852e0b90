/**
 * PageCache: the pages of one file that are in memory. read(2), write(2) and mmap(2) all go through it, so they always
 * agree. Linux counterpart: struct address_space, mm/filemap.c, mm/truncate.c.
 *
 * Use contract: the inode makes one when it first needs it and calls `destroy` when it is evicted. The cache holds one
 * reference to each frame; page tables that map it hold further ones. `frame` gives a frame that is valid until the
 * next allocation of memory (which may evict it) unless the caller references it.
 *
 * Bytes past the end of the file in its last page are zero when the file grows over them: `write` and `truncate` see
 * to that, because a mapping may have written there.
 */
import type { ImagePlace } from './image-places.ts';
import type { IoBuffer } from './io-buffer.ts';
import type { MemoryManager } from './memory-manager.ts';
import type { FrameNumber } from './physical-memory.ts';
import type { Vma } from './vma.ts';
import { PageIndex, DIRTY, ACCESSED, FRAME_SHIFT } from './page-index.ts';
import { clearBytes, PAGE_SIZE } from './physical-memory.ts';
import { Errno, fail } from '../errors.ts';
import { ENOSPC } from '../abi/errno.ts';

/** Where the pages come from and go to. tmpfs: nowhere; hostfs: the host's file. */
export interface PageStore {
  /** Current size of the file in bytes; a mapping past its last page is SIGBUS. */
  readonly size: number;
  /** Fills a fresh page (already zeroed) with the file's bytes from index * 4096 on. Absent: the page stays zero. */
  readPage?(index: number, into: Uint8Array): void;
  /** As readPage for consecutive pages from `index` on; `into` is one range of whole pages. Used for reading ahead. */
  readPages?(index: number, into: Uint8Array): void;
  /**
   * Takes a dirty page back; `from` ends where the file ends. Absent: pages live only in memory and are never evicted
   * (tmpfs).
   */
  writePage?(index: number, from: Uint8Array): void;
  /** Asks for room for one more page; false is ENOSPC (write) or SIGBUS (mapping). Given back by releasePages. */
  reservePage?(): boolean;
  releasePages?(count: number): void;
  /** A mapping is about to write to a page that was clean: time stamps. Called at the fault, not at each store. */
  touch?(): void;
  /** A VMA more, or one less, maps the file: `PageCache.mappings` has changed. */
  mapped?(): void;
  unmapped?(): void;
  /** F_SEAL_*: a sealed memfd refuses some mappings. */
  readonly seals?: number;
}

/** Pages that are read at once when a file is read in sequence. */
const READ_AHEAD_ORDER = 4;

export class PageCache {
  readonly memory: MemoryManager;
  readonly store: PageStore;
  /** Unique among all caches; names a shared futex, an inode in /proc/PID/maps. */
  readonly id: number;
  /** The VMAs that map this file, in no order. Kept by MemoryMap. */
  readonly mappings = new Set<Vma>();
  /** How many of them may write to the file (VM_SHARED and VM_MAYWRITE): F_SEAL_WRITE is EBUSY then. */
  writableMappings = 0;
  /** Shared anonymous memory: nobody but its mappings knows it, and it goes when the last one goes. */
  isOwnedByMappings = false;
  /** Pages that were charged to committedPages for the whole file; given back by destroy. */
  chargedPages = 0;
  /** Somebody knows where its pages lie: they are not moved. */
  isPinned = false;
  /** The addresses that were drawn for the file as a program or a library. Owned by image-places.ts. */
  imagePlace: ImagePlace | undefined;
  pageCount = 0;
  dirtyCount = 0;
  readonly #pages = new PageIndex();
  /** Page after the last one read in: the next miss there is a sequential read. */
  #sequential = 0;

  constructor(memory: MemoryManager, store: PageStore) {
    this.memory = memory;
    this.store = store;
    this.id = memory.nextCacheId++;
  }

  /** True if the pages have no other home than memory (Linux counterpart: shmem). */
  get isShmem(): boolean {
    return this.store.writePage === undefined && this.store.readPage === undefined;
  }

  /** The frame of a page; reads it in or makes it. ENOMEM, ENOSPC, or the store's error. */
  frame(index: number): FrameNumber {
    const entry = this.#pages.get(index);
    if (entry === 0) return this.#readIn(index);
    if ((entry & ACCESSED) === 0) this.#pages.set(index, entry | ACCESSED);
    return (entry >>> FRAME_SHIFT) as FrameNumber;
  }

  /** As frame, for a mapping: what lies around a page that is missing is read with it, since it is likely wanted. */
  frameAround(index: number): FrameNumber {
    if (this.#pages.get(index) === 0 && this.store.readPages !== undefined) {
      const first = index - (index % (1 << READ_AHEAD_ORDER));
      if (this.#readAhead(first)) return this.peek(index);
    }
    return this.frame(index);
  }

  /** The frame of a page if it is in memory, else 0. */
  peek(index: number): FrameNumber {
    return (this.#pages.get(index) >>> FRAME_SHIFT) as FrameNumber;
  }

  /** The kernel stores into a page, if it is in memory, without `write`. */
  written(index: number): void {
    this.memory.codeWritten(this.peek(index));
  }

  /** The first page at or after `index` that is in memory; Infinity if there is none. */
  nextPage(index: number): number {
    return this.#pages.next(index);
  }

  /** The page's content is newer than the store's. No effect for files without a store. */
  markDirty(index: number): void {
    if (this.store.writePage === undefined) return;
    const entry = this.#pages.get(index);
    if (entry === 0 || (entry & DIRTY) !== 0) return;
    this.#pages.set(index, entry | DIRTY);
    this.dirtyCount++;
    this.memory.dirtyPages++;
  }

  /** Reads from byte `offset` on, to the end of the file at most; returns the number of bytes. */
  read(buffer: IoBuffer, offset: number): number {
    const end = Math.min(this.store.size, offset + buffer.remaining);
    let at = offset;
    while (at < end) {
      const index = Math.floor(at / PAGE_SIZE);
      const within = at - index * PAGE_SIZE;
      // The destination is faulted in before the page is looked up, since that may take memory and so evict pages.
      const to = buffer.next(end - at);
      if (to.length === 0) break;
      let wanted = Math.min(PAGE_SIZE - within, to.length);
      if (this.store.readPage === undefined && this.#pages.get(index) === 0) {
        clearBytes(to, 0, wanted);
      } else {
        const frame = this.#frameFor(index, at > offset);
        if (frame === 0) break;
        const physical = frame * PAGE_SIZE + within;
        // Pages that were made in sequence are mostly neighbours: one copy for all of them.
        for (let next = 1; wanted < to.length && this.peek(index + next) === frame + next; next++) {
          wanted = Math.min(wanted + PAGE_SIZE, to.length);
        }
        const from = this.memory.physical.bytes.subarray(physical, physical + wanted);
        (to.length === wanted ? to : to.subarray(0, wanted)).set(from);
      }
      buffer.advance(wanted);
      at += wanted;
    }
    return Math.max(0, at - offset);
  }

  /**
   * Writes from byte `offset` on and returns the number of bytes; the caller then sets the size. ENOSPC, ENOMEM or the
   * store's error if not even one byte found room.
   */
  write(buffer: IoBuffer, offset: number): number {
    const size = this.store.size;
    const { frames } = this.memory;
    if (offset > size) this.#zeroTail(size);
    let at = offset;
    while (buffer.remaining > 0) {
      const index = Math.floor(at / PAGE_SIZE);
      const within = at - index * PAGE_SIZE;
      const wanted = Math.min(PAGE_SIZE - within, buffer.remaining);
      // A page that is wholly overwritten, or lies past the end of the file, need not be read first.
      const isFresh =
        this.#pages.get(index) === 0 &&
        (wanted === PAGE_SIZE || index * PAGE_SIZE >= size || !this.store.readPage);
      const frame = this.#frameFor(index, at > offset, isFresh ? wanted : 0);
      if (frame === 0) break;
      const physical = frame * PAGE_SIZE + within;
      this.memory.codeWritten(frame);
      frames.get(frame); // taking may fault in more of the source, for which pages may be evicted
      const moved = buffer.take(this.memory.physical.bytes.subarray(physical, physical + wanted));
      frames.put(frame);
      if (moved > 0) this.markDirty(index);
      at += moved;
      if (moved < wanted) {
        // The source became unreadable: what another owner left in a fresh frame must not show.
        if (isFresh) clearBytes(this.memory.physical.bytes, physical + moved, physical + wanted);
        break;
      }
    }
    return at - offset;
  }

  /**
   * The file is to be `size` bytes long. Call it with the store's size still the old one: pages past the end leave all
   * mappings and the cache, and the rest of the last page becomes zero.
   */
  truncate(size: number): void {
    this.#zeroTail(Math.min(size, this.store.size));
    const keep = Math.ceil(size / PAGE_SIZE);
    this.#unmap(keep, Infinity, 'all');
    this.#drop(keep, Infinity);
  }

  /** Makes the bytes from `from` to before `to` zero; whole pages are given up (FALLOC_FL_PUNCH_HOLE). */
  punch(from: number, to: number): void {
    const first = Math.ceil(from / PAGE_SIZE);
    const last = Math.floor(to / PAGE_SIZE);
    if (first > last) return this.#zero(from, to);
    this.#zero(from, first * PAGE_SIZE);
    this.#zero(last * PAGE_SIZE, to);
    this.#unmap(first, last, 'cached');
    this.#drop(first, last);
  }

  /** Writes dirty pages of [from, to) (bytes) to the store. Mappings take a fault at their next write. */
  flush(from = 0, to = Infinity): void {
    if (this.dirtyCount === 0 || this.store.writePage === undefined) return;
    const end = Math.ceil(to / PAGE_SIZE);
    for (let i = this.#pages.next(Math.floor(from / PAGE_SIZE)); i < end; i = this.#pages.next(i + 1)) {
      const entry = this.#pages.get(i);
      if ((entry & DIRTY) === 0) continue;
      this.#clean(i, entry);
      const length = Math.min(PAGE_SIZE, this.store.size - i * PAGE_SIZE);
      if (length <= 0) continue;
      const physical = (entry >>> FRAME_SHIFT) * PAGE_SIZE;
      try {
        this.store.writePage(i, this.memory.physical.bytes.subarray(physical, physical + length));
      } catch (error) {
        this.markDirty(i);
        throw error;
      }
    }
  }

  /**
   * Gives back clean pages that can be read again, up to `wanted`. 'idle': only pages that nobody maps and that were
   * not used since the last time. Returns how many frames became free.
   */
  reclaim(wanted = Infinity, which: 'idle' | 'any' = 'any'): number {
    if (this.store.readPage === undefined) return 0;
    const { frames } = this.memory;
    let freed = 0;
    for (let i = this.#pages.next(0); i !== Infinity && freed < wanted; i = this.#pages.next(i + 1)) {
      const entry = this.#pages.get(i);
      if ((entry & DIRTY) !== 0) continue;
      const frame = (entry >>> FRAME_SHIFT) as FrameNumber;
      if (which === 'idle') {
        if ((entry & ACCESSED) !== 0) {
          this.#pages.set(i, entry & ~ACCESSED);
          continue;
        }
        if (frames.count(frame) > 1) continue;
      } else if (frames.count(frame) > 1) {
        if (this.#isBorrowed(i)) continue;
        this.#unmap(i, i + 1, 'cached');
        if (frames.count(frame) > 1) continue; // still held elsewhere, for the length of a call
      }
      this.#drop(i, i + 1);
      freed++;
    }
    return freed;
  }

  /** Reads pages in before somebody needs them; how far memory and the file go. */
  readAhead(from: number, to: number): void {
    if (this.store.readPage === undefined) return;
    const end = Math.min(to, Math.ceil(this.store.size / PAGE_SIZE));
    for (let i = from; i < end; i++) this.frame(i);
  }

  /** Gives up clean pages of a range that nobody maps. */
  forget(from: number, to: number): void {
    if (this.store.readPage === undefined) return;
    for (let i = this.#pages.next(from); i < to; i = this.#pages.next(i + 1)) {
      const entry = this.#pages.get(i);
      const isHeld = this.memory.frames.count((entry >>> FRAME_SHIFT) as FrameNumber) > 1;
      if ((entry & DIRTY) === 0 && !isHeld) this.#drop(i, i + 1);
    }
  }

  /** Gives everything back; dirty pages are lost. The file is gone. */
  destroy(): void {
    this.#unmap(0, Infinity, 'all');
    this.#drop(0, Infinity);
    this.memory.uncharge(this.chargedPages);
    this.chargedPages = 0;
  }

  /** Puts a frame under a page that has none, without a copy; takes over the caller's reference. */
  insert(index: number, frame: FrameNumber): void {
    this.#pages.set(index, (frame << FRAME_SHIFT) | ACCESSED);
    if (this.pageCount++ === 0) this.memory.caches.add(this);
    this.memory.cachedPages++;
    if (this.isShmem) this.memory.shmemPages++;
  }

  /** The page has been moved to another frame, with all references to it (compaction.ts). */
  moved(index: number, frame: FrameNumber): void {
    const flags = this.#pages.get(index) & ((1 << FRAME_SHIFT) - 1);
    this.#pages.set(index, (frame << FRAME_SHIFT) | flags);
  }

  #readIn(index: number): FrameNumber {
    const { memory, store } = this;
    if (store.readPages !== undefined && index === this.#sequential && this.#readAhead(index)) {
      return this.peek(index);
    }
    const frame = this.#make(index, PAGE_SIZE - 1);
    if (store.readPage !== undefined) {
      this.#sequential = index + 1;
      try {
        store.readPage(index, memory.physical.frame(frame));
      } catch (error) {
        this.#drop(index, index + 1);
        throw error;
      }
    }
    return frame;
  }

  /** Reads several pages in one go into contiguous frames. False: not worth it, or no such block of memory. */
  #readAhead(index: number): boolean {
    const { memory, store } = this;
    const pages = 1 << READ_AHEAD_ORDER;
    if ((index + pages) * PAGE_SIZE > store.size) return false;
    for (let i = 0; i < pages; i++) if (this.#pages.get(index + i) !== 0) return false;
    const first = memory.frames.allocate(READ_AHEAD_ORDER);
    if (first === 0) return false;
    const into = memory.physical.bytes.subarray(first * PAGE_SIZE, (first + pages) * PAGE_SIZE);
    clearBytes(into, 0, into.length);
    try {
      store.readPages!(index, into);
    } catch (error) {
      for (let i = 0; i < pages; i++) memory.frames.put((first + i) as FrameNumber);
      throw error;
    }
    for (let i = 0; i < pages; i++) this.insert(index + i, (first + i) as FrameNumber);
    this.#sequential = index + pages;
    return true;
  }

  /** A new page; zeroed unless all of it is about to be written. */
  #make(index: number, bytesToBeWritten: number): FrameNumber {
    const { memory, store } = this;
    if (store.reservePage !== undefined && !store.reservePage()) fail(ENOSPC, 'file system is full');
    let frame: FrameNumber;
    try {
      frame = bytesToBeWritten === PAGE_SIZE ? memory.allocate() : memory.allocateZeroed();
    } catch (error) {
      store.releasePages?.(1);
      throw error;
    }
    this.insert(index, frame);
    return frame;
  }

  /**
   * The frame for the next part of a transfer; `freshBytes`: of a new page, so many bytes of which will be written. When
   * part of the transfer is done already, 0 instead of an error.
   */
  #frameFor(index: number, isUnderWay: boolean, freshBytes = 0): FrameNumber {
    try {
      return freshBytes > 0 ? this.#make(index, freshBytes) : this.frame(index);
    } catch (error) {
      if (isUnderWay && error instanceof Errno) return 0 as FrameNumber;
      throw error;
    }
  }

  /** Zeroes what is cached of [from, to), which lies within one page. */
  #zero(from: number, to: number): void {
    if (from >= to) return;
    const index = Math.floor(from / PAGE_SIZE);
    const frame = this.peek(index);
    if (frame === 0) return;
    this.memory.codeWritten(frame);
    const base = (frame - index) * PAGE_SIZE;
    clearBytes(this.memory.physical.bytes, base + from, base + to);
    this.markDirty(index);
  }

  /** Zeroes the rest of the page in which the file ends. */
  #zeroTail(size: number): void {
    const index = Math.floor(size / PAGE_SIZE);
    const frame = this.peek(index);
    if (frame === 0 || size % PAGE_SIZE === 0) return;
    this.memory.codeWritten(frame);
    const base = frame * PAGE_SIZE;
    clearBytes(this.memory.physical.bytes, base + size - index * PAGE_SIZE, base + PAGE_SIZE);
  }

  #clean(index: number, entry: number): void {
    this.#pages.set(index, entry & ~DIRTY);
    this.dirtyCount--;
    this.memory.dirtyPages--;
    for (const vma of this.mappings) {
      const page = vma.firstPage + index - vma.pageOffset;
      if (vma.isShared && page >= vma.firstPage && page < vma.endPage) vma.space.writeProtect(page);
    }
  }

  /** Takes pages of the file out of every page table. 'all': private copies too. */
  #unmap(fromIndex: number, toIndex: number, which: 'all' | 'cached'): void {
    for (const vma of this.mappings) {
      const shift = vma.firstPage - vma.pageOffset;
      const from = Math.max(vma.firstPage, fromIndex + shift);
      const to = Math.min(vma.endPage, toIndex + shift);
      if (from < to) vma.space.zap(from, to, which);
    }
  }

  /** True if a system call that is going on may hold a view of the page. */
  #isBorrowed(index: number): boolean {
    for (const vma of this.mappings) {
      if (
        index >= vma.pageOffset &&
        index < vma.pageOffset + vma.pageCount &&
        this.memory.isBorrowed(vma.space)
      ) {
        return true;
      }
    }
    return false;
  }

  /** Takes pages out of the cache. */
  #drop(from: number, to: number): void {
    if (this.pageCount === 0) return;
    const { memory } = this;
    let dropped = 0;
    for (let i = this.#pages.next(from); i < to; i = this.#pages.next(i + 1)) {
      const entry = this.#pages.get(i);
      if ((entry & DIRTY) !== 0) {
        this.dirtyCount--;
        memory.dirtyPages--;
      }
      this.#pages.set(i, 0);
      memory.frames.put((entry >>> FRAME_SHIFT) as FrameNumber);
      dropped++;
    }
    if (dropped === 0) return;
    this.pageCount -= dropped;
    memory.cachedPages -= dropped;
    if (this.isShmem) memory.shmemPages -= dropped;
    if (this.pageCount === 0) memory.caches.delete(this);
    this.store.releasePages?.(dropped);
  }
}
