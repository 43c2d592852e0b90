/**
 * Boots guests in a guest for a while, at random depths and several at once, and ends them in all ways at random moments.
 * After each round the outer guest has to be as it was: its memory, its processes, and threads of the host.
 *
 *   node test/soak-nesting.mjs [--seconds N] [--seed N] [--dist DIRECTORY]
 */
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100000) },
    dist: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
  },
});
const { boot } = await import(pathToFileURL(join(resolve(values.dist), 'index.js')).href);

let state = Number(values.seed) >>> 0 || 1;
function below(n) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % n;
}
const pick = list => list[below(list.length)];

/** [script, what it prints, its status] when nobody ends it. */
const COMMANDS = [
  ['seq 1000 | sort -n | tail -1', '1000\n', 0],
  ['for i in 1 2 3; do (exit $i) & done; wait; echo done', 'done\n', 0],
  ['echo out; exit 7', 'out\n', 7],
  ['head -c 300000 /dev/zero | wc -c', '300000\n', 0],
  ['kill -9 $$', '', 137],
  ['i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; echo $i', '2000\n', 0],
  ['mkdir /tmp/d; cd /tmp/d; for i in 1 2 3 4 5; do echo $i > f$i; done; cat f*', '1\n2\n3\n4\n5\n', 0],
];
const ENDINGS = ['none', 'none', 'none', 'SIGKILL', 'SIGTERM', 'SIGSTOP', 'SIGHUP'];

const guest = await boot({ memory: '512M' });
let failures = 0;
function complain(text) {
  failures++;
  console.error(text);
}

async function one() {
  const depth = 1 + below(3);
  const [script, output, status] = pick(COMMANDS);
  const ending = pick(ENDINGS);
  const lodger = Array.from({ length: depth }, (_, i) => `lodger -m ${[96, 56, 24][i]}M -- `).join('');
  const child = await guest.spawn('sh', ['-c', `exec ${lodger} sh -c '${script}'`]);
  let printed = '';
  let errors = '';
  child.stdout.on('data', chunk => (printed += chunk));
  child.stderr.on('data', chunk => (errors += chunk));
  child.stdin.end();
  const what = `depth ${depth}, ${ending}, ${script}`;
  if (ending !== 'none') {
    await delay(below(700));
    await child.kill(ending).catch(() => {});
    if (ending === 'SIGSTOP') {
      await delay(below(200));
      await child.kill('SIGCONT').catch(() => {});
    }
  }
  const patience = setTimeout(() => complain(`${what}: does not end; ${errors}`), 40_000);
  const end = await child.exited;
  clearTimeout(patience);
  const isWhole = ending === 'none' || ending === 'SIGSTOP';
  if (isWhole && (printed !== output || end.code !== status))
    complain(`${what}: ${JSON.stringify(end)} ${JSON.stringify(printed)} ${errors}`);
  if (/anic|EFAULT|Bad address/.test(errors)) complain(`${what}: ${errors}`);
}

guest.on('log', ({ level, text }) => {
  if (level <= 3) complain(`log: ${text}`);
});
await one();
const before = await guest.memory();
const begin = Date.now();
let count = 0;
while (Date.now() - begin < Number(values.seconds) * 1000) {
  const together = 1 + below(3);
  await Promise.all(Array.from({ length: together }, one));
  count += together;
  for (let i = 0; (await guest.processes()).length > 1 && i < 50; i++) await delay(20);
  const left = (await guest.processes()).map(({ pid, command }) => `${pid} ${command}`);
  if (left.length > 1) complain(`processes are left: ${left}`);
  const lost = before.freeBytes - (await guest.memory()).freeBytes;
  if (lost > 2 ** 20) complain(`${lost} bytes are lost`);
  if (failures > 5) break;
}
await delay(3000);
console.log(
  `seed ${values.seed}: ${count} guests in guests, ${failures} failures, ${guest.threadCount} threads at the end, RSS ${process.memoryUsage.rss() >> 20} MiB`,
);
await guest.shutdown();
process.exitCode = failures > 0 ? 1 : 0;
