/**
 * Vma: a range of an address space whose pages are mapped alike. Linux counterpart: struct vm_area_struct. Plain data:
 * MemoryMap keeps the sorted list, splits, merges and counts.
 */
import type { File } from '../fs/file.ts';
import type { PageCache } from './page-cache.ts';
import { PAGE_SIZE } from './physical-memory.ts';

/** Flags with Linux's values (linux/mm.h); VM_READ, VM_WRITE, VM_EXEC are PROT_READ, PROT_WRITE, PROT_EXEC. */
export const VM_READ = 0x1;
export const VM_WRITE = 0x2;
export const VM_EXEC = 0x4;
export const VM_SHARED = 0x8;
export const VM_MAYREAD = 0x10;
export const VM_MAYWRITE = 0x20;
export const VM_MAYEXEC = 0x40;
/** Mapped with MAP_SHARED. Without VM_SHARED: of a file that is open for reading only, so never written. */
export const VM_MAYSHARE = 0x80;
export const VM_GROWSDOWN = 0x100;
export const VM_MERGEABLE = 0x800;
export const VM_LOCKED = 0x2000;
export const VM_SEQ_READ = 0x8000;
export const VM_RAND_READ = 0x10000;
export const VM_DONTCOPY = 0x20000;
export const VM_DONTEXPAND = 0x40000;
export const VM_LOCKONFAULT = 0x80000;
/** Its pages are counted in committedPages. */
export const VM_ACCOUNT = 0x100000;
export const VM_NORESERVE = 0x200000;
export const VM_HUGETLB = 0x400000;
export const VM_WIPEONFORK = 0x2000000;
export const VM_DONTDUMP = 0x4000000;
/** mseal(2). Linux: bit 63. */
export const VM_SEALED = 0x8000000;
export const VM_HUGEPAGE = 0x20000000;
export const VM_NOHUGEPAGE = 0x40000000;

export const VM_ACCESS = VM_READ | VM_WRITE | VM_EXEC;

/** What a PageCache does to an address space that maps its pages. Pages are numbers of the address space's pages. */
export interface MappingSpace {
  /** Takes pages out of the page table. `which`: 'all', or only those that belong to the cache. */
  zap(fromPage: number, toPage: number, which: 'all' | 'cached'): void;
  /** The next write to the page is to fault, because the page has become clean. */
  writeProtect(page: number): void;
  /** The page table entry. */
  entry(page: number): number;
}

export class Vma {
  readonly space: MappingSpace;
  /** First byte and the byte after the last; multiples of the page size. */
  start: number;
  end: number;
  /** VM_* */
  flags: number;
  /** Where pages come from; undefined: private anonymous memory. */
  readonly cache: PageCache | undefined;
  /** The open file that was mapped; the VMA holds a reference. undefined for anonymous memory, shared or not. */
  readonly file: File | undefined;
  /** Index in `cache` of the first page. */
  pageOffset: number;
  /** What /proc/PID/maps shows for a mapping without file: `[stack]`, `[anon:name]`; empty: by place. */
  name: string;
  /** log2 of the contiguous blocks of a MAP_HUGETLB mapping; 0 otherwise. */
  readonly hugeShift: number;

  constructor(
    space: MappingSpace,
    start: number,
    end: number,
    flags: number,
    backing: VmaBacking = ANONYMOUS,
    name = '',
  ) {
    this.space = space;
    this.start = start;
    this.end = end;
    this.flags = flags;
    this.cache = backing.cache;
    this.file = backing.file;
    this.pageOffset = backing.pageOffset;
    this.hugeShift = backing.hugeShift;
    this.name = name;
  }

  get firstPage(): number {
    return this.start / PAGE_SIZE;
  }
  get endPage(): number {
    return this.end / PAGE_SIZE;
  }
  get pageCount(): number {
    return (this.end - this.start) / PAGE_SIZE;
  }
  get prot(): number {
    return this.flags & VM_ACCESS;
  }
  /** Writes reach the file or the other processes. */
  get isShared(): boolean {
    return (this.flags & VM_SHARED) !== 0;
  }
  /** Index in the cache of a page of the address space. */
  cacheIndex(page: number): number {
    return this.pageOffset + page - this.start / PAGE_SIZE;
  }
}

/** What a new VMA shows. */
export interface VmaBacking {
  readonly cache: PageCache | undefined;
  readonly file: File | undefined;
  readonly pageOffset: number;
  readonly hugeShift: number;
}

export const ANONYMOUS: VmaBacking = { cache: undefined, file: undefined, pageOffset: 0, hugeShift: 0 };

/** True if `b` goes on where `a` ends, so that one VMA can stand for both. */
export function canMerge(a: Vma, b: Vma): boolean {
  return (
    a.end === b.start &&
    a.flags === b.flags &&
    a.cache === b.cache &&
    a.file === b.file &&
    a.name === b.name &&
    a.hugeShift === b.hugeShift &&
    (a.cache === undefined || a.pageOffset + a.pageCount === b.pageOffset)
  );
}
