/**
 * Robust futexes: the locks that a thread held when it ended are marked, and the next thread that wants one is woken.
 * Linux counterpart: exit_robust_list; get_robust_list(2). The list lies in the program's memory and may be anything.
 */
import type { Task } from './task.ts';
import {
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
  ROBUST_LIST_LIMIT,
  RobustListHeadLayout,
} from '../abi/futex.ts';
import { Errno } from '../errors.ts';

const PI_BIT = 1;

export function walkRobustList(task: Task): void {
  try {
    walk(task);
  } catch (error) {
    if (!(error instanceof Errno)) throw error; // a bad address ends the walk, as on Linux
  }
}

function walk(task: Task): void {
  const mm = task.mm!;
  const headAt = task.robustList;
  const head = RobustListHeadLayout.decode(mm.copyIn(headAt, RobustListHeadLayout.size));
  const pending = entryOf(head.pending);
  let entry = entryOf(head.next);
  for (let i = 0; entry.at !== headAt && i < ROBUST_LIST_LIMIT; i++) {
    // The next entry is read first: once the lock is free its memory may be used again.
    const next = entryOf(mm.readU64(entry.at));
    if (entry.at !== pending.at) release(task, entry.at + head.futexOffset, entry.isPi);
    entry = next;
  }
  if (pending.at !== 0) release(task, pending.at + head.futexOffset, pending.isPi);
}

function entryOf(pointer: number): { at: number; isPi: boolean } {
  const isPi = pointer % 2 === PI_BIT;
  return { at: isPi ? pointer - 1 : pointer, isPi };
}

function release(task: Task, at: number, isPi: boolean): void {
  const { futexes } = task.kernel;
  const mm = task.mm!;
  const word = futexes.word(mm, at, 'shared', 'write');
  for (;;) {
    const value = futexes.load(word);
    if ((value & FUTEX_TID_MASK) !== task.tid) return;
    const next = ((value & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0;
    if (!futexes.exchange(word, value, next)) continue;
    if ((value & FUTEX_WAITERS) !== 0) {
      if (isPi) futexes.handOver(word);
      else futexes.wake(mm, at, 1);
    }
    return;
  }
}
