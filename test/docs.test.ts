import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it.each([
  ['system calls', 'syscalls.mjs'],
  ['instructions', 'instructions.mjs'],
])('has a page of %s that says what the table says', (_, name) => {
  const script = fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
