/**
 * Compares our decoder with objdump over whole files: `node test/disassemble-all.mjs /usr/bin/bash …`. Lists what
 * differs, and what the instruction table lacks.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync(join(tmpdir(), 'lodger-disassemble-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await build({
  bundle: true,
  target: 'node20',
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
  packages: 'external',
  entryPoints: [fileURLToPath(new URL('disassemble-all.ts', import.meta.url))],
  outfile: join(folder, 'compare.mjs'),
});
const { compare } = await import(pathToFileURL(join(folder, 'compare.mjs')).href);
const count = entries => [...entries].sort((a, b) => b[1] - a[1]).map(([name, times]) => `${name} ${times}`);

for (const path of process.argv.slice(2)) {
  const { instructions, missing, lengths, texts } = compare(path);
  const lacking = [...missing.values()].reduce((sum, times) => sum + times, 0);
  console.log(
    `${path}: ${instructions} instructions, ${lacking} not in the table, ${lengths.length} other lengths`,
  );
  for (const line of lengths) console.log(`  length  ${line}`);
  for (const [, { count, first }] of texts) console.log(`  text    ${count}: ${first}`);
  if (missing.size > 0) console.log(`  missing ${count(missing).join(', ')}`);
  if (lengths.length > 0 || texts.size > 0) process.exitCode = 1;
}
