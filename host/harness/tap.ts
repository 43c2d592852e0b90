/** TAP 13 and 14 as a tree of results, https://testanything.org. The grammar is tap-parser's. */
import { inspect } from 'node:util';
import { Parser, type Result } from 'tap-parser';
import type { SuiteResult, TestResult } from './suite-result.ts';

type Event = readonly [kind: string, ...rest: unknown[]];

interface Plan {
  readonly start: number;
  readonly end: number;
  readonly skipAll?: boolean;
  readonly skipReason?: string;
}
interface Final {
  readonly count: number;
  readonly plan: Plan;
  readonly bailout: boolean | string;
  readonly failures: readonly { readonly tapError?: string | null }[];
}

/** What tap-parser says of an output without a plan and without results. */
const NO_TESTS = 'no tests found';

/** Reads the whole output of a suite. Nothing is too wrong to be read: what is missing is a problem of the suite. */
export function parseTap(text: string, name = 'tap'): SuiteResult {
  const suite = suiteOf(name, Parser.parse(text));
  if (suite.results.length > 0 || suite.problems.length > 0) return suite;
  return { ...suite, problems: [text.trim() === '' ? 'there is no output' : 'there are no results'] };
}

function suiteOf(name: string, events: readonly Event[]): SuiteResult {
  const results: (TestResult | SuiteResult)[] = [];
  const problems: string[] = [];
  let child: SuiteResult | undefined;
  for (const [kind, value] of events) {
    if (kind === 'child') child = suiteOf(subtestName(value as readonly Event[]), value as readonly Event[]);
    else if (kind === 'assert') {
      results.push(child === undefined ? testOf(value as Result) : closed(child, value as Result));
      child = undefined;
    } else if (kind === 'comment') addComment(results, String(value));
    else if (kind === 'complete') {
      const { skipAll, skipReason } = (value as Final).plan;
      if (skipAll === true && skipReason !== NO_TESTS) results.push(skippedSuite(skipReason));
      problems.push(...problemsOf(value as Final, results));
    }
  }
  // The output ended before its result.
  if (child !== undefined) results.push({ ...child, problems: [...child.problems, 'it has no result'] });
  return { kind: 'suite', name, results, problems };
}

/** `1..0 # SKIP no network` */
function skippedSuite(reason = ''): TestResult {
  return {
    kind: 'test',
    name: 'all tests',
    status: 'skip',
    reason: reason.replace(/^SKIP\S*\s*/i, ''),
    details: '',
  };
}

function subtestName(events: readonly Event[]): string {
  for (const [kind, value] of events) {
    const match = kind === 'comment' ? /^# Subtest:?\s*(.*)\n?$/.exec(String(value)) : null;
    if (match !== null) return match[1]!;
  }
  return '';
}

const reasonOf = (directive: boolean | string): string => (typeof directive === 'string' ? directive : '');

function testOf({ ok, name, id, skip, todo, diag }: Result): TestResult {
  const status = skip !== false ? 'skip' : todo !== false ? 'todo' : ok ? 'pass' : 'fail';
  const details = diag === null || diag === undefined ? '' : textOf(diag);
  return { kind: 'test', name: name || `test ${id}`, status, reason: reasonOf(skip || todo), details };
}

/** Diagnostics that YAML has given. */
function textOf(diag: unknown): string {
  if (typeof diag !== 'object' || diag === null) return String(diag);
  return Object.entries(diag)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : inspect(value, { depth: 5 })}`)
    .join('\n');
}

/** A subtest with the result that its parent gives it. */
function closed(child: SuiteResult, result: Result): TestResult | SuiteResult {
  if (result.skip !== false || result.todo !== false) return testOf(result);
  const name = result.name || child.name || `test ${result.id}`;
  const problems = [...child.problems];
  const isFailing =
    problems.length > 0 || child.results.some(one => one.kind === 'suite' || one.status === 'fail');
  if (!result.ok && !isFailing) problems.push('it is not ok, although all in it is');
  return { ...child, name, problems };
}

/** Comments behind a test that failed are about it: Test::More and its like. */
function addComment(results: (TestResult | SuiteResult)[], comment: string): void {
  const last = results.at(-1);
  if (last?.kind !== 'test' || last.status === 'pass' || /^# (Subtest|test count)/.test(comment)) return;
  const text = comment.replace(/^#\s?/, '').trimEnd();
  results[results.length - 1] = { ...last, details: last.details === '' ? text : `${last.details}\n${text}` };
}

function problemsOf(final: Final, results: readonly unknown[]): string[] {
  const { plan, bailout, failures } = final;
  if (bailout !== false) return [`Bail out!${typeof bailout === 'string' ? ` ${bailout}` : ''}`];
  const problems = failures.flatMap(({ tapError }) =>
    typeof tapError === 'string' ? [`TAP: ${tapError}`] : [],
  );
  const planned = plan.end - plan.start + 1;
  if (Number.isInteger(planned) && plan.skipAll !== true && plan.end >= 0 && planned !== results.length) {
    return [`${planned} tests were planned, ${results.length} have a result`];
  }
  return [...new Set(problems)];
}
