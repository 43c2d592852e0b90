/**
 * Random system calls for as long as one likes, against the built package:
 *
 *   node test/fuzz-syscalls.mjs [--count 100000] [--seed 1] [--per-process 200] [--uid 0]
 *
 * Stops at the first panic or hang and names the seed; the same seed makes the same calls. LODGER_DIST as for the tests.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    'per-process': { type: 'string', default: '200' },
    uid: { type: 'string', default: '0' },
  },
});
const here = fileURLToPath(new URL('.', import.meta.url));
const dist = resolve(process.env.LODGER_DIST ?? join(here, '../dist'));
const folder = mkdtempSync(join(tmpdir(), 'lodger-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const common = { bundle: true, target: 'node20', logLevel: 'warning' };
await Promise.all([
  build({
    ...common,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'cjs',
    banner: { js: '#!native' },
    entryPoints: [join(here, 'programs/fuzz.ts')],
    outfile: join(folder, 'fuzz-program.js'),
  }),
  build({
    ...common,
    platform: 'node',
    format: 'esm',
    entryPoints: [join(here, 'fuzz.ts')],
    outfile: join(folder, 'fuzz.mjs'),
  }),
]);
const { boot } = await import(pathToFileURL(join(dist, 'index.js')).href);
const { fuzz } = await import(pathToFileURL(join(folder, 'fuzz.mjs')).href);

const guest = await boot({ programs: { '/bin/fuzz': join(folder, 'fuzz-program.js') }, memory: '64M' });
const isVerbose = process.stdout.isTTY;
try {
  const ends = await fuzz(guest, {
    seed: Number(values.seed),
    count: Number(values.count),
    perProcess: Number(values['per-process']),
    uid: Number(values.uid),
    onProgress: (seed, how) => isVerbose && process.stdout.write(`\rseed ${seed}: ${how.trim()}        `),
  });
  console.log(`${isVerbose ? '\n' : ''}survived; processes ended with`, Object.fromEntries(ends));
} catch (error) {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
} finally {
  await guest.shutdown();
}
