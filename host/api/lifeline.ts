/**
 * Whether a guest lives. Who waits for an answer of a guest must not wait for ever when there will be none: `alive` ties
 * a promise to the guest's life.
 */
import type { Halt } from '../machine.ts';
import { KernelPanic } from './errors.ts';

export class Lifeline {
  /** Resolves when the guest has stopped, however that came. */
  readonly halted: Promise<Halt>;
  #halt: Halt | undefined;
  #resolve!: (how: Halt) => void;
  /** Who waits for an answer: how to tell them that there will be none. */
  readonly #pending = new Set<(error: KernelPanic) => void>();

  constructor() {
    this.halted = new Promise(resolve => (this.#resolve = resolve));
  }

  /** How the guest stopped; undefined while it runs. */
  get halt(): Halt | undefined {
    return this.#halt;
  }

  /** The guest stopped. Only the first call counts. */
  end(how: Halt): void {
    if (this.#halt) return;
    this.#halt = how;
    for (const fail of this.#pending) fail(stopped(how));
    this.#resolve(how);
  }

  /** A promise that fails when the guest ends before it, or has ended. Nothing of it stays when it is over. */
  readonly alive = <T>(promise: Promise<T>): Promise<T> => {
    if (this.#halt) {
      promise.catch(() => {});
      return Promise.reject(stopped(this.#halt));
    }
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject);
      promise.then(resolve, reject).finally(() => this.#pending.delete(reject));
    });
  };
}

function stopped(how: Halt): KernelPanic {
  if (how.kind === 'panic') return new KernelPanic(how.message, how.stack);
  return new KernelPanic(`the guest stopped (${how.kind})`, '');
}
