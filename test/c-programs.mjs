/**
 * Runs the C programs of userland/test on the host and in a guest, and shows where they differ:
 *
 *   node test/c-programs.mjs [--only REGEX] [--dist DIRECTORY] [--verbose]
 *
 * With --only, or --verbose, what the programs print is shown also where it is the same.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    dist: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
    verbose: { type: 'boolean', short: 'v', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'lodger-c-programs-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await build({
  bundle: true,
  target: 'node20',
  logLevel: 'warning',
  platform: 'node',
  format: 'esm',
  entryPoints: [fileURLToPath(new URL('c-programs.ts', import.meta.url))],
  outfile: join(folder, 'c-programs.mjs'),
});
const sources = fileURLToPath(new URL('../userland/test/', import.meta.url));
const { compare, describeDifference, listPrograms, whyNot } = await import(
  pathToFileURL(join(folder, 'c-programs.mjs')).href
);
const { boot } = await import(pathToFileURL(join(resolve(values.dist), 'index.js')).href);

const reason = whyNot();
if (reason !== undefined) {
  console.error(`c-programs: ${reason}`);
  process.exit(2);
}
const only = new RegExp(values.only ?? '');
const names = listPrograms(sources).filter(name => only.test(name));
const isVerbose = values.verbose || values.only !== undefined;
let log = [];
let different = 0;
const outcomes = await compare(
  names,
  async options => {
    const guest = await boot(options);
    log = guest.log;
    return guest;
  },
  sources,
);
for (const [name, { host, guest }] of outcomes) {
  if (JSON.stringify(host) !== JSON.stringify(guest)) {
    different++;
    console.log(`DIFFERENT ${describeDifference(name, host, guest)}\n`);
  } else if (isVerbose) {
    console.log(`same: ${name}: ${host?.end}\n${host?.output}`);
  }
}
if (isVerbose && different > 0) for (const { text } of log.slice(-40)) console.log(`log: ${text}`);
console.log(`${names.length} programs, ${different} different`);
process.exitCode = different > 0 ? 1 : 0;
