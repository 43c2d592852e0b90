import { describe, expect, test } from 'vitest';
import type { Task } from '../task/task.ts';
import { MAP_ANONYMOUS, MAP_POPULATE, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { ENOMEM } from '../abi/errno.ts';
import { TestGuest } from '../task/testing.ts';
import { verifySpace } from './testing.ts';
import { selectVictim } from './oom.ts';

const MIB = 1 << 20;

/** Takes so much memory and touches all of it. */
function take(guest: TestGuest, task: Task, bytes: number): number | 'handler' | undefined {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  return guest.call(task, 'mmap', 0, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
}

describe('when memory runs out', () => {
  test('the process that uses most is killed and named, and the others go on', () => {
    const guest = new TestGuest();
    const { kernel, init } = guest;
    const hog = guest.fork(init);
    hog.comm = 'hog';
    const worker = guest.fork(init);
    worker.comm = 'worker';
    take(guest, hog, 9 * MIB);
    const at = take(guest, worker, 8 * MIB) as number;
    expect(worker.memory.rssPages).toBeGreaterThanOrEqual(2048);
    expect(worker.memory.readU8(at + 8 * MIB - 1)).toBe(0);
    expect(hog.memory.rssAnon).toBe(0);
    guest.call(hog, 'getpid');
    expect(hog.isDead).toBe(true);
    expect(hog.exitStatus & 0x7f).toBe(9);
    const lines = kernel.log.records.map(line => line.text);
    expect(lines).toContainEqual(expect.stringMatching(/^worker invoked oom-killer/));
    expect(lines).toContainEqual(
      expect.stringMatching(
        new RegExp(`Out of memory: Killed process ${hog.tid} \\(hog\\) total-vm:\\d+kB, anon-rss`),
      ),
    );
    expect(kernel.memory.oomKills).toBe(1);
    verifySpace(worker.memory);
  });

  test('a victim whose last call is over gives its memory at once', () => {
    const guest = new TestGuest();
    const hog = guest.fork(guest.init);
    const worker = guest.fork(guest.init);
    const at = take(guest, hog, 9 * MIB) as number;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS;
    const buffer = guest.call(worker, 'mmap', 0, 8 * MIB, PROT_READ | PROT_WRITE, flags, -1, 0) as number;
    // The call had a view of it.
    expect(guest.call(hog, 'getrandom', at, 4096, 0)).toBe(4096);
    for (let done = 0; done < 8 * MIB; done += MIB)
      expect(guest.call(worker, 'getrandom', buffer + done, MIB, 0)).toBe(MIB);
    expect(hog.memory.rssAnon).toBe(0);
  });

  test('oom_score_adj spares a process or offers it', () => {
    const guest = new TestGuest();
    const { kernel, init } = guest;
    const big = guest.fork(init);
    const small = guest.fork(init);
    take(guest, big, 4 * MIB);
    take(guest, small, MIB);
    expect(selectVictim(kernel)).toBe(big.group);
    small.group.oomScoreAdj = 500;
    expect(selectVictim(kernel)).toBe(small.group);
    small.group.oomScoreAdj = big.group.oomScoreAdj = -1000;
    expect(selectVictim(kernel)).toBe(undefined);
  });

  test('init is not killed: what it asked for is then not there', () => {
    const guest = new TestGuest();
    const { init } = guest;
    guest.call(init, 'mmap', 0, 15 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const at = take(guest, init, MIB) as number;
    expect(at).toBeGreaterThan(0);
    const more = take(guest, init, 15 * MIB) as number;
    expect(more).toBeGreaterThan(0);
    expect(guest.call(init, 'madvise', more, 15 * MIB, 23)).toBe(-ENOMEM);
    expect(init.isDead).toBe(false);
    expect(guest.call(init, 'munmap', more, 15 * MIB)).toBe(0);
    expect(guest.call(init, 'madvise', at, MIB, 23)).toBe(0);
  });
});
