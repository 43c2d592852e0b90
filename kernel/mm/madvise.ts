/**
 * madvise(2) on a MemoryMap. Linux counterpart: mm/madvise.c. Advice about a range with holes is carried out for what
 * is mapped, and then ENOMEM.
 */
import type { MemoryMap } from './memory-map.ts';
import type { FrameNumber } from './physical-memory.ts';
import * as mman from '../abi/mman.ts';
import * as vm from './vma.ts';
import { ACCESS_READ, ACCESS_WRITE, FAULT_BUS, FAULT_DONE, handleFault } from './fault.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE } from '../abi/fcntl.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { PTE_ANON, PTE_LAZY, PTE_READ, PTE_SHIFT, PTE_WRITE, PTE_ZERO } from './page-table.ts';
import { pageAlign } from './placement.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import { Errno, fail } from '../errors.ts';
import { EACCES, EFAULT, EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';

/** Advice that changes flags of the VMA: [set, clear]. */
const FLAG_ADVICE: ReadonlyMap<number, readonly [number, number]> = new Map([
  [mman.MADV_NORMAL, [0, vm.VM_RAND_READ | vm.VM_SEQ_READ]],
  [mman.MADV_SEQUENTIAL, [vm.VM_SEQ_READ, vm.VM_RAND_READ]],
  [mman.MADV_RANDOM, [vm.VM_RAND_READ, vm.VM_SEQ_READ]],
  [mman.MADV_DONTFORK, [vm.VM_DONTCOPY, 0]],
  [mman.MADV_DOFORK, [0, vm.VM_DONTCOPY]],
  [mman.MADV_WIPEONFORK, [vm.VM_WIPEONFORK, 0]],
  [mman.MADV_KEEPONFORK, [0, vm.VM_WIPEONFORK]],
  [mman.MADV_DONTDUMP, [vm.VM_DONTDUMP, 0]],
  [mman.MADV_DODUMP, [0, vm.VM_DONTDUMP]],
  [mman.MADV_MERGEABLE, [vm.VM_MERGEABLE, 0]],
  [mman.MADV_UNMERGEABLE, [0, vm.VM_MERGEABLE]],
  [mman.MADV_HUGEPAGE, [vm.VM_HUGEPAGE, vm.VM_NOHUGEPAGE]],
  [mman.MADV_NOHUGEPAGE, [vm.VM_NOHUGEPAGE, vm.VM_HUGEPAGE]],
]);
const OTHER_ADVICE: ReadonlySet<number> = new Set([
  mman.MADV_WILLNEED,
  mman.MADV_DONTNEED,
  mman.MADV_FREE,
  mman.MADV_REMOVE,
  mman.MADV_COLD,
  mman.MADV_PAGEOUT,
  mman.MADV_POPULATE_READ,
  mman.MADV_POPULATE_WRITE,
  mman.MADV_DONTNEED_LOCKED,
  mman.MADV_COLLAPSE,
]);

export function madvise(space: MemoryMap, at: number, length: number, advice: number): void {
  if (advice === mman.MADV_HWPOISON || advice === mman.MADV_SOFT_OFFLINE) {
    fail(space.limits.capable(CAP_SYS_ADMIN) ? EINVAL : EPERM, 'madvise: memory failure');
  }
  const flags = FLAG_ADVICE.get(advice);
  if (flags === undefined && !OTHER_ADVICE.has(advice)) fail(EINVAL, 'madvise: unknown advice');
  if (at % PAGE_SIZE !== 0) fail(EINVAL, 'madvise: address is not aligned');
  const end = at + pageAlign(length);
  if (end >= 2 ** 64) fail(EINVAL, 'madvise: range wraps');
  if (advice === mman.MADV_POPULATE_READ || advice === mman.MADV_POPULATE_WRITE) {
    return populateFor(space, at, end, advice === mman.MADV_POPULATE_WRITE);
  }
  let next = at;
  let hasHole = false;
  while (next < end) {
    const vma = space.vmas[space.indexAfter(next)];
    if (vma === undefined || vma.start >= end) fail(ENOMEM, 'madvise: not mapped');
    if (vma.start > next) {
      hasHole = true;
      next = vma.start;
    }
    const to = Math.min(end, vma.end);
    if (flags !== undefined) setAdvice(space, vma, next, to, advice, flags);
    else advise(space, vma, next, to, advice);
    next = to;
  }
  if (hasHole) fail(ENOMEM, 'madvise: not all mapped');
}

function setAdvice(
  space: MemoryMap,
  vma: vm.Vma,
  start: number,
  end: number,
  advice: number,
  [set, clear]: readonly [number, number],
): void {
  if (advice === mman.MADV_WIPEONFORK && (vma.cache !== undefined || (vma.flags & vm.VM_SHARED) !== 0)) {
    fail(EINVAL, 'madvise: MADV_WIPEONFORK of shared or file memory');
  }
  const isHuge = vma.hugeShift !== 0;
  if (
    isHuge &&
    (advice === mman.MADV_DODUMP || advice === mman.MADV_HUGEPAGE || advice === mman.MADV_NOHUGEPAGE)
  ) {
    fail(EINVAL, 'madvise: huge pages');
  }
  const flags = (vma.flags & ~clear) | set;
  if (flags === vma.flags) return;
  if (space.vmas.length + 2 > space.memory.maxMapCount) fail(ENOMEM, 'madvise: too many mappings');
  space.isolate(start, end);
  space.setFlags(space.find(start)!, flags);
  space.mergeRange(start, end);
}

function advise(space: MemoryMap, vma: vm.Vma, start: number, end: number, advice: number): void {
  const from = start / PAGE_SIZE;
  const to = end / PAGE_SIZE;
  const isLocked = (vma.flags & vm.VM_LOCKED) !== 0;
  switch (advice) {
    case mman.MADV_DONTNEED:
      if (isLocked) fail(EINVAL, 'madvise: locked');
      return space.zap(from, to, 'all');
    case mman.MADV_DONTNEED_LOCKED:
      return space.zap(from, to, 'all');
    case mman.MADV_FREE:
      if (isLocked || vma.cache !== undefined)
        fail(EINVAL, 'madvise: MADV_FREE of locked, shared or file memory');
      return freeLazily(space, from, to);
    case mman.MADV_REMOVE:
      return removeFromFile(vma, start, end);
    case mman.MADV_WILLNEED:
      return readAhead(vma, from, to);
    case mman.MADV_COLD:
    case mman.MADV_PAGEOUT: // Linux: hints for reclaim; nothing is paged out here
      if (isLocked || vma.hugeShift !== 0) fail(EINVAL, 'madvise: locked or huge pages');
      return;
    default:
      if (advice === mman.MADV_COLLAPSE) fail(EINVAL, 'madvise: no transparent huge pages');
  }
}

/** Own pages may be dropped when memory is short, until they are written to again. */
function freeLazily(space: MemoryMap, from: number, to: number): void {
  const { table, memory } = space;
  let page = table.nextPresent(from, to);
  if (page < to) space.invalidate(page, to);
  for (; page < to; page = table.nextPresent(page + 1, to)) {
    const entry = table.get(page);
    if ((entry & PTE_ZERO) !== 0 || (entry & PTE_LAZY) !== 0) continue;
    if ((entry & PTE_ANON) === 0 || memory.frames.count((entry >>> PTE_SHIFT) as FrameNumber) !== 1) continue;
    table.set(page, (entry | PTE_LAZY) & ~PTE_WRITE);
    space.lazyPages++;
  }
}

/** Punches a hole into the file behind a shared mapping. */
function removeFromFile(vma: vm.Vma, start: number, end: number): void {
  if ((vma.flags & vm.VM_LOCKED) !== 0) fail(EINVAL, 'madvise: locked');
  const { cache, file } = vma;
  if (cache === undefined) fail(EINVAL, 'madvise: MADV_REMOVE of private memory');
  if ((vma.flags & (vm.VM_SHARED | vm.VM_MAYWRITE)) !== (vm.VM_SHARED | vm.VM_MAYWRITE)) {
    fail(EACCES, 'madvise: MADV_REMOVE needs a shared mapping of a writable file');
  }
  const offset = vma.cacheIndex(start / PAGE_SIZE) * PAGE_SIZE;
  if (file === undefined) cache.punch(offset, offset + end - start);
  else file.allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, end - start);
}

/** Reads pages of a file in while there is plenty of memory. */
function readAhead(vma: vm.Vma, from: number, to: number): void {
  const { cache } = vma;
  if (cache === undefined || cache.store.readPage === undefined) return;
  const { memory } = cache;
  const end = Math.min(vma.cacheIndex(to), Math.ceil(cache.store.size / PAGE_SIZE));
  try {
    for (let i = vma.cacheIndex(from); i < end && memory.freePages > memory.totalPages / 8; i++)
      cache.frame(i);
  } catch (error) {
    if (!(error instanceof Errno)) throw error; // who touches the page learns of it
  }
}

/** MADV_POPULATE_READ, MADV_POPULATE_WRITE. */
function populateFor(space: MemoryMap, start: number, end: number, isWrite: boolean): void {
  const need = isWrite ? PTE_WRITE : PTE_READ;
  for (let at = start; at < end; at += PAGE_SIZE) {
    const vma = space.find(at);
    if (vma === undefined) fail(ENOMEM, 'madvise: not mapped');
    // Stricter than an access: write-only memory can be read on x86, but not populated for reading.
    if ((vma.flags & (isWrite ? vm.VM_WRITE : vm.VM_READ)) === 0)
      fail(EINVAL, 'madvise: mapping does not permit it');
    if ((space.table.entryAt(at) & need) !== 0) continue;
    const kind = handleFault(space, at, isWrite ? ACCESS_WRITE : ACCESS_READ);
    if (kind === FAULT_DONE) continue;
    if (kind === FAULT_BUS) fail(EFAULT, 'madvise: past the end of the file');
    fail(ENOMEM, 'madvise: no memory');
  }
}
