/** Removing trees: rm(1), and mv(1) across file systems. */
import { AT_REMOVEDIR } from '../../../kernel/abi/fcntl.ts';
import { W_OK, AT_FDCWD, faccessat, isatty, unlinkat } from '../../libc/unistd.ts';
import { AT_EACCESS } from '../../../kernel/abi/fcntl.ts';
import * as fs from '../../libc/stat.ts';
import { readdir } from '../../libc/dirent.ts';
import { stdout } from '../../libc/stdio.ts';
import { warn } from '../../libc/stdlib.ts';
import { ask } from './ask.ts';
import { isError, quietly, reason } from './errors.ts';
import { join } from './path.ts';
import { quoteaf } from './quote.ts';

export interface RemoveOptions {
  readonly isRecursive: boolean;
  /** Empty directories go without isRecursive (-d). */
  readonly removesEmpty: boolean;
  /** Missing files are no error, nothing is asked (-f). */
  readonly isForced: boolean;
  /** Asks before each (-i). */
  readonly isAsking: boolean;
  readonly isVerbose: boolean;
  readonly oneFileSystem: boolean;
}

/** What kind of file: the words of GNU's messages. */
export function kindOf(status: fs.FileStatus): string {
  const { mode, size } = status;
  if (fs.S_ISREG(mode)) return size === 0 ? 'regular empty file' : 'regular file';
  if (fs.S_ISDIR(mode)) return 'directory';
  if (fs.S_ISLNK(mode)) return 'symbolic link';
  if (fs.S_ISCHR(mode)) return 'character special file';
  if (fs.S_ISBLK(mode)) return 'block special file';
  if (fs.S_ISFIFO(mode)) return 'fifo';
  return fs.S_ISSOCK(mode) ? 'socket' : 'weird file';
}

function isWriteProtected(path: string, status: fs.FileStatus): boolean {
  if (fs.S_ISLNK(status.mode)) return false;
  return quietly(() => (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS), true)) !== true;
}

/** Removes a file or tree; answers whether all of it is gone (or the user kept it). Failures are reported. */
export function remove(path: string, options: RemoveOptions): boolean {
  let status: fs.FileStatus;
  try {
    status = fs.lstat(path);
  } catch (error) {
    if (options.isForced && isError(error, 'ENOENT', 'ENOTDIR')) return true;
    warn(`cannot remove ${quoteaf(path)}: ${reason(error)}`);
    return false;
  }
  return removeKnown(path, status, options, status.dev) !== 'failed';
}

type Outcome = 'removed' | 'kept' | 'failed';

function removeKnown(path: string, status: fs.FileStatus, options: RemoveOptions, device: number): Outcome {
  const isDirectory = fs.S_ISDIR(status.mode);
  if (isDirectory && options.oneFileSystem && status.dev !== device) {
    warn(`skipping ${quoteaf(path)}, since it's on a different device`);
    return 'failed';
  }
  const isProtected = !options.isForced && (options.isAsking || isatty(0)) && isWriteProtected(path, status);
  const mustAsk = options.isAsking || isProtected;
  if (!isDirectory) {
    const kind = (isProtected ? 'write-protected ' : '') + kindOf(status);
    if (mustAsk && !ask(`remove ${kind} ${quoteaf(path)}?`)) return 'kept';
    return unlink(path, 0, options);
  }
  if (!options.isRecursive && !options.removesEmpty) {
    warn(`cannot remove ${quoteaf(path)}: Is a directory`);
    return 'failed';
  }
  const prefix = isProtected ? 'write-protected ' : '';
  if (options.isRecursive) {
    let names: string[];
    try {
      names = readdir(path).map(entry => entry.name);
    } catch (error) {
      // An empty directory that may not be read can be removed all the same.
      if (quietly(() => (unlinkat(AT_FDCWD, path, AT_REMOVEDIR), true)))
        return told(path, AT_REMOVEDIR, options);
      warn(`cannot remove ${quoteaf(path)}: ${reason(error)}`);
      return 'failed';
    }
    if (names.length > 0) {
      if (mustAsk && !ask(`descend into ${prefix}directory ${quoteaf(path)}?`)) return 'kept';
      let outcome: Outcome = 'removed';
      for (const name of names) {
        const below = join(path, name);
        let known: fs.FileStatus;
        try {
          known = fs.lstat(below);
        } catch (error) {
          if (isError(error, 'ENOENT')) continue;
          warn(`cannot remove ${quoteaf(below)}: ${reason(error)}`);
          outcome = 'failed';
          continue;
        }
        const result = removeKnown(below, known, options, device);
        if (result === 'failed' || (result === 'kept' && outcome === 'removed')) outcome = result;
      }
      if (outcome === 'failed') return 'failed';
      if (outcome === 'kept' && !options.isAsking) return 'kept';
    }
  }
  if (mustAsk && !ask(`remove ${prefix}directory ${quoteaf(path)}?`)) return 'kept';
  return unlink(path, AT_REMOVEDIR, options);
}

function unlink(path: string, flags: number, options: RemoveOptions): Outcome {
  try {
    unlinkat(AT_FDCWD, path, flags);
  } catch (error) {
    if (options.isForced && isError(error, 'ENOENT')) return 'removed';
    warn(`cannot remove ${quoteaf(path)}: ${reason(error)}`);
    return 'failed';
  }
  return told(path, flags, options);
}

function told(path: string, flags: number, options: RemoveOptions): Outcome {
  if (options.isVerbose)
    stdout.write(`removed ${flags === AT_REMOVEDIR ? 'directory ' : ''}${quoteaf(path)}\n`);
  return 'removed';
}
