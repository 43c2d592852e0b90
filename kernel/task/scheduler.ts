/**
 * Scheduler: whose turn it is on CPU 0. Linux counterpart: kernel/sched/fair.c, and a little of rt.c. The queue holds
 * tasks that have something for the kernel to do, and translated tasks whose programs are to run (`task.work`).
 *
 * Fairness: each task's virtual time grows by the time it used, divided by its weight; the queue's least virtual time
 * is next. A task that slept does not come back with an old virtual time, or it would hold the processor for as long
 * as it slept. Real-time tasks (SCHED_FIFO, SCHED_RR) come before all others, by priority.
 */
import type { Task } from './task.ts';
import { SCHED_FIFO, SCHED_IDLE, SCHED_RR } from '../abi/sched.ts';

/** Each step of nice is worth about 10 % of the processor: a factor of 1.25 in weight. */
const WEIGHT_STEP = 1.25;
const NICE_0_WEIGHT = 1024;
const IDLE_WEIGHT = 3;

/** How much virtual time a waking task may be ahead of the others. */
const WAKEUP_CREDIT_NS = 3e6;
/** Who waits takes the processor before the end of a slice only if it is so far behind. */
const WAKEUP_GRANULARITY_NS = 1e6;
/** How long a SCHED_RR task runs before others of its priority. Linux counterpart: RR_TIMESLICE. */
const ROUND_ROBIN_NS = 100e6;

export class Scheduler {
  /** A binary heap. */
  readonly #queue: Task[] = [];
  /** Virtual time below which no queued task falls. */
  #minimumNs = 0;
  #sequence = 0;
  /** The task that the kernel serves now. Set by the core loop. */
  current: Task | undefined;
  /** Times that another task was picked than the one before. */
  contextSwitches = 0;
  #last: Task | undefined;

  get length(): number {
    return this.#queue.length;
  }

  /** Puts a task into the queue; nothing happens if it is there. */
  enqueue(task: Task): void {
    const { sched } = task;
    if (sched.isQueued) return;
    sched.sequence = this.#sequence++;
    this.#insert(task);
  }

  /** Puts the task that ran last back: it has used up its slice, has to let others go first, or yields. */
  requeueCurrent(task: Task): void {
    const { sched } = task;
    if (sched.isQueued) return;
    let isLast = true;
    if (isRealTime(sched.policy)) {
      // One that was interrupted is still the first of its priority.
      isLast = sched.isYielding || (sched.policy === SCHED_RR && sched.turnNs >= ROUND_ROBIN_NS);
    } else if (sched.isYielding && this.#queue.length > 0) {
      sched.vruntimeNs = Math.max(sched.vruntimeNs, this.#queue[0]!.sched.vruntimeNs);
    }
    sched.isYielding = false;
    if (isLast) {
      sched.turnNs = 0;
      sched.sequence = this.#sequence++;
    }
    this.#insert(task);
  }

  /** Is somebody who waits to run before `task`, which has run for `ranNs` that are not accounted yet? */
  isPreempted(task: Task, ranNs: number): boolean {
    const first = this.#queue[0];
    if (first === undefined) return false;
    const priority = realTimePriority(first) - realTimePriority(task);
    if (priority !== 0) return priority > 0;
    if (isRealTime(task.sched.policy)) return false;
    const vruntimeNs = task.sched.vruntimeNs + (ranNs * NICE_0_WEIGHT) / weightOf(task);
    return first.sched.vruntimeNs + WAKEUP_GRANULARITY_NS < vruntimeNs;
  }

  #insert(task: Task): void {
    const { sched } = task;
    sched.isQueued = true;
    sched.vruntimeNs = Math.max(sched.vruntimeNs, this.#minimumNs - WAKEUP_CREDIT_NS);
    this.#queue.push(task);
    this.#up(this.#queue.length - 1);
  }

  /** Takes a task out of the queue (it exits or stops). */
  remove(task: Task): void {
    if (!task.sched.isQueued) return;
    const at = this.#queue.indexOf(task);
    const last = this.#queue.pop()!;
    if (last !== task) {
      this.#queue[at] = last;
      this.#up(at);
      this.#down(this.#queue.indexOf(last));
    }
    task.sched.isQueued = false;
  }

  /** Takes the next task out of the queue; undefined: nothing to do. */
  pickNext(): Task | undefined {
    const task = this.#queue[0];
    if (task === undefined) return undefined;
    const last = this.#queue.pop()!;
    if (last !== task) {
      this.#queue[0] = last;
      this.#down(0);
    }
    task.sched.isQueued = false;
    if (realTimePriority(task) === 0) this.#minimumNs = Math.max(this.#minimumNs, task.sched.vruntimeNs);
    if (task !== this.#last) this.contextSwitches++;
    this.#last = task;
    return task;
  }

  /** The task has used this much of the processor. */
  account(task: Task, usedNs: number): void {
    const isQueued = task.sched.isQueued;
    if (isQueued) this.remove(task);
    task.sched.vruntimeNs += (usedNs * NICE_0_WEIGHT) / weightOf(task);
    task.sched.turnNs += usedNs;
    if (isQueued) this.#insert(task);
  }

  /** A new task starts where its parent stands: it takes no advantage from being new. */
  inherit(child: Task, parent: Task): void {
    child.sched.vruntimeNs = Math.max(parent.sched.vruntimeNs, this.#minimumNs);
  }

  /** Takes the new nice value, policy or priority of a queued task into account. */
  requeue(task: Task): void {
    if (!task.sched.isQueued) return;
    this.remove(task);
    this.enqueue(task);
  }

  #up(at: number): void {
    const queue = this.#queue;
    const task = queue[at]!;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(task, queue[parent]!)) break;
      queue[at] = queue[parent]!;
      at = parent;
    }
    queue[at] = task;
  }

  #down(at: number): void {
    const queue = this.#queue;
    const task = queue[at]!;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isBefore(queue[child + 1]!, queue[child]!)) child++;
      if (!isBefore(queue[child]!, task)) break;
      queue[at] = queue[child]!;
      at = child;
    }
    queue[at] = task;
  }
}

export function isRealTime(policy: number): boolean {
  return policy === SCHED_FIFO || policy === SCHED_RR;
}

function realTimePriority(task: Task): number {
  return isRealTime(task.sched.policy) ? task.sched.priority : 0;
}

/** The share of a task: 1024 at nice 0. */
function weightOf(task: Task): number {
  if (task.sched.policy === SCHED_IDLE) return IDLE_WEIGHT;
  return NICE_0_WEIGHT / WEIGHT_STEP ** task.sched.nice;
}

function isBefore(a: Task, b: Task): boolean {
  const priority = realTimePriority(b) - realTimePriority(a);
  if (priority !== 0) return priority < 0;
  return (
    a.sched.vruntimeNs < b.sched.vruntimeNs ||
    (a.sched.vruntimeNs === b.sched.vruntimeNs && a.sched.sequence < b.sched.sequence)
  );
}
