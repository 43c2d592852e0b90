/**
 * MemoryMap: the VMAs and the page table of an address space, and the counters over both. Linux counterparts: struct
 * mm_struct, mm/vma.c, the zap half of mm/memory.c. The calls (mmap.ts, mremap.ts, madvise.ts, …) and the fault
 * handler (fault.ts) are built on it; AddressSpace adds access to the memory itself.
 *
 * Invariants: `vmas` is sorted and without overlap; a page table entry is present only inside a VMA; every entry
 * without PTE_ZERO holds one reference to its frame; a VMA with a cache is in the cache's `mappings`.
 */
import type { FrameNumber } from './physical-memory.ts';
import type { MemoryManager } from './memory-manager.ts';
import type { MappingSpace, Vma } from './vma.ts';
import { PageTable, PTE_ANON, PTE_LAZY, PTE_SHIFT, PTE_SHMEM, PTE_WRITE, PTE_ZERO } from './page-table.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import * as vm from './vma.ts';
import { fail } from '../errors.ts';
import { EINVAL } from '../abi/errno.ts';
import { RLIMIT_STACK } from '../abi/resource.ts';

/** The user half of x86-64, without five levels of page tables. */
export const USER_HALF = 2 ** 47;
/** End of what a program can map. Linux counterpart: TASK_SIZE_MAX; the last page stays empty. */
export const TASK_SIZE = USER_HALF - PAGE_SIZE;
/** End of what a native program can map: its calls have addresses of 32 bits, and no access is to wrap. */
export const NATIVE_TASK_SIZE = 0xffff0000;
/** Pages kept free below a stack: vm.stack_guard_gap. */
export const STACK_GUARD_PAGES = 256;

/** The limits of the process, as the calls of mm ask for them. A Task is one. */
export interface LimitSource {
  /** RLIMIT_*: bytes; Infinity or any huge number for none. */
  limit(resource: number): number;
  capable(capability: number): boolean;
}

const UNLIMITED: LimitSource = {
  limit: resource => (resource === RLIMIT_STACK ? 8 << 20 : Infinity),
  capable: () => true,
};

/** A cache of translations: a page map, or the translations that a native program remembers. */
export interface InvalidationListener {
  /** Translations of [fromPage, toPage) are no longer true. Called before the frames are given back. */
  invalidate(fromPage: number, toPage: number): void;
}

export class MemoryMap implements MappingSpace {
  readonly memory: MemoryManager;
  /** Unique among address spaces; names a private futex. */
  readonly id: number;
  readonly table: PageTable;
  /** Sorted by address. Changed by this class only. */
  readonly vmas: Vma[] = [];
  /** Whose limits hold. The task layer sets it at exec and clone; each call of mm sets it to the calling task. */
  limits: LimitSource = UNLIMITED;
  /** Commands of membarrier(2) for which this address space is registered. */
  barriers = 0;

  /** Nothing is mapped from here on; exec sets it before anything is mapped. Linux counterpart: task_size. */
  end = TASK_SIZE;
  /** mmap goes down from here; exec sets it (process-layout.ts). */
  mmapBase = 0xd0000000;
  /** mmap looks for room upwards from here instead; 0: it does not. ADDR_COMPAT_LAYOUT. */
  legacyBase = 0;
  /** Addresses are drawn at random, and files are mapped at the places that were drawn for them. */
  isRandomized = false;
  /** The heap of brk(2): [startBrk, currentBrk). */
  startBrk = 0;
  currentBrk = 0;
  /** Facts of the program for /proc/PID/stat, set by exec. */
  startCode = 0;
  endCode = 0;
  startData = 0;
  endData = 0;
  startStack = 0;
  argStart = 0;
  argEnd = 0;
  envStart = 0;
  envEnd = 0;
  /** mlockall(MCL_FUTURE): VM_LOCKED, VM_LOCKONFAULT for new mappings. */
  defaultFlags = 0;

  totalPages = 0;
  dataPages = 0;
  stackPages = 0;
  execPages = 0;
  lockedPages = 0;
  rssAnon = 0;
  rssFile = 0;
  rssShmem = 0;
  /** Entries with PTE_LAZY. */
  lazyPages = 0;
  peakTotalPages = 0;
  peakRssPages = 0;
  minorFaults = 0;
  majorFaults = 0;

  /** The OOM killer has chosen the process; its memory will come back. */
  isOomVictim = false;
  /** Its private pages were taken away while it dies: every further fault fails. Linux counterpart: MMF_UNSTABLE. */
  isReaped = false;

  /** Of a native program: its stack lies among what is not moved, since it may look at it at any time. */
  isNative = false;

  /** Some VMA has VM_SEALED. */
  hasSeals = false;

  /** Told before translations go away. */
  readonly invalidations: InvalidationListener[] = [];
  /**
   * Threads outside the kernel that may be using translations of this address space (native programs that compute):
   * while there are any, frames wait on `deferredFrees` until `releaseDeferred`. Owned by task/native-memory.ts.
   */
  computingThreads = 0;
  readonly deferredFrees: FrameNumber[] = [];

  /** Index of the VMA that was found last. */
  #hint = 0;

  constructor(memory: MemoryManager) {
    this.memory = memory;
    this.id = memory.nextSpaceId++;
    this.table = new PageTable(memory);
  }

  get rssPages(): number {
    return this.rssAnon + this.rssFile + this.rssShmem;
  }

  // --- finding ---------------------------------------------------------------------------------------------------

  /** The VMA that contains an address. */
  find(at: number): Vma | undefined {
    const hinted = this.vmas[this.#hint];
    if (hinted !== undefined && at >= hinted.start && at < hinted.end) return hinted;
    const index = this.indexAfter(at);
    const vma = this.vmas[index];
    if (vma === undefined || at < vma.start) return undefined;
    this.#hint = index;
    return vma;
  }

  /** Index of the first VMA that ends after `at`; vmas.length if none does. */
  indexAfter(at: number): number {
    const { vmas } = this;
    let low = 0;
    let high = vmas.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (vmas[middle]!.end <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first VMA that has bytes in [start, end). */
  intersecting(start: number, end: number): Vma | undefined {
    const vma = this.vmas[this.indexAfter(start)];
    return vma !== undefined && vma.start < end ? vma : undefined;
  }

  /** Where a range before this VMA must end: a stack keeps its guard gap. Linux counterpart: vm_start_gap. */
  gapStart(vma: Vma): number {
    if ((vma.flags & vm.VM_GROWSDOWN) === 0) return vma.start;
    return Math.max(0, vma.start - STACK_GUARD_PAGES * PAGE_SIZE);
  }

  // --- changing the list -----------------------------------------------------------------------------------------

  /** Adds a VMA where nothing is mapped, and merges it with its neighbours; returns the VMA that covers it. */
  insert(vma: Vma): Vma {
    const index = this.indexAfter(vma.start);
    this.vmas.splice(index, 0, vma);
    this.#attach(vma);
    this.count(vma, vma.pageCount);
    return this.mergeAt(index);
  }

  /** Splits a VMA so that one begins at `at` (strictly inside it); returns the upper part. */
  split(vma: Vma, at: number): Vma {
    if (vma.hugeShift !== 0 && at % 2 ** vma.hugeShift !== 0) fail(EINVAL, 'huge page would be split');
    const backing = {
      cache: vma.cache,
      file: vma.file,
      pageOffset: vma.cache === undefined ? 0 : vma.cacheIndex(at / PAGE_SIZE),
      hugeShift: vma.hugeShift,
    };
    const upper = new vm.Vma(this, at, vma.end, vma.flags, backing, vma.name);
    const index = this.indexAfter(vma.start);
    vma.end = at;
    this.vmas.splice(index + 1, 0, upper);
    this.#attach(upper);
    return upper;
  }

  /** Splits at the ends of [start, end), so that VMAs lie wholly inside or outside. */
  isolate(start: number, end: number): void {
    const first = this.find(start);
    if (first !== undefined && first.start < start) this.split(first, start);
    const last = this.find(end);
    if (last !== undefined && last.start < end) this.split(last, end);
  }

  /** Merges the VMA at `index` with its neighbours where they go on alike. Returns the VMA that covers it. */
  mergeAt(index: number): Vma {
    const { vmas } = this;
    let vma = vmas[index]!;
    const next = vmas[index + 1];
    if (next !== undefined && vm.canMerge(vma, next)) this.#absorb(vma, next, index + 1);
    const previous = vmas[index - 1];
    if (previous !== undefined && vm.canMerge(previous, vma)) {
      this.#absorb(previous, vma, index);
      vma = previous;
    }
    return vma;
  }

  /** Merges whatever can be merged around [start, end). */
  mergeRange(start: number, end: number): void {
    for (let i = Math.max(0, this.indexAfter(start) - 1); i + 1 < this.vmas.length;) {
      const vma = this.vmas[i]!;
      if (vma.start > end) return;
      const next = this.vmas[i + 1]!;
      if (vm.canMerge(vma, next)) this.#absorb(vma, next, i + 1);
      else i++;
    }
  }

  /** Changes a VMA's flags and keeps the counters true. */
  setFlags(vma: Vma, flags: number): void {
    this.count(vma, -vma.pageCount);
    this.#countWritable(vma, -1);
    vma.flags = flags;
    this.#countWritable(vma, 1);
    this.count(vma, vma.pageCount);
  }

  /** Moves the end of a VMA, or the start of a stack, to where nothing else is mapped. */
  resize(vma: Vma, start: number, end: number): void {
    this.count(vma, -vma.pageCount);
    vma.start = start;
    vma.end = end;
    this.count(vma, vma.pageCount);
  }

  /** Unmaps [start, end): pages, VMAs, promises, references. The caller has checked the range and the map count. */
  remove(start: number, end: number): void {
    this.isolate(start, end);
    const index = this.indexAfter(start);
    let last = index;
    while (last < this.vmas.length && this.vmas[last]!.start < end) last++;
    if (last === index) return;
    this.zap(start / PAGE_SIZE, end / PAGE_SIZE, 'all');
    // Neighbours may share the first and the last leaf. Linux counterpart: free_pgtables.
    const below = this.vmas[index - 1]?.end ?? 0;
    const above = this.vmas[last]?.start ?? USER_HALF;
    this.table.releaseLeaves(below / PAGE_SIZE, above / PAGE_SIZE);
    for (const vma of this.vmas.splice(index, last - index)) {
      this.count(vma, -vma.pageCount);
      if ((vma.flags & vm.VM_ACCOUNT) !== 0) this.memory.uncharge(vma.pageCount);
      this.#detach(vma);
    }
  }

  /** Adds to the counters of mapped pages; negative when they go. */
  count(vma: Vma, pages: number): void {
    const { flags } = vma;
    this.totalPages += pages;
    if (this.totalPages > this.peakTotalPages) this.peakTotalPages = this.totalPages;
    if ((flags & vm.VM_LOCKED) !== 0) this.lockedPages += pages;
    if ((flags & (vm.VM_EXEC | vm.VM_WRITE)) === vm.VM_EXEC) this.execPages += pages;
    else if ((flags & vm.VM_GROWSDOWN) !== 0) this.stackPages += pages;
    else if ((flags & (vm.VM_WRITE | vm.VM_SHARED)) === vm.VM_WRITE) this.dataPages += pages;
  }

  // --- pages -----------------------------------------------------------------------------------------------------

  entry(page: number): number {
    return this.table.get(page);
  }

  /** Tells the caches of translations. */
  invalidate(fromPage: number, toPage: number): void {
    for (const listener of this.invalidations) listener.invalidate(fromPage, toPage);
  }

  /** Puts an entry where none is; takes over the caller's reference to the frame. */
  mapPage(page: number, frame: FrameNumber, flags: number): void {
    this.table.set(page, (frame << PTE_SHIFT) | flags);
    if ((flags & PTE_ZERO) !== 0) return;
    if ((flags & PTE_ANON) !== 0) this.rssAnon++;
    else if ((flags & PTE_SHMEM) !== 0) this.rssShmem++;
    else this.rssFile++;
    const rss = this.rssAnon + this.rssFile + this.rssShmem;
    if (rss > this.peakRssPages) this.peakRssPages = rss;
  }

  /** Takes an entry out of the counters and gives its frame back. The page table is the caller's business. */
  releaseEntry(entry: number): void {
    if ((entry & PTE_ZERO) !== 0) return;
    if ((entry & PTE_ANON) !== 0) this.rssAnon--;
    else if ((entry & PTE_SHMEM) !== 0) this.rssShmem--;
    else this.rssFile--;
    if ((entry & PTE_LAZY) !== 0) this.lazyPages--;
    this.releaseFrame((entry >>> PTE_SHIFT) as FrameNumber);
  }

  /** Gives up a reference to a frame that was mapped here. */
  releaseFrame(frame: FrameNumber): void {
    if (this.computingThreads > 0) this.deferredFrees.push(frame);
    else this.memory.frames.put(frame);
  }

  /** No thread uses old translations any more: gives back what waited for that. */
  releaseDeferred(): void {
    for (const frame of this.deferredFrees) this.memory.frames.put(frame);
    this.deferredFrees.length = 0;
  }

  zap(fromPage: number, toPage: number, which: 'all' | 'cached' | 'lazy'): void {
    const { table } = this;
    let page = table.nextPresent(fromPage, toPage);
    if (page === toPage) return;
    this.invalidate(page, toPage);
    for (; page < toPage; page = table.nextPresent(page + 1, toPage)) {
      const entry = table.get(page);
      if (which === 'cached' && (entry & (PTE_ANON | PTE_ZERO)) !== 0) continue;
      if (which === 'lazy' && (entry & PTE_LAZY) === 0) continue;
      table.set(page, 0);
      this.releaseEntry(entry);
    }
  }

  writeProtect(page: number): void {
    const entry = this.table.get(page);
    if ((entry & PTE_WRITE) === 0 || (entry & PTE_ANON) !== 0) return;
    this.table.set(page, entry & ~PTE_WRITE);
    this.invalidate(page, page + 1);
  }

  /** Memory is short: pages after MADV_FREE that were not written to again. */
  freeLazyPages(): void {
    if (this.lazyPages > 0 && !this.memory.isBorrowed(this)) this.zap(0, TASK_SIZE / PAGE_SIZE, 'lazy');
  }

  // --- references of VMAs ----------------------------------------------------------------------------------------

  #absorb(lower: Vma, upper: Vma, upperIndex: number): void {
    this.vmas.splice(upperIndex, 1);
    lower.end = upper.end;
    this.#detach(upper);
  }

  #attach(vma: Vma): void {
    if (vma.file !== undefined) this.memory.host.vfs.get(vma.file);
    if (vma.cache !== undefined) {
      vma.cache.mappings.add(vma);
      vma.cache.store.mapped?.();
    }
    this.#countWritable(vma, 1);
  }

  #detach(vma: Vma): void {
    const { cache, file } = vma;
    this.#countWritable(vma, -1);
    if (cache !== undefined) {
      cache.mappings.delete(vma);
      cache.store.unmapped?.();
      if (cache.isOwnedByMappings && cache.mappings.size === 0) cache.destroy();
    }
    if (file !== undefined) this.memory.host.vfs.put(file);
  }

  #countWritable(vma: Vma, change: number): void {
    const writable = vm.VM_SHARED | vm.VM_MAYWRITE;
    if (vma.cache !== undefined && (vma.flags & writable) === writable) vma.cache.writableMappings += change;
  }
}
