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
  readonly pieces: readonly CodePiece[];
  readonly isRegion: boolean;
  readonly record: number;
  readonly slot: number;
  isDropped: boolean;
}

/** Grain in which a page remembers where it has code: 64 bytes. */
const LINE_SHIFT = 6;

interface CodePage {
  readonly units: Set<CodeUnit>;
  readonly lines: Uint8Array;
}

export class CodeCache {
  readonly codePages: Uint8Array;
  readonly #spaces: Spaces;
  /** By physical address of the first byte; more than one where a page is mapped at several addresses. */
  readonly #units = new Map<number, CodeUnit[]>();
  readonly #pages = new Map<number, CodePage>();
  /** Told of each region that is dropped. */
  readonly #regionDropped: (region: CodeUnit) => void;

  /** `codePages`: a byte for each physical page, kept here. */
  constructor(spaces: Spaces, codePages: Uint8Array, regionDropped: (region: CodeUnit) => void) {
    this.#spaces = spaces;
    this.codePages = codePages;
    this.#regionDropped = regionDropped;
  }

  /** The code at an address; `isSame` says whether a virtual page lies at a physical one now. */
  find(
    pc: number,
    physical: number,
    isRegion: boolean,
    isSame: (piece: CodePiece) => boolean,
  ): CodeUnit | undefined {
    const candidates = this.#units.get(physical);
    if (candidates === undefined) return undefined;
    for (const unit of candidates)
      if (unit.pc === pc && unit.isRegion === isRegion && unit.pieces.every(isSame)) return unit;
    return undefined;
  }

  add(unit: CodeUnit): void {
    const others = this.#units.get(unit.physical);
    if (others) others.push(unit);
    else this.#units.set(unit.physical, [unit]);
    for (const { physicalPage, from, to } of unit.pieces) {
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
    for (const unit of page.units) {
      const isHit = unit.pieces.some(
        piece => piece.physicalPage === physicalPage && from < piece.to && piece.from < to,
      );
      if (!isHit) continue;
      this.drop(unit);
      hasDropped = true;
    }
    if (!hasDropped) return false;
    page.lines.fill(0);
    for (const unit of page.units)
      for (const piece of unit.pieces)
        if (piece.physicalPage === physicalPage) markLines(page, piece.from, piece.to);
    return true;
  }

  /** Everything of a page is forgotten. */
  dropPage(physicalPage: number): void {
    const page = this.#pages.get(physicalPage);
    if (page === undefined) return;
    for (const unit of page.units) this.drop(unit);
  }

  drop(unit: CodeUnit): void {
    if (unit.isDropped) return;
    unit.isDropped = true;
    const others = this.#units.get(unit.physical)!;
    if (others.length === 1) this.#units.delete(unit.physical);
    else others.splice(others.indexOf(unit), 1);
    for (const { physicalPage } of unit.pieces) {
      const page = this.#pages.get(physicalPage);
      if (page === undefined) continue;
      page.units.delete(unit);
      if (page.units.size > 0) continue;
      // A page without code is written like any other.
      this.#pages.delete(physicalPage);
      this.codePages[physicalPage] = 0;
    }
    this.#spaces.forgetJump(unit.pc);
    if (unit.isRegion) this.#regionDropped(unit);
  }

  /** Forgets all decoded blocks, or all translated regions: the room for them is used up. */
  dropAll(isRegion: boolean): void {
    for (const units of [...this.#units.values()])
      for (const unit of [...units]) if (unit.isRegion === isRegion) this.drop(unit);
    this.#spaces.forgetAllJumps();
  }
}

function markLines(page: CodePage, from: number, to: number): void {
  page.lines.fill(1, from >> LINE_SHIFT, ((to - 1) >> LINE_SHIFT) + 1);
}
