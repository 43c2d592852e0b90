import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Guest } from '../host/api/index.ts';
import { bootGuest, sh } from './guest.ts';
import { PROMPT, Person } from './person.ts';

const folders: string[] = [];
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lodger-nesting-'));
  folders.push(path);
  return path;
}
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

/** `lodger -- lodger -- … -- ` so often. */
function levels(count: number, options = ''): string {
  return `lodger ${options} -- `.repeat(count);
}

/** What a guest uses when nothing moves any more. */
async function settled(guest: Guest): Promise<{ threads: number; freeBytes: number }> {
  let threads = -1;
  while (guest.threadCount !== threads) {
    threads = guest.threadCount;
    await delay(300);
  }
  return { threads, freeBytes: (await guest.memory()).freeBytes };
}

/** The guest uses no more than before: memory at once, threads when the pool has ended those in surplus. */
async function givesBack(guest: Guest, before: Awaited<ReturnType<typeof settled>>): Promise<void> {
  expect((await guest.memory()).freeBytes).toBeGreaterThan(before.freeBytes - 2 ** 20);
  await until('fewer threads', () => guest.threadCount <= before.threads);
}

/** A guest inside, and word when it runs. */
const BELOW = "lodger --name innermost -- sh -c 'echo up; sleep 1000'";

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await delay(50);
  }
  throw new Error(`waited in vain: ${what}`);
}

describe('a guest in a guest', () => {
  it('runs a command five levels deep', async () => {
    const guest = await bootGuest();
    const { stdout, stderr, code } = await sh(guest, `${levels(4)} sh -c 'echo deep; cat /proc/version'`);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^deep\nLinux version /);
    expect(code).toBe(0);
  });

  it('passes standard input, output and error, and the status', async () => {
    const guest = await bootGuest();
    const { stdout, stderr, code } = await sh(
      guest,
      `printf 'a\\nb\\n' | ${levels(2)} sh -c 'sort -r; echo oops >&2; exit 7'`,
    );
    expect({ stdout, stderr, code }).toEqual({ stdout: 'b\na\n', stderr: 'oops\n', code: 7 });
    expect((await sh(guest, `${levels(2)} sh -c 'kill -9 $$'`)).code).toBe(137);
  });

  it('moves a megabyte through two levels unchanged', async () => {
    const guest = await bootGuest();
    const { stdout } = await sh(
      guest,
      `head -c 1000000 /dev/urandom > /tmp/in; md5sum < /tmp/in; ${levels(2)} cat < /tmp/in | md5sum; ` +
        `cat /tmp/in | ${levels(1)} cat | md5sum`,
    );
    expect(new Set(stdout.trim().split('\n')).size).toBe(1);
  });

  it('is a process with threads, whose memory is this guest’s', async () => {
    const guest = await bootGuest();
    await sh(guest, 'lodger -m 16M -- true; ps -L -C lodger'); // what is read for the first time stays in memory
    const before = await settled(guest);
    const child = await guest.spawn('lodger', ['-m', '64M', '--', 'sleep', '1000']);
    await until(
      'threads',
      async () => Number((await sh(guest, 'ps -L -o lwp= -C lodger | wc -l')).stdout) >= 2,
    );
    const during = await guest.memory();
    expect(before.freeBytes - during.freeBytes).toBeGreaterThan(64 * 2 ** 20);
    const rss = (await sh(guest, 'ps -o rss= -C lodger')).stdout;
    expect(Number(rss)).toBeGreaterThan(64 * 1024);
    await child.kill('SIGTERM');
    expect(await child.exited).toEqual({ code: 143, signal: null });
    await givesBack(guest, before);
  });

  it('gives everything back when it is killed, with all that is below it', async () => {
    const guest = await bootGuest();
    await sh(guest, 'lodger -m 16M -- true; ps -L -C lodger'); // what is read for the first time stays in memory
    const before = await settled(guest);
    const child = await guest.spawn('sh', ['-c', `exec ${levels(3)} sh -c 'echo up; sleep 1000'`]);
    await new Promise(resolve => child.stdout!.once('data', resolve));
    expect(guest.threadCount).toBeGreaterThan(before.threads);
    await child.kill('SIGKILL');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await givesBack(guest, before);
  });

  it('is held by a limit on processor time, of which sleeping uses none', async () => {
    const guest = await bootGuest();
    const child = await guest.spawn('lodger', ['--', 'sh', '-c', 'echo up; sleep 1000']);
    await new Promise(resolve => child.stdout!.once('data', resolve));
    await settled(guest);
    const ticks = async (): Promise<number> => {
      const stat = (await sh(guest, `cat /proc/${child.pid}/stat`)).stdout.split(' ');
      return Number(stat[13]) + Number(stat[14]);
    };
    const before = await ticks();
    await delay(1000);
    expect((await ticks()) - before).toBeLessThan(20);
    await child.kill('SIGKILL');
    const { code, signal } = await sh(guest, 'ulimit -t 2; exec lodger -- sh -c "while :; do :; done"');
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('stands still while it is stopped', async () => {
    const guest = await bootGuest();
    const child = await guest.spawn('lodger', [
      '--',
      'sh',
      '-c',
      'while true; do echo tick; sleep 0.02; done',
    ]);
    let ticks = 0;
    child.stdout!.on('data', () => ticks++);
    await until('ticks', () => ticks > 5);
    await child.kill('SIGSTOP');
    await until('state T', async () => (await sh(guest, 'ps -o stat= -C lodger')).stdout.startsWith('T'));
    await delay(200);
    const stopped = ticks;
    await delay(300);
    expect(ticks).toBe(stopped);
    await child.kill('SIGCONT');
    await until('more ticks', () => ticks > stopped + 3);
    await child.kill('SIGKILL');
    await child.exited;
  });

  it('ends in order on SIGTERM, and before the outer guest does', async () => {
    const work = folder();
    const guest = await bootGuest({ mounts: { '/work': work } });
    const trap = 'trap "echo ended > /work/ended; exit 0" TERM; echo up; while :; do sleep 0.05; done';
    const child = await guest.spawn('sh', [
      '-c',
      `exec lodger -v /work:/work -- lodger -v /work:/work -- sh -c '${trap}'`,
    ]);
    await new Promise(resolve => child.stdout!.once('data', resolve));
    await guest.shutdown();
    expect(readFileSync(join(work, 'ended'), 'utf8')).toBe('ended\n');
  });

  it('writes to a directory that is handed down from the host', async () => {
    const work = folder();
    const guest = await bootGuest({ mounts: { '/work': work } });
    const hand = 'lodger -v /work:/work -- ';
    const { code } = await sh(guest, `${hand}${hand} sh -c 'uname -s > /work/system; mkdir /work/d'`);
    expect(code).toBe(0);
    expect(readFileSync(join(work, 'system'), 'utf8')).toBe('Linux\n');
  });

  it('does not see more of the outer guest than it was given', async () => {
    const guest = await bootGuest();
    await guest.fs.writeFile('/secret', 'outer');
    const { stdout } = await sh(guest, `${levels(1)} sh -c 'ls /secret; ls /proc | grep -c "^[0-9]"' 2>&1`);
    expect(stdout).toMatch(/cannot access '\/secret'/);
    expect(Number(stdout.trim().split('\n').at(-1))).toBeLessThan(6);
  });

  it('that panics is a status and a message in the outer one', async () => {
    const guest = await bootGuest();
    const { stderr, code } = await sh(guest, `${levels(1)} sh -c 'echo c > /proc/sysrq-trigger'`);
    expect(code).toBe(125);
    expect(stderr).toMatch(/Kernel panic: sysrq triggered crash, task [0-9]+ \(sh\)/);
    expect((await sh(guest, 'echo fine')).stdout).toBe('fine\n');
  });

  it('says clearly why it cannot be', async () => {
    const guest = await bootGuest({ memory: '64M' });
    const why = async (command: string): Promise<{ stderr: string; code: number | null }> => {
      const { stderr, code } = await sh(guest, command);
      return { stderr, code };
    };
    expect(await why('lodger -m 1G -- true')).toEqual({
      stderr: expect.stringMatching(/^lodger: not enough memory: 1024M in one piece cannot be had/) as string,
      code: 125,
    });
    expect(await why('lodger -m 4M -- true')).toMatchObject({ code: 125 });
    expect(await why('lodger -v /nowhere:/x -- true')).toEqual({
      stderr: "lodger: --mount: cannot read '/nowhere': No such file or directory\n",
      code: 125,
    });
    expect(await why('lodger --kernel /etc/passwd -- true')).toMatchObject({ code: 125 });
    expect(await why('cp /sbin/lodger /tmp/l; echo >> /tmp/l; lodger --kernel /tmp/l -- true')).toEqual({
      stderr: 'lodger: --kernel /tmp/l: no kernel that the embedder trusts (option programs)\n',
      code: 125,
    });
    expect(await why('lodger -m 16M -- nothing')).toEqual({
      stderr: 'lodger: nothing: no such file or directory\n',
      code: 127,
    });
    expect(await why('lodger --frobnicate')).toMatchObject({ code: 125 });
  });

  it('is listed, entered and ended by lodger ps, exec and stop', async () => {
    const guest = await bootGuest();
    const inner = await guest.spawn('lodger', ['--name', 'inner', 'hostname=box', '--', 'sh', '-c', BELOW]);
    await new Promise(resolve => inner.stdout!.once('data', resolve));
    const pid = inner.pid;
    const { stdout: list } = await sh(guest, 'lodger ps');
    expect(list).toMatch(new RegExp(`^ *${pid} .* inner \\(`, 'm'));
    expect(list).toMatch(/ innermost \(/);
    const command = 'read x; echo $x $WHO; hostname; echo oops >&2; exit 5';
    expect(await sh(guest, `echo in | lodger exec -e WHO=me ${pid} -- sh -c '${command}'`)).toMatchObject({
      stdout: 'in me\nbox\n',
      stderr: 'oops\n',
      code: 5,
    });
    expect((await sh(guest, `lodger exec ${pid} -- nothing`)).code).toBe(127);
    expect((await sh(guest, 'lodger exec 99999 -- true')).code).toBe(125);
    expect((await sh(guest, `lodger stop ${pid}`)).code).toBe(0);
    expect(await inner.exited).toMatchObject({ code: 143 });
    expect((await sh(guest, 'lodger ps; ls /run/lodger')).stdout).not.toMatch(/inner/);
  });

  it('starts another build of the kernel with the rest of the arguments', async () => {
    const guest = await bootGuest();
    const { stdout, code } = await sh(
      guest,
      "cp /sbin/lodger /tmp/other; lodger --kernel /tmp/other hostname=other -- sh -c 'hostname; exit 3'",
    );
    expect({ stdout, code }).toEqual({ stdout: 'other\n', code: 3 });
  });
});

describe('a terminal three levels down', () => {
  it('has line editing, signals, job control, vi and its size', async () => {
    const guest = await bootGuest();
    const shell = await guest.spawn('lodger', ['--', 'lodger', '--', 'sh'], {
      terminal: { rows: 24, columns: 80 },
    });
    const person = new Person({ output: shell.stdout!, input: shell.stdin! });
    await person.sees(PROMPT, 20_000);
    // A key that comes before the shell has handed over the terminal is the shell's, here as with dash on Linux.
    const sleepRuns = (): Promise<void> => delay(500);
    expect(await person.runs('stty size')).toBe('24 80\n');
    shell.resize(40, 100);
    await until('the new size', async () => (await person.runs('stty size')) === '40 100\n');
    person.types('echo begun; sleep 1000\r');
    await person.sees(/\nbegun\r\n/);
    await sleepRuns();
    person.types('\x03');
    await person.sees(PROMPT);
    expect(await person.runs('echo $?')).toBe('130\n');
    person.types('echo begun; sleep 1000\r');
    await person.sees(/\nbegun\r\n/);
    await sleepRuns();
    person.types('\x1a');
    await person.sees(/Stopped/);
    await person.sees(PROMPT);
    expect(await person.runs('kill %1; wait; jobs | wc -l')).toMatch(/[0-9]/);
    person.types('vi /tmp/note\r');
    await person.sees(/~/);
    person.types('ihello from below\x1b:wq\r');
    await person.sees(PROMPT);
    expect(await person.runs('cat /tmp/note')).toBe('hello from below\n');
    person.types('exit 4\r');
    expect(await shell.exited).toEqual({ code: 4, signal: null });
  });
});

describe.skipIf(!['/usr/bin/bash', '/usr/bin/python3'].every(path => existsSync(path)))(
  'translated programs',
  () => {
    it('run at depth 3 from a root that is handed down', async () => {
      const guest = await bootGuest({ root: '/', memory: '1G' });
      const { stdout, stderr, code } = await sh(
        guest,
        `lodger -m 640M --root / -- lodger -m 400M --root / -- bash -c 'echo $((6 * 7)); python3 -c "print(6 * 7)"'`,
        { timeoutMs: 60_000 },
      );
      expect({ stdout, stderr, code }).toEqual({ stdout: '42\n42\n', stderr: '', code: 0 });
    });
  },
);
