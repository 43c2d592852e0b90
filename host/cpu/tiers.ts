/**
 * Tiers: which code is translated, and when. The interpreter counts the turns through each block; a hot one's address
 * goes into a queue, and the queue is translated as one module, because a module costs a tenth of a millisecond
 * whatever is in it. Behind that the engine has tiers of its own.
 */
import type { CodeSource, Region } from './region.ts';
import type { Decoder } from './decoder.ts';
import { findRegion } from './region.ts';
import { Translator } from './translator.ts';

/** Turns after which a block is hot; and after which a block that waits in the queue is urgent. */
export const HOT_TURNS = 3000;
export const URGENT_TURNS = 10_000;
/** So many hot addresses fill a module. */
const BATCH = 16;

export interface CompiledRegion {
  readonly region: Region;
  readonly run: unknown;
}

export class Tiers {
  readonly #memory: WebAssembly.Memory;
  readonly #decoder: Decoder;
  readonly #translator = new Translator();

  constructor(memory: WebAssembly.Memory, decoder: Decoder) {
    this.#memory = memory;
    this.#decoder = decoder;
  }

  /**
   * The code at `pc` is hot; `waiting` are the hot addresses of its address space. Returns the regions that were
   * translated now, perhaps none yet.
   */
  heat(pc: number, waiting: Set<number>, source: CodeSource): readonly CompiledRegion[] {
    const isUrgent = waiting.has(pc);
    waiting.add(pc);
    if (!isUrgent && waiting.size < BATCH) return [];
    const starts = [...waiting];
    waiting.clear();
    return this.translate(starts, source);
  }

  /** The regions that begin at these addresses, as far as there are such, in one module. */
  translate(starts: readonly number[], source: CodeSource): readonly CompiledRegion[] {
    const regions: Region[] = [];
    for (const start of starts) {
      const region = findRegion(start, this.#decoder, source);
      if (region !== undefined) regions.push(region);
    }
    if (regions.length === 0) return [];
    const module = new WebAssembly.Module(this.#translator.translate(regions));
    const { exports } = new WebAssembly.Instance(module, { m: { memory: this.#memory } });
    return regions.map((region, i) => ({ region, run: exports[`r${i}`] }));
  }
}
