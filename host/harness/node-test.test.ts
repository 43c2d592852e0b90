import { expect, it } from 'vitest';
import { partOf, runNodeTest } from './fixtures/run.ts';

it('gives guests to the tests of Node, and reports on them', { timeout: 120_000 }, async () => {
  const { output, status } = await runNodeTest('node.fixture.ts');
  expect(status).toBe(1);
  expect(output).toMatch(/✔ passes/);
  expect(output).toMatch(/✔ has options of its own/);
  const said = (name: string): string => partOf(output, new RegExp(`✖ ${name} `), /\n\s*✖ /);
  expect(said('of a status')).toContain('expected the command to have exited with 0, but it exited with 2');
  expect(said('of a status')).toContain('openat(AT_FDCWD, "/nowhere", O_RDONLY) = -1 ENOENT');
  expect(said('of a file')).toMatch(/\+ 'one\\n'\n\s*- 'two\\n'/);
  expect(output).toMatch(/too late: Guest\n {2}commands\n {4}sleep 1000 \(pid 2\): still running/);
  expect(said('misspelt')).toContain("there is no option 'memroy'; there are root, memory");
  expect(output).toMatch(/✔ a \(/);
  expect(output).toMatch(/✖ b \(/);
  expect(output).toMatch(/﹣ c .*# no c/);
  expect(output).toMatch(/fail 5\n.*cancelled 1\n.*skipped 1/);
});
