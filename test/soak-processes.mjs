/**
 * Runs the host's own programs in a guest for a while, several at a time, and kills and stops them at random moments.
 * At the end nothing of them may be left: no process, no frame, no growing memory of the host process.
 *
 *   node test/soak-processes.mjs [--seconds 60] [--seed 1] [--jobs 6] [--memory 256M] [--verbose]
 *
 * The same seed makes the same choices, not the same timing. LODGER_DIST as for the tests.
 */
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '6' },
    memory: { type: 'string', default: '256M' },
    verbose: { type: 'boolean', default: false },
  },
});
const here = fileURLToPath(new URL('.', import.meta.url));
const dist = resolve(process.env.LODGER_DIST ?? join(here, '../dist'));
const { boot } = await import(pathToFileURL(join(dist, 'index.js')).href);

/** So much may be different afterwards: what init and the kernel keep. */
const SLACK_KB = 1024;
const USER = { uid: 1000, gid: 1000, cwd: '/tmp' };

const python = script => ['python3', '-c', script];
const shell = script => ['bash', '-c', script];
const COMMANDS = [
  shell('for i in {1..40}; do /bin/true; done'),
  shell("seq 1 20000 | sort -rn | awk '{s+=$1} END {print s}'"),
  shell('yes | head -c 20000000 | md5sum'),
  shell('cat /usr/lib/x86_64-linux-gnu/libc.so.6 | gzip -1 | gzip -d | sha256sum'),
  shell('f=$(mktemp); for i in {1..200}; do echo $i >> $f; done; tac $f | wc -l; rm $f'),
  shell('(sleep 100 & sleep 100 & wait) & (sleep 100 | cat) & sleep 0.3; kill %1; exit'),
  shell('trap "echo trapped" TERM INT USR1; for i in {1..300}; do kill -USR1 $$; done; echo end'),
  shell('ulimit -v 300000; x=$(head -c 3000000 /dev/zero | tr "\\0" a); echo ${#x}'),
  shell('find /usr/share -maxdepth 2 -type d | wc -l; ls -lR /etc 2>/dev/null | wc -l'),
  shell('while :; do :; done'),
  shell('exec 3<> <(sleep 100); read -t 0.2 -u 3; sleep 5'),
  ['perl', '-e', 'for (1..30) { my $p = fork; exit(0) if !$p; waitpid($p, 0) } print "forked\\n"'],
  ['perl', '-e', 'my @a = map { $_ * 2 } 1..200000; my %h; $h{$_ % 100} += $_ for @a; print scalar(keys %h)'],
  python(
    'import threading,time; t=[threading.Thread(target=lambda: sum(range(30000))) for _ in range(20)]; [x.start() for x in t]; [x.join() for x in t]',
  ),
  python(
    'import mmap,os\nm=mmap.mmap(-1,1<<22)\nfor i in range(0,1<<22,4096): m[i]=1\nos.fork()\nfor i in range(0,1<<22,4096): m[i]=2',
  ),
  python('import subprocess; [subprocess.run(["true"]) for _ in range(15)]'),
  python(
    'import socket,os\na,b=socket.socketpair()\nif os.fork():\n  for i in range(300): a.sendall(b"x"*4000)\n  a.close(); os.wait()\nelse:\n  a.close()\n  while b.recv(3000): pass',
  ),
  python('x=[]\nwhile True: x.append(bytearray(1<<20))'),
  python(
    'import signal,time\nsignal.setitimer(signal.ITIMER_REAL,0.01,0.01)\nsignal.signal(signal.SIGALRM,lambda *a: None)\nt=time.time()\nwhile time.time()-t<1: pass',
  ),
  python('import multiprocessing as m\nwith m.Pool(4) as p: print(sum(p.map(abs, range(-500,0))))'),
];

/** Integers in [0, n), the same for each seed. */
let state = Number(values.seed) >>> 0;
function pick(n) {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
}

/** Kilobytes by name. */
async function meminfo() {
  const text = await guest.fs.readFile('/proc/meminfo', 'utf8');
  return Object.fromEntries([...text.matchAll(/^(\S+): +(\d+)/gm)].map(([, name, kb]) => [name, Number(kb)]));
}
/** What nobody accounts for, when only init is there. */
async function unaccounted() {
  const m = await meminfo();
  return m.MemTotal - m.MemFree - m.Cached - m.AnonPages - m.SecPageTables;
}

const ends = new Map();
function count(end) {
  ends.set(end, (ends.get(end) ?? 0) + 1);
}

async function runOne(isKilled) {
  const [file, ...args] = COMMANDS[pick(COMMANDS.length)];
  const child = await guest.spawn(file, args, USER);
  child.stdin?.end();
  child.stdout?.resume();
  child.stderr?.resume();
  let isOver = false;
  const over = child.exited.then(({ code, signal }) => {
    isOver = true;
    count(signal ?? `exit ${code}`);
  });
  const kill = async signal => {
    await child.kill(signal).catch(error => {
      if (error.code !== 'ESRCH') throw error;
    });
  };
  if (isKilled) {
    for (let n = pick(4); n > 0 && !isOver; n--) {
      await delay(pick(300));
      await kill(['SIGTERM', 'SIGINT', 'SIGSTOP', 'SIGCONT', 'SIGUSR1', 'SIGTSTP', 'SIGWINCH'][pick(7)]);
    }
    await delay(pick(2) === 0 ? pick(30) : pick(1500));
    await kill('SIGKILL');
  }
  const isDone = await Promise.race([over.then(() => true), delay(20_000).then(() => false)]);
  if (!isDone) {
    await kill('SIGKILL');
    await over;
  }
}

async function settle() {
  for (let i = 0; i < 100; i++) {
    await guest.exec('/bin/sh', ['-c', 'kill -9 -1'], USER).catch(() => {});
    const left = (await guest.processes()).filter(({ command }) => command !== 'init');
    if (left.length === 0) break;
    if (i === 99) throw new Error(`processes are left: ${JSON.stringify(left)}`);
    await delay(50);
  }
  await guest.exec('/bin/sh', ['-c', 'rm -rf /tmp/tmp.* /tmp/sh-thd*; echo 3 > /proc/sys/vm/drop_caches']);
  // An orphan's frames go with its reaper's next turn.
  await delay(200);
}

const guest = await boot({ root: '/', memory: values.memory });
try {
  await guest.exec('/bin/sh', ['-c', 'umount /tmp; mount -t tmpfs -o mode=1777 none /tmp']);
  for (let i = 0; i < 3; i++) await Promise.all([runOne(true), runOne(true)]);
  await settle();
  const before = await unaccounted();
  const rss = [];
  const until = Date.now() + Number(values.seconds) * 1000;
  let total = 0;
  const work = async () => {
    while (Date.now() < until) {
      await runOne(pick(10) < 8);
      if (++total % 50 === 0) {
        rss.push(Math.round(process.memoryUsage().rss / 2 ** 20));
        if (values.verbose) console.log(total, Object.fromEntries(ends), `RSS ${rss.at(-1)} MiB`);
      }
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  await settle();
  const grown = (await unaccounted()) - before;
  console.log(`${total} commands:`, Object.fromEntries(ends));
  console.log(`frames that nobody has: ${grown} kB more; RSS in MiB: ${rss.join(' ')}`);
  const faults = guest.log.filter(({ text }) => /segfault|protection|invalid opcode|bad frame/.test(text));
  for (const { text } of faults.slice(-20)) console.log(`log: ${text}`);
  const { stdout } = await guest.exec('/bin/cat', ['/proc/loadavg']);
  console.log(`loadavg ${stdout.trim()}`);
  if (grown > SLACK_KB) throw new Error('memory is lost');
} catch (error) {
  console.error(error.stack, error.cause?.stack ?? '');
  for (const { text } of guest.log.slice(-30)) console.error(`log: ${text}`);
  process.exitCode = 1;
} finally {
  const begin = Date.now();
  await guest.shutdown();
  console.log(`shutdown took ${Date.now() - begin} ms`);
}
