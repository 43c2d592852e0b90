/**
 * PageIndex: a sparse array from page numbers of a file to small integers. Linux counterpart: the xarray of an
 * address_space. Chunks of 64 pages, so that a file of one page costs little and a sparse file of terabytes too.
 */

/** An entry is `frame << FRAME_SHIFT | flags`; 0: the page is not in memory. */
export const FRAME_SHIFT = 4;
/** The content is newer than the store's. */
export const DIRTY = 1;
/** Used since reclaim last looked. */
export const ACCESSED = 2;

const CHUNK = 64;

export class PageIndex {
  readonly #chunks = new Map<number, Int32Array>();
  /** Number of entries in each chunk that are not 0. */
  readonly #counts = new Map<number, number>();
  /** Chunk numbers in ascending order; undefined after a chunk came or went. */
  #order: number[] | undefined;
  /** The chunk used last. */
  #lastKey = -1;
  #last: Int32Array | undefined;

  get(index: number): number {
    const key = Math.floor(index / CHUNK);
    if (key !== this.#lastKey) {
      this.#lastKey = key;
      this.#last = this.#chunks.get(key);
    }
    return this.#last === undefined ? 0 : this.#last[index % CHUNK]!;
  }

  set(index: number, entry: number): void {
    const key = Math.floor(index / CHUNK);
    let chunk = this.#chunks.get(key);
    if (chunk === undefined) {
      if (entry === 0) return;
      chunk = new Int32Array(CHUNK);
      this.#chunks.set(key, chunk);
      this.#counts.set(key, 0);
      this.#order = undefined;
      this.#lastKey = -1;
    }
    const previous = chunk[index % CHUNK]!;
    chunk[index % CHUNK] = entry;
    if ((previous === 0) === (entry === 0)) return;
    const count = this.#counts.get(key)! + (entry === 0 ? -1 : 1);
    this.#counts.set(key, count);
    if (count > 0) return;
    this.#chunks.delete(key);
    this.#counts.delete(key);
    this.#order = undefined;
    this.#lastKey = -1;
  }

  /** The first index at or after `index` whose entry is not 0; Infinity if there is none. */
  next(index: number): number {
    if (this.#chunks.size === 0 || index === Infinity) return Infinity;
    const order = (this.#order ??= [...this.#chunks.keys()].sort((a, b) => a - b));
    let low = 0;
    let high = order.length;
    const key = Math.floor(index / CHUNK);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (order[middle]! < key) low = middle + 1;
      else high = middle;
    }
    for (; low < order.length; low++) {
      const base = order[low]! * CHUNK;
      const chunk = this.#chunks.get(order[low]!)!;
      for (let i = Math.max(0, index - base); i < CHUNK; i++) if (chunk[i] !== 0) return base + i;
    }
    return Infinity;
  }
}
