import { describe, expect, it } from 'vitest';
import { EINVAL } from '../abi/errno.ts';
import { unpackInitramfs } from './initramfs.ts';
import {
  exists,
  mkdir,
  move,
  readDirectory,
  readFile,
  readLink,
  remove,
  status,
  truncate,
  writeFile,
} from './kernel-files.ts';
import { makeTestKernel } from './testing.ts';
import { errnoOf } from '../testing.ts';

interface Entry {
  name: string;
  mode: number;
  data?: string;
  ino?: number;
  nlink?: number;
}

function cpio(entries: Entry[]): Uint8Array {
  const parts: Buffer[] = [];
  let size = 0;
  const push = (bytes: Buffer): void => {
    const padded = Buffer.alloc((bytes.length + 3) & ~3);
    bytes.copy(padded);
    parts.push(padded);
    size += padded.length;
  };
  for (const { name, mode, data = '', ino = 0, nlink = 1 } of [
    ...entries,
    { name: 'TRAILER!!!', mode: 0 },
  ] as Entry[]) {
    const fields = [ino, mode, 5, 6, nlink, 77, data.length, 0, 0, 0, 0, name.length + 1, 0];
    const header = '070701' + fields.map(field => field.toString(16).padStart(8, '0')).join('');
    push(Buffer.from(`${header}${name}\0`, 'latin1'));
    push(Buffer.from(data, 'latin1'));
  }
  return Buffer.concat(parts, size);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('an initramfs', () => {
  it('takes memory for a file when the file is first opened, and never changes the archive', () => {
    const { kernel, as } = makeTestKernel();
    const root = as({}, 0);
    const data = 'x'.repeat(10_000);
    const archive = cpio(['a', 'b', 'c', 'd'].map(name => ({ name, mode: 0o100644, data })));
    const before = archive.slice();
    const free = kernel.memory.freePages;
    unpackInitramfs(kernel, archive);
    expect(status(root, '/a')).toMatchObject({ size: 10_000, blocks: 24 });
    expect(kernel.memory.freePages).toBe(free);
    expect(text(readFile(root, '/a'))).toBe(data);
    expect(free - kernel.memory.freePages).toBe(3);
    expect(status(root, '/a').blocks).toBe(24);
    writeFile(root, '/b', Buffer.from('new'), {});
    expect(text(readFile(root, '/b'))).toBe('new');
    truncate(root, '/c', 5000);
    expect(text(readFile(root, '/c'))).toBe('x'.repeat(5000));
    truncate(root, '/d', 0);
    truncate(root, '/d', 5000);
    expect(text(readFile(root, '/d'))).toBe('\0'.repeat(5000));
    expect(archive).toEqual(before);
  });

  it('gives files, directories, links and hard links with their owners and times', () => {
    const { kernel, as } = makeTestKernel();
    const root = as({}, 0);
    const archive = cpio([
      { name: '.', mode: 0o040755 },
      { name: 'bin', mode: 0o040711 },
      { name: 'bin/sh', mode: 0o100755, ino: 9, nlink: 2 },
      { name: './bin/bash', mode: 0o100755, ino: 9, nlink: 2, data: '#!native' },
      { name: 'etc/deep/er', mode: 0o100600, data: 'x' },
      { name: 'link', mode: 0o120777, data: 'bin/sh' },
      { name: 'fifo', mode: 0o010644 },
    ]);
    unpackInitramfs(kernel, archive);
    expect(text(readFile(root, '/link'))).toBe('#!native');
    expect(status(root, '/bin/sh')).toMatchObject({
      nlink: 2,
      uid: 5,
      gid: 6,
      mode: 0o100755,
      mtime: { sec: 77 },
    });
    expect(status(root, '/bin').mtime.sec).toBe(77);
    expect(text(readFile(root, '/etc/deep/er'))).toBe('x');
    expect(status(root, '/fifo').mode).toBe(0o010644);
    // A second archive replaces what it has again.
    unpackInitramfs(kernel, cpio([{ name: 'link', mode: 0o100644, data: 'file now' }]));
    expect(text(readFile(root, '/link'))).toBe('file now');
    expect(kernel.vfs.rootMount.writers).toBe(0);
  });

  it('that is cut off or garbage is refused', () => {
    const { kernel } = makeTestKernel();
    const archive = cpio([{ name: 'f', mode: 0o100644, data: 'some content' }]);
    expect(errnoOf(() => unpackInitramfs(kernel, archive.subarray(0, 120)))).toBe(EINVAL);
    expect(errnoOf(() => unpackInitramfs(kernel, Buffer.from('not an archive at all')))).toBe(EINVAL);
  });
});

describe('the whole-file operations', () => {
  it('write, append, list, move and remove trees', () => {
    const root = makeTestKernel().as();
    mkdir(root, '/a/b/c', { isRecursive: true });
    writeFile(root, '/a/b/f', Buffer.from('one'));
    writeFile(root, '/a/b/f', Buffer.from('two'), { isAppending: true });
    expect(text(readFile(root, '/a/b/f'))).toBe('onetwo');
    expect(readDirectory(root, '/a/b').map(entry => entry.name)).toEqual(['c', 'f']);
    move(root, '/a/b', '/z');
    expect(exists(root, '/z/c')).toBe(true);
    remove(root, '/z', { isRecursive: true });
    expect(exists(root, '/z')).toBe(false);
    remove(root, '/z', { isForced: true });
    expect(errnoOf(() => readLink(root, '/a'))).toBe(EINVAL);
  });
});
