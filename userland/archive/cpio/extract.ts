/** cpio -i and -p: makes files from members. */
import { O_CREAT, O_EXCL, O_WRONLY } from '../../../kernel/abi/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { AT_SYMLINK_NOFOLLOW, type FileStatus, S_IFMT, S_ISDIR, S_ISLNK, S_ISREG, UTIME_NOW, chmod, mkdir, mknod, tryStat, utimensat } from '../../libc/stat.ts'; // prettier-ignore
import { warn } from '../../libc/stdlib.ts';
import {
  AT_FDCWD,
  close,
  geteuid,
  lchown,
  link,
  open,
  rmdir,
  symlink,
  unlink,
  writeAll,
} from '../../libc/unistd.ts';
import type { CpioHeader } from './format.ts';

export interface ExtractOptions {
  readonly makesDirectories: boolean;
  readonly keepsTimes: boolean;
  readonly isUnconditional: boolean;
  readonly keepsOwner: boolean | undefined;
}

/** The content of a member. */
export interface Content {
  data(use: (bytes: Uint8Array) => void): void;
  text(): string;
}

export class CpioExtractor {
  readonly #options: ExtractOptions;
  /** First name of each file with several links, by device and inode. */
  readonly #links = new Map<string, string>();
  readonly #directories: { path: string; header: CpioHeader }[] = [];
  readonly #keepsOwner: boolean;
  status = 0;

  constructor(options: ExtractOptions) {
    this.#options = options;
    this.#keepsOwner = options.keepsOwner ?? geteuid() === 0;
  }

  extract(header: CpioHeader, path: string, content: Content): void {
    try {
      this.#make(header, path, content);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      warn(
        `${path}: Cannot ${S_ISDIR(header.mode) ? 'mkdir' : S_ISLNK(header.mode) ? 'symlink' : 'open'}: ${error.message}`,
      );
      this.status = 2;
    }
  }

  #make(header: CpioHeader, path: string, content: Content): void {
    const existing = tryStat(path, AT_SYMLINK_NOFOLLOW);
    if (S_ISDIR(header.mode)) {
      if (!existing || !S_ISDIR(existing.mode)) {
        if (existing) unlink(path);
        this.#withParents(path, () => mkdir(path, 0o700));
      }
      this.#directories.push({ path, header });
      return;
    }
    const key = `${header.dev}:${header.ino}`;
    const first = header.nlink > 1 ? this.#links.get(key) : undefined;
    if (existing && !this.#mayReplace(existing, header, path)) return;
    if (first !== undefined && first !== path) {
      this.#withParents(path, () => link(first, path));
      if (header.size > 0) this.#fill(path, content);
      this.#setStatus(path, header);
      return;
    }
    if (S_ISLNK(header.mode)) {
      const target = content.text();
      this.#withParents(path, () => symlink(target, path));
    } else if (S_ISREG(header.mode)) {
      this.#withParents(path, () => close(open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)));
      this.#fill(path, content);
    } else this.#withParents(path, () => mknod(path, (header.mode & S_IFMT) | 0o600, header.rdev));
    if (header.nlink > 1) this.#links.set(key, path);
    this.#setStatus(path, header);
  }

  #fill(path: string, content: Content): void {
    const fd = open(path, O_WRONLY);
    try {
      content.data(bytes => writeAll(fd, bytes));
    } finally {
      close(fd);
    }
  }

  #mayReplace(existing: FileStatus, header: CpioHeader, path: string): boolean {
    if (!this.#options.isUnconditional && existing.mtime.sec >= header.mtime) {
      warn(`${path} not created: newer or same age version exists`);
      return false;
    }
    if (S_ISDIR(existing.mode)) rmdir(path);
    else unlink(path);
    return true;
  }

  #withParents(path: string, action: () => void): void {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof SysError) || error.code !== 'ENOENT' || !this.#options.makesDirectories)
        throw error;
    }
    for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      if (!tryStat(path.slice(0, slash))) mkdir(path.slice(0, slash));
    }
    action();
  }

  #setStatus(path: string, header: CpioHeader): void {
    if (this.#keepsOwner) lchown(path, header.uid, header.gid);
    if (!S_ISLNK(header.mode)) chmod(path, header.mode & 0o7777);
    if (this.#options.keepsTimes) {
      utimensat(AT_FDCWD, path, UTIME_NOW, { sec: header.mtime, nsec: 0 }, AT_SYMLINK_NOFOLLOW);
    }
  }

  /** Directories get their modes and times when nothing more comes into them. */
  finish(): void {
    for (const { path, header } of this.#directories.reverse()) this.#setStatus(path, header);
  }
}
