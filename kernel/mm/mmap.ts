/**
 * mmap(2), munmap(2), mprotect(2), brk(2) on a MemoryMap. Linux counterparts: mm/mmap.c, mm/vma.c, mm/mprotect.c. The
 * order of the checks is Linux's, because programs and test suites see which error wins.
 */
import type { File } from '../fs/file.ts';
import type { LimitSource } from './memory-map.ts';
import type { MemoryMap } from './memory-map.ts';
import type { VmaBacking } from './vma.ts';
import * as mman from '../abi/mman.ts';
import * as vm from './vma.ts';
import { ACCESS_READ, ACCESS_WRITE, FAULT_DONE, handleFault, mapBlock } from './fault.ts';
import { PTE_READ, PTE_WRITE } from './page-table.ts';
import { PAGE_SHIFT, PAGE_SIZE } from './physical-memory.ts';
import { PageCache } from './page-cache.ts';
import { RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK, RLIMIT_STACK } from '../abi/resource.ts';
import { STACK_GUARD_PAGES, TASK_SIZE, USER_END } from './memory-map.ts';
import { OVERCOMMIT_NEVER } from './overcommit.ts';
import { CAP_IPC_LOCK } from '../task/credentials.ts';
import { fail } from '../errors.ts';
import { EACCES, EAGAIN, EEXIST, EINVAL, ENOMEM, EOPNOTSUPP, EOVERFLOW, EPERM } from '../abi/errno.ts';

export interface MmapRequest {
  at: number;
  length: number;
  prot: number;
  flags: number;
  /** undefined: anonymous. The VMA takes a reference of its own. */
  file?: File | undefined;
  /** Bytes; a multiple of the page size. */
  offset?: number;
}

/** Flags that Linux accepts from old programs without looking (LEGACY_MAP_MASK). */
const LEGACY_FLAGS =
  mman.MAP_SHARED |
  mman.MAP_PRIVATE |
  mman.MAP_FIXED |
  mman.MAP_ANONYMOUS |
  mman.MAP_DENYWRITE |
  mman.MAP_EXECUTABLE |
  mman.MAP_GROWSDOWN |
  mman.MAP_LOCKED |
  mman.MAP_NORESERVE |
  mman.MAP_POPULATE |
  mman.MAP_NONBLOCK |
  mman.MAP_STACK |
  mman.MAP_HUGETLB |
  mman.MAP_32BIT |
  (mman.MAP_HUGE_MASK << mman.MAP_HUGE_SHIFT);
const MS_NOEXEC = 8;
const CAP_SYS_RAWIO = 17;
const DEFAULT_HUGE_SHIFT = 21;
/** Linux: 2 MiB and 1 GiB only. */
const SMALLEST_HUGE_SHIFT = 16;
const LARGEST_HUGE_SHIFT = 30;

export function pageAlign(length: number): number {
  return Math.ceil(length / PAGE_SIZE) * PAGE_SIZE;
}

export function mmap(space: MemoryMap, request: MmapRequest): number {
  const { prot, file } = request;
  let { flags } = request;
  const hugeShift = hugePageShift(request);
  if (request.length === 0) fail(EINVAL, 'mmap: length is 0');
  if ((flags & mman.MAP_FIXED_NOREPLACE) !== 0) flags |= mman.MAP_FIXED;
  const alignment = hugeShift === 0 ? PAGE_SIZE : 2 ** hugeShift;
  const length = Math.ceil(request.length / alignment) * alignment;
  let offset = request.offset ?? 0;
  if (space.vmas.length > space.memory.maxMapCount) fail(ENOMEM, 'mmap: too many mappings');
  const at = placeFor(space, request.at, length, flags, alignment);
  if ((flags & mman.MAP_LOCKED) !== 0 && !canLock(space.limits)) fail(EPERM, 'mmap: MAP_LOCKED');

  let vmFlags = (prot & vm.VM_ACCESS) | vm.VM_MAYREAD | vm.VM_MAYWRITE | vm.VM_MAYEXEC | space.defaultFlags;
  if ((flags & mman.MAP_GROWSDOWN) !== 0) vmFlags |= vm.VM_GROWSDOWN;
  if ((flags & mman.MAP_LOCKED) !== 0) vmFlags |= vm.VM_LOCKED;
  if (hugeShift !== 0) vmFlags |= vm.VM_HUGETLB | vm.VM_DONTEXPAND;
  if ((vmFlags & vm.VM_LOCKED) !== 0) requireLockable(space, length);

  const source = file !== undefined && !isZeroDevice(file) ? file : undefined;
  if (source !== undefined && offset + length >= 2 ** 63) fail(EOVERFLOW, 'mmap: past the largest offset');
  vmFlags = source !== undefined ? fileFlags(source, prot, flags, vmFlags) : anonymousFlags(flags, vmFlags);
  if (source === undefined) offset = 0;
  if ((flags & mman.MAP_NORESERVE) !== 0 && space.memory.overcommitMemory !== OVERCOMMIT_NEVER) {
    vmFlags |= vm.VM_NORESERVE;
  }
  const pages = length / PAGE_SIZE;
  requireRoom(space, vmFlags, pages, mappedPages(space, at, at + length));
  const isAccounted =
    (vmFlags & (vm.VM_NORESERVE | vm.VM_HUGETLB | vm.VM_SHARED | vm.VM_WRITE)) === vm.VM_WRITE;
  const isSharedAnonymous = source === undefined && (vmFlags & vm.VM_SHARED) !== 0;

  const cache = source?.mappable();
  if (cache !== undefined) requireUnsealed(cache, vmFlags);
  space.remove(at, at + length);
  if (isAccounted) {
    space.memory.charge(pages);
    vmFlags |= vm.VM_ACCOUNT;
  }
  const backing: VmaBacking = {
    cache: isSharedAnonymous ? sharedAnonymous(space, length, vmFlags) : cache,
    file: source,
    pageOffset: offset / PAGE_SIZE,
    hugeShift,
  };
  const name = isSharedAnonymous ? '/dev/zero (deleted)' : '';
  const vma = new vm.Vma(space, at, at + length, vmFlags, backing, name);
  if (hugeShift !== 0) fillHuge(space, vma);
  space.insert(vma);
  if ((vmFlags & vm.VM_LOCKED) !== 0) {
    if ((vmFlags & vm.VM_LOCKONFAULT) === 0) populate(space, at, at + length);
  } else if (hugeShift !== 0 || (flags & (mman.MAP_POPULATE | mman.MAP_NONBLOCK)) === mman.MAP_POPULATE) {
    populate(space, at, at + length);
  }
  return at;
}

/** log2 of the block size of MAP_HUGETLB, 0 without it. */
function hugePageShift(request: MmapRequest): number {
  if ((request.flags & mman.MAP_HUGETLB) === 0) return 0;
  if (request.file !== undefined) fail(EINVAL, 'mmap: MAP_HUGETLB of a file');
  const shift = (request.flags >>> mman.MAP_HUGE_SHIFT) & mman.MAP_HUGE_MASK;
  if (shift === 0) return DEFAULT_HUGE_SHIFT;
  if (shift < SMALLEST_HUGE_SHIFT || shift > LARGEST_HUGE_SHIFT) fail(EINVAL, 'mmap: no such huge page size');
  return shift;
}

/** /dev/zero: mapping it is anonymous memory. */
function isZeroDevice(file: File): boolean {
  const { inode } = file;
  return (inode.mode & 0o170000) === 0o020000 && inode.rdev === 0x105;
}

function anonymousFlags(flags: number, vmFlags: number): number {
  switch (flags & mman.MAP_TYPE) {
    case mman.MAP_SHARED:
      if ((vmFlags & vm.VM_GROWSDOWN) !== 0) fail(EINVAL, 'mmap: a shared stack');
      return vmFlags | vm.VM_SHARED | vm.VM_MAYSHARE;
    case mman.MAP_PRIVATE:
      return vmFlags;
    default:
      return fail(EINVAL, 'mmap: neither shared nor private');
  }
}

function fileFlags(file: File, prot: number, flags: number, given: number): number {
  let vmFlags = given;
  const type = flags & mman.MAP_TYPE;
  if (type === mman.MAP_SHARED || type === mman.MAP_SHARED_VALIDATE) {
    if (type === mman.MAP_SHARED_VALIDATE && (flags & ~LEGACY_FLAGS) !== 0)
      fail(EOPNOTSUPP, 'mmap: unknown flags');
    if ((prot & mman.PROT_WRITE) !== 0 && !file.isWritable)
      fail(EACCES, 'mmap: file is not open for writing');
    vmFlags |= vm.VM_SHARED | vm.VM_MAYSHARE;
    if (!file.isWritable) vmFlags &= ~(vm.VM_MAYWRITE | vm.VM_SHARED);
  } else if (type !== mman.MAP_PRIVATE) fail(EINVAL, 'mmap: neither shared nor private');
  if (!file.isReadable) fail(EACCES, 'mmap: file is not open for reading');
  if ((file.path.mount.flags & MS_NOEXEC) !== 0) {
    if ((prot & mman.PROT_EXEC) !== 0) fail(EPERM, 'mmap: mounted noexec');
    vmFlags &= ~vm.VM_MAYEXEC;
  }
  file.mappable(); // ENODEV
  if ((flags & mman.MAP_GROWSDOWN) !== 0) fail(EINVAL, 'mmap: a file as a stack');
  return vmFlags;
}

/** A sealed memfd cannot be mapped shared and writable, nor become so. */
function requireUnsealed(cache: PageCache, vmFlags: number): void {
  const seals = cache.store.seals ?? 0;
  if ((seals & (mman.F_SEAL_WRITE | mman.F_SEAL_FUTURE_WRITE)) === 0) return;
  if ((vmFlags & vm.VM_SHARED) !== 0 && (vmFlags & vm.VM_WRITE) !== 0) fail(EPERM, 'mmap: file is sealed');
}

/** A cache that only mappings know, for MAP_SHARED | MAP_ANONYMOUS. */
function sharedAnonymous(space: MemoryMap, length: number, vmFlags: number): PageCache {
  const pages = (vmFlags & (vm.VM_NORESERVE | vm.VM_HUGETLB)) === 0 ? length / PAGE_SIZE : 0;
  space.memory.charge(pages);
  const cache = new PageCache(space.memory, { size: length });
  cache.chargedPages = pages;
  cache.isOwnedByMappings = true;
  return cache;
}

/** Takes all contiguous blocks of a MAP_HUGETLB mapping now. Linux: from a reserve, at the first touch. */
function fillHuge(space: MemoryMap, vma: vm.Vma): void {
  const pages = 2 ** (vma.hugeShift - PAGE_SHIFT);
  for (let page = vma.firstPage; page < vma.endPage; page += pages) {
    if (mapBlock(space, vma, page)) continue;
    space.zap(vma.firstPage, vma.endPage, 'all');
    vma.cache?.destroy();
    fail(ENOMEM, 'mmap: no contiguous block of that size');
  }
}

// --- finding a place -----------------------------------------------------------------------------------------------

/** Where a mapping goes. `at` is a demand with MAP_FIXED, else a wish. Linux: get_unmapped_area. */
export function placeFor(
  space: MemoryMap,
  at: number,
  length: number,
  flags: number,
  alignment = PAGE_SIZE,
): number {
  if (length > TASK_SIZE) fail(ENOMEM, 'mmap: longer than the address space');
  if ((flags & mman.MAP_FIXED) !== 0) {
    if (at > TASK_SIZE - length) fail(ENOMEM, 'mmap: past the end of the address space');
    if (at % PAGE_SIZE !== 0 || at % alignment !== 0) fail(EINVAL, 'mmap: address is not aligned');
    if (at < space.memory.mmapMinAddr && !space.limits.capable(CAP_SYS_RAWIO)) {
      fail(EPERM, 'mmap: below vm.mmap_min_addr');
    }
    if ((flags & mman.MAP_FIXED_NOREPLACE) !== 0 && space.intersecting(at, at + length) !== undefined) {
      fail(EEXIST, 'mmap: MAP_FIXED_NOREPLACE');
    }
    return at;
  }
  if (at > 0 && at <= TASK_SIZE - length) {
    const wish = Math.ceil(Math.max(at, space.memory.mmapMinAddr) / alignment) * alignment;
    if (wish <= TASK_SIZE - length && isGap(space, wish, wish + length)) return wish;
  }
  const found =
    gapBelow(space, space.mmapBase, length, alignment) ?? gapBelow(space, TASK_SIZE, length, alignment);
  return found ?? fail(ENOMEM, 'mmap: no gap of that length');
}

function isGap(space: MemoryMap, start: number, end: number): boolean {
  const next = space.vmas[space.indexAfter(start)];
  return next === undefined || end <= space.gapStart(next);
}

/** The highest gap that ends at or below `top`. */
function gapBelow(space: MemoryMap, top: number, length: number, alignment: number): number | undefined {
  const lowest = Math.max(PAGE_SIZE, space.memory.mmapMinAddr);
  let end = top;
  for (let i = space.indexAfter(top); ; i--) {
    const above = space.vmas[i];
    if (above !== undefined) end = Math.min(end, space.gapStart(above));
    const below = space.vmas[i - 1];
    const start = Math.floor((end - length) / alignment) * alignment;
    if (start < lowest) return undefined;
    if (below === undefined || start >= below.end) return start;
  }
}

/** Pages of [start, end) that are mapped. */
function mappedPages(space: MemoryMap, start: number, end: number): number {
  let bytes = 0;
  for (let i = space.indexAfter(start); i < space.vmas.length; i++) {
    const vma = space.vmas[i]!;
    if (vma.start >= end) break;
    bytes += Math.min(end, vma.end) - Math.max(start, vma.start);
  }
  return bytes / PAGE_SIZE;
}

// --- limits --------------------------------------------------------------------------------------------------------

export function canLock(limits: LimitSource): boolean {
  return limits.limit(RLIMIT_MEMLOCK) > 0 || limits.capable(CAP_IPC_LOCK);
}

/** EAGAIN if `length` more bytes cannot be locked. Linux: mlock_future_ok. */
export function requireLockable(space: MemoryMap, length: number): void {
  if (space.limits.capable(CAP_IPC_LOCK)) return;
  if (space.lockedPages * PAGE_SIZE + length > space.limits.limit(RLIMIT_MEMLOCK))
    fail(EAGAIN, 'RLIMIT_MEMLOCK');
}

/** ENOMEM if `pages` more exceed RLIMIT_AS or RLIMIT_DATA; `replaced` of them are mapped already. */
export function requireRoom(space: MemoryMap, vmFlags: number, pages: number, replaced = 0): void {
  const { limits } = space;
  if ((space.totalPages + pages - replaced) * PAGE_SIZE > limits.limit(RLIMIT_AS)) fail(ENOMEM, 'RLIMIT_AS');
  const isData = (vmFlags & (vm.VM_WRITE | vm.VM_SHARED | vm.VM_GROWSDOWN)) === vm.VM_WRITE;
  if (isData && (space.dataPages + pages - replaced) * PAGE_SIZE > limits.limit(RLIMIT_DATA)) {
    fail(ENOMEM, 'RLIMIT_DATA');
  }
}

// --- munmap, mprotect, brk -----------------------------------------------------------------------------------------

export function munmap(space: MemoryMap, at: number, length: number): void {
  if (at % PAGE_SIZE !== 0 || at > USER_END || length > USER_END - at) fail(EINVAL, 'munmap: bad range');
  // Nothing is mapped past TASK_SIZE, so a range that ends there is as good.
  const end = Math.min(at + pageAlign(length), Math.max(at, TASK_SIZE));
  if (length === 0) fail(EINVAL, 'munmap: length is 0');
  const first = space.intersecting(at, end);
  if (first === undefined) return;
  if (first.start < at && end < first.end && space.vmas.length >= space.memory.maxMapCount) {
    fail(ENOMEM, 'munmap: too many mappings');
  }
  space.remove(at, end);
}

export function mprotect(space: MemoryMap, at: number, length: number, protection: number): void {
  const grows = protection & (mman.PROT_GROWSDOWN | mman.PROT_GROWSUP);
  const prot = protection & ~grows;
  if (grows === (mman.PROT_GROWSDOWN | mman.PROT_GROWSUP)) fail(EINVAL, 'mprotect: grows both ways');
  if (at % PAGE_SIZE !== 0) fail(EINVAL, 'mprotect: address is not aligned');
  if (length === 0) return;
  const end = at + pageAlign(length);
  if (end >= 2 ** 64) fail(ENOMEM, 'mprotect: range wraps');
  if ((prot & ~(mman.PROT_READ | mman.PROT_WRITE | mman.PROT_EXEC | mman.PROT_SEM)) !== 0) {
    fail(EINVAL, 'mprotect: unknown protection');
  }
  let start = at;
  const first = space.vmas[space.indexAfter(at)];
  if (first === undefined) fail(ENOMEM, 'mprotect: nothing mapped');
  if (grows === mman.PROT_GROWSDOWN) {
    if (first.start >= end) fail(ENOMEM, 'mprotect: nothing mapped');
    start = first.start;
    if ((first.flags & vm.VM_GROWSDOWN) === 0) fail(EINVAL, 'mprotect: not a stack');
  } else {
    if (first.start > start) fail(ENOMEM, 'mprotect: not mapped');
    if (grows !== 0) fail(EINVAL, 'mprotect: nothing grows up');
  }
  while (start < end) {
    const vma = space.find(start);
    if (vma === undefined) fail(ENOMEM, 'mprotect: not mapped');
    const to = Math.min(end, vma.end);
    protectPart(space, vma, start, to, prot & vm.VM_ACCESS);
    start = to;
  }
}

/** Gives [start, end) of one VMA another protection. */
function protectPart(space: MemoryMap, vma: vm.Vma, start: number, end: number, prot: number): void {
  if ((prot & ~(vma.flags >>> 4) & vm.VM_ACCESS) !== 0) fail(EACCES, 'mprotect: file or mount forbids it');
  let flags = (vma.flags & ~vm.VM_ACCESS) | prot;
  if (flags === vma.flags) return;
  const pages = (end - start) / PAGE_SIZE;
  if ((flags & vm.VM_WRITE) !== 0 && (vma.flags & vm.VM_WRITE) === 0) {
    if ((flags & vm.VM_SHARED) === 0) requireDataRoom(space, vma, pages);
    if ((flags & (vm.VM_ACCOUNT | vm.VM_SHARED | vm.VM_HUGETLB | vm.VM_NORESERVE)) === 0) {
      space.memory.charge(pages);
      flags |= vm.VM_ACCOUNT;
    }
    if (vma.cache !== undefined) requireUnsealedFor(space, vma, flags, pages);
  }
  const accounted = (flags & vm.VM_ACCOUNT) !== 0 && (vma.flags & vm.VM_ACCOUNT) === 0;
  if (space.vmas.length + 2 > space.memory.maxMapCount && (vma.start < start || end < vma.end)) {
    if (accounted) space.memory.uncharge(pages);
    fail(ENOMEM, 'mprotect: too many mappings');
  }
  space.isolate(start, end);
  const part = space.find(start)!;
  space.setFlags(part, flags);
  protectPages(space, start / PAGE_SIZE, end / PAGE_SIZE, prot);
  space.mergeRange(start, end);
}

function requireDataRoom(space: MemoryMap, vma: vm.Vma, pages: number): void {
  if ((vma.flags & vm.VM_GROWSDOWN) !== 0) return;
  if ((space.dataPages + pages) * PAGE_SIZE > space.limits.limit(RLIMIT_DATA)) fail(ENOMEM, 'RLIMIT_DATA');
}

function requireUnsealedFor(space: MemoryMap, vma: vm.Vma, flags: number, pages: number): void {
  const seals = vma.cache!.store.seals ?? 0;
  if ((flags & vm.VM_SHARED) === 0 || (seals & (mman.F_SEAL_WRITE | mman.F_SEAL_FUTURE_WRITE)) === 0) return;
  if ((flags & vm.VM_ACCOUNT) !== 0 && (vma.flags & vm.VM_ACCOUNT) === 0) space.memory.uncharge(pages);
  fail(EACCES, 'mprotect: file is sealed');
}

/** Page table entries lose what is no longer permitted; what becomes permitted is found out by faults. */
function protectPages(space: MemoryMap, from: number, to: number, prot: number): void {
  const { table } = space;
  const isWritable = (prot & vm.VM_WRITE) !== 0;
  let page = table.nextPresent(from, to);
  if (page < to) space.invalidate(page, to);
  for (; page < to; page = table.nextPresent(page + 1, to)) {
    let entry = table.get(page) & ~PTE_READ;
    if (prot !== 0) entry |= PTE_READ;
    if (!isWritable) entry &= ~PTE_WRITE;
    table.set(page, entry);
  }
}

/** brk(2): the new end of the heap, or the old one if it cannot be had. */
export function brk(space: MemoryMap, to: number): number {
  if (to < space.startBrk || to > TASK_SIZE) return space.currentBrk;
  const { limits } = space;
  if (to - space.startBrk + (space.endData - space.startData) > limits.limit(RLIMIT_DATA))
    return space.currentBrk;
  const oldEnd = pageAlign(space.currentBrk);
  const newEnd = pageAlign(to);
  if (newEnd < oldEnd) space.remove(newEnd, oldEnd);
  else if (newEnd > oldEnd && !growHeap(space, oldEnd, newEnd)) return space.currentBrk;
  space.currentBrk = to;
  return to;
}

function growHeap(space: MemoryMap, start: number, end: number): boolean {
  if (!isGap(space, start, end)) return false;
  const pages = (end - start) / PAGE_SIZE;
  const { limits, memory } = space;
  if ((space.totalPages + pages) * PAGE_SIZE > limits.limit(RLIMIT_AS)) return false;
  if ((space.dataPages + pages) * PAGE_SIZE > limits.limit(RLIMIT_DATA)) return false;
  if ((space.defaultFlags & vm.VM_LOCKED) !== 0 && !limits.capable(CAP_IPC_LOCK)) {
    if (space.lockedPages * PAGE_SIZE + (end - start) > limits.limit(RLIMIT_MEMLOCK)) return false;
  }
  if (space.vmas.length > memory.maxMapCount || !memory.canCharge(pages)) return false;
  memory.charge(pages);
  const flags = vm.VM_READ | vm.VM_WRITE | vm.VM_MAYREAD | vm.VM_MAYWRITE | vm.VM_MAYEXEC | vm.VM_ACCOUNT;
  space.insert(new vm.Vma(space, start, end, flags | space.defaultFlags));
  if ((space.defaultFlags & (vm.VM_LOCKED | vm.VM_LOCKONFAULT)) === vm.VM_LOCKED) populate(space, start, end);
  return true;
}

/** Faults pages in, for MAP_POPULATE and mlock. Stops at the first that cannot be had and says how it went. */
export function populate(space: MemoryMap, start: number, end: number): number {
  for (let at = start; at < end;) {
    const vma = space.find(at);
    if (vma === undefined) return 1;
    const to = Math.min(end, vma.end);
    // A private mapping that may be written is made the process's own at once.
    const isWrite = (vma.flags & (vm.VM_WRITE | vm.VM_SHARED)) === vm.VM_WRITE;
    const need = isWrite ? PTE_WRITE : PTE_READ;
    for (; at < to; at += PAGE_SIZE) {
      if ((space.table.get(at >>> PAGE_SHIFT) & need) !== 0) continue;
      const kind = handleFault(space, at, isWrite ? ACCESS_WRITE : ACCESS_READ);
      if (kind !== FAULT_DONE) return kind;
    }
  }
  return FAULT_DONE;
}

/** The main stack of a program: grows down from `top`; `size` bytes are mapped at first. Linux: setup_arg_pages. */
export function mapStack(space: MemoryMap, top: number, size: number): number {
  const start = top - pageAlign(size);
  const limit = Math.min(
    Math.max(space.limits.limit(RLIMIT_STACK), 128 << 20),
    Math.floor(TASK_SIZE / 6) * 5,
  );
  space.mmapBase = Math.floor((top - limit - STACK_GUARD_PAGES * PAGE_SIZE) / 65536) * 65536;
  const flags =
    vm.VM_READ |
    vm.VM_WRITE |
    vm.VM_MAYREAD |
    vm.VM_MAYWRITE |
    vm.VM_MAYEXEC |
    vm.VM_GROWSDOWN |
    vm.VM_ACCOUNT;
  space.memory.charge((top - start) / PAGE_SIZE);
  space.insert(new vm.Vma(space, start, top, flags | space.defaultFlags, vm.ANONYMOUS, '[stack]'));
  space.startStack = top;
  return start;
}
