/**
 * tapSuite for Vitest: a suite that runs inside a guest, as tests of the host's runner. Vitest wants to know all tests
 * before it runs any, so the suite runs while the file is collected: `await tapSuite(…)` at the top level of the file.
 */
import { describe, test } from 'vitest';
import { type SuiteResult, type TestResult, failureOf } from './suite-result.ts';
import { type TapOptions, runTap } from './tap-run.ts';

export type { TapOptions } from './tap-run.ts';

/**
 * Runs a shell command in a guest of its own; each result of its TAP or KTAP becomes a test in a `describe(name)`.
 *
 *   await tapSuite('kernel selftests', 'cd /work && ./run_kselftest.sh', { guest: { mounts: { '/work': '.' } } });
 */
export async function tapSuite(name: string, command: string, options: TapOptions = {}): Promise<void> {
  const { suite, report } = await runTap(name, command, options);
  describe(name, () => register(suite, report));
}

function register(suite: SuiteResult, report: string | undefined): void {
  for (const result of suite.results) {
    if (result.kind === 'suite') describe(result.name || 'unnamed', () => register(result, report));
    else registerTest(result);
  }
  for (const problem of suite.problems) {
    const text = report === undefined ? problem : `${problem}\n\n${report}`;
    test(problem.split('\n')[0]!, () => {
      throw failureOf(text);
    });
  }
}

function registerTest({ name, status, reason, details }: TestResult): void {
  switch (status) {
    case 'pass':
      test(name, () => {});
      break;
    case 'fail':
      test(name, () => {
        throw failureOf(details || 'not ok');
      });
      break;
    case 'skip':
      test(name, ({ skip }) => skip(reason));
      break;
    case 'todo':
      test.todo(reason === '' ? name : `${name} (${reason})`);
      break;
  }
}
