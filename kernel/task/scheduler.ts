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
/** Of each second that is used, real-time tasks leave others a part. Linux counterpart: sched_rt_runtime_us. */
const PERIOD_NS = 1e9;
const REAL_TIME_NS = 0.95e9;

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
  /** Time that all tasks, and that real-time tasks used in the present period. */
  #periodNs = 0;
  #realTimeNs = 0;

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
    if (isRealTime(task.sched.policy)) return priority > 0 || this.#firstUnthrottled() !== undefined;
    if (priority !== 0) return this.#realTimeNs < REAL_TIME_NS;
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
    const at = this.#queue[0] === task ? 0 : this.#queue.indexOf(task);
    const last = this.#queue.pop()!;
    if (last !== task) {
      this.#queue[at] = last;
      if (at > 0) this.#up(at);
      this.#down(at === 0 ? 0 : this.#queue.indexOf(last));
    }
    task.sched.isQueued = false;
  }

  /** Takes the next task out of the queue; undefined: nothing to do. */
  pickNext(): Task | undefined {
    const task = this.#firstUnthrottled() ?? this.#queue[0];
    if (task === undefined) return undefined;
    this.remove(task);
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
    this.#countPeriod(task, usedNs);
    if (isQueued) this.#insert(task);
  }

  #countPeriod(task: Task, usedNs: number): void {
    this.#periodNs += usedNs;
    if (isRealTime(task.sched.policy)) this.#realTimeNs += usedNs;
    if (this.#periodNs < PERIOD_NS) return;
    this.#periodNs = 0;
    this.#realTimeNs = 0;
  }

  /** When real-time tasks have used their part: the first of the others that wait, if there is one. */
  #firstUnthrottled(): Task | undefined {
    if (this.#realTimeNs < REAL_TIME_NS) return undefined;
    let first: Task | undefined;
    for (const task of this.#queue) {
      if (realTimePriority(task) === 0 && (first === undefined || isBefore(task, first))) first = task;
    }
    return first;
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
  if (isRealTime(a.sched.policy)) return a.sched.sequence < b.sched.sequence;
  return (
    a.sched.vruntimeNs < b.sched.vruntimeNs ||
    (a.sched.vruntimeNs === b.sched.vruntimeNs && a.sched.sequence < b.sched.sequence)
  );
}
