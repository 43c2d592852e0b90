/**
 * What a guest for each test costs: `node bench/harness.mjs [DIST]`. The wait for a guest that was made ahead and for one
 * that was not, a file of a hundred tests, twenty guests at once. The memory of idle guests is measured by guests.mjs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = resolve(process.argv[2] ?? fileURLToPath(new URL('../dist', import.meta.url)));
const { boot } = await import(pathToFileURL(join(dist, 'index.js')).href);
const median = list => [...list].sort((a, b) => a - b)[list.length >> 1];
const rows = [];

const directory = mkdtempSync(join(tmpdir(), 'lodger-bench-'));
const out = join(directory, 'waits.json');
const folder = fileURLToPath(new URL('../host/harness/fixtures/', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
function run(filter) {
  const start = performance.now();
  const { status, stdout } = spawnSync(
    process.execPath,
    [vitest, 'run', '--config', 'vitest.config.ts', 'hundred', '-t', filter],
    {
      cwd: folder,
      env: { ...process.env, LODGER_DIST: dist, LODGER_BENCH: out, NO_COLOR: '1' },
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(stdout);
  return { seconds: (performance.now() - start) / 1000, waits: JSON.parse(readFileSync(out, 'utf8')) };
}
try {
  const { waits } = run('waits');
  // The first one was not made ahead.
  rows.push(['wait for a guest made ahead, median', median(waits.ready.slice(1)), 'ms', '≤ 30']);
  rows.push(['wait for a guest not made ahead, median', median(waits.cold), 'ms', '≤ 200']);
  const hundred = run('a hundred');
  rows.push(['a file of 100 tests, whole run', hundred.seconds, 's', '≤ 30']);
  rows.push(['wait in it, median', median(hundred.waits.hundred), 'ms', '']);
  const { megabytes } = hundred.waits;
  rows.push(['memory of its process after 20 tests', Math.max(...megabytes.slice(10, 20)), 'MB', '']);
  rows.push(['memory of its process after 100 tests', Math.max(...megabytes.slice(90)), 'MB', '']);
} finally {
  rmSync(directory, { recursive: true });
}

const start = performance.now();
const guests = await Promise.all(Array.from({ length: 20 }, () => boot({ memory: '64M' })));
rows.push(['20 guests booted at once, all', performance.now() - start, 'ms', '']);
const begin = performance.now();
const results = await Promise.all(
  guests.map((guest, i) => guest.sh`seq 1 20000 | sort -rn | head -n ${i + 1} | tail -n 1`.text()),
);
rows.push(['a pipeline of 4 programs in each, all at once', performance.now() - begin, 'ms', '']);
results.forEach((text, i) => {
  if (text !== `${20000 - i}\n`) throw new Error(`guest ${i} printed ${text}`);
});
await Promise.all(guests.map(guest => guest.shutdown()));

const width = Math.max(...rows.map(([what]) => what.length));
for (const [what, value, unit, goal] of rows) {
  console.log(
    `${what.padEnd(width)}  ${value.toPrecision(3).padStart(8)} ${unit.padEnd(3)} ${goal && `goal ${goal}`}`,
  );
}
const load = os.loadavg().map(n => n.toFixed(1));
console.log(`load ${load.join(' ')}`);
