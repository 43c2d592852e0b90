/**
 * MemoryManager: the memory of one kernel as a whole: frames, caches, address spaces, what has been promised to whom,
 * and what happens when nothing is left. Linux counterparts: mm/page_alloc.c (slow path), mm/vmscan.c, mm/util.c.
 *
 * When no frame is free: clean idle pages of files go first, then pages marked with MADV_FREE, then clean pages that
 * are mapped, then dirty pages after they were written back; then the OOM killer is asked; then it is ENOMEM.
 */
import type { File } from '../fs/file.ts';
import type { PageCache } from './page-cache.ts';
import type { FrameNumber, PhysicalMemory } from './physical-memory.ts';
import type { MappingSpace } from './vma.ts';
import { AddressSpace } from './address-space.ts';
import { compactRun } from './compaction.ts';
import { FrameAllocator } from './frame-allocator.ts';
import { ImagePlaces } from './image-places.ts';
import { OVERCOMMIT_ALWAYS, OVERCOMMIT_GUESS } from './overcommit.ts';
import { clearBytes, PAGE_SIZE } from './physical-memory.ts';
import { Errno, fail } from '../errors.ts';
import { ENOMEM } from '../abi/errno.ts';

/** What memory management needs of the rest of the kernel. */
export interface MemoryHost {
  readonly log: { warning(text: string): void; error(text: string): void };
  readonly vfs: { get(file: File): void; put(file: File): void };
}

/** Page tables that even the smallest guest may have. */
const FREE_TABLE_PAGES = 1024;

export class MemoryManager {
  readonly physical: PhysicalMemory;
  readonly host: MemoryHost;
  readonly frames: FrameAllocator;
  /** A frame of zeros that every untouched anonymous page shows to readers. Never freed, never counted. */
  readonly zeroFrame: FrameNumber;
  readonly spaces = new Set<AddressSpace>();
  /** The caches that have pages. */
  readonly caches = new Set<PageCache>();
  nextCacheId = 1;
  nextSpaceId = 1;

  /** Pages in all PageCaches; of these without a store; of these dirty. */
  cachedPages = 0;
  shmemPages = 0;
  dirtyPages = 0;
  /** Pages that the processor has for its own tables: ProcessorMemory. */
  processorPages = 0;
  /** Contiguous frames that the processor has asked for in vain; 0: none. */
  missedFrames = 0;
  /** Leaves of all page tables; counted by PageTable. */
  tablePages = 0;
  /** Pages promised to private writable and shared anonymous mappings. */
  committedPages = 0;
  /** Times an OOM kill happened (oom_kill in /proc/vmstat). */
  oomKills = 0;

  /** compact_* and pgmigrate_success of /proc/vmstat: requests for contiguous frames that moved others, or tried to. */
  readonly compaction = { stalls: 0, successes: 0, failures: 0, migratedPages: 0 };

  /** Sysctls of /proc/sys/vm. */
  overcommitMemory: number = OVERCOMMIT_GUESS;
  overcommitRatio = 50;
  overcommitKbytes = 0;
  maxMapCount = 65530;
  mmapMinAddr = 65536;
  /** /proc/sys/kernel/randomize_va_space: 0 not at all, 1 all but the heap, 2 the heap too. */
  randomizeVaSpace = 2;

  /** The addresses at which files are mapped as programs and libraries. */
  readonly images = new ImagePlaces();

  /** Kills a process to get memory back; true if there may be free frames now. Installed by oom.ts. */
  onOutOfMemory: (() => boolean) | undefined;

  /** True while a native program may be using places in an address space. Installed by task/native.ts. */
  isComputing: (space: MappingSpace) => boolean = () => true;

  /** Address spaces of which the current system call may hold views: see `borrow`. */
  #borrowed: MappingSpace | undefined;
  #borrowedBefore: MappingSpace | undefined;
  #isReclaiming = false;

  /** `reservedBytes` at the start of the window are not handed out: trap records and the like. */
  constructor(physical: PhysicalMemory, reservedBytes: number, host: MemoryHost) {
    this.physical = physical;
    this.host = host;
    this.frames = new FrameAllocator(Math.ceil(reservedBytes / PAGE_SIZE), physical.frameCount);
    this.zeroFrame = this.frames.allocate();
    if (this.zeroFrame !== 0) this.clear(this.zeroFrame);
  }

  get totalPages(): number {
    return this.frames.totalFrames;
  }
  get freePages(): number {
    return this.frames.freeFrames;
  }
  /** What a new program could get without an OOM kill: MemAvailable. */
  get availablePages(): number {
    return this.freePages + Math.max(0, this.cachedPages - this.shmemPages - this.dirtyPages);
  }
  /** Pages of processes' own memory: AnonPages. */
  get anonymousPages(): number {
    let pages = 0;
    for (const space of this.spaces) pages += space.rssAnon;
    return pages;
  }
  /** CommitLimit of /proc/meminfo. */
  get commitLimitPages(): number {
    if (this.overcommitKbytes > 0) return Math.floor(this.overcommitKbytes / 4);
    return Math.floor((this.totalPages * this.overcommitRatio) / 100);
  }

  /**
   * The processor remembers code. `code`, by frame, is not 0 where it does; `onChange` is to be called when the kernel
   * stores into such a frame (`codeWritten`) or frees it.
   */
  watchCode(code: Uint8Array, onChange: (frame: FrameNumber) => void): void {
    this.frames.code = code;
    this.frames.onCodeChange = onChange;
  }
  /** The kernel stores, or is about to, into consecutive frames that programs may have mapped. */
  codeWritten(frame: FrameNumber, count = 1): void {
    const { frames } = this;
    for (let i = frame as number; i < frame + count; i++) {
      if (frames.code[i] !== 0) frames.onCodeChange(i as FrameNumber);
    }
  }

  createAddressSpace(): AddressSpace {
    return new AddressSpace(this);
  }

  /** A frame with one reference and unspecified content. ENOMEM. */
  allocate(): FrameNumber {
    const frame = this.frames.allocate(0);
    return frame !== 0 ? frame : this.#allocateSlowly();
  }

  allocateZeroed(): FrameNumber {
    const frame = this.allocate();
    this.clear(frame);
    return frame;
  }

  /** As `allocate`, for a frame that is not to be moved: it lies among others of that kind, if possible. */
  allocateFixed(): FrameNumber {
    const frame = this.frames.allocateHigh(0);
    return frame !== 0 ? frame : this.#allocateSlowly();
  }

  /** The first of 2^order contiguous frames that will not be moved, not cleared; 0 if no such block can be had. */
  allocateBlock(order: number): FrameNumber {
    const frame = this.frames.allocateHigh(order);
    if (frame !== 0) return frame;
    this.reclaim(1 << order);
    return this.frames.allocateHigh(order);
  }

  /**
   * The first of `count` contiguous frames from a multiple of `alignment`, not cleared; 0 if there is no such run. For
   * calls that hold no views of memory and know of no frame but through its owner: others are moved to make room.
   */
  allocateRun(count: number, alignment: number): FrameNumber {
    const { frames } = this;
    const isBlock = count === alignment && (count & (count - 1)) === 0;
    const order = 31 - Math.clz32(count);
    const take = (): FrameNumber =>
      isBlock ? frames.allocateHigh(order) : frames.allocateRun(count, alignment);
    let frame = take();
    if (frame !== 0) return frame;
    if (frames.freeFrames < count) {
      this.reclaim(count - frames.freeFrames);
      frame = take();
      if (frame !== 0) return frame;
    }
    frame = compactRun(this, count, alignment);
    if (frame !== 0 && isBlock) frames.fixGroup(frame);
    return frame;
  }

  /** Moves frames so that there is such a run. False: there was one before, or none can be made. */
  makeRoom(count: number, alignment: number): boolean {
    const give = (first: number): void => {
      for (let i = 0; i < count; i++) this.frames.put((first + i) as FrameNumber);
    };
    const before = this.frames.allocateRun(count, alignment);
    if (before !== 0) {
      give(before);
      return false;
    }
    const made = this.allocateRun(count, alignment);
    if (made !== 0) give(made);
    return made !== 0;
  }

  /** Fills frames with zeros. */
  clear(frame: FrameNumber, count = 1): void {
    clearBytes(this.physical.bytes, frame * PAGE_SIZE, (frame + count) * PAGE_SIZE);
  }

  /** Gives back pages that can be had again, about `wanted` of them. Returns how many frames became free. */
  reclaim(wanted: number): number {
    if (this.#isReclaiming) return 0; // a store that allocates while it takes a page back
    this.#isReclaiming = true;
    const before = this.frames.freeFrames;
    const missing = (): number => wanted - (this.frames.freeFrames - before);
    try {
      for (const cache of this.caches) if (missing() > 0) cache.reclaim(missing(), 'idle');
      for (const space of this.spaces) if (missing() > 0) space.freeLazyPages();
      for (const cache of this.caches) if (missing() > 0) cache.reclaim(missing());
      if (missing() > 0 && this.dirtyPages > 0) {
        this.writeBack();
        for (const cache of this.caches) if (missing() > 0) cache.reclaim(missing());
      }
    } finally {
      this.#isReclaiming = false;
    }
    return this.frames.freeFrames - before;
  }

  /**
   * Writes all dirty pages to their files: sync(2), and when memory is short. A file that fails keeps its pages dirty.
   * Linux: writes them back after some seconds too; here nothing ticks.
   */
  writeBack(): void {
    for (const cache of this.caches) {
      if (cache.dirtyCount === 0) continue;
      try {
        cache.flush();
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        this.host.log.warning(`write-back of a file failed: ${error.toString()}`);
      }
    }
  }

  /**
   * Before `count` page tables are made: ENOMEM if there would be too many. A process may have one for each page that it
   * touches, and one that only reads zeros has no other cost. Linux: takes them from RAM; here they are the host's memory,
   * so an eighth of the guest's size is allowed, beside what a few processes need in any case.
   */
  requireTables(count: number): void {
    if (this.tablePages + count <= FREE_TABLE_PAGES + this.totalPages / 8) return;
    this.onOutOfMemory?.();
    fail(ENOMEM, 'too many page tables');
  }

  /** Promises pages to a mapping; ENOMEM if vm.overcommit_memory says no. Linux counterpart: __vm_enough_memory. */
  charge(pages: number): void {
    if (!this.canCharge(pages)) fail(ENOMEM, 'overcommit');
    this.committedPages += pages;
  }
  uncharge(pages: number): void {
    this.committedPages -= pages;
  }
  canCharge(pages: number): boolean {
    if (this.overcommitMemory === OVERCOMMIT_ALWAYS) return true;
    if (this.overcommitMemory === OVERCOMMIT_GUESS) return pages <= this.totalPages;
    return this.committedPages + pages <= this.commitLimitPages;
  }

  /**
   * A system call takes views of an address space's frames. They stay valid for the call, because frames that are
   * mapped there are not reclaimed. No call borrows from more than two address spaces, and calls do not overlap.
   */
  borrow(space: MappingSpace): void {
    if (space === this.#borrowed) return;
    this.#borrowedBefore = this.#borrowed;
    this.#borrowed = space;
  }
  /** No call is going on: nobody holds views. */
  endBorrowing(): void {
    this.#borrowed = undefined;
    this.#borrowedBefore = undefined;
  }
  isBorrowed(space: MappingSpace): boolean {
    return space === this.#borrowed || space === this.#borrowedBefore;
  }
  /** An address space is gone. */
  forget(space: AddressSpace): void {
    this.spaces.delete(space);
    if (this.#borrowed === space) this.#borrowed = undefined;
    if (this.#borrowedBefore === space) this.#borrowedBefore = undefined;
  }

  #allocateSlowly(): FrameNumber {
    const batch = Math.max(32, this.totalPages >>> 8);
    for (;;) {
      this.reclaim(batch);
      const frame = this.frames.allocate(0);
      if (frame !== 0) return frame;
      if (this.#isReclaiming || this.onOutOfMemory === undefined || !this.onOutOfMemory()) {
        fail(ENOMEM, 'out of memory');
      }
      const second = this.frames.allocate(0);
      if (second !== 0) return second;
    }
  }
}
