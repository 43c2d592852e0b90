import { describe, expect, test } from 'vitest';
import * as e from '../abi/errno.ts';
import * as m from '../abi/mman.ts';
import type { AddressSpace } from './address-space.ts';
import { anonymous, testFile, testMemory, verifySpace } from './testing.ts';
import { errnoOf } from '../testing.ts';
import { mincore, mlock, mlockall, msync, munlock } from './mlock.ts';
import { PageCache } from './page-cache.ts';
import { OVERCOMMIT_NEVER } from './overcommit.ts';
import { RLIMIT_AS, RLIMIT_MEMLOCK } from '../abi/resource.ts';

const PAGE = 4096;
const RW = m.PROT_READ | m.PROT_WRITE;
const ANON = m.MAP_PRIVATE | m.MAP_ANONYMOUS;

function ranges(space: AddressSpace, base: number): string[] {
  return space.vmas.map(v => `${(v.start - base) / PAGE}-${(v.end - base) / PAGE}:${v.prot}`);
}

describe('mmap', () => {
  test('checks its arguments in Linux’s order', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const mmap = (at: number, length: number, flags: number): number =>
      errnoOf(() => space.mmap({ at, length, prot: RW, flags }));
    expect(mmap(0, 0, ANON)).toBe(e.EINVAL);
    expect(mmap(0, 2 ** 40, ANON)).toBe(e.ENOMEM);
    expect(mmap(0, PAGE, m.MAP_ANONYMOUS)).toBe(e.EINVAL);
    expect(mmap(PAGE + 1, PAGE, ANON | m.MAP_FIXED)).toBe(e.EINVAL);
    expect(mmap(2 ** 47, PAGE, ANON | m.MAP_FIXED)).toBe(e.ENOMEM);
    expect(mmap(0, PAGE, m.MAP_SHARED | m.MAP_ANONYMOUS | m.MAP_GROWSDOWN)).toBe(e.EINVAL);
    const at = anonymous(space, 1);
    expect(mmap(at, PAGE, ANON | m.MAP_FIXED_NOREPLACE)).toBe(e.EEXIST);
    space.limits = { limit: () => Infinity, capable: () => false };
    expect(mmap(PAGE, PAGE, ANON | m.MAP_FIXED)).toBe(e.EPERM);
    space.limits = { limit: r => (r === RLIMIT_AS ? 2 * PAGE : Infinity), capable: () => false };
    expect(mmap(0, 2 * PAGE, ANON)).toBe(e.ENOMEM);
    space.limits = { limit: r => (r === RLIMIT_MEMLOCK ? PAGE : Infinity), capable: () => false };
    expect(mmap(0, 2 * PAGE, ANON | m.MAP_LOCKED)).toBe(e.EAGAIN);
    space.limits = { limit: () => 0, capable: () => false };
    expect(mmap(0, 2 * PAGE, ANON | m.MAP_LOCKED)).toBe(e.EPERM);
  });

  test('of a file needs the access that the mapping gives', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const cache = new PageCache(memory, { size: PAGE });
    const map = (how: object, prot: number, flags: number): number => {
      const at = space.mmap({ at: 0, length: PAGE, prot, flags, file: testFile(cache, how) });
      return at;
    };
    expect(errnoOf(() => map({ writable: false }, RW, m.MAP_SHARED))).toBe(e.EACCES);
    expect(errnoOf(() => map({ readable: false }, m.PROT_WRITE, m.MAP_SHARED))).toBe(e.EACCES);
    expect(errnoOf(() => map({ noexec: true }, m.PROT_EXEC, m.MAP_PRIVATE))).toBe(e.EPERM);
    expect(errnoOf(() => map({}, RW, m.MAP_SHARED_VALIDATE | m.MAP_SYNC))).toBe(e.EOPNOTSUPP);
    expect(errnoOf(() => map({}, RW, m.MAP_SHARED | m.MAP_SYNC))).toBe(0);
    const at = map({ writable: false }, m.PROT_READ, m.MAP_SHARED);
    expect(errnoOf(() => space.mprotect(at, PAGE, RW))).toBe(e.EACCES);
    const own = map({ writable: false }, m.PROT_READ, m.MAP_PRIVATE);
    expect(errnoOf(() => space.mprotect(own, PAGE, RW))).toBe(0);
    expect(cache.writableMappings).toBe(1);
  });

  test('goes down from the base, joins neighbours, and a hint is followed where there is room', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const a = anonymous(space, 2);
    const b = anonymous(space, 3);
    expect(b + 3 * PAGE).toBe(a);
    expect(space.vmas.length).toBe(1);
    const hint = 0x10000000;
    expect(space.mmap({ at: hint + 5, length: PAGE, prot: RW, flags: ANON })).toBe(hint);
    expect(space.mmap({ at: hint, length: PAGE, prot: RW, flags: ANON })).toBe(b - PAGE);
    expect(space.mmap({ at: 1, length: PAGE, prot: RW, flags: ANON })).toBe(b - 2 * PAGE);
  });

  test('MAP_FIXED replaces what was there', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 5);
    for (let i = 0; i < 5; i++) space.writeU8(at + i * PAGE, 1);
    space.mmap({ at: at + PAGE, length: 2 * PAGE, prot: m.PROT_READ, flags: ANON | m.MAP_FIXED });
    expect(ranges(space, at)).toEqual(['0-1:3', '1-3:1', '3-5:3']);
    expect(space.readU8(at + PAGE)).toBe(0);
    expect(space.rssPages).toBe(3);
    verifySpace(space);
  });

  test('MAP_HUGETLB is contiguous, aligned, and all there from the beginning', () => {
    const { memory } = testMemory(2048);
    const space = memory.createAddressSpace();
    const flags = ANON | m.MAP_HUGETLB | (20 << m.MAP_HUGE_SHIFT);
    const at = space.mmap({ at: 0, length: 5000, prot: RW, flags });
    expect(at % (1 << 20)).toBe(0);
    expect(space.fault(at, 'write').length).toBe(1 << 20);
    expect(space.readU32(at + 70000)).toBe(0);
    expect(errnoOf(() => space.munmap(at, PAGE))).toBe(e.EINVAL);
    const shared = space.mmap({
      at: 0,
      length: 1 << 20,
      prot: RW,
      flags: flags - m.MAP_PRIVATE + m.MAP_SHARED,
    });
    expect(space.fault(shared, 'write').length).toBeGreaterThanOrEqual(1 << 20);
    expect(
      errnoOf(() => space.mmap({ at: 0, length: 1, prot: RW, flags: ANON | m.MAP_HUGETLB | (12 << 26) })),
    ).toBe(e.EINVAL);
    expect(
      errnoOf(() => space.mmap({ at: 0, length: 1, prot: RW, flags: ANON | m.MAP_HUGETLB | (30 << 26) })),
    ).toBe(e.ENOMEM);
    const child = space.fork();
    space.writeU8(at, 1);
    expect(space.fault(at, 'write').length).toBe(1 << 20);
    expect(child.readU8(at)).toBe(0);
    child.put();
    space.munmap(shared, 1 << 20);
    space.put();
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('MAP_HUGETLB is one run of frames where there is one, else blocks', () => {
    const { memory } = testMemory(2048);
    const space = memory.createAddressSpace();
    const flags = ANON | m.MAP_HUGETLB | (16 << m.MAP_HUGE_SHIFT);
    const length = 3 << 19;
    const at = space.mmap({ at: 0, length, prot: RW, flags });
    expect(space.fault(at, 'write').length).toBe(length);
    expect(space.readU32(at + length - 4)).toBe(0);
    expect(space.rssPages).toBe(length / PAGE);
    space.munmap(at, length);
    const keepers = Array.from({ length: 7 }, () => memory.frames.allocateRun(1, 64 * 4));
    const pieces = space.mmap({ at: 0, length: 4 << 20, prot: RW, flags });
    expect(space.fault(pieces, 'write').length).toBeLessThan(4 << 20);
    verifySpace(space);
    space.put();
    for (const frame of keepers) memory.frames.put(frame);
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('MAP_UNINITIALIZED leaves the content, and needs CAP_SYS_RAWIO', () => {
    const { memory } = testMemory(2048);
    const space = memory.createAddressSpace();
    const request = { at: 0, length: 4 << 20, prot: RW, flags: ANON | m.MAP_HUGETLB | m.MAP_UNINITIALIZED };
    space.limits = { limit: () => Infinity, capable: () => false };
    expect(errnoOf(() => space.mmap(request))).toBe(e.EPERM);
    space.limits = { limit: () => Infinity, capable: () => true };
    const at = space.mmap(request);
    expect(space.readU8(at + 12345)).toBe(0xa5);
    const odd = { at: 0, length: 1 << 17, prot: RW, flags: ANON | m.MAP_HUGETLB | (17 << m.MAP_HUGE_SHIFT) };
    expect(space.readU8(space.mmap(odd))).toBe(0);
    space.put();
    expect(memory.freePages).toBe(memory.totalPages - 1);
  });

  test('promises are counted and, with vm.overcommit_memory 2, limited', () => {
    const { memory } = testMemory(100);
    const space = memory.createAddressSpace();
    expect(errnoOf(() => anonymous(space, 200))).toBe(e.ENOMEM);
    memory.overcommitMemory = OVERCOMMIT_NEVER;
    const at = anonymous(space, 40);
    expect(memory.committedPages).toBe(40);
    expect(errnoOf(() => anonymous(space, 20))).toBe(e.ENOMEM);
    const readOnly = anonymous(space, 20, m.PROT_READ);
    expect(memory.committedPages).toBe(40);
    expect(errnoOf(() => space.mprotect(readOnly, 20 * PAGE, RW))).toBe(e.ENOMEM);
    space.munmap(at, 30 * PAGE);
    space.mprotect(readOnly, 20 * PAGE, RW);
    expect(memory.committedPages).toBe(30);
    const shared = space.mmap({ at: 0, length: 5 * PAGE, prot: RW, flags: m.MAP_SHARED | m.MAP_ANONYMOUS });
    expect(memory.committedPages).toBe(35);
    space.munmap(shared, PAGE);
    expect(memory.committedPages).toBe(35);
    space.put();
    expect(memory.committedPages).toBe(0);
  });
});

describe('munmap and mprotect', () => {
  test('split and join mappings', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 10);
    space.writeU8(at + 5 * PAGE, 7);
    space.mprotect(at + 2 * PAGE, 3 * PAGE, m.PROT_READ);
    expect(ranges(space, at)).toEqual(['0-2:3', '2-5:1', '5-10:3']);
    space.munmap(at + 6 * PAGE, 1);
    expect(ranges(space, at)).toEqual(['0-2:3', '2-5:1', '5-6:3', '7-10:3']);
    space.mprotect(at + 2 * PAGE, 3 * PAGE, RW);
    expect(ranges(space, at)).toEqual(['0-6:3', '7-10:3']);
    expect(space.readU8(at + 5 * PAGE)).toBe(7);
    expect(errnoOf(() => space.munmap(at + 1, PAGE))).toBe(e.EINVAL);
    expect(errnoOf(() => space.munmap(at, 0))).toBe(e.EINVAL);
    expect(errnoOf(() => space.munmap(0, PAGE))).toBe(0);
    verifySpace(space);
  });

  test('mprotect changes what is mapped before the hole and then fails', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 4);
    space.munmap(at + 2 * PAGE, PAGE);
    expect(errnoOf(() => space.mprotect(at, 4 * PAGE, m.PROT_READ))).toBe(e.ENOMEM);
    expect(ranges(space, at)).toEqual(['0-2:1', '3-4:3']);
    expect(errnoOf(() => space.mprotect(at + 1, 0, 0))).toBe(e.EINVAL);
    expect(errnoOf(() => space.mprotect(at, 0, 0x100))).toBe(0);
    expect(errnoOf(() => space.mprotect(at, PAGE, 0x100))).toBe(e.EINVAL);
  });

  test('a program’s own access tells which signal it deserves', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 1, m.PROT_READ);
    expect(space.tryFault(at, 'read')).toBe(0);
    expect(space.tryFault(at, 'write')).toBe(2);
    expect(space.tryFault(at, 'exec')).toBe(2);
    expect(space.tryFault(at + PAGE, 'read')).toBe(1);
    expect(space.tryFault(2 ** 40, 'read')).toBe(1);
    const writeOnly = anonymous(space, 1, m.PROT_WRITE);
    expect(space.tryFault(writeOnly, 'read')).toBe(0);
  });
});

describe('brk and the stack', () => {
  test('the heap grows and shrinks, keeps its odd end, and stops at what is mapped', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const start = 0x500000;
    space.startBrk = space.currentBrk = start;
    expect(space.brk(0)).toBe(start);
    expect(space.brk(start + 100)).toBe(start + 100);
    space.writeU8(start + 4095, 1);
    expect(space.brk(start + 5 * PAGE)).toBe(start + 5 * PAGE);
    expect(space.vmas.length).toBe(1);
    expect(space.brk(start + 10)).toBe(start + 10);
    expect(space.readU8(start + 4095)).toBe(1);
    expect(space.totalPages).toBe(1);
    space.mmap({ at: start + 3 * PAGE, length: PAGE, prot: RW, flags: ANON | m.MAP_FIXED });
    expect(space.brk(start + 4 * PAGE)).toBe(start + 10);
    expect(space.brk(start + 3 * PAGE)).toBe(start + 3 * PAGE);
    expect(space.brk(start)).toBe(start);
    expect(space.brk(start - 1)).toBe(start);
  });

  test('the stack grows to its limit, and not near other mappings', () => {
    const { memory } = testMemory(4096);
    const space = memory.createAddressSpace();
    const top = 0xff000000;
    space.mapStack(top, 3 * PAGE);
    expect(space.stackPages).toBe(3);
    space.writeU8(top - 100 * PAGE, 5);
    expect(space.stackPages).toBe(100);
    expect(errnoOf(() => space.writeU8(top - (8 << 20) - 1, 5))).toBe(e.EFAULT);
    space.writeU8(top - (8 << 20), 5);
    const low = space.mmap({ at: 0xf0000000, length: PAGE, prot: RW, flags: ANON | m.MAP_GROWSDOWN });
    space.mmap({ at: low - 300 * PAGE, length: PAGE, prot: RW, flags: ANON });
    expect(errnoOf(() => space.writeU8(low - 44 * PAGE, 1))).toBe(e.EFAULT);
    expect(errnoOf(() => space.writeU8(low - 43 * PAGE, 1))).toBe(0);
    expect(space.mmap({ at: low - 50 * PAGE, length: PAGE, prot: RW, flags: ANON })).not.toBe(
      low - 50 * PAGE,
    );
    verifySpace(space);
  });
});

describe('fork', () => {
  test('shares pages until one side writes; the last owner writes in place', () => {
    const { memory } = testMemory();
    const parent = memory.createAddressSpace();
    const at = anonymous(parent, 2);
    parent.writeU32(at, 1);
    const free = memory.freePages;
    const child = parent.fork();
    expect(memory.freePages).toBe(free);
    child.writeU32(at, 2);
    expect(memory.freePages).toBe(free - 1);
    expect(parent.readU32(at)).toBe(1);
    const before = parent.resolve(at, 'read');
    parent.writeU32(at, 3);
    expect(parent.resolve(at, 'read')).toBe(before);
    expect(child.readU32(at)).toBe(2);
    verifySpace(parent);
    verifySpace(child);
    parent.put();
    child.put();
    expect(memory.freePages).toBe(memory.totalPages - 1);
    expect(memory.committedPages).toBe(0);
  });

  test('shared memory stays shared; MADV_DONTFORK and MADV_WIPEONFORK are honoured', () => {
    const { memory } = testMemory();
    const parent = memory.createAddressSpace();
    const shared = parent.mmap({ at: 0, length: PAGE, prot: RW, flags: m.MAP_SHARED | m.MAP_ANONYMOUS });
    const absent = anonymous(parent, 1, m.PROT_READ);
    const wiped = anonymous(parent, 1);
    parent.writeU8(wiped, 1);
    parent.madvise(absent, PAGE, m.MADV_DONTFORK);
    parent.madvise(wiped, PAGE, m.MADV_WIPEONFORK);
    expect(errnoOf(() => parent.madvise(shared, PAGE, m.MADV_WIPEONFORK))).toBe(e.EINVAL);
    const child = parent.fork();
    child.writeU8(shared, 9);
    expect(parent.readU8(shared)).toBe(9);
    expect(parent.futexKey(shared, true).key).toBe(child.futexKey(shared, true).key);
    expect(parent.futexKey(wiped, true).key).not.toBe(child.futexKey(wiped, true).key);
    expect(child.readU8(wiped)).toBe(0);
    expect(errnoOf(() => child.readU8(absent))).toBe(e.EFAULT);
    parent.put();
    expect(child.readU8(shared)).toBe(9);
    child.put();
    expect(memory.freePages).toBe(memory.totalPages - 1);
    expect(memory.committedPages).toBe(0);
  });

  test('translations are called off before a page changes or goes', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 4);
    const calls: number[][] = [];
    space.invalidations.push({ invalidate: (from, to) => calls.push([from - at / PAGE, to - at / PAGE]) });
    space.readU8(at);
    space.writeU8(at, 1);
    expect(calls.splice(0)).toEqual([[0, 1]]);
    const child = space.fork();
    expect(calls.splice(0)).toEqual([[0, 4]]);
    space.writeU8(at, 2);
    expect(calls.splice(0)).toEqual([[0, 1]]);
    space.mprotect(at, PAGE, m.PROT_READ);
    space.munmap(at, 4 * PAGE);
    expect(calls.splice(0)).toEqual([
      [0, 1],
      [0, 4],
    ]);
    child.put();
  });

  test('frames wait while a program may still use them', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 4);
    space.clear(at, 4 * PAGE);
    space.computingThreads = 1;
    const free = memory.freePages;
    space.munmap(at, 4 * PAGE);
    expect(memory.freePages).toBe(free);
    space.releaseDeferred();
    expect(memory.freePages).toBe(free + 4);
  });
});

describe('madvise, mlock, msync, mincore', () => {
  test('MADV_DONTNEED gives zeros, or the file again', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 2);
    space.writeU8(at, 1);
    space.madvise(at, 1, m.MADV_DONTNEED);
    expect(space.rssPages).toBe(0);
    expect(space.readU8(at)).toBe(0);
    const cache = new PageCache(memory, { size: PAGE });
    const own = space.mmap({ at: 0, length: PAGE, prot: RW, flags: m.MAP_PRIVATE, file: testFile(cache) });
    space.writeU8(own, 5);
    space.madvise(own, PAGE, m.MADV_DONTNEED);
    expect(space.readU8(own)).toBe(0);
    expect(errnoOf(() => space.madvise(at + 1, PAGE, m.MADV_DONTNEED))).toBe(e.EINVAL);
    expect(errnoOf(() => space.madvise(at + 1, PAGE, 77))).toBe(e.EINVAL);
    expect(errnoOf(() => space.madvise(at, 0, m.MADV_DONTNEED))).toBe(0);
    mlock(space, at, PAGE, 'now');
    expect(errnoOf(() => space.madvise(at, PAGE, m.MADV_DONTNEED))).toBe(e.EINVAL);
  });

  test('advice about a range with a hole is carried out and is ENOMEM', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 3);
    space.clear(at, 3 * PAGE);
    space.munmap(at + PAGE, PAGE);
    expect(errnoOf(() => space.madvise(at, 3 * PAGE, m.MADV_DONTNEED))).toBe(e.ENOMEM);
    expect(space.rssPages).toBe(0);
  });

  test('pages after MADV_FREE go when memory is short, unless they were written to again', () => {
    const { memory } = testMemory(64);
    const space = memory.createAddressSpace();
    const at = anonymous(space, 40);
    for (let i = 0; i < 40; i++) space.writeU8(at + i * PAGE, 3);
    space.madvise(at, 40 * PAGE, m.MADV_FREE);
    expect(space.readU8(at)).toBe(3);
    space.writeU8(at + PAGE, 4);
    verifySpace(space);
    const other = memory.createAddressSpace();
    other.clear(anonymous(other, 40), 40 * PAGE);
    expect([space.readU8(at), space.readU8(at + PAGE)]).toEqual([0, 4]);
    verifySpace(space);
    expect(memory.freePages).toBe(64 - 40 - 1);
  });

  test('MADV_REMOVE punches a hole into what others see', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = space.mmap({ at: 0, length: 2 * PAGE, prot: RW, flags: m.MAP_SHARED | m.MAP_ANONYMOUS });
    space.writeU8(at + PAGE, 1);
    const child = space.fork();
    child.madvise(at + PAGE, PAGE, m.MADV_REMOVE);
    expect(space.readU8(at + PAGE)).toBe(0);
    expect(errnoOf(() => space.madvise(anonymous(space, 1), PAGE, m.MADV_REMOVE))).toBe(e.EINVAL);
    const file = testFile(new PageCache(memory, { size: PAGE }), { writable: false });
    const readOnly = space.mmap({ at: 0, length: PAGE, prot: m.PROT_READ, flags: m.MAP_SHARED, file });
    expect(errnoOf(() => space.madvise(readOnly, PAGE, m.MADV_REMOVE))).toBe(e.EACCES);
  });

  test('MADV_POPULATE_* fault pages in and name what is in the way', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 2);
    space.madvise(at, 2 * PAGE, m.MADV_POPULATE_READ);
    expect(space.rssPages).toBe(0);
    space.madvise(at, 2 * PAGE, m.MADV_POPULATE_WRITE);
    expect(space.rssPages).toBe(2);
    space.mprotect(at, PAGE, m.PROT_READ);
    expect(errnoOf(() => space.madvise(at, PAGE, m.MADV_POPULATE_WRITE))).toBe(e.EINVAL);
    expect(errnoOf(() => space.madvise(at + PAGE, 2 * PAGE, m.MADV_POPULATE_READ))).toBe(e.ENOMEM);
    const cache = new PageCache(memory, { size: 10 });
    const file = space.mmap({
      at: 0,
      length: 2 * PAGE,
      prot: RW,
      flags: m.MAP_SHARED,
      file: testFile(cache),
    });
    expect(errnoOf(() => space.madvise(file, 2 * PAGE, m.MADV_POPULATE_READ))).toBe(e.EFAULT);
  });

  test('locked memory is present, counted, and limited', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 4);
    space.limits = { limit: r => (r === RLIMIT_MEMLOCK ? 3 * PAGE : Infinity), capable: () => false };
    mlock(space, at + 10, PAGE, 'now');
    expect(space.lockedPages).toBe(2);
    expect(space.rssPages).toBe(2);
    expect(errnoOf(() => mlock(space, at, 4 * PAGE, 'now'))).toBe(e.ENOMEM);
    mlock(space, at, 3 * PAGE, 'onFault');
    expect(space.lockedPages).toBe(3);
    expect(space.rssPages).toBe(2);
    munlock(space, at, 4 * PAGE);
    expect(space.lockedPages).toBe(0);
    expect(space.vmas.length).toBe(1);
    expect(errnoOf(() => mlock(space, at + 4 * PAGE, PAGE, 'now'))).toBe(e.ENOMEM);
    expect(errnoOf(() => mlockall(space, m.MCL_CURRENT))).toBe(e.ENOMEM);
    expect(errnoOf(() => mlockall(space, m.MCL_ONFAULT))).toBe(e.EINVAL);
    mlockall(space, m.MCL_FUTURE);
    anonymous(space, 2);
    expect(space.rssPages).toBe(4);
    verifySpace(space);
  });

  test('mincore and msync', () => {
    const { memory } = testMemory();
    const space = memory.createAddressSpace();
    const at = anonymous(space, 3);
    space.writeU8(at + PAGE, 1);
    expect([...mincore(space, at, 3 * PAGE)]).toEqual([0, 1, 0]);
    expect(errnoOf(() => mincore(space, at, 4 * PAGE))).toBe(e.ENOMEM);
    expect(errnoOf(() => msync(space, at, 4 * PAGE, m.MS_SYNC))).toBe(e.ENOMEM);
    expect(errnoOf(() => msync(space, at + 1, PAGE, m.MS_SYNC))).toBe(e.EINVAL);
    expect(errnoOf(() => msync(space, at, PAGE, m.MS_SYNC | m.MS_ASYNC))).toBe(e.EINVAL);
    mlock(space, at, PAGE, 'now');
    expect(errnoOf(() => msync(space, at, PAGE, m.MS_INVALIDATE))).toBe(e.EBUSY);
  });
});
