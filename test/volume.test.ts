import { Volume, createFsFromVolume } from 'memfs';
import { describe, expect, it } from 'vitest';
import { bootGuest, lodger, sh } from './guest.ts';

describe('a memfs volume in a guest', () => {
  it('is read and written by programs, and both sides see what the other does', async () => {
    const volume = Volume.fromJSON({ '/in': 'one\n', '/d/deep/leaf': 'leaf' });
    const guest = await bootGuest({ mounts: { '/work': volume } });
    const script = `cd /work; cat in; echo two > out; echo three >> out; mkdir -p new/er; mv in new/er/moved
      ln -s er/moved new/link; cat new/link; rm d/deep/leaf; rmdir d/deep; find . | sort; stat -c %s out`;
    const { code, stdout, stderr } = await sh(guest, script);
    expect(stderr).toBe('');
    expect(stdout).toBe('one\none\n.\n./d\n./new\n./new/er\n./new/er/moved\n./new/link\n./out\n10\n');
    expect(code).toBe(0);
    expect(volume.readFileSync('/out', 'utf8')).toBe('two\nthree\n');
    expect(volume.readlinkSync('/new/link')).toBe('er/moved');
    expect(volume.existsSync('/in')).toBe(false);

    volume.writeFileSync('/out', 'from outside\n');
    volume.mkdirSync('/later');
    expect((await sh(guest, 'cat /work/out; ls /work')).stdout).toBe('from outside\nd\nlater\nnew\nout\n');
    volume.unlinkSync('/out');
    expect((await sh(guest, 'cat /work/out')).stderr).toMatch(/No such file/);
  });

  it('takes a large file, an archive and what many processes write', async () => {
    const volume = Volume.fromJSON({ '/keep/a': 'a', '/keep/b': 'b' });
    const guest = await bootGuest({ mounts: { '/work': { volume, path: '/' } } });
    const { stdout, stderr } = await sh(
      guest,
      `cd /work; head -c 1048576 /dev/zero | tr '\\0' x > large; cksum < large; wc -c < large
       tar cf all.tar keep large; mkdir out; tar xf all.tar -C out; cmp out/large large; ls out/keep
       for i in 1 2 3 4; do (echo $i > p$i; cat p$i >> p$i.copy) & done; wait; cat p?.copy`,
      { timeoutMs: 60_000 },
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^[0-9]+ 1048576\n1048576\na\nb\n1\n2\n3\n4\n$/);
    const large = volume.readFileSync('/large') as Buffer;
    expect(large.equals(Buffer.alloc(1 << 20, 'x'))).toBe(true);
    expect(volume.readFileSync('/out/keep/b', 'utf8')).toBe('b');
  });

  it('may be read-only, and only a directory of it be seen', async () => {
    const volume = Volume.fromJSON({ '/pub/f': 'public', '/secret': 'secret' });
    const fs = createFsFromVolume(volume);
    const guest = await bootGuest({ mounts: { '/pub': { volume: fs, path: '/pub', readOnly: true } } });
    const { stdout, stderr } = await sh(
      guest,
      'cat /pub/f; ls /pub /pub/../secret; echo x > /pub/f; rm /pub/f',
    );
    expect(stdout).toContain('public');
    expect(stdout).not.toContain('secret');
    expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
    expect(volume.readFileSync('/pub/f', 'utf8')).toBe('public');
  });

  it('is seen by two guests', async () => {
    const volume = Volume.fromJSON({ '/f': '' });
    const [one, two] = await Promise.all([
      bootGuest({ mounts: { '/work': volume } }),
      bootGuest({ mounts: { '/work': volume } }),
    ]);
    await Promise.all([
      sh(one, 'for i in 1 2 3; do echo a >> /work/f; done'),
      sh(two, 'for i in 1 2 3; do echo b >> /work/f; done'),
    ]);
    expect((await sh(one, 'sort /work/f')).stdout).toBe('a\na\na\nb\nb\nb\n');
  });

  it('makes an I/O error and a line of the log of an odd exception', async () => {
    const volume = Volume.fromJSON({ '/f': 'x' });
    volume.readdirSync = () => {
      throw new RangeError('out of ideas');
    };
    const guest = await bootGuest({ mounts: { '/work': volume } });
    const { code, stderr } = await sh(guest, 'ls /work');
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringMatching(/Input\/output error/)]);
    expect(guest.log.map(line => line.text).join('\n')).toMatch(/readdirSync: RangeError: out of ideas/);
    expect((await sh(guest, 'cat /work/f')).stdout).toBe('x');
  });

  it('ends at once although a call is on its way', async () => {
    const volume = Volume.fromJSON({ '/f': 'x' });
    const guest = await bootGuest({ mounts: { '/work': volume } });
    const child = await guest.spawn('sh', ['-c', 'while :; do cat /work/f; done > /dev/null']);
    child.exited.catch(() => {});
    const until = performance.now() + 50;
    while (performance.now() < until);
    await guest.shutdown();
    expect(guest.threadCount).toBe(0);
  });

  it.each([
    [{ '/work': {} }, /'\/work' is neither a path on the host nor a volume/],
    [{ '/work': { volume: 5 } }, /has no openSync/],
    [
      { '/work': { volume: Volume.fromJSON({ '/f': '' }), path: '/none' } },
      /cannot read '\/none' in the volume/,
    ],
    [
      { '/work': { volume: Volume.fromJSON({ '/f': '' }), path: '/f' } },
      /'\/f' in the volume is not a directory/,
    ],
  ])('says what is wrong with %j', async (mounts, message) => {
    await expect(lodger.boot({ mounts: mounts as never })).rejects.toThrow(message);
  });
});
