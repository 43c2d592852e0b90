/**
 * Page faults: what happens when a page is touched whose entry does not permit it. Linux counterpart: mm/memory.c.
 * The kernel's own accesses and those of programs come here alike; only the answer differs: EFAULT for the one, a
 * signal for the other.
 */
import type { MemoryMap } from './memory-map.ts';
import type { FrameNumber } from './physical-memory.ts';
import type { Vma } from './vma.ts';
import { PTE_ANON, PTE_LAZY, PTE_READ, PTE_SHIFT, PTE_SHMEM, PTE_WRITE, PTE_ZERO } from './page-table.ts';
import { PAGE_SHIFT, PAGE_SIZE, pageOf } from './physical-memory.ts';
import { RLIMIT_AS, RLIMIT_MEMLOCK, RLIMIT_STACK } from '../abi/resource.ts';
import { BUS_ADRERR, SEGV_ACCERR, SEGV_MAPERR, SIGBUS, SIGSEGV } from '../abi/signal.ts';
import { STACK_GUARD_PAGES } from './memory-map.ts';
import * as vm from './vma.ts';
import { Errno } from '../errors.ts';
import { ENOMEM } from '../abi/errno.ts';

/** How a fault ended. */
export const FAULT_DONE = 0;
/** Nothing is mapped there: SIGSEGV, SEGV_MAPERR. */
export const FAULT_MAPERR = 1;
/** What is mapped does not permit it: SIGSEGV, SEGV_ACCERR. */
export const FAULT_ACCERR = 2;
/** Past the end of the file, or it cannot be read: SIGBUS, BUS_ADRERR. */
export const FAULT_BUS = 3;
/** No memory, not even after an OOM kill: the access is tried again after the victim is gone, or the task dies. */
export const FAULT_OOM = 4;
export type FaultKind = 0 | 1 | 2 | 3 | 4;

export const ACCESS_READ = vm.VM_READ;
export const ACCESS_WRITE = vm.VM_WRITE;
export const ACCESS_EXEC = vm.VM_EXEC;

/** signo and si_code of a fault that a program caused itself; undefined for FAULT_DONE and FAULT_OOM. */
export function faultSignal(kind: FaultKind): { signo: number; code: number } | undefined {
  if (kind === FAULT_MAPERR) return { signo: SIGSEGV, code: SEGV_MAPERR };
  if (kind === FAULT_ACCERR) return { signo: SIGSEGV, code: SEGV_ACCERR };
  if (kind === FAULT_BUS) return { signo: SIGBUS, code: BUS_ADRERR };
  return undefined;
}

/** Makes the page at `at` (below TASK_SIZE) accessible, or says why it cannot be. */
export function handleFault(space: MemoryMap, at: number, access: number): FaultKind {
  const vma = space.find(at) ?? growStack(space, at);
  if (vma === undefined) return FAULT_MAPERR;
  // x86: what can be written or executed can be read.
  const needed = access === ACCESS_READ ? vm.VM_ACCESS : access;
  if ((vma.flags & needed) === 0) return FAULT_ACCERR;
  if (space.isReaped) return FAULT_BUS;
  try {
    return faultIn(space, vma, pageOf(at), access === ACCESS_WRITE);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return error.errno === ENOMEM ? FAULT_OOM : FAULT_BUS;
  }
}

/**
 * Makes a page present although the VMA forbids the access (forced-access.ts). 'write', of a private mapping: the page
 * becomes its own, and no entry gains a right.
 */
export function forcePage(space: MemoryMap, vma: Vma, page: number, access: 'read' | 'write'): FaultKind {
  if (space.isReaped) return FAULT_BUS;
  try {
    if (space.table.get(page) === 0) {
      const kind = faultIn(space, vma, page, false);
      if (kind !== FAULT_DONE) return kind;
    }
    if (access === 'write') {
      const entry = space.table.get(page);
      const frame = (entry >>> PTE_SHIFT) as FrameNumber;
      const isOwn = (entry & PTE_ANON) !== 0 && space.memory.frames.count(frame) === 1;
      if (!isOwn) replacePage(space, page, copyFrame(space, frame));
    }
    const rights = (vma.flags & vm.VM_ACCESS) === 0 ? 0 : PTE_READ;
    const kept = (vma.flags & vm.VM_WRITE) !== 0 ? PTE_WRITE : 0;
    const entry = space.table.get(page);
    space.table.set(page, (entry & ~(PTE_READ | PTE_WRITE)) | rights | (entry & kept));
    return FAULT_DONE;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return error.errno === ENOMEM ? FAULT_OOM : FAULT_BUS;
  }
}

/** The page of a VMA that permits the access. Throws ENOMEM, or the error of the file's store. */
function faultIn(space: MemoryMap, vma: Vma, page: number, isWrite: boolean): FaultKind {
  const entry = space.table.get(page);
  if (entry !== 0 && !isWrite) {
    if ((entry & PTE_READ) === 0) space.table.set(page, entry | PTE_READ);
    return FAULT_DONE;
  }
  if (entry !== 0 && (entry & PTE_WRITE) !== 0) return FAULT_DONE;
  if (entry === 0 && !space.table.hasLeaf(page)) space.memory.requireTables(1);
  space.minorFaults++;
  if (vma.cache !== undefined && (vma.isShared || (entry & (PTE_ANON | PTE_ZERO)) === 0)) {
    return faultFile(space, vma, page, entry, isWrite);
  }
  if (entry !== 0) copyOnWrite(space, page, entry);
  else if (vma.hugeShift !== 0) return faultHuge(space, vma, page);
  else if (isWrite) {
    const isFixed = space.isNative && (vma.flags & vm.VM_GROWSDOWN) !== 0;
    const frame = isFixed ? space.memory.allocateFixed() : space.memory.allocate();
    space.memory.clear(frame);
    space.mapPage(page, frame, PTE_ANON | PTE_READ | PTE_WRITE);
  } else space.mapPage(page, space.memory.zeroFrame, PTE_ZERO | PTE_READ);
  return FAULT_DONE;
}

/** A write to a page that is present, private, and not to be written as it is. */
function copyOnWrite(space: MemoryMap, page: number, entry: number): void {
  const { memory } = space;
  const frame = (entry >>> PTE_SHIFT) as FrameNumber;
  if ((entry & PTE_ZERO) !== 0) {
    const fresh = memory.allocateZeroed();
    space.invalidate(page, page + 1);
    space.mapPage(page, fresh, PTE_ANON | PTE_READ | PTE_WRITE);
    return;
  }
  if ((entry & PTE_ANON) !== 0 && memory.frames.count(frame) === 1) {
    if ((entry & PTE_LAZY) !== 0) space.lazyPages--;
    space.table.set(page, (entry & ~PTE_LAZY) | PTE_READ | PTE_WRITE);
    return;
  }
  replacePage(space, page, copyFrame(space, frame));
}

/** Puts a private copy where a shared frame was. */
function replacePage(space: MemoryMap, page: number, copy: FrameNumber): void {
  // Looked up again: making room for the copy may have taken the page out of this page table.
  const entry = space.table.get(page);
  if (entry !== 0) {
    space.invalidate(page, page + 1);
    space.releaseEntry(entry);
  }
  space.mapPage(page, copy, PTE_ANON | PTE_READ | PTE_WRITE);
}

/** A page of a file, shared or for the first time: the cache's frame, or a private copy of it for a write. */
function faultFile(space: MemoryMap, vma: Vma, page: number, entry: number, isWrite: boolean): FaultKind {
  const cache = vma.cache!;
  const { frames } = space.memory;
  const index = vma.cacheIndex(page);
  if (index * PAGE_SIZE >= cache.store.size) return FAULT_BUS;
  const isCached = cache.peek(index) !== 0;
  const frame = (vma.flags & vm.VM_RAND_READ) === 0 ? cache.frameAround(index) : cache.frame(index);
  if (!isCached && cache.store.readPage !== undefined) {
    space.minorFaults--;
    space.majorFaults++;
  }
  const kind = cache.isShmem ? PTE_SHMEM : 0;
  if (isWrite && !vma.isShared) {
    replacePage(space, page, copyFrame(space, frame));
    return FAULT_DONE;
  }
  // Files with a store learn of the first write after each write-back; the others need no notice.
  let isWritable = isWrite;
  if (isWrite) {
    cache.store.touch?.();
    cache.markDirty(index);
  } else {
    isWritable = vma.isShared && (vma.flags & vm.VM_WRITE) !== 0 && cache.isShmem;
  }
  const access = isWritable ? PTE_READ | PTE_WRITE : PTE_READ;
  if (entry !== 0) space.table.set(page, entry | access);
  else {
    frames.get(frame);
    space.mapPage(page, frame, kind | access);
  }
  return FAULT_DONE;
}

/** All pages of one contiguous block of a private MAP_HUGETLB mapping. */
function faultHuge(space: MemoryMap, vma: Vma, page: number): FaultKind {
  const pages = 2 ** (vma.hugeShift - PAGE_SHIFT);
  const first = page - (page % pages);
  const { memory } = space;
  if (space.table.nextPresent(first, first + pages) !== first + pages) {
    space.mapPage(page, memory.allocateZeroed(), PTE_ANON | PTE_READ | PTE_WRITE);
    return FAULT_DONE;
  }
  return mapBlock(space, vma, first, 'fault') ? FAULT_DONE : FAULT_BUS;
}

/**
 * Backs the block that begins at `first` with contiguous frames of zeros. False if there are none. In a 'fault' none are
 * made contiguous: an instruction may be half done, with the places of other pages already found.
 */
export function mapBlock(space: MemoryMap, vma: Vma, first: number, how: 'fault' | 'call'): boolean {
  const { memory } = space;
  const order = vma.hugeShift - PAGE_SHIFT;
  const frame = how === 'call' ? memory.allocateRun(1 << order, 1 << order) : memory.allocateBlock(order);
  if (frame === 0) return false;
  memory.clear(frame, 1 << order);
  mapFrames(space, vma, first, frame, 1 << order);
  return true;
}

/** Maps contiguous frames, whose references become the mapping's. */
export function mapFrames(
  space: MemoryMap,
  vma: Vma,
  first: number,
  frame: FrameNumber,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const one = (frame + i) as FrameNumber;
    if (vma.cache === undefined) space.mapPage(first + i, one, PTE_ANON | PTE_READ | PTE_WRITE);
    else vma.cache.insert(vma.cacheIndex(first + i), one);
  }
}

/** A new frame with the content of `frame`, which is kept while memory is looked for. */
export function copyFrame(space: MemoryMap, frame: FrameNumber): FrameNumber {
  const { frames, physical } = space.memory;
  frames.get(frame);
  try {
    const copy = space.memory.allocate();
    physical.bytes.copyWithin(copy * PAGE_SIZE, frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE);
    return copy;
  } finally {
    frames.put(frame);
  }
}

/**
 * A touch below a stack grows it, within RLIMIT_STACK and not up to what lies below. Linux counterpart: expand_stack.
 */
export function growStack(space: MemoryMap, at: number): Vma | undefined {
  const index = space.indexAfter(at);
  const vma = space.vmas[index];
  if (vma === undefined || (vma.flags & vm.VM_GROWSDOWN) === 0) return undefined;
  const start = at - (at % PAGE_SIZE);
  if (start < space.memory.mmapMinAddr) return undefined;
  const below = space.vmas[index - 1];
  if (below !== undefined && (below.flags & vm.VM_GROWSDOWN) === 0 && (below.flags & vm.VM_ACCESS) !== 0) {
    if (start - below.end < STACK_GUARD_PAGES * PAGE_SIZE) return undefined;
  }
  const { limits } = space;
  const growth = (vma.start - start) / PAGE_SIZE;
  if (vma.end - start > limits.limit(RLIMIT_STACK)) return undefined;
  if ((space.totalPages + growth) * PAGE_SIZE > limits.limit(RLIMIT_AS)) return undefined;
  if (
    (vma.flags & vm.VM_LOCKED) !== 0 &&
    (space.lockedPages + growth) * PAGE_SIZE > limits.limit(RLIMIT_MEMLOCK)
  ) {
    return undefined;
  }
  if ((vma.flags & vm.VM_ACCOUNT) !== 0) {
    if (!space.memory.canCharge(growth)) return undefined;
    space.memory.charge(growth);
  }
  space.resize(vma, start, vma.end);
  return vma;
}
