/**
 * Programs in C, compiled on the host, print the same in a guest as on the host: faults, signals, threads, processes,
 * restartable sequences, ptrace. Skipped where there is no Linux for x86-64, no gcc or no static C library.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootGuest } from './guest.ts';

const sources = fileURLToPath(new URL('c-programs/', import.meta.url));
const names = readdirSync(sources)
  .filter(name => name.endsWith('.c'))
  .map(name => name.slice(0, -2));

let directory = '';
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'c-programs-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What it prints on the host; undefined: it cannot be compiled here, or not run (a container may forbid ptrace). */
function prepare(name: string): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const binary = join(directory, name);
  const flags = ['-O1', '-w', '-fno-inline', '-static', '-o', binary];
  try {
    execFileSync('gcc', [...flags, join(sources, `${name}.c`), '-lm', '-lpthread'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const { status, stdout } = spawnSync(binary, { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? stdout : undefined;
}

describe('a program in C does the same as on the host', () => {
  for (const name of names) {
    it(name, { timeout: 60_000 }, async context => {
      const expected = prepare(name);
      if (expected === undefined) return context.skip();
      const guest = await bootGuest({ mounts: { '/programs': directory } });
      const { stdout, stderr, code } = await guest.exec(`/programs/${name}`, [], { timeoutMs: 50_000 });
      expect(stdout).toBe(expected);
      expect([stderr, code]).toEqual(['', 0]);
    });
  }
});
