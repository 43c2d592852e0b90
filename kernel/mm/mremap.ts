/**
 * mremap(2) on a MemoryMap. Linux counterpart: mm/mremap.c. Pages move by moving their entries in the page table; their
 * frames stay where they are.
 */
import type { MemoryMap } from './memory-map.ts';
import * as vm from './vma.ts';
import { MAP_FIXED, MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE } from '../abi/mman.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { TASK_SIZE } from './memory-map.ts';
import { munmap } from './mmap.ts';
import { pageAlign, placeFor, requireLockable, requireRoom } from './placement.ts';
import { populate } from './populate.ts';
import { fail } from '../errors.ts';
import { EFAULT, EINVAL, ENOMEM } from '../abi/errno.ts';

export interface MremapRequest {
  at: number;
  oldLength: number;
  newLength: number;
  flags: number;
  newAt: number;
}

/** The address of the mapping afterwards. */
export function mremap(space: MemoryMap, request: MremapRequest): number {
  const { at, flags, newAt } = request;
  const oldLength = pageAlign(request.oldLength);
  const newLength = pageAlign(request.newLength);
  const isPlaced = (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0;
  const keepsOld = (flags & MREMAP_DONTUNMAP) !== 0;
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0)
    fail(EINVAL, 'mremap: unknown flags');
  if (at % PAGE_SIZE !== 0) fail(EINVAL, 'mremap: address is not aligned');
  if (newLength === 0 || newLength > TASK_SIZE) fail(EINVAL, 'mremap: new length');
  if (isPlaced) {
    if (newAt > TASK_SIZE - newLength) fail(EINVAL, 'mremap: new range');
    if (newAt % PAGE_SIZE !== 0) fail(EINVAL, 'mremap: new address is not aligned');
    if ((flags & MREMAP_MAYMOVE) === 0) fail(EINVAL, 'mremap: a new place without MREMAP_MAYMOVE');
    if (keepsOld && oldLength !== newLength) fail(EINVAL, 'mremap: MREMAP_DONTUNMAP does not resize');
    if (at + oldLength > newAt && newAt + newLength > at) fail(EINVAL, 'mremap: ranges overlap');
    if (space.vmas.length + 2 >= space.memory.maxMapCount - 3) fail(ENOMEM, 'mremap: too many mappings');
  }
  if ((flags & MREMAP_FIXED) !== 0 && oldLength === newLength)
    return moveAll(space, at, oldLength, newAt, keepsOld);
  const vma = requireResizable(space, { at, oldLength, newLength, isPlaced, keepsOld });
  if (isPlaced) {
    return place(
      space,
      { from: at, oldLength, to: newAt, newLength, keepsOld },
      (flags & MREMAP_FIXED) !== 0,
    );
  }
  if (oldLength >= newLength) {
    if (oldLength > newLength) munmap(space, at + newLength, oldLength - newLength);
    return at;
  }
  if (oldLength === vma.end - at && canGrow(space, vma, newLength - oldLength)) {
    grow(space, vma, newLength - oldLength);
    return at;
  }
  if ((flags & MREMAP_MAYMOVE) === 0) fail(ENOMEM, 'mremap: no room behind the mapping');
  const to = placeFor(space, 0, newLength, 0, alignmentOf(vma));
  return move(space, vma, { from: at, oldLength, to, newLength, keepsOld });
}

/** Moves every mapping of a range, with the gaps between them (since Linux 6.17). */
function moveAll(space: MemoryMap, at: number, length: number, newAt: number, keepsOld: boolean): number {
  const end = at + length;
  if (space.find(at) === undefined) fail(EFAULT, 'mremap: not mapped');
  for (let from = at; ;) {
    const vma = space.vmas[space.indexAfter(from)];
    if (vma === undefined || vma.start >= Math.max(end, at + 1)) break;
    from = Math.max(from, vma.start);
    const vmaEnd = vma.end;
    const oldLength = Math.min(end, vmaEnd) - from;
    if (vma.hugeShift !== 0 && (from > at || vmaEnd < end)) fail(EFAULT, 'mremap: huge pages among others');
    const newLength = oldLength;
    requireResizable(space, { at: from, oldLength, newLength, isPlaced: true, keepsOld });
    place(space, { from, oldLength, to: newAt + from - at, newLength, keepsOld }, true);
    from = vmaEnd;
    if (from >= end) break;
  }
  return newAt;
}

/**
 * Moves one mapping to a demanded place, or with MREMAP_DONTUNMAP alone to a wished one. Linux counterpart: mremap_to.
 */
function place(space: MemoryMap, wanted: Move, isFixed: boolean): number {
  const { from, to, newLength, keepsOld } = wanted;
  let { oldLength } = wanted;
  if (isFixed) space.remove(to, to + newLength);
  if (oldLength > newLength) {
    munmap(space, from + newLength, oldLength - newLength);
    oldLength = newLength;
  }
  const vma = space.find(from);
  if (vma === undefined) fail(EFAULT, 'mremap: not mapped');
  if (keepsOld) requireRoom(space, vma.flags, oldLength / PAGE_SIZE);
  const found = placeFor(space, to, newLength, isFixed ? MAP_FIXED : 0, alignmentOf(vma));
  return move(space, vma, { from, oldLength, to: found, newLength, keepsOld });
}

function alignmentOf(vma: vm.Vma): number {
  return vma.hugeShift === 0 ? PAGE_SIZE : 2 ** vma.hugeShift;
}

interface Resize {
  at: number;
  oldLength: number;
  newLength: number;
  /** It will be mapped anew even if it does not grow. */
  isPlaced: boolean;
  keepsOld: boolean;
}

/** The VMA at `at`, if that part of it may become so long. Linux counterpart: check_prep_vma. */
function requireResizable(
  space: MemoryMap,
  { at, oldLength, newLength, isPlaced, keepsOld }: Resize,
): vm.Vma {
  const vma = space.find(at);
  if (vma === undefined) fail(EFAULT, 'mremap: not mapped');
  if (newLength <= oldLength && !isPlaced) return vma;
  if (oldLength === 0 && (vma.flags & (vm.VM_SHARED | vm.VM_MAYSHARE)) === 0) {
    fail(EINVAL, 'mremap: a private mapping cannot be duplicated');
  }
  // Linux: a huge page mapping grows by other rules; here it moves, and does not grow.
  if (keepsOld && (vma.flags & vm.VM_DONTEXPAND) !== 0)
    fail(EINVAL, 'mremap: MREMAP_DONTUNMAP of huge pages');
  // What a shrink cuts off may span mappings.
  if (Math.min(oldLength, newLength) > vma.end - at) {
    fail(EFAULT, 'mremap: range spans mappings');
  }
  if (newLength <= oldLength) return vma;
  if ((vma.flags & vm.VM_DONTEXPAND) !== 0) fail(EFAULT, 'mremap: mapping cannot grow');
  const growth = newLength - oldLength;
  if ((vma.flags & vm.VM_LOCKED) !== 0) requireLockable(space, growth);
  requireRoom(space, vma.flags, growth / PAGE_SIZE);
  return vma;
}

function canGrow(space: MemoryMap, vma: vm.Vma, bytes: number): boolean {
  const end = vma.end + bytes;
  if (end > space.end) return false;
  const next = space.vmas[space.indexAfter(vma.end)];
  return next === undefined || end <= space.gapStart(next);
}

function grow(space: MemoryMap, vma: vm.Vma, bytes: number): void {
  const oldEnd = vma.end;
  if ((vma.flags & vm.VM_ACCOUNT) !== 0) space.memory.charge(bytes / PAGE_SIZE);
  space.resize(vma, vma.start, oldEnd + bytes);
  const isLocked = (vma.flags & (vm.VM_LOCKED | vm.VM_LOCKONFAULT)) === vm.VM_LOCKED;
  space.mergeAt(space.vmas.indexOf(vma));
  if (isLocked) populate(space, oldEnd, oldEnd + bytes);
}

interface Move {
  from: number;
  oldLength: number;
  to: number;
  newLength: number;
  keepsOld: boolean;
}

/** Moves a part of a VMA, or duplicates a shared one (old length 0). Linux counterpart: move_vma. */
function move(space: MemoryMap, vma: vm.Vma, { from, oldLength, to, newLength, keepsOld }: Move): number {
  const { memory, table } = space;
  if (space.vmas.length >= memory.maxMapCount - 3) fail(ENOMEM, 'mremap: too many mappings');
  const first = from / PAGE_SIZE;
  const end = first + oldLength / PAGE_SIZE;
  memory.requireTables(table.countLeaves(first, end) + 1);
  const { flags } = vma;
  const isRemoved = !keepsOld && oldLength > 0;
  if ((flags & vm.VM_ACCOUNT) !== 0) {
    const removed = isRemoved ? oldLength / PAGE_SIZE : 0;
    memory.charge(newLength / PAGE_SIZE - removed);
    memory.committedPages += removed; // until the old range is removed below
  }
  const backing = {
    cache: vma.cache,
    file: vma.file,
    pageOffset: vma.cache === undefined ? 0 : vma.cacheIndex(from / PAGE_SIZE),
    hugeShift: vma.hugeShift,
  };
  space.insert(new vm.Vma(space, to, to + newLength, flags, backing, vma.name));

  const shift = (to - from) / PAGE_SIZE;
  let page = table.nextPresent(first, end);
  if (page < end) space.invalidate(page, end);
  for (; page < end; page = table.nextPresent(page + 1, end)) {
    table.set(page + shift, table.get(page));
    table.set(page, 0);
  }
  if (isRemoved) space.remove(from, from + oldLength);
  else if (keepsOld) {
    // The whole source is unlocked, also what lies around the part that moved; so does Linux.
    const old = space.find(from)!;
    space.setFlags(old, old.flags & ~(vm.VM_LOCKED | vm.VM_LOCKONFAULT));
    space.mergeRange(old.start, old.end);
  }
  if ((flags & (vm.VM_LOCKED | vm.VM_LOCKONFAULT)) === vm.VM_LOCKED && newLength > oldLength) {
    populate(space, to + oldLength, to + newLength);
  }
  return to;
}
