/**
 * Random blocks of instructions on the host's processor and on ours, for as long as one likes:
 *
 *   npm run fuzz:cpu -- [--blocks 20000] [--seed 1] [--only add,sub] [--tier 0|1|step|both|all]
 *     [--minutes 10] [--coverage] [--garbage]
 *
 * A block that differs is made small and printed. The same seed makes the same blocks.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync(join(tmpdir(), 'lodger-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const source = fileURLToPath(new URL('../host/cpu/fuzz/', import.meta.url));
await build({
  bundle: true,
  target: 'node20',
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
  sourcemap: 'inline',
  entryPoints: [join(source, 'main.ts')],
  outfile: join(folder, 'main.mjs'),
});
const { main } = await import(pathToFileURL(join(folder, 'main.mjs')).href);
process.exitCode = main(join(source, 'native.c'));
