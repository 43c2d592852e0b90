import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandOf, generate, isOverModules, pipelines } from '../bench/pipelines.mjs';
import type { Guest } from '../host/api/index.ts';
import { lodger } from './guest.ts';

// Real input: a generated text of 2 MB and this repository's node_modules. bench/real-input.mjs does it with 200 MB.
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
const isGnu = ((): boolean => {
  try {
    return /GNU coreutils/.test(execFileSync('sort', ['--version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
})();

describe.skipIf(!isGnu)(
  'pipelines over real input give what the host gives (needs GNU coreutils on the host)',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'lodger-pipelines-'));
    let guest: Guest;

    beforeAll(async () => {
      generate(join(directory, 'text'), 2);
      guest = await lodger.boot({
        mounts: {
          '/in': { source: directory, readOnly: true },
          '/modules': { source: modules, readOnly: true },
        },
      });
    });
    afterAll(async () => {
      await guest.shutdown();
      rmSync(directory, { recursive: true });
    });

    it.each(pipelines)('%s', { timeout: 90_000 }, async pipeline => {
      const command = commandOf(pipeline);
      const host = execFileSync('sh', ['-c', command], {
        cwd: isOverModules(pipeline) ? modules : directory,
        env: { ...process.env, LC_ALL: 'C' },
        maxBuffer: 2 ** 28,
      });
      const { stdout, stderr, code } = await guest.exec('sh', ['-c', command], {
        cwd: isOverModules(pipeline) ? '/modules' : '/in',
        extraEnv: { LC_ALL: 'C' },
        encoding: 'buffer',
        timeoutMs: 80_000,
      });
      expect({ code, stderr: stderr.toString() }).toEqual({ code: 0, stderr: '' });
      expect(stdout.equals(host)).toBe(true);
    });
  },
);
