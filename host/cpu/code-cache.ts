/**
 * The code cache: what was decoded or translated, by physical address, so that all processes that map a page of code
 * share it. Code knows its own virtual address; the same page at another address is other code.
 *
 * A page with code in it is write-protected in all maps. A store there, or a change by the kernel, drops the code whose
 * bytes it touches.
 */
import type { Spaces } from './space.ts';

/** Some bytes of one page. */
export interface CodePiece {
  readonly virtualPage: number;
  readonly physicalPage: number;
  /** In the page, [from, to). */
  readonly from: number;
  readonly to: number;
}

/** A block of the interpreter (its record and slot), or a translated region (its slot). */
export interface CodeUnit {
  readonly pc: number;
  /** Physical address of the first byte. */
  readonly physical: number;
  /** Bytes of code from there on, in the same page. */
  readonly length: number;
  /** Code in other places. */
  readonly pieces: readonly CodePiece[];
  readonly isRegion: boolean;
  readonly record: number;
  readonly slot: number;
  isDropped: boolean;
  /** The next unit that begins at the same physical address. */
  next: CodeUnit | undefined;
}

const PAGE_SHIFT = 12;
/** Grain in which a page remembers where it has code: 64 bytes. */
const LINE_SHIFT = 6;
/** Units that begin at one physical address at most: a page may be mapped at any number of virtual ones. */
const MAX_ALIASES = 64;

interface CodePage {
  readonly units: Set<CodeUnit>;
  readonly lines: Uint8Array;
}

export class CodeCache {
  readonly codePages: Uint8Array;
  readonly #spaces: Spaces;
  /** By physical address of the first byte; more than one where a page is mapped at several addresses. */
  readonly #units = new Map<number, CodeUnit>();
  readonly #pages = new Map<number, CodePage>();
  /** Told of each region that is dropped. */
  readonly #regionDropped: (region: CodeUnit) => void;

  /** `codePages`: a byte for each physical page, kept here. */
  constructor(spaces: Spaces, codePages: Uint8Array, regionDropped: (region: CodeUnit) => void) {
    this.#spaces = spaces;
    this.codePages = codePages;
    this.#regionDropped = regionDropped;
  }

  /**
   * The code at an address, a region rather than a block if one is wanted; `isSame` says whether a virtual page lies at
   * a physical one now.
   */
  find(
    pc: number,
    physical: number,
    isRegionWanted: boolean,
    isSame: (piece: CodePiece) => boolean,
  ): CodeUnit | undefined {
    let block: CodeUnit | undefined;
    for (let unit = this.#units.get(physical); unit !== undefined; unit = unit.next) {
      const { isRegion, pieces } = unit;
      if (unit.pc !== pc || (isRegion ? !isRegionWanted : block !== undefined)) continue;
      if (pieces.length > 0 && !pieces.every(isSame)) continue;
      if (isRegion) return unit;
      block = unit;
    }
    return block;
  }

  /** May drop others. */
  add(unit: CodeUnit): void {
    this.#limitAliases(unit.physical);
    unit.next = this.#units.get(unit.physical);
    this.#units.set(unit.physical, unit);
    const from = unit.physical & 4095;
    this.#mark(unit, unit.physical >>> PAGE_SHIFT, from, from + unit.length);
    for (const piece of unit.pieces) this.#mark(unit, piece.physicalPage, piece.from, piece.to);
  }
  /** Makes room for one more unit at an address: the oldest goes. */
  #limitAliases(physical: number): void {
    let count = 1;
    for (let unit = this.#units.get(physical); unit !== undefined; unit = unit.next)
      if (++count > MAX_ALIASES) this.drop(unit);
  }
  #mark(unit: CodeUnit, physicalPage: number, from: number, to: number): void {
    let page = this.#pages.get(physicalPage);
    if (page === undefined) {
      page = { units: new Set(), lines: new Uint8Array(4096 >> LINE_SHIFT) };
      this.#pages.set(physicalPage, page);
      this.codePages[physicalPage] = 1;
      this.#spaces.protect(physicalPage);
    }
    page.units.add(unit);
    markLines(page, from, to);
  }

  /** Bytes of a page were stored to. True: there was code among them. */
  stored(physicalPage: number, from: number, length: number): boolean {
    const page = this.#pages.get(physicalPage);
    if (page === undefined) return false;
    const to = from + length;
    let isNear = false;
    for (let line = from >> LINE_SHIFT; line <= (to - 1) >> LINE_SHIFT; line++)
      isNear ||= page.lines[line] !== 0;
    if (!isNear) return false;
    let hasDropped = false;
    for (const unit of [...page.units]) {
      let isHit = false;
      eachStretch(unit, physicalPage, (start, end) => (isHit ||= from < end && start < to));
      if (!isHit) continue;
      this.drop(unit);
      hasDropped = true;
    }
    if (!hasDropped) return false;
    page.lines.fill(0);
    for (const unit of page.units)
      eachStretch(unit, physicalPage, (start, end) => markLines(page, start, end));
    return true;
  }

  /** Everything of a page is forgotten. */
  dropPage(physicalPage: number): void {
    const page = this.#pages.get(physicalPage);
    if (page !== undefined) for (const unit of [...page.units]) this.drop(unit);
  }

  drop(unit: CodeUnit): void {
    if (unit.isDropped) return;
    unit.isDropped = true;
    this.#unlink(unit);
    this.#forget(unit, unit.physical >>> PAGE_SHIFT);
    for (const { physicalPage } of unit.pieces) this.#forget(unit, physicalPage);
    this.#spaces.forgetJump(unit.pc);
    if (unit.isRegion) this.#regionDropped(unit);
  }
  #unlink(unit: CodeUnit): void {
    const first = this.#units.get(unit.physical)!;
    if (first === unit) {
      if (unit.next === undefined) this.#units.delete(unit.physical);
      else this.#units.set(unit.physical, unit.next);
      return;
    }
    let before = first;
    while (before.next !== unit) before = before.next!;
    before.next = unit.next;
  }
  #forget(unit: CodeUnit, physicalPage: number): void {
    const page = this.#pages.get(physicalPage);
    if (page === undefined || !page.units.delete(unit) || page.units.size > 0) return;
    // A page without code is written like any other.
    this.#pages.delete(physicalPage);
    this.codePages[physicalPage] = 0;
  }

  /** Forgets all decoded blocks, or all translated regions: the room for them is used up. */
  dropAll(isRegion: boolean): void {
    const all: CodeUnit[] = [];
    for (const first of this.#units.values())
      for (let unit: CodeUnit | undefined = first; unit !== undefined; unit = unit.next)
        if (unit.isRegion === isRegion) all.push(unit);
    for (const unit of all) this.drop(unit);
    this.#spaces.forgetAllJumps();
  }
}

/** The bytes of a page that belong to a unit. */
function eachStretch(unit: CodeUnit, physicalPage: number, each: (from: number, to: number) => void): void {
  const start = unit.physical & 4095;
  if (unit.physical >>> PAGE_SHIFT === physicalPage) each(start, start + unit.length);
  for (const piece of unit.pieces) if (piece.physicalPage === physicalPage) each(piece.from, piece.to);
}

function markLines(page: CodePage, from: number, to: number): void {
  page.lines.fill(1, from >> LINE_SHIFT, ((to - 1) >> LINE_SHIFT) + 1);
}
