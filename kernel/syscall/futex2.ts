/**
 * futex_wake(2), futex_wait(2), futex_requeue(2): futex(2) in pieces of its own, with flags as futex_waitv(2) has them.
 */
import type { FutexWord, Sharing } from '../task/futexes.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EAGAIN, EINVAL } from '../abi/errno.ts';
import * as abi from '../abi/futex.ts';
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from '../abi/time.ts';
import { fail } from '../errors.ts';
import { deadlineOf, readWaitv, waitOn } from './futex.ts';
import { full, type Row } from './table.ts';

/** EINVAL for flags other than the size of a word, and private. */
function sharingOf(flags: number): Sharing {
  if ((flags & ~(abi.FUTEX2_SIZE_MASK | abi.FUTEX2_PRIVATE)) !== 0) fail(EINVAL, 'futex2: flags');
  if ((flags & abi.FUTEX2_SIZE_MASK) !== abi.FUTEX2_SIZE_U32) fail(EINVAL, 'futex2: size');
  return (flags & abi.FUTEX2_PRIVATE) !== 0 ? 'private' : 'shared';
}

/** A 64-bit argument that must fit the word. */
function word32(args: Args, n: number): number {
  const value = args.b64(n);
  return value > 0xffff_ffffn ? fail(EINVAL, 'futex2: wider than the word') : Number(value);
}

/** futex_wake(2) */
function sysFutexWake(task: Task, args: Args): number {
  const sharing = sharingOf(args.u32(3));
  const mask = word32(args, 1);
  if (mask === 0) fail(EINVAL, 'futex2: empty mask');
  const { futexes } = task.kernel;
  return futexes.wakeWord(futexes.word(task.memory, args.ptr(0), sharing), args.i32(2), mask);
}

/** futex_wait(2) */
function sysFutexWait(task: Task, args: Args): number {
  const sharing = sharingOf(args.u32(3));
  const value = word32(args, 1);
  const mask = word32(args, 2);
  const timeoutAt = args.ptr(4);
  const clock = args.i32(5);
  if (mask === 0) fail(EINVAL, 'futex2: empty mask');
  if (timeoutAt !== 0 && clock !== CLOCK_MONOTONIC && clock !== CLOCK_REALTIME) fail(EINVAL, 'futex2: clock');
  const deadlineNs = deadlineOf(task, timeoutAt, clock === CLOCK_REALTIME ? 'realtime' : 'monotonic');
  const word = (): FutexWord => task.kernel.futexes.word(task.memory, args.ptr(0), sharing);
  return waitOn(task, word, value, mask, deadlineNs);
}

/** futex_requeue(2): two futex_waitv, the first with the value to compare. */
function sysFutexRequeue(task: Task, args: Args): number {
  if (args.u32(1) !== 0) fail(EINVAL, 'futex_requeue: flags');
  const at = args.ptr(0);
  if (at === 0) fail(EINVAL, 'futex_requeue: no words');
  const [from, to] = readWaitv(task, at, 2);
  const wakeCount = args.i32(2);
  const moveCount = args.i32(3);
  if (wakeCount < 0 || moveCount < 0) fail(EINVAL, 'futex_requeue: negative count');
  const { futexes } = task.kernel;
  if (futexes.load(from!.word) !== from!.value) fail(EAGAIN, 'futex_requeue: value has changed');
  const { woken, moved } = futexes.requeue(from!.word, to!.word, wakeCount, moveCount);
  return woken + moved;
}

export const futex2Table: Row[] = [
  [454, full('futex_wake', 'ptr hex int hex', sysFutexWake)],
  [455, full('futex_wait', 'ptr hex hex hex timespec_ptr clockid', sysFutexWait)],
  [456, full('futex_requeue', 'ptr hex int int', sysFutexRequeue)],
];
