/**
 * The two mappings that grow by themselves: the heap of brk(2) and the main stack. Linux counterparts: sys_brk,
 * setup_arg_pages.
 */
import type { MemoryMap } from './memory-map.ts';
import * as vm from './vma.ts';
import { RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK } from '../abi/resource.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { isGap, pageAlign } from './placement.ts';
import { populate } from './populate.ts';
import { CAP_IPC_LOCK } from '../task/credentials.ts';

/** brk(2): the new end of the heap, or the old one if it cannot be had. */
export function brk(space: MemoryMap, to: number): number {
  if (to < space.startBrk || to > space.end) return space.currentBrk;
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

/**
 * The main stack of a program: grows down from `top`; `size` bytes are mapped at first. `access`: VM_EXEC for programs
 * that ask for a stack with code.
 */
export function mapStack(space: MemoryMap, top: number, size: number, access = 0): number {
  const start = top - pageAlign(size);
  const flags =
    access |
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
