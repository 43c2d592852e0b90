/**
 * PageTable: which frame stands behind each page of an address space. Two levels of 1024 for the 2^20 pages below
 * 4 GiB; a leaf exists where something is mapped. This table is the truth; the flat page maps of translated programs
 * and the translations that native programs remember are caches of it.
 *
 * An entry is `frame << PTE_SHIFT | flags`, 0 for a page that is not present. PTE_READ and PTE_WRITE say what may be
 * done without a fault, so a check of one bit is all that an access costs; a page that VMA and content allow to be
 * written still lacks PTE_WRITE while it is copy-on-write, clean, or to be freed lazily.
 */

export const PTE_READ = 1;
export const PTE_WRITE = 2;
/** The frame is this mapping's own (anonymous or copied), not a page of a PageCache. Counted as RssAnon. */
export const PTE_ANON = 4;
/** The shared frame of zeros: not counted, not referenced. */
export const PTE_ZERO = 8;
/** A page of a PageCache without a store: tmpfs, memfd, shared anonymous. Counted as RssShmem. */
export const PTE_SHMEM = 16;
/** MADV_FREE: may be freed when memory is short, as long as nobody writes to it again. */
export const PTE_LAZY = 32;
export const PTE_SHIFT = 8;

const LEAF_SHIFT = 10;
const LEAF_SIZE = 1 << LEAF_SHIFT;
const LEAF_MASK = LEAF_SIZE - 1;
const DIRECTORY_SIZE = 1024;

export class PageTable {
  /** Read directly by the fast paths of AddressSpace; written by this class only. */
  readonly leaves = new Array<Int32Array | undefined>(DIRECTORY_SIZE).fill(undefined);

  get(page: number): number {
    const leaf = this.leaves[page >>> LEAF_SHIFT];
    return leaf === undefined ? 0 : leaf[page & LEAF_MASK]!;
  }

  set(page: number, entry: number): void {
    const index = page >>> LEAF_SHIFT;
    let leaf = this.leaves[index];
    if (leaf === undefined) {
      if (entry === 0) return;
      leaf = this.leaves[index] = new Int32Array(LEAF_SIZE);
    }
    leaf[page & LEAF_MASK] = entry;
  }

  /** The first page in [page, end) that is present; `end` if none is. */
  nextPresent(page: number, end: number): number {
    let at = page;
    while (at < end) {
      const leaf = this.leaves[at >>> LEAF_SHIFT];
      const leafEnd = Math.min(end, ((at >>> LEAF_SHIFT) + 1) << LEAF_SHIFT);
      if (leaf === undefined) {
        at = leafEnd;
        continue;
      }
      for (; at < leafEnd; at++) if (leaf[at & LEAF_MASK] !== 0) return at;
    }
    return end;
  }

  /** Gives up the leaves that lie within [page, end), whose entries are all 0. */
  releaseLeaves(page: number, end: number): void {
    const last = end >>> LEAF_SHIFT;
    for (let i = (page + LEAF_MASK) >>> LEAF_SHIFT; i < last; i++) this.leaves[i] = undefined;
  }

  /** Pages of table, for VmPTE in /proc/PID/status. */
  get size(): number {
    let count = 1;
    for (const leaf of this.leaves) if (leaf !== undefined) count++;
    return count;
  }
}
