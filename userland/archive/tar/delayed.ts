/** What -x does last: attributes of directories (whose times change while they fill), and links that lead outside. */
import { SysError } from '../../libc/native.ts';
import { AT_SYMLINK_NOFOLLOW, tryStat } from '../../libc/stat.ts';
import { link, symlink, unlink } from '../../libc/unistd.ts';
import type { Directories } from './directories.ts';
import type { Entry } from './entry.ts';
import { quote } from './quote.ts';
import { attempt } from './report.ts';

type SetStatus = (path: string, entry: Entry) => void;

export class DelayedDirectories {
  readonly #list: { readonly path: string; readonly entry: Entry; readonly index: number }[] = [];
  readonly #set: SetStatus;

  constructor(set: SetStatus) {
    this.#set = set;
  }
  add(path: string, entry: Entry, index: number): void {
    this.#list.push({ path, entry, index });
  }
  /** Innermost first. */
  finish(enter: (index: number) => void): void {
    for (const { path, entry, index } of this.#list.reverse()) {
      enter(index);
      this.#set(path, entry);
    }
  }
}

interface DelayedLink {
  readonly entry: Entry;
  readonly target: string;
  /** The empty file that keeps the link's place. */
  readonly dev: number;
  readonly ino: number;
  readonly directory: number;
  /** The name, and further ones that hard links gave. */
  readonly paths: string[];
}

export class DelayedLinks {
  readonly #list: DelayedLink[] = [];
  readonly #directories: Directories;
  readonly #set: SetStatus;

  constructor(directories: Directories, set: SetStatus) {
    this.#directories = directories;
    this.#set = set;
  }
  add(
    path: string,
    entry: Entry,
    target: string,
    file: { dev: number; ino: number },
    directory: number,
  ): void {
    this.#list.push({ entry, target, ...file, directory, paths: [path] });
  }
  /** A hard link was made to a name. */
  alias(existing: string, path: string, directory: number): void {
    this.#list.find(item => item.directory === directory && item.paths.includes(existing))?.paths.push(path);
  }
  finish(): void {
    for (const { entry, target, dev, ino, directory, paths } of this.#list) {
      this.#directories.enter(directory);
      let first: string | undefined;
      for (const path of paths) {
        // Only where nothing else has come since.
        const status = tryStat(path, AT_SYMLINK_NOFOLLOW);
        if (status?.dev !== dev || status.ino !== ino) continue;
        try {
          unlink(path);
        } catch (thrown) {
          if (!(thrown instanceof SysError)) throw thrown;
          continue;
        }
        const source = first;
        if (source !== undefined) attempt(quote(path), 'link', () => link(source, path));
        else if (attempt(quote(path), `create symlink to ${quote(target)}`, () => symlink(target, path))) {
          this.#set(path, entry);
          first = path;
        }
      }
    }
  }
}
