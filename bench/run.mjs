/**
 * The figures of this project, as a table and as JSON: `npm run bench [-- --runs N] [-- NAME…]`.
 *
 * Each figure is the median of several runs in one process; machines differ and are shared, so compare figures of one
 * run only. Results go to bench/results/, with the machine's name.
 */
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import os from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleMeasure } from './bundle.mjs';
import { boot } from '../dist/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '9' } },
});
const runs = Number(values.runs);
const measureBundle = join(tmpdir(), `lodger-measure-${process.pid}.js`);
await bundleMeasure(measureBundle);

const median = list => [...list].sort((a, b) => a - b)[list.length >> 1];
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

async function repeat(count, measure) {
  const list = [];
  for (let i = 0; i < count; i++) list.push(await measure());
  return median(list);
}

/** Boots a guest, uses it, shuts it down. */
async function withGuest(options, use) {
  const guest = await boot(options);
  try {
    return await use(guest);
  } finally {
    await guest.shutdown();
  }
}

/** Output of the guest's measuring program, as numbers. */
function measured(what, count) {
  return withGuest({ memory: '1G', programs: { '/bin/measure': measureBundle } }, async guest => {
    const { stdout, stderr, code } = await guest.exec('/bin/measure', [what, String(count)], {
      timeoutMs: 60_000,
    });
    if (code !== 0) throw new Error(`measure ${what}: status ${code}: ${stderr}`);
    return stdout.trim().split('\n').map(Number);
  });
}

async function bootToFirstCall() {
  const start = performance.now();
  const guest = await boot({ strace: true });
  while (!guest.log.some(line => line.text.startsWith('strace:'))) await sleep(1);
  const elapsed = performance.now() - start;
  await guest.shutdown();
  return elapsed;
}

async function bootToPrompt() {
  const start = performance.now();
  const guest = await boot({ console: 'shell' });
  await new Promise(resolve => {
    let text = '';
    guest.console.output.on('data', chunk => {
      text += chunk.toString('latin1');
      if (text.endsWith('# ')) resolve();
    });
  });
  const elapsed = performance.now() - start;
  await guest.shutdown();
  return elapsed;
}

async function idle() {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const guest = await boot({ console: 'shell' });
  guest.console.output.resume();
  await sleep(1500);
  const megabytes = (process.memoryUsage().rss - before) / 1e6;
  const cpu = process.cpuUsage();
  const start = performance.now();
  await sleep(3000);
  const { user, system } = process.cpuUsage(cpu);
  const percent = (user + system) / 10 / (performance.now() - start);
  await guest.shutdown();
  return { megabytes, percent };
}

const perSecond = nsPerMiB => 2 ** 20 / nsPerMiB;
/** [name, what it is, unit, goal, measure → number] */
const figures = [
  ['idle-memory', 'memory added by an idle booted guest', 'MB', '≤ 80', async () => (await idle()).megabytes],
  ['idle-cpu', 'CPU of an idle booted guest', '% of a core', '< 1', async () => (await idle()).percent],
  ['boot-call', 'boot() to the first system call', 'ms', '≤ 150', () => repeat(runs, bootToFirstCall)],
  ['boot-prompt', 'boot() to the shell prompt', 'ms', '≤ 300', () => repeat(runs, bootToPrompt)],
  [
    'null',
    'null system call, round trip',
    'µs',
    '≤ 10',
    async () => median(await measured('null', 300)) / 1e3,
  ],
  [
    'spawn',
    'spawn and wait for true, warm',
    'ms',
    '≤ 3',
    async () => median(await measured('spawn', 60)) / 1e6,
  ],
  ['sh-spawn', 'sh: spawn and wait for true, warm', 'ms', '≤ 3', shellSpawn],
  [
    'pipe',
    'pipe, 64 KiB writes',
    'GB/s',
    '≥ 1',
    () => repeat(5, async () => perSecond((await measured('pipe', 512))[0])),
  ],
  [
    'tmpfs-write',
    'tmpfs write, 64 KiB',
    'GB/s',
    '≥ 1',
    () => repeat(5, async () => perSecond((await measured('tmpfs', 256))[1])),
  ],
  [
    'tmpfs-read',
    'tmpfs read, 64 KiB',
    'GB/s',
    '≥ 1',
    () => repeat(5, async () => perSecond((await measured('tmpfs', 256))[2])),
  ],
];

/** Figures of translated programs; the C program needs gcc and an x86-64 host, and a host root for python. */
const translated = join(tmpdir(), `lodger-translated-${process.pid}`);
const loopBundle = join(tmpdir(), `lodger-loop-${process.pid}.mjs`);
function hasCompiler() {
  if (process.arch !== 'x64' || process.platform !== 'linux') return false;
  const source = fileURLToPath(new URL('programs/translated.c', import.meta.url));
  return spawnSync('gcc', ['-O2', '-static', '-o', translated, source], { stdio: 'ignore' }).status === 0;
}
function measuredTranslated(what, count) {
  return withGuest({ memory: '1G' }, async guest => {
    await guest.fs.writeFile('/bin/measure', readFileSync(translated), { mode: 0o755 });
    const { stdout, stderr, code } = await guest.exec('/bin/measure', [what, String(count)], {
      timeoutMs: 120_000,
    });
    if (code !== 0) throw new Error(`measure ${what}: status ${code}: ${stderr}`);
    return median(stdout.trim().split('\n').map(Number));
  });
}
async function integerLoop(isTranslating) {
  await build({
    entryPoints: [fileURLToPath(new URL('programs/integer-loop.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: loopBundle,
    logLevel: 'warning',
  });
  const { integerLoop: loop } = await import(pathToFileURL(loopBundle).href);
  return repeat(5, () => loop(isTranslating));
}
/** A whole `lodger --root / -- …`, from the start of node to its end. */
function command(...args) {
  return repeat(5, () => {
    const start = performance.now();
    const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [cli, '--root', '/', '--', ...args]);
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
    return performance.now() - start;
  });
}
/** In a booted guest, the first time. */
async function coldPython() {
  return withGuest({ root: '/' }, async guest => {
    const start = performance.now();
    const { code, stderr } = await guest.exec('/usr/bin/python3', ['-c', 'print(1)'], { timeoutMs: 60_000 });
    if (code !== 0) throw new Error(stderr);
    return performance.now() - start;
  });
}
if (hasCompiler())
  figures.push(
    ['loop-interpreted', 'integer loop, interpreter', 'M insn/s', '≥ 60', () => integerLoop(false)],
    ['loop', 'integer loop, translated', 'M insn/s', '', () => integerLoop(true)],
    [
      'null-translated',
      'null system call, translated program',
      'µs',
      '≤ 1',
      async () => (await measuredTranslated('null', 1000)) / 1e3,
    ],
    [
      'fork',
      'fork, exit and wait, translated',
      'ms',
      '≤ 1',
      async () => (await measuredTranslated('fork', 100)) / 1e6,
    ],
    [
      'exec',
      'fork, exec of a static program, wait',
      'ms',
      '≤ 3',
      async () => (await measuredTranslated('exec', 50)) / 1e6,
    ],
    ['root-true', 'lodger --root / -- /bin/true', 'ms', '≤ 500', () => command('/bin/true')],
    ['python', "python3 -c 'print(1)' in a booted guest, cold", 'ms', '≤ 1500', () => repeat(3, coldPython)],
  );
else console.error('no gcc here: the figures of translated programs are left out');

/** The shell's loop over `/bin/true`, less the empty loop. */
function shellSpawn() {
  return withGuest({}, async guest => {
    const count = 100;
    const loop = body => `i=0; while [ $i -lt ${count} ]; do ${body}; i=$((i+1)); done`;
    const time = async body => {
      const start = performance.now();
      await guest.exec('sh', ['-c', loop(body)]);
      return performance.now() - start;
    };
    await time('/bin/true');
    const empty = await repeat(3, () => time(':'));
    return ((await repeat(5, () => time('/bin/true'))) - empty) / count;
  });
}

const rows = [];
for (const [name, what, unit, goal, measure] of figures) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  rows.push({ name, what, unit, goal, value: Number((await measure()).toPrecision(3)) });
}
const width = Math.max(...rows.map(row => row.what.length));
for (const { what, value, unit, goal } of rows) {
  console.log(`${what.padEnd(width)}  ${String(value).padStart(8)} ${unit.padEnd(11)}  goal ${goal}`);
}
const machine = {
  host: os.hostname(),
  cpu: os.cpus()[0]?.model,
  cores: os.cpus().length,
  node: process.version,
};
mkdirSync(new URL('results/', import.meta.url), { recursive: true });
const file = new URL(`results/${new Date().toISOString().replace(/[:.]/g, '-')}.json`, import.meta.url);
writeFileSync(file, `${JSON.stringify({ machine, load: os.loadavg(), rows }, null, 2)}\n`);
console.log(
  `load ${os
    .loadavg()
    .map(n => n.toFixed(1))
    .join(' ')}; ${fileURLToPath(file)}`,
);
