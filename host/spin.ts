/**
 * Waiting a little before sleeping. A thread that sleeps in Atomics.wait costs its waker and itself some 10 µs; one that
 * still looks answers in one. But looking is only worth it while the other side runs on another core, and that changes
 * from one moment to the next. So the budget adapts: it grows while looking succeeds, shrinks while it does not, and is
 * tried out again now and then.
 */

/** Looks at most: about 15 µs. */
const MOST = 6000;
const LEAST = 20;
/** After so many failures in a row a full budget is tried again. */
const PROBE_AFTER = 64;

export class Spin {
  #budget = MOST;
  #failures = 0;

  /** Looks whether a word has left `value`; true if it has. */
  whileEqual(words: Int32Array, index: number, value: number): boolean {
    let budget = this.#budget;
    if (this.#failures >= PROBE_AFTER) {
      budget = MOST;
      this.#failures = 0;
    }
    for (let i = 0; i < budget; i++) {
      if (Atomics.load(words, index) !== value) {
        this.#budget = Math.min(MOST, Math.max(this.#budget * 2, i * 2));
        this.#failures = 0;
        return true;
      }
    }
    this.#failures++;
    this.#budget = Math.max(LEAST, this.#budget >> 1);
    return false;
  }
}
