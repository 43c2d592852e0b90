/** tar and gzip in a guest against GNU's on the host: the same scripts, the same archives, the same words. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootGuest, sh } from '../../test/guest.ts';

const LONG = 'n'.repeat(130);
/** Makes the tree `d`, all of whose times are known. */
const TREE = `umask 022; mkdir -p d/sub; echo hi > d/a; ln d/a d/b; ln -s a d/s; ln -s ../.. d/out; mkfifo d/p
: > d/empty; echo 'with blank' > 'd/x y'; echo long > d/${LONG}; ln -s ${LONG} d/l; seq 3000 > d/sub/seq; chmod 4711 d/sub/seq
for f in d/sub/* d/* d; do touch -h -d @1000000000 "$f"; done`;
const FIXED = '--sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner';

let host: string;
beforeAll(() => {
  host = mkdtempSync(join(tmpdir(), 'archive-'));
});
afterAll(() => rmSync(host, { recursive: true, force: true }));

function onHost(script: string): { stdout: string; stderr: string; code: number | null } {
  const cwd = mkdtempSync(join(host, 'run-'));
  const env = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const run = spawnSync('sh', ['-c', `${TREE}\n${script}`], { cwd, env, encoding: 'utf8' });
  return { stdout: run.stdout, stderr: run.stderr, code: run.status };
}
async function inGuest(script: string): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const guest = await bootGuest();
  const run = await sh(guest, `mkdir /tmp/w; cd /tmp/w\n${TREE}\n${script}`, {
    env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  });
  return { stdout: run.stdout, stderr: run.stderr, code: run.code };
}
async function expectSame(script: string): Promise<void> {
  expect(await inGuest(script)).toEqual(onHost(script));
}

const isGnu =
  process.platform === 'linux' &&
  execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU tar');

describe.runIf(isGnu)('tar', () => {
  it.each(['gnu', 'ustar', 'v7'])('writes the bytes that GNU tar writes: %s', format =>
    expectSame(`tar ${FIXED} --format=${format} -cf - d | cksum`),
  );
  it('lists as GNU tar does', () =>
    expectSame('tar --sort=name -cf t.tar d; tar tvf t.tar; tar tf t.tar d/sub; tar tf t.tar nothing'));
  it('extracts what it packed, with modes, times, links and fifos', () =>
    expectSame(
      'tar --sort=name -cf t.tar d; mkdir x; tar xpf t.tar -C x; cd x/d; for f in . * sub/*; do stat -c "%n %f %Y %h" "$f"; done; readlink out l; cat b',
    ));
  it('renames, leaves out and strips', () =>
    expectSame(
      `tar --sort=name -cf t.tar --transform 's,^d,e,' --exclude='n*' --exclude=sub d; tar tf t.tar; mkdir y; tar xvf t.tar -C y --strip-components=1; ls y`,
    ));
  it('says what is wrong in the words of GNU tar', async () => {
    await expectSame('tar -cf; tar; tar xf nope.tar; tar cf t.tar nope d/a; tar tf t.tar; tar cf t.tar');
    await expectSame('head -c 6000 /dev/zero | tr "\\0" x | tar t; echo no | tar tz; tar xf d/a');
    await expectSame(
      'tar cf t.tar d/sub; head -c 5000 t.tar | tar t; tar cPf t.tar /etc/hostname; tar tf t.tar; tar df t.tar nope',
    );
  });
  it('adds to archives', () =>
    expectSame(
      'tar cf t.tar d/a; tar rf t.tar d/s d/b; tar tf t.tar; tar uf t.tar d/a; touch -d @1100000000 d/a; tar uf t.tar d/a; tar tvf t.tar',
    ));
  it('reads what the host packed, and the host what it packed', async () => {
    const guest = await bootGuest({ mounts: { '/h': host } });
    execFileSync('sh', ['-c', `${TREE}; tar --sort=name --format=posix -czf in.tgz d; rm -r d/p`], {
      cwd: host,
    });
    const run = await sh(
      guest,
      'cd /tmp && tar xzf /h/in.tgz && tar --sort=name -czf /h/out.tgz d && cksum < d/sub/seq',
    );
    expect(run.stderr).toBe('');
    const names = (file: string): string =>
      execFileSync('tar', ['tf', file], { cwd: host, encoding: 'utf8' });
    expect(names('out.tgz')).toBe(names('in.tgz'));
    execFileSync('tar', ['df', 'out.tgz', '--exclude=d/p'], { cwd: host });
  });
});

describe.runIf(process.platform === 'linux')('gzip', () => {
  it('and the host read each other', async () => {
    const text = Buffer.from(Array.from({ length: 50_000 }, (_, i) => `line ${i * 7919}\n`).join(''));
    writeFileSync(
      join(host, 'in.gz'),
      Buffer.concat([gzipSync(text.subarray(0, 1000)), gzipSync(text.subarray(1000))]),
    );
    const guest = await bootGuest({ mounts: { '/h': host } });
    for (const level of [1, 6, 9]) {
      expect(await sh(guest, `gunzip -c /h/in.gz | gzip -${level} > /h/out.gz`)).toMatchObject({
        code: 0,
        stderr: '',
      });
      expect(gunzipSync(readFileSync(join(host, 'out.gz'))).equals(text)).toBe(true);
    }
  });
  it('keeps names, times and modes, and finds files by suffix, as GNU gzip does', () =>
    expectSame(
      'chmod 640 d/a; rm d/b; gzip -v d/a; ls d/a*; gzip -lv d/a.gz; gunzip d/a; stat -c "%a %Y" d/a; gzip -S .zz d/a; ls d/a*; gzip -d d/a.zz',
    ));
  it('says what is wrong in the words of GNU gzip', async () => {
    await expectSame(
      'gzip nope; gzip d; gzip d/s; gunzip d/a; gzip d/a; echo no | gunzip; gzip -Q; gzip -c d/a | head -c 15 | zcat',
    );
    await expectSame(
      '(gzip -c d/a; echo junk) | gunzip; (gzip -c d/a; head -c 100 /dev/zero) | zcat; gzip -kf d/empty; gzip -kf d/empty; gzip -k d/empty',
    );
    await expectSame(
      'cp d/sub/seq f; gzip -n f; printf x | dd of=f.gz bs=1 seek=$(($(stat -c %s f.gz) - 6)) conv=notrunc 2>/dev/null; gzip -t f.gz; gunzip f.gz; ls f f.gz',
    );
  });
});
