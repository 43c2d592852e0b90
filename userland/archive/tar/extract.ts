/** Takes members out of an archive: -x. */
import {
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_NONBLOCK,
  O_TRUNC,
  O_WRONLY,
} from '../../../kernel/abi/fcntl.ts';
import { quote as localeQuote } from '../../coreutils/lib/quote.ts';
import { SysError } from '../../libc/native.ts';
import { CLOCK_REALTIME, breakDown, clockGettime, localZone, strftime } from '../../libc/time.ts';
import { groupByName, userByName } from '../../libc/pwd.ts';
import { AT_SYMLINK_NOFOLLOW, type FileStatus, S_IFBLK, S_IFCHR, S_IFIFO, S_ISDIR, UTIME_NOW, fchmod, futimens, chmod, lstat, mkdir, mknod, modeString, tryStat, umask, utimensat } from '../../libc/stat.ts'; // prettier-ignore
import { AT_FDCWD, close, fchown, ftruncate, geteuid, getegid, lchown, link, lseek, open, rmdir, SEEK_SET, symlink, unlink, writeAll } from '../../libc/unistd.ts'; // prettier-ignore
import { DelayedDirectories, DelayedLinks } from './delayed.ts';
import { type Entry, TYPE, isRegular } from './entry.ts';
import { withoutTrailingSlashes } from './names.ts';
import type { TarOptions } from './options.ts';
import { quote } from './quote.ts';
import type { ArchiveReader } from './reader.ts';
import { callFailed, error, warn } from './report.ts';

export class Extractor {
  readonly #options: TarOptions;
  readonly #reader: ArchiveReader;
  readonly #umask: number;
  readonly #euid = geteuid();
  readonly #egid = getegid();
  readonly #keepsOwner: boolean;
  readonly #keepsPermissions: boolean;
  readonly #start = clockGettime(CLOCK_REALTIME);
  readonly #owners = new Map<string, number>();
  readonly #directories: DelayedDirectories;
  readonly #links: DelayedLinks;

  constructor(options: TarOptions, reader: ArchiveReader) {
    this.#options = options;
    this.#reader = reader;
    this.#umask = umask(0);
    const isRoot = this.#euid === 0;
    this.#keepsOwner = options.keepsOwner ?? isRoot;
    this.#keepsPermissions = options.keepsPermissions ?? isRoot;
    this.#directories = new DelayedDirectories((path, entry) => this.#setStatus(path, entry));
    this.#links = new DelayedLinks(options.directories, (path, entry) => this.#setStatus(path, entry));
  }

  /** Extracts one member under `name`, below the directory of the given index. */
  extract(entry: Entry, name: string, linkName: string, directory: number): void {
    this.#options.directories.enter(directory);
    const path = withoutTrailingSlashes(name);
    const { type } = entry;
    if (this.#options.existing === 'keep-newer' && this.#isNewer(path, entry)) return;
    if (type === TYPE.directory || type === TYPE.gnuDumpDirectory)
      return this.#directory(path, entry, directory);
    if (this.#options.existing === 'unlink-first') this.#remove(path);
    if (type === TYPE.hardLink) return this.#hardLink(path, linkName, directory);
    if (type === TYPE.symlink) return this.#symlink(path, entry, linkName, directory);
    if (type === TYPE.character || type === TYPE.block || type === TYPE.fifo)
      return this.#special(path, entry);
    if (type === TYPE.gnuVolume) return;
    if (type === TYPE.gnuMultiVolume) return error(`${quote(path)}: Cannot extract -- file is continued from another volume`); // prettier-ignore
    if (!isRegular(type)) warn(`${quote(path)}: Unknown file type '${type}', extracted as normal file`);
    this.#regular(path, entry);
  }

  /** Sets what had to wait: times and modes of directories, links that lead outside. */
  finish(): void {
    this.#links.finish();
    this.#directories.finish(index => this.#options.directories.enter(index));
    umask(this.#umask);
  }

  #isNewer(path: string, entry: Entry): boolean {
    const status = tryStat(path, AT_SYMLINK_NOFOLLOW);
    if (!status || S_ISDIR(status.mode) || status.mtime.sec < entry.mtime.sec) return false;
    warn(`Current ${localeQuote(path)} is newer or same age`);
    return true;
  }

  /** Does what may fail because of what is there or what is not; true if it was done. */
  #make(path: string, what: string, action: () => void): boolean {
    let hasParents = false;
    for (let tries = 0; ; tries++) {
      try {
        action();
        return true;
      } catch (thrown) {
        if (!(thrown instanceof SysError)) throw thrown;
        if (thrown.code === 'ENOENT' && !hasParents) {
          hasParents = true;
          if (this.#makeParents(path)) continue;
        } else if (thrown.code === 'EEXIST' && tries < 3) {
          const { existing } = this.#options;
          if (existing === 'skip') {
            if (this.#options.verbosity > 0) warn(`${quote(path)}: skipping existing file`);
            return false;
          }
          if (existing !== 'keep' && this.#remove(path)) continue;
        }
        callFailed(quote(path), what, thrown);
        return false;
      }
    }
  }

  #remove(path: string): boolean {
    try {
      unlink(path);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof SysError)) throw thrown;
      if (thrown.code !== 'EISDIR' && thrown.code !== 'EPERM') return thrown.code === 'ENOENT';
    }
    try {
      rmdir(path);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof SysError)) throw thrown;
      return false;
    }
  }

  #makeParents(path: string): boolean {
    let isMade = false;
    for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      try {
        mkdir(path.slice(0, slash), 0o777 & ~this.#umask);
        isMade = true;
      } catch (thrown) {
        if (!(thrown instanceof SysError)) throw thrown;
        if (thrown.code !== 'EEXIST') return false;
      }
    }
    return isMade;
  }

  /** The mode that a member gets. */
  #mode(entry: Entry): number {
    return this.#keepsPermissions ? entry.mode : entry.mode & 0o777 & ~this.#umask;
  }

  #id(kind: 'user' | 'group', name: string, id: number): number {
    if (this.#options.isNumericOwner || name === '') return id;
    const key = `${kind}:${name}`;
    let found = this.#owners.get(key);
    if (found === undefined) {
      found = (kind === 'user' ? userByName(name)?.uid : groupByName(name)?.gid) ?? -1;
      this.#owners.set(key, found);
    }
    return found < 0 ? id : found;
  }
  /** Owner and group to set; undefined if they are right as they are. */
  #owner(entry: Entry): { uid: number; gid: number } | undefined {
    if (!this.#keepsOwner) return undefined;
    const uid = this.#options.owner?.id ?? this.#id('user', entry.userName, entry.uid);
    const gid = this.#options.group?.id ?? this.#id('group', entry.groupName, entry.gid);
    return uid === this.#euid && gid === this.#egid ? undefined : { uid, gid };
  }

  #regular(path: string, entry: Entry): void {
    if (this.#options.toStdout) return this.#reader.data(bytes => writeAll(1, bytes));
    const mode = this.#mode(entry);
    const owner = this.#owner(entry);
    // Nobody else may read it before it has its owner.
    const first = owner ? mode & 0o700 : mode & 0o777;
    const how = this.#options.existing === 'overwrite' ? O_TRUNC : O_EXCL;
    let fd = -1;
    const isOpen = this.#make(path, 'open', () => {
      fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | how, first);
    });
    if (!isOpen) return;
    try {
      this.#content(fd, entry);
      this.#attempt(path, 'utime', () => {
        if (!this.#options.touches) futimens(fd, entry.atime ?? UTIME_NOW, entry.mtime);
      });
      if (owner) this.#changeOwner(path, owner, () => fchown(fd, owner.uid, owner.gid));
      if (mode !== first || how === O_TRUNC) this.#changeMode(path, mode, () => fchmod(fd, mode));
    } catch (thrown) {
      callFailed(quote(path), 'write', thrown);
    } finally {
      close(fd);
    }
    this.#checkTime(path, entry);
  }

  #content(fd: number, entry: Entry): void {
    if (!entry.extents) return this.#reader.data(bytes => writeAll(fd, bytes));
    for (const { offset, length } of entry.extents) {
      lseek(fd, offset, SEEK_SET);
      for (let left = Math.min(length, this.#reader.left); left > 0;) {
        const bytes = this.#reader.take(left);
        writeAll(fd, bytes);
        left -= bytes.length;
      }
    }
    ftruncate(fd, entry.size);
  }

  #directory(path: string, entry: Entry, index: number): void {
    if (this.#options.toStdout) return;
    const mode = this.#mode(entry);
    let existed: FileStatus | undefined;
    const isMade = this.#make(path, 'mkdir', () => {
      try {
        mkdir(path, (mode | 0o700) & 0o777);
      } catch (thrown) {
        if (!(thrown instanceof SysError) || thrown.code !== 'EEXIST') throw thrown;
        existed = tryStat(path);
        if (!existed || !S_ISDIR(existed.mode)) throw thrown;
      }
    });
    if (!isMade) return;
    const { existing, overwritesDirectories } = this.#options;
    if (existed && (!overwritesDirectories || existing === 'keep' || existing === 'skip')) return;
    this.#directories.add(path, entry, index);
  }

  #hardLink(path: string, linkName: string, directory: number): void {
    if (this.#options.toStdout) return;
    const isMade = this.#make(path, `hard link to ${localeQuote(linkName)}`, () => {
      try {
        link(linkName, path);
      } catch (thrown) {
        if (!(thrown instanceof SysError) || thrown.code !== 'EEXIST') throw thrown;
        // It may be that link already.
        const [a, b] = [tryStat(path, AT_SYMLINK_NOFOLLOW), tryStat(linkName, AT_SYMLINK_NOFOLLOW)];
        if (!a || !b || a.dev !== b.dev || a.ino !== b.ino) throw thrown;
      }
    });
    if (isMade) this.#links.alias(linkName, path, directory);
  }

  #symlink(path: string, entry: Entry, target: string, directory: number): void {
    if (this.#options.toStdout) return;
    // A link that leads outside would carry later members there: it is made when they are all out.
    const isOutside = target.startsWith('/') || target.split('/').includes('..');
    if (isOutside && !this.#options.keepsLeading) {
      let fd = -1;
      const isMade = this.#make(path, 'open', () => {
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
      });
      if (!isMade) return;
      close(fd);
      const { dev, ino } = lstat(path);
      this.#links.add(path, entry, target, { dev, ino }, directory);
      return;
    }
    const isMade = this.#make(path, `create symlink to ${localeQuote(target)}`, () => symlink(target, path));
    if (isMade) this.#setStatus(path, entry);
  }

  #special(path: string, entry: Entry): void {
    if (this.#options.toStdout) return;
    const { deviceMajor: major, deviceMinor: minor } = entry;
    const device = (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12);
    const mode = this.#mode(entry) & 0o777;
    const isFifo = entry.type === TYPE.fifo;
    const format = isFifo ? S_IFIFO : entry.type === TYPE.block ? S_IFBLK : S_IFCHR;
    const isMade = this.#make(path, isFifo ? 'mkfifo' : 'mknod', () =>
      mknod(path, format | mode, isFifo ? 0 : device),
    );
    if (isMade) this.#setStatus(path, entry);
  }

  #attempt(path: string, what: string, action: () => void): void {
    try {
      action();
    } catch (thrown) {
      callFailed(quote(path), what, thrown);
    }
  }
  #changeOwner(path: string, owner: { uid: number; gid: number }, action: () => void): void {
    this.#attempt(path, `change ownership to uid ${owner.uid}, gid ${owner.gid}`, action);
  }
  #changeMode(path: string, mode: number, action: () => void): void {
    this.#attempt(path, `change mode to ${modeString(mode).slice(1)}`, action);
  }

  /** Owner, mode and times of what was made by name. */
  #setStatus(path: string, entry: Entry): void {
    const isLink = entry.type === TYPE.symlink;
    const owner = this.#owner(entry);
    if (owner) this.#changeOwner(path, owner, () => lchown(path, owner.uid, owner.gid));
    if (!isLink) {
      const mode = this.#mode(entry);
      this.#changeMode(path, mode, () => chmod(path, mode));
    }
    if (!this.#options.touches) {
      const { mtime, atime = UTIME_NOW } = entry;
      this.#attempt(path, 'utime', () => utimensat(AT_FDCWD, path, atime, mtime, AT_SYMLINK_NOFOLLOW));
    }
    if (!isLink) this.#checkTime(path, entry);
  }

  #checkTime(path: string, entry: Entry): void {
    if (this.#options.touches) return;
    const { sec, nsec } = entry.mtime;
    const shown = (): string => strftime('%Y-%m-%d %H:%M:%S', breakDown(sec, localZone()));
    if (sec < 0) warn(`${quote(path)}: implausibly old time stamp ${shown()}`);
    else if (sec > this.#start.sec) {
      const now = clockGettime(CLOCK_REALTIME);
      const ahead = (BigInt(sec - now.sec) * 1_000_000_000n + BigInt(nsec - now.nsec))
        .toString()
        .padStart(10, '0');
      if (ahead.startsWith('-')) return;
      const seconds = `${ahead.slice(0, -9)}.${ahead.slice(-9)}`.replace(/\.?0+$/, '');
      warn(`${quote(path)}: time stamp ${shown()} is ${seconds} s in the future`);
    }
  }
}
