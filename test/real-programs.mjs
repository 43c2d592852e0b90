/**
 * The table of real programs, on the host and in a guest with the host's own files:
 *
 *   npm run programs -- [--only REGEX] [--count N] [--quick] [--list] [--fresh] [--show]
 *
 * Prints OK, DIFF (with the place of the details), KNOWN (differs, with the reason) or MISSING (not installed) and the
 * times on the host and in the guest, and what the guest needed of a CPU. LODGER_DIST names another build than dist/.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync(join(tmpdir(), 'lodger-table-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await build({
  bundle: true,
  target: 'node20',
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
  sourcemap: 'inline',
  entryPoints: [fileURLToPath(new URL('real-programs/main.ts', import.meta.url))],
  outfile: join(folder, 'main.mjs'),
});
const dist = resolve(process.env.LODGER_DIST ?? fileURLToPath(new URL('../dist', import.meta.url)));
const { boot } = await import(pathToFileURL(join(dist, 'index.js')).href);
const { main } = await import(pathToFileURL(join(folder, 'main.mjs')).href);
process.exitCode = await main(boot, new URL('real-programs/', import.meta.url));
