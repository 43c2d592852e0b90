/**
 * Makes every system call with wild arguments from a translated program. The processes may die of it; the guest must
 * live on, and at the end no process and no memory may be missing.
 *
 *   node test/wild-calls.mjs [--count 2000] [--seed 1] [--root]
 *
 * --root: as root of the guest, which may harm it: only the host process is to survive that. LODGER_DIST as for the
 * tests. Needs gcc. Nothing is executed on the host.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    root: { type: 'boolean', default: false },
  },
});
const here = fileURLToPath(new URL('.', import.meta.url));
const dist = resolve(process.env.LODGER_DIST ?? join(here, '../dist'));
const folder = mkdtempSync(join(tmpdir(), 'lodger-wild-'));
chmodSync(folder, 0o755);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
execFileSync('gcc', ['-O1', '-static', '-w', '-o', join(folder, 'wild-calls'), join(here, 'wild-calls.c')]);
const { boot } = await import(pathToFileURL(join(dist, 'index.js')).href);

const BATCH = 100;
const user = values.root ? {} : { uid: 65534, gid: 65534 };
const guest = await boot({
  root: '/',
  memory: '512M',
  mounts: { '/mnt': { source: folder, readOnly: true } },
});
try {
  await guest.exec('/bin/sh', ['-c', 'umount /tmp; mount -t tmpfs -o mode=1777 none /tmp']);
  for (let done = 0; done < Number(values.count); done += BATCH) {
    const seed = Number(values.seed) + done / BATCH;
    const options = { ...user, cwd: '/tmp', timeoutMs: 300_000 };
    const end = await guest.exec('/mnt/wild-calls', [String(seed), String(BATCH)], options);
    console.log(`seed ${seed}:`, (end.stdout + end.stderr).trim() || JSON.stringify(end));
  }
  if (!values.root) {
    const { stdout } = await guest.exec('/bin/echo', ['alive']);
    if (stdout !== 'alive\n') throw new Error('the guest is not well');
    const left = (await guest.processes()).filter(({ command }) => command !== 'init');
    if (left.length > 0) throw new Error(`processes are left: ${JSON.stringify(left)}`);
  }
} catch (error) {
  console.error(`${error.message}\n${error.cause?.stack ?? error.stack}`);
  for (const { text } of guest.log.slice(-20)) console.error(`log: ${text}`);
  process.exitCode = 1;
} finally {
  const begin = Date.now();
  await guest.shutdown();
  console.log(`shutdown took ${Date.now() - begin} ms`);
}
