/**
 * The walk over a tree of files: fts(3) as find uses it. Entries come in the order in which the directory gives them.
 * Directories are opened relative to their parent, and nothing is stat'ed that the directory tells.
 */
import { type Entry as DirEntry, readdir } from '../libc/dirent.ts';
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import type { FileStatus } from '../libc/stat.ts';
import { AT_FDCWD, close, openat } from '../libc/unistd.ts';
import { quote } from '../coreutils/lib/quote.ts';
import { Entry } from './entry.ts';
import { fileError, say, setFailed } from './report.ts';
import type { Settings } from './settings.ts';

/** Levels that keep their directory open; deeper ones are reached by path. */
const OPEN_LEVELS = 200;
const DTTOIF_SHIFT = 12;

interface Level {
  readonly path: string;
  readonly status: FileStatus;
}

export class Walk {
  readonly #settings: Settings;
  readonly #visit: (entry: Entry) => void;
  /** Directories above the present one; only with -L, to find loops. */
  readonly #ancestors: Level[] = [];
  #device = 0;

  constructor(settings: Settings, visit: (entry: Entry) => void) {
    this.#settings = settings;
    this.#visit = visit;
  }

  from(start: string): void {
    const isFollowed = this.#settings.follow !== 'none';
    const entry = new Entry(start, start, 0, AT_FDCWD, start, isFollowed, 0);
    try {
      this.#device = entry.loadStatus().dev;
    } catch (error) {
      fileError(start, error);
      return;
    }
    this.#enter(entry);
  }

  #enter(entry: Entry): void {
    const settings = this.#settings;
    const isShown = entry.depth >= settings.minDepth;
    if (!entry.isDirectory) {
      if (isShown) this.#visit(entry);
      return;
    }
    const isLogical = settings.follow === 'all';
    if (isLogical && this.#isLoop(entry)) return;
    if (isShown && !settings.isDepthFirst) this.#visit(entry);
    if (entry.depth < settings.maxDepth && !entry.isPruned && this.#isOnDevice(entry)) {
      if (isLogical) this.#ancestors.push({ path: entry.path, status: entry.loadStatus() });
      this.#descend(entry);
      if (isLogical) this.#ancestors.pop();
    }
    if (isShown && settings.isDepthFirst) this.#visit(entry);
  }

  #isOnDevice(entry: Entry): boolean {
    if (!this.#settings.staysOnDevice) return true;
    const status = entry.status();
    return status !== undefined && status.dev === this.#device;
  }

  #isLoop(entry: Entry): boolean {
    const { dev, ino } = entry.loadStatus();
    const same = this.#ancestors.find(({ status }) => status.ino === ino && status.dev === dev);
    if (!same) return false;
    say(
      `File system loop detected; ${quote(entry.path)} is part of the same file system loop as ${quote(same.path)}.`,
    );
    setFailed();
    return true;
  }

  #descend(parent: Entry): void {
    let fd: number;
    let names: DirEntry[];
    try {
      const flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (parent.isFollowed ? 0 : O_NOFOLLOW);
      fd = openat(parent.directory, parent.access, flags);
    } catch (error) {
      fileError(parent.path, error);
      return;
    }
    try {
      names = readdir(fd);
    } catch (error) {
      fileError(parent.path, error);
      close(fd);
      return;
    }
    const prefix = parent.path.endsWith('/') ? parent.path : `${parent.path}/`;
    const isFollowed = this.#settings.follow === 'all';
    const depth = parent.depth + 1;
    const isOpen = depth < OPEN_LEVELS;
    if (!isOpen) close(fd);
    try {
      for (const { name, type } of names) {
        const path = prefix + name;
        const directory = isOpen ? fd : AT_FDCWD;
        const access = isOpen ? name : path;
        const entry = new Entry(
          path,
          parent.start,
          depth,
          directory,
          access,
          isFollowed,
          type << DTTOIF_SHIFT,
        );
        if (entry.isFollowed && !this.#canFollow(entry)) continue;
        this.#enter(entry);
      }
    } finally {
      if (isOpen) close(fd);
    }
  }

  /** With -L: a link in a circle is reported and not visited. */
  #canFollow(entry: Entry): boolean {
    try {
      entry.loadStatus();
    } catch (error) {
      if (error instanceof SysError && error.code === 'ELOOP') {
        fileError(entry.path, error);
        return false;
      }
    }
    return true;
  }
}
