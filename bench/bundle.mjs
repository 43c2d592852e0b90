/** The guest's half of the benchmarks as a native program in one file, as a guest runs it. */
import { build } from 'esbuild';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export async function bundleMeasure(outfile) {
  await build({
    entryPoints: [fileURLToPath(new URL('programs/measure.ts', import.meta.url))],
    bundle: true,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'cjs',
    target: 'node20',
    banner: { js: '#!native' },
    outfile,
  });
  chmodSync(outfile, 0o755);
}
