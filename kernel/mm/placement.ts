/**
 * Where a mapping may go, and how much a process may map and lock. Linux counterparts: get_unmapped_area, may_expand_vm,
 * mlock_future_ok.
 */
import type { LimitSource, MemoryMap } from './memory-map.ts';
import * as vm from './vma.ts';
import { MAP_32BIT, MAP_FIXED, MAP_FIXED_NOREPLACE } from '../abi/mman.ts';
import { RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK } from '../abi/resource.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { CAP_IPC_LOCK } from '../task/credentials.ts';
import { fail } from '../errors.ts';
import { EAGAIN, EEXIST, EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';

export const CAP_SYS_RAWIO = 17;
/** Where mmap looks with MAP_32BIT. */
const START_32BIT = 0x40000000;
const END_32BIT = 0x80000000;

export function pageAlign(length: number): number {
  return Math.ceil(length / PAGE_SIZE) * PAGE_SIZE;
}

/** Where a mapping goes. `at` is a demand with MAP_FIXED, else a wish. Linux counterpart: get_unmapped_area. */
export function placeFor(
  space: MemoryMap,
  at: number,
  length: number,
  flags: number,
  alignment = PAGE_SIZE,
): number {
  if (length > space.end) fail(ENOMEM, 'mmap: longer than the address space');
  if ((flags & MAP_FIXED) !== 0) {
    if (at > space.end - length) fail(ENOMEM, 'mmap: past the end of the address space');
    if (at % PAGE_SIZE !== 0 || at % alignment !== 0) fail(EINVAL, 'mmap: address is not aligned');
    if (at < space.memory.mmapMinAddr && !space.limits.capable(CAP_SYS_RAWIO)) {
      fail(EPERM, 'mmap: below vm.mmap_min_addr');
    }
    if ((flags & MAP_FIXED_NOREPLACE) !== 0 && space.intersecting(at, at + length) !== undefined) {
      fail(EEXIST, 'mmap: MAP_FIXED_NOREPLACE');
    }
    return at;
  }
  // Linux, round_hint_to_min: a wish is first rounded down to its page, and page 0 is no wish.
  const page = at - (at % PAGE_SIZE);
  const end = (flags & MAP_32BIT) !== 0 ? END_32BIT : space.end;
  if (page > 0 && page <= end - length) {
    const wish = Math.ceil(Math.max(page, space.memory.mmapMinAddr) / alignment) * alignment;
    if (wish <= end - length && isGap(space, wish, wish + length)) return wish;
  }
  return findGap(space, length, flags, alignment) ?? fail(ENOMEM, 'mmap: no gap of that length');
}

function findGap(space: MemoryMap, length: number, flags: number, alignment: number): number | undefined {
  if ((flags & MAP_32BIT) !== 0) return gapAbove(space, START_32BIT, END_32BIT, length, alignment);
  if (space.legacyBase !== 0) {
    const found = gapAbove(space, space.legacyBase, space.end, length, alignment);
    if (found !== undefined) return found;
  }
  return gapBelow(space, space.mmapBase, length, alignment) ?? gapBelow(space, space.end, length, alignment);
}

export function isGap(space: MemoryMap, start: number, end: number): boolean {
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

/** The lowest gap within [bottom, top). */
function gapAbove(
  space: MemoryMap,
  bottom: number,
  top: number,
  length: number,
  alignment: number,
): number | undefined {
  let start = bottom;
  for (let i = space.indexAfter(bottom); ; i++) {
    start = Math.ceil(start / alignment) * alignment;
    if (start + length > top) return undefined;
    const next = space.vmas[i];
    if (next === undefined || start + length <= space.gapStart(next)) return start;
    start = Math.max(start, next.end);
  }
}

/** Pages of [start, end) that are mapped. */
export function mappedPages(space: MemoryMap, start: number, end: number): number {
  let bytes = 0;
  for (let i = space.indexAfter(start); i < space.vmas.length; i++) {
    const vma = space.vmas[i]!;
    if (vma.start >= end) break;
    bytes += Math.min(end, vma.end) - Math.max(start, vma.start);
  }
  return bytes / PAGE_SIZE;
}

export function canLock(limits: LimitSource): boolean {
  return limits.limit(RLIMIT_MEMLOCK) > 0 || limits.capable(CAP_IPC_LOCK);
}

/** EAGAIN if `length` more bytes cannot be locked. Linux counterpart: mlock_future_ok. */
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
