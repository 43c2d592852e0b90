/**
 * PageTable: which frame stands behind each page of an address space of 2^47 bytes. Leaves of 1024 pages (4 MiB) exist
 * where something is or was present, in ascending order, so that looking through terabytes costs what is there. This
 * table is the truth; the page maps of translated programs and the translations that native programs remember are
 * caches of it. Linux counterpart: the four levels of x86-64.
 *
 * An entry is `frame << PTE_SHIFT | flags`, 0 for a page that is not present. PTE_READ and PTE_WRITE say what may be
 * done without a fault, so a check of one bit is all that an access costs; a page that VMA and content allow to be
 * written still lacks PTE_WRITE while it is copy-on-write, clean, or to be freed lazily.
 */
import { PAGE_SIZE } from './physical-memory.ts';

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

const LEAF_PAGES = 1024;
const LEAF_MASK = LEAF_PAGES - 1;
const LEAF_BYTES = LEAF_PAGES * PAGE_SIZE;
/** Leaves that are found without a search; a power of two. */
const RECENT = 16;

/** Who counts the leaves of all page tables. */
export interface TableAccount {
  tablePages: number;
}

/** Page numbers are below 2^35 and addresses below 2^47: numbers, but not 32-bit integers. */
export class PageTable {
  readonly #account: TableAccount;
  /** Numbers of the leaves that exist, ascending, and the leaves: leaf n has the pages from n * LEAF_PAGES on. */
  readonly #numbers: number[] = [];
  readonly #leaves: Int32Array[] = [];
  /** The leaf used last among those whose numbers end in the same bits; -1: none. */
  readonly #recentNumbers = new Int32Array(RECENT).fill(-1);
  readonly #recentLeaves = new Array<Int32Array | undefined>(RECENT).fill(undefined);

  constructor(account: TableAccount) {
    this.#account = account;
  }

  get(page: number): number {
    const leaf = this.#leaf((page / LEAF_PAGES) | 0);
    return leaf === undefined ? 0 : leaf[page & LEAF_MASK]!;
  }

  /** The entry of the page that an address is in. */
  entryAt(at: number): number {
    const leaf = this.#leaf((at / LEAF_BYTES) | 0);
    return leaf === undefined ? 0 : leaf[(at / PAGE_SIZE) & LEAF_MASK]!;
  }

  set(page: number, entry: number): void {
    const number = (page / LEAF_PAGES) | 0;
    let leaf = this.#leaf(number);
    if (leaf === undefined) {
      if (entry === 0) return;
      leaf = this.#add(number);
    }
    leaf[page & LEAF_MASK] = entry;
  }

  /** An entry for the page needs no new leaf. */
  hasLeaf(page: number): boolean {
    return this.#leaf((page / LEAF_PAGES) | 0) !== undefined;
  }

  /** The first page in [page, end) that is present; `end` if none is. */
  nextPresent(page: number, end: number): number {
    if (page >= end) return end;
    // Most often it is the next one.
    if (this.get(page) !== 0) return page;
    for (let i = this.#search((page / LEAF_PAGES) | 0); i < this.#numbers.length; i++) {
      const first = this.#numbers[i]! * LEAF_PAGES;
      if (first >= end) return end;
      const leaf = this.#leaves[i]!;
      const stop = Math.min(LEAF_PAGES, end - first);
      for (let at = Math.max(0, page - first); at < stop; at++) if (leaf[at] !== 0) return first + at;
    }
    return end;
  }

  /** Gives up the leaves that lie within [page, end), whose entries are all 0. */
  releaseLeaves(page: number, end: number): void {
    const from = this.#search(Math.ceil(page / LEAF_PAGES));
    const count = this.#search(Math.floor(end / LEAF_PAGES)) - from;
    if (count <= 0) return;
    this.#numbers.splice(from, count);
    this.#leaves.splice(from, count);
    this.#account.tablePages -= count;
    this.#recentNumbers.fill(-1);
    this.#recentLeaves.fill(undefined);
  }

  /** How many leaves have pages of [page, end). */
  countLeaves(page: number, end: number): number {
    return this.#search(Math.ceil(end / LEAF_PAGES)) - this.#search(Math.floor(page / LEAF_PAGES));
  }

  /** Pages of table, for VmPTE in /proc/PID/status. */
  get size(): number {
    return this.#numbers.length + 1;
  }

  #leaf(number: number): Int32Array | undefined {
    const slot = number & (RECENT - 1);
    return this.#recentNumbers[slot] === number ? this.#recentLeaves[slot] : this.#find(number);
  }

  #find(number: number): Int32Array | undefined {
    const index = this.#search(number);
    if (this.#numbers[index] !== number) return undefined;
    const leaf = this.#leaves[index]!;
    this.#remember(number, leaf);
    return leaf;
  }

  #add(number: number): Int32Array {
    const leaf = new Int32Array(LEAF_PAGES);
    const index = this.#search(number);
    this.#numbers.splice(index, 0, number);
    this.#leaves.splice(index, 0, leaf);
    this.#account.tablePages++;
    this.#remember(number, leaf);
    return leaf;
  }

  #remember(number: number, leaf: Int32Array): void {
    const slot = number & (RECENT - 1);
    this.#recentNumbers[slot] = number;
    this.#recentLeaves[slot] = leaf;
  }

  /** Index of the first leaf with that number or a higher one. */
  #search(number: number): number {
    const numbers = this.#numbers;
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numbers[middle]! < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
