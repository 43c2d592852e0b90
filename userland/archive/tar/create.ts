/** Puts files into an archive: -c, -r, -u. */
import { O_CLOEXEC, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from '../../../kernel/abi/fcntl.ts';
import { applyMode } from '../../coreutils/lib/mode.ts';
import { quote as localeQuote } from '../../coreutils/lib/quote.ts';
import { type Entry as DirectoryEntry, readdir } from '../../libc/dirent.ts';
import { SysError } from '../../libc/native.ts';
import { groupById, userById } from '../../libc/pwd.ts';
import { AT_SYMLINK_NOFOLLOW, type FileStatus, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, fstat, fstatat, tryStat, umask } from '../../libc/stat.ts'; // prettier-ignore
import { AT_FDCWD, close, open, read, readlink, rmdir, unlink } from '../../libc/unistd.ts';
import { type Entry, TYPE } from './entry.ts';
import type { Lister } from './list.ts';
import { ruledName, withoutTrailingSlashes } from './names.ts';
import type { TarOptions } from './options.ts';
import { quote } from './quote.ts';
import { attempt, callFailed, changed, error, warn } from './report.ts';
import type { ArchiveWriter } from './writer.ts';

const TYPES = new Map<number, string>([
  [S_IFREG, TYPE.regular],
  [S_IFDIR, TYPE.directory],
  [S_IFLNK, TYPE.symlink],
  [S_IFCHR, TYPE.character],
  [S_IFBLK, TYPE.block],
  [S_IFIFO, TYPE.fifo],
]);

/** Where lines of -v go. */
export type Say = (line: string) => void;

interface ArchiveIdentity {
  readonly dev: number;
  readonly ino: number;
}

export class Creator {
  readonly #options: TarOptions;
  readonly #writer: ArchiveWriter;
  readonly #archive: ArchiveIdentity;
  readonly #lister: Lister;
  readonly #say: Say;
  /** Stored names of files that have more names to come, by device and inode. */
  readonly #links = new Map<string, string>();
  readonly #userNames = new Map<number, string>();
  readonly #groupNames = new Map<number, string>();
  /** For -u: the times of what is in the archive. */
  readonly #known: ReadonlyMap<string, number> | undefined;
  readonly #umask: number;
  /** Patterns that count for the present operand. */
  #exclusionCount = 0;

  constructor(
    options: TarOptions,
    writer: ArchiveWriter,
    archive: ArchiveIdentity,
    lister: Lister,
    say: Say,
    known?: ReadonlyMap<string, number>,
  ) {
    this.#options = options;
    this.#writer = writer;
    this.#archive = archive;
    this.#lister = lister;
    this.#say = say;
    this.#known = known;
    this.#umask = umask(0);
    umask(this.#umask);
  }

  addAll(): void {
    this.#tellLateOptions();
    for (const { name, directory, isRecursive, exclusionCount } of this.#options.operands) {
      this.#options.directories.enter(directory);
      this.#exclusionCount = exclusionCount;
      if (this.#options.exclusions.has(name, exclusionCount)) continue;
      this.#add(withoutTrailingSlashes(name), isRecursive, undefined);
    }
  }

  /** Patterns behind the last operand do nothing; people should know. */
  #tellLateOptions(): void {
    const { exclusions, operands } = this.#options;
    const late = exclusions.texts.slice(operands.at(-1)?.exclusionCount ?? 0);
    if (late.length === 0) return;
    warn(
      'The following options were used after any non-optional arguments in archive create or update mode.  ' +
        'These options are positional and affect only arguments that follow them.  Please, rearrange them properly.',
    );
    for (const text of late) error(`--exclude ${localeQuote(text)} has no effect`);
  }

  /** `device`: that of the operand, for what is found below it. */
  #add(path: string, isRecursive: boolean, device: number | undefined): void {
    const isOperand = device === undefined;
    // Told before anything about the file itself.
    if (isOperand) ruledName(path, this.#options, 'regular');
    let status: FileStatus;
    try {
      status = fstatat(AT_FDCWD, path, this.#options.followsLinks ? 0 : AT_SYMLINK_NOFOLLOW);
    } catch (thrown) {
      if (!isOperand && thrown instanceof SysError && thrown.code === 'ENOENT') {
        return changed(`${quote(path)}: File removed before we read it`);
      }
      return this.#unreadable(path, 'stat', thrown);
    }
    if ((status.mode & S_IFMT) === S_IFDIR) {
      if (!isOperand && this.#options.staysOnFileSystem && status.dev !== device) {
        return warn(`${quote(path)}/: file is on a different filesystem; not dumped`);
      }
      return this.#addDirectory(path, status, isRecursive, device ?? status.dev);
    }
    if (status.dev === this.#archive.dev && status.ino === this.#archive.ino) {
      return warn(`${quote(path)}: file is the archive; not dumped`);
    }
    if (this.#isOld(path, status)) {
      if (isOperand && !this.#known && this.#options.verbosity > 0)
        warn(`${quote(path)}: file is unchanged; not dumped`);
      return;
    }
    if (this.#addFile(path, status) && this.#options.removesFiles) {
      attempt(quote(path), 'unlink', () => unlink(path));
    }
  }

  #unreadable(path: string, what: string, thrown: unknown): void {
    if (!this.#options.ignoresFailedReads) return callFailed(quote(path), what, thrown);
    if (!(thrown instanceof SysError)) throw thrown;
    warn(`${quote(path)}: Warning: Cannot ${what}: ${thrown.message}`);
  }

  #isOld(path: string, status: FileStatus): boolean {
    const { newerThan, newerByContent } = this.#options;
    if (newerThan) {
      const time = newerByContent || status.mtime.sec > status.ctime.sec ? status.mtime : status.ctime;
      if (time.sec < newerThan.sec || (time.sec === newerThan.sec && time.nsec < newerThan.nsec)) return true;
    }
    const known = this.#known?.get(ruledName(path, this.#options, 'regular'));
    return known !== undefined && status.mtime.sec <= known;
  }

  #addDirectory(path: string, status: FileStatus, isRecursive: boolean, device: number): void {
    const shown = path.endsWith('/') ? path : `${path}/`;
    const { exclusions } = this.#options;
    const tag = exclusions.tags.find(({ file }) => tryStat(shown + file) !== undefined);
    if (tag) warn(`${quote(shown)}: contains a cache directory tag ${tag.file}; ${tag.keeps === 'nothing' ? 'directory not dumped' : 'contents not dumped'}`); // prettier-ignore
    if (tag?.keeps === 'nothing') return;
    const isKnown = this.#known !== undefined && this.#isOld(shown, status);
    if (!isKnown && !this.#header(shown, status, TYPE.directory, '', 0)) return;
    if (tag?.keeps === 'tag') this.#add(shown + tag.file, false, device);
    if (!isRecursive || tag) return;
    let entries: DirectoryEntry[];
    try {
      entries = readdir(path);
    } catch (thrown) {
      return this.#unreadable(path, 'open', thrown);
    }
    const { sort } = this.#options;
    if (sort === 'name') entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    else if (sort === 'inode') entries.sort((a, b) => a.ino - b.ino);
    for (const { name } of entries) {
      const child = shown + name;
      if (!exclusions.has(child, this.#exclusionCount)) this.#add(child, true, device);
    }
    if (this.#options.removesFiles) attempt(quote(shown), 'rmdir', () => rmdir(path));
  }

  /** Anything but a directory; false if it was not stored. */
  #addFile(path: string, status: FileStatus): boolean {
    const format = status.mode & S_IFMT;
    if (format === S_IFSOCK) {
      warn(`${quote(path)}: socket ignored`);
      return false;
    }
    const type = TYPES.get(format);
    const isBeyondV7 = this.#options.format === 'v7' && /^[346]$/.test(type ?? '');
    if (type === undefined || isBeyondV7) {
      warn(`${quote(path)}: Unknown file type; file ignored`);
      return false;
    }
    const hasLinks = status.nlink > 1 && !this.#options.followsHardLinks;
    const key = hasLinks ? `${status.dev}:${status.ino}` : '';
    const linkName = hasLinks ? this.#links.get(key) : undefined;
    if (linkName !== undefined) return this.#header(path, status, TYPE.hardLink, linkName, 0);
    let isStored: boolean;
    if (type === TYPE.regular) isStored = this.#addRegular(path, status);
    else if (type === TYPE.symlink) {
      let target = '';
      if (!attempt(quote(path), 'readlink', () => (target = readlink(path)))) return false;
      isStored = this.#header(path, status, type, ruledName(target, this.#options, 'symlink'), 0);
    } else isStored = this.#header(path, status, type, '', 0);
    if (isStored && hasLinks) this.#links.set(key, ruledName(path, this.#options, 'hardlink'));
    return isStored;
  }

  #addRegular(path: string, status: FileStatus): boolean {
    let fd: number;
    const follow = this.#options.followsLinks ? 0 : O_NOFOLLOW;
    try {
      fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | follow);
    } catch (thrown) {
      this.#unreadable(path, 'open', thrown);
      return false;
    }
    try {
      if (!this.#header(path, status, TYPE.regular, '', status.size)) return false;
      this.#copy(fd, path, status.size);
      this.#writer.pad();
      const after = fstat(fd);
      const isSame = after.ctime.sec === status.ctime.sec && after.ctime.nsec === status.ctime.nsec;
      if (!isSame || after.size > status.size) changed(`${quote(path)}: file changed as we read it`);
      return true;
    } finally {
      close(fd);
    }
  }

  /** Exactly `size` bytes, whatever the file has become. */
  #copy(fd: number, path: string, size: number): void {
    const writer = this.#writer;
    for (let left = size; left > 0;) {
      const space = writer.space();
      let count = 0;
      try {
        count = read(fd, left < space.length ? space.subarray(0, left) : space);
      } catch (thrown) {
        if (!(thrown instanceof SysError)) throw thrown;
        const at = size - left;
        error(`${quote(path)}: Read error at byte ${at}, while reading ${Math.min(left, space.length)} bytes: ${thrown.message}`); // prettier-ignore
        return writer.zeros(left);
      }
      if (count === 0) {
        changed(`${quote(path)}: File shrank by ${left} byte${left === 1 ? '' : 's'}; padding with zeros`);
        return writer.zeros(left);
      }
      writer.commit(count);
      left -= count;
    }
  }

  #header(path: string, status: FileStatus, type: string, linkName: string, size: number): boolean {
    const entry = this.#entry(path, status, type, linkName, size);
    if (!this.#writer.header(entry)) return false;
    const { verbosity, showsTransformed } = this.#options;
    if (verbosity > 0) {
      const shown = showsTransformed ? entry.name : path;
      this.#say(verbosity > 1 ? this.#lister.line(entry, shown, linkName) : quote(shown));
    }
    return true;
  }

  #entry(path: string, status: FileStatus, type: string, linkName: string, size: number): Entry {
    const { options } = { options: this.#options };
    let { mtime } = status;
    if (options.mtime) {
      const isLater =
        mtime.sec > options.mtime.sec || (mtime.sec === options.mtime.sec && mtime.nsec > options.mtime.nsec);
      if (!options.clampsMtime || isLater) ({ mtime } = options);
    }
    let name = ruledName(path, options, 'regular');
    if (type === TYPE.directory && !name.endsWith('/')) name += '/';
    let mode = status.mode & 0o7777;
    if (options.modeChange) mode = applyMode(options.modeChange, status.mode, this.#umask);
    const isDevice = type === TYPE.character || type === TYPE.block;
    const entry: Entry = {
      name,
      type,
      mode,
      uid: options.owner?.id ?? status.uid,
      gid: options.group?.id ?? status.gid,
      size,
      storedSize: size,
      mtime,
      linkName,
      userName: options.isNumericOwner ? '' : (options.owner?.name ?? this.#userName(status.uid)),
      groupName: options.isNumericOwner ? '' : (options.group?.name ?? this.#groupName(status.gid)),
      deviceMajor: isDevice ? (status.rdev >>> 8) & 0xfff : 0,
      deviceMinor: isDevice ? (status.rdev & 0xff) | ((status.rdev >>> 12) & 0xfff00) : 0,
    };
    if (options.format === 'posix') {
      entry.atime = status.atime;
      entry.ctime = status.ctime;
    }
    return entry;
  }

  #userName(uid: number): string {
    let name = this.#userNames.get(uid);
    if (name === undefined) this.#userNames.set(uid, (name = userById(uid)?.name ?? ''));
    return name;
  }
  #groupName(gid: number): string {
    let name = this.#groupNames.get(gid);
    if (name === undefined) this.#groupNames.set(gid, (name = groupById(gid)?.name ?? ''));
    return name;
  }
}
