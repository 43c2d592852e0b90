/**
 * mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2), msync(2), mincore(2) on a MemoryMap. Linux counterparts:
 * mm/mlock.c, mm/msync.c, mm/mincore.c. There is no swap, so locked pages differ from others in the accounting, in that
 * they are faulted in, and in that MADV_DONTNEED refuses them.
 */
import type { MemoryMap } from './memory-map.ts';
import * as mman from '../abi/mman.ts';
import * as vm from './vma.ts';
import { FAULT_DONE, FAULT_OOM } from './fault.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { PTE_ZERO } from './page-table.ts';
import { RLIMIT_MEMLOCK } from '../abi/resource.ts';
import { canLock, pageAlign } from './placement.ts';
import { populate } from './populate.ts';
import { CAP_IPC_LOCK } from '../task/credentials.ts';
import { fail } from '../errors.ts';
import { EAGAIN, EBUSY, EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';

const LOCK_FLAGS = vm.VM_LOCKED | vm.VM_LOCKONFAULT;

/** `onFault`: MLOCK_ONFAULT, pages are locked when they come in. */
export function mlock(space: MemoryMap, at: number, length: number, when: 'now' | 'onFault'): void {
  const { limits } = space;
  if (!canLock(limits)) fail(EPERM, 'mlock: RLIMIT_MEMLOCK is 0');
  const start = at - (at % PAGE_SIZE);
  const size = pageAlign(length + (at - start));
  if (!limits.capable(CAP_IPC_LOCK)) {
    let wanted = space.lockedPages * PAGE_SIZE + size;
    // What is locked already is not counted twice.
    if (wanted > limits.limit(RLIMIT_MEMLOCK)) wanted -= lockedBytes(space, start, start + size);
    if (wanted > limits.limit(RLIMIT_MEMLOCK)) fail(ENOMEM, 'mlock: RLIMIT_MEMLOCK');
  }
  setLock(space, start, size, when === 'now' ? vm.VM_LOCKED : LOCK_FLAGS);
  if (when === 'now') requirePopulated(populate(space, start, start + size));
}

export function munlock(space: MemoryMap, at: number, length: number): void {
  const start = at - (at % PAGE_SIZE);
  setLock(space, start, pageAlign(length + (at - start)), 0);
}

export function mlockall(space: MemoryMap, flags: number): void {
  const { limits } = space;
  if (flags === 0 || flags === mman.MCL_ONFAULT) fail(EINVAL, 'mlockall: nothing to lock');
  if ((flags & ~(mman.MCL_CURRENT | mman.MCL_FUTURE | mman.MCL_ONFAULT)) !== 0)
    fail(EINVAL, 'mlockall: flags');
  if (!canLock(limits)) fail(EPERM, 'mlockall: RLIMIT_MEMLOCK is 0');
  const isCurrent = (flags & mman.MCL_CURRENT) !== 0;
  if (
    isCurrent &&
    !limits.capable(CAP_IPC_LOCK) &&
    space.totalPages * PAGE_SIZE > limits.limit(RLIMIT_MEMLOCK)
  ) {
    fail(ENOMEM, 'mlockall: RLIMIT_MEMLOCK');
  }
  const lock = (flags & mman.MCL_ONFAULT) !== 0 ? LOCK_FLAGS : vm.VM_LOCKED;
  space.defaultFlags = (flags & mman.MCL_FUTURE) !== 0 ? lock : 0;
  if (!isCurrent) return;
  for (const vma of space.vmas) space.setFlags(vma, (vma.flags & ~LOCK_FLAGS) | lock);
  space.mergeRange(0, Infinity);
  if (lock !== vm.VM_LOCKED) return;
  for (const vma of space.vmas) populate(space, vma.start, vma.end); // errors are ignored, as in Linux
}

export function munlockall(space: MemoryMap): void {
  space.defaultFlags = 0;
  for (const vma of space.vmas) space.setFlags(vma, vma.flags & ~LOCK_FLAGS);
  space.mergeRange(0, Infinity);
}

function setLock(space: MemoryMap, start: number, size: number, lock: number): void {
  const end = start + size;
  if (size === 0) return;
  for (let at = start; at < end;) {
    const vma = space.find(at);
    if (vma === undefined) fail(ENOMEM, 'mlock: not mapped');
    const to = Math.min(end, vma.end);
    const flags = (vma.flags & ~LOCK_FLAGS) | lock;
    if (flags !== vma.flags && vma.hugeShift === 0) {
      if (space.vmas.length + 2 > space.memory.maxMapCount) fail(ENOMEM, 'mlock: too many mappings');
      space.isolate(at, to);
      space.setFlags(space.find(at)!, flags);
    }
    at = to;
  }
  space.mergeRange(start, end);
}

function lockedBytes(space: MemoryMap, start: number, end: number): number {
  let bytes = 0;
  for (let i = space.indexAfter(start); i < space.vmas.length; i++) {
    const vma = space.vmas[i]!;
    if (vma.start >= end) break;
    if ((vma.flags & vm.VM_LOCKED) !== 0) bytes += Math.min(end, vma.end) - Math.max(start, vma.start);
  }
  return bytes;
}

/** POSIX's errors for memory that cannot be locked. Linux counterpart: __mlock_posix_error_return. */
function requirePopulated(kind: number): void {
  if (kind === FAULT_DONE) return;
  fail(kind === FAULT_OOM ? EAGAIN : ENOMEM, 'mlock: page cannot be made present');
}

export function msync(space: MemoryMap, at: number, length: number, flags: number): void {
  if ((flags & ~(mman.MS_ASYNC | mman.MS_INVALIDATE | mman.MS_SYNC)) !== 0)
    fail(EINVAL, 'msync: unknown flags');
  if (at % PAGE_SIZE !== 0) fail(EINVAL, 'msync: address is not aligned');
  if ((flags & mman.MS_ASYNC) !== 0 && (flags & mman.MS_SYNC) !== 0) fail(EINVAL, 'msync: both ways');
  const end = at + pageAlign(length);
  if (end >= 2 ** 64) fail(ENOMEM, 'msync: range wraps');
  let next = at;
  let hasHole = false;
  while (next < end) {
    const vma = space.vmas[space.indexAfter(next)];
    if (vma === undefined || vma.start >= end) {
      hasHole = true;
      break;
    }
    if (vma.start > next) {
      // Linux: MS_ASYNC stops at the first hole, since it does nothing anyway.
      if (flags === mman.MS_ASYNC) break;
      hasHole = true;
      next = vma.start;
    }
    if ((flags & mman.MS_INVALIDATE) !== 0 && (vma.flags & vm.VM_LOCKED) !== 0) fail(EBUSY, 'msync: locked');
    const to = Math.min(end, vma.end);
    if ((flags & mman.MS_SYNC) !== 0 && vma.isShared) {
      const shift = vma.pageOffset * PAGE_SIZE - vma.start;
      vma.cache?.flush(next + shift, to + shift);
    }
    next = to;
  }
  if (hasHole || next < end) fail(ENOMEM, 'msync: not mapped');
}

/**
 * One byte for each page: bit 0 is set if it is in memory. `length` is bounded by the caller. ENOMEM.
 * Linux: hides the page cache of files that the caller may not write; here the truth is told.
 */
export function mincore(space: MemoryMap, at: number, length: number): Uint8Array<ArrayBuffer> {
  const first = at / PAGE_SIZE;
  const result = new Uint8Array(pageAlign(length) / PAGE_SIZE);
  for (let i = 0; i < result.length; i++) {
    const vma = space.find((first + i) * PAGE_SIZE);
    if (vma === undefined) fail(ENOMEM, 'mincore: not mapped');
    const entry = space.table.get(first + i);
    if (entry !== 0) result[i] = (entry & PTE_ZERO) === 0 || vma.cache === undefined ? 1 : 0;
    else if (vma.cache !== undefined) result[i] = vma.cache.peek(vma.cacheIndex(first + i)) !== 0 ? 1 : 0;
  }
  return result;
}
