/**
 * Compaction: makes free frames contiguous by moving what lies between them. Linux counterparts: mm/compaction.c,
 * alloc_contig_range, mm/migrate.c.
 *
 * There is no map from a frame to who refers to it. A census finds that out for all frames at once, by a walk over all
 * page tables and page caches; a frame for which it has not found every reference is somebody's whom it does not know
 * (the registers of tasks, the processor's tables, a transfer that is going on) and stays where it is. So do the frames
 * whose physical place somebody may remember: see `isPinned`.
 *
 * Everything happens within one call of the kernel, and no step after the first change can fail: the frames in the way
 * are copied first, then a second walk makes all entries point to the copies. Nobody sees half of it, since translated
 * programs do not run meanwhile, and native ones that do have nothing in the frames that move.
 */
import type { MemoryManager } from './memory-manager.ts';
import type { MemoryMap } from './memory-map.ts';
import type { PageCache } from './page-cache.ts';
import type { FrameNumber } from './physical-memory.ts';
import type { Vma } from './vma.ts';
import { PTE_SHIFT, PTE_ZERO } from './page-table.ts';
import { PAGE_SIZE } from './physical-memory.ts';

/** Frames [first, end). */
interface FrameRange {
  readonly first: number;
  readonly end: number;
}

/** What /proc/sys/vm/compact_memory makes whole: huge pages of x86. */
const FULL_BLOCK = 512;

/**
 * The first of `count` contiguous frames from a multiple of `alignment`, not cleared, after what lay there was moved; 0
 * if there is no such place. Moves as few frames as possible.
 */
export function compactRun(memory: MemoryManager, count: number, alignment: number): FrameNumber {
  if (memory.freePages < count) return 0 as FrameNumber;
  memory.compaction.stalls++;
  const first = findWindow(memory, new Census(memory), count, alignment);
  if (first === 0 || !evacuate(memory, [{ first, end: first + count }])) {
    memory.compaction.failures++;
    return 0 as FrameNumber;
  }
  memory.compaction.successes++;
  return first as FrameNumber;
}

/** Makes blocks of 2 MiB free, as many as there is room elsewhere for what is in them. */
export function compactAll(memory: MemoryManager): void {
  const { frames } = memory;
  const census = new Census(memory);
  const blocks: { first: number; end: number; used: number }[] = [];
  for (
    let first = Math.ceil(frames.firstFrame / FULL_BLOCK) * FULL_BLOCK;
    first + FULL_BLOCK <= frames.endFrame;
    first += FULL_BLOCK
  ) {
    const end = first + FULL_BLOCK;
    const used = census.movable(first, end);
    if (used > 0 && census.immovable(first, end) === 0) blocks.push({ first, end, used });
  }
  // The emptiest are emptied, into what is free in all that are neither empty nor to become so.
  let room = 0;
  for (const [order, count] of frames.freeBlocks().entries()) {
    if (1 << order < FULL_BLOCK) room += count * (1 << order);
  }
  blocks.sort((a, b) => a.used - b.used);
  const chosen: FrameRange[] = [];
  for (const block of blocks) {
    room -= FULL_BLOCK; // its free frames are no room any more, and those that are used need some
    if (room < 0) break;
    chosen.push(block);
  }
  if (!evacuate(memory, chosen)) return;
  for (const { first, end } of chosen) {
    for (let frame = first; frame < end; frame++) frames.put(frame as FrameNumber);
  }
}

/** What is known of all frames at one moment. */
class Census {
  /** By frame: how many frames before it can be moved, and how many are taken and cannot be. */
  readonly #movable: Int32Array;
  readonly #immovable: Int32Array;

  constructor(memory: MemoryManager) {
    const { frames } = memory;
    const found = new Int32Array(frames.endFrame);
    const pinned = new Uint8Array(frames.endFrame);
    for (const space of memory.spaces) {
      const isHeld = isPinned(memory, space);
      for (const vma of space.vmas) {
        const pin = isHeld || vma.hugeShift !== 0 ? 1 : 0;
        eachEntry(space, vma, (_page, frame) => {
          found[frame]!++;
          pinned[frame]! |= pin;
        });
      }
    }
    for (const cache of memory.caches) {
      eachPage(cache, (_index, frame) => {
        found[frame]!++;
        if (cache.isPinned) pinned[frame] = 1;
      });
    }
    const movable = new Int32Array(frames.endFrame + 1);
    const immovable = new Int32Array(frames.endFrame + 1);
    for (let frame = 0; frame < frames.endFrame; frame++) {
      const count = frames.count(frame as FrameNumber);
      const canMove = count === found[frame] && pinned[frame] === 0;
      movable[frame + 1] = movable[frame]! + (count > 0 && canMove ? 1 : 0);
      immovable[frame + 1] = immovable[frame]! + (count > 0 && !canMove ? 1 : 0);
    }
    this.#movable = movable;
    this.#immovable = immovable;
  }

  /** How many frames of [first, end) would have to be moved. */
  movable(first: number, end: number): number {
    return this.#movable[end]! - this.#movable[first]!;
  }
  /** How many cannot be. */
  immovable(first: number, end: number): number {
    return this.#immovable[end]! - this.#immovable[first]!;
  }
}

/**
 * Somebody may use places in an address space without asking: the current call has views of it, or a native program
 * computes with it. One that is in a call, or sleeps, remembers only where its MAP_HUGETLB mappings lie.
 */
function isPinned(memory: MemoryManager, space: MemoryMap): boolean {
  return memory.isBorrowed(space) || (space.computingThreads > 0 && memory.isComputing(space));
}

/**
 * The beginning of the best place for a run; 0: there is none. A long one goes where the fewest frames are to be moved,
 * a short one to the highest place, where it is in the way of no other (FrameAllocator.allocateHigh).
 */
function findWindow(memory: MemoryManager, census: Census, count: number, alignment: number): number {
  const { firstFrame, endFrame } = memory.frames;
  let best = 0;
  let fewest = Infinity;
  for (
    let first = Math.floor((endFrame - count) / alignment) * alignment;
    first >= firstFrame;
    first -= alignment
  ) {
    if (census.immovable(first, first + count) > 0) continue;
    const used = census.movable(first, first + count);
    if (used >= fewest) continue;
    best = first;
    fewest = used;
    if (used === 0 || count <= FULL_BLOCK) break;
  }
  return best;
}

/**
 * Moves everything out of some ranges, in which nothing is immovable. Their frames then have one reference each, which
 * is the caller's. False: there is no room elsewhere, and nothing has changed.
 */
function evacuate(memory: MemoryManager, ranges: readonly FrameRange[]): boolean {
  const { frames, physical } = memory;
  const sources: FrameNumber[] = [];
  for (const { first, end } of ranges) {
    for (let frame = first as FrameNumber; frame < end; frame++)
      if (frames.count(frame) > 0) sources.push(frame);
  }
  if (frames.freeFrames < sources.length + freeIn(memory, ranges)) return false;
  // Once these are taken, every frame that is allocated lies elsewhere.
  for (const { first, end } of ranges) frames.claimFree(first, end);
  /** Where the content of a frame is now; 0: where it was. */
  const places = new Int32Array(frames.endFrame);
  for (const source of sources) {
    const copy = frames.allocate();
    physical.bytes.copyWithin(copy * PAGE_SIZE, source * PAGE_SIZE, (source + 1) * PAGE_SIZE);
    places[source] = copy;
  }
  for (const space of memory.spaces) repoint(space, places);
  for (const cache of memory.caches) {
    eachPage(cache, (index, frame) => {
      if (places[frame] !== 0) cache.moved(index, places[frame] as FrameNumber);
    });
  }
  for (const source of sources) frames.exchange(source, places[source] as FrameNumber);
  memory.compaction.migratedPages += sources.length;
  return true;
}

function freeIn({ frames }: MemoryManager, ranges: readonly FrameRange[]): number {
  let free = 0;
  for (const { first, end } of ranges) {
    for (let frame = first as FrameNumber; frame < end; frame++) if (frames.count(frame) === 0) free++;
  }
  return free;
}

/** Page table entries go to where the content of their frames is now; their rights and marks stay. */
function repoint(space: MemoryMap, places: Int32Array): void {
  const flags = (1 << PTE_SHIFT) - 1;
  for (const vma of space.vmas) {
    // [from, to) has changed, and the caches of translations are yet to be told.
    let from = 0;
    let to = 0;
    eachEntry(space, vma, (page, frame) => {
      if (places[frame] === 0) return;
      space.table.set(page, (places[frame]! << PTE_SHIFT) | (space.table.get(page) & flags));
      if (page !== to) {
        if (to > from) space.invalidate(from, to);
        from = page;
      }
      to = page + 1;
    });
    if (to > from) space.invalidate(from, to);
  }
}

/** The pages of a mapping that are present, but for those that show the frame of zeros. */
function eachEntry(space: MemoryMap, vma: Vma, visit: (page: number, frame: number) => void): void {
  const { table } = space;
  const end = vma.endPage;
  for (
    let page = table.nextPresent(vma.firstPage, end);
    page < end;
    page = table.nextPresent(page + 1, end)
  ) {
    const entry = table.get(page);
    if ((entry & PTE_ZERO) === 0) visit(page, entry >>> PTE_SHIFT);
  }
}

function eachPage(cache: PageCache, visit: (index: number, frame: number) => void): void {
  for (let index = cache.nextPage(0); index !== Infinity; index = cache.nextPage(index + 1)) {
    visit(index, cache.peek(index));
  }
}
