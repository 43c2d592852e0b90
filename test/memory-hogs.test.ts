import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Guest } from '../host/api/index.ts';
import { lodger, sh } from './guest.ts';

// Programs whose JavaScript heap would outgrow the engine's: it would end the whole process, not just the thread.
let guest: Guest;
beforeAll(async () => {
  guest = await lodger.boot();
});
afterAll(() => guest.shutdown());

it.each([
  ['awk', ['BEGIN { while (1) a[i++] = sprintf("%100000d", i) }'], /Cannot allocate memory/],
  ['awk', ['BEGIN { x = "aaaaaaaa"; while (1) x = x x }'], /Cannot allocate memory/],
  ['sh', ['-c', 'x=$(cat /dev/zero | tr "\\0" a)'], /Cannot allocate memory/],
  ['grep', ['x', '/dev/zero'], /Cannot allocate memory|memory exhausted/],
])('%s that takes ever more memory is told so, alone', { timeout: 60_000 }, async (file, args, message) => {
  const { code, stderr } = await guest.exec(file, args, { timeoutMs: 50_000 });
  expect(stderr).toMatch(message);
  expect(code).toBeGreaterThan(0);
  expect((await sh(guest, 'echo alive')).stdout).toBe('alive\n');
});

it('a program whose stack runs over dies of SIGSEGV', async () => {
  const { signal } = await guest.exec('awk', ['function f(n) { return f(n + 1) } BEGIN { f(1) }']);
  expect(signal).toBe('SIGSEGV');
});
