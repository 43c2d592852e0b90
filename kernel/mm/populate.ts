/** Faulting pages in before they are touched: MAP_POPULATE, mlock(2). Linux counterpart: __mm_populate. */
import type { MemoryMap } from './memory-map.ts';
import * as vm from './vma.ts';
import { ACCESS_READ, ACCESS_WRITE, FAULT_DONE, FAULT_MAPERR, handleFault } from './fault.ts';
import type { FaultKind } from './fault.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { PTE_READ, PTE_WRITE } from './page-table.ts';

/** Makes the pages of a range present. Stops at the first that cannot be had and says how it went. */
export function populate(space: MemoryMap, start: number, end: number): FaultKind {
  for (let at = start; at < end;) {
    const vma = space.find(at);
    if (vma === undefined) return FAULT_MAPERR;
    const to = Math.min(end, vma.end);
    // A private mapping that may be written is made the process's own at once.
    const isWrite = (vma.flags & (vm.VM_WRITE | vm.VM_SHARED)) === vm.VM_WRITE;
    const need = isWrite ? PTE_WRITE : PTE_READ;
    for (; at < to; at += PAGE_SIZE) {
      if ((space.table.entryAt(at) & need) !== 0) continue;
      const kind = handleFault(space, at, isWrite ? ACCESS_WRITE : ACCESS_READ);
      if (kind !== FAULT_DONE) return kind;
    }
  }
  return FAULT_DONE;
}
