/**
 * Which memory each native context computes in. As long as one does, frames that are taken out of that memory are not
 * free at once (`defersFrees`): the program may hold views of them. They are when no thread of it computes any more.
 * One that waits does not count: what is taken away under it is its own doing (another thread's munmap), or it would
 * be kept for as long as it sleeps.
 */
import type { ContextIndex, NativeProcessors } from '../../host/machine.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import type { MappingSpace } from '../mm/vma.ts';

/** So many frames wait at most for a thread that computes without ever trapping: 16 MiB. */
const MOST_DEFERRED = 4096;

export class ComputingMemory {
  readonly #processors: NativeProcessors;
  readonly #memory: (AddressSpace | undefined)[];

  constructor(processors: NativeProcessors) {
    this.#processors = processors;
    this.#memory = Array.from({ length: processors.count });
  }

  /** The context goes on and may touch the memory. */
  enter(context: ContextIndex, memory: AddressSpace): void {
    this.#memory[context] = memory;
    memory.computingThreads++;
  }

  /** It has trapped, or its thread is gone. */
  leave(context: ContextIndex): void {
    const memory = this.#memory[context];
    if (memory === undefined) return;
    this.#memory[context] = undefined;
    memory.computingThreads--;
    const count = memory.deferredFrees.length;
    if (count > 0 && (count > MOST_DEFERRED || !this.isUsed(memory))) memory.releaseDeferred();
  }

  /** Some thread computes with the memory, and does not wait. */
  isUsed(memory: MappingSpace): boolean {
    return this.#memory.some(
      (other, context) => other === memory && !this.#processors.isWaiting(context as ContextIndex),
    );
  }
}
