import { expect, it } from 'vitest';
import { bootGuest, sh } from './guest.ts';

it(
  'runs 100 sleeping processes at once and gives their threads and memory back',
  { timeout: 90_000 },
  async () => {
    const guest = await bootGuest();
    await sh(guest, 'true');
    const { freeBytes } = await guest.memory();
    const threads = guest.threadCount;
    const { stdout, stderr } = await sh(
      guest,
      'i=0; while [ $i -lt 100 ]; do sleep 60 & i=$((i+1)); done; jobs | wc -l; kill $(jobs -p); wait; echo done',
      { timeoutMs: 80_000 },
    );
    expect({ stdout, stderr: stderr.slice(0, 200) }).toEqual({ stdout: '100\ndone\n', stderr: '' });
    expect(guest.threadCount).toBeGreaterThan(50);
    await expect.poll(() => guest.threadCount, { timeout: 10_000 }).toBeLessThanOrEqual(threads + 2);
    expect((await guest.memory()).freeBytes).toBeGreaterThan(freeBytes - 2 ** 20);
  },
);

it('survives a fork bomb: EAGAIN at the task limit, and the shell lives', { timeout: 90_000 }, async () => {
  const guest = await bootGuest({ kernelParameters: 'threads-max=40' });
  const { stdout, stderr } = await sh(
    guest,
    'bomb() { sleep 3 & bomb; }; (bomb) 2>/tmp/err; grep -c "esource temporarily unavailable" /tmp/err >/dev/null && echo limited; echo alive',
    { timeoutMs: 60_000 },
  );
  expect(stderr).toBe('');
  expect(stdout).toBe('limited\nalive\n');
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

it('kills the biggest when memory is used up, says so, and lives on', async () => {
  const guest = await bootGuest({ memory: '32M' });
  const { code, signal } = await sh(guest, 'cat /dev/zero > /tmp/f');
  // tmpfs is limited to half of the memory by default.
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect((await sh(guest, 'rm /tmp/f; echo ok')).stdout).toBe('ok\n');
});

it('takes a path of 5,000 characters as ENAMETOOLONG', async () => {
  const guest = await bootGuest();
  const { stderr, code } = await sh(guest, `cat ${'/x'.repeat(2500)}`);
  expect(stderr).toMatch(/File name too long/);
  expect(code).toBe(1);
});

it('refuses a native program of which one byte was changed', async () => {
  const guest = await bootGuest();
  const { stdout, stderr } = await sh(
    guest,
    'cp /bin/cat /tmp/mine; /tmp/mine /etc/hostname; echo " " >> /tmp/mine; /tmp/mine /etc/hostname; echo $?',
  );
  expect(stdout).toBe('lodger\n126\n');
  expect(stderr).toMatch(/Exec format error/);
});
