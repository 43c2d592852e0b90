/**
 * MergedListing: getdents(2) of a directory that has lower layers. Each name gets a cookie when it is first seen, and
 * a listing goes on with the names whose cookies are greater, so that a name that stays is given exactly once whatever
 * is made, removed and copied up meanwhile. Linux counterpart: fs/overlayfs/readdir.c.
 */
import type { DirectoryEntry } from '../inode.ts';
import { indexAfterCookie } from '../cookies.ts';
import { S_IFCHR, S_IFDIR } from '../../abi/stat.ts';
import type { Layer } from './layer.ts';
import type { OverlayDirectory } from './overlay-directory.ts';

const DT_CHR = S_IFCHR >> 12;
const DT_DIR = S_IFDIR >> 12;

interface Entry {
  readonly name: string;
  readonly ino: number;
  readonly type: number;
  readonly cookie: number;
}

export class MergedListing {
  readonly #directory: OverlayDirectory;
  readonly #cookies = new Map<string, number>();
  #lastCookie = 0;
  #entries: Entry[] = [];
  /** What the layers were when `#entries` was made. */
  #versions: readonly unknown[] | undefined;

  constructor(directory: OverlayDirectory) {
    this.#directory = directory;
  }

  *from(cookie: number): Generator<DirectoryEntry, void> {
    const versions = this.#directory.versions();
    if (this.#versions === undefined || versions.some((version, i) => version !== this.#versions![i])) {
      this.#read();
      this.#versions = versions;
    }
    const entries = this.#entries;
    for (let i = indexAfterCookie(entries, cookie); i < entries.length; i++) {
      const { name, ino, type, cookie: next } = entries[i]!;
      yield { name, ino, type, next };
    }
  }

  #read(): void {
    const directory = this.#directory;
    const { upper, lowers } = directory;
    const found = new Map<string, Entry>();
    const hidden = new Set<string>();
    const add = (name: string, ino: number, type: number): void => {
      let cookie = this.#cookies.get(name);
      if (cookie === undefined) this.#cookies.set(name, (cookie = ++this.#lastCookie));
      found.set(name, { name, ino, type, cookie });
    };
    if (upper !== undefined) {
      for (const { name, type } of upper.inode!.iterate(0)) {
        const inode = directory.lookup(name);
        if (inode === undefined) hidden.add(name);
        else add(name, inode.ino, type);
      }
    }
    for (const { layer, inode } of lowers) {
      for (const { name, ino, type } of inode.iterate(0)) {
        if (found.has(name) || hidden.has(name)) continue;
        if (mayBeWhiteout(layer, type) && isWhiteout(directory, name)) hidden.add(name);
        else add(name, layer.shownIno(ino), type);
      }
    }
    this.#entries = [...found.values()].sort((a, b) => a.cookie - b.cookie);
    if (this.#cookies.size > 2 * found.size + 64) {
      for (const name of this.#cookies.keys()) if (!found.has(name)) this.#cookies.delete(name);
    }
  }
}

/** Only a device, or in a layer with attributes a regular file, can say that a name is not there. */
function mayBeWhiteout(layer: Layer, type: number): boolean {
  return type === DT_CHR || (layer.hasXattrs && type !== DT_DIR);
}

function isWhiteout(directory: OverlayDirectory, name: string): boolean {
  return directory.lookup(name) === undefined;
}
