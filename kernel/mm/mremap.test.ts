import { describe, expect, test } from 'vitest';
import * as e from '../abi/errno.ts';
import * as m from '../abi/mman.ts';
import type { AddressSpace } from './address-space.ts';
import { anonymous, testFile, testMemory, verifySpace } from './testing.ts';
import { errnoOf } from '../testing.ts';
import { PageCache } from './page-cache.ts';

const PAGE = 4096;
const RW = m.PROT_READ | m.PROT_WRITE;

function mremap(space: AddressSpace, at: number, from: number, to: number, flags = 0, newAt = 0): number {
  return space.mremap({ at, oldLength: from * PAGE, newLength: to * PAGE, flags, newAt });
}

describe('mremap', () => {
  test('shrinks in place and grows in place where there is room', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 6);
    space.clear(at, 6 * PAGE);
    expect(mremap(space, at, 6, 2)).toBe(at);
    expect(space.rssPages).toBe(2);
    expect(mremap(space, at, 2, 5)).toBe(at);
    expect(space.totalPages).toBe(5);
    expect(memory.committedPages).toBe(5);
    expect(space.readU8(at + 4 * PAGE)).toBe(0);
    verifySpace(space);
  });

  test('moves pages without copying them when there is no room', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    anonymous(space, 1, m.PROT_READ);
    const at = anonymous(space, 3);
    space.writeU32(at + PAGE, 77);
    const frame = space.resolve(at + PAGE, 'read');
    expect(errnoOf(() => mremap(space, at, 3, 4))).toBe(e.ENOMEM);
    const moved = mremap(space, at, 3, 4, m.MREMAP_MAYMOVE);
    expect(moved).not.toBe(at);
    expect(space.readU32(moved + PAGE)).toBe(77);
    expect(space.resolve(moved + PAGE, 'read')).toBe(frame);
    expect(errnoOf(() => space.readU8(at))).toBe(e.EFAULT);
    expect(memory.committedPages).toBe(4);
    verifySpace(space);
    space.put();
    expect(memory.committedPages).toBe(0);
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('MREMAP_FIXED replaces the target and may shrink', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 8);
    for (let i = 0; i < 8; i++) space.writeU8(at + i * PAGE, i);
    const flags = m.MREMAP_MAYMOVE | m.MREMAP_FIXED;
    expect(mremap(space, at + 5 * PAGE, 3, 2, flags, at + PAGE)).toBe(at + PAGE);
    expect([0, 1, 2, 3, 4].map(i => space.readU8(at + i * PAGE))).toEqual([0, 5, 6, 3, 4]);
    expect(errnoOf(() => space.readU8(at + 5 * PAGE))).toBe(e.EFAULT);
    expect(errnoOf(() => space.readU8(at + 7 * PAGE))).toBe(e.EFAULT);
    expect(space.vmas.length).toBe(1);
    expect(memory.committedPages).toBe(5);
    verifySpace(space);
  });

  test('checks its arguments in Linux’s order', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 4);
    const error = (...args: [number, number, number, number?, number?]): number =>
      errnoOf(() => mremap(space, ...args));
    expect(error(at, 1, 1, 8)).toBe(e.EINVAL);
    expect(error(at, 1, 1, m.MREMAP_FIXED)).toBe(e.EINVAL);
    expect(error(at, 1, 2, m.MREMAP_DONTUNMAP | m.MREMAP_MAYMOVE)).toBe(e.EINVAL);
    expect(error(at + 1, 1, 1)).toBe(e.EINVAL);
    expect(error(at, 1, 0)).toBe(e.EINVAL);
    expect(error(at - PAGE, 1, 1)).toBe(e.EFAULT);
    expect(error(at, 5, 6, m.MREMAP_MAYMOVE)).toBe(e.EFAULT);
    expect(error(at, 0, 1, m.MREMAP_MAYMOVE)).toBe(e.EINVAL);
    expect(error(at, 2, 2, m.MREMAP_MAYMOVE | m.MREMAP_FIXED, at + PAGE)).toBe(e.EINVAL);
    expect(error(at, 2, 2, m.MREMAP_MAYMOVE | m.MREMAP_FIXED, at + 1)).toBe(e.EINVAL);
  });

  test('a fixed move takes all mappings of the range, and keeps the holes between them', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 5);
    for (let i = 0; i < 5; i++) space.writeU8(at + i * PAGE, 10 + i);
    space.mprotect(at + PAGE, PAGE, m.PROT_READ);
    space.munmap(at + 3 * PAGE, PAGE);
    const to = 0x20000000;
    expect(mremap(space, at, 5, 5, m.MREMAP_MAYMOVE | m.MREMAP_FIXED, to)).toBe(to);
    expect([0, 1, 2, 4].map(i => space.readU8(to + i * PAGE))).toEqual([10, 11, 12, 14]);
    expect(errnoOf(() => space.readU8(to + 3 * PAGE))).toBe(e.EFAULT);
    expect(errnoOf(() => space.writeU8(to + PAGE, 1))).toBe(e.EFAULT);
    verifySpace(space);
  });

  test('a length that no mapping can have costs no time', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 4);
    const request = { at, oldLength: 2 ** 63, newLength: PAGE, flags: m.MREMAP_MAYMOVE, newAt: 0 };
    expect(errnoOf(() => space.mremap(request))).toBe(e.EINVAL);
    expect(errnoOf(() => space.munmap(at, 2 ** 63))).toBe(e.EINVAL);
    expect(errnoOf(() => space.munmap(at + 2 * PAGE, 2 ** 46))).toBe(0);
    expect(space.totalPages).toBe(2);
  });

  test('old length 0 makes a second window on shared memory', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = space.mmap({ at: 0, length: 2 * PAGE, prot: RW, flags: m.MAP_SHARED | m.MAP_ANONYMOUS });
    const second = mremap(space, at, 0, 2, m.MREMAP_MAYMOVE);
    space.writeU8(second + PAGE, 5);
    expect(space.readU8(at + PAGE)).toBe(5);
    space.munmap(at, 2 * PAGE);
    expect(space.readU8(second + PAGE)).toBe(5);
    space.put();
    expect(memory.committedPages).toBe(0);
  });

  test('MREMAP_DONTUNMAP leaves an empty mapping behind', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 2);
    space.writeU8(at, 9);
    const moved = mremap(space, at, 2, 2, m.MREMAP_MAYMOVE | m.MREMAP_DONTUNMAP);
    expect([space.readU8(moved), space.readU8(at)]).toEqual([9, 0]);
    expect(memory.committedPages).toBe(4);
    verifySpace(space);
  });

  test('a part of a file mapping keeps showing its part of the file', () => {
    const { memory, files } = testMemory();
    const space = memory.createAddressSpace();
    const cache = new PageCache(memory, { size: 8 * PAGE });
    const file = testFile(cache);
    const at = space.mmap({ at: 0, length: 8 * PAGE, prot: RW, flags: m.MAP_SHARED, file, offset: 0 });
    for (let i = 0; i < 8; i++) space.writeU8(at + i * PAGE, i);
    const moved = mremap(space, at + 4 * PAGE, 2, 2, m.MREMAP_MAYMOVE | m.MREMAP_FIXED, 0x20000000);
    space.madvise(moved, 2 * PAGE, m.MADV_DONTNEED);
    expect([space.readU8(moved), space.readU8(moved + PAGE), space.readU8(at + 6 * PAGE)]).toEqual([4, 5, 6]);
    expect(files.get(file)).toBe(3);
    verifySpace(space);
    cache.truncate(5 * PAGE);
    expect(space.entry(moved / PAGE + 1)).toBe(0);
    space.put();
    expect(files.get(file)).toBe(0);
  });
});
