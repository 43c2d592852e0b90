/**
 * What a guest costs before it does anything: the time from boot() to ready, and the memory of the host process for
 * each idle guest. Several builds are compared by taking turns:
 * `node bench/guests.mjs [--runs N] [--guests N] [DIST …]`.
 *
 * Each measurement is a process of its own. The memory is what the process gained (RSS) from the first guest to the
 * last, divided by their number, after some rest: threads that nobody needs have ended by then.
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    guests: { type: 'string', default: '20' },
    child: { type: 'string' },
  },
});

const median = list => [...list].sort((a, b) => a - b)[list.length >> 1];
const sleep = ms => new Promise(done => setTimeout(done, ms));
const rssMiB = () =>
  Number(/^VmRSS:\s+([0-9]+)/m.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024;

if (values.child !== undefined) process.send(await measure(values.child, Number(values.guests)));
else await compare();

/** In a child process: boots guests of one build, one after the other and then together. */
async function measure(dist, guestCount) {
  const { boot } = await import(pathToFileURL(resolve(dist, 'index.js')).href);
  const timedBoot = async () => {
    const start = performance.now();
    const guest = await boot();
    return [guest, performance.now() - start];
  };
  const [first, firstMs] = await timedBoot();
  await first.exec('true');
  await first.shutdown();
  const times = [];
  for (let i = 0; i < 7; i++) {
    const [guest, ms] = await timedBoot();
    times.push(ms);
    await guest.shutdown();
  }
  const guests = [(await timedBoot())[0]];
  await sleep(2500);
  const before = rssMiB();
  while (guests.length < guestCount) guests.push((await timedBoot())[0]);
  await sleep(8000);
  const eachMiB = (rssMiB() - before) / (guestCount - 1);
  const threads = guests.reduce((sum, guest) => sum + guest.threadCount, 0) / guestCount;
  const start = performance.now();
  const outputs = await Promise.all(
    guests.map(guest => guest.exec('sh', ['-c', 'echo a b | tr a-z A-Z | wc -c'])),
  );
  if (outputs.some(({ stdout }) => stdout !== '4\n')) throw new Error('a pipeline failed');
  const pipelinesMs = performance.now() - start;
  await Promise.all(guests.map(guest => guest.shutdown()));
  return { firstMs, bootMs: median(times), eachMiB, threads, pipelinesMs };
}

async function compare() {
  const dists = positionals.length > 0 ? positionals : [fileURLToPath(new URL('../dist', import.meta.url))];
  const results = new Map(dists.map(dist => [dist, []]));
  for (let run = 0; run < Number(values.runs); run++) {
    for (const dist of dists) {
      const child = fork(fileURLToPath(import.meta.url), ['--child', dist, '--guests', values.guests]);
      results.get(dist).push(await new Promise((done, fail) => child.on('message', done).on('exit', fail)));
    }
  }
  console.log('build                     first boot  boot      MiB per idle guest  threads  20 pipelines');
  for (const [dist, runs] of results) {
    const [first, ms, each, threads, pipelines] = [
      'firstMs',
      'bootMs',
      'eachMiB',
      'threads',
      'pipelinesMs',
    ].map(name => median(runs.map(run => run[name])).toFixed(1));
    const cells = [
      dist.padEnd(25),
      `${first} ms`.padEnd(11),
      `${ms} ms`.padEnd(9),
      each.padEnd(19),
      threads.padEnd(8),
    ];
    console.log(`${cells.join(' ')} ${pipelines} ms`);
  }
}
