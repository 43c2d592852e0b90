/**
 * Native programs for tests: bundles test/programs/NAME.ts as build.mjs bundles the userland, so that boot() can
 * install it. Each is built once a run, into a folder that goes away with the process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync(join(tmpdir(), 'lodger-programs-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The bundle of a test program: a file for the `programs` option. */
export async function testProgram(name: string): Promise<string> {
  const outfile = join(folder, `${name}.js`);
  await build({
    bundle: true,
    target: 'node20',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'cjs',
    banner: { js: '#!native' },
    entryPoints: [fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url))],
    outfile,
    logLevel: 'warning',
  });
  return outfile;
}

/** `programs` for boot(): each name at /bin/NAME. */
export async function testPrograms(...names: string[]): Promise<Record<string, string>> {
  const entries = await Promise.all(
    names.map(async name => [`/bin/${name}`, await testProgram(name)] as const),
  );
  return Object.fromEntries(entries);
}
