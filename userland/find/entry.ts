/**
 * A file that the walk has come to. Its type comes from the directory if the directory knows it; everything else costs
 * a stat, made when a test first asks.
 */
import * as fs from '../libc/stat.ts';
import { SysError } from '../libc/native.ts';
import { fileError } from './report.ts';

/** Which symbolic links stand for what they point to: none (-P), those on the command line (-H), all (-L). */
export type Follow = 'none' | 'operands' | 'all';

function isMissing(error: unknown): boolean {
  return error instanceof SysError && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

export class Entry {
  readonly path: string;
  /** The starting point that led here. */
  readonly start: string;
  readonly depth: number;
  /** Descriptor of the directory and the name in it: what system calls use. */
  readonly directory: number;
  readonly access: string;
  /** Whether a symbolic link stands for its target here. */
  readonly isFollowed: boolean;
  /** -prune: do not go into this directory. */
  isPruned = false;
  #type: number;
  #status: fs.FileStatus | undefined;
  #hasFailed = false;

  /** `type`: S_IF bits, or 0 if they are not known. */
  constructor(
    path: string,
    start: string,
    depth: number,
    directory: number,
    access: string,
    isFollowed: boolean,
    type: number,
  ) {
    this.path = path;
    this.start = start;
    this.depth = depth;
    this.directory = directory;
    this.access = access;
    this.isFollowed = isFollowed;
    this.#type = isFollowed && type === fs.S_IFLNK ? 0 : type;
  }

  /** The last component, without slashes at its end. */
  get name(): string {
    const { path } = this;
    if (path.charCodeAt(path.length - 1) !== 47) return path.slice(path.lastIndexOf('/') + 1);
    const bare = path.replace(/\/+$/, '');
    return bare === '' ? '/' : bare.slice(bare.lastIndexOf('/') + 1);
  }

  /** S_IF bits; 0 if the file cannot be looked at. */
  get type(): number {
    if (this.#type === 0) this.#type = (this.status()?.mode ?? 0) & fs.S_IFMT;
    return this.#type;
  }

  get isDirectory(): boolean {
    return this.type === fs.S_IFDIR;
  }

  /** stat or lstat, as -H and -L say; a failure is thrown. A dangling link is itself. */
  loadStatus(): fs.FileStatus {
    if (this.#status) return this.#status;
    const { directory, access } = this;
    if (!this.isFollowed) this.#status = fs.fstatat(directory, access, fs.AT_SYMLINK_NOFOLLOW);
    else {
      try {
        this.#status = fs.fstatat(directory, access, 0);
      } catch (error) {
        if (!isMissing(error)) throw error;
        this.#status = fs.fstatat(directory, access, fs.AT_SYMLINK_NOFOLLOW);
      }
    }
    this.#type = this.#status.mode & fs.S_IFMT;
    return this.#status;
  }

  /** As loadStatus; a failure is reported and gives undefined. */
  status(): fs.FileStatus | undefined {
    if (this.#hasFailed) return undefined;
    try {
      return this.loadStatus();
    } catch (error) {
      this.#hasFailed = true;
      fileError(this.path, error);
      return undefined;
    }
  }
}
