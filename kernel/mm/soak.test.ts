/**
 * Random calls on address spaces that fork, share and map files, compared page by page with a model so simple that it
 * can be trusted: a map from page to what it shows.
 */
import { expect, test } from 'vitest';
import * as m from '../abi/mman.ts';
import type { File } from '../fs/file.ts';
import type { AddressSpace } from './address-space.ts';
import { random, testFile, testMemory, TestStore, verifySpace } from './testing.ts';
import { errnoOf } from '../testing.ts';
import type { FrameNumber } from './physical-memory.ts';
import { compactAll } from './compaction.ts';
import { PageCache } from './page-cache.ts';

const PAGE = 4096;
const BASE = 0x20000000;
const PAGES = 48;

/** What shared mappings and files show: the first byte of each page. */
interface ModelObject {
  pages: number;
  values: Map<number, number>;
}
interface ModelPage {
  prot: number;
  object: ModelObject | undefined;
  index: number;
  isShared: boolean;
  /** The private value, once it was written. */
  own: number | undefined;
}
interface Process {
  space: AddressSpace;
  pages: (ModelPage | undefined)[];
}

function copyPage(page: ModelPage | undefined): ModelPage | undefined {
  return page && { ...page };
}

/** Returns how many pages were moved. */
function soak(seed: number, steps: number, frames: number): number {
  const next = random(seed);
  const { memory, files } = testMemory(frames);
  const store = new TestStore(0, 32 * PAGE);
  const disk: ModelObject = { pages: 16, values: new Map() };
  store.size = disk.pages * PAGE;
  const cache = new PageCache(memory, store);
  const file: File = testFile(cache);
  const processes: Process[] = [{ space: memory.createAddressSpace(), pages: [] }];

  /** Frames that nobody else knows of. */
  const held: FrameNumber[] = [];

  const show = (page: ModelPage): number | 'fault' => {
    if (page.prot === 0) return 'fault';
    if (page.own !== undefined) return page.own;
    if (page.object === undefined) return 0;
    return page.index < page.object.pages ? (page.object.values.get(page.index) ?? 0) : 'fault';
  };
  /** A range of the window. */
  const pick = (): [number, number] => {
    const from = next(PAGES);
    return [from, 1 + next(Math.min(12, PAGES - from))];
  };

  const check = (): void => {
    for (const { space, pages } of processes) {
      verifySpace(space);
      for (let i = 0; i < PAGES; i++) {
        const page = pages[i];
        const expected = page === undefined ? 'fault' : show(page);
        let seen: number | 'fault' = 'fault';
        const errno = errnoOf(() => (seen = space.readU8(BASE + i * PAGE)));
        if (seen !== expected) throw new Error(`page ${i}: ${seen} (${errno}) instead of ${expected}`);
      }
    }
    memory.frames.verify();
  };

  const actions: (() => void)[] = [
    function map() {
      const { space, pages } = processes[next(processes.length)]!;
      const [from, count] = pick();
      const kind = next(4);
      const isShared = kind === 1 || kind === 3;
      const isFile = kind >= 2;
      const prot = m.PROT_READ | (next(3) > 0 ? m.PROT_WRITE : 0);
      const offset = isFile ? next(10) : 0;
      space.mmap({
        at: BASE + from * PAGE,
        length: count * PAGE,
        prot,
        flags: m.MAP_FIXED | (isShared ? m.MAP_SHARED : m.MAP_PRIVATE) | (isFile ? 0 : m.MAP_ANONYMOUS),
        file: isFile ? file : undefined,
        offset: offset * PAGE,
      });
      const object = isFile
        ? disk
        : isShared
          ? { pages: count, values: new Map<number, number>() }
          : undefined;
      for (let i = 0; i < count; i++) {
        pages[from + i] = { prot, object, index: offset + i, isShared, own: undefined };
      }
    },
    function unmap() {
      const { space, pages } = processes[next(processes.length)]!;
      const [from, count] = pick();
      space.munmap(BASE + from * PAGE, count * PAGE);
      for (let i = 0; i < count; i++) pages[from + i] = undefined;
    },
    function protect() {
      const { space, pages } = processes[next(processes.length)]!;
      const [from, count] = pick();
      const prot = [m.PROT_NONE, m.PROT_READ, m.PROT_READ | m.PROT_WRITE][next(3)]!;
      const errno = errnoOf(() => space.mprotect(BASE + from * PAGE, count * PAGE, prot));
      let isMapped = true;
      for (let i = 0; i < count && isMapped; i++) {
        const page = pages[from + i];
        if (page === undefined) isMapped = false;
        else page.prot = prot;
      }
      expect(errno === 0).toBe(isMapped);
    },
    function write() {
      const { space, pages } = processes[next(processes.length)]!;
      const i = next(PAGES);
      const value = 1 + next(255);
      const page = pages[i];
      const mayWrite = page !== undefined && (page.prot & m.PROT_WRITE) !== 0 && show(page) !== 'fault';
      expect(errnoOf(() => space.writeU8(BASE + i * PAGE, value)) === 0).toBe(mayWrite);
      if (!mayWrite) return;
      if (page.isShared) page.object!.values.set(page.index, value);
      else page.own = value;
    },
    function dontNeed() {
      const { space, pages } = processes[next(processes.length)]!;
      const [from, count] = pick();
      errnoOf(() => space.madvise(BASE + from * PAGE, count * PAGE, m.MADV_DONTNEED));
      for (let i = 0; i < count; i++) {
        const page = pages[from + i];
        if (page !== undefined) page.own = undefined;
      }
    },
    function move() {
      const { space, pages } = processes[next(processes.length)]!;
      const [from, count] = pick();
      const to = next(PAGES - count);
      const flags = m.MREMAP_MAYMOVE | m.MREMAP_FIXED;
      const length = count * PAGE;
      const request = {
        at: BASE + from * PAGE,
        oldLength: length,
        newLength: length,
        flags,
        newAt: BASE + to * PAGE,
      };
      const isOverlapping = from < to + count && to < from + count;
      const isMapped = pages[from] !== undefined;
      const errno = errnoOf(() => space.mremap(request));
      if (!isMapped || isOverlapping) return expect(errno).not.toBe(0);
      // Everything in the range moves, and what lies across from its holes stays.
      for (let i = 0; i < count; i++) {
        if (pages[from + i] === undefined) continue;
        pages[to + i] = pages[from + i];
        pages[from + i] = undefined;
      }
    },
    function fork() {
      if (processes.length > 3) return;
      const { space, pages } = processes[next(processes.length)]!;
      processes.push({ space: space.fork(), pages: pages.map(copyPage) });
    },
    function exit() {
      if (processes.length === 1) return;
      const [gone] = processes.splice(next(processes.length), 1);
      gone!.space.put();
    },
    function truncate() {
      const pages = 4 + next(20);
      cache.truncate(pages * PAGE);
      store.size = pages * PAGE;
      store.content.fill(0, pages * PAGE);
      disk.pages = pages;
      for (const index of disk.values.keys()) if (index >= pages) disk.values.delete(index);
      for (const process of processes) {
        for (const page of process.pages)
          if (page?.object === disk && page.index >= pages) page.own = undefined;
      }
    },
    function writeBack() {
      cache.flush();
    },
    function reclaim() {
      memory.reclaim(1 + next(20));
    },
    function compact() {
      if (next(4) > 0) for (const frame of held.splice(0)) memory.frames.put(frame);
      if (next(4) === 0) return compactAll(memory);
      const count = 1 + next(memory.freePages);
      const run = memory.allocateRun(count, 1 << next(6));
      for (let i = 0; run !== 0 && i < count; i++) {
        memory.clear((run + i) as FrameNumber);
        memory.frames.put((run + i) as FrameNumber);
      }
    },
    function fragment() {
      if (held.length > 0) {
        for (const frame of held.splice(0)) memory.frames.put(frame);
        return;
      }
      // What is free until these are given back lies here and there.
      for (let frame = memory.frames.allocate(); frame !== 0; frame = memory.frames.allocate())
        held.push(frame);
      for (let i = 0; i < 500 && held.length > 0; i++)
        memory.frames.put(held.splice(next(held.length), 1)[0]!);
    },
  ];

  for (let step = 0; step < steps; step++) {
    const action = actions[next(3) === 0 ? 3 : next(actions.length)]!;
    try {
      action();
      if (step % 16 === 0) check();
    } catch (error) {
      throw new Error(`seed ${seed}, step ${step}, ${action.name}: ${String(error)}`, { cause: error });
    }
  }
  check();
  for (const { space } of processes) space.put();
  for (const frame of held) memory.frames.put(frame);
  cache.destroy();
  expect(memory.committedPages).toBe(0);
  expect(memory.cachedPages).toBe(0);
  expect(memory.freePages).toBe(memory.totalPages - 1);
  expect([...files.values()]).toEqual([0]);
  return memory.compaction.migratedPages;
}

test('address spaces show what a simple model shows, and give everything back', () => {
  let moved = 0;
  for (let seed = 1; seed <= 4; seed++) moved += soak(seed, 600, 400 + seed * 200);
  expect(moved).toBeGreaterThan(50);
});
