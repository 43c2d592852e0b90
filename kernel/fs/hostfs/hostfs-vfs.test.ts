/** hostfs below a whole VFS: path walks, mounts, mappings. */
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostDirectory } from '../../../host/machine.ts';
import type { DirectoryFile } from '../directory-file.ts';
import type { File } from '../file.ts';
import type { HostSuperBlock } from './host-super-block.ts';
import { fromBytes, toBytes } from '../../abi/byte-string.ts';
import { O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, O_TMPFILE, O_TRUNC, O_WRONLY } from '../../abi/fcntl.ts';
import { MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { IoBuffer } from '../../mm/io-buffer.ts';
import { ProcFixture } from '../proc/testing.ts';
import { errorOf } from '../../testing.ts';
import { MAX_IDLE_INODES } from './host-super-block.ts';

let host: string;
let guest: ProcFixture;
/** Names of the host calls since it was emptied. */
let calls: string[];
const at = (name: string): string => join(host, name);

const counting = new Proxy(nodeFs, {
  get(target, name: keyof typeof nodeFs) {
    const value = target[name] as unknown;
    if (typeof value !== 'function' || !name.endsWith('Sync')) return value;
    return (...args: unknown[]) => {
      calls.push(name);
      return (value as (...all: unknown[]) => unknown)(...args);
    };
  },
});

function open(path: string, flags = O_RDONLY, mode = 0o644): File {
  const { vfs } = guest.kernel;
  return vfs.open(vfs.kernelContext(), vfs.root, path, flags, mode);
}
function close(file: File): void {
  guest.kernel.vfs.put(file);
}
function read(path: string): string {
  const file = open(path);
  const text = readAt(file, 0);
  close(file);
  return text;
}
function readAt(file: File, offset: number, length = 20_000): string {
  const bytes = new Uint8Array(length);
  return fromBytes(bytes.subarray(0, file.read(IoBuffer.of(bytes), offset)));
}
function write(file: File, text: string, offset: number): void {
  file.write(IoBuffer.of(toBytes(text)), offset);
}
function superBlock(): HostSuperBlock {
  return [...guest.kernel.vfs.mounts.values()].find(mount => mount.superBlock.typeName === 'hostfs')!
    .superBlock as HostSuperBlock;
}

beforeEach(() => {
  calls = [];
  host = nodeFs.mkdtempSync(join(tmpdir(), 'hostfs-'));
  guest = new ProcFixture();
  const directories = guest.kernel.machine.directories as Map<string, HostDirectory>;
  directories.set('src', { fs: counting, path: host, isReadOnly: false });
  guest.mount('hostfs', '/src', '', 'src');
});
afterEach(() => {
  superBlock().shutdown();
  nodeFs.rmSync(host, { recursive: true });
});

describe('a path walk over hostfs', () => {
  it('leads absolute and climbing symbolic links to the guest, never to the host', () => {
    close(open('/secret', O_RDWR | O_CREAT));
    nodeFs.symlinkSync('/secret', at('absolute'));
    nodeFs.symlinkSync('../../../../secret', at('climbing'));
    nodeFs.symlinkSync('/etc/passwd', at('passwd'));
    nodeFs.mkdirSync(at('d'));
    nodeFs.symlinkSync('..', at('d/up'));
    nodeFs.writeFileSync(at('here'), 'here');
    expect([read('/src/absolute'), read('/src/climbing'), read('/src/d/up/here')]).toEqual(['', '', 'here']);
    expect(errorOf(() => read('/src/passwd'))).toBe('ENOENT');
    expect(read('/src/d/../../src/here')).toBe('here');
  });

  it('costs one lstat for each component', () => {
    nodeFs.mkdirSync(at('a/b/c'), { recursive: true });
    nodeFs.writeFileSync(at('a/b/c/file'), 'text');
    read('/src/a/b/c/file');
    calls = [];
    const { vfs } = guest.kernel;
    const { inode } = vfs.walk(vfs.kernelContext(), vfs.root, '/src/a/b/c/file').dentry;
    inode!.refresh();
    expect(calls.filter(name => name === 'lstatSync')).toHaveLength(4);
    expect(calls.filter(name => name !== 'lstatSync' && name !== 'fstatSync')).toEqual([]);
    expect(calls.filter(name => name === 'fstatSync').length).toBeLessThanOrEqual(1);
  });

  it('sees names come, go and change at once', () => {
    expect(errorOf(() => read('/src/f'))).toBe('ENOENT');
    nodeFs.writeFileSync(at('f'), 'one');
    expect(read('/src/f')).toBe('one');
    nodeFs.renameSync(at('f'), at('g'));
    nodeFs.writeFileSync(at('f'), 'two');
    expect([read('/src/f'), read('/src/g')]).toEqual(['two', 'one']);
  });

  it('creates, truncates and appends', () => {
    const file = open('/src/new', O_WRONLY | O_CREAT, 0o600);
    write(file, 'something long', 0);
    close(file);
    const again = open('/src/new', O_WRONLY | O_TRUNC);
    write(again, 'x', 0);
    close(again);
    expect(nodeFs.readFileSync(at('new'), 'latin1')).toBe('x');
    expect(nodeFs.statSync(at('new')).mode & 0o777).toBe(0o600);
    expect(superBlock().openFiles).toBe(0);
  });

  it('opens and lists directories', () => {
    nodeFs.mkdirSync(at('d'));
    nodeFs.writeFileSync(at('d/f'), '');
    const directory = open('/src/d', O_RDONLY | O_DIRECTORY) as DirectoryFile;
    expect([...directory.entries()].map(entry => entry.name)).toEqual(['.', '..', 'f']);
    close(directory);
    expect(errorOf(() => open('/src/d', O_RDWR | O_TMPFILE))).toBe('EOPNOTSUPP');
  });

  it('forgets inodes that nobody holds and keeps the others', () => {
    const block = superBlock();
    nodeFs.writeFileSync(at('held'), 'held');
    const held = open('/src/held');
    const stats = nodeFs.lstatSync(at('held'), { bigint: true });
    for (let i = 1; i <= MAX_IDLE_INODES; i++) {
      block.inodeFor({ ...stats, mode: stats.mode, ino: (1n << 60n) | BigInt(i) }, block.root, `x${i}`);
    }
    expect(block.inodeCount).toBeLessThan(100);
    expect(block.root.lookup('held')).toBe(held.inode);
    close(held);
  });
});

describe('mappings of hostfs files', () => {
  const map = (file: File, flags: number, prot = PROT_READ | PROT_WRITE, length = 8192) => {
    const mm = guest.kernel.memory.createAddressSpace();
    return { mm, start: mm.mmap({ at: 0, length, prot, flags, file, offset: 0 }) };
  };

  it('agree with read and write, and reach the host at fsync and close', () => {
    nodeFs.writeFileSync(at('f'), 'a'.repeat(5000));
    const file = open('/src/f', O_RDWR);
    const { mm, start } = map(file, MAP_SHARED);
    mm.copyOut(start + 10, toBytes('mapped'));
    expect(readAt(file, 8, 10)).toBe('aamappedaa');
    write(file, 'written', 4094);
    expect(fromBytes(mm.copyIn(start + 4092, 11))).toBe('aawrittenaa');
    expect(readAt(file, 4990)).toBe('a'.repeat(10));
    expect(nodeFs.readFileSync(at('f'), 'latin1').slice(4094, 4101)).toBe('written');
    file.fsync('data');
    expect(nodeFs.readFileSync(at('f'), 'latin1').slice(8, 18)).toBe('aamappedaa');
    mm.copyOut(start, toBytes('last'));
    mm.put();
    close(file);
    expect(nodeFs.readFileSync(at('f'), 'latin1').slice(0, 6)).toBe('lastaa');
    expect(nodeFs.statSync(at('f')).size).toBe(5000);
  });

  it('see what the host changes once the guest looks at the file again', () => {
    nodeFs.writeFileSync(at('f'), 'old content');
    const file = open('/src/f');
    const { mm, start } = map(file, MAP_PRIVATE, PROT_READ, 4096);
    expect(fromBytes(mm.copyIn(start, 3))).toBe('old');
    nodeFs.writeFileSync(at('f'), 'new content, and longer');
    guest.kernel.callCount++;
    expect(readAt(file, 0)).toBe('new content, and longer');
    expect(fromBytes(mm.copyIn(start, 3))).toBe('new');
    mm.put();
    close(file);
  });

  it('of a cut file keep no bytes past the end', () => {
    nodeFs.writeFileSync(at('f'), 'a'.repeat(6000));
    const file = open('/src/f', O_RDWR);
    const { mm, start } = map(file, MAP_SHARED);
    mm.copyIn(start, 6000);
    file.inode.setattr({ size: 100 });
    mm.copyOut(start + 200, toBytes('beyond'));
    write(file, 'end', 300);
    expect(readAt(file, 100)).toBe(`${'\0'.repeat(200)}end`);
    expect(errorOf(() => mm.copyIn(start + 4096, 1))).toBe('EFAULT');
    mm.put();
    close(file);
    expect(
      nodeFs
        .readFileSync(at('f'))
        .subarray(100, 300)
        .every(byte => byte === 0),
    ).toBe(true);
  });

  it('survive the removal of the name', () => {
    nodeFs.writeFileSync(at('f'), 'still here');
    const file = open('/src/f');
    const { mm, start } = map(file, MAP_PRIVATE, PROT_READ, 4096);
    close(file); // the mapping holds it
    nodeFs.unlinkSync(at('f'));
    expect(fromBytes(mm.copyIn(start, 10))).toBe('still here');
    mm.put();
    expect(superBlock().openFiles).toBe(0);
  });
});
