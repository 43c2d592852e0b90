import { expect, it } from 'vitest';
import { bootGuest, sh } from './guest.ts';
import { testPrograms } from './program.ts';

it(
  'runs 100 sleeping processes at once and gives their threads and memory back',
  { timeout: 90_000 },
  async () => {
    const guest = await bootGuest();
    await sh(guest, 'cat /dev/null; sleep 0; ps -e'); // what is opened for the first time stays in memory
    const { freeBytes } = await guest.memory();
    const threads = guest.threadCount;
    const { stdout, stderr } = await sh(
      guest,
      'i=0; while [ $i -lt 100 ]; do sleep 60 & i=$((i+1)); done; jobs -p > /tmp/jobs; wc -l < /tmp/jobs; ps -e | grep -c sleep; kill $(cat /tmp/jobs); wait; echo done',
      { timeoutMs: 80_000 },
    );
    expect({ stdout, stderr: stderr.slice(0, 200) }).toEqual({ stdout: '100\n100\ndone\n', stderr: '' });
    expect(guest.threadCount).toBeGreaterThan(50);
    await expect.poll(() => guest.threadCount, { timeout: 10_000 }).toBeLessThanOrEqual(threads + 2);
    expect((await guest.memory()).freeBytes).toBeGreaterThan(freeBytes - 2 ** 20);
  },
);

it(
  'survives a fork bomb: it meets the task limit with EAGAIN, and other shells live',
  { timeout: 90_000 },
  async () => {
    const guest = await bootGuest();
    const user = { uid: 1000, gid: 1000, cwd: '/tmp' };
    const bomb = await guest.spawn('sh', ['-c', 'ulimit -u 25; bomb() { bomb | bomb & }; bomb; wait'], user);
    let complaints = '';
    bomb.stderr!.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    bomb.stdout!.resume();
    await expect.poll(() => complaints, { timeout: 30_000 }).toMatch(/Resource temporarily unavailable/);
    expect((await sh(guest, 'echo alive')).stdout).toBe('alive\n');
    expect((await guest.processes()).length).toBeLessThanOrEqual(30);
    // Everything of that user goes; new ones may be born while it happens.
    await expect
      .poll(
        async () => {
          await guest.exec('kill', ['-9', '-1'], user).catch(() => {});
          return (await guest.processes()).filter(({ command }) => command === 'sh').length;
        },
        { timeout: 30_000 },
      )
      .toBe(0);
    expect((await sh(guest, 'echo alive')).stdout).toBe('alive\n');
  },
);

it('meets threads-max with EAGAIN, whoever asks', async () => {
  const guest = await bootGuest({ kernelParameters: 'threads-max=20' });
  const { stdout, stderr } = await sh(
    guest,
    'for i in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0; do sleep 30 >/dev/null 2>&1 & done',
  );
  expect(stdout).toBe('');
  expect(stderr).toMatch(/Resource temporarily unavailable|Cannot fork/);
  expect((await sh(guest, 'echo alive')).stdout).toBe('alive\n');
});

it('gives ENOSPC on a full tmpfs, and the space back after rm', async () => {
  const guest = await bootGuest({ memory: '32M' });
  const full = await sh(
    guest,
    'mkdir /m; mount -t tmpfs -o size=1m none /m; yes > /m/f; echo $?; wc -c < /m/f; rm /m/f; df /m | tail -1',
  );
  expect(full.stderr).toMatch(/No space left on device/);
  expect(full.stdout).toMatch(/^1\n1048576\n/);
  expect(full.stdout).toMatch(/ 0 +1024 +0% /);
});

it('lets /tmp fill up without harm', async () => {
  const guest = await bootGuest({ memory: '32M' });
  const { code, signal, stderr } = await sh(guest, 'cat /dev/zero > /tmp/f');
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(stderr).toMatch(/No space left on device/);
  expect((await sh(guest, 'rm /tmp/f; echo ok')).stdout).toBe('ok\n');
});

it('kills the biggest when memory is used up, names it in the log, and lives on', async () => {
  const guest = await bootGuest({ memory: '32M', programs: await testPrograms('eat') });
  const { freeBytes } = await guest.memory();
  expect((await guest.exec('eat', ['8'])).stdout).toBe('8\n');
  expect(await guest.exec('eat', ['100'])).toMatchObject({ code: null, signal: 'SIGKILL', stdout: '' });
  expect(guest.log.map(({ text }) => text).join('\n')).toMatch(/Out of memory: Killed process \d+ \(eat\)/);
  expect((await sh(guest, 'echo alive')).stdout).toBe('alive\n');
  await expect.poll(async () => (await guest.memory()).freeBytes).toBeGreaterThan(freeBytes - 2 ** 20);
});

it('takes a path of 5,000 characters as ENAMETOOLONG', async () => {
  const guest = await bootGuest();
  const { stderr, code } = await sh(guest, `cat ${'/x'.repeat(2500)}`);
  expect(stderr).toMatch(/File name too long/);
  expect(code).toBe(1);
});

it('runs a copy of a native program, and refuses one of which a byte was changed', async () => {
  const guest = await bootGuest();
  await sh(guest, 'mkdir /tmp/a /tmp/b; cp /bin/cat /tmp/a; cp /bin/cat /tmp/b; echo " " >> /tmp/b/cat');
  expect((await guest.exec('/tmp/a/cat', ['/etc/hostname'])).stdout).toBe('lodger\n');
  await expect(guest.exec('/tmp/b/cat', ['/etc/hostname'])).rejects.toMatchObject({ code: 'ENOEXEC' });
  const { code, stderr } = await sh(guest, '/tmp/b/cat /etc/hostname');
  expect(code).toBe(126);
  expect(stderr).toMatch(/Exec format error/);
});
