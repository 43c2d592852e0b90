/**
 * SharedRings: the memory that a program and the kernel share for an io_uring: submission entries, the ring of their
 * indexes, the ring of completions. Linux counterpart: struct io_rings. It lies in guest frames behind a page cache
 * that the program maps. The program may write anything anywhere at any time: the kernel keeps its own heads and
 * tails, reads each word once, and never believes what it has written.
 */
import * as abi from '../abi/io-uring.ts';
import { PageCache, type PageStore } from '../mm/page-cache.ts';
import type { MemoryManager } from '../mm/memory-manager.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';

/** Offsets in the first mapping; struct io_rings. */
const SQ_HEAD = 0;
const SQ_TAIL = 64;
const CQ_HEAD = 128;
const CQ_TAIL = 192;
const SQ_MASK = 256;
const CQ_MASK = 260;
const SQ_ENTRIES = 264;
const CQ_ENTRIES = 268;
const SQ_DROPPED = 272;
const SQ_FLAGS = 276;
const CQ_FLAGS = 280;
const CQ_OVERFLOW = 284;
const CQES = 320;

const CQE_SIZE = abi.IoUringCqe.size;

export class SharedRings implements PageStore {
  /** Of the whole range of offsets that mmap(2) may use. */
  readonly size = 2 * abi.IORING_OFF_SQES;
  readonly cache: PageCache;
  readonly sqEntries: number;
  readonly cqEntries: number;
  /** Without IORING_SETUP_NO_SQARRAY entries are found through an array of indexes. */
  readonly hasArray: boolean;
  /** The kernel's own: what it has taken, and what it has put. */
  sqHead = 0;
  cqTail = 0;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  /** Byte offsets of the pages in physical memory. */
  readonly #ringPages: number[] = [];
  readonly #entryPages: number[] = [];
  readonly #arrayAt: number;
  #isMade = false;

  /** ENOMEM. */
  constructor(memory: MemoryManager, sqEntries: number, cqEntries: number, hasArray: boolean) {
    this.sqEntries = sqEntries;
    this.cqEntries = cqEntries;
    this.hasArray = hasArray;
    this.#words = memory.physical.words;
    this.#bytes = memory.physical.bytes;
    this.cache = new PageCache(memory, this);
    this.cache.isPinned = true;
    this.#arrayAt = CQES + cqEntries * CQE_SIZE;
    const ringBytes = this.#arrayAt + (hasArray ? sqEntries * 4 : 0);
    try {
      for (let i = 0; i * PAGE_SIZE < ringBytes; i++) {
        const frame = this.cache.frame(i);
        this.#ringPages.push(frame * PAGE_SIZE);
        // The offset of programs that map the completion ring by itself.
        memory.frames.get(frame);
        this.cache.insert(abi.IORING_OFF_CQ_RING / PAGE_SIZE + i, frame);
      }
      for (let i = 0; i * PAGE_SIZE < sqEntries * abi.SQE_SIZE; i++) {
        this.#entryPages.push(this.cache.frame(abi.IORING_OFF_SQES / PAGE_SIZE + i) * PAGE_SIZE);
      }
    } catch (error) {
      this.cache.destroy();
      throw error;
    }
    this.#isMade = true;
    this.#store(SQ_MASK, sqEntries - 1);
    this.#store(CQ_MASK, cqEntries - 1);
    this.#store(SQ_ENTRIES, sqEntries);
    this.#store(CQ_ENTRIES, cqEntries);
  }

  /** PageStore: there are no pages but those of the rings. */
  reservePage(): boolean {
    return !this.#isMade;
  }

  /** The words of struct io_sqring_offsets and io_cqring_offsets. */
  get offsets(): { sq: Uint8Array; cq: Uint8Array } {
    const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
    return {
      sq: words(
        SQ_HEAD,
        SQ_TAIL,
        SQ_MASK,
        SQ_ENTRIES,
        SQ_FLAGS,
        SQ_DROPPED,
        this.hasArray ? this.#arrayAt : 0,
        0,
        0,
        0,
      ),
      cq: words(CQ_HEAD, CQ_TAIL, CQ_MASK, CQ_ENTRIES, CQ_OVERFLOW, CQES, CQ_FLAGS, 0, 0, 0),
    };
  }

  #load(at: number): number {
    return Atomics.load(this.#words, this.#wordAt(at)) >>> 0;
  }
  #store(at: number, value: number): void {
    Atomics.store(this.#words, this.#wordAt(at), value | 0);
  }
  #wordAt(at: number): number {
    return (this.#ringPages[Math.floor(at / PAGE_SIZE)]! + (at % PAGE_SIZE)) >>> 2;
  }

  // ---- submissions

  /** Entries that the program has put; more than there can be is none. */
  get submissions(): number {
    const waiting = (this.#load(SQ_TAIL) - this.sqHead) >>> 0;
    return waiting > this.sqEntries ? this.sqEntries : waiting;
  }
  get isSqFull(): boolean {
    return this.submissions === this.sqEntries;
  }

  /** A private copy of the next entry; undefined: its index was bad, and it is dropped. */
  takeSubmission(): Uint8Array | undefined {
    let index = this.sqHead & (this.sqEntries - 1);
    if (this.hasArray) index = this.#load(this.#arrayAt + index * 4);
    this.sqHead = (this.sqHead + 1) >>> 0;
    this.#store(SQ_HEAD, this.sqHead);
    if (index >= this.sqEntries) {
      this.#store(SQ_DROPPED, this.#load(SQ_DROPPED) + 1);
      return undefined;
    }
    const at = index * abi.SQE_SIZE;
    const physical = this.#entryPages[Math.floor(at / PAGE_SIZE)]! + (at % PAGE_SIZE);
    return this.#bytes.slice(physical, physical + abi.SQE_SIZE);
  }

  // ---- completions

  /** Completions that the program has not taken. */
  get completions(): number {
    const waiting = (this.cqTail - this.#load(CQ_HEAD)) >>> 0;
    return waiting > this.cqEntries ? this.cqEntries : waiting;
  }
  get isCqFull(): boolean {
    return this.completions === this.cqEntries;
  }
  get isEventfdDisabled(): boolean {
    return (this.#load(CQ_FLAGS) & abi.IORING_CQ_EVENTFD_DISABLED) !== 0;
  }

  putCompletion(cqe: Uint8Array): void {
    const at = CQES + (this.cqTail & (this.cqEntries - 1)) * CQE_SIZE;
    this.#bytes.set(cqe, this.#ringPages[Math.floor(at / PAGE_SIZE)]! + (at % PAGE_SIZE));
    this.cqTail = (this.cqTail + 1) >>> 0;
    this.#store(CQ_TAIL, this.cqTail);
  }

  /** Tells the program that completions wait outside of the ring. */
  showOverflow(isOverflowing: boolean): void {
    const flags = this.#load(SQ_FLAGS) & ~abi.IORING_SQ_CQ_OVERFLOW;
    this.#store(SQ_FLAGS, isOverflowing ? flags | abi.IORING_SQ_CQ_OVERFLOW : flags);
  }

  /** Mappings keep the file, and so the rings: when this is called, nobody maps them. */
  destroy(): void {
    this.cache.destroy();
  }
}
