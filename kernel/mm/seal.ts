/**
 * mseal(2): mappings that stay as they are until the process executes a program or ends. Linux counterpart: mm/mseal.c.
 */
import type { MemoryMap } from './memory-map.ts';
import * as mman from '../abi/mman.ts';
import * as vm from './vma.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { pageAlign } from './placement.ts';
import { fail } from '../errors.ts';
import { EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';

/** Advice that throws content away. */
const DISCARDING: ReadonlySet<number> = new Set([
  mman.MADV_DONTNEED,
  mman.MADV_DONTNEED_LOCKED,
  mman.MADV_FREE,
  mman.MADV_REMOVE,
  mman.MADV_DONTFORK,
  mman.MADV_WIPEONFORK,
]);

/** Seals all of a range; holes are ENOMEM. */
export function mseal(space: MemoryMap, at: number, length: number, flags: number): void {
  const end = at + pageAlign(length);
  if (flags !== 0 || at % PAGE_SIZE !== 0) fail(EINVAL, 'mseal: flags or address');
  if (end >= 2 ** 64) fail(EINVAL, 'mseal: range wraps');
  if (end === at) return;
  for (let next = at; next < end; next = space.find(next)!.end) {
    if (space.find(next) === undefined) fail(ENOMEM, 'mseal: not all mapped');
  }
  if (space.vmas.length + 2 > space.memory.maxMapCount) fail(ENOMEM, 'mseal: too many mappings');
  space.isolate(at, end);
  for (const vma of space.vmas) {
    if (vma.start >= at && vma.end <= end) space.setFlags(vma, vma.flags | vm.VM_SEALED);
  }
  space.hasSeals = true;
  space.mergeRange(at, end);
}

/** EPERM if anything in the range is sealed. */
export function requireNotSealed(space: MemoryMap, at: number, length: number): void {
  if (!space.hasSeals) return;
  const end = at + pageAlign(length);
  for (let i = space.indexAfter(at); i < space.vmas.length && space.vmas[i]!.start < end; i++) {
    if ((space.vmas[i]!.flags & vm.VM_SEALED) !== 0) fail(EPERM, 'mseal: the mapping is sealed');
  }
}

/** madvise(2) must not discard sealed private memory that the process itself could not write. */
export function requireAdvisable(space: MemoryMap, at: number, length: number, advice: number): void {
  if (!space.hasSeals || !DISCARDING.has(advice)) return;
  const end = at + pageAlign(length);
  for (let i = space.indexAfter(at); i < space.vmas.length && space.vmas[i]!.start < end; i++) {
    const { flags, cache } = space.vmas[i]!;
    const isReadOnly = (flags & vm.VM_WRITE) === 0 && cache === undefined;
    if ((flags & vm.VM_SEALED) !== 0 && isReadOnly) fail(EPERM, 'mseal: the mapping is sealed');
  }
}
