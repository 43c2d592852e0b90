/** guest.boot(): guests inside guests by the API, which are to be like any guest. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Guest } from '../host/api/index.ts';
import { activeResources, bootGuest, lodger, sh } from './guest.ts';
import { PROMPT, Person } from './person.ts';

const folder = mkdtempSync(join(tmpdir(), 'lodger-nested-api-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function pair(options: Parameters<Guest['boot']>[0] = {}): Promise<{ outer: Guest; inner: Guest }> {
  const outer = await bootGuest();
  return { outer, inner: await outer.boot({ memory: '48M', ...options }) };
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 200; i++) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(50);
  }
  throw new Error('waited in vain');
}

const failureOf = async (promise: Promise<unknown>): Promise<Error> =>
  (await promise.then(
    () => undefined,
    (error: unknown) => error,
  )) as Error;

describe('an inner guest', () => {
  it('is a guest of the same class: programs, streams, files, processes, memory', async () => {
    const { outer, inner } = await pair({ kernelParameters: 'hostname=inner' });
    expect(inner).toBeInstanceOf(lodger.Guest);
    expect(inner.name).toBe('inner');
    expect(outer.guests).toEqual([inner]);
    expect(await inner.exec('sh', ['-c', 'hostname; cat; echo oops >&2; exit 3'], { input: 'in\n' })).toEqual(
      {
        code: 3,
        signal: null,
        stdout: 'inner\nin\n',
        stderr: 'oops\n',
      },
    );
    expect(await sh(inner, 'kill -TERM $$')).toMatchObject({ code: null, signal: 'SIGTERM' });
    await inner.fs.writeFile('/tmp/bytes', Buffer.from([0, 255, 10, 128]), { mode: 0o600 });
    expect(Buffer.from(await inner.fs.readFile('/tmp/bytes'))).toEqual(Buffer.from([0, 255, 10, 128]));
    expect((await inner.fs.stat('/tmp/bytes')).mode & 0o777).toBe(0o600);
    expect(await outer.fs.exists('/tmp/bytes')).toBe(false);
    expect(await failureOf(inner.fs.readFile('/none'))).toMatchObject({ name: 'GuestError', code: 'ENOENT' });
    expect(await failureOf(inner.exec('nothing'))).toMatchObject({ name: 'GuestError', code: 'ENOENT' });
    expect((await inner.processes()).map(({ pid }) => pid)).toContain(1);
    expect((await inner.memory()).totalBytes).toBeLessThanOrEqual(48 * 2 ** 20);
    expect((await sh(inner, 'id -u'), await inner.exec('id', ['-u'], { uid: 7 })).stdout).toBe('7\n');
    expect((await inner.exec('env', [], { env: { ONLY: 'ü' } })).stdout).toBe('ONLY=ü\n');
    await inner.shutdown();
    expect(outer.guests).toEqual([]);
    expect((await outer.processes()).map(({ command }) => command)).not.toContain('lodger');
  });

  it('passes bytes through unchanged', async () => {
    const { inner } = await pair();
    const input = Buffer.alloc(700_000, 'abcdefg\n\0');
    const { stdout } = await inner.exec('cat', [], { input, encoding: 'buffer' });
    expect(stdout.equals(input)).toBe(true);
  });

  it('sends signals to a process that it started', async () => {
    const { inner } = await pair();
    const child = await inner.spawn('sleep', ['1000']);
    expect((await inner.processes()).find(({ pid }) => pid === child.pid)).toMatchObject({
      command: 'sleep',
    });
    await child.kill('SIGINT');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGINT' });
    expect(await failureOf(child.kill())).toMatchObject({ code: 'ESRCH' });
  });

  it('gives a terminal, with its size', async () => {
    const { inner } = await pair();
    const shell = await inner.spawn('sh', [], { terminal: { rows: 24, columns: 80 } });
    const person = new Person({ output: shell.stdout!, input: shell.stdin! });
    await person.sees(PROMPT, 20_000);
    expect(await person.runs('stty size')).toBe('24 80\n');
    shell.resize(30, 90);
    await until(async () => ((await person.runs('stty size')) === '30 90\n' ? true : undefined));
    person.types('exit 5\r');
    expect(await shell.exited).toEqual({ code: 5, signal: null });
  });

  it('has mounts and a root of the outer guest', async () => {
    const outer = await bootGuest({ mounts: { '/work': folder } });
    const inner = await outer.boot({ mounts: { '/a': '/work', '/b': { source: '/work', readOnly: true } } });
    await sh(inner, 'echo below > /a/file; echo no > /b/other');
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('below\n');
    expect(await inner.fs.exists('/a/other')).toBe(false);
  });

  it('has a log, of the calls too if it is asked to', async () => {
    const { inner } = await pair({ strace: true });
    await sh(inner, '/bin/true; echo');
    expect(inner.log.some(({ text }) => /Lodger on/.test(text))).toBe(true);
    await until(() =>
      Promise.resolve(inner.log.some(({ text }) => /strace:.*execve/.test(text)) || undefined),
    );
  });

  it('gets programs in TypeScript while it runs, and at boot', async () => {
    const file = join(folder, 'tool.ts');
    writeFileSync(
      file,
      "import { writeAll } from 'lodger/program'; export const main = () => (writeAll(1, 'tool\\n'), 0);",
    );
    const { outer, inner } = await pair();
    await inner.install('/usr/bin/tool', pathToFileURL(file));
    expect((await inner.exec('tool')).stdout).toBe('tool\n');
    const bundle = join(folder, 'tool.js');
    writeFileSync(bundle, await inner.fs.readFile('/usr/bin/tool'));
    const second = await outer.boot({ memory: '48M', programs: { '/opt/tool': bundle } });
    expect((await second.exec('/opt/tool')).stdout).toBe('tool\n');
  });

  it('can have one inside, and that one too', async () => {
    const { inner } = await pair({ memory: '120M' });
    const third = await inner.boot({ memory: '48M', name: 'third' });
    expect(third.name).toBe('third');
    expect((await third.exec('uname')).stdout).toBe('Linux\n');
    await inner.shutdown();
    expect((await third.halted).kind).not.toBe('panic');
  });
});

describe('the end of an inner guest', () => {
  it('comes before that of the outer one, in order', async () => {
    const outer = await bootGuest({ mounts: { '/work': folder } });
    const inner = await outer.boot({ memory: '48M', mounts: { '/work': '/work' } });
    const trap = 'trap "echo ended > /work/ended; exit 0" TERM; echo up; while :; do sleep 0.05; done';
    const child = await inner.spawn('sh', ['-c', trap]);
    await new Promise(resolve => child.stdout!.once('data', resolve));
    await outer.shutdown();
    expect(readFileSync(join(folder, 'ended'), 'utf8')).toBe('ended\n');
    expect((await inner.halted).kind).not.toBe('panic');
    await inner.shutdown();
  });

  it('by a panic rejects what waits for it, and leaves the outer guest fine', async () => {
    const { outer, inner } = await pair();
    const child = await inner.spawn('sleep', ['1000']);
    const waiting = [child.exited, inner.exec('sleep', ['1000'])].map(failureOf);
    await sh(inner, 'echo c > /proc/sysrq-trigger').catch(() => {});
    for (const error of await Promise.all(waiting)) {
      expect(error).toBeInstanceOf(lodger.KernelPanic);
      expect(error.message).toMatch(/sysrq triggered crash/);
    }
    expect(await failureOf(inner.exec('true'))).toBeInstanceOf(lodger.KernelPanic);
    expect(await inner.halted).toMatchObject({ kind: 'panic' });
    expect((await sh(outer, 'echo fine')).stdout).toBe('fine\n');
    await until(async () => (outer.guests.length === 0 ? true : undefined));
  });

  it('by power-off, or by SIGKILL from outside, is told', async () => {
    const { outer, inner } = await pair();
    await inner.spawn('poweroff');
    expect(await inner.halted).toEqual({ kind: 'poweroff' });
    const second = await outer.boot({ memory: '48M' });
    await sh(outer, 'kill -9 $(pidof lodger)');
    expect(await second.halted).toMatchObject({
      kind: 'panic',
      message: expect.stringMatching(/SIGKILL/) as string,
    });
  });

  it('leaves nothing: listeners, ports, processes, memory', async () => {
    const outer = await bootGuest();
    const once = async (): Promise<void> => {
      const inner = await outer.boot({ memory: '48M' });
      await inner.exec('echo', ['x']);
      await inner.shutdown();
    };
    await once();
    await delay(300);
    const before = { resources: activeResources(), processes: (await outer.processes()).length };
    const { freeBytes } = await outer.memory();
    for (let i = 0; i < 3; i++) await once();
    await delay(300);
    expect({ resources: activeResources(), processes: (await outer.processes()).length }).toEqual(before);
    expect((await outer.memory()).freeBytes).toBeGreaterThan(freeBytes - 2 ** 20);
    expect(outer.guests).toEqual([]);
  });
});

describe('guests that somebody started inside', () => {
  it('are found, and are guests like any other', async () => {
    const outer = await bootGuest();
    const child = await outer.spawn('lodger', ['-m', '48M', 'hostname=found', '--', 'sleep', '1000']);
    const [found] = await until(async () => {
      const list = await outer.listGuests();
      return list.length > 0 ? list : undefined;
    });
    expect(found!.name).toBe('found');
    expect((await outer.listGuests())[0]).toBe(found);
    expect((await sh(found!, 'hostname')).stdout).toBe('found\n');
    expect((await lodger.listGuests()).find(({ pid }) => pid === process.pid)!.guests).toMatchObject([
      { pid: child.pid, name: 'found', processes: [{ pid: 1 }, { command: 'sleep' }], guests: [] },
    ]);
    await found!.shutdown();
    await child.exited;
    expect(await outer.listGuests()).toEqual([]);
  });
});

describe('options of an inner guest', () => {
  it.each<[object, RegExp]>([
    [{ memory: '4M' }, /^memory: 4M is out of range/],
    [{ memory: '2G' }, /not enough memory/],
    [{ mounts: { '/x': '/nowhere' } }, /^mounts: there is no '\/nowhere' in the outer guest/],
    [{ mounts: { x: '/tmp' } }, /^mounts: 'x' is no absolute path/],
    [{ root: '/etc/passwd' }, /^root: '\/etc\/passwd' in the outer guest is not a directory/],
    [{ console: 'shell' as const }, /^console: /],
    [{ inspectNested: true }, /^inspectNested: /],
    [{ kernel: '/etc/passwd' }, /--kernel \/etc\/passwd: Permission denied/],
    [{ inspectPort: 9230 }, /inspectNested/],
    [{ frobnicate: 1 }, /there is no option 'frobnicate'/],
  ])('%j is refused with a reason', async (options, message) => {
    const outer = await bootGuest();
    const error = await failureOf(outer.boot(options));
    expect(error.message).toMatch(message);
    expect(error).toBeInstanceOf(lodger.OptionError);
    expect(outer.guests).toEqual([]);
  });
});
