import { describe, expect, it } from 'vitest';
import { EAGAIN, EDEADLK, EINVAL, EPERM, ETIMEDOUT } from '../abi/errno.ts';
import * as f from '../abi/futex.ts';
import { SCRATCH, TestGuest, setHandler } from './testing.ts';

const A = SCRATCH + 0x100;
const B = SCRATCH + 0x104;

function waiters(guest: TestGuest, count: number) {
  const threads = Array.from({ length: count }, () => guest.thread(guest.init));
  for (const thread of threads) guest.call(thread, 'futex', A, f.FUTEX_WAIT, 0, 0, 0, 0);
  return threads;
}

describe('futex', () => {
  it('compares before it waits', () => {
    const guest = new TestGuest();
    expect(guest.call(guest.init, 'futex', A, f.FUTEX_WAIT, 1, 0, 0, 0)).toBe(-EAGAIN);
    expect(guest.call(guest.init, 'futex', A + 1, f.FUTEX_WAIT, 0, 0, 0, 0)).toBe(-EINVAL);
  });

  it('wakes the longest waiters first', () => {
    const guest = new TestGuest();
    const [one, two, three] = waiters(guest, 3);
    expect(guest.call(guest.init, 'futex', A, f.FUTEX_WAKE, 2, 0, 0, 0)).toBe(2);
    expect([one, two, three].map(t => guest.results.get(t!))).toEqual([0, 0, undefined]);
  });

  it('times out: relative, and absolute on both clocks', () => {
    const guest = new TestGuest();
    const { memory } = guest.init;
    const wait = (operation: number, sec: number) => {
      memory.writeU64(SCRATCH, sec);
      memory.writeU64(SCRATCH + 8, 0);
      return guest.call(guest.init, 'futex', A, operation, 0, SCRATCH, 0, f.FUTEX_BITSET_MATCH_ANY);
    };
    expect(wait(f.FUTEX_WAIT, 2)).toBeUndefined();
    guest.advance(2e9);
    expect(guest.results.get(guest.init)).toBe(-ETIMEDOUT);
    expect(wait(f.FUTEX_WAIT_BITSET, 2)).toBe(-ETIMEDOUT); // the past
    expect(wait(f.FUTEX_WAIT_BITSET | f.FUTEX_CLOCK_REALTIME, 1_700_000_004)).toBeUndefined();
    guest.advance(1e9);
    expect(guest.results.get(guest.init)).toBe(-ETIMEDOUT);
    expect(guest.call(guest.init, 'futex', A, f.FUTEX_WAKE, 1, 0, 0, 0)).toBe(0);
  });

  it('requeues waiters to another word, if the first has the expected value', () => {
    const guest = new TestGuest();
    const [one, two, three] = waiters(guest, 3);
    expect(guest.call(guest.init, 'futex', A, f.FUTEX_CMP_REQUEUE, 1, 1, B, 5)).toBe(-EAGAIN);
    expect(guest.call(guest.init, 'futex', A, f.FUTEX_CMP_REQUEUE, 1, 1, B, 0)).toBe(2);
    expect(guest.results.get(one!)).toBe(0);
    expect(guest.call(guest.init, 'futex', B, f.FUTEX_WAKE, 9, 0, 0, 0)).toBe(1);
    expect(guest.results.get(two!)).toBe(0);
    expect(guest.results.get(three!)).toBeUndefined();
    // A waiter that was moved is out of the new queue when its call ends.
    guest.call(guest.init, 'futex', A, f.FUTEX_REQUEUE, 0, 1, B, 0);
    setHandler(guest, guest.init, 10, 0x1000);
    guest.call(guest.init, 'tkill', three!.tid, 10);
    expect(guest.results.get(three!)).toBe('handler');
    expect(guest.call(guest.init, 'futex', B, f.FUTEX_WAKE, 9, 0, 0, 0)).toBe(0);
  });

  it('wakes by bit set', () => {
    const guest = new TestGuest();
    const [one, two] = [guest.thread(guest.init), guest.thread(guest.init)];
    guest.call(one, 'futex', A, f.FUTEX_WAIT_BITSET, 0, 0, 0, 1);
    guest.call(two, 'futex', A, f.FUTEX_WAIT_BITSET, 0, 0, 0, 2);
    expect(guest.call(guest.init, 'futex', A, f.FUTEX_WAKE_BITSET, 9, 0, 0, 2)).toBe(1);
    expect(guest.results.get(two)).toBe(0);
  });

  it('FUTEX_WAKE_OP changes the second word and compares its old value', () => {
    const guest = new TestGuest();
    const [one] = waiters(guest, 1);
    guest.init.memory.writeU32(B, 5);
    const op = (f.FUTEX_OP_ADD << 28) | (0 << 24) | (3 << 12) | 5; // *B += 3; woken there too if it was 5
    expect(guest.call(guest.init, 'futex', A, f.FUTEX_WAKE_OP, 1, 1, B, op)).toBe(1);
    expect(guest.init.memory.readU32(B)).toBe(8);
    expect(guest.results.get(one!)).toBe(0);
  });

  it('keeps no waiter that was killed', () => {
    const guest = new TestGuest();
    const child = guest.fork(guest.init);
    guest.call(child, 'futex', A, f.FUTEX_WAIT, 0, 0, 0, 0);
    const word = guest.kernel.futexes.word(child.memory, A, 'shared');
    expect(guest.kernel.futexes.count(word)).toBe(1);
    guest.call(guest.init, 'kill', child.tid, 9);
    expect(guest.kernel.futexes.count(word)).toBe(0);
  });

  it('PI: hands the lock to who waits', () => {
    const guest = new TestGuest();
    const { init } = guest;
    const other = guest.thread(init);
    expect(guest.call(init, 'futex', A, f.FUTEX_LOCK_PI, 0, 0, 0, 0)).toBe(0);
    expect(init.memory.readU32(A)).toBe(init.tid);
    expect(guest.call(init, 'futex', A, f.FUTEX_LOCK_PI, 0, 0, 0, 0)).toBe(-EDEADLK);
    expect(guest.call(other, 'futex', A, f.FUTEX_TRYLOCK_PI, 0, 0, 0, 0)).toBe(-EAGAIN);
    expect(guest.call(other, 'futex', A, f.FUTEX_UNLOCK_PI, 0, 0, 0, 0)).toBe(-EPERM);
    expect(guest.call(other, 'futex', A, f.FUTEX_LOCK_PI, 0, 0, 0, 0)).toBeUndefined();
    expect(init.memory.readU32(A)).toBe((init.tid | f.FUTEX_WAITERS) >>> 0);
    expect(guest.call(init, 'futex', A, f.FUTEX_UNLOCK_PI, 0, 0, 0, 0)).toBe(0);
    expect(guest.results.get(other)).toBe(0);
    expect(init.memory.readU32(A)).toBe(other.tid);
  });

  it('waits on several words and says which one was woken', () => {
    const guest = new TestGuest();
    const thread = guest.thread(guest.init);
    [A, B].forEach((address, i) => {
      const entry = f.FutexWaitvLayout.encode({ address, flags: f.FUTEX2_SIZE_U32 });
      guest.init.memory.copyOut(SCRATCH + i * 24, entry);
    });
    expect(guest.call(thread, 'futex_waitv', SCRATCH, 2, 0, 0, 0)).toBeUndefined();
    expect(guest.call(guest.init, 'futex', B, f.FUTEX_WAKE, 1, 0, 0, 0)).toBe(1);
    expect(guest.results.get(thread)).toBe(1);
    expect(guest.call(guest.init, 'futex', A, f.FUTEX_WAKE, 1, 0, 0, 0)).toBe(0);
  });
});

it('a robust lock is marked and handed on when its owner dies', () => {
  const guest = new TestGuest();
  const owner = guest.thread(guest.init);
  const other = guest.thread(guest.init);
  const head = SCRATCH;
  const entry = SCRATCH + 0x40;
  const lock = entry + 8;
  const { memory } = guest.init;
  memory.writeU64(head, entry);
  memory.writeU64(head + 8, 8);
  memory.writeU64(head + 16, 0);
  memory.writeU64(entry, head);
  guest.call(owner, 'set_robust_list', head, 24);
  memory.writeU32(lock, (owner.tid | f.FUTEX_WAITERS) >>> 0);
  guest.call(other, 'futex', lock, f.FUTEX_WAIT, (owner.tid | f.FUTEX_WAITERS) >>> 0, 0, 0, 0);
  expect(other.state).toBe('sleeping');
  guest.call(owner, 'exit', 0);
  expect(memory.readU32(lock)).toBe((f.FUTEX_OWNER_DIED | f.FUTEX_WAITERS) >>> 0);
  expect(guest.results.get(other)).toBe(0);
});
