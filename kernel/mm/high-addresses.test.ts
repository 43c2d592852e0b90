import { describe, expect, test } from 'vitest';
import type { AddressSpace } from './address-space.ts';
import * as e from '../abi/errno.ts';
import * as m from '../abi/mman.ts';
import { errnoOf } from '../testing.ts';
import { forcedRead, forcedWrite } from './forced-access.ts';
import { NATIVE_TASK_SIZE, TASK_SIZE } from './memory-map.ts';
import { compactRun } from './compaction.ts';
import { mincore } from './mlock.ts';
import { PageCache } from './page-cache.ts';
import { populate } from './populate.ts';
import { anonymous, testFile, testMemory, verifySpace } from './testing.ts';

const PAGE = 4096;
const GIB = 2 ** 30;
const TIB = 2 ** 40;
const RW = m.PROT_READ | m.PROT_WRITE;
const ANON = m.MAP_PRIVATE | m.MAP_ANONYMOUS;
const HIGH = 0x1000_0000_0000;
const PLACES = [2 ** 32, HIGH, 0x5555_5555_4000, 0x7fff_ffff_f000 - 4 * PAGE];

function mapAt(space: AddressSpace, at: number, pages: number, prot = RW, flags = ANON): number {
  return space.mmap({ at, length: pages * PAGE, prot, flags: flags | m.MAP_FIXED });
}

describe('addresses above 4 GiB', () => {
  test('are as good as those below, and different from them', () => {
    const space = testMemory().memory.createAddressSpace();
    const low = mapAt(space, 0x1000_0000, 4);
    for (const [i, place] of PLACES.entries()) {
      mapAt(space, place, 4);
      space.writeU32(place + 5, 77 + i);
      space.copyOut(place + 4090, new Uint8Array(100).fill(i + 1));
    }
    const twin = mapAt(space, low + 2 ** 32, 1);
    space.writeU8(low, 1);
    space.writeU8(twin, 2);
    expect(space.readU8(low)).toBe(1);
    for (const [i, place] of PLACES.entries()) {
      expect(space.readU32(place + 5)).toBe(77 + i);
      expect(space.copyIn(place + 4080, 120).filter(byte => byte === i + 1)).toHaveLength(100);
      const buffer = space.buffer(place + 4000, 3 * PAGE, 'read');
      expect(buffer.remaining).toBe(3 * PAGE);
      expect(space.find(place)!.start).toBe(place);
      expect(space.fault(place, 'write').length).toBeGreaterThanOrEqual(PAGE);
      expect([...mincore(space, place, 4 * PAGE)]).toEqual([1, 1, 1, 1]);
    }
    verifySpace(space);
    space.put();
    expect(space.memory.tablePages).toBe(0);
    expect(space.memory.freePages).toBe(space.memory.totalPages - 1);
  });

  test('end a page below 2^47', () => {
    const space = testMemory().memory.createAddressSpace();
    const mmap = (at: number, length: number, flags = ANON | m.MAP_FIXED): number =>
      errnoOf(() => space.mmap({ at, length, prot: 0, flags }));
    expect(mmap(TASK_SIZE - PAGE, PAGE)).toBe(0);
    expect(mmap(TASK_SIZE, PAGE)).toBe(e.ENOMEM);
    expect(mmap(TASK_SIZE - PAGE, 2 * PAGE)).toBe(e.ENOMEM);
    expect(mmap(2 ** 63, PAGE)).toBe(e.ENOMEM);
    expect(mmap(0, TASK_SIZE + PAGE, ANON)).toBe(e.ENOMEM);
    expect(mmap(0, TASK_SIZE - PAGE, ANON)).toBe(e.ENOMEM); // the lowest pages are not given out
    space.mprotect(TASK_SIZE - PAGE, PAGE, RW);
    space.writeU8(TASK_SIZE - 1, 1);
    expect(errnoOf(() => space.writeU32(TASK_SIZE - 2, 1))).toBe(e.EFAULT);
    for (const bad of [TASK_SIZE, 2 ** 47, 2 ** 47 + TASK_SIZE - 1, 2 ** 63, 2 ** 64 - PAGE]) {
      expect(errnoOf(() => space.readU8(bad))).toBe(e.EFAULT);
      expect(errnoOf(() => space.writeU8(bad, 1))).toBe(e.EFAULT);
      expect(errnoOf(() => forcedRead(space, bad, 1))).toBe(e.EFAULT);
      expect(errnoOf(() => space.buffer(bad, 1, 'read'))).toBe(e.EFAULT);
    }
    expect(errnoOf(() => space.munmap(TASK_SIZE, PAGE))).toBe(e.EINVAL);
    space.munmap(0, TASK_SIZE);
    expect(space.vmas).toEqual([]);
    verifySpace(space);
  });

  test('are not for native programs', () => {
    const space = testMemory().memory.createAddressSpace();
    space.end = NATIVE_TASK_SIZE;
    expect(errnoOf(() => mapAt(space, 2 ** 32, 1))).toBe(e.ENOMEM);
    expect(
      errnoOf(() => space.mmap({ at: 0, length: 2 ** 32, prot: 0, flags: ANON | m.MAP_NORESERVE })),
    ).toBe(e.ENOMEM);
    expect(anonymous(space, 1)).toBeLessThan(NATIVE_TASK_SIZE);
    const child = space.fork();
    expect(child.end).toBe(NATIVE_TASK_SIZE);
  });

  test('a wish is granted anywhere, and what is no address is no wish', () => {
    const space = testMemory().memory.createAddressSpace();
    const wish = (at: number): number => space.mmap({ at, length: PAGE, prot: RW, flags: ANON });
    expect(wish(HIGH + 5)).toBe(HIGH);
    expect(wish(HIGH)).not.toBe(HIGH);
    expect(wish(TASK_SIZE - PAGE)).toBe(TASK_SIZE - PAGE);
    for (const none of [TASK_SIZE, 2 ** 47, 2 ** 63]) expect(wish(none)).toBeLessThan(space.mmapBase);
    const low = space.mmap({ at: HIGH, length: PAGE, prot: RW, flags: ANON | m.MAP_32BIT });
    expect(low).toBeLessThan(2 ** 31);
  });

  test('a reservation of terabytes costs what is used of it', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const flags = ANON | m.MAP_NORESERVE;
    const at = space.mmap({ at: 0, length: 16 * TIB, prot: m.PROT_NONE, flags });
    expect(memory.tablePages).toBe(0);
    for (let i = 0; i < 16; i++) {
      space.mprotect(at + i * TIB, PAGE * 2, RW);
      space.writeU32(at + i * TIB + PAGE, i);
    }
    expect(memory.tablePages).toBe(16);
    expect(space.rssPages).toBe(16);
    const child = space.fork();
    expect(child.readU32(at + 15 * TIB + PAGE)).toBe(15);
    child.writeU32(at + 15 * TIB + PAGE, 99);
    expect(space.readU32(at + 15 * TIB + PAGE)).toBe(15);
    verifySpace(child);
    child.put();
    space.madvise(at, 16 * TIB, m.MADV_DONTNEED);
    expect(space.rssPages).toBe(0);
    expect(space.readU32(at + 3 * TIB + PAGE)).toBe(0);
    space.munmap(at, 16 * TIB);
    expect(memory.tablePages).toBe(0);
    expect(space.vmas).toEqual([]);
    expect(memory.freePages).toBe(memory.totalPages - 1);
    // Only what may be written is promised.
    expect(errnoOf(() => space.mmap({ at: 0, length: TIB, prot: RW, flags: ANON }))).toBe(e.ENOMEM);
    expect(errnoOf(() => space.mmap({ at: 0, length: TIB, prot: m.PROT_READ, flags: ANON }))).toBe(0);
  });

  test('page tables go with what they describe, also when neighbours shared them', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    for (let i = 0; i < 50; i++) {
      const at = mapAt(space, HIGH + i * 2 ** 22, 3);
      for (let page = 0; page < 3; page++) space.writeU8(at + page * PAGE, 1);
      space.munmap(at, PAGE);
      space.munmap(at + 2 * PAGE, PAGE);
      expect(memory.tablePages).toBe(1);
      expect(space.readU8(at + PAGE)).toBe(1);
      space.munmap(at + PAGE, PAGE);
      expect(memory.tablePages).toBe(0);
    }
  });

  test('one that reads zeros everywhere runs out of page tables', () => {
    const { memory } = testMemory(256);
    let kills = 0;
    memory.onOutOfMemory = () => {
      kills++;
      return false;
    };
    const space = memory.createAddressSpace();
    const flags = ANON | m.MAP_NORESERVE;
    const at = space.mmap({ at: 0, length: 16 * TIB, prot: m.PROT_READ, flags });
    let reads = 0;
    while (errnoOf(() => space.readU8(at + reads * 2 ** 22)) === 0) reads++;
    expect(reads).toBeGreaterThan(1000);
    expect(reads).toBeLessThan(1200);
    expect(kills).toBe(1);
    expect(errnoOf(() => space.fork())).toBe(e.ENOMEM);
    const there = { at, oldLength: TIB, newLength: TIB, newAt: HIGH };
    expect(errnoOf(() => space.mremap({ ...there, flags: m.MREMAP_MAYMOVE | m.MREMAP_DONTUNMAP }))).not.toBe(
      0,
    );
    expect(space.readU8(at)).toBe(0);
    space.put();
    expect(memory.tablePages).toBe(0);
  });

  test('mremap moves, grows and shrinks across boundaries of 4 GiB', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const edge = HIGH + 2 ** 32;
    mapAt(space, edge - 2 * PAGE, 2);
    space.writeU32(edge - 4, 42);
    const resize = (at: number, oldPages: number, newPages: number, newAt = 0): number =>
      space.mremap({
        at,
        oldLength: oldPages * PAGE,
        newLength: newPages * PAGE,
        flags: newAt === 0 ? 0 : m.MREMAP_MAYMOVE | m.MREMAP_FIXED,
        newAt,
      });
    expect(resize(edge - 2 * PAGE, 2, 6)).toBe(edge - 2 * PAGE);
    space.writeU32(edge, 43);
    expect(space.readI32(edge - 2)).toBe((43 << 16) | 0);
    expect(resize(edge - 2 * PAGE, 6, 6, 0x2000_0000)).toBe(0x2000_0000);
    expect(space.readU32(0x2000_0000 + 2 * PAGE - 4)).toBe(42);
    expect(errnoOf(() => space.readU32(edge))).toBe(e.EFAULT);
    expect(resize(0x2000_0000, 6, 6, TASK_SIZE - 6 * PAGE)).toBe(TASK_SIZE - 6 * PAGE);
    expect(space.readU32(TASK_SIZE - 4 * PAGE)).toBe(43);
    expect(errnoOf(() => resize(TASK_SIZE - 6 * PAGE, 6, 7))).toBe(e.ENOMEM);
    expect(errnoOf(() => resize(TASK_SIZE - 6 * PAGE, 6, 6, TASK_SIZE))).toBe(e.EINVAL);
    expect(resize(TASK_SIZE - 6 * PAGE, 6, 3)).toBe(TASK_SIZE - 6 * PAGE);
    expect(space.rssPages).toBe(2);
    verifySpace(space);
    space.put();
    expect(memory.tablePages).toBe(0);
  });

  test('listeners hear the numbers of pages, however large', () => {
    const space = testMemory().memory.createAddressSpace();
    const heard: string[] = [];
    space.invalidations.push({ invalidate: (from, to) => void heard.push(`${from}-${to}`) });
    mapAt(space, HIGH, 2);
    populate(space, HIGH, HIGH + 2 * PAGE);
    heard.length = 0;
    space.mprotect(HIGH, PAGE, m.PROT_READ);
    space.munmap(HIGH, 2 * PAGE);
    const first = HIGH / PAGE;
    expect(heard).toEqual([`${first}-${first + 1}`, `${first}-${first + 2}`]);
  });

  test('files are seen there, and truncated there', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const store = { size: 5 * GIB };
    const cache = new PageCache(memory, store);
    const file = testFile(cache);
    const length = 5 * GIB;
    const at = space.mmap({ at: HIGH + PAGE, length, prot: RW, flags: m.MAP_SHARED | m.MAP_FIXED, file });
    space.writeU32(at, 1);
    space.writeU32(at + length - 4, 2);
    expect(cache.pageCount).toBe(2);
    expect(space.futexKey(at + length - 4, true).key).toBe(`s${cache.id}:${length - 4}`);
    store.size = GIB;
    cache.truncate(GIB);
    expect(errnoOf(() => space.readU32(at + length - 4))).toBe(e.EFAULT);
    expect(space.readU32(at)).toBe(1);
    verifySpace(space);
  });

  test('forced accesses and compaction find the pages', () => {
    const { memory } = testMemory(128);
    const space = memory.createAddressSpace();
    mapAt(space, HIGH, 60);
    for (let i = 0; i < 60; i++) space.writeU32(HIGH + i * PAGE, i);
    for (let i = 0; i < 60; i += 2) space.madvise(HIGH + i * PAGE, PAGE, m.MADV_DONTNEED);
    const rest = anonymous(space, 40);
    populate(space, rest, rest + 40 * PAGE);
    expect(compactRun(memory, 16, 16)).not.toBe(0);
    expect(memory.compaction.migratedPages).toBeGreaterThan(0);
    for (let i = 1; i < 60; i += 2) expect(space.readU32(HIGH + i * PAGE)).toBe(i);
    space.mprotect(HIGH, 60 * PAGE, m.PROT_READ);
    forcedWrite(space, HIGH + PAGE - 1, Uint8Array.of(7, 8));
    expect([...forcedRead(space, HIGH + PAGE - 1, 2)]).toEqual([7, 8]);
    verifySpace(space);
  });
});
