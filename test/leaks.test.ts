import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { activeResources, bootGuest, cli, lodger, sh } from './guest.ts';
import { testPrograms } from './program.ts';

const programs = await testPrograms('spin');
const dist = dirname(cli);
const isLinux = process.platform === 'linux';

function descriptors(): number {
  return isLinux ? readdirSync('/proc/self/fd').length : 0;
}

it('leaves no thread, handle or descriptor behind', async () => {
  await (await lodger.boot()).shutdown();
  await delay(20);
  const before = {
    resources: activeResources(),
    descriptors: descriptors(),
    listeners: process.eventNames().length,
  };
  for (let i = 0; i < 5; i++) {
    const guest = await lodger.boot();
    await guest.exec('echo', ['x']);
    await guest.shutdown();
    expect(guest.threadCount).toBe(0);
  }
  await delay(20);
  const after = {
    resources: activeResources(),
    descriptors: descriptors(),
    listeners: process.eventNames().length,
  };
  expect(after).toEqual(before);
});

/** Runs in a process of its own, whose collector can be called and whose memory is its own. */
const MANY_BOOTS = `
  import { queryObjects } from 'node:v8';
  const { boot, Guest } = await import(process.argv[2]);
  const rss = [];
  let guests;
  for (let i = 0; i < 14; i++) {
    await (async () => {
      const guest = await boot({ memory: '64M' });
      await guest.exec('cat', [], { input: 'x'.repeat(100000) });
      await guest.shutdown();
    })();
    for (let j = 0; j < 2; j++) {
      await new Promise(resolve => setTimeout(resolve, 5));
      globalThis.gc();
    }
    rss.push(process.memoryUsage().rss);
    guests = queryObjects?.(Guest) ?? 0;
  }
  console.log(JSON.stringify({ rss, guests, resources: process.getActiveResourcesInfo() }));
`;

it('gives back the memory of its guests, and lets the process end', { timeout: 60_000 }, async () => {
  const script = join(mkdtempSync(join(tmpdir(), 'lodger-')), 'boots.mjs');
  writeFileSync(script, MANY_BOOTS);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', script, `${dist}/index.js`],
    {
      timeout: 50_000,
    },
  );
  rmSync(dirname(script), { recursive: true });
  const { rss, guests, resources } = JSON.parse(stdout) as {
    rss: number[];
    guests: number;
    resources: string[];
  };
  expect(guests).toBe(0);
  // Its own standard output is all that is left.
  expect(resources.filter(name => name !== 'PipeWrap')).toEqual([]);
  // A guest that is kept costs some 3 MB, with touched memory more. The engine's own needs go up and down by less.
  const growth = rss.at(-1)! - rss[4]!;
  expect(growth, JSON.stringify(rss.map(bytes => Math.round(bytes / 2 ** 20)))).toBeLessThan(20 * 2 ** 20);
});

it('ends the thread of a program that computes, when it is killed', async () => {
  const guest = await bootGuest({ programs });
  await guest.exec('true');
  const threads = guest.threadCount;
  const child = await guest.spawn('spin');
  child.stdin!.end();
  for await (const chunk of child.stdout!) {
    expect(String(chunk)).toBe('spinning\n');
    break;
  }
  await child.kill('SIGKILL');
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect((await guest.exec('echo', ['alive'])).stdout).toBe('alive\n');
  await expect.poll(() => guest.threadCount, { timeout: 5000 }).toBeLessThanOrEqual(threads);
  expect(await guest.exec('spin', [], { timeoutMs: 100 })).toMatchObject({ signal: 'SIGKILL' });
});

it('ends a process that is killed in the middle of a call, and frees what it had', async () => {
  const guest = await bootGuest();
  await sh(guest, 'true');
  const { freeBytes } = await guest.memory();
  const children = await Promise.all(
    ['sleep 1000', 'cat', 'cat < /tmp/fifo', 'read x', 'sleep 1000 | cat'].map(script =>
      guest.spawn('sh', ['-c', script === 'cat < /tmp/fifo' ? `mkfifo /tmp/fifo; ${script}` : script]),
    ),
  );
  await delay(50);
  for (const child of children) {
    await child.kill('SIGKILL');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    child.stdin!.end();
  }
  await sh(guest, 'rm -f /tmp/fifo; kill -9 -1');
  await expect.poll(async () => (await guest.processes()).map(({ command }) => command)).toEqual(['init']);
  await expect.poll(async () => (await guest.memory()).freeBytes).toBeGreaterThan(freeBytes - 2 ** 20);
});

it('shuts down in the middle of work', async () => {
  const guest = await bootGuest({ programs });
  const pipeline = sh(guest, 'yes | cat | cat > /dev/null').catch((error: unknown) => error);
  const spinning = guest.exec('spin').catch((error: unknown) => error);
  const reading = await guest.spawn('sh', ['-c', 'echo begun; : > /tmp/begun; sleep 1000']);
  const text = reading.stdout!.toArray();
  await expect.poll(() => guest.fs.exists('/tmp/begun'), { timeout: 5000 }).toBe(true);
  const before = Date.now();
  await Promise.all([guest.shutdown(), guest.shutdown()]);
  expect(Date.now() - before).toBeLessThan(4000);
  expect(guest.threadCount).toBe(0);
  // Init ends what hears it with SIGTERM; what does not is gone with the guest.
  for (const outcome of [await pipeline, await spinning]) {
    if (!(outcome instanceof lodger.KernelPanic)) expect(outcome).toMatchObject({ code: null });
  }
  await reading.exited.catch((error: unknown) => expect(error).toBeInstanceOf(lodger.KernelPanic));
  expect(Buffer.concat((await text) as Buffer[]).toString()).toBe('begun\n');
});

it('refuses everything after shutdown, at once', async () => {
  const guest = await bootGuest();
  const child = await guest.spawn('cat');
  await guest.shutdown();
  await guest.shutdown();
  await expect(guest.exec('true')).rejects.toThrow(/the guest stopped/);
  await expect(guest.spawn('true')).rejects.toThrow(/the guest stopped/);
  await expect(guest.fs.readFile('/etc/passwd')).rejects.toThrow(/the guest stopped/);
  await expect(guest.fs.exists('/etc/passwd')).rejects.toThrow(/the guest stopped/);
  await expect(guest.processes()).rejects.toThrow(/the guest stopped/);
  await expect(child.kill()).rejects.toThrow(/the guest stopped/);
  await expect(child.exited).rejects.toThrow(/the guest stopped/);
});

it('ends a guest whose init hears the wish to power off and goes on', { timeout: 20_000 }, async () => {
  const deaf = 'init=/bin/sh -- -c "trap true USR2; while :; do sleep 1; done"';
  const guest = await lodger.boot({ kernelParameters: deaf });
  expect((await guest.exec('echo', ['up'])).stdout).toBe('up\n');
  await guest.shutdown();
  expect(guest.threadCount).toBe(0);
});
