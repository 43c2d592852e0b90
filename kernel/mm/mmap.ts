/**
 * mmap(2) and munmap(2) on a MemoryMap. Linux counterparts: mm/mmap.c, mm/vma.c. The
 * order of the checks is Linux's, because programs and test suites see which error wins.
 */
import type { File } from '../fs/file.ts';
import type { MemoryMap } from './memory-map.ts';
import type { VmaBacking } from './vma.ts';
import { F_SEAL_FUTURE_WRITE, F_SEAL_WRITE } from '../abi/fcntl.ts';
import * as mman from '../abi/mman.ts';
import { MS_NOEXEC } from '../abi/mount.ts';
import { S_IFCHR, S_IFMT, S_IFREG, makedev } from '../abi/stat.ts';
import * as vm from './vma.ts';
import { mapBlock, mapFrames } from './fault.ts';
import { imageWish } from './image-places.ts';
import { PAGE_SHIFT, PAGE_SIZE } from './physical-memory.ts';
import { PageCache } from './page-cache.ts';
import { TASK_SIZE } from './memory-map.ts';
import { OVERCOMMIT_NEVER } from './overcommit.ts';
import {
  CAP_SYS_RAWIO,
  canLock,
  mappedPages,
  pageAlign,
  placeFor,
  requireLockable,
  requireRoom,
} from './placement.ts';
import { populate } from './populate.ts';
import { fail } from '../errors.ts';
import { EACCES, EINVAL, ENOMEM, EOPNOTSUPP, EOVERFLOW, EPERM } from '../abi/errno.ts';

export interface MmapRequest {
  at: number;
  length: number;
  prot: number;
  flags: number;
  /** undefined: anonymous. The VMA takes a reference of its own. */
  file?: File | undefined;
  /** Bytes; a multiple of the page size. */
  offset?: number;
  /** Instead of a file: memory that is shared under an identifier (shmat). */
  shared?: { readonly cache: PageCache; readonly name: string; readonly isReadOnly: boolean };
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
const DEFAULT_HUGE_SHIFT = 21;
/** Linux: 2 MiB and 1 GiB only. */
const SMALLEST_HUGE_SHIFT = 16;
const LARGEST_HUGE_SHIFT = 30;
const UNINITIALIZED_SIZE = mman.MAP_UNINITIALIZED >>> mman.MAP_HUGE_SHIFT;

export function mmap(space: MemoryMap, request: MmapRequest): number {
  const { prot, file } = request;
  let { flags } = request;
  const hugeShift = hugePageShift(space, request);
  if (request.length === 0) fail(EINVAL, 'mmap: length is 0');
  if ((flags & mman.MAP_FIXED_NOREPLACE) !== 0) flags |= mman.MAP_FIXED;
  const alignment = hugeShift === 0 ? PAGE_SIZE : 2 ** hugeShift;
  const length = Math.ceil(request.length / alignment) * alignment;
  let offset = request.offset ?? 0;
  if (space.vmas.length > space.memory.maxMapCount) fail(ENOMEM, 'mmap: too many mappings');
  const wish = request.at === 0 ? wishOf(space, request, length) : request.at;
  const at = placeFor(space, wish, length, flags, alignment);
  if ((flags & mman.MAP_LOCKED) !== 0 && !canLock(space.limits)) fail(EPERM, 'mmap: MAP_LOCKED');

  let vmFlags = (prot & vm.VM_ACCESS) | vm.VM_MAYREAD | vm.VM_MAYWRITE | vm.VM_MAYEXEC | space.defaultFlags;
  if ((flags & mman.MAP_GROWSDOWN) !== 0) vmFlags |= vm.VM_GROWSDOWN;
  if ((flags & mman.MAP_LOCKED) !== 0) vmFlags |= vm.VM_LOCKED;
  if (hugeShift !== 0) vmFlags |= vm.VM_HUGETLB | vm.VM_DONTEXPAND;
  if ((vmFlags & vm.VM_LOCKED) !== 0) requireLockable(space, length);

  const source = file !== undefined && !isZeroDevice(file) ? file : undefined;
  if (source !== undefined && offset + length >= 2 ** 63) fail(EOVERFLOW, 'mmap: past the largest offset');
  vmFlags = source !== undefined ? fileFlags(source, prot, flags, vmFlags) : anonymousFlags(flags, vmFlags);
  if (source === undefined && request.shared === undefined) offset = 0;
  if (request.shared?.isReadOnly === true) vmFlags &= ~(vm.VM_MAYWRITE | vm.VM_SHARED);
  if ((flags & mman.MAP_NORESERVE) !== 0 && space.memory.overcommitMemory !== OVERCOMMIT_NEVER) {
    vmFlags |= vm.VM_NORESERVE;
  }
  const pages = length / PAGE_SIZE;
  requireRoom(space, vmFlags, pages, mappedPages(space, at, at + length));
  const isAccounted =
    (vmFlags & (vm.VM_NORESERVE | vm.VM_HUGETLB | vm.VM_SHARED | vm.VM_WRITE)) === vm.VM_WRITE;
  const isSharedAnonymous =
    source === undefined && request.shared === undefined && (vmFlags & vm.VM_SHARED) !== 0;

  const cache = source?.mappable() ?? request.shared?.cache;
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
  const name = isSharedAnonymous ? '/dev/zero (deleted)' : (request.shared?.name ?? '');
  const vma = new vm.Vma(space, at, at + length, vmFlags, backing, name);
  if (hugeShift !== 0) fillHuge(space, vma, isUninitialized(flags) ? 'anything' : 'zeros');
  space.insert(vma);
  if ((vmFlags & vm.VM_LOCKED) !== 0) {
    if ((vmFlags & vm.VM_LOCKONFAULT) === 0) populate(space, at, at + length);
  } else if (hugeShift !== 0 || (flags & (mman.MAP_POPULATE | mman.MAP_NONBLOCK)) === mman.MAP_POPULATE) {
    populate(space, at, at + length);
  }
  return at;
}

/** Without an address: where the file has its place, if it is a shared library. */
function wishOf(space: MemoryMap, { flags, file, offset = 0 }: MmapRequest, length: number): number {
  if (file === undefined || offset !== 0 || (flags & mman.MAP_TYPE) !== mman.MAP_PRIVATE) return 0;
  if ((flags & (mman.MAP_FIXED | mman.MAP_FIXED_NOREPLACE | mman.MAP_32BIT)) !== 0) return 0;
  return file.isReadable && isRegular(file) ? imageWish(space, file.mappable(), length) : 0;
}

function isRegular(file: File): boolean {
  return (file.inode.mode & S_IFMT) === S_IFREG;
}

/**
 * MAP_UNINITIALIZED, private and anonymous: frames are mapped as they are. Its bit is also the lowest of the huge page
 * size; it is meant when the size would be two bytes. What others left in memory is for those alone who can read
 * all of it anyway (CAP_SYS_RAWIO). Linux: knows the flag without an MMU only.
 */
function isUninitialized(flags: number): boolean {
  const size = (flags >>> mman.MAP_HUGE_SHIFT) & mman.MAP_HUGE_MASK;
  const isPlain = (flags & mman.MAP_TYPE) === mman.MAP_PRIVATE && (flags & mman.MAP_ANONYMOUS) !== 0;
  return isPlain && (flags & mman.MAP_HUGETLB) !== 0 && size === UNINITIALIZED_SIZE;
}

/** log2 of the block size of MAP_HUGETLB, 0 without it. */
function hugePageShift({ limits }: MemoryMap, request: MmapRequest): number {
  if ((request.flags & mman.MAP_HUGETLB) === 0) return 0;
  if (request.file !== undefined) fail(EINVAL, 'mmap: MAP_HUGETLB of a file');
  const shift = (request.flags >>> mman.MAP_HUGE_SHIFT) & mman.MAP_HUGE_MASK;
  if (shift === 0) return DEFAULT_HUGE_SHIFT;
  if (isUninitialized(request.flags)) {
    if (!limits.capable(CAP_SYS_RAWIO)) fail(EPERM, 'mmap: MAP_UNINITIALIZED');
    return DEFAULT_HUGE_SHIFT;
  }
  if (shift < SMALLEST_HUGE_SHIFT || shift > LARGEST_HUGE_SHIFT) fail(EINVAL, 'mmap: no such huge page size');
  return shift;
}

const ZERO_DEVICE = makedev(1, 5);

/** /dev/zero: mapping it is anonymous memory. */
function isZeroDevice(file: File): boolean {
  const { inode } = file;
  return (inode.mode & S_IFMT) === S_IFCHR && inode.rdev === ZERO_DEVICE;
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
  if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) === 0) return;
  if ((vmFlags & vm.VM_SHARED) !== 0 && (vmFlags & vm.VM_WRITE) !== 0) fail(EPERM, 'mmap: file is sealed');
}

/** A cache that only mappings know, for MAP_SHARED | MAP_ANONYMOUS. */
function sharedAnonymous(space: MemoryMap, length: number, vmFlags: number): PageCache {
  const pages = (vmFlags & (vm.VM_NORESERVE | vm.VM_HUGETLB)) === 0 ? length / PAGE_SIZE : 0;
  space.memory.charge(pages);
  const cache = new PageCache(space.memory, { size: length });
  cache.chargedPages = pages;
  cache.isOwnedByMappings = true;
  cache.isPinned = (vmFlags & vm.VM_HUGETLB) !== 0;
  return cache;
}

/**
 * Takes all frames of a MAP_HUGETLB mapping now. Linux: from a reserve, at the first touch. One run of frames, if there
 * is one: a program that asks where an address lies can then use the whole mapping as one piece.
 */
function fillHuge(space: MemoryMap, vma: vm.Vma, content: 'zeros' | 'anything'): void {
  const pages = 2 ** (vma.hugeShift - PAGE_SHIFT);
  const { memory } = space;
  const run = vma.pageCount > pages ? memory.allocateRun(vma.pageCount, pages) : 0;
  if (run !== 0) {
    if (content === 'zeros') memory.clear(run, vma.pageCount);
    mapFrames(space, vma, vma.firstPage, run, vma.pageCount);
    return;
  }
  for (let page = vma.firstPage; page < vma.endPage; page += pages) {
    if (mapBlock(space, vma, page, 'call')) continue;
    space.zap(vma.firstPage, vma.endPage, 'all');
    vma.cache?.destroy();
    fail(ENOMEM, 'mmap: no contiguous block of that size');
  }
}

export function munmap(space: MemoryMap, at: number, length: number): void {
  if (at % PAGE_SIZE !== 0 || at > TASK_SIZE || length > TASK_SIZE - at) fail(EINVAL, 'munmap: bad range');
  const end = at + pageAlign(length);
  if (length === 0) fail(EINVAL, 'munmap: length is 0');
  const first = space.intersecting(at, end);
  if (first === undefined) return;
  if (first.start < at && end < first.end && space.vmas.length >= space.memory.maxMapCount) {
    fail(ENOMEM, 'munmap: too many mappings');
  }
  space.remove(at, end);
}
