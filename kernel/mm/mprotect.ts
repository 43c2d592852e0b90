/** mprotect(2) on a MemoryMap. Linux counterpart: mm/mprotect.c. */
import type { MemoryMap } from './memory-map.ts';
import { F_SEAL_FUTURE_WRITE, F_SEAL_WRITE } from '../abi/fcntl.ts';
import * as mman from '../abi/mman.ts';
import * as vm from './vma.ts';
import { PTE_READ, PTE_WRITE } from './page-table.ts';
import { RLIMIT_DATA } from '../abi/resource.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { pageAlign } from './placement.ts';
import { fail } from '../errors.ts';
import { EACCES, EINVAL, ENOMEM } from '../abi/errno.ts';

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
  if ((flags & vm.VM_SHARED) === 0 || (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) === 0) return;
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
