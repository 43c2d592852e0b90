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
  MAP_BIAS,
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
/** A page of a map covers 1024 pages: it is emptied as one. */
const CHUNK_SHIFT = 10;
const CHUNKS = 1 << (20 - CHUNK_SHIFT);

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
   * By physical page: the virtual page, plus 1, that write maps have entries for it at; 0: none has one. Nearly all pages
   * have one address, and `protect` finds it here. MANY: they have to be searched.
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
    const page = address >>> PAGE_SHIFT;
    const at = (isWrite ? slot.maps + WRITE_MAP : slot.maps) >>> 2;
    this.#words[at + page] = ((physical & ~4095) - (address & ~4095) - MAP_BIAS) | 0;
    slot.touched[(isWrite ? CHUNKS : 0) + (page >>> CHUNK_SHIFT)] = 1;
    if (isWrite) this.#noteWriter(physical >>> PAGE_SHIFT, page);
  }

  /** Forgets what is known of a range of pages, code included. True: there was code that the slot has executed. */
  invalidate(slot: Slot, fromPage: number, toPage: number): boolean {
    const words = this.#words;
    const read = slot.maps >>> 2;
    const write = (slot.maps + WRITE_MAP) >>> 2;
    for (let page = fromPage; page < toPage;) {
      const chunk = page >>> CHUNK_SHIFT;
      const end = Math.min(toPage, (chunk + 1) << CHUNK_SHIFT);
      if (slot.touched[chunk] !== 0) words.fill(0, read + page, read + end);
      if (slot.touched[CHUNKS + chunk] !== 0) words.fill(0, write + page, write + end);
      page = end;
    }
    // Code reaches over several pages, and only its beginning is in the jump cache: all of that goes.
    const hasCode = isAnyIn(slot.executed, fromPage, toPage);
    if (hasCode) this.#clearJumps(slot);
    return hasCode;
  }

  #noteWriter(physicalPage: number, page: number): void {
    const writers = this.#writers;
    const known = writers[physicalPage]!;
    if (known === page + 1 || known === MANY) return;
    const isOnly = known === 0 || !this.#active.some(space => this.#maps(space, known - 1, physicalPage));
    writers[physicalPage] = isOnly ? page + 1 : MANY;
  }
  /** The space's write map says that a virtual page lies at a physical one. */
  #maps({ slot }: Space, page: number, physicalPage: number): boolean {
    const entry = this.#words[((slot!.maps + WRITE_MAP) >>> 2) + page]!;
    return entry !== 0 && (entry + MAP_BIAS + (page << PAGE_SHIFT)) >>> PAGE_SHIFT === physicalPage;
  }

  /** No space may write to this physical page without asking. */
  protect(physicalPage: number): void {
    const writer = this.#writers[physicalPage]!;
    if (writer === 0) return;
    this.#writers[physicalPage] = 0;
    for (const space of this.#active) {
      if (writer === MANY) this.#protectAnywhere(space, physicalPage);
      else this.#protectAt(space, writer - 1, physicalPage);
    }
  }
  #protectAt(space: Space, page: number, physicalPage: number): void {
    if (this.#maps(space, page, physicalPage)) this.#words[((space.slot!.maps + WRITE_MAP) >>> 2) + page] = 0;
  }
  #protectAnywhere(space: Space, physicalPage: number): void {
    const { touched } = space.slot!;
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      if (touched[CHUNKS + chunk] === 0) continue;
      const first = chunk << CHUNK_SHIFT;
      for (let page = first; page < first + (1 << CHUNK_SHIFT); page++)
        this.#protectAt(space, page, physicalPage);
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
      const isFirstUsed = words[first] !== 0;
      entry = isFirstUsed && (words[second] === 0 || words[second + 3]! > words[first + 3]!) ? second : first;
    }
    if (words[entry] === 0 && slot.entered.length < FEW_ENTRIES) slot.entered.push(entry);
    words[entry] = ~pc;
    words[entry + 1] = tableSlot;
    words[entry + 2] = record;
    words[entry + 3] = turns;
    this.noteExecuted(slot, unit);
    return entry;
  }
  /** Code is executed, whether or not the jump cache knows it. */
  noteExecuted({ executed }: Slot, { pc, physical, pieces }: CodeUnit): void {
    const page = pc >>> PAGE_SHIFT;
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
    if (this.#words[first] === ~pc) return first;
    return this.#words[first ^ OTHER_WAY] === ~pc ? first ^ OTHER_WAY : -1;
  }
  /** Forgets one address in all spaces. */
  forgetJump(pc: number): void {
    for (const { slot } of this.#active) {
      const entry = this.findJump(slot!, pc);
      if (entry >= 0) this.#words[entry] = 0;
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
      words.fill(0, first + (chunk << CHUNK_SHIFT), first + ((chunk + 1) << CHUNK_SHIFT));
      slot.touched[chunk] = 0;
    }
    this.#clearJumps(slot);
  }
  #clearJumps(slot: Slot): void {
    const { entered } = slot;
    if (entered.length < FEW_ENTRIES) {
      for (const entry of entered) this.#words[entry] = 0;
    } else {
      const first = slot.jumps >>> 2;
      this.#words.fill(0, first, first + (JUMP_ENTRIES * JUMP_ENTRY_BYTES) / 4);
    }
    entered.length = 0;
    slot.executed.clear();
  }
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
