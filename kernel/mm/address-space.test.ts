import { describe, expect, test } from 'vitest';
import { anonymous, testMemory } from './testing.ts';
import { errnoOf } from '../testing.ts';
import { EFAULT, EINVAL, ENAMETOOLONG } from '../abi/errno.ts';
import { PROT_NONE, PROT_READ } from '../abi/mman.ts';
import { toBytes } from '../abi/byte-string.ts';
import { IoBuffer } from './io-buffer.ts';

describe('access to user memory', () => {
  test('untouched memory reads as zeros and takes no frame until it is written', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 4);
    const free = memory.freePages;
    expect([...space.copyIn(at, 5)]).toEqual([0, 0, 0, 0, 0]);
    expect(memory.freePages).toBe(free);
    space.writeU8(at + 4096, 7);
    expect(memory.freePages).toBe(free - 1);
    expect(space.rssPages).toBe(1);
    expect(space.readU8(at + 4097)).toBe(0);
    space.put();
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('copies cross pages, and a bad page is EFAULT after the good ones were written', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 2);
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);
    space.copyOut(at + 4000, bytes);
    expect(space.copyIn(at + 4000, 200)).toEqual(bytes);
    expect(errnoOf(() => space.copyOut(at + 8192 - 100, bytes))).toBe(EFAULT);
    expect(space.copyIn(at + 8192 - 100, 100)).toEqual(bytes.subarray(0, 100));
    expect(errnoOf(() => space.copyIn(at - 1, 2))).toBe(EFAULT);
    expect(errnoOf(() => space.readU8(2 ** 32 + at))).toBe(EFAULT);
    expect(errnoOf(() => space.readU8(2 ** 63))).toBe(EFAULT);
  });

  test('words are read and written at any alignment', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 2);
    for (const where of [at, at + 1, at + 4094, at + 4096 - 4]) {
      space.writeU32(where, 0xfedcba98);
      expect(space.readU32(where)).toBe(0xfedcba98);
      space.writeB64(where, 0xfedcba9876543210n);
      expect(space.readB64(where)).toBe(0xfedcba9876543210n);
      space.writeU64(where, -2);
      expect(space.readB64(where)).toBe(0xfffffffffffffffen);
      expect(space.readI64(where)).toBe(-2);
      space.writeU64(where, 2 ** 40 + 5);
      expect(space.readU64(where)).toBe(2 ** 40 + 5);
    }
  });

  test('strings end at their NUL, at the page that is missing, or at the limit', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 2);
    space.copyOut(at + 4090, toBytes('0123456789\xff'));
    expect(space.readString(at + 4090)).toBe('0123456789\xff');
    expect(errnoOf(() => space.readString(at + 4090, 11))).toBe(ENAMETOOLONG);
    expect(space.readString(at + 4090, 12)).toBe('0123456789\xff');
    space.copyOut(at + 8190, toBytes('ab'));
    expect(errnoOf(() => space.readString(at + 8190))).toBe(EFAULT);
  });

  test('a buffer is one range where the frames are neighbours, and ends where memory becomes bad', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 4);
    const buffer = space.buffer(at, 4 * 4096, 'write');
    expect(buffer.next().length).toBe(4 * 4096);
    const cut = space.buffer(at + 4096, 1 << 20, 'write');
    expect(cut.remaining).toBe(3 * 4096);
    expect(errnoOf(() => space.buffer(at + 4 * 4096, 1, 'read'))).toBe(EFAULT);
    expect(space.buffer(at + 4 * 4096, 0, 'read').remaining).toBe(0);
    expect(errnoOf(() => space.buffer(at, 2 ** 47, 'read'))).toBe(EFAULT);
    space.mprotect(at, 4096, PROT_READ);
    expect(errnoOf(() => space.buffer(at, 1, 'write'))).toBe(EFAULT);
    space.mprotect(at, 4096, PROT_NONE);
    expect(errnoOf(() => space.buffer(at, 1, 'read'))).toBe(EFAULT);
  });

  test('a long buffer is faulted in as it is used, and ends early at bad memory', () => {
    const { memory } = testMemory(2048);
    const space = memory.createAddressSpace();
    const at = anonymous(space, 1024);
    const buffer = space.buffer(at, 1 << 30, 'write');
    expect(space.rssPages).toBe(64);
    expect(buffer.remaining).toBe(1 << 30);
    expect(buffer.put(new Uint8Array(5 << 20).fill(3))).toBe(4 << 20);
    expect(buffer.remaining).toBe(0);
    expect(space.readU8(at + (4 << 20) - 1)).toBe(3);
    expect(space.rssPages).toBe(1024);
  });

  test('iovecs are checked as a whole and joined', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 200);
    const vector = (...entries: [number, number][]): number => {
      entries.forEach(([base, length], i) => {
        space.writeU64(at + i * 16, base);
        space.writeU64(at + i * 16 + 8, length);
      });
      return entries.length;
    };
    const data = at + 4096;
    let n = vector([data, 3], [0, 0], [data + 100, 2]);
    const buffer = space.iovec(at, n, 'write');
    expect(buffer.put(toBytes('abcdefg'))).toBe(5);
    expect([...space.copyIn(data + 100, 2)]).toEqual([100, 101]);
    n = vector([data, 3], [data, -1]);
    expect(errnoOf(() => space.iovec(at, n, 'write'))).toBe(EINVAL);
    expect(errnoOf(() => space.iovec(at, 1025, 'write'))).toBe(EINVAL);
    expect(space.iovec(at, 0, 'write').remaining).toBe(0);
    n = vector([16, 3], [data, 3]);
    expect(errnoOf(() => space.iovec(at, n, 'write'))).toBe(EFAULT);
    n = vector([data, 3], [16, 3], [data, 3]);
    expect(space.iovec(at, n, 'write').remaining).toBe(3);
    n = vector([data, 300000], [data + 300000, 300000]);
    const long = space.iovec(at, n, 'write');
    expect(long.remaining).toBe(600000);
    expect(long.put(new Uint8Array(700000).fill(9))).toBe(600000);
    expect(space.readU8(data + 599999)).toBe(9);
    expect(space.readU8(data + 600000)).toBe(0);
  });

  test('fault tells how far memory is contiguous', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 8);
    space.clear(at, 3 * 4096);
    expect(space.fault(at + 10, 'write').length).toBe(3 * 4096 - 10);
    expect(space.fault(at + 5 * 4096, 'read').length).toBe(4096);
  });
});

describe('IoBuffer', () => {
  test('truncate limits what next shows, also across ranges', () => {
    const buffer = new IoBuffer([new Uint8Array(10), new Uint8Array(10)]);
    buffer.truncate(13);
    buffer.advance(8);
    expect(buffer.next().length).toBe(2);
    buffer.advance(2);
    expect(buffer.next().length).toBe(3);
    buffer.advance(3);
    expect(buffer.next().length).toBe(0);
  });
});
