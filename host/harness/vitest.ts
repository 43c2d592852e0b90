/**
 * lodger/vitest: a fresh guest for each test of Vitest.
 *
 *   import { expect, test } from 'lodger/vitest';
 *
 *   test('counts users', async ({ guest }) => {
 *     expect(await guest.sh`grep -c root /etc/passwd`).toPrint('1');
 *   });
 *
 * Only tests that name `guest` or `bootGuest` get one. See docs/testing.md.
 */
import { type RunnerTestCase, type TestAPI, test as vitestTest } from 'vitest';
import type { Guest } from '../api/index.ts';
import { registerMatchers } from './matchers.ts';
import { type GuestOptions, checkOptions } from './options.ts';
import { GuestPool } from './pool.ts';
import { reportOf } from './report.ts';
import type { TestGuest } from './test-guest.ts';

registerMatchers();

declare module 'vitest' {
  interface TaskMeta {
    /** Of a failed test: the report of its guests. */
    guestReport?: string;
  }
}

/** Boots another guest for the test, with the file's options and these on top. It is ended with the test. */
export type BootGuest = (options?: GuestOptions) => Promise<Guest>;

/** What tests of lodger/vitest have by name. */
export interface GuestFixtures {
  /** What the guests of these tests are like: `test.override({ guestOptions: { memory: '64M' } })`. */
  guestOptions: GuestOptions;
  /** A guest that nothing has run in before. */
  guest: Guest;
  bootGuest: BootGuest;
}

/** Vitest's `test` with the fixtures `guest`, `bootGuest` and `guestOptions`. */
export const test: TestAPI<GuestFixtures> = vitestTest.extend<GuestFixtures & { guestPool: GuestPool }>({
  guestOptions: {},
  guestPool: [
    // Vitest reads the names of the fixtures that it uses from the pattern.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const pool = new GuestPool();
      await use(pool);
      await pool.close();
    },
    { scope: 'file' },
  ],
  guest: async ({ guestOptions, guestPool, task }, use) => {
    checkOptions(guestOptions);
    const guest = await guestPool.take(guestOptions, hasMoreTests(task));
    await use(guest.guest);
    await finish(guestPool, [guest], task);
  },
  bootGuest: async ({ guestOptions, guestPool, task }, use) => {
    const guests: TestGuest[] = [];
    await use(async (options = {}) => {
      checkOptions(options, 'bootGuest');
      const guest = await guestPool.take({ ...guestOptions, ...options }, false);
      guests.push(guest);
      return guest.guest;
    });
    await finish(guestPool, guests, task);
  },
});
export const it: TestAPI<GuestFixtures> = test;

/** The test is over: reports on its guests if it failed, and gives them back. */
async function finish(pool: GuestPool, guests: readonly TestGuest[], task: Task): Promise<void> {
  if (guests.length > 0 && task.result?.state === 'fail' && task.fails !== true) await attach(guests, task);
  // Vitest keeps the contexts of all tests of a file, and with them the memory of their guests.
  const context = task.context as Partial<GuestFixtures>;
  delete context.guest;
  delete context.bootGuest;
  await Promise.all(guests.map(guest => pool.give(guest)));
}

type Task = Readonly<RunnerTestCase>;

/**
 * Adds the report to what is printed of the error: every reporter that prints errors prints their `diff`, behind the
 * message and before the stack.
 */
async function attach(guests: readonly TestGuest[], task: Task): Promise<void> {
  const errors = task.result?.errors ?? [];
  const message = errors.map(error => error.message).join('\n');
  const isTimeout = /timed out in \d+ms/.test(message);
  const reports = await Promise.all(
    guests.map((guest, n) =>
      reportOf(guest, { isTimeout, message, ...(guests.length > 1 ? { name: `${n + 1}` } : {}) }),
    ),
  );
  const { meta } = task;
  meta.guestReport = [meta.guestReport, ...reports].filter(part => part !== undefined).join('\n');
  const error = errors.at(-1);
  if (error !== undefined)
    error.diff = [error.diff, ...reports].filter(part => part !== undefined).join('\n\n');
}

/** Whether another test of the file is still to run. */
function hasMoreTests(task: Task): boolean {
  const waits = (one: Task['file']['tasks'][number]): boolean =>
    one.type === 'suite'
      ? one.tasks.some(waits)
      : one !== task && one.mode !== 'skip' && one.mode !== 'todo' && one.result === undefined;
  return task.file.tasks.some(waits);
}

export {
  afterAll,
  afterEach,
  assert,
  beforeAll,
  beforeEach,
  describe,
  expect,
  expectTypeOf,
  suite,
  vi,
} from 'vitest';
export { type TapOptions, tapSuite } from './vitest-tap.ts';
export type { PrintOptions } from './checks.ts';
// With them, the declaration that expect() has them.
export type { GuestMatchers } from './matchers.ts';
export type { FileContent, GuestOptions } from './options.ts';
