/** Memory of which half is free, but nowhere two megabytes of it in one piece. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Guest } from '../host/api/index.ts';
import { bootGuest, sh } from './guest.ts';
import { testPrograms } from './program.ts';

const FRAGMENT =
  'mkdir /tmp/files && mount -t tmpfs -o size=100% none /tmp/files && fragment /tmp/files 6000 && cat /proc/buddyinfo';
const CHECK = 'fragment /tmp/files 6000 check';

/** Free blocks of 2 MiB and more. */
function wholeBlocks(buddyinfo: string): number {
  const counts = buddyinfo.trim().split(/ +/).slice(4).map(Number);
  expect(counts.length).toBe(11);
  return counts[9]! + 2 * counts[10]!;
}

async function stat(guest: Guest, name: string): Promise<number> {
  const { stdout } = await sh(guest, `sed -n 's/^${name} //p' /proc/vmstat`);
  return Number(stdout);
}

it('a guest in a guest gets its memory in one piece', { timeout: 60_000 }, async () => {
  const guest = await bootGuest({ memory: '256M', programs: await testPrograms('fragment') });
  expect(wholeBlocks((await sh(guest, FRAGMENT)).stdout)).toBeLessThan(48);
  expect(await stat(guest, 'compact_stall')).toBe(0);
  const { stdout, stderr } = await sh(guest, `lodger -m 96M -- echo fine; ${CHECK}`);
  expect({ stdout, stderr }).toEqual({ stdout: 'fine\nunchanged\n', stderr: '' });
  expect(await stat(guest, 'compact_success')).toBe(1);
  expect(await stat(guest, 'pgmigrate_success')).toBeGreaterThan(1000);
});

it('all memory is made whole on demand', { timeout: 60_000 }, async () => {
  const guest = await bootGuest({ memory: '256M', programs: await testPrograms('fragment') });
  const before = wholeBlocks((await sh(guest, FRAGMENT)).stdout);
  const { stdout } = await sh(guest, `echo 1 > /proc/sys/vm/compact_memory; cat /proc/buddyinfo; ${CHECK}`);
  expect(stdout).toMatch(/unchanged\n$/);
  expect(wholeBlocks(stdout.split('\n')[0]!)).toBeGreaterThan(before + 20);
});

const PYTHON_PATH = '/usr/bin/python3';

it.skipIf(!existsSync(PYTHON_PATH))(
  'the first translated program finds room for the tables of the processor',
  { timeout: 60_000 },
  async () => {
    const guest = await bootGuest({
      memory: '256M',
      programs: await testPrograms('fragment'),
      mounts: { '/host': { source: '/', readOnly: true } },
    });
    const { stdout } = await sh(guest, FRAGMENT.replace('6000', '7880'));
    expect(wholeBlocks(stdout)).toBeLessThan(4);
    const python = await sh(guest, `chroot /host ${PYTHON_PATH} -c 'print(6 * 7)'; dmesg | grep memory`);
    expect(python).toMatchObject({ stdout: '42\n', stderr: '' });
    expect((await sh(guest, CHECK.replace('6000', '7880'))).stdout).toBe('unchanged\n');
  },
);

/** Two processes that share most of their memory, and look after it all the time until there is a file. */
const PYTHON = `
import os, sys
pages = 10000
data = bytearray(pages * 4096)
for page in range(pages): data[page * 4096:page * 4096 + 4] = page.to_bytes(4, 'little')
print('filled', flush=True)
child = os.fork()
rounds = 0
while rounds < 2 or not os.path.exists('/tmp/stop'):
    for page in range(pages):
        found = int.from_bytes(data[page * 4096:page * 4096 + 4], 'little')
        expected = page + rounds if child == 0 and page % 50 == 0 else page
        if found != expected: sys.exit(f'{found} instead of {expected}')
        if child == 0 and page % 50 == 0: data[page * 4096:page * 4096 + 4] = (found + 1).to_bytes(4, 'little')
    rounds += 1
if child != 0: sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

it.skipIf(!existsSync(PYTHON_PATH))(
  'programs keep what they have in memory meanwhile',
  { timeout: 120_000 },
  async () => {
    const guest = await bootGuest({ root: '/', memory: '320M', programs: await testPrograms('fragment') });
    // Its pages lie between those of the files.
    await sh(guest, FRAGMENT);
    const python = await guest.spawn('python3', ['-c', PYTHON]);
    const ended = python.exited;
    const errors: string[] = [];
    python.stderr!.on('data', (text: Buffer) => errors.push(String(text)));
    await new Promise(resolve => python.stdout!.once('data', resolve));
    for (let i = 0; i < 4; i++) {
      const { stdout, stderr } = await sh(guest, 'lodger -m 128M -- echo fine');
      expect({ stdout, stderr }).toEqual({ stdout: 'fine\n', stderr: '' });
      await sh(guest, 'echo 1 > /proc/sys/vm/compact_memory');
    }
    expect(await stat(guest, 'compact_success')).toBeGreaterThan(0);
    const { stdout } = await sh(guest, `touch /tmp/stop; grep pgmigrate_success /proc/vmstat; ${CHECK}`);
    expect(stdout).toMatch(/unchanged\n$/);
    expect({ ...(await ended), errors }).toEqual({ code: 0, signal: null, errors: [] });
  },
);
