/**
 * A small memory for unit tests: a window over a SharedArrayBuffer, and files without a file system.
 */
import type { File } from '../fs/file.ts';
import type { AddressSpace } from './address-space.ts';
import type { PageStore } from './page-cache.ts';
import type { FrameNumber } from './physical-memory.ts';
import { MemoryManager } from './memory-manager.ts';
import { PageCache } from './page-cache.ts';
import { TASK_SIZE } from './memory-map.ts';
import { PTE_ANON, PTE_LAZY, PTE_SHIFT, PTE_SHMEM, PTE_WRITE, PTE_ZERO } from './page-table.ts';
import { VM_LOCKED, VM_WRITE } from './vma.ts';
import { PAGE_SIZE, PhysicalMemory } from './physical-memory.ts';
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../abi/mman.ts';

export interface TestMemory {
  readonly memory: MemoryManager;
  readonly logged: string[];
  /** Open files and their reference counts. */
  readonly files: Map<File, number>;
  /** The memory of a process, empty. */
  addressSpace(): AddressSpace;
}

/** A MemoryManager over `pages` frames that can be handed out. */
export function testMemory(pages = 1024): TestMemory {
  const length = Math.ceil((pages + 2) / 16) * 65536;
  const physical = new PhysicalMemory({ buffer: new SharedArrayBuffer(length), offset: 0, length });
  const logged: string[] = [];
  const files = new Map<File, number>();
  const log = (text: string): void => void logged.push(text);
  const memory = new MemoryManager(physical, length - (pages + 1) * PAGE_SIZE, {
    log: { warning: log, error: log },
    vfs: {
      get: file => void files.set(file, (files.get(file) ?? 0) + 1),
      put: file => void files.set(file, (files.get(file) ?? 0) - 1),
    },
  });
  // What earlier owners left behind must not be taken for zeros.
  physical.bytes.fill(0xa5);
  memory.clear(memory.zeroFrame);
  return { memory, logged, files, addressSpace: () => memory.createAddressSpace() };
}

/** A store in plain memory that counts what it is asked. */
export class TestStore implements PageStore {
  size: number;
  readonly content: Uint8Array;
  reads = 0;
  writes = 0;
  touches = 0;
  seals = 0;

  constructor(size: number, room = size) {
    this.size = size;
    this.content = new Uint8Array(Math.ceil(room / PAGE_SIZE) * PAGE_SIZE);
    for (let i = 0; i < size; i++) this.content[i] = (i * 7 + (i >>> 12)) & 0xff;
  }
  readPage(index: number, into: Uint8Array): void {
    this.reads++;
    into.set(this.content.subarray(index * PAGE_SIZE, Math.min((index + 1) * PAGE_SIZE, this.size)));
  }
  writePage(index: number, from: Uint8Array): void {
    this.writes++;
    this.content.set(from, index * PAGE_SIZE);
  }
  touch(): void {
    this.touches++;
  }
}

/** An open file over a cache, with what mmap asks of it. */
export function testFile(
  cache: PageCache,
  how: { readable?: boolean; writable?: boolean; noexec?: boolean } = {},
): File {
  return {
    isReadable: how.readable ?? true,
    isWritable: how.writable ?? true,
    inode: { mode: 0o100644, rdev: 0 },
    path: { mount: { flags: how.noexec === true ? 8 : 0 } },
    mappable: () => cache,
    allocate: (_mode: number, offset: number, length: number) => cache.punch(offset, offset + length),
  } as unknown as File;
}

/** Private anonymous memory of some pages; returns its address. */
export function anonymous(space: AddressSpace, pages: number, prot = PROT_READ | PROT_WRITE): number {
  return space.mmap({ at: 0, length: pages * PAGE_SIZE, prot, flags: MAP_PRIVATE | MAP_ANONYMOUS });
}

/** A reproducible source of integers in [0, n). */
export function random(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return n => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Recounts everything that an address space counts; throws if a counter or an invariant is wrong. */
export function verifySpace(space: AddressSpace): void {
  let end = 0;
  const pages = { total: 0, locked: 0, anon: 0, file: 0, shmem: 0, lazy: 0, present: 0 };
  for (const vma of space.vmas) {
    if (vma.start < end || vma.end <= vma.start) throw new Error('VMAs overlap or are not sorted');
    end = vma.end;
    pages.total += vma.pageCount;
    if ((vma.flags & VM_LOCKED) !== 0) pages.locked += vma.pageCount;
    if (vma.cache !== undefined && !vma.cache.mappings.has(vma))
      throw new Error('a mapping is not in its cache');
    const { endPage } = vma;
    for (
      let page = space.table.nextPresent(vma.firstPage, endPage);
      page < endPage;
      page = space.table.nextPresent(page + 1, endPage)
    ) {
      const entry = space.table.get(page);
      pages.present++;
      if ((entry & PTE_WRITE) !== 0 && (vma.flags & VM_WRITE) === 0) throw new Error('a page is writable');
      if ((entry & PTE_LAZY) !== 0) pages.lazy++;
      const frame = (entry >>> PTE_SHIFT) as FrameNumber;
      if ((entry & PTE_ZERO) !== 0) continue;
      if (space.memory.frames.count(frame) < 1) throw new Error('a free frame is mapped');
      if ((entry & PTE_ANON) !== 0) pages.anon++;
      else if ((entry & PTE_SHMEM) !== 0) pages.shmem++;
      else pages.file++;
      if ((entry & PTE_ANON) === 0 && vma.cache?.peek(vma.cacheIndex(page)) !== frame) {
        throw new Error('a mapped page is not the one in the cache');
      }
    }
  }
  let present = 0;
  const last = TASK_SIZE / PAGE_SIZE;
  for (let p = space.table.nextPresent(0, last); p < last; p = space.table.nextPresent(p + 1, last))
    present++;
  const counted = [space.totalPages, space.lockedPages, space.rssAnon, space.rssFile, space.rssShmem];
  const expected = [pages.total, pages.locked, pages.anon, pages.file, pages.shmem];
  if (counted.join() !== expected.join())
    throw new Error(`counted ${counted.join()}, found ${expected.join()}`);
  if (space.lazyPages !== pages.lazy)
    throw new Error(`${space.lazyPages} lazy pages counted, ${pages.lazy} found`);
  if (present !== pages.present) throw new Error('a page outside of all VMAs is present');
}
