import { describe, expect, it } from 'vitest';
import { looksLikeKtap, parseKtap } from './ktap.ts';
import type { SuiteResult, TestResult } from './suite-result.ts';
import { parseTap } from './tap.ts';

/** A tree as lines: status, name, reason, details; problems behind. */
function outline(suite: SuiteResult, indent = ''): string[] {
  const line = ({ status, name, reason, details }: TestResult): string =>
    [status, name, reason && `(${reason})`, details && `{${details.replaceAll('\n', '|')}}`]
      .filter(Boolean)
      .join(' ');
  return [
    ...suite.results.flatMap(one =>
      one.kind === 'test'
        ? [indent + line(one)]
        : [`${indent}suite ${one.name}`, ...outline(one, `${indent}  `)],
    ),
    ...suite.problems.map(problem => `${indent}! ${problem}`),
  ];
}
const tap = (text: string): string[] => outline(parseTap(text));
const ktap = (text: string): string[] => outline(parseKtap(text));

describe('TAP', () => {
  it('is read with subtests, directives, YAML and comments', () => {
    expect(
      tap(`TAP version 14
1..5
# Subtest: group
    ok 1 - a
    not ok 2 - b
      ---
      message: boom
      at: x.c:3
      ...
    1..2
not ok 1 - group
ok 2 - later # SKIP not here
not ok 3 - some # TODO one day
noise of the suite
ok 4
not ok 5 - last
#   Failed test 'last'
#   at t/x.t line 3.
`),
    ).toEqual([
      'suite group',
      '  pass a',
      '  fail b {message: boom|at: x.c:3}',
      'skip later (not here)',
      'todo some (one day)',
      'pass test 4',
      "fail last {  Failed test 'last'|  at t/x.t line 3.}",
    ]);
  });

  it('without all that was planned, or without a plan, has a problem', () => {
    expect(tap('1..3\nok 1\nok 2\n')).toEqual([
      'pass test 1',
      'pass test 2',
      '! 3 tests were planned, 2 have a result',
    ]);
    expect(tap('ok 1\n')).toEqual(['pass test 1', '! TAP: no plan']);
    expect(tap('1..1\nok 1\nok 2\n').at(-1)).toMatch(/^! /);
    expect(tap('')).toEqual(['! there is no output']);
    expect(tap('sh: ./suite: not found\n').at(-1)).toMatch(/^! there are no results/);
    expect(tap('1..0 # SKIP nothing to do\n')).toEqual(['skip all tests (nothing to do)']);
  });

  it('that is given up says so', () => {
    expect(tap('1..3\nok 1\nBail out! no memory\n')).toEqual(['pass test 1', '! Bail out! no memory']);
  });

  it('finds a group at odds with what is in it', () => {
    expect(tap('# Subtest: g\n    ok 1 - a\n    1..1\nnot ok 1 - g\n1..1\n')).toEqual([
      'suite g',
      '  pass a',
      '  ! it is not ok, although all in it is',
    ]);
  });
});

describe('KTAP', () => {
  it('is told from TAP', () => {
    expect(looksLikeKtap('[    1.2] KTAP version 1\n1..1\nok 1 x\n')).toBe(true);
    expect(looksLikeKtap('TAP version 13\n1..1\nok 1 x\n')).toBe(false);
  });

  it('is read with its levels, diagnostics and directives', () => {
    expect(
      ktap(`some boot message
KTAP version 1
1..2
  KTAP version 1
  # Subtest: suite_one
  1..3
    KTAP version 1
    1..2
    # expected 1, got 2
    not ok 1 test_1
    ok 2 test_2
  # suite comment
  not ok 1 example_test_1
  ok 2 example_test_2 # SKIP no device
  ok 3 - third
not ok 1 main_one
kernel: unrelated
not ok 2 alone # TIMEOUT 45 seconds
`),
    ).toEqual([
      'suite main_one',
      '  suite example_test_1',
      '    fail test_1 {expected 1, got 2}',
      '    pass test_2',
      '  skip example_test_2 (no device)',
      '  pass third',
      'fail alone {TIMEOUT 45 seconds|kernel: unrelated}',
    ]);
  });

  it('is read behind the time stamps of a console', () => {
    expect(
      ktap('[   12.345678] KTAP version 1\n[   12.345679] 1..1\n[   12.345680] ok 1 x # XFAIL known\n'),
    ).toEqual(['todo x (XFAIL known)']);
  });

  it('needs no plan', () => {
    expect(ktap('KTAP version 1\nok 1 a\nnot ok 2 b\n')).toEqual(['pass a', 'fail b']);
  });

  it('that is cut off has problems', () => {
    expect(ktap('KTAP version 1\n1..2\n  KTAP version 1\n  # Subtest: inner\n  1..2\n  ok 1 a\n')).toEqual([
      'suite inner',
      '  pass a',
      '  ! 2 tests were planned, 1 have a result',
      '! 2 tests were planned, 1 have a result',
    ]);
    expect(ktap('KTAP version 1\n1..2\nok 1 a\nBail out! broken\nok 2 b\n')).toEqual([
      'pass a',
      '! Bail out! broken',
    ]);
    expect(ktap('KTAP version 1\n1..0\n')).toEqual(['! no tests were run']);
    expect(ktap('')).toEqual(['! there are no results']);
  });

  it('finds a level at odds with what is in it', () => {
    expect(
      ktap('KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  ok 1 a\n# cleanup failed\nnot ok 1 s\n'),
    ).toEqual([
      'suite s',
      '  pass a',
      '  ! it is not ok, although all in it is|cleanup failed'.replace('|', '\n'),
    ]);
  });
});
