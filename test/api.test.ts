import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bootGuest, lodger, sh } from './guest.ts';

describe('boot', () => {
  it('gives a guest that runs programs and ends without leaving anything', async () => {
    const before = process.getActiveResourcesInfo().length;
    const guest = await lodger.boot();
    expect(await guest.exec('echo', ['hello'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'hello\n',
      stderr: '',
    });
    await guest.shutdown();
    await guest.shutdown(); // a second call is no error
    expect(guest.threadCount).toBe(0);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
  });

  it('refuses an option that it does not know, or cannot use, before anything is started', async () => {
    await expect(lodger.boot({ memroy: '1G' } as never)).rejects.toThrow(/no option 'memroy'/);
    await expect(lodger.boot({ memory: '5G' })).rejects.toThrow(/out of range/);
    await expect(lodger.boot({ memory: 'lots' })).rejects.toThrow(/no size/);
    await expect(lodger.boot({ mounts: { '/x': '/does/not/exist' } })).rejects.toThrow(/cannot read/);
    await expect(lodger.boot({ mounts: { x: '/' } })).rejects.toThrow(/no absolute path/);
    await expect(lodger.boot({ programs: { '/bin/x': '/etc/passwd' } })).rejects.toThrow(/no native program/);
  });

  it('says which init does not work, and leaves nothing', async () => {
    await expect(lodger.boot({ kernelParameters: 'init=/no/such' })).rejects.toThrow(/No working init found/);
  });

  it('takes memory from the UML parameter mem=', async () => {
    const guest = await bootGuest({ kernelParameters: 'mem=32M' });
    expect((await guest.memory()).totalBytes).toBeLessThanOrEqual(32 * 2 ** 20);
  });
});

describe('exec and spawn', () => {
  it('gives exit codes and signals as they were', async () => {
    const guest = await bootGuest();
    expect(await sh(guest, 'exit 7')).toMatchObject({ code: 7, signal: null });
    expect(await sh(guest, 'kill -9 $$')).toMatchObject({ code: null, signal: 'SIGKILL' });
    await expect(guest.exec('no-such-program')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(guest.exec('/etc/passwd')).rejects.toMatchObject({ code: 'EACCES' });
  });

  it('passes bytes through unchanged, in both directions, with backpressure', async () => {
    const guest = await bootGuest();
    const input = Buffer.alloc(3_000_000);
    for (let i = 0; i < input.length; i++) input[i] = (i * 2654435761) >>> 24;
    const { stdout, code } = await guest.exec('cat', [], { input, encoding: 'buffer' });
    expect(code).toBe(0);
    expect(stdout.equals(input)).toBe(true);
  });

  it('keeps standard output and standard error apart', async () => {
    const guest = await bootGuest();
    expect(await sh(guest, 'echo out; echo err >&2')).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
  });

  it('ends a program that takes too long or writes too much', async () => {
    const guest = await bootGuest();
    expect(await guest.exec('sleep', ['100'], { timeoutMs: 100 })).toMatchObject({ signal: 'SIGKILL' });
    expect(await guest.exec('yes', [], { maxOutputBytes: 100_000 })).toMatchObject({ signal: 'SIGKILL' });
  });

  it('gives the writer SIGPIPE when the reader of its output goes away', async () => {
    const guest = await bootGuest();
    const child = await guest.spawn('yes');
    child.stdin!.end();
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect(await child.exited).toEqual({ code: null, signal: 'SIGPIPE' });
  });

  it('sends signals to a process that it started', async () => {
    const guest = await bootGuest();
    const child = await guest.spawn('sleep', ['1000']);
    await child.kill('SIGTERM');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
    await expect(child.kill()).rejects.toMatchObject({ code: 'ESRCH' });
  });

  it('runs many programs at once', async () => {
    const guest = await bootGuest();
    const results = await Promise.all(Array.from({ length: 12 }, (_, i) => guest.exec('echo', [String(i)])));
    expect(results.map(result => result.stdout)).toEqual(Array.from({ length: 12 }, (_, i) => `${i}\n`));
  });

  it('lets a caller run a program as an ordinary user', async () => {
    const guest = await bootGuest();
    const { stdout } = await guest.exec('id', ['-u'], { uid: 1000, gid: 1000 });
    expect(stdout).toBe('1000\n');
    expect((await guest.exec('touch', ['/etc/x'], { uid: 1000, gid: 1000 })).code).toBe(1);
  });
});

describe('guest.fs', () => {
  it('does what node:fs/promises would, with its errors', async () => {
    const guest = await bootGuest();
    await guest.fs.mkdir('/a/b', { recursive: true });
    await guest.fs.writeFile('/a/b/f', 'héllo');
    await guest.fs.appendFile('/a/b/f', '!');
    expect(await guest.fs.readFile('/a/b/f', 'utf8')).toBe('héllo!');
    await guest.fs.symlink('f', '/a/b/link');
    await guest.fs.link('/a/b/f', '/a/b/hard');
    expect(await guest.fs.readlink('/a/b/link')).toBe('f');
    expect((await guest.fs.stat('/a/b/link')).nlink).toBe(2);
    expect(await guest.fs.readdir('/a/b')).toEqual(['f', 'hard', 'link']);
    await guest.fs.rename('/a/b/hard', '/a/moved');
    await guest.fs.chmod('/a/moved', 0o600);
    expect((await guest.fs.stat('/a/moved')).mode & 0o777).toBe(0o600);
    await expect(guest.fs.readFile('/nope')).rejects.toMatchObject({ code: 'ENOENT', path: '/nope' });
    await expect(guest.fs.rmdir('/a/b')).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    await guest.fs.rm('/a', { recursive: true });
    expect(await guest.fs.exists('/a')).toBe(false);
    await guest.fs.rm('/a', { recursive: true, force: true });
  });

  it('sees what programs wrote, and they see what it wrote', async () => {
    const guest = await bootGuest();
    await sh(guest, 'echo from the guest > /tmp/x');
    expect(await guest.fs.readFile('/tmp/x', 'utf8')).toBe('from the guest\n');
    await guest.fs.writeFile('/tmp/y', 'from the host\n');
    expect((await sh(guest, 'cat /tmp/y')).stdout).toBe('from the host\n');
  });
});

describe('mounts', () => {
  it('shows a host directory, read-only when asked', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lodger-'));
    try {
      writeFileSync(join(directory, 'f'), 'host\n');
      const guest = await bootGuest({
        mounts: { '/rw': directory, '/ro': { source: directory, readOnly: true } },
      });
      expect((await sh(guest, 'cat /rw/f; echo guest > /rw/g; echo no > /ro/h')).stdout).toBe('host\n');
      expect(readFileSync(join(directory, 'g'), 'utf8')).toBe('guest\n');
      expect((await sh(guest, 'touch /ro/h')).stderr).toMatch(/Read-only file system/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
