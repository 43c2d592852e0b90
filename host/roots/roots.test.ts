import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { download } from './apt.ts';
import { openDeb } from './deb.ts';
import { DpkgDatabase, field } from './dpkg-database.ts';
import { pathInside } from './inside.ts';
import { mergeUsr, unpackFiles } from './unpack.ts';

let root: string;
let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'roots-'));
  root = join(work, 'root');
  mkdirSync(root);
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

interface Member {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link';
  readonly mode?: number;
  readonly linkname?: string;
  readonly content?: string;
}

async function tar(members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of members) archive.entry(header, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

async function makeDeb(control: readonly Member[], data: readonly Member[]): Promise<string> {
  const path = join(work, 'package.deb');
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, content] of [
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', await tar(control)],
    ['data.tar.gz', await tar(data)],
  ] as const) {
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`;
    parts.push(Buffer.from(`${header}${String(content.length).padEnd(10)}\`\n`), content);
    if (content.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

const CONTROL: Member = {
  name: './control',
  content:
    'Package: one\nVersion: 1.0\nArchitecture: amd64\nMulti-Arch: same\nDescription: a package\n more\n',
};

describe('unpacking a package', () => {
  it('makes its files below the root, through the links of a merged /usr', async () => {
    const deb = await openDeb(
      await makeDeb(
        [CONTROL],
        [
          { name: './', type: 'directory' },
          { name: './bin/', type: 'directory', mode: 0o755 },
          { name: './bin/tool', mode: 0o755, content: 'tool' },
          { name: './bin/alias', type: 'symlink', linkname: 'tool' },
          { name: './bin/hard', type: 'link', linkname: './bin/tool' },
          { name: `./usr/share/${'long-'.repeat(30)}name`, content: 'long' },
        ],
      ),
    );
    mergeUsr(root);
    expect(await unpackFiles(root, deb)).toEqual([
      ...['/.', '/bin', '/bin/tool', '/bin/alias', '/bin/hard'],
      `/usr/share/${'long-'.repeat(30)}name`,
    ]);
    expect(readlinkSync(join(root, 'bin'))).toBe('usr/bin');
    expect(readFileSync(join(root, 'usr/bin/alias'), 'utf8')).toBe('tool');
    expect(statSync(join(root, 'usr/bin/hard')).nlink).toBe(2);
    expect(statSync(join(root, 'usr/bin/tool')).mode & 0o777).toBe(0o755);
  });

  it('never writes outside of the root', async () => {
    mkdirSync(join(work, 'outside'));
    symlinkSync(join(work, 'outside'), join(root, 'out'));
    const deb = await openDeb(
      await makeDeb(
        [CONTROL],
        [
          { name: './out/a', content: 'a' },
          { name: './up', type: 'symlink', linkname: '../../outside' },
          { name: './up/b', content: 'b' },
          { name: '../../outside/c', content: 'c' },
          { name: '/outside/d', content: 'd' },
        ],
      ),
    );
    await unpackFiles(root, deb);
    for (const name of ['a', 'b', 'c', 'd'])
      expect(existsSync(join(work, 'outside', name)), name).toBe(false);
    // As seen from the root the links lead to places in it.
    expect(readFileSync(join(root, work, 'outside/a'), 'utf8')).toBe('a');
    expect(readFileSync(join(root, 'outside/b'), 'utf8')).toBe('b');
    expect(pathInside(root, '/out', 'stay')).toBe(join(root, 'out'));
  });

  it('refuses what is no package', async () => {
    const path = await makeDeb([CONTROL], []);
    writeFileSync(path, readFileSync(path).subarray(0, -20));
    await expect(openDeb(path)).rejects.toThrow('cut off');
    writeFileSync(path, 'something else');
    await expect(openDeb(path)).rejects.toThrow('not a Debian package');
  });
});

describe("dpkg's database", () => {
  it('says that the package is unpacked, and who wants to hear of what', async () => {
    const deb = await openDeb(
      await makeDeb(
        [
          CONTROL,
          { name: './conffiles', content: '/etc/one.conf\n' },
          { name: './preinst', mode: 0o755, content: '#!/bin/sh\n' },
          { name: './triggers', content: '# comment\ninterest-noawait /usr/share/one\ninterest ldconfig\n' },
        ],
        [{ name: './etc/one.conf', content: 'x=1\n' }],
      ),
    );
    const database = new DpkgDatabase(root, 'amd64');
    expect(database.add(deb, await unpackFiles(root, deb))).toEqual({ id: 'one:amd64', hasPreinst: true });
    database.close();
    const read = (name: string): string => readFileSync(join(root, 'var/lib/dpkg', name), 'utf8');
    const sum = createHash('md5').update('x=1\n').digest('hex');
    expect(read('status')).toBe(
      'Package: one\nStatus: install ok unpacked\nVersion: 1.0\nArchitecture: amd64\nMulti-Arch: same\n' +
        `Description: a package\n more\nConffiles:\n /etc/one.conf ${sum}\n\n`,
    );
    expect(read('info/one:amd64.list')).toBe('/etc/one.conf\n');
    expect(lstatSync(join(root, 'var/lib/dpkg/info/one:amd64.preinst')).mode & 0o777).toBe(0o755);
    expect(read('triggers/File')).toBe('/usr/share/one one:amd64/noawait\n');
    expect(read('triggers/ldconfig')).toBe('one:amd64\n');
    expect(field(read('status'), 'Multi-Arch')).toBe('same');
  });
});

/** A source of packages on this disk, and a configuration of apt-get that knows no other. */
async function makeSource(packages: Readonly<Record<string, string>>): Promise<string> {
  const source = join(work, 'source');
  mkdirSync(source);
  let index = '';
  for (const [name, fields] of Object.entries(packages)) {
    const control = `Package: ${name}\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody\nDescription: test\n${fields}`;
    const data = { name: `./usr/${name}`, content: name };
    const deb = readFileSync(await makeDeb([{ name: './control', content: control }], [data]));
    writeFileSync(join(source, `${name}.deb`), deb);
    const sum = createHash('sha256').update(deb).digest('hex');
    index += `${control}Filename: ./${name}.deb\nSize: ${deb.length}\nSHA256: ${sum}\n\n`;
  }
  writeFileSync(join(source, 'Packages'), index);
  writeFileSync(join(work, 'sources.list'), `deb [trusted=yes] file:${source} ./\n`);
  const config = join(work, 'apt.conf');
  const entries = {
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
  };
  const text = Object.entries(entries).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(config, text.join(''));
  return config;
}

it.runIf(existsSync('/usr/bin/apt-get'))(
  'asks apt-get for essential packages and what is needed',
  async () => {
    const before = process.env['APT_CONFIG'];
    process.env['APT_CONFIG'] = await makeSource({
      base: 'Essential: yes\n',
      wanted: 'Depends: needed\n',
      needed: '',
      unwanted: '',
    });
    try {
      const directory = join(work, 'state');
      const request = { directory, architecture: 'amd64', packages: ['wanted'], report: () => {} };
      const found = await download(request);
      const names = found.map(({ name }) => name);
      expect([...names].sort()).toEqual(['base', 'needed', 'wanted']);
      expect(names.indexOf('needed')).toBeLessThan(names.indexOf('wanted'));
      for (const { path } of found) expect((await openDeb(path)).control.has('control')).toBe(true);
      await expect(download({ ...request, packages: ['nothing'] })).rejects.toThrow(
        'Unable to locate package',
      );
    } finally {
      if (before === undefined) delete process.env['APT_CONFIG'];
      else process.env['APT_CONFIG'] = before;
    }
  },
);

it('says what to do on a host without apt-get', async () => {
  const before = process.env['PATH'];
  process.env['PATH'] = work;
  try {
    const request = { directory: work, architecture: 'amd64', packages: ['one'], report: () => {} };
    await expect(download(request)).rejects.toThrow('copy a root directory that was made elsewhere');
  } finally {
    process.env['PATH'] = before;
  }
});
