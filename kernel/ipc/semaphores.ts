/**
 * SemaphoreSet: a System V set of semaphores, and the operations on it. Linux counterpart: struct sem_array,
 * perform_atomic_semop and do_smart_update in ipc/sem.c.
 *
 * A semop(2) that cannot go on sleeps on `queue` with what it wants in its call's data. Whoever changes a value goes
 * through the sleepers in order of arrival and does what has become possible for them, so the longest waiter whose
 * turn it can be is served first; it finds its result when it runs again.
 */
import { EAGAIN, EFBIG, ENOMEM, ERANGE } from '../abi/errno.ts';
import { IPC_NOWAIT, SEMAEM, SEMVMX, SEM_UNDO } from '../abi/ipc.ts';
import { Errno, fail } from '../errors.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { wakeTask } from '../task/sleep.ts';
import { Task } from '../task/task.ts';
import { IpcObject } from './ipc-table.ts';
import type { SystemVIpc } from './ipc.ts';
import type { UndoList } from './semaphore-undo.ts';

/** struct sembuf */
export interface Operation {
  readonly num: number;
  readonly op: number;
  readonly flg: number;
}

/** What a sleeping semop keeps in `call.data`; `isDone` once somebody did it. */
export interface Waiting {
  readonly set: number;
  readonly operations: readonly Operation[];
  /** Index of the operation that could not be done. */
  blockedAt: number;
  isDone: boolean;
}

export interface Semaphore {
  value: number;
  /** The process that last operated on it. */
  pid: number;
}

/** Host memory that a semaphore takes, with what processes may have to undo. */
const COST = 64;

export class SemaphoreSet extends IpcObject {
  readonly ipc: SystemVIpc;
  readonly semaphores: Semaphore[];
  /** Tasks in semop(2). */
  readonly queue = new WaitQueue();
  /** What is to be added to each semaphore when a process ends: SEM_UNDO. */
  readonly undo = new Map<UndoList, Int32Array>();
  otime = 0;

  constructor(ipc: SystemVIpc, task: Task, key: number, count: number, flags: number) {
    super(task, key, flags);
    this.ipc = ipc;
    if (!ipc.kernel.buffers.take(count * COST)) fail(ENOMEM, 'semget: no memory');
    this.semaphores = Array.from({ length: count }, () => ({ value: 0, pid: 0 }));
    ipc.semaphoreCount += count;
  }

  /** All of the operations or none: -1 when they are done, else the index of the one that must wait. ERANGE, EAGAIN. */
  attempt(task: Task, operations: readonly Operation[]): number {
    const values = new Map<number, number>();
    const adjustments = new Map<number, number>();
    const undo = task.semaphoreUndo && this.undo.get(task.semaphoreUndo);
    for (const [i, { num, op, flg }] of operations.entries()) {
      const value = values.get(num) ?? this.semaphores[num]!.value;
      if ((op === 0 && value !== 0) || value + op < 0) {
        return (flg & IPC_NOWAIT) !== 0 ? fail(EAGAIN, 'semop: IPC_NOWAIT') : i;
      }
      if (value + op > SEMVMX) fail(ERANGE, 'semop: SEMVMX');
      values.set(num, value + op);
      if ((flg & SEM_UNDO) === 0) continue;
      const adjustment = (adjustments.get(num) ?? undo?.[num] ?? 0) - op;
      if (adjustment < -SEMAEM - 1 || adjustment > SEMAEM) fail(ERANGE, 'semop: SEMAEM');
      adjustments.set(num, adjustment);
    }
    for (const [num, value] of values) {
      this.semaphores[num]!.value = value;
      this.semaphores[num]!.pid = task.group.tgid;
    }
    for (const [num, adjustment] of adjustments) this.#undoOf(task)[num] = adjustment;
    this.otime = this.ipc.kernel.time.now().sec;
    return -1;
  }

  #undoOf(task: Task): Int32Array {
    const list = task.semaphoreUndo!;
    let row = this.undo.get(list);
    if (row === undefined) {
      row = new Int32Array(this.semaphores.length);
      this.undo.set(list, row);
      list.sets.add(this);
    }
    return row;
  }

  /** Values have changed: serves the sleepers that can go on, again from the first after each. */
  serve(): void {
    for (let isMoving = true; isMoving;) {
      isMoving = false;
      for (const [task, waiting] of this.waiting()) {
        if (waiting.isDone) continue;
        const blockedAt = this.#attemptFor(task, waiting);
        if (blockedAt === 'wait') continue;
        isMoving = waiting.operations.some(({ op }) => op !== 0);
        wakeTask(task);
        break;
      }
    }
  }

  /** 'wait': not yet. An error is left for the task itself to find. */
  #attemptFor(task: Task, waiting: Waiting): 'wait' | 'go' {
    const { operations } = waiting;
    const first = operations[waiting.blockedAt]!;
    const { value } = this.semaphores[first.num]!;
    if (operations.length === 1 && (first.op === 0 ? value !== 0 : value + first.op < 0)) return 'wait';
    if (operations.some(({ flg }) => (flg & IPC_NOWAIT) !== 0)) return 'go';
    try {
      const blockedAt = this.attempt(task, operations);
      waiting.isDone = blockedAt < 0;
      if (waiting.isDone) return 'go';
      waiting.blockedAt = blockedAt;
      return 'wait';
    } catch (error) {
      if (error instanceof Errno) return 'go';
      throw error;
    }
  }

  /** The sleepers and what they want, in order of arrival. */
  *waiting(): Generator<[Task, Waiting]> {
    for (const waiter of [...this.queue.waiters]) {
      const waiting =
        waiter instanceof Task ? (waiter.call.data?.['waiting'] as Waiting | undefined) : undefined;
      if (waiting?.set === this.id) yield [waiter as Task, waiting];
    }
  }

  /** GETNCNT, GETZCNT: tasks that wait for a semaphore to rise, or to be 0. */
  countWaiting(num: number, forWhat: 'rise' | 'zero'): number {
    let count = 0;
    for (const [, { operations, blockedAt }] of this.waiting()) {
      const operation = operations[blockedAt]!;
      if (operation.num === num && (operation.op === 0) === (forWhat === 'zero')) count++;
    }
    return count;
  }

  /** SETVAL and SETALL: what processes would undo does not fit the new value. */
  clearUndo(num: number): void {
    for (const row of this.undo.values()) row[num] = 0;
  }

  /** EFBIG for a semaphore that is not in the set. */
  requireNumbers(operations: readonly Operation[]): void {
    for (const { num } of operations)
      if (num >= this.semaphores.length) fail(EFBIG, 'semop: no such semaphore');
  }

  /** IPC_RMID: sleepers learn of it. */
  remove(): void {
    this.ipc.semaphores.remove(this);
    this.ipc.semaphoreCount -= this.semaphores.length;
    this.ipc.kernel.buffers.give(this.semaphores.length * COST);
    for (const list of this.undo.keys()) list.sets.delete(this);
    this.undo.clear();
    this.queue.wake();
  }
}
