/**
 * What depth costs: a null system call of a native and of a translated program and a computing loop, at several depths of
 * guests in guests. `node bench/nesting.mjs [--runs N] [--depths 1,3,5] [--dist DIR]`.
 *
 * The depths take turns, so that a busy machine slows down all of them alike. Of each run the best tenth of the rounds
 * counts; medians over the runs, and ratios to depth 1. Without gcc there are no translated figures.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleMeasure } from './bundle.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    depths: { type: 'string', default: '1,3,5' },
    dist: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
  },
});
const { boot } = await import(pathToFileURL(join(resolve(values.dist), 'index.js')).href);
const folder = mkdtempSync(join(tmpdir(), 'lodger-depth-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const median = list => [...list].sort((a, b) => a - b)[list.length >> 1];

const measure = join(folder, 'measure');
await bundleMeasure(measure);
const source = fileURLToPath(new URL('programs/depth.c', import.meta.url));
const hasCompiler = spawnSync('gcc', ['-O2', '-static', '-o', join(folder, 'depth'), source]).status === 0;
if (!hasCompiler) console.log('no gcc here: no figures of translated programs');

/** A tenth of the rounds is faster: what else runs on the machine makes a round slower, never faster. */
const best = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 10)];
/** A kernel that has just booted is not compiled yet, at whatever depth: the last rounds count. */
const ROUNDS = 30;
const WARM_ROUNDS = 10;
const depths = values.depths.split(',').map(Number);
const figures = new Map();
function note(name, depth, value) {
  const key = `${name}\t${depth}`;
  if (!figures.has(key)) figures.set(key, []);
  figures.get(key).push(value);
}

/** The command at a depth, in a guest of its own: all kernels are as young at every depth. */
async function runAt(depth, command) {
  const guest = await boot({
    memory: '2G',
    programs: { '/bin/measure': measure },
    mounts: { '/tools': folder },
  });
  try {
    const lodger = Array.from({ length: depth - 1 }, (_, i) => {
      const memory = `${(900 / 2 ** i) | 0}M`;
      return `lodger -m ${memory} -v /tools:/tools -- `;
    }).join('');
    const { stdout, stderr, code } = await guest.exec('sh', ['-c', `exec ${lodger} ${command}`]);
    if (code !== 0) throw new Error(`depth ${depth}: ${stderr}`);
    return stdout;
  } finally {
    await guest.shutdown();
  }
}

for (let run = 0; run < Number(values.runs); run++) {
  for (const depth of depths) {
    const native = await runAt(depth, '/tools/measure null 2000');
    note('null call, native (ns)', depth, best(native.trim().split('\n').map(Number)));
    if (!hasCompiler) continue;
    const translated = await runAt(depth, `/tools/depth ${ROUNDS}`);
    for (const [what, name] of [
      ['call', 'null call, translated (ns)'],
      ['loop', 'computing loop, translated (ns a turn)'],
    ]) {
      const list = [...translated.matchAll(new RegExp(`^${what} (.*)$`, 'gm'))].map(match =>
        Number(match[1]),
      );
      note(name, depth, best(list.slice(-WARM_ROUNDS)));
    }
  }
}

const names = [...new Set([...figures.keys()].map(key => key.split('\t')[0]))];
for (const name of names) {
  const base = median(figures.get(`${name}\t${depths[0]}`));
  const cells = depths.map(depth => {
    const value = median(figures.get(`${name}\t${depth}`));
    return `depth ${depth}: ${value.toFixed(2)} (× ${(value / base).toFixed(2)})`;
  });
  console.log(`${name.padEnd(40)} ${cells.join('   ')}`);
}
