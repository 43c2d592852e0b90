/**
 * Random operations on an overlay and on a plain tmpfs that had the same files: both answer alike, end in the same tree,
 * and a second overlay over the layers that remain shows that tree too.
 */
import { expect, it } from 'vitest';
import { AT_FDCWD, O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY } from '../../abi/fcntl.ts';
import { RENAME_EXCHANGE, RENAME_NOREPLACE } from '../../abi/fcntl.ts';
import { S_IFSOCK } from '../../abi/stat.ts';
import { ENXIO } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { errorOf } from '../../testing.ts';
import { changeMode, changeOwner, truncatePath } from '../attributes.ts';
import { makeDirectory, makeLink, makeNode, makeSymlink } from '../create.ts';
import type { File } from '../file.ts';
import { removeDirectory, rename, unlink } from '../remove.ts';
import { readText, writeText } from '../testing.ts';
import { makeOverlayTest, OPTIONS, type OverlayTest } from './testing.ts';

/** A small generator with a seed, so that a failure can be run again. */
function generator(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % below;
  };
}

const NAMES = ['a', 'b', 'c', 'd'];
type Random = ReturnType<typeof generator>;

function randomPath(random: Random): string {
  let path = '';
  for (let depth = 1 + random(3); depth > 0; depth--) path += `/${NAMES[random(NAMES.length)]!}`;
  return path;
}

function write(test: OverlayTest, name: string, flags: number, text: string): void {
  const file = test.vfs.open(test.root, AT_FDCWD, name, flags, 0o640);
  try {
    writeText(file, text, (flags & O_APPEND) !== 0 ? file.inode.size : 0);
  } finally {
    test.vfs.put(file);
  }
}

/** One operation on random names below `top`. */
function operation(random: Random): (test: OverlayTest, top: string) => void {
  const path = randomPath(random);
  const other = randomPath(random);
  const number = random(1000);
  const to = (top: string, flags: number) => ({
    from: AT_FDCWD,
    name: top + path,
    to: AT_FDCWD,
    newName: top + other,
    flags,
  });
  switch (random(18)) {
    case 0:
    case 1:
      return (test, top) => write(test, top + path, O_CREAT | O_EXCL | O_RDWR, `new ${number}`);
    case 2:
      return (test, top) => write(test, top + path, O_WRONLY | O_APPEND, `+${number}`);
    case 3:
      return (test, top) => write(test, top + path, O_WRONLY | O_TRUNC | O_CREAT, `short ${number}`);
    case 4:
    case 5:
      return (test, top) => void makeDirectory(test.root, AT_FDCWD, top + path, 0o755);
    case 6:
    case 7:
      return (test, top) => unlink(test.root, AT_FDCWD, top + path);
    case 8:
    case 9:
      return (test, top) => removeDirectory(test.root, AT_FDCWD, top + path);
    case 10:
    case 11:
    case 12:
      return (test, top) => rename(test.root, to(top, 0));
    case 13:
      return (test, top) => rename(test.root, to(top, number % 2 === 0 ? RENAME_EXCHANGE : RENAME_NOREPLACE));
    case 14:
      return (test, top) => changeMode(test.root, test.at(top + path), 0o600 | (number & 0o77));
    case 15:
      return (test, top) => changeOwner(test.root, test.at(top + path), number, number + 1);
    case 16:
      return (test, top) => {
        if (number % 3 === 0) makeSymlink(test.root, AT_FDCWD, top + path, `target-${number}`);
        else if (number % 3 === 1) makeNode(test.root, AT_FDCWD, top + path, S_IFSOCK | 0o600, 0);
        else truncatePath(test.root, test.at(top + path), number % 7);
      };
    default:
      return (test, top) => void makeLink(test.root, test.at(top + path), AT_FDCWD, top + other);
  }
}

function fill(test: OverlayTest): void {
  for (const top of ['/low1', '/low2', '/up', '/work', '/plain']) test.mkdir(top);
  // Merged (a, c, c/a), above only (b), below only (a/b, d/b), a file over a directory (d/b/c).
  for (const name of ['a', 'a/d', 'b', 'b/c', 'c', 'c/a', 'd', 'd/b']) test.mkdir(`/low1/${name}`);
  for (const name of ['a', 'a/b', 'c', 'c/a', 'c/a/b', 'd', 'd/b', 'd/b/c']) test.mkdir(`/low2/${name}`);
  for (const name of ['a/c', 'b/a', 'b/c/d', 'c/d', 'c/a/c', 'd/b/c'])
    test.write(`/low1/${name}`, `1 ${name}`);
  for (const name of ['a/c', 'a/a', 'a/b/d', 'c/a/a', 'c/a/c', 'd/b/c/a', 'd/d']) {
    test.write(`/low2/${name}`, `2 ${name}`);
  }
}

function copyTree(test: OverlayTest, from: string, to: string): void {
  for (const name of test.names(from)) {
    const inode = test.at(`${from}/${name}`).dentry.inode!;
    if (!inode.isDirectory) {
      test.write(`${to}/${name}`, test.read(`${from}/${name}`));
      continue;
    }
    test.mkdir(`${to}/${name}`);
    copyTree(test, `${from}/${name}`, `${to}/${name}`);
  }
}

const SEEDS = Number(process.env['OVERLAY_SEEDS'] ?? 20);

it(`does in ${SEEDS} random histories what a plain tmpfs does`, () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = generator(seed);
    const test = makeOverlayTest(32 << 20);
    fill(test);
    test.mount(OPTIONS, '/m');
    copyTree(test, '/m', '/plain');
    const lower = [test.dump('/low1'), test.dump('/low2')];
    for (let step = 0; step < 150; step++) {
      const act = operation(random);
      const wanted = errorOf(() => act(test, '/plain'));
      const got = errorOf(() => act(test, '/m'));
      expect(got, `seed ${seed}, step ${step}: ${act.toString()}`).toBe(wanted);
      if (step % 10 === 9) {
        expect(test.dump('/m'), `tree, seed ${seed}, step ${step}`).toEqual(test.dump('/plain'));
      }
    }
    expect([test.dump('/low1'), test.dump('/low2')], `lower layers, seed ${seed}`).toEqual(lower);
    const before = test.dump('/m');
    expect(test.names('/work/work'), `work directory, seed ${seed}`).toEqual([]);
    test.unmount('/m');
    test.mount(OPTIONS, '/again');
    expect(test.dump('/again'), `mounted again, seed ${seed}`).toEqual(before);
    test.unmount('/again');
  }
});

it('survives whatever is done to its layers meanwhile', () => {
  const tops = ['/m', '/m', '/m', '/up', '/low1', '/low2', '/work', '/work/work', ''];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = generator(seed * 7919);
    const test = makeOverlayTest(32 << 20);
    // Whiteouts are devices, which are opened here too.
    Object.assign(test.kernel, { devices: { open: () => fail(ENXIO, 'no devices') } });
    fill(test);
    test.mount(OPTIONS, '/m');
    const held: File[] = [];
    for (let step = 0; step < 200; step++) {
      const top = tops[random(tops.length)]!;
      const act = operation(random);
      // Any error number will do; an exception that is none is a bug.
      errorOf(() => act(test, top));
      if (step % 17 === 0) errorOf(() => held.push(test.open(`/m${randomPath(random)}`)));
      if (step % 29 === 0) errorOf(() => test.dump('/m'));
    }
    for (const file of held) {
      errorOf(() => file.inode.setattr({ mode: 0o600 }));
      errorOf(() => readText(file));
      test.vfs.put(file);
    }
    errorOf(() => test.unmount('/m'));
  }
});
