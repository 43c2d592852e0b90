/**
 * The code cache: what was decoded (and translated), by physical address, so that all processes that map a page of
 * code share it. Code knows its own virtual address; the same page at another address is other code.
 *
 * A page with code in it is write-protected in all maps. A store there, or a change by the kernel, drops the blocks
 * whose bytes it touches.
 */
import type { Spaces } from './space.ts';

export interface Block {
  readonly pc: number;
  /** Physical address of the first byte. */
  readonly physical: number;
  /** Physical page of the bytes behind the end of the first page; 0: there are none. */
  readonly secondPage: number;
  /** Bytes of code. */
  readonly length: number;
  /** First record of the interpreter, and its slot. */
  readonly record: number;
  readonly slot: number;
  isDropped: boolean;
}

const PAGE_SHIFT = 12;
/** Grain in which a page remembers where it has code: 64 bytes, a bit each. */
const LINE_SHIFT = 6;

interface CodePage {
  readonly blocks: Set<Block>;
  readonly lines: Uint8Array;
}

export class CodeCache {
  readonly codePages: Uint8Array;
  readonly #spaces: Spaces;
  /** By physical address of the first byte; more than one where a page is mapped at several addresses. */
  readonly #blocks = new Map<number, Block[]>();
  readonly #pages = new Map<number, CodePage>();

  /** `codePages`: a byte for each physical page, kept here. */
  constructor(spaces: Spaces, codePages: Uint8Array) {
    this.#spaces = spaces;
    this.codePages = codePages;
  }

  find(pc: number, physical: number): Block | undefined {
    return this.#blocks.get(physical)?.find(block => block.pc === pc);
  }

  add(block: Block): void {
    const others = this.#blocks.get(block.physical);
    if (others) others.push(block);
    else this.#blocks.set(block.physical, [block]);
    const first = block.physical >>> PAGE_SHIFT;
    const start = block.physical & 4095;
    const inFirst = Math.min(block.length, 4096 - start);
    this.#mark(first, start, inFirst, block);
    if (block.secondPage !== 0) this.#mark(block.secondPage, 0, block.length - inFirst, block);
  }

  #mark(page: number, from: number, length: number, block: Block): void {
    let entry = this.#pages.get(page);
    if (entry === undefined) {
      entry = { blocks: new Set(), lines: new Uint8Array(4096 >> LINE_SHIFT) };
      this.#pages.set(page, entry);
      this.codePages[page] = 1;
      this.#spaces.protect(page);
    }
    entry.blocks.add(block);
    entry.lines.fill(1, from >> LINE_SHIFT, ((from + length - 1) >> LINE_SHIFT) + 1);
  }

  /** Bytes of a page were stored to. True: there was code among them. */
  stored(page: number, from: number, length: number): boolean {
    const entry = this.#pages.get(page);
    if (entry === undefined) return false;
    const last = (from + length - 1) >> LINE_SHIFT;
    let isCode = false;
    for (let line = from >> LINE_SHIFT; line <= last; line++) isCode ||= entry.lines[line] !== 0;
    if (!isCode) return false;
    for (const block of entry.blocks) {
      const isFirst = block.physical >>> PAGE_SHIFT === page;
      const start = isFirst ? block.physical & 4095 : 0;
      const inFirst = Math.min(block.length, 4096 - (block.physical & 4095));
      const end = isFirst ? start + inFirst : block.length - inFirst;
      if (from < end && start < from + length) this.drop(block);
    }
    entry.lines.fill(0);
    for (const block of entry.blocks) {
      const isFirst = block.physical >>> PAGE_SHIFT === page;
      const start = isFirst ? block.physical & 4095 : 0;
      const inFirst = Math.min(block.length, 4096 - (block.physical & 4095));
      const bytes = isFirst ? inFirst : block.length - inFirst;
      entry.lines.fill(1, start >> LINE_SHIFT, ((start + bytes - 1) >> LINE_SHIFT) + 1);
    }
    return true;
  }

  /** Everything of a page is forgotten. */
  dropPage(page: number): void {
    const entry = this.#pages.get(page);
    if (entry === undefined) return;
    for (const block of entry.blocks) this.drop(block);
    this.#pages.delete(page);
    this.codePages[page] = 0;
  }

  drop(block: Block): void {
    if (block.isDropped) return;
    block.isDropped = true;
    const others = this.#blocks.get(block.physical)!;
    if (others.length === 1) this.#blocks.delete(block.physical);
    else others.splice(others.indexOf(block), 1);
    this.#pages.get(block.physical >>> PAGE_SHIFT)?.blocks.delete(block);
    if (block.secondPage !== 0) this.#pages.get(block.secondPage)?.blocks.delete(block);
    this.#spaces.forgetJump(block.pc);
  }

  /** Forgets all code: the room for records is used up. */
  clear(): void {
    for (const page of this.#pages.keys()) this.codePages[page] = 0;
    for (const list of this.#blocks.values()) for (const block of list) block.isDropped = true;
    this.#pages.clear();
    this.#blocks.clear();
    this.#spaces.forgetAllJumps();
  }
}
