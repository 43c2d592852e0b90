/**
 * Wait queues: the one way in which kernel code waits, and the one way in which it is told that waiting may be over.
 * Linux counterpart: kernel/sched/wait.c.
 *
 * Use contract: attempt; if the attempt gives WOULD_BLOCK, `sleepOn(task, queue)`; after a wake-up the whole call is
 * attempted again from its saved arguments. A wake-up is a hint, never a promise. The kernel core is one thread, so
 * between an attempt and the sleep nothing can happen, and no wake-up is lost.
 */

/** Whoever waits: a task, or an epoll item. `key` is a mask of poll events that may have become true. */
export interface Waiter {
  wakeUp(queue: WaitQueue, key: number): void;
}

const ANY_EVENT = 0xffff;

export class WaitQueue {
  /** In order of arrival. Owned by this queue; a waiter takes itself out when it is woken. */
  readonly waiters = new Set<Waiter>();

  add(waiter: Waiter): void {
    this.waiters.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.waiters.delete(waiter);
  }

  /** Wakes everyone whose interest may include `key` (poll events; all by default). */
  wake(key: number = ANY_EVENT): void {
    if (this.waiters.size === 0) return;
    for (const waiter of [...this.waiters]) waiter.wakeUp(this, key);
  }

  /** Wakes the one that waited longest. */
  wakeOne(key: number = ANY_EVENT): void {
    const first = this.waiters.values().next();
    if (!first.done) first.value.wakeUp(this, key);
  }
}
