/**
 * The address space of a forked child. Linux counterpart: dup_mmap, copy_page_range.
 */
import type { MemoryMap } from './memory-map.ts';
import type { FrameNumber } from './physical-memory.ts';
import * as vm from './vma.ts';
import { PTE_ANON, PTE_SHIFT, PTE_WRITE, PTE_ZERO, PTE_LAZY } from './page-table.ts';
import { copyFrame } from './fault.ts';

/** Copies the mappings of `parent` to the empty `child`. ENOMEM leaves the child partly filled. */
export function forkInto(parent: MemoryMap, child: MemoryMap): void {
  // A child needs as many page tables as its parent has.
  parent.memory.requireTables(parent.table.size);
  child.limits = parent.limits;
  child.end = parent.end;
  child.hasSeals = parent.hasSeals;
  child.barriers = parent.barriers;
  child.mmapBase = parent.mmapBase;
  child.legacyBase = parent.legacyBase;
  child.isRandomized = parent.isRandomized;
  child.startBrk = parent.startBrk;
  child.currentBrk = parent.currentBrk;
  child.startCode = parent.startCode;
  child.endCode = parent.endCode;
  child.startData = parent.startData;
  child.endData = parent.endData;
  child.startStack = parent.startStack;
  child.argStart = parent.argStart;
  child.argEnd = parent.argEnd;
  child.envStart = parent.envStart;
  child.envEnd = parent.envEnd;
  for (const vma of parent.vmas) {
    if ((vma.flags & vm.VM_DONTCOPY) !== 0) continue;
    if ((vma.flags & vm.VM_ACCOUNT) !== 0) parent.memory.charge(vma.pageCount);
    // Locks are not inherited: mlock(2).
    const flags = vma.flags & ~(vm.VM_LOCKED | vm.VM_LOCKONFAULT);
    const copy = new vm.Vma(child, vma.start, vma.end, flags, vma, vma.name);
    child.insert(copy);
    if ((flags & vm.VM_WIPEONFORK) === 0) copyPages(parent, child, vma);
  }
}

/** Both sides get the same frames; private ones lose the right to be written until somebody tries. */
function copyPages(parent: MemoryMap, child: MemoryMap, vma: vm.Vma): void {
  const { table, memory } = parent;
  const to = vma.endPage;
  const isPrivate = !vma.isShared;
  let page = table.nextPresent(vma.firstPage, to);
  // What cannot be written (code) loses no right.
  if (isPrivate && page < to && (vma.flags & vm.VM_WRITE) !== 0) parent.invalidate(page, to);
  for (; page < to; page = table.nextPresent(page + 1, to)) {
    let entry = table.get(page);
    if ((entry & PTE_LAZY) !== 0) continue; // the child sees zeros, which MADV_FREE permits at any time
    const frame = (entry >>> PTE_SHIFT) as FrameNumber;
    if (vma.hugeShift !== 0 && (entry & PTE_ANON) !== 0) {
      // The parent's block stays contiguous: whoever asked for that may have told others where it is.
      child.mapPage(page, copyFrame(parent, frame), entry & ((1 << PTE_SHIFT) - 1));
      continue;
    }
    if (isPrivate && (entry & PTE_WRITE) !== 0) {
      entry &= ~PTE_WRITE;
      table.set(page, entry);
    }
    if ((entry & PTE_ZERO) === 0) memory.frames.get(frame);
    child.mapPage(page, frame, entry & ((1 << PTE_SHIFT) - 1));
  }
}
