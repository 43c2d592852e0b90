/** Runs the examples as their readers do: with Vitest, on the built package. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { dist } from './guest.ts';

const folder = new URL('../examples', import.meta.url).pathname;
const examples = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'node_modules')
  .map(({ name }) => name);

interface TestResult {
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending';
}

/** By path of the test file. */
const results = new Map<string, readonly TestResult[]>();
let output = '';

beforeAll(async () => {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const report = join(mkdtempSync(join(tmpdir(), 'lodger-examples-')), 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
  const options = {
    cwd: folder,
    timeout: 150_000,
    env: { ...env, NO_COLOR: '1', LODGER_DIST: resolve(dist) },
  };
  output = await new Promise(done => {
    execFile(process.execPath, [vitest, 'run', ...reporters], options, (_error, stdout, stderr) =>
      done(`${stdout}\n${stderr}`),
    );
  });
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { name: string; assertionResults: TestResult[] }[];
    };
    for (const { name, assertionResults } of testResults) results.set(name, assertionResults);
  } finally {
    rmSync(dirname(report), { recursive: true });
  }
}, 160_000);

it.for(examples)('the example %s does what it says', (name, context) => {
  const tests = [...results]
    .filter(([file]) => file.includes(`/examples/${name}/`))
    .flatMap(([, list]) => list);
  expect(tests.length, output).toBeGreaterThan(0);
  const failed = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  expect(failed, output).toEqual([]);
  if (tests.every(({ status }) => status !== 'passed')) context.skip('what it needs is not on this machine');
});
