/** A kernel with an overlay of two lower directories, for tests: /low1 over /low2, /up, /work, seen at /m. */
import { readDirectory, status } from '../kernel-files.ts';
import { makeTestKernel, type TestKernel } from '../testing.ts';
import { overlayType } from './overlay.ts';

export const OPTIONS = 'lowerdir=/low1:/low2,upperdir=/up,workdir=/work,redirect_dir=on';

export interface OverlayTest extends TestKernel {
  /** Mounts an overlay at a directory, which is made. */
  mount(options: string, at: string): void;
  unmount(at: string): void;
  /** The dump of a tree: one line for each file. */
  dump(name: string): string[];
}

export function makeOverlayTest(memoryBytes = 16 << 20): OverlayTest {
  const test = makeTestKernel(memoryBytes);
  const { vfs, kernel, root, at, mkdir, read } = test;
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
  return {
    ...test,
    dump,
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
