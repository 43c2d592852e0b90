/**
 * Paths inside of a root directory that is being made. Symbolic links in it are followed as a program in the guest
 * would follow them, from the directory as «/», so that nothing outside is ever written, whatever a package contains.
 */
import { lstatSync, mkdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { RootError } from './root-error.ts';

const MAX_LINKS = 40;

/** Where a name of the guest is on the host, its directories made. 'follow': also if the last component is a link. */
export function pathInside(root: string, name: string, last: 'follow' | 'stay'): string {
  const rest = name.split('/').reverse();
  let done: string[] = [];
  for (let links = 0; rest.length > 0;) {
    const component = rest.pop()!;
    if (component === '' || component === '.') continue;
    if (component === '..') {
      done.pop();
      continue;
    }
    const path = join(root, ...done, component);
    const isLast = rest.every(part => part === '' || part === '.');
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() === true && (!isLast || last === 'follow')) {
      if (++links > MAX_LINKS) throw new RootError(`${name}: too many symbolic links`);
      const target = readlinkSync(path);
      if (target.startsWith('/')) done = [];
      rest.push(...target.split('/').reverse());
      continue;
    }
    if (!isLast && stats === undefined) mkdirSync(path, { mode: 0o755 });
    done.push(component);
  }
  return join(root, ...done);
}
