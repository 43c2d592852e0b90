/**
 * Futexes: who waits on which word of memory. Linux counterpart: kernel/futex/; futex(2). The system call's arguments
 * are syscall/futex.ts's; here are the queues.
 *
 * A word is known by its key: private to an address space, or the shared object behind the page. A waiter is in the
 * queue of its key from the moment the word was compared until it is woken, moved to another queue, or gives up; all
 * of that happens in the kernel thread, and the word itself is read and changed with Atomics, because programs in
 * other threads change it at any time.
 */
import type { Kernel } from '../kernel.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import type { Task } from './task.ts';
import { EINVAL } from '../abi/errno.ts';
import { FUTEX_BITSET_MATCH_ANY, FUTEX_TID_MASK, FUTEX_WAITERS } from '../abi/futex.ts';
import { fail } from '../errors.ts';
import { wakeTask } from './sleep.ts';

/** One task's wait on one word. In task.futexWaiters while the call lasts. */
export interface FutexWaiter {
  readonly task: Task;
  /** Changed by requeue. */
  key: string;
  readonly bitset: number;
  /** It waits to own a PI futex rather than for a wake-up. */
  readonly isLocking: boolean;
  isWoken: boolean;
}

/** A word of memory: index into physical.words, and who it is. */
export interface FutexWord {
  readonly index: number;
  readonly key: string;
}

export type Sharing = 'private' | 'shared';

export class Futexes {
  readonly kernel: Kernel;
  /** Waiters in order of arrival, by key; no empty lists. */
  readonly #queues = new Map<string, FutexWaiter[]>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** The word at a guest address, perhaps to be stored to; EINVAL if it is not aligned, EFAULT. */
  word(mm: AddressSpace, at: number, sharing: Sharing, access: 'read' | 'write' = 'read'): FutexWord {
    if (at % 4 !== 0) fail(EINVAL, 'futex address is not aligned');
    if (access === 'write') mm.resolve(at, 'write'); // a page that is copied on write gets its own frame now
    const { physicalWord, key } = mm.futexKey(at, sharing === 'shared');
    return { index: physicalWord, key };
  }

  load(word: FutexWord): number {
    return Atomics.load(this.kernel.physical.words, word.index) >>> 0;
  }
  store(word: FutexWord, value: number): void {
    Atomics.store(this.kernel.physical.words, word.index, value | 0);
  }
  /** Stores `value` if the word is still `expected`. */
  exchange(word: FutexWord, expected: number, value: number): boolean {
    const found = Atomics.compareExchange(this.kernel.physical.words, word.index, expected | 0, value | 0);
    return found >>> 0 === expected >>> 0;
  }

  /** Enters a task into the queue of a word. */
  add(task: Task, word: FutexWord, bitset: number, kind: 'wait' | 'lock' = 'wait'): FutexWaiter {
    const waiter: FutexWaiter = { task, key: word.key, bitset, isLocking: kind === 'lock', isWoken: false };
    const queue = this.#queues.get(word.key);
    if (queue === undefined) this.#queues.set(word.key, [waiter]);
    else queue.push(waiter);
    task.futexWaiters.push(waiter);
    return waiter;
  }

  /** The task's call is over: it waits no more. */
  forget(task: Task): void {
    for (const waiter of task.futexWaiters) if (!waiter.isWoken) this.#remove(waiter);
    task.futexWaiters = [];
  }

  /** Wakes up to `count` waiters of an address; for the kernel's own use (CLONE_CHILD_CLEARTID, robust lists). */
  wake(mm: AddressSpace, at: number, count: number): number {
    let woken = 0;
    for (const sharing of ['shared', 'private'] as const) {
      woken += this.wakeWord(this.word(mm, at, sharing), count - woken, FUTEX_BITSET_MATCH_ANY);
    }
    return woken;
  }

  /** Wakes up to `count` waiters whose bit set meets `bitset`; how many. */
  wakeWord(word: FutexWord, count: number, bitset: number): number {
    let woken = 0;
    for (const waiter of [...(this.#queues.get(word.key) ?? [])]) {
      if (woken >= count) break;
      if ((waiter.bitset & bitset) === 0 || waiter.isLocking) continue;
      this.#wakeUp(waiter);
      woken++;
    }
    return woken;
  }

  /** Wakes some, moves others to another word's queue; how many of each. */
  requeue(
    from: FutexWord,
    to: FutexWord,
    wakeCount: number,
    moveCount: number,
  ): { woken: number; moved: number } {
    const woken = this.wakeWord(from, wakeCount, FUTEX_BITSET_MATCH_ANY);
    if (from.key === to.key) {
      return { woken, moved: Math.min(moveCount, this.#queues.get(from.key)?.length ?? 0) };
    }
    let moved = 0;
    for (const waiter of [...(this.#queues.get(from.key) ?? [])]) {
      if (moved >= moveCount) break;
      this.#remove(waiter);
      waiter.key = to.key;
      const queue = this.#queues.get(to.key);
      if (queue === undefined) this.#queues.set(to.key, [waiter]);
      else queue.push(waiter);
      moved++;
    }
    return { woken, moved };
  }

  /** Gives a PI futex to the longest waiter, or sets it free. */
  handOver(word: FutexWord): void {
    const waiters = (this.#queues.get(word.key) ?? []).filter(waiter => waiter.isLocking);
    const [next] = waiters;
    if (next === undefined) return this.store(word, 0);
    this.store(word, (next.task.tid & FUTEX_TID_MASK) | (waiters.length > 1 ? FUTEX_WAITERS : 0));
    this.#wakeUp(next);
  }

  /** Waiters on a word, for tests and /proc. */
  count(word: FutexWord): number {
    return this.#queues.get(word.key)?.length ?? 0;
  }

  #wakeUp(waiter: FutexWaiter): void {
    this.#remove(waiter);
    waiter.isWoken = true;
    wakeTask(waiter.task);
  }

  #remove(waiter: FutexWaiter): void {
    const queue = this.#queues.get(waiter.key);
    if (queue === undefined) return;
    const at = queue.indexOf(waiter);
    if (at < 0) return;
    queue.splice(at, 1);
    if (queue.length === 0) this.#queues.delete(waiter.key);
  }
}
