import { describe, expect, it } from 'vitest';
import {
  AT_FDCWD,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_WRONLY,
} from '../abi/fcntl.ts';
import {
  EACCES,
  EEXIST,
  EISDIR,
  ELOOP,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EINVAL,
} from '../abi/errno.ts';
import { makeLink, makeSymlink } from './create.ts';
import { DirectoryFile } from './directory-file.ts';
import { removeDirectory, rename, unlink } from './remove.ts';
import { makeTestKernel, readText, USER, writeText } from './testing.ts';
import { errnoOf } from '../testing.ts';

function setup() {
  const test = makeTestKernel();
  const { root } = test;
  const at = root.root;
  const move = (name: string, newName: string, flags = 0) =>
    rename(root, { from: at, name, to: at, newName, flags });
  return { ...test, at, move };
}

describe('names', () => {
  it('are made, read back, moved and removed', () => {
    const { vfs, root, at, mkdir, write, read, move } = setup();
    mkdir('/d');
    write('/d/f', 'hello');
    expect(read('/d/../d/./f')).toBe('hello');
    move('/d/f', '/g');
    expect(errnoOf(() => read('/d/f'))).toBe(ENOENT);
    expect(read('g')).toBe('hello');
    unlink(root, at, '/g');
    removeDirectory(root, at, '/d');
    expect(errnoOf(() => vfs.walk(root, AT_FDCWD, '/d'))).toBe(ENOENT);
    expect(root.root.dentry.inode!.nlink).toBe(2);
  });

  it('resolve symbolic links up to 40 times', () => {
    const { root, at, write, read } = setup();
    write('/l0', 'end');
    for (let i = 1; i <= 41; i++) makeSymlink(root, at, `/l${i}`, `l${i - 1}`);
    expect(read('/l40')).toBe('end');
    expect(errnoOf(() => read('/l41'))).toBe(ELOOP);
    makeSymlink(root, at, '/self', 'self/x');
    expect(errnoOf(() => read('/self'))).toBe(ELOOP);
  });

  it('obey the rules of trailing slashes and lengths', () => {
    const { vfs, root, mkdir, write, read, move } = setup();
    write('/f', 'x');
    mkdir('/d');
    expect(errnoOf(() => read('/f/'))).toBe(ENOTDIR);
    expect(errnoOf(() => read('/f/.'))).toBe(ENOTDIR);
    expect(errnoOf(() => vfs.open(root, AT_FDCWD, '/new/', O_CREAT | O_WRONLY, 0o644))).toBe(EISDIR);
    expect(errnoOf(() => move('/f', '/g/'))).toBe(ENOTDIR);
    expect(errnoOf(() => move('/d', '/e/'))).toBe(0);
    expect(errnoOf(() => read(`/${'n'.repeat(256)}`))).toBe(ENAMETOOLONG);
    expect(errnoOf(() => read(`/${'n'.repeat(255)}`))).toBe(ENOENT);
    expect(errnoOf(() => read('/e/'.repeat(1366)))).toBe(ENAMETOOLONG);
    expect(errnoOf(() => read(''))).toBe(ENOENT);
  });

  it('cannot make a directory its own child', () => {
    const { mkdir, move } = setup();
    mkdir('/a');
    mkdir('/a/b');
    expect(errnoOf(() => move('/a', '/a/b/c'))).toBe(EINVAL);
    expect(errnoOf(() => move('/a/b', '/a'))).toBe(ENOTEMPTY);
  });

  it('that are removed leave open files alive and give memory back at the last close', () => {
    const { kernel, vfs, root, at, write } = setup();
    const before = kernel.memory.freePages;
    write('/f', 'still here');
    const file = vfs.open(root, AT_FDCWD, '/f', O_RDONLY);
    unlink(root, at, '/f');
    expect(readText(file)).toBe('still here');
    expect(vfs.pathname(file.path)).toBe('/f (deleted)');
    vfs.put(file);
    expect(kernel.memory.freePages).toBe(before);
  });
});

describe('open', () => {
  it('with O_EXCL refuses what exists, even a dangling link', () => {
    const { vfs, root, at, write } = setup();
    write('/f', '');
    makeSymlink(root, at, '/dangling', '/nowhere');
    const flags = O_CREAT | O_EXCL | O_WRONLY;
    expect(errnoOf(() => vfs.open(root, AT_FDCWD, '/f', flags))).toBe(EEXIST);
    expect(errnoOf(() => vfs.open(root, AT_FDCWD, '/dangling', flags))).toBe(EEXIST);
    expect(errnoOf(() => vfs.open(root, AT_FDCWD, '/f', O_RDONLY | O_DIRECTORY))).toBe(ENOTDIR);
  });

  it('creates through a dangling link without O_EXCL', () => {
    const { root, at, write, read } = setup();
    makeSymlink(root, at, '/dangling', '/target');
    write('/dangling', 'made');
    expect(read('/target')).toBe('made');
  });

  it('asks for search permission and mode bits of a user', () => {
    const { vfs, as, mkdir, write, root } = setup();
    mkdir('/d');
    write('/d/f', 'x');
    root.root.dentry.inode!.lookup('d')!.mode = 0o040700;
    expect(errnoOf(() => vfs.open(as(USER), AT_FDCWD, '/d/f', O_RDONLY))).toBe(EACCES);
    expect(errnoOf(() => vfs.open(as(USER), AT_FDCWD, '/d/nothing', O_RDONLY))).toBe(EACCES);
  });

  it('with O_TMPFILE makes a file that link gives a name', () => {
    const { vfs, root, at, read } = setup();
    const file = vfs.open(root, AT_FDCWD, '/', O_TMPFILE | O_RDWR, 0o600);
    writeText(file, 'unnamed');
    expect(file.inode.nlink).toBe(0);
    makeLink(root, file.path, at, '/named');
    vfs.put(file);
    expect(read('/named')).toBe('unnamed');
  });

  it('lists a directory completely while entries come and go', () => {
    const { vfs, root, at, mkdir, write } = setup();
    mkdir('/d');
    for (let i = 0; i < 100; i++) write(`/d/${i}`, '');
    const file = vfs.open(root, AT_FDCWD, '/d', O_RDONLY | O_DIRECTORY) as DirectoryFile;
    const seen: string[] = [];
    for (let again = true; again;) {
      again = false;
      for (const entry of file.entries()) {
        seen.push(entry.name);
        file.position = entry.next;
        if (entry.name !== '.' && entry.name !== '..') unlink(root, at, `/d/${entry.name}`);
        again = true;
        break;
      }
    }
    expect(seen).toEqual(['.', '..', ...Array.from({ length: 100 }, (_, i) => String(i))]);
    vfs.put(file);
  });
});
