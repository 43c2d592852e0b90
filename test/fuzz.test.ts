import { expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';
import { bootGuest } from './guest.ts';
import { testPrograms } from './program.ts';

const programs = await testPrograms('fuzz');

// Longer, with other seeds: node test/fuzz-syscalls.mjs --count 100000 --seed 7
it.each([0, 1000])('survives random system calls of user %i', { timeout: 60_000 }, async uid => {
  const guest = await bootGuest({ programs, memory: '64M' });
  const ends = await fuzz(guest, { seed: 1, count: 1000, perProcess: 100, uid });
  // The test is of no use if the processes do not get far: most come to their end, or to a signal of their own making.
  expect(ends.get('0') ?? 0).toBeGreaterThan(3);
  expect(ends.get('1') ?? 0).toBe(0);
});
