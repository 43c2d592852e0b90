import { describe, expect, it } from 'vitest';
import { bootGuest, sh } from '../../../test/guest.ts';
import { type CpioHeader, decode, encode } from './format.ts';

const header: CpioHeader = {
  name: 'dir/a',
  ino: 12,
  mode: 0o100644,
  uid: 1000,
  gid: 100,
  nlink: 2,
  mtime: 1_000_000_000,
  size: 5,
  dev: 0x801,
  rdev: 0,
  checksum: 0,
};

describe('cpio headers', () => {
  it.each(['newc', 'odc'] as const)('are read as they were written: %s', format => {
    const text = encode(header, format);
    const found = decode(text.slice(6, format === 'odc' ? 76 : 110), format);
    expect(found).toEqual({ header: { ...header, name: '' }, nameBytes: 6 });
  });
  it('of newc are padded to four bytes with their names', () => {
    for (const name of ['a', 'ab', 'abc', 'abcd'])
      expect(encode({ ...header, name }, 'newc').length % 4).toBe(0);
  });
});

describe('cpio', () => {
  it.each(['newc', 'crc', 'odc'])('takes out what it put in, links and fifos too: %s', async format => {
    const guest = await bootGuest();
    const run = await sh(
      guest,
      `umask 022; mkdir -p /tmp/t/d /tmp/x; cd /tmp/t; echo hello > a; ln a b; ln -s a s; mkfifo p; seq 2000 > d/seq; chmod 4711 d/seq
       touch -h -d @1000000000 * d/seq
       printf '%s\\n' a b s p d d/seq | cpio -o --quiet -H ${format} > /tmp/1 && cd /tmp/x && cpio -idm --quiet < /tmp/1
       for f in * d/seq; do stat -c '%n %f %Y %h' $f; done; readlink s; cat b; cksum < d/seq; cksum < /tmp/t/d/seq`,
    );
    expect(run.stderr).toBe('');
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'a 81a4 1000000000 2',
      'b 81a4 1000000000 2',
      'd 41ed 1000000000 2',
      'p 11a4 1000000000 1',
      's a1ff 1000000000 1',
      'd/seq 89c9 1000000000 1',
    ]);
    expect(lines.slice(6, 8)).toEqual(['a', 'hello']);
    expect(lines[8]).toBe(lines[9]);
  });
  it('does not write outside of the directory', async () => {
    const guest = await bootGuest();
    const run = await sh(
      guest,
      `mkdir -p /tmp/in/x; cd /tmp/in/x; echo evil > ../up; printf '../up\\n' | cpio -o --quiet > /tmp/1; rm ../up; cpio -i --quiet < /tmp/1; ls .. .`,
    );
    expect(run.stdout).toBe('.:\nup\n\n..:\nx\n');
    expect(run.stderr).toContain("Removing leading `../' from member names");
  });
});
