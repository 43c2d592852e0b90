/** A kernel with an overlay of two lower directories, for tests: /low1 over /low2, /up, /work, seen at /m. */
import { AT_FDCWD, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC } from '../../abi/fcntl.ts';
import { makeDirectory } from '../create.ts';
import type { File } from '../file.ts';
import type { WalkContext } from '../fs-context.ts';
import { readDirectory, status } from '../kernel-files.ts';
import { lookupPath } from '../path-walk.ts';
import type { Path } from '../path.ts';
import { makeTestKernel, readText, writeText, type TestKernel } from '../testing.ts';
import { overlayType } from './overlay.ts';

export const OPTIONS = 'lowerdir=/low1:/low2,upperdir=/up,workdir=/work,redirect_dir=on';

export interface OverlayTest extends TestKernel {
  readonly root: WalkContext;
  mkdir(name: string): Path;
  write(name: string, text: string): void;
  read(name: string): string;
  open(name: string, flags?: number): File;
  /** Names in a directory, sorted. */
  names(name: string): string[];
  /** Mounts an overlay at a directory, which is made. */
  mount(options: string, at: string): void;
  unmount(at: string): void;
  at(name: string): Path;
  /** The dump of a tree: one line for each file. */
  dump(name: string): string[];
}

export function makeOverlayTest(memoryBytes = 16 << 20): OverlayTest {
  const test = makeTestKernel(memoryBytes);
  const { vfs, kernel } = test;
  const root = test.as();
  const at = (name: string): Path => lookupPath(root, AT_FDCWD, name, 0);
  const open = (name: string, flags = O_RDONLY): File => vfs.open(root, AT_FDCWD, name, flags, 0o644);
  const names = (name: string): string[] =>
    readDirectory(root, name)
      .map(entry => entry.name)
      .sort();
  const read = (name: string): string => {
    const file = open(name);
    try {
      return readText(file);
    } finally {
      vfs.put(file);
    }
  };
  const dump = (name: string): string[] => {
    const lines: string[] = [];
    for (const { name: child, type } of readDirectory(root, name).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = `${name}/${child}`;
      const { mode, uid, gid, nlink } = status(root, path, 'stay');
      const links = type === 4 ? '' : ` ×${nlink}`;
      const content =
        type === 8 ? ` "${read(path)}"` : type === 10 ? ` → ${at(path).dentry.inode!.readlink()}` : '';
      lines.push(`${child} ${mode.toString(8)} ${uid}:${gid}${links}${content}`);
      if (type === 4) lines.push(...dump(path).map(line => `${child}/${line}`));
    }
    return lines;
  };
  const mkdir = (name: string): Path => makeDirectory(root, AT_FDCWD, name, 0o755);
  return {
    ...test,
    root,
    at,
    open,
    names,
    read,
    dump,
    mkdir,
    write(name, text) {
      const file = open(name, O_CREAT | O_RDWR | O_TRUNC);
      writeText(file, text);
      vfs.put(file);
    },
    mount(options, place) {
      const superBlock = overlayType.mount(kernel, 'overlay', options, 0, root);
      vfs.tree.attach(vfs.tree.create(superBlock, 0), mkdir(place));
    },
    unmount(place) {
      vfs.tree.unmount(at(place).mount, 0);
    },
  };
}

/** The usual overlay: `fill` puts files into /low1 and /low2 before it is mounted at /m. */
export function overlayOf(fill: (test: OverlayTest) => void, options = OPTIONS): OverlayTest {
  const test = makeOverlayTest();
  for (const name of ['/low1', '/low2', '/up', '/work']) test.mkdir(name);
  fill(test);
  test.mount(options, '/m');
  return test;
}
