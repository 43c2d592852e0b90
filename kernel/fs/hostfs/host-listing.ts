/**
 * HostListing: getdents(2) of a host directory. The host gives names in an order that changes when the directory does,
 * so each name gets a cookie when it is first seen, and the listing goes on with the names whose cookies are greater:
 * a name that stays is given exactly once, whatever is made and removed meanwhile. A cookie is never used again.
 */
import type { DirectoryEntry } from '../inode.ts';
import type { HostDirectoryInode } from './host-directory-inode.ts';
import { EACCES } from '../../abi/errno.ts';
import { indexAfterCookie } from '../cookies.ts';
import { errnoOfHost, rethrow } from './host-call.ts';
import { nameFromHost } from './host-name.ts';

/** What Node's Dirent knows of the type. */
interface HostEntry {
  readonly name: string | Uint8Array;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}

interface Entry {
  readonly name: string;
  /** DT_* */
  readonly type: number;
  readonly cookie: number;
}

export class HostListing {
  readonly #directory: HostDirectoryInode;
  readonly #cookies = new Map<string, number>();
  #lastCookie = 0;
  /** In the order of cookies, as of `#version` of the directory; kept while somebody is in the middle of it. */
  #entries: Entry[] | undefined;
  #version = -1;

  constructor(directory: HostDirectoryInode) {
    this.#directory = directory;
  }

  *from(cookie: number): Generator<DirectoryEntry> {
    const directory = this.#directory;
    directory.refresh();
    if (cookie === 0 || this.#entries === undefined || this.#version !== directory.version)
      this.#read(cookie === 0);
    const entries = this.#entries!;
    for (let i = indexAfterCookie(entries, cookie); i < entries.length; i++) {
      const entry = entries[i]!;
      const ino = this.#ino(entry.name);
      if (ino !== undefined) yield { name: entry.name, ino, type: entry.type, next: entry.cookie };
    }
    if (this.#entries === entries) this.#entries = undefined;
  }

  /** Node's readdir gives no inode numbers. undefined: the name went meanwhile. */
  #ino(name: string): number | undefined {
    const { superBlock } = this.#directory;
    try {
      return superBlock.inoOf(this.#directory, name);
    } catch (error) {
      // A directory that may be read but not searched still shows its names.
      return errnoOfHost(error) === EACCES ? this.#directory.ino : rethrow(error);
    }
  }

  #read(isFromStart: boolean): void {
    const directory = this.#directory;
    const { fs, tree } = directory.superBlock;
    let found: HostEntry[];
    try {
      const options = { withFileTypes: true, encoding: tree.encoding } as { withFileTypes: true };
      found = fs.readdirSync(tree.self(directory), options);
    } catch (error) {
      return rethrow(error);
    }
    const entries: Entry[] = [];
    for (const hostEntry of found) {
      const name = nameFromHost(hostEntry.name);
      let cookie = this.#cookies.get(name);
      if (cookie === undefined) this.#cookies.set(name, (cookie = ++this.#lastCookie));
      entries.push({ name, type: typeOf(hostEntry), cookie });
    }
    entries.sort((a, b) => a.cookie - b.cookie);
    this.#entries = entries;
    this.#version = directory.version;
    if (isFromStart && this.#cookies.size > entries.length) {
      const present = new Set(entries.map(entry => entry.name));
      for (const name of this.#cookies.keys()) if (!present.has(name)) this.#cookies.delete(name);
    }
  }
}

function typeOf(entry: HostEntry): number {
  if (entry.isFile()) return 8;
  if (entry.isDirectory()) return 4;
  if (entry.isSymbolicLink()) return 10;
  if (entry.isFIFO()) return 1;
  if (entry.isSocket()) return 12;
  if (entry.isCharacterDevice()) return 2;
  return entry.isBlockDevice() ? 6 : 0;
}
