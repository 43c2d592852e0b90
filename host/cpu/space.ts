/**
 * Space: what the processor remembers of one address space: its page maps (access.ts) and its jump cache, in a slot of
 * shared memory. There are a few slots; a space that has none gets one when it runs, perhaps another's. Everything in a
 * slot is a cache: it may be emptied at any time.
 */
import type { GuestPages, ProcessorMemory, ProcessorSpace } from '../machine.ts';
import type { CodeUnit } from './code-cache.ts';
import {
  JUMP_CACHE_ORDER,
  JUMP_ENTRIES,
  JUMP_ENTRY_BYTES,
  MAPS_ORDER,
  MAP_ENTRIES,
  MAP_ENTRY_BYTES,
  MAP_TAG_SHIFT,
  WRITE_MAP,
} from './access.ts';
import { NO_MEMORY } from './no-memory.ts';

const PAGE_SHIFT = 12;
/** So many entries of a jump cache are emptied one by one. */
const FEW_ENTRIES = JUMP_ENTRIES / 16;
/** What the word indices of the two entries differ in that an address may have. */
const OTHER_WAY = JUMP_ENTRY_BYTES >> 2;
/** Asking for a slot in vain costs others their memory, so it is not done each time. */
const STEALS_BETWEEN_TRIES = 256;
/** More than one virtual page. */
const MANY = -1;
const PAGE_BYTES = 1 << PAGE_SHIFT;
const ENTRY_WORDS = MAP_ENTRY_BYTES >> 2;
/** A page of a map is emptied as one. */
const CHUNK_SHIFT = PAGE_SHIFT - Math.log2(MAP_ENTRY_BYTES);
const CHUNKS = MAP_ENTRIES >> CHUNK_SHIFT;
const CHUNK_WORDS = ENTRY_WORDS << CHUNK_SHIFT;

export interface Slot {
  readonly maps: number;
  readonly jumps: number;
  /** Pages of the maps that hold entries: read map, then write map. */
  readonly touched: Uint8Array;
  /** Entries of the jump cache that were used since it was emptied, as word indices; all of them while they are few. */
  readonly entered: number[];
  /** Pages of the code that the jump cache may have entries for, and of code that runs: virtual to physical. */
  readonly executed: Map<number, number>;
}

export class Space implements ProcessorSpace {
  readonly pages: GuestPages;
  readonly #spaces: Spaces;
  slot: Slot | undefined;
  /** Pages of code that may be running are no longer where they were: a store has given them another frame. */
  hasLostCode = false;
  /** Addresses of hot code that waits to be translated. */
  readonly hot = new Set<number>();

  constructor(spaces: Spaces, pages: GuestPages) {
    this.#spaces = spaces;
    this.pages = pages;
  }

  invalidate(fromPage: number, toPage: number): void {
    if (this.slot && this.#spaces.invalidate(this.slot, fromPage, toPage)) this.hasLostCode = true;
  }
  release(): void {
    this.#spaces.release(this);
  }
}

export class Spaces {
  readonly #memory: ProcessorMemory;
  readonly #words: Int32Array;
  readonly #limit: number;
  /** There was no memory for one more slot; it is asked for again when so many spaces had to give theirs up. */
  #untilNextTry = 0;
  /** Slots without a space; they are empty. */
  readonly #free: Slot[] = [];
  /** Spaces with a slot, the one that ran last at the end. */
  readonly #active: Space[] = [];
  /**
   * By physical page: which entry of write maps, counted from 1, is for it; 0: none is. Nearly all pages have one
   * address, and `protect` finds it here. MANY: they have to be searched.
   */
  readonly #writers: Int32Array;

  /** `limit` slots at most. */
  constructor(memory: ProcessorMemory, words: Int32Array, limit: number) {
    this.#memory = memory;
    this.#words = words;
    this.#limit = limit;
    this.#writers = new Int32Array(words.length >> (PAGE_SHIFT - 2));
  }

  /** The space's slot; it is given one if it has none. Throws NO_MEMORY if there is none for even one. */
  activate(space: Space): Slot {
    const active = this.#active;
    if (space.slot !== undefined) {
      if (active.at(-1) !== space) {
        active.splice(active.indexOf(space), 1);
        active.push(space);
      }
      return space.slot;
    }
    let slot = this.#free.pop() ?? this.#create();
    if (slot === undefined) {
      this.#untilNextTry--;
      const oldest = active.shift();
      if (oldest === undefined) throw NO_MEMORY;
      slot = oldest.slot!;
      oldest.slot = undefined;
      this.#empty(slot);
    }
    space.slot = slot;
    active.push(space);
    return slot;
  }

  release(space: Space): void {
    const { slot } = space;
    if (slot === undefined) return;
    space.slot = undefined;
    this.#active.splice(this.#active.indexOf(space), 1);
    this.#empty(slot);
    this.#free.push(slot);
  }

  /** Enters a translation: the page of `address` lies at the page of `physical`. */
  enter(slot: Slot, address: number, physical: number, isWrite: boolean): void {
    const index = entryOf(address);
    const at = ((isWrite ? slot.maps + WRITE_MAP : slot.maps) >>> 2) + index * ENTRY_WORDS;
    this.#words[at] = (physical & ~4095) - (address & ~4095);
    this.#words[at + 1] = Math.floor(address / 2 ** MAP_TAG_SHIFT) + 1;
    slot.touched[(isWrite ? CHUNKS : 0) + (index >>> CHUNK_SHIFT)] = 1;
    if (isWrite) this.#noteWriter(physical >>> PAGE_SHIFT, index);
  }

  /** Forgets what is known of a range of pages, code included. True: there was code that the slot has executed. */
  invalidate(slot: Slot, fromPage: number, toPage: number): boolean {
    const first = fromPage % MAP_ENTRIES;
    const count = Math.min(toPage - fromPage, MAP_ENTRIES);
    this.#clearEntries(slot, first, Math.min(first + count, MAP_ENTRIES));
    if (first + count > MAP_ENTRIES) this.#clearEntries(slot, 0, first + count - MAP_ENTRIES);
    // Code reaches over several pages, and only its beginning is in the jump cache: all of that goes.
    const hasCode = isAnyIn(slot.executed, fromPage, toPage);
    if (hasCode) this.#clearJumps(slot);
    return hasCode;
  }

  /** Empties the entries [from, to) of both maps, whichever pages they are for. */
  #clearEntries(slot: Slot, from: number, to: number): void {
    const words = this.#words;
    const read = slot.maps >>> 2;
    const write = (slot.maps + WRITE_MAP) >>> 2;
    for (let at = from; at < to;) {
      const chunk = at >>> CHUNK_SHIFT;
      const end = Math.min(to, (chunk + 1) << CHUNK_SHIFT);
      if (slot.touched[chunk] !== 0) words.fill(0, read + at * ENTRY_WORDS, read + end * ENTRY_WORDS);
      if (slot.touched[CHUNKS + chunk] !== 0)
        words.fill(0, write + at * ENTRY_WORDS, write + end * ENTRY_WORDS);
      at = end;
    }
  }

  #noteWriter(physicalPage: number, index: number): void {
    const writers = this.#writers;
    const known = writers[physicalPage]!;
    if (known === index + 1 || known === MANY) return;
    const isOnly =
      known === 0 || !this.#active.some(({ slot }) => this.#maps(slot!, known - 1, physicalPage));
    writers[physicalPage] = isOnly ? index + 1 : MANY;
  }
  /** An entry of the write map is for a physical page. */
  #maps(slot: Slot, index: number, physicalPage: number): boolean {
    const at = ((slot.maps + WRITE_MAP) >>> 2) + index * ENTRY_WORDS;
    const tag = this.#words[at + 1]!;
    if (tag === 0) return false;
    const virtual = ((tag - 1) << MAP_TAG_SHIFT) | (index << PAGE_SHIFT);
    return (virtual + this.#words[at]!) >>> PAGE_SHIFT === physicalPage;
  }

  /** No space may write to this physical page without asking. */
  protect(physicalPage: number): void {
    const writer = this.#writers[physicalPage]!;
    if (writer === 0) return;
    this.#writers[physicalPage] = 0;
    for (const { slot } of this.#active) {
      if (writer === MANY) this.#protectAnywhere(slot!, physicalPage);
      else this.#protectAt(slot!, writer - 1, physicalPage);
    }
  }
  #protectAt(slot: Slot, index: number, physicalPage: number): void {
    if (!this.#maps(slot, index, physicalPage)) return;
    this.#words[((slot.maps + WRITE_MAP) >>> 2) + index * ENTRY_WORDS + 1] = 0;
  }
  #protectAnywhere(slot: Slot, physicalPage: number): void {
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      if (slot.touched[CHUNKS + chunk] === 0) continue;
      const first = chunk << CHUNK_SHIFT;
      for (let index = first; index < first + (1 << CHUNK_SHIFT); index++)
        this.#protectAt(slot, index, physicalPage);
    }
  }

  /** Enters code into the jump cache; it becomes hot after so many turns (0: never). Returns its entry. */
  enterJump(slot: Slot, unit: CodeUnit, turns: number): number {
    const words = this.#words;
    const { pc, slot: tableSlot, record } = unit;
    let entry = this.findJump(slot, pc);
    if (entry < 0) {
      const first = firstJump(slot, pc);
      const second = first ^ OTHER_WAY;
      // The one that is further from being hot makes room; translated code counts on below 0.
      const isFirstUsed = words[first + 1] !== 0;
      const isSecondBetter = words[second + 1] === 0 || words[second + 3]! > words[first + 3]!;
      entry = isFirstUsed && isSecondBetter ? second : first;
    }
    if (words[entry + 1] === 0 && slot.entered.length < FEW_ENTRIES) slot.entered.push(entry);
    words[entry] = pc;
    words[entry + 1] = (tableSlot << 16) | jumpTag(pc);
    words[entry + 2] = record;
    words[entry + 3] = turns;
    this.noteExecuted(slot, unit);
    return entry;
  }
  /** Code is executed, whether or not the jump cache knows it. */
  noteExecuted({ executed }: Slot, { pc, physical, pieces }: CodeUnit): void {
    const page = Math.floor(pc / PAGE_BYTES);
    if (!executed.has(page)) executed.set(page, physical >>> PAGE_SHIFT);
    for (const { virtualPage, physicalPage } of pieces) executed.set(virtualPage, physicalPage);
  }
  /** The code at an address becomes hot after so many turns. */
  setTurns(slot: Slot, pc: number, turns: number): void {
    const entry = this.findJump(slot, pc);
    if (entry >= 0) this.#words[entry + 3] = turns;
  }
  /** The jump cache's entry for an address, as a word index; -1: it has none. */
  findJump(slot: Slot, pc: number): number {
    const first = firstJump(slot, pc);
    if (this.#isJump(first, pc)) return first;
    return this.#isJump(first ^ OTHER_WAY, pc) ? first ^ OTHER_WAY : -1;
  }
  #isJump(entry: number, pc: number): boolean {
    return this.#words[entry] === (pc | 0) && (this.#words[entry + 1]! & 0xffff) === jumpTag(pc);
  }
  /** Forgets one address in all spaces. */
  forgetJump(pc: number): void {
    for (const { slot } of this.#active) {
      const entry = this.findJump(slot!, pc);
      if (entry >= 0) this.#words[entry + 1] = 0;
    }
  }
  forgetAllJumps(): void {
    for (const { slot } of this.#active) this.#clearJumps(slot!);
  }

  #create(): Slot | undefined {
    const count = this.#active.length;
    if (count >= this.#limit || (count > 0 && this.#untilNextTry > 0)) return undefined;
    this.#untilNextTry = STEALS_BETWEEN_TRIES;
    const maps = this.#memory.allocate(MAPS_ORDER);
    if (maps === 0) return undefined;
    const jumps = this.#memory.allocate(JUMP_CACHE_ORDER);
    if (jumps === 0) {
      this.#memory.free(maps, MAPS_ORDER);
      return undefined;
    }
    this.#untilNextTry = 0;
    this.#clear(maps, 1 << MAPS_ORDER);
    this.#clear(jumps, 1 << JUMP_CACHE_ORDER);
    return { maps, jumps, touched: new Uint8Array(2 * CHUNKS), executed: new Map(), entered: [] };
  }

  /** Makes pages zero; a page that is zero already is only read, so that the host need not back it with memory. */
  #clear(at: number, pages: number): void {
    const words = this.#words;
    const wordsOfPage = 1 << (PAGE_SHIFT - 2);
    for (let from = at >>> 2, end = from + pages * wordsOfPage; from < end; from += wordsOfPage) {
      let bits = 0;
      for (let i = from; i < from + wordsOfPage; i++) bits |= words[i]!;
      if (bits !== 0) words.fill(0, from, from + wordsOfPage);
    }
  }

  #empty(slot: Slot): void {
    const words = this.#words;
    const first = slot.maps >>> 2;
    for (let chunk = 0; chunk < 2 * CHUNKS; chunk++) {
      if (slot.touched[chunk] === 0) continue;
      words.fill(0, first + chunk * CHUNK_WORDS, first + (chunk + 1) * CHUNK_WORDS);
      slot.touched[chunk] = 0;
    }
    this.#clearJumps(slot);
  }
  #clearJumps(slot: Slot): void {
    const { entered } = slot;
    if (entered.length < FEW_ENTRIES) {
      for (const entry of entered) this.#words[entry + 1] = 0;
    } else {
      const first = slot.jumps >>> 2;
      this.#words.fill(0, first, first + (JUMP_ENTRIES * JUMP_ENTRY_BYTES) / 4);
    }
    entered.length = 0;
    slot.executed.clear();
  }
}

/** The entry of a map for an address. */
function entryOf(address: number): number {
  return (address >>> PAGE_SHIFT) & (MAP_ENTRIES - 1);
}

/** The word of a jump cache's entry that says the upper half of its address, without the table slot. */
function jumpTag(pc: number): number {
  return Math.floor(pc / 2 ** 32) + 1;
}

/** Where an address is looked for first in the jump cache; then in the entry beside it. */
function firstJump(slot: Slot, pc: number): number {
  return (slot.jumps >>> 2) + ((pc ^ (pc >>> 14)) & (JUMP_ENTRIES - 1)) * (JUMP_ENTRY_BYTES >> 2);
}

function isAnyIn(pages: ReadonlyMap<number, unknown>, from: number, to: number): boolean {
  if (to - from < pages.size) {
    for (let page = from; page < to; page++) if (pages.has(page)) return true;
    return false;
  }
  for (const page of pages.keys()) if (page >= from && page < to) return true;
  return false;
}
