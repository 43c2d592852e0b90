/**
 * mremap(2) on a MemoryMap. Linux counterpart: mm/mremap.c. Pages move by moving their entries in the page table; their
 * frames stay where they are.
 */
import type { MemoryMap } from './memory-map.ts';
import * as vm from './vma.ts';
import { MAP_FIXED, MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE } from '../abi/mman.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { TASK_SIZE } from './memory-map.ts';
import { pageAlign, placeFor, populate, requireLockable, requireRoom } from './mmap.ts';
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
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0)
    fail(EINVAL, 'mremap: unknown flags');
  const mayMove = (flags & MREMAP_MAYMOVE) !== 0;
  if ((flags & MREMAP_FIXED) !== 0 && !mayMove) fail(EINVAL, 'mremap: MREMAP_FIXED without MREMAP_MAYMOVE');
  const keepsOld = (flags & MREMAP_DONTUNMAP) !== 0;
  if (keepsOld && (!mayMove || request.oldLength !== request.newLength))
    fail(EINVAL, 'mremap: MREMAP_DONTUNMAP');
  if (at % PAGE_SIZE !== 0) fail(EINVAL, 'mremap: address is not aligned');
  let oldLength = pageAlign(request.oldLength);
  const newLength = pageAlign(request.newLength);
  if (newLength === 0) fail(EINVAL, 'mremap: new length is 0');
  const vma = space.find(at);
  if (vma === undefined) fail(EFAULT, 'mremap: not mapped');

  if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0) {
    const isFixed = (flags & MREMAP_FIXED) !== 0;
    if (newAt % PAGE_SIZE !== 0) fail(EINVAL, 'mremap: new address is not aligned');
    if (newLength > TASK_SIZE || newAt > TASK_SIZE - newLength) fail(EINVAL, 'mremap: new range');
    if (at + oldLength > newAt && newAt + newLength > at) fail(EINVAL, 'mremap: ranges overlap');
    if (space.vmas.length + 2 >= space.memory.maxMapCount) fail(ENOMEM, 'mremap: too many mappings');
    if (isFixed) space.remove(newAt, newAt + newLength);
    if (oldLength > newLength) {
      space.remove(at + newLength, at + oldLength);
      oldLength = newLength;
    }
    const source = requireResizable(space, at, oldLength, newLength, keepsOld);
    if (keepsOld) requireRoom(space, source.flags, newLength / PAGE_SIZE);
    const place = placeFor(space, newAt, newLength, isFixed ? MAP_FIXED : 0, alignmentOf(source));
    return move(space, source, { from: at, oldLength, to: place, newLength, keepsOld });
  }

  if (oldLength >= newLength) {
    if (oldLength > newLength) space.remove(at + newLength, at + oldLength);
    return at;
  }
  const source = requireResizable(space, at, oldLength, newLength, false);
  if (oldLength === source.end - at && canGrow(space, source, newLength - oldLength)) {
    grow(space, source, newLength - oldLength);
    return at;
  }
  if (!mayMove) fail(ENOMEM, 'mremap: no room behind the mapping');
  const place = placeFor(space, 0, newLength, 0, alignmentOf(source));
  return move(space, source, { from: at, oldLength, to: place, newLength, keepsOld });
}

function alignmentOf(vma: vm.Vma): number {
  return vma.hugeShift === 0 ? PAGE_SIZE : 2 ** vma.hugeShift;
}

/** The VMA at `at`, if that part of it may become so long. Linux: vma_to_resize. */
function requireResizable(
  space: MemoryMap,
  at: number,
  oldLength: number,
  newLength: number,
  keepsOld: boolean,
): vm.Vma {
  const vma = space.find(at);
  if (vma === undefined) fail(EFAULT, 'mremap: not mapped');
  if (oldLength === 0 && (vma.flags & (vm.VM_SHARED | vm.VM_MAYSHARE)) === 0) {
    fail(EINVAL, 'mremap: a private mapping cannot be duplicated');
  }
  // Linux: a huge page mapping grows and moves by other rules; here it moves, and does not grow.
  if (keepsOld && (vma.flags & vm.VM_DONTEXPAND) !== 0)
    fail(EINVAL, 'mremap: MREMAP_DONTUNMAP of huge pages');
  if (oldLength > vma.end - at) fail(EFAULT, 'mremap: range spans mappings');
  if (newLength === oldLength) return vma;
  if ((vma.flags & vm.VM_DONTEXPAND) !== 0) fail(EFAULT, 'mremap: mapping cannot grow');
  const growth = newLength - oldLength;
  if ((vma.flags & vm.VM_LOCKED) !== 0) requireLockable(space, growth);
  requireRoom(space, vma.flags, growth / PAGE_SIZE);
  return vma;
}

function canGrow(space: MemoryMap, vma: vm.Vma, bytes: number): boolean {
  const end = vma.end + bytes;
  if (end > TASK_SIZE) return false;
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

/** Moves a part of a VMA, or duplicates a shared one (old length 0). Linux: move_vma. */
function move(space: MemoryMap, vma: vm.Vma, { from, oldLength, to, newLength, keepsOld }: Move): number {
  const { memory, table } = space;
  if (space.vmas.length >= memory.maxMapCount - 3) fail(ENOMEM, 'mremap: too many mappings');
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

  const first = from / PAGE_SIZE;
  const end = first + oldLength / PAGE_SIZE;
  const shift = (to - from) / PAGE_SIZE;
  let page = table.nextPresent(first, end);
  if (page < end) space.invalidate(page, end);
  for (; page < end; page = table.nextPresent(page + 1, end)) {
    table.set(page + shift, table.get(page));
    table.set(page, 0);
  }
  if (isRemoved) space.remove(from, from + oldLength);
  else if (keepsOld) {
    space.isolate(from, from + oldLength);
    const old = space.find(from)!;
    space.setFlags(old, old.flags & ~(vm.VM_LOCKED | vm.VM_LOCKONFAULT));
    space.mergeRange(from, from + oldLength);
  }
  if ((flags & (vm.VM_LOCKED | vm.VM_LOCKONFAULT)) === vm.VM_LOCKED && newLength > oldLength) {
    populate(space, to + oldLength, to + newLength);
  }
  return to;
}
