/** hostfs with `cache=`, and as the root of a system: what is believed for how long, who owns what, what is not shown. */
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AT_FDCWD, O_RDONLY } from '../../abi/fcntl.ts';
import { fromBytes } from '../../abi/byte-string.ts';
import { errorOf } from '../../testing.ts';
import { makeDirectory } from '../create.ts';
import { readDirectory, readFile, status } from '../kernel-files.ts';
import { makeTestKernel } from '../testing.ts';
import { hostfsType } from './hostfs.ts';
import { OwnerMap } from './owner-map.ts';

let path: string;
const at = (name: string): string => join(path, name);
/** Host directories made so long ago that their times tell of every change. */
const age = (name: string): void => nodeFs.utimesSync(at(name), 1000, 1000);

beforeEach(() => {
  path = nodeFs.mkdtempSync(join(tmpdir(), 'hostfs-cache-'));
});
afterEach(() => nodeFs.rmSync(path, { recursive: true, force: true }));

function mounted(options = 'cache=1000', directory = path) {
  const test = makeTestKernel();
  const kernel = test.kernel as unknown as Record<string, unknown>;
  kernel['machine'] = { directories: new Map([['tag', { fs: nodeFs, path: directory, isReadOnly: false }]]) };
  kernel['callCount'] = 0;
  const context = test.as();
  makeDirectory(context, AT_FDCWD, '/h', 0o755);
  const superBlock = hostfsType.mount(test.kernel, 'tag', options, 0);
  const place = test.vfs.walk(context, AT_FDCWD, '/h');
  test.vfs.tree.attach(test.vfs.tree.create(superBlock, 0), place);
  const root = () => test.as();
  return {
    ...test,
    read: (name: string): string => fromBytes(readFile(root(), `/h/${name}`)),
    names: (name: string): string[] => readDirectory(root(), `/h/${name}`).map(entry => entry.name),
    size: (name: string): number => status(root(), `/h/${name}`).size,
    error: (name: string): string => errorOf(() => readFile(root(), `/h/${name}`)),
    root,
  };
}

it('believes that a name is absent, or what a file is, for the time of the cache and no longer', () => {
  nodeFs.writeFileSync(at('f'), 'one');
  age('.');
  const guest = mounted();
  expect([guest.error('new'), guest.size('f')]).toEqual(['ENOENT', 3]);
  nodeFs.writeFileSync(at('new'), 'new');
  nodeFs.writeFileSync(at('f'), 'longer');
  expect([guest.error('new'), guest.size('f')]).toEqual(['ENOENT', 3]);
  guest.time.sec += 2;
  expect([guest.read('new'), guest.size('f')]).toEqual(['new', 6]);
});

it('sees what the guest itself changes at once', () => {
  age('.');
  const guest = mounted();
  expect(guest.error('d')).toBe('ENOENT');
  makeDirectory(guest.root(), AT_FDCWD, '/h/d', 0o755);
  expect(guest.names('')).toEqual(['d']);
  expect(guest.names('d')).toEqual([]);
});

it('opens the file that the host has put in the place of another', () => {
  nodeFs.writeFileSync(at('f'), 'old');
  age('.');
  const guest = mounted();
  expect(guest.size('f')).toBe(3);
  nodeFs.writeFileSync(at('g'), 'another');
  nodeFs.renameSync(at('g'), at('f'));
  expect(guest.read('f')).toBe('another');
});

it('believes nothing of a directory that has changed just now', () => {
  const guest = mounted();
  guest.time.sec = Math.floor(Date.now() / 1000);
  const now = nodeFs.statSync(path).mtimeMs;
  nodeFs.utimesSync(path, now / 1000, guest.time.sec + 0.001);
  expect(guest.error('new')).toBe('ENOENT');
  nodeFs.writeFileSync(at('new'), 'new');
  nodeFs.utimesSync(path, now / 1000, guest.time.sec + 0.001);
  guest.time.sec += 2;
  expect(guest.read('new')).toBe('new');
});

it('reads a directory once when many of its names are asked for in vain', () => {
  nodeFs.writeFileSync(at('there'), 'x');
  age('.');
  const guest = mounted();
  let looks = 0;
  const { machine } = guest.kernel;
  const fs = {
    ...nodeFs,
    lstatSync: (...args: Parameters<typeof nodeFs.lstatSync>) => {
      looks++;
      return nodeFs.lstatSync(...args);
    },
  };
  Object.assign(machine.directories.get('tag')!, { fs });
  const other = hostfsType.mount(guest.kernel, 'tag', 'cache=1001', 0);
  for (let i = 0; i < 500; i++) expect(other.root.lookup(`none${i}`)).toBeUndefined();
  expect(looks).toBeLessThan(100);
  expect(other.root.lookup('there')?.size).toBe(1);
  other.shutdown();
});

it.runIf(nodeFs.existsSync('/proc/self/stat'))('shows nothing of the file systems of the host kernel', () => {
  const guest = mounted('ro,cache=1000', '/');
  expect(guest.names('proc')).toEqual([]);
  expect(guest.error('proc/self/environ')).toBe('ENOENT');
  expect(guest.names('')).toContain('proc');
});

it('of the host shows root and the user as root, with map=root', () => {
  const map = new OwnerMap(1000, 0, 'shared');
  expect([0, 1000, 1001].map(id => map.toGuest(id))).toEqual([0, 0, 1001]);
  expect(map.toHost(0)).toBe(1000);
  expect(errorOf(() => map.toHost(1000))).toBe('EPERM');
  const guest = mounted('map=root');
  expect(guest.vfs.open(guest.root(), AT_FDCWD, '/h', O_RDONLY).inode.superBlock.showOptions()).toBe(
    ',map=root',
  );
});
