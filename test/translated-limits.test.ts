import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type * as Api from '../host/api/index.ts';
import { bootGuest } from './guest.ts';

/** The host's own programs are what runs. */
const isHostFit =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  ['/bin/bash', '/usr/bin/sort', '/usr/bin/tail'].every(path => existsSync(path));

const folder = mkdtempSync(join(tmpdir(), 'lodger-limits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function bash(guest: Api.Guest, script: string): Promise<Api.ExecResult<string>> {
  return await guest.exec('/bin/bash', ['-c', script], { timeoutMs: 80_000 });
}

/** A program of one segment: these bytes at its entry. */
function program(code: readonly number[], machine = 62): Buffer {
  const file = Buffer.alloc(4096);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(0x400800n, 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(0x400000n, 80);
  file.writeBigUInt64LE(4096n, 96);
  file.writeBigUInt64LE(4096n, 104);
  file.set(code, 2048);
  return file;
}

describe.skipIf(!isHostFit)('translated programs', { timeout: 90_000 }, () => {
  it('are killed when they use up a small memory, which the log says, and the others go on', async () => {
    const guest = await bootGuest({ root: '/', memory: '64M' });
    expect(await bash(guest, 'exec tail /dev/zero')).toMatchObject({ code: null, signal: 'SIGKILL' });
    const lines = expect.poll(() => guest.log.map(({ text }) => text).join('\n'), { timeout: 5000 });
    await lines.toMatch(/Out of memory: Killed process \d+ \(tail\)/);
    expect((await bash(guest, 'seq 5 | sort -rn | tail -1')).stdout).toBe('1\n');
  });

  it('share one slot for page maps, however many they are', async () => {
    const guest = await bootGuest({ root: '/', memory: '128M' });
    const { stdout, stderr } = await bash(
      guest,
      'for i in {1..20}; do (seq $i 300 | sort -rn | { read x; echo $x; } | sort | tail -n 1) & done; wait',
    );
    expect({ stdout, stderr }).toEqual({ stdout: '300\n'.repeat(20), stderr: '' });
  });

  it('that cannot go on are named in the log, with the reason', async () => {
    const files: Record<string, Buffer> = {
      vex: program([0xc5, 0xf4, 0x58, 0xd0]),
      int80: program([0xcd, 0x80]),
      arm: program([0], 183),
      i386: program([0], 3),
    };
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), content, { mode: 0o755 });
    const guest = await bootGuest({ root: '/', mounts: { '/mnt': { source: folder, readOnly: true } } });
    expect(await guest.exec('/mnt/vex')).toMatchObject({ signal: 'SIGILL' });
    expect(await guest.exec('/mnt/int80')).toMatchObject({ signal: 'SIGSEGV' });
    await expect(guest.exec('/mnt/arm')).rejects.toMatchObject({ code: 'ENOEXEC' });
    await expect(guest.exec('/mnt/i386')).rejects.toMatchObject({ code: 'ENOEXEC' });
    // A line may come a little later than the result.
    const lines = expect.poll(() => guest.log.map(({ text }) => text).join('\n'), { timeout: 5000 });
    await lines.toMatch(/cannot execute i386: ENOEXEC \(exec: for i386 \(32 bits\), not for x86-64\)/);
    await lines.toMatch(/cannot execute arm: ENOEXEC \(exec: for ARM, 64 bits, not for x86-64\)/);
    await lines.toMatch(/vex\[\d+\]: invalid opcode at 400800: c5 f4 58 d0 .*\(unknown\)/);
    await lines.toMatch(/int80\[\d+\]: general protection fault at 400800: cd 80: int/);
  });

  it('that compute for ever do not hold up the end of the guest', async () => {
    const guest = await bootGuest({ root: '/' });
    const ends = ['while :; do :; done', 'trap "" TERM INT HUP; while :; do :; done'].map(script =>
      bash(guest, script).catch((error: unknown) => error),
    );
    expect((await bash(guest, 'echo alive')).stdout).toBe('alive\n');
    const begin = performance.now();
    await guest.shutdown();
    expect(performance.now() - begin).toBeLessThan(8000);
    await Promise.all(ends);
  });
});
