/**
 * Random system calls on a kernel without a machine: as test/fuzz.test.ts, but many processes that fork, end, trace and
 * signal one another, ten times faster, and in one thread, so that a seed gives the same run each time.
 */
import { expect, it } from 'vitest';
import { mountAt } from '../kernel/boot.ts';
import { registerFileSystems } from '../kernel/fs/file-systems.ts';
import { formatCall } from '../kernel/syscall/strace.ts';
import { systemCalls } from '../kernel/syscall/all.ts';
import { toBytes } from '../kernel/abi/byte-string.ts';
import { SCRATCH, TestGuest } from '../kernel/task/testing.ts';
import type { Task } from '../kernel/task/task.ts';
import {
  NAMES,
  NAME_SLOT,
  Random,
  WORDS_OFFSET,
  WORD_COUNT,
  argument,
  word,
  type World,
} from './programs/fuzz-arguments.ts';

const MOUNTS = [
  ['devtmpfs', '/dev'],
  ['proc', '/proc'],
  ['sysfs', '/sys'],
  ['devpts', '/dev/pts'],
  ['tmpfs', '/dev/shm'],
  ['tmpfs', '/tmp'],
] as const;
const MOST_TASKS = 40;
const BAD_POINTERS = [1, SCRATCH + 65535, SCRATCH + 65536, 0xfffff000, 2 ** 32, 2 ** 47, -4096, -1];
/** Seldom made, because too little is left to do after many of them. */
const SELDOM = new Set([
  ...['fork', 'clone', 'clone3', 'exit', 'exit_group', 'execve', 'execveat', 'munmap', 'mprotect', 'mremap'],
]);
const rows = [...systemCalls.values()].filter(
  ({ name, handler }) => handler !== undefined && name !== 'reboot',
);

function makeGuest(): TestGuest {
  const guest = new TestGuest();
  registerFileSystems(guest.kernel);
  for (const [type, at] of MOUNTS) mountAt(guest.kernel, type, at, type, 0, '');
  return guest;
}

function refill(task: Task, random: Random, world: World): void {
  try {
    NAMES.forEach((name, i) => task.mm!.copyOut(SCRATCH + i * NAME_SLOT, toBytes(`${name}\0`)));
    for (let i = 0; i < WORD_COUNT; i++) {
      task.mm!.writeB64(SCRATCH + WORDS_OFFSET + i * 8, BigInt.asUintN(64, BigInt(word(random, world))));
    }
  } catch {
    // It has unmapped the memory: its calls find bad pointers then.
  }
}

/** Makes `count` calls of tasks that are not init; gives how many were made before too many tasks slept or were gone. */
function run(seed: number, count: number): number {
  const random = new Random(seed);
  const guest = makeGuest();
  const { kernel, init } = guest;
  let task = init;
  const world: World = {
    scratch: SCRATCH,
    badPointers: BAD_POINTERS,
    fds: () => [...task.files.entries()].map(([fd]) => fd).concat(-1),
    pids: () => [0, -1, 1, -task.tid, 99999, 0x7fffffff, ...kernel.tasks.tasks.keys()],
  };
  refill(init, random, world);
  let last = '';
  try {
    for (let i = 0; i < count; i++) {
      const ready = [...kernel.tasks.tasks.values()].filter(
        other =>
          other !== init && other.mm && other.state === 'running' && other.work === 'none' && !other.isDead,
      );
      if (kernel.tasks.tasks.size > MOST_TASKS) return i;
      if (ready.length === 0) {
        guest.advance(1e9);
        guest.call(init, 'fork');
        continue;
      }
      task = random.pick(ready);
      if (random.oneIn(10)) refill(task, random, world);
      const { name, args: kinds } = random.pick(rows);
      if (SELDOM.has(name) && !random.oneIn(8)) continue;
      const words = kinds === '' ? [] : kinds.split(' ').map(kind => kind.slice(kind.indexOf(':') + 1));
      const args = Array.from({ length: 6 }, (_, n) =>
        n < words.length ? argument(words[n]!, random, world) : word(random, world),
      );
      last = `call ${i} of seed ${seed}, task ${task.tid}: ${name}(${args.join(', ')})`;
      guest.call(task, name, ...args);
      if (task.mm && random.oneIn(20)) formatCall(task);
      if (random.oneIn(5)) guest.advance(random.pick([1e3, 1e6, 1e9]));
      const result = guest.results.get(task);
      if (typeof result === 'number' && (!Number.isInteger(result) || (result < -133 && result > -4096))) {
        throw new Error(`no result of a system call: ${result}`);
      }
    }
  } catch (error) {
    throw new Error(last, { cause: error });
  }
  expect(guest.halts).toEqual([]);
  return count;
}

it('survives random system calls of many processes', () => {
  let calls = 0;
  for (let seed = 1; seed <= 12; seed++) calls += run(seed, 1500);
  expect(calls).toBeGreaterThan(3000);
});
