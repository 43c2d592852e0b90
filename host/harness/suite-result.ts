/** What a test suite's output came to, whatever its format: a tree of results. */

export interface TestResult {
  readonly kind: 'test';
  readonly name: string;
  readonly status: 'pass' | 'fail' | 'skip' | 'todo';
  /** Of a directive: why it is skipped, what is to be done. */
  readonly reason: string;
  /** What the suite said of it: diagnostics, comments. */
  readonly details: string;
}

export interface SuiteResult {
  readonly kind: 'suite';
  readonly name: string;
  readonly results: readonly (TestResult | SuiteResult)[];
  /** What is wrong with the suite itself: results are missing, it was given up. */
  readonly problems: readonly string[];
}

/** Whether nothing in it failed. */
export function isGood(result: TestResult | SuiteResult): boolean {
  if (result.kind === 'test') return result.status !== 'fail';
  return result.problems.length === 0 && result.results.every(isGood);
}

/** How many tests there are in it. */
export function countTests(result: TestResult | SuiteResult): number {
  if (result.kind === 'test') return 1;
  return result.results.reduce((sum, one) => sum + countTests(one), 0);
}

/** An error that says what the suite said, and has no stack: there is no code of the host in it. */
export function failureOf(message: string): Error {
  const error = new Error(message);
  error.name = 'TapFailure';
  error.stack = `${error.name}: ${message}`;
  return error;
}
