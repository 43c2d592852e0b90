import { describe, expect, test } from 'vitest';
import { testFile, testMemory, TestStore, verifySpace } from './testing.ts';
import { errnoOf } from '../testing.ts';
import { ENOSPC } from '../abi/errno.ts';
import { MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { IoBuffer } from './io-buffer.ts';
import { PageCache } from './page-cache.ts';
import { PageIndex } from './page-index.ts';

function read(cache: PageCache, offset: number, length: number): Uint8Array {
  const into = new Uint8Array(length);
  return into.subarray(0, cache.read(IoBuffer.of(into), offset));
}

function isSame(bytes: Uint8Array, store: TestStore, offset: number): boolean {
  return bytes.every((byte, i) => byte === store.content[offset + i]);
}

describe('the page cache', () => {
  test('reads a file of the store, cut at its end, and keeps its pages', () => {
    const { memory } = testMemory();
    const store = new TestStore(10000);
    const cache = new PageCache(memory, store);
    expect(isSame(read(cache, 4000, 5000), store, 4000)).toBe(true);
    expect(isSame(read(cache, 9000, 5000), store, 9000)).toBe(true);
    expect(read(cache, 9000, 5000).length).toBe(1000);
    expect(read(cache, 10000, 1).length).toBe(0);
    expect(store.reads).toBe(3);
    expect(memory.cachedPages).toBe(3);
    cache.destroy();
    expect(memory.cachedPages).toBe(0);
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('a hole reads as zeros without taking memory', () => {
    const { memory } = testMemory();
    const store = { size: 1 << 30 };
    const cache = new PageCache(memory, store);
    expect(cache.write(IoBuffer.of(Uint8Array.of(1, 2, 3)), 5000)).toBe(3);
    expect(cache.pageCount).toBe(1);
    expect([...read(cache, 4998, 6)]).toEqual([0, 0, 1, 2, 3, 0]);
    expect(read(cache, 0, 1 << 20).length).toBe(1 << 20);
    expect(cache.pageCount).toBe(1);
    expect(cache.nextPage(0)).toBe(1);
    expect(cache.nextPage(2)).toBe(Infinity);
  });

  test('a write that covers a page does not read it, and one that does not, does', () => {
    const { memory } = testMemory();
    const store = new TestStore(8192);
    const cache = new PageCache(memory, store);
    cache.write(IoBuffer.of(new Uint8Array(4096).fill(9)), 0);
    expect(store.reads).toBe(0);
    cache.write(IoBuffer.of(Uint8Array.of(7)), 4096);
    expect(store.reads).toBe(1);
    expect([...read(cache, 4095, 3)]).toEqual([9, 7, store.content[4097]]);
    expect(memory.dirtyPages).toBe(2);
    cache.flush();
    expect(memory.dirtyPages).toBe(0);
    expect([...store.content.subarray(4095, 4097)]).toEqual([9, 7]);
  });

  test('the last page is written back only as far as the file goes', () => {
    const { memory } = testMemory();
    const store = new TestStore(0, 8192);
    const cache = new PageCache(memory, store);
    cache.write(IoBuffer.of(new Uint8Array(100).fill(1)), 4096);
    store.size = 4196;
    let length = 0;
    store.writePage = (_index, from) => (length = from.length);
    cache.flush();
    expect(length).toBe(100);
  });

  test('bytes that a mapping left behind the end are zero when the file grows', () => {
    const { memory } = testMemory();
    const store = { size: 100 };
    const cache = new PageCache(memory, store);
    cache.write(IoBuffer.of(new Uint8Array(4096).fill(5)), 0);
    cache.truncate(200);
    store.size = 200;
    expect(read(cache, 99, 2)[1]).toBe(0);
    cache.write(IoBuffer.of(new Uint8Array(3000).fill(5)), 0);
    cache.write(IoBuffer.of(Uint8Array.of(1)), 8192);
    store.size = 8193;
    expect(read(cache, 199, 2)).toEqual(Uint8Array.of(5, 0));
  });

  test('truncation takes pages out of every mapping, private copies too; a punched hole leaves those', () => {
    const { memory } = testMemory();
    const store = { size: 4 * 4096 };
    const cache = new PageCache(memory, store);
    const space = memory.createAddressSpace();
    const file = testFile(cache);
    const prot = PROT_READ | PROT_WRITE;
    const shared = space.mmap({ at: 0, length: 4 * 4096, prot, flags: MAP_SHARED, file });
    const own = space.mmap({ at: 0, length: 4 * 4096, prot, flags: MAP_PRIVATE, file });
    for (let i = 0; i < 4; i++) space.writeU8(shared + i * 4096, 10 + i);
    space.writeU8(own + 4096, 99);
    expect(space.readU8(own + 8192)).toBe(12);
    cache.punch(4096, 3 * 4096);
    expect(cache.pageCount).toBe(2);
    expect(space.readU8(own + 4096)).toBe(99);
    expect(space.readU8(own + 8192)).toBe(0);
    expect(space.readU8(shared + 4096)).toBe(0);
    cache.truncate(4096);
    store.size = 4096;
    expect(errnoOf(() => space.readU8(own + 4096))).not.toBe(0);
    expect(space.tryFault(own + 4096, 'read')).toBe(3);
    expect(space.tryFault(shared + 4096, 'write')).toBe(3);
    expect(space.readU8(shared)).toBe(10);
    verifySpace(space);
    space.put();
    cache.destroy();
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('a store that has no room left is ENOSPC, or a short write', () => {
    const { memory } = testMemory();
    let room = 2;
    const cache = new PageCache(memory, {
      size: 0,
      reservePage: () => room > 0 && room-- > 0,
      releasePages: count => void (room += count),
    });
    expect(cache.write(IoBuffer.of(new Uint8Array(10000)), 100)).toBe(8192 - 100);
    expect(errnoOf(() => cache.write(IoBuffer.of(new Uint8Array(1)), 8192))).toBe(ENOSPC);
    cache.truncate(0);
    expect(room).toBe(2);
  });

  test('clean pages go when memory is short, dirty ones after they were written back', () => {
    const { memory } = testMemory(64);
    const store = new TestStore(100 * 4096);
    const cache = new PageCache(memory, store);
    for (let i = 0; i < 100; i++) expect(isSame(read(cache, i * 4096, 4096), store, i * 4096)).toBe(true);
    for (let i = 0; i < 100; i++) cache.write(IoBuffer.of(new Uint8Array(4096).fill(i)), i * 4096);
    for (let i = 0; i < 100; i++) expect(read(cache, i * 4096, 1)[0]).toBe(i);
    expect(store.content[50 * 4096]).toBe(50);
  });

  test('a file that is read in sequence is read ahead', () => {
    const { memory } = testMemory();
    const store = new TestStore(100 * 4096);
    let calls = 0;
    const ahead = Object.assign(store, {
      readPages(index: number, into: Uint8Array): void {
        calls++;
        into.set(store.content.subarray(index * 4096, index * 4096 + into.length));
      },
    });
    const cache = new PageCache(memory, ahead);
    for (let i = 0; i < 100; i++) expect(isSame(read(cache, i * 4096, 4096), store, i * 4096)).toBe(true);
    expect(calls).toBe(6);
    expect(store.reads).toBe(4);
  });

  test('a mapping reads what lies around a page, unless some of it is there', () => {
    const { memory } = testMemory();
    const store = new TestStore(40 * 4096);
    const blocks: number[] = [];
    const around = Object.assign(store, {
      readPages(index: number, into: Uint8Array): void {
        blocks.push(index);
        into.set(store.content.subarray(index * 4096, index * 4096 + into.length));
      },
    });
    const cache = new PageCache(memory, around);
    read(cache, 20 * 4096, 1);
    const space = memory.createAddressSpace();
    const at = space.mmap({
      at: 0,
      length: 40 * 4096,
      prot: PROT_READ,
      flags: MAP_PRIVATE,
      file: testFile(cache),
    });
    for (const page of [5, 15, 20, 21, 35]) {
      expect(space.readU8(at + page * 4096)).toBe(store.content[page * 4096]);
    }
    expect(blocks).toEqual([0]);
    expect(cache.pageCount).toBe(16 + 3);
    verifySpace(space);
    space.put();
    cache.destroy();
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('a mapping writes to the file and says so once for each write-back', () => {
    const { memory } = testMemory();
    const store = new TestStore(8192);
    const cache = new PageCache(memory, store);
    const space = memory.createAddressSpace();
    const flags = MAP_SHARED;
    const at = space.mmap({
      at: 0,
      length: 8192,
      prot: PROT_READ | PROT_WRITE,
      flags,
      file: testFile(cache),
    });
    space.readU8(at);
    expect(memory.dirtyPages).toBe(0);
    space.writeU8(at, 200);
    space.writeU8(at + 1, 201);
    expect(store.touches).toBe(1);
    expect(memory.dirtyPages).toBe(1);
    cache.flush();
    expect([...store.content.subarray(0, 2)]).toEqual([200, 201]);
    space.writeU8(at, 202);
    expect(store.touches).toBe(2);
    cache.flush();
    expect(store.content[0]).toBe(202);
    space.put();
    expect(cache.mappings.size).toBe(0);
  });
});

test('a page index finds its entries in order, however far apart they are', () => {
  const index = new PageIndex();
  for (const i of [5, 2 ** 40, 64, 63]) index.set(i, i % 1000 || 7);
  expect([index.next(0), index.next(6), index.next(64), index.next(65), index.next(2 ** 41)]).toEqual([
    5,
    63,
    64,
    2 ** 40,
    Infinity,
  ]);
  index.set(2 ** 40, 0);
  expect(index.next(65)).toBe(Infinity);
  expect(index.get(2 ** 40)).toBe(0);
});
