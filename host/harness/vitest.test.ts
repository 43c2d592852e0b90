import { beforeAll, describe, expect, it } from 'vitest';
import { type Run, partOf, runVitest } from './fixtures/run.ts';

describe('tests that fail', { timeout: 120_000 }, () => {
  let result: Run;
  /** What is said of one of them. */
  const said = (name: string): string =>
    partOf(result.output, new RegExp(` FAIL .* > ${name}\n`), /⎯{5}\[\d+\/\d+\]⎯/);

  beforeAll(async () => {
    result = await runVitest('failures');
  }, 120_000);

  it('are all told', () => {
    expect(result.output).toMatch(/Tests +8 failed \(8\)/);
    expect(result.output).not.toMatch(/Unhandled/);
    expect(result.status).toBe(1);
  });

  it('say how a command ended, what it printed, and what it did last', () => {
    const text = said('a status');
    expect(text).toContain('expected the command to have exited with 0, but it exited with 2');
    expect(text).toMatch(/stderr:\n {2}grep: \/nowhere: No such file/);
    expect(text).toMatch(/commands\n {4}grep three \/data\/a.txt \/nowhere \(pid 2\): exited with 2/);
    expect(text).toMatch(/last system calls of grep/);
    expect(text).toContain('openat(AT_FDCWD, "/nowhere", O_RDONLY) = -1 ENOENT');
    expect(text).toContain('exit_group(2) = ?');
    expect(text).toMatch(/processes\n.*\n +1 +0 \w+ +init\n/);
    expect(text).toMatch(/log\n {4}\[ +0\.\d+\] Lodger on 256 MiB/);
    // Vitest shows the line of the test, too.
    expect(text).toContain('failures.fixture.ts:6:');
  });

  it('show what was printed instead, and a diff of a file', () => {
    expect(said('output')).toMatch(
      /expected stdout to contain "red"\nstdout:\n {2}green\nstderr:\n {2}trouble/,
    );
    expect(said('a file')).toMatch(/- three\n\+ two\n\n+Guest/);
  });

  it('point to the script that failed', () => {
    const text = said('a script');
    expect(text).toContain("ShellError: cat '/no such file'\nexited with 1:\ncat: '/no such file'");
    expect(text).toContain('failures.fixture.ts:18:');
  });

  it('that run out of time tell the command that they wait for', () => {
    expect(said('too late')).toMatch(/echo begin; sleep 1000 \(pid 2\): still running after/);
    expect(said('too late')).toMatch(/nanosleep\(.* <unfinished \.\.\.>/);
    expect(said('output that does not end')).toMatch(/exited with 0, .*, but a child has its output open/);
  });

  it('tell that the guest is gone', () => {
    expect(said('no init')).toContain('(the guest stopped: poweroff)');
    expect(said('no init')).toMatch(/❯ failures.fixture.ts:\d+:\d+\n/);
  });

  it('name the options that there are', () => {
    expect(said('misspelt > option')).toContain(
      "there is no option 'memroy'; there are root, memory, mounts, env",
    );
  });
});

it('gives each test a fresh guest, and leaves nothing', { timeout: 120_000 }, async () => {
  const { output, status } = await runVitest('passing');
  expect(output).toMatch(/Tests +11 passed \(11\)/);
  expect(output).not.toMatch(/Unhandled|LEFT BEHIND/);
  expect(output).toContain('NOTHING LEFT');
  expect(status).toBe(0);
});

it('makes tests of the results of suites inside guests', { timeout: 120_000 }, async () => {
  const { output } = await runVitest('suites', '--reporter=verbose');
  expect(output).toMatch(/✓ suites.fixture.ts > good > g > inner/);
  expect(output).toMatch(/↓ suites.fixture.ts > good > s.*\[no s\]/);
  expect(output).toMatch(/FAIL .* > kernel > outer > deep\nTapFailure: because/);
  expect(output).toMatch(/× .* > kernel > 2 tests were planned, 1 have a result/);
  expect(output).toMatch(/× .* > status > the suite exited with 3/);
  expect(output).toMatch(/× .* > missing > the suite exited with 127/);
  expect(output).toMatch(/× .* > late > the suite was ended by SIGKILL/);
  expect(output).toMatch(/Tests +5 failed \| 4 passed \| 1 skipped \| 1 todo/);
});
