/**
 * Tiers: which code is translated, and when. The interpreter counts the turns through each block; a hot one's address
 * waits until there are some more, and they are translated as one module, because a module costs a tenth of a
 * millisecond whatever is in it. Behind that the engine has tiers of its own.
 */
import type { CodeCache, CodePiece, CodeUnit } from './code-cache.ts';
import type { Decoder } from './decoder.ts';
import type { Region } from './region.ts';
import type { Running } from './running.ts';
import type { Spaces } from './space.ts';
import { ACCESS_EXECUTE } from '../../kernel/abi/cpu-context.ts';
import { findRegion } from './region.ts';
import { PAGE } from './running.ts';
import { Translator } from './translator.ts';

/**
 * Turns after which a block is hot; and after which a block that waits already is urgent. Translating a region costs
 * some milliseconds, as much as the interpreter takes for so many turns.
 */
export const HOT_TURNS = 60_000;
const URGENT_TURNS = 10_000;
/** So many hot addresses fill a module. */
const BATCH = 16;

export class Tiers {
  readonly #memory: WebAssembly.Memory;
  readonly #decoder: Decoder;
  readonly #running: Running;
  readonly #spaces: Spaces;
  readonly #code: CodeCache;
  readonly #table: WebAssembly.Table;
  /** Places of the table without a region. */
  readonly #freeSlots: number[] = [];
  readonly #translator = new Translator();

  /** Regions are put into the table from `firstSlot` on. */
  constructor(
    memory: WebAssembly.Memory,
    decoder: Decoder,
    running: Running,
    spaces: Spaces,
    code: CodeCache,
    table: WebAssembly.Table,
    firstSlot: number,
  ) {
    this.#memory = memory;
    this.#decoder = decoder;
    this.#running = running;
    this.#spaces = spaces;
    this.#code = code;
    this.#table = table;
    for (let slot = table.length - 1; slot >= firstSlot; slot--) this.#freeSlots.push(slot);
  }

  /** The code at `pc` in the space that runs has had its turns: perhaps it is translated now, with what waited. */
  heat(pc: number): void {
    const { hot } = this.#running.space;
    if (!hot.has(pc) && hot.size < BATCH - 1) {
      hot.add(pc);
      this.#spaces.setTurns(this.#running.slot, pc, URGENT_TURNS);
      return;
    }
    const starts = [...hot, pc];
    hot.clear();
    this.translate(starts);
  }

  /** Translates the regions that begin at these addresses, as far as there are such, in one module. */
  translate(starts: readonly number[]): void {
    const regions: Region[] = [];
    for (const start of new Set(starts)) {
      const region = findRegion(start, this.#decoder, at => this.#running.code(at));
      if (region !== undefined) regions.push(region);
    }
    if (regions.length === 0) return;
    if (regions.length > this.#freeSlots.length) this.#code.dropAll(true);
    regions.length = Math.min(regions.length, this.#freeSlots.length);
    const exports = this.#compile(this.#translator.translate(regions));
    if (exports === undefined) return;
    for (const [i, region] of regions.entries()) this.#install(region, exports[`r${i}`]);
  }
  /** Undefined: the engine has no room for more code. What it has of ours goes, and the interpreter goes on. */
  #compile(bytes: Uint8Array<ArrayBuffer>): Record<string, unknown> | undefined {
    try {
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
        m: { memory: this.#memory },
      });
      return instance.exports;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#code.dropAll(true);
      return undefined;
    }
  }

  #install(region: Region, run: unknown): void {
    const slot = this.#freeSlots.pop()!;
    const { pc } = region.entry;
    const pieces = this.#piecesOf(region);
    const physical = this.#running.translate(pc, ACCESS_EXECUTE);
    const unit: CodeUnit = {
      pc,
      physical,
      length: 1,
      pieces,
      isRegion: true,
      record: 0,
      slot,
      isDropped: false,
      next: undefined,
    };
    this.#table.set(slot, run);
    this.#code.add(unit);
    this.#spaces.enterJump(this.#running.slot, unit, 0);
  }
  /** A region was dropped. */
  release(slot: number): void {
    this.#table.set(slot, null);
    this.#freeSlots.push(slot);
  }

  /** Where a region's code came from. It was fetched a moment ago. */
  #piecesOf({ spans }: Region): CodePiece[] {
    const pieces: CodePiece[] = [];
    for (const { from, to } of spans)
      for (let at = from; at < to;) {
        const physicalPage = this.#running.translate(at, ACCESS_EXECUTE) >>> 12;
        const inPage = at & (PAGE - 1);
        const length = Math.min(to - at, PAGE - inPage);
        pieces.push({ virtualPage: Math.floor(at / PAGE), physicalPage, from: inPage, to: inPage + length });
        at += length;
      }
    return pieces;
  }
}
