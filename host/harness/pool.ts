/**
 * GuestPool: guests for the tests of one file. While a test runs, the guest of the next one boots; guests that were used
 * end in the background.
 *
 * Bounds: at most MOST_READY guests wait for a test, and at most MOST_CLOSING end at once (a test that ends later waits
 * for one of them). `close` ends all and resolves when nothing is left. Given `idleMs`, the pool ends its ready guests by
 * itself when no test has used one for so long: a runner that waits for an empty event loop would never end else.
 */
import { keyOf, writesOutside } from './options.ts';
import type { GuestOptions } from './options.ts';
import { TestGuest } from './test-guest.ts';

const MOST_READY = 2;
const MOST_CLOSING = 3;
/** Guests in a row that nobody took: then the options differ from test to test, and none are made ahead. */
const MOST_WASTED = 2;

// Tests may replace the global ones by timers of their own.
const { setTimeout, clearTimeout } = globalThis;

interface Ready {
  readonly options: GuestOptions;
  readonly guest: Promise<TestGuest>;
}

export class GuestPool {
  /** By options; the one that was made first is first. */
  readonly #ready = new Map<string, Ready>();
  readonly #closing = new Set<Promise<void>>();
  #inUse = 0;
  #wasted = 0;
  #lastKey: string | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #idleMs: number | undefined;

  constructor({ idleMs }: { idleMs?: number } = {}) {
    this.#idleMs = idleMs;
  }

  /** A fresh guest. `isMoreExpected`: another test will probably want one. OptionError, KernelPanic, GuestError. */
  async take(options: GuestOptions, isMoreExpected: boolean): Promise<TestGuest> {
    this.#inUse++;
    clearTimeout(this.#idleTimer);
    try {
      const key = keyOf(options);
      const guest = (await this.#takeReady(key)) ?? (await TestGuest.boot(options));
      if (key === this.#lastKey) this.#wasted = 0;
      this.#lastKey = key;
      if (isMoreExpected && this.#wasted < MOST_WASTED) this.#prepare(key, options);
      return guest;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** The test is over. Resolves soon, but for a guest that writes to the host: then when it has ended. */
  async give(guest: TestGuest): Promise<void> {
    const closed = this.#end(guest);
    try {
      if (writesOutside(guest.options)) await closed;
      else if (this.#closing.size > MOST_CLOSING) await Promise.race(this.#closing);
    } finally {
      this.#leave();
    }
  }

  /** Ends every guest that is not in use; resolves when they and those that were given back are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    this.#dropReady();
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  /** Guests that wait or end: for tests of the pool. */
  get counts(): { readonly ready: number; readonly closing: number; readonly inUse: number } {
    return { ready: this.#ready.size, closing: this.#closing.size, inUse: this.#inUse };
  }

  async #takeReady(key: string): Promise<TestGuest | undefined> {
    const ready = this.#ready.get(key);
    if (ready === undefined) return undefined;
    this.#ready.delete(key);
    try {
      const guest = await ready.guest;
      if (!guest.isHalted) return guest;
      void this.#end(guest);
    } catch {
      // Boots for the test itself say what is wrong.
    }
    return undefined;
  }

  #prepare(key: string, options: GuestOptions): void {
    if (this.#isClosed || this.#ready.has(key)) return;
    const guest = TestGuest.boot(options);
    // Whoever takes it sees the failure.
    guest.catch(() => {});
    this.#ready.set(key, { options, guest });
    if (this.#ready.size > MOST_READY) {
      this.#wasted++;
      this.#drop(this.#ready.keys().next().value!);
    }
  }

  #drop(key: string): void {
    const { guest } = this.#ready.get(key)!;
    this.#ready.delete(key);
    void this.#track(
      guest.then(
        ready => ready.end(),
        () => {},
      ),
    );
  }

  #dropReady(): void {
    for (const key of this.#ready.keys()) this.#drop(key);
  }

  #end(guest: TestGuest): Promise<void> {
    return this.#track(guest.end());
  }

  /** A failure to end is nobody's: the guest's threads are gone in any case. */
  #track(ending: Promise<void>): Promise<void> {
    const tracked = ending.catch(() => {}).finally(() => this.#closing.delete(tracked));
    this.#closing.add(tracked);
    return tracked;
  }

  #leave(): void {
    if (--this.#inUse > 0 || this.#isClosed || this.#idleMs === undefined) return;
    this.#idleTimer = setTimeout(() => this.#dropReady(), this.#idleMs);
  }
}
