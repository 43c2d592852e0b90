/**
 * FrameAllocator: hands out 4 KiB frames of guest RAM, alone, as contiguous blocks of a power of two or as runs of any
 * length, and counts the references to each. A binary buddy allocator; Linux counterpart: mm/page_alloc.c. All state is in typed arrays, one
 * element per frame; there is no object per frame.
 *
 * Frames that stay where they are as long as they are used are kept together (`allocateHigh`), so that the others can be
 * moved out of the way of long runs (compaction.ts). As in Linux, whole groups of 2 MiB are for the one or the other, and
 * a free block that lies in a group is on a list of its kind; larger ones belong to nobody.
 *
 * Use contract: `allocate` gives frames with one reference each and unspecified content; whoever keeps a frame in
 * another place calls `get`, everyone calls `put` once; at zero the frame is free and may be anybody's. The frames of
 * a block are counted one by one, so a block may be given back in pieces.
 *
 * Invariants: a free block of order k begins at a multiple of 2^k; it is on a list of order k, `#order` of its first
 * frame is k and that of its other frames is NOT_FREE; no two free buddies exist.
 */
import type { FrameNumber } from './physical-memory.ts';

/** Blocks of up to 2^18 frames: 1 GiB. */
const MAX_ORDER = 18;
const NOT_FREE = -1;
/** Groups of 2^9 frames are for fixed or for movable ones. Linux counterpart: pageblock_order. */
const GROUP_ORDER = 9;
/** The lists of fixed groups follow those of all others. */
const FIXED = MAX_ORDER + 1;

export class FrameAllocator {
  readonly firstFrame: number;
  readonly endFrame: number;
  freeFrames = 0;
  readonly #references: Int32Array;
  /** Order of the free block that begins at a frame; NOT_FREE for every other frame. */
  readonly #order: Int8Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /**
   * By frame: not 0 while somebody remembers what its bytes mean (code in it was translated); then `onCodeChange` is
   * told when the frame is freed. See MemoryManager.watchCode.
   */
  code: Uint8Array;
  onCodeChange: (frame: FrameNumber) => void = () => {};
  /** First block of each order's list, and from FIXED on of each list of fixed groups; 0: empty (frame 0 is nobody's). */
  readonly #heads = new Int32Array(FIXED + GROUP_ORDER);
  /** Bit k: the list of order k is not empty. */
  #nonEmpty = 0;
  /** The same of fixed groups. */
  #nonEmptyFixed = 0;
  /** By group: FIXED if it is for frames that stay, else 0. */
  readonly #groups: Uint8Array;
  /** No frame from here on is free. */
  #freeEnd = 0;

  /** Frames from `firstFrame` (at least 1) to before `endFrame` are to be handed out. */
  constructor(firstFrame: number, endFrame: number) {
    this.firstFrame = Math.max(1, firstFrame);
    this.endFrame = Math.max(this.firstFrame, endFrame);
    this.code = new Uint8Array(this.endFrame);
    this.#references = new Int32Array(this.endFrame);
    this.#order = new Int8Array(this.endFrame).fill(NOT_FREE);
    this.#next = new Int32Array(this.endFrame);
    this.#groups = new Uint8Array((this.endFrame >>> GROUP_ORDER) + 1);
    this.#previous = new Int32Array(this.endFrame);
    // The largest aligned blocks that fit, pushed from the top down so that the lowest are taken first.
    const blocks: [number, number][] = [];
    for (let frame = this.firstFrame; frame < this.endFrame;) {
      let order = Math.min(MAX_ORDER, 31 - Math.clz32(frame & -frame));
      while (frame + (1 << order) > this.endFrame) order--;
      blocks.push([frame, order]);
      frame += 1 << order;
    }
    for (const [frame, order] of blocks.reverse()) this.#push(frame, order);
    this.freeFrames = this.endFrame - this.firstFrame;
  }

  get totalFrames(): number {
    return this.endFrame - this.firstFrame;
  }

  /** The first of 2^order contiguous frames, each with one reference; 0 if there is no such block. */
  allocate(order = 0): FrameNumber {
    let candidates = this.#nonEmpty >>> order;
    let lists = 0;
    if (candidates === 0) {
      candidates = this.#nonEmptyFixed >>> order;
      lists = FIXED;
      if (candidates === 0) return 0 as FrameNumber;
    }
    let k = order + 31 - Math.clz32(candidates & -candidates);
    const frame = this.#heads[lists + k]!;
    this.#remove(frame, k);
    while (k > order) {
      k--;
      this.#push(frame + (1 << k), k);
    }
    if (order === 0) this.#references[frame] = 1;
    else this.#references.fill(1, frame, frame + (1 << order));
    this.freeFrames -= 1 << order;
    return frame as FrameNumber;
  }

  /**
   * The first of `count` contiguous frames, any number, beginning at a multiple of `alignment`; each has one reference.
   * Of all such runs the highest one: what lives long is taken from the end, where it is in nobody's way. 0: none.
   */
  allocateRun(count: number, alignment: number): FrameNumber {
    let found = 0;
    for (let frame = this.firstFrame; frame < this.endFrame;) {
      let end = frame;
      while (end < this.endFrame && this.#order[end] !== NOT_FREE) end += 1 << this.#order[end]!;
      const start = Math.floor((end - count) / alignment) * alignment;
      if (start >= frame) found = start;
      frame = Math.max(end, frame + 1);
    }
    if (found === 0) return 0 as FrameNumber;
    this.#take(found, found + count);
    return found as FrameNumber;
  }

  /**
   * As `allocate`, for what stays where it is: among others of that kind if there is room, else in the highest place.
   */
  allocateHigh(order: number): FrameNumber {
    const at = this.#findHigh(order);
    if (at === 0) return 0 as FrameNumber;
    this.#take(at, at + (1 << order));
    this.fixGroup(at);
    return at as FrameNumber;
  }

  #findHigh(order: number): number {
    const size = 1 << order;
    if (this.#nonEmptyFixed >>> order !== 0) {
      for (let at = (this.#freeEnd >>> order) * size - size; at >= this.firstFrame; at -= size) {
        if (this.#groups[at >>> GROUP_ORDER] === 0) at = (at >>> GROUP_ORDER) << GROUP_ORDER;
        else if (this.#isFreeBlock(at, order)) return at;
      }
    }
    if (this.#nonEmpty >>> order === 0) return 0;
    for (let at = (this.#freeEnd >>> order) * size - size; at >= this.firstFrame; at -= size) {
      if (!this.#isFreeBlock(at, order)) continue;
      if (order === 0) this.#freeEnd = at + 1;
      return at;
    }
    return 0;
  }

  /** The group of a frame, which is taken, is for frames that stay from now on, until it is wholly free again. */
  fixGroup(frame: number): void {
    const group = frame >>> GROUP_ORDER;
    if (this.#groups[group] !== 0) return;
    const first = Math.max(this.firstFrame, group << GROUP_ORDER);
    const end = Math.min(this.endFrame, (group + 1) << GROUP_ORDER);
    const blocks: number[] = [];
    for (let at = first; at < end; at++) if (this.#order[at] !== NOT_FREE) blocks.push(at, this.#order[at]!);
    for (let i = 0; i < blocks.length; i += 2) this.#remove(blocks[i]!, blocks[i + 1]!);
    this.#groups[group] = FIXED;
    for (let i = 0; i < blocks.length; i += 2) this.#push(blocks[i]!, blocks[i + 1]!);
  }

  /** Takes those frames of [from, to) that are free, with one reference each. */
  claimFree(from: number, to: number): void {
    for (let at = from; at < to; at++) {
      if (this.#references[at] !== 0) continue;
      let end = at + 1;
      while (end < to && this.#references[end] === 0) end++;
      this.#take(at, end);
      at = end;
    }
  }

  /** All who referred to `from` refer to `to` now, which the caller has taken; `from` is the caller's instead. */
  exchange(from: FrameNumber, to: FrameNumber): void {
    this.#references[to] = this.#references[from]!;
    this.#references[from] = 1;
    if (this.code[from] !== 0) this.onCodeChange(from);
  }

  /** One more reference. */
  get(frame: FrameNumber): void {
    if (this.#references[frame]! <= 0) throw new Error(`frame ${frame} is free and cannot be referenced`);
    this.#references[frame]!++;
  }

  /** One reference less; the last one frees the frame. */
  put(frame: FrameNumber): void {
    const left = this.#references[frame]! - 1;
    if (!(left >= 0)) throw new Error(`frame ${frame} is put more often than it was taken`);
    this.#references[frame] = left;
    if (left > 0) return;
    if (this.code[frame] !== 0) this.onCodeChange(frame);
    this.#free(frame);
  }

  /** How many references there are; 0: free. */
  count(frame: FrameNumber): number {
    return this.#references[frame]!;
  }

  /** Number of free blocks of each order, for /proc/buddyinfo. */
  freeBlocks(): number[] {
    const counts: number[] = [];
    for (let order = 0; order <= MAX_ORDER; order++) {
      let count = 0;
      for (let frame = this.#heads[order]!; frame !== 0; frame = this.#next[frame]!) count++;
      if (order < GROUP_ORDER) {
        for (let frame = this.#heads[FIXED + order]!; frame !== 0; frame = this.#next[frame]!) count++;
      }
      counts.push(count);
    }
    return counts;
  }

  /** Checks the invariants of this file; throws with the first that is broken. For tests and after-panic dumps. */
  verify(): void {
    let free = 0;
    for (let frame = this.firstFrame; frame < this.endFrame;) {
      const order = this.#order[frame]!;
      if (order === NOT_FREE) {
        if (this.#references[frame]! <= 0) throw new Error(`frame ${frame} is neither free nor referenced`);
        frame++;
        continue;
      }
      const size = 1 << order;
      if (frame % size !== 0) throw new Error(`free block ${frame} of order ${order} is not aligned`);
      for (let i = 0; i < size; i++) {
        if (this.#references[frame + i] !== 0) throw new Error(`frame ${frame + i} is free and referenced`);
        if (i > 0 && this.#order[frame + i] !== NOT_FREE) throw new Error(`frame ${frame + i} is free twice`);
      }
      if (order >= GROUP_ORDER && this.#groups[frame >>> GROUP_ORDER] !== 0)
        throw new Error(`the group of the free block ${frame} is fixed`);
      const buddy = frame ^ size;
      if (order < MAX_ORDER && this.#isFree(buddy, order))
        throw new Error(`buddies ${frame} and ${buddy} are free`);
      free += size;
      frame += size;
    }
    const listed = this.freeBlocks().reduce((sum, count, order) => sum + count * (1 << order), 0);
    if (free !== this.freeFrames || listed !== free) {
      throw new Error(`${free} frames are free, ${listed} on lists, ${this.freeFrames} counted`);
    }
  }

  /** True if the frames of an aligned block are all free. */
  #isFreeBlock(frame: number, order: number): boolean {
    if (this.#references[frame] !== 0) return false;
    for (let k = order; k <= MAX_ORDER; k++) {
      const first = frame & -(1 << k);
      if (this.#order[first] === k && first >= this.firstFrame) return true;
    }
    return false;
  }

  /** Takes [from, to), all free, with one reference each. */
  #take(from: number, to: number): void {
    this.#cut(from, to);
    this.#references.fill(1, from, to);
    this.freeFrames -= to - from;
  }

  /** Takes [from, to), all free, out of the free blocks; what these have before and after it stays free. */
  #cut(from: number, to: number): void {
    let block = from;
    while (this.#order[block] === NOT_FREE) block--;
    while (block < to) {
      const order = this.#order[block]!;
      const end = block + (1 << order);
      this.#remove(block, order);
      this.#pushAll(block, from);
      this.#pushAll(to, end);
      block = end;
    }
  }

  /** Makes [from, to), a part of a block that ends or begins with it, free: in the largest blocks that fit. */
  #pushAll(from: number, to: number): void {
    for (let frame = from; frame < to;) {
      let order = Math.min(MAX_ORDER, 31 - Math.clz32(frame & -frame));
      while (frame + (1 << order) > to) order--;
      this.#push(frame, order);
      frame += 1 << order;
    }
  }

  #isFree(frame: number, order: number): boolean {
    return frame >= this.firstFrame && frame < this.endFrame && this.#order[frame] === order;
  }

  #free(freed: number): void {
    let frame = freed;
    let order = 0;
    while (order < MAX_ORDER) {
      const buddy = frame ^ (1 << order);
      if (!this.#isFree(buddy, order)) break;
      this.#remove(buddy, order);
      if (buddy < frame) frame = buddy;
      order++;
    }
    this.#push(frame, order);
    this.freeFrames++;
  }

  /** Where the list of a block begins: 0 or FIXED. */
  #listsOf(frame: number, order: number): number {
    return order < GROUP_ORDER ? this.#groups[frame >>> GROUP_ORDER]! : 0;
  }

  #push(frame: number, order: number): void {
    if (order >= GROUP_ORDER) {
      this.#groups.fill(0, frame >>> GROUP_ORDER, (frame + (1 << order)) >>> GROUP_ORDER);
    }
    const lists = this.#listsOf(frame, order);
    const head = this.#heads[lists + order]!;
    this.#order[frame] = order;
    this.#next[frame] = head;
    this.#previous[frame] = 0;
    if (head !== 0) this.#previous[head] = frame;
    this.#heads[lists + order] = frame;
    if (lists === 0) this.#nonEmpty |= 1 << order;
    else this.#nonEmptyFixed |= 1 << order;
    if (frame + (1 << order) > this.#freeEnd) this.#freeEnd = frame + (1 << order);
  }

  #remove(frame: number, order: number): void {
    const next = this.#next[frame]!;
    const previous = this.#previous[frame]!;
    if (previous !== 0) this.#next[previous] = next;
    else {
      const lists = this.#listsOf(frame, order);
      this.#heads[lists + order] = next;
      if (next === 0) {
        if (lists === 0) this.#nonEmpty &= ~(1 << order);
        else this.#nonEmptyFixed &= ~(1 << order);
      }
    }
    if (next !== 0) this.#previous[next] = previous;
    this.#order[frame] = NOT_FREE;
  }
}
