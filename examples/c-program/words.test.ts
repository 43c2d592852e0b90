/**
 * A test of a C program under a memory limit. It is compiled on this machine and runs in a guest whose root is this
 * machine's, over which what the guest writes is in its own memory.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'lodger/vitest';

const hasCompiler =
  process.platform === 'linux' && process.arch === 'x64' && spawnSync('gcc', ['--version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'words-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.override({
  guestOptions: { root: '/', memory: '256M', mounts: { '/mnt': { source: folder, readOnly: true } } },
});

describe.skipIf(!hasCompiler)('words (needs gcc on x86-64 Linux)', () => {
  beforeAll(() => {
    const { stderr } = spawnSync('gcc', [
      '-O2',
      '-o',
      join(folder, 'words'),
      join(import.meta.dirname, 'words.c'),
    ]);
    expect(String(stderr)).toBe('');
  });

  test('counts different words', async ({ guest }) => {
    expect(await guest.sh`echo a b a c | /mnt/words`).toPrint('3\n');
  });

  test('says so when memory runs out', async ({ guest }) => {
    const result = await guest.sh`ulimit -v 6000; seq 1000000 | /mnt/words`.nothrow();
    expect(result).toExitWith(3);
    expect(result).toPrint(/out of memory after \d+ words/, { on: 'stderr' });
  });
});
