import { describe, expect, it } from 'vitest';
import { AT_FDCWD, O_RDONLY, O_RDWR, O_TMPFILE, O_TRUNC, O_WRONLY } from '../../abi/fcntl.ts';
import { S_IFCHR, S_IFMT } from '../../abi/stat.ts';
import { errorOf } from '../../testing.ts';
import { changeMode, changeOwner, changeTimes } from '../attributes.ts';
import { makeDirectory, makeLink, makeNode } from '../create.ts';
import type { DirectoryFile } from '../directory-file.ts';
import { readDirectory, status } from '../kernel-files.ts';
import { removeDirectory, rename, unlink } from '../remove.ts';
import { readText, writeText } from '../testing.ts';
import { tmpfsType } from '../tmpfs.ts';
import { getXattr, listXattrs, setXattr } from '../xattr.ts';
import { makeOverlayTest, OPTIONS, overlayOf, type OverlayTest } from './testing.ts';

const mv = (test: OverlayTest, name: string, newName: string): void =>
  rename(test.root, { from: AT_FDCWD, name, to: AT_FDCWD, newName, flags: 0 });

describe('an overlay shows', () => {
  it('directories of all layers as one, and the topmost of everything else', () => {
    const test = overlayOf(({ mkdir, write }) => {
      for (const name of ['/low1/d', '/low2/d', '/low2/e', '/up/d']) mkdir(name);
      write('/low2/d/x', 'low2');
      write('/low1/d/x', 'low1');
      write('/low2/d/y', 'low2');
      write('/up/d/z', 'up');
      write('/low1/e', 'a file over a directory');
    });
    expect(test.names('/m')).toEqual(['d', 'e']);
    expect(test.names('/m/d')).toEqual(['x', 'y', 'z']);
    expect([test.read('/m/d/x'), test.read('/m/d/y'), test.read('/m/d/z')]).toEqual(['low1', 'low2', 'up']);
    expect(test.read('/m/e')).toBe('a file over a directory');
  });

  it('nothing below a whiteout or an opaque directory, in whatever layer', () => {
    const test = overlayOf(({ mkdir, write, root, at }) => {
      for (const name of ['/low1/d', '/low2/d', '/low2/o', '/low1/o']) mkdir(name);
      for (const name of ['/low2/a', '/low2/b', '/low2/d/x', '/low2/o/hidden', '/low1/o/shown'])
        write(name, '');
      makeNode(root, AT_FDCWD, '/low1/a', S_IFCHR, 0);
      write('/low1/b', '');
      setXattr(root, at('/low1/b'), 'trusted.overlay.whiteout', new Uint8Array(1), 0);
      makeNode(root, AT_FDCWD, '/low1/d/x', S_IFCHR, 0);
      setXattr(root, at('/low1/o'), 'trusted.overlay.opaque', Buffer.from('y'), 0);
    });
    expect(test.names('/m')).toEqual(['d', 'o']);
    expect(test.names('/m/d')).toEqual([]);
    expect(test.names('/m/o')).toEqual(['shown']);
    expect(errorOf(() => test.open('/m/a'))).toBe('ENOENT');
  });

  it('one device, and for each file the inode number that readdir gives', () => {
    const test = overlayOf(({ mkdir, write }) => {
      for (const name of ['/low1/d', '/low2/d']) mkdir(name);
      for (const name of ['/low1/d/a', '/low2/d/b', '/low2/d/c']) write(name, '');
    });
    changeMode(test.root, test.at('/m/d/b'), 0o600);
    test.write('/m/d/new', '');
    for (const top of ['/m', '/m/d']) {
      for (const { name } of readDirectory(test.root, top)) {
        const seen = status(test.root, `${top}/${name}`);
        const directory = test.open(top) as DirectoryFile;
        const listed = [...directory.entries()].find(entry => entry.name === name)!;
        test.vfs.put(directory);
        expect(seen.ino, name).toBe(listed.ino);
        expect(seen.device, name).toBe(test.at('/m').mount.superBlock.device);
      }
    }
    expect(status(test.root, '/m/d').nlink).toBe(1);
  });

  it('its own page cache for no file: a mapping uses the pages of the layer', () => {
    const test = overlayOf(({ write }) => write('/low1/lib', 'code'));
    const file = test.open('/m/lib');
    const lower = test.open('/low1/lib');
    expect(file.mappable()).toBe(lower.mappable());
    for (const one of [file, lower]) test.vfs.put(one);
  });
});

describe('a change copies up', () => {
  const filled = (): OverlayTest =>
    overlayOf(({ mkdir, write, root, at }) => {
      mkdir('/low2/d');
      mkdir('/low2/d/e');
      write('/low2/d/e/f', 'content');
      changeOwner(root, at('/low2/d/e/f'), 7, 8);
      changeMode(root, at('/low2/d/e/f'), 0o4640);
      changeMode(root, at('/low2/d'), 0o2711);
      setXattr(root, at('/low2/d/e/f'), 'user.note', Buffer.from('kept'), 0);
      changeTimes(root, at('/low2/d/e/f'), { sec: 5, nsec: 6 }, { sec: 7, nsec: 8 });
      changeTimes(root, at('/low2/d/e'), { sec: 1, nsec: 2 }, { sec: 3, nsec: 4 });
    });

  it('the file with its attributes and the directories above it, whose times stay', () => {
    const test = filled();
    const before = status(test.root, '/m/d/e/f');
    changeMode(test.root, test.at('/m/d/e/f'), 0o600);
    const after = status(test.root, '/m/d/e/f');
    expect(after).toMatchObject({ mode: 0o100600, uid: 7, gid: 8, ino: before.ino, size: 7 });
    expect([after.atime, after.mtime]).toEqual([before.atime, before.mtime]);
    expect(status(test.root, '/up/d/e/f')).toMatchObject({ mode: 0o100600, uid: 7, gid: 8 });
    expect(status(test.root, '/up/d').mode).toBe(0o42711);
    expect(status(test.root, '/m/d/e').mtime).toEqual({ sec: 3, nsec: 4 });
    expect(Buffer.from(getXattr(test.root, test.at('/up/d/e/f'), 'user.note')).toString()).toBe('kept');
    expect(test.read('/m/d/e/f')).toBe('content');
    expect(status(test.root, '/low2/d/e/f').mode).toBe(0o104640);
    expect(test.names('/work/work')).toEqual([]);
  });

  it('and leaves nothing when the upper layer is full', () => {
    const test = makeOverlayTest();
    for (const name of ['/low', '/top']) test.mkdir(name);
    const small = tmpfsType.mount(test.kernel, 'small', 'size=8k', 0);
    test.vfs.tree.attach(test.vfs.tree.create(small, 0), test.at('/top'));
    for (const name of ['/top/up', '/top/work', '/low/d']) test.mkdir(name);
    test.write('/low/d/big', 'x'.repeat(20_000));
    test.mount('lowerdir=/low,upperdir=/top/up,workdir=/top/work', '/m');
    expect(errorOf(() => test.open('/m/d/big', O_RDWR))).toBe('ENOSPC');
    expect([test.names('/top/work/work'), test.names('/top/up/d')]).toEqual([[], []]);
    expect(test.read('/m/d/big')).toHaveLength(4096);
    // What O_TRUNC throws away is not copied.
    test.write('/m/d/big', 'small');
    expect(test.read('/m/d/big')).toBe('small');
  });

  it('and a file that was open for reading goes on with the copy, a mapping with the lower file', () => {
    const test = filled();
    const reader = test.open('/m/d/e/f');
    const mapped = reader.mappable();
    const writer = test.open('/m/d/e/f', O_WRONLY);
    writeText(writer, 'CON');
    expect(readText(reader)).toBe('CONtent');
    expect(reader.mappable()).not.toBe(mapped);
    const lower = test.open('/low2/d/e/f');
    expect(lower.mappable()).toBe(mapped);
    for (const file of [reader, writer, lower]) test.vfs.put(file);
  });

  it('and names of one lower file part', () => {
    const test = overlayOf(({ write, root, at }) => {
      write('/low1/a', 'one');
      makeLink(root, at('/low1/a'), AT_FDCWD, '/low1/b');
    });
    expect(status(test.root, '/m/a').ino).toBe(status(test.root, '/m/b').ino);
    test.write('/m/a', 'two');
    expect([test.read('/m/a'), test.read('/m/b'), test.read('/low1/a')]).toEqual(['two', 'one', 'one']);
    expect([status(test.root, '/m/a').nlink, status(test.root, '/m/b').nlink]).toEqual([1, 2]);
    expect(status(test.root, '/m/a').ino).not.toBe(status(test.root, '/m/b').ino);
  });

  it('and a link joins names in the upper layer, also after they were forgotten', () => {
    const test = filled();
    makeLink(test.root, test.at('/m/d/e/f'), AT_FDCWD, '/m/g');
    test.write('/m/g', 'through the other name');
    expect(test.read('/m/d/e/f')).toBe('through the other name');
    const [a, b] = ['/m/g', '/m/d/e/f'].map(name => status(test.root, name));
    expect([a!.ino, a!.nlink]).toEqual([b!.ino, 2]);
  });

  it('of an open file whose name is gone', () => {
    const test = filled();
    const file = test.open('/m/d/e/f');
    unlink(test.root, AT_FDCWD, '/m/d/e/f');
    file.inode.setattr({ mode: 0o600 });
    expect([file.inode.mode & 0o777, file.inode.nlink, readText(file)]).toEqual([0o600, 0, 'content']);
    test.vfs.put(file);
    expect(test.names('/m/d/e')).toEqual([]);
  });
});

describe('removing', () => {
  it('leaves a whiteout, which a new directory replaces as an opaque one', () => {
    const test = overlayOf(({ mkdir, write }) => {
      mkdir('/low1/d');
      write('/low1/d/f', '');
    });
    expect(errorOf(() => removeDirectory(test.root, AT_FDCWD, '/m/d'))).toBe('ENOTEMPTY');
    unlink(test.root, AT_FDCWD, '/m/d/f');
    expect(status(test.root, '/up/d/f').mode & S_IFMT).toBe(S_IFCHR);
    removeDirectory(test.root, AT_FDCWD, '/m/d');
    expect(status(test.root, '/up/d')).toMatchObject({ mode: S_IFCHR, rdev: 0 });
    test.mkdir('/m/d');
    expect(Buffer.from(getXattr(test.root, test.at('/up/d'), 'trusted.overlay.opaque')).toString()).toBe('y');
    expect(listXattrs(test.root, test.at('/m/d'))).toEqual([]);
    expect(test.names('/m/d')).toEqual([]);
  });

  it('of what only the upper layer has leaves nothing', () => {
    const test = overlayOf(() => {});
    test.write('/m/f', '');
    test.mkdir('/m/d');
    unlink(test.root, AT_FDCWD, '/m/f');
    removeDirectory(test.root, AT_FDCWD, '/m/d');
    expect(test.names('/up')).toEqual([]);
  });

  it('gives a listing that goes on each name that stays once', () => {
    const names = Array.from({ length: 40 }, (_, i) => `f${String(i).padStart(2, '0')}`);
    const test = overlayOf(({ write }) => names.forEach(name => write(`/low1/${name}`, '')));
    const directory = test.open('/m') as DirectoryFile;
    const seen: string[] = [];
    for (let round = 0; round < 40; round++) {
      const entry = [...directory.entries()].find(({ name }) => !name.startsWith('.'));
      if (entry === undefined) break;
      seen.push(entry.name);
      directory.position = entry.next;
      if (round % 5 === 0) unlink(test.root, AT_FDCWD, `/m/${entry.name}`);
      if (round % 5 === 1) changeMode(test.root, test.at(`/m/${entry.name}`), 0o600);
    }
    expect(seen.sort()).toEqual(names);
    test.vfs.put(directory);
  });

  it('cannot be done by making a whiteout by hand', () => {
    const test = overlayOf(() => {});
    expect(errorOf(() => makeNode(test.root, AT_FDCWD, '/m/w', S_IFCHR, 0))).toBe('EPERM');
  });
});

describe('rename', () => {
  const fill = ({ mkdir, write }: OverlayTest): void => {
    mkdir('/low1/d');
    write('/low1/d/f', 'f');
  };

  it('of a lower directory leads to its lower part', () => {
    const test = overlayOf(fill);
    mv(test, '/m/d', '/m/e');
    expect(test.read('/m/e/f')).toBe('f');
    expect(test.names('/up/e')).toEqual([]);
    expect(test.names('/m')).toEqual(['e']);
  });

  it('of a lower directory is EXDEV without redirects; of a new one it is not', () => {
    const test = overlayOf(fill, `${OPTIONS},redirect_dir=off`);
    expect(errorOf(() => mv(test, '/m/d', '/m/e'))).toBe('EXDEV');
    test.mkdir('/m/new');
    mv(test, '/m/new', '/m/other');
    mv(test, '/m/d/f', '/m/f');
    expect(test.names('/m')).toEqual(['d', 'f', 'other']);
  });
});

describe('an unnamed file', () => {
  it('can be made and linked', () => {
    const test = overlayOf(({ mkdir }) => void mkdir('/low1/d'));
    const file = test.open('/m/d', O_TMPFILE | O_RDWR);
    writeText(file, 'text');
    makeLink(test.root, file.path, AT_FDCWD, '/m/d/named');
    test.vfs.put(file);
    expect(test.read('/m/d/named')).toBe('text');
  });
});

describe('mount', () => {
  it('refuses layers that cannot be', () => {
    const test = makeOverlayTest();
    for (const name of ['/low', '/up', '/work', '/up/in']) test.mkdir(name);
    test.write('/file', '');
    const error = (options: string): string =>
      errorOf(() => test.mount(options, `/m${test.names('/').length}`));
    expect(error('upperdir=/up,workdir=/work')).toBe('EINVAL');
    expect(error('lowerdir=/low')).toBe('EINVAL');
    expect(error('lowerdir=/none,upperdir=/up,workdir=/work')).toBe('ENOENT');
    expect(error('lowerdir=/low,upperdir=/up')).toBe('EINVAL');
    expect(error('lowerdir=/low,upperdir=/up,workdir=/up')).toBe('EINVAL');
    expect(error('lowerdir=/low,upperdir=/up,workdir=/up/in')).toBe('EINVAL');
    expect(error('lowerdir=/low,upperdir=/file,workdir=/work')).toBe('EINVAL');
    expect(error('lowerdir=/low,upperdir=/up,workdir=/work,unknown=1')).toBe('EINVAL');
    expect(error('lowerdir=/low,upperdir=/up,workdir=/work')).toBe('no error');
  });

  it('without an upper layer is read-only', () => {
    const test = overlayOf(({ write }) => write('/low2/f', 'f'), 'lowerdir=/low1:/low2');
    expect(test.read('/m/f')).toBe('f');
    const denied = [
      () => test.write('/m/g', ''),
      () => makeDirectory(test.root, AT_FDCWD, '/m/d', 0o755),
      () => changeMode(test.root, test.at('/m/f'), 0o600),
      () => unlink(test.root, AT_FDCWD, '/m/f'),
    ];
    expect(denied.map(errorOf)).toEqual(denied.map(() => 'EROFS'));
  });

  it('takes colons and commas in names that are escaped', () => {
    const test = makeOverlayTest();
    for (const name of ['/a:b', '/c,d', '/up', '/work']) test.mkdir(name);
    test.write('/a:b/f', 'f');
    test.write('/c,d/g', 'g');
    test.mount('lowerdir=/a\\:b:/c\\,d,upperdir=/up,workdir=/work', '/m');
    expect(test.names('/m')).toEqual(['f', 'g']);
    expect(test.at('/m').mount.superBlock.showOptions()).toBe(
      ',lowerdir=/a\\:b:/c\\,d,upperdir=/up,workdir=/work',
    );
  });

  it('lets go of the layers when it ends, and keeps them until then', () => {
    const test = makeOverlayTest();
    test.mkdir('/layers');
    const layers = tmpfsType.mount(test.kernel, 'layers', '', 0);
    test.vfs.tree.attach(test.vfs.tree.create(layers, 0), test.at('/layers'));
    for (const name of ['low1', 'low2', 'up', 'work', 'low1/d']) test.mkdir(`/layers/${name}`);
    test.write('/layers/low1/d/f', 'f');
    test.mount(OPTIONS.replaceAll('=/', '=/layers/').replaceAll(':/', ':/layers/'), '/m');
    test.unmount('/layers');
    expect(test.read('/m/d/f')).toBe('f');
    const file = test.open('/m/d/f', O_RDONLY);
    test.write('/m/d/f', 'changed');
    test.vfs.put(file);
    test.unmount('/m');
    expect(layers.mountCount).toBe(0);
    expect(layers.root.references).toBe(0);
  });
});

describe('a changed upper layer', () => {
  it('is ESTALE, not a broken overlay', () => {
    const test = overlayOf(({ mkdir }) => void mkdir('/low1/d'));
    test.write('/m/d/f', 'f');
    const file = test.open('/m/d/f', O_RDWR | O_TRUNC);
    unlink(test.root, AT_FDCWD, '/up/d/f');
    expect(writeText(file, 'still there')).toBe(11);
    test.vfs.put(file);
    expect(['ESTALE', 'ENOENT']).toContain(errorOf(() => unlink(test.root, AT_FDCWD, '/m/d/f')));
    removeDirectory(test.root, AT_FDCWD, '/up/d');
    expect(['ESTALE', 'ENOENT']).toContain(errorOf(() => test.write('/m/d/g', '')));
  });
});
