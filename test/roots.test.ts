/** A host directory as the root of a guest, with Lodger's own tools in it: --root, --root-rw, boot({ root }). */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootGuest, cli, lodger, sh } from './guest.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lodger-root-'));
  for (const name of ['etc', 'data', 'data/deep']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'etc/hostname'), 'the-directory\n');
  writeFileSync(join(root, 'data/file'), 'from the host\n');
  writeFileSync(join(root, 'data/deep/file'), 'deep\n');
  symlinkSync('/data/file', join(root, 'absolute'));
  symlinkSync('../../../../../../data', join(root, 'upwards'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The names in the directory and what is in its files: what must stay as it is. */
function contents(directory = root): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap(entry => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return [`${path}/`, ...contents(path)];
    return [entry.isFile() ? `${path}: ${readFileSync(path, 'utf8')}` : path];
  });
}

function run(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [cli, ...args], { timeout: 25_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin!.end();
  });
}

describe('a guest over a host directory', () => {
  it('reads it, writes to memory, and leaves nothing on the host', async () => {
    const before = contents();
    const guest = await bootGuest({ root: { source: root, tools: true } });
    const script = `
      cat /data/file absolute /upwards/deep/file
      echo changed > /data/file; cat /absolute
      rm /data/deep/file; rmdir /data/deep; ls /data
      mkdir -p /data/new/dir; mv /data/new /etc/moved; ls /etc/moved
      chmod 600 /etc/hostname; stat -c '%a %U' /etc/hostname
      ln -s x /l; mkfifo /p; echo made > /f; ls -d /l /p /f`;
    const { stdout, stderr } = await sh(guest, script, { cwd: '/' });
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      ...[
        'from the host',
        'from the host',
        'deep',
        'changed',
        'file',
        'dir',
        '600 root',
        '/f',
        '/l',
        '/p',
        '',
      ],
    ]);
    expect(contents()).toEqual(before);
  });

  it('has its own file systems where programs look for them, but the /tmp of the host', async () => {
    mkdirSync(join(root, 'tmp'));
    writeFileSync(join(root, 'tmp/of the host'), '');
    const guest = await bootGuest({ root: { source: root, tools: true } });
    const { stdout } = await sh(
      guest,
      'cut -d" " -f2,3 /proc/mounts; ls /tmp; cat /proc/1/comm; pwd; df / | tail -1',
    );
    expect(stdout.split('\n').slice(0, 8)).toEqual([
      ...['/ overlay', '/dev devtmpfs', '/proc proc', '/sys sysfs', '/dev/pts devpts', '/dev/shm tmpfs'],
      ...['/run tmpfs', 'of the host'],
    ]);
    expect(stdout.split('\n').slice(8, 10)).toEqual(['init', '/root']);
    expect(stdout).toMatch(/overlay.*\/\n$/);
  });

  it('takes no more than its size', async () => {
    const guest = await bootGuest({ root: { source: root, tools: true, size: '1M' } });
    const { stdout, stderr } = await sh(guest, 'head -c 2000000 /dev/zero > /big; echo $?; stat -c %s /big');
    expect(stderr).toContain('No space left on device');
    expect(stdout).toBe('1\n1048576\n');
  });

  it('shows what the host changes, after a while or at once', async () => {
    const guest = await bootGuest({ root: { source: root, tools: true, cacheMs: 0 } });
    expect((await sh(guest, 'ls /data')).stdout).toBe('deep\nfile\n');
    writeFileSync(join(root, 'data/later'), 'later');
    expect((await sh(guest, 'ls /data; cat /data/later')).stdout).toBe('deep\nfile\nlater\nlater');
  });

  it('writes to the directory itself when it is told to', async () => {
    mkdirSync(join(root, 'bin'));
    const programs = ['sh', 'coreutils'];
    const files: Record<string, string> = { sh: 'sh', coreutils: 'mv' };
    for (const name of programs) {
      copyFileSync(join(dirname(cli), `userland-${name}.js`), join(root, 'bin', files[name]!));
      chmodSync(join(root, 'bin', files[name]!), 0o755);
    }
    const guest = await bootGuest({ root: { source: root, writable: true } });
    const { stderr } = await guest.exec('/bin/sh', [
      '-c',
      'echo written > /data/new; mv /data/file /data/moved',
    ]);
    expect(stderr).toBe('');
    expect(readdirSync(join(root, 'data')).sort()).toEqual(['deep', 'moved', 'new']);
    expect(readFileSync(join(root, 'data/new'), 'utf8')).toBe('written\n');
  });

  it('says what is wrong with a root', async () => {
    const error = (options: object): Promise<string> =>
      lodger.boot(options).then(
        () => 'no error',
        (reason: unknown) => (reason as Error).message,
      );
    expect(await error({ root: join(root, 'none') })).toContain('root: cannot read');
    expect(await error({ root: join(root, 'data/file') })).toContain('is not a directory');
    expect(await error({ root: { source: root, size: 'much' } })).toContain("root: size: 'much' is no size");
    expect(await error({ root: { source: root, writable: true, tools: true } })).toContain('tools');
  });
});

describe('lodger --root', () => {
  it('runs a command in the directory', async () => {
    const { code, stdout, stderr } = await run([
      ...['--root', root, '--root-tools', '-w', '/data'],
      ...['--', 'sh', '-c', 'pwd; cat file; exit 3'],
    ]);
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: '/data\nfrom the host\n', stderr: '' });
  });

  it('says that a program is not there', async () => {
    const { code, stderr } = await run(['--root', root, '--', 'nothing']);
    expect(code).toBe(127);
    expect(stderr).toContain('ENOENT');
  });

  it('refuses options that do not go together', async () => {
    expect((await run(['--root-size', '1M', '--', 'true'])).stderr).toContain('--root-size needs --root');
    expect((await run(['--root', root, '--root-rw', root, '--', 'true'])).stderr).toContain('give one');
    expect((await run(['--root', root, '--root-cache', 'x', '--', 'true'])).stderr).toContain(
      '--root-cache x',
    );
    expect((await run(['--root', join(root, 'none'), '--', 'true'])).code).toBe(125);
  });

  it.runIf(existsSync('/proc/self/stat'))('/ shows the host without its kernel', async () => {
    // The tools of the initramfs lie below the host's; the host has none of this name.
    const { stdout, stderr } = await run([
      ...['--root', '/', '--root-tools'],
      ...['--', '/usr/lib/lodger/sh', '-c', 'cd /proc; echo [0-9]*; echo $PWD; cd -'],
    ]);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual(['1 2', '/proc', process.cwd(), '']);
  });
});
