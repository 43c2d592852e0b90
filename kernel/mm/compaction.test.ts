import { describe, expect, test } from 'vitest';
import * as m from '../abi/mman.ts';
import { errnoOf } from '../testing.ts';
import type { AddressSpace } from './address-space.ts';
import type { MemoryManager } from './memory-manager.ts';
import type { FrameNumber } from './physical-memory.ts';
import { anonymous, random, testFile, testMemory, TestStore, verifySpace } from './testing.ts';
import { compactAll } from './compaction.ts';
import { IoBuffer } from './io-buffer.ts';
import { PageCache } from './page-cache.ts';

const PAGE = 4096;
const RW = m.PROT_READ | m.PROT_WRITE;

/** Every second page of a mapping, written with a number of its own; the others are given back. Returns its address. */
function everySecond(space: AddressSpace, pages: number, mark: number): number {
  const at = anonymous(space, pages);
  for (let i = 0; i < pages; i++) space.writeU32(at + i * PAGE, mark + i);
  for (let i = 1; i < pages; i += 2) space.madvise(at + i * PAGE, PAGE, m.MADV_DONTNEED);
  return at;
}
function expectEverySecond(space: AddressSpace, at: number, pages: number, mark: number): void {
  for (let i = 0; i < pages; i += 2) expect(space.readU32(at + i * PAGE)).toBe(mark + i);
}
function give(memory: MemoryManager, first: FrameNumber, count: number): void {
  for (let i = 0; i < count; i++) memory.frames.put((first + i) as FrameNumber);
}

describe('a run of frames in fragmented memory', () => {
  test('is made by moving the memory of processes', () => {
    const { memory } = testMemory(4096);
    const one = memory.createAddressSpace();
    const two = memory.createAddressSpace();
    const a = everySecond(one, 2000, 1_000_000);
    const b = everySecond(two, 2000, 2_000_000);
    expect(memory.frames.allocateRun(1536, 512)).toBe(0);
    const free = memory.freePages;
    const run = memory.allocateRun(1536, 512);
    expect(run % 512).toBe(0);
    expect(run).toBeGreaterThan(0);
    expect(memory.freePages).toBe(free - 1536);
    memory.physical.bytes.fill(0xee, run * PAGE, (run + 1536) * PAGE);
    expectEverySecond(one, a, 2000, 1_000_000);
    expectEverySecond(two, b, 2000, 2_000_000);
    expect(memory.compaction).toMatchObject({ stalls: 1, successes: 1, failures: 0 });
    for (const space of [one, two]) verifySpace(space);
    memory.frames.verify();
    give(memory, run, 1536);
    one.put();
    two.put();
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('leaves what forked processes share shared, until one writes', () => {
    const { memory } = testMemory(1200);
    const parent = memory.createAddressSpace();
    const at = everySecond(parent, 1100, 7);
    const child = parent.fork();
    const free = memory.freePages;
    const run = memory.allocateRun(512, 512);
    expect(run).toBeGreaterThan(0);
    expect(memory.freePages).toBe(free - 512);
    expect(parent.resolve(at, 'read')).toBe(child.resolve(at, 'read'));
    child.writeU32(at, 99);
    expect(parent.readU32(at)).toBe(7);
    expectEverySecond(child, at + 2 * PAGE, 1098, 9);
    give(memory, run, 512);
    parent.put();
    verifySpace(child);
    memory.frames.verify();
    child.put();
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('moves the pages of files with their mappings, and what is known of them', () => {
    const { memory } = testMemory(1300);
    const space = memory.createAddressSpace();
    const store = new TestStore(200 * PAGE);
    const disk = new PageCache(memory, store);
    const shmem = new PageCache(memory, { size: 1000 * PAGE });
    const bytes = Uint8Array.from({ length: 1000 * PAGE }, (_, i) => (i >>> 12) ^ (i & 0xff));
    shmem.write(IoBuffer.of(bytes), 0);
    const request = { at: 0, length: 200 * PAGE, prot: RW, flags: m.MAP_SHARED, file: testFile(disk) };
    const file = space.mmap(request);
    const shared = space.mmap({ ...request, length: 1000 * PAGE, file: testFile(shmem) });
    space.writeU8(file + 100 * PAGE, 1);
    space.readU8(file + 101 * PAGE);
    space.readU8(shared + 8 * PAGE);
    for (let i = 1; i < 1000; i += 2) shmem.punch(i * PAGE, (i + 1) * PAGE);
    const { reads, touches } = store;
    const before = new Set([memory.dirtyPages, disk.dirtyCount]);
    expect(before).toEqual(new Set([1]));

    const run = memory.allocateRun(512, 512);
    expect(run).toBeGreaterThan(0);
    memory.physical.bytes.fill(0xee, run * PAGE, (run + 512) * PAGE);
    const all = new Uint8Array(1000 * PAGE);
    shmem.read(IoBuffer.of(all), 0);
    for (let i = 1; i < 1000; i += 2) bytes.fill(0, i * PAGE, (i + 1) * PAGE);
    expect(Buffer.compare(all, bytes)).toBe(0);
    // A store through the mapping is seen through the file; a dirty page is still dirty, a clean one still faults.
    space.writeU8(shared + 8 * PAGE, 77);
    shmem.read(IoBuffer.of(all), 0);
    expect(all[8 * PAGE]).toBe(77);
    expect(memory.dirtyPages).toBe(1);
    space.writeU8(file + 100 * PAGE, 2);
    expect(store.touches).toBe(touches);
    space.writeU8(file + 101 * PAGE, 3);
    expect(store.touches).toBe(touches + 1);
    disk.flush();
    expect(store.content[100 * PAGE]).toBe(2);
    expect(store.content[101 * PAGE]).toBe(3);
    expect(store.reads).toBe(reads);
    verifySpace(space);
    memory.frames.verify();
  });

  test('tells the caches of translations and of code which pages have moved', () => {
    const { memory } = testMemory(1100);
    const space = memory.createAddressSpace();
    const at = everySecond(space, 1000, 5);
    const changed: number[] = [];
    memory.watchCode(new Uint8Array(memory.frames.endFrame).fill(1), frame => changed.push(frame));
    const places = new Map<number, number>();
    for (let i = 0; i < 1000; i += 2) places.set(at / PAGE + i, space.resolve(at + i * PAGE, 'read'));
    const told = new Set<number>();
    space.invalidations.push({
      invalidate: (from, to) => {
        for (let page = from; page < to; page++) told.add(page);
      },
    });
    memory.allocateRun(512, 512);
    const moved = [...places].filter(([page, place]) => space.resolve(page * PAGE, 'read') !== place);
    expect(moved.length).toBeGreaterThan(50);
    for (const [page, place] of moved) {
      expect(told.has(page)).toBe(true);
      expect(changed).toContain(place / PAGE);
    }
    expect(told.size).toBe(moved.length);
  });
});

describe('frames that are not moved', () => {
  /** Memory in which every place for a run of 512 has a page of the mapping. */
  function crowded(): { memory: MemoryManager; space: AddressSpace; at: number } {
    const { memory } = testMemory(1100);
    const space = memory.createAddressSpace();
    return { memory, space, at: everySecond(space, 1000, 5) };
  }

  test('are those with a reference that nobody knows of', () => {
    const { memory, space, at } = crowded();
    const held: FrameNumber[] = [];
    for (let i = 0; i < 1000; i += 2) held.push((space.resolve(at + i * PAGE, 'read') / PAGE) as FrameNumber);
    for (const frame of held) memory.frames.get(frame);
    expect(memory.allocateRun(512, 512)).toBe(0);
    expect(memory.compaction.failures).toBe(1);
    for (const frame of held) memory.frames.put(frame);
    expectEverySecond(space, at, 1000, 5);
    memory.frames.verify();
    expect(memory.allocateRun(512, 512)).toBeGreaterThan(0);
  });

  test('are those of which the call has views, and in which a native program computes', () => {
    const { memory, space } = crowded();
    memory.borrow(space);
    expect(memory.allocateRun(512, 512)).toBe(0);
    memory.endBorrowing();
    space.computingThreads++;
    memory.isComputing = () => true;
    expect(memory.allocateRun(512, 512)).toBe(0);
    memory.isComputing = () => false;
    expect(memory.allocateRun(512, 512)).toBeGreaterThan(0);
  });

  test('are those of MAP_HUGETLB mappings, which lie at the end', () => {
    const { memory } = testMemory(2048);
    const space = memory.createAddressSpace();
    const flags = m.MAP_PRIVATE | m.MAP_ANONYMOUS | m.MAP_HUGETLB | (16 << m.MAP_HUGE_SHIFT);
    const blocks: number[] = [];
    const small: number[] = [];
    for (let i = 0; i < 20; i++) {
      blocks.push(space.mmap({ at: 0, length: 65536, prot: RW, flags }));
      small.push(anonymous(space, 50));
      for (let page = 0; page < 50; page++) space.writeU32(small[i]! + page * PAGE, i);
    }
    const places = blocks.map(at => space.resolve(at, 'read'));
    for (const [i, at] of small.entries()) if (i % 2 === 1) space.munmap(at, 50 * PAGE);
    expect(memory.allocateRun(1024, 512)).toBeGreaterThan(0);
    expect(blocks.map(at => space.resolve(at, 'read'))).toEqual(places);
    for (let i = 0; i < 20; i += 2) expect(space.readU32(small[i]! + 49 * PAGE)).toBe(i);
    memory.frames.verify();
  });

  test('are all, when there is not enough memory: nothing changes', () => {
    const { memory, space, at } = crowded();
    const free = memory.freePages;
    expect(memory.allocateRun(free + 1, 1)).toBe(0);
    expect(memory.compaction.stalls).toBe(0);
    expect(memory.freePages).toBe(free);
    expectEverySecond(space, at, 1000, 5);
  });
});

test('a block for MAP_HUGETLB is made in the call, but not at a fault', () => {
  const { memory } = testMemory(600);
  const space = memory.createAddressSpace();
  const flags = m.MAP_PRIVATE | m.MAP_ANONYMOUS | m.MAP_HUGETLB | (16 << m.MAP_HUGE_SHIFT);
  const block = space.mmap({ at: 0, length: 65536, prot: RW, flags });
  space.madvise(block, 65536, m.MADV_DONTNEED);
  everySecond(space, 590, 1);
  space.computingThreads = 0;
  expect(errnoOf(() => space.writeU8(block, 1))).not.toBe(0);
  expect(space.readU8(space.mmap({ at: 0, length: 65536, prot: RW, flags }))).toBe(0);
});

test('all memory is made whole as far as there is room', () => {
  const { memory } = testMemory(8192);
  const space = memory.createAddressSpace();
  const next = random(3);
  const at = anonymous(space, 8000);
  for (let i = 0; i < 8000; i++) space.writeU32(at + i * PAGE, i);
  const kept: number[] = [];
  for (let i = 0; i < 8000; i++) {
    if (next(4) === 0) kept.push(i);
    else space.madvise(at + i * PAGE, PAGE, m.MADV_DONTNEED);
  }
  const free = memory.freePages;
  const wholeBlocks = (): number =>
    memory.frames.freeBlocks().reduce((sum, count, order) => sum + (order < 9 ? 0 : count << (order - 9)), 0);
  expect(wholeBlocks()).toBe(0);
  compactAll(memory);
  expect(wholeBlocks()).toBeGreaterThanOrEqual(Math.floor(free / 512) - 3);
  for (const i of kept) expect(space.readU32(at + i * PAGE)).toBe(i);
  verifySpace(space);
  memory.frames.verify();
  expect(memory.freePages).toBe(free);
  compactAll(memory);
  expect(memory.freePages).toBe(free);
  space.put();
  expect(memory.freePages).toBe(memory.totalPages - 1);
});
