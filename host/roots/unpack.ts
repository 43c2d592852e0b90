/**
 * Unpacks the files of a package into a root directory, as dpkg(1) does: directories that are there stay, links to
 * directories too; everything else is replaced. Owners and set-id bits are kept when the host's root does it; for
 * another user all belongs to that user, who is root in the guest.
 */
import { chmodSync, chownSync, lchownSync, linkSync, lstatSync, lutimesSync, mkdirSync } from 'node:fs';
import { rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import type { Header } from 'tar-stream';
import type { Deb } from './deb.ts';
import { pathInside } from './inside.ts';
import { RootError } from './root-error.ts';

const isRoot = process.getuid?.() === 0;

/** Returns the names of the package's files as dpkg lists them: `/.`, `/usr`, `/usr/bin` … */
export async function unpackFiles(root: string, deb: Deb): Promise<string[]> {
  const names: string[] = [];
  await deb.eachFile((header, content) => {
    const name = header.name.replace(/^\.?\/?/, '/').replace(/\/+$/, '');
    names.push(name === '' ? '/.' : name);
    if (name !== '') unpackOne(root, name, header, content);
  });
  return names;
}

function unpackOne(root: string, name: string, header: Header, content: Buffer): void {
  const mode = header.mode & (isRoot ? 0o7777 : 0o1777);
  const { uid, gid, mtime } = header;
  if (header.type === 'directory') {
    const path = pathInside(root, name, 'follow');
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) return;
    if (there !== undefined) rmSync(path);
    mkdirSync(path, { mode: 0o700 });
    if (isRoot) chownSync(path, uid, gid);
    chmodSync(path, mode);
    return;
  }
  const path = pathInside(root, name, 'stay');
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) {
    // A package may have a link where another has the directory that the link leads to.
    if (header.type === 'symlink') return;
    throw new RootError(`${name}: a directory is where a file is to be`);
  }
  if (there !== undefined) rmSync(path);
  switch (header.type) {
    case 'file':
    case 'contiguous-file':
      writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
      if (isRoot) chownSync(path, uid, gid);
      chmodSync(path, mode);
      utimesSync(path, mtime, mtime);
      return;
    case 'link':
      linkSync(pathInside(root, header.linkname.replace(/^\.\//, '/'), 'stay'), path);
      return;
    case 'symlink':
      symlinkSync(header.linkname, path);
      if (isRoot) lchownSync(path, uid, gid);
      lutimesSync(path, mtime, mtime);
      return;
    default:
      throw new RootError(`${name}: ${header.type ?? 'a file of no type'} cannot be made on this host`);
  }
}

/** /bin, /sbin and /lib* are links into /usr, and packages put files into both. */
export function mergeUsr(root: string): void {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    const path = pathInside(root, `/${name}`, 'stay');
    mkdirSync(pathInside(root, `/usr/${name}`, 'stay'), { recursive: true, mode: 0o755 });
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(`usr/${name}`, path);
    else if (!statSync(path).isDirectory()) throw new RootError(`${path} is no directory`);
  }
}
