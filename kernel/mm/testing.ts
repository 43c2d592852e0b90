/**
 * A small memory for unit tests: a window over a SharedArrayBuffer, and files without a file system.
 */
import type { File } from '../fs/file.ts';
import type { AddressSpace } from './address-space.ts';
import type { PageStore } from './page-cache.ts';
import { MemoryManager } from './memory-manager.ts';
import { PageCache } from './page-cache.ts';
import { PAGE_SIZE, PhysicalMemory } from './physical-memory.ts';
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../abi/mman.ts';

export interface TestMemory {
  readonly memory: MemoryManager;
  readonly logged: string[];
  /** Open files and their reference counts. */
  readonly files: Map<File, number>;
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
  return { memory, logged, files };
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

/** The errno that a call fails with; 0 if it does not fail. */
export function errnoOf(call: () => unknown): number {
  try {
    call();
    return 0;
  } catch (error) {
    const { errno } = error as { errno?: number };
    if (errno === undefined) throw error;
    return errno;
  }
}
