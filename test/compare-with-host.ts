/**
 * Runs the same command lines on the host and in a guest, each table in a directory that a setup script has made, and
 * gives what each of them printed and exited with. For tools whose reference is a certain version of a GNU program:
 * where the host does not have that version, tests are skipped.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootGuest } from './guest.ts';

const MARK = '\x1e';

/** True if `program --version` on the host begins with this. */
export function isHostVersion(program: string, version: string): boolean {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).startsWith(version);
  } catch {
    return false;
  }
}

/** The lines of a table: one command each; empty lines and those that begin with # are left out. */
export function readCases(path: string | URL): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
}

function scriptOf(setup: string, cases: readonly string[]): string {
  const blocks = cases.map(line => `printf '${MARK}'\n{ ${line}\n} 2>&1 </dev/null\necho "status $?"\n`);
  return `export LC_ALL=C.UTF-8 TZ=UTC\n${setup}\n${blocks.join('')}`;
}

function outcomes(cases: readonly string[], output: string): Record<string, string> {
  const parts = output.split(MARK).slice(1);
  return Object.fromEntries(cases.map((line, i) => [line, parts[i] ?? '(not run)']));
}

/** What each command did on the host and in a guest. `setup` runs first in the empty directory. */
export async function compareWithHost(
  setup: string,
  cases: readonly string[],
): Promise<{ host: Record<string, string>; guest: Record<string, string> }> {
  const script = scriptOf(setup, cases);
  const directory = mkdtempSync(join(tmpdir(), 'compare-'));
  let onHost: string;
  try {
    onHost = spawnSync('sh', ['-c', script], { cwd: directory, encoding: 'latin1', timeout: 60_000 }).stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const guest = await bootGuest();
  await guest.exec('mkdir', ['/tmp/compare']);
  await guest.fs.writeFile('/tmp/compare.sh', script);
  const run = await guest.exec('sh', ['-c', '. /tmp/compare.sh >/tmp/compare.out'], {
    cwd: '/tmp/compare',
    timeoutMs: 90_000,
  });
  const bytes = await guest.fs.readFile('/tmp/compare.out');
  const inGuest = Buffer.from(bytes).toString('latin1') + run.stderr;
  return { host: outcomes(cases, onHost), guest: outcomes(cases, inGuest) };
}
