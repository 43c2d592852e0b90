/** `lodger ps` and listGuests(): who tells of guests, and what is left when they are gone. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HostGuestInfo } from '../host/api/index.ts';
import { bootGuest, cli, lodger } from './guest.ts';

let runtime: string;
const before = process.env['XDG_RUNTIME_DIR'];
const children: ChildProcess[] = [];

beforeEach(() => {
  runtime = mkdtempSync(join(tmpdir(), 'lr-'));
  process.env['XDG_RUNTIME_DIR'] = runtime;
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
  else process.env['XDG_RUNTIME_DIR'] = before;
  rmSync(runtime, { recursive: true, force: true });
});

const sockets = (): string[] =>
  existsSync(join(runtime, 'lodger')) ? readdirSync(join(runtime, 'lodger')) : [];

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(20);
  }
}

const ours = async (pid: number): Promise<HostGuestInfo[]> =>
  (await lodger.listGuests()).filter(guest => guest.pid === pid);

it('lists the guests of this process, and leaves nothing when the last one is gone', async () => {
  const first = await bootGuest({ name: 'first', memory: '64M' });
  const second = await bootGuest({ kernelParameters: 'hostname=second' });
  await first.spawn('sh', ['-c', 'sleep 20; true']);
  // Threads that are ready ahead come and go; both counts are of one moment only when they agree.
  const guests = await until(async () => {
    const list = await ours(process.pid);
    const isWhole = list.length === 2 && list[0]!.processes.length === 3;
    return isWhole && list[0]!.threads === first.threadCount ? list : undefined;
  });
  expect(guests.map(({ name }) => name)).toEqual(['first', 'second']);
  expect(guests[0]).toMatchObject({
    isResponding: true,
    processes: [{ pid: 1, command: 'init' }, { command: 'sh' }, { command: 'sleep' }],
    guests: [],
  });
  const { totalBytes, freeBytes } = guests[0]!.memory;
  expect(totalBytes).toBeLessThanOrEqual(64 * 2 ** 20);
  expect(freeBytes).toBeGreaterThan(0);
  expect(sockets()).toHaveLength(1);
  await first.shutdown();
  expect((await ours(process.pid)).map(({ name }) => name)).toEqual(['second']);
  await second.shutdown();
  expect(existsSync(join(runtime, 'lodger'))).toBe(false);
  expect(await ours(process.pid)).toEqual([]);
});

it('shows the guests of other processes, and removes what one that crashed has left', async () => {
  const child = spawn(process.execPath, [cli, '--name', 'other', '--', 'sleep', '30'], { stdio: 'ignore' });
  children.push(child);
  await until(async () => ((await ours(child.pid!))[0]?.processes.length === 2 ? true : undefined));
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'ps']);
  expect(stdout).toMatch(
    new RegExp(`^ *${child.pid} .* other \\(2 processes\\): cli.js --name other -- sleep 30$`, 'm'),
  );
  expect(stdout).toMatch(/S .*└─ sleep$/m);
  const json = await promisify(execFile)(process.execPath, [cli, 'ps', '--json']);
  expect(JSON.parse(json.stdout)).toContainEqual(expect.objectContaining({ pid: child.pid, name: 'other' }));
  expect(sockets()).toHaveLength(1);
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  expect(await ours(child.pid!)).toEqual([]);
  expect(sockets()).toEqual([]);
});

it('uses no directory that is a link, or that others can write to', async () => {
  const elsewhere = join(runtime, 'elsewhere');
  mkdirSync(elsewhere, { mode: 0o700 });
  symlinkSync(elsewhere, join(runtime, 'lodger'));
  const first = await bootGuest();
  await delay(100);
  expect(readdirSync(elsewhere)).toEqual([]);
  await first.shutdown();
  rmSync(join(runtime, 'lodger'));
  mkdirSync(join(runtime, 'lodger'));
  chmodSync(join(runtime, 'lodger'), 0o777);
  await bootGuest();
  await delay(100);
  expect(sockets()).toEqual([]);
});

it('does not keep a process alive', async () => {
  const script = `
    const { boot } = await import(process.argv[1]);
    const guest = await boot();
    await guest.shutdown();
    const { listGuests } = await import(process.argv[1]);
    console.log(JSON.stringify((await listGuests()).filter(({ pid }) => pid === process.pid)));
  `;
  const args = ['--input-type=module', '--eval', script, cli.replace(/cli\.js$/, 'index.js')];
  expect((await promisify(execFile)(process.execPath, args, { timeout: 20_000 })).stdout).toBe('[]\n');
});

it('refuses options that are none', async () => {
  const error = await promisify(execFile)(process.execPath, [cli, 'ps', '--wide']).catch((e: unknown) => e);
  expect(error).toMatchObject({
    code: 125,
    stderr: expect.stringMatching(/^lodger: ps: Unknown option '--wide'/),
  });
});
