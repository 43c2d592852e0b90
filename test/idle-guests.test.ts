/** Guests that do nothing: what they keep, and what several of them have together. */
import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bootGuest, sh } from './guest.ts';

const threads = (): number => readdirSync('/proc/self/task').length;

it.skipIf(!existsSync('/proc/self/task'))(
  'give back their spare threads, start programs as before, and leave nothing of the reserve',
  { timeout: 60_000 },
  async () => {
    // Node's own helpers are started by the first worker.
    await (await bootGuest()).shutdown();
    const before = threads();
    const guests = await Promise.all([bootGuest(), bootGuest(), bootGuest()]);
    for (const guest of guests) await sh(guest, 'true | cat');
    const counts = (): number[] => guests.map(guest => guest.threadCount);
    // The kernel's and init's.
    await expect.poll(counts, { timeout: 20_000 }).toEqual([2, 2, 2]);
    const source = new URL('../examples/typescript-program/greet.ts', import.meta.url);
    await guests[0].install('/bin/greet', source);
    expect((await guests[0].exec('greet', ['all'])).stdout).toBe('hello all\n');
    const outputs = await Promise.all(guests.map(guest => sh(guest, 'echo a b | tr a-z A-Z | cat')));
    expect(outputs.map(({ stdout }) => stdout)).toEqual(['A B\n', 'A B\n', 'A B\n']);
    await Promise.all(guests.map(guest => guest.shutdown()));
    await expect.poll(threads).toBe(before);
  },
);
