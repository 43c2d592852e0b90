/**
 * Copying files and trees with their attributes: cp(1), mv(1) across file systems, install(1). Failures are reported;
 * the answer says whether everything was copied.
 */
import * as fs from '../../libc/stat.ts';
import {
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_HOLE,
} from '../../../kernel/abi/fcntl.ts';
import { readdir } from '../../libc/dirent.ts';
import { stdout } from '../../libc/stdio.ts';
import { warn } from '../../libc/stdlib.ts';
import * as unistd from '../../libc/unistd.ts';
import { syscallRaw } from '../../libc/native.ts';
import { withBuffer, withString } from '../../libc/memory.ts';
import { SYS_lgetxattr, SYS_llistxattr, SYS_lsetxattr } from '../../../kernel/abi/syscall-numbers.ts';
import { ask } from './ask.ts';
import { type Backup, backupName } from './backup.ts';
import { isError, quietly, reason } from './errors.ts';
import { ioBuffer } from './io.ts';
import { dirname, join, stripTrailingSlashes } from './path.ts';
import { quoteaf, quotef } from './quote.ts';

export interface CopyOptions {
  readonly isRecursive: boolean;
  readonly dereference: 'never' | 'operands' | 'all';
  readonly keepsMode: boolean;
  readonly keepsOwner: boolean;
  readonly keepsTimes: boolean;
  readonly keepsLinks: boolean;
  readonly keepsXattrs: boolean;
  readonly isForced: boolean;
  readonly removesFirst: boolean;
  /** What to do with an existing destination. */
  readonly existing: 'overwrite' | 'ask' | 'keep' | 'update';
  readonly isVerbose: boolean;
  readonly kind: 'copy' | 'hard-link' | 'symlink' | 'attributes';
  readonly oneFileSystem: boolean;
  readonly sparse: 'auto' | 'always' | 'never';
  readonly backup: Backup;
  /** mv: words of messages. */
  readonly isMove: boolean;
}

/** State of one run: links already made, directories just created. */
export class Copier {
  readonly options: CopyOptions;
  /** dev:ino of files with several names → where the first went. */
  readonly #copied = new Map<string, string>();
  /** dev:ino of what this run created, so that nothing is copied over it or into itself. */
  readonly #created = new Map<string, string>();
  #hasWarnedSelf = false;
  readonly umask: number;

  constructor(options: CopyOptions) {
    this.options = options;
    this.umask = fs.umask(0);
    fs.umask(this.umask);
  }

  /** Copies one operand. */
  copy(from: string, to: string): boolean {
    const device = quietly(() => fs.lstat(from))?.dev ?? 0;
    return this.#copy(from, to, 0, device, []);
  }

  #copy(
    from: string,
    to: string,
    depth: number,
    device: number,
    ancestors: readonly fs.FileStatus[],
  ): boolean {
    const { options } = this;
    let source: fs.FileStatus;
    const isFollowed = options.dereference === 'all' || (options.dereference === 'operands' && depth === 0);
    try {
      source = isFollowed ? fs.stat(from) : fs.lstat(from);
    } catch (error) {
      warn(`cannot stat ${quoteaf(from)}: ${reason(error)}`);
      return false;
    }
    const isDirectory = fs.S_ISDIR(source.mode);
    if (isDirectory && !options.isRecursive) {
      warn(`-r not specified; omitting directory ${quoteaf(from)}`);
      return false;
    }
    if (isDirectory && depth > 0 && options.oneFileSystem && source.dev !== device) return true;

    const lowest = fs.tryStat(to, fs.AT_SYMLINK_NOFOLLOW);
    // cp writes through a link at the destination unless it copies links themselves.
    const writesThrough =
      !options.isMove &&
      !options.removesFirst &&
      fs.S_ISREG(source.mode) &&
      options.kind !== 'symlink' &&
      options.kind !== 'hard-link';
    const target = lowest && fs.S_ISLNK(lowest.mode) && writesThrough ? (fs.tryStat(to) ?? lowest) : lowest;
    const verdict = target ? this.#existing(from, to, source, target, lowest!) : 'go';
    if (verdict !== 'go') return verdict === 'skip';

    let backedUp: string | undefined;
    if (target && !isDirectory) {
      backedUp = backupName(to, options.backup);
      if (backedUp !== undefined) {
        try {
          unistd.rename(to, backedUp);
        } catch (error) {
          warn(`cannot backup ${quoteaf(to)}: ${reason(error)}`);
          return false;
        }
      }
    }
    const isKnown = backedUp === undefined ? target : undefined;
    if (isDirectory) return this.#directory(from, to, source, isKnown, depth, device, ancestors);

    if (options.keepsLinks && source.nlink > 1 && options.kind === 'copy') {
      const key = `${source.dev}:${source.ino}`;
      const earlier = this.#copied.get(key);
      if (earlier !== undefined) return this.#again(from, earlier, to, isKnown, backedUp);
      this.#copied.set(key, to);
    }
    return this.#file(from, to, source, isKnown, lowest, backedUp);
  }

  #tell(from: string, to: string, backedUp?: string): void {
    if (!this.options.isVerbose) return;
    const backup = backedUp === undefined ? '' : ` (backup: ${quoteaf(backedUp)})`;
    const copied = this.options.isMove ? 'copied ' : '';
    stdout.write(`${copied}${quoteaf(from)} -> ${quoteaf(to)}${backup}\n`);
  }

  /** What to do about a destination that exists. */
  #existing(
    from: string,
    to: string,
    source: fs.FileStatus,
    target: fs.FileStatus,
    lowest: fs.FileStatus,
  ): 'go' | 'skip' | 'fail' {
    const { options } = this;
    const isSame = source.dev === target.dev && source.ino === target.ino;
    if (isSame && options.kind !== 'hard-link') {
      const isBackedUp = options.backup.method !== 'none';
      const bothLinks = fs.S_ISLNK(source.mode) && fs.S_ISLNK(lowest.mode);
      const isOneName = stripTrailingSlashes(from) === stripTrailingSlashes(to) || !options.removesFirst;
      if (!(bothLinks && options.isForced) && !isBackedUp && isOneName) {
        warn(`${quoteaf(from)} and ${quoteaf(to)} are the same file`);
        return 'fail';
      }
    }
    if (options.existing === 'keep' && !fs.S_ISDIR(source.mode)) return 'skip';
    if (options.existing === 'update' && !fs.S_ISDIR(source.mode)) {
      const age = source.mtime.sec - target.mtime.sec || source.mtime.nsec - target.mtime.nsec;
      if (age <= 0) return 'skip';
    }
    if (!fs.S_ISDIR(source.mode)) {
      if (fs.S_ISDIR(lowest.mode)) {
        warn(`cannot overwrite directory ${quoteaf(to)} with non-directory`);
        return 'fail';
      }
      const earlier = this.#created.get(`${target.dev}:${target.ino}`);
      if (earlier !== undefined && !isSame && options.backup.method !== 'numbered') {
        warn(`will not overwrite just-created ${quoteaf(to)} with ${quoteaf(from)}`);
        return 'fail';
      }
      if (options.existing === 'ask' && !ask(`overwrite ${quoteaf(to)}?`)) return 'skip';
    } else if (!fs.S_ISDIR(target.mode)) {
      // A link to a directory takes a directory's content only when it is an operand's destination.
      const behind = fs.S_ISLNK(target.mode) ? fs.tryStat(to) : undefined;
      if (behind && fs.S_ISDIR(behind.mode) && options.dereference !== 'never') return 'go';
      warn(`cannot overwrite non-directory ${quoteaf(to)} with directory ${quoteaf(from)}`);
      return 'fail';
    }
    return 'go';
  }

  /** Another name of a file that was copied already. */
  #again(
    from: string,
    earlier: string,
    to: string,
    target: fs.FileStatus | undefined,
    backedUp?: string,
  ): boolean {
    try {
      if (target) unistd.unlink(to);
      unistd.link(earlier, to);
    } catch (error) {
      warn(`cannot create hard link ${quoteaf(to)} to ${quoteaf(earlier)}: ${reason(error)}`);
      return false;
    }
    this.#tell(from, to, backedUp);
    return true;
  }

  #directory(
    from: string,
    to: string,
    source: fs.FileStatus,
    target: fs.FileStatus | undefined,
    depth: number,
    device: number,
    ancestors: readonly fs.FileStatus[],
  ): boolean {
    if (ancestors.some(a => a.dev === source.dev && a.ino === source.ino)) {
      warn(`cannot copy cyclic symbolic link ${quoteaf(from)}`);
      return false;
    }
    const mode = source.mode & 0o7777;
    let isNew = false;
    const destination = target && fs.S_ISLNK(target.mode) ? fs.tryStat(to) : target;
    if (!destination) {
      try {
        // The owner can fill it whatever the final mode is.
        fs.mkdir(to, (mode & 0o777) | 0o700);
      } catch (error) {
        warn(`cannot create directory ${quoteaf(to)}: ${reason(error)}`);
        return false;
      }
      isNew = true;
      if (!this.options.isMove) this.#tell(from, to);
      else if (this.options.isVerbose) stdout.write(`created directory ${quoteaf(to)}\n`);
    }
    const made = quietly(() => fs.stat(to));
    if (made) {
      if (made.dev === source.dev && made.ino === source.ino) {
        warn(`cannot copy a directory, ${quoteaf(from)}, into itself, ${quoteaf(to)}`);
        return false;
      }
      if (isNew) this.#created.set(`${made.dev}:${made.ino}`, to);
    }
    let isWhole = true;
    let names: string[] = [];
    try {
      names = readdir(from).map(entry => entry.name);
    } catch (error) {
      warn(`cannot access ${quoteaf(from)}: ${reason(error)}`);
      isWhole = false;
    }
    for (const name of names) {
      const below = join(from, name);
      const own = fs.tryStat(below, fs.AT_SYMLINK_NOFOLLOW);
      if (own && this.#created.has(`${own.dev}:${own.ino}`) && fs.S_ISDIR(own.mode)) {
        if (!this.#hasWarnedSelf) {
          warn(
            `cannot copy a directory, ${quoteaf(ancestors.length === 0 ? from : below)}, into itself, ${quoteaf(to)}`,
          );
        }
        this.#hasWarnedSelf = true;
        isWhole = false;
        continue;
      }
      if (!this.#copy(below, join(to, name), depth + 1, device, [...ancestors, source])) isWhole = false;
    }
    const bits = this.options.keepsMode || !isNew ? mode : mode & ~this.umask & 0o777;
    if (!this.#attributes(from, to, source, isNew || this.options.keepsMode ? bits : undefined))
      isWhole = false;
    return isWhole;
  }

  #file(
    from: string,
    to: string,
    source: fs.FileStatus,
    target: fs.FileStatus | undefined,
    lowest: fs.FileStatus | undefined,
    backedUp: string | undefined,
  ): boolean {
    const { options } = this;
    const isCopy = options.kind === 'copy' || options.kind === 'attributes';
    const isData = isCopy && (fs.S_ISREG(source.mode) || !options.isRecursive) && !fs.S_ISLNK(source.mode);
    if (target && (!isData || options.removesFirst)) {
      try {
        if (isCopy || options.isForced || options.removesFirst) unistd.unlink(to);
        if (options.isVerbose && options.removesFirst && !options.isMove)
          stdout.write(`removed ${quoteaf(to)}\n`);
      } catch (error) {
        warn(`cannot remove ${quoteaf(to)}: ${reason(error)}`);
        return false;
      }
    }
    this.#tell(from, to, backedUp);
    try {
      if (options.kind === 'hard-link') {
        unistd.linkat(
          unistd.AT_FDCWD,
          from,
          unistd.AT_FDCWD,
          to,
          options.dereference === 'never' ? 0 : 0x400,
        );
        return true;
      }
      if (options.kind === 'symlink') {
        if (!from.startsWith('/') && dirname(to) !== '.') {
          warn(`${quotef(to)}: can make relative symbolic links only in current directory`);
          return false;
        }
        unistd.symlink(from, to);
        return true;
      }
    } catch (error) {
      const what = options.kind === 'symlink' ? 'symbolic link' : 'hard link';
      warn(`cannot create ${what} ${quoteaf(to)} to ${quoteaf(from)}: ${reason(error)}`);
      return false;
    }
    if (fs.S_ISLNK(source.mode)) return this.#link(from, to, source);
    if (!isData) return this.#special(from, to, source);
    return this.#data(from, to, source, target && !options.removesFirst ? target : undefined, lowest);
  }

  #link(from: string, to: string, source: fs.FileStatus): boolean {
    let target: string;
    try {
      target = unistd.readlink(from);
    } catch (error) {
      warn(`cannot read symbolic link ${quoteaf(from)}: ${reason(error)}`);
      return false;
    }
    try {
      unistd.symlink(target, to);
    } catch (error) {
      warn(`cannot create symbolic link ${quoteaf(to)}: ${reason(error)}`);
      return false;
    }
    return this.#attributes(from, to, source, undefined);
  }

  #special(from: string, to: string, source: fs.FileStatus): boolean {
    const mode = source.mode & (this.options.keepsMode ? 0o777 : 0o777 & ~this.umask);
    try {
      fs.mknod(to, (source.mode & fs.S_IFMT) | mode, source.rdev);
    } catch (error) {
      const what = fs.S_ISFIFO(source.mode) ? 'fifo' : 'special file';
      warn(`cannot create ${what} ${quoteaf(to)}: ${reason(error)}`);
      return false;
    }
    return this.#attributes(from, to, source, this.options.keepsMode ? source.mode & 0o7777 : undefined);
  }

  #data(
    from: string,
    to: string,
    source: fs.FileStatus,
    target: fs.FileStatus | undefined,
    lowest: fs.FileStatus | undefined,
  ): boolean {
    const { options } = this;
    let input: number;
    try {
      input = unistd.open(from, O_RDONLY | (options.dereference === 'never' ? O_NOFOLLOW : 0));
    } catch (error) {
      warn(`cannot open ${quoteaf(from)} for reading: ${reason(error)}`);
      return false;
    }
    try {
      const output = this.#openOutput(to, source, target, lowest);
      if (output === undefined) return false;
      let isWhole = true;
      try {
        if (options.kind !== 'attributes') copyData(input, output, source, options.sparse);
      } catch (error) {
        warn(`error copying ${quoteaf(from)} to ${quoteaf(to)}: ${reason(error)}`);
        isWhole = false;
      }
      unistd.close(output);
      const made = quietly(() => fs.stat(to));
      if (made && !target) this.#created.set(`${made.dev}:${made.ino}`, to);
      const bits = options.keepsMode ? source.mode & 0o7777 : undefined;
      return this.#attributes(from, to, source, bits) && isWhole;
    } finally {
      unistd.close(input);
    }
  }

  #openOutput(
    to: string,
    source: fs.FileStatus,
    target: fs.FileStatus | undefined,
    lowest: fs.FileStatus | undefined,
  ): number | undefined {
    const { options } = this;
    const mode = source.mode & 0o777 & (options.keepsOwner ? 0o700 : 0o777);
    try {
      if (target) {
        try {
          if (lowest && fs.S_ISLNK(lowest.mode) && !fs.tryStat(to)) {
            warn(`not writing through dangling symlink ${quoteaf(to)}`);
            return undefined;
          }
          return unistd.open(to, O_WRONLY | (options.kind === 'attributes' ? 0 : O_TRUNC));
        } catch (error) {
          if (!options.isForced) throw error;
          unistd.unlink(to);
          if (options.isVerbose) stdout.write(`removed ${quoteaf(to)}\n`);
        }
      }
      return unistd.open(to, O_WRONLY | O_CREAT | O_EXCL, mode);
    } catch (error) {
      const text =
        isError(error, 'EISDIR') || (to.endsWith('/') && isError(error, 'ENOENT', 'ENOTDIR'))
          ? 'Not a directory'
          : reason(error);
      warn(`cannot create regular file ${quoteaf(to)}: ${text}`);
      return undefined;
    }
  }

  /** Times, owner, xattrs, mode: the mode last, because changing the owner clears set-id bits. */
  #attributes(from: string, to: string, source: fs.FileStatus, mode: number | undefined): boolean {
    const { options } = this;
    let isDone = true;
    if (options.keepsXattrs) copyXattrs(from, to);
    if (options.keepsTimes) {
      try {
        fs.utimensat(unistd.AT_FDCWD, to, source.atime, source.mtime, fs.AT_SYMLINK_NOFOLLOW);
      } catch (error) {
        warn(`preserving times for ${quoteaf(to)}: ${reason(error)}`);
        isDone = false;
      }
    }
    let bits = mode;
    if (options.keepsOwner) {
      try {
        unistd.lchown(to, source.uid, source.gid);
      } catch (error) {
        // Only root can give files away: others keep what they can, silently, without set-id bits.
        if (!isError(error, 'EPERM', 'EINVAL')) {
          warn(`failed to preserve ownership for ${quoteaf(to)}: ${reason(error)}`);
          isDone = false;
        }
        if (bits !== undefined) bits &= ~0o6000;
      }
    }
    if (bits !== undefined && !fs.S_ISLNK(source.mode)) {
      try {
        fs.chmod(to, bits);
      } catch (error) {
        warn(`preserving permissions for ${quoteaf(to)}: ${reason(error)}`);
        isDone = false;
      }
    } else if (options.keepsOwner && fs.S_ISREG(source.mode)) fs.chmod(to, source.mode & 0o777 & ~this.umask);
    return isDone;
  }
}

/** Copies a file's bytes; holes stay holes when the source has them. */
export function copyData(
  input: number,
  output: number,
  source: fs.FileStatus,
  sparse: CopyOptions['sparse'],
): void {
  const { bytes } = ioBuffer();
  const hasHoles = fs.S_ISREG(source.mode) && source.size > 0 && source.blocks * 512 < source.size;
  if ((hasHoles && sparse !== 'never') || sparse === 'always') {
    const end = copySparse(input, output, source.size, bytes);
    unistd.ftruncate(output, end);
    return;
  }
  for (;;) {
    const n = unistd.read(input, bytes);
    if (n === 0) return;
    unistd.writeAll(output, bytes.subarray(0, n));
  }
}

function copySparse(input: number, output: number, size: number, bytes: Uint8Array): number {
  let at = 0;
  while (at < size) {
    const data = seek(input, at, SEEK_DATA);
    if (data === undefined) return size;
    const hole = seek(input, data, SEEK_HOLE) ?? size;
    unistd.lseek(input, data, 0);
    unistd.lseek(output, data, 0);
    for (let rest = hole - data; rest > 0;) {
      const n = unistd.read(input, bytes.subarray(0, Math.min(bytes.length, rest)));
      if (n === 0) return unistd.lseek(output, 0, SEEK_CUR);
      if (isZero(bytes, n)) unistd.lseek(output, n, SEEK_CUR);
      else unistd.writeAll(output, bytes.subarray(0, n));
      rest -= n;
    }
    at = hole;
  }
  return Math.max(size, at);
}

function seek(fd: number, offset: number, whence: number): number | undefined {
  try {
    return unistd.lseek(fd, offset, whence);
  } catch (error) {
    if (isError(error, 'ENXIO')) return undefined;
    if (isError(error, 'EINVAL')) return whence === SEEK_DATA ? offset : undefined;
    throw error;
  }
}

function isZero(bytes: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Extended attributes, as far as both file systems have them. */
function copyXattrs(from: string, to: string): void {
  withBuffer(65536, buffer => {
    const length = withString(from, at => syscallRaw(SYS_llistxattr, at, buffer.address, buffer.length));
    if (length <= 0) return;
    const names = Array.from(buffer.bytes.subarray(0, length), byte => String.fromCharCode(byte))
      .join('')
      .split('\0')
      .slice(0, -1);
    for (const name of names) {
      withString(name, nameAt => {
        const size = withString(from, at =>
          syscallRaw(SYS_lgetxattr, at, nameAt, buffer.address, buffer.length),
        );
        if (size >= 0) withString(to, at => syscallRaw(SYS_lsetxattr, at, nameAt, buffer.address, size, 0));
      });
    }
  });
}
