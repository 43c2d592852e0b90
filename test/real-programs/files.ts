/** What a command left in its working directory, on the host and in a guest, in the same words. */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { Guest } from '../../host/api/index.ts';

/** One text for each path: type, permissions, and what is in it. */
export type Leftovers = ReadonlyMap<string, string>;

interface Entry {
  readonly mode: number;
  readonly size: number;
}

/** What the walk asks for. */
interface Tree {
  names(path: string): Promise<readonly string[]>;
  lstat(path: string): Promise<Entry>;
  readlink(path: string): Promise<string>;
  readFile(path: string): Promise<Uint8Array>;
}

const S_IFMT = 0o170000;
const SHOWN_BYTES = 4096;

export const hostTree: Tree = {
  names: path => Promise.resolve(readdirSync(path)),
  lstat: path => Promise.resolve(lstatSync(path)),
  readlink: path => Promise.resolve(readlinkSync(path)),
  readFile: path => Promise.resolve(readFileSync(path)),
};

export function guestTree(guest: Guest): Tree {
  return {
    names: path => guest.fs.readdir(path),
    lstat: path => guest.fs.lstat(path),
    readlink: path => guest.fs.readlink(path),
    readFile: path => guest.fs.readFile(path),
  };
}

/** The tree below a directory; paths that match `ignored` are left out. */
export async function leftovers(tree: Tree, root: string, ignored?: RegExp): Promise<Leftovers> {
  const found = new Map<string, string>();
  const visit = async (directory: string): Promise<void> => {
    for (const name of [...(await tree.names(directory))].sort()) {
      const path = `${directory}/${name}`;
      const relative = path.slice(root.length + 1);
      if (ignored?.test(relative)) continue;
      const { mode, size } = await tree.lstat(path);
      const type = mode & S_IFMT;
      let what = mode.toString(8);
      if (type === 0o100000) what += ` ${size} bytes: ${describe(await tree.readFile(path))}`;
      if (type === 0o120000) what += ` -> ${await tree.readlink(path)}`;
      found.set(relative, what);
      if (type === 0o040000) await visit(path);
    }
  };
  await visit(root);
  return found;
}

/** Short texts as they are, so that a difference is seen at once; else a hash. */
function describe(content: Uint8Array): string {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length <= SHOWN_BYTES && !bytes.includes(0)) return JSON.stringify(bytes.toString('latin1'));
  return createHash('sha256').update(bytes).digest('hex');
}
