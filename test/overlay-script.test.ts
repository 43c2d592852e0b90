/** The overlay against Linux: the steps of scripts/overlay.sh print in a guest what they printed on Linux. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bootGuest } from './guest.ts';

const script = readFileSync(new URL('scripts/overlay.sh', import.meta.url), 'utf8');
const printed = readFileSync(new URL('scripts/overlay.txt', import.meta.url), 'utf8');

const hasPrograms =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  ['/bin/bash', '/bin/mount', '/usr/bin/python3', '/usr/bin/stat'].every(path => existsSync(path));

it.runIf(hasPrograms)('does step by step what Linux does', { timeout: 120_000 }, async () => {
  const guest = await bootGuest({ root: '/' });
  const { stdout } = await guest.exec('bash', ['-c', `exec 2>&1\n${script}`]);
  expect(stdout).toBe(printed);
});
