/**
 * futex(2), futex_waitv(2), set_robust_list(2), get_robust_list(2), membarrier(2). The queues are
 * task/futexes.ts.
 */
import type { FutexWord, Sharing } from '../task/futexes.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import * as errno from '../abi/errno.ts';
import * as abi from '../abi/futex.ts';
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from '../abi/time.ts';
import { ERESTARTNOINTR, ERESTARTSYS, ERESTART_RESTARTBLOCK, SLEEP, fail } from '../errors.ts';
import { mayAccess } from '../task/access.ts';
import { sleepOn } from '../task/sleep.ts';
import { nsOf } from '../time/clocks.ts';
import { full, partial } from './table.ts';
import { readTimeout, readTimespec } from './time-arguments.ts';

/** futex(2) */
function sysFutex(task: Task, args: Args): number {
  const word = args.u32(1);
  const operation = word & ~(abi.FUTEX_PRIVATE_FLAG | abi.FUTEX_CLOCK_REALTIME);
  const sharing: Sharing = (word & abi.FUTEX_PRIVATE_FLAG) !== 0 ? 'private' : 'shared';
  const isRealtime = (word & abi.FUTEX_CLOCK_REALTIME) !== 0;
  const at = args.ptr(0);
  const value = args.u32(2);
  if (isRealtime && !CLOCK_CHOOSERS.has(operation)) fail(errno.ENOSYS, 'futex: FUTEX_CLOCK_REALTIME');
  const { futexes } = task.kernel;
  const first = (): FutexWord => futexes.word(task.memory, at, sharing);
  const owned = (): FutexWord => futexes.word(task.memory, at, sharing, 'write');
  const second = (): FutexWord => futexes.word(task.memory, args.ptr(4), sharing);
  const changed = (): FutexWord => futexes.word(task.memory, args.ptr(4), sharing, 'write');
  switch (operation) {
    case abi.FUTEX_WAIT:
    case abi.FUTEX_WAIT_BITSET: {
      const bitset = operation === abi.FUTEX_WAIT ? abi.FUTEX_BITSET_MATCH_ANY : args.u32(5);
      if (bitset === 0) fail(errno.EINVAL, 'futex: empty bit set');
      const mode = operation === abi.FUTEX_WAIT ? 'relative' : isRealtime ? 'realtime' : 'monotonic';
      return waitOn(task, first, value, bitset, deadlineOf(task, args.ptr(3), mode));
    }
    case abi.FUTEX_WAKE:
    case abi.FUTEX_WAKE_BITSET: {
      const bitset = operation === abi.FUTEX_WAKE ? abi.FUTEX_BITSET_MATCH_ANY : args.u32(5);
      if (bitset === 0) fail(errno.EINVAL, 'futex: empty bit set');
      // Linux wakes one for a count of 0 or less as well.
      return futexes.wakeWord(first(), Math.max(1, value | 0), bitset);
    }
    case abi.FUTEX_REQUEUE:
    case abi.FUTEX_CMP_REQUEUE: {
      const wakeCount = value | 0;
      const moveCount = args.i32(3);
      if (wakeCount < 0 || moveCount < 0) fail(errno.EINVAL, 'futex: negative count');
      const from = first();
      const to = second();
      const isComparing = operation === abi.FUTEX_CMP_REQUEUE;
      if (isComparing && futexes.load(from) !== args.u32(5)) fail(errno.EAGAIN, 'futex: value has changed');
      const { woken, moved } = futexes.requeue(from, to, wakeCount, moveCount);
      return isComparing ? woken + moved : woken;
    }
    case abi.FUTEX_WAKE_OP:
      return wakeOp(task, first(), changed(), value | 0, args.i32(3), args.u32(5));
    case abi.FUTEX_LOCK_PI:
      return lock(task, owned(), deadlineOf(task, args.ptr(3), 'realtime'));
    case abi.FUTEX_LOCK_PI2:
      return lock(task, owned(), deadlineOf(task, args.ptr(3), isRealtime ? 'realtime' : 'monotonic'));
    case abi.FUTEX_TRYLOCK_PI:
      return tryLock(task, owned()) ? 0 : fail(errno.EAGAIN, 'futex: locked');
    case abi.FUTEX_UNLOCK_PI:
      return unlock(task, owned());
    default:
      return fail(errno.ENOSYS, 'futex: no such operation');
  }
}

/** Operations that take FUTEX_CLOCK_REALTIME. */
const CLOCK_CHOOSERS = new Set([
  abi.FUTEX_WAIT_BITSET,
  abi.FUTEX_WAIT_REQUEUE_PI,
  abi.FUTEX_LOCK_PI2,
  abi.FUTEX_WAIT,
]);

/** The monotonic deadline of a timeout; NaN without one. Worked out once for the whole call. */
export function deadlineOf(task: Task, at: number, mode: 'relative' | 'realtime' | 'monotonic'): number {
  if (at === 0) return NaN;
  const { call } = task;
  if (!Number.isNaN(call.deadlineNs)) return call.deadlineNs;
  if (mode === 'relative') call.deadlineNs = readTimeout(task, at);
  else {
    const time = readTimespec(task, at);
    call.deadlineNs = mode === 'monotonic' ? nsOf(time) : task.kernel.time.monotonicAt(time);
  }
  return call.deadlineNs;
}

/** FUTEX_WAIT, futex_wait(2): sleeps while the word has the value. */
export function waitOn(
  task: Task,
  word: () => FutexWord,
  value: number,
  bitset: number,
  deadlineNs: number,
): number {
  const { futexes, time } = task.kernel;
  let [waiter] = task.futexWaiters;
  if (waiter === undefined) {
    const found = word();
    if (futexes.load(found) !== value) fail(errno.EAGAIN, 'futex: value has changed');
    waiter = futexes.add(task, found, bitset);
  }
  if (waiter.isWoken) return done(task, 0);
  if (time.monotonicNs() >= deadlineNs) return done(task, -errno.ETIMEDOUT);
  const restart = Number.isNaN(deadlineNs) ? ERESTARTSYS : ERESTART_RESTARTBLOCK;
  const result = sleepOn(task, [], { deadlineNs, restart });
  return result === SLEEP ? SLEEP : done(task, result);
}

/** The task waits no more. */
function done(task: Task, result: number): number {
  task.kernel.futexes.forget(task);
  return result;
}

/** FUTEX_WAKE_OP: changes the second word, wakes on the first, and on the second if its old value compares. */
function wakeOp(
  task: Task,
  first: FutexWord,
  second: FutexWord,
  count: number,
  count2: number,
  op: number,
): number {
  const { futexes } = task.kernel;
  let operand = ((op << 8) >> 20) | 0;
  const comparand = ((op << 20) >> 20) | 0;
  let kind = (op >>> 28) & 15;
  if ((kind & abi.FUTEX_OP_OPARG_SHIFT) !== 0) {
    operand = 1 << (operand & 31);
    kind &= ~abi.FUTEX_OP_OPARG_SHIFT;
  }
  let old: number;
  do {
    old = futexes.load(second);
  } while (!futexes.exchange(second, old, change(kind, old | 0, operand)));
  let woken = futexes.wakeWord(first, count, abi.FUTEX_BITSET_MATCH_ANY);
  if (compare((op >>> 24) & 15, old | 0, comparand)) {
    woken += futexes.wakeWord(second, count2, abi.FUTEX_BITSET_MATCH_ANY);
  }
  return woken;
}

function change(kind: number, old: number, operand: number): number {
  switch (kind) {
    case abi.FUTEX_OP_SET:
      return operand;
    case abi.FUTEX_OP_ADD:
      return (old + operand) | 0;
    case abi.FUTEX_OP_OR:
      return old | operand;
    case abi.FUTEX_OP_ANDN:
      return old & ~operand;
    case abi.FUTEX_OP_XOR:
      return old ^ operand;
    default:
      return fail(errno.ENOSYS, 'futex: FUTEX_WAKE_OP operation');
  }
}

function compare(kind: number, old: number, comparand: number): boolean {
  switch (kind) {
    case 0:
      return old === comparand;
    case 1:
      return old !== comparand;
    case 2:
      return old < comparand;
    case 3:
      return old <= comparand;
    case 4:
      return old > comparand;
    case 5:
      return old >= comparand;
    default:
      return fail(errno.ENOSYS, 'futex: FUTEX_WAKE_OP comparison');
  }
}

/** Takes a free PI futex. EDEADLK, ESRCH. */
function tryLock(task: Task, word: FutexWord): boolean {
  const { futexes, tasks } = task.kernel;
  for (;;) {
    const old = futexes.load(word);
    const owner = old & abi.FUTEX_TID_MASK;
    if (owner === task.tid) fail(errno.EDEADLK, 'futex: already mine');
    if (owner !== 0) {
      const holder = tasks.task(owner);
      if (holder === undefined || holder.isDead) fail(errno.ESRCH, 'futex: owner does not exist');
      return false;
    }
    const waiters = futexes.count(word) > 0 ? abi.FUTEX_WAITERS : 0;
    if (futexes.exchange(word, old, ((old & abi.FUTEX_OWNER_DIED) | task.tid | waiters) >>> 0)) return true;
  }
}

/**
 * FUTEX_LOCK_PI. Linux: the owner inherits the priority of who waits; here tasks of all priorities are served soon
 * enough, and the lock is just handed to the longest waiter.
 */
function lock(task: Task, word: FutexWord, deadlineNs: number): number {
  const { futexes, time } = task.kernel;
  let [waiter] = task.futexWaiters;
  if (waiter?.isWoken === true) return done(task, 0);
  if (waiter === undefined) {
    for (;;) {
      if (tryLock(task, word)) return 0;
      const old = futexes.load(word);
      if ((old & abi.FUTEX_TID_MASK) === 0) continue;
      if (futexes.exchange(word, old, (old | abi.FUTEX_WAITERS) >>> 0)) break;
    }
    waiter = futexes.add(task, word, abi.FUTEX_BITSET_MATCH_ANY, 'lock');
  }
  if (time.monotonicNs() >= deadlineNs) return done(task, -errno.ETIMEDOUT);
  const result = sleepOn(task, [], { deadlineNs, restart: ERESTARTNOINTR });
  return result === SLEEP ? SLEEP : done(task, result);
}

/** FUTEX_UNLOCK_PI */
function unlock(task: Task, word: FutexWord): number {
  const { futexes } = task.kernel;
  if ((futexes.load(word) & abi.FUTEX_TID_MASK) !== task.tid) fail(errno.EPERM, 'futex: not mine');
  futexes.handOver(word);
  return 0;
}

/** futex_waitv(2): waits on several words; gives the index of one that was woken. */
function sysFutexWaitv(task: Task, args: Args): number {
  const at = args.ptr(0);
  const count = args.u32(1);
  const timeoutAt = args.ptr(3);
  if (args.u32(2) !== 0) fail(errno.EINVAL, 'futex_waitv: flags');
  if (count === 0 || count > abi.FUTEX_WAITV_MAX || at === 0) fail(errno.EINVAL, 'futex_waitv: count');
  const clock = args.i32(4);
  if (timeoutAt !== 0 && clock !== CLOCK_MONOTONIC && clock !== CLOCK_REALTIME)
    fail(errno.EINVAL, 'futex_waitv: clock');
  const deadlineNs = deadlineOf(task, timeoutAt, clock === CLOCK_REALTIME ? 'realtime' : 'monotonic');
  const { futexes, time } = task.kernel;
  if (task.futexWaiters.length === 0) {
    const words = readWaitv(task, at, count);
    const changed = words.findIndex(({ word, value }) => futexes.load(word) !== value);
    if (changed >= 0) fail(errno.EAGAIN, 'futex_waitv: value has changed');
    for (const { word } of words) futexes.add(task, word, abi.FUTEX_BITSET_MATCH_ANY);
  }
  const woken = task.futexWaiters.findIndex(waiter => waiter.isWoken);
  if (woken >= 0) return done(task, woken);
  if (time.monotonicNs() >= deadlineNs) return done(task, -errno.ETIMEDOUT);
  const result = sleepOn(task, [], { deadlineNs });
  return result === SLEEP ? SLEEP : done(task, result);
}

export function readWaitv(task: Task, at: number, count: number): { word: FutexWord; value: number }[] {
  const bytes = task.memory.copyIn(at, count * abi.FutexWaitvLayout.size);
  return Array.from({ length: count }, (_, i) => {
    const { value, address, flags, reserved } = abi.FutexWaitvLayout.decode(
      bytes,
      i * abi.FutexWaitvLayout.size,
    );
    if (reserved !== 0 || (flags & ~(abi.FUTEX2_SIZE_MASK | abi.FUTEX2_PRIVATE)) !== 0) {
      fail(errno.EINVAL, 'futex_waitv: flags');
    }
    if ((flags & abi.FUTEX2_SIZE_MASK) !== abi.FUTEX2_SIZE_U32) fail(errno.EINVAL, 'futex_waitv: size');
    if (value > 0xffff_ffff) fail(errno.EINVAL, 'futex_waitv: value');
    const sharing = (flags & abi.FUTEX2_PRIVATE) !== 0 ? 'private' : 'shared';
    return { word: task.kernel.futexes.word(task.memory, address, sharing), value };
  });
}

/** set_robust_list(2) */
function sysSetRobustList(task: Task, args: Args): number {
  if (args.len(1) !== abi.RobustListHeadLayout.size) fail(errno.EINVAL, 'set_robust_list: size');
  task.robustList = args.ptr(0);
  return 0;
}

/** get_robust_list(2) */
function sysGetRobustList(task: Task, args: Args): number {
  const pid = args.i32(0);
  const target = pid === 0 ? task : task.kernel.tasks.task(pid);
  if (target === undefined) return fail(errno.ESRCH, 'get_robust_list: no such thread');
  if (!mayAccess(task, target, 'uid')) fail(errno.EPERM, 'get_robust_list');
  task.memory.writeU64(args.ptr(2), abi.RobustListHeadLayout.size);
  task.memory.writeU64(args.ptr(1), target.robustList);
  return 0;
}

const MEMBARRIER_COMMANDS =
  abi.MEMBARRIER_CMD_GLOBAL |
  abi.MEMBARRIER_CMD_GLOBAL_EXPEDITED |
  abi.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED |
  abi.MEMBARRIER_CMD_PRIVATE_EXPEDITED |
  abi.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;

/** membarrier(2): threads of one address space run one at a time, so that every call is a barrier already. */
function sysMembarrier(task: Task, args: Args): number {
  const command = args.i32(0);
  if (args.u32(1) !== 0) fail(errno.EINVAL, 'membarrier: flags');
  if (command === abi.MEMBARRIER_CMD_QUERY) return MEMBARRIER_COMMANDS;
  const isOne = command > 0 && (command & (command - 1)) === 0;
  if (!isOne || (command & ~MEMBARRIER_COMMANDS) !== 0) fail(errno.EINVAL, 'membarrier: command');
  if (command === abi.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) task.memory.barriers |= command;
  const isRegistered = (task.memory.barriers & abi.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) !== 0;
  if (command === abi.MEMBARRIER_CMD_PRIVATE_EXPEDITED && !isRegistered)
    fail(errno.EPERM, 'membarrier: not registered');
  return 0;
}

export const futexTable: Row[] = [
  [
    202,
    partial(
      'futex',
      'ptr futexop uint ptr ptr hex',
      sysFutex,
      'no priority inheritance, no FUTEX_WAIT_REQUEUE_PI',
    ),
  ],
  [273, full('set_robust_list', 'ptr len', sysSetRobustList)],
  [274, full('get_robust_list', 'pid ptr ptr', sysGetRobustList)],
  [324, full('membarrier', 'hex hex int', sysMembarrier)],
  [449, full('futex_waitv', 'ptr uint hex timespec_ptr clockid', sysFutexWaitv)],
];
