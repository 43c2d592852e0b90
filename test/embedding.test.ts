/** The processes in which the package may find itself. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { cli } from './guest.ts';

const index = `${dirname(cli)}/index.js`;
const SCRIPT = `
  const { boot } = await import(process.argv[1]);
  const guest = await boot();
  process.stdout.write((await guest.exec('echo', ['hello'])).stdout);
  await guest.shutdown();
`;

it.each([
  [['--input-type=module', '--eval', SCRIPT]],
  [['--expose-gc', '--no-warnings', '--eval', `(async () => {${SCRIPT}})()`]],
  [['--max-old-space-size=200', '--eval', `(async () => {${SCRIPT}})()`]],
])('runs under node %j', async options => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...options, index], {
    timeout: 20_000,
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'hello\n', stderr: '' });
});
