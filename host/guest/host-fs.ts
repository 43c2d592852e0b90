/**
 * The outer guest's files as the machine's HostFs: Node's synchronous fs API, as far as hostfs uses it, made of guest
 * system calls. With it a directory of the outer guest is a host directory of the inner one. /proc/self/fd/N leads to
 * the very file of a descriptor here as it does on Linux, so that hostfs' jail (kernel/fs/hostfs/host-tree.ts) stands
 * on the same ground.
 *
 * Differences from Node: no argument is checked that hostfs does not get wrong; results have only the fields that it
 * reads.
 */
import type { HostFs } from '../machine.ts';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../../kernel/abi/fcntl.ts';
import * as fcntl from '../../kernel/abi/fcntl.ts';
import { EINTR } from '../../kernel/abi/errno.ts';
import { toText } from '../../kernel/abi/byte-string.ts';
import { SYS_close } from '../../kernel/abi/syscall-numbers.ts';
import type { Timespec } from '../../kernel/time/timespec.ts';
import { realPath } from '../../userland/coreutils/lib/realpath.ts';
import { statfs } from '../../userland/libc/mount.ts';
import { syscallRaw } from '../../userland/libc/native.ts';
import { chmod, fchmod, futimens, mkdir, utimensat } from '../../userland/libc/stat.ts';
import * as libc from '../../userland/libc/unistd.ts';
import { readdirSync, readlinkSync } from './host-directory.ts';
import { HostError, type HostPath, attempt, bytesOf } from './host-error.ts';
import { type StatOptions, follow, noFollow, statDescriptor, statPath } from './host-stats.ts';
import { readSync, writeSync } from './host-transfer.ts';

const calls = {
  constants: {
    O_RDONLY: fcntl.O_RDONLY,
    O_WRONLY: fcntl.O_WRONLY,
    O_RDWR: fcntl.O_RDWR,
    O_CREAT: fcntl.O_CREAT,
    O_EXCL: fcntl.O_EXCL,
    O_NOCTTY: fcntl.O_NOCTTY,
    O_TRUNC: fcntl.O_TRUNC,
    O_APPEND: fcntl.O_APPEND,
    O_NONBLOCK: fcntl.O_NONBLOCK,
    O_DIRECTORY: fcntl.O_DIRECTORY,
    O_NOFOLLOW: fcntl.O_NOFOLLOW,
  },

  /** As Node's, the descriptor closes at exec. */
  openSync(path: HostPath, flags = 0, mode = 0o666): number {
    const name = bytesOf(path);
    return attempt('open', () => libc.open(name, flags | fcntl.O_CLOEXEC, mode), path);
  },
  closeSync(descriptor: number): void {
    // After EINTR the descriptor is closed: another try could hit another file.
    const result = syscallRaw(SYS_close, descriptor);
    if (result < 0 && result !== -EINTR) throw new HostError(-result, 'close');
  },
  readSync,
  writeSync,
  ftruncateSync(descriptor: number, length = 0): void {
    attempt('ftruncate', () => libc.ftruncate(descriptor, length));
  },
  truncateSync(path: HostPath, length = 0): void {
    attempt('open', () => libc.truncate(bytesOf(path), length), path);
  },
  fsyncSync(descriptor: number): void {
    attempt('fsync', () => libc.fsync(descriptor));
  },
  fdatasyncSync(descriptor: number): void {
    attempt('fdatasync', () => libc.fdatasync(descriptor));
  },

  statSync: (path: HostPath, options?: StatOptions) => statPath('stat', path, follow, options),
  lstatSync: (path: HostPath, options?: StatOptions) => statPath('lstat', path, noFollow, options),
  fstatSync: statDescriptor,
  statfsSync(path: HostPath) {
    const { type, bsize, blocks, bfree, bavail, files, ffree } = attempt(
      'statfs',
      () => statfs(bytesOf(path)),
      path,
    );
    return { type, bsize, blocks, bfree, bavail, files, ffree };
  },

  readdirSync,
  readlinkSync,
  /** As text; without /proc, for a directory that hostfs then names by paths. */
  realpathSync: (path: HostPath): string =>
    toText(attempt('realpath', () => realPath(bytesOf(path), 'existing'), path)),
  mkdirSync(path: HostPath, options: { readonly mode?: number } = {}): undefined {
    attempt('mkdir', () => mkdir(bytesOf(path), options.mode ?? 0o777), path);
  },
  rmdirSync(path: HostPath): void {
    attempt('rmdir', () => libc.rmdir(bytesOf(path)), path);
  },
  symlinkSync(target: HostPath, path: HostPath): void {
    attempt('symlink', () => libc.symlink(bytesOf(target), bytesOf(path)), target, path);
  },
  linkSync(existing: HostPath, path: HostPath): void {
    attempt('link', () => libc.link(bytesOf(existing), bytesOf(path)), existing, path);
  },
  unlinkSync(path: HostPath): void {
    attempt('unlink', () => libc.unlink(bytesOf(path)), path);
  },
  renameSync(from: HostPath, to: HostPath): void {
    attempt('rename', () => libc.rename(bytesOf(from), bytesOf(to)), from, to);
  },

  chmodSync(path: HostPath, mode: number): void {
    attempt('chmod', () => chmod(bytesOf(path), mode), path);
  },
  fchmodSync(descriptor: number, mode: number): void {
    attempt('fchmod', () => fchmod(descriptor, mode));
  },
  chownSync(path: HostPath, uid: number, gid: number): void {
    attempt('chown', () => libc.chown(bytesOf(path), uid, gid), path);
  },
  lchownSync(path: HostPath, uid: number, gid: number): void {
    attempt('lchown', () => libc.lchown(bytesOf(path), uid, gid), path);
  },
  fchownSync(descriptor: number, uid: number, gid: number): void {
    attempt('fchown', () => libc.fchown(descriptor, uid, gid));
  },
  utimesSync(path: HostPath, atime: number, mtime: number): void {
    const times = [timespec(atime), timespec(mtime)] as const;
    attempt('utime', () => utimensat(AT_FDCWD, bytesOf(path), ...times), path);
  },
  lutimesSync(path: HostPath, atime: number, mtime: number): void {
    const times = [timespec(atime), timespec(mtime)] as const;
    attempt('lutime', () => utimensat(AT_FDCWD, bytesOf(path), ...times, AT_SYMLINK_NOFOLLOW), path);
  },
  futimesSync(descriptor: number, atime: number, mtime: number): void {
    attempt('futime', () => futimens(descriptor, timespec(atime), timespec(mtime)));
  },
} satisfies Record<keyof HostFs, unknown>;

/** Seconds as a double; cut to the microsecond, which is as exact as a double is. */
function timespec(seconds: number): Timespec {
  const sec = Math.floor(seconds);
  return { sec, nsec: Math.floor((seconds - sec) * 1e6) * 1000 };
}

/** The files of the guest that this program runs in. The overloads of Node's types are more than hostfs asks for. */
export const guestFs = calls as unknown as HostFs;
