import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Volume } from 'memfs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostFs } from '../../../host/machine.ts';
import type { Kernel } from '../../kernel.ts';
import type { File } from '../file.ts';
import type { Inode } from '../inode.ts';
import type { Credentials } from '../../task/credentials.ts';
import { fromBytes, fromText, toBytes } from '../../abi/byte-string.ts';
import { Errno } from '../../errors.ts';
import { errorOf } from '../../testing.ts';
import { IoBuffer } from '../../mm/io-buffer.ts';
import { ROOT } from '../../task/credentials.ts';
import { Dentry, Mount } from '../path.ts';
import { MAX_DIRECTORIES } from './descriptor-tree.ts';
import type { HostDirectoryInode } from './host-directory-inode.ts';
import type { HostSuperBlock } from './host-super-block.ts';
import { hostfsType } from './hostfs.ts';

/** As much of a kernel as hostfs asks for. Each look at `callCount` is a new call: nothing counts as fresh. */
function testKernel(fs: HostFs, path: string, isReadOnly = false): Kernel {
  let calls = 0;
  return {
    get callCount() {
      return calls++;
    },
    machine: { directories: new Map([['tag', { fs, path, isReadOnly }]]) },
    vfs: { allocateDevice: () => 40, mounts: new Map() },
  } as unknown as Kernel;
}

function openFile(superBlock: HostSuperBlock, inode: Inode, flags: number): File {
  const dentry = new Dentry('f', undefined, inode, superBlock);
  const path = { mount: new Mount(1, dentry, undefined, 0), dentry };
  return inode.open({ kernel: superBlock.kernel, task: undefined, path, flags, credentials: ROOT });
}

const O_RDONLY = 0;
const O_RDWR = 2;

function readAll(file: File, offset = 0, length = 1000): string {
  const bytes = new Uint8Array(new SharedArrayBuffer(length));
  return fromBytes(bytes.slice(0, file.read(IoBuffer.of(bytes), offset)));
}
function writeText(file: File, text: string, offset: number): number {
  return file.write(IoBuffer.of(toBytes(text)), offset);
}
function names(directory: Inode): string[] {
  return [...directory.iterate(0)].map(entry => entry.name).sort();
}

const hosts: [string, () => { fs: HostFs; path: string; remove(): void }][] = [
  [
    'the disk',
    () => {
      const path = nodeFs.mkdtempSync(join(tmpdir(), 'hostfs-'));
      return { fs: nodeFs, path, remove: () => nodeFs.rmSync(path, { recursive: true }) };
    },
  ],
  [
    'memfs',
    () => {
      const volume = Volume.fromJSON({ '/jail': null, '/outside/secret': 'secret' });
      return { fs: volume as unknown as HostFs, path: '/jail', remove: () => {} };
    },
  ],
];

describe.each(hosts)('hostfs on %s', (_name, makeHost) => {
  let host: { fs: HostFs; path: string; remove(): void };
  let fs: HostFs & Pick<typeof nodeFs, 'writeFileSync' | 'readFileSync'>;
  let superBlock: HostSuperBlock;
  let root: HostDirectoryInode;
  const at = (name: string): string => join(host.path, name);
  const mount = (options = '', isReadOnly = false): HostSuperBlock =>
    hostfsType.mount(testKernel(host.fs, host.path, isReadOnly), 'tag', options, 0) as HostSuperBlock;

  beforeEach(() => {
    host = makeHost();
    fs = host.fs as typeof fs;
    superBlock = mount();
    root = superBlock.root;
  });
  afterEach(() => {
    superBlock.shutdown();
    expect(superBlock.openFiles).toBe(0);
    host.remove();
  });

  it('shows files, their attributes and their content', () => {
    fs.writeFileSync(at('f'), 'hello');
    fs.chmodSync(at('f'), 0o640);
    const inode = root.lookup('f')!;
    expect([inode.mode, inode.size, inode.uid, inode.nlink]).toEqual([0o100640, 5, 0, 1]);
    const file = openFile(superBlock, inode, O_RDONLY);
    expect(readAll(file)).toBe('hello');
    expect(readAll(file, 3)).toBe('lo');
    expect(readAll(file, 9)).toBe('');
    file.release();
    expect(root.lookup('absent')).toBeUndefined();
  });

  it('sees what the host changes', () => {
    fs.writeFileSync(at('f'), 'one');
    const inode = root.lookup('f')!;
    const { version } = inode;
    fs.writeFileSync(at('f'), 'three');
    inode.refresh();
    expect(inode.size).toBe(5);
    expect(inode.version).toBeGreaterThan(version);
    fs.unlinkSync(at('f'));
    inode.refresh();
    expect(inode.nlink).toBe(0);
  });

  it('makes, writes, cuts and removes files', () => {
    const inode = root.create('new', 0o604, ROOT);
    const file = openFile(superBlock, inode, O_RDWR);
    expect(writeText(file, 'abcdef', 0)).toBe(6);
    expect(writeText(file, 'X', 2)).toBe(1);
    inode.setattr({ size: 4 });
    expect(fs.readFileSync(at('new'), 'latin1')).toBe('abXd');
    expect(fs.statSync(at('new')).mode & 0o777).toBe(0o604); // whatever the host's umask
    root.unlink('new', inode);
    expect(readAll(file)).toBe('abXd');
    file.release();
    expect(root.lookup('new')).toBeUndefined();
  });

  it('knows hard links as one file and keeps its size in both names', () => {
    const inode = root.create('a', 0o644, ROOT);
    root.link('b', inode);
    expect(root.lookup('b')).toBe(inode);
    expect(inode.nlink).toBe(2);
    root.unlink('a', inode);
    expect(root.lookup('b')!.nlink).toBe(1);
  });

  it('renames, also over a file and across directories', () => {
    const directory = root.mkdir('d', 0o755, ROOT) as HostDirectoryInode;
    const source = root.create('s', 0o644, ROOT);
    const victim = directory.create('t', 0o644, ROOT);
    root.rename('s', source, directory, 't', victim, 'replace');
    expect(directory.lookup('t')).toBe(source);
    expect(root.lookup('s')).toBeUndefined();
    expect(errorOf(() => root.rename('d', directory, root, 'e', undefined, 'exchange'))).toBe('EINVAL');
    root.rename('d', directory, root, 'e', undefined, 'replace');
    expect(names(directory)).toEqual(['t']);
    openFile(superBlock, directory.lookup('t')!, O_RDONLY).release();
    expect(errorOf(() => root.rmdir('e', directory))).toBe('ENOTEMPTY');
    directory.unlink('t', source);
    root.rmdir('e', directory);
    expect(names(root)).toEqual([]);
  });

  it('does not replace with RENAME_NOREPLACE, whatever the host made meanwhile', () => {
    const source = root.create('s', 0o644, ROOT);
    fs.writeFileSync(at('t'), 'kept');
    expect(errorOf(() => root.rename('s', source, root, 't', undefined, 'noreplace'))).toBe('EEXIST');
    expect(fs.readFileSync(at('t'), 'latin1')).toBe('kept');
    root.rename('s', source, root, 'u', undefined, 'noreplace');
    expect(names(root)).toEqual(['t', 'u']);
  });

  it('leaves symbolic links to the guest', () => {
    const inode = root.symlink('l', '/outside/secret', ROOT);
    expect(inode.readlink()).toBe('/outside/secret');
    expect(inode.mode & 0o170000).toBe(0o120000);
    expect(errorOf(() => openFile(superBlock, inode, O_RDONLY))).toBe('ENXIO');
    expect(errorOf(() => inode.setattr({ mode: 0o777 }))).toBe('EOPNOTSUPP');
  });

  it('lets no name out of the directory', () => {
    for (const name of ['..', '.', '', 'a/b', '../outside', '/etc', 'a\0b']) {
      expect(errorOf(() => root.lookup(name))).toBe('EINVAL');
      expect(errorOf(() => root.create(name, 0o644, ROOT))).toBe('EINVAL');
      expect(errorOf(() => root.mkdir(name, 0o755, ROOT))).toBe('EINVAL');
      expect(errorOf(() => root.symlink(name, 'x', ROOT))).toBe('EINVAL');
    }
    expect(errorOf(() => root.lookup('x'.repeat(256)))).toBe('ENAMETOOLONG');
  });

  it('refuses a file that the host replaced by a symbolic link after the lookup', () => {
    fs.writeFileSync(at('f'), 'mine');
    const inode = root.lookup('f')!;
    fs.unlinkSync(at('f'));
    fs.symlinkSync(join(host.path, '../outside/secret'), at('f'));
    expect(['ESTALE', 'ELOOP']).toContain(errorOf(() => openFile(superBlock, inode, O_RDONLY)));
    expect(['ESTALE', 'ELOOP']).toContain(errorOf(() => inode.setattr({ size: 0 })));
    expect(errorOf(() => inode.setattr({ mode: 0o777 }))).toBe('ESTALE');
  });

  it('refuses what the host replaced by another file or directory after the lookup', () => {
    fs.writeFileSync(at('f'), 'mine');
    fs.mkdirSync(at('d'));
    const inode = root.lookup('f')!;
    const directory = root.lookup('d')!;
    fs.renameSync(at('f'), at('old'));
    fs.writeFileSync(at('f'), 'another');
    fs.renameSync(at('d'), at('olddir'));
    fs.mkdirSync(at('d'));
    fs.writeFileSync(at('d/f'), 'another');
    superBlock.tree.shrink();
    expect(errorOf(() => openFile(superBlock, inode, O_RDONLY))).toBe('ESTALE');
    expect(errorOf(() => inode.setattr({ mode: 0 }))).toBe('ESTALE');
    expect(errorOf(() => directory.lookup('f'))).toBe('ESTALE');
    expect(root.lookup('f')).not.toBe(inode);
  });

  it('refuses a directory that the host replaced by a symbolic link', () => {
    const directory = root.mkdir('d', 0o755, ROOT) as HostDirectoryInode;
    directory.create('f', 0o644, ROOT);
    superBlock.tree.shrink();
    fs.renameSync(at('d'), at('moved'));
    fs.symlinkSync(join(host.path, '..'), at('d'));
    expect(errorOf(() => directory.lookup('outside'))).toBe('ESTALE');
    expect(errorOf(() => directory.create('x', 0o644, ROOT))).toBe('ESTALE');
  });

  it('goes on with a listing while names come and go', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) fs.writeFileSync(at(name), '');
    const seen: string[] = [];
    let cookie = 0;
    for (let round = 0; round < 20; round++) {
      const next = root.iterate(cookie)[Symbol.iterator]().next();
      if (next.done === true) break;
      seen.push(next.value.name);
      cookie = next.value.next;
      if (round === 0) fs.unlinkSync(at(seen[0]!));
      // Some hosts keep times to the millisecond; a change within the same one may be missed, which POSIX allows.
      if (round === 1) await new Promise(resolve => setTimeout(resolve, 12));
      if (round === 1) fs.writeFileSync(at('late'), '');
    }
    expect(seen.slice(0, 5).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(seen.slice(5)).toEqual(['late']);
    const entry = [...root.iterate(0)].find(each => each.name === 'late')!;
    expect(entry).toMatchObject({ type: 8, ino: root.lookup('late')!.ino });
  });

  it('changes nothing when it is read-only', () => {
    fs.writeFileSync(at('f'), 'text');
    for (const readOnly of [mount('ro'), mount('', true)]) {
      const inode = readOnly.root.lookup('f')!;
      expect(readOnly.isReadOnly).toBe(true);
      expect(errorOf(() => openFile(readOnly, inode, O_RDWR))).toBe('EROFS');
      expect(errorOf(() => inode.setattr({ mode: 0o600 }))).toBe('EROFS');
      expect(errorOf(() => readOnly.root.create('g', 0o644, ROOT))).toBe('EROFS');
      expect(errorOf(() => readOnly.root.unlink('f', inode))).toBe('EROFS');
      readOnly.shutdown();
    }
  });

  it('maps the host user to the owner that the mount names', () => {
    fs.writeFileSync(at('f'), '');
    const mapped = mount('uid=1000,gid=100');
    expect(mapped.showOptions()).toBe(',uid=1000,gid=100');
    const inode = mapped.root.lookup('f')!;
    expect([inode.uid, inode.gid]).toEqual([1000, 100]);
    inode.setattr({ uid: 1000, gid: 100 });
    expect(inode.uid).toBe(1000);
    mapped.shutdown();
    expect(errorOf(() => mount('uid=x'))).toBe('EINVAL');
    expect(errorOf(() => mount('nonsense'))).toBe('EINVAL');
  });

  it('sets times to the microsecond and drops set-user-ID bits of files', () => {
    const inode = root.create('f', 0o4755, ROOT);
    expect(inode.mode & 0o7777).toBe(0o755);
    inode.setattr({ mode: 0o6711 });
    expect(inode.mode & 0o7777).toBe(0o711);
    inode.setattr({
      atime: { sec: 1_700_000_001, nsec: 123_456_000 },
      mtime: { sec: 1_700_000_002, nsec: 5_000_000 },
    });
    expect(inode.mtime.sec).toBe(1_700_000_002);
    expect(Math.floor(inode.mtime.nsec / 1e6)).toBe(5);
  });

  it('reports an unknown tag', () => {
    const kernel = testKernel(host.fs, host.path);
    expect(errorOf(() => hostfsType.mount(kernel, 'other', '', 0))).toBe('ENOENT');
  });
});

describe('hostfs on the disk of Linux', () => {
  let path: string;
  let superBlock: HostSuperBlock;
  const at = (name: string): string => join(path, name);

  beforeEach(() => {
    path = nodeFs.mkdtempSync(join(tmpdir(), 'hostfs-'));
    superBlock = hostfsType.mount(testKernel(nodeFs, path), 'tag', '', 0) as HostSuperBlock;
  });
  afterEach(() => {
    superBlock.shutdown();
    nodeFs.rmSync(path, { recursive: true });
  });
  const descriptors = (): number => nodeFs.readdirSync('/proc/self/fd').length;

  it('keeps working in a directory that the host moved', () => {
    const directory = superBlock.root.mkdir('d', 0o755, ROOT) as HostDirectoryInode;
    directory.create('f', 0o644, ROOT);
    nodeFs.renameSync(at('d'), at('e'));
    expect(directory.lookup('f')).toBeDefined();
    superBlock.tree.shrink();
    expect(superBlock.root.lookup('e')).toBe(directory);
    expect(names(directory)).toEqual(['f']);
  });

  it('is not led out by a directory that is swapped for a symbolic link again and again', () => {
    const outside = nodeFs.mkdtempSync(join(tmpdir(), 'outside-'));
    nodeFs.writeFileSync(join(outside, 'f'), 'outside');
    nodeFs.mkdirSync(at('d'));
    nodeFs.writeFileSync(at('d/f'), 'inside');
    const inner = nodeFs.lstatSync;
    let swaps = 0;
    // Between any two host calls the host swaps the directory.
    const swap = (): void => {
      if (swaps++ % 2 === 0) {
        nodeFs.renameSync(at('d'), at('kept'));
        nodeFs.symlinkSync(outside, at('d'));
      } else {
        nodeFs.unlinkSync(at('d'));
        nodeFs.renameSync(at('kept'), at('d'));
      }
    };
    const racing = new Proxy(nodeFs, {
      get(target, name: keyof typeof nodeFs) {
        const value = target[name] as unknown;
        if (!['openSync', 'lstatSync', 'readdirSync', 'chmodSync', 'unlinkSync'].includes(name)) return value;
        return (...args: unknown[]) => {
          swap();
          return (value as (...all: unknown[]) => unknown)(...args);
        };
      },
    });
    const raced = hostfsType.mount(testKernel(racing, path), 'tag', '', 0) as HostSuperBlock;
    for (let i = 0; i < 40; i++) {
      if (i % 3 === 0) raced.tree.shrink();
      if (i % 5 === 0) swap();
      try {
        const directory = raced.root.lookup('d');
        if (directory === undefined || (directory.mode & 0o170000) !== 0o040000) continue;
        const file = openFile(raced, directory.lookup('f')!, O_RDWR);
        expect(readAll(file)).toBe('inside');
        file.release();
      } catch (error) {
        expect(error).toBeInstanceOf(Errno);
      }
    }
    raced.shutdown();
    expect(inner(join(outside, 'f')).size).toBe(7);
    nodeFs.rmSync(outside, { recursive: true });
  });

  it('holds few descriptors in a deep tree and one for each open file', () => {
    let directory = superBlock.root;
    const before = descriptors();
    for (let i = 0; i < MAX_DIRECTORIES * 2; i++)
      directory = directory.mkdir('d', 0o755, ROOT) as HostDirectoryInode;
    superBlock.tree.shrink();
    const inode = directory.create('f', 0o644, ROOT);
    const files = [1, 2, 3].map(() => openFile(superBlock, inode, O_RDWR));
    expect(descriptors() - before).toBeLessThanOrEqual(MAX_DIRECTORIES + 1);
    superBlock.root.rename('d', superBlock.root.lookup('d')!, superBlock.root, 'e', undefined, 'noreplace');
    directory.rename('f', inode, superBlock.root, 'g', undefined, 'replace');
    expect(nodeFs.existsSync(at('g'))).toBe(true);
    for (const file of files) file.release();
    expect(superBlock.openFiles).toBe(0);
  });

  it('passes names that are no UTF-8', () => {
    const name = 'caf\xe9 \xff';
    superBlock.root.create(name, 0o644, ROOT);
    const target = superBlock.root.symlink('l', '\xfe/x', ROOT);
    expect(names(superBlock.root)).toEqual([name, 'l']);
    expect(target.readlink()).toBe('\xfe/x');
    superBlock.root.create(fromText('größe'), 0o644, ROOT);
    expect(nodeFs.readdirSync(path)).toContain('größe');
  });

  it('does not open special files and does not hang on them', () => {
    nodeFs.mkdirSync(at('s'));
    // A FIFO cannot be made with Node's fs; a device can be looked at.
    const dev = hostfsType.mount(testKernel(nodeFs, '/dev'), 'tag', 'ro', 0) as HostSuperBlock;
    const inode = dev.root.lookup('null')!;
    expect([inode.mode & 0o170000, inode.rdev]).toEqual([0o020000, 0x103]);
    expect(errorOf(() => openFile(dev, inode, O_RDONLY))).toBe('ENXIO');
    dev.shutdown();
  });

  it('reaches beyond 2 GiB in sparse files', () => {
    const inode = superBlock.root.create('big', 0o644, ROOT);
    const file = openFile(superBlock, inode, O_RDWR);
    const far = 5 * 2 ** 30 + 1;
    expect(writeText(file, 'end', far)).toBe(3);
    expect(readAll(file, far - 1)).toBe('\0end');
    inode.refresh();
    expect(inode.size).toBe(far + 3);
    expect(file.seek(-3, 2)).toBe(far);
    file.release();
  });

  it('reads into scattered guest memory and stops at the end', () => {
    const text = 'x'.repeat(10_000) + 'y'.repeat(10_000);
    nodeFs.writeFileSync(at('f'), text);
    const file = openFile(superBlock, superBlock.root.lookup('f')!, O_RDONLY);
    const memory = new Uint8Array(new SharedArrayBuffer(8 * 4096));
    const pages = [5, 2, 7, 0, 1, 3].map(page => memory.subarray(page * 4096, (page + 1) * 4096));
    expect(file.read(new IoBuffer(pages), 0)).toBe(20_000);
    expect(fromBytes(memory.slice(7 * 4096, 7 * 4096 + 1808))).toBe('x'.repeat(1808));
    expect(fromBytes(memory.slice(4096, 4096 + 3))).toBe('yyy');
    file.release();
  });

  it('gives new files of a guest user to that user when the host lets it', () => {
    if (process.getuid?.() !== 0) return;
    const user: Credentials = { ...ROOT, fsuid: 1234, fsgid: 567 };
    expect(superBlock.root.create('f', 0o600, user)).toMatchObject({ uid: 1234, gid: 567 });
    expect(superBlock.root.mkdir('d', 0o2755, user)).toMatchObject({ uid: 1234, mode: 0o042755 });
    expect(nodeFs.statSync(at('f')).uid).toBe(1234);
  });
});
