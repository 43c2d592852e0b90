/**
 * Executes mutated ELF files, for as long as one likes, in a kernel without a machine:
 *
 *   node test/fuzz-elf.mjs [--count 10000] [--seed 1] [FILE …]
 *
 * FILEs are mutated besides the built-in ones. Stops at the first bug and names the seed; the same seed makes the same
 * file.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values, positionals } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const folder = mkdtempSync(join(tmpdir(), 'lodger-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await build({
  bundle: true,
  target: 'node20',
  logLevel: 'warning',
  platform: 'node',
  format: 'esm',
  entryPoints: [fileURLToPath(new URL('elf-fuzz.ts', import.meta.url))],
  outfile: join(folder, 'elf-fuzz.mjs'),
  sourcemap: 'inline',
});
const { fuzzElf } = await import(pathToFileURL(join(folder, 'elf-fuzz.mjs')).href);

const isVerbose = process.stdout.isTTY;
try {
  const ends = fuzzElf({
    seed: Number(values.seed),
    count: Number(values.count),
    programs: new Map(positionals.map(name => [name, new Uint8Array(readFileSync(name))])),
    onProgress: done => isVerbose && process.stdout.write(`\r${done} files`),
  });
  console.log(`${isVerbose ? '\n' : ''}survived;`, Object.fromEntries(ends));
} catch (error) {
  console.error(`\n${error.message}\n${error.cause?.stack ?? error.cause}`);
  process.exitCode = 1;
}
