/**
 * lodger/test: a fresh guest for each test of Node's own runner.
 *
 *   import { assertPrints, test } from 'lodger/test';
 *
 *   test('counts users', async ({ guest }) => {
 *     assertPrints(await guest.sh`grep -c root /etc/passwd`, '1');
 *   });
 *
 * See docs/testing.md.
 */
import assert from 'node:assert/strict';
import nodeTest, { type TestContext } from 'node:test';
import type { Guest } from '../api/index.ts';
import { type Check, type PrintOptions, checkExit, checkFile, checkPrint } from './checks.ts';
import { type GuestOptions, checkOptions } from './options.ts';
import { GuestPool } from './pool.ts';
import { reportOf } from './report.ts';
import { type SuiteResult, type TestResult, failureOf } from './suite-result.ts';
import { type TapOptions, runTap } from './tap-run.ts';
import type { TestGuest } from './test-guest.ts';

/** What a test gets. */
export interface GuestContext {
  /** A guest that nothing has run in before. */
  readonly guest: Guest;
  /** Boots another guest, with the test's options and these on top. It is ended with the test. */
  readonly bootGuest: (options?: GuestOptions) => Promise<Guest>;
  /** Node's own context. */
  readonly t: TestContext;
}

export type GuestTestFunction = (context: GuestContext) => void | Promise<void>;

/** Node's options of a test, and what its guest is like. */
export interface GuestTestOptions {
  readonly guest?: GuestOptions;
  readonly concurrency?: number | boolean;
  readonly only?: boolean;
  readonly signal?: AbortSignal;
  readonly skip?: boolean | string;
  readonly timeout?: number;
  readonly todo?: boolean | string;
}

interface Call {
  (name: string, fn: GuestTestFunction): void;
  (name: string, options: GuestTestOptions, fn: GuestTestFunction): void;
}

export interface GuestTest extends Call {
  readonly only: Call;
  readonly skip: Call;
  readonly todo: Call;
  /** A `test` whose guests are like that: for all tests of a file. */
  with(options: GuestOptions): GuestTest;
}

// Nothing tells which test is the last: the guest that was made ahead in vain ends soon after it.
const pool = new GuestPool({ idleMs: 150 });

function makeTest(defaults: GuestOptions): GuestTest {
  const variant =
    (more: GuestTestOptions): Call =>
    (name: string, ...rest: [GuestTestFunction] | [GuestTestOptions, GuestTestFunction]) => {
      const fn = rest.at(-1) as GuestTestFunction;
      const { guest: own, ...options } = rest.length === 2 ? rest[0] : {};
      const guestOptions = { ...defaults, ...own };
      void nodeTest(name, { ...options, ...more }, t => runWithGuest(t, guestOptions, fn));
    };
  return Object.assign(variant({}), {
    only: variant({ only: true }),
    skip: variant({ skip: true }),
    todo: variant({ todo: true }),
    with: (options: GuestOptions) => {
      checkOptions(options, 'test.with');
      return makeTest({ ...defaults, ...options });
    },
  });
}

/** node:test's `test`, whose function gets a guest. */
export const test: GuestTest = makeTest({});
export const it: GuestTest = test;

async function runWithGuest(t: TestContext, options: GuestOptions, fn: GuestTestFunction): Promise<void> {
  checkOptions(options, 'guest');
  const guests = [await pool.take(options, true)];
  const bootGuest = async (more: GuestOptions = {}): Promise<Guest> => {
    checkOptions(more, 'bootGuest');
    const guest = await pool.take({ ...options, ...more }, false);
    guests.push(guest);
    return guest.guest;
  };
  const overdue = overdueOf(t);
  try {
    await Promise.race([fn({ guest: guests[0]!.guest, bootGuest, t }), overdue.promise]);
  } catch (error) {
    await addReport(t, error, guests, overdue.isOverdue());
    throw error;
  } finally {
    overdue.forget();
    await Promise.all(guests.map(guest => pool.give(guest)));
  }
}

/** Rejects when the runner gives the test up. */
function overdueOf(t: TestContext): {
  promise: Promise<never>;
  isOverdue: () => boolean;
  forget: () => void;
} {
  let giveUp = (): void => {};
  let isOverdue = false;
  const promise = new Promise<never>((_, reject) => {
    giveUp = () => {
      isOverdue = true;
      reject(new Error('the test was given up: it ran out of time, or the run was ended'));
    };
    t.signal.addEventListener('abort', giveUp, { once: true });
  });
  promise.catch(() => {});
  return { promise, isOverdue: () => isOverdue, forget: () => t.signal.removeEventListener('abort', giveUp) };
}

/** Adds the report to the error that the runner prints; of a test that it has given up already, prints it. */
async function addReport(
  t: TestContext,
  error: unknown,
  guests: readonly TestGuest[],
  isTimeout: boolean,
): Promise<void> {
  const message = error instanceof Error ? error.message : '';
  const reports = await Promise.all(
    guests.map((guest, n) =>
      reportOf(guest, { isTimeout, message, ...(guests.length > 1 ? { name: `${n + 1}` } : {}) }),
    ),
  );
  const report = reports.join('\n');
  if (isTimeout || !(error instanceof Error)) console.error(`${t.name}: ${report}`);
  else error.stack = `${error.stack ?? error.message}\n${report}`;
}

/** Whatever a matcher of lodger/vitest checks, as an assertion of node:assert. */
function require({ isMet, message, ...difference }: Check, caller: (...args: never[]) => unknown): void {
  if (isMet) return;
  const hasDiff = 'expected' in difference;
  const text = hasDiff ? differenceText(message, difference) : message;
  throw new assert.AssertionError({
    message: text,
    operator: caller.name,
    stackStartFn: caller,
    ...difference,
  });
}

function differenceText(message: string, { actual, expected }: Pick<Check, 'actual' | 'expected'>): string {
  try {
    assert.strictEqual(actual, expected);
    return message;
  } catch (error) {
    return `${message}\n${(error as Error).message}`;
  }
}

/** The command exited with this status (0–255), or was ended by this signal (its name). */
export function assertExitsWith(result: unknown, status: number | string): void {
  require(checkExit(result, status), assertExitsWith);
}
/** The text is in what the command wrote to stdout (or stderr), or matches it. */
export function assertPrints(result: unknown, text: string | RegExp, options?: PrintOptions): void {
  require(checkPrint(result, text, options), assertPrints);
}
/** There is such a file in the guest, with this content if one is given. */
export async function assertHasFile(
  guest: Guest,
  path: string,
  content?: string | RegExp | Uint8Array,
): Promise<void> {
  require(await checkFile(guest, path, content), assertHasFile);
}

/**
 * Runs a shell command in a guest of its own; each result of its TAP or KTAP becomes a subtest of the test `name`.
 */
export function tapSuite(name: string, command: string, options: TapOptions = {}): Promise<void> {
  return nodeTest(name, async t => {
    const { suite, report } = await runTap(name, command, options);
    await runSuite(t, suite, report);
  });
}

async function runSuite(t: TestContext, suite: SuiteResult, report: string | undefined): Promise<void> {
  for (const result of suite.results) {
    if (result.kind === 'suite')
      await t.test(result.name || 'unnamed', inner => runSuite(inner, result, report));
    else await runTest(t, result);
  }
  for (const problem of suite.problems) {
    await t.test(problem.split('\n')[0], () => {
      throw failureOf(report === undefined ? problem : `${problem}\n\n${report}`);
    });
  }
}

async function runTest(t: TestContext, { name, status, reason, details }: TestResult): Promise<void> {
  const options = status === 'skip' || status === 'todo' ? { [status]: reason || true } : {};
  await t.test(name, options, () => {
    if (status === 'fail') throw failureOf(details || 'not ok');
  });
}

export type { PrintOptions } from './checks.ts';
export type { FileContent, GuestOptions } from './options.ts';
export type { TapOptions } from './tap-run.ts';
